/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_PATH_GLOB_H
#define BASE_PATH_GLOB_H

#include <stdbool.h>

#include "base/bytes.h"

enum { PATH_GLOB_MAX = 1024 };

/**
 * Does a path match a pattern, whole?
 *
 *     *    any bytes but '/'              ?   one byte but '/'
 *     **   any bytes                      \x  the byte x itself
 *     **\/  nothing, or any folders: "a/ ** /b" (without blanks) matches a/b and a/x/y/b
 *
 * Everything else is itself, byte for byte. Time is at most pattern times path, whatever they are; a pattern
 * longer than PATH_GLOB_MAX matches nothing.
 */
bool path_glob_match(const char *pattern, struct bytes path);

#endif

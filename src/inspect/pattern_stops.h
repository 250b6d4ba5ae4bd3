/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_PATTERN_STOPS_H
#define INSPECT_PATTERN_STOPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum { STOPS_BLOCK = 64 };

/**
 * Which of 64 bytes may begin a character that folding changes. The same for every processor; stops_find_best gives the
 * fastest.
 *
 * @param block  64 readable bytes
 * @param json   backslashes count, too
 * @return bit i: look at block[i]
 */
typedef uint64_t stops_function(const uint8_t *block, bool json);
uint64_t stops_find_plain(const uint8_t *block, bool json);
stops_function *stops_find_best(void);

/** Is there a character that folding would change (escapes aside)? Exact. */
typedef bool stops_any_function(struct bytes text);
bool stops_any_plain(struct bytes text);
stops_any_function *stops_any_best(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_GLOB_H
#define INGEST_GLOB_H

#include <stdbool.h>

#include "base/bytes.h"

/**
 * Does a glob match the whole of a name? Bytes, not characters; no meaning of `/`, none of a leading dot.
 *
 *     *        any bytes, also none
 *     ?        one byte
 *     [abc]    one byte of these; [a-z] ranges; [!..] or [^..] any other; `]` first stands for itself
 *     \x       x itself
 *
 * A `[` that is never closed, and a `\` at the end, stand for themselves.
 *
 * Time: at most glob.size * name.size steps.  Thread: any.
 */
bool glob_match(struct bytes glob, struct bytes name);

#endif

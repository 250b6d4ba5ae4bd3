/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/bytes.h"

struct arena_chunk;

/**
 * Memory with one end of life: many small pieces, freed together. Zero-initialise.
 * Thread: one at a time.
 */
struct arena {
    struct arena_chunk *chunk; /**< newest first; owned */
    size_t used;               /**< bytes handed out of the newest chunk */
    size_t total;              /**< bytes of all chunks */
};

/** Zeroed memory aligned for any scalar, or NULL. Valid until arena_clear or arena_finish. */
void *arena_alloc(struct arena *arena, size_t size);

/** Room for count elements, or NULL, also when count * size overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/** A NUL-terminated copy of bytes (which may themselves hold NULs), or NULL. */
char *arena_text(struct arena *arena, struct bytes text);

/** A copy of bytes; data is NULL when memory ran out and size > 0. */
struct bytes arena_bytes(struct arena *arena, struct bytes bytes);

void arena_clear(struct arena *arena);  /**< free all but one chunk, which is reused */
void arena_finish(struct arena *arena); /**< free everything; zeroed afterwards */

#endif

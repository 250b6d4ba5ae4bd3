/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_PATTERN_SETS_H
#define INSPECT_PATTERN_SETS_H

#include <stddef.h>
#include <stdint.h>

#include "inspect/pattern_rows.h"

/** Which bytes are in the sets. */
struct sets {
    uint8_t low[ROWS_SETS][16]; /**< byte b of ASCII is in the set when bit (b >> 4) of low[set][b & 15] is set; */
    uint64_t high[ROWS_SETS];   /**< all others are when this is not 0, but all ones */
};

/** All but what the plan has to say. */
void sets_init(struct sets *sets);
void sets_add(struct sets *sets, enum rows_set set, uint8_t byte); /**< with one of 0x80 and more come all */

/**
 * Fill in the first words of a chunk. The same for every processor; sets_best gives the fastest.
 *
 * @param text  64 * nwords readable bytes
 */
typedef void sets_function(const struct sets *sets, const uint8_t *text, size_t nwords,
                           struct rows_chunk *chunk);
void sets_find_plain(const struct sets *sets, const uint8_t *text, size_t nwords, struct rows_chunk *chunk);
sets_function *sets_find_best(void);

#endif

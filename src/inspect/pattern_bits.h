/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_PATTERN_BITS_H
#define INSPECT_PATTERN_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/** Places in a text, ascending. Zero-initialise; grows, and is reused. */
struct places {
    uint32_t *at; /**< owned */
    size_t count, capacity;
};

/** What one pass over a text finds for everything else to look at. Zero-initialise. */
struct bits {
    uint64_t *digits; /**< bit i of word w: text[64 * w + i] is an ASCII digit; one zero word more than the text needs */
    size_t capacity;  /**< words */
    size_t nwords;
    struct places ats;     /**< each '@' */
    struct places colons;  /**< third ':' of a row with at most 4 bytes between: an IPv6 address, perhaps */
    struct places pairs;   /**< fourth ':' or '-' of a row with exactly 2 bytes between: a MAC address, perhaps */
};

/** The same for every processor; bits_best gives the fastest. @return PROV_OK, PROV_E_MEMORY */
typedef int bits_function(struct bytes text, struct bits *bits);
int bits_find_plain(struct bytes text, struct bits *bits);
bits_function *bits_best(void);

void bits_finish(struct bits *bits);

/** Is there a character that folding would change (pattern_fold.h)? */
typedef bool bits_fold_function(struct bytes text);
bool bits_folds_plain(struct bytes text);
bits_fold_function *bits_folds_best(void);

/** Append one place. @return PROV_OK, PROV_E_MEMORY */
int places_add(struct places *places, uint32_t at);

/** Is there a digit in [from, to)? to - from is at most 64. */
bool bits_any(const struct bits *bits, size_t from, size_t to);

/** Number of runs of digits that begin in [from, to). */
unsigned bits_count_runs(const struct bits *bits, size_t from, size_t to);

#endif

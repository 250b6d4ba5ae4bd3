/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_PATTERN_BITS_H
#define INSPECT_PATTERN_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "inspect/pattern_rows.h"
#include "inspect/pattern_sets.h"

/** Places in a text, ascending. Zero-initialise; grows, and is reused. */
struct places {
    uint32_t *at; /**< owned */
    size_t count, capacity;
};

/** What one pass over a text finds for everything else to look at. Zero-initialise. */
struct bits {
    uint64_t
        *digits; /**< owned; bit i of word w: text[64 * w + i] is a digit; a zero word lies behind the text */
    uint64_t *begun;     /**< runs of digits worth a look, as in struct rows_chunk */
    uint64_t *ended;     /**< likewise */
    uint8_t *remarkable; /**< of each word: does a long row end in it, or a stretch dense with digits? */
    size_t capacity;     /**< words */
    size_t nwords;
    struct places ats;    /**< each '@' */
    struct places colons; /**< as in struct rows_chunk: thirds, */
    struct places pairs;  /**< fourths, */
    struct places words;  /**< words, */
    struct places tokens; /**< and tokens */
};

/** How the pass is done; every one finds the same. */
struct bits_engine {
    sets_function *sets;
    rows_function *rows;
};

struct bits_engine bits_engine_plain(void);
struct bits_engine bits_engine_best(void);

/** @return PROV_OK, PROV_E_MEMORY */
int bits_find(const struct bits_engine *engine, const struct sets *sets, struct bytes text,
              struct bits *bits);

void bits_finish(struct bits *bits);

/** Append one place. @return PROV_OK, PROV_E_MEMORY */
int places_add(struct places *places, uint32_t at);

/** Is there a digit in [from, to)? to - from is at most 64. */
bool bits_any(const struct bits *bits, size_t from, size_t to);

/** Number of digits in [from, to). */
unsigned bits_count(const struct bits *bits, size_t from, size_t to);

/** Number of runs of digits that begin in [from, to). */
unsigned bits_count_runs(const struct bits *bits, size_t from, size_t to);

#endif

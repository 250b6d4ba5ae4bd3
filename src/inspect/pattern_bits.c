/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first pass over a text, chunk by chunk: bytes to sets (pattern_sets.c), sets to rows (pattern_rows.c),
 * rows to what everything else looks at.
 *
 *     text ── 2 KiB ──► sets: a bit a byte ──► rows: a bit where one ends
 *                                                ├──► digits, runs, remarkable words: kept as bits
 *                                                └──► the rare ones: kept as places
 */
#include "inspect/pattern_bits.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

int
places_add(struct places *places, uint32_t at)
{
    if (places->count == places->capacity) {
        size_t capacity = places->capacity ? places->capacity * 2 : 256;
        uint32_t *grown = realloc(places->at, capacity * sizeof *grown);
        if (!grown)
            return PROV_E_MEMORY;
        places->at = grown;
        places->capacity = capacity;
    }
    places->at[places->count++] = at;
    return PROV_OK;
}

static int
add_all(struct places *places, uint64_t mask, size_t base)
{
    for (; mask; mask &= mask - 1)
        TRY(places_add(places, (uint32_t)(base + (size_t)__builtin_ctzll(mask))));
    return PROV_OK;
}

static int
prepare(struct bytes text, struct bits *bits)
{
    size_t nchunks = (text.size / 64 + 1) / ROWS_CHUNK + 1, nwords = nchunks * ROWS_CHUNK;
    if (nwords > bits->capacity) {
        free(bits->digits);
        bits->capacity = 0;
        bits->digits = malloc((3 * sizeof *bits->digits + 1) * nwords);
        if (!bits->digits)
            return PROV_E_MEMORY;
        bits->capacity = nwords;
    }
    bits->nwords = nwords;
    bits->begun = bits->digits + nwords;
    bits->ended = bits->begun + nwords;
    bits->remarkable = (uint8_t *)(bits->ended + nwords);
    bits->ats.count = bits->colons.count = bits->pairs.count = bits->words.count = bits->tokens.count = 0;
    return PROV_OK;
}

/* Keep what the rows of a chunk say. */
static int
keep(const struct rows_chunk *chunk, size_t first, struct bits *bits)
{
    memcpy(bits->digits + first, chunk->of[ROWS_DIGITS] + ROWS_FIRST, ROWS_CHUNK * sizeof *bits->digits);
    memcpy(bits->begun + first, chunk->begun + ROWS_FIRST, ROWS_CHUNK * sizeof *bits->begun);
    memcpy(bits->ended + first, chunk->ended + ROWS_FIRST, ROWS_CHUNK * sizeof *bits->ended);
    for (unsigned w = ROWS_FIRST; w < ROWS_LANES; w++) {
        size_t word = first + w - ROWS_FIRST;
        bits->remarkable[word] = chunk->remarkable[w] != 0;
        if (!(chunk->of[ROWS_ATS][w] | chunk->thirds[w] | chunk->fourths[w] | chunk->words[w] |
              chunk->tokens[w]))
            continue;
        TRY(add_all(&bits->ats, chunk->of[ROWS_ATS][w], word * 64));
        TRY(add_all(&bits->colons, chunk->thirds[w], word * 64));
        TRY(add_all(&bits->pairs, chunk->fourths[w], word * 64));
        TRY(add_all(&bits->words, chunk->words[w], word * 64));
        TRY(add_all(&bits->tokens, chunk->tokens[w], word * 64));
    }
    return PROV_OK;
}

/* The sets of a chunk that begins at text[at]; behind the text nothing is in any. */
static void
fill(const struct bits_engine *engine, const struct sets *sets, struct bytes text, size_t at,
     struct rows_chunk *chunk)
{
    size_t left = text.size > at ? text.size - at : 0,
           nwords = left / 64 < ROWS_CHUNK ? left / 64 : ROWS_CHUNK;
    if (nwords > 0)
        engine->sets(sets, text.data + at, nwords, chunk);
    for (; nwords < ROWS_CHUNK; nwords++) {
        uint8_t block[64] = {0};
        struct rows_chunk single;
        size_t from = nwords * 64, size = left > from ? left - from : 0;
        if (size > 0)
            memcpy(block, text.data + at + from, size);
        engine->sets(sets, block, 1, &single);
        for (int set = 0; set < ROWS_SETS; set++)
            chunk->of[set][ROWS_FIRST + nwords] = single.of[set][ROWS_FIRST];
    }
}

int
bits_find(const struct bits_engine *engine, const struct sets *sets, struct bytes text, struct bits *bits)
{
    struct rows_chunk chunk = {0};
    TRY(prepare(text, bits));
    for (size_t first = 0; first < bits->nwords; first += ROWS_CHUNK) {
        fill(engine, sets, text, first * 64, &chunk);
        engine->rows(&chunk);
        TRY(keep(&chunk, first, bits));
        rows_next(&chunk);
    }
    return PROV_OK;
}

struct bits_engine
bits_engine_plain(void)
{
    return (struct bits_engine){.sets = sets_find_plain, .rows = rows_plain};
}

struct bits_engine
bits_engine_best(void)
{
    return (struct bits_engine){.sets = sets_find_best(), .rows = rows_best()};
}

void
bits_finish(struct bits *bits)
{
    free(bits->digits);
    free(bits->ats.at);
    free(bits->colons.at);
    free(bits->pairs.at);
    free(bits->words.at);
    free(bits->tokens.at);
    *bits = (struct bits){0};
}

unsigned
bits_count_runs(const struct bits *bits, size_t from, size_t to)
{
    unsigned count = 0;
    for (size_t word = from / 64; word * 64 < to && word < bits->nwords; word++) {
        uint64_t digits = bits->digits[word], before = word ? bits->digits[word - 1] : 0;
        uint64_t starts = digits & ~(digits << 1 | before >> 63);
        if (from > word * 64)
            starts &= UINT64_MAX << (from - word * 64);
        if (to < word * 64 + 64)
            starts &= ((uint64_t)1 << (to - word * 64)) - 1;
        count += (unsigned)__builtin_popcountll(starts);
    }
    return count;
}

unsigned
bits_count(const struct bits *bits, size_t from, size_t to)
{
    unsigned count = 0;
    for (size_t word = from / 64; word * 64 < to && word < bits->nwords; word++) {
        uint64_t digits = bits->digits[word];
        if (from > word * 64)
            digits &= UINT64_MAX << (from - word * 64);
        if (to < word * 64 + 64)
            digits &= ((uint64_t)1 << (to - word * 64)) - 1;
        count += (unsigned)__builtin_popcountll(digits);
    }
    return count;
}

bool
bits_any(const struct bits *bits, size_t from, size_t to)
{
    size_t word = from / 64, shift = from % 64;
    if (word + 1 >= bits->nwords)
        return false;
    uint64_t digits = bits->digits[word] >> shift | (shift ? bits->digits[word + 1] << (64 - shift) : 0);
    return to - from >= 64 ? digits != 0 : (digits & (((uint64_t)1 << (to - from)) - 1)) != 0;
}

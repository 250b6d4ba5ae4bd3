/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of bytes, found in bits: 64 bytes of text are 64 bits in each of a few sets, and shifting words
 * against each other tells what stands in a row.
 *
 *     text    fe80:1:2::3
 *     C       ....1.1.11.        ':'
 *     near    ......1.11.        a ':' with another 1 to 5 before it
 *     thirds  ........11.        one of those with another 1 to 5 before it
 *
 * n bytes of a set in a row end where the set and the set shifted by 1 ... n - 1 meet; doubling takes log n
 * steps: rows2 = row & row << 1, rows4 = rows2 & rows2 << 2 ...
 *
 * Short runs of digits are everywhere, and hardly ever begin anything. One is worth a look when it is long,
 * or when what stands beside it is in one of the sets that the plan made of its shapes (pattern_index.c).
 * Ends are noted one byte late, when it is known whether a digit comes next:
 *
 *     text    (0x12, 555-0199, AB7)
 *     D       .1.11..111.1111...1.
 *     joints  ..........1.........   '-', an end worth a look with a digit behind it
 *     ended   ...........1........
 *     begun   ..................1.   behind two capitals
 *
 * Bits shifted into a word come from the word before, so nothing depends on where words begin. Each step is a
 * loop over the words of a chunk without a branch, which the compiler turns into vectors; the same loops are
 * compiled for three instruction sets. Word by word with branches it took twice as long.
 */
#include "inspect/pattern_rows.h"

#define INLINE static inline __attribute__((always_inline))

INLINE uint64_t
shifted(const uint64_t *lane, unsigned w, unsigned by)
{
    return lane[w] << by | lane[w - 1] >> (64 - by);
}

/* Where `row` bytes end that are half ended `by` bytes before. */
INLINE void
double_row(uint64_t *restrict twice, const uint64_t *half, unsigned by)
{
    for (unsigned w = ROWS_FIRST; w < ROWS_LANES; w++)
        twice[w] = half[w] & shifted(half, w, by);
}

INLINE void
find_runs(struct rows_chunk *chunk)
{
    const uint64_t *digits = chunk->of[ROWS_DIGITS];
    double_row(chunk->digits2, digits, 1);
    double_row(chunk->digits4, chunk->digits2, 2);
    double_row(chunk->capitals2, chunk->of[ROWS_CAPITALS], 1);
    for (unsigned w = ROWS_FIRST; w < ROWS_LANES; w++)
        chunk->digits5[w] = chunk->digits4[w] & shifted(digits, w, 4);
    for (unsigned w = ROWS_FIRST; w < ROWS_LANES; w++) {
        uint64_t ends = shifted(digits, w, 1) & ~digits[w];
        chunk->worth[w] = ends & (shifted(chunk->digits5, w, 1) | chunk->of[ROWS_AFTER][w]);
        chunk->joints[w] = ends & chunk->of[ROWS_JOINTS][w];
    }
    for (unsigned w = ROWS_FIRST; w < ROWS_LANES; w++) {
        uint64_t begins = digits[w] & ~shifted(digits, w, 1);
        chunk->ended[w] = shifted(chunk->worth, w, 1) | (shifted(chunk->joints, w, 1) & digits[w]);
        chunk->begun[w] = begins & (shifted(chunk->capitals2, w, 1) | shifted(chunk->of[ROWS_BEFORE], w, 1));
    }
}

/* Not 0 where three groups of eight bytes, the last in this word, hold ROWS_DENSE digits. */
INLINE void
find_dense(struct rows_chunk *chunk)
{
    const uint64_t *digits = chunk->of[ROWS_DIGITS];
    const uint64_t ones = 0x0101010101010101u;
    for (unsigned w = ROWS_FIRST; w < ROWS_LANES; w++) {
        uint64_t counts = digits[w] - (digits[w] >> 1 & ones * 0x55);
        counts = (counts & ones * 0x33) + (counts >> 2 & ones * 0x33);
        chunk->counts[w] = (counts + (counts >> 4)) & ones * 0x0F;
    }
    for (unsigned w = ROWS_FIRST; w < ROWS_LANES; w++) {
        uint64_t three = chunk->counts[w] + shifted(chunk->counts, w, 8) + shifted(chunk->counts, w, 16);
        chunk->remarkable[w] = (three + ones * (0x80 - ROWS_DENSE)) & ones * 0x80;
    }
}

INLINE void
find_tokens(struct rows_chunk *chunk)
{
    for (unsigned w = 0; w < ROWS_LANES; w++)
        chunk->tokens1[w] = chunk->of[ROWS_CAPITALS][w] | chunk->of[ROWS_DIGITS][w];
    double_row(chunk->tokens2, chunk->tokens1, 1);
    double_row(chunk->tokens4, chunk->tokens2, 2);
    double_row(chunk->tokens8, chunk->tokens4, 4);
    for (unsigned w = ROWS_FIRST; w < ROWS_LANES; w++)
        chunk->tokens[w] = chunk->tokens8[w] & shifted(chunk->tokens1, w, 8) & ~shifted(chunk->tokens1, w, 9);
}

INLINE void
find_words(struct rows_chunk *chunk)
{
    const uint64_t *words = chunk->of[ROWS_WORDS], *dashes = chunk->of[ROWS_DASHES];
    double_row(chunk->words2, words, 1);
    double_row(chunk->words4, chunk->words2, 2);
    double_row(chunk->words8, chunk->words4, 4);
    double_row(chunk->words16, chunk->words8, 8);
    for (unsigned w = ROWS_FIRST; w < ROWS_LANES; w++) {
        uint64_t behind_dash = shifted(dashes, w, 20) & ~shifted(dashes, w, 19);
        chunk->words[w] =
            chunk->words16[w] & shifted(chunk->words4, w, 16) & (~shifted(words, w, 20) | behind_dash);
    }
    double_row(chunk->alnums2, chunk->of[ROWS_ALNUMS], 1);
    double_row(chunk->alnums4, chunk->alnums2, 2);
    double_row(chunk->alnums8, chunk->alnums4, 4);
    for (unsigned w = ROWS_FIRST; w < ROWS_LANES; w++)
        chunk->remarkable[w] |= chunk->alnums8[w] & shifted(chunk->alnums8, w, 8);
}

INLINE uint64_t
near_before(const uint64_t *lane, unsigned w)
{
    return lane[w] & (shifted(lane, w, 1) | shifted(lane, w, 2) | shifted(lane, w, 3) | shifted(lane, w, 4) |
                      shifted(lane, w, 5));
}

INLINE void
find_signs(struct rows_chunk *chunk)
{
    const uint64_t *colons = chunk->of[ROWS_COLONS], *dashes = chunk->of[ROWS_DASHES];
    for (unsigned w = ROWS_FIRST; w < ROWS_LANES; w++)
        chunk->near[w] = near_before(colons, w);
    for (unsigned w = ROWS_FIRST; w < ROWS_LANES; w++)
        chunk->thirds[w] = near_before(chunk->near, w);
    for (unsigned w = ROWS_FIRST; w < ROWS_LANES; w++)
        chunk->fourths[w] = (colons[w] | dashes[w]) & (shifted(colons, w, 3) | shifted(dashes, w, 3)) &
                            (shifted(colons, w, 6) | shifted(dashes, w, 6)) &
                            (shifted(colons, w, 9) | shifted(dashes, w, 9));
}

INLINE void
find_all(struct rows_chunk *chunk)
{
    find_runs(chunk);
    find_dense(chunk);
    find_tokens(chunk);
    find_words(chunk);
    find_signs(chunk);
}

void
rows_plain(struct rows_chunk *chunk)
{
    find_all(chunk);
}

void
rows_next(struct rows_chunk *chunk)
{
    /* Lanes are all there is in a chunk. */
    rows_lane *lanes = (rows_lane *)(void *)chunk;
    for (size_t i = 0; i < sizeof *chunk / sizeof *lanes; i++)
        lanes[i][ROWS_FIRST - 1] = lanes[i][ROWS_LANES - 1];
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) static void
rows_avx2(struct rows_chunk *chunk)
{
    find_all(chunk);
}

__attribute__((target("avx512f"))) static void
rows_avx512(struct rows_chunk *chunk)
{
    find_all(chunk);
}

rows_function *
rows_best(void)
{
    if (__builtin_cpu_supports("avx512f"))
        return rows_avx512;
    return __builtin_cpu_supports("avx2") ? rows_avx2 : rows_plain;
}

#else

rows_function *
rows_best(void)
{
    return rows_plain;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_PATTERN_ROWS_H
#define INSPECT_PATTERN_ROWS_H

#include <stddef.h>
#include <stdint.h>

/** Sets of bytes that the first pass looks for. */
enum rows_set {
    ROWS_DIGITS,
    ROWS_ATS,
    ROWS_COLONS,
    ROWS_DASHES,
    ROWS_CAPITALS,
    ROWS_ALNUMS, /**< letters and digits */
    ROWS_WORDS,  /**< and '_' and '-': what tokens are made of */
    ROWS_BEFORE, /**< by the plan: a short run of digits behind one of these (or two capitals) is worth a
                    look, */
    ROWS_AFTER,  /**< or before one of these, */
    ROWS_JOINTS, /**< or before one of these with a digit behind it */
    ROWS_SETS
};

enum {
    ROWS_SHORT_RUN = 4,  /**< longer runs of digits are worth a look in any case */
    ROWS_LONG_WORD = 20, /**< bytes of ROWS_WORDS in a row that make a long word */
    ROWS_LONG = 16,      /**< bytes of ROWS_ALNUMS in a row that make a long row */
    ROWS_DENSE = 7,      /**< digits within ROWS_DENSE_SPAN bytes that are always seen as dense */
    ROWS_DENSE_SPAN = 17,
    ROWS_TOKEN = 9, /**< capitals and digits in a row that make a token */
    ROWS_CHUNK =
        32, /**< words of 64 bits in a chunk: 2 KiB of text, so that everything stays in the L1 cache */
    ROWS_FIRST =
        8, /**< word of a lane at which the chunk begins; the one before is the last of the chunk before */
    ROWS_LANES = ROWS_FIRST + ROWS_CHUNK,
};

/** One lane of words: bit i of word w is about byte 64 * (w - ROWS_FIRST) + i of the chunk. */
typedef uint64_t rows_lane[ROWS_LANES];

/**
 * A chunk of text as bits. The caller fills in `of` and keeps the chunk for the next one, zeroed before the
 * first; rows_function does the rest.
 */
struct rows_chunk {
    _Alignas(64) rows_lane of[ROWS_SETS]; /**< a vector is a cache line */
    /* What follows from them. */
    rows_lane
        begun; /**< runs of digits that are worth a look for what is before them, by their first byte, */
    rows_lane ended; /**< and others for what is behind or for their length, by the second byte behind them */
    rows_lane thirds;  /**< third ':' of a row with at most 4 bytes between: an IPv6 address, perhaps */
    rows_lane fourths; /**< fourth ':' or '-' of a row with exactly 2 bytes between: a MAC address, perhaps */
    rows_lane words;   /**< the ROWS_LONG_WORD-th byte of each long word, or of what follows a '-' in one */
    rows_lane tokens;  /**< the ROWS_TOKEN-th byte of each row of capitals and digits */
    rows_lane remarkable; /**< not 0: a long row ends in this word, or a stretch dense with digits */
    /* Between the two. */
    rows_lane worth, joints, near, counts, capitals2;
    rows_lane digits2, digits4, digits5;
    rows_lane tokens1, tokens2, tokens4, tokens8;
    rows_lane words2, words4, words8, words16;
    rows_lane alnums2, alnums4, alnums8;
};

/** The same for every processor; rows_best gives the fastest. */
typedef void rows_function(struct rows_chunk *chunk);
void rows_plain(struct rows_chunk *chunk);
rows_function *rows_best(void);

/** Make the last words of the chunk the first of the next. */
void rows_next(struct rows_chunk *chunk);

#endif

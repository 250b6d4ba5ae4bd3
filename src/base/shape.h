/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_SHAPE_H
#define BASE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"

/**
 * Shapes: the small pattern language of detector files. It has the look of regular expressions and the cost
 * of a loop: a shape is a row of byte classes with counts, matched from a given place in time linear in
 * the text, whatever pattern and text are.
 *
 *     a \. \x41 \d .          a byte, any digit, any byte but a line end
 *     [A-Z0-9_] [^\s"]        one of, none of
 *     x? x* x+ x{3} x{2,5} x{2,}   counts, up to SHAPE_LENGTH_MAX
 *     (AKIA|ASIA) (-old)?     alternatives; a group is spelt out, so it may not be nested or repeated
 *
 * Characters outside ASCII stand for their UTF-8 bytes, and may not be in a class. There is no '^', '$',
 * '\b', look-around or back-reference.
 */
struct byte_class {
    uint64_t bits[4]; /**< one for each byte value */
};

static inline bool
byte_class_has(const struct byte_class *class_, uint8_t byte)
{
    return class_->bits[byte >> 6] >> (byte & 63) & 1;
}

struct shape_element {
    struct byte_class class_;
    uint16_t min, max; /**< how many bytes of the class */
};

struct shape {
    struct shape_element *elements; /**< nelements */
    size_t nelements;
    size_t length_min, length_max;
    bool greedy; /**< taking as many as possible at each element is right */
};

enum {
    SHAPE_LENGTH_MAX = 2048,      /**< of a match; "{2,}" means at most this */
    SHAPE_TEXT_MAX = 512,         /**< of a pattern */
    SHAPE_ALTERNATIVES_MAX = 256, /**< that the groups of one pattern may spell out */
};

/**
 * Parse one pattern into its alternatives.
 *
 * @param arena    holds the result
 * @param shapes   *nshapes of them, in the order in which the pattern names them
 * @param reason   words for a person, in the arena, when the result is PROV_E_POLICY
 * @return PROV_OK, PROV_E_POLICY, PROV_E_MEMORY
 */
int shape_parse(struct arena *arena, const char *pattern, bool caseless, struct shape **shapes,
                size_t *nshapes, const char **reason);

/** Length of the longest match that begins at text[0]; 0 when there is none (no shape matches nothing). */
size_t shape_match(const struct shape *shape, struct bytes text);

/**
 * Write the beginning of the shape, as far as its length is fixed, as an expression for inspect/multi_match.
 *
 * @param length_max  write no more than so many bytes' worth
 * @param length      bytes that the expression matches
 * @return PROV_OK, PROV_E_MEMORY
 */
int shape_prefix(const struct shape *shape, size_t length_max, struct buf *expression, size_t *length);

#endif

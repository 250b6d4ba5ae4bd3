/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_PATTERN_GATE_H
#define INSPECT_PATTERN_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/shape.h"
#include "model/detector.h"

/** What stands beside a run of digits, as far as it matters. */
enum beside {
    BESIDE_OTHER, /**< nothing, a line end, punctuation without a meaning here */
    BESIDE_UPPER,
    BESIDE_LOWER,
    BESIDE_SPACE,
    BESIDE_PLUS,
    BESIDE_DASH,
    BESIDE_DOT,
    BESIDE_SLASH,
    BESIDE_PAREN, /**< either one */
    BESIDE_COLON,
    BESIDE_HIGH, /**< a byte outside ASCII */
    BESIDE_COUNT
};

enum {
    GATE_SPAN = 80,       /**< bytes of a shape in which its digits are counted */
    GATE_REACH = 21,      /**< bytes of a shape in which what makes it remarkable must lie */
    RUN_LENGTHS = 64,     /**< runs of 63 digits and more are one length */
    TOKEN_LENGTHS = 41,   /**< of words of capitals and digits that are looked at as a whole */
    GATE_LEAD_MAX = 6,    /**< bytes before a run at which a lead may begin */
    GATE_PREFIX_MAX = 28, /**< bytes of a shape given to Vectorscan */
};

enum gate { GATE_LITERAL, GATE_WORD, GATE_LEAD, GATE_RUN, GATE_TOKEN, GATE_PAIR, GATE_LABEL };

/** What a run gate needs to know of a shape. */
struct run_gate {
    uint64_t lengths;           /**< bit n: the run may have n digits; bit 63: 63 or more */
    uint16_t before;            /**< bits of enum beside */
    uint64_t open;              /**< those of the lengths after which anything may come */
    uint16_t next;              /**< bits of enum beside: what comes after the others */
    uint8_t back_min, back_max; /**< bytes of the shape before the run */
    uint16_t first;             /**< bit d: the run may begin with digit d */
    bool capitals; /**< two capitals come before the run */
    bool lead;     /**< the shape begins with two fixed bytes, not far before the run */
    uint64_t loose;     /**< those of the lengths behind which it is not certain that one sign and a digit come */
};

/** The kind of a byte. */
enum beside gate_beside(uint8_t byte);

/** @return false when the shape has no run of digits at a known place */
bool gate_find_run(const struct shape *shape, enum detector_boundary boundary, struct run_gate *gate);

/** Has the shape fixed bytes enough? @param can_wait  it has a label to be found by, too */
bool gate_is_literal(const struct shape *shape, bool can_wait);

/**
 * Does every match begin with a long word (pattern_rows.h), at a place where long words are found? Needs a boundary before,
 * and a first byte that is as good as fixed, for the index.
 */
bool gate_is_word(const struct shape *shape, enum detector_boundary boundary);

/** Capitals and digits only, a known number of them (ROWS_TOKEN at least), digits certain or as good as. @return the number, 0: no
 */
size_t gate_token_length(const struct shape *shape);

/** Hex pairs with ':' or '-' between: xx:xx:xx:xx */
bool gate_is_pair(const struct shape *shape);

/** Digits that every match has within its first GATE_SPAN bytes. */
unsigned gate_count_digits(const struct shape *shape);

/** Has every match a long row, or is it dense with digits (pattern_rows.h), within its first GATE_REACH bytes? */
bool gate_is_remarkable(const struct shape *shape);

/** Is there no match without a digit, or none worth having? */
bool gate_wants_digit(const struct shape *shape);

#endif

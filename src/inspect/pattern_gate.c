/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate of a shape: the cheapest thing whose absence proves that the shape is not there.
 *
 *     gate      who has it                                     found by
 *     literal   https://hooks: three fixed bytes or more       one Vectorscan database over all text
 *     word      gh[pousr]_[A-Za-z0-9]{36}: twenty bytes of     bits.words, by the first two bytes
 *               those that tokens are made of
 *     run       [A-Z]\d{6}\([0-9A]\): a run of digits of       bits, by length, neighbours, first digit
 *               known length at a known place
 *     lead      (MH|DL)-?\d{2}: two fixed bytes before it      a run, by the two bytes
 *     token     [A-HJ-NPR-Z0-9]{17}: capitals and digits,      bits.tokens, by length
 *               a known number of them
 *     pair      [0-9A-F]{2}:[0-9A-F]{2}: ...                   bits.pairs
 *
 * A gate may let through what is no match, never the other way round: the suite compares what is found
 * through gates with what is found without.
 */
#include "inspect/pattern_gate.h"

#include "inspect/pattern_rows.h"

enum {
    LITERAL_MIN = 3,   /* fixed bytes in a row that make a gate */
    LITERAL_SHORT = 2, /* or so many, when much follows that Vectorscan can check */
    LITERAL_SHORT_TAIL = 16,
    BACK_SPREAD_MAX = 4,
    TOKEN_DIGITS_MIN = 10, /* places that may hold a digit, one of which then will */
};

static const struct byte_class alnums = {{0x03FF000000000000u, 0x07FFFFFE07FFFFFEu, 0, 0}};
static const struct byte_class words = {{0x03FF200000000000u, 0x07FFFFFE87FFFFFEu, 0, 0}};
static const struct byte_class digits = {{0x03FF000000000000u, 0, 0, 0}};

#define BIT(character) ((uint64_t)1 << ((character)&63))

enum { LETTERS = 0x07FFFFFE }; /* of one case, in their word of a class */

/* The bytes of each kind; what is in none is BESIDE_OTHER. */
static const struct byte_class besides[BESIDE_COUNT] = {
    [BESIDE_OTHER] = {{~(BIT('\t') | BIT(' ') | BIT('+') | BIT('-') | BIT('.') | BIT('/') | BIT('(') |
                         BIT(')') | BIT(':')),
                       ~((uint64_t)LETTERS | (uint64_t)LETTERS << 32), 0, 0}},
    [BESIDE_UPPER] = {{0, LETTERS, 0, 0}},
    [BESIDE_LOWER] = {{0, (uint64_t)LETTERS << 32, 0, 0}},
    [BESIDE_SPACE] = {{BIT('\t') | BIT(' '), 0, 0, 0}},
    [BESIDE_PLUS] = {{BIT('+'), 0, 0, 0}},
    [BESIDE_DASH] = {{BIT('-'), 0, 0, 0}},
    [BESIDE_DOT] = {{BIT('.'), 0, 0, 0}},
    [BESIDE_SLASH] = {{BIT('/'), 0, 0, 0}},
    [BESIDE_PAREN] = {{BIT('(') | BIT(')'), 0, 0, 0}},
    [BESIDE_COLON] = {{BIT(':'), 0, 0, 0}},
    [BESIDE_HIGH] = {{0, 0, UINT64_MAX, UINT64_MAX}},
};

enum beside
gate_beside(uint8_t byte)
{
    unsigned kind = BESIDE_OTHER;
    while (!byte_class_has(&besides[kind], byte))
        kind++;
    return (enum beside)kind;
}

static bool
meets(const struct byte_class *a, const struct byte_class *b)
{
    return (a->bits[0] & b->bits[0]) | (a->bits[1] & b->bits[1]) | (a->bits[2] & b->bits[2]) |
           (a->bits[3] & b->bits[3]);
}

static bool
is_within(const struct byte_class *a, const struct byte_class *b)
{
    return !((a->bits[0] & ~b->bits[0]) | (a->bits[1] & ~b->bits[1]) | (a->bits[2] & ~b->bits[2]) |
             (a->bits[3] & ~b->bits[3]));
}

static uint16_t
besides_of(const struct byte_class *class_)
{
    uint16_t bits = 0;
    for (unsigned kind = 0; kind < BESIDE_COUNT; kind++)
        bits |= (uint16_t)(meets(class_, &besides[kind]) << kind);
    return bits;
}

static unsigned
class_size(const struct byte_class *class_)
{
    unsigned size = 0;
    for (int i = 0; i < 4; i++)
        size += (unsigned)__builtin_popcountll(class_->bits[i]);
    return size;
}

static bool
only_digits(const struct byte_class *class_)
{
    return class_->bits[0] && is_within(class_, &digits);
}

/* Lengths n + min .. n + max for each n. */
static uint64_t
lengthened(uint64_t lengths, size_t min, size_t max)
{
    uint64_t sum = 0;
    for (size_t n = 0; n < RUN_LENGTHS; n++)
        if (lengths >> n & 1)
            for (size_t m = n + min; m <= n + max; m++) {
                sum |= (uint64_t)1 << (m < RUN_LENGTHS ? m : RUN_LENGTHS - 1);
                if (m >= RUN_LENGTHS)
                    break;
            }
    return sum;
}

/* All lengths from the shortest on. */
static uint64_t
and_longer(uint64_t lengths)
{
    return lengths ? ~((lengths & -lengths) - 1) : 0;
}

/* Is element i one byte, and a digit certain behind it? */
static bool
digit_follows(const struct shape *shape, size_t i)
{
    const struct shape_element *next = &shape->elements[i + 1];
    return shape->elements[i].max == 1 && i + 1 < shape->nelements && only_digits(&next->class_) &&
           next->min > 0;
}

/* From element i on: how long may the run be that begins there, and what may follow it? */
static void
measure_run(const struct shape *shape, size_t i, struct run_gate *gate)
{
    uint64_t running = 1; /* lengths of the run if it goes on */
    for (; i < shape->nelements; i++) {
        const struct shape_element *element = &shape->elements[i];
        if (only_digits(&element->class_)) {
            running = lengthened(running, element->min, element->max);
            continue;
        }
        if (meets(&element->class_, &digits)) {
            gate->open |= and_longer(running);
            gate->lengths |= gate->open;
            return;
        }
        gate->lengths |= running;
        gate->loose |= digit_follows(shape, i) ? 0 : running;
        gate->next |= besides_of(&element->class_);
        if (element->min > 0)
            return;
    }
    gate->open |= running; /* the shape may end with the run */
    gate->lengths |= running;
}

/* Are the first two bytes one value each? */
static bool
is_lead(const struct shape *shape)
{
    const struct shape_element *first = shape->elements, *second = first->min > 1 ? first : first + 1;
    return class_size(&first->class_) == 1 && first->min > 0 && first->min == first->max &&
           second < shape->elements + shape->nelements && class_size(&second->class_) == 1 && second->min > 0;
}

bool
gate_find_run(const struct shape *shape, enum detector_boundary boundary, struct run_gate *gate)
{
    size_t back_min = 0, back_max = 0, ncapitals = 0, i = 0;
    *gate = (struct run_gate){0};
    for (; i < shape->nelements && !meets(&shape->elements[i].class_, &digits); i++) {
        const struct shape_element *element = &shape->elements[i];
        back_min += element->min;
        back_max += element->max;
        if (element->min > 0)
            gate->before = 0;
        bool capitals = is_within(&element->class_, &besides[BESIDE_UPPER]);
        ncapitals = capitals ? ncapitals + element->min : element->max > 0 ? 0 : ncapitals;
        gate->before |= besides_of(&element->class_);
        if (back_max - back_min > BACK_SPREAD_MAX || back_max > 32)
            return false;
    }
    if (i == shape->nelements || !only_digits(&shape->elements[i].class_) || shape->elements[i].min == 0)
        return false;
    if (back_min == 0)
        gate->before |=
            boundary == BOUNDARY_NONE ? UINT16_MAX : (uint16_t) ~(1u << BESIDE_UPPER | 1u << BESIDE_LOWER);
    gate->back_min = (uint8_t)back_min;
    gate->back_max = (uint8_t)back_max;
    gate->first = (uint16_t)(shape->elements[i].class_.bits[0] >> '0' & 0x3FF);
    gate->capitals = ncapitals >= 2;
    gate->lead = back_min >= 2 && back_max <= GATE_LEAD_MAX && is_lead(shape);
    measure_run(shape, i, gate);
    return gate->lengths != 0;
}

/* The longest row of fixed bytes (or letters of either case), not all digits, in the beginning of fixed
 * length. */
static size_t
literal_row(const struct shape *shape, size_t *prefix)
{
    size_t best = 0, row = 0, signs = 0;
    *prefix = 0;
    for (size_t i = 0; i < shape->nelements && *prefix < GATE_PREFIX_MAX; i++) {
        const struct shape_element *element = &shape->elements[i];
        bool fixed = class_size(&element->class_) <= 2;
        row = fixed ? row + element->min : 0;
        signs = fixed ? signs + !meets(&element->class_, &digits) : 0;
        best = signs > 0 && row > best ? row : best;
        *prefix += element->min;
        if (element->min != element->max)
            break;
    }
    return best;
}

bool
gate_is_literal(const struct shape *shape, bool can_wait)
{
    size_t prefix, row = literal_row(shape, &prefix);
    return row >= LITERAL_MIN || (row >= LITERAL_SHORT && prefix >= LITERAL_SHORT_TAIL && !can_wait);
}

size_t
gate_token_length(const struct shape *shape)
{
    size_t ndigits = 0;
    bool certain = false;
    if (shape->length_min != shape->length_max || shape->length_min >= TOKEN_LENGTHS ||
        shape->length_min < ROWS_TOKEN)
        return 0;
    for (size_t i = 0; i < shape->nelements; i++) {
        const struct byte_class *class_ = &shape->elements[i].class_;
        if (class_->bits[0] & ~digits.bits[0] || class_->bits[1] & ~(uint64_t)0x07FFFFFE || class_->bits[2] ||
            class_->bits[3])
            return 0;
        certain = certain || (only_digits(class_) && shape->elements[i].min > 0);
        ndigits += meets(class_, &digits) ? shape->elements[i].min : 0;
    }
    return certain || ndigits >= TOKEN_DIGITS_MIN ? shape->length_min : 0;
}

bool
gate_is_pair(const struct shape *shape)
{
    size_t at = 0, seps = 0;
    for (size_t i = 0; i < shape->nelements && at < 12; i++) {
        const struct shape_element *element = &shape->elements[i];
        bool sep = class_size(&element->class_) == 1 &&
                   (byte_class_has(&element->class_, ':') || byte_class_has(&element->class_, '-'));
        if (element->min != element->max || (sep && (element->min != 1 || at % 3 != 2)))
            return false;
        seps += sep;
        at += element->min;
    }
    return seps >= 4;
}

bool
gate_wants_digit(const struct shape *shape)
{
    size_t ndigits = 0;
    for (size_t i = 0; i < shape->nelements; i++) {
        const struct shape_element *element = &shape->elements[i];
        if (only_digits(&element->class_) && element->min > 0)
            return true;
        ndigits += meets(&element->class_, &digits) ? element->min : 0;
    }
    return ndigits >= TOKEN_DIGITS_MIN;
}

bool
gate_is_word(const struct shape *shape, enum detector_boundary boundary)
{
    size_t length = 0;
    const struct shape_element *first = shape->elements;
    if (shape->nelements == 0 || class_size(&first->class_) > 2 || first->min == 0 ||
        first->min != first->max)
        return false;
    for (size_t i = 0; i < shape->nelements && length < ROWS_LONG_WORD; i++) {
        const struct shape_element *element = &shape->elements[i];
        if (!is_within(&element->class_, &words) || (length < 2 && element->min == 0))
            return false;
        length += element->min;
    }
    return boundary != BOUNDARY_NONE && length >= ROWS_LONG_WORD;
}

unsigned
gate_count_digits(const struct shape *shape)
{
    unsigned ndigits = 0;
    size_t span = 0;
    for (size_t i = 0; i < shape->nelements; i++) {
        const struct shape_element *element = &shape->elements[i];
        span += element->max;
        if (span > GATE_SPAN)
            break;
        ndigits += only_digits(&element->class_) ? element->min : 0u;
    }
    return ndigits;
}
/* Has every match so many digits so close together, from element i on? @param before  bytes before it at most
 */
static bool
is_dense_from(const struct shape *shape, size_t i, size_t before)
{
    size_t span = 0, ndigits = 0;
    for (; i < shape->nelements && span < ROWS_DENSE_SPAN; i++) {
        const struct shape_element *element = &shape->elements[i];
        size_t room = ROWS_DENSE_SPAN - span, take = element->max < room ? element->max : room;
        if (only_digits(&element->class_))
            ndigits += element->min < take ? element->min : take;
        span += take;
        if (ndigits >= ROWS_DENSE)
            return before + span <= GATE_REACH;
    }
    return false;
}

bool
gate_is_remarkable(const struct shape *shape)
{
    size_t row = 0, before = 0; /* bytes of the row for certain, and at most before element i */
    for (size_t i = 0; i < shape->nelements; i++) {
        const struct shape_element *element = &shape->elements[i];
        if (is_dense_from(shape, i, before))
            return true;
        size_t begun = row;
        row = is_within(&element->class_, &alnums) ? row + element->min : 0;
        if (row >= ROWS_LONG && before + (ROWS_LONG - begun) <= GATE_REACH)
            return true;
        before += element->max;
    }
    return false;
}

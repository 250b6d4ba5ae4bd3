/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A candidate put to the tests, the cheap ones first:
 *
 *     shape ─► boundary before ─► checks ─► boundary behind ─► test values ─► script, density ─► context
 * words
 *
 * and scored: the detector's base and what each test adds or takes, in hundredths of log-odds.
 */
#include <stdlib.h>
#include <string.h>

#include "inspect/pattern_scan.h"
#include "inspect/validator.h"

enum {
    DENSE_WINDOW = 48,
    DENSE_RUNS = 6, /* runs of digits within the window on both sides that make a table */
    SCRIPT_WINDOW = 24,
    TEST_VALUE_MALUS = 400,
    SCORE_MAX = 3000,
};

size_t
pattern_normalise(const struct detector *detector, struct bytes text, uint8_t *value)
{
    size_t size = 0;
    for (size_t i = 0; i < text.size && size < SHAPE_LENGTH_MAX; i++) {
        uint8_t byte = text.data[i];
        if (*detector->separators && byte && strchr(detector->separators, byte))
            continue;
        if (!detector->keep_case && byte >= 'a' && byte <= 'z')
            byte -= 32;
        value[size++] = byte;
    }
    return size;
}

/* Where the first nvalue characters that are no separators end. */
static size_t
end_of_value(const struct detector *detector, struct bytes text, size_t start, size_t end, size_t nvalue)
{
    size_t at = start;
    for (; at < end && nvalue > 0; at++)
        if (!text.data[at] || !strchr(detector->separators, text.data[at]))
            nvalue--;
    return at;
}

static bool
is_test_value(const struct detector *detector, const struct value *value)
{
    for (size_t i = 0; i < detector->ntest_values; i++)
        if (strlen(detector->test_values[i]) == value->size &&
            memcmp(detector->test_values[i], value->chars, value->size) == 0)
            return true;
    return false;
}

/* Is there Han or kana within a few bytes? */
static bool
near_han(struct bytes text, size_t start, size_t end)
{
    size_t from = start > SCRIPT_WINDOW ? start - SCRIPT_WINDOW : 0;
    size_t to = text.size - end > SCRIPT_WINDOW ? end + SCRIPT_WINDOW : text.size;
    for (size_t i = from; i < to; i++)
        if (text.data[i] >= 0xE3 && text.data[i] <= 0xE9)
            return true;
    return false;
}

static bool
is_dense(const struct pattern_scan *scan, size_t start, size_t end)
{
    size_t from = start > DENSE_WINDOW ? start - DENSE_WINDOW : 0;
    size_t to = end + DENSE_WINDOW < scan->text.size ? end + DENSE_WINDOW : scan->text.size;
    return bits_count_runs(&scan->scratch->bits, from, start) +
               bits_count_runs(&scan->scratch->bits, end, to) >=
           DENSE_RUNS;
}

static int
keep(struct pattern_scan *scan, const struct found *found)
{
    struct pattern_scratch *scratch = scan->scratch;
    if (scratch->nfound == scratch->found_capacity) {
        size_t capacity = scratch->found_capacity ? scratch->found_capacity * 2 : 256;
        struct found *grown = realloc(scratch->found, capacity * sizeof *grown);
        if (!grown)
            return PROV_E_MEMORY;
        scratch->found = grown;
        scratch->found_capacity = capacity;
    }
    scratch->found[scratch->nfound++] = *found;
    return PROV_OK;
}

/* Checks, the boundary behind, and test values. @return false: it is nothing */
static bool
passes(struct pattern_scan *scan, const struct detector *detector, struct candidate *candidate,
       struct value *value)
{
    struct bytes text = scan->text;
    struct bytes whole = {text.data + candidate->start, candidate->end - candidate->start};
    *value = (struct value){.chars = scan->scratch->value,
                            .size = pattern_normalise(detector, whole, scan->scratch->value),
                            .today = scan->plan->set->reference_date};
    size_t size = value->size;
    for (size_t i = 0; i < detector->nchecks; i++)
        if (!validator_pass(&detector->checks[i], value))
            return false;
    if (value->size != size)
        candidate->end = end_of_value(detector, text, candidate->start, candidate->end, value->size);
    /* What is longer than any shape was cut, and goes on. */
    if (!candidate->checked && whole.size < SHAPE_LENGTH_MAX &&
        !boundary_after(detector->boundary, text, candidate->end) && !column_ends(scan, candidate->end))
        return false;
    if (candidate->end - candidate->start != value->size)
        candidate->score += detector->format_bonus;
    if (detector->ntest_values && is_test_value(detector, value))
        candidate->score -= TEST_VALUE_MALUS;
    return true;
}

int
pattern_consider(struct pattern_scan *scan, const struct candidate *candidate)
{
    const struct detector *detector = scan->plan->set->detectors[candidate->detector];
    struct candidate mine = *candidate;
    struct value value;
    bool context = false, negative = false;
    if (!pattern_in_reach(scan, mine.start) || !passes(scan, detector, &mine, &value))
        return PROV_OK;
    int score = detector->base + mine.score;
    if (detector->script_bonus && near_han(scan->text, mine.start, mine.end))
        score += detector->script_bonus;
    struct row_place place = column_place(scan, mine.start, mine.end);
    if (detector->dense_malus && !place.whole && is_dense(scan, mine.start, mine.end))
        score -= detector->dense_malus;
    /* Words are looked for last, and only where they can still decide something. */
    if (!detector->context_required || score + detector->context_bonus >= -100)
        TRY(context_look(scan, mine.detector, mine.start, mine.end, &context, &negative));
    TRY(column_look(scan, mine.detector, place.column, &context, &negative));
    bool tally = detector->context_required && !context;
    if (tally && (negative || !column_decides(detector, &place)))
        return PROV_OK;
    score = tally ? -SCORE_MAX : score;
    score += (context ? detector->context_bonus : 0) - (negative ? detector->negative_malus : 0);
    if (!tally && (int)detector_level(score) < detector->min_report)
        return PROV_OK;
    struct found found = {.start = (uint32_t)mine.start,
                          .end = (uint32_t)mine.end,
                          .detector = mine.detector,
                          .score = (int16_t)(score > SCORE_MAX    ? SCORE_MAX
                                             : score < -SCORE_MAX ? -SCORE_MAX
                                                                  : score),
                          .tally = tally,
                          .birth = value.birth};
    return keep(scan, &found);
}

int
pattern_try_rule(struct pattern_scan *scan, uint32_t index, size_t start)
{
    const struct rule *rule = &scan->plan->rules[index];
    if (!pattern_in_reach(scan, start) || start >= scan->text.size ||
        !byte_class_has(&rule->start, scan->text.data[start]))
        return PROV_OK;
    const struct detector *detector = scan->plan->set->detectors[rule->detector];
    if (!boundary_before(detector->boundary, scan->text, start) && !column_begins(scan, start))
        return PROV_OK;
    struct bytes text = {scan->text.data + start, scan->text.size - start};
    size_t length = shape_match(rule->shape, text);
    while (length > 0 && (text.data[length - 1] == ' ' || text.data[length - 1] == '-') &&
           *detector->separators)
        length--;
    if (length < 2)
        return PROV_OK;
    struct candidate candidate = {.detector = rule->detector, .start = start, .end = start + length};
    return pattern_consider(scan, &candidate);
}

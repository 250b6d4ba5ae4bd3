/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inspector of personal data and secrets.
 *
 *     text ── fold (only where something needs it) ──► text in which digits are digits
 *       │
 *       ├─ bits      runs of digits, '@', rows of ':' and '-'       one vector pass
 *       ├─ anchors   fixed bytes of secrets, labels                 one Vectorscan pass
 *       │
 *       └─► candidates ─► boundaries ─► checks ─► context ─► score ─► overlaps ─► facts
 *                             cheap                 dear
 *
 * Each finding belongs to the segment in which it starts, and whether it is one must not depend on where the
 * text was cut. So every decision looks at a bounded piece of text around the start (LOOK_BACK, the margin of
 * the segment), and overlaps are decided pair by pair among all candidates around, never in a chain: a
 * candidate is dropped when a better one overlaps it, whatever became of that one. Candidates that start
 * shortly before or behind the page are made for this alone, and reported by the neighbouring segments.
 *
 * Why not one database of all patterns: patterns of digits and capitals have no fixed bytes; with them in,
 * Vectorscan falls from 2 GB/s to 0.15 (measured on 94 patterns). Why no regex after the gate: see base/shape.c.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "inspect/inspector.h"
#include "inspect/pattern_scan.h"
#include "inspect/validator.h"
#include "model/rows.h"

enum {
    DENSE_WINDOW = 48,
    DENSE_RUNS = 6, /* runs of digits within the window on both sides that make a table */
    SCRIPT_WINDOW = 24,
    TEST_VALUE_MALUS = 400,
    IPV4_FIRST_MAX = 3,
    PAIRS_BEFORE = 11,
    PAIRS_SIZE = 17,
};

/* ---- putting candidates to the tests ---- */

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
        !boundary_after(detector->boundary, text, candidate->end))
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
    if (detector->dense_malus && is_dense(scan, mine.start, mine.end))
        score -= detector->dense_malus;
    /* Words are looked for last, and only where they can still decide something. */
    if (!detector->context_required || score + detector->context_bonus >= -100)
        TRY(context_look(scan, mine.detector, mine.start, mine.end, &context, &negative));
    if (detector->context_required && !context)
        return PROV_OK;
    score += (context ? detector->context_bonus : 0) - (negative ? detector->negative_malus : 0);
    if ((int)detector_level(score) < detector->min_report)
        return PROV_OK;
    struct found found = {.start = (uint32_t)mine.start,
                          .end = (uint32_t)mine.end,
                          .detector = mine.detector,
                          .score = (int16_t)(score > 3000 ? 3000 : score < -3000 ? -3000 : score),
                          .birth = value.birth};
    return keep(scan, &found);
}

static int
try_rule(struct pattern_scan *scan, uint32_t index, size_t start)
{
    const struct rule *rule = &scan->plan->rules[index];
    if (!pattern_in_reach(scan, start) || start >= scan->text.size ||
        !byte_class_has(&rule->start, scan->text.data[start]) || !boundary_before(scan->plan->set->detectors[rule->detector]->boundary, scan->text, start))
        return PROV_OK;
    struct bytes text = {scan->text.data + start, scan->text.size - start};
    size_t length = shape_match(rule->shape, text);
    while (length > 0 && (text.data[length - 1] == ' ' || text.data[length - 1] == '-') &&
           *scan->plan->set->detectors[rule->detector]->separators)
        length--;
    if (length < 2)
        return PROV_OK;
    struct candidate candidate = {.detector = rule->detector, .start = start, .end = start + length};
    return pattern_consider(scan, &candidate);
}

/* ---- runs of digits ---- */

static enum beside
beside_before(const struct pattern_scan *scan, size_t start)
{
    if (start == 0 || is_escape_letter(scan->text, start - 1))
        return BESIDE_OTHER;
    return scan->plan->beside[scan->text.data[start - 1]];
}

static bool
is_capital_or_digit(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

/* A word of capitals and digits, looked at when its first run of digits comes by. */
static int
take_token(struct pattern_scan *scan, size_t run)
{
    const struct pattern_plan *plan = scan->plan;
    struct bytes text = scan->text;
    size_t start = run, end = run;
    while (start > 0 && run - start < TOKEN_LENGTHS && is_capital_or_digit(text.data[start - 1])) {
        start--;
        if (text.data[start] <= '9')
            return PROV_OK;
    }
    while (end < text.size && end - start < TOKEN_LENGTHS && is_capital_or_digit(text.data[end]))
        end++;
    if (end - start >= TOKEN_LENGTHS)
        return PROV_OK;
    for (uint32_t i = plan->token_first[end - start]; i < plan->token_first[end - start + 1]; i++)
        TRY(try_rule(scan, plan->token_rules[i], start));
    return PROV_OK;
}

static int
take_run(struct pattern_scan *scan, size_t start, size_t length)
{
    const struct pattern_plan *plan = scan->plan;
    struct bytes text = scan->text;
    enum beside before = beside_before(scan, start);
    size_t end = start + length;
    uint8_t next = end < text.size ? text.data[end] : 0, farther = end + 1 < text.size ? text.data[end + 1] : 0;
    bool digit_follows = (uint8_t)(farther - '0') <= 9;
    if (before == BESIDE_PLUS && plan->phone >= 0)
        TRY(find_phone(scan, start));
    if (next == '.' && length <= IPV4_FIRST_MAX && plan->ipv4 >= 0 && before != BESIDE_DOT)
        TRY(find_ipv4(scan, start));
    if (before == BESIDE_UPPER || plan->beside[next] == BESIDE_UPPER)
        TRY(take_token(scan, start));
    size_t cell = ((length < RUN_LENGTHS ? length : RUN_LENGTHS - 1) * BESIDE_COUNT + plan->beside[next]) * 10 +
                  (text.data[start] - '0');
    for (uint32_t i = plan->run_first[cell]; i < plan->run_first[cell + 1]; i++) {
        const struct run_rule *rule = &plan->run_rules[i];
        if (!(rule->before >> before & 1) || (rule->digit_follows && !digit_follows))
            continue;
        for (size_t back = rule->back_min; back <= rule->back_max && back <= start; back++)
            TRY(try_rule(scan, rule->rule, start - back));
    }
    return PROV_OK;
}

/* Length of the run that begins at bit `start`. Runs of 64 and more are cut: nothing has so many digits. */
static size_t
run_length(const struct bits *bits, size_t start)
{
    size_t word = start / 64, shift = start % 64;
    uint64_t ones = bits->digits[word] >> shift;
    if (shift && word + 1 < bits->nwords)
        ones |= bits->digits[word + 1] << (64 - shift);
    return ones == UINT64_MAX ? 64 : (size_t)__builtin_ctzll(~ones);
}

static int
scan_runs(struct pattern_scan *scan)
{
    const struct bits *bits = &scan->scratch->bits;
    uint64_t before = 0;
    for (size_t word = 0; word < bits->nwords; word++) {
        uint64_t digits = bits->digits[word];
        uint64_t starts = digits & ~(digits << 1 | before >> 63);
        before = digits;
        for (; starts; starts &= starts - 1) {
            size_t start = word * 64 + (size_t)__builtin_ctzll(starts);
            TRY(take_run(scan, start, run_length(bits, start)));
        }
    }
    return PROV_OK;
}

/* ---- the other gates ---- */

/* Pairs of hex digits: the fourth sign of the row is eleven bytes from its start. A longer row is a fingerprint. */
static int
take_pairs(struct pattern_scan *scan, size_t fourth)
{
    struct bytes text = scan->text;
    if (fourth < PAIRS_BEFORE)
        return PROV_OK;
    size_t start = fourth - PAIRS_BEFORE, end = start + PAIRS_SIZE;
    uint8_t sign = text.data[fourth];
    if ((start > 0 && text.data[start - 1] == sign) || (end < text.size && text.data[end] == sign))
        return PROV_OK;
    for (size_t i = 0; i < scan->plan->npair_rules; i++)
        TRY(try_rule(scan, scan->plan->pair_rules[i], start));
    return PROV_OK;
}

static int
scan_places(struct pattern_scan *scan)
{
    const struct pattern_plan *plan = scan->plan;
    const struct bits *bits = &scan->scratch->bits;
    size_t done = 0;
    for (size_t i = 0; i < bits->ats.count; i++) {
        if (plan->url_login >= 0)
            TRY(find_url_login(scan, bits->ats.at[i]));
        if (plan->email >= 0)
            TRY(find_email(scan, bits->ats.at[i]));
    }
    for (size_t i = 0; i < bits->colons.count && plan->ipv6 >= 0; i++)
        TRY(find_ipv6(scan, bits->colons.at[i], &done));
    for (size_t i = 0; i < bits->pairs.count; i++)
        TRY(take_pairs(scan, bits->pairs.at[i]));
    return PROV_OK;
}

static bool
is_alnum(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

/* Is the label a word of its own in its text? */
static bool
is_label(const struct pattern_scan *scan, const struct anchor *anchor, size_t end)
{
    struct bytes text = scan->text;
    size_t start = end - anchor->length;
    if (!is_alnum(text.data[end - 1]) || !is_alnum(text.data[start]))
        return true;
    return !(end < text.size && is_alnum(text.data[end])) &&
           !(start > 0 && is_alnum(text.data[start - 1]) && !is_escape_letter(text, start - 1) &&
             !(text.data[start] <= 'Z' && text.data[start - 1] >= 'a'));
}

static int
collect_anchor(uint32_t id, size_t end, void *context)
{
    const struct pattern_scan *scan = context;
    struct pattern_scratch *scratch = scan->scratch;
    const struct anchor *anchor = &scan->plan->anchors[id];
    if (anchor->kind == ANCHOR_LABEL && !is_label(scan, anchor, end))
        return 0;
    if (scratch->nanchors == scratch->anchors_capacity) {
        size_t capacity = scratch->anchors_capacity ? scratch->anchors_capacity * 2 : 1024;
        struct anchor_hit *grown = realloc(scratch->anchors, capacity * sizeof *grown);
        if (!grown) {
            scratch->nanchors = SIZE_MAX;
            return 1;
        }
        scratch->anchors = grown;
        scratch->anchors_capacity = capacity;
    }
    scratch->anchors[scratch->nanchors++] = (struct anchor_hit){.anchor = id, .end = (uint32_t)end};
    return 0;
}

/* May a label's value begin here: behind quotes, brackets, blanks and one ':' or '='? */
static size_t
skip_label_gap(struct bytes text, size_t at, bool *sign)
{
    size_t start = at;
    *sign = false;
    while (at < text.size && at - start < LABEL_REACH) {
        uint8_t byte = text.data[at];
        uint32_t code = byte >= 0x80 ? code_after(text, at) : 0;
        if (byte == ':' || byte == '=' || code == 0xFF1A)
            *sign = true;
        else if (!memchr(" \t\"'`]*)_", byte, 9) && code != 0xFF09 && code != 0x3011)
            break;
        at += code ? 3 : 1;
    }
    return at;
}

/* Try the detector's shapes behind a label: at once behind its sign, or at each word nearby. */
static int
take_label(struct pattern_scan *scan, const struct anchor *anchor, size_t end)
{
    const struct pattern_plan *plan = scan->plan;
    struct bytes text = scan->text;
    bool sign = false;
    size_t at = anchor->wide ? end : skip_label_gap(text, end, &sign);
    if (!anchor->wide && !sign)
        return PROV_OK;
    size_t stop = anchor->wide ? end + LABEL_REACH : at + 1;
    bool digit = bits_any(&scan->scratch->bits, at, at + LABEL_REACH);
    for (; at < stop && at < text.size; at++) {
        if (anchor->wide && at > 0 && is_alnum(text.data[at - 1]) && is_alnum(text.data[at]))
            continue;
        for (uint32_t i = plan->label_first[anchor->detector]; i < plan->label_first[anchor->detector + 1]; i++)
            if (digit || !plan->rules[plan->label_rules[i]].wants_digit)
                TRY(try_rule(scan, plan->label_rules[i], at));
    }
    return PROV_OK;
}

static int
scan_anchors(struct pattern_scan *scan)
{
    struct pattern_scratch *scratch = scan->scratch;
    scratch->nanchors = 0;
    if (!scan->plan->anchor_match)
        return PROV_OK;
    TRY(multi_match_scan(scan->plan->anchor_match, scratch->multi, scan->text, collect_anchor, scan));
    if (scratch->nanchors == SIZE_MAX)
        return PROV_E_MEMORY;
    for (size_t i = 0; i < scratch->nanchors; i++) {
        const struct anchor *anchor = &scan->plan->anchors[scratch->anchors[i].anchor];
        size_t end = scratch->anchors[i].end, start = end - anchor->length;
        switch (anchor->kind) {
        case ANCHOR_RULE:
            TRY(try_rule(scan, anchor->rule, start));
            break;
        case ANCHOR_LABEL:
            TRY(take_label(scan, anchor, end));
            break;
        case ANCHOR_ASSIGNMENT:
            TRY(find_assignment(scan, anchor->detector, start, end));
            break;
        case ANCHOR_KEY_BLOCK:
            TRY(find_key_block(scan, end));
            break;
        }
    }
    return PROV_OK;
}

/* ---- overlaps and facts ---- */

/* A total order: which of two candidates is the better; 0 only for a candidate and its twin. */
static int
rank(const struct found *a, const struct found *b)
{
    if (a->score != b->score)
        return a->score > b->score ? 1 : -1;
    if (a->end - a->start != b->end - b->start)
        return a->end - a->start > b->end - b->start ? 1 : -1;
    if (a->start != b->start)
        return a->start < b->start ? 1 : -1;
    return a->detector == b->detector ? 0 : a->detector < b->detector ? 1 : -1;
}

static int
by_place(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return -rank(x, y);
}

/* Is found[i] overlapped by a better one? */
static bool
is_suppressed(const struct pattern_scratch *scratch, size_t i)
{
    const struct found *mine = &scratch->found[i];
    for (size_t j = i; j-- > 0 && mine->start - scratch->found[j].start <= WINDOW_LONG;) {
        const struct found *other = &scratch->found[j];
        if (other->end > mine->start && other->end - other->start <= WINDOW_LONG && rank(other, mine) >= 0)
            return true;
    }
    for (size_t j = i + 1; j < scratch->nfound && scratch->found[j].start < mine->end &&
                           scratch->found[j].start - mine->start <= WINDOW_LONG;
         j++) {
        const struct found *other = &scratch->found[j];
        if (other->end - other->start <= WINDOW_LONG && rank(other, mine) > 0)
            return true;
    }
    return false;
}

static int
age_at(int today, int birth)
{
    return today / 10000 - birth / 10000 - (today % 10000 < birth % 10000);
}

/* Where the finding lies in the item, and what may be shown. */
static int
report(const struct pattern_scan *scan, const struct segment *segment, const struct found *found, bool folded,
       struct fact_list *out)
{
    const struct detector *detector = scan->plan->set->detectors[found->detector];
    uint8_t evidence[LIMIT_EVIDENCE_BYTES];
    size_t start = found->start, end = found->end;
    struct bytes text = {scan->text.data + start, end - start};
    if (folded) {
        start = fold_origin(&scan->scratch->fold, start);
        end = fold_origin_end(&scan->scratch->fold, end);
    }
    if (start < segment->before || start >= segment->before + segment->page)
        return PROV_OK;
    uint64_t offset = segment_offset(segment, start);
    struct bytes whole = {segment->text, segment->before + segment->page + segment->after};
    struct row_place place = row_table_find(segment->rows, whole, start, end);
    struct fact fact = {.kind = FACT_FINDING,
                        .level = (uint8_t)detector_level(found->score),
                        .score = found->score,
                        .code = detector->id,
                        .offset = offset,
                        .length = segment_offset(segment, end) - offset,
                        .row = place.row,
                        .column = place.column,
                        .whole = place.whole,
                        .evidence = {evidence, evidence_write(detector, text, evidence)}};
    TRY(fact_list_add(out, &fact));
    int age = age_at(scan->plan->set->reference_date, found->birth);
    for (size_t i = 0; i < detector->nderived && found->birth; i++) {
        fact.code = detector->derived[i].code;
        if (age < detector->derived[i].age_below)
            TRY(fact_list_add(out, &fact));
    }
    return PROV_OK;
}

static int
report_all(const struct pattern_scan *scan, const struct segment *segment, bool folded, struct fact_list *out)
{
    struct pattern_scratch *scratch = scan->scratch;
    if (scratch->nfound > 1)
        qsort(scratch->found, scratch->nfound, sizeof *scratch->found, by_place);
    for (size_t i = 0; i < scratch->nfound; i++)
        if (!is_suppressed(scratch, i))
            TRY(report(scan, segment, &scratch->found[i], folded, out));
    return PROV_OK;
}

/* ---- the inspector ---- */

static int
plan_create(const struct inspect_config *config, void **plan, struct err *err)
{
    struct pattern_plan *made = NULL;
    if (config->detectors && config->detectors->ndetectors > 0)
        TRY(pattern_plan_create(config->detectors, config->cache_dir, &made, err));
    *plan = made;
    return PROV_OK;
}

static void
plan_destroy(void *plan)
{
    pattern_plan_destroy(plan);
}

static void
scratch_destroy(void *scratch)
{
    struct pattern_scratch *mine = scratch;
    if (!mine)
        return;
    multi_scratch_destroy(mine->multi);
    bits_finish(&mine->bits);
    fold_finish(&mine->fold);
    context_finish(&mine->context);
    free(mine->anchors);
    free(mine->found);
    free(mine);
}

static int
scratch_create(const void *plan, void **scratch, struct err *err)
{
    const struct pattern_plan *mine = plan;
    struct pattern_scratch *made = calloc(1, sizeof *made);
    int status = made ? PROV_OK : PROV_E_MEMORY;
    const struct multi_match *matches[2] = {mine ? mine->anchor_match : NULL, mine ? mine->context_match : NULL};
    for (int i = 0; i < 2 && status == PROV_OK; i++)
        if (matches[i])
            status = made->multi ? multi_scratch_widen(made->multi, matches[i])
                                 : multi_scratch_create(matches[i], &made->multi);
    if (status != PROV_OK) {
        scratch_destroy(made);
        return err_set(err, status, "out of memory for pattern matching");
    }
    *scratch = made;
    return PROV_OK;
}

/* JSON types hide characters behind escapes, where its records were not read; everything else is taken as it is. */
static bool
is_json(const struct segment *segment)
{
    return !segment->rows && segment->type && strstr(segment->type, "json");
}

/* The page in the text that is searched: its borders move when folding removes bytes before them. */
static size_t
folded_place(const struct fold *fold, size_t original)
{
    size_t low = 0, high = fold->size;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (fold_origin(fold, middle) < original)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int
segment_inspect(const void *plan, void *scratch, const struct segment *segment, struct fact_list *out)
{
    const struct pattern_plan *mine = plan;
    struct pattern_scratch *own = scratch;
    if (!mine)
        return PROV_OK;
    struct bytes text = {segment->text, segment->before + segment->page + segment->after};
    size_t from = segment->before, to = segment->before + segment->page;
    bool json = is_json(segment) && text.size && memchr(text.data, '\\', text.size);
    bool folded = json || mine->folds(text);
    if (folded) {
        TRY(fold_make(&own->fold, text, json));
        text = (struct bytes){own->fold.text, own->fold.size};
        from = folded_place(&own->fold, from);
        to = folded_place(&own->fold, to);
    }
    struct pattern_scan scan = {.plan = mine,
                                .scratch = own,
                                .text = text,
                                .from = from > LOOK_BACK ? from - LOOK_BACK : 0,
                                .to = to + LOOK_BACK};
    own->nfound = 0;
    context_begin(&own->context);
    TRY(mine->find_bits(text, &own->bits));
    TRY(scan_runs(&scan));
    TRY(scan_places(&scan));
    TRY(scan_anchors(&scan));
    return report_all(&scan, segment, folded, out);
}

const struct inspector INSPECTOR_pattern = {
    .name = "pattern",
    .plan_create = plan_create,
    .plan_destroy = plan_destroy,
    .scratch_create = scratch_create,
    .scratch_destroy = scratch_destroy,
    .segment = segment_inspect,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what was found to facts: of two findings that overlap only the better is reported, and each by the
 * segment in whose page it starts.
 *
 * Overlaps are decided pair by pair, never in a chain: a finding is dropped when a better one overlaps it,
 * whatever became of that one. So the outcome depends on the text around it alone, not on where segments were
 * cut.
 */
#include <stdlib.h>

#include "base/digest.h"
#include "base/limits.h"
#include "inspect/pattern_scan.h"
#include "model/rows.h"
#include "model/value_key.h"

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

/* Does the other one, which overlaps, explain mine better? Tallies leave one another alone: the column decides. */
static bool
outranks(const struct found *other, const struct found *mine, bool at_least)
{
    int order = rank(other, mine);
    return !(mine->tally && other->tally) && (order > 0 || (order == 0 && at_least));
}

/* Is found[i] overlapped by a better one? */
static bool
is_suppressed(const struct pattern_scratch *scratch, size_t i)
{
    const struct found *mine = &scratch->found[i];
    for (size_t j = i; j-- > 0 && mine->start - scratch->found[j].start <= WINDOW_LONG;) {
        const struct found *other = &scratch->found[j];
        if (other->end > mine->start && other->end - other->start <= WINDOW_LONG && outranks(other, mine, true))
            return true;
    }
    for (size_t j = i + 1; j < scratch->nfound && scratch->found[j].start < mine->end &&
                           scratch->found[j].start - mine->start <= WINDOW_LONG;
         j++) {
        const struct found *other = &scratch->found[j];
        if (other->end - other->start <= WINDOW_LONG && outranks(other, mine, false))
            return true;
    }
    return false;
}

static int
age_at(int today, int birth)
{
    return today / 10000 - birth / 10000 - (today % 10000 < birth % 10000);
}

/* By which the value can be told from others, and looked up by who knows it. Of a tally, which no one is told of, any
   hash will do; of all else it is keyed, or there is none. */
static uint64_t
hash_of(const struct pattern_scan *scan, const struct found *found, struct bytes text)
{
    const struct detector *detector = scan->plan->set->detectors[found->detector];
    struct bytes value = {scan->scratch->value, pattern_normalise(detector, text, scan->scratch->value)};
    if (found->tally)
        return hash64(value.data, value.size, 0);
    return scan->plan->key ? value_key_hash(scan->plan->key, detector->id, value) : 0;
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
                        .level = found->tally ? LEVEL_TALLY : (uint8_t)detector_level(found->score),
                        .score = found->score,
                        .code = detector->id,
                        .offset = offset,
                        .length = segment_offset(segment, end) - offset,
                        .row = place.row,
                        .column = place.column,
                        .whole = place.whole,
                        .hash = hash_of(scan, found, text),
                        .evidence = {evidence, evidence_write(detector, text, evidence)}};
    TRY(fact_list_add(out, &fact));
    int age = age_at(scan->plan->set->reference_date, found->birth);
    for (size_t i = 0; i < detector->nderived && found->birth; i++) {
        fact.code = detector->derived[i].code;
        fact.hash = 0;
        if (age < detector->derived[i].age_below)
            TRY(fact_list_add(out, &fact));
    }
    return PROV_OK;
}

int
overlap_report(const struct pattern_scan *scan, const struct segment *segment, bool folded,
               struct fact_list *out)
{
    struct pattern_scratch *scratch = scan->scratch;
    if (scratch->nfound > 1)
        qsort(scratch->found, scratch->nfound, sizeof *scratch->found, by_place);
    for (size_t i = 0; i < scratch->nfound; i++)
        if (!is_suppressed(scratch, i))
            TRY(report(scan, segment, &scratch->found[i], folded, out));
    return PROV_OK;
}

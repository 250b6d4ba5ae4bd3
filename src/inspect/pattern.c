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
#include <stdlib.h>
#include <string.h>

#include "inspect/inspector.h"
#include "inspect/pattern_scan.h"

enum { PAIRS_BEFORE = 11, PAIRS_SIZE = 17, NMATCHES = 3 };

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
        TRY(pattern_try_rule(scan, scan->plan->pair_rules[i], start));
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

/* ---- the inspector ---- */

static int
plan_create(const struct inspect_config *config, void **plan, struct err *err)
{
    struct pattern_plan *made = NULL;
    if (config->detectors && config->detectors->ndetectors > 0)
        TRY(pattern_plan_create(config->detectors, config->cache_dir, &made, err));
    if (made)
        made->key = config->key;
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
    free(mine->columns);
    free(mine->anchors);
    free(mine->found);
    free(mine);
}

static int
scratch_create(const void *plan, void **scratch, struct err *err)
{
    const struct pattern_plan *mine = plan;
    struct pattern_scratch *made = calloc(1, sizeof *made);
    if (made)
        made->columns = calloc(COLUMN_MEMOS, sizeof *made->columns);
    int status = made && made->columns ? PROV_OK : PROV_E_MEMORY;
    const struct multi_match *matches[NMATCHES] = {mine ? mine->anchor_match : NULL, mine ? mine->near_match : NULL,
                                           mine ? mine->context_match : NULL};
    for (int i = 0; i < NMATCHES && status == PROV_OK; i++)
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
                                .segment = segment,
                                .folded = folded,
                                .text = text,
                                .from = from > LOOK_BACK ? from - LOOK_BACK : 0,
                                .to = to + LOOK_BACK};
    own->nfound = 0;
    context_begin(&own->context);
    if (segment->rows)
        column_begin(own, segment->rows->ncolumns);
    TRY(bits_find(&mine->find_bits, &mine->sets, text, &own->bits));
    TRY(runs_scan(&scan));
    TRY(scan_places(&scan));
    TRY(anchors_scan(&scan));
    return overlap_report(&scan, segment, folded, out);
}

const struct inspector INSPECTOR_pattern = {
    .name = "pattern",
    .plan_create = plan_create,
    .plan_destroy = plan_destroy,
    .scratch_create = scratch_create,
    .scratch_destroy = scratch_destroy,
    .segment = segment_inspect,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Anchors: fixed bytes that begin a secret, words that name one, and labels behind which a value may stand.
 * One pass of Vectorscan finds where they end; what they announce is tried there.
 */
#include <stdlib.h>
#include <string.h>

#include "inspect/pattern_scan.h"

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
        for (uint32_t i = plan->label_first[anchor->detector]; i < plan->label_first[anchor->detector + 1];
             i++)
            if (digit || !plan->rules[plan->label_rules[i]].wants_digit)
                TRY(pattern_try_rule(scan, plan->label_rules[i], at));
    }
    return PROV_OK;
}

int
anchors_scan(struct pattern_scan *scan)
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
            TRY(pattern_try_rule(scan, anchor->rule, start));
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

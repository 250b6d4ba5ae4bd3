/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Anchors: fixed bytes that begin a secret, words that name one, and labels behind which a value may stand.
 * One pass of Vectorscan finds where they end; what they announce is tried there.
 *
 * Two kinds are not searched for everywhere. Secrets that begin with a long word are tried where long words
 * begin: a few thousand places in a megabyte of programs, far fewer in prose. Labels that announce many
 * digits or a long row of letters and digits, which are most, are searched for near such things only. Short
 * fixed bytes and short labels are what makes a database slow.
 */
#include <stdlib.h>
#include <string.h>

#include "inspect/pattern_scan.h"

enum { NEAR_GAP = 2 };

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

/* A search under way. */
struct collecting {
    const struct pattern_scan *scan;
    size_t base; /* where the searched text begins in the whole */
    int status;
};

static int
collect_anchor(uint32_t id, size_t end, void *context)
{
    struct collecting *collecting = context;
    const struct pattern_scan *scan = collecting->scan;
    end += collecting->base;
    struct pattern_scratch *scratch = scan->scratch;
    const struct anchor *anchor = &scan->plan->anchors[id];
    if (anchor->kind == ANCHOR_LABEL && !is_label(scan, anchor, end))
        return 0;
    if (scratch->nanchors == scratch->anchors_capacity) {
        size_t capacity = scratch->anchors_capacity ? scratch->anchors_capacity * 2 : 1024;
        struct anchor_hit *grown = realloc(scratch->anchors, capacity * sizeof *grown);
        if (!grown) {
            collecting->status = PROV_E_MEMORY;
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
    static const char gaps[] = " \t\"'`]*)_";
    size_t start = at;
    *sign = false;
    while (at < text.size && at - start < LABEL_REACH) {
        uint8_t byte = text.data[at];
        uint32_t code = byte >= 0x80 ? code_after(text, at) : 0;
        if (byte == ':' || byte == '=' || code == 0xFF1A)
            *sign = true;
        else if (!memchr(gaps, byte, sizeof gaps - 1) && code != 0xFF09 && code != 0x3011)
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
    const struct bits *bits = &scan->scratch->bits;
    bool digit = bits_any(bits, at, at + LABEL_REACH);
    unsigned ndigits = bits_count(bits, at, at + LABEL_REACH + GATE_SPAN);
    for (; at < stop && at < text.size; at++) {
        if (anchor->wide && at > 0 && is_alnum(text.data[at - 1]) && is_alnum(text.data[at]))
            continue;
        for (uint32_t i = plan->label_first[anchor->detector]; i < plan->label_first[anchor->detector + 1];
             i++) {
            const struct rule *rule = &plan->rules[plan->label_rules[i]];
            if ((digit || !rule->wants_digit) && ndigits >= rule->ndigits)
                TRY(pattern_try_rule(scan, plan->label_rules[i], at));
        }
    }
    return PROV_OK;
}

static int
take_anchor(struct pattern_scan *scan, const struct anchor *anchor, size_t end)
{
    size_t start = end - anchor->length;
    switch (anchor->kind) {
    case ANCHOR_RULE:
        return pattern_try_rule(scan, anchor->rule, start);
    case ANCHOR_LABEL:
        return take_label(scan, anchor, end);
    case ANCHOR_ASSIGNMENT:
        return find_assignment(scan, anchor->detector, start, end);
    case ANCHOR_KEY_BLOCK:
        return find_key_block(scan, end);
    }
    return PROV_OK;
}

/*
 * Search for labels of near_match that end in blocks first..last. What they announce begins at most
 * LABEL_REACH (and a character) on and is remarkable within GATE_REACH bytes: in the block behind, at the
 * farthest.
 */
static int
scan_near(struct pattern_scan *scan, size_t first, size_t last)
{
    size_t from = first * 64, to = (last + 1) * 64 < scan->text.size ? (last + 1) * 64 : scan->text.size;
    from = from > scan->plan->near_size ? from - scan->plan->near_size : 0;
    if (from >= to)
        return PROV_OK;
    struct collecting collecting = {.scan = scan, .base = from};
    TRY(multi_match_scan(scan->plan->near_match, scan->scratch->multi,
                         (struct bytes){scan->text.data + from, to - from}, collect_anchor, &collecting));
    return collecting.status;
}

/* Stretches of blocks with little between them are searched at once: a call costs as much as a few blocks. */
static int
scan_all_near(struct pattern_scan *scan)
{
    const struct bits *bits = &scan->scratch->bits;
    size_t first = 0, end = 0; /* of the stretch: [first, end) */
    for (size_t block = 0; block < bits->nwords; block++) {
        if (!bits->remarkable[block] && !(block + 1 < bits->nwords && bits->remarkable[block + 1]))
            continue;
        if (end > 0 && block - end > NEAR_GAP) {
            TRY(scan_near(scan, first, end - 1));
            end = 0;
        }
        first = end ? first : block;
        end = block + 1;
    }
    return end ? scan_near(scan, first, end - 1) : PROV_OK;
}

/* Shapes that begin with a long word. An escape's letter ("\\nAKIA...") looks like the first letter of the
 * word. */
static int
scan_words(struct pattern_scan *scan)
{
    const struct pattern_plan *plan = scan->plan;
    const struct places *words = &scan->scratch->bits.words;
    for (size_t i = 0; i < words->count; i++) {
        size_t start = words->at[i] - (ROWS_LONG_WORD - 1),
               last = start + is_escape_letter(scan->text, start);
        for (; start <= last; start++) {
            const uint8_t *at = scan->text.data + start;
            uint32_t bytes =
                (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
            unsigned bucket = word_bucket(at[0], at[1]);
            for (uint32_t j = plan->word_first[bucket]; j < plan->word_first[bucket + 1]; j++)
                if ((bytes & plan->word_rules[j].mask) == plan->word_rules[j].value)
                    TRY(pattern_try_rule(scan, plan->word_rules[j].rule, start));
        }
    }
    return PROV_OK;
}

int
anchors_scan(struct pattern_scan *scan)
{
    const struct pattern_plan *plan = scan->plan;
    struct pattern_scratch *scratch = scan->scratch;
    struct collecting collecting = {.scan = scan};
    scratch->nanchors = 0;
    if (plan->anchor_match)
        TRY(multi_match_scan(plan->anchor_match, scratch->multi, scan->text, collect_anchor, &collecting));
    TRY(collecting.status);
    if (plan->near_match)
        TRY(scan_all_near(scan));
    for (size_t i = 0; i < scratch->nanchors; i++)
        TRY(take_anchor(scan, &plan->anchors[scratch->anchors[i].anchor], scratch->anchors[i].end));
    return scan_words(scan);
}

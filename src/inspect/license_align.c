/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seed and extend: from the fingerprints that text and unit share to the agreement of every token.
 *
 *     unit   a b c d e f g h i j k l m n            anchors:  #####
 *            # # # # # = = .   . = # # # # #        extended: =
 *     text   a b c d e f g X Y Z j k l m n          gap:      h i | X Y Z -> common subsequence
 *
 * Anchors fix the diagonals. Between two of them the text is followed from both sides as long as the
 * ten check bits agree; what then remains is a small gap, aligned by its longest common subsequence
 * (bounded: larger gaps count as different). A unit's tokens know whether the template wants them, so
 * the count of missing tokens is exact where tools that compare sets of words or of n-grams can only
 * estimate it, and the text that was inserted or left out can be shown.
 *
 * Ends are trimmed to where they pay: a title that matches forty foreign tokens before the text costs more
 * than it earns.
 *
 * Why not a regular expression made of the template, as the SPDX libraries do: two templates explode.
 */
#include "inspect/license_align.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

enum {
    GAIN_MATCHED = 10,
    GAIN_MISSING = 10,
    GAIN_FOREIGN = 3,
    ALT_TOKENS_FREE = 60, /* words that may stand for one <alt>: a name, a list of holders */
    EDGE_TOKENS_MAX = 48, /* how far before the first and behind the last anchor is looked */
    EDGE_SLACK = 16,
};

struct view {
    const uint32_t *text;
    const uint16_t *reference;
    uint32_t *map;
    uint32_t ntext, nreference;
};

struct gap {
    uint32_t query, query_end, reference, reference_end;
};

static bool
agrees(const struct view *view, uint32_t query, uint32_t reference)
{
    return ((view->text[query] ^ view->reference[reference]) & REFERENCE_CHECK) == 0;
}

/* A side of a gap: words by their ten bits. */
struct side {
    const uint32_t *text; /**< or */
    const uint16_t *reference;
    uint32_t count;
};

static uint32_t
code_of(const struct side *side, uint32_t i)
{
    return (side->text ? side->text[i] : side->reference[i]) & REFERENCE_CHECK;
}

/* Length of the common subsequence of what lies behind a row and a column. */
static int
length_behind(const struct license_gap_table *table, uint32_t row, uint32_t ncolumns)
{
    uint64_t seen = ncolumns == ALIGN_COLUMNS ? ~(uint64_t)0 : ((uint64_t)1 << ncolumns) - 1;
    return __builtin_popcountll(~table->rows[row] & seen);
}

/*
 * Longest common subsequence with a bit for each column (Hyyro, Bit-parallel LCS-length computation
 * revisited, 2004): a row of the matrix of lengths is a word, whose zeros are where the length grows. Rows
 * and columns are taken from their ends, so that the lengths are those of suffixes and the walk begins at the
 * start.
 */
static void
fill_table(struct license_gap_table *table, const struct side *rows, const struct side *columns)
{
    for (uint32_t j = 0; j < columns->count; j++)
        table->masks[code_of(columns, j)] |= (uint64_t)1 << (columns->count - 1 - j);
    table->rows[rows->count] = ~(uint64_t)0;
    for (uint32_t i = rows->count; i-- > 0;) {
        uint64_t row = table->rows[i + 1], same = row & table->masks[code_of(rows, i)];
        table->rows[i] = (row + same) | (row - same);
    }
    for (uint32_t j = 0; j < columns->count; j++)
        table->masks[code_of(columns, j)] = 0;
}

/* Align what is left of a gap. One side has to be small; large changes count as different. */
static void
align_gap(const struct view *view, struct license_gap_table *table, struct gap gap)
{
    const struct side text = {.text = view->text + gap.query, .count = gap.query_end - gap.query};
    const struct side reference = {.reference = view->reference + gap.reference,
                                   .count = gap.reference_end - gap.reference};
    bool turned = reference.count > ALIGN_COLUMNS;
    const struct side *rows = turned ? &reference : &text, *columns = turned ? &text : &reference;
    if (rows->count == 0 || columns->count == 0 || columns->count > ALIGN_COLUMNS || rows->count > ALIGN_ROWS)
        return;
    fill_table(table, rows, columns);
    for (uint32_t i = 0, j = 0; i < rows->count && j < columns->count;) {
        if (code_of(rows, i) == code_of(columns, j)) {
            view->map[gap.reference + (turned ? i : j)] = gap.query + (turned ? j : i);
            i++;
            j++;
        } else if (length_behind(table, i + 1, columns->count - j) >=
                   length_behind(table, i, columns->count - j - 1)) {
            i++;
        } else {
            j++;
        }
    }
}

/* Follow the gap from both sides, then align what remains. */
static void
fill_gap(const struct view *view, struct license_gap_table *table, struct gap gap)
{
    while (gap.query < gap.query_end && gap.reference < gap.reference_end &&
           agrees(view, gap.query, gap.reference))
        view->map[gap.reference++] = gap.query++;
    while (gap.query < gap.query_end && gap.reference < gap.reference_end &&
           agrees(view, gap.query_end - 1, gap.reference_end - 1))
        view->map[--gap.reference_end] = --gap.query_end;
    align_gap(view, table, gap);
}

/* What lies before the first anchor. */
static void
fill_head(const struct view *view, struct license_gap_table *table, struct license_anchor first)
{
    uint32_t query = first.query, reference = first.reference;
    while (query > 0 && reference > 0 && agrees(view, query - 1, reference - 1))
        view->map[--reference] = --query;
    uint32_t wanted = reference < EDGE_TOKENS_MAX ? reference : EDGE_TOKENS_MAX;
    uint32_t looked = query < wanted + EDGE_SLACK ? query : wanted + EDGE_SLACK;
    align_gap(view, table,
              (struct gap){.query = query - looked,
                           .query_end = query,
                           .reference = reference - wanted,
                           .reference_end = reference});
}

/* What lies behind the last anchor. */
static void
fill_tail(const struct view *view, struct license_gap_table *table, struct license_anchor last)
{
    uint32_t query = last.query + LICENSE_GRAM_WORDS, reference = last.reference + LICENSE_GRAM_WORDS;
    while (query < view->ntext && reference < view->nreference && agrees(view, query, reference))
        view->map[reference++] = query++;
    uint32_t wanted = view->nreference - reference;
    wanted = wanted < EDGE_TOKENS_MAX ? wanted : EDGE_TOKENS_MAX;
    uint32_t looked = view->ntext - query;
    looked = looked < wanted + EDGE_SLACK ? looked : wanted + EDGE_SLACK;
    align_gap(view, table,
              (struct gap){.query = query,
                           .query_end = query + looked,
                           .reference = reference,
                           .reference_end = reference + wanted});
}

static void
fill_anchors(const struct view *view, struct license_gap_table *table, const struct license_anchor *anchors,
             size_t nanchors)
{
    uint32_t query = 0, reference = 0; /* behind what is mapped */
    for (size_t i = 0; i < nanchors; i++) {
        struct license_anchor anchor = anchors[i];
        uint32_t query_end = anchor.query + LICENSE_GRAM_WORDS;
        uint32_t reference_end = anchor.reference + LICENSE_GRAM_WORDS;
        if (i > 0) {
            /* Overlapping anchors on another diagonal lose what is taken already. */
            while (anchor.query < query_end && (anchor.query < query || anchor.reference < reference)) {
                anchor.query++;
                anchor.reference++;
            }
            if (anchor.query == query_end)
                continue;
            fill_gap(view, table,
                     (struct gap){.query = query,
                                  .query_end = anchor.query,
                                  .reference = reference,
                                  .reference_end = anchor.reference});
        }
        while (anchor.query < query_end)
            view->map[anchor.reference++] = anchor.query++;
        query = query_end;
        reference = reference_end;
    }
}

/* Tokens of the text between two matched ones that the template does not allow. */
static uint32_t
count_foreign(const struct view *view, const struct gap *gap)
{
    uint32_t nforeign = gap->query_end - gap->query;
    if (nforeign == 0)
        return 0;
    bool free = gap->reference_end < view->nreference && view->reference[gap->reference_end] & REFERENCE_GAP;
    for (uint32_t i = gap->reference; i < gap->reference_end && !free; i++)
        free = view->reference[i] & (REFERENCE_ALT | REFERENCE_GAP);
    if (!free)
        return nforeign;
    return nforeign > ALT_TOKENS_FREE ? nforeign - ALT_TOKENS_FREE : 0;
}

/* What a matched token is worth against being missing. */
static int64_t
worth(uint16_t reference)
{
    return reference & REFERENCE_OPTIONAL ? GAIN_MATCHED : GAIN_MATCHED + GAIN_MISSING;
}

/* Unmap tokens at the start of the unit that cost more foreign text than they earn. */
static void
trim_head(const struct view *view)
{
    int64_t earned = 0;
    uint32_t previous = ALIGN_UNMATCHED; /* the last mapped token seen */
    for (uint32_t i = 0; i < view->nreference; i++) {
        if (view->map[i] == ALIGN_UNMATCHED)
            continue;
        if (previous != ALIGN_UNMATCHED) {
            struct gap gap = {.query = view->map[previous] + 1,
                              .query_end = view->map[i],
                              .reference = previous + 1,
                              .reference_end = i};
            earned -= (int64_t)GAIN_FOREIGN * count_foreign(view, &gap);
            if (earned < 0) {
                for (uint32_t j = 0; j < i; j++)
                    view->map[j] = ALIGN_UNMATCHED;
                earned = 0;
            }
        }
        earned += worth(view->reference[i]);
        previous = i;
    }
}

/* The same from the end. */
static void
trim_tail(const struct view *view)
{
    int64_t earned = 0;
    uint32_t next = ALIGN_UNMATCHED;
    for (uint32_t i = view->nreference; i-- > 0;) {
        if (view->map[i] == ALIGN_UNMATCHED)
            continue;
        if (next != ALIGN_UNMATCHED) {
            struct gap gap = {.query = view->map[i] + 1,
                              .query_end = view->map[next],
                              .reference = i + 1,
                              .reference_end = next};
            earned -= (int64_t)GAIN_FOREIGN * count_foreign(view, &gap);
            if (earned < 0) {
                for (uint32_t j = i + 1; j < view->nreference; j++)
                    view->map[j] = ALIGN_UNMATCHED;
                earned = 0;
            }
        }
        earned += worth(view->reference[i]);
        next = i;
    }
}

static struct license_alignment
measure(const struct view *view)
{
    struct license_alignment result = {0};
    uint32_t previous = ALIGN_UNMATCHED, tail = 0;
    for (uint32_t i = 0; i < view->nreference; i++) {
        uint16_t reference = view->reference[i];
        bool required = !(reference & REFERENCE_OPTIONAL);
        if (view->map[i] == ALIGN_UNMATCHED) {
            result.nmissing += required;
            result.nmissing_critical += required && reference & REFERENCE_CRITICAL;
            tail += required;
            continue;
        }
        tail = 0;
        result.nmatched++;
        result.nmatched_required += required;
        if (previous == ALIGN_UNMATCHED) {
            result.query_first = view->map[i];
        } else {
            struct gap gap = {.query = view->map[previous] + 1,
                              .query_end = view->map[i],
                              .reference = previous + 1,
                              .reference_end = i};
            result.nforeign += count_foreign(view, &gap);
        }
        result.query_end = view->map[i] + 1;
        previous = i;
    }
    result.nmissing_tail = tail;
    result.gain = (int64_t)GAIN_MATCHED * result.nmatched - (int64_t)GAIN_MISSING * result.nmissing -
                  (int64_t)GAIN_FOREIGN * result.nforeign;
    return result;
}

int
license_align(struct license_aligner *aligner, const struct license_index *index, uint32_t unit,
              struct license_words_view text, struct license_anchors anchors,
              struct license_alignment *result)
{
    const struct license_unit *stored = &index->units[unit];
    assert(anchors.count > 0 && text.nwords < ALIGN_UNMATCHED);
    if (aligner->map_capacity < stored->ntokens) {
        uint32_t *map = realloc(aligner->map, stored->ntokens * sizeof *map);
        if (!map)
            return PROV_E_MEMORY;
        aligner->map = map;
        aligner->map_capacity = stored->ntokens;
    }
    struct view view = {.text = text.words,
                        .reference = index->tokens + stored->token_first,
                        .map = aligner->map,
                        .ntext = (uint32_t)text.nwords,
                        .nreference = stored->ntokens};
    memset(view.map, 0xff, view.nreference * sizeof *view.map);
    fill_anchors(&view, &aligner->table, anchors.items, anchors.count);
    fill_head(&view, &aligner->table, anchors.items[0]);
    fill_tail(&view, &aligner->table, anchors.items[anchors.count - 1]);
    trim_head(&view);
    trim_tail(&view);
    *result = measure(&view);
    return PROV_OK;
}

/* What differs between two mapped tokens, in words of the text. @return false when nothing does */
static bool
difference_in(const struct view *view, const struct gap *gap, struct license_difference *difference)
{
    *difference =
        (struct license_difference){.reference = gap->reference, .ninserted = count_foreign(view, gap)};
    for (uint32_t i = gap->reference; i < gap->reference_end; i++)
        difference->nmissing += !(view->reference[i] & REFERENCE_OPTIONAL);
    return difference->nmissing || difference->ninserted;
}

/* Where the difference lies in the file: the words inserted, or the place behind the word before it. */
static void
place_difference(const struct license_row *row, const struct license_tokens *tokens, const struct gap *gap,
                 struct license_difference *difference)
{
    const struct license_token *all = tokens->tokens;
    if (difference->ninserted) {
        const struct license_token *first = &all[row->places[gap->query]],
                                   *last = &all[row->places[gap->query_end - 1]];
        difference->offset = first->offset;
        difference->length = (uint64_t)last->offset + last->length - first->offset;
    } else if (gap->query > 0) {
        const struct license_token *before = &all[row->places[gap->query - 1]];
        difference->offset = (uint64_t)before->offset + before->length;
    }
}

void
license_align_differences(const struct license_aligner *aligner, const struct license_unit *unit,
                          const uint16_t *references, const struct license_row *row,
                          const struct license_tokens *tokens, struct license_differences *differences)
{
    const struct view view = {.text = row->words,
                              .reference = references,
                              .map = aligner->map,
                              .ntext = (uint32_t)row->nwords,
                              .nreference = unit->ntokens};
    uint32_t query = ALIGN_UNMATCHED, reference = 0; /* behind the last mapped tokens */
    differences->count = 0;
    for (uint32_t i = 0; i <= view.nreference && differences->count < differences->capacity; i++) {
        bool end = i == view.nreference;
        if (!end && view.map[i] == ALIGN_UNMATCHED)
            continue;
        uint32_t here = end ? query : view.map[i];
        struct gap gap = {.query = query == ALIGN_UNMATCHED ? here : query,
                          .query_end = here,
                          .reference = reference,
                          .reference_end = i};
        struct license_difference *difference = &differences->items[differences->count];
        if (difference_in(&view, &gap, difference)) {
            place_difference(row, tokens, &gap, difference);
            differences->count++;
        }
        query = here + 1;
        reference = i + 1;
    }
}

void
license_aligner_finish(struct license_aligner *aligner)
{
    free(aligner->map);
    aligner->map = NULL;
    aligner->map_capacity = 0;
}

uint32_t
license_alignment_similarity(const struct license_alignment *alignment)
{
    uint64_t whole = (uint64_t)alignment->nmatched_required + alignment->nmissing + alignment->nforeign;
    return whole ? (uint32_t)((uint64_t)alignment->nmatched_required * 10000 / whole) : 0;
}

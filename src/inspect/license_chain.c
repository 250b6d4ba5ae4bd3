/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which license texts are in a stretch of text, and where.
 *
 *     hits (unit, place) -> chains -> alignments -> the best set that does not overlap
 *
 * 1. The hits of a unit are chained: ascending in both places, each step paying for the gap it leaves. A unit
 *    may have several chains (a NOTICE file holds the same license many times).
 * 2. The chains that promise most are aligned token by token; of those that lie over one another no more
 *    than NRIVALS, so that the cost stays linear in the text.
 * 3. Of the alignments that gain, the set with the greatest sum of gains is chosen whose stretches do not
 *    overlap (weighted interval scheduling). So a license that contains another one (Sleepycat holds two BSD
 *    texts) wins over its parts when all of it is there, and loses to them when it is not.
 *
 * Bound: chains beyond CHAINS_MAX in one stretch are dropped, which is far beyond what texts of 1 MiB hold
 * that were not made to be hostile.
 */
#include "inspect/license_chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

enum {
    CHAINS_MAX = 1 << 16,
    LOOKBACK = 24,          /* hits of a unit that a chain may skip over */
    DRIFT_TOKENS_MAX = 600, /* words that may stand between two hits beyond what the unit has there */
    ALT_TOKENS = 60,        /* words that may stand for a name in the template */
    SEEDS_SHARE = 4,        /* a chain has at least one of so many seeds of its unit */
    NRIVALS = 16,
    IDENTICAL = 9950,  /* a text this alike settles what it lies over */
    BLOCK_TOKENS = 16, /* grain at which rivals are counted */
};

struct link {
    int32_t score;
    uint32_t previous; /**< index of the hit before, UINT32_MAX for the first */
    bool taken;        /**< belongs to a chain */
    bool goes_on;      /**< a later hit continues it best from here */
};

struct chain {
    uint32_t unit;
    uint32_t anchor_first, nanchors; /**< in chainer->anchors */
    int64_t promise;                 /**< estimated gain */
    bool whole;                      /**< all seeds of the unit are in it */
};

/* BLOCK_TOKENS tokens of the text. */
struct block {
    uint32_t settled; /**< tokens matched by an identical text that lies over it */
    uint32_t nrivals; /**< chains aligned over it */
};

struct license_chainer {
    const struct license_index *index;
    struct license_hit *sorted; /**< by unit, then place */
    struct link *links;
    uint32_t *ends; /**< hits where a chain ends, the best first */
    size_t hits_capacity;
    uint32_t *unit_ends; /**< nunits + 1 counters */
    struct chain *chains;
    size_t nchains, chains_capacity;
    struct license_anchor *anchors; /**< of all chains */
    size_t nanchors;
    struct block *blocks; /**< of the text */
    size_t blocks_capacity;
    struct license_text *found;
    size_t nfound, found_capacity;
    uint32_t *best_until; /**< scheduling: index of the choice, by found */
    int64_t *best_gain;
    struct license_aligner aligner;
};

struct license_chainer *
license_chainer_create(const struct license_index *index)
{
    struct license_chainer *chainer = calloc(1, sizeof *chainer);
    if (!chainer)
        return NULL;
    chainer->index = index;
    chainer->unit_ends = calloc(index->nunits + 2, sizeof *chainer->unit_ends);
    if (!chainer->unit_ends) {
        license_chainer_destroy(chainer);
        return NULL;
    }
    return chainer;
}

void
license_chainer_destroy(struct license_chainer *chainer)
{
    if (!chainer)
        return;
    free(chainer->sorted);
    free(chainer->links);
    free(chainer->unit_ends);
    free(chainer->chains);
    free(chainer->anchors);
    free(chainer->blocks);
    free(chainer->ends);
    free(chainer->found);
    free(chainer->best_until);
    free(chainer->best_gain);
    license_aligner_finish(&chainer->aligner);
    free(chainer);
}

/* Make room for count elements. The block stays as it is when there is no memory. */
static int
grow(void **block, size_t count, size_t size)
{
    void *larger = realloc(*block, count * size);
    if (!larger)
        return PROV_E_MEMORY;
    *block = larger;
    return PROV_OK;
}

static int
reserve_hits(struct license_chainer *chainer, size_t wanted)
{
    if (wanted <= chainer->hits_capacity)
        return PROV_OK;
    size_t capacity = chainer->hits_capacity ? chainer->hits_capacity : 4096;
    while (capacity < wanted)
        capacity *= 2;
    TRY(grow((void **)&chainer->sorted, capacity, sizeof *chainer->sorted));
    TRY(grow((void **)&chainer->links, capacity, sizeof *chainer->links));
    TRY(grow((void **)&chainer->anchors, capacity, sizeof *chainer->anchors));
    TRY(grow((void **)&chainer->ends, capacity, sizeof *chainer->ends));
    chainer->hits_capacity = capacity;
    return PROV_OK;
}

static int
reserve_chain(struct license_chainer *chainer)
{
    if (chainer->nchains < chainer->chains_capacity)
        return PROV_OK;
    size_t capacity = chainer->chains_capacity ? chainer->chains_capacity * 2 : 256;
    TRY(grow((void **)&chainer->chains, capacity, sizeof *chainer->chains));
    chainer->chains_capacity = capacity;
    return PROV_OK;
}

static int
reserve_found(struct license_chainer *chainer)
{
    if (chainer->nfound < chainer->found_capacity)
        return PROV_OK;
    size_t capacity = chainer->found_capacity ? chainer->found_capacity * 2 : 256;
    TRY(grow((void **)&chainer->found, capacity, sizeof *chainer->found));
    TRY(grow((void **)&chainer->best_until, capacity + 1, sizeof *chainer->best_until));
    TRY(grow((void **)&chainer->best_gain, capacity + 1, sizeof *chainer->best_gain));
    chainer->found_capacity = capacity;
    return PROV_OK;
}

/* Stable counting sort by unit. unit_ends[u] .. unit_ends[u + 1] are then the hits of unit u. */
static void
sort_hits(struct license_chainer *chainer, const struct license_stretch *stretch)
{
    uint32_t *ends = chainer->unit_ends;
    memset(ends, 0, (chainer->index->nunits + 2) * sizeof *ends);
    for (size_t i = 0; i < stretch->nhits; i++)
        ends[stretch->hits[i].unit + 2]++;
    for (size_t i = 2; i < chainer->index->nunits + 2; i++)
        ends[i] += ends[i - 1];
    for (size_t i = 0; i < stretch->nhits; i++)
        chainer->sorted[ends[stretch->hits[i].unit + 1]++] = stretch->hits[i];
}

/* What it costs to go from one hit to a later one, and what the later one adds; negative when it cannot be.
 */
static int32_t
step_score(struct license_anchor from, struct license_anchor to)
{
    if (to.query <= from.query || to.reference <= from.reference)
        return INT32_MIN;
    uint32_t query = to.query - from.query, reference = to.reference - from.reference;
    if (query > reference && query - reference > DRIFT_TOKENS_MAX)
        return INT32_MIN;
    uint32_t shorter = query < reference ? query : reference;
    int32_t added = shorter < LICENSE_GRAM_WORDS ? (int32_t)shorter : LICENSE_GRAM_WORDS;
    uint32_t drift = query > reference ? query - reference : reference - query;
    int32_t cost = drift > 100 ? 30 : (int32_t)(drift * 3 / 10);
    return added * 10 - cost;
}

static bool
is_next(struct license_anchor from, struct license_anchor to)
{
    uint32_t query = to.query - from.query;
    return query == to.reference - from.reference && query <= 3 * BLOCK_TOKENS;
}

static void
link_hits(const struct license_hit *hits, struct link *links, size_t nhits, uint32_t gap_max)
{
    for (size_t i = 0; i < nhits; i++) {
        links[i] = (struct link){.score = LICENSE_GRAM_WORDS * 10, .previous = UINT32_MAX};
        for (size_t j = i;
             j-- > 0 && i - j <= LOOKBACK && hits[i].anchor.query - hits[j].anchor.query <= gap_max;) {
            int32_t step = step_score(hits[j].anchor, hits[i].anchor);
            if (step == INT32_MIN || links[j].score + step <= links[i].score)
                continue;
            links[i].score = links[j].score + step;
            links[i].previous = (uint32_t)j;
            /* Close by on the same diagonal: the text goes on unchanged, nothing further back is better. */
            if (is_next(hits[j].anchor, hits[i].anchor))
                break;
        }
        if (links[i].previous != UINT32_MAX)
            links[links[i].previous].goes_on = true;
    }
}

/* The chain that ends at a hit, unless it is too small to be worth a look. */
static int
keep_chain(struct license_chainer *chainer, uint32_t unit, const struct license_hit *hits, size_t last)
{
    const struct license_unit *stored = &chainer->index->units[unit];
    struct license_anchor *anchors = &chainer->anchors[chainer->nanchors];
    size_t count = 0;
    for (size_t i = last; i != UINT32_MAX && !chainer->links[i].taken; i = chainer->links[i].previous) {
        chainer->links[i].taken = true;
        anchors[count++] = hits[i].anchor;
    }
    if (count * SEEDS_SHARE < stored->nseeds || count == 0 || chainer->nchains == CHAINS_MAX)
        return PROV_OK;
    for (size_t i = 0; i < count / 2; i++) {
        struct license_anchor swapped = anchors[i];
        anchors[i] = anchors[count - 1 - i];
        anchors[count - 1 - i] = swapped;
    }
    int64_t share = (int64_t)count * 1000 / (stored->nseeds ? stored->nseeds : 1);
    if (share > 1000)
        share = 1000;
    TRY(reserve_chain(chainer));
    chainer->chains[chainer->nchains++] =
        (struct chain){.unit = unit,
                       .anchor_first = (uint32_t)chainer->nanchors,
                       .nanchors = (uint32_t)count,
                       .promise = (int64_t)stored->nrequired * (2 * share - 1000),
                       .whole = share == 1000};
    chainer->nanchors += count;
    return PROV_OK;
}

static int
compare_ends(const void *a, const void *b, void *context)
{
    const struct link *links = context;
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    if (links[left].score != links[right].score)
        return links[left].score > links[right].score ? -1 : 1;
    return (left > right) - (left < right);
}

/* The chains of one unit: one for each hit that no other goes on from, the best first. */
static int
chain_unit(struct license_chainer *chainer, uint32_t unit, const struct license_hit *hits, size_t nhits)
{
    struct link *links = chainer->links;
    size_t nends = 0;
    if (nhits * SEEDS_SHARE < chainer->index->units[unit].nseeds)
        return PROV_OK;
    /* More inserted words than the unit has itself are never worth it. */
    uint32_t gap_max = 2 * chainer->index->units[unit].ntokens + ALT_TOKENS;
    link_hits(hits, links, nhits, gap_max < LICENSE_CHAIN_GAP ? gap_max : LICENSE_CHAIN_GAP);
    /* A hit on its own is a chain only for the shortest of texts. */
    bool lone = chainer->index->units[unit].nseeds <= SEEDS_SHARE;
    for (size_t i = 0; i < nhits; i++)
        if (!links[i].goes_on && (lone || links[i].previous != UINT32_MAX))
            chainer->ends[nends++] = (uint32_t)i;
    qsort_r(chainer->ends, nends, sizeof *chainer->ends, compare_ends, links);
    for (size_t i = 0; i < nends; i++)
        TRY(keep_chain(chainer, unit, hits, chainer->ends[i]));
    return PROV_OK;
}

static int
compare_chains(const void *a, const void *b)
{
    const struct chain *left = a, *right = b;
    if (left->promise != right->promise)
        return left->promise > right->promise ? -1 : 1;
    if (left->unit != right->unit)
        return left->unit < right->unit ? -1 : 1;
    return (left->anchor_first > right->anchor_first) - (left->anchor_first < right->anchor_first);
}

/*
 * Can this chain still win anywhere? Not where NRIVALS better ones were aligned, nor where an identical text
 * lies that is as long, or of which this one is a variant with seeds missing. Counts it when it can.
 */
static bool
is_outdone(struct license_chainer *chainer, const struct chain *chain)
{
    const struct license_anchor *anchors = &chainer->anchors[chain->anchor_first];
    size_t first = anchors[0].query / BLOCK_TOKENS, last = anchors[chain->nanchors - 1].query / BLOCK_TOKENS;
    uint32_t ntokens = chainer->index->units[chain->unit].ntokens;
    bool outdone = true;
    for (size_t i = first; i <= last && outdone; i++) {
        const struct block *block = &chainer->blocks[i];
        outdone =
            block->nrivals >= NRIVALS || (block->settled && (!chain->whole || block->settled >= ntokens));
    }
    for (size_t i = first; i <= last && !outdone; i++)
        chainer->blocks[i].nrivals++;
    return outdone;
}

static void
settle(struct license_chainer *chainer, const struct license_alignment *alignment)
{
    /* Only blocks that lie inside: one at the edge may hold the start of another text. */
    for (size_t i = (alignment->query_first + BLOCK_TOKENS - 1) / BLOCK_TOKENS;
         (i + 1) * BLOCK_TOKENS <= alignment->query_end; i++)
        if (chainer->blocks[i].settled < alignment->nmatched)
            chainer->blocks[i].settled = alignment->nmatched;
}

static int
align_chain(struct license_chainer *chainer, const struct chain *chain, const struct license_stretch *stretch)
{
    TRY(reserve_found(chainer));
    struct license_text *found = &chainer->found[chainer->nfound];
    struct license_alignment *alignment = &found->alignment;
    found->unit = chain->unit;
    TRY(license_align(
        &chainer->aligner, chainer->index, chain->unit,
        (struct license_words_view){.words = stretch->words, .nwords = stretch->nwords},
        (struct license_anchors){.items = &chainer->anchors[chain->anchor_first], .count = chain->nanchors},
        alignment));
    if (stretch->open_ended && alignment->query_end + LICENSE_GRAM_WORDS >= stretch->nwords) {
        alignment->gain += 10 * (int64_t)alignment->nmissing_tail;
        alignment->nmissing -= alignment->nmissing_tail;
    }
    found->similarity = license_alignment_similarity(alignment);
    if (alignment->gain > 0 && found->similarity >= 5000)
        chainer->nfound++;
    if (found->similarity >= IDENTICAL && alignment->nforeign == 0)
        settle(chainer, alignment);
    return PROV_OK;
}

static int
align_chains(struct license_chainer *chainer, const struct license_stretch *stretch)
{
    size_t nblocks = stretch->nwords / BLOCK_TOKENS + 1;
    if (nblocks > chainer->blocks_capacity) {
        TRY(grow((void **)&chainer->blocks, nblocks, sizeof *chainer->blocks));
        chainer->blocks_capacity = nblocks;
    }
    memset(chainer->blocks, 0, nblocks * sizeof *chainer->blocks);
    qsort(chainer->chains, chainer->nchains, sizeof *chainer->chains, compare_chains);
    for (size_t i = 0; i < chainer->nchains; i++)
        if (!is_outdone(chainer, &chainer->chains[i]))
            TRY(align_chain(chainer, &chainer->chains[i], stretch));
    return PROV_OK;
}

static int
compare_found(const void *a, const void *b)
{
    const struct license_text *left = a, *right = b;
    uint32_t left_end = left->alignment.query_end, right_end = right->alignment.query_end;
    if (left_end != right_end)
        return left_end < right_end ? -1 : 1;
    return (left->unit > right->unit) - (left->unit < right->unit);
}

/* The weight of a text in the choice: its gain, then how alike it is, then an id that is alive. */
static int64_t
weight(const struct license_chainer *chainer, const struct license_text *text)
{
    uint16_t license = chainer->index->units[text->unit].license;
    bool deprecated = chainer->index->entries[license].flags & LICENSE_DEPRECATED;
    /* Half a token for being one: of a whole and its parts that say the same, the whole is chosen. */
    return (text->alignment.gain - 5) * 32768 + (int64_t)text->similarity * 2 + !deprecated;
}

/* Choose the set with the greatest weight; it is left at the front of found, in order. */
static void
schedule(struct license_chainer *chainer)
{
    struct license_text *found = chainer->found;
    int64_t *gain = chainer->best_gain;     /* gain[i]: best of the first i texts */
    uint32_t *before = chainer->best_until; /* before[i]: how many texts end before text i begins */
    qsort(found, chainer->nfound, sizeof *found, compare_found);
    gain[0] = 0;
    for (size_t i = 0; i < chainer->nfound; i++) {
        size_t low = 0, high = i;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (found[middle].alignment.query_end <= found[i].alignment.query_first)
                low = middle + 1;
            else
                high = middle;
        }
        before[i] = (uint32_t)low;
        int64_t with = gain[low] + weight(chainer, &found[i]);
        gain[i + 1] = with > gain[i] ? with : gain[i];
    }
    size_t nchosen = 0;
    uint32_t *chosen = before; /* reuse: entries at i and above are read before they are overwritten */
    for (size_t i = chainer->nfound; i > 0;) {
        size_t low = before[i - 1];
        if (gain[i] == gain[i - 1]) {
            i--;
            continue;
        }
        chosen[chainer->nfound - 1 - nchosen++] = (uint32_t)(i - 1);
        i = low;
    }
    for (size_t i = 0; i < nchosen; i++)
        found[i] = found[chosen[chainer->nfound - nchosen + i]];
    chainer->nfound = nchosen;
}

int
license_chainer_run(struct license_chainer *chainer, const struct license_stretch *stretch,
                    const struct license_text **texts, size_t *ntexts)
{
    chainer->nchains = chainer->nanchors = chainer->nfound = 0;
    TRY(reserve_hits(chainer, stretch->nhits));
    sort_hits(chainer, stretch);
    for (uint32_t unit = 0; unit < chainer->index->nunits; unit++) {
        uint32_t first = chainer->unit_ends[unit], end = chainer->unit_ends[unit + 1];
        if (first < end)
            TRY(chain_unit(chainer, unit, chainer->sorted + first, end - first));
    }
    if (chainer->nchains)
        TRY(align_chains(chainer, stretch));
    if (chainer->nfound)
        schedule(chainer);
    *texts = chainer->found;
    *ntexts = chainer->nfound;
    return PROV_OK;
}

int
license_chainer_align(struct license_chainer *chainer, const struct license_row *row,
                      struct license_anchors anchors, struct license_text *text)
{
    TRY(license_align(&chainer->aligner, chainer->index, text->unit,
                      (struct license_words_view){.words = row->words, .nwords = row->nwords}, anchors,
                      &text->alignment));
    text->similarity = license_alignment_similarity(&text->alignment);
    return PROV_OK;
}

void
license_chainer_differences(const struct license_chainer *chainer, uint32_t unit,
                            const struct license_row *row, const struct license_tokens *tokens,
                            struct license_differences *differences)
{
    const struct license_unit *stored = &chainer->index->units[unit];
    license_align_differences(&chainer->aligner, stored, chainer->index->tokens + stored->token_first, row,
                              tokens, differences);
}

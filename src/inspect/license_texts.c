/* SPDX-License-Identifier: Apache-2.0 */
/*
 * License texts in a text, at the price of looking at each kind of text once.
 *
 *     row of words    ....==== ==  ===....................=====.............==== ===.....
 *     hits                |   stretch   |                 |   |             |      |
 *                      [reach           reach]
 *
 * Hits of fingerprints lie in stretches: a header at the top of a source file, a license in the middle of a
 * NOTICE file. Stretches are further apart than any chain may reach (LICENSE_CHAIN_GAP), so each is
 * matched on its own, and what is found in it depends on its words alone. Crawls hold the same few hundred
 * headers a million times: the last answers are kept by the hash of the words (XXH3, 128 bits), and a header
 * seen before costs a look-up. A text that is known as a whole is not even fingerprinted.
 *
 * Words of a license may stand on a line that begins like a copyright notice, when a text was wrapped anew.
 * Where words are missing in a text that holds such lines, it is aligned with them again, and the better
 * result counts.
 *
 * The memory is one thread's own and holds pure results, so that neither the number of threads nor their
 * timing shows in what is found.
 */
#include "inspect/license_texts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/status.h"

enum {
    HITS_MAX =
        1 << 20, /* in one text; far beyond what texts of 1 MiB hold that were not made to be hostile */
    KNOWN_SLOTS = 4096,
    KNOWN_TEXTS = 4, /* stretches with more texts are not kept */
    WHOLE = 9900,    /* hundredths of a percent: nothing to gain */
    NEAR = 8000,     /* worth a second look */
    EDGE = 32,       /* tokens around a text that belong to the second look */
    ANCHORS_MAX = 1024,
};

/* What was found in a stretch. */
struct known {
    uint64_t key[2]; /**< of its words; 0, 0: free */
    uint32_t ntexts;
    struct license_text texts[KNOWN_TEXTS]; /**< places from the start of the stretch */
};

struct license_finder {
    const struct license_index *index;
    struct license_chainer *chainer; /**< owned */
    struct license_row row, again;   /**< of the text, and of a part looked at again */
    struct license_hit *hits;        /**< by place in the row */
    size_t hits_capacity, nhits;
    struct license_text *found;
    size_t found_capacity, nfound;
    struct known *known; /**< KNOWN_SLOTS */
};

struct license_finder *
license_finder_create(const struct license_index *index)
{
    struct license_finder *finder = calloc(1, sizeof *finder);
    if (!finder)
        return NULL;
    finder->index = index;
    finder->chainer = license_chainer_create(index);
    finder->known = calloc(KNOWN_SLOTS, sizeof *finder->known);
    if (!finder->chainer || !finder->known) {
        license_finder_destroy(finder);
        return NULL;
    }
    return finder;
}

void
license_finder_destroy(struct license_finder *finder)
{
    if (!finder)
        return;
    license_chainer_destroy(finder->chainer);
    license_row_finish(&finder->row);
    license_row_finish(&finder->again);
    free(finder->hits);
    free(finder->found);
    free(finder->known);
    free(finder);
}

/* Make room for wanted elements in a block that doubles. */
static int
reserve(void *block, size_t *capacity, size_t wanted, size_t size)
{
    void *old = NULL;
    if (wanted <= *capacity)
        return PROV_OK;
    size_t larger = *capacity ? *capacity : 256;
    while (larger < wanted)
        larger *= 2;
    memcpy(&old, block, sizeof old);
    void *grown = realloc(old, larger * size);
    if (!grown)
        return PROV_E_MEMORY;
    memcpy(block, &grown, sizeof grown);
    *capacity = larger;
    /* The block is owned through block now, which the checker cannot see. */
    // cppcheck-suppress memleak
    return PROV_OK;
}

static int
collect_hits(struct license_finder *finder, const struct license_row *row)
{
    const struct license_index *index = finder->index;
    finder->nhits = 0;
    for (size_t i = 0; i + LICENSE_GRAM_WORDS <= row->nwords; i++) {
        uint64_t gram = license_gram(row->words + i, index->salt);
        if (!license_index_may_hold(index, gram))
            continue;
        const uint32_t *postings = NULL;
        size_t npostings = license_index_find(index, gram, &postings);
        if (npostings == 0)
            continue;
        if (finder->nhits + npostings > HITS_MAX)
            return PROV_OK;
        TRY(reserve(&finder->hits, &finder->hits_capacity, finder->nhits + npostings, sizeof *finder->hits));
        for (size_t j = 0; j < npostings; j++)
            finder->hits[finder->nhits++] = (struct license_hit){
                .unit = postings[j] >> 20,
                .anchor = {.query = (uint32_t)i, .reference = postings[j] & (LICENSE_UNIT_TOKENS_MAX - 1)}};
    }
    return PROV_OK;
}

/* The slot of a stretch, and whether it holds what was found there. */
static struct known *
recall(struct license_finder *finder, const struct license_stretch *stretch, bool *is_known)
{
    uint64_t key[2];
    hash128(stretch->words, stretch->nwords * sizeof *stretch->words, key);
    key[0] ^= stretch->open_ended;
    struct known *slot = &finder->known[key[0] >> 1 & (KNOWN_SLOTS - 1)];
    *is_known = slot->key[0] == key[0] && slot->key[1] == key[1];
    if (!*is_known) {
        /* Free while it is being found out, so that a failure leaves nothing half-known. */
        *slot = (struct known){.ntexts = KNOWN_TEXTS + 1};
        memcpy(slot->key, key, sizeof key);
    }
    return slot;
}

static int
search_stretch(struct license_finder *finder, const struct license_stretch *stretch,
               const struct license_text **texts, size_t *ntexts)
{
    bool is_known = false;
    struct known *slot = recall(finder, stretch, &is_known);
    if (is_known && slot->ntexts <= KNOWN_TEXTS) {
        *texts = slot->texts;
        *ntexts = slot->ntexts;
        return PROV_OK;
    }
    TRY(license_chainer_run(finder->chainer, stretch, texts, ntexts));
    if (*ntexts <= KNOWN_TEXTS) {
        if (*ntexts)
            memcpy(slot->texts, *texts, *ntexts * sizeof **texts);
        slot->ntexts = (uint32_t)*ntexts;
    }
    return PROV_OK;
}

/* Add texts found in a stretch that begins at a word of the row, in tokens. */
static int
keep_found(struct license_finder *finder, const struct license_text *texts, size_t ntexts, size_t start)
{
    const uint32_t *places = finder->row.places;
    TRY(reserve(&finder->found, &finder->found_capacity, finder->nfound + ntexts, sizeof *finder->found));
    for (size_t i = 0; i < ntexts; i++) {
        struct license_text text = texts[i];
        text.alignment.query_first = places[start + text.alignment.query_first];
        text.alignment.query_end = places[start + text.alignment.query_end - 1] + 1;
        finder->found[finder->nfound++] = text;
    }
    return PROV_OK;
}

/* Stretch by stretch; hits hold places in the row and are moved to places in their stretch. */
static int
search_stretches(struct license_finder *finder, bool open_ended)
{
    const struct license_row *row = &finder->row;
    for (size_t first = 0, end; first < finder->nhits; first = end) {
        struct license_hit *hits = finder->hits + first;
        uint32_t begin = hits->anchor.query, last = begin;
        for (end = first + 1; end < finder->nhits; end++) {
            uint32_t query = finder->hits[end].anchor.query;
            if (query - last > LICENSE_CHAIN_GAP)
                break;
            last = query;
        }
        size_t start = begin > LICENSE_CHAIN_REACH ? begin - LICENSE_CHAIN_REACH : 0;
        size_t stop = last + LICENSE_GRAM_WORDS + LICENSE_CHAIN_REACH;
        if (stop > row->nwords)
            stop = row->nwords;
        for (size_t i = first; i < end; i++)
            finder->hits[i].anchor.query -= (uint32_t)start;
        const struct license_stretch stretch = {.words = row->words + start,
                                                .nwords = stop - start,
                                                .hits = hits,
                                                .nhits = end - first,
                                                .open_ended = open_ended && stop == row->nwords};
        const struct license_text *texts = NULL;
        size_t ntexts = 0;
        TRY(search_stretch(finder, &stretch, &texts, &ntexts));
        TRY(keep_found(finder, texts, ntexts, start));
    }
    return PROV_OK;
}

/* The text as a whole is a unit, word for word: most license files in a crawl are. */
static int
find_exact(struct license_finder *finder)
{
    const struct license_row *row = &finder->row;
    uint32_t i = license_index_exact(finder->index, license_row_hash(row->words, row->nwords));
    if (i == LICENSE_NO_UNIT)
        return PROV_OK;
    const struct license_unit *unit = &finder->index->units[i];
    const struct license_text text = {.unit = i,
                                      .similarity = 10000,
                                      .alignment = {.query_end = (uint32_t)row->nwords,
                                                    .nmatched = unit->ntokens,
                                                    .nmatched_required = unit->nrequired,
                                                    .gain = (int64_t)10 * unit->ntokens}};
    return keep_found(finder, &text, 1, 0);
}

/*
 * Align the unit of a text found again, with fewer words left out. The row of the part looked at stays in
 * finder->again, the map of the alignment in the chainer. @param first  set to the token where the part
 * begins
 */
static int
align_again(struct license_finder *finder, const struct license_tokens *tokens, uint8_t neutral,
            const struct license_text *found, uint32_t *first, struct license_text *better)
{
    struct license_anchor anchors[ANCHORS_MAX];
    size_t nanchors = 0, end = found->alignment.query_end + EDGE;
    *first = found->alignment.query_first > EDGE ? found->alignment.query_first - EDGE : 0;
    end = end < tokens->ntokens ? end : tokens->ntokens;
    const struct license_tokens part = {.tokens = tokens->tokens + *first, .ntokens = end - *first};
    TRY(license_row_take(&part, neutral, &finder->again));
    TRY(collect_hits(finder, &finder->again));
    for (size_t i = 0; i < finder->nhits && nanchors < ANCHORS_MAX; i++) {
        struct license_anchor anchor = finder->hits[i].anchor;
        if (finder->hits[i].unit == found->unit &&
            (nanchors == 0 || (anchor.query > anchors[nanchors - 1].query &&
                               anchor.reference > anchors[nanchors - 1].reference)))
            anchors[nanchors++] = anchor;
    }
    *better = (struct license_text){.unit = found->unit};
    return nanchors
               ? license_chainer_align(finder->chainer, &finder->again,
                                       (struct license_anchors){.items = anchors, .count = nanchors}, better)
               : PROV_OK;
}

/* Does the text lack a few words, and hold lines that were left out? */
static bool
is_doubtful(const struct license_text *text, const struct license_tokens *tokens)
{
    if (text->similarity >= WHOLE || text->similarity < NEAR || text->alignment.nmissing == 0)
        return false;
    uint32_t first = text->alignment.query_first > EDGE ? text->alignment.query_first - EDGE : 0;
    for (uint32_t i = first; i < text->alignment.query_end + EDGE && i < tokens->ntokens; i++)
        if (tokens->tokens[i].flags & TOKEN_COPYRIGHT)
            return true;
    return false;
}

static int
settle_doubts(struct license_finder *finder, const struct license_tokens *tokens)
{
    for (size_t i = 0; i < finder->nfound; i++) {
        struct license_text *text = &finder->found[i], better;
        uint32_t first = 0, previous_end = i ? finder->found[i - 1].alignment.query_end : 0;
        if (!is_doubtful(text, tokens))
            continue;
        TRY(align_again(finder, tokens, TOKEN_BULLET, text, &first, &better));
        if (better.similarity <= text->similarity)
            continue;
        better.alignment.query_end = first + finder->again.places[better.alignment.query_end - 1] + 1;
        better.alignment.query_first = first + finder->again.places[better.alignment.query_first];
        bool overlaps = better.alignment.query_first < previous_end ||
                        (i + 1 < finder->nfound &&
                         better.alignment.query_end > finder->found[i + 1].alignment.query_first);
        if (!overlaps)
            *text = better;
    }
    return PROV_OK;
}

int
license_finder_run(struct license_finder *finder, const struct license_tokens *tokens, bool open_ended,
                   const struct license_text **texts, size_t *ntexts)
{
    finder->nfound = 0;
    TRY(license_row_take(tokens, TOKEN_NEUTRAL, &finder->row));
    if (finder->row.nwords >= LICENSE_GRAM_WORDS) {
        TRY(find_exact(finder));
        if (finder->nfound == 0) {
            TRY(collect_hits(finder, &finder->row));
            TRY(search_stretches(finder, open_ended));
            TRY(settle_doubts(finder, tokens));
        }
    }
    *texts = finder->found;
    *ntexts = finder->nfound;
    return PROV_OK;
}

int
license_finder_explain(struct license_finder *finder, const struct license_tokens *tokens,
                       const struct license_text *found, struct license_differences *differences)
{
    struct license_text with, without;
    uint32_t first = 0;
    TRY(align_again(finder, tokens, TOKEN_BULLET, found, &first, &with));
    TRY(align_again(finder, tokens, TOKEN_NEUTRAL, found, &first, &without));
    if (with.similarity > without.similarity)
        TRY(align_again(finder, tokens, TOKEN_BULLET, found, &first, &with));
    if (with.similarity == 0 && without.similarity == 0)
        return PROV_E_DATA;
    const struct license_tokens part = {.tokens = tokens->tokens + first, .ntokens = tokens->ntokens - first};
    license_chainer_differences(finder->chainer, found->unit, &finder->again, &part, differences);
    return PROV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Context words: looked for only where a candidate asks, and at most once a place.
 *
 * The text is cut into blocks; a question about a window scans the blocks it touches that nobody has asked
 * about, with a database of all words of all detectors, and keeps what it found. So text without candidates
 * costs nothing, and text of nothing but candidates costs one pass.
 *
 *     |  block 0  |  block 1  |  block 2  |
 *            [ window  ]                      a word belongs to the block in which it ends
 */
#include <stdlib.h>
#include <string.h>

#include "inspect/pattern_scan.h"

enum { BLOCK = 128, WORD_MAX = 64 };

void
context_begin(struct context_cache *cache)
{
    cache->nhits = cache->nblocks = 0;
}

void
context_finish(struct context_cache *cache)
{
    free(cache->hits);
    free(cache->blocks);
    *cache = (struct context_cache){0};
}

static bool
is_upper(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z';
}

static bool
is_lower(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z';
}

/* Does a word begin at start? Also where camelCase begins one. */
static bool
begins_word(struct bytes text, size_t start)
{
    if (start == 0)
        return true;
    uint8_t before = text.data[start - 1];
    if (before >= '0' && before <= '9') /* 350cc1 */
        return false;
    if (before < 0x80 && !is_upper(before) && !is_lower(before))
        return true;
    if (is_lower(before))
        return is_upper(text.data[start]) || is_escape_letter(text, start - 1);
    return before >= 0x80 && !is_word_code(code_before(text, start));
}

/* Does a word end there? A plural 's' or 'es' may follow. */
static bool
ends_word(struct bytes text, size_t end)
{
    for (int plural = 0; plural < 2; plural++) {
        if (end >= text.size)
            return true;
        uint8_t after = text.data[end];
        if (after >= 0x80)
            return !is_word_code(code_after(text, end));
        if (!is_lower(after) && !(is_upper(after) && !is_lower(text.data[end - 1])))
            return true;
        if (after != 's' && after != 'S')
            return false;
        end++;
    }
    return false;
}

struct gathering {
    struct context_cache *cache;
    const struct pattern_plan *plan;
    struct bytes text;
    size_t base, from, to; /* the scanned text begins at base; hits ending in (from, to] count */
    int status;
};

static int
gather(uint32_t id, size_t end, void *context)
{
    struct gathering *gathering = context;
    const struct context_word *word = &gathering->plan->words[id];
    struct context_cache *cache = gathering->cache;
    end += gathering->base;
    if (end <= gathering->from || end > gathering->to)
        return 0;
    size_t start = end - word->size;
    if (word->bounded && !(begins_word(gathering->text, start) && ends_word(gathering->text, end)))
        return 0;
    if (cache->nhits == cache->hits_capacity) {
        size_t capacity = cache->hits_capacity ? cache->hits_capacity * 2 : 256;
        struct word_hit *grown = realloc(cache->hits, capacity * sizeof *grown);
        if (!grown) {
            gathering->status = PROV_E_MEMORY;
            return 1;
        }
        cache->hits = grown;
        cache->hits_capacity = capacity;
    }
    cache->hits[cache->nhits++] =
        (struct word_hit){.start = (uint32_t)start, .end = (uint32_t)end, .word = id};
    return 0;
}

/* Scan blocks first..last, which nobody has asked about, in one go. */
static int
scan_blocks(struct pattern_scan *scan, size_t first, size_t last)
{
    struct context_cache *cache = &scan->scratch->context;
    size_t from = first * BLOCK,
           to = (last + 1) * BLOCK < scan->text.size ? (last + 1) * BLOCK : scan->text.size;
    size_t base = from > WORD_MAX ? from - WORD_MAX : 0, begun = cache->nhits;
    struct gathering gathering = {
        .cache = cache, .plan = scan->plan, .text = scan->text, .base = base, .from = from, .to = to};
    TRY(multi_match_scan(scan->plan->context_match, scan->scratch->multi,
                         (struct bytes){scan->text.data + base, to - base}, gather, &gathering));
    TRY(gathering.status);
    /* Hits come in the order of their ends, so each block's are together. */
    for (size_t block = first; block <= last; block++) {
        cache->blocks[block].first = (uint32_t)begun;
        while (begun < cache->nhits && cache->hits[begun].end <= (block + 1) * BLOCK)
            begun++;
        cache->blocks[block].count = (uint32_t)(begun - cache->blocks[block].first);
        cache->blocks[block].scanned = true;
    }
    return PROV_OK;
}

int
context_words(struct pattern_scan *scan, struct bytes name, uint32_t *words, size_t nwords_max, uint32_t *nwords)
{
    struct context_cache found = {0};
    struct gathering gathering = {.cache = &found, .plan = scan->plan, .text = name, .to = name.size};
    *nwords = 0;
    if (!scan->plan->context_match || name.size == 0)
        return PROV_OK;
    int status = multi_match_scan(scan->plan->context_match, scan->scratch->multi, name, gather, &gathering);
    for (size_t i = 0; i < found.nhits && *nwords < nwords_max; i++)
        words[(*nwords)++] = found.hits[i].word;
    context_finish(&found);
    return status != PROV_OK ? status : gathering.status;
}

/* See that all blocks first..last are scanned. */
static int
ensure_blocks(struct pattern_scan *scan, size_t first, size_t last)
{
    const struct context_cache *cache = &scan->scratch->context;
    for (size_t block = first; block <= last; block++) {
        size_t end = block;
        while (end <= last && !cache->blocks[end].scanned)
            end++;
        if (end > block)
            TRY(scan_blocks(scan, block, end - 1));
        block = end;
    }
    return PROV_OK;
}

static int
prepare_blocks(struct context_cache *cache, size_t text_size)
{
    size_t nblocks = text_size / BLOCK + 1;
    if (cache->nblocks == nblocks)
        return PROV_OK;
    if (nblocks > cache->blocks_capacity) {
        void *grown = realloc(cache->blocks, nblocks * sizeof *cache->blocks);
        if (!grown)
            return PROV_E_MEMORY;
        cache->blocks = grown;
        cache->blocks_capacity = nblocks;
    }
    memset(cache->blocks, 0, nblocks * sizeof *cache->blocks);
    cache->nblocks = nblocks;
    return PROV_OK;
}

/* Step back over characters; malformed text counts bytes. */
static size_t
characters_back(struct bytes text, size_t start, unsigned ncharacters)
{
    size_t floor = start > (size_t)ncharacters * 4 ? start - (size_t)ncharacters * 4 : 0;
    while (start > floor && ncharacters > 0)
        ncharacters -= (text.data[--start] & 0xC0) != 0x80;
    return start;
}

static size_t
characters_on(struct bytes text, size_t end, unsigned ncharacters)
{
    size_t roof = text.size - end > (size_t)ncharacters * 4 ? end + (size_t)ncharacters * 4 : text.size;
    while (end < roof && ncharacters > 0) {
        end++;
        while (end < roof && (text.data[end] & 0xC0) == 0x80)
            end++;
        ncharacters--;
    }
    return end;
}

int
context_look(struct pattern_scan *scan, uint16_t detector, size_t start, size_t end, bool *context,
             bool *negative)
{
    const struct pattern_plan *plan = scan->plan;
    struct context_cache *cache = &scan->scratch->context;
    *context = *negative = false;
    if (!plan->context_match)
        return PROV_OK;
    TRY(prepare_blocks(cache, scan->text.size));
    size_t low = characters_back(scan->text, start, CONTEXT_BEFORE);
    size_t high = characters_on(scan->text, end, CONTEXT_AFTER);
    const uint64_t *wanted = plan->context_bits + detector * plan->word_stride;
    const uint64_t *unwanted = plan->negative_bits + detector * plan->word_stride;
    size_t last = high / BLOCK < cache->nblocks ? high / BLOCK : cache->nblocks - 1;
    TRY(ensure_blocks(scan, low / BLOCK, last));
    for (size_t block = low / BLOCK; block <= last; block++) {
        for (size_t i = 0; i < cache->blocks[block].count; i++) {
            const struct word_hit *hit = &cache->hits[cache->blocks[block].first + i];
            if (!(hit->end > low && hit->end <= start) && !(hit->start >= end && hit->end <= high))
                continue;
            *context = *context || wanted[hit->word / 64] >> hit->word % 64 & 1;
            *negative = *negative || unwanted[hit->word / 64] >> hit->word % 64 & 1;
        }
    }
    return PROV_OK;
}

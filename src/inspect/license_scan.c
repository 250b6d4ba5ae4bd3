/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that is done to one stretch of text: tokens, texts, tags, names, URLs, notices, and the weighing of
 * what they found.
 *
 *     text -> tokens -> texts (fingerprints) -> tags -> URLs -> names -> copyright, reservations -> resolve
 *
 * Texts come first, since everything that lies inside a recognised text is part of it and says nothing on its
 * own: the MPL names the GPL, the Apache license holds the notice that applies it.
 */
#include "inspect/license_scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "model/fact.h"

enum { IDENTICAL = 9900, MODIFIED = 9000, RESEMBLES = 6000, EXCEPTION = 8500 };
#define COVER_URL UINT32_MAX

int
license_scan_init(struct license_scan *scan, const struct license_index *index,
                  const struct license_lexicon *lexicon, const struct license_words *words,
                  const struct license_cues *cues)
{
    *scan = (struct license_scan){.index = index, .lexicon = lexicon, .words = words, .cues = cues};
    scan->finder = license_finder_create(index);
    return scan->finder ? PROV_OK : PROV_E_MEMORY;
}

void
license_scan_finish(struct license_scan *scan)
{
    license_finder_destroy(scan->finder);
    license_tokens_finish(&scan->tokens);
    free(scan->evidence);
    free(scan->cover);
    free(scan->classes);
    arena_finish(&scan->arena);
    *scan = (struct license_scan){0};
}

static bool
covers(const struct license_evidence *evidence)
{
    return evidence->kind == EVIDENCE_TEXT || evidence->kind == EVIDENCE_EXCEPTION ||
           evidence->kind == EVIDENCE_TAG;
}

void
license_scan_add(struct license_scan *scan, struct license_evidence evidence)
{
    if (scan->nevidence == EVIDENCE_MAX || evidence.first >= evidence.end ||
        evidence.end > scan->tokens.ntokens)
        return;
    if (scan->nevidence == scan->evidence_capacity) {
        size_t capacity = scan->evidence_capacity ? scan->evidence_capacity * 2 : 64;
        struct license_evidence *larger = realloc(scan->evidence, capacity * sizeof *larger);
        scan->out_of_memory = !larger;
        if (!larger)
            return;
        scan->evidence = larger;
        scan->evidence_capacity = capacity;
    }
    scan->evidence[scan->nevidence++] = evidence;
    if (covers(&evidence))
        for (uint32_t i = evidence.first; i < evidence.end; i++)
            scan->cover[i] = (uint32_t)scan->nevidence;
}

const struct license_evidence *
license_scan_text_over(const struct license_scan *scan, uint32_t token)
{
    uint32_t cover = scan->cover[token];
    return cover && cover != COVER_URL ? &scan->evidence[cover - 1] : NULL;
}

void
license_scan_mark_url(struct license_scan *scan, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        if (!scan->cover[i])
            scan->cover[i] = COVER_URL;
}

bool
license_scan_in_url(const struct license_scan *scan, uint32_t token)
{
    return scan->cover[token] == COVER_URL;
}

uint32_t
license_scan_token_at(const struct license_scan *scan, size_t offset)
{
    size_t low = 0, high = scan->tokens.ntokens;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (scan->tokens.tokens[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

static uint8_t
level_of(const struct license_text *text)
{
    if (text->similarity >= IDENTICAL && text->alignment.nmissing_critical == 0)
        return LICENSE_TEXT;
    return text->similarity >= MODIFIED ? LICENSE_MODIFIED : LICENSE_RESEMBLES;
}

static void
add_text(struct license_scan *scan, const struct license_text *text)
{
    const struct license_unit *unit = &scan->index->units[text->unit];
    const struct license_token *tokens = scan->tokens.tokens;
    uint32_t first = text->alignment.query_first, end = text->alignment.query_end;
    bool exception = scan->index->entries[unit->license].flags & LICENSE_EXCEPTION;
    struct license_evidence evidence = {.kind = exception ? EVIDENCE_EXCEPTION : EVIDENCE_TEXT,
                                        .level = level_of(text),
                                        .similarity = (uint16_t)text->similarity,
                                        .code = license_index_id(scan->index, unit->license),
                                        .first = first,
                                        .end = end,
                                        .offset = tokens[first].offset,
                                        .length = tokens[end - 1].offset + tokens[end - 1].length -
                                                  tokens[first].offset,
                                        .nmissing = text->alignment.nmissing,
                                        .nforeign = text->alignment.nforeign};
    if (text->similarity >= (exception ? EXCEPTION : RESEMBLES))
        license_scan_add(scan, evidence);
}

static int
find_texts(struct license_scan *scan, bool open_ended)
{
    const struct license_text *texts = NULL;
    size_t ntexts = 0;
    TRY(license_finder_run(scan->finder, &scan->tokens, open_ended, &texts, &ntexts));
    for (size_t i = 0; i < ntexts; i++)
        add_text(scan, &texts[i]);
    return PROV_OK;
}

static int
make_room(struct license_scan *scan)
{
    size_t wanted = scan->tokens.ntokens;
    if (wanted <= scan->cover_capacity)
        return PROV_OK;
    uint32_t *cover = realloc(scan->cover, wanted * sizeof *cover);
    if (!cover)
        return PROV_E_MEMORY;
    scan->cover = cover;
    uint64_t *classes = realloc(scan->classes, wanted * sizeof *classes);
    if (!classes)
        return PROV_E_MEMORY;
    scan->classes = classes;
    scan->cover_capacity = wanted;
    return PROV_OK;
}

/* What each word does, looked up once for all finders. */
static void
classify(struct license_scan *scan)
{
    size_t ntokens = scan->tokens.ntokens;
    memset(scan->cover, 0, ntokens * sizeof *scan->cover);
    for (size_t i = 0; i < ntokens; i++) {
        uint32_t hash = scan->tokens.tokens[i].hash;
        uint64_t begins = license_lexicon_begins(scan->lexicon, hash) ? WORD_BEGINS_NAME : 0;
        scan->classes[i] = license_words_classes(scan->words, hash) | begins;
    }
    for (size_t i = 0; i < ntokens; i++) {
        if (!(scan->classes[i] & WORD_CUE))
            continue;
        const struct license_cue *cue = license_cue_at(scan->cues, &scan->tokens.tokens[i], ntokens - i);
        for (size_t j = 0; cue && j < cue->nwords; j++)
            scan->classes[i + j] |= cue->classes;
        i += cue ? cue->nwords - 1 : 0;
    }
}

int
license_scan_run(struct license_scan *scan, struct bytes text, const struct license_range *ranges,
                 size_t nranges, bool open_ended)
{
    scan->text = text;
    scan->ranges = ranges;
    scan->nranges = nranges;
    scan->nevidence = 0;
    scan->out_of_memory = false;
    arena_clear(&scan->arena);
    TRY(license_tokenize_ranges(text, ranges, nranges, &scan->tokens));
    if (scan->tokens.ntokens == 0)
        return PROV_OK;
    TRY(make_room(scan));
    classify(scan);
    TRY(find_texts(scan, open_ended));
    TRY(license_tag_find(scan));
    TRY(license_url_find(scan));
    TRY(license_statement_find(scan));
    TRY(license_notice_find(scan));
    TRY(license_unknown_find(scan));
    return scan->out_of_memory ? PROV_E_MEMORY : license_resolve(scan);
}

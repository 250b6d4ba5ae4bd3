/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of detectors made ready to be looked up: context words of all detectors as one list without
 * repetitions and one database, and for each detector a bit a word; top-level domains sorted.
 */
#include "inspect/pattern_words.h"

#include <stdlib.h>
#include <string.h>

static int
compare_texts(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* Are there spaces between words in the script of this text? Not in Han, kana, Thai, Lao, Khmer, Myanmar. */
static bool
is_bounded(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        if ((*at >= 0xE3 && *at <= 0xE9) || (at[0] == 0xE0 && at[1] >= 0xB8 && at[1] <= 0xBB) ||
            (at[0] == 0xE1 && (at[1] <= 0x82 || at[1] == 0x9E)))
            return false;
    return true;
}

/* Ids by text: words of detectors are few thousands with many repeated, so the list is sorted once. */
static int
collect_words(struct pattern_plan *plan)
{
    size_t total = 0;
    for (size_t i = 0; i < plan->set->ndetectors; i++)
        total += plan->set->detectors[i]->context.nwords + plan->set->detectors[i]->negative.nwords;
    const char **texts = arena_array(&plan->arena, total + 1, sizeof *texts);
    plan->words = arena_array(&plan->arena, total + 1, sizeof *plan->words);
    if (!texts || !plan->words)
        return PROV_E_MEMORY;
    size_t at = 0;
    for (size_t i = 0; i < plan->set->ndetectors; i++) {
        const struct detector *detector = plan->set->detectors[i];
        for (size_t j = 0; j < detector->context.nwords; j++)
            texts[at++] = detector->context.words[j];
        for (size_t j = 0; j < detector->negative.nwords; j++)
            texts[at++] = detector->negative.words[j];
    }
    qsort(texts, total, sizeof *texts, compare_texts);
    for (size_t i = 0; i < total; i++)
        if (i == 0 || strcmp(texts[i], texts[i - 1]) != 0)
            plan->words[plan->nwords++] = (struct context_word){
                .text = texts[i], .size = (uint16_t)strlen(texts[i]), .bounded = is_bounded(texts[i])};
    plan->word_stride = plan->nwords / 64 + 1;
    return PROV_OK;
}

static void
mark_words(const struct pattern_plan *plan, const struct word_list *list, uint64_t *bits)
{
    for (size_t i = 0; i < list->nwords; i++) {
        size_t low = 0, high = plan->nwords;
        while (high - low > 1) {
            size_t middle = low + (high - low) / 2;
            if (strcmp(plan->words[middle].text, list->words[i]) <= 0)
                low = middle;
            else
                high = middle;
        }
        bits[low / 64] |= (uint64_t)1 << low % 64;
    }
}

int
pattern_words_context(struct pattern_plan *plan, const char *cache_dir, struct err *err)
{
    TRY(collect_words(plan));
    size_t size = plan->set->ndetectors * plan->word_stride;
    plan->context_bits = arena_array(&plan->arena, size + 1, sizeof *plan->context_bits);
    plan->negative_bits = arena_array(&plan->arena, size + 1, sizeof *plan->negative_bits);
    struct multi_pattern *patterns = arena_array(&plan->arena, plan->nwords + 1, sizeof *patterns);
    if (!plan->context_bits || !plan->negative_bits || !patterns)
        return PROV_E_MEMORY;
    for (size_t i = 0; i < plan->set->ndetectors; i++) {
        mark_words(plan, &plan->set->detectors[i]->context, plan->context_bits + i * plan->word_stride);
        mark_words(plan, &plan->set->detectors[i]->negative, plan->negative_bits + i * plan->word_stride);
    }
    for (size_t i = 0; i < plan->nwords; i++)
        patterns[i] = (struct multi_pattern){.text = bytes_of(plan->words[i].text),
                                             .id = (uint32_t)i,
                                             .flags = MULTI_LITERAL | MULTI_CASELESS};
    return plan->nwords == 0
               ? PROV_OK
               : multi_match_create(patterns, plan->nwords, cache_dir, &plan->context_match, err);
}

int
pattern_words_tlds(struct pattern_plan *plan, const struct detector *detector)
{
    plan->ntlds = detector->match_words.nwords;
    plan->tlds = arena_array(&plan->arena, plan->ntlds + 1, sizeof *plan->tlds);
    if (!plan->tlds)
        return PROV_E_MEMORY;
    for (size_t i = 0; i < plan->ntlds; i++)
        plan->tlds[i] = detector->match_words.words[i];
    qsort(plan->tlds, plan->ntlds, sizeof *plan->tlds, compare_texts);
    return PROV_OK;
}

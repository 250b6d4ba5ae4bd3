/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phrases of several words that do one thing: what "under" and "license" are in English is a row of
 * characters in Chinese and Japanese, and the elements of Creative Commons are phrases in most languages.
 *
 *     本作品采用知识共享署名-非商业性使用 4.0 国际许可协议进行许可
 *           |-- under   |-- Creative Commons
 *                           |-- BY  |-- NC          |-- port
 *                                                      |-- license
 *
 * Each token of a phrase gets the classes of the phrase, so that all that reads tokens one by one
 * (license_name.c, license_statement.c) works on any language without knowing which one it is.
 *
 * Source of the elements: the titles of the legal codes in the languages of creativecommons.org.
 */
#include "inspect/license_cue.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

static const struct {
    uint64_t classes;
    const char *phrases; /**< with "|" between */
} phrasebook[] = {
    {WORD_CREATIVE, "知识|知識|クリエイティブ"},
    {WORD_COMMONS, "共享|コモンズ"},
    {WORD_CC, "创作共用|创用|創用"},
    {WORD_ATTRIBUTION, "署名|姓名标示|姓名標示|表示"},
    {WORD_NONCOMMERCIAL,
     "非商业性使用|非商业使用|非商业性|非商業性使用|非商業性|非商用|非営利|pas d'utilisation commerciale|"
     "nicht kommerziell|no comercial|não comercial|non commerciale|niet commercieel"},
    {WORD_NODERIVATIVES,
     "禁止演绎|禁止演繹|禁止改作|改変禁止|pas de modification|pas de modifications|keine bearbeitung|keine "
     "bearbeitungen|"
     "sin obras derivadas|sin obra derivada|sin derivadas|sem derivações|non opere derivate"},
    {WORD_SHAREALIKE,
     "相同方式共享|相同方式分享|継承|partage dans les mêmes conditions|partage à l'identique|"
     "weitergabe unter gleichen bedingungen|compartir igual|compartilha igual|condividi allo stesso "
     "modo|gelijk delen"},
    {WORD_PORT, "国际|國際|国際|通用|未本地化版本|非移植"},
    {WORD_LICENSE, "许可证|许可协议|许可|許可證|許可|授权协议|授权|授權條款|授權|协议|協議|协定|ライセンス|"
                   "许可條款|許諾|使用許諾"},
    {WORD_UNDER, "采用|採用|采取|遵循|遵守|依据|依照|依據|根据|根據|按照|基于|基於|使用|以|选用"},
    {WORD_APPLY_AFTER, "の下|のもと|に基づ|で公開|で提供|で配布|で利用|に従|ライセンスです|开源|開源|发布|"
                       "發布|许可|授权|授權|释出|釋出|分发|で頒布"},
    {WORD_LATER, "更高版本|以后版本|之后的版本|之後的版本|更新版本|以降|どのバージョン"},
    {WORD_VERSION, "版本|第|バージョン|版"},
    {WORD_NEGATE, "不兼容|兼容|相容|互換|区别于|不同于|支持的|例如|など"},
    {WORD_OR, "或者|或|または|もしくは"},
    {WORD_AND, "和|与|及|以及|と|および"},
    {WORD_NEGATE,
     "such as|for example|for instance|as opposed to|instead of|rather than|earlier versions|older versions|"
     "previous versions|previous releases|prior versions|earlier releases|subset of|how to|what is|"
     "detection of|detects|list of licenses|not accepted|not permitted|not allowed"},
};

static int
compare_cues(const void *a, const void *b)
{
    const struct license_cue *left = a, *right = b;
    if (left->words[0] != right->words[0])
        return left->words[0] < right->words[0] ? -1 : 1;
    if (left->nwords != right->nwords)
        return left->nwords > right->nwords ? -1 : 1;
    return memcmp(left->words, right->words, left->nwords * sizeof left->words[0]);
}

static int
add_cue(struct license_cues *cues, struct license_words *words, uint64_t classes, struct bytes phrase)
{
    struct license_tokens tokens = {0};
    struct license_cue *cue = &cues->cues[cues->ncues];
    int status = license_tokenize(phrase, &tokens);
    if (status == PROV_OK && tokens.ntokens > 0 && tokens.ntokens <= CUE_WORDS_MAX &&
        cues->ncues < CUES_MAX) {
        *cue = (struct license_cue){.classes = classes, .nwords = (uint32_t)tokens.ntokens};
        for (size_t i = 0; i < tokens.ntokens; i++)
            cue->words[i] = tokens.tokens[i].hash;
        license_words_add(words, cue->words[0], WORD_CUE);
        cues->ncues++;
    }
    license_tokens_finish(&tokens);
    return status;
}

/* Phrases of one wording in several classes become one with all of them. */
static void
merge_cues(struct license_cues *cues)
{
    size_t nkept = 0;
    qsort(cues->cues, cues->ncues, sizeof *cues->cues, compare_cues);
    for (size_t i = 0; i < cues->ncues; i++) {
        if (nkept && compare_cues(&cues->cues[nkept - 1], &cues->cues[i]) == 0)
            cues->cues[nkept - 1].classes |= cues->cues[i].classes;
        else
            cues->cues[nkept++] = cues->cues[i];
    }
    cues->ncues = nkept;
}

int
license_cues_init(struct license_cues *cues, struct license_words *words)
{
    *cues = (struct license_cues){0};
    for (size_t i = 0; i < sizeof phrasebook / sizeof phrasebook[0]; i++)
        for (const char *at = phrasebook[i].phrases; *at;) {
            size_t size = strcspn(at, "|");
            TRY(add_cue(cues, words, phrasebook[i].classes,
                        (struct bytes){.data = (const uint8_t *)at, .size = size}));
            at += size + (at[size] == '|');
        }
    merge_cues(cues);
    return PROV_OK;
}

const struct license_cue *
license_cue_at(const struct license_cues *cues, const struct license_token *tokens, size_t ntokens)
{
    size_t low = 0, high = cues->ncues;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cues->cues[middle].words[0] < tokens[0].hash)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < cues->ncues && cues->cues[low].words[0] == tokens[0].hash; low++) {
        const struct license_cue *cue = &cues->cues[low];
        size_t same = 0;
        while (same < cue->nwords && same < ntokens && tokens[same].hash == cue->words[same])
            same++;
        if (same == cue->nwords)
            return cue;
    }
    return NULL;
}

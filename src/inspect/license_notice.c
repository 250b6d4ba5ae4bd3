/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copyright notices, and rights reserved without a license.
 *
 *     # Copyright (c) 2012-2019 Ann Example <ann@example.org>     notice
 *     SPDX-FileCopyrightText: 2020 Ann Example                    notice
 *     The above copyright notice and this permission notice       none: no year, no (c)
 *     Copyright (c) <year> <copyright holders>                    none: a place for one
 *     All rights reserved.   版权所有   無断転載を禁じます          reservation
 *
 * A notice is meant to be read: its line is the evidence, bounded and without comment leaders.
 */
#include <ctype.h>
#include <string.h>

#include "base/status.h"
#include "inspect/license_scan.h"
#include "model/fact.h"

static bool
is_year(const struct license_scan *scan, uint32_t token)
{
    const struct license_token *word = &scan->tokens.tokens[token];
    const uint8_t *text = scan->text.data + word->offset;
    return word->length >= 4 && word->length <= 5 && isdigit(text[0]) && isdigit(text[1]) && isdigit(text[2]) && isdigit(text[3]) &&
           (memcmp(text, "19", 2) == 0 || memcmp(text, "20", 2) == 0);
}

static size_t
line_end(const struct license_scan *scan, size_t at)
{
    struct bytes text = scan->text;
    while (at < text.size && text.data[at] != '\n' && text.data[at] != '\r' &&
           !(text.data[at] == '\\' && at + 1 < text.size && text.data[at + 1] == 'n') &&
           !(text.data[at] == '*' && at + 1 < text.size && text.data[at + 1] == '/') &&
           !(text.data[at] == '-' && at + 2 < text.size && text.data[at + 1] == '-' && text.data[at + 2] == '>') &&
           text.data[at] != '<')
        at++;
    return at;
}

/* A line of notice ends at its end; an address in <> belongs to it, a tag does not. */
static size_t
notice_end(const struct license_scan *scan, size_t start)
{
    struct bytes text = scan->text;
    size_t end = line_end(scan, start);
    while (end < text.size && text.data[end] == '<') {
        size_t close = end + 1;
        bool address = false;
        while (close < text.size && close - end < 128 && text.data[close] != '>' && text.data[close] != '\n') {
            address = address || text.data[close] == '@' || text.data[close] == ':';
            close++;
        }
        if (!address || close >= text.size || text.data[close] != '>')
            return end;
        end = line_end(scan, close + 1);
    }
    return end;
}

/* Is there a holder: a word behind the years that is no place for one ("<owner>", "[name]", "yyyy")? */
static bool
has_holder(const struct license_scan *scan, uint32_t from, size_t end)
{
    static const char *const places[] = {"year", "yyyy", "yyy", "owner", "fullname", "holder", "holders", "name", "notice"};
    bool holder = false;
    for (uint32_t i = from; i < scan->tokens.ntokens && scan->tokens.tokens[i].offset < end; i++) {
        const struct license_token *word = &scan->tokens.tokens[i];
        for (size_t j = 0; j < sizeof places / sizeof places[0]; j++)
            if (i < from + 2 && license_word(places[j]) == word->hash)
                return false;
        holder = holder || !isdigit(scan->text.data[word->offset]);
    }
    return holder;
}

/*
 * Does a notice begin at this token? @param holder  the token behind (c), years and "by"
 */
static bool
begins_notice(const struct license_scan *scan, uint32_t token, uint32_t *holder)
{
    const struct license_token *tokens = scan->tokens.tokens;
    uint32_t copyright = license_word("copyright"), sign = license_word("c"), by = license_word("by");
    uint32_t at = token;
    bool named = tokens[at].hash == copyright || tokens[at].hash == license_word("copr");
    bool signed_ = false, years = false, bied = false;
    uint8_t before = tokens[at].offset ? scan->text.data[tokens[at].offset - 1] : ' ';
    if (!named && !(tokens[at].hash == sign && (before == '(' || scan->text.data[tokens[at].offset] == 0xc2)))
        return false;
    signed_ = !named;
    for (at++; at < scan->tokens.ntokens && at < token + 12 && tokens[at].line == tokens[token].line; at++) {
        if (tokens[at].hash == sign && !years)
            signed_ = true;
        else if (is_year(scan, at))
            years = true;
        else if (tokens[at].hash == by)
            bied = true;
        else if (!(tokens[at].hash == copyright && !named) && !(years && isdigit(scan->text.data[tokens[at].offset])))
            break;
    }
    *holder = at;
    return (named && (signed_ || years || bied)) || (signed_ && years);
}

static void
take_notice(struct license_scan *scan, uint32_t first, uint32_t holder)
{
    const struct license_token *tokens = scan->tokens.tokens;
    size_t start = tokens[first].offset, end = notice_end(scan, start);
    if (start > 0 && scan->text.data[start - 1] == '(')
        start--;
    while (end > start && scan->text.data[end - 1] <= ' ')
        end--;
    if (!has_holder(scan, holder, end))
        return;
    license_scan_add(scan, (struct license_evidence){.kind = EVIDENCE_COPYRIGHT,
                                                     .code = "notice",
                                                     .first = first,
                                                     .end = first + 1,
                                                     .offset = (uint32_t)start,
                                                     .length = (uint32_t)(end - start)});
}

/* Phrases that keep rights; a row of token hashes each, since spaces and line ends fall anywhere. */
static const char *const reservations[] = {
    "all rights reserved",
    "alle rechte vorbehalten",
    "tous droits réservés",
    "todos los derechos reservados",
    "todos os direitos reservados",
    "tutti i diritti riservati",
    "unauthorized copying",
    "unauthorised copying",
    "proprietary and confidential",
    "confidential and proprietary",
    "may not be reproduced",
    "版权所有",
    "版權所有",
    "保留所有权利",
    "保留所有權利",
    "保留一切权利",
    "未经许可",
    "未經許可",
    "未经授权",
    "未經授權",
    "禁止转载",
    "禁止轉載",
    "不得转载",
    "不得轉載",
    "谢绝转载",
    "無断転載",
    "無断複製",
    "転載禁止",
    "転載を禁",
};

static void
find_reservation(struct license_scan *scan, const char *phrase, struct license_tokens *words)
{
    if (license_tokenize(bytes_of(phrase), words) != PROV_OK || words->ntokens == 0)
        return;
    const struct license_token *tokens = scan->tokens.tokens;
    for (uint32_t i = 0; i + words->ntokens <= scan->tokens.ntokens; i++) {
        size_t same = 0;
        while (same < words->ntokens && tokens[i + same].hash == words->tokens[same].hash)
            same++;
        if (same < words->ntokens)
            continue;
        const struct license_token *last = &tokens[i + same - 1];
        license_scan_add(scan, (struct license_evidence){.kind = EVIDENCE_RESERVATION,
                                                         .level = LICENSE_RESERVATION,
                                                         .code = "LicenseRef-rights-reserved",
                                                         .first = i,
                                                         .end = i + (uint32_t)same,
                                                         .offset = tokens[i].offset,
                                                         .length = last->offset + last->length - tokens[i].offset});
    }
}

int
license_notice_find(struct license_scan *scan)
{
    struct license_tokens words = {0};
    uint32_t holder = 0, filetext = license_word("filecopyrighttext");
    for (uint32_t i = 0; i < scan->tokens.ntokens; i++) {
        if (scan->tokens.tokens[i].hash == filetext && i + 1 < scan->tokens.ntokens)
            take_notice(scan, i + 1, i + 1);
        else if (!begins_notice(scan, i, &holder))
            continue;
        else
            take_notice(scan, i, holder);
        uint32_t line = scan->tokens.tokens[i].line;
        while (i + 1 < scan->tokens.ntokens && scan->tokens.tokens[i + 1].line == line)
            i++;
    }
    for (size_t i = 0; i < sizeof reservations / sizeof reservations[0]; i++)
        find_reservation(scan, reservations[i], &words);
    license_tokens_finish(&words);
    return PROV_OK;
}

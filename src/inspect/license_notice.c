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
    bool holder = false;
    for (uint32_t i = from; i < scan->tokens.ntokens && scan->tokens.tokens[i].offset < end; i++) {
        const struct license_token *word = &scan->tokens.tokens[i];
        if (i < from + 2 && license_scan_classes(scan, i) & WORD_PLACE)
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
    uint32_t at = token;
    bool named = license_scan_classes(scan, at) & WORD_COPYRIGHT;
    bool marked = !named, years = false, bied = false;
    uint8_t before = tokens[at].offset ? scan->text.data[tokens[at].offset - 1] : ' ';
    if (!named && before != '(' && scan->text.data[tokens[at].offset] != 0xc2)
        return false;
    for (at++; at < scan->tokens.ntokens && at < token + 12 && tokens[at].line == tokens[token].line; at++) {
        uint64_t classes = license_scan_classes(scan, at);
        if (classes & WORD_SIGN && !years)
            marked = true;
        else if (is_year(scan, at))
            years = true;
        else if (classes & WORD_BY)
            bied = true;
        else if (!(classes & WORD_COPYRIGHT && !named) && !(years && isdigit(scan->text.data[tokens[at].offset])))
            break;
    }
    *holder = at;
    return (named && (marked || years || bied)) || (marked && years);
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


/* Phrases that keep rights, from one token on. */
static void
take_reservation(struct license_scan *scan, uint32_t first)
{
    const struct license_words *words = scan->words;
    const struct license_token *tokens = &scan->tokens.tokens[first];
    for (uint32_t i = 0; i < words->nphrases; i++) {
        uint32_t nwords = words->phrases[i].nwords, same = 0;
        if (nwords > scan->tokens.ntokens - first)
            continue;
        while (same < nwords && tokens[same].hash == words->phrases[i].words[same])
            same++;
        if (same < nwords)
            continue;
        const struct license_token *last = &tokens[same - 1];
        license_scan_add(scan, (struct license_evidence){.kind = EVIDENCE_RESERVATION,
                                                         .level = LICENSE_RESERVATION,
                                                         .code = "LicenseRef-rights-reserved",
                                                         .first = first,
                                                         .end = first + same,
                                                         .offset = tokens->offset,
                                                         .length = last->offset + last->length - tokens->offset});
        return;
    }
}

int
license_notice_find(struct license_scan *scan)
{
    uint32_t holder = 0, noticed_line = UINT32_MAX; /* the line of the last notice: it says no more of its own */
    for (uint32_t i = 0; i < scan->tokens.ntokens; i++) {
        uint64_t classes = license_scan_classes(scan, i);
        if (!(classes & (WORD_RESERVES | WORD_FILE_TEXT | WORD_COPYRIGHT | WORD_SIGN)))
            continue;
        if (classes & WORD_RESERVES)
            take_reservation(scan, i);
        if (scan->tokens.tokens[i].line == noticed_line)
            continue;
        if (classes & WORD_FILE_TEXT && i + 1 < scan->tokens.ntokens)
            take_notice(scan, i + 1, i + 1);
        else if (classes & (WORD_COPYRIGHT | WORD_SIGN) && begins_notice(scan, i, &holder))
            take_notice(scan, i, holder);
        else
            continue;
        noticed_line = scan->tokens.tokens[i].line;
    }
    return PROV_OK;
}

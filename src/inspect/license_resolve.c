/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weighing the evidence of one text: what the finders saw, each on its own, becomes what is reported.
 *
 *     notice "GPL, version 2 or later"  + "received a copy of the GPL"   ->  GPL-2.0-or-later
 *     GPL notice                        + text of the Classpath exception ->  GPL-2.0-only WITH
 * Classpath-exception-2.0 "either the MIT license or"       + "the GPL"                       ->  GPL-... OR
 * MIT text of GPL-2.0                   + "or later" in a notice          ->  GPL-2.0-or-later more than
 * LIST_CODES_MAX names    in one text                       ->  a list of licenses: mentions
 *
 * Nothing is invented here: evidence is joined, completed by other evidence, or dropped because other
 * evidence says the same with more words.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "inspect/license_scan.h"
#include "model/fact.h"

enum {
    STRONG_MAX = 128,
    LIST_CODES_MAX = 15,
    OR_GAP = 3,
    CHOICE_GAP = 45,
    CHOICE_BEFORE = 40,
    CHOICE_BEHIND = 30,
    INSTEAD_GAP = 80,
    EXCEPTION_GAP = 600
};

static int
compare_evidence(const void *a, const void *b)
{
    const struct license_evidence *left = a, *right = b;
    if (left->offset != right->offset)
        return left->offset < right->offset ? -1 : 1;
    if (left->end != right->end)
        return left->end > right->end ? -1 : 1;
    return (left->kind > right->kind) - (left->kind < right->kind);
}

/* Evidence that says that a license applies. */
static bool
applies(const struct license_evidence *evidence)
{
    return !evidence->dropped && evidence->level >= LICENSE_RESEMBLES && evidence->kind != EVIDENCE_EXCEPTION;
}

static bool
is_gnu(const char *code)
{
    return strncmp(code, "GPL-", 4) == 0 || strncmp(code, "LGPL-", 5) == 0 ||
           strncmp(code, "AGPL-", 5) == 0 || strncmp(code, "GFDL-", 5) == 0;
}

/* Bytes of an id before its version: "GPL-", "CC-BY-NC-". */
static size_t
stem_size(const char *code)
{
    size_t size = strcspn(code, "0123456789");
    return code[size] ? size : strlen(code);
}

static bool
same_stem(const char *a, const char *b)
{
    size_t size = stem_size(a);
    return size == stem_size(b) && memcmp(a, b, size) == 0;
}

/* Does code say which license is meant where the vague code only says the family? */
static bool
makes_precise(const char *code, const char *vague)
{
    static const char reference[] = "LicenseRef-";
    if (strncmp(vague, reference, sizeof reference - 1) != 0)
        return same_stem(code, vague);
    const char *family = vague + sizeof reference - 1;
    size_t size = strlen(family);
    if (strcmp(family, "BSD") == 0)
        return strncmp(code, "BSD-", 4) == 0 || strcmp(code, "0BSD") == 0;
    if (strcmp(family, "public-domain") == 0)
        return strcmp(code, "CC0-1.0") == 0 || strcmp(code, "Unlicense") == 0 ||
               strncmp(code, "PDDL", 4) == 0 || strncmp(code, "CC-PD", 5) == 0 ||
               strcmp(code, "WTFPL") == 0 || strcmp(code, "blessing") == 0;
    if (strcmp(family, "CC") == 0)
        return strncmp(code, "CC", 2) == 0 || strncmp(code, "LicenseRef-CC-", 14) == 0;
    if (strcmp(family, "Zope") == 0)
        return strncmp(code, "ZPL-", 4) == 0;
    if (strcmp(family, "CeCILL") == 0)
        return strncmp(code, "CECILL-", 7) == 0;
    return strncmp(code, family, size) == 0 && code[size] == '-' && code[size + 1] >= '0' &&
           code[size + 1] <= '9';
}

/* Evidence that others are compared with: each kind of statement once, so that long lists stay cheap. */
struct strong {
    const struct license_evidence *evidence[STRONG_MAX];
    size_t count;
};

static void
collect_strong(const struct license_scan *scan, struct strong *strong)
{
    strong->count = 0;
    for (size_t i = 0; i < scan->nevidence && strong->count < STRONG_MAX; i++) {
        const struct license_evidence *evidence = &scan->evidence[i];
        bool new = applies(evidence);
        for (size_t j = 0; j < strong->count && new; j++) {
            const struct license_evidence *known = strong->evidence[j];
            new = strcmp(known->code, evidence->code) != 0 || known->level != evidence->level ||
                  known->received != evidence->received || known->unversioned != evidence->unversioned ||
                  known->kind != evidence->kind;
        }
        if (new)
            strong->evidence[strong->count++] = evidence;
    }
}

/* Does other evidence say what the vague one does, and more? */
static bool
is_outdone(const struct license_evidence *vague, const struct license_evidence *other)
{
    bool is_reference = strncmp(vague->code, "LicenseRef-", 11) == 0;
    if (other == vague || strcmp(other->code, vague->code) == 0)
        return other != vague && vague->received && !other->received;
    if (other->received > vague->received && !is_reference)
        return false;
    /* "under the license X ... a copy is at URL": X was said, the page is only where it is. */
    if (vague->kind == EVIDENCE_URL && vague->received && other->kind == EVIDENCE_NAME && !other->received &&
        other->level == LICENSE_REFERENCE && other->end <= vague->first &&
        vague->first - other->end < INSTEAD_GAP)
        return true;
    if (vague->received && !other->received &&
        ((is_gnu(vague->code) && is_gnu(other->code)) || same_stem(vague->code, other->code)))
        return true;
    return !other->unversioned && (vague->unversioned || is_reference) &&
           makes_precise(other->code, vague->code);
}

/* What a driver tells the module loader counts only in a file that says nothing else. */
static void
drop_modules(struct license_scan *scan)
{
    bool stated = false;
    for (size_t i = 0; i < scan->nevidence; i++) {
        const struct license_evidence *evidence = &scan->evidence[i];
        bool module = evidence->kind == EVIDENCE_TAG && evidence->received;
        stated = stated || (!module && applies(evidence) && evidence->kind != EVIDENCE_COPYRIGHT &&
                            evidence->kind != EVIDENCE_RESERVATION);
    }
    for (size_t i = 0; i < scan->nevidence && stated; i++)
        if (scan->evidence[i].kind == EVIDENCE_TAG && scan->evidence[i].received)
            scan->evidence[i].dropped = true;
}

/* Drop what other evidence says better: places where a text is, names without version. */
static void
drop_vague(struct license_scan *scan)
{
    struct strong strong;
    collect_strong(scan, &strong);
    for (size_t i = 0; i < scan->nevidence; i++) {
        struct license_evidence *vague = &scan->evidence[i];
        bool candidate =
            vague->received || vague->unversioned || strncmp(vague->code, "LicenseRef-", 11) == 0;
        for (size_t j = 0; j < strong.count && candidate && !vague->dropped; j++)
            vague->dropped = is_outdone(vague, strong.evidence[j]);
    }
}

/* A text of a GNU license is of the "or later" kind when a notice beside it says so. */
static void
complete_texts(struct license_scan *scan)
{
    struct strong strong;
    collect_strong(scan, &strong);
    for (size_t i = 0; i < scan->nevidence; i++) {
        struct license_evidence *text = &scan->evidence[i];
        size_t size = strlen(text->code);
        if (text->kind != EVIDENCE_TEXT || size < 6 || strcmp(text->code + size - 5, "-only") != 0)
            continue;
        for (size_t j = 0; j < strong.count; j++) {
            const struct license_evidence *notice = strong.evidence[j];
            if (notice->kind != EVIDENCE_TEXT && applies(notice) && !notice->unversioned &&
                strncmp(notice->code, text->code, size - 5) == 0 &&
                strcmp(notice->code + size - 5, "-or-later") == 0)
                text->code = notice->code;
        }
    }
}

/* Join exceptions to the nearest GNU license before them, or else behind them. */
static void
join_exceptions(struct license_scan *scan)
{
    for (size_t i = 0; i < scan->nevidence; i++) {
        struct license_evidence *exception = &scan->evidence[i], *license = NULL;
        if (exception->kind != EVIDENCE_EXCEPTION || exception->dropped)
            continue;
        exception->dropped = true;
        for (size_t j = 0; j < scan->nevidence; j++) {
            struct license_evidence *other = &scan->evidence[j];
            if (!applies(other) || !is_gnu(other->code) || strchr(other->code, ' '))
                continue;
            bool before = j < i && exception->first - other->end < EXCEPTION_GAP;
            bool behind = j > i && !license && other->first - exception->end < EXCEPTION_GAP;
            if (before || behind)
                license = other;
        }
        char code[256];
        int size = license ? snprintf(code, sizeof code, "%s WITH %s", license->code, exception->code) : 0;
        const char *kept =
            size > 0 && (size_t)size < sizeof code ? arena_text(&scan->arena, bytes_of(code)) : NULL;
        if (kept)
            license->code = kept;
    }
}

static bool
has_class(const struct license_scan *scan, uint32_t first, uint32_t end, uint64_t classes)
{
    for (uint32_t i = first; i < end && i < scan->tokens.ntokens; i++)
        if (license_scan_classes(scan, i) & classes)
            return true;
    return false;
}

static bool
has_slash(const struct license_scan *scan, const struct license_evidence *a, const struct license_evidence *b)
{
    for (uint32_t i = a->offset + a->length; i < b->offset; i++)
        if (scan->text.data[i] == '/' || scan->text.data[i] == '|')
            return true;
    return false;
}

/* Does the text between two pieces of evidence, or before them, say that either may be chosen? */
static bool
is_choice(const struct license_scan *scan, const struct license_evidence *a, const struct license_evidence *b)
{
    if (b->first < a->end)
        return false;
    uint32_t gap = b->first - a->end;
    uint32_t before = a->first > CHOICE_BEFORE ? a->first - CHOICE_BEFORE : 0;
    if (gap <= OR_GAP && has_class(scan, a->end, b->first, WORD_OR))
        return true;
    if (gap == 0 && has_slash(scan, a, b))
        return true;
    if (gap <= INSTEAD_GAP && has_class(scan, a->end, b->first, WORD_INSTEAD))
        return true;
    return gap <= CHOICE_GAP && a->kind != EVIDENCE_TEXT &&
           has_class(scan, a->end, b->first, WORD_OR | WORD_AND) &&
           (has_class(scan, before, a->first, WORD_CHOICE) ||
            has_class(scan, b->end, b->end + CHOICE_BEHIND, WORD_CHOICE));
}

static const char *
either(struct license_scan *scan, const char *a, const char *b)
{
    struct spdx_names names = license_lexicon_names(scan->lexicon);
    struct buf both = {0}, code = {0};
    const char *kept = NULL;
    if (buf_printf(&both, "(%s) OR (%s)", a, b) == PROV_OK &&
        spdx_expression_canonical(buf_bytes(&both), &names, &code, NULL) == PROV_OK && code.size < 1000)
        kept = arena_text(&scan->arena, buf_bytes(&code));
    buf_finish(&both);
    buf_finish(&code);
    return kept;
}

/*
 * "Dual BSD/GPL" does not say which BSD license. Where kernel and Debian maintainers have looked, it is the
 * one with three clauses (65 of 67 files of Linux 6.1 looked at), so that is how such a choice is read.
 */
static const char *
which_bsd(const char *code, const char *other)
{
    return strcmp(code, "LicenseRef-BSD") == 0 && is_gnu(other) ? "BSD-3-Clause" : code;
}

static void
join_choices(struct license_scan *scan)
{
    struct license_evidence *previous = NULL;
    for (size_t i = 0; i < scan->nevidence; i++) {
        struct license_evidence *evidence = &scan->evidence[i];
        if (!applies(evidence) || evidence->kind == EVIDENCE_TAG || evidence->received)
            continue;
        if (previous && strcmp(previous->code, evidence->code) != 0 && is_choice(scan, previous, evidence)) {
            const char *code = either(scan, which_bsd(previous->code, evidence->code),
                                      which_bsd(evidence->code, previous->code));
            if (code) {
                previous->code = code;
                previous->level = previous->level > evidence->level ? evidence->level : previous->level;
                previous->length = evidence->offset + evidence->length - previous->offset;
                previous->end = evidence->end;
                previous->unversioned = false;
                evidence->dropped = true;
                continue;
            }
        }
        previous = evidence;
    }
}

/* Is the license of an operand of a choice: "MIT" of "GPL-2.0-only OR MIT"? */
static bool
is_part_of(const char *code, const char *whole)
{
    size_t size = strlen(code);
    for (const char *at = strstr(whole, code); at; at = strstr(at + 1, code)) {
        bool starts = at == whole || at[-1] == ' ' || at[-1] == '(';
        bool ends = at[size] == 0 || at[size] == ' ' || at[size] == ')';
        if (starts && ends && strlen(whole) > size)
            return true;
    }
    return false;
}

/* Drop names, URLs and mentions of what a stronger piece of evidence states already. */
static void
drop_repeated(struct license_scan *scan)
{
    struct strong strong;
    collect_strong(scan, &strong);
    for (size_t i = 0; i < scan->nevidence; i++) {
        struct license_evidence *weaker = &scan->evidence[i];
        if (weaker->dropped || weaker->kind == EVIDENCE_TEXT || weaker->kind == EVIDENCE_TAG)
            continue;
        for (size_t j = 0; j < strong.count && !weaker->dropped; j++) {
            const struct license_evidence *other = strong.evidence[j];
            bool same = strcmp(other->code, weaker->code) == 0, part = is_part_of(weaker->code, other->code);
            if (weaker->level == LICENSE_MENTION)
                weaker->dropped =
                    same || part || (weaker->unversioned && same_stem(other->code, weaker->code));
            else
                weaker->dropped = part || (same && other->level > weaker->level);
        }
    }
}

/* Rows of a dataset may well state many licenses, each for itself; documents that do are about licenses. */
static bool
is_listed(const struct license_scan *scan, const struct license_evidence *evidence)
{
    return evidence->kind == EVIDENCE_NAME || evidence->kind == EVIDENCE_URL ||
           (evidence->kind == EVIDENCE_TAG && !scan->holds_rows);
}

/* A text that names many licenses is about licenses; it is not under all of them. */
static void
demote_lists(struct license_scan *scan)
{
    const char *codes[LIST_CODES_MAX + 1];
    size_t ncodes = 0;
    for (size_t i = 0; i < scan->nevidence && ncodes <= LIST_CODES_MAX; i++) {
        const struct license_evidence *evidence = &scan->evidence[i];
        bool counts = is_listed(scan, evidence);
        for (size_t j = 0; j < ncodes && counts; j++)
            counts = strcmp(codes[j], evidence->code) != 0;
        if (counts)
            codes[ncodes++] = evidence->code;
    }
    if (ncodes <= LIST_CODES_MAX)
        return;
    for (size_t i = 0; i < scan->nevidence; i++)
        if (is_listed(scan, &scan->evidence[i]))
            scan->evidence[i].level = LICENSE_MENTION;
}

/* Rights are reserved only where nothing is granted. */
static void
drop_reservations(struct license_scan *scan)
{
    bool granted = false;
    for (size_t i = 0; i < scan->nevidence; i++)
        granted = granted || (applies(&scan->evidence[i]) && scan->evidence[i].kind != EVIDENCE_RESERVATION);
    for (size_t i = 0; i < scan->nevidence && granted; i++)
        if (scan->evidence[i].kind == EVIDENCE_RESERVATION)
            scan->evidence[i].dropped = true;
}

int
license_resolve(struct license_scan *scan)
{
    if (scan->nevidence == 0)
        return PROV_OK;
    qsort(scan->evidence, scan->nevidence, sizeof *scan->evidence, compare_evidence);
    demote_lists(scan);
    drop_modules(scan);
    drop_vague(scan);
    complete_texts(scan);
    join_exceptions(scan);
    join_choices(scan);
    drop_repeated(scan);
    drop_reservations(scan);
    size_t kept = 0;
    for (size_t i = 0; i < scan->nevidence; i++)
        if (!scan->evidence[i].dropped)
            scan->evidence[kept++] = scan->evidence[i];
    scan->nevidence = kept;
    return PROV_OK;
}

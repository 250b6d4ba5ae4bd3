/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name of a license at a place in a text, with its version.
 *
 *     under version 2 of the GNU General Public License, or (at your option) any later version
 *           `-- behind      `-- family                   `-- or later
 *     GPLv2+    LGPL 2.1    CC BY-NC-SA 4.0    Creative Commons Attribution Share Alike 3.0 US
 *
 * Three kinds of names: rows of words from the lexicon, the compact forms of the GNU family, and the elements
 * of Creative Commons. Versions are looked for behind a family's name, in the rest of its sentence and before
 * it ("version 2 of the ..."), in that order; the notices of the GNU licenses vary without end, but all of
 * them say the name, the word "version" with a number, and "later" or not.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/status.h"
#include "inspect/license_scan.h"

enum {
    VERSION_MAX = 16,
    AHEAD_TOKENS = 40,
    AHEAD_TOKENS_OTHER = 8,
    ELEMENT_TOKENS = 40,
    INVARIANT_TOKENS = 40, LATER_BEHIND = 6,
    BEHIND_TOKENS = 14,
    LATER_TOKENS = 12
};

/* A version as found in the text. */
struct version {
    char text[VERSION_MAX]; /**< "2", "2.1" */
    uint32_t first, end;    /**< tokens */
    bool plus;              /**< a "+" stands right behind it */
};

static const uint8_t *
token_text(const struct license_scan *scan, uint32_t token)
{
    return scan->text.data + scan->tokens.tokens[token].offset;
}

static size_t
token_end(const struct license_scan *scan, uint32_t token)
{
    return (size_t)scan->tokens.tokens[token].offset + scan->tokens.tokens[token].length;
}

/* The byte behind a token, 0 at the end. */
static uint8_t
byte_behind(const struct license_scan *scan, uint32_t token)
{
    size_t at = token_end(scan, token);
    return at < scan->text.size ? scan->text.data[at] : 0;
}

/* Digits and perhaps one letter from text[skip] on: "2", "21" is none. Appends to version. */
static bool
append_number(const uint8_t *text, size_t size, size_t skip, char *version)
{
    size_t used = strlen(version);
    if (skip >= size || size - skip > 2 || used + size - skip + 2 > VERSION_MAX || !isdigit(text[skip]))
        return false;
    if (size - skip == 2 && !isdigit(text[skip + 1]) && !islower(text[skip + 1]))
        return false;
    if (used)
        version[used++] = '.';
    memcpy(version + used, text + skip, size - skip);
    version[used + size - skip] = 0;
    return true;
}

/*
 * A version that begins at a token: "2", "v2", "2.0", "V3.01". The number may be glued to a prefix of
 * prefix_size bytes.
 */
static bool
version_at(const struct license_scan *scan, uint32_t token, size_t prefix_size, struct version *version)
{
    if (token >= scan->tokens.ntokens)
        return false;
    const struct license_token *tokens = scan->tokens.tokens;
    const uint8_t *text = token_text(scan, token);
    size_t skip = prefix_size;
    *version = (struct version){.first = token, .end = token + 1};
    if (skip < tokens[token].length && (text[skip] | 0x20) == 'v')
        skip++;
    if (!append_number(text, tokens[token].length, skip, version->text))
        return false;
    for (int part = 0; part < 2 && version->end < scan->tokens.ntokens; part++) {
        const struct license_token *next = &tokens[version->end];
        bool glued = byte_behind(scan, version->end - 1) == '.' &&
                     next->offset == token_end(scan, version->end - 1) + 1;
        if (!glued || !append_number(token_text(scan, version->end), next->length, 0, version->text))
            break;
        version->end++;
    }
    version->plus = byte_behind(scan, version->end - 1) == '+';
    /* "1.0.0" is "1.0" where versions have two parts. */
    if (strlen(version->text) > 4 && strcmp(version->text + strlen(version->text) - 4, ".0.0") == 0)
        version->text[strlen(version->text) - 2] = 0;
    return true;
}

/* "later" within reach of a version, before the sentence ends and before another name of the family. */
static bool
says_later(const struct license_scan *scan, uint32_t from, uint32_t until)
{
    uint32_t limit =
        scan->tokens.ntokens - from < LATER_TOKENS ? (uint32_t)scan->tokens.ntokens : from + LATER_TOKENS;
    if (until < limit)
        limit = until;
    if (from > 0 && license_scan_breaks_after(scan, from - 1))
        return false;
    for (uint32_t i = from; i < limit; i++) {
        uint64_t classes = license_scan_classes(scan, i);
        bool refused = i > from && license_scan_classes(scan, i - 1) & (WORD_NON | WORD_NEGATE);
        if (classes & WORD_LATER && !refused)
            return true;
        if (license_scan_breaks_after(scan, i))
            return false;
    }
    return false;
}

/* A version right behind a family's name: "(GPL), version 2", "License v2.0". */
static bool
version_behind(const struct license_scan *scan, uint32_t token, struct version *version)
{
    for (uint32_t i = token; i < token + 5 && i < scan->tokens.ntokens; i++) {
        if (version_at(scan, i, 0, version))
            /* A bare number on its own is a version only right behind the name: "GPL 2". */
            return i == token || scan->tokens.tokens[i].length > 1 || version->end > i + 1 ||
                   license_scan_classes(scan, i - 1) & WORD_VERSION;
        uint64_t classes = license_scan_classes(scan, i);
        const struct license_name *name =
            license_lexicon_name(scan->lexicon, scan->text, &scan->tokens.tokens[i], 1);
        if (!(classes & (WORD_VERSION | WORD_LICENSE)) && !(name && name->family) && !(classes & WORD_IS))
            return false;
        if (i > token && license_scan_breaks_after(scan, i - 1) && !(classes & WORD_VERSION))
            return false;
    }
    return false;
}

/* Does the name of a family begin here? */
static bool
is_family(const struct license_scan *scan, uint32_t token)
{
    const struct license_name *name = license_lexicon_name(
        scan->lexicon, scan->text, &scan->tokens.tokens[token], scan->tokens.ntokens - token);
    return name && name->family && !name->weak;
}

/* "... as published by the Free Software Foundation; either version 2 of the License" */
static bool
version_ahead(const struct license_scan *scan, uint32_t token, uint32_t reach, struct version *version)
{
    for (uint32_t i = token; i + 1 < scan->tokens.ntokens && i < token + reach; i++) {
        if (license_scan_classes(scan, i) & WORD_VERSION && version_at(scan, i + 1, 0, version))
            return true;
        if (version_at(scan, i, 0, version) && (token_text(scan, i)[0] | 0x20) == 'v')
            return true;
        if (is_family(scan, i) || license_scan_breaks_after(scan, i))
            return false;
    }
    return false;
}

/* Is what stands between a version and the name behind it only about the version: "2 or later of the"? */
static bool
leads_to_name(const struct license_scan *scan, uint32_t from, uint32_t token)
{
    bool of = from == token;
    for (uint32_t i = from; i < token; i++) {
        uint64_t classes = license_scan_classes(scan, i);
        if (classes & WORD_LICENSE || !(classes & (WORD_OF | WORD_FILL | WORD_OR | WORD_LATER | WORD_VERSION |
                                                   WORD_CHOICE | WORD_ONLY)))
            return false;
        of = of || (classes & WORD_OF && token - i <= 3);
    }
    return of;
}

/* "version 2 of the GNU General Public License" */
static bool
version_before(const struct license_scan *scan, uint32_t token, struct version *version)
{
    for (uint32_t i = token; i-- > 0 && token - i <= BEHIND_TOKENS;) {
        if (license_scan_breaks_after(scan, i))
            return false;
        bool starts = (license_scan_classes(scan, i) & WORD_VERSION && version_at(scan, i + 1, 0, version)) ||
                      (version_at(scan, i, 0, version) && (token_text(scan, i)[0] | 0x20) == 'v');
        if (starts)
            return version->end <= token && leads_to_name(scan, version->end, token);
    }
    return false;
}

/* Three pieces as one text in the scan's arena; NULL when out of memory. */
static const char *
joined(struct license_scan *scan, const char *first, const char *middle, const char *last)
{
    char text[256];
    (void)snprintf(text, sizeof text, "%s%s%s", first, middle, last);
    return arena_text(&scan->arena, bytes_of(text));
}

/* "version 2 or 3", "2 or version 3": the second version. */
static bool
second_version(const struct license_scan *scan, uint32_t from, struct version *version)
{
    uint32_t at = from;
    while (at < scan->tokens.ntokens && at < from + 4 &&
           license_scan_classes(scan, at) & (WORD_OF | WORD_FILL) &&
           !(license_scan_classes(scan, at) & WORD_OR))
        at++;
    if (at >= scan->tokens.ntokens || !(license_scan_classes(scan, at) & WORD_OR))
        return false;
    at++;
    if (at < scan->tokens.ntokens && license_scan_classes(scan, at) & WORD_VERSION)
        at++;
    return version_at(scan, at, 0, version);
}

/* Fill in the code of a family at a version. */
static bool
take_version(struct license_scan *scan, const struct license_family *family, const struct version *version,
             uint32_t limit, struct license_named *named)
{
    struct version second;
    bool later = version->plus || says_later(scan, version->end, limit);
    const char *code = license_lexicon_version(scan->lexicon, family, version->text, later);
    if (!code)
        return false;
    named->code = code;
    named->unversioned = false;
    if (family->kind == FAMILY_GNU && !version->plus && second_version(scan, version->end, &second)) {
        const char *other = license_lexicon_version(scan->lexicon, family, second.text, later);
        const char *one = license_lexicon_version(scan->lexicon, family, version->text, false);
        if (other && one && strcmp(other, one) != 0) {
            const char *both = joined(scan, one, " OR ", other);
            named->code = both ? both : code;
        }
    }
    return true;
}

/*
 * "GFDL ... with no Invariant Sections": the notice says which of its kinds the license is of.
 */
static void
complete_invariants(struct license_scan *scan, struct license_named *named)
{
    const char *ending = strstr(named->code, "-or-later");
    uint32_t limit = named->end + INVARIANT_TOKENS, at = named->end;
    char id[64];
    ending = ending ? ending : strstr(named->code, "-only");
    while (at < limit && at < scan->tokens.ntokens && !(license_scan_classes(scan, at) & WORD_INVARIANT))
        at++;
    if (!ending || at >= limit || at >= scan->tokens.ntokens)
        return;
    bool none = license_scan_classes(scan, at - 1) & (WORD_NON | WORD_WITHOUT);
    (void)snprintf(id, sizeof id, "%.*s%s%s", (int)(ending - named->code), named->code,
                   none ? "-no-invariants" : "-invariants", ending);
    const char *code = license_lexicon_id(scan->lexicon, id);
    named->code = code ? code : named->code;
}

static void
complete_family(struct license_scan *scan, uint32_t token, struct license_named *named)
{
    const struct license_family *family = named->family;
    struct version version;
    uint32_t after = named->end;
    named->code = family->unversioned;
    named->unversioned = true;
    if (version_behind(scan, after, &version) && take_version(scan, family, &version, UINT32_MAX, named)) {
        named->end = version.end;
        return;
    }
    if (version_before(scan, token, &version) && take_version(scan, family, &version, after + LATER_BEHIND, named))
        return;
    if (version_ahead(scan, after, family->kind == FAMILY_GNU ? AHEAD_TOKENS : AHEAD_TOKENS_OTHER, &version))
        (void)take_version(scan, family, &version, UINT32_MAX, named);
}

/* "GPLv2", "lgpl2.1", "AGPL3+", "GFDL1.3": one token that begins with a short name. */
static bool
compact_gnu(struct license_scan *scan, uint32_t token, struct license_named *named)
{
    static const char *const prefixes[] = {"agpl", "lgpl", "gfdl", "gpl", "fdl"};
    const struct license_token *word = &scan->tokens.tokens[token];
    const char *text = (const char *)token_text(scan, token);
    if (!(license_scan_classes(scan, token) & WORD_COMPACT))
        return false;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t size = strlen(prefixes[i]);
        struct version version;
        if (word->length <= size || word->length > size + 4 || strncasecmp(text, prefixes[i], size) != 0 ||
            !version_at(scan, token, size, &version))
            continue;
        struct license_token bare = *word; /* the family is found by the word without its number */
        bare.hash = license_word(prefixes[i]);
        const struct license_name *name = license_lexicon_name(scan->lexicon, scan->text, &bare, 1);
        if (!name || !name->family)
            return false;
        *named = (struct license_named){.family = name->family, .end = version.end};
        return take_version(scan, name->family, &version, UINT32_MAX, named);
    }
    return false;
}

/* Elements of a Creative Commons license. */
struct elements {
    bool attribution, noncommercial, noderivatives, sharealike;
};

/* Take one element at a token. @return tokens taken, 0 when there is none */
static uint32_t
take_element(const struct license_scan *scan, uint32_t token, struct elements *elements)
{
    uint64_t classes = license_scan_classes(scan, token);
    uint64_t next = token + 1 < scan->tokens.ntokens ? license_scan_classes(scan, token + 1) : 0;
    if (classes & WORD_ATTRIBUTION)
        return elements->attribution = true, 1;
    if (classes & WORD_NONCOMMERCIAL)
        return elements->noncommercial = true, 1;
    if (classes & WORD_NODERIVATIVES)
        return elements->noderivatives = true, 1;
    if (classes & WORD_SHAREALIKE)
        return elements->sharealike = true, 1;
    if (classes & WORD_NON && next & WORD_COMMERCIAL)
        return elements->noncommercial = true, 2;
    if (classes & WORD_NON && next & WORD_DERIVATIVES)
        return elements->noderivatives = true, 2;
    if (classes & WORD_SHARE && next & WORD_ALIKE)
        return elements->sharealike = true, 2;
    return 0;
}

/* Countries that ported Creative Commons licenses, by how a text calls them. */
static const struct {
    const char *word, *code;
} ports[] = {{"us", "US"},          {"united", "US"},  {"uk", "UK"},          {"england", "UK"},
             {"de", "DE"},          {"germany", "DE"}, {"deutschland", "DE"}, {"at", "AT"},
             {"austria", "AT"},     {"au", "AU"},      {"australia", "AU"},   {"nl", "NL"},
             {"netherlands", "NL"}, {"fr", "FR"},      {"france", "FR"},      {"igo", "IGO"},
             {"jp", "JP"},          {"japan", "JP"}};

static const char *
cc_code(struct license_scan *scan, const struct elements *elements, const char *version, uint32_t next)
{
    char id[64];
    int size = snprintf(id, sizeof id, "CC-BY%s%s%s", elements->noncommercial ? "-NC" : "",
                        elements->noderivatives ? "-ND" : "", elements->sharealike ? "-SA" : "");
    if (!version)
        return joined(scan, "LicenseRef-", id, "");
    (void)snprintf(id + size, sizeof id - (size_t)size, "-%s%s", version, strchr(version, '.') ? "" : ".0");
    const char *plain = license_lexicon_id(scan->lexicon, id);
    if (!plain || next >= scan->tokens.ntokens)
        return plain;
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        if (license_word(ports[i].word) != scan->tokens.tokens[next].hash)
            continue;
        size_t used = strlen(id);
        (void)snprintf(id + used, sizeof id - used, "-%s", ports[i].code);
        const char *ported = license_lexicon_id(scan->lexicon, id);
        return ported ? ported : plain;
    }
    return plain;
}

/* Take the version behind the elements, if there is one. */
static bool
cc_version(const struct license_scan *scan, uint32_t *at, struct version *version)
{
    uint32_t next = *at;
    for (int skipped = 0; skipped < 8 && next < scan->tokens.ntokens; skipped++, next++) {
        if (version_at(scan, next, 0, version)) {
            *at = version->end;
            return true;
        }
        if (!(license_scan_classes(scan, next) & (WORD_VERSION | WORD_LICENSE | WORD_PORT | WORD_CC)))
            return false;
        if (license_scan_breaks_after(scan, next))
            return false;
    }
    return false;
}

/* Take what says "Creative Commons" or "CC", with words like "license" behind it. @return tokens taken */
static uint32_t
take_introduction(const struct license_scan *scan, uint32_t token)
{
    uint32_t at = token, limit = (uint32_t)scan->tokens.ntokens;
    while (at < limit && license_scan_classes(scan, at) & WORD_CREATIVE)
        at++;
    uint32_t creative = at;
    while (at < limit && creative > token && license_scan_classes(scan, at) & WORD_COMMONS)
        at++;
    if (at == creative && creative > token)
        return 0;
    if (at == token && license_scan_classes(scan, at) & WORD_CC)
        at++;
    if (at == token)
        return 0;
    uint32_t end = at + 8 < limit ? at + 8 : limit;
    while (at < end && license_scan_classes(scan, at) & (WORD_LICENSE | WORD_CC) &&
           !license_scan_breaks_after(scan, at))
        at++;
    return at - token;
}

/* Take the elements, and what may stand between them. @return tokens taken */
static uint32_t
take_elements(const struct license_scan *scan, uint32_t token, struct elements *elements)
{
    uint32_t at = token, end = token;
    for (uint32_t taken; at < scan->tokens.ntokens && at < token + ELEMENT_TOKENS; at += taken) {
        if (at > token && license_scan_breaks_after(scan, at - 1))
            break;
        taken = take_element(scan, at, elements);
        /* "Attribution and Share Alike", "Attribution (CC BY)" */
        if (taken)
            end = at + taken;
        else if (at > token && license_scan_classes(scan, at) & (WORD_AND | WORD_CC))
            taken = 1;
        if (!taken)
            break;
    }
    return end - token;
}

static bool
creative_commons(struct license_scan *scan, uint32_t token, struct license_named *named)
{
    struct elements elements = {0};
    struct version version;
    uint32_t introduction = take_introduction(scan, token), at = token + introduction;
    bool versioned = false;
    /* "Creative Commons 4.0 BY-SA" */
    if (introduction && at < scan->tokens.ntokens && version_at(scan, at, 0, &version)) {
        versioned = true;
        at = version.end;
    }
    uint32_t taken = take_elements(scan, at, &elements);
    at += taken;
    if (!taken || !elements.attribution)
        return false;
    if (!versioned)
        versioned = cc_version(scan, &at, &version);
    if (!introduction &&
        !(versioned && (elements.noncommercial || elements.noderivatives || elements.sharealike)))
        return false;
    while (at < scan->tokens.ntokens && license_scan_classes(scan, at) & WORD_PORT)
        at++;
    named->code = cc_code(scan, &elements, versioned ? version.text : NULL, at);
    if (!named->code && versioned)
        named->code = cc_code(scan, &elements, NULL, at);
    named->end = at;
    named->unversioned = !versioned;
    return named->code != NULL;
}

bool
license_name_at(struct license_scan *scan, uint32_t token, struct license_named *named)
{
    *named = (struct license_named){0};
    struct license_named other = {0};
    const struct license_name *name = NULL;
    if (license_scan_classes(scan, token) & WORD_BEGINS_NAME)
        name = license_lexicon_name(scan->lexicon, scan->text, &scan->tokens.tokens[token],
                                    scan->tokens.ntokens - token);
    if (name) {
        *named = (struct license_named){
            .code = name->id, .family = name->family, .end = token + name->nwords, .weak = name->weak};
        if (name->family)
            complete_family(scan, token, named);
        if (name->family && strcmp(name->family->name, "GFDL") == 0)
            complete_invariants(scan, named);
    }
    if (license_scan_classes(scan, token) & (WORD_CC | WORD_CREATIVE | WORD_ATTRIBUTION) &&
        creative_commons(scan, token, &other) && other.end > named->end)
        *named = other;
    if (!named->code && compact_gnu(scan, token, &other))
        *named = other;
    /* "Apache License, Version 2.0" says more than "Apache License". */
    return named->code != NULL && named->end > token;
}

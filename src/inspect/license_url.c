/* SPDX-License-Identifier: Apache-2.0 */
/*
 * License URLs. Hosts that publish licenses under paths made of their ids are read by rule (Creative
 * Commons, SPDX, OSI, GNU, choosealicense); every other page by the lexicon's table.
 *
 *     https://creativecommons.org/licenses/by-nc/4.0/deed.en    CC-BY-NC-4.0
 *     http://www.gnu.org/licenses/old-licenses/gpl-2.0.html     the GPL at version 2
 *     opensource.org/licenses/mit-license.php                   MIT
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/status.h"
#include "inspect/license_scan.h"
#include "model/fact.h"

enum { URL_MAX = 256, CUE_TOKENS = 14 };

/* The part of a path up to the next '/' (or the end); moves behind it. */
static size_t
take_part(const char **at, char *part, size_t capacity)
{
    size_t size = strcspn(*at, "/");
    size_t kept = size < capacity ? size : capacity - 1;
    memcpy(part, *at, kept);
    part[kept] = 0;
    *at += size + ((*at)[size] == '/');
    return size;
}

/* "by-nc/4.0/", "by-sa/3.0/us", "publicdomain/zero/1.0" behind creativecommons.org/ */
static const char *
creative_commons_url(struct license_scan *scan, const char *path)
{
    char kind[32], elements[32], version[16], port[16], id[128];
    (void)take_part(&path, kind, sizeof kind);
    (void)take_part(&path, elements, sizeof elements);
    (void)take_part(&path, version, sizeof version);
    (void)take_part(&path, port, sizeof port);
    if (strcmp(kind, "publicdomain") == 0 || strcmp(kind, "public-domain") == 0) {
        if (strcmp(elements, "zero") == 0 || strcmp(elements, "cc0") == 0)
            return license_lexicon_id(scan->lexicon, "CC0-1.0");
        return strcmp(elements, "mark") == 0 ? license_lexicon_key(scan->lexicon, bytes_of("CC-PDM-1.0"))
                                             : NULL;
    }
    if (strcmp(kind, "licenses") != 0 || strncmp(elements, "by", 2) != 0)
        return NULL;
    (void)snprintf(id, sizeof id, "CC-%s-%s-%s", elements, version, port);
    const char *ported = *port ? license_lexicon_id(scan->lexicon, id) : NULL;
    (void)snprintf(id, sizeof id, "CC-%s-%s", elements, version);
    const char *plain = license_lexicon_id(scan->lexicon, id);
    if (ported || plain)
        return ported ? ported : plain;
    (void)snprintf(id, sizeof id, "LicenseRef-CC-%s", elements);
    return license_lexicon_key(scan->lexicon, bytes_of(id));
}

/* "licenses/old-licenses/gpl-2.0.en.html", "copyleft/lesser.html" behind gnu.org/ */
static const char *
gnu_url(struct license_scan *scan, const char *path)
{
    static const struct {
        const char *page, *id;
    } pages[] = {{"gpl", "GPL-1.0-or-later"},
                 {"lgpl", "LGPL-2.0-or-later"},
                 {"lesser", "LGPL-2.0-or-later"},
                 {"agpl", "AGPL-3.0-or-later"},
                 {"fdl", "GFDL-1.1-or-later"}};
    const char *slash = strrchr(path, '/');
    const char *page = slash ? slash + 1 : path;
    char name[32] = {0}, id[64];
    size_t size = strcspn(page, ".-");
    if (strstr(path, "licenses") != path && strstr(path, "copyleft") != path && strchr(path, '/'))
        return NULL;
    memcpy(name, page, size < sizeof name ? size : sizeof name - 1);
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (strcasecmp(name, pages[i].page) != 0)
            continue;
        if (page[size] == '-' && isdigit((unsigned char)page[size + 1])) {
            (void)snprintf(id, sizeof id, "%s%s-%.3s-only", strcmp(name, "fdl") == 0 ? "G" : "", name,
                           page + size + 1);
            return license_lexicon_id(scan->lexicon, id);
        }
        return license_lexicon_id(scan->lexicon, pages[i].id);
    }
    return NULL;
}

/* An id or a well-known key as the last part of a path: "mit-license.php", "Apache-2.0.html". */
static const char *
id_url(struct license_scan *scan, const char *path)
{
    char name[64];
    (void)take_part(&path, name, sizeof name);
    static const char *const endings[] = {".html", ".php", ".txt", ".json", "-license"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t size = strlen(name), end = strlen(endings[i]);
        if (size > end && strcasecmp(name + size - end, endings[i]) == 0)
            name[size - end] = 0;
    }
    const char *known = license_lexicon_id(scan->lexicon, name);
    return known ? known : license_lexicon_key(scan->lexicon, bytes_of(name));
}

/* "MIT-blue.svg", "Apache%202.0-red", "BSD--3--Clause-green" behind img.shields.io/badge/license- */
static const char *
badge_url(struct license_scan *scan, const char *path)
{
    char name[64];
    size_t size = 0;
    for (size_t i = 0; path[i] && size + 1 < sizeof name; i++) {
        if (path[i] == '-' && path[i + 1] != '-')
            break;
        if (strncmp(path + i, "%20", 3) == 0) {
            name[size++] = ' ';
            i += 2;
            continue;
        }
        name[size++] = path[i] == '_' ? ' ' : path[i];
        i += path[i] == '-';
    }
    return license_lexicon_key(scan->lexicon, (struct bytes){.data = (const uint8_t *)name, .size = size});
}

static const char *
url_code(struct license_scan *scan, const char *url)
{
    static const struct {
        const char *prefix;
        const char *(*read)(struct license_scan *scan, const char *path);
    } hosts[] = {
        {"creativecommons.org/", creative_commons_url},
        {"gnu.org/", gnu_url},
        {"fsf.org/licenses/", gnu_url},
        {"opensource.org/licenses/", id_url},
        {"opensource.org/license/", id_url},
        {"spdx.org/licenses/", id_url},
        {"choosealicense.com/licenses/", id_url},
        {"licenses.nuget.org/", id_url},
        {"img.shields.io/badge/license-", badge_url},
        {"img.shields.io/badge/licence-", badge_url},
    };
    const char *known = license_lexicon_url(scan->lexicon, bytes_of(url));
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0] && !known; i++)
        if (strncasecmp(url, hosts[i].prefix, strlen(hosts[i].prefix)) == 0)
            known = hosts[i].read(scan, url + strlen(hosts[i].prefix));
    return known;
}

static bool
is_url_byte(uint8_t byte)
{
    return byte > ' ' && byte < 0x7f && !strchr("\"'<>()[]{}\\|^`,;", byte);
}

/* Does a word about licenses stand close by? A bare link in a list of links is a mention. */
static bool
has_cue(const struct license_scan *scan, uint32_t first, uint32_t end)
{
    uint32_t from = first > CUE_TOKENS ? first - CUE_TOKENS : 0;
    for (uint32_t i = from; i < first; i++)
        if (license_scan_classes(scan, i) & (WORD_LICENSE | WORD_UNDER))
            return true;
    for (uint32_t i = end; i < end + 4 && i < scan->tokens.ntokens; i++)
        if (license_scan_classes(scan, i) & WORD_LICENSE)
            return true;
    return false;
}

/* "You can obtain a copy at URL": it is where the text is, whatever the page shows today. */
static bool
tells_where(const struct license_scan *scan, uint32_t first)
{
    for (uint32_t i = first > CUE_TOKENS ? first - CUE_TOKENS : 0; i < first; i++)
        if (license_scan_classes(scan, i) & WORD_RECEIVED)
            return true;
    return false;
}

static void
take_url(struct license_scan *scan, size_t start, size_t host, size_t end)
{
    char url[URL_MAX];
    while (end > host && strchr(".:!?*", scan->text.data[end - 1]))
        end--;
    if (end - host >= 4 && strncasecmp((const char *)scan->text.data + host, "www.", 4) == 0)
        host += 4;
    if (end <= host || end - host >= sizeof url)
        return;
    memcpy(url, scan->text.data + host, end - host);
    url[end - host] = 0;
    size_t size = strlen(url);
    while (size && url[size - 1] == '/')
        url[--size] = 0;
    uint32_t first = license_scan_token_at(scan, start), last = license_scan_token_at(scan, end);
    if (first == scan->tokens.ntokens || license_scan_text_over(scan, first))
        return;
    license_scan_mark_url(scan, first, last);
    const char *code = url_code(scan, url);
    if (!code)
        return;
    size_t code_size = strlen(code);
    /* A page of a GNU license shows its text and does not say "or later": a notice beside it decides. */
    bool gnu = strncasecmp(url, "gnu.org/", 8) == 0 || strncasecmp(url, "fsf.org/", 8) == 0;
    license_scan_add(
        scan, (struct license_evidence){
                  .kind = EVIDENCE_URL,
                  .level = has_cue(scan, first, last) ? LICENSE_REFERENCE : LICENSE_MENTION,
                  .received = gnu || tells_where(scan, first),
                  .unversioned = gnu && code_size > 9 && strcmp(code + code_size - 9, "-or-later") == 0,
                  .code = code,
                  .first = first,
                  .end = last > first ? last : first + 1,
                  .offset = (uint32_t)start,
                  .length = (uint32_t)(end - start)});
}

/* URLs of one stretch. */
static void
find_in_range(struct license_scan *scan, struct license_range range)
{
    const uint8_t *text = scan->text.data;
    size_t at = range.start;
    while (at < range.end) {
        const uint8_t *found = memmem(text + at, range.end - at, "://", 3);
        if (!found)
            return;
        size_t colon = (size_t)(found - text), host = colon + 3, end = host, start = colon;
        while (start > range.start && colon - start < 5 && isalpha(text[start - 1]))
            start--;
        while (end < range.end && end - host < URL_MAX && is_url_byte(text[end]))
            end++;
        take_url(scan, start, host, end);
        at = end > host ? end : host;
    }
}

int
license_url_find(struct license_scan *scan)
{
    for (size_t i = 0; i < scan->nranges; i++)
        find_in_range(scan, scan->ranges[i]);
    return PROV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content that acts, and content that is two things at once. Both are reasons for a person to look, and
 * neither may cry wolf: a report that names every second PDF is read by nobody.
 *
 * Active: pickles that import what runs programs; Office documents with macros; PDFs with /JavaScript or
 * /Launch, or an /OpenAction that does more than show a page; SVG with scripts; HTML applications.
 *
 * Polyglot: a PDF header in the first 1,024 bytes of an image or in the headers of an archive, where PDF
 * readers find it; script tags at the start of an image; a tar header, ISO 9660 volume or DICOM magic
 * behind another signature. A PDF that is the first file of a tar or a stored member of a zip is
 * no polyglot, nor is the boot sector of a CD.
 */
#include "inspect/filetype_kind.h"

#include <stdio.h>
#include <string.h>

/* Readers of PDF look for its header so far into a file. */
enum { PDF_HEADER_MAX = 1024 };

static int
hex_value(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* Read a PDF name behind its '/', undoing #xx. @return bytes read */
static size_t
pdf_name(struct bytes rest, char name[32])
{
    size_t at = 0, size = 0;
    while (at < rest.size && size < 31) {
        uint8_t byte = rest.data[at];
        if (byte <= ' ' || byte >= 0x7F || strchr("/[]<>()%{}", byte))
            break;
        if (byte == '#' && rest.size - at > 2 && hex_value(rest.data[at + 1]) >= 0 && hex_value(rest.data[at + 2]) >= 0) {
            byte = (uint8_t)(hex_value(rest.data[at + 1]) << 4 | hex_value(rest.data[at + 2]));
            at += 2;
        }
        name[size++] = (char)byte;
        at++;
    }
    name[size] = 0;
    return at;
}

/* What /OpenAction does: a destination or a reference is how every second PDF shows its first page. */
static bool
opens_with_action(struct bytes rest)
{
    size_t at = 0;
    while (at < rest.size && rest.data[at] <= ' ')
        at++;
    if (!head_is_at(rest, at, "<<"))
        return false;
    struct bytes action = {.data = rest.data + at, .size = rest.size - at < 128 ? rest.size - at : 128};
    return head_has(action, action.size, "/S") && !head_has(action, action.size, "/GoTo");
}

static const char *
active_pdf(struct bytes head)
{
    const uint8_t *end = head.data + head.size;
    char name[32];
    for (const uint8_t *at = head.data; at < end && (at = memchr(at, '/', (size_t)(end - at))); at++) {
        struct bytes rest = {.data = at + 1, .size = (size_t)(end - at - 1)};
        size_t size = pdf_name(rest, name);
        if (strcmp(name, "JavaScript") == 0)
            return "PDF with /JavaScript";
        if (strcmp(name, "Launch") == 0)
            return "PDF with /Launch";
        rest = (struct bytes){.data = rest.data + size, .size = rest.size - size};
        if (strcmp(name, "OpenAction") == 0 && opens_with_action(rest))
            return "PDF with an /OpenAction that is not a destination";
    }
    return NULL;
}

/* Whether text, given in lower case, is in the first limit bytes, in any case. */
static bool
has_caseless(struct bytes head, size_t limit, const char *text)
{
    size_t size = strlen(text), end = head.size < limit ? head.size : limit;
    for (size_t at = 0; at + size <= end; at++) {
        size_t i = 0;
        while (i < size && (head.data[at + i] | (text[i] >= 'a' && text[i] <= 'z' ? 0x20 : 0)) == (uint8_t)text[i])
            i++;
        if (i == size)
            return true;
    }
    return false;
}

static const char *
active_svg(struct bytes head)
{
    static const char *const handlers[] = {"onload=", "onclick=", "onerror=", "onmouseover=", "onbegin=", "onfocus="};
    if (has_caseless(head, head.size, "<script"))
        return "SVG with a script";
    if (has_caseless(head, head.size, "javascript:"))
        return "SVG with a javascript: link";
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++)
        if (has_caseless(head, head.size, handlers[i]))
            return "SVG with an event handler";
    return NULL;
}

const char *
filetype_active(const struct filetype_probe *probe, enum filetype_id id, char *text, size_t text_size)
{
    char import[224];
    switch (id) {
    case FILETYPE_PICKLE:
    case FILETYPE_PYTORCH:
        if (probe->head.data[0] == 'P' || !filetype_pickle_danger(probe->head, import, sizeof import))
            return NULL;
        (void)snprintf(text, text_size, "pickle imports %s", import);
        return text;
    case FILETYPE_PDF:
        return active_pdf(probe->head);
    case FILETYPE_SVG:
        return active_svg(probe->head);
    case FILETYPE_HTA:
        return "HTML application";
    default:
        return filetype_has_macros(probe, id) ? "document with macros" : NULL;
    }
}

/* Whether a PDF header at this place is the start of a stored member's data. */
static bool
is_member_start(struct bytes head, size_t pdf)
{
    for (size_t at = 0; at + 30 < pdf; at++) {
        const uint8_t *header = memmem(head.data + at, pdf - at, "PK\x03\x04", 4);
        if (!header)
            return false;
        at = (size_t)(header - head.data);
        if (pdf - at >= 30 && at + 30 + head_u16le(head, at + 26) + (size_t)head_u16le(head, at + 28) == pdf)
            return true;
    }
    return false;
}

static bool
has_hidden_pdf(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    size_t limit = head.size < PDF_HEADER_MAX ? head.size : PDF_HEADER_MAX;
    const uint8_t *found = limit > 8 ? memmem(head.data + 1, limit - 1, "%PDF-", 5) : NULL;
    size_t at = found ? (size_t)(found - head.data) : 0;
    if (!found || head.size - at < 8 || found[5] < '0' || found[5] > '9' || found[6] != '.')
        return false;
    unsigned groups = FILETYPE_KINDS[id].groups;
    if (id == FILETYPE_PDF || id == FILETYPE_TAR || id == FILETYPE_AR || id == FILETYPE_CPIO || id == FILETYPE_ARC ||
        id == FILETYPE_WARC || (groups & GROUP_TEXT && id != FILETYPE_SVG))
        return false;
    if (groups & GROUP_ARCHIVE && head_is_at(head, 0, "PK"))
        return !is_member_start(head, at);
    return groups & (GROUP_IMAGE | GROUP_MEDIA | GROUP_EXECUTABLE | GROUP_FONT) || id == FILETYPE_RAR ||
           id == FILETYPE_SEVEN_ZIP || id == FILETYPE_GZIP;
}

const char *
filetype_polyglot(const struct filetype_probe *probe, enum filetype_id id, enum filetype_id other, char *text,
                  size_t text_size)
{
    if (id == FILETYPE_COUNT)
        return NULL;
    if (has_hidden_pdf(probe, id)) {
        (void)snprintf(text, text_size, "%s with a PDF header", FILETYPE_KINDS[id].type);
        return text;
    }
    bool picture = id == FILETYPE_GIF || id == FILETYPE_JPEG || id == FILETYPE_PNG || id == FILETYPE_BMP;
    if (picture && (has_caseless(probe->head, 1024, "<script") || head_has(probe->head, 1024, "<?php"))) {
        (void)snprintf(text, text_size, "%s with a script at its start", FILETYPE_KINDS[id].type);
        return text;
    }
    /* Hybrid CD images carry a boot program or a partition table in front of the volume: that is their use. */
    bool usual = other == FILETYPE_COUNT || other == FILETYPE_EXT_FS ||
                 ((other == FILETYPE_ISO || other == FILETYPE_UDF) &&
                  FILETYPE_KINDS[id].groups & (GROUP_EXECUTABLE | GROUP_ARCHIVE) && id != FILETYPE_ZIP) ||
                 FILETYPE_KINDS[id].groups == GROUP_DATA;
    if (usual)
        return NULL;
    (void)snprintf(text, text_size, "%s and %s", FILETYPE_KINDS[id].type, FILETYPE_KINDS[other].type);
    return text;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds of text, by content where content is plain about it and by name else.
 *
 *   <!doctype html>, <html>, ...    HTML, whatever the name says (but templates keep their names)
 *   <?xml ...> and the root         SVG, RSS, Atom, KML, GPX, XHTML, else XML
 *   a JSON value, nothing behind    JSON; a line feed and another one behind: NDJSON
 *   #!, BEGIN:VCARD, diff --git...  what these say
 *   extension, well-known name      source code, CSV, YAML, Markdown, ...
 *
 * JSON is checked by a small lexer over the first 16 KiB, not parsed: that a file is JSON is a hint for its
 * reader, who will find out. Content that says nothing and a name that says nothing are text/plain.
 */
#include "inspect/filetype_kind.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { JSON_LOOK = 16 << 10, MARKUP_LOOK = 4096 };

static bool
is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static struct bytes
skip_spaces(struct bytes text)
{
    while (text.size && is_space(text.data[0])) {
        text.data++;
        text.size--;
    }
    return text;
}

static bool
starts_caseless(struct bytes text, const char *prefix)
{
    size_t size = strlen(prefix);
    return text.size >= size && strncasecmp((const char *)text.data, prefix, size) == 0;
}

enum json_end { JSON_NOT, JSON_OPEN, JSON_CLOSED };

/* Bytes of the string at the start of text, with its quotes; 0 when it does not end there. */
static size_t
json_string_size(struct bytes text)
{
    for (size_t i = 1; i < text.size && text.data[i] != '\n'; i++) {
        if (text.data[i] == '"')
            return i + 1;
        i += text.data[i] == '\\';
    }
    return 0;
}

/* Read one object or array. @param size  bytes of it when it is closed */
static enum json_end
json_read(struct bytes text, size_t *size)
{
    size_t depth = 0;
    bool whole = text.size <= JSON_LOOK;
    text.size = whole ? text.size : JSON_LOOK;
    for (size_t at = 0; at < text.size; at++) {
        uint8_t byte = text.data[at];
        if (byte == '"') {
            size_t skip = json_string_size((struct bytes){.data = text.data + at, .size = text.size - at});
            if (skip == 0)
                return memchr(text.data + at, '\n', text.size - at) ? JSON_NOT : JSON_OPEN;
            at += skip - 1;
        } else if (byte == '{' || byte == '[') {
            depth++;
        } else if (byte == '}' || byte == ']') {
            if (--depth == 0) {
                *size = at + 1;
                return JSON_CLOSED;
            }
        } else if (!is_space(byte) && !strchr(",:+-.0123456789eEtrufalsnNIiy", byte)) {
            return JSON_NOT; /* no letter of true, false, null, NaN, Infinity or a number */
        }
    }
    return JSON_OPEN;
}

static bool
is_json_start(struct bytes text)
{
    struct bytes inside = skip_spaces((struct bytes){.data = text.data + 1, .size = text.size - 1});
    if (inside.size == 0)
        return false;
    if (text.data[0] == '{')
        return inside.data[0] == '"' || inside.data[0] == '}';
    return inside.data[0] && strchr("{[\"]-0123456789tfn", inside.data[0]);
}

/* JSON, NDJSON or neither. */
static enum filetype_id
json_kind(struct bytes text)
{
    size_t size = 0;
    if (text.size < 2 || (text.data[0] != '{' && text.data[0] != '[') || !is_json_start(text))
        return FILETYPE_COUNT;
    enum json_end end = json_read(text, &size);
    if (end != JSON_CLOSED)
        return end == JSON_OPEN ? FILETYPE_JSON : FILETYPE_COUNT;
    struct bytes rest = {.data = text.data + size, .size = text.size - size};
    struct bytes next = skip_spaces(rest);
    if (next.size == 0)
        return FILETYPE_JSON;
    bool new_line = memchr(rest.data, '\n', (size_t)(next.data - rest.data)) != NULL;
    bool again = next.data[0] == text.data[0] && (next.size < 2 || is_json_start(next));
    return new_line && again ? FILETYPE_NDJSON : FILETYPE_COUNT;
}

/* Behind what may precede the root element: declaration, comments, document type. */
static struct bytes
skip_prologue(struct bytes text, bool *is_xml)
{
    static const struct {
        const char *begin, *end;
    } parts[] = {{"<?", "?>"}, {"<!--", "-->"}, {"<!", ">"}};
    *is_xml = bytes_start_with(text, "<?xml");
    for (size_t i = 0; i < sizeof parts / sizeof *parts;) {
        text = skip_spaces(text);
        if (!bytes_start_with(text, parts[i].begin) || starts_caseless(text, "<!doctype html")) {
            i++;
            continue;
        }
        const uint8_t *end = memmem(text.data, text.size, parts[i].end, strlen(parts[i].end));
        if (!end)
            return (struct bytes){0};
        size_t size = (size_t)(end - text.data) + strlen(parts[i].end);
        text = (struct bytes){.data = text.data + size, .size = text.size - size};
        i = 0;
    }
    return text;
}

static bool
is_html_tag(struct bytes text)
{
    static const char *const tags[] = {"<!doctype html", "<html", "<head",  "<body", "<script", "<iframe", "<title",
                                       "<table",         "<div",  "<meta",  "<style", "<h1",    "<frameset"};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        size_t size = strlen(tags[i]);
        if (starts_caseless(text, tags[i]) && (text.size == size || is_space(text.data[size]) || text.data[size] == '>'))
            return true;
    }
    return false;
}

/* The kind by the name of the root element, without its prefix. */
static enum filetype_id
root_kind(struct bytes root)
{
    static const struct {
        const char *name;
        enum filetype_id id;
    } roots[] = {
        {"svg", FILETYPE_SVG},   {"html", FILETYPE_XHTML}, {"rss", FILETYPE_RSS}, {"feed", FILETYPE_ATOM},
        {"kml", FILETYPE_KML},   {"gpx", FILETYPE_GPX},    {"plist", FILETYPE_PLIST},
    };
    size_t start = 1, end = 1;
    while (end < root.size && end < 64 && root.data[end] != '>' && root.data[end] != '/' && !is_space(root.data[end])) {
        if (root.data[end] == ':')
            start = end + 1;
        end++;
    }
    struct bytes name = {.data = root.data + start, .size = end - start};
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (bytes_equal(name, bytes_of(roots[i].name)))
            return roots[i].id;
    return FILETYPE_XML;
}

static enum filetype_id
markup_kind(struct bytes text)
{
    if (text.size < 2 || text.data[0] != '<')
        return FILETYPE_COUNT;
    text.size = text.size < MARKUP_LOOK ? text.size : MARKUP_LOOK;
    bool is_xml;
    struct bytes root = skip_prologue(text, &is_xml);
    if (root.size < 2 || root.data[0] != '<')
        return is_xml ? FILETYPE_XML : FILETYPE_COUNT;
    if (is_xml)
        return starts_caseless(root, "<!doctype html") ? FILETYPE_XHTML : root_kind(root);
    if (head_has(text, text.size, "<hta:application") || head_has(text, text.size, "<HTA:APPLICATION"))
        return FILETYPE_HTA;
    if (is_html_tag(root))
        return FILETYPE_HTML;
    enum filetype_id id = root_kind(root);
    bool named_space = head_has(root, 512, "xmlns");
    return named_space || id == FILETYPE_SVG ? id : FILETYPE_COUNT;
}

static enum filetype_id
script_kind(struct bytes text)
{
    static const struct {
        const char *name;
        enum filetype_id id;
    } interpreters[] = {
        {"python", FILETYPE_PYTHON}, {"perl", FILETYPE_PERL},     {"ruby", FILETYPE_RUBY},
        {"node", FILETYPE_JAVASCRIPT}, {"php", FILETYPE_PHP},     {"lua", FILETYPE_LUA},
        {"awk", FILETYPE_AWK},       {"tclsh", FILETYPE_TCL},     {"wish", FILETYPE_TCL},
        {"Rscript", FILETYPE_R},     {"julia", FILETYPE_JULIA},   {"make", FILETYPE_MAKEFILE},
        {"pwsh", FILETYPE_POWERSHELL}, {"sh", FILETYPE_SHELL},    {"fish", FILETYPE_SHELL},
    };
    const uint8_t *newline = memchr(text.data, '\n', text.size < 256 ? text.size : 256);
    struct bytes line = {.data = text.data, .size = newline ? (size_t)(newline - text.data) : 0};
    for (size_t i = 0; i < sizeof interpreters / sizeof *interpreters; i++)
        if (head_has(line, line.size, interpreters[i].name))
            return interpreters[i].id;
    return FILETYPE_COUNT;
}

/* Whether lines at the start are the header of a mail: three known fields at least, and nothing else. */
static bool
is_mail(struct bytes text)
{
    static const char *const fields[] = {"From:",     "To:",         "Subject:",      "Date:",         "Message-ID:",
                                         "Received:", "Return-Path:", "MIME-Version:", "Delivered-To:", "Content-Type:"};
    size_t nknown = 0;
    for (int i = 0; i < 64 && text.size && text.data[0] != '\n' && text.data[0] != '\r'; i++) {
        const uint8_t *newline = memchr(text.data, '\n', text.size);
        size_t size = newline ? (size_t)(newline - text.data) + 1 : text.size;
        if (!is_space(text.data[0]) && !memchr(text.data, ':', size))
            return false;
        for (size_t field = 0; field < sizeof fields / sizeof *fields; field++)
            nknown += starts_caseless(text, fields[field]);
        text = (struct bytes){.data = text.data + size, .size = text.size - size};
    }
    return nknown >= 3;
}

/* What the first words say. */
static enum filetype_id
opening_kind(struct bytes text)
{
    static const struct {
        const char *opening;
        enum filetype_id id;
    } openings[] = {
        {"<?php", FILETYPE_PHP},           {"BEGIN:VCARD", FILETYPE_VCARD}, {"BEGIN:VCALENDAR", FILETYPE_CALENDAR},
        {"WEBVTT", FILETYPE_WEBVTT},       {"diff --git ", FILETYPE_DIFF},  {"-----BEGIN PGP ", FILETYPE_PGP},
        {"-----BEGIN ", FILETYPE_PEM},     {"%YAML ", FILETYPE_YAML},
    };
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++)
        if (bytes_start_with(text, openings[i].opening))
            return openings[i].id;
    if (bytes_start_with(text, "#!"))
        return script_kind(text);
    if (bytes_start_with(text, "From ") && text.size > 5) {
        const uint8_t *newline = memchr(text.data, '\n', text.size);
        size_t size = newline ? (size_t)(newline - text.data) + 1 : text.size;
        if (is_mail((struct bytes){.data = text.data + size, .size = text.size - size}))
            return FILETYPE_MBOX;
    }
    return is_mail(text) ? FILETYPE_EMAIL : FILETYPE_COUNT;
}

static enum filetype_id
name_kind(struct bytes name, const char *extension, const struct filetype_names *names)
{
    static const struct {
        const char *name;
        enum filetype_id id;
    } known[] = {
        {"Makefile", FILETYPE_MAKEFILE},    {"makefile", FILETYPE_MAKEFILE},     {"GNUmakefile", FILETYPE_MAKEFILE},
        {"Dockerfile", FILETYPE_DOCKERFILE}, {"CMakeLists.txt", FILETYPE_CMAKE}, {"Rakefile", FILETYPE_RUBY},
        {"Gemfile", FILETYPE_RUBY},         {".bashrc", FILETYPE_SHELL},         {".profile", FILETYPE_SHELL},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (bytes_equal(name, bytes_of(known[i].name)))
            return known[i].id;
    return filetype_names_text(names, extension);
}

/* Whether a name leaves it open what the text is: none, .txt, or one of the data formats. */
static bool
is_open(enum filetype_id named)
{
    switch (named) {
    case FILETYPE_COUNT:
    case FILETYPE_PLAIN:
    case FILETYPE_JSON:
    case FILETYPE_NDJSON:
    case FILETYPE_CSV:
    case FILETYPE_TSV:
    case FILETYPE_HTML:
    case FILETYPE_XHTML:
    case FILETYPE_XML:
        return true;
    default:
        return false;
    }
}

enum filetype_id
filetype_text(const struct filetype_probe *probe, const struct filetype_names *names)
{
    struct bytes text = probe->head;
    if (bytes_start_with(text, "\xEF\xBB\xBF"))
        text = (struct bytes){.data = text.data + 3, .size = text.size - 3};
    text = skip_spaces(text);
    enum filetype_id named = name_kind(probe->name, probe->extension, names);
    enum filetype_id found = markup_kind(text);
    if (found == FILETYPE_SVG || found == FILETYPE_HTA)
        return found;
    if (found == FILETYPE_COUNT)
        found = json_kind(text);
    if (found == FILETYPE_COUNT)
        found = opening_kind(text);
    /* The first line of a .json that is longer than the look: its name knows better. */
    if (found == FILETYPE_JSON && named == FILETYPE_NDJSON)
        return named;
    if (found != FILETYPE_COUNT && is_open(named))
        return found;
    if (named != FILETYPE_COUNT)
        return named;
    return found != FILETYPE_COUNT ? found : FILETYPE_PLAIN;
}

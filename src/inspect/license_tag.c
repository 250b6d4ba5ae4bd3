/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Licenses stated for machines: SPDX tags and the license fields of metadata.
 *
 *     // SPDX-License-Identifier: MIT OR GPL-2.0+        any comment style
 *     license: cc-by-4.0                                  card front matter, DEP-5, RPM spec, CITATION.cff
 *     "license": "MIT"   license = "MIT"                  package.json, Cargo.toml, rows of JSON Lines
 *     licenses: [mit, apache-2.0]                         lists, also one item a line
 *     <license><name>The Apache License</name>            Maven
 *     License :: OSI Approved :: BSD License              Python classifiers
 *     MODULE_LICENSE("Dual MIT/GPL")                      calls
 *
 * The value is tried as a key of the lexicon, as an expression, as pieces joined by "or", "and", "/" or ",",
 * and as a name. A value that is none of these is prose and left to license_statement.c, so that code
 * such as `license = load(path)` gives nothing.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/status.h"
#include "inspect/license_scan.h"
#include "model/fact.h"

enum { VALUE_MAX = 240, PIECES_MAX = 16, LIST_MAX = 32 };

static bool
is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static size_t
skip_blanks(struct bytes text, size_t at)
{
    while (at < text.size && is_blank(text.data[at]))
        at++;
    return at;
}

static struct bytes
cut(struct bytes text, size_t from, size_t until)
{
    return (struct bytes){.data = text.data + from, .size = until - from};
}

/* Without the white space and the punctuation that belong to the syntax around it. */
static struct bytes
trimmed(struct bytes value)
{
    while (value.size && (value.data[0] <= ' ' || strchr("\"'`[{<*", value.data[0]) ||
                          (value.data[0] == '\\' && value.size > 1)))
        value = cut(value, 1, value.size);
    while (value.size &&
           (value.data[value.size - 1] <= ' ' || strchr("\"'`]},;>*\\", value.data[value.size - 1]) ||
            (value.data[value.size - 1] == '.' && value.size > 1 && !isdigit(value.data[value.size - 2]))))
        value.size--;
    return value;
}

static const char *
canonical(struct license_scan *scan, struct bytes text, bool must_be_known)
{
    struct spdx_names names = license_lexicon_names(scan->lexicon);
    struct buf code = {0};
    bool known = false;
    const char *kept = NULL;
    if (spdx_expression_canonical(text, &names, &code, &known) == PROV_OK && (known || !must_be_known) &&
        code.size <= 1000)
        kept = arena_text(&scan->arena, buf_bytes(&code));
    buf_finish(&code);
    return kept;
}

/* The value as a key, in lower case and with single spaces. */
static const char *
as_key(const struct license_scan *scan, struct bytes value)
{
    char key[VALUE_MAX];
    size_t size = 0;
    for (size_t i = 0; i < value.size && size + 1 < sizeof key; i++) {
        uint8_t byte = value.data[i] <= ' ' ? ' ' : value.data[i];
        if (byte != ' ' || (size && key[size - 1] != ' '))
            key[size++] = (char)byte;
    }
    return license_lexicon_key(scan->lexicon, (struct bytes){.data = (const uint8_t *)key, .size = size});
}

/* The value as a name that fills most of it. */
static const char *
as_name(struct license_scan *scan, struct bytes value)
{
    uint32_t first = license_scan_token_at(scan, (size_t)(value.data - scan->text.data));
    uint32_t end = license_scan_token_at(scan, (size_t)(value.data - scan->text.data) + value.size);
    uint32_t start = first;
    struct license_named named;
    while (start < end && license_scan_classes(scan, start) & (WORD_FILL | WORD_VERSION) &&
           !license_name_at(scan, start, &named))
        start++;
    if (start >= end || !license_name_at(scan, start, &named) || named.end > end + 1)
        return NULL;
    uint32_t rest = end > named.end ? end - named.end : 0;
    for (uint32_t i = named.end; i < end; i++)
        if (license_scan_classes(scan, i) &
            (WORD_FILL | WORD_LATER | WORD_OR | WORD_VERSION | WORD_PORT | WORD_ONLY))
            rest--;
    return rest <= (named.end - start) / 2 ? named.code : NULL;
}

static const char *
one_code(struct license_scan *scan, struct bytes value)
{
    const char *code = as_key(scan, value);
    if (!code)
        code = canonical(scan, value, true);
    return code ? code : as_name(scan, value);
}

/* Where pieces of a value are joined. @return bytes of the joint at text[at], 0 when there is none */
static size_t
joint_at(struct bytes value, size_t at, const char **op)
{
    static const struct {
        const char *text, *op;
    } joints[] = {{" or ", " OR "}, {" and ", " AND "}, {" | ", " OR "}, {"|", " OR "}, {", ", " AND "},
                  {";", " AND "},   {" & ", " AND "},   {" / ", " OR "}, {"/", " OR "}};
    for (size_t i = 0; i < sizeof joints / sizeof joints[0]; i++) {
        size_t size = strlen(joints[i].text);
        if (value.size - at > size && strncasecmp((const char *)value.data + at, joints[i].text, size) == 0) {
            *op = joints[i].op;
            return size;
        }
    }
    return 0;
}

/* "GPL-2+ or Artistic", "Dual MIT/GPL", "MIT, Apache-2.0": every piece must be known. */
static const char *
joined_code(struct license_scan *scan, struct bytes value)
{
    struct buf expression = {0};
    const char *op = NULL, *code = NULL;
    bool known = true;
    size_t from = 0, npieces = 0;
    if (value.size > 5 && strncasecmp((const char *)value.data, "dual ", 5) == 0)
        value = cut(value, 5, value.size);
    for (size_t at = 0; at <= value.size && known; at++) {
        size_t joint = at < value.size ? joint_at(value, at, &op) : 0;
        if (!joint && at < value.size)
            continue;
        const char *piece = one_code(scan, trimmed(cut(value, from, at)));
        known = piece && ++npieces <= PIECES_MAX && buf_printf(&expression, "(%s)", piece) == PROV_OK;
        if (known && joint)
            known = buf_append_text(&expression, op) == PROV_OK;
        at += joint ? joint - 1 : 0;
        from = at + 1;
    }
    if (known && npieces > 1)
        code = canonical(scan, buf_bytes(&expression), false);
    buf_finish(&expression);
    return code;
}

/* "GPL-2+ with OpenSSL exception": what is before "with", when what is behind it is no exception of the list.
 */
static const char *
with_code(struct license_scan *scan, struct bytes value)
{
    for (size_t i = 1; i + 6 < value.size; i++)
        if (strncasecmp((const char *)value.data + i, " with ", 6) == 0)
            return one_code(scan, trimmed(cut(value, 0, i)));
    return NULL;
}

static void
add_tag(struct license_scan *scan, const char *code, uint32_t first, struct bytes value, size_t start)
{
    size_t end = (size_t)(value.data - scan->text.data) + value.size;
    uint32_t last = license_scan_token_at(scan, end);
    license_scan_add(scan, (struct license_evidence){.kind = EVIDENCE_TAG,
                                                     .level = LICENSE_TAG,
                                                     .code = code,
                                                     .first = first,
                                                     .end = last > first ? last : first + 1,
                                                     .offset = (uint32_t)start,
                                                     .length = (uint32_t)(end - start)});
}

/* Codes that say that nothing is said: worth reporting from metadata, not from any code with the word in it.
 */
static bool
says_little(const char *code)
{
    return strcmp(code, "LicenseRef-unknown") == 0 || strcmp(code, "LicenseRef-other") == 0 ||
           strcmp(code, "LicenseRef-proprietary") == 0;
}

/* @param alone  the value is one of several: its place is its own, not that of the key */
static bool
take_value(struct license_scan *scan, uint32_t key, struct bytes value, bool alone)
{
    value = trimmed(value);
    if (value.size == 0 || value.size > VALUE_MAX)
        return false;
    const char *code = one_code(scan, value);
    if (!code)
        code = joined_code(scan, value);
    if (!code)
        code = with_code(scan, value);
    if (!code || (says_little(code) && !(scan->tokens.tokens[key].flags & TOKEN_LINE_START)))
        return false;
    size_t start = (size_t)(value.data - scan->text.data);
    if (alone)
        add_tag(scan, code, license_scan_token_at(scan, start), value, start);
    else
        add_tag(scan, code, key, value, scan->tokens.tokens[key].offset);
    return true;
}

/* The end of a value that begins at text[at]: of the string when it is quoted, else of the line. */
static size_t
value_end(struct bytes text, size_t at, size_t *start)
{
    uint8_t quote = at < text.size ? text.data[at] : 0;
    bool escaped = quote == '\\' && at + 1 < text.size && text.data[at + 1] == '"';
    *start = at;
    if (escaped || quote == '"' || quote == '\'' || quote == '`') {
        *start = at + 1 + escaped;
        size_t end = *start;
        while (end < text.size && end - *start <= VALUE_MAX && text.data[end] != '\n' &&
               text.data[end] != (escaped ? '\\' : quote))
            end++;
        return end;
    }
    size_t end = at;
    while (end < text.size && end - at <= VALUE_MAX && text.data[end] != '\n' && text.data[end] != '<' &&
           text.data[end] != '"' &&
           !(text.data[end] == '\\' && end + 1 < text.size && text.data[end + 1] == 'n') &&
           !(text.data[end] == ' ' && end + 1 < text.size && text.data[end + 1] == '#') &&
           !(text.data[end] == '*' && end + 1 < text.size && text.data[end + 1] == '/'))
        end++;
    return end;
}

/* The strings of a list "[a, 'b']" or of an object that name a license; each is a value. */
static void
take_bracket(struct license_scan *scan, uint32_t key, size_t at)
{
    struct bytes text = scan->text;
    size_t limit = text.size - at > 1024 ? at + 1024 : text.size;
    size_t from = at + 1;
    int nvalues = 0, depth = 1;
    for (size_t i = at + 1; i < limit && nvalues < LIST_MAX && depth > 0; i++) {
        uint8_t byte = text.data[i];
        depth += byte == '{' || byte == '[';
        depth -= byte == '}' || byte == ']';
        if (byte != ',' && byte != ']' && byte != '}')
            continue;
        struct bytes value = cut(text, from, i);
        const uint8_t *mark = memchr(value.data, ':', value.size);
        if (!mark)
            mark = memchr(value.data, '=', value.size);
        if (mark && !(mark + 2 < value.data + value.size && mark[1] == '/' && mark[2] == '/'))
            value = cut(value, (size_t)(mark - value.data) + 1, value.size);
        nvalues += take_value(scan, key, value, true);
        from = i + 1;
    }
}

/* "- mit" on the lines below a key. */
static void
take_lines(struct license_scan *scan, uint32_t key, size_t at)
{
    struct bytes text = scan->text;
    for (int nvalues = 0; nvalues < LIST_MAX && at < text.size && text.data[at] == '\n'; nvalues++) {
        size_t dash = skip_blanks(text, at + 1), start = 0;
        if (dash + 1 >= text.size || text.data[dash] != '-' || text.data[dash + 1] != ' ')
            return;
        size_t end = value_end(text, skip_blanks(text, dash + 1), &start);
        if (!take_value(scan, key, cut(text, start, end), true))
            return;
        at = end;
        while (at < text.size && text.data[at] != '\n')
            at++;
    }
}

/* Behind "<license>": the place behind an inner <name>, <id> or <expression>, or the same place. */
static size_t
skip_inner_tag(struct bytes text, size_t at)
{
    static const char *const tags[] = {"<name>", "<id>", "<expression>"};
    size_t inner = at;
    while (inner < text.size && inner - at < 64 && text.data[inner] <= ' ')
        inner++;
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        size_t size = strlen(tags[i]);
        if (text.size - inner > size && strncasecmp((const char *)text.data + inner, tags[i], size) == 0)
            return inner + size;
    }
    return at;
}

/* Words before a key on its line that make it no field of a record: "supported licenses:", "choose a
 * license:". */
static bool
is_talked_about(const struct license_scan *scan, uint32_t key)
{
    const struct license_token *tokens = scan->tokens.tokens;
    for (uint32_t i = key; i > 0 && key - i < 4 && tokens[i - 1].line == tokens[key].line; i--) {
        if (license_scan_breaks_after(scan, i - 1) ||
            tokens[i].offset > tokens[i - 1].offset + tokens[i - 1].length + 1u)
            return false;
        if (license_scan_classes(scan, i - 1) & (WORD_NEGATE | WORD_CHOICE))
            return true;
    }
    return false;
}

/*
 * In a tag the value stands in another attribute, or behind the tag:
 *
 *     <meta name="dc.rights" content="CC BY 4.0">     <license type="expression">MIT</license>
 *
 * @return the place before the '=' or '>' that the value follows; at itself when there is none
 */
static size_t
skip_attribute(struct bytes text, size_t key, size_t at)
{
    static const char *const names[] = {"content=", "resource=", "text="};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t size = strlen(names[i]);
        if (text.size - at > size && strncasecmp((const char *)text.data + at, names[i], size) == 0)
            return at + size - 1;
    }
    if (key == 0 || text.data[key - 1] != '<')
        return at;
    for (size_t i = at; i < text.size && i - at < 80 && text.data[i] != '<'; i++)
        if (text.data[i] == '>')
            return i;
    return at;
}

/*
 * MODULE_LICENSE of Linux drivers. The kernel's own rules say what its values mean: "GPL" and "GPL v2" are
 * version 2 and do not tell only from later; that is for the notice or tag of the file to say, so this counts
 * only without one.
 *
 * Source: Documentation/process/license-rules.rst of Linux.
 */
static bool
take_module(struct license_scan *scan, uint32_t key, struct bytes value)
{
    static const char prefix[] = "MODULE_";
    static const struct {
        const char *value, *code;
    } modules[] = {{"GPL", "GPL-2.0-only"},
                   {"GPL v2", "GPL-2.0-only"},
                   {"GPL and additional rights", "GPL-2.0-only"},
                   {"Dual BSD/GPL", "BSD-3-Clause OR GPL-2.0-only"},
                   {"Dual MIT/GPL", "GPL-2.0-only OR MIT"}};
    size_t offset = scan->tokens.tokens[key].offset, size = sizeof prefix - 1;
    if (offset < size || memcmp(scan->text.data + offset - size, prefix, size) != 0)
        return false;
    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) {
        if (!bytes_equal(value, bytes_of(modules[i].value)))
            continue;
        size_t before = scan->nevidence;
        add_tag(scan, modules[i].code, key, value, offset);
        if (scan->nevidence > before)
            scan->evidence[before].received = true;
        return true;
    }
    return false;
}

/* What follows a word "license": is it a field, and what does it hold? */
static void
take_field(struct license_scan *scan, uint32_t key, uint32_t last)
{
    const struct license_token *token = &scan->tokens.tokens[last];
    struct bytes text = scan->text;
    size_t at = (size_t)token->offset + token->length, start = 0;
    while (at < text.size && at - token->offset < 24 && strchr("\"'`\\*]_", text.data[at]))
        at++;
    bool glued = at < text.size && text.data[at] == '(';
    at = skip_attribute(text, scan->tokens.tokens[key].offset, skip_blanks(text, at));
    if (at >= text.size)
        return;
    uint8_t mark = text.data[at];
    /* "License :: OSI" is a classifier, "License::gpl" a name in a program. */
    if (mark == ':' && at + 2 < text.size && text.data[at + 1] == ':' && !is_blank(text.data[at + 2]))
        return;
    /* A comparison states nothing, and neither do "supported licenses: ...". */
    if (mark == '=' && at + 1 < text.size && text.data[at + 1] == '=')
        return;
    if (is_talked_about(scan, key))
        return;
    bool call =
        mark == '(' && glued && at + 1 < text.size && (text.data[at + 1] == '"' || text.data[at + 1] == '\'');
    if (mark != ':' && mark != '=' && mark != '>' && !call)
        return;
    at++;
    while (at < text.size && strchr(":=>*", text.data[at]))
        at++;
    at = skip_blanks(text, at);
    if (mark == '>')
        at = skip_inner_tag(text, at);
    if (at >= text.size)
        return;
    if (text.data[at] == '[' || text.data[at] == '{') {
        take_bracket(scan, key, at);
    } else if (text.data[at] == '\n' && mark != '>') {
        take_lines(scan, key, at);
    } else {
        size_t end = value_end(text, at, &start);
        if (!call || !take_module(scan, key, cut(text, start, end)))
            (void)take_value(scan, key, cut(text, start, end), false);
    }
}

/* Words that make a field of the word "license" before them: license_expression, licenseDeclared, "license
 * name". */
static bool
extends_key(const struct license_scan *scan, uint32_t token)
{
    const struct license_token *tokens = scan->tokens.tokens;
    return token < scan->tokens.ntokens && tokens[token].line == tokens[token - 1].line &&
           tokens[token].offset <= tokens[token - 1].offset + tokens[token - 1].length + 1 &&
           license_scan_classes(scan, token) & WORD_KEY_MORE;
}

/* An id that the list does not have is kept when it is made like one; "phrase" and "id" are not. */
static bool
looks_like_id(struct bytes value)
{
    bool digit = false, dash = false;
    for (size_t i = 0; i < value.size; i++) {
        digit = digit || isdigit(value.data[i]);
        dash = dash || value.data[i] == '-';
    }
    return digit && dash;
}

/* "SPDX-License-Identifier" and what follows it. The longest beginning that is an expression counts. */
static void
take_spdx(struct license_scan *scan, uint32_t first)
{
    const struct license_token *last = &scan->tokens.tokens[first + 2];
    struct bytes text = scan->text;
    size_t at = (size_t)last->offset + last->length, start = 0;
    while (at < text.size && (is_blank(text.data[at]) || strchr("\"'*`", text.data[at])))
        at++;
    if (at >= text.size || (text.data[at] != ':' && text.data[at] != '='))
        return;
    size_t end = value_end(text, skip_blanks(text, at + 1), &start);
    struct bytes value = trimmed(cut(text, start, end));
    if (value.size && value.data[value.size - 1] != ')' && memchr(value.data, '(', value.size) &&
        end < text.size && text.data[end] == ')')
        value.size++;
    while (value.size) {
        const char *code = canonical(scan, value, true);
        if (!code && looks_like_id(value))
            code = canonical(scan, value, false);
        if (code) {
            add_tag(scan, code, first, value, scan->tokens.tokens[first].offset);
            return;
        }
        while (value.size && !is_blank(value.data[value.size - 1]))
            value.size--;
        value = trimmed(value);
    }
}

int
license_tag_find(struct license_scan *scan)
{
    for (uint32_t i = 0; i < scan->tokens.ntokens; i++) {
        uint64_t classes = license_scan_classes(scan, i);
        if (classes & WORD_SPDX && i + 2 < scan->tokens.ntokens &&
            license_scan_classes(scan, i + 1) & WORD_KEY &&
            license_scan_classes(scan, i + 2) & WORD_IDENTIFIER) {
            take_spdx(scan, i);
            i += 2;
        } else if (classes & WORD_KEY && !license_scan_text_over(scan, i)) {
            take_field(scan, i, extends_key(scan, i + 1) ? i + 1 : i);
        }
    }
    return PROV_OK;
}

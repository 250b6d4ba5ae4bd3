/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A strict JSON parser for our own small files (RFC 8259), into a tree in an arena.
 *
 * Why not a library. A policy decides what is lawful, so nothing in it may be read in two ways. cJSON takes
 * leading zeros, "2.", raw control characters and wrong escapes, ends strings at \u0000, rounds integers
 * beyond 2^53, keeps the first of two equal keys and tells no line. To close that it takes a complete checker
 * of the grammar in front, and a checker that also builds the tree is shorter than a checker plus a library
 * plus the test that the two always agree.
 *
 * Beyond the grammar these are refused: a byte order mark, invalid UTF-8, surrogates that are no pair,
 * \u0000, two equal keys in one object, nesting beyond LIMIT_POLICY_DEPTH.
 *
 * The loop keeps its place in the tree itself (node->parent), so depth costs no stack:
 *
 *     value ── '[' or '{' ──► first value inside        (go down)
 *       │
 *       └── after it:  ','  ──► next value in the same container
 *                      ']' '}' ──► after the container   (go up)
 */
#include "base/json_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"

enum { FEW_MEMBERS = 12 };

struct parser {
    const char *name; /**< of the file */
    const uint8_t *at, *end;
    unsigned line;
    unsigned depth;   /**< containers that are open */
    unsigned nvalues; /**< so far */
    struct arena *arena;
    struct err *err;
};

static int
syntax_error(const struct parser *parser, const char *words)
{
    return err_set(parser->err, PROV_E_POLICY, "%s:%u: %s", parser->name, parser->line, words);
}

static int
out_of_memory(const struct parser *parser)
{
    return err_set(parser->err, PROV_E_MEMORY, "%s: out of memory", parser->name);
}

/* Say what stands where something else was expected. */
static int
unexpected(const struct parser *parser, const char *wanted)
{
    char words[96];
    if (parser->at == parser->end)
        (void)snprintf(words, sizeof words, "ends where %s is expected", wanted);
    else if (*parser->at > 0x20 && *parser->at < 0x7f)
        (void)snprintf(words, sizeof words, "'%c' where %s is expected", *parser->at, wanted);
    else
        (void)snprintf(words, sizeof words, "byte 0x%02x where %s is expected", *parser->at, wanted);
    return syntax_error(parser, words);
}

static void
skip_space(struct parser *parser)
{
    for (; parser->at < parser->end; parser->at++) {
        if (*parser->at == '\n')
            parser->line++;
        else if (*parser->at != ' ' && *parser->at != '\t' && *parser->at != '\r')
            return;
    }
}

static bool
next_is(const struct parser *parser, uint8_t byte)
{
    return parser->at < parser->end && *parser->at == byte;
}

/* The four digits behind \u; -1 when they are not there. */
static int
hex4(const uint8_t *at, const uint8_t *end)
{
    int value = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        uint8_t byte = at[i];
        int digit;
        if (byte >= '0' && byte <= '9')
            digit = byte - '0';
        else if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f')
            digit = (byte | 0x20) - 'a' + 10;
        else
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* Decode a \u escape; at is behind the 'u'. */
static int
parse_unicode_escape(struct parser *parser, uint8_t **out)
{
    int unit = hex4(parser->at, parser->end);
    if (unit < 0)
        return syntax_error(parser, "\\u without four hexadecimal digits");
    parser->at += 4;
    uint32_t code = (uint32_t)unit;
    if (code == 0)
        return syntax_error(parser, "\\u0000 in a string");
    if (code >= 0xd800 && code <= 0xdfff) {
        int low =
            code < 0xdc00 && parser->end - parser->at >= 6 && parser->at[0] == '\\' && parser->at[1] == 'u'
                ? hex4(parser->at + 2, parser->end)
                : -1;
        if (low < 0xdc00 || low > 0xdfff)
            return syntax_error(parser, "half of a surrogate pair");
        parser->at += 6;
        code = 0x10000 + ((code - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
    }
    *out += utf8_encode(code, *out);
    return PROV_OK;
}

static int
parse_escape(struct parser *parser, uint8_t **out)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    uint8_t letter = parser->at < parser->end ? *parser->at : 0;
    if (letter == 'u') {
        parser->at++;
        return parse_unicode_escape(parser, out);
    }
    const char *found = letter ? strchr(letters, letter) : NULL;
    if (!found)
        return syntax_error(parser, "unknown escape in a string");
    parser->at++;
    *(*out)++ = (uint8_t)meanings[found - letters];
    return PROV_OK;
}

/* Bytes up to the closing quote; at is behind the opening one. */
static int
measure_string(const struct parser *parser, size_t *size)
{
    const uint8_t *at = parser->at;
    while (at < parser->end && *at != '"')
        at += *at == '\\' ? 2 : 1;
    if (at >= parser->end)
        return syntax_error(parser, "a string without its closing quote");
    *size = (size_t)(at - parser->at);
    return PROV_OK;
}

/* at is on the opening quote, and then behind the closing one. */
static int
parse_string(struct parser *parser, const char **text)
{
    size_t size = 0;
    parser->at++;
    TRY(measure_string(parser, &size));
    uint8_t *start = arena_alloc(parser->arena, size + 1); /* decoding never grows */
    if (!start)
        return out_of_memory(parser);
    uint8_t *out = start;
    while (*parser->at != '"') {
        uint32_t code;
        size_t width = utf8_decode(parser->at, (size_t)(parser->end - parser->at), &code);
        if (width == 0)
            return syntax_error(parser, "invalid UTF-8 in a string");
        if (code < 0x20)
            return syntax_error(parser, "a control character in a string; write it as an escape");
        if (code == '\\') {
            parser->at++;
            TRY(parse_escape(parser, &out));
            continue;
        }
        memcpy(out, parser->at, width);
        out += width;
        parser->at += width;
    }
    parser->at++;
    *out = 0;
    *text = (const char *)start;
    return PROV_OK;
}

static size_t
skip_digits(struct parser *parser)
{
    const uint8_t *start = parser->at;
    while (parser->at < parser->end && *parser->at >= '0' && *parser->at <= '9')
        parser->at++;
    return (size_t)(parser->at - start);
}

static int
parse_number(struct parser *parser, const char **text)
{
    const uint8_t *start = parser->at;
    if (next_is(parser, '-'))
        parser->at++;
    bool zero = next_is(parser, '0');
    size_t ndigits = skip_digits(parser);
    if (ndigits == 0)
        return unexpected(parser, "a digit");
    if (zero && ndigits > 1)
        return syntax_error(parser, "a number with a leading zero");
    if (next_is(parser, '.')) {
        parser->at++;
        if (skip_digits(parser) == 0)
            return unexpected(parser, "a digit");
    }
    if (next_is(parser, 'e') || next_is(parser, 'E')) {
        parser->at++;
        if (next_is(parser, '+') || next_is(parser, '-'))
            parser->at++;
        if (skip_digits(parser) == 0)
            return unexpected(parser, "a digit");
    }
    *text = arena_text(parser->arena, (struct bytes){.data = start, .size = (size_t)(parser->at - start)});
    return *text ? PROV_OK : out_of_memory(parser);
}

static int
parse_word(struct parser *parser, struct json_node *node)
{
    static const struct {
        const char *word;
        enum json_type type;
        bool is_true;
    } words[] = {{"true", JSON_BOOL, true}, {"false", JSON_BOOL, false}, {"null", JSON_NULL, false}};
    struct bytes rest = {.data = parser->at, .size = (size_t)(parser->end - parser->at)};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (bytes_start_with(rest, words[i].word)) {
            node->type = words[i].type;
            node->is_true = words[i].is_true;
            parser->at += strlen(words[i].word);
            return PROV_OK;
        }
    return unexpected(parser, "a value");
}

/* Parse what is no container; for one, only its opening bracket. */
static int
parse_value(struct parser *parser, struct json_node *node)
{
    uint8_t byte = parser->at < parser->end ? *parser->at : 0;
    if (byte == '{' || byte == '[') {
        if (parser->depth == LIMIT_POLICY_DEPTH)
            return syntax_error(parser, "nested too deep");
        node->type = byte == '{' ? JSON_OBJECT : JSON_ARRAY;
        parser->depth++;
        parser->at++;
        return PROV_OK;
    }
    if (byte == '"') {
        node->type = JSON_STRING;
        return parse_string(parser, &node->text);
    }
    if (byte == '-' || (byte >= '0' && byte <= '9')) {
        node->type = JSON_NUMBER;
        return parse_number(parser, &node->text);
    }
    return parse_word(parser, node);
}

static int
add_node(struct parser *parser, struct json_node *parent, struct json_node **out)
{
    if (parser->nvalues++ == LIMIT_POLICY_VALUES)
        return syntax_error(parser, "too many values");
    struct json_node *node = arena_alloc(parser->arena, sizeof *node);
    if (!node)
        return out_of_memory(parser);
    node->line = parser->line;
    node->parent = parent;
    if (parent && parent->type == JSON_OBJECT) {
        if (!next_is(parser, '"'))
            return unexpected(parser, "a key");
        TRY(parse_string(parser, &node->key));
        skip_space(parser);
        if (!next_is(parser, ':'))
            return unexpected(parser, "':'");
        parser->at++;
        skip_space(parser);
    }
    if (parent) {
        node->index = parent->count++;
        if (parent->last)
            parent->last->next = node;
        else
            parent->first = node;
        parent->last = node;
    }
    *out = node;
    return PROV_OK;
}

/* Equal keys side by side, the later one in the file behind. */
static int
compare_keys(const void *a, const void *b)
{
    const struct json_node *left = *(const struct json_node *const *)a,
                           *right = *(const struct json_node *const *)b;
    int order = strcmp(left->key, right->key);
    return order ? order : (left->index > right->index) - (left->index < right->index);
}

static int
check_keys(struct parser *parser, const struct json_node *object)
{
    const struct json_node *few[FEW_MEMBERS], **sorted = few;
    if (object->count > FEW_MEMBERS)
        sorted = arena_array(parser->arena, object->count, sizeof(const void *));
    if (!sorted)
        return out_of_memory(parser);
    size_t count = 0;
    for (const struct json_node *node = object->first; node; node = node->next)
        sorted[count++] = node;
    qsort(sorted, count, sizeof(const void *), compare_keys);
    for (size_t i = 1; i < count; i++)
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0)
            return json_node_fail(parser->name, sorted[i], parser->err, "duplicate key");
    return PROV_OK;
}

static int
close_container(struct parser *parser, const struct json_node *container)
{
    parser->depth--;
    parser->at++;
    return container->type == JSON_OBJECT ? check_keys(parser, container) : PROV_OK;
}

static bool
at_closing(const struct parser *parser, const struct json_node *container)
{
    return next_is(parser, container->type == JSON_OBJECT ? '}' : ']');
}

/* After a value: leave the containers that end here, up to a comma or the end of the text. */
static int
leave_containers(struct parser *parser, struct json_node **container)
{
    for (skip_space(parser); *container; skip_space(parser)) {
        if (at_closing(parser, *container)) {
            TRY(close_container(parser, *container));
            *container = (*container)->parent;
        } else if (next_is(parser, ',')) {
            parser->at++;
            break;
        } else {
            return unexpected(parser, (*container)->type == JSON_OBJECT ? "',' or '}'" : "',' or ']'");
        }
    }
    skip_space(parser);
    return PROV_OK;
}

/* Parse one value and all in it. */
static int
parse_tree(struct parser *parser, struct json_node **root)
{
    struct json_node *container = NULL;
    TRY(add_node(parser, NULL, root));
    struct json_node *node = *root;
    do {
        TRY(parse_value(parser, node));
        bool opened = node->type == JSON_OBJECT || node->type == JSON_ARRAY;
        skip_space(parser);
        if (opened)
            container = node;
        if (!opened || at_closing(parser, container))
            TRY(leave_containers(parser, &container));
        if (container)
            TRY(add_node(parser, container, &node));
    } while (container);
    return PROV_OK;
}

int
json_parse(const char *name, struct bytes text, struct arena *arena, struct json_node **root, struct err *err)
{
    struct parser parser = {.name = name, .line = 1, .arena = arena, .err = err};
    parser.at = text.size ? text.data : (const uint8_t *)"";
    parser.end = parser.at + text.size;
    if (bytes_start_with(text, "\xef\xbb\xbf"))
        return syntax_error(&parser, "begins with a byte order mark");
    skip_space(&parser);
    TRY(parse_tree(&parser, root));
    if (parser.at != parser.end)
        return unexpected(&parser, "the end");
    return PROV_OK;
}

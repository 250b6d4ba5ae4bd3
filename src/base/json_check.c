/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A strict check of JSON (RFC 8259) in front of cJSON.
 *
 * A policy decides what is lawful, so nothing in it may be read in two ways. cJSON takes leading zeros, "2.",
 * raw control characters and wrong escapes, ends strings at \u0000, cuts numbers at 63 characters and tells
 * no line. So every byte is checked here first, with the line of what is wrong, and cJSON (json_tree.c) only
 * builds the tree of a text that it cannot misread. Where each value stands is noted for the messages and the
 * exact numbers of later readers.
 *
 * Beyond the grammar these are refused: a byte order mark, invalid UTF-8, surrogates that are no pair,
 * \u0000, numbers of more than 63 characters, nesting beyond LIMIT_POLICY_DEPTH, more than
 * LIMIT_POLICY_VALUES.
 *
 *     value ── '[' or '{' ──► first value inside        (go down)
 *       │
 *       └── after it:  ','  ──► next value in the same container
 *                      ']' '}' ──► after the container   (go up)
 */
#include "base/json_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"

enum { NUMBER_BYTES_MAX = 63 };

struct checker {
    const char *name; /**< of the file */
    const uint8_t *start, *at, *end;
    unsigned line;
    char open[LIMIT_POLICY_DEPTH]; /**< '[' or '{' of each container around the place, outermost first */
    unsigned depth;
    struct json_marks *marks;
    struct err *err;
};

static int
syntax_error(const struct checker *checker, const char *words)
{
    return err_set(checker->err, PROV_E_POLICY, "%s:%u: %s", checker->name, checker->line, words);
}

/* Say what stands where something else was expected. */
static int
unexpected(const struct checker *checker, const char *wanted)
{
    char words[96];
    if (checker->at == checker->end)
        (void)snprintf(words, sizeof words, "ends where %s is expected", wanted);
    else if (*checker->at > 0x20 && *checker->at < 0x7f)
        (void)snprintf(words, sizeof words, "'%c' where %s is expected", *checker->at, wanted);
    else
        (void)snprintf(words, sizeof words, "byte 0x%02x where %s is expected", *checker->at, wanted);
    return syntax_error(checker, words);
}

static void
skip_space(struct checker *checker)
{
    for (; checker->at < checker->end; checker->at++) {
        if (*checker->at == '\n')
            checker->line++;
        else if (*checker->at != ' ' && *checker->at != '\t' && *checker->at != '\r')
            return;
    }
}

static bool
next_is(const struct checker *checker, uint8_t byte)
{
    return checker->at < checker->end && *checker->at == byte;
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

/* at is behind the 'u'. */
static int
check_unicode_escape(struct checker *checker)
{
    int unit = hex4(checker->at, checker->end);
    if (unit < 0)
        return syntax_error(checker, "\\u without four hexadecimal digits");
    checker->at += 4;
    if (unit == 0)
        return syntax_error(checker, "\\u0000 in a string");
    if (unit < 0xd800 || unit > 0xdfff)
        return PROV_OK;
    bool paired =
        unit < 0xdc00 && checker->end - checker->at >= 6 && checker->at[0] == '\\' && checker->at[1] == 'u';
    int low = paired ? hex4(checker->at + 2, checker->end) : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return syntax_error(checker, "half of a surrogate pair");
    checker->at += 6;
    return PROV_OK;
}

/* at is behind the backslash. */
static int
check_escape(struct checker *checker)
{
    if (checker->at == checker->end)
        return syntax_error(checker, "a string without its closing quote");
    uint8_t letter = *checker->at++;
    if (letter == 'u')
        return check_unicode_escape(checker);
    return letter && strchr("\"\\/bfnrt", letter) ? PROV_OK
                                                  : syntax_error(checker, "unknown escape in a string");
}

/* at is on the opening quote, and then behind the closing one. */
static int
check_string(struct checker *checker)
{
    checker->at++;
    while (checker->at < checker->end && *checker->at != '"') {
        uint32_t code;
        size_t width = utf8_decode(checker->at, (size_t)(checker->end - checker->at), &code);
        if (width == 0)
            return syntax_error(checker, "invalid UTF-8 in a string");
        if (code < 0x20)
            return syntax_error(checker, "a control character in a string; write it as an escape");
        checker->at += width;
        if (code == '\\')
            TRY(check_escape(checker));
    }
    if (checker->at >= checker->end)
        return syntax_error(checker, "a string without its closing quote");
    checker->at++;
    return PROV_OK;
}

static size_t
skip_digits(struct checker *checker)
{
    const uint8_t *start = checker->at;
    while (checker->at < checker->end && *checker->at >= '0' && *checker->at <= '9')
        checker->at++;
    return (size_t)(checker->at - start);
}

static int
check_number(struct checker *checker)
{
    const uint8_t *start = checker->at;
    if (next_is(checker, '-'))
        checker->at++;
    bool zero = next_is(checker, '0');
    size_t ndigits = skip_digits(checker);
    if (ndigits == 0)
        return unexpected(checker, "a digit");
    if (zero && ndigits > 1)
        return syntax_error(checker, "a number with a leading zero");
    if (next_is(checker, '.')) {
        checker->at++;
        if (skip_digits(checker) == 0)
            return unexpected(checker, "a digit");
    }
    if (next_is(checker, 'e') || next_is(checker, 'E')) {
        checker->at++;
        if (next_is(checker, '+') || next_is(checker, '-'))
            checker->at++;
        if (skip_digits(checker) == 0)
            return unexpected(checker, "a digit");
    }
    if (checker->at - start > NUMBER_BYTES_MAX)
        return syntax_error(checker, "a number of more than 63 characters");
    return PROV_OK;
}

static int
check_word(struct checker *checker)
{
    static const char *const words[] = {"true", "false", "null"};
    struct bytes rest = {.data = checker->at, .size = (size_t)(checker->end - checker->at)};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (bytes_start_with(rest, words[i])) {
            checker->at += strlen(words[i]);
            return PROV_OK;
        }
    return unexpected(checker, "a value");
}

/* Check what is no container; of one, only its opening bracket. */
static int
check_value(struct checker *checker)
{
    uint8_t byte = checker->at < checker->end ? *checker->at : 0;
    if (byte == '{' || byte == '[') {
        if (checker->depth == LIMIT_POLICY_DEPTH)
            return syntax_error(checker, "nested too deep");
        checker->open[checker->depth++] = (char)byte;
        checker->at++;
        return PROV_OK;
    }
    if (byte == '"')
        return check_string(checker);
    if (byte == '-' || (byte >= '0' && byte <= '9'))
        return check_number(checker);
    return check_word(checker);
}

static bool
in_object(const struct checker *checker)
{
    return checker->depth && checker->open[checker->depth - 1] == '{';
}

static bool
at_closing(const struct checker *checker)
{
    return checker->depth && next_is(checker, in_object(checker) ? '}' : ']');
}

/* Note where a value stands, and check the key in front of it. */
static int
begin_value(struct checker *checker)
{
    struct json_marks *marks = checker->marks;
    if (marks->count == LIMIT_POLICY_VALUES)
        return syntax_error(checker, "too many values");
    if (marks->count == marks->capacity) {
        size_t capacity = marks->capacity ? marks->capacity * 2 : 64;
        struct json_mark *larger = realloc(marks->marks, capacity * sizeof *larger);
        if (!larger)
            return err_set(checker->err, PROV_E_MEMORY, "%s: out of memory", checker->name);
        marks->marks = larger;
        marks->capacity = capacity;
    }
    struct json_mark *mark = &marks->marks[marks->count++];
    *mark = (struct json_mark){.line = checker->line};
    if (in_object(checker)) {
        if (!next_is(checker, '"'))
            return unexpected(checker, "a key");
        TRY(check_string(checker));
        skip_space(checker);
        if (!next_is(checker, ':'))
            return unexpected(checker, "':'");
        checker->at++;
        skip_space(checker);
    }
    mark->offset = (uint32_t)(checker->at - checker->start);
    return PROV_OK;
}

/* After a value: leave the containers that end here, up to a comma or the end of the text. */
static int
leave_containers(struct checker *checker)
{
    for (skip_space(checker); checker->depth; skip_space(checker)) {
        if (at_closing(checker)) {
            checker->depth--;
            checker->at++;
        } else if (next_is(checker, ',')) {
            checker->at++;
            break;
        } else {
            return unexpected(checker, in_object(checker) ? "',' or '}'" : "',' or ']'");
        }
    }
    skip_space(checker);
    return PROV_OK;
}

/* Check one value and all in it. */
static int
check_all(struct checker *checker)
{
    do {
        unsigned depth = checker->depth;
        TRY(begin_value(checker));
        TRY(check_value(checker));
        skip_space(checker);
        if (checker->depth == depth || at_closing(checker))
            TRY(leave_containers(checker));
    } while (checker->depth);
    return PROV_OK;
}

int
json_check(const char *name, struct bytes text, struct json_marks *marks, struct err *err)
{
    struct checker checker = {.name = name, .line = 1, .marks = marks, .err = err};
    checker.start = checker.at = text.size ? text.data : (const uint8_t *)"";
    checker.end = checker.at + text.size;
    if (bytes_start_with(text, "\xef\xbb\xbf"))
        return syntax_error(&checker, "begins with a byte order mark");
    skip_space(&checker);
    TRY(check_all(&checker));
    if (checker.at != checker.end)
        return unexpected(&checker, "the end");
    return PROV_OK;
}

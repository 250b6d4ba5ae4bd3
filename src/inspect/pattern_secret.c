/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets without a vendor's form: private keys between their markers, and values that are assigned to
 * something called a password.
 *
 * A key is found by its BEGIN line (RFC 7468 and its relatives); the body is looked at only to tell a key from
 * the mention of one, and to say how long it is. Of assignments there are endless forms; wanted are a word, at
 * most a short rest of the identifier, an operator, and a value that no program text or manual would have:
 *
 *     db_password = "hunter2-Xy9"     word rest? quote? operator quote? value quote?
 */
#include <string.h>

#include "base/limits.h"
#include "inspect/pattern_scan.h"

enum {
    KEY_LABEL_MAX = 48,
    KEY_BODY_LOOK = 160,
    KEY_BODY_MIN = 40,
    KEY_SPAN_MAX = 3500,
    NAME_REST_MAX = 24,
    VALUE_MIN = 6,
    VALUE_MAX = 200,
};

static bool
is_alnum(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

/* Letters of base 64 within the first bytes behind the BEGIN line, header lines and escapes included. */
static bool
has_body(struct bytes text, size_t at)
{
    size_t letters = 0, end = text.size - at < KEY_BODY_LOOK ? text.size : at + KEY_BODY_LOOK;
    for (; at < end; at++) {
        uint8_t byte = text.data[at];
        letters += is_alnum(byte) || byte == '+' || byte == '/' || byte == '=';
    }
    return letters >= KEY_BODY_MIN;
}

int
find_key_block(struct pattern_scan *scan, size_t end)
{
    static const char begin[] = "-----BEGIN ", finish[] = "-----END ", wanted[] = "PRIVATE KEY";
    struct bytes text = scan->text;
    size_t start = end - (sizeof begin - 1);
    struct bytes label = {text.data + end, text.size - end < KEY_LABEL_MAX ? text.size - end : KEY_LABEL_MAX};
    const uint8_t *dashes = memmem(label.data, label.size, "-----", 5);
    if (!pattern_in_reach(scan, start) || !dashes)
        return PROV_OK;
    label.size = (size_t)(dashes - label.data);
    for (size_t i = 0; i < label.size; i++)
        if (!(label.data[i] >= 'A' && label.data[i] <= 'Z') && label.data[i] != ' ' &&
            !(label.data[i] >= '0' && label.data[i] <= '9'))
            return PROV_OK;
    if (!memmem(label.data, label.size, wanted, sizeof wanted - 1))
        return PROV_OK;
    size_t body = end + label.size + 5;
    size_t look = text.size - body < KEY_SPAN_MAX ? text.size - body : KEY_SPAN_MAX;
    const uint8_t *closing = memmem(text.data + body, look, finish, sizeof finish - 1);
    size_t stop = closing ? (size_t)(closing - text.data) : body;
    const uint8_t *tail = closing ? memmem(closing + 9, text.size - stop - 9 < KEY_LABEL_MAX + 5
                                                            ? text.size - stop - 9
                                                            : KEY_LABEL_MAX + 5,
                                           "-----", 5)
                                  : NULL;
    struct candidate candidate = {.detector = (uint16_t)scan->plan->key_block,
                                  .start = start,
                                  .end = tail ? (size_t)(tail - text.data) + 5 : stop,
                                  .score = has_body(text, body) ? 0 : -800,
                                  .checked = true};
    return pattern_consider(scan, &candidate);
}

/* ---- assignments ---- */

/* Skip what may stand between a name and its operator. @return the place of the operator, 0: none */
static size_t
skip_name(struct bytes text, size_t at)
{
    size_t rest = 0;
    while (at < text.size && rest < NAME_REST_MAX && (is_alnum(text.data[at]) || text.data[at] == '_'))
        at++, rest++;
    for (int i = 0; i < 4 && at < text.size && memchr("\"'`] )\t\\", text.data[at], 8); i++)
        at++;
    return at < text.size ? at : 0;
}

/* @return the place behind '=', ':', ':=', '=>', 0 when there is none (or a comparison) */
static size_t
skip_operator(struct bytes text, size_t at)
{
    uint8_t first = text.data[at], second = at + 1 < text.size ? text.data[at + 1] : 0;
    if (first == ':' && second == ':')
        return 0;
    if (first == '=' && second == '=')
        return 0;
    if (code_after(text, at) == 0xFF1A) /* full-width colon */
        at += 3;
    else if ((first == ':' && second == '=') || (first == '=' && second == '>'))
        at += 2;
    else if (first == '=' || first == ':')
        at++;
    else
        return 0;
    for (int i = 0; i < 4 && at < text.size && (text.data[at] == ' ' || text.data[at] == '\t'); i++)
        at++;
    return at;
}

static bool
is_unquoted(uint8_t byte)
{
    return byte > 0x20 && byte < 0x7f && !memchr("\"'`,;<>()[]{}&|\\", byte, 16);
}

/* The value at text[at]. @param quoted  out  @return its size; *start moves behind a quote */
static size_t
take_value(struct bytes text, size_t *start, bool *quoted)
{
    size_t at = *start, size = 0;
    if (at < text.size && text.data[at] == '\\')
        at++;
    uint8_t quote = at < text.size && memchr("\"'`", text.data[at], 3) ? text.data[at] : 0;
    *quoted = quote != 0;
    if (quote)
        *start = ++at;
    while (at + size < text.size && size <= VALUE_MAX) {
        uint8_t byte = text.data[at + size];
        if (quote ? byte == quote || byte == '\n' || byte == '\r' : !is_unquoted(byte))
            break;
        size++;
    }
    if (quote && (at + size >= text.size || text.data[at + size] != quote))
        return 0;
    return size;
}

struct mix {
    unsigned lower, upper, digits, others, spaces;
};

static struct mix
mix_of(struct bytes value)
{
    struct mix mix = {0};
    for (size_t i = 0; i < value.size; i++) {
        uint8_t byte = value.data[i];
        if (byte >= 'a' && byte <= 'z')
            mix.lower++;
        else if (byte >= 'A' && byte <= 'Z')
            mix.upper++;
        else if (byte >= '0' && byte <= '9')
            mix.digits++;
        else if (byte == ' ')
            mix.spaces++;
        else
            mix.others++;
    }
    return mix;
}

/* Values that stand for a value. */
static bool
is_stand_in(struct bytes value)
{
    static const char *const parts[] = {"xxxx", "****", "....", "example", "changeme", "placeholder", "your",
                                        "dummy", "${",  "{{",   "<%",      "%s",       "%(",          "$(",
                                        "null", "undefined", "redacted", "sample", "todo", "insert", "enter",
                                        "password", "passwd", "secret", "token", "://", "test", "default", NULL};
    char lower[VALUE_MAX + 2];
    for (size_t i = 0; i < value.size; i++)
        lower[i] = (char)(value.data[i] >= 'A' && value.data[i] <= 'Z' ? value.data[i] | 0x20 : value.data[i]);
    lower[value.size] = 0;
    for (size_t i = 0; parts[i]; i++)
        if (strstr(lower, parts[i]))
            return true;
    return lower[0] == '$' || lower[0] == '<' || lower[0] == '{' || lower[0] == '[' || lower[0] == '/' ||
           lower[0] == '@' || lower[0] == '.' || lower[0] == '-';
}

/* Like something in a program: a dotted or snake_case name, a CamelCase word, a path. */
static bool
is_program_text(struct bytes value, const struct mix *mix)
{
    if (mix->digits == 0 && mix->others == 0)
        return true;
    unsigned joints = 0;
    for (size_t i = 0; i < value.size; i++)
        joints += value.data[i] == '.' || value.data[i] == '_' || value.data[i] == '-' || value.data[i] == '/' ||
                  value.data[i] == ':';
    return mix->digits == 0 && joints == mix->others;
}

int
find_assignment(struct pattern_scan *scan, uint16_t detector, size_t start, size_t end)
{
    struct bytes text = scan->text;
    if (start > 0 && is_alnum(text.data[start - 1]) && (text.data[start] & 0x20) &&
        !is_escape_letter(text, start - 1))
        return PROV_OK;
    size_t at = skip_name(text, end);
    at = at ? skip_operator(text, at) : 0;
    if (at == 0 || at >= text.size)
        return PROV_OK;
    bool quoted = false;
    size_t size = take_value(text, &at, &quoted);
    struct bytes value = {text.data + at, size};
    if (size < VALUE_MIN || size > VALUE_MAX || !pattern_in_reach(scan, at) || is_stand_in(value))
        return PROV_OK;
    struct mix mix = mix_of(value);
    if (mix.spaces > 0 || is_program_text(value, &mix))
        return PROV_OK;
    unsigned classes = (mix.lower > 0) + (mix.upper > 0) + (mix.digits > 0) + (mix.others > 0);
    int score = (int)classes * 60 + (size >= 12 ? 60 : 0) + (size >= 20 ? 60 : 0) - (quoted ? 0 : 120);
    if (mix.digits == size || mix.digits + mix.others == size)
        score -= 200;
    struct candidate candidate = {
        .detector = detector, .start = at, .end = at + size, .score = score, .checked = true};
    return pattern_consider(scan, &candidate);
}

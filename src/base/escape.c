/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walk over the characters of a text, and for each channel the question what a character becomes.
 *
 * The list of deceptive characters follows Unicode's Default_Ignorable_Code_Point and Bidi_Control properties
 * and the general categories Cc, Zl and Zp (DerivedCoreProperties.txt and PropList.txt of Unicode 15).
 */
#include "base/escape.h"

#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "base/utf8.h"

static const struct {
    uint32_t first, last;
} deceptive[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f},   {0x00ad, 0x00ad},   {0x034f, 0x034f},   {0x061c, 0x061c},
    {0x115f, 0x1160}, {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

bool
escape_is_deceptive(uint32_t code)
{
    for (size_t i = 0; i < sizeof deceptive / sizeof deceptive[0] && code >= deceptive[i].first; i++)
        if (code <= deceptive[i].last)
            return true;
    return false;
}

enum { REPLACEMENT_BYTES = 16 };

/* A channel of output. */
struct channel {
    /* Write what one character becomes, as a C string. @return false: it stands for itself */
    bool (*replace)(uint32_t code, char text[REPLACEMENT_BYTES]);
    uint64_t plain[2]; /**< a bit for each ASCII character that stands for itself: most text is passed over by
                          it */
};

#define BIT(character) (UINT64_C(1) << (character) % 64)
#define PRINTABLE_LOW (~(BIT(' ') - 1)) /* 0x20 to 0x3f */
#define PRINTABLE_HIGH (~BIT(0x7f))     /* 0x40 to 0x7e */

/* How much of the text from at on stands for itself, as far as that is seen at a glance. */
static size_t
plain_size(const struct channel *channel, struct bytes text, size_t at)
{
    size_t from = at;
    while (at < text.size && text.data[at] < 0x80 &&
           channel->plain[text.data[at] / 64] >> text.data[at] % 64 & 1)
        at++;
    return at - from;
}

static int
walk(struct buf *out, struct bytes text, const struct channel *channel)
{
    size_t plain = 0; /* where the characters begin that stand for themselves and are not yet copied */
    TRY(buf_reserve(out, text.size));
    for (size_t at = plain_size(channel, text, 0); at < text.size; at += plain_size(channel, text, at)) {
        char becomes[REPLACEMENT_BYTES] = "\xef\xbf\xbd";
        uint32_t code;
        size_t size = utf8_decode(text.data + at, text.size - at, &code);
        size_t step = size ? size : utf8_malformed_size(text.data + at, text.size - at);
        if (size == 0 || channel->replace(code, becomes)) {
            TRY(buf_append(out, text.data + plain, at - plain));
            TRY(buf_append_text(out, becomes));
            plain = at + step;
        }
        at += step;
    }
    return text.size > plain ? buf_append(out, text.data + plain, text.size - plain) : PROV_OK;
}

static bool
replace_json(uint32_t code, char text[REPLACEMENT_BYTES])
{
    static const char shorts[][3] = {['\b'] = "\\b", ['\f'] = "\\f", ['\n'] = "\\n", ['\r'] = "\\r",
                                     ['\t'] = "\\t", ['"'] = "\\\"", ['\\'] = "\\\\"};
    if (code < sizeof shorts / sizeof shorts[0] && shorts[code][0]) {
        memcpy(text, shorts[code], sizeof shorts[0]);
        return true;
    }
    if (code < 0x20 || code == '<' || (code >= 0x7f && code <= 0x9f) || code == 0x2028 || code == 0x2029) {
        (void)snprintf(text, REPLACEMENT_BYTES, "\\u%04x", code);
        return true;
    }
    return false;
}

static bool
replace_terminal(uint32_t code, char text[REPLACEMENT_BYTES])
{
    if (code != '\\' && !escape_is_deceptive(code))
        return false;
    if (code == '\\')
        memcpy(text, "\\\\", sizeof "\\\\");
    else if (code < 0x100)
        (void)snprintf(text, REPLACEMENT_BYTES, "\\x%02x", code);
    else
        (void)snprintf(text, REPLACEMENT_BYTES, "\\u{%x}", code);
    return true;
}

/* The five characters that mean something in HTML. */
static const char *
html_entity(uint32_t code)
{
    switch (code) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static bool
replace_html(uint32_t code, char text[REPLACEMENT_BYTES])
{
    const char *entity = html_entity(code);
    if (entity)
        memcpy(text, entity, strlen(entity) + 1);
    return entity || (code != '\\' && replace_terminal(code, text));
}

static bool
replace_csv(uint32_t code, char text[REPLACEMENT_BYTES])
{
    if (code == '"')
        memcpy(text, "\"\"", sizeof "\"\"");
    return code == '"';
}

int
escape_json(struct buf *out, struct bytes text)
{
    static const struct channel json = {
        replace_json, {PRINTABLE_LOW & ~(BIT('"') | BIT('<')), PRINTABLE_HIGH & ~BIT('\\')}};
    return walk(out, text, &json);
}

int
escape_terminal(struct buf *out, struct bytes text)
{
    static const struct channel terminal = {replace_terminal, {PRINTABLE_LOW, PRINTABLE_HIGH & ~BIT('\\')}};
    return walk(out, text, &terminal);
}

int
escape_html(struct buf *out, struct bytes text)
{
    static const struct channel html = {
        replace_html,
        {PRINTABLE_LOW & ~(BIT('&') | BIT('<') | BIT('>') | BIT('"') | BIT('\'')), PRINTABLE_HIGH}};
    return walk(out, text, &html);
}

/* Would a spreadsheet take it for a formula? The beginnings that OWASP's page on CSV injection names. */
static bool
begins_formula(struct bytes text)
{
    static const char *const beginnings[] = {
        "=", "+", "-", "@", "\t", "\r", "\n", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
        if (bytes_start_with(text, beginnings[i]))
            return true;
    return false;
}

int
escape_csv(struct buf *out, struct bytes text)
{
    static const struct channel csv = {replace_csv, {PRINTABLE_LOW & ~BIT('"'), PRINTABLE_HIGH}};
    TRY(buf_append_text(out, begins_formula(text) ? "\"'" : "\""));
    TRY(walk(out, text, &csv));
    return buf_append_byte(out, '"');
}

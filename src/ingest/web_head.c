/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads of WARC records (ISO 28500:2017, sections 4 and 5; 1.0 and the drafts before it differ in nothing
 * that is read here).
 */
#include "ingest/web_head.h"

#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "ingest/field_lines.h"

enum { ARC_FIELDS = 5, ARC_FIELDS_MAX = 10 };

/* Decimal digits alone. @return UINT64_MAX when it is none or too large */
static uint64_t
decimal_read(struct bytes text)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = text.data[i] - (unsigned)'0';
        if (digit > 9 || value > (UINT64_MAX - 1 - digit) / 10)
            return UINT64_MAX;
        value = value * 10 + digit;
    }
    return text.size ? value : UINT64_MAX;
}

/* The number in the next so many digits; -1 when they are none. */
static int
digits(struct bytes text, size_t at, size_t count)
{
    uint64_t value = decimal_read((struct bytes){.data = text.data + at, .size = count});
    return value <= 9999 ? (int)value : -1;
}

/* Year, month, day, hour, minute and second at these places of a text that has only digits there. */
static int64_t
time_of(struct bytes text, const uint8_t places[6])
{
    struct tm time = {.tm_year = digits(text, places[0], 4) - 1900,
                      .tm_mon = digits(text, places[1], 2) - 1,
                      .tm_mday = digits(text, places[2], 2),
                      .tm_hour = digits(text, places[3], 2),
                      .tm_min = digits(text, places[4], 2),
                      .tm_sec = digits(text, places[5], 2)};
    bool valid = time.tm_mon >= 0 && time.tm_mon < 12 && time.tm_mday >= 1 && time.tm_mday <= 31 &&
                 time.tm_hour < 24 && time.tm_min < 60 && time.tm_sec <= 60;
    return valid ? timegm(&time) : INT64_MIN;
}

/* "2013-12-03T20:46:12Z", also with parts of a second. */
static int64_t
read_w3c_date(struct bytes text)
{
    static const char form[] = "0000-00-00T00:00:00";
    if (text.size < sizeof form || text.data[text.size - 1] != 'Z')
        return INT64_MIN;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == '0' ? text.data[i] < '0' || text.data[i] > '9' : text.data[i] != (uint8_t)form[i])
            return INT64_MIN;
    static const uint8_t places[] = {0, 5, 8, 11, 14, 17};
    return time_of(text, places);
}

/* "20131203204612" */
static int64_t
read_arc_date(struct bytes text)
{
    static const uint8_t places[] = {0, 4, 6, 8, 10, 12};
    return text.size == 14 && decimal_read(text) != UINT64_MAX ? time_of(text, places) : INT64_MIN;
}

void
url_write(struct bytes uri, char *text, size_t size)
{
    *text = 0;
    if (uri.size >= 2 && uri.data[0] == '<' && uri.data[uri.size - 1] == '>')
        uri = (struct bytes){.data = uri.data + 1, .size = uri.size - 2};
    for (size_t i = 0; i < uri.size; i++)
        if (uri.data[i] == '?' || uri.data[i] == '#' || uri.data[i] < ' ')
            uri.size = i;
    if (uri.size == 0 || !utf8_is_valid(uri))
        return;
    const uint8_t *host = uri.size > 3 ? memmem(uri.data, uri.size, "://", 3) : NULL;
    size_t scheme = host ? (size_t)(host - uri.data) + 3 : 0, rest = scheme;
    for (size_t i = scheme; host && i < uri.size && uri.data[i] != '/'; i++)
        if (uri.data[i] == '@')
            rest = i + 1;
    if (scheme >= size)
        return;
    memcpy(text, uri.data, scheme);
    struct bytes shown = {.data = uri.data + rest, .size = uri.size - rest};
    if (shown.size > size - 1 - scheme)
        shown.size = size - 1 - scheme;
    shown.size = utf8_valid_size(shown);
    memcpy(text + scheme, shown.data, shown.size);
    text[scheme + shown.size] = 0;
}

/* The value of a digit of base 32 (RFC 4648) or, for digests written so, of base 16; 32: none. */
static unsigned
digit_value(uint8_t byte, bool hexadecimal)
{
    if (hexadecimal && byte >= '0' && byte <= '9')
        return byte - '0';
    unsigned letter = (byte | 0x20u) - 'a';
    if (letter < 26 && (byte & 0x40))
        return hexadecimal ? letter < 6 ? letter + 10 : 32 : letter;
    return !hexadecimal && byte >= '2' && byte <= '7' ? byte - '2' + 26u : 32;
}

/* "sha1:" and 32 digits of base 32, or 40 of base 16. */
static bool
read_sha1(struct bytes value, uint8_t sha1[SHA1_SIZE])
{
    if (!field_value_is(value, "sha1:"))
        return false;
    struct bytes text = {.data = value.data + 5, .size = value.size - 5};
    bool hexadecimal = text.size == 40;
    if (!hexadecimal && text.size != 32)
        return false;
    unsigned bits = 0, nbits = 0;
    size_t filled = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = digit_value(text.data[i], hexadecimal);
        if (digit == 32)
            return false;
        bits = bits << (hexadecimal ? 4 : 5) | digit;
        nbits += hexadecimal ? 4 : 5;
        if (nbits >= 8) {
            nbits -= 8;
            sha1[filled++] = (uint8_t)(bits >> nbits);
            bits &= (1u << nbits) - 1;
        }
    }
    return filled == SHA1_SIZE;
}

/* The type becomes part of a name: plain letters or nothing. */
static void
read_type(struct bytes value, char type[WEB_TYPE_BYTES])
{
    bool plain = value.size > 0 && value.size < WEB_TYPE_BYTES;
    for (size_t i = 0; plain && i < value.size; i++)
        plain = value.data[i] >= 'a' && value.data[i] <= 'z';
    struct bytes shown = plain ? value : bytes_of("record");
    memcpy(type, shown.data, shown.size);
    type[shown.size] = 0;
}

static size_t
end_of_warc_head(struct bytes seen, bool *may_be)
{
    *may_be = bytes_start_with(seen, "WARC/");
    return *may_be ? field_lines_end(seen) : 0;
}

static void
read_warc_head(struct bytes head, struct web_head *made)
{
    struct bytes fields = head, line;
    *made = (struct web_head){0};
    (void)field_lines_line(&fields, &line);
    read_type(field_lines_find(fields, "WARC-Type"), made->type);
    made->block_bytes = decimal_read(field_lines_find(fields, "Content-Length"));
    made->date = read_w3c_date(field_lines_find(fields, "WARC-Date"));
    made->holds_http = strcmp(made->type, "response") == 0 &&
                       field_value_is(field_lines_find(fields, "Content-Type"), "application/http");
    made->has_sha1 = read_sha1(field_lines_find(fields, "WARC-Block-Digest"), made->sha1);
    url_write(field_lines_find(fields, "WARC-Target-URI"), made->url, sizeof made->url);
}

const struct web_format web_format_warc = {"\nWARC/", end_of_warc_head, read_warc_head};

/* Split a line at its spaces. @return how many parts there are, at most ARC_FIELDS_MAX + 1 */
static size_t
split(struct bytes line, struct bytes parts[ARC_FIELDS_MAX])
{
    size_t count = 0, begin = 0;
    for (size_t at = 0; at <= line.size; at++) {
        if (at < line.size && line.data[at] != ' ')
            continue;
        if (count == ARC_FIELDS_MAX)
            return count + 1;
        parts[count++] = (struct bytes){.data = line.data + begin, .size = at - begin};
        begin = at + 1;
    }
    return count;
}

static bool
read_arc_line(struct bytes line, struct web_head *made)
{
    struct bytes parts[ARC_FIELDS_MAX];
    size_t count = split(line, parts);
    *made = (struct web_head){0};
    if ((count != ARC_FIELDS && count != ARC_FIELDS_MAX) || !memchr(parts[0].data, ':', parts[0].size))
        return false;
    bool is_first = bytes_start_with(parts[0], "filedesc:");
    memcpy(made->type, is_first ? "filedesc" : "response", 9);
    made->date = read_arc_date(parts[2]);
    made->block_bytes = decimal_read(parts[count - 1]);
    made->holds_http = !is_first && bytes_start_with(parts[0], "http");
    if (!is_first)
        url_write(parts[0], made->url, sizeof made->url);
    return made->block_bytes != UINT64_MAX && made->date != INT64_MIN;
}

static size_t
end_of_arc_head(struct bytes seen, bool *may_be)
{
    struct web_head made;
    const uint8_t *end = seen.size ? memchr(seen.data, '\n', seen.size) : NULL;
    *may_be = !end;
    if (!end)
        return 0;
    size_t size = (size_t)(end - seen.data);
    *may_be = read_arc_line((struct bytes){.data = seen.data, .size = size}, &made);
    return *may_be ? size + 1 : 0;
}

static void
read_arc_head(struct bytes head, struct web_head *made)
{
    (void)read_arc_line((struct bytes){.data = head.data, .size = head.size - 1}, made);
}

const struct web_format web_format_arc = {NULL, end_of_arc_head, read_arc_head};

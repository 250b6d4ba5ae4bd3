/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a page may end: at a character, best at the end of a line.
 *
 * A line feed is a character of its own in every encoding we know, and never the second byte of another,
 * so the last one in the second half of what is wanted is found by looking for one byte (or unit). Where
 * there is none, a character border has to be proved. In UTF-8 and UTF-16 that takes a look at three
 * bytes. In the multi-byte encodings a byte below 0x80 ends a character whatever came before (GB18030's
 * digits excepted, which may stand in the middle of four bytes): from the last such byte one walks forward.
 * At worst, in a line of a mebibyte without any ASCII, the walk is over the whole page, once.
 */
#include "inspect/text.h"

#include <string.h>

#include "inspect/text_encoding.h"
#include "inspect/text_loops.h"

static size_t
cut_at_line(const uint8_t *data, size_t wanted, uint8_t end)
{
    size_t half = wanted / 2;
    const uint8_t *found = memrchr(data + half, end, wanted - half);
    return found ? (size_t)(found - data) + 1 : 0;
}

static bool
is_unit(const uint8_t *data, size_t width, bool big, uint8_t value)
{
    for (size_t i = 0; i < width; i++)
        if (data[i] != (i == (big ? width - 1 : 0) ? value : 0))
            return false;
    return true;
}

static size_t
cut_wide(enum text_shape shape, const uint8_t *data, size_t size, size_t wanted)
{
    size_t width = shape == TEXT_UTF32LE || shape == TEXT_UTF32BE ? 4 : 2;
    bool big = shape == TEXT_UTF16BE || shape == TEXT_UTF32BE;
    size_t cut = wanted - wanted % width;
    for (size_t at = cut; at >= width && at > wanted / 2; at -= width)
        if (is_unit(data + at - width, width, big, '\n'))
            return at;
    if (width == 2 && cut >= 2 && size - cut >= 2) {
        uint8_t before = data[cut - 2 + !big], behind = data[cut + !big];
        if ((before & 0xFC) == 0xD8 && (behind & 0xFC) == 0xDC)
            cut -= 2;
    }
    return cut;
}

/* Back off from the middle of a UTF-8 sequence; one that is malformed ends where it ceases to be one. */
static size_t
cut_utf8(const uint8_t *data, size_t size, size_t wanted)
{
    for (size_t back = 1; back <= 3 && back <= wanted; back++) {
        uint8_t byte = data[wanted - back];
        if (byte < 0x80)
            break;
        if (byte < 0xC0)
            continue;
        size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
        bool goes_on = length > back && wanted < size && (data[wanted] & 0xC0) == 0x80;
        return goes_on ? wanted - back : wanted;
    }
    return wanted;
}

/* Whether a character ends with this byte, whatever stands before it. */
static bool
ends_character(enum text_shape shape, uint8_t byte)
{
    return byte < 0x80 && (shape != TEXT_GB18030 || byte < 0x30 || byte > 0x39);
}

static size_t
cut_multibyte(enum text_shape shape, const uint8_t *data, size_t size, size_t wanted)
{
    size_t at = wanted, cut = 0;
    while (at > 0 && !ends_character(shape, data[at - 1]))
        at--;
    while (at <= wanted) {
        cut = at;
        if (at == size)
            break;
        int length = text_character_size(shape, data + at, size - at);
        if (length < 0)
            break;
        at += length ? (size_t)length : 1;
    }
    return cut;
}

size_t
text_cut(const char *encoding, const uint8_t *data, size_t size, size_t wanted)
{
    enum text_encoding_id id = text_encoding_find(encoding);
    enum text_shape shape = TEXT_ENCODINGS[id].shape;
    size_t cut = 0;
    if (wanted > size)
        wanted = size;
    if (wanted <= 1)
        return 1;
    switch (shape) {
    case TEXT_UTF16LE:
    case TEXT_UTF16BE:
    case TEXT_UTF32LE:
    case TEXT_UTF32BE:
        cut = cut_wide(shape, data, size, wanted);
        return cut ? cut : wanted;
    default:
        cut = cut_at_line(data, wanted, '\n');
        break;
    }
    bool stateful = shape == TEXT_ISO_2022 || shape == TEXT_HZ || shape == TEXT_UTF7;
    if (cut)
        return cut;
    if (stateful)
        cut = text_stateful_cut(id, data, size, wanted);
    else if (shape == TEXT_UTF8)
        cut = cut_utf8(data, size, wanted);
    else
        cut = shape == TEXT_SINGLE ? wanted : cut_multibyte(shape, data, size, wanted);
    return cut ? cut : wanted;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8, strictly. After the first byte only the range of the second one depends on it (table 3-7 of the
 * Unicode Standard); all further bytes are 80..BF:
 *
 *     first     second    size
 *     00..7F              1
 *     C2..DF    80..BF    2        C0, C1: overlong
 *     E0        A0..BF    3        E0 80..9F: overlong
 *     E1..EC    80..BF    3
 *     ED        80..9F    3        ED A0..BF: surrogates
 *     EE..EF    80..BF    3
 *     F0        90..BF    4        F0 80..8F: overlong
 *     F1..F3    80..BF    4
 *     F4        80..8F    4        F4 90.., F5..FF: beyond U+10FFFF
 *
 * Runs of ASCII, which is most of what there is, are skipped 32 bytes at a time: four words or-ed together
 * and one test; compilers make vector instructions of it.
 */
#include "base/utf8.h"

#include <string.h>

/* Size and range of the second byte for a first byte >= 0xC2. Size 0: begins no character. */
struct shape {
    uint8_t size, low, high;
};

static struct shape
shape_of(uint8_t first)
{
    if (first < 0x80)
        return (struct shape){1, 0, 0};
    if (first < 0xc2 || first > 0xf4)
        return (struct shape){0, 0, 0};
    if (first < 0xe0)
        return (struct shape){2, 0x80, 0xbf};
    if (first < 0xf0)
        return (struct shape){3, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf};
    return (struct shape){4, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf};
}

/* Bytes that may begin one character: up to shape.size, at least 1. */
static size_t
matching_size(const uint8_t *data, size_t size, struct shape shape)
{
    size_t matching = 1;
    if (shape.size > 1 && size > 1 && data[1] >= shape.low && data[1] <= shape.high) {
        matching = 2;
        while (matching < shape.size && matching < size && (data[matching] & 0xc0) == 0x80)
            matching++;
    }
    return matching;
}

size_t
utf8_decode(const uint8_t *data, size_t size, uint32_t *code)
{
    struct shape shape = shape_of(data[0]);
    *code = UTF8_REPLACEMENT;
    if (shape.size == 0 || matching_size(data, size, shape) < shape.size)
        return 0;
    switch (shape.size) {
    case 1:
        *code = data[0];
        break;
    case 2:
        *code = (data[0] & 0x1fu) << 6 | (data[1] & 0x3fu);
        break;
    case 3:
        *code = (data[0] & 0x0fu) << 12 | (data[1] & 0x3fu) << 6 | (data[2] & 0x3fu);
        break;
    default:
        *code =
            (data[0] & 0x07u) << 18 | (data[1] & 0x3fu) << 12 | (data[2] & 0x3fu) << 6 | (data[3] & 0x3fu);
        break;
    }
    return shape.size;
}

size_t
utf8_malformed_size(const uint8_t *data, size_t size)
{
    struct shape shape = shape_of(data[0]);
    return shape.size == 0 ? 1 : matching_size(data, size, shape);
}

bool
utf8_is_cut(const uint8_t *data, size_t size)
{
    if (size == 0)
        return false;
    struct shape shape = shape_of(data[0]);
    return size < shape.size && matching_size(data, size, shape) == size;
}

size_t
utf8_encode(uint32_t code, uint8_t out[UTF8_SIZE_MAX])
{
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (uint8_t)(0xc0 | code >> 6);
        out[1] = (uint8_t)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (uint8_t)(0xe0 | code >> 12);
        out[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | code >> 18);
    out[1] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (code & 0x3f));
    return 4;
}

size_t
utf8_ascii_size(const uint8_t *data, size_t size)
{
    size_t at = 0;
    for (; size - at >= 32; at += 32) {
        uint64_t words[4];
        memcpy(words, data + at, sizeof words);
        if ((words[0] | words[1] | words[2] | words[3]) & 0x8080808080808080u)
            break;
    }
    while (at < size && data[at] < 0x80)
        at++;
    return at;
}

size_t
utf8_valid_size(struct bytes text)
{
    size_t at = 0;
    while (at < text.size) {
        uint32_t code;
        size_t size = utf8_decode(text.data + at, text.size - at, &code);
        if (size == 0)
            return at;
        at += size;
        if (size == 1)
            at += utf8_ascii_size(text.data + at, text.size - at);
    }
    return at;
}

bool
utf8_is_valid(struct bytes text)
{
    return utf8_valid_size(text) == text.size;
}

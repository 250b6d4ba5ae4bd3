/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The encodings we know, from the one list in text_encodings.def, and the byte structure of the
 * multi-byte ones, which detection, decoding and cutting share so that they cannot disagree about
 * where a character ends:
 *
 *   GB18030    00-7F | 80 | 81-FE 40-7E,80-FE | 81-FE 30-39 81-FE 30-39      (80 is the euro sign of code page 936)
 *   Big5       00-7F | 81-FE 40-7E,A1-FE                                     (with the Hong Kong rows)
 *   Shift_JIS  00-7F | A1-DF | 81-9F,E0-FC 40-7E,80-FC
 *   EUC-JP     00-7F | 8E A1-DF | A1-FE A1-FE | 8F A1-FE A1-FE
 *   EUC-KR     00-7F | 81-FE 41-5A,61-7A,81-FE                               (with the code page 949 rows)
 *   Johab      00-7F | 84-D3,D8-DE,E0-F9 31-7E,81-FE
 *   EUC-TW     00-7F | A1-FE A1-FE | 8E A1-B0 A1-FE A1-FE
 *
 * A byte that cannot go on a character is never swallowed with it: it may be a line end or a quote, and
 * a hole in the text would be a place to hide in. Source: the WHATWG Encoding Standard, whose decoders
 * do the same; EUC-TW by CNS 11643.
 */
#include "inspect/text_encoding.h"

#include <string.h>

const struct text_encoding TEXT_ENCODINGS[TEXT_ENCODING_COUNT] = {
#define TEXT_ENCODING(id, name, shape, iconv, fallback, detector)                                            \
    [TEXT_ENCODING_##id] = {name, TEXT_##shape, iconv, fallback, detector},
#include "inspect/text_encodings.def"
#undef TEXT_ENCODING
};

enum text_encoding_id
text_encoding_find(const char *name)
{
    for (int i = 0; i < TEXT_ENCODING_COUNT; i++)
        if (TEXT_ENCODINGS[i].name == name || strcmp(TEXT_ENCODINGS[i].name, name) == 0)
            return (enum text_encoding_id)i;
    return TEXT_ENCODING_UTF8;
}

enum text_encoding_id
text_encoding_of_detector(const char *name)
{
    for (int i = 0; i < TEXT_ENCODING_COUNT; i++)
        if (TEXT_ENCODINGS[i].detector && strcmp(TEXT_ENCODINGS[i].detector, name) == 0)
            return (enum text_encoding_id)i;
    return TEXT_ENCODING_COUNT;
}

/* Numbers of GB18030's four-byte characters: of the BMP from 0, of the other planes; the rest stand for none. */
enum { GB18030_BMP_END = 39420, GB18030_PLANES = 189000, GB18030_PLANES_END = 189000 + 0x100000 };

static bool
in(uint8_t byte, uint8_t low, uint8_t high)
{
    return byte >= low && byte <= high;
}

static int
size_gb18030(const uint8_t *data, size_t size)
{
    if (!in(data[0], 0x81, 0xFE))
        return data[0] == 0x80 ? 1 : 0;
    if (size < 2)
        return -1;
    if (in(data[1], 0x40, 0xFE))
        return data[1] == 0x7F ? 0 : 2;
    if (!in(data[1], 0x30, 0x39))
        return 0;
    if (size < 3)
        return -1;
    if (!in(data[2], 0x81, 0xFE))
        return 0;
    if (size < 4)
        return -1;
    if (!in(data[3], 0x30, 0x39))
        return 0;
    /* What stands for none is one stray byte and what follows it. */
    uint32_t number = (data[0] - 0x81u) * 12600 + (data[1] - 0x30u) * 1260 + (data[2] - 0x81u) * 10 + (data[3] - 0x30u);
    return number < GB18030_BMP_END || (number >= GB18030_PLANES && number < GB18030_PLANES_END) ? 4 : 0;
}

/* A lead byte and a trail byte of the two-byte encodings. */
static bool
is_lead(enum text_shape shape, uint8_t byte)
{
    switch (shape) {
    case TEXT_SHIFT_JIS:
        return in(byte, 0x81, 0x9F) || in(byte, 0xE0, 0xFC);
    case TEXT_EUC_JP:
        return byte == 0x8E || in(byte, 0xA1, 0xFE);
    case TEXT_EUC_TW:
        return in(byte, 0xA1, 0xFE);
    case TEXT_JOHAB:
        return in(byte, 0x84, 0xD3) || in(byte, 0xD8, 0xDE) || in(byte, 0xE0, 0xF9);
    default:
        return in(byte, 0x81, 0xFE);
    }
}

static bool
is_trail(enum text_shape shape, uint8_t lead, uint8_t byte)
{
    switch (shape) {
    case TEXT_SHIFT_JIS:
        return in(byte, 0x40, 0xFC) && byte != 0x7F;
    case TEXT_EUC_JP:
        return in(byte, 0xA1, lead == 0x8E ? 0xDF : 0xFE);
    case TEXT_EUC_TW:
        return in(byte, 0xA1, 0xFE);
    case TEXT_EUC_KR:
        return in(byte, 0x41, 0x5A) || in(byte, 0x61, 0x7A) || in(byte, 0x81, 0xFE);
    case TEXT_JOHAB:
        return in(byte, 0x31, 0x7E) || in(byte, 0x81, 0xFE);
    default: /* Big5 */
        return in(byte, 0x40, 0x7E) || in(byte, 0xA1, 0xFE);
    }
}

/* Three bytes after 8F in EUC-JP, four after 8E and a plane in EUC-TW. */
static int
size_euc_long(const uint8_t *data, size_t size, size_t length)
{
    for (size_t i = 1; i < length; i++) {
        if (i == size)
            return -1;
        if (!in(data[i], 0xA1, length == 4 && i == 1 ? 0xB0 : 0xFE))
            return 0;
    }
    return (int)length;
}

int
text_character_size(enum text_shape shape, const uint8_t *data, size_t size)
{
    if (data[0] < 0x80)
        return 1;
    if (shape == TEXT_GB18030)
        return size_gb18030(data, size);
    if (shape == TEXT_SHIFT_JIS && in(data[0], 0xA1, 0xDF))
        return 1;
    if (shape == TEXT_EUC_JP && data[0] == 0x8F)
        return size_euc_long(data, size, 3);
    if (shape == TEXT_EUC_TW && data[0] == 0x8E)
        return size_euc_long(data, size, 4);
    if (!is_lead(shape, data[0]))
        return 0;
    if (size < 2)
        return -1;
    return is_trail(shape, data[0], data[1]) ? 2 : 0;
}

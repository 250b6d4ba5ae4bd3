/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-16 and UTF-32, by loops of our own: nothing to look up, only byte order and surrogates.
 *
 * An unpaired surrogate, a number beyond Unicode and the odd bytes at the end are malformed, each one
 * U+FFFD. Source: the Unicode Standard, 3.9 (D91, D90).
 */
#include "inspect/text_loops.h"

static inline uint32_t
unit16(const uint8_t *data, bool big)
{
    return big ? (uint32_t)data[0] << 8 | data[1] : (uint32_t)data[1] << 8 | data[0];
}

static inline uint32_t
unit32(const uint8_t *data, bool big)
{
    return big ? unit16(data, true) << 16 | unit16(data + 2, true) : unit16(data + 2, false) << 16 | unit16(data, false);
}

static inline void
decode_utf16(const struct text_part *part, bool big, struct text_writer *writer)
{
    size_t at = 0;
    while (part->size - at >= 2) {
        uint32_t point = unit16(part->data + at, big);
        size_t size = 2;
        if (point >= 0xD800 && point <= 0xDFFF) {
            uint32_t low = part->size - at >= 4 ? unit16(part->data + at + 2, big) : 0;
            bool paired = point < 0xDC00 && low >= 0xDC00 && low <= 0xDFFF;
            if (!paired) {
                bool cut = point < 0xDC00 && part->size - at < 4 && part->open;
                if (!cut)
                    text_writer_bad(writer, part->stored + at, 2);
                at += 2;
                continue;
            }
            point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
            size = 4;
        }
        text_writer_put(writer, point, part->stored + at, size);
        at += size;
    }
    if (at < part->size && !part->open)
        text_writer_bad(writer, part->stored + at, part->size - at);
}

static inline void
decode_utf32(const struct text_part *part, bool big, struct text_writer *writer)
{
    size_t at = 0;
    for (; part->size - at >= 4; at += 4) {
        uint32_t point = unit32(part->data + at, big);
        if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
            text_writer_bad(writer, part->stored + at, 4);
        else
            text_writer_put(writer, point, part->stored + at, 4);
    }
    if (at < part->size && !part->open)
        text_writer_bad(writer, part->stored + at, part->size - at);
}

void
text_decode_wide(enum text_shape shape, const struct text_part *part, struct text_writer *writer)
{
    switch (shape) {
    case TEXT_UTF16LE:
        decode_utf16(part, false, writer);
        break;
    case TEXT_UTF16BE:
        decode_utf16(part, true, writer);
        break;
    case TEXT_UTF32LE:
        decode_utf32(part, false, writer);
        break;
    default:
        decode_utf32(part, true, writer);
        break;
    }
}

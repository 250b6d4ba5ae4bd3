/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encodings of one to four bytes a character, by table. ASCII goes eight bytes at a time; where a
 * character ends is for text_character_size to say, what it is for the table.
 *
 * A well-formed pair that stands for nothing is malformed. If its trail is an ASCII byte, only the lead
 * is replaced and the ASCII byte stays: it may be a quote or a bracket, and a reader with another table
 * would see it.
 */
#include "inspect/text_loops.h"

static inline void
put_value(struct text_writer *writer, uint32_t value, size_t stored, size_t stored_size)
{
    if (!(value & TEXT_TABLE_TWO)) {
        text_writer_put(writer, value, stored, stored_size);
        return;
    }
    /* Two code points from one character: one step for both. */
    uint8_t *out = writer->text + writer->size;
    size_t size = text_encode_utf8((value & ~(uint32_t)TEXT_TABLE_TWO) >> TEXT_TABLE_FIRST_SHIFT, out);
    size += text_encode_utf8(value & TEXT_TABLE_SECOND_MASK, out + size);
    text_writer_step(writer, stored, size, stored_size);
    writer->size += size;
}

void
text_decode_single(const struct text_table *table, const struct text_part *part, struct text_writer *writer)
{
    for (size_t at = 0; at < part->size;) {
        at += text_writer_ascii(writer, part->data + at, part->size - at, part->stored + at);
        for (; at < part->size && (part->data[at] >= 0x80 || part->data[at] == 0); at++) {
            uint8_t byte = part->data[at];
            uint32_t value = byte ? table->single[byte - 0x80] : 0;
            if (byte && !value)
                text_writer_bad(writer, part->stored + at, 1);
            else
                put_value(writer, value, part->stored + at, 1);
        }
    }
}

/* The value of a well-formed character of several bytes. */
static inline uint32_t
value_of(const struct text_table *table, const uint8_t *data, int size, enum text_shape shape)
{
    switch (size) {
    case 2:
        return text_table_pair(table->pairs, data[0], data[1]);
    case 3:
        return text_table_pair(table->more, data[1], data[2]);
    case 4:
        if (shape == TEXT_GB18030)
            return text_table_gb18030(table, data);
        if (data[1] == 0xA1)
            return text_table_pair(table->pairs, data[2], data[3]);
        return data[1] == 0xA2 ? text_table_pair(table->more, data[2], data[3]) : 0;
    default:
        return data[0] ? table->single[data[0] & 0x7F] : 0;
    }
}

void
text_decode_multibyte(enum text_shape shape, const struct text_table *table, const struct text_part *part,
                      struct text_writer *writer)
{
    for (size_t at = 0; at < part->size;) {
        const uint8_t *data = part->data + at;
        if (data[0] < 0x80) {
            size_t done = text_writer_ascii(writer, data, part->size - at, part->stored + at);
            if (done == 0)
                text_writer_put(writer, 0, part->stored + at, 1);
            at += done ? done : 1;
            continue;
        }
        int size = text_character_size(shape, data, part->size - at);
        if (size < 0 && part->open)
            return;
        uint32_t value = size > 0 ? value_of(table, data, size, shape) : 0;
        if (value) {
            put_value(writer, value, part->stored + at, (size_t)size);
            at += (size_t)size;
            continue;
        }
        /* Malformed: one byte, or all that is well formed but stands for nothing. */
        bool unmapped = size > 1 && (size == 4 || data[1] >= 0x80);
        size_t skip = unmapped ? (size_t)size : 1;
        text_writer_bad(writer, part->stored + at, skip);
        at += skip;
    }
}

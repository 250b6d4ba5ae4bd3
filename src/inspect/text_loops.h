/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_TEXT_LOOPS_H
#define INSPECT_TEXT_LOOPS_H

#include <stddef.h>
#include <stdint.h>

#include "inspect/text_encoding.h"
#include "inspect/text_table.h"
#include "inspect/text_writer.h"

/** A part of the stored bytes of a segment: before, page or after. It begins and ends at characters. */
struct text_part {
    const uint8_t *data;
    size_t size;
    size_t stored; /**< of data[0] in the segment */
    bool open;     /**< may end inside a character, which is then left out */
};

/** Decode a part, one loop for each family of encodings. */
void text_decode_wide(enum text_shape shape, const struct text_part *part, struct text_writer *writer);
void text_decode_single(const struct text_table *table, const struct text_part *part, struct text_writer *writer);
void text_decode_multibyte(enum text_shape shape, const struct text_table *table, const struct text_part *part,
                           struct text_writer *writer);

/** Tables of the character sets that escape sequences switch to; NULL where the encoding has none of that set. */
struct text_sets {
    const struct text_table *japanese, *korean, *chinese, *taiwanese;
};

void text_decode_iso_2022(enum text_encoding_id id, const struct text_sets *sets, const struct text_part *part,
                          struct text_writer *writer);
void text_decode_hz(const struct text_sets *sets, const struct text_part *part, struct text_writer *writer);
void text_decode_utf7(const struct text_part *part, struct text_writer *writer);

/** The largest place <= wanted where the encoding is in the state it starts in, at a character; 0 when there is none. */
size_t text_stateful_cut(enum text_encoding_id id, const uint8_t *data, size_t size, size_t wanted);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_TEXT_WRITER_H
#define INSPECT_TEXT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "model/segment.h"

/** The replacement for what is malformed. */
enum { TEXT_REPLACEMENT = 0xFFFD };

/**
 * Decoded text under construction, with the map of places. The loops that fill it are in text_wide.c,
 * text_multibyte.c and text_stateful.c; the room is theirs to rely on: three bytes for each stored byte,
 * which no encoding exceeds.
 *
 * The functions are in the header because they run once a character.
 */
struct text_writer {
    uint8_t *text;           /**< room for 3 bytes of each stored byte */
    size_t size;             /**< bytes written */
    struct offset_run *runs; /**< owned; grown as needed */
    size_t nruns, runs_capacity;
    size_t next_stored;      /**< where the next character of the present run would be stored */
    size_t nnuls, first_nul; /**< U+0000 written, and where the first is stored */
    size_t nmalformed, first_malformed;
    bool failed;             /**< out of memory for runs: the text goes on, the result is thrown away */
};

/** Begin a run at the present place. Out of line: it is the rare case. */
void text_writer_run(struct text_writer *writer, size_t stored, uint8_t decoded_step, uint8_t stored_step);

/** Note that a character of so many decoded and stored bytes is about to be written. */
static inline void
text_writer_step(struct text_writer *writer, size_t stored, size_t decoded_step, size_t stored_step)
{
    const struct offset_run *run = writer->nruns ? &writer->runs[writer->nruns - 1] : NULL;
    if (!run || stored != writer->next_stored || run->decoded_step != decoded_step || run->stored_step != stored_step)
        text_writer_run(writer, stored, (uint8_t)decoded_step, (uint8_t)stored_step);
    writer->next_stored = stored + stored_step;
}

/** Write UTF-8 of a code point (not a surrogate). @return bytes, 1..4 */
static inline size_t
text_encode_utf8(uint32_t point, uint8_t *out)
{
    if (point < 0x80) {
        out[0] = (uint8_t)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (uint8_t)(0xC0 | point >> 6);
        out[1] = (uint8_t)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (uint8_t)(0xE0 | point >> 12);
        out[1] = (uint8_t)(0x80 | (point >> 6 & 0x3F));
        out[2] = (uint8_t)(0x80 | (point & 0x3F));
        return 3;
    }
    out[0] = (uint8_t)(0xF0 | point >> 18);
    out[1] = (uint8_t)(0x80 | (point >> 12 & 0x3F));
    out[2] = (uint8_t)(0x80 | (point >> 6 & 0x3F));
    out[3] = (uint8_t)(0x80 | (point & 0x3F));
    return 4;
}

/** One character: its code point, where it is stored, and in how many bytes. */
static inline void
text_writer_put(struct text_writer *writer, uint32_t point, size_t stored, size_t stored_size)
{
    size_t size = text_encode_utf8(point, writer->text + writer->size);
    text_writer_step(writer, stored, size, stored_size);
    writer->size += size;
    if (point == 0 && writer->nnuls++ == 0)
        writer->first_nul = stored;
}

/** A malformed sequence, as one U+FFFD. */
static inline void
text_writer_bad(struct text_writer *writer, size_t stored, size_t stored_size)
{
    if (writer->nmalformed++ == 0)
        writer->first_malformed = stored;
    text_writer_put(writer, TEXT_REPLACEMENT, stored, stored_size);
}

/**
 * Copy ASCII as long as there is some, without NULs.
 *
 * @return bytes copied
 */
static inline size_t
text_writer_ascii(struct text_writer *writer, const uint8_t *data, size_t size, size_t stored)
{
    static const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
    size_t done = 0;
    while (size - done >= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, data + done, sizeof word);
        /* A byte above 7F, or one from which 1 cannot be taken without a borrow: 0. */
        if ((word | (word - ones)) & highs)
            break;
        memcpy(writer->text + writer->size + done, &word, sizeof word);
        done += sizeof word;
    }
    while (done < size && data[done] < 0x80 && data[done] != 0) {
        writer->text[writer->size + done] = data[done];
        done++;
    }
    if (done) {
        text_writer_step(writer, stored, 1, 1);
        writer->next_stored = stored + done;
        writer->size += done;
    }
    return done;
}

#endif

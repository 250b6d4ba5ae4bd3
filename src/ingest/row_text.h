/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_ROW_TEXT_H
#define INGEST_ROW_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "model/segment.h"

/**
 * A text in which escapes are decoded, under construction, with the map of places back.
 *
 * Stretches without escapes are copied whole, and only when an escape comes; a text that has none is not
 * copied at all. Zero-initialise.
 */
struct row_text {
    uint8_t *text; /**< owned; decoded text is never longer than what it was made of */
    size_t capacity;
    struct offset_run *runs; /**< owned */
    size_t nruns, runs_capacity;
    const uint8_t *in; /**< what is decoded */
    size_t size;       /**< bytes written */
    size_t taken;      /**< bytes of `in` that have been dealt with */
    bool copies;       /**< something is to be decoded: the text is a copy */
    bool failed;       /**< out of memory for runs */
};

/** Begin anew. @return PROV_OK, PROV_E_MEMORY */
int row_text_begin(struct row_text *text, struct bytes in, bool copies);
void row_text_finish(struct row_text *text);

/** Copy what stands before in[at] and has not been dealt with. */
void row_text_flush(struct row_text *text, size_t at);

/** Decode the escape sequence at in[at], which is not the last byte, flushing before it. @return its width;
 * 0: it is none */
size_t row_text_escape(struct row_text *text, size_t at, size_t end);

/** Decode whatever looks like an escape in in[at, end), and flush. */
void row_text_plain(struct row_text *text, size_t at, size_t end);

/** Where in[at] lies in the text, at >= taken. */
static inline uint32_t
row_text_place(const struct row_text *text, size_t at)
{
    return (uint32_t)(text->copies ? text->size + (at - text->taken) : at);
}

/**
 * Width of the escape sequence at data, and its character.
 *
 * @param point  U+FFFD for half of a surrogate pair
 * @return 2, 6 or 12; 0 when it is none
 *
 * Source: RFC 8259, section 7.
 */
size_t row_escape_read(const uint8_t *data, size_t size, uint32_t *point);

/** The first '"', '\\' or control character in in[at, end); end when there is none. Sixteen bytes at a time.
 */
size_t row_find_special(const uint8_t *in, size_t at, size_t end);

#endif

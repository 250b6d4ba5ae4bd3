/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_TEXT_H
#define INSPECT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "model/fact.h"
#include "model/segment.h"

/**
 * The encoding of text by its first bytes: a BOM, then UTF-8, then UTF-16/32 by their zeros, then
 * uchardet confirmed by a strict decode. NULL when it is not text.
 */
const char *text_detect(struct bytes head, bool whole);

/** A decoder of segments: one a thread; keeps its buffers and its iconv descriptors. */
struct text_decoder;

struct text_decoder *text_create(void); /**< opens every iconv converter: call it before the sandbox closes */
void text_destroy(struct text_decoder *decoder);

/** Stored bytes of a segment, before decoding: like struct segment, but in the item's encoding. */
struct stored_segment {
    const uint8_t *data; /**< before + page + after bytes */
    size_t before, page, after;
    uint64_t offset; /**< of data[0] in the item */
    bool first, last;
};

/**
 * Make a segment of UTF-8 text of stored bytes. For ASCII and UTF-8 nothing is copied.
 *
 * @param encoding  as text_detect gave it
 * @param segment   text, before, page, after, offset, runs, nruns, first, last are set; what it points to
 *                  is valid until the next call on this decoder, or as long as stored->data
 * @param out       facts: text.invalid_encoding, text.nul_bytes (with counts and first place)
 * @return PROV_OK, PROV_E_MEMORY
 */
int text_decode(struct text_decoder *decoder, const char *encoding, const struct stored_segment *stored,
                struct segment *segment, struct fact_list *out);

/**
 * Where to end a page: the largest cut <= wanted that does not break a character of the encoding, at a
 * line end if there is one in the second half.
 *
 * @return a cut, 1..wanted
 */
size_t text_cut(const char *encoding, const uint8_t *data, size_t size, size_t wanted);

#endif

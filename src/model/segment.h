/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_SEGMENT_H
#define MODEL_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct item;
struct row_table;

/**
 * Places in decoded text against places in the stored bytes. Runs of equal step are one entry, so
 * that pure ASCII needs none and Chinese text few.
 */
struct offset_run {
    uint32_t decoded;     /**< first position of the run in the decoded text */
    uint32_t stored;      /**< the position of the same character in the stored bytes of the segment */
    uint8_t decoded_step; /**< decoded bytes of one character in this run */
    uint8_t stored_step;  /**< stored bytes of one character in this run */
};

/**
 * A run of one item's text, as UTF-8:
 *
 *     text:  | before | page .................... | after |
 *            ^ words of context                    ^ margin
 *
 * A finding belongs to this segment when it starts in the page; it may run into `after`. It may look
 * at `before`, where the previous segment ends. So each finding is reported exactly once whatever the
 * borders. A segment is const for its inspectors; bytes that were malformed in the item are passed on
 * as they are (U+FFFD where the decoder had to choose), so the text is not promised to be valid UTF-8.
 */
struct segment {
    const struct item *item; /**< head only: facts, size and digest are still growing */
    const char *type;        /**< MIME type of the item */
    const char *encoding;    /**< of the stored bytes; static */
    const uint8_t *text;     /**< before + page + after bytes */
    size_t before, page, after;
    uint64_t offset;         /**< of text[0] in the item's stored bytes */
    const struct offset_run *runs; /**< ascending; NULL when text is the stored bytes */
    size_t nruns;
    const struct row_table *rows; /**< records and values in the text; NULL when it is not made of records */
    bool first, last;        /**< of the item: there is nothing before, or after */
};

/** Where text[position] lies in the item's stored bytes; position 0 .. before + page + after. */
uint64_t segment_offset(const struct segment *segment, size_t position);

#endif

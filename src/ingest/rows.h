/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_ROWS_H
#define INGEST_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "model/fact.h"
#include "model/rows.h"
#include "model/segment.h"

enum {
    ROW_PATH_LEVELS =
        8, /**< levels of JSON that have columns of their own; what lies deeper is part of the eighth */
    ROW_KEY_BYTES = 64, /**< a longer key has no name */
    ROW_COLUMNS = 512,  /**< columns of a CSV record that have names; later ones have none */
};

/** How the records of one item are written: judged by its beginning, then const. */
struct row_layout {
    enum row_format format;
    uint8_t delimiter;           /**< of CSV */
    bool quotes;                 /**< of CSV: '"' encloses fields */
    bool header;                 /**< of CSV: the first record names the columns */
    bool many;                   /**< of JSON: values may follow one another */
    const struct bytes *columns; /**< of CSV: a name each, made up where there is no header */
    size_t ncolumns;
};

/**
 * The state of reading at a border of segments. All that is known of what came before, in bounded memory: so
 * that segments can be read in any order once the borders are known. Zero-initialise for the start of an
 * item.
 */
struct row_cursor {
    uint64_t row;                       /**< records begun so far; of ROWS_JSON_LINES, line ends so far */
    uint32_t field;                     /**< CSV: fields of the record that ended */
    uint32_t depth;                     /**< JSON: open arrays and objects */
    uint8_t state;                      /**< of the reader's machine */
    bool invalid;                       /**< a fault of this record was already told */
    bool begun;                         /**< JSON: the record has a value; CSV: the header is behind */
    uint8_t nlevels;                    /**< keys that follow */
    uint8_t key_sizes[ROW_PATH_LEVELS]; /**< ROW_KEY_BYTES + 1: no name */
    uint8_t keys[ROW_PATH_LEVELS][ROW_KEY_BYTES]; /**< the open path, a key for each level; of arrays, none */
    uint8_t npartial;                             /**< of a key or a scalar that is cut by the border */
    uint8_t partial[ROW_KEY_BYTES + 1];           /**< its beginning */
    uint64_t arrays[LIMIT_JSON_DEPTH / 64];       /**< a bit for each open level: is it an array? */
};

/** A reader of records: one a thread; keeps its buffers. */
struct row_reader;

struct row_reader *row_reader_create(void); /**< NULL when out of memory */
void row_reader_destroy(struct row_reader *reader);

/** The format that goes with a MIME type, as far as that tells: ROWS_JSON may turn out to be ROWS_JSON_LINES.
 */
enum row_format row_format_of(const char *type);

/**
 * Judge how the records of an item are written.
 *
 * @param format  as row_format_of told, not ROWS_NONE
 * @param head    the item's beginning, as UTF-8
 * @param arena   holds the names of the columns
 * @return PROV_OK, PROV_E_MEMORY
 */
int row_layout_judge(enum row_format format, struct bytes head, struct arena *arena,
                     struct row_layout *layout);

/**
 * Move a cursor over a page without making anything of it. What must be done in order to cut an item into
 * segments, made cheap: lines of JSON are only counted.
 *
 * @param page  the whole page as UTF-8
 * @return PROV_OK, PROV_E_MEMORY
 */
int row_cursor_advance(struct row_reader *reader, const struct row_layout *layout, struct row_cursor *cursor,
                       struct bytes page);

/** Bytes at the end of a page of JSON that begin an escape sequence which the page cuts: leave them to the
 * next. */
size_t row_cut_escape(struct bytes page);

/**
 * Read the records of a segment: decode the escapes of JSON, so that inspectors see what the strings say, and
 * note where records and values are.
 *
 * Only escapes change: keys, quotes and separators stay where they are, since they are context of what they
 * enclose.
 *
 * @param cursor   the state at the start of the page
 * @param segment  UTF-8; text, before, page, after, runs, nruns and rows are changed; what they point to is
 * valid until the next call on this reader
 * @param out      columns, and the defects json.invalid, json.duplicate_key, json.depth with their counts
 * @return PROV_OK, PROV_E_MEMORY
 */
int row_read_segment(struct row_reader *reader, const struct row_layout *layout,
                     const struct row_cursor *cursor, struct segment *segment, struct fact_list *out);

#endif

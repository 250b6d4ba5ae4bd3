/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_ROW_READER_H
#define INGEST_ROW_READER_H

#include "ingest/row_columns.h"
#include "ingest/row_text.h"
#include "ingest/rows.h"

/** Faults of one kind in a page. */
struct row_fault {
    uint64_t count;
    size_t at;         /**< of the first, in the input */
    uint64_t row;      /**< of the first */
    const char *words; /**< of the first; static */
};

/** What a reader works with: shared by rows.c and the machines of row_json.c and row_csv.c. */
struct row_reader {
    struct row_columns columns;
    struct row_text text;
    uint32_t *starts; /**< owned */
    size_t nstarts, starts_capacity;
    struct row_value *values; /**< owned */
    size_t nvalues, values_capacity;
    struct row_column *names; /**< owned; COLUMN_NODES, one a node */
    struct offset_run *runs;  /**< owned; runs of text in another encoding */
    size_t runs_capacity;
    struct row_table table;
    uint64_t nrecords; /**< begun in the page */
    size_t ends;       /**< where the page ends in the text */
    struct row_fault invalid, duplicate, depth;
    bool notes;  /**< records and values are noted, else only the cursor moves */
    bool failed; /**< out of memory: the result is thrown away */
};

/** Note that a record begins at in[at]. */
void row_reader_start(struct row_reader *reader, size_t at);

/**
 * Note a value whose places are given in the text.
 *
 * @param stored  its bytes in the input
 * @param number  it is one
 */
void row_reader_value(struct row_reader *reader, const struct row_value *value, struct bytes stored,
                      bool number);

/** Count a fault. */
void row_reader_fault(struct row_fault *fault, size_t at, uint64_t row, const char *words);

/**
 * Read a page of JSON or CSV.
 *
 * @param cursor  in: at the start of the page; out: at its end
 * @param in      context, page and margin; the text begins behind the context
 * @param page    where the page begins and ends in it
 * @param last    nothing follows
 */
struct row_page {
    const struct row_layout *layout;
    const uint8_t *in;
    size_t start, end; /**< of the page */
    size_t size;       /**< with the margin */
    bool last;         /**< nothing follows the page */
};
void row_json_read(struct row_reader *reader, const struct row_page *page, struct row_cursor *cursor);
void row_csv_read(struct row_reader *reader, const struct row_page *page, struct row_cursor *cursor);

#endif

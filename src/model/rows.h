/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_ROWS_H
#define MODEL_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/** How a text is divided into records. */
enum row_format {
    ROWS_NONE,       /**< it is not */
    ROWS_JSON_LINES, /**< one JSON value a line: a line end is always a border */
    ROWS_JSON,       /**< JSON in any layout; the elements of an outermost array are records */
    ROWS_CSV,        /**< RFC 4180 and its dialects, TSV among them */
};

/** One column, or one key path of JSON, with what was seen in it. */
struct row_column {
    struct bytes name; /**< UTF-8: "text", "meta.url", "choices[].label"; empty when nothing was seen in it */
    uint64_t nvalues;  /**< strings and numbers that are not empty */
    uint64_t nnumbers; /**< those written as a number (JSON) or made of digits only (CSV) */
    uint64_t ncodes;   /**< those that look like a number or a code: short, digits, capitals, separators */
    uint64_t nbytes;   /**< of the values, decoded */
};

/** One value: a JSON string without its quotes, a JSON number, a field of a CSV record. */
struct row_value {
    uint32_t start, end; /**< in the segment's text */
    uint16_t column;     /**< index in the table's columns */
    bool continued;      /**< it began before the page */
};

/**
 * Where records and values lie in a segment's text. Positions are those of the page; a value that begins
 * there may end in the margin. What lies between values (keys, quotes, separators) belongs to a row but to no
 * column.
 */
struct row_table {
    uint64_t first;         /**< 1-based number of the record that the page begins in; 0: before the first */
    const uint32_t *starts; /**< where records begin: starts[i] begins record first + i + 1; ascending */
    size_t nstarts;
    const struct row_value *values; /**< ascending, disjoint */
    size_t nvalues;
    const struct row_column *columns; /**< [0] stands for none */
    size_t ncolumns;
};

/** Where a stretch of a segment's text lies among its records. */
struct row_place {
    uint64_t row;    /**< 0: in none */
    uint32_t column; /**< 0: in none */
    bool whole;      /**< it is all there is of its value, blanks aside */
};

/** The last value that begins at or before a place of the text; NULL when none does, also for a table of
 * NULL. */
const struct row_value *row_table_value(const struct row_table *table, size_t place);

/** Locate text[start, end); a table of NULL has no rows. */
struct row_place row_table_find(const struct row_table *table, struct bytes text, size_t start, size_t end);

#endif

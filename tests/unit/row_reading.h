/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNIT_ROW_READING_H
#define UNIT_ROW_READING_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "ingest/rows.h"

/**
 * Everything that a reader of records says of a text, as lines of words, however the text is cut into pages:
 *
 *     row 1 text @9 "hello"          row, column, place in the text as stored, value as decoded
 *     json.invalid 1 row 2           defects with their counts and the row of the first
 *     rows 2
 */
struct row_reading {
    struct buf values;
    uint64_t nrows, ndefects[3], first_rows[3];
};

static inline void
reading_must(int status)
{
    if (status != PROV_OK)
        abort();
}

static inline void
reading_value(struct row_reading *reading, const struct segment *segment, const struct row_value *value)
{
    const struct row_table *table = segment->rows;
    size_t page_end = segment->before + segment->page;
    struct bytes text = {segment->text, page_end + segment->after};
    size_t end = value->end < page_end ? value->end : page_end;
    struct row_place place = row_table_find(table, text, value->start, value->end);
    if (value->start < segment->before || value->start > page_end || value->end > text.size ||
        (value->end > value->start && place.column != value->column))
        abort();
    if (!value->continued) {
        struct bytes name = table->columns[value->column].name;
        reading_must(buf_printf(&reading->values, "\nrow %llu %.*s @%llu ", (unsigned long long)place.row, (int)name.size,
                                (const char *)name.data, (unsigned long long)segment_offset(segment, value->start)));
    }
    reading_must(buf_append(&reading->values, segment->text + value->start, end - value->start));
}

static inline void
reading_defects(struct row_reading *reading, const struct fact_list *facts)
{
    static const char *const codes[3] = {"json.invalid", "json.duplicate_key", "json.depth"};
    for (size_t i = 0; i < facts->nfacts; i++)
        for (int code = 0; code < 3; code++)
            if (strcmp(facts->facts[i].code, codes[code]) == 0) {
                if (reading->ndefects[code] == 0)
                    reading->first_rows[code] = facts->facts[i].row;
                reading->ndefects[code] += facts->facts[i].count;
            }
    reading->nrows += facts->nrows;
}

/** Read a text of this layout in pages of at most `page` bytes, cut where escapes allow. */
static inline void
reading_take(struct row_reading *reading, const struct row_layout *layout, struct bytes text, size_t page)
{
    enum { CONTEXT = 16, MARGIN = 40 };
    struct row_reader *reader = row_reader_create(), *cutter = row_reader_create();
    struct row_cursor cursor = {0};
    if (!reader || !cutter)
        abort();
    for (size_t at = 0; at < text.size;) {
        size_t cut = text.size - at < page ? text.size - at : page;
        if (at + cut < text.size && layout->format != ROWS_CSV)
            cut -= row_cut_escape((struct bytes){text.data + at, cut});
        size_t before = at < CONTEXT ? at : CONTEXT, after = text.size - at - cut < MARGIN ? text.size - at - cut : MARGIN;
        /* An exact block: AddressSanitizer sees the first byte read past the segment. */
        uint8_t *copy = malloc(before + cut + after);
        if (!copy)
            abort();
        memcpy(copy, text.data + at - before, before + cut + after);
        struct segment segment = {.text = copy, .before = before, .page = cut, .after = after, .offset = at - before,
                                  .first = at == 0, .last = at + cut == text.size};
        struct fact_list facts = {0};
        reading_must(row_read_segment(reader, layout, &cursor, &segment, &facts));
        for (size_t i = 0; i < segment.rows->nvalues; i++)
            reading_value(reading, &segment, &segment.rows->values[i]);
        reading_defects(reading, &facts);
        fact_list_finish(&facts);
        reading_must(row_cursor_advance(cutter, layout, &cursor, (struct bytes){text.data + at, cut}));
        free(copy);
        at += cut;
    }
    row_reader_destroy(reader);
    row_reader_destroy(cutter);
}

static inline void
reading_finish(struct row_reading *reading)
{
    buf_finish(&reading->values);
}

#endif

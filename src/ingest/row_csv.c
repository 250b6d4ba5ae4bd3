/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine that reads CSV (RFC 4180) and TSV: fields between delimiters, records between line ends, and
 * fields in quotes in which both are text.
 *
 *     FIELD ──"──► QUOTED ──"──► QUOTE ──"──► QUOTED        FIELD ──x──► PLAIN ──,──► FIELD
 *                                QUOTE ──,──► FIELD        QUOTE ──x──► TAIL ──,──► FIELD
 *
 * A quote counts only where a field begins, so that inches (5" disk) do no harm. The text stays as it is: a
 * doubled quote inside a field is no part of anything that is looked for. Lines without anything are no
 * records.
 */
#include <string.h>

#include "ingest/row_reader.h"

enum state { STATE_FIELD, STATE_PLAIN, STATE_QUOTED, STATE_QUOTE, STATE_TAIL };

struct csv {
    struct row_reader *reader;
    const struct row_layout *layout;
    struct row_cursor *cursor;
    const uint8_t *in;
    size_t at, end;
    size_t field;   /* where the open field begins, behind its quote */
    size_t quote;   /* the latest quote in it; before the page when it is not in it */
    bool continued; /* it began before the page */
    uint16_t nodes[ROW_COLUMNS];
    size_t nnodes;
};

static void
begin_record(struct csv *csv)
{
    struct row_cursor *cursor = csv->cursor;
    cursor->depth = 1;
    if (csv->layout->header && !cursor->begun)
        return;
    cursor->row++;
    csv->reader->nrecords++;
    row_reader_start(csv->reader, csv->at);
}

static bool
is_digits(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (data[i] < '0' || data[i] > '9')
            return false;
    return size > 0;
}

/* The open field ends at a place. */
static void
end_field(struct csv *csv, size_t end)
{
    struct row_cursor *cursor = csv->cursor;
    bool header = csv->layout->header && !cursor->begun;
    if (end > csv->field && csv->reader->notes && !header) {
        struct row_value value = {.start = (uint32_t)csv->field,
                                  .end = (uint32_t)end,
                                  .column =
                                      cursor->field < csv->nnodes ? csv->nodes[cursor->field] : COLUMN_NONE,
                                  .continued = csv->continued};
        struct bytes stored = {.data = csv->in + csv->field, .size = end - csv->field};
        row_reader_value(csv->reader, &value, stored,
                         stored.size <= UINT8_MAX && is_digits(stored.data, stored.size));
    }
    csv->continued = false;
    cursor->field++;
    cursor->state = STATE_FIELD;
}

/* At a delimiter or a line end, with no field open. */
static void
take_border(struct csv *csv)
{
    struct row_cursor *cursor = csv->cursor;
    if (csv->in[csv->at++] == csv->layout->delimiter)
        return;
    cursor->field = 0;
    if (cursor->depth)
        cursor->begun = true;
    cursor->depth = 0;
}

static bool
is_border(const struct csv *csv, uint8_t byte)
{
    return byte == csv->layout->delimiter || byte == '\n';
}

/* A field that is not enclosed ends before the carriage return of its line end. */
static size_t
plain_end(const struct csv *csv, size_t at, size_t end)
{
    return at < end && csv->in[at] == '\n' && at > csv->field && csv->in[at - 1] == '\r' ? at - 1 : at;
}

static void
read_field(struct csv *csv)
{
    uint8_t byte = csv->in[csv->at];
    bool blank_line = csv->cursor->field == 0 && !csv->cursor->depth && (byte == '\n' || byte == '\r');
    if (blank_line) {
        csv->at++;
        return;
    }
    if (!csv->cursor->depth)
        begin_record(csv);
    csv->field = csv->at;
    if (is_border(csv, byte)) {
        end_field(csv, csv->at);
        take_border(csv);
    } else if (byte == '"' && csv->layout->quotes) {
        csv->cursor->state = STATE_QUOTED;
        csv->field = ++csv->at;
    } else {
        csv->cursor->state = STATE_PLAIN;
    }
}

static void
read_plain(struct csv *csv)
{
    const uint8_t *in = csv->in;
    uint8_t delimiter = csv->layout->delimiter;
    size_t at = csv->at;
    while (at < csv->end && in[at] != delimiter && in[at] != '\n')
        at++;
    csv->at = at;
    if (at == csv->end)
        return;
    end_field(csv, plain_end(csv, at, csv->end));
    take_border(csv);
}

static void
read_quoted(struct csv *csv)
{
    const uint8_t *quote = memchr(csv->in + csv->at, '"', csv->end - csv->at);
    if (!quote) {
        csv->at = csv->end;
        return;
    }
    csv->quote = (size_t)(quote - csv->in);
    csv->at = csv->quote + 1;
    csv->cursor->state = STATE_QUOTE;
}

/* Behind a quote in a field that is enclosed: another one, or its end. What stands between it and the border,
   should anything stand there, belongs to no field. */
static void
read_quote(struct csv *csv)
{
    if (csv->cursor->state == STATE_QUOTE && csv->in[csv->at] == '"') {
        csv->cursor->state = STATE_QUOTED;
        csv->at++;
        return;
    }
    csv->cursor->state = STATE_TAIL;
    while (csv->at < csv->end && !is_border(csv, csv->in[csv->at]))
        csv->at++;
    if (csv->at == csv->end)
        return;
    end_field(csv, csv->quote);
    take_border(csv);
}

static void
finish_page(struct csv *csv, const struct row_page *page)
{
    struct row_cursor *cursor = csv->cursor;
    size_t at = page->end;
    if (cursor->state == STATE_FIELD)
        return;
    uint32_t field = cursor->field;
    uint8_t state = cursor->state;
    if (state == STATE_QUOTED) {
        while (at < page->size && (page->in[at] != '"' || (page->size - at > 1 && page->in[at + 1] == '"')))
            at += page->in[at] == '"' ? 2 : 1;
    } else if (state == STATE_PLAIN) {
        while (at < page->size && !is_border(csv, page->in[at]))
            at++;
        at = plain_end(csv, at, page->size);
    } else if (state == STATE_TAIL || at == page->size ||
               page->in[at] != '"') { /* else the quotes of a pair are parted */
        at = csv->quote;
    }
    end_field(csv, at);
    cursor->field = field;
    cursor->state = state;
}

void
row_csv_read(struct row_reader *reader, const struct row_page *page, struct row_cursor *cursor)
{
    struct csv csv = {.reader = reader,
                      .layout = page->layout,
                      .cursor = cursor,
                      .in = page->in,
                      .at = page->start,
                      .end = page->end,
                      .field = page->start,
                      .quote = page->start - 1,
                      .continued = cursor->state != STATE_FIELD};
    csv.nnodes = page->layout->ncolumns < ROW_COLUMNS ? page->layout->ncolumns : ROW_COLUMNS;
    for (size_t i = 0; i < csv.nnodes && reader->notes; i++)
        csv.nodes[i] = row_columns_key(&reader->columns, COLUMN_ROOT, page->layout->columns[i], COLUMN_NONE);
    while (csv.at < csv.end) {
        switch (cursor->state) {
        case STATE_PLAIN:
            read_plain(&csv);
            break;
        case STATE_QUOTED:
            read_quoted(&csv);
            break;
        case STATE_QUOTE:
        case STATE_TAIL:
            read_quote(&csv);
            break;
        default:
            read_field(&csv);
            break;
        }
    }
    finish_page(&csv, page);
}

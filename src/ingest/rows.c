/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a segment of text to a segment with rows.
 *
 *     text     | before | page ..................... | after |
 *                 plain    machine (row_json, row_csv)  plain       escapes are decoded in all three,
 *                                                                   rows and values noted in the page
 *
 * A page is read with the cursor of its start, so it comes out the same whoever reads it and whatever else
 * was read before. Cursors are moved by the thread that cuts the item (row_cursor_advance): for lines of
 * JSON, most of all data, that is counting line ends.
 *
 * Why the text keeps its structure rather than being a list of strings: a key is the best context that a
 * value has, licenses are stated as "license": "MIT", and a page without escapes is not even copied.
 */
#include "ingest/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "ingest/row_reader.h"
#include "model/defect.h"

enum { ESCAPE_SIZE_MAX = 12, CODE_SIZE_MIN = 5, CODE_SIZE_MAX = 40, CODE_DIGITS_MIN = 4 };

struct row_reader *
row_reader_create(void)
{
    struct row_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return NULL;
    reader->names = calloc(COLUMN_NODES, sizeof *reader->names);
    if (row_columns_init(&reader->columns) == PROV_OK && reader->names)
        return reader;
    row_reader_destroy(reader);
    return NULL;
}

void
row_reader_destroy(struct row_reader *reader)
{
    if (!reader)
        return;
    row_columns_finish(&reader->columns);
    row_text_finish(&reader->text);
    free(reader->starts);
    free(reader->values);
    free(reader->names);
    free(reader->runs);
    free(reader);
}

/* ---- what the machines tell ---- */

void
row_reader_start(struct row_reader *reader, size_t at)
{
    if (!reader->notes)
        return;
    if (reader->nstarts == reader->starts_capacity) {
        size_t capacity = reader->starts_capacity ? reader->starts_capacity * 2 : 1024;
        uint32_t *grown = realloc(reader->starts, capacity * sizeof *grown);
        if (!grown) {
            reader->failed = true;
            return;
        }
        reader->starts = grown;
        reader->starts_capacity = capacity;
    }
    reader->starts[reader->nstarts++] = row_text_place(&reader->text, at);
}

/* Could this be a number, or a code that stands for somebody or something? */
static bool
is_code(struct bytes text)
{
    size_t ndigits = 0;
    if (text.size < CODE_SIZE_MIN || text.size > CODE_SIZE_MAX)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        bool digit = byte >= '0' && byte <= '9';
        ndigits += digit;
        if (!digit && !(byte >= 'A' && byte <= 'Z') &&
            (byte > '/' || byte < ' ' || byte == '"' || byte == ','))
            return false;
    }
    return ndigits >= CODE_DIGITS_MIN;
}

void
row_reader_value(struct row_reader *reader, const struct row_value *value, struct bytes stored, bool number)
{
    if (!reader->notes || value->end <= value->start)
        return;
    struct column_node *node = &reader->columns.nodes[value->column];
    node->nvalues += !value->continued;
    node->nnumbers += !value->continued && number;
    node->ncodes += !value->continued && is_code(stored);
    /* What lies in the margin is counted by the next page. */
    node->nbytes += (value->end < reader->ends ? value->end : reader->ends) - value->start;
    if (reader->nvalues == reader->values_capacity) {
        size_t capacity = reader->values_capacity ? reader->values_capacity * 2 : 4096;
        struct row_value *grown = realloc(reader->values, capacity * sizeof *grown);
        if (!grown) {
            reader->failed = true;
            return;
        }
        reader->values = grown;
        reader->values_capacity = capacity;
    }
    reader->values[reader->nvalues++] = *value;
}

void
row_reader_fault(struct row_fault *fault, size_t at, uint64_t row, const char *words)
{
    if (fault->count++)
        return;
    fault->at = at;
    fault->row = row;
    fault->words = words;
}

/* ---- reading ---- */

static void
reader_begin(struct row_reader *reader, bool notes)
{
    row_columns_clear(&reader->columns);
    reader->nstarts = reader->nvalues = 0;
    reader->nrecords = 0;
    reader->invalid = reader->duplicate = reader->depth = (struct row_fault){0};
    reader->notes = notes;
    reader->failed = false;
}

static void
read_page(struct row_reader *reader, const struct row_page *page, struct row_cursor *cursor)
{
    if (page->layout->format == ROWS_CSV)
        row_csv_read(reader, page, cursor);
    else
        row_json_read(reader, page, cursor);
}

static uint64_t
count_lines(struct bytes page)
{
    uint64_t count = 0;
    const uint8_t *at = page.data, *end = page.data + page.size;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
        count++;
        at++;
    }
    return count;
}

int
row_cursor_advance(struct row_reader *reader, const struct row_layout *layout, struct row_cursor *cursor,
                   struct bytes page)
{
    size_t start = 0;
    if (layout->format == ROWS_JSON_LINES) {
        const uint8_t *line = page.size ? memrchr(page.data, '\n', page.size) : NULL;
        if (line) {
            start = (size_t)(line - page.data) + 1;
            *cursor = (struct row_cursor){
                .row = cursor->row + count_lines((struct bytes){.data = page.data, .size = start})};
        }
    }
    if (start == page.size)
        return PROV_OK;
    const struct row_page rest = {
        .layout = layout, .in = page.data, .start = start, .end = page.size, .size = page.size};
    reader_begin(reader, false);
    TRY(row_text_begin(&reader->text, page, false));
    read_page(reader, &rest, cursor);
    return PROV_OK;
}

/* Is the sequence of six bytes the first half of a surrogate pair? */
static bool
is_high_surrogate(const uint8_t *escape)
{
    return (escape[2] | 0x20) == 'd' && strchr("89abAB", escape[3]);
}

size_t
row_cut_escape(struct bytes page)
{
    size_t at = page.size > ESCAPE_SIZE_MAX ? page.size - ESCAPE_SIZE_MAX : 0;
    /* Backslashes pair up from the left: begin where their row does. */
    while (at > 0 && page.data[at - 1] == '\\')
        at--;
    while (at < page.size) {
        uint32_t point = 0;
        size_t left = page.size - at;
        if (page.data[at] != '\\') {
            at++;
            continue;
        }
        size_t width = row_escape_read(page.data + at, left, &point);
        bool open = width ? width == ESCAPE_SIZE_MAX / 2 && left < ESCAPE_SIZE_MAX &&
                                is_high_surrogate(page.data + at)
                          : left < 2 || (page.data[at + 1] == 'u' && left < ESCAPE_SIZE_MAX / 2);
        if (open)
            return at > 0 ? left : 0;
        at += width ? width : 2;
    }
    return 0;
}

/* ---- the segment ---- */

static void
add_run(struct row_reader *reader, size_t *nruns, const struct offset_run *run)
{
    if (*nruns == reader->runs_capacity) {
        size_t capacity = reader->runs_capacity ? reader->runs_capacity * 2 : 1024;
        struct offset_run *grown = realloc(reader->runs, capacity * sizeof *grown);
        if (!grown) {
            reader->failed = true;
            return;
        }
        reader->runs = grown;
        reader->runs_capacity = capacity;
    }
    reader->runs[(*nruns)++] = *run;
}

/* Places in the text lead to places in what it was made of, and from there to the stored bytes: join the two
 * maps. */
static void
join_runs(struct row_reader *reader, const struct segment *segment, size_t *nruns)
{
    const struct row_text *text = &reader->text;
    size_t under = 0;
    for (size_t i = 0; i < text->nruns; i++) {
        const struct offset_run *run = &text->runs[i];
        size_t end = i + 1 < text->nruns ? text->runs[i + 1].decoded : text->size;
        size_t place = run->decoded, in = run->stored;
        while (place < end) {
            while (under + 1 < segment->nruns && segment->runs[under + 1].decoded <= in)
                under++;
            const struct offset_run *below = &segment->runs[under];
            size_t stored = below->stored + (in - below->decoded) / below->decoded_step * below->stored_step;
            bool escape = run->stored_step > 1 || run->decoded_step > 1;
            struct offset_run joined = {
                .decoded = (uint32_t)place,
                .stored = (uint32_t)stored,
                .decoded_step = escape ? run->decoded_step : below->decoded_step,
                .stored_step =
                    (uint8_t)(escape ? run->stored_step * below->stored_step : below->stored_step)};
            size_t next = under + 1 < segment->nruns ? segment->runs[under + 1].decoded : SIZE_MAX;
            size_t step = escape ? run->decoded_step : next - in;
            in += escape ? run->stored_step : step;
            place = step < end - place ? place + step : end;
            add_run(reader, nruns, &joined);
        }
    }
}

/* Put the decoded text, and the way back from it, in place of the segment's own. */
static void
replace_text(struct row_reader *reader, struct segment *segment, size_t page, size_t after)
{
    struct row_text *text = &reader->text;
    size_t nruns = 0;
    if (!text->copies)
        return;
    if (segment->nruns) {
        join_runs(reader, segment, &nruns);
        segment->runs = reader->runs;
        segment->nruns = nruns;
    } else {
        segment->runs = text->runs;
        segment->nruns = text->nruns;
    }
    segment->text = text->text;
    segment->before = page;
    segment->page = after - page;
    segment->after = text->size - after;
}

static int
add_defect(const struct segment *segment, const struct row_fault *fault, enum defect defect,
           struct fact_list *out)
{
    char words[128];
    if (!fault->count)
        return PROV_OK;
    (void)snprintf(words, sizeof words, "row %llu: %s", (unsigned long long)fault->row, fault->words);
    const struct fact fact = {.kind = FACT_DEFECT,
                              .code = defect_code(defect),
                              .offset = segment_offset(segment, fault->at),
                              .length = 1,
                              .row = fault->row,
                              .count = fault->count,
                              .evidence = bytes_of(words)};
    return fact_list_add(out, &fact);
}

/* Name the columns in which values were seen. */
static int
add_columns(struct row_reader *reader, struct fact_list *out)
{
    struct row_columns *columns = &reader->columns;
    reader->names[COLUMN_NONE] = (struct row_column){0};
    for (size_t i = COLUMN_ROOT; i < columns->nnodes; i++) {
        const struct column_node *node = &columns->nodes[i];
        reader->names[i] = (struct row_column){.nvalues = node->nvalues,
                                               .nnumbers = node->nnumbers,
                                               .ncodes = node->ncodes,
                                               .nbytes = node->nbytes};
        if (node->nbytes == 0 && node->nvalues == 0)
            continue;
        reader->names[i].name = row_columns_name(columns, (uint16_t)i, &out->arena);
        if (!reader->names[i].name.data)
            return PROV_E_MEMORY;
    }
    return fact_list_add_columns(out, reader->names, columns->nnodes, reader->nrecords);
}

int
row_read_segment(struct row_reader *reader, const struct row_layout *layout, const struct row_cursor *cursor,
                 struct segment *segment, struct fact_list *out)
{
    struct row_cursor moving = *cursor;
    struct bytes in = {.data = segment->text, .size = segment->before + segment->page + segment->after};
    const struct row_page page = {.layout = layout,
                                  .in = in.data,
                                  .start = segment->before,
                                  .end = segment->before + segment->page,
                                  .size = in.size,
                                  .last = segment->last};
    bool copies = layout->format != ROWS_CSV && in.size && memchr(in.data, '\\', in.size);
    struct row_text *text = &reader->text;
    reader_begin(reader, true);
    TRY(row_text_begin(text, in, copies));
    row_text_plain(text, 0, page.start);
    size_t begins = row_text_place(text, page.start);
    reader->ends = page.end;
    read_page(reader, &page, &moving);
    row_text_plain(text, text->taken > page.end ? text->taken : page.end, in.size);
    TRY(add_defect(segment, &reader->invalid, DEFECT_JSON_INVALID, out));
    TRY(add_defect(segment, &reader->duplicate, DEFECT_JSON_DUPLICATE_KEY, out));
    TRY(add_defect(segment, &reader->depth, DEFECT_JSON_DEPTH, out));
    replace_text(reader, segment, begins, reader->ends);
    TRY(add_columns(reader, out));
    if (reader->failed || text->failed)
        return PROV_E_MEMORY;
    reader->table = (struct row_table){.first = cursor->row + (layout->format == ROWS_JSON_LINES),
                                       .starts = reader->starts,
                                       .nstarts = reader->nstarts,
                                       .values = reader->values,
                                       .nvalues = reader->nvalues,
                                       .columns = reader->names,
                                       .ncolumns = reader->columns.nnodes};
    segment->rows = &reader->table;
    return PROV_OK;
}

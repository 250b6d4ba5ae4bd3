/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the records of an item are written, judged by its first 64 KiB.
 *
 * JSON: lines are borders when the first value ends before its line does, and another one follows on the
 * next.
 *
 * CSV: each delimiter is tried on the first records; the one that gives the same number of fields most often
 * wins, and more fields over fewer. The first record is a header when all of its fields are names (they begin
 * with a letter, are short, and differ) and something says that they are names rather than values: a
 * well-known name among them, an underscore, or numbers below a field that is none. In doubt it is not: the
 * names of columns are stored and shown, and a row of somebody's data must not be taken for them.
 */
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "ingest/row_columns.h"
#include "ingest/rows.h"

enum { RECORDS_MAX = 64, NAME_MAX_BYTES = 40 };

/* ---- JSON ---- */

enum row_format
row_format_of(const char *type)
{
    if (!type)
        return ROWS_NONE;
    if (strcmp(type, "application/x-ndjson") == 0)
        return ROWS_JSON_LINES;
    if (strcmp(type, "text/csv") == 0 || strcmp(type, "text/tab-separated-values") == 0)
        return ROWS_CSV;
    size_t size = strlen(type);
    return size > 4 && strcmp(type + size - 4, "json") == 0 ? ROWS_JSON : ROWS_NONE;
}

/* Does the first value end where its line does? When the head ends first, lines are so long that they are
 * records. */
static bool
is_one_line(struct bytes head)
{
    size_t depth = 0;
    bool string = false, begun = false;
    for (size_t i = 0; i < head.size; i++) {
        uint8_t byte = head.data[i];
        if (byte == '\n' && begun)
            return depth == 0;
        begun = begun || byte > ' ';
        if (string && byte == '\\')
            i++;
        else if (byte == '"')
            string = !string;
        else if (!string)
            depth += (byte == '{' || byte == '[')            ? 1u
                     : (byte == '}' || byte == ']') && depth ? SIZE_MAX
                                                             : 0u;
    }
    return true;
}

/* ---- CSV ---- */

/* A field of the head. */
struct field {
    struct bytes text; /* without its quotes */
    bool last;         /* of its record */
};

/* Read the field at *at, and step behind it. @return false: the head ends in it */
static bool
read_field(struct bytes head, const struct row_layout *layout, size_t *at, struct field *field)
{
    size_t start = *at, end;
    bool quoted = layout->quotes && start < head.size && head.data[start] == '"';
    if (quoted) {
        for (end = ++start; end < head.size; end++) {
            if (head.data[end] != '"')
                continue;
            if (end + 1 == head.size || head.data[end + 1] != '"')
                break;
            end++;
        }
        field->text = (struct bytes){.data = head.data + start, .size = end - start};
        start = end;
    }
    for (end = start; end < head.size && head.data[end] != layout->delimiter && head.data[end] != '\n';)
        end++;
    if (end == head.size)
        return false;
    field->last = head.data[end] == '\n';
    size_t size = end - start - (field->last && end > start && head.data[end - 1] == '\r');
    if (!quoted)
        field->text = (struct bytes){.data = head.data + start, .size = size};
    *at = end + 1;
    return true;
}

/* Numbers of fields of the first records. @return how many records */
static size_t
count_fields(struct bytes head, const struct row_layout *layout, size_t counts[RECORDS_MAX])
{
    size_t nrecords = 0, at = 0, nfields = 0;
    struct field field;
    while (nrecords < RECORDS_MAX && read_field(head, layout, &at, &field)) {
        nfields++;
        if (!field.last)
            continue;
        if (nfields > 1 || field.text.size)
            counts[nrecords++] = nfields;
        nfields = 0;
    }
    return nrecords;
}

/* How well a delimiter fits: the share of records with the most frequent number of fields, then that number.
 */
static size_t
fitness(struct bytes head, const struct row_layout *layout, size_t *nfields)
{
    size_t counts[RECORDS_MAX], best = 0;
    size_t nrecords = count_fields(head, layout, counts);
    *nfields = 1;
    for (size_t i = 0; i < nrecords; i++) {
        size_t same = 0;
        for (size_t j = 0; j < nrecords; j++)
            same += counts[j] == counts[i];
        if (same > best || (same == best && counts[i] > *nfields)) {
            best = same;
            *nfields = counts[i];
        }
    }
    return *nfields > 1 ? best * 1000 / nrecords * 10 + (*nfields < 10 ? *nfields : 9) : 0;
}

static size_t
choose_delimiter(struct bytes head, struct row_layout *layout)
{
    static const uint8_t delimiters[] = {',', '\t', ';', '|'};
    size_t best = 0, columns = 1;
    uint8_t chosen = ',';
    for (size_t i = 0; i < sizeof delimiters; i++) {
        size_t nfields = 0;
        layout->delimiter = delimiters[i];
        size_t fit = fitness(head, layout, &nfields);
        if (fit > best) {
            best = fit;
            columns = nfields;
            chosen = delimiters[i];
        }
    }
    layout->delimiter = chosen;
    return columns;
}

static bool
is_letter(uint8_t byte)
{
    return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

/* Is there a word of this list in the name? */
static bool
is_known_name(struct bytes name)
{
    static const char *const words[] = {
        "id",      "name",   "text",        "title",    "url",      "date",     "time",    "label",
        "type",    "email",  "phone",       "score",    "source",   "lang",     "index",   "content",
        "class",   "value",  "code",        "status",   "count",    "key",      "query",   "answer",
        "input",   "user",   "address",     "country",  "city",     "year",     "age",     "sex",
        "gender",  "number", "description", "category", "question", "language", "license", "author",
        "comment", "target", "姓名",        "电话",     "手机",     "地址",     "身份证",  "编号",
        "日期",    "标题",   "内容",        "类型",     "邮箱",     "性别",     "年龄"};
    char lower[NAME_MAX_BYTES + 1];
    for (size_t i = 0; i < name.size; i++)
        lower[i] = (char)(name.data[i] >= 'A' && name.data[i] <= 'Z' ? name.data[i] | 0x20 : name.data[i]);
    lower[name.size] = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *found = strstr(lower, words[i]);
        size_t size = strlen(words[i]);
        bool begins = found && (found == lower || !is_letter((uint8_t)found[-1]));
        if (begins && !is_letter((uint8_t)found[size]))
            return true;
    }
    return memchr(name.data, '_', name.size) != NULL;
}

static bool
is_name(struct bytes text)
{
    return row_name_is_fit(text) && text.size <= NAME_MAX_BYTES &&
           (is_letter(text.data[0]) || text.data[0] >= 0x80 || text.data[0] == '_');
}

static bool
is_numeric(struct bytes text)
{
    size_t ndigits = 0;
    for (size_t i = 0; i < text.size; i++) {
        ndigits += text.data[i] >= '0' && text.data[i] <= '9';
        if (!text.data[i] || !strchr("0123456789+-.,:/eE ", text.data[i]))
            return false;
    }
    return ndigits > 0;
}

/* Are the fields of the first record names of columns? */
static bool
has_header(struct bytes head, const struct row_layout *layout)
{
    struct bytes names[ROW_COLUMNS];
    size_t nnames = 0, at = 0, column = 0;
    struct field field = {0};
    bool known = false;
    do {
        if (!read_field(head, layout, &at, &field))
            return false;
        bool index = nnames == 0 && field.text.size == 0; /* what pandas writes above its index */
        if (!(index || is_name(field.text)))
            return false;
        known = known || index || is_known_name(field.text);
        for (size_t i = 0; i < nnames; i++)
            if (bytes_equal(names[i], field.text))
                return false;
        names[nnames++] = field.text;
    } while (!field.last && nnames < ROW_COLUMNS);
    for (field.last = false; !known && !field.last && read_field(head, layout, &at, &field); column++)
        known = is_numeric(field.text);
    return known;
}

/* Name the columns: as the header does, or by their number. */
static int
name_columns(struct bytes head, size_t nfields, struct arena *arena, struct row_layout *layout)
{
    size_t at = 0;
    struct field field = {0};
    struct bytes *names = arena_array(arena, nfields, sizeof *names);
    if (!names)
        return PROV_E_MEMORY;
    for (size_t i = 0; i < nfields; i++) {
        char number[32];
        bool there =
            layout->header && !field.last && read_field(head, layout, &at, &field) && field.text.size;
        (void)snprintf(number, sizeof number, "column %zu", i + 1);
        names[i] = arena_bytes(arena, there ? field.text : bytes_of(number));
        if (!names[i].data)
            return PROV_E_MEMORY;
    }
    layout->columns = names;
    layout->ncolumns = nfields;
    return PROV_OK;
}

int
row_layout_judge(enum row_format format, struct bytes head, struct arena *arena, struct row_layout *layout)
{
    struct row_layout made = {.format = format, .many = format == ROWS_JSON_LINES};
    if (format == ROWS_JSON_LINES && !is_one_line(head))
        made.format = ROWS_JSON;
    if (format == ROWS_CSV) {
        made.quotes = true;
        size_t nfields = choose_delimiter(head, &made);
        made.header = has_header(head, &made);
        TRY(name_columns(head, nfields < ROW_COLUMNS ? nfields : ROW_COLUMNS, arena, &made));
    }
    *layout = made;
    return PROV_OK;
}

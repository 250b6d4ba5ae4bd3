/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Worksheets that came back.
 *
 * The file went through a spreadsheet and several hands: the separator may be another one, a byte-order mark
 * may stand in front, lines may be sorted otherwise, columns may have moved. What may not have changed is
 * which entries they are: the sample is drawn again, and each line's row and digest are held against it.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/infile.h"
#include "cmd/sample_sheet.h"

enum { SHEET_BYTES_MAX = 1 << 30, FIELDS_MAX = 64 };

/* The columns that matter. */
enum field { FIELD_NUMBER, FIELD_ROW, FIELD_SHA256, FIELD_MARK, FIELD_COUNT };

/* A worksheet being read. */
struct marks_reading {
    const struct sample_sheet *sheet;
    const char *path;
    struct bytes text; /**< what is left of the file */
    char separator;
    size_t line;
    size_t nfields;
    struct buf fields[FIELDS_MAX];
    size_t column[FIELD_COUNT];
    bool *seen; /**< one for each entry */
    struct db_statement *digest;
    struct sample_marks *marks;
    struct err *err;
};

static int
memory(struct marks_reading *reading)
{
    return err_set(reading->err, PROV_E_MEMORY, "out of memory");
}

static int
wrong(struct marks_reading *reading, const char *words)
{
    return err_set(reading->err, PROV_E_USAGE, "%s:%zu: %s", reading->path, reading->line, words);
}

/* One field of RFC 4180, the separator being what it is. */
static int
read_field(struct marks_reading *reading, struct buf *field)
{
    struct bytes *text = &reading->text;
    bool quoted = text->size && *text->data == '"';
    size_t at = quoted;
    buf_clear(field);
    for (; at < text->size; at++) {
        uint8_t c = text->data[at];
        reading->line += quoted && c == '\n';
        if (quoted && c == '"') {
            quoted = at + 1 < text->size && text->data[at + 1] == '"';
            at += quoted;
            if (!quoted)
                continue;
        } else if (!quoted && (c == (uint8_t)reading->separator || c == '\n'))
            break;
        else if (!quoted && c == '\r')
            continue;
        TRY(buf_append_byte(field, c));
    }
    text->data += at;
    text->size -= at;
    return PROV_OK;
}

/* One line into fields. @param has_line  false at the end */
static int
read_line(struct marks_reading *reading, bool *has_line)
{
    struct bytes *text = &reading->text;
    reading->nfields = 0;
    *has_line = text->size > 0;
    if (!*has_line)
        return PROV_OK;
    reading->line++;
    for (;;) {
        if (reading->nfields == FIELDS_MAX)
            return wrong(reading, "too many columns");
        if (read_field(reading, &reading->fields[reading->nfields++]) != PROV_OK)
            return memory(reading);
        bool more = text->size && *text->data == (uint8_t)reading->separator;
        if (text->size) {
            text->data++;
            text->size--;
        }
        if (!more)
            return PROV_OK;
    }
}

/* The heading tells the separator and where the columns are. */
static int
read_heading(struct marks_reading *reading)
{
    static const char *const names[FIELD_COUNT] = {"number", "row", "sha256", "mark"};
    static const char separators[] = ",;\t";
    bool has_line = false;
    if (reading->text.size >= 3 && memcmp(reading->text.data, "\xef\xbb\xbf", 3) == 0) {
        reading->text.data += 3;
        reading->text.size -= 3;
    }
    const uint8_t *newline = reading->text.size ? memchr(reading->text.data, '\n', reading->text.size) : NULL;
    size_t size = newline ? (size_t)(newline - reading->text.data) : reading->text.size, most = 0;
    for (const char *one = separators; *one; one++) {
        size_t count = 0;
        for (size_t i = 0; i < size; i++)
            count += reading->text.data[i] == (uint8_t)*one;
        if (count > most || one == separators) {
            most = count;
            reading->separator = *one;
        }
    }
    TRY(read_line(reading, &has_line));
    for (int i = 0; i < FIELD_COUNT; i++) {
        size_t at = 0;
        while (at < reading->nfields && strcasecmp(buf_text(&reading->fields[at]), names[i]) != 0)
            at++;
        if (at == reading->nfields)
            return wrong(reading, "the columns number, row, sha256 and mark must be there");
        reading->column[i] = at;
    }
    return PROV_OK;
}

static const char *
field(const struct marks_reading *reading, enum field which)
{
    size_t at = reading->column[which];
    return at < reading->nfields ? buf_text(&reading->fields[at]) : "";
}

/* Is the line that of the entry with this number? */
static int
check_entry(struct marks_reading *reading, size_t number)
{
    const struct sample_entry *entry = &reading->sheet->sample->entries[number];
    bool has_row = false;
    db_reset(reading->digest);
    db_bind_int(reading->digest, 1, entry->unit);
    db_bind_int(reading->digest, 2, entry->item);
    TRY(db_step(reading->digest, &has_row, reading->err));
    uint64_t row = strtoull(field(reading, FIELD_ROW), NULL, 10);
    if (!has_row || row != entry->row ||
        strcasecmp(field(reading, FIELD_SHA256), db_text(reading->digest, 0)) != 0)
        return wrong(reading, "is not the entry that was drawn with this number");
    return PROV_OK;
}

/* 1 clean, 0 not, -1 no mark, -2 no word that is one. */
static int
mark_of(const char *word)
{
    static const char *const clean[] = {"clean", "ok", "1", "合格", "符合", NULL};
    static const char *const dirty[] = {"not clean", "bad", "0", "不合格", "不符合", NULL};
    if (!*word)
        return -1;
    for (int i = 0; clean[i]; i++)
        if (strcasecmp(word, clean[i]) == 0)
            return 1;
    for (int i = 0; dirty[i]; i++)
        if (strcasecmp(word, dirty[i]) == 0)
            return 0;
    return -2;
}

static int
take_line(struct marks_reading *reading)
{
    char *end = NULL;
    const char *text = field(reading, FIELD_NUMBER);
    unsigned long long number = strtoull(text, &end, 10);
    if (!*text && reading->nfields == 1)
        return PROV_OK; /* an empty line */
    if (!*text || *end || number == 0 || number > reading->sheet->sample->nentries)
        return wrong(reading, "no such number in the sample");
    if (reading->seen[number - 1])
        return wrong(reading, "the number stands on another line too");
    reading->seen[number - 1] = true;
    TRY(check_entry(reading, (size_t)number - 1));
    int mark = mark_of(field(reading, FIELD_MARK));
    if (mark == -2)
        return wrong(reading, "a mark is clean or bad (or 1, 0, 合格, 不合格)");
    reading->marks->nmarked += mark >= 0;
    reading->marks->nclean += mark == 1;
    return PROV_OK;
}

static int
read_all(struct marks_reading *reading)
{
    bool has_line = true;
    TRY(db_prepare(reading->sheet->db, "SELECT lower(hex(sha256)) FROM item WHERE unit = ? AND ordinal = ?",
                   &reading->digest, reading->err));
    TRY(read_heading(reading));
    for (;;) {
        TRY(read_line(reading, &has_line));
        if (!has_line)
            return PROV_OK;
        TRY(take_line(reading));
    }
}

int
sample_sheet_read(const struct sample_sheet *sheet, const char *path, struct sample_marks *marks,
                  struct err *err)
{
    struct marks_reading reading = {
        .sheet = sheet, .path = path, .separator = ',', .marks = marks, .err = err};
    struct buf content = {0};
    uint8_t sha256[SHA256_SIZE];
    *marks = (struct sample_marks){0};
    struct err why = {0};
    int status = infile_read(path, SHEET_BYTES_MAX, &content, &why);
    if (status != PROV_OK)
        status = err_set(err, status == PROV_E_IO ? PROV_E_USAGE : status, "%s", why.text);
    reading.text = buf_bytes(&content);
    reading.seen = calloc(sheet->sample->nentries + 1, sizeof *reading.seen);
    if (status == PROV_OK && (!reading.seen || sha256_block(content.data, content.size, sha256) != PROV_OK))
        status = memory(&reading);
    if (status == PROV_OK) {
        hex_write(sha256, sizeof sha256, marks->sha256);
        status = read_all(&reading);
    }
    for (int i = 0; i < FIELDS_MAX; i++)
        buf_finish(&reading.fields[i]);
    db_finish(reading.digest);
    free(reading.seen);
    buf_finish(&content);
    return status;
}

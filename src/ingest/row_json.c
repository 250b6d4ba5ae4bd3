/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine that reads JSON: a state, and a bit for each open level; no recursion, no tree.
 *
 *     VALUE ──"──► STRING ──"──► AFTER ──,──► VALUE or KEY        KEY ──"──► KEY_STRING ──"──► COLON ──:──►
 * VALUE VALUE ──x──► SCALAR ─────► AFTER ──]──► AFTER of the level above; DONE of the outermost
 *
 * Strict in what it calls JSON (RFC 8259), lenient in what it reads: what can be stepped over (a control
 * character in a string, NaN, a wrong escape) is a fault of the record and reading goes on; where the
 * structure breaks, the rest of the line, or of the item when lines are no borders, is BROKEN: plain text
 * whose escapes are decoded all the same. So nothing that is hidden in a broken record stays hidden. Numbers
 * are never converted: the digits are the value.
 *
 * The state at the end of a page is complete (struct row_cursor), so a page may begin anywhere but in an
 * escape.
 */
#include <string.h>

#include "base/utf8.h"
#include "ingest/row_reader.h"
#include "ingest/row_scalar.h"

enum state {
    STATE_VALUE,          /* zero: the start of an item */
    STATE_VALUE_OR_CLOSE, /* behind '[' */
    STATE_KEY_OR_CLOSE,   /* behind '{' */
    STATE_KEY,            /* behind ',' */
    STATE_COLON,
    STATE_AFTER, /* behind a value inside something */
    STATE_DONE,  /* behind an outermost value */
    STATE_STRING,
    STATE_KEY_STRING,
    STATE_SCALAR,
    STATE_BROKEN,
};

enum { NO_NAME = ROW_KEY_BYTES + 1, UTF8_ROOM = UTF8_SIZE_MAX };

struct json {
    struct row_reader *reader;
    const struct row_page *page;
    struct row_cursor *cursor;
    const uint8_t *in;
    size_t at, end;
    bool lines;
    size_t token;                          /* where the open string, key or scalar begins, without quotes */
    struct row_value value;                /* the open value; its end is not known */
    uint16_t here[ROW_PATH_LEVELS + 1];    /* column of the values at each depth */
    uint16_t sibling[ROW_PATH_LEVELS + 1]; /* the latest key of the open object at each depth */
    uint64_t serial[ROW_PATH_LEVELS + 1];  /* of the open object at each depth */
};

/* ---- the path ---- */

static unsigned
level_of(const struct json *json)
{
    return json->cursor->depth < ROW_PATH_LEVELS ? json->cursor->depth : ROW_PATH_LEVELS;
}

static bool
is_array(const struct row_cursor *cursor, uint32_t depth)
{
    return cursor->arrays[(depth - 1) / 64] >> (depth - 1) % 64 & 1;
}

/* Elements of an outermost array are records when lines are not. */
static bool
holds_records(const struct json *json, uint32_t depth)
{
    return !json->lines && depth == 1 && is_array(json->cursor, 1);
}

/* The column of what stands in an array that was opened to this level. */
static uint16_t
elements_column(struct json *json, unsigned level)
{
    if (holds_records(json, level))
        return COLUMN_ROOT;
    return row_columns_special(&json->reader->columns, json->here[level - 1], COLUMN_ELEMENTS);
}

static void
take_key(struct json *json, struct bytes key)
{
    struct row_columns *columns = &json->reader->columns;
    unsigned level = level_of(json);
    if (json->cursor->depth > ROW_PATH_LEVELS)
        return;
    uint16_t parent = json->here[level - 1], before = json->sibling[level];
    if (key.size > ROW_KEY_BYTES) {
        json->here[level] = row_columns_special(columns, parent, COLUMN_ANY);
        return;
    }
    uint16_t hint = before ? columns->nodes[before].next : columns->nodes[parent].first;
    uint16_t node = row_columns_key(columns, parent, key, hint);
    struct column_node *found = &columns->nodes[node];
    json->here[level] = node;
    if (node == COLUMN_NONE || found->kind != COLUMN_KEY)
        return;
    if (before)
        columns->nodes[before].next = node;
    else
        columns->nodes[parent].first = node;
    json->sibling[level] = node;
    if (found->seen == json->serial[level])
        row_reader_fault(&json->reader->duplicate, json->token, json->cursor->row + json->lines,
                         "a key comes twice in one object");
    found->seen = json->serial[level];
}

/* ---- records and values ---- */

static void
fault(struct json *json, const char *words)
{
    if (!json->cursor->invalid)
        row_reader_fault(&json->reader->invalid, json->at, json->cursor->row + json->lines, words);
    json->cursor->invalid = true;
}

static void
break_record(struct json *json, const char *words)
{
    fault(json, words);
    json->cursor->state = STATE_BROKEN;
}

static void
after_value(struct json *json)
{
    json->cursor->state = json->cursor->depth ? STATE_AFTER : STATE_DONE;
}

/* A value begins at the present place: does a record begin with it? */
static void
begin_any(struct json *json, bool array)
{
    struct row_cursor *cursor = json->cursor;
    bool outermost = cursor->depth == 0;
    if (outermost && cursor->begun && (json->lines || !json->page->layout->many))
        fault(json, "more than one value");
    if (outermost)
        cursor->begun = true;
    if (!(outermost ? json->lines || !array : holds_records(json, cursor->depth)))
        return;
    json->reader->nrecords++;
    if (json->lines)
        return;
    cursor->invalid = cursor->invalid && !json->page->layout->many && outermost;
    cursor->row++;
    row_reader_start(json->reader, json->at);
}

static void
begin_text(struct json *json, enum state state, size_t start)
{
    json->cursor->state = (uint8_t)state;
    json->cursor->npartial = 0;
    json->token = start;
    json->value = (struct row_value){.start = row_text_place(&json->reader->text, start),
                                     .column = json->here[level_of(json)]};
}

static void
end_value(struct json *json, bool number)
{
    json->value.end = row_text_place(&json->reader->text, json->at);
    struct bytes stored = {.data = json->in + json->token, .size = json->at - json->token};
    row_reader_value(json->reader, &json->value, stored, number);
}

/* A line ends: that is the end of a record whatever state it is in. */
static void
end_line(struct json *json, bool more)
{
    struct row_cursor *cursor = json->cursor;
    bool idle = cursor->depth == 0 && (cursor->state == STATE_VALUE || cursor->state == STATE_DONE);
    if (!idle && cursor->state != STATE_BROKEN)
        fault(json, "the record is cut");
    if (!more)
        return;
    cursor->row++;
    cursor->depth = 0;
    cursor->state = STATE_VALUE;
    cursor->invalid = cursor->begun = false;
    cursor->npartial = 0;
    json->at++;
    if (json->at < json->end)
        row_reader_start(json->reader, json->at);
}

/* ---- strings ---- */

static void
step_escape(struct json *json)
{
    size_t width = row_text_escape(&json->reader->text, json->at, json->end);
    if (!width && json->end - json->at > 1)
        fault(json, "a wrong escape in a string");
    if (!width)
        width = json->end - json->at > 1 && json->in[json->at + 1] >= ' ' ? 2 : 1;
    json->at += width;
}

/* Step over one character that is special in strings. @return true: the string ended */
static bool
step_string(struct json *json)
{
    uint8_t byte = json->in[json->at];
    if (byte == '"')
        return true;
    if (byte == '\\') {
        step_escape(json);
    } else if (byte == '\n' && json->lines) {
        if (json->cursor->state == STATE_STRING)
            end_value(json, false);
        end_line(json, true);
    } else {
        fault(json, "a control character in a string");
        json->at++;
    }
    return false;
}

static void
read_string(struct json *json)
{
    json->at = row_find_special(json->in, json->at, json->end);
    if (json->at == json->end || !step_string(json))
        return;
    end_value(json, false);
    json->at++;
    after_value(json);
}

/* Decode in[token, at) behind what the last page had of the key. @return its size, at most NO_NAME */
static size_t
gather_key(const struct json *json, uint8_t key[NO_NAME + UTF8_ROOM])
{
    size_t size = json->cursor->npartial;
    memcpy(key, json->cursor->partial, size);
    for (size_t at = json->token; at < json->at && size < NO_NAME;) {
        uint32_t point = 0;
        size_t width = json->in[at] == '\\' ? row_escape_read(json->in + at, json->at - at, &point) : 0;
        if (width)
            size += utf8_encode(point, key + size);
        else
            key[size++] = json->in[at];
        at += width ? width : 1;
    }
    return size < NO_NAME ? size : NO_NAME;
}

static void
read_key(struct json *json)
{
    size_t from = json->at;
    json->at = row_find_special(json->in, json->at, json->end);
    if (json->at == json->end || !step_string(json))
        return;
    uint8_t gathered[NO_NAME + UTF8_ROOM];
    bool plain = json->token == from && json->cursor->npartial == 0;
    struct bytes key = {.data = plain ? json->in + from : gathered};
    key.size = plain ? json->at - from : gather_key(json, gathered);
    take_key(json, key);
    json->at++;
    json->cursor->state = STATE_COLON;
}

/* ---- numbers and literals ---- */

/* Keep what this page has of a key or scalar that goes on in the next. */
static void
keep_partial(struct json *json, const uint8_t *data, size_t size)
{
    struct row_cursor *cursor = json->cursor;
    size_t room = sizeof cursor->partial - cursor->npartial;
    memcpy(cursor->partial + cursor->npartial, data, size < room ? size : room);
    cursor->npartial = (uint8_t)(cursor->npartial + (size < room ? size : room));
}

/* The token is over: its grammar is checked where it is short enough to be kept across a border of pages. */
static void
end_scalar(struct json *json)
{
    struct row_cursor *cursor = json->cursor;
    struct bytes text = {.data = json->in + json->token, .size = json->at - json->token};
    if (cursor->npartial) {
        keep_partial(json, text.data, text.size);
        text = (struct bytes){.data = cursor->partial, .size = cursor->npartial};
    }
    bool number = scalar_begins_number(text.data[0]);
    bool checked = text.size < sizeof cursor->partial;
    if (number)
        end_value(json, true);
    if (number ? checked && !scalar_is_number(text) : !scalar_is_literal(text))
        fault(json, "neither a string nor a number, true, false or null");
    after_value(json);
}

static void
read_scalar(struct json *json)
{
    while (json->at < json->end && !scalar_ends(json->in[json->at]))
        json->at++;
    if (json->at < json->end || json->page->last)
        end_scalar(json);
}

/* ---- structure ---- */

static bool
expects_value(const struct row_cursor *cursor)
{
    return cursor->state == STATE_VALUE || cursor->state == STATE_VALUE_OR_CLOSE ||
           cursor->state == STATE_DONE;
}

static void
open_level(struct json *json, bool array)
{
    struct row_cursor *cursor = json->cursor;
    if (!expects_value(cursor)) {
        break_record(json, "an opening bracket out of place");
        return;
    }
    begin_any(json, array);
    if (cursor->depth == LIMIT_JSON_DEPTH) {
        row_reader_fault(&json->reader->depth, json->at, cursor->row + json->lines,
                         "more open levels than are read");
        cursor->state = STATE_BROKEN;
        return;
    }
    uint64_t bit = (uint64_t)1 << cursor->depth % 64, *word = &cursor->arrays[cursor->depth / 64];
    *word = array ? *word | bit : *word & ~bit;
    cursor->depth++;
    cursor->state = array ? STATE_VALUE_OR_CLOSE : STATE_KEY_OR_CLOSE;
    if (cursor->depth <= ROW_PATH_LEVELS) {
        unsigned level = level_of(json);
        json->here[level] = array ? elements_column(json, level) : COLUMN_NONE;
        json->sibling[level] = COLUMN_NONE;
        json->serial[level] = ++json->reader->columns.serial;
    }
    json->at++;
}

static void
close_level(struct json *json, bool array)
{
    struct row_cursor *cursor = json->cursor;
    bool fits = cursor->depth && is_array(cursor, cursor->depth) == array &&
                (cursor->state == STATE_AFTER ||
                 cursor->state == (array ? STATE_VALUE_OR_CLOSE : STATE_KEY_OR_CLOSE));
    if (!fits) {
        break_record(json, "a closing bracket out of place");
        return;
    }
    cursor->depth--;
    after_value(json);
    json->at++;
}

static void
take_quote(struct json *json)
{
    struct row_cursor *cursor = json->cursor;
    if (expects_value(cursor)) {
        begin_any(json, false);
        begin_text(json, STATE_STRING, ++json->at);
    } else if (cursor->state == STATE_KEY || cursor->state == STATE_KEY_OR_CLOSE) {
        begin_text(json, STATE_KEY_STRING, ++json->at);
    } else {
        break_record(json, "a string out of place");
    }
}

static void
take_sign(struct json *json, uint8_t byte)
{
    struct row_cursor *cursor = json->cursor;
    if (byte == ':' && cursor->state == STATE_COLON) {
        cursor->state = STATE_VALUE;
    } else if (byte == ',' && cursor->state == STATE_AFTER) {
        cursor->state = is_array(cursor, cursor->depth) ? STATE_VALUE : STATE_KEY;
    } else {
        break_record(json, "a comma or colon out of place");
        return;
    }
    json->at++;
}

static void
take_scalar(struct json *json)
{
    if (!expects_value(json->cursor)) {
        break_record(json, "a word out of place");
        return;
    }
    begin_any(json, false);
    begin_text(json, STATE_SCALAR, json->at);
}

static void
read_structure(struct json *json)
{
    uint8_t byte = json->in[json->at];
    switch (byte) {
    case '\n':
        if (json->lines) {
            end_line(json, true);
            return;
        }
        json->at++;
        return;
    case ' ':
    case '\t':
    case '\r':
        json->at++;
        return;
    case '"':
        take_quote(json);
        return;
    case '{':
    case '[':
        open_level(json, byte == '[');
        return;
    case '}':
    case ']':
        close_level(json, byte == ']');
        return;
    case ':':
    case ',':
        take_sign(json, byte);
        return;
    default:
        if (byte > ' ') {
            take_scalar(json);
            return;
        }
        fault(json, "a control character between values");
        json->at++;
        return;
    }
}

static void
read_broken(struct json *json)
{
    size_t stop = json->end;
    const uint8_t *line = json->lines ? memchr(json->in + json->at, '\n', json->end - json->at) : NULL;
    if (line)
        stop = (size_t)(line - json->in);
    row_text_plain(&json->reader->text, json->at, stop);
    json->at = stop;
    if (line)
        end_line(json, true);
}

/* ---- borders of pages ---- */

static void
resume(struct json *json)
{
    struct row_cursor *cursor = json->cursor;
    struct row_columns *columns = &json->reader->columns;
    json->here[0] = COLUMN_ROOT;
    for (unsigned level = 1; level <= level_of(json); level++) {
        json->serial[level] = ++columns->serial;
        uint8_t size = level <= cursor->nlevels ? cursor->key_sizes[level - 1] : NO_NAME;
        struct bytes key = {.data = cursor->keys[level - 1], .size = size};
        if (is_array(cursor, level))
            json->here[level] = elements_column(json, level);
        else if (size == NO_NAME)
            json->here[level] = row_columns_special(columns, json->here[level - 1], COLUMN_ANY);
        else
            json->here[level] = row_columns_key(columns, json->here[level - 1], key, COLUMN_NONE);
    }
    json->token = json->at;
    json->value = (struct row_value){.start = row_text_place(&json->reader->text, json->at),
                                     .column = json->here[level_of(json)],
                                     .continued = true};
}

static void
suspend(struct json *json)
{
    struct row_cursor *cursor = json->cursor;
    const struct row_columns *columns = &json->reader->columns;
    if (cursor->state == STATE_KEY_STRING) {
        uint8_t key[NO_NAME + UTF8_ROOM];
        cursor->npartial = (uint8_t)gather_key(json, key);
        memcpy(cursor->partial, key, cursor->npartial);
    } else if (cursor->state == STATE_SCALAR) {
        keep_partial(json, json->in + json->token, json->at - json->token);
    }
    cursor->nlevels = (uint8_t)level_of(json);
    for (unsigned level = 1; level <= cursor->nlevels; level++) {
        const struct column_node *node = &columns->nodes[json->here[level]];
        bool named = json->here[level] > COLUMN_ROOT && node->kind == COLUMN_KEY;
        cursor->key_sizes[level - 1] = named ? node->key_size : NO_NAME;
        if (named)
            memcpy(cursor->keys[level - 1], columns->keys + node->key, node->key_size);
    }
}

static bool
ends_string(const struct json *json, uint8_t byte)
{
    return byte == '"' || (byte == '\n' && json->lines);
}

/* The page ends in a value: find its end in the margin, which belongs to no page of ours. */
static void
finish_value(struct json *json)
{
    const struct row_page *page = json->page;
    bool string = json->cursor->state == STATE_STRING;
    size_t at = page->end;
    if (!string &&
        !scalar_begins_number(json->cursor->npartial ? json->cursor->partial[0] : page->in[json->token]))
        return;
    while (at < page->size && (string ? !ends_string(json, page->in[at]) : !scalar_ends(page->in[at])))
        at += string && page->in[at] == '\\' && page->size - at > 1 && page->in[at + 1] >= ' ' ? 2 : 1;
    row_text_plain(&json->reader->text, page->end, at);
    json->at = at;
    end_value(json, !string);
    json->at = page->end;
}

static void
finish_item(struct json *json)
{
    struct row_cursor *cursor = json->cursor;
    if (cursor->state == STATE_STRING)
        end_value(json, false);
    else if (cursor->state == STATE_SCALAR)
        end_scalar(json); /* the page before ended with it, and this one is empty */
    if (json->lines || cursor->depth || (cursor->state != STATE_DONE && cursor->state != STATE_VALUE))
        end_line(json, false);
    if (!json->lines && !cursor->begun)
        fault(json, "no value");
}

void
row_json_read(struct row_reader *reader, const struct row_page *page, struct row_cursor *cursor)
{
    struct json json = {.reader = reader,
                        .page = page,
                        .cursor = cursor,
                        .in = page->in,
                        .at = page->start,
                        .end = page->end,
                        .lines = page->layout->format == ROWS_JSON_LINES};
    resume(&json);
    while (json.at < json.end) {
        switch (cursor->state) {
        case STATE_STRING:
            read_string(&json);
            break;
        case STATE_KEY_STRING:
            read_key(&json);
            break;
        case STATE_SCALAR:
            read_scalar(&json);
            break;
        case STATE_BROKEN:
            read_broken(&json);
            break;
        default:
            read_structure(&json);
            break;
        }
    }
    reader->ends = row_text_place(&reader->text, page->end);
    if (page->last)
        finish_item(&json);
    else if (reader->notes && (cursor->state == STATE_STRING || cursor->state == STATE_SCALAR))
        finish_value(&json);
    suspend(&json);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A streaming JSON writer. It holds one buffer and one small stack; a document of any size costs no more than
 * FLUSH_BYTES and the longest string in it.
 *
 * A manifest built as a tree first took 1.4 GB for a million entries, written as it goes 2 MB (both measured
 * on Debian 12 before the project began): so there is no tree here.
 */
#include "base/json_write.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"

enum { FLUSH_BYTES = 64 << 10 };

void
json_write_init(struct json_write *writer, json_write_flush *flush, void *context, bool pretty,
                struct err *err)
{
    *writer = (struct json_write){.flush = flush, .context = context, .pretty = pretty, .err = err};
}

static void
note(struct json_write *writer, int status)
{
    if (writer->status == PROV_OK && status != PROV_OK)
        writer->status = status == PROV_E_MEMORY
                             ? err_set(writer->err, status, "out of memory while writing JSON")
                             : status;
}

static void
append(struct json_write *writer, const void *data, size_t size)
{
    if (writer->status == PROV_OK)
        note(writer, buf_append(&writer->text, data, size));
}

static void
flush(struct json_write *writer, size_t size_min)
{
    if (!writer->flush || writer->status != PROV_OK || writer->text.size < size_min || !writer->text.size)
        return;
    note(writer, writer->flush(writer->context, buf_bytes(&writer->text), writer->err));
    buf_clear(&writer->text);
}

int
json_write_finish(struct json_write *writer)
{
    assert(writer->status != PROV_OK || (writer->depth == 0 && !writer->keyed));
    flush(writer, 0);
    if (writer->flush || writer->status != PROV_OK)
        buf_finish(&writer->text);
    return writer->status;
}

static void
break_line(struct json_write *writer)
{
    if (!writer->pretty)
        return;
    append(writer, "\n", 1);
    for (unsigned i = 0; i < writer->depth; i++)
        append(writer, "  ", 2);
}

/* What stands before any value or key: a comma after another one, and a new line. */
static void
begin_entry(struct json_write *writer)
{
    struct json_write_level *level = &writer->levels[writer->depth];
    if (level->has_values)
        append(writer, ",", 1);
    level->has_values = true;
    if (writer->depth)
        break_line(writer);
}

/* Every value begins here. */
static void
begin_value(struct json_write *writer)
{
    /* A key before each value of an object, and one value in all until json_write_line. */
    assert(writer->keyed == writer->levels[writer->depth].is_object);
    assert(writer->depth || !writer->levels[0].has_values);
    if (!writer->keyed)
        begin_entry(writer);
    writer->keyed = false;
    flush(writer, FLUSH_BYTES);
}

void
json_write_line(struct json_write *writer)
{
    assert(writer->depth == 0 && writer->levels[0].has_values);
    writer->levels[0].has_values = false;
    append(writer, "\n", 1);
}

static void
begin_container(struct json_write *writer, bool is_object)
{
    begin_value(writer);
    append(writer, is_object ? "{" : "[", 1);
    assert(writer->depth < JSON_WRITE_DEPTH_MAX);
    writer->depth++;
    writer->levels[writer->depth] = (struct json_write_level){.is_object = is_object};
}

static void
end_container(struct json_write *writer, bool is_object)
{
    struct json_write_level level = writer->levels[writer->depth];
    assert(writer->depth && level.is_object == is_object && !writer->keyed);
    writer->depth--;
    if (level.has_values)
        break_line(writer);
    append(writer, is_object ? "}" : "]", 1);
}

void
json_write_begin_object(struct json_write *writer)
{
    begin_container(writer, true);
}

void
json_write_end_object(struct json_write *writer)
{
    end_container(writer, true);
}

void
json_write_begin_array(struct json_write *writer)
{
    begin_container(writer, false);
}

void
json_write_end_array(struct json_write *writer)
{
    end_container(writer, false);
}

/* Most strings are plain ASCII that means nothing in JSON: one look over them, and they are copied. */
static bool
is_plain(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\' || byte == '<')
            return false;
    }
    return true;
}

static void
append_string(struct json_write *writer, struct bytes text)
{
    append(writer, "\"", 1);
    if (is_plain(text))
        append(writer, text.data, text.size);
    else if (writer->status == PROV_OK)
        note(writer, escape_json(&writer->text, text));
    append(writer, "\"", 1);
}

void
json_write_key(struct json_write *writer, const char *key)
{
    assert(writer->levels[writer->depth].is_object && !writer->keyed);
    begin_entry(writer);
    append_string(writer, bytes_of(key));
    append(writer, ": ", writer->pretty ? 2 : 1);
    writer->keyed = true;
}

void
json_write_bytes(struct json_write *writer, struct bytes text)
{
    begin_value(writer);
    append_string(writer, text);
}

void
json_write_text(struct json_write *writer, const char *text)
{
    if (text)
        json_write_bytes(writer, bytes_of(text));
    else
        json_write_null(writer);
}

void
json_write_hex(struct json_write *writer, struct bytes data)
{
    begin_value(writer);
    append(writer, "\"", 1);
    for (size_t at = 0; at < data.size;) {
        char text[2 * 64 + 1];
        size_t size = data.size - at < 64 ? data.size - at : 64;
        hex_write(data.data + at, size, text);
        append(writer, text, 2 * size);
        at += size;
    }
    append(writer, "\"", 1);
}

/* A value that is a word of at most a few characters. */
static void
write_word(struct json_write *writer, const char *word)
{
    begin_value(writer);
    append(writer, word, strlen(word));
}

void
json_write_uint(struct json_write *writer, uint64_t value)
{
    char digits[24];
    char *at = digits + sizeof digits - 1;
    *at = 0;
    do
        *--at = (char)('0' + value % 10);
    while (value /= 10);
    write_word(writer, at);
}

void
json_write_int(struct json_write *writer, int64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)value);
    write_word(writer, text);
}

void
json_write_double(struct json_write *writer, double value)
{
    char text[40];
    assert(isfinite(value)); /* JSON has no word for the others */
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    write_word(writer, text);
}

void
json_write_bool(struct json_write *writer, bool value)
{
    write_word(writer, value ? "true" : "false");
}

void
json_write_null(struct json_write *writer)
{
    write_word(writer, "null");
}

void
json_write_member_text(struct json_write *writer, const char *key, const char *text)
{
    json_write_key(writer, key);
    json_write_text(writer, text);
}

void
json_write_member_bytes(struct json_write *writer, const char *key, struct bytes text)
{
    json_write_key(writer, key);
    json_write_bytes(writer, text);
}

void
json_write_member_hex(struct json_write *writer, const char *key, struct bytes data)
{
    json_write_key(writer, key);
    json_write_hex(writer, data);
}

void
json_write_member_uint(struct json_write *writer, const char *key, uint64_t value)
{
    json_write_key(writer, key);
    json_write_uint(writer, value);
}

void
json_write_member_int(struct json_write *writer, const char *key, int64_t value)
{
    json_write_key(writer, key);
    json_write_int(writer, value);
}

void
json_write_member_bool(struct json_write *writer, const char *key, bool value)
{
    json_write_key(writer, key);
    json_write_bool(writer, value);
}

void
json_write_member_name(struct json_write *writer, const char *key, struct bytes name)
{
    json_write_member_bytes(writer, key, name);
    if (utf8_is_valid(name))
        return;
    char hex_key[64];
    int size = snprintf(hex_key, sizeof hex_key, "%s_hex", key);
    assert(size > 0 && (size_t)size < sizeof hex_key);
    (void)size;
    json_write_member_hex(writer, hex_key, name);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of JSON, one after the other into one buffer.
 */
#include "report/json_line.h"

#include "base/escape.h"
#include "base/status.h"
#include "base/utf8.h"

static void
note(struct json_line *line, int status)
{
    line->out_of_memory |= status != PROV_OK;
}

void
json_line_put(struct json_line *line, const void *data, size_t size)
{
    note(line, buf_append(&line->bytes, data, size));
}

void
json_line_number(struct json_line *line, const char *before, int64_t value)
{
    char text[24];
    size_t at = sizeof text;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        text[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        text[--at] = '-';
    json_line_text(line, before);
    json_line_put(line, text + at, sizeof text - at);
}

void
json_line_quoted(struct json_line *line, const char *before, struct bytes text)
{
    json_line_text(line, before);
    json_line_put(line, "\"", 1);
    note(line, escape_json(&line->bytes, text));
    json_line_put(line, "\"", 1);
}

void
json_line_hex(struct json_line *line, const char *before, struct bytes bytes)
{
    json_line_text(line, before);
    json_line_put(line, "\"", 1);
    if (buf_reserve(&line->bytes, 2 * bytes.size + 1) != PROV_OK) {
        line->out_of_memory = true;
        return;
    }
    hex_write(bytes.data, bytes.size, (char *)line->bytes.data + line->bytes.size);
    line->bytes.size += 2 * bytes.size;
    json_line_put(line, "\"", 1);
}

void
json_line_name(struct json_line *line, const char *before, const char *before_hex, struct bytes name)
{
    json_line_quoted(line, before, name);
    if (!utf8_is_valid(name))
        json_line_hex(line, before_hex, name);
}

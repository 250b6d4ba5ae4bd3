/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_JSON_LINE_H
#define REPORT_JSON_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"

/**
 * JSON that is put together by hand, for lists with a line for each of a million items: json_write, which
 * keeps track of what is open, would take a third of the time again. The caller writes commas and keys, as
 * constants in front of each value.
 *
 * Memory that runs out is noted and asked for once, at the end of a line. Zero-initialise; release bytes.
 */
struct json_line {
    struct buf bytes;
    bool out_of_memory;
};

void json_line_put(struct json_line *line, const void *data, size_t size);

/** JSON of ours, as it is. */
static inline void
json_line_text(struct json_line *line, const char *text)
{
    json_line_put(line, text, strlen(text));
}

/** Each puts before, then the value. */
void json_line_number(struct json_line *line, const char *before, int64_t value);
void json_line_quoted(struct json_line *line, const char *before, struct bytes text);
void json_line_hex(struct json_line *line, const char *before, struct bytes bytes);

/** A name, and behind before_hex its raw bytes when it is no UTF-8. */
void json_line_name(struct json_line *line, const char *before, const char *before_hex, struct bytes name);

#endif

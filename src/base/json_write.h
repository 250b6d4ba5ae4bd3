/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum { JSON_WRITE_DEPTH_MAX = 32 };

/** Where the text goes, in pieces. @return PROV_OK, or the status that the writer then ends with */
typedef int json_write_flush(void *context, struct bytes piece, struct err *err);

/**
 * Writes JSON as a stream: valid whatever the strings hold, the same bytes for the same calls, in bounded
 * memory.
 *
 *     struct json_write out;
 *     json_write_init(&out, to_file, file, true, err);
 *     json_write_begin_object(&out);
 *     json_write_member_uint(&out, "nitems", nitems);
 *     json_write_member_name(&out, "path", path);         "path": "...", and "path_hex" when it is no UTF-8
 *     json_write_key(&out, "rules");
 *     json_write_begin_array(&out);
 *     ...
 *     json_write_end_array(&out);
 *     json_write_end_object(&out);
 *     TRY(json_write_finish(&out));
 *
 * Failures are kept and given by json_write_finish: the calls between need no checks. Calls that make no JSON
 * (a value without its key, an array closed as an object) are bugs of the caller, and asserted.
 */
struct json_write {
    struct buf text;         /**< not yet flushed; all of it when there is no flush */
    json_write_flush *flush; /**< NULL: keep everything in text */
    void *context;           /**< of flush */
    struct err *err;
    int status;  /**< the first failure */
    bool pretty; /**< two blanks a level, else no blank at all */
    bool keyed;  /**< a key was written and waits for its value */
    unsigned depth;
    struct json_write_level {
        bool is_object, has_values;
    } levels[JSON_WRITE_DEPTH_MAX + 1]; /**< [0] is the text itself */
};

/** @param flush  NULL keeps all in writer->text, which is then the caller's to take  @param err  kept until
 * finish */
void json_write_init(struct json_write *writer, json_write_flush *flush, void *context, bool pretty,
                     struct err *err);

/**
 * Flush the rest and release; without flush the text stays for the caller (buf_finish).
 *
 * @return PROV_OK, PROV_E_MEMORY, or what flush said
 */
int json_write_finish(struct json_write *writer);

/** End a line of JSON lines: the value is complete, another one may begin. In a pretty text: the last
 * newline. */
void json_write_line(struct json_write *writer);

void json_write_begin_object(struct json_write *writer);
void json_write_end_object(struct json_write *writer);
void json_write_begin_array(struct json_write *writer);
void json_write_end_array(struct json_write *writer);
void json_write_key(struct json_write *writer, const char *key);

void json_write_text(struct json_write *writer, const char *text); /**< NULL writes null */
void json_write_bytes(struct json_write *writer,
                      struct bytes text); /**< untrusted; invalid UTF-8 becomes U+FFFD */
void json_write_hex(struct json_write *writer, struct bytes data); /**< a string of lower-case hexadecimal */
void json_write_uint(struct json_write *writer, uint64_t value);
void json_write_int(struct json_write *writer, int64_t value);
void json_write_double(struct json_write *writer,
                       double value); /**< the shortest that reads back the same; finite */
void json_write_bool(struct json_write *writer, bool value);
void json_write_null(struct json_write *writer);

/** A key and its value. */
void json_write_member_text(struct json_write *writer, const char *key, const char *text);
void json_write_member_bytes(struct json_write *writer, const char *key, struct bytes text);
void json_write_member_hex(struct json_write *writer, const char *key, struct bytes data);
void json_write_member_uint(struct json_write *writer, const char *key, uint64_t value);
void json_write_member_int(struct json_write *writer, const char *key, int64_t value);
void json_write_member_bool(struct json_write *writer, const char *key, bool value);

/** A name made of raw bytes: shown as text under key, and exact under KEY_hex when it is no valid UTF-8. */
void json_write_member_name(struct json_write *writer, const char *key, struct bytes name);

#endif

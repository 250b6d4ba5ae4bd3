/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes from outside: borrowed, untrusted, not terminated, not UTF-8. */
struct bytes {
    const uint8_t *data; /**< may be NULL when size is 0 */
    size_t size;
};

/** View a C string as bytes, without its terminator; text may be NULL. */
struct bytes bytes_of(const char *text);

bool bytes_equal(struct bytes a, struct bytes b);
bool bytes_start_with(struct bytes whole, const char *prefix);

/** Without the blanks of ASCII (space, tab, line ends ...) at both ends. */
struct bytes bytes_trimmed(struct bytes text);

/** Order as memcmp does, the shorter first when one is the beginning of the other. */
int bytes_compare(struct bytes a, struct bytes b);

/** A growable block of bytes with one owner. Zero-initialise. */
struct buf {
    uint8_t *data; /**< owned; NUL-terminated beyond size once there is any */
    size_t size;
    size_t capacity;
};

/** Make room for size more bytes behind the present ones. @return PROV_OK or PROV_E_MEMORY */
int buf_reserve(struct buf *buf, size_t size);
int buf_append(struct buf *buf, const void *data, size_t size);
int buf_append_text(struct buf *buf, const char *text);
int buf_append_byte(struct buf *buf, uint8_t byte);
int buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct bytes buf_bytes(const struct buf *buf);

/** The content as a C string: "" when nothing was ever appended. Valid until the next append. */
const char *buf_text(const struct buf *buf);
void buf_clear(struct buf *buf);  /**< forget the content, keep the memory */
void buf_finish(struct buf *buf); /**< release; zeroed afterwards */

/** Lower-case hexadecimal of size bytes into text (2 * size + 1 chars). */
void hex_write(const uint8_t *data, size_t size, char *text);

#endif

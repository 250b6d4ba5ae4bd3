/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two ways to hold bytes: a borrowed view (struct bytes) and a growable owner (struct buf). A buf
 * grows by doubling and always keeps one NUL behind its content, so that text built in it can be
 * handed to C functions without another copy.
 */
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

struct bytes
bytes_of(const char *text)
{
    return (struct bytes){.data = (const uint8_t *)text, .size = text ? strlen(text) : 0};
}

bool
bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool
bytes_start_with(struct bytes whole, const char *prefix)
{
    size_t size = strlen(prefix);
    return whole.size >= size && (size == 0 || memcmp(whole.data, prefix, size) == 0);
}

static bool
is_blank(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

struct bytes
bytes_trimmed(struct bytes text)
{
    while (text.size && is_blank(text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size && is_blank(text.data[text.size - 1]))
        text.size--;
    return text;
}

int
bytes_compare(struct bytes a, struct bytes b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size ? memcmp(a.data, b.data, size) : 0;
    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

int
buf_reserve(struct buf *buf, size_t size)
{
    if (size >= SIZE_MAX - buf->size)
        return PROV_E_MEMORY;
    size_t needed = buf->size + size + 1;
    if (needed <= buf->capacity)
        return PROV_OK;
    size_t capacity = buf->capacity < 64 ? 64 : buf->capacity;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    uint8_t *data = realloc(buf->data, capacity);
    if (!data)
        return PROV_E_MEMORY;
    buf->data = data;
    buf->data[buf->size] = 0;
    buf->capacity = capacity;
    return PROV_OK;
}

int
buf_append(struct buf *buf, const void *data, size_t size)
{
    TRY(buf_reserve(buf, size));
    if (size)
        memcpy(buf->data + buf->size, data, size);
    buf->size += size;
    buf->data[buf->size] = 0;
    return PROV_OK;
}

int
buf_append_text(struct buf *buf, const char *text)
{
    return buf_append(buf, text, strlen(text));
}

int
buf_append_byte(struct buf *buf, uint8_t byte)
{
    return buf_append(buf, &byte, 1);
}

int
buf_printf(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0)
        return PROV_E_INTERNAL;
    TRY(buf_reserve(buf, (size_t)size));
    va_start(arguments, format);
    (void)vsnprintf((char *)buf->data + buf->size, (size_t)size + 1, format, arguments);
    va_end(arguments);
    buf->size += (size_t)size;
    return PROV_OK;
}

struct bytes
buf_bytes(const struct buf *buf)
{
    return (struct bytes){.data = buf->data, .size = buf->size};
}

const char *
buf_text(const struct buf *buf)
{
    return buf->data ? (const char *)buf->data : "";
}

void
buf_clear(struct buf *buf)
{
    buf->size = 0;
    if (buf->data)
        buf->data[0] = 0;
}

void
buf_finish(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){0};
}

void
hex_write(const uint8_t *data, size_t size, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[data[i] >> 4];
        text[2 * i + 1] = digits[data[i] & 15];
    }
    text[2 * size] = 0;
}

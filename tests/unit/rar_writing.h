/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNIT_RAR_WRITING_H
#define UNIT_RAR_WRITING_H

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/status.h"
#include "ingest/gzip.h"

/* Writes RAR archives of stored members: no free program does. Sizes must stay below 128 in headers of RAR5.
 */

static inline void
rar_put(struct buf *rar, uint64_t value, int nbytes)
{
    for (int i = 0; i < nbytes; i++)
        if (buf_append_byte(rar, (uint8_t)(value >> 8 * i)) != PROV_OK)
            abort();
}

static inline void
rar_put_bytes(struct buf *rar, const void *data, size_t size)
{
    if (buf_append(rar, data, size) != PROV_OK)
        abort();
}

static inline void
rar5_block(struct buf *rar, const struct buf *body)
{
    uint8_t size = (uint8_t)body->size;
    uint32_t crc = gzip_crc32(gzip_crc32(0, &size, 1), body->data, body->size);
    rar_put(rar, crc, 4);
    rar_put(rar, size, 1);
    rar_put_bytes(rar, body->data, body->size);
}

static inline void
rar5_begin(struct buf *rar, unsigned flags)
{
    struct buf body = {0};
    rar_put_bytes(rar, "Rar!\x1a\x07\x01\x00", 8);
    rar_put(&body, 1, 1);
    rar_put(&body, 0, 1);
    rar_put(&body, flags, 1);
    rar5_block(rar, &body);
    buf_finish(&body);
}

static inline void
rar5_add(struct buf *rar, const char *name, const char *text)
{
    struct buf body = {0};
    size_t size = strlen(text);
    const uint8_t fields[] = {2, 2, (uint8_t)size, 4, (uint8_t)size, 0x24};
    rar_put_bytes(&body, fields, sizeof fields);
    rar_put(&body, gzip_crc32(0, text, size), 4);
    rar_put(&body, 0, 1); /* stored */
    rar_put(&body, 1, 1); /* Unix */
    rar_put(&body, strlen(name), 1);
    rar_put_bytes(&body, name, strlen(name));
    rar5_block(rar, &body);
    rar_put_bytes(rar, text, size);
    buf_finish(&body);
}

static inline void
rar5_end(struct buf *rar)
{
    struct buf body = {0};
    rar_put(&body, 5, 3);
    rar5_block(rar, &body);
    buf_finish(&body);
}

static inline void
rar4_block(struct buf *rar, unsigned type, unsigned flags, const struct buf *body)
{
    struct buf header = {0};
    rar_put(&header, type, 1);
    rar_put(&header, flags, 2);
    rar_put(&header, 7 + body->size, 2);
    rar_put_bytes(&header, body->data, body->size);
    rar_put(rar, gzip_crc32(0, header.data, header.size) & 0xFFFF, 2);
    rar_put_bytes(rar, header.data, header.size);
    buf_finish(&header);
}

static inline void
rar4_begin(struct buf *rar, unsigned flags)
{
    struct buf body = {0};
    rar_put_bytes(rar, "Rar!\x1a\x07\x00", 7);
    rar_put(&body, 0, 6);
    rar4_block(rar, 0x73, flags, &body);
    buf_finish(&body);
}

static inline void
rar4_add(struct buf *rar, const char *name, const char *text)
{
    struct buf body = {0};
    size_t size = strlen(text);
    rar_put(&body, size, 4);
    rar_put(&body, size, 4);
    rar_put(&body, 3, 1);
    rar_put(&body, gzip_crc32(0, text, size), 4);
    rar_put(&body, 0x58210000, 4);
    rar_put(&body, 20, 1);
    rar_put(&body, 0x30, 1);
    rar_put(&body, strlen(name), 2);
    rar_put(&body, 0100644, 4);
    rar_put_bytes(&body, name, strlen(name));
    rar4_block(rar, 0x74, 0x8000, &body);
    rar_put_bytes(rar, text, size);
    buf_finish(&body);
}

static inline void
rar4_end(struct buf *rar)
{
    struct buf body = {0};
    rar4_block(rar, 0x7B, 0x4000, &body);
}

#endif

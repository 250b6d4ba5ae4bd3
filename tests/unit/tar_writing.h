/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNIT_TAR_WRITING_H
#define UNIT_TAR_WRITING_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/status.h"

/* Writes tar archives block by block, right or deliberately wrong. */

enum { BLOCK = 512 };

static inline void
tar_must(int status)
{
    if (status != PROV_OK)
        abort();
}

static inline void
tar_seal(uint8_t *block)
{
    unsigned sum = 0;
    memset(block + 148, ' ', 8);
    for (int i = 0; i < BLOCK; i++)
        sum += block[i];
    (void)snprintf((char *)block + 148, 8, "%06o", sum);
}

/** Append a ustar header; @return it, for changes, after which tar_seal makes it valid again. */
static inline uint8_t *
tar_add_header(struct buf *tar, char type, const char *name, const char *link, uint64_t size)
{
    uint8_t block[BLOCK] = {0};
    memcpy(block, name, strlen(name) < 100 ? strlen(name) : 100);
    (void)snprintf((char *)block + 100, 8, "%07o", 0644);
    (void)snprintf((char *)block + 108, 8, "%07o", 0);
    (void)snprintf((char *)block + 116, 8, "%07o", 0);
    (void)snprintf((char *)block + 124, 12, "%011llo", (unsigned long long)size);
    (void)snprintf((char *)block + 136, 12, "%011o", 1000000000);
    block[156] = (uint8_t)type;
    memcpy(block + 157, link, strlen(link) < 100 ? strlen(link) : 100);
    memcpy(block + 257,
           "ustar\0"
           "00",
           8);
    tar_seal(block);
    tar_must(buf_append(tar, block, BLOCK));
    return tar->data + tar->size - BLOCK;
}

/** Append data, padded to a block. */
static inline void
tar_add_data(struct buf *tar, const void *data, size_t size)
{
    static const uint8_t zeros[BLOCK];
    tar_must(buf_append(tar, data, size));
    tar_must(buf_append(tar, zeros, (BLOCK - size % BLOCK) % BLOCK));
}

static inline void
tar_add_file(struct buf *tar, const char *name, const char *text)
{
    (void)tar_add_header(tar, '0', name, "", strlen(text));
    tar_add_data(tar, text, strlen(text));
}

/** Append a pax header with these records, whole lines as they are to appear. */
static inline void
tar_add_pax(struct buf *tar, char type, const void *records, size_t size)
{
    (void)tar_add_header(tar, type, "pax", "", size);
    tar_add_data(tar, records, size);
}

static inline void
tar_add_end(struct buf *tar)
{
    static const uint8_t zeros[2 * BLOCK];
    tar_must(buf_append(tar, zeros, sizeof zeros));
}

#endif

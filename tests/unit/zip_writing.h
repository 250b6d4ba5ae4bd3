/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNIT_ZIP_WRITING_H
#define UNIT_ZIP_WRITING_H

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/status.h"
#include "ingest/gzip.h"

/* Writes zip files record by record, right or deliberately wrong. */

struct zip_entry {
    const char *name;
    const char *data; /**< as stored */
    size_t size;      /**< of data; 0: strlen */
    unsigned flags, method;
    uint32_t crc;       /**< 0: that of data */
    uint32_t real_size; /**< 0: size of data */
    uint32_t mode;      /**< Unix mode, or 0 */
    const void *extra;  /**< in both headers */
    size_t extra_size;
    uint32_t offset; /**< set by zip_add_local */
};

static inline void
zip_put(struct buf *zip, uint64_t value, int nbytes)
{
    for (int i = 0; i < nbytes; i++)
        if (buf_append_byte(zip, (uint8_t)(value >> 8 * i)) != PROV_OK)
            abort();
}

static inline void
zip_put_bytes(struct buf *zip, const void *data, size_t size)
{
    if (buf_append(zip, data, size) != PROV_OK)
        abort();
}

static inline void
zip_complete(struct zip_entry *entry)
{
    entry->size = entry->size ? entry->size : strlen(entry->data);
    entry->crc = entry->crc ? entry->crc : gzip_crc32(0, entry->data, entry->size);
    entry->real_size = entry->real_size ? entry->real_size : (uint32_t)entry->size;
}

static inline void
zip_put_common(struct buf *zip, const struct zip_entry *entry)
{
    zip_put(zip, 20, 2);
    zip_put(zip, entry->flags, 2);
    zip_put(zip, entry->method, 2);
    zip_put(zip, 0, 2);
    zip_put(zip, 0x5821, 2);
    zip_put(zip, entry->crc, 4);
    zip_put(zip, entry->size, 4);
    zip_put(zip, entry->real_size, 4);
    zip_put(zip, strlen(entry->name), 2);
    zip_put(zip, entry->extra_size, 2);
}

/** Append local header and data. */
static inline void
zip_add_local(struct buf *zip, struct zip_entry *entry)
{
    zip_complete(entry);
    entry->offset = (uint32_t)zip->size;
    zip_put(zip, 0x04034b50, 4);
    zip_put_common(zip, entry);
    zip_put_bytes(zip, entry->name, strlen(entry->name));
    zip_put_bytes(zip, entry->extra, entry->extra_size);
    zip_put_bytes(zip, entry->data, entry->size);
}

static inline void
zip_add_central(struct buf *zip, const struct zip_entry *entry)
{
    zip_put(zip, 0x02014b50, 4);
    zip_put(zip, 3 << 8 | 20, 2);
    zip_put_common(zip, entry);
    zip_put(zip, 0, 2);
    zip_put(zip, 0, 2);
    zip_put(zip, 0, 2);
    zip_put(zip, (uint64_t)entry->mode << 16, 4);
    zip_put(zip, entry->offset, 4);
    zip_put_bytes(zip, entry->name, strlen(entry->name));
    zip_put_bytes(zip, entry->extra, entry->extra_size);
}

static inline void
zip_add_end(struct buf *zip, size_t nentries, size_t start, const char *comment)
{
    size_t size = zip->size - start;
    zip_put(zip, 0x06054b50, 4);
    zip_put(zip, 0, 4);
    zip_put(zip, nentries, 2);
    zip_put(zip, nentries, 2);
    zip_put(zip, size, 4);
    zip_put(zip, start, 4);
    zip_put(zip, strlen(comment), 2);
    zip_put_bytes(zip, comment, strlen(comment));
}

/** A whole zip of these entries. */
static inline void
zip_write(struct buf *zip, struct zip_entry *entries, size_t nentries)
{
    for (size_t i = 0; i < nentries; i++)
        zip_add_local(zip, &entries[i]);
    size_t start = zip->size;
    for (size_t i = 0; i < nentries; i++)
        zip_add_central(zip, &entries[i]);
    zip_add_end(zip, nentries, start, "");
}

#endif

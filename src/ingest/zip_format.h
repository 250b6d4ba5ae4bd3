/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_ZIP_FORMAT_H
#define INGEST_ZIP_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    ZIP_LOCAL = 0x04034b50,      /**< "PK\3\4" */
    ZIP_CENTRAL = 0x02014b50,    /**< "PK\1\2" */
    ZIP_END = 0x06054b50,        /**< "PK\5\6" */
    ZIP_END64 = 0x06064b50,      /**< "PK\6\6" */
    ZIP_LOCATOR64 = 0x07064b50,  /**< "PK\6\7" */
    ZIP_DESCRIPTOR = 0x08074b50, /**< "PK\7\8" */

    ZIP_LOCAL_BYTES = 30,
    ZIP_CENTRAL_BYTES = 46,
    ZIP_END_BYTES = 22,
    ZIP_END64_BYTES = 56,
    ZIP_LOCATOR64_BYTES = 20,
};

enum zip_method {
    ZIP_STORED = 0,
    ZIP_DEFLATE = 8,
    ZIP_BZIP2 = 12,
    ZIP_LZMA = 14,
    ZIP_ZSTD_OLD = 20,
    ZIP_ZSTD = 93,
    ZIP_XZ = 95,
    ZIP_AES = 99, /**< encrypted; the real method is in an extra field */
};

enum zip_flag {
    ZIP_ENCRYPTED = 1 << 0,
    ZIP_DESCRIBED = 1 << 3, /**< checksum and sizes follow the data */
    ZIP_STRONG = 1 << 6,
    ZIP_UTF8 = 1 << 11,
    ZIP_MASKED = 1 << 13, /**< the directory is encrypted, local values are hidden */
};

/** One member, as a local header or an entry of the central directory describes it. */
struct zip_header {
    uint16_t flags, method;
    uint16_t version_made; /**< central only; the high byte is the system */
    uint32_t crc;
    uint64_t packed, size; /**< stored and real bytes */
    uint64_t offset;       /**< central only: of the local header, as stated */
    uint32_t disk;         /**< central only */
    uint32_t attributes;   /**< central only: external; the high half is the Unix mode */
    int64_t mtime;         /**< seconds since 1970; DOS time is taken for UTC */
    bool zip64;            /**< has a ZIP64 extra field */
    struct bytes name, extra, comment;
};

/** Bytes that a local header takes with name and extra field; 0 when there is none at data. */
size_t zip_local_size(struct bytes data);

/** Bytes that an entry of the directory takes with name, extra field and comment; 0 when there is none. */
size_t zip_central_size(struct bytes data);

/** Read a local header that is whole in data. The views point into data. */
void zip_local_parse(struct bytes data, struct zip_header *header);

/** Read an entry of the directory that is whole in data. The views point into data. */
void zip_central_parse(struct bytes data, struct zip_header *header);

/** The first extra field of this kind; data NULL when there is none. */
struct bytes zip_extra_find(struct bytes extra, uint16_t kind);

/** The name of a method for messages; static. */
const char *zip_method_name(uint16_t method);

/** Could this be a local header, and not four letters by chance? data holds at least ZIP_LOCAL_BYTES. */
bool zip_local_plausible(struct bytes data);

#endif

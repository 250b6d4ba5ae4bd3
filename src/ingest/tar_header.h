/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_TAR_HEADER_H
#define INGEST_TAR_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum { TAR_BLOCK = 512 };

/** What the bytes of a header block say, without any extension. */
struct tar_header {
    uint8_t type;        /**< the type flag as stored; 0 is turned into '0' */
    struct bytes prefix; /**< goes before name with a slash between; may be empty */
    struct bytes name;
    struct bytes link;
    uint64_t size; /**< 0 when it is negative or no number: see size_valid */
    bool size_valid;
    bool size_negative;
    int64_t mtime;   /**< INT64_MIN when it is no number */
    bool gnu;        /**< old GNU layout behind offset 345 */
    uint64_t offset; /**< GNU: where the piece of a multi-volume member begins */
};

enum tar_block { TAR_BLOCK_HEADER, TAR_BLOCK_ZERO, TAR_BLOCK_BAD };

/** What is this block of TAR_BLOCK bytes? A header is one whose checksum holds. */
enum tar_block tar_block_kind(const uint8_t *block);

/** Read a header. The views point into block. */
void tar_header_parse(const uint8_t *block, struct tar_header *header);

/**
 * A number field: octal with blanks around it, or base 256.
 * @param negative  the number is below zero; *value is 0 then
 * @return false when it is neither, or does not fit 64 bits
 */
bool tar_number(const uint8_t *field, size_t size, uint64_t *value, bool *negative);

/** The first bytes of a tar archive, whole, cut short in its first block, or with a damaged first header. */
bool tar_detect(struct bytes head);

#endif

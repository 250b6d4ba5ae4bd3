/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_TAR_PAX_H
#define INGEST_TAR_PAX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/** One stretch of data in a sparse member. */
struct tar_extent {
    uint64_t offset, size; /**< in the member as a file */
};

enum tar_sparse { TAR_NOT_SPARSE, TAR_SPARSE_MAPPED, TAR_SPARSE_IN_DATA };

/** What extension headers say about a member: pax records, or old GNU's. Zero-initialise. */
struct tar_extra {
    bool has_path, has_link, has_size, has_mtime, has_real_size, has_sparse_name;
    struct buf path, link;  /**< owned */
    struct buf sparse_name; /**< GNU.sparse.name: the path, when path holds a made-up one; owned */
    uint64_t size;
    int64_t mtime;
    enum tar_sparse sparse; /**< TAR_SPARSE_IN_DATA: the map is the beginning of the data (1.0) */
    uint64_t real_size;     /**< of the sparse member as a file */
    struct buf extents;     /**< struct tar_extent, in order of appearance; owned */
    uint64_t extent_offset; /**< GNU.sparse.offset that waits for its numbytes */
    bool multivolume;
    struct buf comment; /**< owned */
};

/**
 * Read the records of a pax header.
 *
 * @param fault  the first thing that is wrong with them, static; untouched when nothing is
 * @return PROV_OK, PROV_E_MEMORY
 *
 * Records before a malformed one count. Later records replace earlier ones; an empty value takes one back.
 */
int tar_pax_parse(struct bytes records, struct tar_extra *extra, const char **fault);

/** Add one stretch; out of order, or too far, makes the map invalid later. @return PROV_OK, PROV_E_MEMORY */
int tar_extra_add_extent(struct tar_extra *extra, uint64_t offset, uint64_t size);

/** Make copy say all that extra says. @return PROV_OK, PROV_E_MEMORY */
int tar_extra_copy(const struct tar_extra *extra, struct tar_extra *copy);
void tar_extra_clear(struct tar_extra *extra);
void tar_extra_finish(struct tar_extra *extra);

/** A decimal number that is the whole text. @return false when it is none, or larger than 64 bits */
bool tar_decimal(struct bytes text, uint64_t *value);

#endif

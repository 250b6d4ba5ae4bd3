/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_TAR_CONTENT_H
#define INGEST_TAR_CONTENT_H

#include "ingest/stored.h"
#include "ingest/tar_pax.h"

/** The bytes of one tar member as a stream, holes of a sparse one filled in. */
struct tar_content {
    struct stored stored;             /**< first: its stream is the content's */
    struct item *container;           /**< what a limit is reported on while the member has no item */
    const struct tar_extent *extents; /**< of a sparse member, ascending; borrowed */
    size_t nextents, extent;          /**< how many, and the present one */
    uint64_t position, real_size;     /**< in the sparse member as a file */
    struct expansion expansion;
};

/**
 * Make the content, begun with stored_begin, a sparse one.
 * @return false when the map makes no sense for the bytes stored; the content gives the stored bytes then
 */
bool tar_content_make_sparse(struct tar_content *content, const struct tar_extra *extra);

#endif

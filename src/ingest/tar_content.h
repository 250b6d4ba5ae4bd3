/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_TAR_CONTENT_H
#define INGEST_TAR_CONTENT_H

#include "ingest/faults.h"
#include "ingest/tar_pax.h"

/** The bytes of one tar member as a stream, holes of a sparse one filled in. */
struct tar_content {
    struct stream stream;
    struct stream *below; /**< the archive, at the member's next stored byte; borrowed */
    struct reading *reading;
    struct faults *faults;  /**< of the member; borrowed */
    struct item *container; /**< what a limit is reported on while the member has no item */
    uint64_t stored_left;   /**< stored bytes not yet taken from below */
    bool sparse;
    const struct tar_extent *extents; /**< of a sparse member, ascending; borrowed */
    size_t nextents, extent;          /**< how many, and the present one */
    uint64_t position, real_size;     /**< in the member as a file */
    struct expansion expansion;
};

/** Ready the content for a member of stored bytes: set the fields above stored_left before. */
void tar_content_begin(struct tar_content *content, uint64_t stored);

/**
 * Make the content a sparse one.
 * @return false when the map makes no sense for the bytes stored; the content gives the stored bytes then
 */
bool tar_content_make_sparse(struct tar_content *content, const struct tar_extra *extra);

/** Take what is left of the stored bytes, and release the window. @return PROV_OK, or what below says */
int tar_content_finish(struct tar_content *content);

#endif

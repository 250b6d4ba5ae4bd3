/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tar stores of a member, turned into what the file was.
 *
 *     stored:   |data 1|data 2|           sparse file:   | hole |data 1|  hole  |data 2| hole |
 *                                                        ^ position ..................... real_size ^
 *
 * Holes are given out as zeros, because that is what a sparse file holds and what any other tool's digest
 * covers. A hole costs nothing to store, so it counts as expansion: a member of 8 EiB ends like a bomb.
 */
#include "ingest/tar_content.h"

#include <inttypes.h>

enum { ZEROS_BYTES = 64 << 10 };

static int
sparse_end(struct tar_content *content)
{
    const struct stored *stored = &content->stored;
    if (stored->left == 0)
        return PROV_OK;
    return faults_add(stored->faults, stored->reading, DEFECT_ARCHIVE_SIZE_MISMATCH, content->position,
                      "%" PRIu64 " stored bytes that its map of data does not name", stored->left);
}

static int
sparse_block(struct tar_content *content, const uint8_t **data, size_t *size)
{
    static const uint8_t zeros[ZEROS_BYTES];
    bool more = content->extent < content->nextents;
    struct tar_extent extent =
        more ? content->extents[content->extent] : (struct tar_extent){content->real_size, 0};
    if (more && content->position >= extent.offset) {
        TRY(stored_block(&content->stored, extent.offset + extent.size - content->position, data, size));
        content->position += *size;
        return PROV_OK;
    }
    uint64_t end = extent.offset;
    uint64_t hole = end - content->position;
    *data = zeros;
    *size = hole < ZEROS_BYTES ? (size_t)hole : ZEROS_BYTES;
    content->position += *size;
    return PROV_OK;
}

static int
sparse_fill(struct stream *stream, const uint8_t **data, size_t *size)
{
    struct tar_content *content = (struct tar_content *)stream;
    *size = 0;
    while (content->extent < content->nextents) {
        const struct tar_extent *extent = &content->extents[content->extent];
        if (content->position < extent->offset + extent->size)
            break;
        content->extent++;
    }
    if (content->extent == content->nextents && content->position == content->real_size)
        return sparse_end(content);
    struct stored *stored = &content->stored;
    uint64_t left = stored->left;
    TRY(sparse_block(content, data, size));
    content->expansion.in += left - stored->left;
    struct item *item = stored->faults->item ? stored->faults->item : content->container;
    return reading_expand(stored->reading, item, &content->expansion, size);
}

bool
tar_content_make_sparse(struct tar_content *content, const struct tar_extra *extra)
{
    const struct tar_extent *extents = (const struct tar_extent *)(const void *)extra->extents.data;
    size_t nextents = extra->extents.size / sizeof *extents;
    uint64_t end = 0, stored = 0;
    for (size_t i = 0; i < nextents; i++) {
        if (extents[i].offset < end || __builtin_add_overflow(extents[i].offset, extents[i].size, &end) ||
            __builtin_add_overflow(stored, extents[i].size, &stored))
            return false;
    }
    if (end > extra->real_size || stored > content->stored.left)
        return false;
    content->extents = extents;
    content->nextents = nextents;
    content->extent = 0;
    content->real_size = extra->real_size;
    content->position = 0;
    content->expansion = (struct expansion){0};
    content->stored.stream.fill = sparse_fill;
    return true;
}

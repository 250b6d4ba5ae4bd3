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
fault(struct tar_content *content, enum defect defect, const char *words)
{
    TRY(faults_add(content->faults, content->reading, defect, content->position,
                   "%s, %" PRIu64 " bytes missing", words, content->stored_left));
    return PROV_E_DATA;
}

/* At most size_max of the stored bytes. */
static int
stored_block(struct tar_content *content, uint64_t size_max, const uint8_t **data, size_t *size)
{
    struct bytes head = {NULL, 0};
    int status = stream_peek(content->below, 1, &head);
    if (status == PROV_E_DATA || (status == PROV_OK && head.size == 0))
        return fault(content, DEFECT_ARCHIVE_TRUNCATED, "the archive ends within this member");
    TRY(status);
    *data = head.data;
    *size = head.size < size_max ? head.size : (size_t)size_max;
    stream_take(content->below, *size);
    content->stored_left -= *size;
    content->position += *size;
    return PROV_OK;
}

static int
plain_fill(struct stream *stream, const uint8_t **data, size_t *size)
{
    struct tar_content *content = (struct tar_content *)stream;
    *size = 0;
    return content->stored_left ? stored_block(content, content->stored_left, data, size) : PROV_OK;
}

static int
sparse_end(struct tar_content *content)
{
    if (content->stored_left == 0)
        return PROV_OK;
    return faults_add(content->faults, content->reading, DEFECT_ARCHIVE_SIZE_MISMATCH, content->position,
                      "%" PRIu64 " stored bytes that its map of data does not name", content->stored_left);
}

static int
sparse_block(struct tar_content *content, const uint8_t **data, size_t *size)
{
    static const uint8_t zeros[ZEROS_BYTES];
    const struct tar_extent *extent = &content->extents[content->extent];
    bool inside = content->extent < content->nextents && content->position >= extent->offset;
    if (inside)
        return stored_block(content, extent->offset + extent->size - content->position, data, size);
    uint64_t end = content->extent < content->nextents ? extent->offset : content->real_size;
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
    uint64_t stored = content->stored_left;
    TRY(sparse_block(content, data, size));
    content->expansion.in += stored - content->stored_left;
    struct item *item = content->faults->item ? content->faults->item : content->container;
    return reading_expand(content->reading, item, &content->expansion, size);
}

static void
content_close(struct stream *stream)
{
    (void)stream; /* a field of the reader */
}

void
tar_content_begin(struct tar_content *content, uint64_t stored)
{
    content->stream = (struct stream){.fill = plain_fill, .close = content_close};
    content->stored_left = stored;
    content->sparse = false;
    content->position = 0;
    content->expansion = (struct expansion){0};
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
    if (end > extra->real_size || stored > content->stored_left)
        return false;
    content->extents = extents;
    content->nextents = nextents;
    content->extent = 0;
    content->real_size = extra->real_size;
    content->sparse = true;
    content->stream.fill = sparse_fill;
    return true;
}

int
tar_content_finish(struct tar_content *content)
{
    if (content->stream.close)
        stream_close(&content->stream);
    content->stream = (struct stream){0};
    while (content->stored_left) {
        struct bytes head;
        TRY(stream_peek(content->below, 1, &head));
        if (head.size == 0)
            return PROV_E_DATA;
        size_t size = head.size < content->stored_left ? head.size : (size_t)content->stored_left;
        stream_take(content->below, size);
        content->stored_left -= size;
    }
    return PROV_OK;
}

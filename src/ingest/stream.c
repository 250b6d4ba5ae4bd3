/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The window that peek and take keep over the blocks of a stream, and the accounts of one unit.
 *
 * A block that fill gave is shown where it lies; nothing is copied as long as readers are content with
 * what one block holds. Only when a peek must span blocks are they joined in a buffer of the stream's own:
 *
 *     joined:  | taken | data ....... size | <- the next block is appended here
 *              ^ joined.data               ^ joined.data + joined.size
 *
 * The taken part is closed up when it has become at least as large as what is left, so every byte is moved
 * at most once for each time it is joined, whatever the pattern of calls.
 *
 * Why not a ring buffer under every stream: it would copy each byte once in each layer, and the layers of
 * a tar.gz in a tar.zst are many.
 *
 * Bombs end in reading_expand, and only there: three questions are asked of every block that comes out of
 * a decoder, whichever it is. Did the unit give out more than it may in all? Did this decoder give out more
 * for each byte it took than text does? Did the unit, all layers together, give out more than that for each
 * byte of its file? The last one holds where many layers, each below the ratio, multiply, and where many
 * members, each below the floor, add up (42.zip).
 */
#include "ingest/stream.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum {
    PEEK_BYTES_MAX = 16 << 20,
    JOINED_BYTES_KEPT = 2 * LIMIT_READ_BYTES, /* a larger buffer is released as soon as it is used up */
};

void
reading_advance(const struct reading *reading, size_t size)
{
    if (reading->progress)
        (void)__atomic_fetch_add(reading->progress, size, __ATOMIC_RELAXED);
}

/** More than ratio bytes out for each byte in, and enough of them to matter. */
static bool
too_dense(const struct limits *limits, uint64_t in, uint64_t out)
{
    return limits->ratio > 0 && out > limits->ratio_floor_bytes && out / limits->ratio > in;
}

int
reading_expand(struct reading *reading, struct item *item, struct expansion *expansion, size_t *size)
{
    const struct limits *limits = reading->limits;
    uint64_t room = limits->expanded_bytes_unit > reading->expanded_bytes
                        ? limits->expanded_bytes_unit - reading->expanded_bytes
                        : 0;
    bool full = *size > room;
    if (full)
        *size = (size_t)room;
    reading->expanded_bytes += *size;
    expansion->out += *size;
    reading_advance(reading, *size);

    uint64_t in = expansion->in;
    uint64_t out = expansion->out;
    bool dense = too_dense(limits, in, out);
    bool unit_dense = reading->unit_bytes && too_dense(limits, reading->unit_bytes, reading->expanded_bytes);
    if (!full && !dense && !unit_dense)
        return PROV_OK;
    reading->nrefusals += full || unit_dense;
    if (!dense) {
        in = reading->unit_bytes;
        out = reading->expanded_bytes;
    }
    uint64_t offset = expansion->in == UINT64_MAX ? 0 : expansion->in;
    if (full)
        TRY(sink_defect(reading->sink, item, DEFECT_LIMIT_EXPANDED_BYTES, offset,
                        "more than %" PRIu64 " bytes came out of this file in all: the rest was not read",
                        limits->expanded_bytes_unit));
    else
        TRY(sink_defect(reading->sink, item, DEFECT_LIMIT_RATIO, offset,
                        "%" PRIu64 " bytes came out of %" PRIu64 ", more than %" PRIu64
                        " to 1: the rest was not read",
                        out, in, limits->ratio));
    return PROV_E_DATA;
}

/** Ask for the next block. On return either data and size are set, or ended is. */
static int
refill(struct stream *stream, const uint8_t **data, size_t *size)
{
    *size = 0;
    *data = NULL;
    stream->status = stream->fill(stream, data, size);
    if (stream->status != PROV_OK)
        *size = 0;
    if (*size == 0)
        stream->ended = true;
    return stream->status;
}

/** Put what is left of the window at the start of joined, where the next block can follow it. */
static int
gather(struct stream *stream)
{
    struct buf *joined = &stream->joined;
    bool inside = joined->data && stream->data >= joined->data && stream->data < joined->data + joined->size;
    if (!inside) {
        buf_clear(joined);
        TRY(buf_append(joined, stream->data, stream->size));
    } else if ((size_t)(stream->data - joined->data) >= stream->size) {
        memmove(joined->data, stream->data, stream->size);
        joined->size = stream->size;
    } else {
        return PROV_OK;
    }
    stream->data = joined->data;
    return PROV_OK;
}

/** Make the window span one more block. */
static int
extend(struct stream *stream)
{
    const uint8_t *data;
    size_t size;
    if (stream->size == 0) {
        if (stream->joined.capacity > JOINED_BYTES_KEPT)
            buf_finish(&stream->joined);
        (void)refill(stream, &data, &size);
        stream->data = data;
        stream->size = size;
        return PROV_OK;
    }
    /* The block that the window shows is gone once fill was called: gather first. */
    TRY(gather(stream));
    if (refill(stream, &data, &size) != PROV_OK || size == 0)
        return PROV_OK;
    size_t taken = (size_t)(stream->data - stream->joined.data);
    TRY(buf_append(&stream->joined, data, size));
    stream->data = stream->joined.data + taken;
    stream->size += size;
    return PROV_OK;
}

int
stream_peek(struct stream *stream, size_t wanted, struct bytes *head)
{
    assert(wanted <= PEEK_BYTES_MAX);
    while (stream->size < wanted && !stream->ended)
        TRY(extend(stream));
    if (stream->size == 0 && stream->ended && stream->status != PROV_OK)
        return stream->status;
    /* Failures that end the unit do not wait until the window is used up. */
    if (stream->ended && stream->status != PROV_OK && stream->status != PROV_E_DATA)
        return stream->status;
    *head = (struct bytes){.data = stream->data, .size = stream->size};
    return PROV_OK;
}

void
stream_take(struct stream *stream, size_t size)
{
    assert(size <= stream->size);
    if (size > 0)
        stream->data += size;
    stream->size -= size;
    stream->offset += size;
}

int
stream_next(struct stream *stream, struct bytes *block)
{
    struct bytes head;
    TRY(stream_peek(stream, 1, &head));
    stream_take(stream, head.size);
    *block = head;
    return PROV_OK;
}

int
stream_drain(struct stream *stream)
{
    struct bytes block;
    do
        TRY(stream_next(stream, &block));
    while (block.size > 0);
    return PROV_OK;
}

void
stream_close(struct stream *stream)
{
    if (!stream)
        return;
    buf_finish(&stream->joined);
    stream->close(stream);
}

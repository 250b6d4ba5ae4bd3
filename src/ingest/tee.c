/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container has two readers at once: the sink, which wants its bytes as they are stored (digest,
 * type), and a decoder or archive reader, which wants to open them. The tee lets both see the bytes
 * in one pass without a copy:
 *
 *     file or member ── tee ── decoder ── archive reader ── members
 *                        └──── sink: data of the container
 *
 * The sink sees a block before the reader above does, so data of a container always runs ahead of the
 * members made from it.
 */
#include "ingest/tee.h"

#include <stdlib.h>

struct tee {
    struct stream stream;
    struct stream *below;
    struct reading *reading;
    struct item *item;
};

static int
tee_fill(struct stream *stream, const uint8_t **data, size_t *size)
{
    struct tee *tee = (struct tee *)stream;
    struct bytes block;
    TRY(stream_next(tee->below, &block));
    *data = block.data;
    *size = block.size;
    if (block.size == 0)
        return PROV_OK;
    struct sink *sink = tee->reading->sink;
    return sink->data(sink, tee->item, block.data, block.size);
}

static void
tee_close(struct stream *stream)
{
    free(stream);
}

int
tee_open(struct stream *below, struct reading *reading, struct item *item, struct stream **stream)
{
    struct tee *tee = calloc(1, sizeof *tee);
    if (!tee)
        return PROV_E_MEMORY;
    *tee = (struct tee){
        .stream = {.fill = tee_fill, .close = tee_close}, .below = below, .reading = reading, .item = item};
    *stream = &tee->stream;
    return PROV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A member of an archive that only strings its members together is a stretch of the archive's stream. The
 * blocks are handed on where they lie. An archive that ends within a member is the member's fault and is
 * told there; what was read before is good.
 */
#include "ingest/stored.h"

#include <inttypes.h>

int
stored_block(struct stored *stored, uint64_t size_max, const uint8_t **data, size_t *size)
{
    struct bytes head = {NULL, 0};
    int status = stream_peek(stored->below, 1, &head);
    if (status == PROV_E_DATA || (status == PROV_OK && head.size == 0)) {
        TRY(faults_add(stored->faults, stored->reading, DEFECT_ARCHIVE_TRUNCATED, stored->position,
                       "the archive ends within this member, %" PRIu64 " bytes missing", stored->left));
        return PROV_E_DATA;
    }
    TRY(status);
    if (size_max > stored->left)
        size_max = stored->left;
    *data = head.data;
    *size = head.size < size_max ? head.size : (size_t)size_max;
    stream_take(stored->below, *size);
    stored->left -= *size;
    stored->position += *size;
    for (size_t i = 0; stored->summed && i < *size; i++)
        stored->sum += head.data[i];
    return PROV_OK;
}

static int
fill(struct stream *stream, const uint8_t **data, size_t *size)
{
    struct stored *stored = (struct stored *)stream;
    *size = 0;
    return stored->left ? stored_block(stored, stored->left, data, size) : PROV_OK;
}

void
stored_keep_open(struct stream *stream)
{
    (void)stream;
}

void
stored_begin(struct stored *stored, uint64_t size)
{
    stored->stream = (struct stream){.fill = fill, .close = stored_keep_open};
    stored->left = size;
    stored->position = 0;
    stored->sum = 0;
    stored->summed = false;
}

void
stored_release(struct stored *stored)
{
    if (stored->stream.close)
        stream_close(&stored->stream);
    stored->stream = (struct stream){0};
}

int
stored_finish(struct stored *stored)
{
    uint64_t left = stored->left;
    stored_release(stored);
    stored->left = 0;
    return left ? stored_skip(stored->below, left) : PROV_OK;
}

int
stored_skip(struct stream *stream, uint64_t size)
{
    while (size) {
        struct bytes head = {NULL, 0};
        TRY(stream_peek(stream, 1, &head));
        if (head.size == 0)
            return PROV_E_DATA;
        size_t step = head.size < size ? head.size : (size_t)size;
        stream_take(stream, step);
        size -= step;
    }
    return PROV_OK;
}

int
stored_skip_zeros(struct stream *stream)
{
    for (;;) {
        struct bytes head = {NULL, 0};
        TRY(stream_peek(stream, 1, &head));
        if (head.size == 0)
            return PROV_E_DATA;
        size_t nzeros = 0;
        while (nzeros < head.size && head.data[nzeros] == 0)
            nzeros++;
        stream_take(stream, nzeros);
        if (nzeros < head.size)
            return PROV_OK;
    }
}

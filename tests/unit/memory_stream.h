/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNIT_MEMORY_STREAM_H
#define UNIT_MEMORY_STREAM_H

#include <stdlib.h>
#include <string.h>

#include "ingest/stream.h"

/*
 * A stream over bytes in memory, in blocks of any size, that can fail anywhere. Each block is an exact
 * piece of heap that is freed with the next fill, so that AddressSanitizer sees who reads past it, or too
 * late.
 */
struct memory_stream {
    struct stream stream; /**< first: what readers use */
    struct bytes bytes;   /**< borrowed */
    size_t position;
    size_t block_bytes; /**< at most this many in a block */
    size_t fail_at;     /**< fails when so many bytes were given; SIZE_MAX: never */
    int fail_status;
    uint8_t *block;
};

static inline int
memory_stream_fill(struct stream *stream, const uint8_t **data, size_t *size)
{
    struct memory_stream *memory = (struct memory_stream *)stream;
    free(memory->block);
    memory->block = NULL;
    *size = 0;
    if (memory->position >= memory->fail_at)
        return memory->fail_status;
    size_t end = memory->fail_at < memory->bytes.size ? memory->fail_at : memory->bytes.size;
    size_t left = end - memory->position;
    size_t given = left < memory->block_bytes ? left : memory->block_bytes;
    if (given == 0)
        return PROV_OK;
    memory->block = malloc(given);
    if (!memory->block)
        abort();
    memcpy(memory->block, memory->bytes.data + memory->position, given);
    memory->position += given;
    *data = memory->block;
    *size = given;
    return PROV_OK;
}

static inline void
memory_stream_close(struct stream *stream)
{
    free(((struct memory_stream *)stream)->block);
    free(stream);
}

static inline struct memory_stream *
memory_stream_open(struct bytes bytes, size_t block_bytes)
{
    struct memory_stream *memory = calloc(1, sizeof *memory);
    if (!memory)
        abort();
    memory->stream.fill = memory_stream_fill;
    memory->stream.close = memory_stream_close;
    memory->bytes = bytes;
    memory->block_bytes = block_bytes;
    memory->fail_at = SIZE_MAX;
    memory->fail_status = PROV_E_DATA;
    return memory;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks of records, and the chunked transfer coding inside them (RFC 9112, section 7.1).
 *
 * Chunks that do not hold together are told once, and what follows is passed on as it lies there, framing and
 * all: a search through it finds what a browser would have shown.
 */
#include "ingest/record_block.h"

#include <inttypes.h>
#include <string.h>

#include "ingest/field_lines.h"

enum {
    CHUNK_LINE_MAX = 4096, /* a size and its extensions; longer ones are no chunks */
    SIZE_DIGITS_MAX = 15,  /* so that sizes stay below 2^60 */
};

int
record_block_take(struct record_block *block, uint64_t size_max, struct bytes *taken)
{
    struct bytes head = {NULL, 0};
    int status = stream_peek(block->below, 1, &head);
    if (status == PROV_E_DATA || (status == PROV_OK && head.size == 0)) {
        TRY(faults_add(block->faults, block->reading, DEFECT_ARCHIVE_TRUNCATED, block->taken,
                       "the archive ends within this record, %" PRIu64 " bytes missing", block->left));
        return PROV_E_DATA;
    }
    TRY(status);
    if (size_max > block->left)
        size_max = block->left;
    taken->data = head.data;
    taken->size = head.size < size_max ? head.size : (size_t)size_max;
    if (block->sha1)
        sha1_update(block->sha1, taken->data, taken->size);
    stream_take(block->below, taken->size);
    block->left -= taken->size;
    block->taken += taken->size;
    return PROV_OK;
}

int
record_block_peek(struct record_block *block, size_t wanted, struct bytes *head)
{
    if (wanted > block->left)
        wanted = (size_t)block->left;
    *head = (struct bytes){NULL, 0};
    if (wanted)
        TRY(stream_peek(block->below, wanted, head));
    if (head->size > block->left)
        head->size = (size_t)block->left;
    return PROV_OK;
}

int
record_block_skip(struct record_block *block)
{
    struct bytes taken;
    while (block->left)
        TRY(record_block_take(block, block->left, &taken));
    return PROV_OK;
}

static void
keep_open(struct stream *stream)
{
    (void)stream;
}

void
record_stream_end(struct stream *stream)
{
    if (stream->close)
        stream_close(stream);
    *stream = (struct stream){0};
}

static int
fill_part(struct stream *stream, const uint8_t **data, size_t *size)
{
    struct record_part *part = (struct record_part *)stream;
    struct bytes taken = {NULL, 0};
    if (part->left && part->block->left)
        TRY(record_block_take(part->block, part->left, &taken));
    part->left -= taken.size;
    *data = taken.data;
    *size = taken.size;
    return PROV_OK;
}

void
record_part_begin(struct record_part *part, struct record_block *block, uint64_t size)
{
    record_stream_end(&part->stream);
    *part =
        (struct record_part){.stream = {.fill = fill_part, .close = keep_open}, .block = block, .left = size};
}

static unsigned
hex_digit(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10u : 16;
}

/* The line with the size of a chunk. @return its bytes with the line end; 0 when it is none */
static size_t
chunk_line(struct bytes head, uint64_t *size)
{
    size_t at = 0, ndigits = 0;
    *size = 0;
    for (; at < head.size && hex_digit(head.data[at]) < 16; at++) {
        *size = *size * 16 + hex_digit(head.data[at]);
        if (*size && ++ndigits > SIZE_DIGITS_MAX)
            return 0;
    }
    if (at == 0)
        return 0;
    while (at < head.size && (head.data[at] == ' ' || head.data[at] == '\t'))
        at++;
    if (at == head.size || (head.data[at] != ';' && head.data[at] != '\r' && head.data[at] != '\n'))
        return 0;
    const uint8_t *end = memchr(head.data + at, '\n', head.size - at);
    return end ? (size_t)(end + 1 - head.data) : 0;
}

bool
record_chunks_present(struct bytes head)
{
    uint64_t size;
    if (head.size > CHUNK_LINE_MAX)
        head.size = CHUNK_LINE_MAX;
    return chunk_line(head, &size) > 0;
}

/* Take bytes that are framing, a few. */
static int
drop(struct record_block *block, size_t size)
{
    struct bytes taken;
    for (; size; size -= taken.size)
        TRY(record_block_take(block, size, &taken));
    return PROV_OK;
}

static int
broken(struct record_chunks *chunks, const char *what)
{
    struct record_block *block = chunks->block;
    chunks->place = CHUNKS_RAW;
    return faults_add(block->faults, block->reading, DEFECT_ARCHIVE_CORRUPT, block->taken,
                      "%s; the rest is passed on as it lies there", what);
}

static int
begin_chunk(struct record_chunks *chunks)
{
    struct bytes head;
    TRY(record_block_peek(chunks->block, CHUNK_LINE_MAX, &head));
    size_t line = chunk_line(head, &chunks->left);
    if (line == 0)
        return broken(chunks,
                      head.size ? "no size of a chunk where one should be" : "the last chunk is missing");
    chunks->place = chunks->left ? CHUNK_DATA : CHUNKS_TRAILER;
    return drop(chunks->block, line);
}

/* The line end behind the data of a chunk. */
static int
end_chunk(struct record_chunks *chunks)
{
    struct bytes head;
    TRY(record_block_peek(chunks->block, 2, &head));
    size_t size = head.size && head.data[0] == '\n'                     ? 1
                  : head.size >= 2 && memcmp(head.data, "\r\n", 2) == 0 ? 2
                                                                        : 0;
    if (size == 0)
        return broken(chunks, "a chunk is longer than its size says");
    chunks->place = CHUNK_SIZE;
    return drop(chunks->block, size);
}

/* Fields and an empty line behind the last chunk. */
static int
pass_trailer(struct record_chunks *chunks)
{
    struct bytes head;
    chunks->place = CHUNKS_RAW;
    TRY(record_block_peek(chunks->block, CHUNK_LINE_MAX, &head));
    bool is_empty = head.size == 0 || (head.size <= 2 && head.data[head.size - 1] == '\n');
    if (is_empty || field_lines_end(head) == chunks->block->left)
        return drop(chunks->block, head.size);
    struct record_block *block = chunks->block;
    return faults_add(block->faults, block->reading, DEFECT_ARCHIVE_TRAILING_DATA, block->taken,
                      "%" PRIu64 " bytes behind the last chunk, passed on with the body", block->left);
}

static int
fill_chunks(struct stream *stream, const uint8_t **data, size_t *size)
{
    struct record_chunks *chunks = (struct record_chunks *)stream;
    struct bytes taken = {NULL, 0};
    while (chunks->place != CHUNKS_RAW && chunks->place != CHUNK_DATA) {
        if (chunks->place == CHUNK_SIZE)
            TRY(begin_chunk(chunks));
        else if (chunks->place == CHUNK_END)
            TRY(end_chunk(chunks));
        else
            TRY(pass_trailer(chunks));
    }
    if (chunks->place == CHUNK_DATA && chunks->block->left == 0)
        TRY(broken(chunks, "the record ends within a chunk"));
    bool framed = chunks->place == CHUNK_DATA;
    if (chunks->block->left)
        TRY(record_block_take(chunks->block, framed ? chunks->left : UINT64_MAX, &taken));
    if (framed) {
        chunks->left -= taken.size;
        if (chunks->left == 0)
            chunks->place = CHUNK_END;
    }
    *data = taken.data;
    *size = taken.size;
    return PROV_OK;
}

void
record_chunks_begin(struct record_chunks *chunks, struct record_block *block)
{
    record_stream_end(&chunks->stream);
    *chunks = (struct record_chunks){.stream = {.fill = fill_chunks, .close = keep_open}, .block = block};
}

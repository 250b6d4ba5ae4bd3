/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_READER_FUZZING_H
#define FUZZ_READER_FUZZING_H

#include <sys/mman.h>
#include <unistd.h>

#include "../unit/memory_stream.h"
#include "../unit/recording_sink.h"
#include "ingest/reader.h"

/*
 * Drives one reader over hostile bytes as the walk does, without looking into the members: so only the
 * reader itself is tried. The recording sink aborts when the contract is broken. The first byte of the
 * input chooses how the rest is cut into blocks, since borders are where readers go wrong.
 */

static inline void
fuzz_member(struct reading *reading, struct reader *reader, const struct member *member)
{
    struct bytes head = {NULL, 0}, block = {NULL, 1};
    if (member->content && (reading->nmembers & 1))
        (void)stream_peek(member->content, 700, &head);
    struct item_head item_head = {.kind = member->kind, .path = member->name, .link = member->link};
    struct item *item;
    (void)reading->sink->begin(reading->sink, &item_head, &item);
    reading->nmembers++;
    (void)reader->begun(reader, item);
    while (member->content && block.size && stream_next(member->content, &block) == PROV_OK)
        if (block.size)
            (void)reading->sink->data(reading->sink, item, block.data, block.size);
    (void)reading->sink->end(reading->sink, item);
}

static inline void
fuzz_reader(reader_open_function *open, bool (*detect)(struct bytes), bool seeks, struct bytes bytes)
{
    static const size_t cuts[] = {1 << 18, 1, 7, 512, 4096, 100};
    size_t cut = bytes.size ? cuts[bytes.data[0] % 6] : 1;
    bytes = bytes.size ? (struct bytes){bytes.data + 1, bytes.size - 1} : bytes;
    if (!detect(bytes))
        return;
    struct recording_sink recording;
    recording_sink_init(&recording);
    recording.keep_bytes_max = 0;
    struct limits limits = LIMITS_DEFAULT;
    limits.expanded_bytes_unit = 1 << 22;
    limits.members = 500;
    limits.header_bytes = 1 << 16;
    struct err err = {0};
    struct reading reading = {.sink = &recording.sink, .limits = &limits, .err = &err};
    struct memory_stream *memory = memory_stream_open(bytes, cut);
    struct reader_input input = {.reading = &reading,
                                 .item = &recording_start(&recording, "", ITEM_NO_PARENT)->item,
                                 .stream = &memory->stream,
                                 .fd = -1,
                                 .size = bytes.size};
    if (seeks) {
        input.fd = memfd_create("fuzz", MFD_CLOEXEC);
        if (input.fd < 0 || (bytes.size && write(input.fd, bytes.data, bytes.size) != (ssize_t)bytes.size))
            abort();
    }
    struct reader *reader = NULL;
    int status = open(&input, &reader);
    while (status == PROV_OK && reading.nmembers < limits.members) {
        struct member member = {.size_declared = UINT64_MAX, .mtime = INT64_MIN};
        status = reader->next(reader, &member);
        if (status == PROV_OK)
            fuzz_member(&reading, reader, &member);
    }
    if (status != PROV_OK && status != PROV_E_DATA && status != PROV_E_MEMORY)
        abort();
    if (reader)
        reader->close(reader);
    stream_close(&memory->stream);
    if (input.fd >= 0)
        (void)close(input.fd);
    recording_sink_finish(&recording);
}

#endif

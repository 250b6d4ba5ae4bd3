/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNIT_DECODE_BYTES_H
#define UNIT_DECODE_BYTES_H

#include "recording_sink.h"
#include "memory_stream.h"

/*
 * One decoder over bytes in memory, with all that came of it: for tests of codecs.
 */
struct decoded {
    struct recording_sink recording;
    struct recorded_item *container; /**< carries the defects */
    struct limits limits;
    struct err err;
    struct reading reading;
    uint64_t progress;
    struct buf data; /**< what came out, at most keep_bytes_max of it */
    uint64_t size;   /**< of all that came out */
    int status;      /**< what ended the stream */
    bool rest_seen;  /**< below was taken to its last byte */
};

/** Zero-initialised options mean: blocks as large as can be, no fault injected. */
struct decode_options {
    size_t block_bytes;
    size_t fail_at; /**< below fails here; 0: never */
    int fail_status;
    const struct limits *limits;
    uint64_t unit_bytes;
    size_t keep_bytes_max; /**< 0: all */
};

static inline void
decode_with(struct decoded *decoded, enum codec codec, struct bytes bytes,
            const struct decode_options *options)
{
    *decoded = (struct decoded){.limits = options->limits ? *options->limits : LIMITS_DEFAULT};
    recording_sink_init(&decoded->recording);
    decoded->container = recording_start(&decoded->recording, "", ITEM_NO_PARENT);
    decoded->reading = (struct reading){.sink = &decoded->recording.sink,
                                        .limits = &decoded->limits,
                                        .progress = &decoded->progress,
                                        .unit_bytes = options->unit_bytes,
                                        .err = &decoded->err};
    struct memory_stream *memory =
        memory_stream_open(bytes, options->block_bytes ? options->block_bytes : SIZE_MAX);
    if (options->fail_at) {
        memory->fail_at = options->fail_at;
        memory->fail_status = options->fail_status ? options->fail_status : PROV_E_DATA;
    }
    struct stream *stream = NULL;
    decoded->status =
        decoder_open(codec, &memory->stream, &decoded->reading, &decoded->container->item, &stream);
    recording_require(decoded->status == PROV_OK, "cannot open the decoder");
    size_t keep = options->keep_bytes_max ? options->keep_bytes_max : SIZE_MAX;
    for (;;) {
        struct bytes block = {0};
        decoded->status = stream_next(stream, &block);
        if (decoded->status != PROV_OK || block.size == 0)
            break;
        size_t room = keep - decoded->data.size;
        decoded->size += block.size;
        recording_require(buf_append(&decoded->data, block.data, block.size < room ? block.size : room) ==
                              PROV_OK,
                          "out of memory");
    }
    stream_close(stream);
    decoded->rest_seen = memory->position == bytes.size && memory->stream.size == 0;
    stream_close(&memory->stream);
}

static inline void
decode(struct decoded *decoded, enum codec codec, struct bytes bytes)
{
    decode_with(decoded, codec, bytes, &(struct decode_options){0});
}

static inline void
decoded_finish(struct decoded *decoded)
{
    recording_sink_finish(&decoded->recording);
    buf_finish(&decoded->data);
}

static inline bool
decoded_equals(const struct decoded *decoded, struct bytes expected)
{
    return bytes_equal(buf_bytes(&decoded->data), expected);
}

/** Nothing was found wrong. */
static inline bool
decoded_clean(const struct decoded *decoded)
{
    return decoded->status == PROV_OK && decoded->container->ndefects == 0;
}

#endif

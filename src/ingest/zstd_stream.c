/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zstd (RFC 8878): frames, one after the other, over base/zstd.h.
 *
 *     | frame | frame | skippable frame | frame | ...
 *       header, blocks, XXH64 of the content (if the header says so)
 *
 * What stands at the border of two frames is judged here, by its signature: another frame, a skippable one
 * (pzstd and the seekable format use them; other content in them is a comment), padding, or data that
 * does not belong. A frame whose checksum does not hold was decoded to its end: it is reported, and the
 * next frame is read.
 *
 * A frame tells how much history it needs; one that wants more than limits->zstd_window_bytes is refused
 * before anything is allocated. `zstd --ultra --long=31` makes such frames, and so do bombs.
 *
 * Peak memory: 256 KiB of output, and what libzstd takes: the window (2 MiB for `zstd -3`, 8 MiB for `-19`,
 * at most the limit), a block of 128 KiB twice, and 160 KiB of tables.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/zstd.h"
#include "ingest/decoder.h"

enum { SIGNATURE_BYTES = 4 };

struct zstd {
    struct decoder decoder;
    struct zstd_decoder *zstd; /**< owned */
    uint8_t *output;           /**< LIMIT_READ_BYTES; owned */
    uint64_t nframes;          /**< begun, without skippable ones */
    uint64_t offset;           /**< where the present frame starts in the stored bytes */
    bool in_frame;
    bool at_end;
};

/** What is there, less than a signature, may be the beginning of one. */
static bool
may_be_frame(struct bytes head)
{
    static const uint8_t data[] = {0x28, 0xb5, 0x2f}, skippable[] = {0x2a, 0x4d};
    if (memcmp(head.data, data, head.size) == 0)
        return true;
    return (head.data[0] & 0xf0) == 0x50 && memcmp(head.data + 1, skippable, head.size - 1) == 0;
}

static int
read_border(struct zstd *zstd)
{
    struct decoder *decoder = &zstd->decoder;
    struct bytes head;
    TRY(stream_peek(decoder->below, SIGNATURE_BYTES, &head));
    int kind = zstd_frame_kind(head.data, head.size);
    if (kind == 1)
        return decoder_skip_frame(decoder);
    if (kind == 0) {
        zstd->in_frame = true;
        zstd->offset = decoder->below->offset;
        zstd->nframes++;
        zstd_decoder_reset(zstd->zstd);
        return PROV_OK;
    }
    bool begun = decoder->below->offset > decoder->start;
    if (head.size == 0 ? !begun : head.size < SIGNATURE_BYTES && may_be_frame(head))
        return decoder_truncated(decoder, "a frame");
    if (!begun)
        return decoder_fault(decoder, DEFECT_ARCHIVE_CORRUPT, "zstd: no frame");
    zstd->at_end = true;
    return head.size == 0 ? PROV_OK : decoder_trailing(decoder, "zstd frame");
}

static int
refuse(struct zstd *zstd, enum zstd_result result)
{
    struct decoder *decoder = &zstd->decoder;
    switch (result) {
    case ZSTD_RESULT_WINDOW:
        return decoder_fault_at(
            decoder, DEFECT_LIMIT_WINDOW, zstd->offset,
            "zstd: frame %" PRIu64 " needs %" PRIu64 " bytes of history, more than the limit of %" PRIu64,
            zstd->nframes, zstd_decoder_window(zstd->zstd), decoder->reading->limits->zstd_window_bytes);
    case ZSTD_RESULT_DICTIONARY:
        return decoder_fault_at(decoder, DEFECT_ARCHIVE_UNSUPPORTED, zstd->offset,
                                "zstd: frame %" PRIu64 " needs a dictionary", zstd->nframes);
    case ZSTD_RESULT_MEMORY:
        return err_set(decoder->reading->err, PROV_E_MEMORY, "no memory to decode zstd");
    default:
        return decoder_fault_at(decoder, DEFECT_ARCHIVE_CORRUPT, zstd->offset,
                                "zstd: frame %" PRIu64 " is damaged", zstd->nframes);
    }
}

/** One call of the library. @param size  of the output so far; grows */
static int
decode_more(struct zstd *zstd, size_t *size)
{
    struct decoder *decoder = &zstd->decoder;
    struct bytes input = {0};
    int below = decoder_input(decoder, &input);
    if (below != PROV_OK && below != PROV_E_DATA)
        return below;
    struct zstd_step step;
    enum zstd_result result = zstd_decode(zstd->zstd, input.data, input.size, zstd->output + *size,
                                          LIMIT_READ_BYTES - *size, &step);
    stream_take(decoder->below, step.consumed);
    *size += step.produced;
    if (result == ZSTD_RESULT_CHECKSUM) {
        zstd->in_frame = false;
        return decoder_mismatch(decoder, DEFECT_ARCHIVE_CHECKSUM_MISMATCH, zstd->offset,
                                "zstd: frame %" PRIu64 ": the checksum of its content does not hold",
                                zstd->nframes);
    }
    if (result != ZSTD_RESULT_OK)
        return refuse(zstd, result);
    if (step.frame_ended)
        zstd->in_frame = false;
    else if (step.produced == 0 && input.size == 0)
        return below != PROV_OK ? below : decoder_truncated(decoder, "a frame");
    else if (step.produced == 0 && step.consumed == 0)
        return refuse(zstd, ZSTD_RESULT_CORRUPT);
    return PROV_OK;
}

static int
zstd_step(struct decoder *decoder, struct bytes *out)
{
    struct zstd *zstd = (struct zstd *)decoder;
    size_t size = 0;
    int status = PROV_OK;
    while (status == PROV_OK && size < LIMIT_READ_BYTES && !zstd->at_end)
        status = zstd->in_frame ? decode_more(zstd, &size) : read_border(zstd);
    *out = (struct bytes){.data = zstd->output, .size = size};
    return status;
}

static int
zstd_begin(struct decoder *decoder)
{
    struct zstd *zstd = (struct zstd *)decoder;
    zstd->output = malloc(LIMIT_READ_BYTES);
    zstd->zstd = zstd_decoder_create(decoder->reading->limits->zstd_window_bytes);
    return zstd->output && zstd->zstd ? PROV_OK : PROV_E_MEMORY;
}

static void
zstd_end(struct decoder *decoder)
{
    struct zstd *zstd = (struct zstd *)decoder;
    zstd_decoder_destroy(zstd->zstd);
    free(zstd->output);
}

const struct decoder_class decoder_zstd = {
    .name = "zstd", .size = sizeof(struct zstd), .begin = zstd_begin, .step = zstd_step, .end = zstd_end};

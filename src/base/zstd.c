/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libzstd, one frame at a time. A stream is any number of frames, and three things about them matter to us
 * that libzstd's streaming call does not tell: where one ends, what kind the next one is, and how much
 * history it asks for. The first is in its return value. For the others the beginning of each frame is kept:
 *
 *     offset  0         4            5 ...
 *             magic     descriptor   window descriptor, dictionary id, content size: 1 to 13 bytes
 *     data frame         28 B5 2F FD
 *     skippable frame    50..5F 2A 4D 18, then a size of 4 bytes that is stepped over
 *
 * The magic is compared byte by byte before libzstd sees it: Debian's libzstd also opens the formats of
 * before 2016, whose decoders nobody tests any more.
 *
 * A fourth is how much was good when a call fails: libzstd then updates neither position, and what it had
 * written in that call is lost. So it is never given more than one piece at a time (a header, a block, a
 * checksum: its hints tell the size), and no call that writes can be the one that finds the next piece bad.
 *
 * The encoder never gives libzstd input together with the order to end the frame: with both, libzstd may
 * choose other blocks, and the same bytes would compress differently depending on how they were cut into
 * calls.
 *
 * Source: RFC 8878, 3.1.1 and 3.1.2.
 */
#include "base/zstd.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>
#include <zstd_errors.h>

enum { HEAD_SIZE_MAX = 18, MAGIC_SIZE = 4, START_SIZE = 5, BLOCK_HEADER_SIZE = 3 };

struct zstd_decoder {
    ZSTD_DCtx *context;          /**< owned */
    uint8_t head[HEAD_SIZE_MAX]; /**< the beginning of the frame in work */
    size_t head_size;            /**< bytes of it seen so far */
    bool frame_open;             /**< a frame is in work */
    bool output_pending;         /**< libzstd may hold more than fitted into the last output */
    size_t wanted; /**< what libzstd said it wants next; may include the block header behind it */
};

struct zstd_encoder {
    ZSTD_CCtx *context; /**< owned */
};

struct zstd_decoder *
zstd_decoder_create(uint64_t window_max)
{
    struct zstd_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder)
        return NULL;
    ZSTD_bounds bounds = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax);
    int log = bounds.lowerBound;
    while (log < bounds.upperBound && (uint64_t)2 << log <= window_max)
        log++;
    decoder->context = ZSTD_createDCtx();
    if (!decoder->context ||
        ZSTD_isError(ZSTD_DCtx_setParameter(decoder->context, ZSTD_d_windowLogMax, log))) {
        zstd_decoder_destroy(decoder);
        return NULL;
    }
    return decoder;
}

void
zstd_decoder_destroy(struct zstd_decoder *decoder)
{
    if (!decoder)
        return;
    (void)ZSTD_freeDCtx(decoder->context);
    free(decoder);
}

void
zstd_decoder_reset(struct zstd_decoder *decoder)
{
    (void)ZSTD_DCtx_reset(decoder->context, ZSTD_reset_session_only);
    decoder->head_size = 0;
    decoder->frame_open = false;
    decoder->output_pending = false;
    decoder->wanted = START_SIZE;
}

/* Can a frame begin with these bytes? More than MAGIC_SIZE are not looked at. */
static bool
may_be_frame(const uint8_t *head, size_t size)
{
    static const uint8_t data[MAGIC_SIZE] = {0x28, 0xb5, 0x2f, 0xfd},
                         skippable[MAGIC_SIZE] = {0x50, 0x2a, 0x4d, 0x18};
    if (size > MAGIC_SIZE)
        size = MAGIC_SIZE;
    if (size == 0 || memcmp(head, data, size) == 0)
        return true;
    return (head[0] & 0xf0) == skippable[0] && memcmp(head + 1, skippable + 1, size - 1) == 0;
}

int
zstd_frame_kind(const uint8_t *head, size_t size)
{
    if (size < MAGIC_SIZE || !may_be_frame(head, size))
        return -1;
    return head[0] != 0x28;
}

static enum zstd_result
result_of(size_t code)
{
    switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_no_error:
        return ZSTD_RESULT_OK;
    case ZSTD_error_frameParameter_windowTooLarge:
        return ZSTD_RESULT_WINDOW;
    case ZSTD_error_checksum_wrong:
        return ZSTD_RESULT_CHECKSUM;
    case ZSTD_error_dictionary_wrong:
    case ZSTD_error_dictionary_corrupted:
        return ZSTD_RESULT_DICTIONARY;
    case ZSTD_error_memory_allocation:
        return ZSTD_RESULT_MEMORY;
    default:
        return ZSTD_RESULT_CORRUPT;
    }
}

/* Keep what is the beginning of a frame; false when it cannot be one. */
static bool
keep_head(struct zstd_decoder *decoder, const uint8_t *in, size_t size)
{
    if (!decoder->frame_open) {
        decoder->frame_open = true;
        decoder->head_size = 0;
        decoder->wanted = START_SIZE;
    }
    size_t room = HEAD_SIZE_MAX - decoder->head_size;
    size_t more = room < size ? room : size;
    assert(in || more == 0);
    if (more)
        memcpy(decoder->head + decoder->head_size, in, more);
    decoder->head_size += more;
    return may_be_frame(decoder->head, decoder->head_size);
}

/* One piece at most: what libzstd wants, without the header of the block after it. */
static size_t
piece_size(const struct zstd_decoder *decoder, size_t in_size)
{
    size_t piece =
        decoder->wanted > BLOCK_HEADER_SIZE ? decoder->wanted - BLOCK_HEADER_SIZE : decoder->wanted;
    if (decoder->output_pending)
        piece = 0;
    return piece < in_size ? piece : in_size;
}

enum zstd_result
zstd_decode(struct zstd_decoder *decoder, const uint8_t *in, size_t in_size, uint8_t *out,
            size_t out_capacity, struct zstd_step *step)
{
    *step = (struct zstd_step){0};
    /* libzstd takes repeated calls without any progress for an error of the caller. */
    while (step->produced < out_capacity && (step->consumed < in_size || decoder->output_pending)) {
        const uint8_t *rest = in ? in + step->consumed : NULL;
        size_t known = decoder->frame_open ? decoder->head_size : 0;
        if (!decoder->output_pending && !keep_head(decoder, rest, in_size - step->consumed))
            return ZSTD_RESULT_CORRUPT;
        ZSTD_inBuffer input = {.src = rest, .size = piece_size(decoder, in_size - step->consumed)};
        ZSTD_outBuffer output = {.dst = out + step->produced, .size = out_capacity - step->produced};
        size_t code = ZSTD_decompressStream(decoder->context, &output, &input);
        if (ZSTD_isError(code)) {
            enum zstd_result result = result_of(code);
            step->consumed += result == ZSTD_RESULT_CHECKSUM ? input.size : 0;
            return result;
        }
        /* Only what was taken counts as known: the rest may come again, behind another beginning. */
        if (known < HEAD_SIZE_MAX)
            decoder->head_size =
                known + input.pos < decoder->head_size ? known + input.pos : decoder->head_size;
        step->consumed += input.pos;
        step->produced += output.pos;
        decoder->wanted = code;
        decoder->output_pending = code != 0 && output.pos == output.size;
        if (code == 0) {
            step->frame_ended = true;
            decoder->frame_open = false;
            return ZSTD_RESULT_OK;
        }
    }
    return ZSTD_RESULT_OK;
}

uint64_t
zstd_decoder_window(const struct zstd_decoder *decoder)
{
    const uint8_t *head = decoder->head;
    if (decoder->head_size <= MAGIC_SIZE + 1 || head[0] != 0x28)
        return 0;
    unsigned descriptor = head[MAGIC_SIZE];
    const uint8_t *fields = head + MAGIC_SIZE + 1;
    if (!(descriptor & 0x20)) {
        uint64_t base = (uint64_t)1 << (10 + (fields[0] >> 3));
        return base + base / 8 * (fields[0] & 7);
    }
    /* A single segment: all of the content is its own window. */
    static const unsigned dictionary_sizes[] = {0, 1, 2, 4}, content_sizes[] = {1, 2, 4, 8};
    unsigned skip = dictionary_sizes[descriptor & 3], size = content_sizes[descriptor >> 6];
    if (decoder->head_size < MAGIC_SIZE + 1 + skip + size)
        return 0;
    uint64_t content = 0;
    for (unsigned i = 0; i < size; i++)
        content |= (uint64_t)fields[skip + i] << (8 * i);
    return size == 2 ? content + 256 : content;
}

struct zstd_encoder *
zstd_encoder_create(int level, bool aside)
{
    struct zstd_encoder *encoder = calloc(1, sizeof *encoder);
    if (!encoder)
        return NULL;
    encoder->context = ZSTD_createCCtx();
    if (!encoder->context ||
        ZSTD_isError(ZSTD_CCtx_setParameter(encoder->context, ZSTD_c_compressionLevel, level)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(encoder->context, ZSTD_c_checksumFlag, 1))) {
        zstd_encoder_destroy(encoder);
        return NULL;
    }
    if (aside) /* refused by a libzstd that was built without threads: then it is done at once */
        (void)ZSTD_CCtx_setParameter(encoder->context, ZSTD_c_nbWorkers, 1);
    return encoder;
}

void
zstd_encoder_destroy(struct zstd_encoder *encoder)
{
    if (!encoder)
        return;
    (void)ZSTD_freeCCtx(encoder->context);
    free(encoder);
}

enum zstd_result
zstd_encode(struct zstd_encoder *encoder, struct bytes in, bool ends, uint8_t *out, size_t out_capacity,
            struct zstd_step *step)
{
    ZSTD_inBuffer input = {.src = in.data, .size = in.size};
    ZSTD_outBuffer output = {.dst = out, .size = out_capacity};
    *step = (struct zstd_step){0};
    size_t code = 0;
    if (in.size)
        code = ZSTD_compressStream2(encoder->context, &output, &input, ZSTD_e_continue);
    bool ending = ends && input.pos == in.size;
    if (!ZSTD_isError(code) && ending) {
        ZSTD_inBuffer nothing = {0};
        code = ZSTD_compressStream2(encoder->context, &output, &nothing, ZSTD_e_end);
    }
    *step = (struct zstd_step){.consumed = input.pos, .produced = output.pos};
    if (ZSTD_isError(code))
        return result_of(code);
    step->frame_ended = ending && code == 0;
    return ZSTD_RESULT_OK;
}

const char *
zstd_version(void)
{
    return ZSTD_versionString();
}

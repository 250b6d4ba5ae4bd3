/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bzip2 over libbz2: streams, one after the other.
 *
 *     | "BZh9" | block ... | end signature, combined CRC |  stream ...
 *                block: signature, CRC32, up to 900 kB of text
 *
 * libbz2 says BZ_DATA_ERROR for a block that cannot be decoded and for one whose CRC does not hold. The
 * two are told apart by never giving it input and room at the same time. A block is decoded when its last
 * bit is in, and given out after that:
 *
 *     input, no room   until it takes no more: a block is ready        faults: the block is damaged
 *     room, no input   until it gives no more: the block is out        faults: the CRC does not hold
 *
 * After a wrong CRC libbz2 is done for: the blocks behind it are not read, and that is a second defect.
 *
 * Peak memory: 256 KiB of output and 3.7 MiB in libbz2 (four bytes for each byte of a block).
 *
 * Source: the manual and decompress.c of bzip2 1.0.8.
 */
#include <bzlib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/decoder.h"

enum { SIGNATURE_BYTES = 4, INPUT_BYTES_MAX = 1 << 30 };

enum place { AT_START, FEEDING, DRAINING, AT_END };

struct bzip2 {
    struct decoder decoder;
    enum place place;
    bool open;         /**< stream is initialised */
    uint64_t nstreams; /**< begun */
    uint64_t offset;   /**< where the present stream starts in the stored bytes */
    uint8_t *output;   /**< LIMIT_READ_BYTES; owned */
    bz_stream stream;
};

/** Another stream starts here, as far as what is there goes. */
static bool
continues(struct bytes head)
{
    size_t known = head.size < 3 ? head.size : 3;
    return memcmp(head.data, "BZh", known) == 0 &&
           (head.size < SIGNATURE_BYTES || (head.data[3] >= '1' && head.data[3] <= '9'));
}

static int
read_border(struct bzip2 *bzip2)
{
    struct decoder *decoder = &bzip2->decoder;
    struct bytes head;
    TRY(stream_peek(decoder->below, SIGNATURE_BYTES, &head));
    if (bzip2->nstreams > 0 && (head.size == 0 || !continues(head))) {
        bzip2->place = AT_END;
        return head.size == 0 ? PROV_OK : decoder_trailing(decoder, "bzip2 stream");
    }
    if (head.size < SIGNATURE_BYTES)
        return decoder_truncated(decoder, "a header");
    if (bzip2->open)
        (void)BZ2_bzDecompressEnd(&bzip2->stream);
    bzip2->open = false;
    int result = BZ2_bzDecompressInit(&bzip2->stream, 0, 0);
    if (result != BZ_OK)
        return err_set(decoder->reading->err, PROV_E_MEMORY, "no memory to decode bzip2");
    bzip2->open = true;
    bzip2->nstreams++;
    bzip2->offset = decoder->below->offset;
    bzip2->place = FEEDING;
    return PROV_OK;
}

static int
refuse(struct bzip2 *bzip2, int result)
{
    struct decoder *decoder = &bzip2->decoder;
    if (result == BZ_MEM_ERROR)
        return err_set(decoder->reading->err, PROV_E_MEMORY, "no memory to decode bzip2");
    if (result == BZ_DATA_ERROR && bzip2->place == DRAINING) {
        TRY(decoder_mismatch(decoder, DEFECT_ARCHIVE_CHECKSUM_MISMATCH, bzip2->offset,
                             "bzip2: stream %" PRIu64 ": the CRC of a block that ends at byte %" PRIu64
                             " does not hold",
                             bzip2->nstreams, decoder->below->offset));
        return decoder_fault(decoder, DEFECT_ARCHIVE_CORRUPT, "bzip2: what follows a wrong CRC was not read");
    }
    return decoder_fault(decoder, DEFECT_ARCHIVE_CORRUPT,
                         "bzip2: stream %" PRIu64 ", which starts at byte %" PRIu64 ", is damaged",
                         bzip2->nstreams, bzip2->offset);
}

/** Input without room, until a block is ready. */
static int
feed(struct bzip2 *bzip2)
{
    struct decoder *decoder = &bzip2->decoder;
    struct bytes input;
    TRY(decoder_input(decoder, &input));
    if (input.size == 0)
        return decoder_truncated(decoder, "a stream");
    if (input.size > INPUT_BYTES_MAX)
        input.size = INPUT_BYTES_MAX;
    uint8_t nothing = 0;
    /* It only reads there, though it is not declared so. */
    memcpy(&bzip2->stream.next_in, &input.data, sizeof bzip2->stream.next_in);
    bzip2->stream.avail_in = (unsigned)input.size;
    bzip2->stream.next_out = (char *)&nothing;
    bzip2->stream.avail_out = 0;
    int result = BZ2_bzDecompress(&bzip2->stream);
    size_t left = bzip2->stream.avail_in;
    stream_take(decoder->below, input.size - left);
    if (result == BZ_STREAM_END)
        bzip2->place = AT_START;
    else if (result != BZ_OK)
        return refuse(bzip2, result);
    else
        bzip2->place = DRAINING; /* it may have stopped for want of room, also when it took all */
    return PROV_OK;
}

/** Room without input, until the block is out. */
static int
drain(struct bzip2 *bzip2, size_t *size)
{
    size_t room = LIMIT_READ_BYTES - *size;
    bzip2->stream.next_in = NULL;
    bzip2->stream.avail_in = 0;
    bzip2->stream.next_out = (char *)bzip2->output + *size;
    bzip2->stream.avail_out = (unsigned)room;
    int result = BZ2_bzDecompress(&bzip2->stream);
    *size += room - bzip2->stream.avail_out;
    if (result != BZ_OK)
        return refuse(bzip2, result);
    if (bzip2->stream.avail_out > 0)
        bzip2->place = FEEDING;
    return PROV_OK;
}

static int
bzip2_step(struct decoder *decoder, struct bytes *out)
{
    struct bzip2 *bzip2 = (struct bzip2 *)decoder;
    size_t size = 0;
    int status = PROV_OK;
    while (status == PROV_OK && size < LIMIT_READ_BYTES && bzip2->place != AT_END) {
        if (bzip2->place == AT_START)
            status = read_border(bzip2);
        else if (bzip2->place == FEEDING)
            status = feed(bzip2);
        else
            status = drain(bzip2, &size);
    }
    *out = (struct bytes){.data = bzip2->output, .size = size};
    return status;
}

static int
bzip2_begin(struct decoder *decoder)
{
    struct bzip2 *bzip2 = (struct bzip2 *)decoder;
    bzip2->output = malloc(LIMIT_READ_BYTES);
    return bzip2->output ? PROV_OK : PROV_E_MEMORY;
}

static void
bzip2_end(struct decoder *decoder)
{
    struct bzip2 *bzip2 = (struct bzip2 *)decoder;
    if (bzip2->open)
        (void)BZ2_bzDecompressEnd(&bzip2->stream);
    free(bzip2->output);
}

const struct decoder_class decoder_bzip2 = {.name = "bzip2",
                                            .size = sizeof(struct bzip2),
                                            .begin = bzip2_begin,
                                            .step = bzip2_step,
                                            .end = bzip2_end};

const char *
codec_bzip2_version(void)
{
    return BZ2_bzlibVersion();
}

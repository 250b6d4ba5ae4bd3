/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three formats of LZMA over liblzma: .xz, .lzma ("alone") and .lz (lzip).
 *
 *     .xz    stream header | block ... | index | stream footer   stream ...   zero padding, in fours
 *            block:  header | compressed data | padding | check
 *
 *     .lz    member header | compressed data | CRC32, sizes   member ...
 *
 *     .lzma  properties, dictionary, size | compressed data   once; no checksum at all
 *
 * The parts of an .xz are driven here one by one, not by lzma_stream_decoder. That one ends at the
 * first block whose check does not hold with the same LZMA_DATA_ERROR as for data that cannot be
 * decoded. Here the two are told apart: a block that was decoded to its end, and whose check was
 * read to its last byte, is complete; the mismatch is reported and the next block is read. What index and
 * footer say of the blocks is compared as liblzma does.
 *
 * A dictionary of 4 GiB is one byte of a header: what a decoder would take is computed and compared with
 * limits->lzma_memory_bytes before anything is allocated.
 *
 * Peak memory: 256 KiB of output and the dictionary (`xz -6`: 8 MiB, `xz -9`: 64 MiB), allocated at once but
 * touched only as far as data fills it.
 *
 * Source: The .xz File Format 1.1.0; lzip manual 1.23, "File format"; lzma-file-format.txt of XZ Utils.
 */
#include <inttypes.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/decoder.h"

enum { LZIP_SIGNATURE_BYTES = 4, LZIP_HEADER_BYTES = 6 };

enum place { AT_START, AT_BLOCK, IN_DATA, IN_INDEX, AT_FOOTER, AFTER_STREAM, AT_END };

struct lzma {
    struct decoder decoder;
    enum place place;
    uint64_t nstreams;       /**< that ended; members, in an .lz */
    uint64_t nblocks;        /**< of all streams, with the present one */
    uint64_t offset;         /**< where the present block, or member, starts in the stored bytes */
    uint64_t data_offset;    /**< where its compressed data starts */
    uint8_t *output;         /**< LIMIT_READ_BYTES; owned */
    lzma_stream stream;      /**< the decoder of the present block or member */
    lzma_stream_flags flags; /**< of the present .xz stream */
    lzma_index_hash *hash;   /**< what its index must say */
    lzma_block block;
    lzma_filter filters[LZMA_FILTERS_MAX + 1]; /**< of the present block; options are owned */
};

/** Make size bytes available, or say that they are missing. */
static int
peek_exactly(struct lzma *lzma, size_t size, const char *where, struct bytes *head)
{
    TRY(stream_peek(lzma->decoder.below, size, head));
    return head->size < size ? decoder_truncated(&lzma->decoder, where) : PROV_OK;
}

/** @param needed  bytes that decoding would take, which is too much */
static int
refuse_memory(struct lzma *lzma, uint64_t needed)
{
    uint64_t limit = lzma->decoder.reading->limits->lzma_memory_bytes;
    return decoder_fault(&lzma->decoder, DEFECT_LIMIT_MEMORY,
                         "%s: decoding takes %" PRIu64 " bytes of memory, more than the limit of %" PRIu64,
                         lzma->decoder.class->name, needed, limit);
}

/** Words and defect for what liblzma refused. */
static int
refuse(struct lzma *lzma, lzma_ret fault, const char *where)
{
    struct decoder *decoder = &lzma->decoder;
    const char *name = decoder->class->name;
    switch (fault) {
    case LZMA_MEM_ERROR:
        return err_set(decoder->reading->err, PROV_E_MEMORY, "no memory to decode %s", name);
    case LZMA_MEMLIMIT_ERROR:
        return refuse_memory(lzma, lzma_memusage(&lzma->stream));
    case LZMA_OPTIONS_ERROR:
        return decoder_fault(decoder, DEFECT_ARCHIVE_UNSUPPORTED, "%s: unknown option in %s", name, where);
    case LZMA_FORMAT_ERROR:
        return decoder_fault(decoder, DEFECT_ARCHIVE_CORRUPT, "%s: no valid header", name);
    default:
        return decoder_fault(decoder, DEFECT_ARCHIVE_CORRUPT, "%s: damaged %s", name, where);
    }
}

/**
 * One call of liblzma for the present block or member.
 *
 * @param size   of the output so far; grows
 * @param result what liblzma said; LZMA_OK: go on
 * @return PROV_OK; without any progress, what below failed with, or that the input is cut
 */
static int
code_more(struct lzma *lzma, size_t *size, lzma_ret *result)
{
    struct bytes input = {0};
    int below = decoder_input(&lzma->decoder, &input);
    if (below != PROV_OK && below != PROV_E_DATA)
        return below;
    size_t room = LIMIT_READ_BYTES - *size;
    lzma->stream.next_in = input.data;
    lzma->stream.avail_in = input.size;
    lzma->stream.next_out = lzma->output + *size;
    lzma->stream.avail_out = room;
    *result = lzma_code(&lzma->stream, LZMA_RUN);
    size_t ntaken = input.size - lzma->stream.avail_in;
    size_t ngiven = room - lzma->stream.avail_out;
    stream_take(lzma->decoder.below, ntaken);
    *size += ngiven;
    /* Without progress liblzma says LZMA_OK, then LZMA_BUF_ERROR: with input at hand that is a fault. */
    if (input.size > 0 || ngiven > 0 || (*result != LZMA_OK && *result != LZMA_BUF_ERROR))
        return PROV_OK;
    return below != PROV_OK ? below : decoder_truncated(&lzma->decoder, "the compressed data");
}

/* .xz */

static int
read_stream_header(struct lzma *lzma)
{
    struct bytes head;
    TRY(peek_exactly(lzma, LZMA_STREAM_HEADER_SIZE, "a stream header", &head));
    lzma_ret fault = lzma_stream_header_decode(&lzma->flags, head.data);
    if (fault != LZMA_OK)
        return refuse(lzma, fault, "stream header");
    if (!lzma_check_is_supported(lzma->flags.check)) {
        struct decoder *decoder = &lzma->decoder;
        TRY(sink_defect(decoder->reading->sink, decoder->item, DEFECT_ARCHIVE_UNSUPPORTED,
                        decoder->below->offset, "xz: checks of type %d cannot be verified",
                        (int)lzma->flags.check));
    }
    stream_take(lzma->decoder.below, LZMA_STREAM_HEADER_SIZE);
    lzma_index_hash *hash = lzma_index_hash_init(lzma->hash, NULL);
    if (!hash)
        return refuse(lzma, LZMA_MEM_ERROR, "");
    lzma->hash = hash;
    lzma->place = AT_BLOCK;
    return PROV_OK;
}

static int
open_block(struct lzma *lzma, struct bytes head)
{
    lzma_filters_free(lzma->filters, NULL);
    lzma->block = (lzma_block){.version = 1,
                               .header_size = lzma_block_header_size_decode(head.data[0]),
                               .check = lzma->flags.check,
                               .filters = lzma->filters};
    TRY(peek_exactly(lzma, lzma->block.header_size, "a block header", &head));
    lzma->nblocks++;
    lzma_ret fault = lzma_block_header_decode(&lzma->block, NULL, head.data);
    if (fault != LZMA_OK)
        return refuse(lzma, fault, "block header");
    uint64_t needed = lzma_raw_decoder_memusage(lzma->filters);
    if (needed == UINT64_MAX)
        return refuse(lzma, LZMA_OPTIONS_ERROR, "block header");
    if (needed > lzma->decoder.reading->limits->lzma_memory_bytes)
        return refuse_memory(lzma, needed);
    fault = lzma_block_decoder(&lzma->stream, &lzma->block);
    if (fault != LZMA_OK)
        return refuse(lzma, fault, "block header");
    lzma->offset = lzma->decoder.below->offset;
    stream_take(lzma->decoder.below, lzma->block.header_size);
    lzma->data_offset = lzma->decoder.below->offset;
    lzma->place = IN_DATA;
    return PROV_OK;
}

/** A block, or the index, which starts with a zero byte. */
static int
read_block_header(struct lzma *lzma)
{
    struct bytes head;
    TRY(peek_exactly(lzma, 1, "a stream", &head));
    if (head.data[0] != 0)
        return open_block(lzma, head);
    lzma->place = IN_INDEX;
    return PROV_OK;
}

/** The data of the block was decoded to its end, and its check was read: only the check can be wrong. */
static bool
is_block_complete(const struct lzma *lzma)
{
    uint64_t taken = lzma->decoder.below->offset - lzma->data_offset;
    uint64_t size = lzma->block.compressed_size;
    uint32_t check_size = lzma_check_size(lzma->flags.check);
    return size != LZMA_VLI_UNKNOWN && size <= taken && check_size > 0 &&
           taken == ((size + 3) & ~UINT64_C(3)) + check_size;
}

static int
read_block(struct lzma *lzma, size_t *size)
{
    lzma_ret result;
    TRY(code_more(lzma, size, &result));
    if (result == LZMA_OK)
        return PROV_OK;
    if (result == LZMA_DATA_ERROR && is_block_complete(lzma))
        TRY(decoder_mismatch(&lzma->decoder, DEFECT_ARCHIVE_CHECKSUM_MISMATCH, lzma->offset,
                             "xz: block %" PRIu64 ": the check of its %" PRIu64 " bytes does not hold",
                             lzma->nblocks, (uint64_t)lzma->block.uncompressed_size));
    else if (result != LZMA_STREAM_END)
        return refuse(lzma, result, "block");
    lzma_vli unpadded = lzma_block_unpadded_size(&lzma->block);
    lzma_ret fault = lzma_index_hash_append(lzma->hash, unpadded, lzma->block.uncompressed_size);
    if (fault != LZMA_OK)
        return refuse(lzma, fault, "block");
    lzma->place = AT_BLOCK;
    return PROV_OK;
}

static int
read_index(struct lzma *lzma)
{
    struct bytes input;
    TRY(peek_exactly(lzma, 1, "an index", &input));
    size_t taken = 0;
    lzma_ret result = lzma_index_hash_decode(lzma->hash, input.data, &taken, input.size);
    stream_take(lzma->decoder.below, taken);
    if (result == LZMA_STREAM_END)
        lzma->place = AT_FOOTER;
    else if (result != LZMA_OK)
        return refuse(lzma, result, "index, or one that does not fit the blocks");
    return PROV_OK;
}

static int
read_footer(struct lzma *lzma)
{
    struct bytes head;
    TRY(peek_exactly(lzma, LZMA_STREAM_HEADER_SIZE, "a stream footer", &head));
    lzma_stream_flags flags;
    lzma_ret fault = lzma_stream_footer_decode(&flags, head.data);
    if (fault == LZMA_OK && lzma_index_hash_size(lzma->hash) != flags.backward_size)
        fault = LZMA_DATA_ERROR;
    if (fault == LZMA_OK)
        fault = lzma_stream_flags_compare(&lzma->flags, &flags);
    if (fault != LZMA_OK)
        return refuse(lzma, fault == LZMA_FORMAT_ERROR ? LZMA_DATA_ERROR : fault, "stream footer");
    stream_take(lzma->decoder.below, LZMA_STREAM_HEADER_SIZE);
    lzma->nstreams++;
    lzma->place = AFTER_STREAM;
    return PROV_OK;
}

/** Take zero bytes, in whole blocks of four, up to something else; the end has size 0. */
static int
take_padding(struct lzma *lzma, struct bytes *head)
{
    static const uint8_t zeros[4];
    for (;;) {
        TRY(stream_peek(lzma->decoder.below, LZMA_STREAM_HEADER_SIZE, head));
        if (head->size < sizeof zeros || memcmp(head->data, zeros, sizeof zeros) != 0)
            return PROV_OK;
        stream_take(lzma->decoder.below, sizeof zeros);
    }
}

/** What follows starts with the signature, as far as it goes. */
static bool
continues(struct bytes head, const void *signature, size_t size)
{
    size_t known = head.size < size ? head.size : size;
    return known > 0 && memcmp(head.data, signature, known) == 0;
}

static int
read_after_stream(struct lzma *lzma)
{
    static const uint8_t signature[] = {0xfd, '7', 'z', 'X', 'Z', 0};
    struct bytes head;
    TRY(take_padding(lzma, &head));
    if (continues(head, signature, sizeof signature)) {
        lzma->place = AT_START;
        return PROV_OK;
    }
    lzma->place = AT_END;
    return head.size == 0 ? PROV_OK : decoder_trailing(&lzma->decoder, "xz stream");
}

static int
xz_step(struct decoder *decoder, struct bytes *out)
{
    struct lzma *lzma = (struct lzma *)decoder;
    size_t size = 0;
    int status = PROV_OK;
    while (status == PROV_OK && size < LIMIT_READ_BYTES && lzma->place != AT_END) {
        switch (lzma->place) {
        case AT_START:
            status = read_stream_header(lzma);
            break;
        case AT_BLOCK:
            status = read_block_header(lzma);
            break;
        case IN_DATA:
            status = read_block(lzma, &size);
            break;
        case IN_INDEX:
            status = read_index(lzma);
            break;
        case AT_FOOTER:
            status = read_footer(lzma);
            break;
        default:
            status = read_after_stream(lzma);
            break;
        }
    }
    *out = (struct bytes){.data = lzma->output, .size = size};
    return status;
}

/* .lzma and .lz: a decoder of liblzma for each member */

static int
open_member(struct lzma *lzma)
{
    uint64_t limit = lzma->decoder.reading->limits->lzma_memory_bytes;
    bool lzip = lzma->decoder.class == &decoder_lzip;
    lzma_ret fault =
        lzip ? lzma_lzip_decoder(&lzma->stream, limit, 0) : lzma_alone_decoder(&lzma->stream, limit);
    if (fault != LZMA_OK)
        return refuse(lzma, fault, "header");
    lzma->offset = lzma->decoder.below->offset;
    lzma->place = IN_DATA;
    return PROV_OK;
}

static int
read_member(struct lzma *lzma, size_t *size)
{
    lzma_ret result;
    TRY(code_more(lzma, size, &result));
    if (result == LZMA_OK)
        return PROV_OK;
    if (result != LZMA_STREAM_END)
        return refuse(lzma, result, "data, or a checksum or length that does not hold");
    lzma->nstreams++;
    lzma->place = AFTER_STREAM;
    return PROV_OK;
}

static int
read_after_member(struct lzma *lzma)
{
    struct decoder *decoder = &lzma->decoder;
    struct bytes head;
    TRY(stream_peek(decoder->below, LZIP_HEADER_BYTES, &head));
    bool lzip = decoder->class == &decoder_lzip;
    /* The version is part of it: text that begins with LZIP is no member. */
    bool known = head.size <= LZIP_SIGNATURE_BYTES || head.data[LZIP_SIGNATURE_BYTES] <= 1;
    if (lzip && known && continues(head, "LZIP", LZIP_SIGNATURE_BYTES)) {
        lzma->place = AT_START;
        return PROV_OK;
    }
    lzma->place = AT_END;
    return head.size == 0 ? PROV_OK : decoder_trailing(decoder, lzip ? "lzip member" : "byte of the stream");
}

static int
member_step(struct decoder *decoder, struct bytes *out)
{
    struct lzma *lzma = (struct lzma *)decoder;
    size_t size = 0;
    int status = PROV_OK;
    while (status == PROV_OK && size < LIMIT_READ_BYTES && lzma->place != AT_END) {
        if (lzma->place == AT_START)
            status = open_member(lzma);
        else if (lzma->place == IN_DATA)
            status = read_member(lzma, &size);
        else
            status = read_after_member(lzma);
    }
    *out = (struct bytes){.data = lzma->output, .size = size};
    return status;
}

bool
decoder_lzma_probe(struct bytes head)
{
    enum { HEADER_BYTES = 13 };
    static const uint8_t dictionary[4] = {0, 0, 16, 0}; /* 1 MiB: more than the probe can give */
    uint8_t header[HEADER_BYTES], output[4096];
    if (head.size <= HEADER_BYTES)
        return false;
    memcpy(header, head.data, HEADER_BYTES);
    memcpy(header + 1, dictionary, sizeof dictionary);
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_ret result = lzma_alone_decoder(&stream, UINT64_MAX);
    stream.next_out = output;
    stream.avail_out = sizeof output;
    stream.next_in = header;
    stream.avail_in = HEADER_BYTES;
    if (result == LZMA_OK)
        result = lzma_code(&stream, LZMA_RUN);
    stream.next_in = head.data + HEADER_BYTES;
    stream.avail_in = head.size - HEADER_BYTES;
    if (result == LZMA_OK)
        result = lzma_code(&stream, LZMA_RUN);
    lzma_end(&stream);
    return result == LZMA_OK || result == LZMA_STREAM_END || result == LZMA_MEM_ERROR;
}

static int
lzma_begin(struct decoder *decoder)
{
    struct lzma *lzma = (struct lzma *)decoder;
    lzma->stream = (lzma_stream)LZMA_STREAM_INIT;
    for (size_t i = 0; i <= LZMA_FILTERS_MAX; i++)
        lzma->filters[i] = (lzma_filter){.id = LZMA_VLI_UNKNOWN};
    lzma->output = malloc(LIMIT_READ_BYTES);
    return lzma->output ? PROV_OK : PROV_E_MEMORY;
}

static void
lzma_finish(struct decoder *decoder)
{
    struct lzma *lzma = (struct lzma *)decoder;
    lzma_end(&lzma->stream);
    lzma_filters_free(lzma->filters, NULL);
    lzma_index_hash_end(lzma->hash, NULL);
    free(lzma->output);
}

const struct decoder_class decoder_xz = {
    .name = "xz", .size = sizeof(struct lzma), .begin = lzma_begin, .step = xz_step, .end = lzma_finish};

const struct decoder_class decoder_lzma = {.name = "lzma",
                                           .size = sizeof(struct lzma),
                                           .begin = lzma_begin,
                                           .step = member_step,
                                           .end = lzma_finish};

const struct decoder_class decoder_lzip = {.name = "lzip",
                                           .size = sizeof(struct lzma),
                                           .begin = lzma_begin,
                                           .step = member_step,
                                           .end = lzma_finish};

const char *
codec_lzma_version(void)
{
    return lzma_version_string();
}

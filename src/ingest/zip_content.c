/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a member's bytes out of a zip file:
 *
 *     zip file ── stored: so many bytes ── decoder ── content: checksum, size ── walk
 *
 * The decoders are those of whole compressed files, each over a stream that ends where the member does.
 * Only lzma needs help: zip keeps its five bytes of properties behind a version, and leaves out the size,
 * so a header as of an .lzma file is put in front.
 *
 * Deflate's decoder is made once and used for all members: it holds 400 KB, which is more than most
 * members have.
 */
#include "ingest/zip_content.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "ingest/gzip.h"
#include "ingest/le.h"
#include "ingest/stored.h"

enum { HELD_BYTES = 8 };
enum { LZMA_VERSION_BYTES = 4, LZMA_PROPERTY_BYTES = 5, LZMA_HEADER_BYTES = 13 };

static struct zip_content *
content_of_sink(struct sink *sink)
{
    return (struct zip_content *)((char *)sink - offsetof(struct zip_content, sink));
}

/* A decoder's word about the member: its offset is one in the stored bytes, and of no use to anybody else. */
static int
take_defect(struct sink *sink, struct item *item, enum defect defect, uint64_t offset, const char *text)
{
    struct zip_content *content = content_of_sink(sink);
    (void)item;
    return faults_add(content->faults, content->reading, defect, offset, "%s", text);
}

/*
 * When only the decoder knows where the member ends, below must not be ahead of it. The decoder may hold
 * the last HELD_BYTES that it took without having used them, so these are left in below as well.
 */
static int
exact_fill(struct zip_stored *stored, const uint8_t **data, size_t *size)
{
    if (stored->behind > HELD_BYTES) {
        stream_take(stored->below, stored->behind - HELD_BYTES);
        stored->behind = HELD_BYTES;
    }
    struct bytes head = {NULL, 0};
    TRY(stream_peek(stored->below, stored->behind + 1, &head));
    size_t fresh = head.size > stored->behind ? head.size - stored->behind : 0;
    *data = head.data + (head.size - fresh);
    *size = fresh < stored->left ? fresh : (size_t)stored->left;
    stored->behind += *size;
    stored->left -= *size;
    return PROV_OK;
}

static int
stored_fill(struct stream *stream, const uint8_t **data, size_t *size)
{
    struct zip_stored *stored = (struct zip_stored *)stream;
    *size = 0;
    if (stored->nbefore) {
        *data = stored->before;
        *size = stored->nbefore;
        stored->nbefore = 0;
        return PROV_OK;
    }
    if (stored->left == 0)
        return PROV_OK;
    if (stored->exact)
        return exact_fill(stored, data, size);
    struct bytes head = {NULL, 0};
    TRY(stream_peek(stored->below, 1, &head));
    *data = head.data;
    *size = head.size < stored->left ? head.size : (size_t)stored->left;
    stream_take(stored->below, *size);
    stored->left -= *size;
    return PROV_OK;
}

static int
check_whole(struct zip_content *content)
{
    struct reading *reading = content->reading;
    if (content->whole)
        return PROV_OK;
    content->whole = true;
    if (!content->sized)
        return PROV_OK;
    uint64_t unused = content->stored.left;
    if (content->decoder && content->decoder == content->deflate)
        unused += deflate_unused(content->deflate);
    if (content->decoder && unused)
        TRY(faults_add(content->faults, reading, DEFECT_ARCHIVE_SIZE_MISMATCH, content->size,
                       "%" PRIu64 " stored bytes behind the end of its compressed data", unused));
    if (!content->decoder && content->stored.left)
        return faults_add(content->faults, reading, DEFECT_ARCHIVE_TRUNCATED, content->size,
                          "the file ends within this member, %" PRIu64 " bytes missing",
                          content->stored.left);
    if (content->size != content->size_expected)
        TRY(faults_add(content->faults, reading, DEFECT_ARCHIVE_SIZE_MISMATCH, content->size,
                       "%" PRIu64 " bytes, declared as %" PRIu64, content->size, content->size_expected));
    if (content->crc != content->crc_expected)
        return faults_add(content->faults, reading, DEFECT_ARCHIVE_CHECKSUM_MISMATCH, content->size,
                          "the CRC32 of its %" PRIu64 " bytes is %08" PRIx32 ", it says %08" PRIx32,
                          content->size, content->crc, content->crc_expected);
    return PROV_OK;
}

static int
content_fill(struct stream *stream, const uint8_t **data, size_t *size)
{
    struct zip_content *content = (struct zip_content *)stream;
    struct bytes block = {NULL, 0};
    *size = 0;
    content->own.expanded_bytes = content->reading->expanded_bytes;
    content->own.nrefusals = content->reading->nrefusals;
    int status = stream_next(content->decoder ? content->decoder : &content->stored.stream, &block);
    content->reading->expanded_bytes = content->own.expanded_bytes;
    content->reading->nrefusals = content->own.nrefusals;
    TRY(status);
    if (block.size == 0) {
        TRY(check_whole(content));
        return !content->decoder && content->stored.left && content->sized ? PROV_E_DATA : PROV_OK;
    }
    content->crc = gzip_crc32(content->crc, block.data, block.size);
    content->size += block.size;
    *data = block.data;
    *size = block.size;
    return PROV_OK;
}

/* zip's lzma: version 2, size of properties 2, properties 5. */
static int
prepare_lzma(struct zip_content *content, const struct zip_header *header)
{
    struct zip_stored *stored = &content->stored;
    struct bytes head = {NULL, 0};
    enum { SIZE = LZMA_VERSION_BYTES + LZMA_PROPERTY_BYTES };
    TRY(stream_peek(stored->below, SIZE, &head));
    if (head.size < SIZE || stored->left < SIZE || le16(head.data + 2) != LZMA_PROPERTY_BYTES) {
        TRY(faults_add(content->faults, content->reading, DEFECT_ARCHIVE_CORRUPT, 0, "lzma: no properties"));
        return PROV_E_DATA;
    }
    enum { END_MARK = 1 << 1 };
    uint64_t size = header->flags & END_MARK || !content->sized ? UINT64_MAX : header->size;
    memcpy(stored->before, head.data + LZMA_VERSION_BYTES, LZMA_PROPERTY_BYTES);
    for (int i = 0; i < 8; i++)
        stored->before[LZMA_PROPERTY_BYTES + i] = (uint8_t)(size >> 8 * i);
    stored->nbefore = LZMA_HEADER_BYTES;
    stream_take(stored->below, SIZE);
    stored->left -= SIZE;
    return PROV_OK;
}

static int
unsupported(struct zip_content *content, uint16_t method)
{
    const char *name = zip_method_name(method);
    TRY(faults_add(content->faults, content->reading, DEFECT_ARCHIVE_UNSUPPORTED, 0,
                   "compressed with method %u (%s)", method, name ? name : "unknown"));
    return PROV_E_DATA;
}

static int
open_decoder(struct zip_content *content, const struct zip_header *header)
{
    enum codec codec;
    switch (header->method) {
    case ZIP_STORED:
        return PROV_OK;
    case ZIP_DEFLATE:
        if (content->deflate)
            deflate_restart(content->deflate, &content->stored.stream);
        else
            TRY(deflate_open(&content->stored.stream, &content->own, &content->stand_in, &content->deflate));
        content->decoder = content->deflate;
        return PROV_OK;
    case ZIP_BZIP2:
        codec = CODEC_BZIP2;
        break;
    case ZIP_LZMA:
        codec = CODEC_LZMA;
        TRY(prepare_lzma(content, header));
        break;
    case ZIP_XZ:
        codec = CODEC_XZ;
        break;
    case ZIP_ZSTD:
    case ZIP_ZSTD_OLD:
        codec = CODEC_ZSTD;
        break;
    default:
        return unsupported(content, header->method);
    }
    return decoder_open(codec, &content->stored.stream, &content->own, &content->stand_in, &content->decoder);
}

void
zip_content_init(struct zip_content *content, struct stream *below, struct reading *reading,
                 struct faults *faults)
{
    *content = (struct zip_content){
        .reading = reading, .own = *reading, .faults = faults, .sink = {.defect = take_defect}};
    content->own.sink = &content->sink;
    content->stored.below = below;
}

int
zip_content_begin(struct zip_content *content, const struct zip_header *header, bool sized)
{
    content->stream = (struct stream){.fill = content_fill, .close = stored_keep_open};
    content->stored.stream = (struct stream){.fill = stored_fill, .close = stored_keep_open};
    content->stored.left = header->packed;
    content->stored.nbefore = 0;
    content->stored.exact = !sized;
    content->stored.behind = 0;
    content->sized = sized;
    content->whole = false;
    content->crc = 0;
    content->size = 0;
    content->crc_expected = header->crc;
    content->size_expected = header->size;
    return open_decoder(content, header);
}

static void
close_streams(struct zip_content *content)
{
    if (content->decoder && content->decoder != content->deflate)
        stream_close(content->decoder);
    content->decoder = NULL;
    if (content->stored.stream.close)
        stream_close(&content->stored.stream);
    if (content->stream.close)
        stream_close(&content->stream);
    content->stored.stream = content->stream = (struct stream){0};
}

/* Move below to where the member ended: behind what the decoder has used. */
static void
settle(struct zip_content *content)
{
    struct zip_stored *stored = &content->stored;
    size_t unused = stored->stream.size + (content->decoder ? deflate_unused(content->decoder) : 0);
    assert(unused <= stored->behind);
    stream_take(stored->below, stored->behind - unused);
    stored->behind = 0;
    stored->left = 0;
}

int
zip_content_finish(struct zip_content *content)
{
    if (content->stored.exact && content->stored.behind)
        settle(content);
    close_streams(content);
    uint64_t left = content->sized ? content->stored.left : 0;
    content->stored.left = 0;
    return stored_skip(content->stored.below, left);
}

void
zip_content_release(struct zip_content *content)
{
    close_streams(content);
    stream_close(content->deflate);
    content->deflate = NULL;
}

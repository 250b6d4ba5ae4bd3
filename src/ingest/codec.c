/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codecs: telling them by their first bytes, and driving the decoder of each.
 *
 * Detection must never take text for a codec: a JSONL file that is "decoded" is a file that nobody
 * searched. Each signature therefore holds bytes that no text has, in any encoding that is searched, or is
 * ten bytes long (bzip2's, which is printable). It must also not lose a stream whose header was damaged,
 * or nobody would say so: for gzip, two of three independent signs are enough.
 *
 * The order of a block on its way out of a decoder:
 *
 *     step() -> reading_expand(): cut where a limit is hit -> fill(): handed over -> next fill(): the fault
 *
 * so a stream that is cut, damaged or a bomb gives everything up to that point first.
 *
 * Signatures: RFC 1952 (gzip), RFC 8878 (zstd), the .xz specification 1.1.0, lz4_Frame_format 1.6.2, the
 * manual of lzip 1.23, bzip2 1.0.8 and compress(1).
 */
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/decoder.h"

static bool
starts_with(struct bytes head, const char *signature, size_t size)
{
    return head.size >= size && memcmp(head.data, signature, size) == 0;
}

/** RFC 1952, 2.3: two of the three: method deflate; no reserved flag; extra flags and system that exist. */
static bool
looks_like_gzip(struct bytes head)
{
    if (!starts_with(head, "\x1f\x8b", 2) || head.size < 3)
        return false;
    if (head.size < 10)
        return head.data[2] == 8;
    bool method = head.data[2] == 8;
    bool flags = (head.data[3] & 0xe0) == 0;
    uint8_t extra = head.data[8];
    uint8_t system = head.data[9];
    bool rest = (extra == 0 || extra == 2 || extra == 4) && (system <= 13 || system == 255);
    return method + flags + rest >= 2;
}

/** The block or end-of-stream signature must follow: "BZh9" alone is text, and so is all of the former. */
static bool
looks_like_bzip2(struct bytes head)
{
    return head.size >= 10 && memcmp(head.data, "BZh", 3) == 0 && head.data[3] >= '1' &&
           head.data[3] <= '9' &&
           (memcmp(head.data + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0 ||
            memcmp(head.data + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

/** Version 0 or 1, and a dictionary of 4 KiB to 512 MiB. */
static bool
looks_like_lzip(struct bytes head)
{
    return starts_with(head, "LZIP", 4) && head.size >= 6 && head.data[4] <= 1 && (head.data[5] & 31) >= 12 &&
           (head.data[5] & 31) <= 29;
}

static bool
looks_like_compress(struct bytes head)
{
    if (!starts_with(head, "\x1f\x9d", 2) || head.size < 3)
        return false;
    unsigned width = head.data[2] & 31;
    return (head.data[2] & 0x60) == 0 && width >= 9 && width <= 16;
}

/** Of sizes that encoders write: 2^n or 2^n + 2^(n-1), n >= 12, or all ones. */
static bool
is_dictionary_size(uint32_t size)
{
    uint32_t low = size & -size;
    return size >= 4096 && (size == UINT32_MAX || size == low || size == 3 * low);
}

/**
 * A header without a signature: properties below 225, a dictionary size that encoders write, a size below
 * 256 GiB or unknown, and the first byte of the range coder, which is always 0. That is enough with the
 * properties that nearly every encoder uses (lc 3, lp 0, pb 2: 5d); with others the data must decode as well.
 */
static bool
looks_like_lzma(struct bytes head)
{
    if (head.size < 14 || head.data[0] >= 225 || head.data[13] != 0)
        return false;
    uint32_t dictionary = 0;
    uint64_t size = 0;
    for (unsigned i = 0; i < 4; i++)
        dictionary |= (uint32_t)head.data[1 + i] << 8 * i;
    for (unsigned i = 0; i < 8; i++)
        size |= (uint64_t)head.data[5 + i] << 8 * i;
    if (!is_dictionary_size(dictionary) || (size != UINT64_MAX && size >> 38 != 0))
        return false;
    if (head.data[0] == 0x5d)
        return true;
    return head.data[0] != 0 && size != 0 && decoder_lzma_probe(head);
}

/** The codec of the first frame behind skippable frames; zstd when none is at hand. */
static enum codec
behind_skippable(struct bytes head)
{
    while (decoder_is_skippable(head)) {
        uint32_t size = 0;
        for (unsigned i = 0; i < 4 && head.size >= 8; i++)
            size |= (uint32_t)head.data[4 + i] << 8 * i;
        if (head.size < 8 || head.size - 8 <= size)
            return CODEC_ZSTD;
        head.data += 8 + (size_t)size;
        head.size -= 8 + (size_t)size;
    }
    if (starts_with(head, "\x04\x22\x4d\x18", 4) || starts_with(head, "\x02\x21\x4c\x18", 4))
        return CODEC_LZ4;
    return CODEC_ZSTD;
}

enum codec
codec_detect(struct bytes head)
{
    static const struct {
        const char *bytes;
        size_t size;
        enum codec codec;
    } signatures[] = {
        {"\x28\xb5\x2f\xfd", 4, CODEC_ZSTD},
        {"\xfd\x37\x7a\x58\x5a\x00", 6, CODEC_XZ},
        {"\x04\x22\x4d\x18", 4, CODEC_LZ4},
        {"\x02\x21\x4c\x18", 4, CODEC_LZ4},
    };
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++)
        if (starts_with(head, signatures[i].bytes, signatures[i].size))
            return signatures[i].codec;
    if (looks_like_gzip(head))
        return CODEC_GZIP;
    if (looks_like_bzip2(head))
        return CODEC_BZIP2;
    if (decoder_is_skippable(head))
        return behind_skippable(head);
    if (looks_like_lzip(head))
        return CODEC_LZIP;
    if (looks_like_compress(head))
        return CODEC_COMPRESS;
    return looks_like_lzma(head) ? CODEC_LZMA : CODEC_NONE;
}

const char *
codec_name(enum codec codec)
{
    static const char *const names[] = {
        [CODEC_NONE] = "none",   [CODEC_GZIP] = "gzip", [CODEC_ZSTD] = "zstd",
        [CODEC_XZ] = "xz",       [CODEC_LZMA] = "lzma", [CODEC_LZIP] = "lzip",
        [CODEC_BZIP2] = "bzip2", [CODEC_LZ4] = "lz4",   [CODEC_COMPRESS] = "compress",
    };
    return names[codec];
}

int
decoder_input(struct decoder *decoder, struct bytes *input)
{
    return stream_peek(decoder->below, 1, input);
}

static int __attribute__((format(printf, 4, 0)))
report(struct decoder *decoder, enum defect defect, uint64_t offset, const char *format, va_list arguments)
{
    char text[LIMIT_DETAIL_BYTES];
    (void)vsnprintf(text, sizeof text, format, arguments);
    struct sink *sink = decoder->reading->sink;
    return sink->defect(sink, decoder->item, defect, offset, text);
}

int
decoder_fault(struct decoder *decoder, enum defect defect, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int status = report(decoder, defect, decoder->below->offset, format, arguments);
    va_end(arguments);
    return status == PROV_OK ? PROV_E_DATA : status;
}

int
decoder_fault_at(struct decoder *decoder, enum defect defect, uint64_t offset, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int status = report(decoder, defect, offset, format, arguments);
    va_end(arguments);
    return status == PROV_OK ? PROV_E_DATA : status;
}

int
decoder_truncated(struct decoder *decoder, const char *where)
{
    /* What is left is less than was needed. */
    stream_take(decoder->below, decoder->below->size);
    return decoder_fault(decoder, DEFECT_ARCHIVE_TRUNCATED, "%s: ends in the middle of %s",
                         decoder->class->name, where);
}

int
decoder_mismatch(struct decoder *decoder, enum defect defect, uint64_t offset, const char *format, ...)
{
    if (decoder->mismatch_told)
        return PROV_OK;
    decoder->mismatch_told = true;
    va_list arguments;
    va_start(arguments, format);
    int status = report(decoder, defect, offset, format, arguments);
    va_end(arguments);
    return status;
}

int
decoder_comment(struct decoder *decoder, uint64_t offset, const char *format, ...)
{
    if (decoder->comment_told)
        return PROV_OK;
    decoder->comment_told = true;
    va_list arguments;
    va_start(arguments, format);
    int status = report(decoder, DEFECT_ARCHIVE_COMMENT, offset, format, arguments);
    va_end(arguments);
    return status;
}

bool
decoder_is_skippable(struct bytes head)
{
    return head.size >= 4 && (head.data[0] & 0xf0) == 0x50 && memcmp(head.data + 1, "\x2a\x4d\x18", 3) == 0;
}

/** What pzstd (the size of a frame) and the seekable format (its seek table) put there is no comment. */
static bool
is_index(uint32_t size, uint32_t tail)
{
    return size == 0 || size == 4 || tail == 0x8f92eab1;
}

int
decoder_skip_frame(struct decoder *decoder)
{
    struct stream *below = decoder->below;
    struct bytes block;
    uint64_t offset = below->offset;
    TRY(stream_peek(below, 8, &block));
    if (block.size < 8)
        return decoder_truncated(decoder, "a skippable frame");
    uint32_t size = 0;
    for (unsigned i = 0; i < 4; i++)
        size |= (uint32_t)block.data[4 + i] << 8 * i;
    stream_take(below, 8);
    uint32_t tail = 0; /* the last four bytes, as a little-endian number */
    for (uint32_t left = size; left > 0;) {
        TRY(stream_peek(below, 1, &block));
        if (block.size == 0)
            return decoder_truncated(decoder, "a skippable frame");
        size_t taken = block.size < left ? block.size : left;
        for (size_t i = taken > 4 ? taken - 4 : 0; i < taken; i++)
            tail = tail >> 8 | (uint32_t)block.data[i] << 24;
        stream_take(below, taken);
        left -= (uint32_t)taken;
    }
    if (is_index(size, tail))
        return PROV_OK;
    return decoder_comment(decoder, offset, "%s: a skippable frame of %" PRIu32 " bytes was not looked into",
                           decoder->class->name, size);
}

/** The first byte that is not zero, or size. */
static size_t
count_zeros(struct bytes block)
{
    size_t n = 0;
    while (n < block.size && block.data[n] == 0)
        n++;
    return n;
}

int
decoder_trailing(struct decoder *decoder, const char *last)
{
    struct stream *below = decoder->below;
    uint64_t start = below->offset;
    uint64_t first = UINT64_MAX;
    struct bytes block;
    do {
        uint64_t offset = below->offset;
        TRY(stream_next(below, &block));
        size_t nzeros = first == UINT64_MAX ? count_zeros(block) : 0;
        if (first == UINT64_MAX && nzeros < block.size)
            first = offset + nzeros;
    } while (block.size > 0);
    if (first == UINT64_MAX)
        return PROV_OK;
    struct sink *sink = decoder->reading->sink;
    return sink_defect(sink, decoder->item, DEFECT_ARCHIVE_TRAILING_DATA, first,
                       "%" PRIu64 " bytes follow the last %s, and are none", below->offset - start, last);
}

static int
fill(struct stream *stream, const uint8_t **data, size_t *size)
{
    struct decoder *decoder = (struct decoder *)stream;
    *size = 0;
    if (decoder->ended)
        return decoder->status;

    struct bytes out = {0};
    decoder->status = decoder->class->step(decoder, &out);
    if (decoder->status != PROV_OK || out.size == 0)
        decoder->ended = true;
    if (out.size > 0) {
        decoder->expansion.in = decoder->below->offset - decoder->start;
        int status = reading_expand(decoder->reading, decoder->item, &decoder->expansion, &out.size);
        if (status != PROV_OK) {
            decoder->ended = true;
            decoder->status = status;
        }
    }
    *data = out.data;
    *size = out.size;
    bool good = decoder->status == PROV_OK || (decoder->status == PROV_E_DATA && out.size > 0);
    return good ? PROV_OK : decoder->status;
}

static void
decoder_close(struct stream *stream)
{
    struct decoder *decoder = (struct decoder *)stream;
    decoder->class->end(decoder);
    free(decoder);
}

int
decoder_open_class(const struct decoder_class *class, struct stream *below, struct reading *reading,
                   struct item *item, struct stream **stream)
{
    struct decoder *decoder = calloc(1, class->size);
    if (!decoder)
        return err_set(reading->err, PROV_E_MEMORY, "no memory for a %s decoder", class->name);
    decoder->stream.fill = fill;
    decoder->stream.close = decoder_close;
    decoder->class = class;
    decoder->below = below;
    decoder->reading = reading;
    decoder->item = item;
    decoder->start = below->offset;
    int status = class->begin(decoder);
    if (status != PROV_OK) {
        decoder_close(&decoder->stream);
        return err_set(reading->err, status, "no memory for a %s decoder", class->name);
    }
    *stream = &decoder->stream;
    return PROV_OK;
}

void
decoder_restart(struct decoder *decoder, struct stream *below)
{
    buf_finish(&decoder->stream.joined);
    decoder->stream = (struct stream){.fill = fill, .close = decoder_close};
    decoder->below = below;
    decoder->start = below->offset;
    decoder->expansion = (struct expansion){0};
    decoder->status = PROV_OK;
    decoder->ended = decoder->mismatch_told = decoder->comment_told = false;
}

int
decoder_open(enum codec codec, struct stream *below, struct reading *reading, struct item *item,
             struct stream **stream)
{
    static const struct decoder_class *const classes[] = {
        [CODEC_GZIP] = &decoder_gzip, [CODEC_ZSTD] = &decoder_zstd,         [CODEC_XZ] = &decoder_xz,
        [CODEC_LZMA] = &decoder_lzma, [CODEC_LZIP] = &decoder_lzip,         [CODEC_BZIP2] = &decoder_bzip2,
        [CODEC_LZ4] = &decoder_lz4,   [CODEC_COMPRESS] = &decoder_compress,
    };
    assert(codec != CODEC_NONE && codec < sizeof classes / sizeof classes[0] && classes[codec]);
    return decoder_open_class(classes[codec], below, reading, item, stream);
}

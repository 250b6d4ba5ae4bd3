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
 *     step() -> reading_expand() cuts it where a limit is hit -> fill() hands it over -> next fill(): the fault
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

enum codec
codec_detect(struct bytes head)
{
    if (looks_like_gzip(head))
        return CODEC_GZIP;
    return CODEC_NONE;
}

const char *
codec_name(enum codec codec)
{
    static const char *const names[] = {
        [CODEC_NONE] = "none",   [CODEC_GZIP] = "gzip",   [CODEC_ZSTD] = "zstd",
        [CODEC_XZ] = "xz",       [CODEC_LZMA] = "lzma",   [CODEC_LZIP] = "lzip",
        [CODEC_BZIP2] = "bzip2", [CODEC_LZ4] = "lz4",     [CODEC_COMPRESS] = "compress",
    };
    return names[codec];
}

int
decoder_input(struct decoder *decoder, struct bytes *input)
{
    return stream_peek(decoder->below, 1, input);
}

int
decoder_fault(struct decoder *decoder, enum defect defect, const char *format, ...)
{
    char text[LIMIT_DETAIL_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct sink *sink = decoder->reading->sink;
    TRY(sink->defect(sink, decoder->item, defect, decoder->below->offset, text));
    return PROV_E_DATA;
}

int
decoder_truncated(struct decoder *decoder, const char *where)
{
    return decoder_fault(decoder, DEFECT_ARCHIVE_TRUNCATED, "%s: ends in the middle of %s", decoder->class->name,
                         where);
}

int
decoder_mismatch(struct decoder *decoder, enum defect defect, uint64_t offset, const char *format, ...)
{
    if (decoder->checksum_told)
        return PROV_OK;
    decoder->checksum_told = true;
    char text[LIMIT_DETAIL_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct sink *sink = decoder->reading->sink;
    return sink->defect(sink, decoder->item, defect, offset, text);
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
decoder_open(enum codec codec, struct stream *below, struct reading *reading, struct item *item,
             struct stream **stream)
{
    static const struct decoder_class *const classes[] = {
        [CODEC_GZIP] = &gzip_decoder,
    };
    assert(codec != CODEC_NONE && codec < sizeof classes / sizeof classes[0] && classes[codec]);
    const struct decoder_class *class = classes[codec];
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

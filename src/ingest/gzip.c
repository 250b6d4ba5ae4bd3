/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip (RFC 1952) over ISA-L's inflate: as fast as `igzip -dc` (text, GB/s: 0.75 on an Intel Xeon;
 * 1.1 on an AMD EPYC Zen 4, where zlib gives 0.46).
 *
 *     member: | header | deflate blocks | CRC32 | ISIZE |   member ...   | zero padding
 *               10 + extra, name, comment, CRC16
 *
 * ISA-L is used for raw deflate only; header, checksum and length are read here. Its own gzip mode says
 * nothing of what follows a member, skips a header of any length, and once it has failed it does not tell how
 * far the input was good. Here a header is bounded (limits->header_bytes), every member's CRC32 and length
 * are compared, and what is no member is named.
 *
 * What to know of isal_inflate (read in 2.30):
 *   - It decodes into a buffer of its own first and copies from there, so output may be pending
 *     when the input is used up, and when it returns an error: `tmp_out_processed` to `tmp_out_valid` are
 *     good bytes that it never gives out by itself. The output block has room for them.
 *   - It reads up to 8 bytes ahead into `read_in`. At the end of the deflate data those whole bytes
 *     are the first of the trailer, which is also 8 bytes: nothing of the next member is among them.
 *   - When it returns an error, `avail_in` is off by eight; `next_in` is right. What it counts as output
 *     may end in up to 258 bytes that it never wrote: the copy whose distance was invalid. They would be
 *     what lay in the buffer before, another file's bytes perhaps, so as many are always dropped. For that
 *     the last 258 bytes of each step are held back while the member goes on:
 *
 *         output:  | held | ............ given ............. | held | -> moves to the front
 *
 *   - Input that ends early is no error to it: no progress without input is how a cut is noticed. It decodes
 *     literals in pairs and may keep the very last of a stream that was cut to itself.
 *   - It accepts sets of codes that are incomplete, which zlib refuses; the checksum tells in the end.
 *
 * A wrong checksum does not stop the stream: the bytes are passed on, and the item that holds them is marked.
 * A broken deflate block does, as nothing after it can be trusted, the place of the next member included.
 *
 * Zip members are deflate without header and trailer: the same decoder, started in the body.
 *
 * Peak memory: 0.5 MiB (output 256 KiB, ISA-L's state 96 KiB of window and 23 KiB of tables).
 */
#include <assert.h>
#include <inttypes.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <isa-l.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/decoder.h"
#include "ingest/gzip.h"

enum {
    HEADER_BYTES = 10,
    TRAILER_BYTES = 8,
    INPUT_BYTES_MAX = 1 << 30, /* ISA-L counts in 32 bits */
    COPY_BYTES_MAX = 258,      /* the longest match of deflate */
};

/** RFC 1952, 2.3.1. */
enum header_flag {
    HEADER_CRC = 2,
    HEADER_EXTRA = 4,
    HEADER_NAME = 8,
    HEADER_COMMENT = 16,
    HEADER_RESERVED = 0xe0
};

enum place { IN_HEADER, IN_BODY, IN_TRAILER, AT_END };

struct gzip {
    struct decoder decoder;
    enum place place;
    uint64_t nmembers;     /**< whose header was read */
    uint64_t offset;       /**< where the present member starts in the stored bytes */
    uint64_t header_bytes; /**< of the present header, so far */
    uint32_t header_crc;
    bool checked;          /**< there is a trailer to compare with */
    uint32_t crc;          /**< of what the present member gave */
    uint64_t member_bytes; /**< that the present member gave */
    uint8_t *output;       /**< LIMIT_READ_BYTES, and room for what ISA-L holds back; owned */
    size_t given;          /**< bytes of output that the last step gave */
    size_t held;           /**< bytes behind them that it held back */
    struct inflate_state inflate;
};

static uint32_t
little32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/** Take size bytes of the header, which are at hand. */
static int
take_header(struct gzip *gzip, const uint8_t *data, size_t size)
{
    gzip->header_crc = crc32_gzip_refl(gzip->header_crc, data, size);
    gzip->header_bytes += size;
    stream_take(gzip->decoder.below, size);
    uint64_t limit = gzip->decoder.reading->limits->header_bytes;
    if (gzip->header_bytes > limit)
        return decoder_fault(&gzip->decoder, DEFECT_LIMIT_HEADER_BYTES,
                             "gzip: the header of member %" PRIu64 " is longer than %" PRIu64 " bytes",
                             gzip->nmembers + 1, limit);
    return PROV_OK;
}

/** Make size bytes of the header available, at most 64 KiB. */
static int
peek_header(struct gzip *gzip, size_t size, struct bytes *head)
{
    TRY(stream_peek(gzip->decoder.below, size, head));
    if (head->size < size)
        return decoder_truncated(&gzip->decoder, "a header");
    return PROV_OK;
}

static int
take_extra(struct gzip *gzip)
{
    struct bytes head;
    TRY(peek_header(gzip, 2, &head));
    size_t size = (size_t)head.data[0] | (size_t)head.data[1] << 8;
    TRY(take_header(gzip, head.data, 2));
    TRY(peek_header(gzip, size, &head));
    return take_header(gzip, head.data, size);
}

/** A name or comment: up to and with its zero byte. */
static int
take_text(struct gzip *gzip, bool comment)
{
    const uint8_t *zero = NULL;
    uint64_t offset = gzip->decoder.below->offset;
    while (!zero) {
        struct bytes head;
        TRY(peek_header(gzip, 1, &head));
        zero = memchr(head.data, 0, head.size);
        TRY(take_header(gzip, head.data, zero ? (size_t)(zero - head.data) + 1 : head.size));
    }
    uint64_t size = gzip->decoder.below->offset - offset - 1;
    if (!comment || size == 0)
        return PROV_OK;
    return decoder_comment(&gzip->decoder, offset,
                           "gzip: member %" PRIu64 " has a comment of %" PRIu64 " bytes", gzip->nmembers + 1,
                           size);
}

static int
check_header_crc(struct gzip *gzip)
{
    struct bytes head;
    uint32_t crc = gzip->header_crc & 0xffff;
    TRY(peek_header(gzip, 2, &head));
    uint32_t stored = (uint32_t)head.data[0] | (uint32_t)head.data[1] << 8;
    TRY(take_header(gzip, head.data, 2));
    if (crc == stored)
        return PROV_OK;
    return decoder_mismatch(&gzip->decoder, DEFECT_ARCHIVE_CHECKSUM_MISMATCH, gzip->offset,
                            "gzip: member %" PRIu64 ": the CRC16 of the header is %04" PRIx32
                            ", it says %04" PRIx32,
                            gzip->nmembers + 1, crc, stored);
}

/** What follows a member starts as another one does, as far as it goes. */
static bool
is_member(struct bytes head)
{
    static const uint8_t signature[] = {0x1f, 0x8b, 8};
    size_t size = head.size < sizeof signature ? head.size : sizeof signature;
    return memcmp(head.data, signature, size) == 0 &&
           (head.size < 4 || (head.data[3] & HEADER_RESERVED) == 0);
}

/** The first header was taken for one of gzip by its signature: say what is wrong with it. */
static int
refuse_header(struct gzip *gzip, struct bytes head)
{
    struct decoder *decoder = &gzip->decoder;
    if (head.size < 3 || head.data[0] != 0x1f || head.data[1] != 0x8b)
        return decoder_fault(decoder, DEFECT_ARCHIVE_CORRUPT, "gzip: no header");
    if (head.data[2] != 8)
        return decoder_fault(decoder, DEFECT_ARCHIVE_UNSUPPORTED, "gzip: unknown method %u", head.data[2]);
    return decoder_fault(decoder, DEFECT_ARCHIVE_UNSUPPORTED, "gzip: reserved flags are set (%02x)",
                         head.data[3] & HEADER_RESERVED);
}

static int
read_header(struct gzip *gzip)
{
    struct bytes head;
    struct decoder *decoder = &gzip->decoder;
    TRY(stream_peek(decoder->below, HEADER_BYTES, &head));
    if (gzip->nmembers > 0 && (head.size == 0 || !is_member(head))) {
        gzip->place = AT_END;
        return head.size == 0 ? PROV_OK : decoder_trailing(decoder, "gzip member");
    }
    if (head.size == 0)
        return decoder_truncated(decoder, "a header");
    if (!is_member(head))
        return refuse_header(gzip, head);

    gzip->offset = decoder->below->offset;
    gzip->header_bytes = 0;
    gzip->header_crc = 0;
    TRY(peek_header(gzip, HEADER_BYTES, &head));
    unsigned flags = head.data[3];
    TRY(take_header(gzip, head.data, HEADER_BYTES));
    if (flags & HEADER_EXTRA)
        TRY(take_extra(gzip));
    if (flags & HEADER_NAME)
        TRY(take_text(gzip, false));
    if (flags & HEADER_COMMENT)
        TRY(take_text(gzip, true));
    if (flags & HEADER_CRC)
        TRY(check_header_crc(gzip));

    gzip->nmembers++;
    gzip->crc = 0;
    gzip->member_bytes = 0;
    isal_inflate_reset(&gzip->inflate);
    gzip->place = IN_BODY;
    return PROV_OK;
}

/** Whole bytes that ISA-L has read ahead of what it decoded. */
static size_t
count_ahead(const struct inflate_state *inflate)
{
    return inflate->read_in_length > 0 ? (size_t)inflate->read_in_length / 8 : 0;
}

static int
refuse_deflate(struct gzip *gzip, int fault)
{
    size_t nahead = count_ahead(&gzip->inflate);
    const char *what = fault == ISAL_INVALID_BLOCK      ? "an invalid block"
                       : fault == ISAL_INVALID_SYMBOL   ? "an invalid symbol"
                       : fault == ISAL_INVALID_LOOKBACK ? "a distance beyond the start"
                                                        : "invalid data";
    if (!gzip->checked)
        return decoder_fault_at(&gzip->decoder, DEFECT_ARCHIVE_CORRUPT, gzip->decoder.below->offset - nahead,
                                "deflate: %s", what);
    return decoder_fault_at(&gzip->decoder, DEFECT_ARCHIVE_CORRUPT, gzip->decoder.below->offset - nahead,
                            "gzip: member %" PRIu64 ", which starts at byte %" PRIu64 ": %s", gzip->nmembers,
                            gzip->offset, what);
}

/** Account for size bytes more that the present member gave. */
static void
count_output(struct gzip *gzip, const uint8_t *data, size_t size)
{
    if (gzip->checked)
        gzip->crc = crc32_gzip_refl(gzip->crc, data, size);
    gzip->member_bytes += size;
}

/** What ISA-L decoded before a fault and keeps to itself. @return its size */
static size_t
rescue_output(struct gzip *gzip, uint8_t *to)
{
    struct inflate_state *inflate = &gzip->inflate;
    int32_t pending = inflate->tmp_out_valid - inflate->tmp_out_processed;
    if (pending <= 0 || (size_t)inflate->tmp_out_valid > sizeof inflate->tmp_out_buffer)
        return 0;
    memcpy(to, inflate->tmp_out_buffer + inflate->tmp_out_processed, (size_t)pending);
    inflate->tmp_out_processed = inflate->tmp_out_valid;
    return (size_t)pending;
}

/** One call of ISA-L. @param size  of the output so far; grows */
static int
inflate_more(struct gzip *gzip, size_t *size)
{
    struct decoder *decoder = &gzip->decoder;
    struct inflate_state *inflate = &gzip->inflate;
    struct bytes input = {0};
    /* When below has failed, what is pending in ISA-L still comes out first. */
    int below = decoder_input(decoder, &input);
    if (below != PROV_OK && below != PROV_E_DATA)
        return below;
    if (input.size > INPUT_BYTES_MAX)
        input.size = INPUT_BYTES_MAX;
    uint8_t *output = gzip->output + *size;
    /* It only reads there, though it is not declared so. */
    memcpy(&inflate->next_in, &input.data, sizeof inflate->next_in);
    inflate->avail_in = (uint32_t)input.size;
    inflate->next_out = output;
    inflate->avail_out = (uint32_t)(LIMIT_READ_BYTES - *size);

    int fault = isal_inflate(inflate);
    size_t ntaken = input.size ? (size_t)(inflate->next_in - input.data) : 0;
    size_t ngiven = (size_t)(inflate->next_out - output);
    stream_take(decoder->below, ntaken);
    if (fault < 0)
        ngiven += rescue_output(gzip, output + ngiven);
    count_output(gzip, output, ngiven);
    *size += ngiven;
    if (fault < 0) {
        *size -= gzip->member_bytes < COPY_BYTES_MAX ? (size_t)gzip->member_bytes : COPY_BYTES_MAX;
        return refuse_deflate(gzip, fault);
    }
    if (inflate->block_state == ISAL_BLOCK_FINISH)
        gzip->place = IN_TRAILER;
    else if (ngiven == 0 && below != PROV_OK)
        return below;
    else if (ngiven == 0 && input.size == 0)
        return decoder_truncated(decoder, "a member");
    else if (ngiven == 0 && ntaken == 0)
        return refuse_deflate(gzip, 0);
    return PROV_OK;
}

static int
read_trailer(struct gzip *gzip)
{
    struct inflate_state *inflate = &gzip->inflate;
    struct decoder *decoder = &gzip->decoder;
    uint8_t trailer[TRAILER_BYTES];
    /* Whole bytes that ISA-L has read ahead; the bits before them pad the last deflate block. */
    size_t nahead = count_ahead(inflate);
    uint64_t ahead = inflate->read_in_length > 0 ? inflate->read_in >> (inflate->read_in_length % 8) : 0;
    for (size_t i = 0; i < nahead; i++)
        trailer[i] = (uint8_t)(ahead >> 8 * i);
    struct bytes rest;
    TRY(stream_peek(decoder->below, TRAILER_BYTES - nahead, &rest));
    if (rest.size < TRAILER_BYTES - nahead)
        return decoder_truncated(decoder, "a trailer");
    memcpy(trailer + nahead, rest.data, TRAILER_BYTES - nahead);
    stream_take(decoder->below, TRAILER_BYTES - nahead);

    uint32_t crc = little32(trailer);
    uint32_t size = little32(trailer + 4);
    gzip->place = IN_HEADER;
    if (crc != gzip->crc)
        return decoder_mismatch(decoder, DEFECT_ARCHIVE_CHECKSUM_MISMATCH, gzip->offset,
                                "gzip: member %" PRIu64 ": the CRC32 of its %" PRIu64 " bytes is %08" PRIx32
                                ", it says %08" PRIx32,
                                gzip->nmembers, gzip->member_bytes, gzip->crc, crc);
    if (size != (uint32_t)gzip->member_bytes)
        return decoder_mismatch(decoder, DEFECT_ARCHIVE_SIZE_MISMATCH, gzip->offset,
                                "gzip: member %" PRIu64 " has %" PRIu64 " bytes, it says %" PRIu32
                                " (modulo 2^32)",
                                gzip->nmembers, gzip->member_bytes, size);
    return PROV_OK;
}

/** Move what the last step held back to the front. @return its size */
static size_t
begin_step(struct gzip *gzip)
{
    if (gzip->held > 0)
        memmove(gzip->output, gzip->output + gzip->given, gzip->held);
    return gzip->held;
}

/** Give out what is in output, but for the end of a member that goes on. */
static void
end_step(struct gzip *gzip, int status, size_t size, struct bytes *out)
{
    gzip->held = 0;
    if (status == PROV_OK && gzip->place == IN_BODY)
        gzip->held = gzip->member_bytes < COPY_BYTES_MAX ? (size_t)gzip->member_bytes : COPY_BYTES_MAX;
    gzip->given = size - gzip->held;
    *out = (struct bytes){.data = gzip->output, .size = gzip->given};
}

static int
gzip_step(struct decoder *decoder, struct bytes *out)
{
    struct gzip *gzip = (struct gzip *)decoder;
    size_t size = begin_step(gzip);
    int status = PROV_OK;
    while (status == PROV_OK && size < LIMIT_READ_BYTES && gzip->place != AT_END) {
        if (gzip->place == IN_HEADER)
            status = read_header(gzip);
        else if (gzip->place == IN_BODY)
            status = inflate_more(gzip, &size);
        else
            status = read_trailer(gzip);
    }
    end_step(gzip, status, size, out);
    return status;
}

static int
gzip_begin(struct decoder *decoder)
{
    struct gzip *gzip = (struct gzip *)decoder;
    gzip->output = malloc(LIMIT_READ_BYTES + sizeof gzip->inflate.tmp_out_buffer);
    if (!gzip->output)
        return PROV_E_MEMORY;
    isal_inflate_init(&gzip->inflate);
    gzip->inflate.crc_flag = ISAL_DEFLATE;
    gzip->checked = decoder->class == &decoder_gzip;
    gzip->place = gzip->checked ? IN_HEADER : IN_BODY;
    return PROV_OK;
}

static void
gzip_end(struct decoder *decoder)
{
    free(((struct gzip *)decoder)->output);
}

const struct decoder_class decoder_gzip = {
    .name = "gzip",
    .size = sizeof(struct gzip),
    .begin = gzip_begin,
    .step = gzip_step,
    .end = gzip_end,
};

static int
deflate_step(struct decoder *decoder, struct bytes *out)
{
    struct gzip *gzip = (struct gzip *)decoder;
    size_t size = begin_step(gzip);
    int status = PROV_OK;
    while (status == PROV_OK && size < LIMIT_READ_BYTES && gzip->place == IN_BODY)
        status = inflate_more(gzip, &size);
    end_step(gzip, status, size, out);
    return status;
}

static const struct decoder_class decoder_deflate = {
    .name = "deflate",
    .size = sizeof(struct gzip),
    .begin = gzip_begin,
    .step = deflate_step,
    .end = gzip_end,
};

int
deflate_open(struct stream *below, struct reading *reading, struct item *item, struct stream **stream)
{
    return decoder_open_class(&decoder_deflate, below, reading, item, stream);
}

void
deflate_restart(struct stream *stream, struct stream *below)
{
    struct gzip *gzip = (struct gzip *)stream;
    assert(gzip->decoder.class == &decoder_deflate);
    decoder_restart(&gzip->decoder, below);
    gzip->place = IN_BODY;
    gzip->member_bytes = 0;
    gzip->given = gzip->held = 0;
    isal_inflate_reset(&gzip->inflate);
}

size_t
deflate_unused(const struct stream *stream)
{
    const struct gzip *gzip = (const struct gzip *)stream;
    return gzip->place == IN_BODY ? 0 : count_ahead(&gzip->inflate);
}

uint32_t
gzip_crc32(uint32_t crc, const void *data, size_t size)
{
    return crc32_gzip_refl(crc, data, size);
}

#define SPELLED(number) #number
#define VERSION_OF(major, minor, patch) SPELLED(major) "." SPELLED(minor) "." SPELLED(patch)

const char *
codec_isal_version(void)
{
    return VERSION_OF(ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION);
}

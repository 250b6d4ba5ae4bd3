/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compress(1), the .Z of before gzip: LZW with codes that grow from 9 to at most 16 bits.
 *
 *     1f 9d | maximal width, 0x80 when code 256 clears the table | codes, least significant bit first
 *
 * Its one peculiarity: codes are written eight at a time. When the width changes, or the table is cleared,
 * the rest of the present group of eight is skipped:
 *
 *     bit of the group   0    9    18   27   36   45   54   63   72
 *                        | c0 | c1 | c2 | (width changes: the next code is read from bit 72 on)
 *
 * A code stands for a string that is the string of another code and one byte more, so it comes out last byte
 * first, by way of a stack. The string that is just being defined may be used at once: its last byte is its
 * first.
 *
 * Own code, as no packaged library decodes it alone and it is one page. The format has neither length
 * nor checksum nor end: a damaged file is told only by codes that cannot be, a cut one by bits left
 * over.
 *
 * Peak memory: 0.6 MiB.
 *
 * Source: compress 4.2 as described in Welch, "A Technique for High-Performance Data Compression", 1984, and
 * zopen(3) of 4.4BSD.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/decoder.h"

enum {
    WIDTH_MIN = 9,
    WIDTH_MAX = 16,
    CODES_MAX = 1 << WIDTH_MAX,
    CODE_CLEAR = 256,
    NO_CODE = -1,
    WIDTH_MASK = 0x1f,
    FLAG_RESERVED = 0x60,
    FLAG_CLEAR = 0x80,
    HEADER_BYTES = 3,
};

struct compress {
    struct decoder decoder;
    bool begun, ended;
    bool clears; /**< code 256 clears the table */
    unsigned width_max;
    unsigned width; /**< bits of a code */
    uint32_t nfree; /**< the next code to be defined */
    int32_t last;   /**< the code before this one; NO_CODE after the header */
    uint8_t first;  /**< first byte of its string */

    uint64_t bits; /**< read and not used, lowest first */
    unsigned nbits;
    unsigned group_bits; /**< bits used of the present group of eight codes */
    uint32_t skipped;    /**< bits to skip before the next code */

    uint16_t prefix[CODES_MAX]; /**< string of code c: that of prefix[c], then suffix[c] */
    uint8_t suffix[CODES_MAX];
    uint8_t stack[CODES_MAX];
    uint8_t output[LIMIT_READ_BYTES + CODES_MAX]; /**< a string more than a full block */
};

static int
read_header(struct compress *compress)
{
    struct decoder *decoder = &compress->decoder;
    struct bytes head;
    TRY(stream_peek(decoder->below, HEADER_BYTES, &head));
    if (head.size < HEADER_BYTES)
        return decoder_truncated(decoder, "the header");
    if (head.data[0] != 0x1f || head.data[1] != 0x9d)
        return decoder_fault(decoder, DEFECT_ARCHIVE_CORRUPT, "compress: no header");
    unsigned flags = head.data[2];
    compress->width_max = flags & WIDTH_MASK;
    if ((flags & FLAG_RESERVED) || compress->width_max < WIDTH_MIN || compress->width_max > WIDTH_MAX)
        return decoder_fault(decoder, DEFECT_ARCHIVE_UNSUPPORTED,
                             "compress: unknown flags or code width (%02x)", flags);
    stream_take(decoder->below, HEADER_BYTES);
    compress->clears = flags & FLAG_CLEAR;
    compress->width = WIDTH_MIN;
    compress->nfree = compress->clears ? CODE_CLEAR + 1 : CODE_CLEAR;
    compress->last = NO_CODE;
    compress->begun = true;
    return PROV_OK;
}

/** Codes of another width begin with another group of eight. */
static void
change_width(struct compress *compress, unsigned width)
{
    unsigned group = compress->width * 8;
    compress->skipped = compress->group_bits == 0 ? 0 : group - compress->group_bits;
    compress->group_bits = 0;
    compress->width = width;
}

/** Use up bits that are skipped, as far as they are there. */
static void
skip_bits(struct compress *compress)
{
    unsigned skipped = compress->skipped < compress->nbits ? compress->skipped : compress->nbits;
    compress->bits = skipped < 64 ? compress->bits >> skipped : 0;
    compress->nbits -= skipped;
    compress->skipped -= skipped;
}

/** What is left at the end is padding: less than a byte, all zero. Whole bytes may be skipped ones. */
static int
judge_end(struct compress *compress)
{
    compress->ended = true;
    if (compress->last == NO_CODE && compress->nbits == 0)
        return PROV_OK;
    if (compress->nbits >= 8 || compress->bits != 0)
        return decoder_truncated(&compress->decoder, "a code");
    return PROV_OK;
}

/** Have a whole code in bits. @param has_code  false at the end */
static int
load_bits(struct compress *compress, bool *has_code)
{
    struct stream *below = compress->decoder.below;
    *has_code = true;
    skip_bits(compress);
    while (compress->skipped > 0 || compress->nbits < compress->width) {
        struct bytes input;
        TRY(decoder_input(&compress->decoder, &input));
        if (input.size == 0) {
            *has_code = false;
            return judge_end(compress);
        }
        size_t taken = 0;
        while (taken < input.size && compress->nbits <= 56) {
            compress->bits |= (uint64_t)input.data[taken++] << compress->nbits;
            compress->nbits += 8;
        }
        stream_take(below, taken);
        skip_bits(compress);
    }
    return PROV_OK;
}

/** The string of a code, into the output. @return its size; 0: no such code */
static size_t
expand(struct compress *compress, uint32_t code, uint8_t *output)
{
    uint8_t *top = compress->stack + CODES_MAX;
    uint32_t walked = code;
    if (code >= compress->nfree) {
        if (code > compress->nfree || compress->last == NO_CODE)
            return 0;
        *--top = compress->first;
        walked = (uint32_t)compress->last;
    }
    /* A prefix is always an older code, so this ends; 256 is no string when it clears the table. */
    while (walked >= 256) {
        *--top = compress->suffix[walked];
        walked = compress->prefix[walked];
    }
    *--top = (uint8_t)walked;
    compress->first = (uint8_t)walked;
    size_t size = (size_t)(compress->stack + CODES_MAX - top);
    memcpy(output, top, size);
    return size;
}

static int
decode_code(struct compress *compress, size_t *size)
{
    uint32_t limit = (uint32_t)1 << compress->width_max;
    if (compress->nfree >= (uint32_t)1 << compress->width && compress->width < compress->width_max)
        change_width(compress, compress->width + 1);
    bool has_code;
    TRY(load_bits(compress, &has_code));
    if (!has_code)
        return PROV_OK;
    uint32_t code = (uint32_t)(compress->bits & (((uint64_t)1 << compress->width) - 1));
    compress->bits >>= compress->width;
    compress->nbits -= compress->width;
    compress->group_bits = (compress->group_bits + compress->width) % (compress->width * 8);
    if (code == CODE_CLEAR && compress->clears) {
        change_width(compress, WIDTH_MIN);
        compress->nfree = CODE_CLEAR; /* the next code defines 256, which nothing can mean */
        return PROV_OK;
    }
    size_t given = expand(compress, code, compress->output + *size);
    if (given == 0)
        return decoder_fault_at(&compress->decoder, DEFECT_ARCHIVE_CORRUPT,
                                compress->decoder.below->offset - compress->nbits / 8,
                                "compress: undefined code %" PRIu32, code);
    *size += given;
    if (compress->last != NO_CODE && compress->nfree < limit) {
        compress->prefix[compress->nfree] = (uint16_t)compress->last;
        compress->suffix[compress->nfree++] = compress->first;
    }
    compress->last = (int32_t)code;
    return PROV_OK;
}

static int
compress_step(struct decoder *decoder, struct bytes *out)
{
    struct compress *compress = (struct compress *)decoder;
    size_t size = 0;
    int status = compress->begun ? PROV_OK : read_header(compress);
    while (status == PROV_OK && size < LIMIT_READ_BYTES && !compress->ended)
        status = decode_code(compress, &size);
    *out = (struct bytes){.data = compress->output, .size = size};
    return status;
}

static int
compress_begin(struct decoder *decoder)
{
    (void)decoder;
    return PROV_OK;
}

static void
compress_end(struct decoder *decoder)
{
    (void)decoder;
}

const struct decoder_class decoder_compress = {.name = "compress",
                                               .size = sizeof(struct compress),
                                               .begin = compress_begin,
                                               .step = compress_step,
                                               .end = compress_end};

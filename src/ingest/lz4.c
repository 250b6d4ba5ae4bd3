/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lz4: the frame format, read here, over the block decoder of liblz4.
 *
 *     frame:   04 22 4D 18 | FLG BD [size 8] [dictionary 4] HC | block ... | 0 | [XXH32 of the content]
 *
 *     block:   size (bit 31: stored) | data | [XXH32 of the data]
 *
 *     legacy:  02 21 4C 18 | size, data | ...   blocks of 8 MiB, no checksum; ends where the file or
 *              another frame does
 *
 * Why not LZ4F_decompress of the same library: when it fails it does not say how much it had written in that
 * call, so the good bytes before a fault would be lost, and after a wrong checksum it cannot go on. Here a
 * checksum that does not hold is reported, and the bytes are passed on; of a block that is cut or damaged,
 * what comes before that is saved.
 *
 * Blocks of a frame may refer 64 KiB back, so they are decoded side by side:
 *
 *     | history 64 KiB | block | block ...     until LIMIT_READ_BYTES are there; then handed over in steps
 *                      ^ window                 and the last 64 KiB move to the front
 *
 * Peak memory: a block must be whole on both sides, and `lz4` makes them 4 MiB by default: up to 4.3 MiB of
 * output and 4 MiB of input; 16 MiB for a legacy frame.
 *
 * Source: lz4_Frame_format.md 1.6.2.
 */
#include <assert.h>
#include <inttypes.h>
#include <lz4.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "ingest/decoder.h"

enum {
    HISTORY_BYTES = 64 << 10,
    LEGACY_BLOCK_BYTES = 8 << 20,
    HEADER_BYTES_MAX = 19,
};

static const uint32_t SIGNATURE = 0x184d2204, SIGNATURE_LEGACY = 0x184c2102;

/** Bits of FLG. */
enum {
    HAS_DICTIONARY = 1,
    FLAG_RESERVED = 2,
    HAS_CONTENT_CRC = 4,
    HAS_SIZE = 8,
    HAS_BLOCK_CRC = 16,
    INDEPENDENT = 32
};

enum place { AT_BORDER, AT_BLOCK, AT_LEGACY_BLOCK, AT_END };

struct lz4 {
    struct decoder decoder;
    enum place place;
    uint64_t nframes; /**< begun, without skippable ones */
    uint64_t nblocks; /**< of the present frame */
    uint64_t offset;  /**< where the present frame starts in the stored bytes */

    unsigned flags;         /**< FLG of the present frame */
    size_t block_bytes_max; /**< of its blocks, decoded */
    uint64_t content_bytes; /**< as its header says */
    uint64_t decoded_bytes; /**< of the present frame */
    struct xxh32 *content;  /**< running checksum; owned */

    uint8_t *window;   /**< HISTORY_BYTES, and what was decoded; owned */
    size_t window_max; /**< bytes behind the history that window has room for */
    size_t history;    /**< bytes of the history that are filled */
    size_t filled;     /**< bytes decoded behind the history */
    size_t given;      /**< of those, handed over */
    int failed;        /**< what to return when all is handed over */
    uint8_t *input;    /**< a block that had to be joined: block_bytes_max; owned; NULL until needed */
    size_t input_max;
};

static uint32_t
little32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static int
out_of_memory(struct lz4 *lz4)
{
    return err_set(lz4->decoder.reading->err, PROV_E_MEMORY, "no memory to decode lz4");
}

/** Make size bytes available, or say that they are missing. */
static int
peek_exactly(struct lz4 *lz4, size_t size, const char *where, struct bytes *head)
{
    TRY(stream_peek(lz4->decoder.below, size, head));
    return head->size < size ? decoder_truncated(&lz4->decoder, where) : PROV_OK;
}

/** Make room for blocks of this size: a frame begins. */
static int
begin_frame(struct lz4 *lz4, size_t block_bytes_max, size_t input_max)
{
    size_t window_max = LIMIT_READ_BYTES + block_bytes_max;
    if (window_max > lz4->window_max) {
        uint8_t *window = realloc(lz4->window, HISTORY_BYTES + window_max);
        if (!window)
            return out_of_memory(lz4);
        lz4->window = window;
        lz4->window_max = window_max;
    }
    if (input_max > lz4->input_max) {
        free(lz4->input);
        lz4->input = NULL;
        lz4->input_max = input_max;
    }
    lz4->block_bytes_max = block_bytes_max;
    lz4->decoded_bytes = 0;
    lz4->nblocks = 0;
    lz4->nframes++;
    lz4->offset = lz4->decoder.below->offset;
    xxh32_begin(lz4->content);
    return PROV_OK;
}

static int
read_header(struct lz4 *lz4)
{
    struct decoder *decoder = &lz4->decoder;
    struct bytes head;
    TRY(peek_exactly(lz4, 7, "a frame header", &head));
    unsigned flags = head.data[4];
    unsigned sizes = head.data[5];
    size_t size = 7 + (flags & HAS_SIZE ? 8u : 0) + (flags & HAS_DICTIONARY ? 4u : 0);
    assert(size <= HEADER_BYTES_MAX);
    TRY(peek_exactly(lz4, size, "a frame header", &head));
    if ((xxh32_block(head.data + 4, size - 5) >> 8 & 255) != head.data[size - 1])
        return decoder_fault(decoder, DEFECT_ARCHIVE_CORRUPT,
                             "lz4: the checksum of a frame header does not hold");
    if (flags >> 6 != 1 || (flags & FLAG_RESERVED) || (sizes & 0x8f) || sizes >> 4 < 4)
        return decoder_fault(decoder, DEFECT_ARCHIVE_UNSUPPORTED,
                             "lz4: unknown version, flag or block size (%02x %02x)", flags, sizes);
    if (flags & HAS_DICTIONARY)
        return decoder_fault(decoder, DEFECT_ARCHIVE_UNSUPPORTED, "lz4: a frame needs a dictionary");
    size_t block_bytes_max = (size_t)1 << (8 + 2 * (sizes >> 4)); /* 64 KiB, 256 KiB, 1 MiB, 4 MiB */
    TRY(begin_frame(lz4, block_bytes_max, block_bytes_max));
    lz4->flags = flags;
    lz4->content_bytes = 0;
    if (flags & HAS_SIZE)
        lz4->content_bytes = little32(head.data + 6) | (uint64_t)little32(head.data + 10) << 32;
    stream_take(decoder->below, size);
    lz4->place = AT_BLOCK;
    return PROV_OK;
}

/** What is there, less than a signature, may be the beginning of one. */
static bool
may_be_frame(struct bytes head)
{
    static const uint8_t starts[][3] = {{0x04, 0x22, 0x4d}, {0x02, 0x21, 0x4c}};
    for (size_t i = 0; i < 2; i++)
        if (memcmp(head.data, starts[i], head.size) == 0)
            return true;
    return (head.data[0] & 0xf0) == 0x50 && memcmp(head.data + 1, "\x2a\x4d", head.size - 1) == 0;
}

static int
read_border(struct lz4 *lz4)
{
    struct decoder *decoder = &lz4->decoder;
    struct bytes head;
    TRY(stream_peek(decoder->below, 4, &head));
    if (decoder_is_skippable(head))
        return decoder_skip_frame(decoder);
    bool begun = decoder->below->offset > decoder->start;
    if (head.size == 0 ? !begun : head.size < 4 && may_be_frame(head))
        return decoder_truncated(decoder, "a frame");
    uint32_t signature = head.size < 4 ? 0 : little32(head.data);
    if (signature == SIGNATURE)
        return read_header(lz4);
    if (signature == SIGNATURE_LEGACY) {
        TRY(begin_frame(lz4, LEGACY_BLOCK_BYTES, (size_t)LZ4_COMPRESSBOUND(LEGACY_BLOCK_BYTES)));
        stream_take(decoder->below, 4);
        lz4->flags = INDEPENDENT;
        lz4->place = AT_LEGACY_BLOCK;
        return PROV_OK;
    }
    if (!begun)
        return decoder_fault(decoder, DEFECT_ARCHIVE_CORRUPT, "lz4: no frame");
    lz4->place = AT_END;
    return head.size == 0 ? PROV_OK : decoder_trailing(decoder, "lz4 frame");
}

/**
 * A block in one piece: where it lies when the window of below holds it, else joined.
 *
 * @param block  shown until the next call on below; shorter than size when the input is cut, or failed
 * @return PROV_OK; PROV_E_DATA; statuses of below and of the sink
 */
static int
join_block(struct lz4 *lz4, size_t size, struct bytes *block)
{
    struct stream *below = lz4->decoder.below;
    struct bytes head;
    TRY(peek_exactly(lz4, 1, "a block", &head));
    if (head.size >= size) {
        *block = (struct bytes){.data = head.data, .size = size};
        stream_take(below, size);
        return PROV_OK;
    }
    if (!lz4->input)
        lz4->input = malloc(lz4->input_max);
    if (!lz4->input)
        return out_of_memory(lz4);
    *block = (struct bytes){.data = lz4->input};
    while (block->size < size) {
        TRY(peek_exactly(lz4, 1, "a block", &head));
        size_t taken = head.size < size - block->size ? head.size : size - block->size;
        memcpy(lz4->input + block->size, head.data, taken);
        stream_take(below, taken);
        block->size += taken;
    }
    return PROV_OK;
}

/** A length of a sequence: 15 goes on in the bytes behind, as long as they are 255. @param at  moves on */
static size_t
read_length(struct bytes block, size_t *at, unsigned nibble)
{
    size_t length = nibble;
    uint8_t byte = nibble == 15 ? 255 : 0;
    while (byte == 255 && *at < block.size) {
        byte = block.data[(*at)++];
        length += byte;
    }
    return length;
}

/**
 * What can be had of a block that is cut or damaged, sequence by sequence: token, literals, distance. liblz4
 * gives all of a block or nothing.
 *
 * @param output  has room for max bytes, and the last behind bytes before it are the frame's own
 * @return bytes before the first sequence that cannot be
 */
static size_t
salvage_block(struct bytes block, uint8_t *output, size_t max, size_t behind)
{
    enum { MATCH_BYTES_MIN = 4 };
    size_t size = 0;
    for (size_t at = 0; at < block.size;) {
        unsigned token = block.data[at++];
        size_t literals = read_length(block, &at, token >> 4);
        size_t known = literals < block.size - at ? literals : block.size - at;
        if (known > max - size)
            break;
        memcpy(output + size, block.data + at, known);
        size += known;
        at += known;
        if (block.size - at < 2)
            break;
        size_t distance = (size_t)block.data[at] | (size_t)block.data[at + 1] << 8;
        at += 2;
        size_t match = read_length(block, &at, token & 15) + MATCH_BYTES_MIN;
        if (distance == 0 || distance > behind + size || match > max - size)
            break;
        for (size_t i = 0; i < match; i++, size++)
            output[size] = *(output + size - distance);
    }
    return size;
}

/**
 * Decode a block behind what is filled.
 *
 * @param whole  false: the block is cut, which was reported; what can be had of it is enough
 */
static int
decode_block(struct lz4 *lz4, struct bytes block, bool stored, bool whole)
{
    uint8_t *output = lz4->window + HISTORY_BYTES + lz4->filled;
    size_t max = lz4->block_bytes_max;
    /* The frame's own bytes end right before the output; those before them are another frame's. */
    size_t behind = lz4->decoded_bytes < HISTORY_BYTES ? (size_t)lz4->decoded_bytes : HISTORY_BYTES;
    if (lz4->flags & INDEPENDENT)
        behind = 0;
    int given = -1;
    assert(block.data);
    if (stored)
        memcpy(output, block.data, block.size);
    else if (whole)
        given = LZ4_decompress_safe_usingDict((const char *)block.data, (char *)output, (int)block.size,
                                              (int)max, (const char *)output - behind, (int)behind);
    bool damaged = whole && !stored && given < 0;
    size_t size = stored ? block.size : given < 0 ? salvage_block(block, output, max, behind) : (size_t)given;
    if (lz4->flags & HAS_CONTENT_CRC)
        xxh32_update(lz4->content, output, size);
    lz4->filled += size;
    lz4->decoded_bytes += size;
    if (!damaged)
        return PROV_OK;
    return decoder_fault(&lz4->decoder, DEFECT_ARCHIVE_CORRUPT,
                         "lz4: block %" PRIu64 " of frame %" PRIu64 ", which starts at byte %" PRIu64
                         ", is damaged",
                         lz4->nblocks, lz4->nframes, lz4->offset);
}

/**
 * Take a block of size bytes and decode it; of one that is cut, what is there.
 *
 * @param sum  the checksum of its data, when the frame has such
 */
static int
take_block(struct lz4 *lz4, size_t size, bool stored, uint32_t *sum)
{
    struct bytes block = {0};
    int status = size > 0 ? join_block(lz4, size, &block) : PROV_OK;
    if (status != PROV_OK) {
        if (status == PROV_E_DATA && block.size > 0)
            TRY(decode_block(lz4, block, stored, false));
        return status;
    }
    if (lz4->flags & HAS_BLOCK_CRC)
        *sum = xxh32_block(block.data, block.size);
    return size > 0 ? decode_block(lz4, block, stored, true) : PROV_OK;
}

static int
end_frame(struct lz4 *lz4)
{
    struct decoder *decoder = &lz4->decoder;
    lz4->place = AT_BORDER;
    if (lz4->flags & HAS_CONTENT_CRC) {
        struct bytes head;
        TRY(peek_exactly(lz4, 4, "a checksum", &head));
        uint32_t stored = little32(head.data);
        stream_take(decoder->below, 4);
        if (stored != xxh32_end(lz4->content))
            TRY(decoder_mismatch(decoder, DEFECT_ARCHIVE_CHECKSUM_MISMATCH, lz4->offset,
                                 "lz4: frame %" PRIu64 ": the checksum of its content does not hold",
                                 lz4->nframes));
    }
    if ((lz4->flags & HAS_SIZE) && lz4->content_bytes != lz4->decoded_bytes)
        return decoder_mismatch(decoder, DEFECT_ARCHIVE_SIZE_MISMATCH, lz4->offset,
                                "lz4: frame %" PRIu64 " has %" PRIu64 " bytes, it says %" PRIu64,
                                lz4->nframes, lz4->decoded_bytes, lz4->content_bytes);
    return PROV_OK;
}

static int
read_block(struct lz4 *lz4)
{
    struct decoder *decoder = &lz4->decoder;
    struct bytes head;
    TRY(peek_exactly(lz4, 4, "a frame", &head));
    uint32_t word = little32(head.data);
    stream_take(decoder->below, 4);
    if (word == 0)
        return end_frame(lz4);
    bool stored = word >> 31;
    size_t size = word & 0x7fffffff;
    lz4->nblocks++;
    if (size > lz4->block_bytes_max)
        return decoder_fault(decoder, DEFECT_ARCHIVE_CORRUPT,
                             "lz4: block %" PRIu64 " of frame %" PRIu64
                             " says it has %zu bytes, more than may be",
                             lz4->nblocks, lz4->nframes, size);
    uint32_t sum = 0;
    TRY(take_block(lz4, size, stored, &sum));
    if (!(lz4->flags & HAS_BLOCK_CRC))
        return PROV_OK;
    TRY(peek_exactly(lz4, 4, "a block checksum", &head));
    uint32_t told = little32(head.data);
    stream_take(decoder->below, 4);
    if (told == sum)
        return PROV_OK;
    return decoder_mismatch(decoder, DEFECT_ARCHIVE_CHECKSUM_MISMATCH, lz4->offset,
                            "lz4: block %" PRIu64 " of frame %" PRIu64 ": its checksum does not hold",
                            lz4->nblocks, lz4->nframes);
}

static int
read_legacy_block(struct lz4 *lz4)
{
    struct bytes head;
    TRY(stream_peek(lz4->decoder.below, 4, &head));
    uint32_t size = head.size < 4 ? 0 : little32(head.data);
    if (size == 0 || size > lz4->input_max) {
        /* The end, another frame, or what does not belong. */
        lz4->place = AT_BORDER;
        return PROV_OK;
    }
    stream_take(lz4->decoder.below, 4);
    lz4->nblocks++;
    uint32_t sum; /* legacy blocks have none */
    return take_block(lz4, size, false, &sum);
}

/** All that was decoded is handed over: keep the last of it as history. */
static void
turn_window(struct lz4 *lz4)
{
    size_t kept = lz4->history + lz4->filled;
    if (kept > HISTORY_BYTES)
        kept = HISTORY_BYTES;
    if (lz4->filled > 0)
        memmove(lz4->window + HISTORY_BYTES - kept, lz4->window + HISTORY_BYTES + lz4->filled - kept, kept);
    lz4->history = kept;
    lz4->filled = lz4->given = 0;
}

static int
lz4_step(struct decoder *decoder, struct bytes *out)
{
    struct lz4 *lz4 = (struct lz4 *)decoder;
    int status = PROV_OK;
    if (lz4->given == lz4->filled) {
        turn_window(lz4);
        while (status == PROV_OK && lz4->filled < LIMIT_READ_BYTES && lz4->place != AT_END) {
            if (lz4->place == AT_BORDER)
                status = read_border(lz4);
            else if (lz4->place == AT_BLOCK)
                status = read_block(lz4);
            else
                status = read_legacy_block(lz4);
        }
        lz4->failed = status;
    }
    size_t left = lz4->filled - lz4->given;
    if (left > 0)
        *out = (struct bytes){.data = lz4->window + HISTORY_BYTES + lz4->given,
                              .size = left < LIMIT_READ_BYTES ? left : LIMIT_READ_BYTES};
    lz4->given += out->size;
    return lz4->given == lz4->filled ? lz4->failed : PROV_OK;
}

static int
lz4_begin(struct decoder *decoder)
{
    struct lz4 *lz4 = (struct lz4 *)decoder;
    lz4->content = xxh32_create();
    return lz4->content ? PROV_OK : PROV_E_MEMORY;
}

static void
lz4_end(struct decoder *decoder)
{
    struct lz4 *lz4 = (struct lz4 *)decoder;
    xxh32_destroy(lz4->content);
    free(lz4->window);
    free(lz4->input);
}

const struct decoder_class decoder_lz4 = {
    .name = "lz4", .size = sizeof(struct lz4), .begin = lz4_begin, .step = lz4_step, .end = lz4_end};

const char *
codec_lz4_version(void)
{
    return LZ4_versionString();
}

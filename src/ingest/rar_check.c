/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of blocks of a RAR archive, walked from header to header without decoding anything: how many
 * members there are, where the archive ends, and whether the headers' checksums hold.
 *
 *     RAR4  [crc 2][type 1][flags 2][header size 2][added size 4]
 *           crc: the low half of the CRC32 from type on
 *           file (type 0x74): the packed size stands at 7, its high half at 32 with flag 0x100
 *     RAR5  [crc 4][vint header size][vint type][vint flags][vint extra size?][vint data size?] ...
 *           crc: the CRC32 from the header size on
 *
 * Source: "RAR 5.0 archive format" (rarlab.com, technote); unrar's technote for version 4.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "ingest/archive_check.h"
#include "ingest/gzip.h"
#include "ingest/le.h"

enum {
    RAR4_MARK = 7,
    RAR4_HEADER = 7,
    RAR4_MAIN = 0x73,
    RAR4_FILE = 0x74,
    RAR4_SERVICE = 0x7A,
    RAR4_END = 0x7B,
    RAR4_VOLUME = 0x0001,
    RAR4_COMMENT = 0x0002,
    RAR4_ENCRYPTED = 0x0080,
    RAR4_LARGE = 0x0100,
    RAR4_ADDED = 0x8000,

    RAR5_MARK = 8,
    RAR5_PREFIX = 7, /* crc and the longest header size: three bytes of vint */
    RAR5_MAIN = 1,
    RAR5_FILE = 2,
    RAR5_SERVICE = 3,
    RAR5_ENCRYPTION = 4,
    RAR5_END = 5,
    RAR5_EXTRA = 1,
    RAR5_DATA = 2,
    RAR5_VOLUME = 1,
    RAR5_HEADER_MAX = 2 << 20,
};

/** A walk over blocks. */
struct walk {
    const struct reader_input *input;
    struct archive_survey *survey;
    uint64_t at; /**< the present block */
    uint64_t nmembers;
    bool done;       /**< the last block was seen, or there is no going on */
    uint8_t *header; /**< RAR5_HEADER_MAX; owned */
};

static int
report(const struct walk *walk, enum defect defect, const char *words)
{
    struct sink *sink = walk->input->reading->sink;
    return sink->defect(sink, walk->input->item, defect, walk->at, words);
}

static int
stop(struct walk *walk, enum defect defect, const char *words)
{
    walk->done = true;
    return report(walk, defect, words);
}

/* Go behind a block. */
static int
advance(struct walk *walk, uint64_t header_size, uint64_t data_size)
{
    uint64_t end;
    if (__builtin_add_overflow(header_size, data_size, &end) || __builtin_add_overflow(walk->at, end, &end))
        return stop(walk, DEFECT_ARCHIVE_CORRUPT, "rar: a block larger than a file can be");
    if (walk->input->fd >= 0 && end > walk->input->size)
        return stop(walk, DEFECT_ARCHIVE_TRUNCATED, "rar: the archive ends within a block");
    walk->at = end;
    walk->done = walk->input->fd < 0; /* a stream shows its first block only */
    return PROV_OK;
}

/* Finish the survey of a walk that came to a good end. */
static void
conclude(struct walk *walk)
{
    walk->survey->end = walk->at;
    walk->survey->nmembers = walk->nmembers;
    walk->survey->may_be_empty = walk->nmembers == 0;
}

static int
rar4_block(struct walk *walk)
{
    size_t nread;
    uint8_t *header = walk->header;
    TRY(archive_bytes_at(walk->input, walk->at, header, RAR4_HEADER, &nread));
    if (nread == 0) {
        walk->done = true; /* the end block came with version 3 only */
        conclude(walk);
        return PROV_OK;
    }
    size_t size = nread < RAR4_HEADER ? 0 : le16(header + 5);
    if (nread == RAR4_HEADER && size >= RAR4_HEADER)
        TRY(archive_bytes_at(walk->input, walk->at, header, size, &nread));
    if (nread < RAR4_HEADER || (size >= RAR4_HEADER && nread < size))
        return stop(walk, DEFECT_ARCHIVE_TRUNCATED, "rar: the archive ends within a header");
    unsigned type = header[2], flags = le16(header + 3);
    bool added = (flags & RAR4_ADDED) || type == RAR4_FILE || type == RAR4_SERVICE;
    if (size < RAR4_HEADER + (added ? 4u : 0u))
        return stop(walk, DEFECT_ARCHIVE_CORRUPT, "rar: no block where one should be");
    bool summed = type == RAR4_MAIN || type == RAR4_FILE || type == RAR4_SERVICE || type == RAR4_END;
    if (summed && !(type == RAR4_MAIN && (flags & RAR4_COMMENT)) &&
        (gzip_crc32(0, header + 2, size - 2) & 0xFFFF) != le16(header))
        TRY(report(walk, DEFECT_ARCHIVE_CHECKSUM_MISMATCH, "rar: the checksum of a header does not hold"));
    uint64_t data = added ? le32(header + 7) : 0;
    if ((type == RAR4_FILE || type == RAR4_SERVICE) && (flags & RAR4_LARGE) && size >= 36)
        data |= (uint64_t)le32(header + 32) << 32;
    if (type == RAR4_MAIN && (flags & RAR4_VOLUME))
        TRY(report(walk, DEFECT_ARCHIVE_MULTIVOLUME, "rar: one volume of several"));
    if (type == RAR4_MAIN && (flags & RAR4_ENCRYPTED))
        return stop(walk, DEFECT_ARCHIVE_ENCRYPTED, "rar: even the names are encrypted");
    walk->nmembers += type == RAR4_FILE;
    TRY(advance(walk, size, data));
    if (type == RAR4_END && !walk->done) {
        walk->done = true;
        conclude(walk);
    }
    return PROV_OK;
}

/* RAR5's integers: seven bits a byte, the lowest first, the high bit says that more follow. */
static uint64_t
vint(const uint8_t *bytes, size_t size, size_t *at)
{
    uint64_t value = 0;
    for (unsigned shift = 0; *at < size && shift < 63; shift += 7) {
        uint8_t byte = bytes[(*at)++];
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            break;
    }
    return value;
}

/** The beginning of a RAR5 block. */
struct rar5_block {
    size_t size; /**< of the header with its checksum and size field */
    uint64_t type, flags, data_size;
    uint64_t main_flags; /**< of a main block */
};

static int
rar5_header(struct walk *walk, struct rar5_block *block)
{
    size_t nread, at = 4;
    TRY(archive_bytes_at(walk->input, walk->at, walk->header, RAR5_PREFIX, &nread));
    if (nread < RAR5_PREFIX)
        return stop(walk, DEFECT_ARCHIVE_TRUNCATED, "rar5: the archive ends without its end mark");
    uint64_t body = vint(walk->header, nread, &at);
    if (body == 0 || body > RAR5_HEADER_MAX - RAR5_PREFIX)
        return stop(walk, DEFECT_ARCHIVE_CORRUPT, "rar5: no block where one should be");
    block->size = at + (size_t)body;
    TRY(archive_bytes_at(walk->input, walk->at, walk->header, block->size, &nread));
    if (nread < block->size)
        return stop(walk, DEFECT_ARCHIVE_TRUNCATED, "rar5: the archive ends within a header");
    if (gzip_crc32(0, walk->header + 4, block->size - 4) != le32(walk->header))
        TRY(report(walk, DEFECT_ARCHIVE_CHECKSUM_MISMATCH, "rar5: the checksum of a header does not hold"));
    block->type = vint(walk->header, block->size, &at);
    block->flags = vint(walk->header, block->size, &at);
    if (block->flags & RAR5_EXTRA)
        (void)vint(walk->header, block->size, &at);
    block->data_size = block->flags & RAR5_DATA ? vint(walk->header, block->size, &at) : 0;
    block->main_flags = block->type == RAR5_MAIN ? vint(walk->header, block->size, &at) : 0;
    return PROV_OK;
}

static int
rar5_block(struct walk *walk)
{
    struct rar5_block block = {0};
    TRY(rar5_header(walk, &block));
    if (walk->done)
        return PROV_OK;
    if (block.type == RAR5_ENCRYPTION)
        return stop(walk, DEFECT_ARCHIVE_ENCRYPTED, "rar5: even the names are encrypted");
    if (block.main_flags & RAR5_VOLUME)
        TRY(report(walk, DEFECT_ARCHIVE_MULTIVOLUME, "rar5: one volume of several"));
    walk->nmembers += block.type == RAR5_FILE;
    TRY(advance(walk, block.size, block.data_size));
    if (block.type == RAR5_END && !walk->done) {
        walk->done = true;
        conclude(walk);
    }
    return PROV_OK;
}

static int
walk_blocks(const struct reader_input *input, struct archive_survey *survey, uint64_t start,
            int (*block)(struct walk *))
{
    struct walk walk = {.input = input, .survey = survey, .at = start, .header = malloc(RAR5_HEADER_MAX)};
    int status = walk.header ? PROV_OK : PROV_E_MEMORY;
    while (status == PROV_OK && !walk.done) {
        status = block(&walk);
        reading_advance(input->reading, 1);
    }
    free(walk.header);
    return status;
}

int
archive_check_rar4(const struct reader_input *input, struct archive_survey *survey)
{
    return walk_blocks(input, survey, RAR4_MARK, rar4_block);
}

int
archive_check_rar5(const struct reader_input *input, struct archive_survey *survey)
{
    return walk_blocks(input, survey, RAR5_MARK, rar5_block);
}

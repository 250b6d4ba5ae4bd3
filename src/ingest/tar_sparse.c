/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the data of a sparse member lies, in the two ways that keep the map outside of pax records:
 *
 *     old GNU   header: 386 four times (offset 12, size 12), 482 "more follow", 483 real size 12
 *               then blocks of 21 times (offset 12, size 12), 504 "more follow"
 *     1.0       data:   "NUMBER\nOFFSET\nSIZE\nOFFSET\nSIZE\n...", padded with NULs to 512, then the data
 *
 * A map is as large as its writer likes, so it counts as a header and is bounded like one.
 */
#include "ingest/tar_sparse.h"

#include "ingest/tar_header.h"

enum {
    HEADER_MAP = 386,
    HEADER_ENTRIES = 4,
    HEADER_MORE = 482,
    REAL_SIZE = 483,
    BLOCK_ENTRIES = 21,
    BLOCK_MORE = 504,
    FIELD = 12,
};

/* Entries end at the first of size 0 and offset 0. */
static int
add_entries(const uint8_t *entries, int nentries, struct tar_extra *extra, const char **wrong)
{
    for (int i = 0; i < nentries; i++) {
        const uint8_t *entry = entries + (size_t)i * 2 * FIELD;
        uint64_t offset, size;
        bool negative[2];
        if (entry[0] == 0 && entry[FIELD] == 0)
            return PROV_OK;
        if (!tar_number(entry, FIELD, &offset, &negative[0]) ||
            !tar_number(entry + FIELD, FIELD, &size, &negative[1]) || negative[0] || negative[1]) {
            *wrong = "its map of data holds what is no number";
            return PROV_OK;
        }
        TRY(tar_extra_add_extent(extra, offset, size));
    }
    return PROV_OK;
}

int
tar_sparse_read_gnu(struct stream *stream, const uint8_t *header, const struct limits *limits,
                    struct tar_extra *extra, const char **wrong)
{
    bool negative;
    buf_clear(&extra->extents);
    extra->sparse = TAR_SPARSE_MAPPED;
    extra->has_real_size = tar_number(header + REAL_SIZE, FIELD, &extra->real_size, &negative) && !negative;
    if (!extra->has_real_size)
        *wrong = "its real size is no number";
    TRY(add_entries(header + HEADER_MAP, HEADER_ENTRIES, extra, wrong));
    bool more = header[HEADER_MORE] != 0;
    for (uint64_t nbytes = TAR_BLOCK; more; nbytes += TAR_BLOCK) {
        struct bytes head = {NULL, 0};
        int status = stream_peek(stream, TAR_BLOCK, &head);
        if (status != PROV_OK && status != PROV_E_DATA)
            return status;
        if (status == PROV_E_DATA || head.size < TAR_BLOCK || nbytes > limits->header_bytes) {
            *wrong = "its map of data is cut off, or larger than the limit for headers";
            return PROV_OK;
        }
        more = head.data[BLOCK_MORE] != 0;
        TRY(add_entries(head.data, BLOCK_ENTRIES, extra, wrong));
        stream_take(stream, TAR_BLOCK);
    }
    return PROV_OK;
}

/** The numbers of a 1.0 map as they come by. */
struct map_lines {
    uint64_t number;
    unsigned ndigits;
    uint64_t count;  /**< extents announced */
    uint64_t nlines; /**< whole lines so far */
    uint64_t offset; /**< of the extent whose size comes next */
    bool done;
};

static int
take_line(struct map_lines *lines, struct tar_extra *extra)
{
    uint64_t number = lines->number;
    lines->number = 0;
    lines->ndigits = 0;
    lines->nlines++;
    if (lines->nlines == 1)
        lines->count = number;
    else if (lines->nlines % 2 == 0)
        lines->offset = number;
    else
        TRY(tar_extra_add_extent(extra, lines->offset, number));
    lines->done = lines->nlines % 2 == 1 && lines->nlines / 2 == lines->count;
    return PROV_OK;
}

static int
take_block(struct map_lines *lines, const uint8_t *block, struct tar_extra *extra, const char **wrong)
{
    for (size_t i = 0; i < TAR_BLOCK && !lines->done; i++) {
        uint8_t byte = block[i];
        bool good = byte == '\n' ? lines->ndigits > 0 : byte >= '0' && byte <= '9' && ++lines->ndigits <= 19;
        if (!good) {
            *wrong = "its map of data holds what is no number";
            return PROV_OK;
        }
        if (byte == '\n')
            TRY(take_line(lines, extra));
        else
            lines->number = lines->number * 10 + (uint64_t)(byte - '0');
    }
    return PROV_OK;
}

int
tar_sparse_read_map(struct stream *stream, uint64_t *stored_left, const struct limits *limits,
                    struct tar_extra *extra, const char **wrong)
{
    struct map_lines lines = {0};
    buf_clear(&extra->extents);
    if (!extra->has_real_size)
        *wrong = "its real size is missing";
    for (uint64_t nbytes = TAR_BLOCK; !lines.done && !*wrong; nbytes += TAR_BLOCK) {
        struct bytes head = {NULL, 0};
        int status = stream_peek(stream, TAR_BLOCK, &head);
        if (status != PROV_OK && status != PROV_E_DATA)
            return status;
        if (status == PROV_E_DATA || head.size < TAR_BLOCK || *stored_left < TAR_BLOCK ||
            nbytes > limits->header_bytes) {
            *wrong = "its map of data is cut off, or larger than the limit for headers";
            return PROV_OK;
        }
        TRY(take_block(&lines, head.data, extra, wrong));
        if (*wrong)
            return PROV_OK;
        stream_take(stream, TAR_BLOCK);
        *stored_left -= TAR_BLOCK;
    }
    return PROV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libarchive reads what it likes of a container and is silent about the rest: parts of a multi-volume
 * RAR5 are "archives without entries", so is a 7z whose directory is broken, and nothing is said about
 * bytes behind the end. Here the few header fields are read that settle such questions, straight from
 * the formats' published descriptions:
 *
 *     7z    [sig 6][version 2][crc of the next 20][offset 8][size 8][crc 4] ... packed streams ... directory
 *     CAB   [sig 4][0 4][size 4] ... [folders 2][files 2][flags 2] at 26
 *     ISO   volume descriptor at 32768: blocks at +80, block size at +128
 *
 * RAR has a chain of blocks: rar_check.c.
 */
#include "ingest/archive_check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/gzip.h"
#include "ingest/le.h"
#include "ingest/read_at.h"

enum {
    SEVENZIP_HEADER = 32,
    ISO_DESCRIPTOR = 32768,
    ISO_DESCRIPTOR_BYTES = 132,
    CAB_HEADER = 36,
    CAB_PREVIOUS = 1,
    CAB_NEXT = 2,
    STEP_BYTES = 64 << 10,
};

static int
report(const struct reader_input *input, enum defect defect, uint64_t offset, const char *words)
{
    return input->reading->sink->defect(input->reading->sink, input->item, defect, offset, words);
}

int
archive_bytes_at(const struct reader_input *input, uint64_t offset, uint8_t *bytes, size_t size,
                 size_t *nread)
{
    *nread = 0;
    if (input->fd < 0) {
        struct bytes head = {NULL, 0};
        int status =
            offset + size <= STEP_BYTES ? stream_peek(input->stream, (size_t)offset + size, &head) : PROV_OK;
        if (status != PROV_OK || head.size <= offset)
            return status == PROV_E_DATA ? PROV_OK : status;
        head = (struct bytes){head.data + offset, head.size - (size_t)offset};
        *nread = head.size < size ? head.size : size;
        memcpy(bytes, head.data, *nread);
        return PROV_OK;
    }
    if (offset > input->size)
        return PROV_OK;
    *nread = read_at(input->fd, bytes, size, input->start + offset, &input->reading->read_fault);
    return PROV_OK;
}

/* The CRC of a stretch of the container. */
static int
stretch_crc(const struct reader_input *input, uint64_t offset, uint64_t size, uint32_t *crc)
{
    uint8_t *step = malloc(STEP_BYTES);
    size_t nread = 1;
    int status = step ? PROV_OK : PROV_E_MEMORY;
    *crc = 0;
    while (status == PROV_OK && size && nread) {
        status = archive_bytes_at(input, offset, step, size < STEP_BYTES ? (size_t)size : STEP_BYTES, &nread);
        *crc = gzip_crc32(*crc, step, nread);
        reading_advance(input->reading, nread);
        offset += nread;
        size -= nread;
    }
    free(step);
    return status;
}

static int
check_7z(const struct reader_input *input, struct archive_survey *survey)
{
    uint8_t head[SEVENZIP_HEADER];
    size_t nread;
    TRY(archive_bytes_at(input, 0, head, sizeof head, &nread));
    if (nread < sizeof head)
        return report(input, DEFECT_ARCHIVE_TRUNCATED, 0, "7z: the archive ends within its first header");
    if (gzip_crc32(0, head + 12, 20) != le32(head + 8))
        return report(input, DEFECT_ARCHIVE_CORRUPT, 0, "7z: the checksum of the first header does not hold");
    uint64_t offset = le64(head + 12), size = le64(head + 20), room = input->size - SEVENZIP_HEADER;
    survey->may_be_empty = size == 0;
    if (offset > room || size > room - offset)
        return report(input, DEFECT_ARCHIVE_TRUNCATED, input->size,
                      "7z: the directory lies behind the end of the file");
    uint32_t crc;
    survey->end = SEVENZIP_HEADER + offset + size;
    TRY(stretch_crc(input, SEVENZIP_HEADER + offset, size, &crc));
    if (crc != le32(head + 28))
        return report(input, DEFECT_ARCHIVE_CORRUPT, SEVENZIP_HEADER + offset,
                      "7z: the checksum of the directory does not hold");
    return PROV_OK;
}

static int
check_cab(const struct reader_input *input, struct archive_survey *survey)
{
    uint8_t head[CAB_HEADER];
    size_t nread;
    TRY(archive_bytes_at(input, 0, head, sizeof head, &nread));
    if (nread < sizeof head)
        return report(input, DEFECT_ARCHIVE_TRUNCATED, 0, "cab: the archive ends within its header");
    survey->end = le32(head + 8);
    if (input->fd >= 0 && survey->end > input->size)
        TRY(report(input, DEFECT_ARCHIVE_TRUNCATED, input->size,
                   "cab: the file is shorter than the cabinet"));
    if (le16(head + 30) & (CAB_PREVIOUS | CAB_NEXT))
        return report(input, DEFECT_ARCHIVE_MULTIVOLUME, 0, "cab: one cabinet of several");
    survey->nmembers = le16(head + 28);
    return PROV_OK;
}

static int
check_iso(const struct reader_input *input, struct archive_survey *survey)
{
    uint8_t head[ISO_DESCRIPTOR_BYTES];
    size_t nread;
    TRY(archive_bytes_at(input, ISO_DESCRIPTOR, head, sizeof head, &nread));
    if (nread < sizeof head)
        return report(input, DEFECT_ARCHIVE_TRUNCATED, 0, "iso: the image ends within its descriptor");
    survey->end = (uint64_t)le32(head + 80) * le16(head + 128);
    if (survey->end > input->size)
        return report(input, DEFECT_ARCHIVE_TRUNCATED, input->size,
                      "iso: the file is shorter than the volume");
    return PROV_OK;
}

int
archive_check_start(enum archive_format format, const struct reader_input *input,
                    struct archive_survey *survey)
{
    *survey = (struct archive_survey){.nmembers = UINT64_MAX, .end = UINT64_MAX};
    switch (format) {
    case ARCHIVE_7Z:
        return check_7z(input, survey);
    case ARCHIVE_RAR:
        return archive_check_rar4(input, survey);
    case ARCHIVE_RAR5:
        return archive_check_rar5(input, survey);
    case ARCHIVE_CAB:
        return check_cab(input, survey);
    case ARCHIVE_ISO:
        return check_iso(input, survey);
    }
    return PROV_OK;
}

/* Is there anything but zeros from offset to the end? */
static int
has_content(const struct reader_input *input, uint64_t offset, bool *found)
{
    uint8_t block[4096];
    size_t nread = 1;
    *found = false;
    while (!*found && nread) {
        TRY(archive_bytes_at(input, offset, block, sizeof block, &nread));
        *found = nread && (block[0] != 0 || memcmp(block, block + 1, nread - 1) != 0);
        offset += nread;
    }
    return PROV_OK;
}

int
archive_check_end(const struct reader_input *input, const struct archive_survey *survey, uint64_t nmembers,
                  bool failed)
{
    struct sink *sink = input->reading->sink;
    bool found = false;
    if (!failed && nmembers == 0 && !survey->may_be_empty)
        TRY(report(input, DEFECT_ARCHIVE_CORRUPT, 0, "no member was found in it"));
    else if (!failed && survey->nmembers != UINT64_MAX && nmembers < survey->nmembers)
        TRY(sink_defect(sink, input->item, DEFECT_ARCHIVE_CORRUPT, 0,
                        "%" PRIu64 " members were found of %" PRIu64 " that its headers announce", nmembers,
                        survey->nmembers));
    if (input->fd >= 0 && survey->end < input->size)
        TRY(has_content(input, survey->end, &found));
    if (found)
        TRY(sink_defect(sink, input->item, DEFECT_ARCHIVE_TRAILING_DATA, input->start + survey->end,
                        "%" PRIu64 " bytes behind the end of the archive", input->size - survey->end));
    int status = input->stream ? stream_drain(input->stream) : PROV_OK;
    return status == PROV_E_DATA ? PROV_OK : status;
}

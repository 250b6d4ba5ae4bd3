/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libarchive reads what it likes of a container and is silent about the rest: parts of a multi-volume
 * RAR5 are "archives without entries", so is a 7z whose directory is broken, and nothing is said about
 * bytes behind the end. Here the few header fields are read that settle such questions, straight from
 * the formats' published descriptions:
 *
 *     7z    [sig 6][version 2][crc of the next 20][offset 8][size 8][crc 4] ... packed streams ... directory
 *     RAR4  [sig 7][crc 2][type 0x73][flags 2][size 2] ...
 *     RAR5  [sig 8][crc 4][vint size][vint type][vint flags] ... type 1: [vint archive flags]
 *     CAB   [sig 4][0 4][size 4] ... [folders 2][files 2][flags 2] at 26
 *     ISO   volume descriptor at 32768: blocks at +80, block size at +128
 */
#include "ingest/archive_check.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "ingest/le.h"

enum {
    HEAD_BYTES = 64,
    ISO_DESCRIPTOR = 32768,
    RAR4_VOLUME = 0x0001,
    RAR4_ENCRYPTED = 0x0080,
    RAR5_MAIN = 1,
    RAR5_ENCRYPTION = 4,
    RAR5_EXTRA = 1,
    RAR5_DATA = 2,
    RAR5_VOLUME = 1,
    CAB_PREVIOUS = 1,
    CAB_NEXT = 2,
};

static int
report(const struct reader_input *input, enum defect defect, const char *words)
{
    return input->reading->sink->defect(input->reading->sink, input->item, defect, 0, words);
}

/* Up to size bytes of the container at offset; fewer when there are no more. Streams only show their start.
 */
static int
bytes_at(const struct reader_input *input, uint64_t offset, uint8_t *bytes, size_t size, size_t *nread)
{
    *nread = 0;
    if (input->fd < 0) {
        struct bytes head = {NULL, 0};
        int status = stream_peek(input->stream, size, &head);
        if (status != PROV_OK)
            return status == PROV_E_DATA ? PROV_OK : status;
        *nread = head.size < size ? head.size : size;
        memcpy(bytes, head.data, *nread);
        return PROV_OK;
    }
    ssize_t got = offset <= INT64_MAX ? pread(input->fd, bytes, size, (off_t)offset) : 0;
    *nread = got > 0 ? (size_t)got : 0;
    return PROV_OK;
}

static int
check_7z(const struct reader_input *input, const uint8_t *head)
{
    uint64_t offset = le64(head + 12), size = le64(head + 20);
    if (offset > input->size - 32 || size > input->size - 32 - offset)
        return report(input, DEFECT_ARCHIVE_TRUNCATED, "the directory lies behind the end of the file");
    return PROV_OK;
}

static int
check_rar4(const struct reader_input *input, const uint8_t *head)
{
    unsigned flags = head[9] == 0x73 ? le16(head + 10) : 0;
    if (flags & RAR4_VOLUME)
        TRY(report(input, DEFECT_ARCHIVE_MULTIVOLUME, "one volume of several"));
    if (flags & RAR4_ENCRYPTED)
        return report(input, DEFECT_ARCHIVE_ENCRYPTED, "even the names are encrypted");
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

static int
check_rar5(const struct reader_input *input, const uint8_t *head, size_t size)
{
    size_t at = 12;
    (void)vint(head, size, &at);
    uint64_t type = vint(head, size, &at);
    uint64_t flags = vint(head, size, &at);
    if (type == RAR5_ENCRYPTION)
        return report(input, DEFECT_ARCHIVE_ENCRYPTED, "even the names are encrypted");
    if (flags & RAR5_EXTRA)
        (void)vint(head, size, &at);
    if (flags & RAR5_DATA)
        (void)vint(head, size, &at);
    if (type == RAR5_MAIN && (vint(head, size, &at) & RAR5_VOLUME))
        return report(input, DEFECT_ARCHIVE_MULTIVOLUME, "one volume of several");
    return PROV_OK;
}

static int
check_cab(const struct reader_input *input, const uint8_t *head)
{
    if (le16(head + 30) & (CAB_PREVIOUS | CAB_NEXT))
        return report(input, DEFECT_ARCHIVE_MULTIVOLUME, "one cabinet of several");
    return PROV_OK;
}

int
archive_check_start(enum archive_format format, const struct reader_input *input)
{
    uint8_t head[HEAD_BYTES] = {0};
    size_t size;
    TRY(bytes_at(input, 0, head, sizeof head, &size));
    switch (format) {
    case ARCHIVE_7Z:
        return check_7z(input, head);
    case ARCHIVE_RAR:
        return check_rar4(input, head);
    case ARCHIVE_RAR5:
        return check_rar5(input, head, size);
    case ARCHIVE_CAB:
        return check_cab(input, head);
    case ARCHIVE_ISO:
    case ARCHIVE_CPIO:
    case ARCHIVE_AR:
        return PROV_OK;
    }
    return PROV_OK;
}

/* Where the container ends by its own word; UINT64_MAX when it does not say. */
static int
declared_end(enum archive_format format, const struct reader_input *input, uint64_t *end)
{
    uint8_t head[HEAD_BYTES * 3] = {0};
    size_t size;
    *end = UINT64_MAX;
    if (input->fd < 0)
        return PROV_OK;
    TRY(bytes_at(input, format == ARCHIVE_ISO ? ISO_DESCRIPTOR : 0, head, sizeof head, &size));
    if (format == ARCHIVE_7Z)
        *end = 32 + le64(head + 12) + le64(head + 20);
    else if (format == ARCHIVE_CAB)
        *end = le32(head + 8);
    else if (format == ARCHIVE_ISO)
        *end = (uint64_t)le32(head + 80) * le16(head + 128);
    return PROV_OK;
}

/* Is there anything but zeros from offset to the end? */
static bool
has_content(const struct reader_input *input, uint64_t offset)
{
    static const uint8_t zeros[4096];
    uint8_t block[sizeof zeros];
    size_t nread;
    while (bytes_at(input, offset, block, sizeof block, &nread) == PROV_OK && nread) {
        if (memcmp(block, zeros, nread) != 0)
            return true;
        offset += nread;
    }
    return false;
}

int
archive_check_end(enum archive_format format, const struct reader_input *input, uint64_t consumed,
                  uint64_t nmembers)
{
    uint64_t end;
    TRY(declared_end(format, input, &end));
    bool may_be_empty = format == ARCHIVE_7Z && end == 32;
    if (nmembers == 0 && !may_be_empty)
        TRY(report(input, DEFECT_ARCHIVE_CORRUPT, "no member was found in it"));
    if (input->fd < 0) {
        int status = stream_drain(input->stream);
        return status == PROV_E_DATA ? PROV_OK : status;
    }
    (void)consumed;
    if (end < input->size && has_content(input, end))
        return sink_defect(input->reading->sink, input->item, DEFECT_ARCHIVE_TRAILING_DATA, end,
                           "%" PRIu64 " bytes behind the end of the archive", input->size - end);
    return PROV_OK;
}

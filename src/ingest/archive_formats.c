/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signatures of the formats that libarchive reads for us, and the rows of readers.def behind them.
 * Each signature is at least four bytes of which one is no text, followed by fields that must make sense.
 */
#include <string.h>

#include "ingest/archive.h"
#include "ingest/gzip.h"
#include "ingest/le.h"

static bool
starts_with(struct bytes head, const char *signature, size_t size)
{
    return head.size >= size && memcmp(head.data, signature, size) == 0;
}

bool sevenzip_detect(struct bytes head);
bool rar_detect(struct bytes head);
bool rar5_detect(struct bytes head);
bool cab_detect(struct bytes head);
bool iso_detect(struct bytes head);
reader_open_function sevenzip_open, rar_open, rar5_open, cab_open, iso_open;

bool
sevenzip_detect(struct bytes head)
{
    return head.size >= 32 && starts_with(head, "7z\xBC\xAF\x27\x1C\x00", 7);
}

bool
rar_detect(struct bytes head)
{
    return starts_with(head, "Rar!\x1A\x07\x00", 7);
}

bool
rar5_detect(struct bytes head)
{
    return starts_with(head, "Rar!\x1A\x07\x01\x00", 8);
}

bool
cab_detect(struct bytes head)
{
    return head.size >= 36 && starts_with(head, "MSCF\0\0\0", 8) && head.data[25] == 1;
}

bool
iso_detect(struct bytes head)
{
    enum { DESCRIPTOR = 32768 };
    return head.size > DESCRIPTOR + 6 && memcmp(head.data + DESCRIPTOR,
                                                "\x01"
                                                "CD001",
                                                6) == 0;
}

bool
sevenzip_detect_strictly(struct bytes bytes)
{
    return sevenzip_detect(bytes) && gzip_crc32(0, bytes.data + 12, 20) == le32(bytes.data + 8);
}

bool
rar_detect_strictly(struct bytes bytes)
{
    enum { MARK = 7, MAIN = 13 };
    return rar_detect(bytes) && bytes.size >= MARK + MAIN && bytes.data[MARK + 2] == 0x73 &&
           le16(bytes.data + MARK + 5) == MAIN &&
           (gzip_crc32(0, bytes.data + MARK + 2, MAIN - 2) & 0xFFFF) == le16(bytes.data + MARK);
}

bool
rar5_detect_strictly(struct bytes bytes)
{
    enum { MARK = 8, BODY = MARK + 5, BODY_MAX = 64 };
    if (!rar5_detect(bytes) || bytes.size < BODY)
        return false;
    size_t body = bytes.data[MARK + 4];
    return body > 0 && body <= BODY_MAX && bytes.size >= BODY + body &&
           gzip_crc32(0, bytes.data + MARK + 4, body + 1) == le32(bytes.data + MARK);
}

int
sevenzip_open(const struct reader_input *input, struct reader **reader)
{
    return archive_reader_open(ARCHIVE_7Z, input, reader);
}

int
rar_open(const struct reader_input *input, struct reader **reader)
{
    return archive_reader_open(ARCHIVE_RAR, input, reader);
}

int
rar5_open(const struct reader_input *input, struct reader **reader)
{
    return archive_reader_open(ARCHIVE_RAR5, input, reader);
}

int
cab_open(const struct reader_input *input, struct reader **reader)
{
    return archive_reader_open(ARCHIVE_CAB, input, reader);
}

int
iso_open(const struct reader_input *input, struct reader **reader)
{
    return archive_reader_open(ARCHIVE_ISO, input, reader);
}

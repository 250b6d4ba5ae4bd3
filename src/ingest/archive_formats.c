/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signatures of the formats that libarchive reads for us, and the rows of readers.def behind them.
 * Each signature is at least four bytes of which one is no text, followed by fields that must make sense.
 */
#include <string.h>

#include "ingest/archive.h"
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
bool cpio_detect(struct bytes head);
bool ar_detect(struct bytes head);
reader_open_function cpio_open, ar_open;
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

/* The ASCII dialects begin with a magic number and a header of digits only: newc and crc 110 hexadecimal ones, odc
   76 octal ones. That is enough to tell them from a text that begins with the same six digits. */
static bool
digits_only(struct bytes head, size_t size, const char *digits)
{
    if (head.size < size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (!head.data[i] || !strchr(digits, head.data[i]))
            return false;
    return true;
}

bool
cpio_detect(struct bytes head)
{
    enum { NEWC_HEADER = 110, ODC_HEADER = 76 };
    if (starts_with(head, "070701", 6) || starts_with(head, "070702", 6))
        return digits_only(head, NEWC_HEADER, "0123456789abcdefABCDEF");
    return starts_with(head, "070707", 6) && digits_only(head, ODC_HEADER, "01234567");
}

bool
ar_detect(struct bytes head)
{
    enum { FIRST_MEMBER_END = 8 + 58 };
    return starts_with(head, "!<arch>\n", 8) &&
           head.size >= FIRST_MEMBER_END + 2 && memcmp(head.data + FIRST_MEMBER_END, "`\n", 2) == 0;
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

int
cpio_open(const struct reader_input *input, struct reader **reader)
{
    return archive_reader_open(ARCHIVE_CPIO, input, reader);
}

int
ar_open(const struct reader_input *input, struct reader **reader)
{
    return archive_reader_open(ARCHIVE_AR, input, reader);
}

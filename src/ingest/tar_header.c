/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 512 bytes of a tar header, in all dialects:
 *
 *      0 name 100 | 100 mode 8 | 108 uid 8 | 116 gid 8 | 124 size 12 | 136 mtime 12 | 148 checksum 8
 *    156 type 1   | 157 link 100 | 257 magic 8 | 265 user 32 | 297 group 32 | 329 device 16
 *    345 ustar: prefix 155       star: prefix 131, and "tar" at 508
 *        old GNU: atime 12, ctime 12, 369 offset 12, 386 sparse map, 482 extended, 483 real size 12
 *
 * v7 ends with the link name. There is no signature that all share, so a block is a header when the sum
 * of its bytes is the checksum it states: by chance that is one block in a hundred million once the
 * number fields have to be numbers as well, and never one of zeros or text.
 *
 * Sources: POSIX.1-2017 pax (ustar), the GNU tar manual ("Basic Tar Format"), star's star.5.
 */
#include "ingest/tar_header.h"

#include <string.h>

enum {
    NAME = 0,
    NAME_SIZE = 100,
    MODE = 100,
    UID = 108,
    GID = 116,
    ID_SIZE = 8,
    SIZE = 124,
    MTIME = 136,
    NUMBER_SIZE = 12,
    CHECKSUM = 148,
    CHECKSUM_SIZE = 8,
    TYPE = 156,
    LINK = 157,
    MAGIC = 257,
    MAGIC_SIZE = 8,
    PREFIX = 345,
    PREFIX_SIZE = 155,
    STAR_PREFIX_SIZE = 131,
    GNU_OFFSET = 369,
    STAR_MAGIC = 508,
};

static bool
binary_number(const uint8_t *field, size_t size, uint64_t *value, bool *negative)
{
    *negative = (field[0] & 0x40) != 0;
    uint8_t fill = *negative ? 0xFF : 0x00;
    uint64_t number = *negative ? UINT64_MAX : 0;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = i ? field[i] : *negative ? field[0] : (field[0] & 0x3F);
        if (i + 8 < size && byte != fill)
            return false;
        number = number << 8 | byte;
    }
    *value = *negative ? 0 : number;
    return true;
}

bool
tar_number(const uint8_t *field, size_t size, uint64_t *value, bool *negative)
{
    *value = 0;
    *negative = false;
    if (field[0] & 0x80)
        return binary_number(field, size, value, negative);
    size_t i = 0;
    while (i < size && (field[i] == ' ' || field[i] == 0))
        i++;
    if (i < size && field[i] == '-') {
        *negative = true;
        i++;
    }
    uint64_t number = 0;
    for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
        number = number << 3 | (uint64_t)(field[i] - '0'); /* at most 12 digits: 36 bits */
    if (!*negative)
        *value = number;
    return i == size || field[i] == ' ' || field[i] == 0;
}

static bool
is_number(const uint8_t *block, size_t at, size_t size)
{
    uint64_t value;
    bool negative;
    return tar_number(block + at, size, &value, &negative);
}

/* Sums of the bytes as unsigned and as signed char (old Sun tar), the checksum itself counted as blanks. */
static bool
checksum_holds(const uint8_t *block)
{
    uint64_t stated;
    bool negative;
    if (!tar_number(block + CHECKSUM, CHECKSUM_SIZE, &stated, &negative) || negative)
        return false;
    uint32_t sum = 0, nhigh = 0;
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        sum += block[i];
        nhigh += block[i] >> 7;
    }
    for (size_t i = CHECKSUM; i < CHECKSUM + CHECKSUM_SIZE; i++) {
        sum -= block[i];
        nhigh -= block[i] >> 7;
    }
    sum += CHECKSUM_SIZE * ' ';
    return stated == sum || (int64_t)stated == (int64_t)sum - 256 * (int64_t)nhigh;
}

static bool
is_zero(const uint8_t *block)
{
    static const uint8_t zeros[TAR_BLOCK];
    return memcmp(block, zeros, TAR_BLOCK) == 0;
}

enum tar_block
tar_block_kind(const uint8_t *block)
{
    if (block[NAME] == 0 && is_zero(block))
        return TAR_BLOCK_ZERO;
    return checksum_holds(block) ? TAR_BLOCK_HEADER : TAR_BLOCK_BAD;
}

static bool
has_magic(const uint8_t *block)
{
    return memcmp(block + MAGIC,
                  "ustar\0"
                  "00",
                  MAGIC_SIZE) == 0 ||
           memcmp(block + MAGIC, "ustar  ", MAGIC_SIZE) == 0;
}

static bool
is_plausible_name(const uint8_t *name)
{
    if (name[0] == 0)
        return false;
    for (size_t i = 0; i < NAME_SIZE && name[i]; i++)
        if (name[i] < 0x20)
            return false;
    return true;
}

bool
tar_detect(struct bytes head)
{
    const uint8_t *block = head.data;
    if (head.size < MAGIC + MAGIC_SIZE)
        return false;
    bool numbers = is_number(block, MODE, ID_SIZE) && is_number(block, SIZE, NUMBER_SIZE) &&
                   is_number(block, MTIME, NUMBER_SIZE);
    if (head.size < TAR_BLOCK)
        return has_magic(block) && numbers;
    bool magic = has_magic(block) || memcmp(block + MAGIC, "ustar", 5) == 0;
    if (checksum_holds(block))
        return !is_zero(block) && (magic || (numbers && is_number(block, UID, ID_SIZE) &&
                                             is_number(block, GID, ID_SIZE) && is_plausible_name(block)));
    /* One damaged header at the start must not turn an archive into a plain file. */
    return has_magic(block) && is_number(block, CHECKSUM, CHECKSUM_SIZE) &&
           (numbers || is_plausible_name(block));
}

static struct bytes
text_field(const uint8_t *block, size_t at, size_t size)
{
    return (struct bytes){block + at, strnlen((const char *)block + at, size)};
}

void
tar_header_parse(const uint8_t *block, struct tar_header *header)
{
    bool ustar = memcmp(block + MAGIC, "ustar", 5) == 0;
    bool negative;
    uint64_t mtime;
    *header = (struct tar_header){
        .type = block[TYPE] ? block[TYPE] : '0',
        .name = text_field(block, NAME, NAME_SIZE),
        .link = text_field(block, LINK, NAME_SIZE),
        .gnu = memcmp(block + MAGIC, "ustar  ", MAGIC_SIZE) == 0,
    };
    header->size_valid = tar_number(block + SIZE, NUMBER_SIZE, &header->size, &header->size_negative);
    if (!header->size_valid)
        header->size = 0;
    if (tar_number(block + MTIME, NUMBER_SIZE, &mtime, &negative) && !negative && mtime <= INT64_MAX)
        header->mtime = (int64_t)mtime;
    else
        header->mtime = INT64_MIN;
    if (header->gnu)
        (void)tar_number(block + GNU_OFFSET, NUMBER_SIZE, &header->offset, &negative);
    else if (ustar)
        header->prefix = text_field(
            block, PREFIX, memcmp(block + STAR_MAGIC, "tar", 4) == 0 ? STAR_PREFIX_SIZE : PREFIX_SIZE);
}

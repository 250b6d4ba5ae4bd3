/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of a zip file, field by field.
 *
 *     local    sig 4, version 2, flags 2, method 2, time 2, date 2, crc 4, packed 4, size 4,
 *              name size 2, extra size 2, name, extra
 *     central  sig 4, made by 2, version 2, flags 2, method 2, time 2, date 2, crc 4, packed 4, size 4,
 *              name size 2, extra size 2, comment size 2, disk 2, internal 2, external 4, offset 4,
 *              name, extra, comment
 *     ZIP64 extra field (1): size 8, packed 8, offset 8, disk 4, each only when its 32 bits are all ones
 *
 * Source: PKWARE's APPNOTE.TXT 6.3.10; Info-ZIP's extrafld.txt for the time stamps (0x5455).
 */
#include "ingest/zip_format.h"

#include <string.h>

#include "ingest/le.h"

enum { EXTRA_ZIP64 = 1, EXTRA_TIME = 0x5455 };

size_t
zip_local_size(struct bytes data)
{
    if (data.size < ZIP_LOCAL_BYTES || le32(data.data) != ZIP_LOCAL)
        return 0;
    return ZIP_LOCAL_BYTES + (size_t)le16(data.data + 26) + le16(data.data + 28);
}

size_t
zip_central_size(struct bytes data)
{
    if (data.size < ZIP_CENTRAL_BYTES || le32(data.data) != ZIP_CENTRAL)
        return 0;
    return ZIP_CENTRAL_BYTES + (size_t)le16(data.data + 28) + le16(data.data + 30) + le16(data.data + 32);
}

struct bytes
zip_extra_find(struct bytes extra, uint16_t kind)
{
    while (extra.size >= 4) {
        size_t size = le16(extra.data + 2);
        if (size > extra.size - 4)
            break;
        if (le16(extra.data) == kind)
            return (struct bytes){extra.data + 4, size};
        extra.data += 4 + size;
        extra.size -= 4 + size;
    }
    return (struct bytes){NULL, 0};
}

/* Replace a 32 bit value that is all ones by the next 64 bit one. */
static void
widen(uint64_t *value, struct bytes *wide)
{
    if (*value != UINT32_MAX || wide->size < 8)
        return;
    *value = le64(wide->data);
    wide->data += 8;
    wide->size -= 8;
}

static void
apply_zip64(struct zip_header *header)
{
    struct bytes wide = zip_extra_find(header->extra, EXTRA_ZIP64);
    header->zip64 = wide.data != NULL;
    widen(&header->size, &wide);
    widen(&header->packed, &wide);
    widen(&header->offset, &wide);
    if (header->disk == UINT16_MAX && wide.size >= 4)
        header->disk = le32(wide.data);
}

/* Days from 1970 to a date of the Gregorian calendar. Source: H. Hinnant, "chrono-compatible date
 * algorithms". */
static int64_t
days_since_1970(unsigned year, unsigned month, unsigned day)
{
    year -= month <= 2;
    unsigned era = year / 400, of_era = year % 400;
    unsigned of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t
dos_time(unsigned time, unsigned date)
{
    unsigned month = date >> 5 & 15, day = date & 31;
    if (month < 1 || month > 12 || day < 1)
        return INT64_MIN;
    return days_since_1970(1980 + (date >> 9), month, day) * 86400 + (time >> 11) * 3600 +
           (time >> 5 & 63) * 60 + (time & 31) * 2;
}

static void
apply_time(struct zip_header *header, const uint8_t *dos)
{
    struct bytes stamp = zip_extra_find(header->extra, EXTRA_TIME);
    if (stamp.size >= 5 && (stamp.data[0] & 1))
        header->mtime = (int32_t)le32(stamp.data + 1);
    else
        header->mtime = dos_time(le16(dos), le16(dos + 2));
}

void
zip_local_parse(struct bytes data, struct zip_header *header)
{
    const uint8_t *at = data.data;
    size_t name = le16(at + 26), extra = le16(at + 28);
    *header = (struct zip_header){
        .flags = le16(at + 6),
        .method = le16(at + 8),
        .crc = le32(at + 14),
        .packed = le32(at + 18),
        .size = le32(at + 22),
        .name = {at + ZIP_LOCAL_BYTES, name},
        .extra = {at + ZIP_LOCAL_BYTES + name, extra},
    };
    apply_zip64(header);
    apply_time(header, at + 10);
}

void
zip_central_parse(struct bytes data, struct zip_header *header)
{
    const uint8_t *at = data.data;
    size_t name = le16(at + 28), extra = le16(at + 30), comment = le16(at + 32);
    *header = (struct zip_header){
        .version_made = le16(at + 4),
        .flags = le16(at + 8),
        .method = le16(at + 10),
        .crc = le32(at + 16),
        .packed = le32(at + 20),
        .size = le32(at + 24),
        .disk = le16(at + 34),
        .attributes = le32(at + 38),
        .offset = le32(at + 42),
        .name = {at + ZIP_CENTRAL_BYTES, name},
        .extra = {at + ZIP_CENTRAL_BYTES + name, extra},
        .comment = {at + ZIP_CENTRAL_BYTES + name + extra, comment},
    };
    apply_zip64(header);
    apply_time(header, at + 12);
}

const char *
zip_method_name(uint16_t method)
{
    static const struct {
        uint16_t method;
        const char *name;
    } names[] = {
        {0, "stored"},     {1, "shrink"},  {2, "reduce 1"},   {3, "reduce 2"}, {4, "reduce 3"},
        {5, "reduce 4"},   {6, "implode"}, {7, "tokenize"},   {8, "deflate"},  {9, "deflate64"},
        {10, "terse old"}, {12, "bzip2"},  {14, "lzma"},      {16, "cmpsc"},   {18, "terse"},
        {19, "lz77"},      {20, "zstd"},   {92, "reference"}, {93, "zstd"},    {94, "mp3"},
        {95, "xz"},        {96, "jpeg"},   {97, "wavpack"},   {98, "ppmd"},    {99, "aes"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].method == method)
            return names[i].name;
    return NULL;
}

bool
zip_local_plausible(struct bytes data)
{
    enum { VERSION_MAX = 100, FLAGS_RESERVED = 0xD780 & ~ZIP_MASKED };
    return data.size >= ZIP_LOCAL_BYTES && le32(data.data) == ZIP_LOCAL && data.data[4] <= VERSION_MAX &&
           (le16(data.data + 6) & FLAGS_RESERVED & ~ZIP_UTF8) == 0 && zip_method_name(le16(data.data + 8)) &&
           le16(data.data + 26) > 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which archive is it? Asked of our own signatures, never of a library that bids for everything:
 * libarchive takes JSONL, CSV and HTML for "mtree" archives and a file of zeros for an empty tar, and
 * what it takes for an archive it never hands out as content. A format is opened only when its
 * signature is long, or when (tar) a checksum over the header agrees; everything else is a plain file.
 */
#include "ingest/format.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/archive.h"
#include "ingest/read_at.h"
#include "ingest/zip_directory.h"

/* Self-extractors for Windows are up to 400 KB. */
enum { PROGRAM_BYTES = 1 << 20 };

#define READER(symbol, name, access)                                                                         \
    bool symbol##_detect(struct bytes head);                                                                 \
    reader_open_function symbol##_open;
#include "ingest/readers.def"
#undef READER

/* The order of enum codec; test_format compares them with codec_name. */
#define CODEC_NAMES(name)                                                                                    \
    {                                                                                                        \
        name, name "+gzip", name "+zstd", name "+xz", name "+lzma", name "+lzip", name "+bzip2",             \
            name "+lz4", name "+compress"                                                                    \
    }

static const struct format formats[] = {
#define READER(symbol, name, access) {CODEC_NAMES(name), access, symbol##_detect, symbol##_open},
#include "ingest/readers.def"
#undef READER
};

const struct format *
format_detect(struct bytes head)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i].detect(head))
            return &formats[i];
    return NULL;
}

static const struct format *
format_of(reader_open_function *open)
{
    size_t i = 0;
    while (formats[i].open != open)
        i++;
    return &formats[i];
}

/* A program for Windows or Unix, as self-extractors begin. */
static bool
is_program(struct bytes head)
{
    return bytes_start_with(head, "MZ") || bytes_start_with(head, "\177ELF");
}

/* The first archive behind the beginning of a program. */
static const struct format *
search_program(struct bytes bytes, uint64_t *start)
{
    for (size_t at = 1; at < bytes.size; at++) {
        struct bytes rest = {bytes.data + at, bytes.size - at};
        if (rest.data[0] != 'R' && rest.data[0] != '7')
            continue;
        reader_open_function *open = sevenzip_detect_strictly(rest) ? sevenzip_open
                                     : rar5_detect_strictly(rest)   ? rar5_open
                                     : rar_detect_strictly(rest)    ? rar_open
                                                                    : NULL;
        if (open) {
            *start = at;
            return format_of(open);
        }
    }
    return NULL;
}

int
format_detect_inside(int fd, uint64_t size, struct bytes head, uint64_t *start, const struct format **format, bool *fault)
{
    bool found = false;
    *start = 0;
    *format = NULL;
    /* Of a small file the head is all there is: no need to read its end as well. */
    if (head.size < size || (head.size && memmem(head.data, head.size, "PK\5\6", 4)))
        TRY(zip_directory_detect(fd, size, &found, fault));
    if (found)
        *format = format_of(zip_open);
    if (found || !is_program(head))
        return PROV_OK;
    uint8_t *bytes = malloc(PROGRAM_BYTES);
    if (!bytes)
        return PROV_E_MEMORY;
    size_t nread = read_at(fd, bytes, PROGRAM_BYTES, 0, fault);
    *format = search_program((struct bytes){bytes, nread}, start);
    free(bytes);
    return PROV_OK;
}

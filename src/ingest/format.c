/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which archive is it? Asked of our own signatures, never of a library that bids for everything:
 * libarchive takes JSONL, CSV and HTML for "mtree" archives and a file of zeros for an empty tar, and
 * what it takes for an archive it never hands out as content. A format is opened only when its
 * signature is long, or when (tar) a checksum over the header agrees; everything else is a plain file.
 */
#include "ingest/format.h"

#include "ingest/zip_directory.h"

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

const struct format *
format_detect_end(int fd, uint64_t size)
{
    if (!zip_directory_present(fd, size))
        return NULL;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i].open == zip_open)
            return &formats[i];
    return NULL;
}

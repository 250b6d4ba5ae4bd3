/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_FORMAT_H
#define INGEST_FORMAT_H

#include <stdbool.h>

#include "ingest/reader.h"

/** Bytes that tell every format: the descriptors of an ISO image begin at 32 KiB. */
enum { FORMAT_HEAD_BYTES = (34 << 10) };
enum { FORMAT_CODECS = CODEC_COMPRESS + 1 };

/** One row of readers.def; static. */
struct format {
    const char *names[FORMAT_CODECS]; /**< by the codec around it: "tar", "tar+gzip", "tar+zstd" ... */
    enum reader_access access;
    bool (*detect)(struct bytes head);
    reader_open_function *open;
};

/**
 * Tell an archive by its first bytes.
 *
 * @param head  up to FORMAT_HEAD_BYTES; fewer only when the content is shorter
 * @return NULL for anything that is no archive: text, tables, web pages and zeros never are
 */
const struct format *format_detect(struct bytes head);

/**
 * Tell an archive that something else was put before, a self-extractor most often: zip by its end, 7z and
 * RAR behind the beginning of a program. Only of a file, where one can look.
 *
 * @param start   where the archive begins; 0 for zip, which finds out by itself
 * @param format  NULL when there is none
 * @param fault   set when the file could not be read there
 * @return PROV_OK, PROV_E_MEMORY
 */
int format_detect_inside(int fd, uint64_t size, struct bytes head, uint64_t *start, const struct format **format,
                         bool *fault);

#endif

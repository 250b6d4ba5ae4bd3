/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_ARCHIVE_CHECK_H
#define INGEST_ARCHIVE_CHECK_H

#include "ingest/archive.h"

/** What a container says of itself, by our own look at its headers. */
struct archive_survey {
    uint64_t nmembers; /**< that it holds; UINT64_MAX when it does not say */
    uint64_t end;      /**< where it ends, counted from its own start; UINT64_MAX when it does not say */
    bool may_be_empty;
};

/**
 * Look at a container before it is opened: is it a part of many, are even its names encrypted, do the
 * checksums of its directory hold? With input.fd all headers are looked at, without it the first bytes.
 *
 * @return PROV_OK, faults are reported by then; or a status that ends the unit
 */
int archive_check_start(enum archive_format format, const struct reader_input *input,
                        struct archive_survey *survey);

/**
 * After the last member: takes the rest of input.stream, and reports what follows the container's own end,
 * and members that were not found.
 *
 * @param nmembers  that were found
 * @param failed    the reader gave up, and has said why
 */
int archive_check_end(const struct reader_input *input, const struct archive_survey *survey,
                      uint64_t nmembers, bool failed);

/** Bytes of the container at offset; fewer when there are no more. Without input.fd only its first 64 KiB. */
int archive_bytes_at(const struct reader_input *input, uint64_t offset, uint8_t *bytes, size_t size,
                     size_t *nread);

/** Walk over the blocks of a RAR 4 or RAR 5 archive (rar_check.c). */
int archive_check_rar4(const struct reader_input *input, struct archive_survey *survey);
int archive_check_rar5(const struct reader_input *input, struct archive_survey *survey);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_GZIP_H
#define INGEST_GZIP_H

#include "ingest/stream.h"

/** CRC-32 as gzip, zip and 7z have it, continued from crc (0 at the start). */
uint32_t gzip_crc32(uint32_t crc, const void *data, size_t size);

/**
 * Decode raw deflate (RFC 1951): what zip stores. It ends with the last block; bytes behind that are left
 * unread below, but for those of deflate_unused. Faults are defects of item.
 *
 * @param below  borrowed until the decoder is closed or restarted
 * @return PROV_OK, PROV_E_MEMORY
 */
int deflate_open(struct stream *below, struct reading *reading, struct item *item, struct stream **stream);

/** Start again on other bytes. A decoder is 400 KB: one serves all members of a zip. */
void deflate_restart(struct stream *stream, struct stream *below);

/** Whole bytes that were taken from below and lie behind the end of the deflate data: at most 8. */
size_t deflate_unused(const struct stream *stream);

#endif

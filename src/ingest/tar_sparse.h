/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_TAR_SPARSE_H
#define INGEST_TAR_SPARSE_H

#include "ingest/stream.h"
#include "ingest/tar_pax.h"

/**
 * The map of an old GNU sparse member (type S): the end of its header, and blocks behind it.
 *
 * @param wrong  what is wrong with it, static; untouched when nothing is. The extents then say nothing.
 * @return PROV_OK, PROV_E_MEMORY, a status of the stream that ends the unit
 */
int tar_sparse_read_gnu(struct stream *stream, const uint8_t *header, const struct limits *limits,
                        struct tar_extra *extra, const char **wrong);

/**
 * The map of a GNU 1.0 sparse member: decimal lines before its data, padded to whole blocks.
 *
 * @param stored_left  bytes stored of the member; lessened by those of the map
 */
int tar_sparse_read_map(struct stream *stream, uint64_t *stored_left, const struct limits *limits,
                        struct tar_extra *extra, const char **wrong);

#endif

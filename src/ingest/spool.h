/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_SPOOL_H
#define INGEST_SPOOL_H

#include <stdint.h>

#include "ingest/stream.h"

/**
 * Copy what is left of a stream into anonymous memory that can be read by pread.
 *
 * @param nbytes_max  room for it
 * @param fd          the caller's to close; -1 when the bytes are more than nbytes_max, or the system gave
 *                    no memory for them: what was not copied can then still be taken from the stream
 * @param size        bytes behind fd
 * @return PROV_OK; PROV_E_DATA when the stream failed behind the bytes copied; or a status that ends the unit
 */
int spool_fill(struct stream *stream, uint64_t nbytes_max, int *fd, uint64_t *size);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_STORED_H
#define INGEST_STORED_H

#include "ingest/faults.h"

/** The bytes of a member that lie in the archive as they are: so many of the stream below. */
struct stored {
    struct stream stream;
    struct stream *below; /**< the archive, at the next of them; borrowed */
    struct reading *reading;
    struct faults *faults; /**< of the member; borrowed */
    uint64_t left;         /**< not yet taken from below */
    uint64_t position;     /**< taken so far */
    uint32_t sum;          /**< of the bytes taken, modulo 2^32: the checksum of a cpio member */
    bool summed;           /**< somebody wants the sum */
};

/** Ready the stream for size bytes from the present place of below. The other fields stay. */
void stored_begin(struct stored *stored, uint64_t size);

/**
 * At most size_max of the bytes, of which there are some left; borrowed until the next call on below.
 * @return PROV_OK; PROV_E_DATA when the archive ends before them (a fault of the member by then)
 */
int stored_block(struct stored *stored, uint64_t size_max, const uint8_t **data, size_t *size);

/** Take what is left, and release the window. @return PROV_OK; PROV_E_DATA when below ends before */
int stored_finish(struct stored *stored);

/** Release the window, and nothing else: for readers that are closed in the middle of a member. */
void stored_release(struct stored *stored);

/** A close function for streams that are fields of a reader. */
void stored_keep_open(struct stream *stream);

/** Take so many bytes of a stream. @return PROV_OK; PROV_E_DATA when it ends before */
int stored_skip(struct stream *stream, uint64_t size);

/**
 * Take zeros, the padding of tapes, up to the first other byte.
 * @return PROV_OK when there is one; PROV_E_DATA when the stream ends before
 */
int stored_skip_zeros(struct stream *stream);

#endif

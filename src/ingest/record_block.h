/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_RECORD_BLOCK_H
#define INGEST_RECORD_BLOCK_H

#include "base/digest.h"
#include "ingest/faults.h"

/**
 * The block of one record of a web archive: so many bytes of the archive's stream, handed out in parts. Each
 * part is the content of a member; the block keeps count of what is taken and, when asked, its SHA-1.
 *
 *     archive ... | head of the record | block: HTTP head | body            | next record
 *                                               part        part or chunks
 */
struct record_block {
    struct stream *below; /**< the archive, at the next byte of the block; borrowed */
    struct reading *reading;
    struct faults *faults; /**< of the present member; borrowed */
    uint64_t left;         /**< not yet taken */
    uint64_t taken;
    struct sha1 *sha1; /**< of what is taken; NULL: nobody asks */
};

/**
 * At least one of the bytes that are left, at most size_max; borrowed until the next call on below.
 * @return PROV_OK; PROV_E_DATA when the archive ends before them (a fault of the member by then)
 */
int record_block_take(struct record_block *block, uint64_t size_max, struct bytes *taken);

/** Look at the next bytes. @param head  at least wanted bytes, fewer only where the block or the archive ends
 */
int record_block_peek(struct record_block *block, size_t wanted, struct bytes *head);

/** Take all that is left. @return as record_block_take does */
int record_block_skip(struct record_block *block);

/** Some bytes of a block as they are. Zero-initialise. */
struct record_part {
    struct stream stream;
    struct record_block *block;
    uint64_t left; /**< of this part */
};

void record_part_begin(struct record_part *part, struct record_block *block, uint64_t size);

/** The rest of a block that is in chunks (RFC 9112, section 7.1): what they hold. Zero-initialise. */
struct record_chunks {
    struct stream stream;
    struct record_block *block;
    enum { CHUNK_SIZE, CHUNK_DATA, CHUNK_END, CHUNKS_TRAILER, CHUNKS_RAW } place;
    uint64_t left; /**< of the present chunk */
};

/**
 * Do these bytes begin with the size of a chunk? Archives hold bodies whose chunks were joined under heads
 * that still speak of them.
 */
bool record_chunks_present(struct bytes head);
void record_chunks_begin(struct record_chunks *chunks, struct record_block *block);

/** Release the window of a part or of chunks, before another one begins. */
void record_stream_end(struct stream *stream);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_READER_H
#define INGEST_READER_H

#include <stdint.h>

#include "base/bytes.h"
#include "ingest/stream.h"
#include "model/item.h"

/**
 * The contract between the walk (read_unit.c) and the readers of containers. A reader turns one
 * container into members, one after the other; the walk gives each member an item, looks into it, and
 * asks for the next. So a reader knows nothing of nesting, of paths, or of what becomes of the bytes.
 *
 *   next -> the walk begins the item -> begun -> the walk drains member.content -> next -> ...
 *
 * To add a reader: one .c file with an open function, one signature, one row in readers.def.
 */

/** What a reader is opened with. */
struct reader_input {
    struct reading *reading;
    struct item *item;     /**< the container: faults of the archive as a whole are its defects */
    struct stream *stream; /**< its bytes, none of them taken yet; borrowed; the reader reads it to its end */
    int fd;         /**< the same bytes by pread, see enum reader_access; borrowed; -1: they only stream */
    uint64_t start; /**< where the archive begins in fd: behind a self-extractor; the stream is there */
    uint64_t size;  /**< bytes of it from there to the end, when there is an fd */
};

/** One member, borrowed until the next call on its reader. */
struct member {
    enum item_kind kind;
    uint32_t flags;         /**< ITEM_ENCRYPTED, ITEM_SPARSE: what is known by now */
    struct bytes name;      /**< raw, as stored; unbounded, may be empty and hold anything */
    struct bytes link;      /**< raw target of a link, else empty */
    uint64_t size_declared; /**< UINT64_MAX when the archive does not say */
    int64_t mtime;          /**< seconds since 1970, INT64_MIN when the archive does not say */
    struct stream *content; /**< NULL when it has no bytes of its own; owned by the reader */
};

struct reader {
    /**
     * Advance to the next member.
     *
     * @param member  zeroed by the caller, with size_declared and mtime set to "does not say"
     * @return PROV_OK; PROV_E_DATA when there are no more, for whatever reason (faults are reported by then,
     *         and so is what follows the last member); or a status that ends the unit
     */
    int (*next)(struct reader *reader, struct member *member);

    /** The member has become this item: report its faults, those known and those that its content will show.
     */
    int (*begun)(struct reader *reader, struct item *item);
    void (*close)(struct reader *reader);
};

typedef int reader_open_function(const struct reader_input *input, struct reader **reader);

/** How a reader wants the bytes of its container. */
enum reader_access {
    READER_STREAMS, /**< once, in order: input.stream */
    READER_SEEKS,   /**< anywhere: input.fd; the digest is done before the reader is opened, input.stream is
                       NULL */
    READER_BOTH,    /**< in order from input.stream, and a look ahead by input.fd */
    READER_LOOKS, /**< in order from input.stream; input.fd as well when it costs nothing: of a file itself */
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_LEVEL_H
#define INGEST_LEVEL_H

#include "ingest/format.h"
#include "ingest/name_set.h"

/** What the levels of one unit share. */
struct level_base {
    struct reading *reading;
    int fd;                 /**< the unit's file; borrowed */
    uint64_t file_bytes;    /**< its size when it was opened */
    uint64_t spooled_bytes; /**< held by the spools of all open levels together */
};

/** One open container: the layers from its stored bytes up to its members. */
struct level {
    struct level_base *base;
    struct item *item;
    enum codec codec;
    struct stream *tee;     /**< the stored bytes, shown to the sink as they are pulled; owned */
    struct stream *decoder; /**< over the tee, when there is a codec; owned */
    struct stream *replay;  /**< over the spool, when there is one; owned */
    int spool;              /**< descriptor of the spool, or -1; owned */
    uint64_t spool_bytes;
    struct reader *reader; /**< NULL when it could not be opened; owned */
    struct name_set names; /**< of its members */
    bool is_archive;       /**< its members have names of their own */
    unsigned nlayers;      /**< filters and archives from the unit down to its members */
    size_t path_size;      /**< bytes of the walk's path that its members' paths begin with */
};

/** How a container is to be opened. */
struct level_plan {
    enum codec codec;            /**< around it, or CODEC_NONE */
    const struct format *format; /**< of the archive, when there is no codec */
    uint64_t start;              /**< where the archive begins in the container; 0 but for self-extractors */
    bool is_unit;                /**< it is the file itself, not a member */
    unsigned nlayers;            /**< above it */
    unsigned nlayers_max;
    struct bytes name; /**< its own name, raw */
};

/**
 * Open a container over its content. Faults of the data are its defects by then, and the level is open
 * all the same, if need be without a reader: what was opened is released by level_close.
 *
 * @param level    zeroed but for base and item, and spool -1
 * @param content  borrowed until level_close
 * @return PROV_OK, or a status that ends the unit
 */
int level_open(struct level *level, const struct level_plan *plan, struct stream *content);

/** Read the rest of the container's bytes, so that they are all seen and checked. */
int level_drain(struct level *level);
void level_close(struct level *level);

/** Note bad data in an item (its defect was reported by then); pass on only what ends the unit. */
int level_note_partial(int status, struct item *item);

#endif

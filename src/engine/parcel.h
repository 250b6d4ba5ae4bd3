/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_PARCEL_H
#define ENGINE_PARCEL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "engine/plan.h"
#include "engine/pool.h"
#include "engine/wire.h"
#include "ingest/rows.h"
#include "inspect/filetype.h"
#include "inspect/text.h"
#include "model/item.h"

/**
 * What one lane is doing, in memory that the supervisor shares: it tells a hang from work, and names
 * the item on which a worker died.
 */
struct slot {
    _Atomic uint64_t unit;     /**< id of the unit + 1, 0 when the lane is idle */
    _Atomic uint64_t item;     /**< ordinal of the item + 1, 0 before the first */
    uint64_t progress;         /**< grows with the bytes read, decoded and inspected; by __atomic builtins, since
                                    readers know it as a plain pointer */
};

/** Tools of one lane: none of them is shared. */
struct bench {
    const struct plan *plan;
    struct slot *slot;
    struct filetype_judge *judge;
    struct text_decoder *decoder;
    struct row_reader *rows;
    struct digest *digest;
    void **scratch;         /**< of each inspector, as plan->table */
    struct fact_list facts; /**< of the piece being inspected */
};

/** Make the tools: they open files, so before the sandbox closes. @return PROV_OK, PROV_E_MEMORY ... */
int bench_init(struct bench *bench, const struct plan *plan, struct err *err);
void bench_finish(struct bench *bench);

/** One unit on its way through the worker. Freed when its last item was sent. */
struct unit_job {
    const struct plan *plan;
    struct wire_unit unit; /**< name is owned */
    int fd;                /**< owned */
    int out_fd;            /**< of the worker's pipe; not owned */
    pthread_mutex_t *out_mutex; /**< the worker's: one writer to the pipe at a time */
    atomic_uint nrefs;     /**< the reader, and each parcel */
    uint32_t nitems;       /**< begun so far; the reader's lane only until it is done */

    pthread_mutex_t mutex; /**< guards messages */
    struct buf messages;   /**< frames not yet written */
};

struct unit_job *unit_job_create(const struct plan *plan, const struct wire_unit *unit, int fd);

/** Drop one reference; the last one writes what is left, and the end of the unit. @return PROV_OK, PROV_E_* */
int unit_job_release(struct unit_job *job);

/** Segments of a big item, put back in order: see parcel.c. */
struct sequencer;

/** One item on its way through the worker. */
struct parcel {
    struct item item; /**< first: a parcel is the item that a reader knows */
    struct unit_job *job;
    atomic_uint nrefs;              /**< the reader until end(), and each segment under way */
    struct fact_list from_reader;   /**< defects and attributes, in order */
    struct sequencer *sequencer;    /**< NULL for an item of one piece */
    uint64_t nsegments;             /**< given out so far */
    const char *type;               /**< judged by the first segment: copied */
    const char *encoding;
    bool is_text;
    struct row_layout rows;         /**< of its records; ROWS_NONE when it has none */
    struct row_cursor *cursor;      /**< where the next segment begins; the reader's; owned, NULL without segments */
    bool poisoned;                  /**< it ended a worker: not even its type is judged */
    struct block *block;            /**< of the unit's own bytes when it is a container */
    uint8_t names[];                /**< path and link */
};

/** @return NULL when out of memory. Takes a reference to the job. */
struct parcel *parcel_create(struct unit_job *job, const struct item_head *head, uint32_t ordinal, uint32_t depth);

/** Make the parcel ready for more than one piece, or for digest_direct. @return PROV_OK, PROV_E_MEMORY */
int parcel_need_sequencer(struct parcel *parcel);

/** Digest bytes in order, on the reader's own lane (a container inside another). */
void parcel_digest_direct(struct parcel *parcel, const uint8_t *data, size_t size);

/** Judge type and encoding by the first bytes. Facts go to the bench's list. */
int parcel_judge(struct parcel *parcel, struct bench *bench, struct bytes head, bool whole);

/** Judge how the records of a big item are written, by its first segment. @return PROV_OK, PROV_E_MEMORY */
int parcel_judge_rows(struct parcel *parcel, struct bench *bench, struct bytes head);

/**
 * Bytes at the end of a page that must be left to the next, so that no escape of JSON is cut.
 *
 * @param page  stored bytes of a text, as text_cut cut them
 */
size_t parcel_cut_back(const struct parcel *parcel, struct bytes page);

/**
 * Note the state of the records at the start of a page, and go on behind it.
 *
 * @param cursor  owned by the caller; NULL when the item has no records
 * @return PROV_OK, PROV_E_MEMORY
 */
int parcel_mark_rows(struct parcel *parcel, struct bench *bench, struct bytes page, struct row_cursor **cursor);

/** Do all that is to be done with a whole small item; releases it. */
int parcel_inspect_whole(struct parcel *parcel, struct bench *bench, const uint8_t *data, size_t size);

/** Do all that is to be done with one segment; the block goes back to the pool in its turn. */
int parcel_inspect_segment(struct pool *pool, struct bench *bench, struct block *block);

/** Drop a reference; the last one completes the item and sends it. @return PROV_OK, PROV_E_* */
int parcel_release(struct parcel *parcel);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_POOL_H
#define ENGINE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/status.h"

struct pool;
struct lane;
struct row_cursor;

enum {
    POOL_BLOCK_BYTES = LIMIT_SEGMENT_CONTEXT + LIMIT_SEGMENT_BYTES + LIMIT_SEGMENT_MARGIN,
    POOL_PIECES = 1024, /**< whole small items in one block */
};

/** One piece of one item in a block: a whole small item, or a segment of a big one. */
struct piece {
    struct parcel *parcel; /**< the item */
    uint32_t offset;       /**< of the first byte of context in the block */
    uint32_t before, page, after;
    uint64_t sequence;     /**< number of the segment in its item */
    uint64_t at;           /**< where the page begins in the item's stored bytes */
    struct row_cursor *cursor; /**< state of its records there; owned by the parcel's inspection; NULL: no records */
    bool whole;            /**< all there is of the item */
    bool last;             /**< of the item's segments */
};

/** A megabyte of content on its way from a reader to whoever has time for it. */
struct block {
    struct block *next; /**< in the list of free blocks, or of ready ones */
    size_t size;        /**< bytes in use */
    size_t npieces;
    struct piece pieces[POOL_PIECES];
    uint8_t data[POOL_BLOCK_BYTES];
};

/** What the pool works for; called on lanes without any lock held. */
struct pool_work {
    /** Do what is to be done with a block; the block is returned with pool_free_block by whom it concerns. */
    void (*inspect)(void *context, struct lane *lane, struct block *block);

    /** Read one unit, made by pool_add_unit. */
    void (*read)(void *context, struct lane *lane, void *unit);
    void *context;
};

/**
 * Threads that each do the next useful thing: a block that is ready, else another unit.
 *
 * @param nlanes  threads, 1..256
 * @return PROV_OK, PROV_E_MEMORY; no thread runs yet
 */
int pool_create(unsigned nlanes, const struct pool_work *work, struct pool **pool);

/** Start the threads. @return PROV_OK, PROV_E_INTERNAL (the system has no more threads) */
int pool_start(struct pool *pool);

/** Hand over one unit to be read. Thread: any. */
int pool_add_unit(struct pool *pool, void *unit);

/** No more units: wait until everything is done, and end the threads. */
void pool_drain(struct pool *pool);
void pool_destroy(struct pool *pool);

/** Number of a lane, 0..nlanes-1. */
unsigned lane_number(const struct lane *lane);

/**
 * An empty block. When there is none, the lane does ready work itself until one comes back, so this
 * never waits for the caller's own doing.
 *
 * A lane may hold at most two blocks that are not ready when it calls this (the argument in pool.c).
 */
struct block *pool_take_block(struct pool *pool, struct lane *lane);

/** Put a block up for inspection. */
void pool_ready_block(struct pool *pool, struct block *block);
void pool_free_block(struct pool *pool, struct block *block);

#endif

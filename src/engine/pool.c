/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads of a worker, and the blocks that travel between them.
 *
 *      units ──► lane reads ──► block ──► ready list ──► any lane inspects ──► free list
 *                   ▲                                                             │
 *                   └──────────────────── pool_take_block ◄───────────────────────┘
 *
 * Each thread (a lane) repeats: take a ready block and inspect it; else take a unit and read it; else
 * sleep. A lane that reads and finds no free block inspects ready ones itself until one is free. So
 * one huge file keeps all lanes busy, a hundred thousand small ones keep each lane at its own, nothing
 * queues without bound, and nobody waits while there is work.
 *
 * Why this cannot lock up: a lane holds at most two blocks that it is filling (one for the unit's own
 * bytes, one for the item being read), and there are more than two for each lane. So when the free
 * list is empty some blocks are ready (the lane takes one) or are being inspected (their lane
 * returns them, or hands them to the inspector of an earlier segment, which is running).
 *
 * One mutex guards both lists and the units: it is held for a few instructions, a few times for each
 * megabyte or unit. A spinning or lock-free queue was measured worse on two cores (2-28 us a hand-over).
 */
#include "engine/pool.h"

#include <pthread.h>
#include <stdlib.h>

enum { BLOCKS_FOR_LANE = 5, BLOCKS_BESIDE = 3, STACK_BYTES = 1 << 20 };

struct lane {
    struct pool *pool;
    unsigned number;
    pthread_t thread;
};

struct waiting_unit {
    struct waiting_unit *next;
    void *unit;
};

struct pool {
    struct pool_work work;
    struct lane *lanes;
    unsigned nlanes, nstarted;
    struct block **blocks; /**< all of them, for destroying; made when first needed */
    size_t nblocks, nblocks_max;

    pthread_mutex_t mutex;     /**< guards all below */
    pthread_cond_t work_came;  /**< a ready block, a unit, or the end */
    pthread_cond_t block_came; /**< a free block, or a ready one for those who wait for a free one */
    struct block *free;
    struct block *ready_first, *ready_last;
    struct waiting_unit *unit_first, *unit_last;
    unsigned nreading; /**< lanes that read a unit: more blocks may come */
    unsigned ninspecting;
    bool draining;
};

static struct block *
ready_pop(struct pool *pool)
{
    struct block *block = pool->ready_first;
    if (block) {
        pool->ready_first = block->next;
        if (!pool->ready_first)
            pool->ready_last = NULL;
    }
    return block;
}

static struct waiting_unit *
unit_pop(struct pool *pool)
{
    struct waiting_unit *unit = pool->unit_first;
    if (unit) {
        pool->unit_first = unit->next;
        if (!pool->unit_first)
            pool->unit_last = NULL;
    }
    return unit;
}

/* Inspect one block; called and returns with the mutex held. */
static void
inspect_one(struct pool *pool, struct lane *lane, struct block *block)
{
    pool->ninspecting++;
    (void)pthread_mutex_unlock(&pool->mutex);
    pool->work.inspect(pool->work.context, lane, block);
    (void)pthread_mutex_lock(&pool->mutex);
    pool->ninspecting--;
}

static void
read_one(struct pool *pool, struct lane *lane, struct waiting_unit *waiting)
{
    pool->nreading++;
    (void)pthread_mutex_unlock(&pool->mutex);
    void *unit = waiting->unit;
    free(waiting);
    pool->work.read(pool->work.context, lane, unit);
    (void)pthread_mutex_lock(&pool->mutex);
    pool->nreading--;
}

static void *
lane_run(void *argument)
{
    struct lane *lane = argument;
    struct pool *pool = lane->pool;
    (void)pthread_mutex_lock(&pool->mutex);
    for (;;) {
        struct block *block = ready_pop(pool);
        struct waiting_unit *unit = block ? NULL : unit_pop(pool);
        if (block)
            inspect_one(pool, lane, block);
        else if (unit)
            read_one(pool, lane, unit);
        else if (pool->draining && pool->nreading == 0 && pool->ninspecting == 0)
            break;
        else
            (void)pthread_cond_wait(&pool->work_came, &pool->mutex);
        if (pool->draining)
            (void)pthread_cond_broadcast(&pool->work_came);
    }
    (void)pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

int
pool_create(unsigned nlanes, const struct pool_work *work, struct pool **out)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return PROV_E_MEMORY;
    *pool = (struct pool){.work = *work,
                          .nlanes = nlanes,
                          .nblocks_max = (size_t)nlanes * BLOCKS_FOR_LANE + BLOCKS_BESIDE,
                          .lanes = calloc(nlanes, sizeof *pool->lanes)};
    pool->blocks = calloc(pool->nblocks_max, sizeof(struct block *));
    (void)pthread_mutex_init(&pool->mutex, NULL);
    (void)pthread_cond_init(&pool->work_came, NULL);
    (void)pthread_cond_init(&pool->block_came, NULL);
    if (!pool->lanes || !pool->blocks) {
        pool_destroy(pool);
        return PROV_E_MEMORY;
    }
    for (unsigned i = 0; i < nlanes; i++)
        pool->lanes[i] = (struct lane){.pool = pool, .number = i};
    /* All blocks are asked for now; the pages of those never used cost nothing. */
    for (; pool->nblocks < pool->nblocks_max; pool->nblocks++) {
        struct block *block = malloc(sizeof *block);
        if (!block) {
            pool_destroy(pool);
            return PROV_E_MEMORY;
        }
        block->next = pool->free;
        pool->free = block;
        pool->blocks[pool->nblocks] = block;
    }
    *out = pool;
    return PROV_OK;
}

int
pool_start(struct pool *pool)
{
    pthread_attr_t attributes;
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int status = PROV_OK;
    for (unsigned i = 0; i < pool->nlanes && status == PROV_OK; i++) {
        if (pthread_create(&pool->lanes[i].thread, &attributes, lane_run, &pool->lanes[i]) != 0)
            status = PROV_E_INTERNAL;
        else
            pool->nstarted++;
    }
    (void)pthread_attr_destroy(&attributes);
    return status;
}

int
pool_add_unit(struct pool *pool, void *unit)
{
    struct waiting_unit *waiting = malloc(sizeof *waiting);
    if (!waiting)
        return PROV_E_MEMORY;
    *waiting = (struct waiting_unit){.unit = unit};
    (void)pthread_mutex_lock(&pool->mutex);
    if (pool->unit_last)
        pool->unit_last->next = waiting;
    else
        pool->unit_first = waiting;
    pool->unit_last = waiting;
    (void)pthread_cond_signal(&pool->work_came);
    (void)pthread_mutex_unlock(&pool->mutex);
    return PROV_OK;
}

void
pool_drain(struct pool *pool)
{
    (void)pthread_mutex_lock(&pool->mutex);
    pool->draining = true;
    (void)pthread_cond_broadcast(&pool->work_came);
    (void)pthread_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->nstarted; i++)
        (void)pthread_join(pool->lanes[i].thread, NULL);
    pool->nstarted = 0;
}

void
pool_destroy(struct pool *pool)
{
    if (!pool)
        return;
    for (size_t i = 0; i < pool->nblocks; i++)
        free(pool->blocks[i]);
    free(pool->blocks);
    free(pool->lanes);
    (void)pthread_cond_destroy(&pool->block_came);
    (void)pthread_cond_destroy(&pool->work_came);
    (void)pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

unsigned
lane_number(const struct lane *lane)
{
    return lane->number;
}

struct block *
pool_take_block(struct pool *pool, struct lane *lane)
{
    (void)pthread_mutex_lock(&pool->mutex);
    while (!pool->free) {
        struct block *ready = ready_pop(pool);
        if (ready)
            inspect_one(pool, lane, ready);
        else
            (void)pthread_cond_wait(&pool->block_came, &pool->mutex);
    }
    struct block *block = pool->free;
    pool->free = block->next;
    (void)pthread_mutex_unlock(&pool->mutex);
    block->next = NULL;
    block->size = 0;
    block->npieces = 0;
    return block;
}

void
pool_ready_block(struct pool *pool, struct block *block)
{
    block->next = NULL;
    (void)pthread_mutex_lock(&pool->mutex);
    if (pool->ready_last)
        pool->ready_last->next = block;
    else
        pool->ready_first = block;
    pool->ready_last = block;
    (void)pthread_cond_signal(&pool->work_came);
    (void)pthread_cond_signal(&pool->block_came);
    (void)pthread_mutex_unlock(&pool->mutex);
}

void
pool_free_block(struct pool *pool, struct block *block)
{
    (void)pthread_mutex_lock(&pool->mutex);
    block->next = pool->free;
    pool->free = block;
    (void)pthread_cond_signal(&pool->block_came);
    (void)pthread_mutex_unlock(&pool->mutex);
}

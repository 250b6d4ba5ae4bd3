/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sink of the readers: bytes of items become pieces in blocks.
 *
 *     block of small items        | a.txt | b.txt | c.json | ...          |   each piece is whole
 *     blocks of one big item      | page 0 ............... | after |
 *                        | before | page 1 ............... | after |         each block one segment
 *
 * Small items share a block, so that a million of them cost a few hundred hand-overs. An item that
 * does not fit moves to a block of its own; when that is full, a segment is cut at a line end and
 * the next block begins with the tail of the old one: the words before the cut are the context of
 * the next page, and the bytes behind it are both the margin of this page and the next page's
 * beginning. A block is cut only when it is full, so where cuts fall depends on the item's bytes alone.
 *
 * The unit's own bytes, when it is a container, take the same way in blocks of their own and are only
 * digested there; bytes of containers inside are digested at once on the reader's lane, because
 * holding a megabyte for each level of nesting would cost more than it gains.
 *
 *      call    | thread               | touches
 *      --------+----------------------+-------------------------------------------------------
 *      sink    | the reader's lane    | the open parcels, the block being filled
 *      inspect | any lane             | the parcels of a ready block (theirs alone by then)
 */
#include "engine/collect.h"

#include <string.h>

#include "base/limits.h"
#include "ingest/read_unit.h"

enum { BLOCK_NEARLY_FULL = POOL_BLOCK_BYTES - 256, CONTEXT_ALIGNMENT = 4 };

/* One reader at work. */
struct collector {
    struct sink sink; /**< first: what the reader knows */
    struct pool *pool;
    struct lane *lane;
    struct bench *bench;
    struct unit_job *job;
    struct block *block;  /**< being filled with leaf items; NULL when none is */
    struct parcel *leaf;  /**< the open item that is no container, NULL when none is */
    uint32_t leaf_start;  /**< where its bytes begin in the block (with context, when it has segments) */
    uint32_t leaf_before; /**< bytes of context among them */
    uint64_t leaf_taken;  /**< bytes of the item in earlier segments */
    uint32_t parents[LIMIT_DEPTH_HARD]; /**< ordinals of the open containers, outermost first */
    uint32_t nparents;
};

static void
slot_enter(const struct bench *bench, uint32_t ordinal)
{
    atomic_store_explicit(&bench->slot->item, (uint64_t)ordinal + 1, memory_order_relaxed);
}

static void
slot_progress(const struct bench *bench, uint64_t bytes)
{
    (void)__atomic_fetch_add(&bench->slot->progress, bytes + 1, __ATOMIC_RELAXED);
}

static int
leaf_block(struct collector *collector)
{
    if (!collector->block)
        collector->block = pool_take_block(collector->pool, collector->lane);
    return PROV_OK;
}

/* Judge a big item by the beginning of its first segment; its facts come before those of all segments. */
static int
judge_first(struct parcel *parcel, struct bench *bench, const uint8_t *data, size_t size)
{
    fact_list_clear(&bench->facts);
    struct bytes head = {.data = data, .size = size < LIMIT_HEAD_BYTES ? size : LIMIT_HEAD_BYTES};
    TRY(parcel_judge(parcel, bench, head, false));
    if (parcel->type) {
        parcel->type = arena_text(&parcel->item.facts.arena, bytes_of(parcel->type));
        if (!parcel->type)
            return PROV_E_MEMORY;
    }
    TRY(fact_set_merge(&parcel->item.facts, &bench->facts));
    return parcel_judge_rows(parcel, bench, head);
}

static void
give_segment(struct collector *collector, struct parcel *parcel, struct block *block, struct piece piece)
{
    piece.parcel = parcel;
    piece.sequence = parcel->nsegments++;
    block->pieces[0] = piece;
    block->npieces = 1;
    atomic_fetch_add_explicit(&parcel->nrefs, 1, memory_order_relaxed);
    pool_ready_block(collector->pool, block);
}

/* The block holds nothing but the open leaf and is full: cut a segment, and carry the tail over. */
static int
cut_segment(struct collector *collector)
{
    struct parcel *parcel = collector->leaf;
    struct block *full = collector->block;
    uint32_t before = collector->leaf_before;
    const uint8_t *content = full->data + before;
    size_t size = full->size - before;
    if (parcel->nsegments == 0) {
        TRY(parcel_need_sequencer(parcel));
        TRY(judge_first(parcel, collector->bench, content, size));
    }
    size_t page = parcel->is_text ? text_cut(parcel->encoding, content, size, LIMIT_SEGMENT_BYTES)
                                  : (size_t)LIMIT_SEGMENT_BYTES;
    page -= parcel_cut_back(parcel, (struct bytes){.data = content, .size = page});
    size_t rest = size - page;
    struct block *next = pool_take_block(collector->pool, collector->lane);
    /* Context starts at a multiple of the widest code unit from the item's start. */
    uint64_t end = collector->leaf_taken + page;
    size_t context = page < LIMIT_SEGMENT_CONTEXT - CONTEXT_ALIGNMENT
                         ? page
                         : LIMIT_SEGMENT_CONTEXT - CONTEXT_ALIGNMENT + (size_t)(end % CONTEXT_ALIGNMENT);
    memcpy(next->data, content + page - context, context + rest);
    next->size = context + rest;
    struct piece piece = {.before = before,
                          .page = (uint32_t)page,
                          .after = (uint32_t)(rest < LIMIT_SEGMENT_MARGIN ? rest : LIMIT_SEGMENT_MARGIN),
                          .at = collector->leaf_taken};
    TRY(parcel_mark_rows(parcel, collector->bench, (struct bytes){.data = content, .size = page}, &piece.cursor));
    give_segment(collector, parcel, full, piece);
    collector->block = next;
    collector->leaf_before = (uint32_t)context;
    collector->leaf_taken = end;
    return PROV_OK;
}

/* The open leaf does not fit behind the small items of its block: take it to a block of its own. */
static void
move_leaf(struct collector *collector)
{
    struct block *shared = collector->block;
    struct block *own = pool_take_block(collector->pool, collector->lane);
    size_t size = shared->size - collector->leaf_start;
    memcpy(own->data, shared->data + collector->leaf_start, size);
    own->size = size;
    shared->size = collector->leaf_start;
    pool_ready_block(collector->pool, shared);
    collector->block = own;
    collector->leaf_start = 0;
}

static int
leaf_data(struct collector *collector, const uint8_t *data, size_t size)
{
    while (size) {
        struct block *block = collector->block;
        size_t room = POOL_BLOCK_BYTES - block->size;
        if (size > room && block->npieces > 0) {
            move_leaf(collector);
            continue;
        }
        size_t step = size < room ? size : room;
        memcpy(block->data + block->size, data, step);
        block->size += step;
        data += step;
        size -= step;
        if (block->size == POOL_BLOCK_BYTES && size)
            TRY(cut_segment(collector));
    }
    return PROV_OK;
}

/* The bytes of the unit itself, a container, in blocks that are only digested. */
static int
unit_data(struct collector *collector, struct parcel *parcel, const uint8_t *data, size_t size)
{
    while (size) {
        if (!parcel->block)
            parcel->block = pool_take_block(collector->pool, collector->lane);
        struct block *block = parcel->block;
        size_t room = LIMIT_SEGMENT_BYTES - block->size;
        size_t step = size < room ? size : room;
        memcpy(block->data + block->size, data, step);
        block->size += step;
        data += step;
        size -= step;
        if (block->size < LIMIT_SEGMENT_BYTES || !size)
            continue;
        TRY(parcel_need_sequencer(parcel));
        if (parcel->nsegments == 0)
            TRY(judge_first(parcel, collector->bench, block->data, block->size));
        parcel->block = NULL;
        struct piece piece = {.page = (uint32_t)block->size,
                              .at = parcel->nsegments * (uint64_t)LIMIT_SEGMENT_BYTES};
        give_segment(collector, parcel, block, piece);
    }
    return PROV_OK;
}

/* The bytes of a container inside another. */
static int
inner_data(struct collector *collector, struct parcel *parcel, const uint8_t *data, size_t size)
{
    if (parcel->item.size == 0)
        TRY(judge_first(parcel, collector->bench, data, size));
    parcel_digest_direct(parcel, data, size);
    return PROV_OK;
}

static struct collector *
collector_of(struct sink *sink)
{
    return (struct collector *)sink;
}

static struct parcel *
parcel_of(struct item *item)
{
    return (struct parcel *)item;
}

static int
sink_data(struct sink *sink, struct item *item, const uint8_t *data, size_t size)
{
    struct collector *collector = collector_of(sink);
    struct parcel *parcel = parcel_of(item);
    slot_progress(collector->bench, size);
    if (!(item->head.flags & ITEM_CONTAINER))
        return leaf_data(collector, data, size);
    if (item->head.parent == ITEM_NO_PARENT)
        return unit_data(collector, parcel, data, size);
    return size ? inner_data(collector, parcel, data, size) : PROV_OK;
}

static int
sink_add_fact(struct sink *sink, struct item *item, const struct fact *fact)
{
    (void)sink;
    return fact_list_add(&parcel_of(item)->from_reader, fact);
}

static int
sink_add_defect(struct sink *sink, struct item *item, enum defect defect, uint64_t offset, const char *text)
{
    struct fact fact = {
        .kind = FACT_DEFECT, .code = defect_code(defect), .offset = offset, .evidence = bytes_of(text)};
    return sink_add_fact(sink, item, &fact);
}

/* Items that ended a worker before are not opened again; what they did is their defect. */
static int
mark_poison(struct collector *collector, struct parcel *parcel)
{
    const struct wire_unit *unit = &collector->job->unit;
    for (uint32_t i = 0; i < unit->npoison; i++) {
        if (unit->poison[i].ordinal != parcel->item.ordinal)
            continue;
        parcel->poisoned = true;
        parcel->item.head.flags |= ITEM_OPAQUE;
        parcel->item.head.flags &= ~(uint32_t)ITEM_CONTAINER;
        TRY(sink_defect(&collector->sink, &parcel->item, unit->poison[i].defect, 0,
                        "reading this item ended a worker twice; its bytes were digested, not opened"));
    }
    return PROV_OK;
}

static int
sink_begin(struct sink *sink, const struct item_head *head, struct item **item)
{
    struct collector *collector = collector_of(sink);
    struct unit_job *job = collector->job;
    while (collector->nparents && collector->parents[collector->nparents - 1] != head->parent)
        collector->nparents--;
    slot_enter(collector->bench, job->nitems);
    struct parcel *parcel = parcel_create(job, head, job->nitems, collector->nparents);
    if (!parcel)
        return PROV_E_MEMORY;
    job->nitems++;
    TRY(mark_poison(collector, parcel));
    if (parcel->item.head.flags & ITEM_CONTAINER) {
        if (collector->nparents == LIMIT_DEPTH_HARD)
            return PROV_E_INTERNAL;
        collector->parents[collector->nparents++] = parcel->item.ordinal;
        if (head->parent != ITEM_NO_PARENT)
            TRY(parcel_need_sequencer(parcel));
    } else {
        TRY(leaf_block(collector));
        collector->leaf = parcel;
        collector->leaf_start = (uint32_t)collector->block->size;
        collector->leaf_before = 0;
        collector->leaf_taken = 0;
    }
    slot_progress(collector->bench, 0);
    *item = &parcel->item;
    return PROV_OK;
}

/* The last, or only, piece of a leaf. */
static int
end_leaf(struct collector *collector, struct parcel *parcel)
{
    struct block *block = collector->block;
    collector->leaf = NULL;
    if (parcel->nsegments) {
        struct piece piece = {.before = collector->leaf_before,
                              .page = (uint32_t)(block->size - collector->leaf_before),
                              .at = collector->leaf_taken,
                              .cursor = parcel->cursor,
                              .last = true};
        parcel->cursor = NULL;
        collector->block = NULL;
        give_segment(collector, parcel, block, piece);
        return parcel_release(parcel);
    }
    /* A whole piece takes over the reader's reference. */
    block->pieces[block->npieces++] = (struct piece){.parcel = parcel,
                                                     .offset = collector->leaf_start,
                                                     .page = (uint32_t)(block->size - collector->leaf_start),
                                                     .whole = true,
                                                     .last = true};
    if (block->npieces == POOL_PIECES || block->size >= BLOCK_NEARLY_FULL) {
        collector->block = NULL;
        pool_ready_block(collector->pool, block);
    }
    return PROV_OK;
}

static int
end_container(struct collector *collector, struct parcel *parcel)
{
    struct block *block = parcel->block;
    parcel->block = NULL;
    bool outermost = parcel->item.head.parent == ITEM_NO_PARENT;
    if (!outermost || (parcel->nsegments && !block))
        return parcel_release(parcel);
    if (!block)
        block = pool_take_block(collector->pool, collector->lane);
    if (parcel->nsegments) {
        struct piece piece = {.page = (uint32_t)block->size,
                              .at = parcel->nsegments * (uint64_t)LIMIT_SEGMENT_BYTES,
                              .last = true};
        give_segment(collector, parcel, block, piece);
        return parcel_release(parcel);
    }
    block->pieces[0] =
        (struct piece){.parcel = parcel, .page = (uint32_t)block->size, .whole = true, .last = true};
    block->npieces = 1;
    pool_ready_block(collector->pool, block);
    return PROV_OK;
}

static int
sink_end(struct sink *sink, struct item *item)
{
    struct collector *collector = collector_of(sink);
    struct parcel *parcel = parcel_of(item);
    uint32_t parent = item->head.parent;
    int status = (item->head.flags & ITEM_CONTAINER) ? end_container(collector, parcel)
                                                     : end_leaf(collector, parcel);
    /* From here on the reader is in the container again. */
    if (parent != ITEM_NO_PARENT)
        slot_enter(collector->bench, parent);
    return status;
}

int
collect_unit(struct pool *pool, struct lane *lane, struct bench *bench, struct unit_job *job, struct err *err)
{
    struct collector collector = {
        .sink = {.begin = sink_begin,
                 .data = sink_data,
                 .defect = sink_add_defect,
                 .fact = sink_add_fact,
                 .end = sink_end},
        .pool = pool,
        .lane = lane,
        .bench = bench,
        .job = job,
    };
    atomic_store_explicit(&bench->slot->item, 0, memory_order_relaxed);
    atomic_store_explicit(&bench->slot->unit, job->unit.id + 1, memory_order_relaxed);
    struct read_unit_options options = {.limits = &job->plan->limits,
                                        .fd = job->fd,
                                        .name = job->unit.name,
                                        .stamp = job->unit.stamp,
                                        .progress = &bench->slot->progress};
    TRY(read_unit(&options, &collector.sink, err));
    if (collector.block && collector.block->npieces)
        pool_ready_block(pool, collector.block);
    else if (collector.block)
        pool_free_block(pool, collector.block);
    atomic_store_explicit(&bench->slot->unit, 0, memory_order_relaxed);
    return unit_job_release(job);
}

int
collect_inspect(struct pool *pool, struct bench *bench, struct block *block)
{
    uint64_t unit = atomic_load_explicit(&bench->slot->unit, memory_order_relaxed);
    uint64_t item = atomic_load_explicit(&bench->slot->item, memory_order_relaxed);
    const struct unit_job *job = block->pieces[0].parcel->job;
    atomic_store_explicit(&bench->slot->unit, job->unit.id + 1, memory_order_relaxed);
    int status = PROV_OK;
    if (block->pieces[0].whole) {
        for (size_t i = 0; i < block->npieces && status == PROV_OK; i++) {
            const struct piece *piece = &block->pieces[i];
            slot_enter(bench, piece->parcel->item.ordinal);
            status = parcel_inspect_whole(piece->parcel, bench, block->data + piece->offset, piece->page);
            slot_progress(bench, piece->page);
        }
        pool_free_block(pool, block);
    } else {
        uint32_t page = block->pieces[0].page;
        slot_enter(bench, block->pieces[0].parcel->item.ordinal);
        status = parcel_inspect_segment(pool, bench, block);
        slot_progress(bench, page);
    }
    atomic_store_explicit(&bench->slot->item, item, memory_order_relaxed);
    atomic_store_explicit(&bench->slot->unit, unit, memory_order_relaxed);
    return status;
}

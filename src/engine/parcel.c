/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to an item between the reader and the pipe.
 *
 * A small item is one piece: type, digest, text, inspectors, message, all at once on one lane. A big
 * one is many segments, which lanes inspect in any order; but the digest needs the bytes in order,
 * and facts are merged in order so that samples and first sightings never depend on who was faster:
 *
 *     segment 3 inspected ─► done: [3]            (1 and 2 are still under way)
 *     segment 1 inspected ─► done: [1 3] ─► digest 1, merge 1, free its block; next = 2
 *     segment 2 inspected ─► done: [2 3] ─► digest 2, merge 2, digest 3, merge 3
 *
 * Whoever completes the next segment in order does the ordered work, until there is a gap; others only
 * leave their segment in the list. So the digest is never the reader's burden and nobody waits.
 */
#include "engine/parcel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "model/column_rate.h"

enum { MESSAGES_BYTES = 256 << 10 };

/* A segment that was inspected and waits for its turn. */
struct done_segment {
    struct done_segment *next;
    struct block *block;
    struct fact_list facts;
};

struct sequencer {
    pthread_mutex_t mutex;      /**< guards all but what belongs to the busy one */
    struct done_segment *done;  /**< ascending by sequence */
    uint64_t next;              /**< sequence that comes next */
    bool busy;                  /**< somebody is doing the ordered work: digest, size and facts are his */
    struct digest *digest;
    _Atomic uint64_t cpu_ns;    /**< spent on inspecting so far */
    _Atomic bool spent;         /**< more than the limit: digest only from here on */
};

int
bench_init(struct bench *bench, const struct plan *plan, struct err *err)
{
    bench->plan = plan;
    bench->judge = filetype_create(err);
    if (!bench->judge)
        return err_set(err, PROV_E_INTERNAL, "libmagic: cannot load its database");
    bench->decoder = text_create();
    bench->rows = row_reader_create();
    bench->digest = digest_create();
    bench->scratch = calloc(plan->ninspectors ? plan->ninspectors : 1, sizeof *bench->scratch);
    if (!bench->decoder || !bench->rows || !bench->digest || !bench->scratch)
        return err_set(err, PROV_E_MEMORY, "out of memory while starting a worker");
    for (size_t i = 0; i < plan->ninspectors; i++)
        if (plan->table[i]->scratch_create)
            TRY(plan->table[i]->scratch_create(plan->inspectors[i], &bench->scratch[i], err));
    return PROV_OK;
}

void
bench_finish(struct bench *bench)
{
    for (size_t i = 0; bench->scratch && i < bench->plan->ninspectors; i++)
        if (bench->plan->table[i]->scratch_destroy)
            bench->plan->table[i]->scratch_destroy(bench->scratch[i]);
    free(bench->scratch);
    fact_list_finish(&bench->facts);
    digest_destroy(bench->digest);
    row_reader_destroy(bench->rows);
    text_destroy(bench->decoder);
    filetype_destroy(bench->judge);
    *bench = (struct bench){0};
}

struct unit_job *
unit_job_create(const struct plan *plan, const struct wire_unit *unit, int fd)
{
    struct unit_job *job = calloc(1, sizeof *job);
    uint8_t *name = malloc(unit->name.size + 1);
    if (!job || !name) {
        free(job);
        free(name);
        return NULL;
    }
    memcpy(name, unit->name.data, unit->name.size);
    job->plan = plan;
    job->unit = *unit;
    job->unit.name.data = name;
    job->fd = fd;
    atomic_init(&job->nrefs, 1);
    (void)pthread_mutex_init(&job->mutex, NULL);
    return job;
}

/* Write out what is in the job's buffer; the job's mutex is held, or nobody else is left. */
static int
job_flush(struct unit_job *job)
{
    int status = PROV_OK;
    (void)pthread_mutex_lock(job->out_mutex);
    for (size_t written = 0; written < job->messages.size && status == PROV_OK;) {
        ssize_t size = write(job->out_fd, job->messages.data + written, job->messages.size - written);
        if (size > 0)
            written += (size_t)size;
        else if (errno != EINTR)
            status = PROV_E_IO;
    }
    (void)pthread_mutex_unlock(job->out_mutex);
    buf_clear(&job->messages);
    return status;
}

int
unit_job_release(struct unit_job *job)
{
    if (atomic_fetch_sub_explicit(&job->nrefs, 1, memory_order_acq_rel) > 1)
        return PROV_OK;
    int status = wire_put_unit_end(&job->messages, job->unit.id, job->nitems);
    if (status == PROV_OK)
        status = job_flush(job);
    (void)close(job->fd);
    buf_finish(&job->messages);
    (void)pthread_mutex_destroy(&job->mutex);
    free((void *)(uintptr_t)job->unit.name.data);
    free(job);
    return status;
}

struct parcel *
parcel_create(struct unit_job *job, const struct item_head *head, uint32_t ordinal, uint32_t depth)
{
    struct parcel *parcel = malloc(sizeof *parcel + head->path.size + head->link.size);
    if (!parcel)
        return NULL;
    *parcel = (struct parcel){
        .item = {.ordinal = ordinal, .depth = depth, .head = *head},
        .job = job,
    };
    atomic_init(&parcel->nrefs, 1);
    parcel->item.facts.nsamples_max = job->plan->limits.samples_item;
    if (head->path.size)
        memcpy(parcel->names, head->path.data, head->path.size);
    if (head->link.size)
        memcpy(parcel->names + head->path.size, head->link.data, head->link.size);
    parcel->item.head.path.data = parcel->names;
    parcel->item.head.link.data = parcel->names + head->path.size;
    atomic_fetch_add_explicit(&job->nrefs, 1, memory_order_relaxed);
    return parcel;
}

int
parcel_need_sequencer(struct parcel *parcel)
{
    if (parcel->sequencer)
        return PROV_OK;
    struct sequencer *sequencer = calloc(1, sizeof *sequencer);
    struct digest *digest = digest_create();
    if (!sequencer || !digest) {
        free(sequencer);
        digest_destroy(digest);
        return PROV_E_MEMORY;
    }
    sequencer->digest = digest;
    (void)pthread_mutex_init(&sequencer->mutex, NULL);
    parcel->sequencer = sequencer;
    return PROV_OK;
}

void
parcel_digest_direct(struct parcel *parcel, const uint8_t *data, size_t size)
{
    digest_update(parcel->sequencer->digest, data, size);
    parcel->item.size += size;
}

int
parcel_judge(struct parcel *parcel, struct bench *bench, struct bytes head, bool whole)
{
    if (parcel->poisoned || (parcel->item.head.flags & ITEM_NO_CONTENT))
        return PROV_OK;
    const struct item_head *item = &parcel->item.head;
    struct bytes name = {.data = item->path.data + item->name_offset, .size = item->path.size - item->name_offset};
    if (item->parent == ITEM_NO_PARENT)
        name = parcel->job->unit.name;
    struct filetype filetype = {0};
    TRY(filetype_detect(bench->judge, head, whole, name, &filetype, &bench->facts));
    parcel->type = filetype.type;
    parcel->encoding = filetype.encoding;
    parcel->is_text = filetype.is_text && !(item->flags & (ITEM_CONTAINER | ITEM_OPAQUE));
    if (parcel->is_text)
        parcel->item.head.flags |= ITEM_TEXT;
    return PROV_OK;
}

static uint64_t
thread_cpu_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Decode one stretch of text, read its records, and show it to every inspector. */
static int
inspect_text(const struct parcel *parcel, struct bench *bench, const struct stored_segment *stored,
             const struct row_cursor *cursor, struct fact_list *facts)
{
    static const struct row_cursor start = {0};
    struct segment segment = {
        .item = &parcel->item, .type = parcel->type, .encoding = parcel->encoding};
    TRY(text_decode(bench->decoder, parcel->encoding, stored, &segment, facts));
    struct row_layout layout = parcel->rows;
    enum row_format format = cursor ? ROWS_NONE : row_format_of(parcel->type);
    if (format != ROWS_NONE) { /* the item is whole: nobody has judged it yet */
        struct bytes head = {.data = segment.text,
                             .size = segment.page < LIMIT_HEAD_BYTES ? segment.page : LIMIT_HEAD_BYTES};
        TRY(row_layout_judge(format, head, &facts->arena, &layout));
    }
    if (layout.format != ROWS_NONE)
        TRY(row_read_segment(bench->rows, &layout, cursor ? cursor : &start, &segment, facts));
    const struct plan *plan = parcel->job->plan;
    for (size_t i = 0; i < plan->ninspectors; i++)
        TRY(plan->table[i]->segment(plan->inspectors[i], bench->scratch[i], &segment, facts));
    return PROV_OK;
}

/* The item is complete: put the reader's own facts behind the others, and send it. */
static int
parcel_send(struct parcel *parcel)
{
    struct unit_job *job = parcel->job;
    struct item *item = &parcel->item;
    item->type = parcel->type;
    item->encoding = parcel->is_text ? parcel->encoding : NULL;
    TRY(fact_set_merge(&item->facts, &parcel->from_reader));
    column_rates_apply(&item->facts, job->plan->detectors);
    fact_set_trim_columns(&item->facts);
    (void)pthread_mutex_lock(&job->mutex);
    int status = wire_put_item(&job->messages, job->unit.id, item);
    if (status == PROV_OK && job->messages.size >= MESSAGES_BYTES)
        status = job_flush(job);
    (void)pthread_mutex_unlock(&job->mutex);
    return status;
}

int
parcel_release(struct parcel *parcel)
{
    if (atomic_fetch_sub_explicit(&parcel->nrefs, 1, memory_order_acq_rel) > 1)
        return PROV_OK;
    struct unit_job *job = parcel->job;
    struct sequencer *sequencer = parcel->sequencer;
    if (sequencer)
        digest_end(sequencer->digest, &parcel->item.fingerprint);
    int status = parcel_send(parcel);
    if (sequencer) {
        digest_destroy(sequencer->digest);
        (void)pthread_mutex_destroy(&sequencer->mutex);
        free(sequencer);
    }
    fact_list_finish(&parcel->from_reader);
    fact_set_finish(&parcel->item.facts);
    free(parcel->cursor);
    free(parcel);
    /* Without this item the unit has no end: the worker is about to fail, and must not say that all was sent. */
    return status == PROV_OK ? unit_job_release(job) : status;
}

int
parcel_inspect_whole(struct parcel *parcel, struct bench *bench, const uint8_t *data, size_t size)
{
    fact_list_clear(&bench->facts);
    size_t head = size < LIMIT_HEAD_BYTES ? size : LIMIT_HEAD_BYTES;
    TRY(parcel_judge(parcel, bench, (struct bytes){.data = data, .size = head}, head == size));
    if (!(parcel->item.head.flags & ITEM_NO_CONTENT))
        digest_block(bench->digest, data, size, &parcel->item.fingerprint);
    parcel->item.size = size;
    if (parcel->is_text && size) {
        struct stored_segment stored = {.data = data, .page = size, .first = true, .last = true};
        TRY(inspect_text(parcel, bench, &stored, NULL, &bench->facts));
    }
    TRY(fact_set_merge(&parcel->item.facts, &bench->facts));
    return parcel_release(parcel);
}

/* Digest and merge one segment in its turn, and give its block back. */
static int
absorb(struct parcel *parcel, struct pool *pool, struct done_segment *done)
{
    struct block *block = done->block;
    const struct piece *piece = &block->pieces[0];
    digest_update(parcel->sequencer->digest, block->data + piece->offset + piece->before, piece->page);
    parcel->item.size += piece->page;
    int status = fact_set_merge(&parcel->item.facts, &done->facts);
    fact_list_finish(&done->facts);
    free(done);
    pool_free_block(pool, block);
    return status;
}

/* Put an inspected segment in its place, and do all ordered work that is now possible. */
static int
sequence(struct parcel *parcel, struct pool *pool, struct done_segment *done)
{
    struct sequencer *sequencer = parcel->sequencer;
    uint64_t number = done->block->pieces[0].sequence;
    int status = PROV_OK;
    (void)pthread_mutex_lock(&sequencer->mutex);
    struct done_segment **place = &sequencer->done;
    while (*place && (*place)->block->pieces[0].sequence < number)
        place = &(*place)->next;
    done->next = *place;
    *place = done;
    while (!sequencer->busy && status == PROV_OK && sequencer->done &&
           sequencer->done->block->pieces[0].sequence == sequencer->next) {
        struct done_segment *first = sequencer->done;
        sequencer->done = first->next;
        sequencer->busy = true;
        (void)pthread_mutex_unlock(&sequencer->mutex);
        status = absorb(parcel, pool, first);
        (void)pthread_mutex_lock(&sequencer->mutex);
        sequencer->busy = false;
        sequencer->next++;
    }
    (void)pthread_mutex_unlock(&sequencer->mutex);
    return status;
}

/* Past the processor time that an item may take, its text is no longer inspected, and that is said once. */
static int
charge(struct parcel *parcel, uint64_t spent_ns, const struct piece *piece, struct fact_list *facts)
{
    struct sequencer *sequencer = parcel->sequencer;
    uint64_t total_ns = atomic_fetch_add(&sequencer->cpu_ns, spent_ns) + spent_ns;
    uint64_t gibibytes = 1 + (piece->at >> 30);
    uint64_t limit_ms = parcel->job->plan->limits.item_cpu_ms;
    if (total_ns / 1000000 / gibibytes <= limit_ms || atomic_exchange(&sequencer->spent, true))
        return PROV_OK;
    static const char words[] = "inspecting took more processor time than an item may; the rest was only digested";
    struct fact fact = {.kind = FACT_DEFECT,
                        .code = defect_code(DEFECT_LIMIT_TIME),
                        .offset = piece->at,
                        .evidence = bytes_of(words)};
    return fact_list_add(facts, &fact);
}

int
parcel_inspect_segment(struct pool *pool, struct bench *bench, struct block *block)
{
    const struct piece *piece = &block->pieces[0];
    struct parcel *parcel = piece->parcel;
    struct done_segment *done = calloc(1, sizeof *done);
    if (!done)
        return PROV_E_MEMORY;
    done->block = block;
    struct row_cursor *cursor = piece->cursor;
    if (parcel->is_text && !atomic_load(&parcel->sequencer->spent)) {
        struct stored_segment stored = {.data = block->data + piece->offset,
                                        .before = piece->before,
                                        .page = piece->page,
                                        .after = piece->after,
                                        .offset = piece->at - piece->before,
                                        .first = piece->sequence == 0,
                                        .last = piece->last};
        uint64_t begun_ns = thread_cpu_ns();
        int status = inspect_text(parcel, bench, &stored, cursor, &done->facts);
        if (status == PROV_OK)
            status = charge(parcel, thread_cpu_ns() - begun_ns, piece, &done->facts);
        if (status != PROV_OK) {
            free(cursor);
            fact_list_finish(&done->facts);
            free(done);
            return status;
        }
    }
    free(cursor);
    TRY(sequence(parcel, pool, done));
    return parcel_release(parcel);
}

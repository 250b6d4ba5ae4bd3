/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings and defects of the whole dataset: exact totals for each kind, code and level, and the first
 * samples.
 *
 * One pass over the facts in the order of the crawl counts them and notes where the first are; the samples of
 * those places are fetched afterwards. So a dataset with a billion findings costs one pass and as much memory
 * as is shown.
 */
#include "report/account_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "model/defect.h"
#include "model/fact.h"
#include "model/reservation.h"

/* A fact whose samples belong to those shown. */
struct fact_place {
    int64_t unit, item, fact;
};

/* A group while facts are counted. */
struct tally {
    uint64_t nitems, count;
    struct fact_place *places; /**< owned */
    size_t nplaces, capacity;
};

struct tallying {
    struct intern keys; /**< kind, level, code */
    struct tally *tallies;
    size_t capacity;
    struct buf key;
};

static int
memory(struct account_reading *reading)
{
    return err_set(reading->err, PROV_E_MEMORY, "out of memory");
}

/* The tally of a fact; NULL when memory ran out. */
static struct tally *
tally_of(struct tallying *tallying, struct db_statement *row)
{
    uint32_t number = 0;
    struct bytes code = db_bytes(row, 5);
    uint8_t head[2] = {(uint8_t)db_int(row, 3), (uint8_t)db_int(row, 4)};
    buf_clear(&tallying->key);
    if (buf_append(&tallying->key, head, sizeof head) != PROV_OK ||
        buf_append(&tallying->key, code.data, code.size) != PROV_OK ||
        intern_add(&tallying->keys, buf_bytes(&tallying->key), &number) != PROV_OK)
        return NULL;
    if (number >= tallying->capacity) {
        size_t capacity = tallying->capacity ? tallying->capacity * 2 : 64;
        struct tally *larger = realloc(tallying->tallies, capacity * sizeof *larger);
        if (!larger)
            return NULL;
        memset(larger + tallying->capacity, 0, (capacity - tallying->capacity) * sizeof *larger);
        tallying->tallies = larger;
        tallying->capacity = capacity;
    }
    return &tallying->tallies[number];
}

/* One fact: columns unit id, item, fact, kind, level, code, count. */
static int
count_fact(struct account_reading *reading, struct db_statement *row, void *context)
{
    struct tally *tally = tally_of(context, row);
    if (!tally)
        return memory(reading);
    tally->nitems++;
    tally->count += (uint64_t)db_int(row, 6);
    if (tally->nplaces >= reading->nsamples) /* each place has a sample, so there are enough */
        return PROV_OK;
    if (tally->nplaces == tally->capacity) {
        size_t capacity = tally->capacity ? tally->capacity * 2 : 8;
        struct fact_place *larger = realloc(tally->places, capacity * sizeof *larger);
        if (!larger)
            return memory(reading);
        tally->places = larger;
        tally->capacity = capacity;
    }
    tally->places[tally->nplaces++] = (struct fact_place){db_int(row, 0), db_int(row, 1), db_int(row, 2)};
    return PROV_OK;
}

static int
read_sample(struct account_reading *reading, struct db_statement *row, struct account_group *group)
{
    struct account_sample *sample =
        account_append(reading, &group->samples, &group->nsamples, sizeof *sample);
    if (!sample)
        return PROV_E_MEMORY;
    sample->place.root = db_int(row, 0);
    TRY(account_bytes(reading, row, 1, &sample->place.unit_path));
    TRY(account_bytes(reading, row, 2, &sample->place.item_path));
    sample->offset = (uint64_t)db_int(row, 3);
    sample->length = (uint64_t)db_int(row, 4);
    sample->row = (uint64_t)db_int(row, 5);
    sample->score = (int)db_int(row, 6);
    return account_bytes(reading, row, 7, &sample->evidence);
}

static int
fetch_samples(struct account_reading *reading, struct db_statement *select, const struct tally *tally,
              struct account_group *group)
{
    bool has_row = true;
    for (size_t i = 0; i < tally->nplaces && group->nsamples < reading->nsamples; i++) {
        db_reset(select);
        db_bind_int(select, 1, tally->places[i].unit);
        db_bind_int(select, 2, tally->places[i].item);
        db_bind_int(select, 3, tally->places[i].fact);
        for (has_row = true; has_row && group->nsamples < reading->nsamples;) {
            TRY(db_step(select, &has_row, reading->err));
            if (has_row)
                TRY(read_sample(reading, select, group));
        }
    }
    db_reset(select);
    return PROV_OK;
}

/* By kind, findings first, then by code, then the highest level. */
static int
compare_groups(const void *left, const void *right)
{
    const struct account_group *a = left, *b = right;
    if (a->kind != b->kind)
        return a->kind == FACT_FINDING ? -1 : b->kind == FACT_FINDING ? 1 : a->kind - b->kind;
    int order = bytes_compare(a->code, b->code);
    return order ? order : b->level - a->level;
}

static int
read_class(struct account_reading *reading, struct db_statement *row, void *context)
{
    struct account_group *group = context;
    if (group->kind == FACT_FINDING) {
        group->measured_values = (int)db_int(row, 1);
        group->recall_permille = (int)db_int(row, 2);
        group->precision_permille = (int)db_int(row, 3);
    }
    return account_text(reading, row, 0, &group->class);
}

/* The class of a detector, the effect of a defect, or what a reservation says. */
static int
find_class(struct account_reading *reading, struct account_group *group)
{
    struct db_statement *select = NULL;
    bool has_row = false;
    if (group->kind == FACT_ATTRIBUTE) {
        bool known = group->level > RESERVATION_NONE && group->level <= RESERVATION_RESERVED;
        group->class = reservation_name(known ? (enum reservation)group->level : RESERVATION_UNKNOWN);
        return PROV_OK;
    }
    group->class = group->kind == FACT_FINDING ? "person" : "unread"; /* as the judge takes strange codes */
    TRY(db_prepare(reading->db,
                   group->kind == FACT_FINDING
                       ? "SELECT class, measured_values, recall_permille, precision_permille"
                         " FROM detector WHERE code = ?"
                       : "SELECT effect FROM defect WHERE code = ?",
                   &select, reading->err));
    db_bind_text_bytes(select, 1, group->code);
    int status = db_step(select, &has_row, reading->err);
    if (status == PROV_OK && has_row)
        status = read_class(reading, select, group);
    db_finish(select);
    return status;
}

/* A scan that found no content has a defect of its own, which is no item's. */
static void
note_empty(struct account *account)
{
    account->groups[account->ngroups++] = (struct account_group){
        .kind = FACT_DEFECT, .class = "unread", .code = bytes_of(defect_code(DEFECT_SCAN_EMPTY)), .count = 1};
}

static int
keep_groups(struct account_reading *reading, const struct tallying *tallying)
{
    struct account *account = reading->account;
    struct db_statement *select = NULL;
    account->groups = arena_array(&account->arena, tallying->keys.nnames + 2, sizeof *account->groups);
    if (!account->groups)
        return memory(reading);
    TRY(db_prepare(
        reading->db,
        "SELECT unit.root, unit.path, item.path, sample.offset, sample.length, sample.row, sample.score,"
        " sample.evidence FROM sample JOIN unit ON unit.id = sample.unit"
        " JOIN item ON item.unit = sample.unit AND item.ordinal = sample.item"
        " WHERE sample.unit = ? AND sample.item = ? AND sample.fact = ? ORDER BY sample.ordinal",
        &select, reading->err));
    int status = PROV_OK;
    for (size_t i = 0; i < tallying->keys.nnames && status == PROV_OK; i++) {
        struct bytes key = tallying->keys.names[i];
        const struct tally *tally = &tallying->tallies[i];
        struct account_group *group = &account->groups[account->ngroups++];
        group->kind = key.data[0];
        group->level = key.data[1];
        group->code = arena_bytes(&account->arena, (struct bytes){key.data + 2, key.size - 2});
        group->nitems = tally->nitems;
        group->count = tally->count;
        status = find_class(reading, group);
        if (status == PROV_OK)
            status = fetch_samples(reading, select, tally, group);
    }
    db_finish(select);
    if (status == PROV_OK && account->ncontent == 0)
        note_empty(account);
    if (account->ngroups)
        qsort(account->groups, account->ngroups, sizeof *account->groups, compare_groups);
    return status;
}

int
account_read_groups(struct account_reading *reading)
{
    struct tallying tallying = {0};
    int status =
        account_each(reading,
                     "SELECT fact.unit, fact.item, fact.ordinal, fact.kind, fact.level, fact.code, fact.count"
                     " FROM unit CROSS JOIN fact ON fact.unit = unit.id"
                     " WHERE unit.ordinal IS NOT NULL AND (fact.kind BETWEEN 0 AND 1 OR (fact.kind = 4 AND "
                     "fact.code GLOB 'reservation.*'))"
                     " ORDER BY unit.ordinal",
                     -1, count_fact, &tallying);
    if (status == PROV_OK)
        status = keep_groups(reading, &tallying);
    for (size_t i = 0; i < tallying.keys.nnames && i < tallying.capacity; i++)
        free(tallying.tallies[i].places);
    free(tallying.tallies);
    intern_finish(&tallying.keys);
    buf_finish(&tallying.key);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items with their columns, facts and samples: four tables, keyed alike, so that what belongs together lies together:
 *
 *     item        (unit, ordinal)
 *     row_column  (unit, item, ordinal)        of items made of records
 *     fact        (unit, item, ordinal)        one row for each (kind, code, level, column)
 *     sample      (unit, item, fact, ordinal)  where it was seen first
 */
#include <string.h>

#include "store/handle.h"
#include "store/store.h"

/* Whose fact. */
struct owner {
    uint64_t unit;
    uint32_t item;
};

static int
add_samples(struct store *store, struct owner owner, size_t fact, const struct fact_entry *entry,
            struct err *err)
{
    struct db_statement *insert = store->statements.sample_insert;
    for (size_t i = 0; i < entry->nsamples; i++) {
        const struct fact_sample *sample = &entry->samples[i];
        db_bind_int(insert, 1, (int64_t)owner.unit);
        db_bind_int(insert, 2, owner.item);
        db_bind_int(insert, 3, (int64_t)fact);
        db_bind_int(insert, 4, (int64_t)i);
        db_bind_int(insert, 5, (int64_t)sample->offset);
        db_bind_int(insert, 6, (int64_t)sample->length);
        db_bind_int(insert, 7, (int64_t)sample->row);
        db_bind_int(insert, 8, sample->score);
        db_bind_text_bytes(insert, 9, sample->evidence);
        TRY(db_execute(insert, err));
    }
    return PROV_OK;
}

static int
add_fact(struct store *store, struct owner owner, size_t ordinal, const struct fact_entry *entry,
         struct err *err)
{
    struct db_statement *insert = store->statements.fact_insert;
    db_bind_int(insert, 1, (int64_t)owner.unit);
    db_bind_int(insert, 2, owner.item);
    db_bind_int(insert, 3, (int64_t)ordinal);
    db_bind_int(insert, 4, entry->kind);
    db_bind_text(insert, 5, entry->code);
    db_bind_int(insert, 6, entry->level);
    db_bind_int(insert, 7, entry->score);
    db_bind_int(insert, 8, (int64_t)entry->count);
    db_bind_int(insert, 9, (int64_t)entry->nwhole);
    db_bind_int(insert, 10, entry->column);
    TRY(db_execute(insert, err));
    return add_samples(store, owner, ordinal, entry, err);
}

static uint64_t
evidence_bytes(const struct fact_entry *entry)
{
    uint64_t size = strlen(entry->code);
    for (size_t i = 0; i < entry->nsamples; i++)
        size += entry->samples[i].evidence.size;
    return size;
}

static int
add_facts(struct store *store, struct owner owner, const struct fact_set *facts, struct err *err)
{
    for (size_t i = 0; i < facts->nentries; i++) {
        const struct fact_entry *entry = &facts->entries[i];
        TRY(store_begin_write(store, 1 + entry->nsamples, evidence_bytes(entry), err));
        TRY(add_fact(store, owner, i, entry, err));
    }
    if (facts->noverflow == 0)
        return PROV_OK;
    const struct fact_entry overflow = {
        .kind = FACT_ATTRIBUTE, .code = "facts.overflow", .count = facts->noverflow};
    return add_fact(store, owner, facts->nentries, &overflow, err);
}

static int
add_column(struct store *store, struct owner owner, size_t ordinal, const struct row_column *column, struct err *err)
{
    struct db_statement *insert = store->statements.column_insert;
    db_bind_int(insert, 1, (int64_t)owner.unit);
    db_bind_int(insert, 2, owner.item);
    db_bind_int(insert, 3, (int64_t)ordinal);
    db_bind_text_bytes(insert, 4, column->name);
    db_bind_int(insert, 5, (int64_t)column->nvalues);
    db_bind_int(insert, 6, (int64_t)column->nnumbers);
    db_bind_int(insert, 7, (int64_t)column->ncodes);
    db_bind_int(insert, 8, (int64_t)column->nbytes);
    return db_execute(insert, err);
}

/* The records of an item, and its columns. */
static int
add_columns(struct store *store, struct owner owner, const struct fact_set *facts, struct err *err)
{
    const struct row_column records = {.name = bytes_of(""), .nvalues = facts->nrows};
    if (facts->nrows == 0 && facts->ncolumns == 0)
        return PROV_OK;
    TRY(store_begin_write(store, 1 + facts->ncolumns, 0, err));
    TRY(add_column(store, owner, 0, &records, err));
    for (size_t i = 1; i < facts->ncolumns; i++)
        if (facts->columns[i].name.size)
            TRY(add_column(store, owner, i, &facts->columns[i], err));
    return PROV_OK;
}

/* What can be looked up by its value. */
static int
add_values(struct store *store, struct owner owner, const struct fact_set *facts, struct err *err)
{
    struct db_statement *insert = store->statements.value_insert;
    if (facts->values.size == 0)
        return PROV_OK;
    TRY(store_begin_write(store, 1, facts->values.size, err));
    db_bind_int(insert, 1, (int64_t)owner.unit);
    db_bind_int(insert, 2, owner.item);
    db_bind_int(insert, 3, (int64_t)facts->nvalues_lost);
    db_bind_bytes(insert, 4, buf_bytes(&facts->values));
    return db_execute(insert, err);
}

int
store_add_item(struct store *store, uint64_t unit, const struct item *item, struct err *err)
{
    TRY(store_begin_write(store, 1, item->head.path.size + item->head.link.size, err));
    int status = item_rows_add(&store->items, unit, item, err);
    const struct owner owner = {.unit = unit, .item = item->ordinal};
    if (status == PROV_OK)
        status = add_columns(store, owner, &item->facts, err);
    if (status == PROV_OK)
        status = add_values(store, owner, &item->facts, err);
    if (status == PROV_OK)
        status = add_facts(store, owner, &item->facts, err);
    return store_end_write(store, status);
}

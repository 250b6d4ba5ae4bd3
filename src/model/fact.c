/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists and sets of facts.
 *
 * A set keeps its entries in order of first sighting, so that merging the same lists in the same
 * order gives the same set. Most items have a handful of entries and are searched from the front; an
 * index by hash appears when there are many:
 *
 *     index:   [ .  2  .  .  0  .  1  . ]      value = entry number + 1, 0 = free, linear probing
 *     entries: [ e0 e1 e2 ... ]
 *
 * A hostile item with endless different codes (license names, say) stops growing at
 * LIMIT_FACT_KINDS_ITEM; what comes after is counted in noverflow, never lost in silence. Codes of our
 * own vocabulary (defects, attributes) are few and always have room.
 */
#include "model/fact.h"

#include <assert.h>
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/status.h"

enum { LINEAR_MAX = 16, FIRST_CAPACITY = 4 };

/* Grow an arena array to hold one element more; arena memory of the old array is not reclaimed. */
static void *
grown(struct arena *arena, const void *array, size_t count, size_t *capacity, size_t size)
{
    size_t wanted = *capacity ? *capacity * 2 : FIRST_CAPACITY;
    void *larger = arena_array(arena, wanted, size);
    if (larger && array && count)
        memcpy(larger, array, count * size);
    if (larger)
        *capacity = wanted;
    return larger;
}

int
fact_list_add(struct fact_list *list, const struct fact *fact)
{
    assert(strlen(fact->code) <= LIMIT_CODE_BYTES);
    if (list->nfacts == list->capacity) {
        struct fact *facts = grown(&list->arena, list->facts, list->nfacts, &list->capacity, sizeof *facts);
        if (!facts)
            return PROV_E_MEMORY;
        list->facts = facts;
    }
    struct fact copy = *fact;
    copy.code = arena_text(&list->arena, bytes_of(fact->code));
    copy.evidence = arena_bytes(&list->arena, fact->evidence);
    if (!copy.code || !copy.evidence.data)
        return PROV_E_MEMORY;
    list->facts[list->nfacts++] = copy;
    return PROV_OK;
}

int
fact_list_add_columns(struct fact_list *list, const struct row_column *columns, size_t ncolumns, uint64_t nrows)
{
    struct row_column *copy = arena_array(&list->arena, ncolumns, sizeof *copy);
    if (!copy)
        return PROV_E_MEMORY;
    memcpy(copy, columns, ncolumns * sizeof *copy);
    list->columns = copy;
    list->ncolumns = ncolumns;
    list->nrows = nrows;
    return PROV_OK;
}

void
fact_list_clear(struct fact_list *list)
{
    arena_clear(&list->arena);
    list->facts = NULL;
    list->columns = NULL;
    list->nfacts = list->capacity = list->ncolumns = 0;
    list->nrows = 0;
}

void
fact_list_finish(struct fact_list *list)
{
    arena_finish(&list->arena);
    *list = (struct fact_list){0};
}

static uint64_t
entry_hash(const struct fact *fact)
{
    uint64_t seed = (uint64_t)fact->column << 16 | (uint64_t)fact->kind << 8 | fact->level;
    return hash64(fact->code, strlen(fact->code), seed);
}

static bool
entry_is(const struct fact_entry *entry, const struct fact *fact)
{
    return entry->kind == fact->kind && entry->level == fact->level && entry->column == fact->column &&
           strcmp(entry->code, fact->code) == 0;
}

/* The slot that holds the entry like this fact, or the free slot where it belongs. */
static uint32_t *
index_slot(const struct fact_set *set, const struct fact *fact)
{
    size_t mask = set->index_size - 1;
    size_t at = entry_hash(fact) & mask;
    while (set->index[at] && !entry_is(&set->entries[set->index[at] - 1], fact))
        at = (at + 1) & mask;
    return &set->index[at];
}

static struct fact_entry *
entry_find(const struct fact_set *set, const struct fact *fact)
{
    if (set->index_size) {
        uint32_t number = *index_slot(set, fact);
        return number ? &set->entries[number - 1] : NULL;
    }
    for (size_t i = 0; i < set->nentries; i++)
        if (entry_is(&set->entries[i], fact))
            return &set->entries[i];
    return NULL;
}

static int
index_rebuild(struct fact_set *set)
{
    size_t size = set->index_size ? set->index_size * 4 : (size_t)16 * LINEAR_MAX;
    uint32_t *index = arena_array(&set->arena, size, sizeof *index);
    if (!index)
        return PROV_E_MEMORY;
    set->index = index;
    set->index_size = size;
    for (size_t i = 0; i < set->nentries; i++) {
        const struct fact_entry *entry = &set->entries[i];
        struct fact like = {
            .kind = entry->kind, .level = entry->level, .column = entry->column, .code = entry->code};
        *index_slot(set, &like) = (uint32_t)(i + 1);
    }
    return PROV_OK;
}

static int
entry_add(struct fact_set *set, const struct fact *fact, struct fact_entry **out)
{
    if (set->nentries == set->capacity) {
        struct fact_entry *entries =
            grown(&set->arena, set->entries, set->nentries, &set->capacity, sizeof *entries);
        if (!entries)
            return PROV_E_MEMORY;
        set->entries = entries;
    }
    const char *code = arena_text(&set->arena, bytes_of(fact->code));
    if (!code)
        return PROV_E_MEMORY;
    if (set->nentries >= LINEAR_MAX && set->nentries * 2 >= set->index_size)
        TRY(index_rebuild(set));
    struct fact_entry *entry = &set->entries[set->nentries];
    *entry = (struct fact_entry){
        .kind = fact->kind, .level = fact->level, .score = fact->score, .code = code, .column = fact->column};
    if (set->index_size)
        *index_slot(set, fact) = (uint32_t)(set->nentries + 1);
    set->nentries++;
    *out = entry;
    return PROV_OK;
}

static int
entry_add_sample(struct fact_set *set, struct fact_entry *entry, const struct fact *fact)
{
    if (entry->nsamples == entry->capacity) {
        struct fact_sample *samples =
            grown(&set->arena, entry->samples, entry->nsamples, &entry->capacity, sizeof *samples);
        if (!samples)
            return PROV_E_MEMORY;
        entry->samples = samples;
    }
    struct bytes evidence = arena_bytes(&set->arena, fact->evidence);
    if (!evidence.data)
        return PROV_E_MEMORY;
    entry->samples[entry->nsamples++] = (struct fact_sample){.offset = fact->offset,
                                                             .length = fact->length,
                                                             .row = fact->row,
                                                             .score = fact->score,
                                                             .evidence = evidence};
    set->nsamples++;
    return PROV_OK;
}

static int
add_value(struct fact_set *set, const struct fact *fact)
{
    const struct fact_value value = {.hash = fact->hash, .offset = fact->offset, .row = fact->row};
    if (set->values.size < LIMIT_VALUES_ITEM * sizeof value)
        return buf_append(&set->values, &value, sizeof value);
    set->nvalues_lost++;
    return PROV_OK;
}

int
fact_set_add(struct fact_set *set, const struct fact *fact)
{
    uint64_t count = fact->count ? fact->count : 1;
    struct fact_entry *entry = entry_find(set, fact);
    bool own_code = fact->kind == FACT_DEFECT || fact->kind == FACT_ATTRIBUTE;
    if (!entry && !own_code && set->nentries >= LIMIT_FACT_KINDS_ITEM) {
        set->noverflow += count;
        return PROV_OK;
    }
    if (!entry)
        TRY(entry_add(set, fact, &entry));
    if (entry->nsamples < set->nsamples_max && set->nsamples < LIMIT_SAMPLES_ITEM_ALL)
        TRY(entry_add_sample(set, entry, fact));
    entry->count += count;
    entry->nwhole += fact->whole ? count : 0;
    if (fact->kind == FACT_FINDING && fact->level >= LEVEL_POSSIBLE && fact->hash)
        TRY(add_value(set, fact));
    entry->distinct |= fact->hash ? (uint64_t)1 << fact->hash % 64 : 0;
    if (fact->score > entry->score)
        entry->score = fact->score;
    return PROV_OK;
}

/* The number in the set of a column of a list; 0 when it has no name there. */
static int
column_find(struct fact_set *set, const struct row_column *column, uint32_t *number)
{
    size_t at = 1;
    while (at < set->ncolumns && !bytes_equal(set->columns[at].name, column->name))
        at++;
    *number = 0;
    if (at > LIMIT_COLUMNS_ITEM)
        return PROV_OK;
    if (at >= set->ncolumns) {
        if (at >= set->columns_capacity) {
            struct row_column *columns =
                grown(&set->arena, set->columns, set->ncolumns, &set->columns_capacity, sizeof *columns);
            if (!columns)
                return PROV_E_MEMORY;
            set->columns = columns;
        }
        set->columns[at] = (struct row_column){.name = arena_bytes(&set->arena, column->name)};
        if (!set->columns[at].name.data)
            return PROV_E_MEMORY;
        set->ncolumns = at + 1;
    }
    *number = (uint32_t)at;
    return PROV_OK;
}

/* Add what the list has of columns to those of the set. @param numbers  of each column of the list, in the set */
static int
merge_columns(struct fact_set *set, const struct fact_list *list, uint32_t *numbers)
{
    set->nrows += list->nrows;
    for (size_t i = 1; i < list->ncolumns; i++) {
        const struct row_column *column = &list->columns[i];
        numbers[i] = 0;
        if (column->name.size == 0)
            continue;
        TRY(column_find(set, column, &numbers[i]));
        if (numbers[i] == 0)
            continue;
        struct row_column *mine = &set->columns[numbers[i]];
        mine->nvalues += column->nvalues;
        mine->nnumbers += column->nnumbers;
        mine->ncodes += column->ncodes;
        mine->nbytes += column->nbytes;
    }
    return PROV_OK;
}

int
fact_set_merge(struct fact_set *set, struct fact_list *list)
{
    uint32_t *numbers = NULL;
    if (list->ncolumns) {
        numbers = arena_array(&list->arena, list->ncolumns, sizeof *numbers);
        if (!numbers)
            return PROV_E_MEMORY;
        TRY(merge_columns(set, list, numbers));
    }
    for (size_t i = 0; i < list->nfacts; i++) {
        struct fact fact = list->facts[i];
        fact.column = fact.column < list->ncolumns ? numbers[fact.column] : 0;
        TRY(fact_set_add(set, &fact));
    }
    return PROV_OK;
}

void
fact_set_trim_columns(struct fact_set *set)
{
    bool used[LIMIT_COLUMNS_ITEM + 1] = {false};
    if (set->nrows > 1)
        return;
    for (size_t i = 0; i < set->nentries; i++)
        used[set->entries[i].column] = true;
    for (size_t i = 1; i < set->ncolumns; i++)
        if (!used[i])
            set->columns[i] = (struct row_column){0};
    while (set->ncolumns && !used[set->ncolumns - 1])
        set->ncolumns--;
    set->nrows = set->ncolumns ? set->nrows : 0;
}

void
fact_set_finish(struct fact_set *set)
{
    arena_finish(&set->arena);
    buf_finish(&set->values);
    *set = (struct fact_set){0};
}

const char *
fact_kind_name(enum fact_kind kind)
{
    static const char *const names[FACT_KIND_COUNT] = {
        [FACT_DEFECT] = "defect",       [FACT_FINDING] = "finding",     [FACT_LICENSE] = "license",
        [FACT_COPYRIGHT] = "copyright", [FACT_ATTRIBUTE] = "attribute",
    };
    assert(kind < FACT_KIND_COUNT);
    return names[kind];
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sample that nobody chose.
 *
 * An entry is a record of an item made of records, else a content item. Entries of a source are numbered from
 * 0 in the order of the crawl. Of a source with N of all entries, floor(n * N / total) are drawn, the rest
 * goes to the largest remainders (the first source of equal ones); a source that would get none gets one of
 * the source with the most.
 *
 * Which ones: for k = 0, 1, 2 ... the first eight bytes of
 *
 *     SHA-256("<seed>:<number of the source>:<k>")
 *
 * are a big-endian number x; one that is not below floor((2^64 - 1) / N) * N is left out, so that no entry is
 * favoured; else x mod N is drawn, unless it was before. Anyone can do it again with a shell and the store.
 */
#include "policy/sample_draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

/* A draw in progress. */
struct drawing {
    struct db *db;
    const char *seed;
    uint64_t n;
    struct sample *sample;
    uint64_t **drawn; /**< for each source its numbers, sorted */
    uint64_t *at;     /**< for each source the entries passed, and the numbers met */
    uint64_t *met;
    struct err *err;
};

static int
memory(const struct drawing *drawing)
{
    return err_set(drawing->err, PROV_E_MEMORY, "out of memory");
}

/* Hand over each content item with its source and its number of entries; rows is 0 for an item without
 * records. */
static int
each_item(struct drawing *drawing,
          int (*take)(struct drawing *drawing, struct sample_entry entry, uint64_t rows))
{
    struct db_statement *items = NULL;
    bool has_row = false;
    TRY(db_prepare(drawing->db,
                   "SELECT f.unit_id, f.item, f.source, coalesce(r.nvalues, 0) FROM item_facts AS f"
                   " LEFT JOIN row_column AS r ON r.unit = f.unit_id AND r.item = f.item AND r.ordinal = 0"
                   " WHERE f.is_content = 1 ORDER BY f.unit, f.item",
                   &items, drawing->err));
    int status = PROV_OK;
    while (status == PROV_OK && (status = db_step(items, &has_row, drawing->err)) == PROV_OK && has_row) {
        struct sample_entry entry = {.unit = db_int(items, 0), .item = db_int(items, 1)};
        entry.source = (uint32_t)db_int(items, 2);
        if (entry.source < drawing->sample->nstrata)
            status = take(drawing, entry, (uint64_t)db_int(items, 3));
    }
    db_finish(items);
    return status;
}

static int
count(struct drawing *drawing, struct sample_entry entry, uint64_t rows)
{
    drawing->sample->strata[entry.source].population += rows ? rows : 1;
    drawing->sample->population += rows ? rows : 1;
    return PROV_OK;
}

/* n is at most SAMPLE_MAX, so that n times the entries of a source does not overflow below 18 million
 * million. */

/* The source with the largest remainder that got no more than its floor yet; of equal ones the first. */
static size_t
next_remainder(const struct drawing *drawing, const bool *given)
{
    const struct sample *sample = drawing->sample;
    size_t best = 0;
    uint64_t most = 0;
    bool found = false;
    for (size_t i = 0; i < sample->nstrata; i++) {
        uint64_t rest = drawing->n * sample->strata[i].population % sample->population;
        if (given[i] || !sample->strata[i].population || (found && rest <= most))
            continue;
        best = i;
        most = rest;
        found = true;
    }
    return best;
}

/* How many of each source. */
static int
allocate(struct drawing *drawing)
{
    struct sample *sample = drawing->sample;
    uint64_t total = 0;
    if (sample->population <= drawing->n) {
        for (size_t i = 0; i < sample->nstrata; i++)
            sample->strata[i].ndrawn = sample->strata[i].population;
        return PROV_OK;
    }
    bool *given = calloc(sample->nstrata, sizeof *given);
    if (!given)
        return memory(drawing);
    for (size_t i = 0; i < sample->nstrata; i++) {
        struct sample_stratum *stratum = &sample->strata[i];
        stratum->ndrawn = drawing->n * stratum->population / sample->population;
        total += stratum->ndrawn;
    }
    for (; total < drawing->n; total++) {
        size_t i = next_remainder(drawing, given);
        given[i] = true;
        sample->strata[i].ndrawn++;
    }
    free(given);
    for (size_t i = 0; i < sample->nstrata; i++) {
        size_t largest = 0;
        for (size_t j = 1; j < sample->nstrata; j++)
            largest = sample->strata[j].ndrawn > sample->strata[largest].ndrawn ? j : largest;
        if (sample->strata[i].population && !sample->strata[i].ndrawn && sample->strata[largest].ndrawn > 1) {
            sample->strata[i].ndrawn = 1;
            sample->strata[largest].ndrawn--;
        }
    }
    return PROV_OK;
}

/* The k-th number of a source. @return PROV_OK, PROV_E_MEMORY */
static int
random_number(const char *seed, size_t source, uint64_t k, uint64_t *number)
{
    char text[256];
    uint8_t sha256[SHA256_SIZE];
    int size = snprintf(text, sizeof text, "%s:%zu:%llu", seed, source, (unsigned long long)k);
    TRY(sha256_block(text, (size_t)size, sha256));
    *number = 0;
    for (int i = 0; i < 8; i++)
        *number = *number << 8 | sha256[i];
    return PROV_OK;
}

static int
compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Is the number in the table? Adds it when not: open addressing, numbers kept plus one. */
static bool
was_drawn(uint64_t *table, size_t mask, uint64_t number)
{
    size_t at = (size_t)hash64(&number, sizeof number, 0) & mask;
    for (; table[at]; at = (at + 1) & mask)
        if (table[at] == number + 1)
            return true;
    table[at] = number + 1;
    return false;
}

static int
draw_stratum(struct drawing *drawing, size_t source)
{
    const struct sample_stratum *stratum = &drawing->sample->strata[source];
    size_t size = 16;
    while (size < 2 * stratum->ndrawn)
        size *= 2;
    uint64_t *numbers = malloc((stratum->ndrawn + 1) * sizeof *numbers), *table = calloc(size, sizeof *table);
    int status = numbers && table ? PROV_OK : PROV_E_MEMORY;
    uint64_t got = 0,
             limit = stratum->population ? UINT64_MAX / stratum->population * stratum->population : 0;
    if (stratum->ndrawn == stratum->population)
        for (; got < stratum->ndrawn && numbers; got++)
            numbers[got] = got;
    for (uint64_t k = 0; got < stratum->ndrawn && status == PROV_OK; k++) {
        uint64_t x = 0;
        status = random_number(drawing->seed, source, k, &x);
        if (status == PROV_OK && x < limit && !was_drawn(table, size - 1, x % stratum->population))
            numbers[got++] = x % stratum->population;
    }
    free(table);
    if (status != PROV_OK) {
        free(numbers);
        return memory(drawing);
    }
    qsort(numbers, got, sizeof *numbers, compare_numbers);
    drawing->drawn[source] = numbers;
    return PROV_OK;
}

/* Take those entries of the item that were drawn. */
static int
pick(struct drawing *drawing, struct sample_entry entry, uint64_t rows)
{
    struct sample *sample = drawing->sample;
    uint64_t first = drawing->at[entry.source], *met = &drawing->met[entry.source];
    drawing->at[entry.source] += rows ? rows : 1;
    for (; *met < sample->strata[entry.source].ndrawn &&
           drawing->drawn[entry.source][*met] < drawing->at[entry.source];
         ++*met) {
        entry.row = rows ? drawing->drawn[entry.source][*met] - first + 1 : 0;
        sample->entries[sample->nentries++] = entry;
    }
    return PROV_OK;
}

static int
draw(struct drawing *drawing)
{
    struct sample *sample = drawing->sample;
    uint64_t total = 0;
    TRY(each_item(drawing, count));
    if (!sample->population)
        return PROV_OK;
    TRY(allocate(drawing));
    for (size_t i = 0; i < sample->nstrata; i++) {
        total += sample->strata[i].ndrawn;
        TRY(draw_stratum(drawing, i));
    }
    sample->entries = malloc((total + 1) * sizeof *sample->entries);
    return sample->entries ? each_item(drawing, pick) : memory(drawing);
}

int
sample_draw(struct db *db, const char *seed, uint64_t n, struct sample *sample, struct err *err)
{
    struct drawing drawing = {.db = db, .seed = seed, .n = n, .sample = sample, .err = err};
    int64_t nsources = 0;
    TRY(db_query_int(db, "SELECT count(*) FROM source", &nsources, err));
    sample->nstrata = (size_t)nsources;
    sample->strata = calloc(sample->nstrata + 1, sizeof *sample->strata);
    drawing.drawn = calloc(sample->nstrata + 1, sizeof *drawing.drawn);
    drawing.at = calloc(sample->nstrata + 1, sizeof *drawing.at);
    drawing.met = calloc(sample->nstrata + 1, sizeof *drawing.met);
    int status =
        sample->strata && drawing.drawn && drawing.at && drawing.met ? draw(&drawing) : memory(&drawing);
    for (size_t i = 0; drawing.drawn && i < sample->nstrata; i++)
        free(drawing.drawn[i]);
    free(drawing.drawn);
    free(drawing.at);
    free(drawing.met);
    return status;
}

void
sample_finish(struct sample *sample)
{
    free(sample->entries);
    free(sample->strata);
    *sample = (struct sample){0};
}

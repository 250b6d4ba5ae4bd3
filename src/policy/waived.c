/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rules are waived for what, in one judgement.
 *
 *     waivers in force, by digest ──┐
 *     items of the store, one pass ─┴─► (unit, item) → set of rules, sorted as the pass over items comes
 *
 * Nothing of this is done when there are no waivers, and items are looked at only when one is for an item.
 */
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "model/root_digest.h"
#include "policy/waivers.h"

/* What the resolving works on. */
struct resolving {
    struct waivers *waivers;
    const struct pack_set *set;
    struct db *db;
    struct waived *waived;
    struct intern digests; /**< of items that a waiver is for */
    struct err *err;
};

static int
memory(const struct resolving *resolving)
{
    return err_set(resolving->err, PROV_E_MEMORY, "out of memory");
}

static size_t
rule_of(const struct pack_set *set, const struct waiver *waiver)
{
    for (size_t i = 0; i < set->nrules; i++)
        if (strcmp(set->rules[i]->id, waiver->rule) == 0 && set->rules[i]->level == waiver->level)
            return i;
    return SIZE_MAX;
}

/* Every waiver that may be in force is so until it turns out to meet nothing. */
static void
settle_days(struct resolving *resolving, const char *as_of)
{
    for (size_t i = 0; i < resolving->waivers->nwaivers; i++) {
        struct waiver *waiver = &resolving->waivers->waivers[i];
        waiver->nmatches = 0;
        waiver->state = !as_of                                        ? WAIVER_NO_DAY
                        : strcmp(waiver->expires, as_of) < 0          ? WAIVER_EXPIRED
                        : strcmp(waiver->granted, as_of) > 0          ? WAIVER_NOT_BEGUN
                        : rule_of(resolving->set, waiver) == SIZE_MAX ? WAIVER_NO_RULE
                                                                      : WAIVER_NO_MATCH;
    }
}

static void
meet(struct waiver *waiver)
{
    waiver->state = WAIVER_IN_FORCE;
    waiver->nmatches++;
}

int
waiver_source_digest(struct db *db, uint32_t source, uint8_t sha256[SHA256_SIZE], struct err *err)
{
    struct db_statement *rows = NULL;
    struct sha256 *digest = sha256_create();
    bool has_row = false;
    if (!digest)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    int status =
        db_prepare(db,
                   "SELECT item.sha256, unit.root, unit.path FROM unit"
                   " JOIN item ON item.unit = unit.id AND item.ordinal = 0"
                   " LEFT JOIN source_unit ON source_unit.unit = unit.id"
                   " WHERE unit.ordinal IS NOT NULL AND unit.kind = 0 AND coalesce(source_unit.source, 0) = ?"
                   " ORDER BY unit.root, unit.path",
                   &rows, err);
    if (status == PROV_OK)
        db_bind_int(rows, 1, source);
    while (status == PROV_OK && (status = db_step(rows, &has_row, err)) == PROV_OK && has_row) {
        uint8_t record[SHA256_SIZE + 1] = {0};
        struct bytes found = db_bytes(rows, 0), path = db_bytes(rows, 2);
        if (found.size == SHA256_SIZE)
            memcpy(record, found.data, SHA256_SIZE);
        record[SHA256_SIZE] = (uint8_t)db_int(rows, 1);
        sha256_update(digest, record, sizeof record);
        sha256_update(digest, path.data, path.size);
        sha256_update(digest, "", 1);
    }
    if (status == PROV_OK)
        sha256_end(digest, sha256);
    db_finish(rows);
    sha256_destroy(digest);
    return status;
}

static int
resolve_source(struct resolving *resolving, uint32_t source)
{
    struct waived *waived = resolving->waived;
    uint8_t sha256[SHA256_SIZE];
    TRY(waiver_source_digest(resolving->db, source, sha256, resolving->err));
    for (size_t i = 0; i < resolving->waivers->nwaivers; i++) {
        struct waiver *waiver = &resolving->waivers->waivers[i];
        if (waiver->level != RULE_SOURCE || waiver->state > WAIVER_NO_MATCH ||
            memcmp(waiver->sha256, sha256, SHA256_SIZE) != 0)
            continue;
        meet(waiver);
        waived->sources[rule_of(resolving->set, waiver) * waived->nsources + source] = true;
    }
    return PROV_OK;
}

static int
resolve_dataset(struct resolving *resolving)
{
    char digest[2 * SHA256_SIZE + 1], hex[2 * SHA256_SIZE + 1];
    TRY(root_digest(resolving->db, digest, resolving->err));
    for (size_t i = 0; i < resolving->waivers->nwaivers; i++) {
        struct waiver *waiver = &resolving->waivers->waivers[i];
        hex_write(waiver->sha256, SHA256_SIZE, hex);
        if (waiver->level != RULE_DATASET || waiver->state > WAIVER_NO_MATCH || strcmp(hex, digest) != 0)
            continue;
        meet(waiver);
        resolving->waived->dataset[rule_of(resolving->set, waiver)] = true;
    }
    return PROV_OK;
}

static int
add_item(struct resolving *resolving, int64_t unit, int64_t item, struct bytes sha256)
{
    struct waived *waived = resolving->waived;
    struct buf rules = {0};
    uint32_t set = 0;
    int status = PROV_OK;
    for (size_t i = 0; i < resolving->waivers->nwaivers && status == PROV_OK; i++) {
        struct waiver *waiver = &resolving->waivers->waivers[i];
        if (waiver->level != RULE_ITEM || waiver->state > WAIVER_NO_MATCH ||
            memcmp(waiver->sha256, sha256.data, SHA256_SIZE) != 0)
            continue;
        uint32_t rule = (uint32_t)rule_of(resolving->set, waiver);
        meet(waiver);
        status = buf_append(&rules, &rule, sizeof rule);
    }
    if (status == PROV_OK && waived->nitems == waived->capacity) {
        size_t capacity = waived->capacity ? waived->capacity * 2 : 16;
        struct waived_item *larger = realloc(waived->items, capacity * sizeof *larger);
        waived->items = larger ? larger : waived->items;
        waived->capacity = larger ? capacity : waived->capacity;
        status = larger ? PROV_OK : PROV_E_MEMORY;
    }
    if (status == PROV_OK)
        status = intern_add(&waived->sets, buf_bytes(&rules), &set);
    if (status == PROV_OK)
        waived->items[waived->nitems++] = (struct waived_item){unit, item, set};
    buf_finish(&rules);
    return status == PROV_OK ? PROV_OK : memory(resolving);
}

static int
resolve_items(struct resolving *resolving)
{
    struct db_statement *rows = NULL;
    bool has_row = false;
    TRY(db_prepare(
        resolving->db,
        "SELECT unit.id, item.ordinal, item.sha256 FROM unit CROSS JOIN item ON item.unit = unit.id"
        " WHERE unit.ordinal IS NOT NULL AND item.sha256 IS NOT NULL ORDER BY unit.id, item.ordinal",
        &rows, resolving->err));
    int status = PROV_OK;
    while (status == PROV_OK && (status = db_step(rows, &has_row, resolving->err)) == PROV_OK && has_row) {
        struct bytes sha256 = db_bytes(rows, 2);
        if (sha256.size == SHA256_SIZE && intern_find(&resolving->digests, sha256) != INTERN_NONE)
            status = add_item(resolving, db_int(rows, 0), db_int(rows, 1), sha256);
    }
    db_finish(rows);
    return status;
}

/* Digests of items that a waiver is for. */
static int
collect_digests(struct resolving *resolving, bool levels[RULE_LEVEL_COUNT])
{
    for (size_t i = 0; i < resolving->waivers->nwaivers; i++) {
        const struct waiver *waiver = &resolving->waivers->waivers[i];
        uint32_t number = 0;
        if (waiver->state != WAIVER_NO_MATCH)
            continue;
        levels[waiver->level] = true;
        if (waiver->level == RULE_ITEM &&
            intern_add(&resolving->digests, (struct bytes){waiver->sha256, SHA256_SIZE}, &number) != PROV_OK)
            return memory(resolving);
    }
    return PROV_OK;
}

static int
resolve_all(struct resolving *resolving)
{
    struct waived *waived = resolving->waived;
    bool levels[RULE_LEVEL_COUNT] = {false};
    int64_t nsources = 0;
    TRY(db_query_int(resolving->db, "SELECT count(*) FROM source", &nsources, resolving->err));
    waived->nrules = resolving->set->nrules;
    waived->nsources = (size_t)nsources;
    waived->dataset = calloc(waived->nrules + 1, sizeof *waived->dataset);
    waived->sources = calloc((waived->nrules + 1) * (waived->nsources + 1), sizeof *waived->sources);
    if (!waived->dataset || !waived->sources)
        return memory(resolving);
    TRY(collect_digests(resolving, levels));
    if (levels[RULE_DATASET])
        TRY(resolve_dataset(resolving));
    for (uint32_t i = 0; levels[RULE_SOURCE] && i < waived->nsources; i++)
        TRY(resolve_source(resolving, i));
    return levels[RULE_ITEM] ? resolve_items(resolving) : PROV_OK;
}

int
waived_resolve(struct waivers *waivers, const struct pack_set *set, struct db *db, const char *as_of,
               struct waived *waived, struct err *err)
{
    struct resolving resolving = {.waivers = waivers, .set = set, .db = db, .waived = waived, .err = err};
    if (!waivers->nwaivers)
        return PROV_OK;
    settle_days(&resolving, as_of);
    int status = resolve_all(&resolving);
    intern_finish(&resolving.digests);
    return status;
}

void
waived_finish(struct waived *waived)
{
    free(waived->dataset);
    free(waived->sources);
    free(waived->items);
    intern_finish(&waived->sets);
    *waived = (struct waived){0};
}

static int
compare_items(const void *a, const void *b)
{
    const struct waived_item *x = a, *y = b;
    if (x->unit != y->unit)
        return x->unit < y->unit ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

uint32_t
waived_of_item(const struct waived *waived, int64_t unit, int64_t item)
{
    const struct waived_item key = {unit, item, 0};
    if (!waived->nitems)
        return INTERN_NONE;
    const struct waived_item *found =
        bsearch(&key, waived->items, waived->nitems, sizeof *waived->items, compare_items);
    return found ? found->set : INTERN_NONE;
}

bool
waived_has(const struct waived *waived, uint32_t set, size_t rule)
{
    if (set == INTERN_NONE)
        return false;
    struct bytes rules = waived->sets.names[set];
    for (size_t at = 0; at + sizeof(uint32_t) <= rules.size; at += sizeof(uint32_t)) {
        uint32_t one = 0;
        memcpy(&one, rules.data + at, sizeof one);
        if (one == rule)
            return true;
    }
    return false;
}

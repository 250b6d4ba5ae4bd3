/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the account: who was judged, how much there is, and where its bytes went. Findings, licenses and
 * rules are read by the files beside this one.
 *
 * The root digest is what two people compare to know that they speak of the same dataset. Its recipe is short
 * enough to be followed by hand: one record for each file on disk, sorted by root and then by the bytes of
 * its path,
 *
 *     KIND SP SHA256 SP SIZE SP ROOT SP PATH NUL
 *
 * and the SHA-256 of all records in that order. KIND is f for a file (also for a hard link to one: a copy of
 * the dataset without hard links is the same dataset), l for a symlink (SHA256 is that of its target), s for
 * a special file, x for what a rule skipped, u for what could not be read. SHA256 is in lower-case hex, 64
 * zeros where there is none; SIZE is in bytes, 0 but for f; ROOT is the number of the root from 0. Folders
 * are not recorded.
 */
#include "report/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "base/json.h"
#include "base/limits.h"
#include "model/item.h"
#include "model/root_digest.h"
#include "model/unit.h"
#include "report/account_read.h"

enum { ROWS_DEFAULT = 1000 };

static int
memory(struct account_reading *reading)
{
    return err_set(reading->err, PROV_E_MEMORY, "out of memory");
}

int
account_each(struct account_reading *reading, const char *sql, int64_t first,
             int (*row)(struct account_reading *reading, struct db_statement *statement, void *context),
             void *context)
{
    struct db_statement *statement = NULL;
    bool has_row = false;
    TRY(db_prepare(reading->db, sql, &statement, reading->err));
    if (first >= 0)
        db_bind_int(statement, 1, first);
    int status = PROV_OK;
    while (status == PROV_OK && (status = db_step(statement, &has_row, reading->err)) == PROV_OK && has_row)
        status = row(reading, statement, context);
    db_finish(statement);
    return status;
}

void *
account_append(struct account_reading *reading, void *array, size_t *count, size_t size)
{
    void *elements = NULL;
    memcpy(&elements, array, sizeof elements);
    /* Full at 0 and at each power of two from 4 on. */
    if (*count == 0 || (*count >= 4 && (*count & (*count - 1)) == 0)) {
        void *larger = arena_array(&reading->account->arena, *count ? *count * 2 : 4, size);
        if (!larger) {
            (void)memory(reading);
            return NULL;
        }
        if (*count)
            memcpy(larger, elements, *count * size);
        elements = larger;
        memcpy(array, &elements, sizeof elements);
    }
    return (char *)elements + (*count)++ * size;
}

int
account_bytes(struct account_reading *reading, struct db_statement *row, int column, struct bytes *bytes)
{
    *bytes = arena_bytes(&reading->account->arena, db_bytes(row, column));
    return bytes->size && !bytes->data ? memory(reading) : PROV_OK;
}

int
account_text(struct account_reading *reading, struct db_statement *row, int column, const char **text)
{
    *text = arena_text(&reading->account->arena, bytes_of(db_text(row, column)));
    return *text ? PROV_OK : memory(reading);
}

int
account_locator(const struct account *account, const struct account_place *place, struct buf *locator)
{
    return root_names_locator(&account->roots, place->root, place->unit_path, place->item_path, locator);
}

/* Keys of meta that are texts of the account. */
static int
read_meta_row(struct account_reading *reading, struct db_statement *row, void *context)
{
    struct account *a = reading->account;
    const struct {
        const char *key;
        const char **text;
    } texts[] = {
        {"tool", &a->tool},
        {"schema", &a->schema},
        {"libraries", &a->libraries},
        {"plan", &a->plan},
        {"limits", &a->limits},
        {"detectors", &a->scan_detectors},
        {"sandbox", &a->sandbox},
        {"excludes", &a->excludes},
        {"judge.detectors", &a->judge_detectors},
        {"judge.purpose", &a->purpose},
        {"judge.as_of", &a->as_of},
        {"judge.sources_sha256", &a->sources_sha256},
        {"report.items_sha256", &a->items_sha256},
    };
    const struct {
        const char *key;
        uint64_t *number;
    } numbers[] = {
        {"judge.items_denied", &a->nitems_denied}, {"judge.items_reviewed", &a->nitems_reviewed},
        {"judge.rules_failed", &a->nrules_failed}, {"judge.rules_undetermined", &a->nrules_undetermined},
        {"report.items_lines", &a->items_lines},   {"report.items_bytes", &a->items_bytes},
    };
    (void)context;
    const char *key = db_text(row, 0);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(texts[i].key, key) == 0)
            return account_text(reading, row, 1, texts[i].text);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (strcmp(numbers[i].key, key) == 0)
            *numbers[i].number = strtoull(db_text(row, 1), NULL, 10);
    if (strcmp(key, "judge.complete") == 0)
        a->complete = strcmp(db_text(row, 1), "1") == 0;
    if (strcmp(key, "judge.verdict") == 0)
        a->verdict = verdict_find(db_text(row, 1));
    return PROV_OK;
}

static int
read_meta(struct account_reading *reading)
{
    reading->account->verdict = VERDICT_COUNT;
    TRY(account_each(reading, "SELECT key, value FROM meta", -1, read_meta_row, NULL));
    if (reading->account->verdict == VERDICT_COUNT)
        return err_set(reading->err, PROV_E_USAGE, "the scan was never judged: run `provscan judge`");
    return PROV_OK;
}

static int
read_dataset_row(struct account_reading *reading, struct db_statement *row, void *context)
{
    struct account *a = reading->account;
    uint64_t *const fields[] = {&a->bytes,           &a->bytes_read,       &a->bytes_alias,
                                &a->bytes_skipped,   &a->bytes_unreadable, &a->nduplicate_items,
                                &a->duplicate_bytes, &a->nunsearched,      &a->unsearched_bytes,
                                &a->ncontent,        &a->content_bytes,    &a->npartial,
                                &a->nencrypted};
    (void)context;
    for (int i = 0; i < (int)(sizeof fields / sizeof fields[0]); i++)
        *fields[i] = (uint64_t)db_int(row, i);
    return PROV_OK;
}

static int
read_unit_kind(struct account_reading *reading, struct db_statement *row, void *context)
{
    (void)context;
    int64_t kind = db_int(row, 0);
    if (kind >= 0 && kind <= UNIT_UNREADABLE)
        reading->account->units[kind] = (uint64_t)db_int(row, 1);
    return PROV_OK;
}

static int
read_ledger_row(struct account_reading *reading, struct db_statement *row, void *context)
{
    (void)context;
    struct account *a = reading->account;
    bool skipped = db_int(row, 0) == 0;
    struct account_ledger_row *made = account_append(reading, skipped ? &a->skipped : &a->unreadable,
                                                     skipped ? &a->nskipped : &a->nunreadable, sizeof *made);
    if (!made)
        return PROV_E_MEMORY;
    made->nfiles = (uint64_t)db_int(row, 2);
    made->nbytes = (uint64_t)db_int(row, 3);
    return account_bytes(reading, row, 1, &made->name);
}

static int
read_ledger(struct account_reading *reading)
{
    TRY(account_each(
        reading,
        "SELECT bytes, bytes_read, bytes_alias, bytes_skipped, bytes_unreadable, duplicate_items,"
        " duplicate_bytes, unsearched_items, unsearched_bytes, content_items, content_bytes,"
        " partial_items, encrypted_items FROM dataset_facts",
        -1, read_dataset_row, NULL));
    TRY(account_each(reading, "SELECT kind, count(*) FROM unit WHERE ordinal IS NOT NULL GROUP BY kind", -1,
                     read_unit_kind, NULL));
    return account_each(
        reading,
        "SELECT 0, coalesce(rule, ''), count(*), sum(bytes_skipped) FROM unit_ledger WHERE kind = 5"
        " GROUP BY rule UNION ALL"
        " SELECT 1, reason, count(*), sum(bytes_unreadable) FROM unit_ledger WHERE reason IS NOT NULL"
        " GROUP BY reason ORDER BY 1, 2",
        -1, read_ledger_row, NULL);
}

/* Types and formats by number, while they are counted. */
struct counting {
    struct intern types, formats;
    uint64_t *counts[2]; /**< items and bytes of each name; owned */
    size_t capacity[2];
};

static int
count_name(struct account_reading *reading, struct counting *counting, int which, struct bytes name,
           uint64_t size)
{
    struct intern *names = which ? &counting->formats : &counting->types;
    uint32_t number = 0;
    if (intern_add(names, name, &number) != PROV_OK)
        return memory(reading);
    if (names->nnames > counting->capacity[which]) {
        size_t capacity = counting->capacity[which] ? counting->capacity[which] * 2 : 64;
        uint64_t *larger = realloc(counting->counts[which], capacity * 2 * sizeof *larger);
        if (!larger)
            return memory(reading);
        memset(larger + counting->capacity[which] * 2, 0,
               (capacity - counting->capacity[which]) * 2 * sizeof *larger);
        counting->counts[which] = larger;
        counting->capacity[which] = capacity;
    }
    counting->counts[which][2 * number]++;
    counting->counts[which][2 * number + 1] += size;
    return PROV_OK;
}

/* One item: columns kind, flags, size, depth, type, format. */
static int
count_item(struct account_reading *reading, struct db_statement *row, void *context)
{
    struct account *a = reading->account;
    struct counting *counting = context;
    int64_t kind = db_int(row, 0), flags = db_int(row, 1);
    uint64_t size = (uint64_t)db_int(row, 2), depth = (uint64_t)db_int(row, 3);
    if (kind >= 0 && kind <= ITEM_SPECIAL)
        a->items[kind]++;
    if (depth > 0)
        a->expanded_bytes += size;
    if (depth > a->depth_max)
        a->depth_max = depth;
    if (flags & ITEM_CONTAINER) {
        a->ncontainers++;
        TRY(count_name(reading, counting, 1, db_bytes(row, 5), size));
    }
    if (kind != ITEM_FILE || (flags & ITEM_NO_CONTENT))
        return PROV_OK;
    return count_name(reading, counting, 0, db_bytes(row, 4), size);
}

/* The most bytes first; then by name. */
static int
compare_counts(const void *left, const void *right)
{
    const struct account_count *a = left, *b = right;
    if (a->nbytes != b->nbytes)
        return a->nbytes < b->nbytes ? 1 : -1;
    return bytes_compare(a->name, b->name);
}

static int
keep_counts(struct account_reading *reading, const struct intern *names, const uint64_t *counts,
            struct account_count **list, size_t *nlist)
{
    struct account_count *made = arena_array(&reading->account->arena, names->nnames + 1, sizeof *made);
    if (!made)
        return memory(reading);
    for (size_t i = 0; i < names->nnames; i++) {
        made[i] = (struct account_count){arena_bytes(&reading->account->arena, names->names[i]),
                                         counts[2 * i], counts[2 * i + 1]};
        if (made[i].name.size && !made[i].name.data)
            return memory(reading);
    }
    if (names->nnames)
        qsort(made, names->nnames, sizeof *made, compare_counts);
    *list = made;
    *nlist = names->nnames < reading->nrows ? names->nnames : reading->nrows;
    return PROV_OK;
}

static int
read_items(struct account_reading *reading)
{
    struct counting counting = {0};
    struct account *a = reading->account;
    int status =
        account_each(reading,
                     "SELECT item.kind, item.flags, item.size, item.depth, item.type, item.format"
                     " FROM unit CROSS JOIN item ON item.unit = unit.id WHERE unit.ordinal IS NOT NULL",
                     -1, count_item, &counting);
    if (status == PROV_OK)
        status = keep_counts(reading, &counting.types, counting.counts[0], &a->types, &a->ntypes);
    if (status == PROV_OK)
        status = keep_counts(reading, &counting.formats, counting.counts[1], &a->formats, &a->nformats);
    intern_finish(&counting.types);
    intern_finish(&counting.formats);
    free(counting.counts[0]);
    free(counting.counts[1]);
    return status;
}

static int
read_duplicate(struct account_reading *reading, struct db_statement *row, void *context)
{
    (void)context;
    struct account *a = reading->account;
    struct account_duplicate *made = account_append(reading, &a->duplicates, &a->nduplicates, sizeof *made);
    if (!made)
        return PROV_E_MEMORY;
    if (db_bytes(row, 0).size == SHA256_SIZE)
        memcpy(made->sha256, db_bytes(row, 0).data, SHA256_SIZE);
    made->size = (uint64_t)db_int(row, 1);
    made->count = (uint64_t)db_int(row, 2);
    made->first.root = db_int(row, 3);
    TRY(account_bytes(reading, row, 4, &made->first.unit_path));
    TRY(account_bytes(reading, row, 5, &made->first.item_path));
    made->last.root = db_int(row, 6);
    TRY(account_bytes(reading, row, 7, &made->last.unit_path));
    return account_bytes(reading, row, 8, &made->last.item_path);
}

static int
read_duplicates(struct account_reading *reading)
{
    int64_t count = 0;
    TRY(db_query_int(reading->db, "SELECT count(*) FROM duplicate", &count, reading->err));
    reading->account->nduplicate_groups = (uint64_t)count;
    return account_each(
        reading,
        "SELECT d.sha256, d.size, d.count, u.root, u.path, i.path, v.root, v.path, j.path"
        " FROM (SELECT * FROM duplicate ORDER BY size * (count - 1) DESC, sha256 LIMIT ?1) AS d"
        " JOIN unit AS u ON u.ordinal = d.first_unit"
        " JOIN item AS i ON i.unit = u.id AND i.ordinal = d.first_item"
        " JOIN unit AS v ON v.ordinal = d.last_unit"
        " JOIN item AS j ON j.unit = v.id AND j.ordinal = d.last_item"
        " ORDER BY d.size * (d.count - 1) DESC, d.sha256",
        reading->nrows < 100 ? (int64_t)reading->nrows : 100, read_duplicate, NULL);
}

/* The bound of --limit samples-manifest, as the scan recorded it. */
static size_t
samples_limit(const struct account *account)
{
    struct json_file *file = NULL;
    uint64_t value = LIMITS_DEFAULT.samples_manifest;
    if (account->limits && json_open_text("limits", bytes_of(account->limits), &file, NULL) == PROV_OK)
        (void)json_get_uint(json_root(file), "samples-manifest", JSON_OPTIONAL, &value, NULL);
    json_close(file);
    return value < SIZE_MAX ? (size_t)value : SIZE_MAX;
}

int
account_open(struct db *db, const struct account_bounds *bounds, struct account *account, struct err *err)
{
    *account = (struct account){0};
    struct account_reading reading = {.db = db,
                                      .account = account,
                                      .nevidence = bounds->nevidence ? bounds->nevidence : SIZE_MAX,
                                      .nrows = bounds->nrows ? bounds->nrows : ROWS_DEFAULT,
                                      .err = err};
    TRY(read_meta(&reading));
    reading.nsamples = bounds->nsamples ? bounds->nsamples : samples_limit(account);
    TRY(root_names_read(db, &account->roots, err));
    TRY(root_digest(reading.db, reading.account->root_digest, err));
    TRY(read_ledger(&reading));
    TRY(read_items(&reading));
    TRY(account_read_licenses(&reading));
    TRY(account_read_groups(&reading));
    TRY(read_duplicates(&reading));
    return account_read_rules(&reading);
}

void
account_close(struct account *account)
{
    root_names_finish(&account->roots);
    arena_finish(&account->arena);
    *account = (struct account){0};
}

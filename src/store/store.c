/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store as the supervisor writes it (schema.sql says what it holds).
 *
 * Rows go into one open transaction, which is committed after a bounded amount of them and whenever the
 * caller asks. A unit is marked "being read" (state 2) when its first item comes and "done" (1) with
 * its last, in whatever transaction that happens: after a crash a unit that is not done is read again,
 * and what it left behind is deleted first. So a unit of any size costs no more memory than a batch.
 *
 *     state 0 ──store_begin_unit──► 2 ──store_end_unit──► 1
 *       ▲                                                 │
 *       └────── store_add_unit: other stamp or plan ──────┘
 */
#include "store/store.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "store/statements.h"
#include "store_schema_sql.h"

enum { SCHEMA_VERSION = 1, ROWS_PER_TRANSACTION = 50000, STATE_PENDING = 0, STATE_DONE = 1, STATE_READING = 2 };

struct store {
    struct db *db;
    struct statements statements;
    uint8_t plan[SHA256_SIZE];
    uint64_t nrows;      /**< since the transaction began */
    bool in_transaction;
};

/* ---- opening ---- */

static int
has_schema(struct db *db, bool *there, struct err *err)
{
    int64_t count;
    TRY(db_query_int(db, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'meta'", &count, err));
    *there = count > 0;
    if (*there)
        return PROV_OK;
    TRY(db_query_int(db, "SELECT count(*) FROM sqlite_master", &count, err));
    return count == 0 ? PROV_OK : err_set(err, PROV_E_STORE, "scan.db: a database, but not a store of provscan");
}

static int
check_version(struct db *db, struct err *err)
{
    int64_t version;
    TRY(db_query_int(db, "SELECT coalesce((SELECT value FROM meta WHERE key = 'schema'), 0)", &version, err));
    if (version == SCHEMA_VERSION)
        return PROV_OK;
    return err_set(err, PROV_E_STORE,
                   "scan.db: its schema is version %lld, this program writes version %d; scan into a new folder",
                   (long long)version, SCHEMA_VERSION);
}

static int
make_schema(struct db *db, struct err *err)
{
    char version[64];
    (void)snprintf(version, sizeof version, "INSERT INTO meta VALUES ('schema', %d)", SCHEMA_VERSION);
    TRY(db_run(db, "BEGIN IMMEDIATE", err));
    int status = db_run(db, store_schema_sql, err);
    if (status == PROV_OK)
        status = db_run(db, version, err);
    if (status == PROV_OK)
        return db_run(db, "COMMIT", err);
    (void)db_run(db, "ROLLBACK", NULL);
    return status;
}

static int
prepare_schema(struct db *db, struct err *err)
{
    bool there;
    TRY(has_schema(db, &there, err));
    return there ? check_version(db, err) : make_schema(db, err);
}

int
store_open(const char *path, const uint8_t plan[SHA256_SIZE], struct store **out, struct err *err)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    memcpy(store->plan, plan, SHA256_SIZE);
    int status = db_open(path, DB_CREATE, &store->db, err);
    if (status == PROV_OK)
        status = prepare_schema(store->db, err);
    if (status == PROV_OK)
        status = statements_init(&store->statements, store->db, err);
    if (status != PROV_OK) {
        (void)store_close(store, NULL);
        return status;
    }
    *out = store;
    return PROV_OK;
}

int
store_open_existing(const char *path, struct db **out, struct err *err)
{
    struct db *db = NULL;
    TRY(db_open(path, DB_READ_WRITE, &db, err));
    bool there = false;
    int status = has_schema(db, &there, err);
    if (status == PROV_OK && !there)
        status = err_set(err, PROV_E_STORE, "%s: not a store of provscan", path);
    if (status == PROV_OK)
        status = check_version(db, err);
    if (status != PROV_OK) {
        db_close(db);
        return status;
    }
    *out = db;
    return PROV_OK;
}

int
store_commit(struct store *store, struct err *err)
{
    if (!store->in_transaction)
        return PROV_OK;
    store->in_transaction = false;
    store->nrows = 0;
    return db_run(store->db, "COMMIT", err);
}

int
store_close(struct store *store, struct err *err)
{
    if (!store)
        return PROV_OK;
    int status = store->db ? store_commit(store, err) : PROV_OK;
    statements_finish(&store->statements);
    db_close(store->db);
    free(store);
    return status;
}

/* Every write begins here: a transaction is open, and not too long. */
static int
writing(struct store *store, uint64_t nrows, struct err *err)
{
    if (store->nrows >= ROWS_PER_TRANSACTION)
        TRY(store_commit(store, err));
    if (!store->in_transaction)
        TRY(db_run(store->db, "BEGIN IMMEDIATE", err));
    store->in_transaction = true;
    store->nrows += nrows;
    return PROV_OK;
}

/* ---- the crawl ---- */

int
store_begin_crawl(struct store *store, const struct bytes *roots, size_t nroots, struct err *err)
{
    TRY(writing(store, nroots, err));
    TRY(db_run(store->db, "UPDATE unit SET ordinal = NULL WHERE ordinal IS NOT NULL; DELETE FROM root", err));
    struct db_statement *insert = store->statements.root_insert;
    for (size_t i = 0; i < nroots; i++) {
        db_bind_int(insert, 1, (int64_t)i);
        db_bind_bytes(insert, 2, roots[i]);
        TRY(db_execute(insert, err));
    }
    return PROV_OK;
}

static void
bind_unit(struct db_statement *statement, const struct unit *unit, uint64_t ordinal)
{
    const struct unit_stamp *stamp = &unit->stamp;
    db_bind_int(statement, 1, (int64_t)ordinal);
    db_bind_int(statement, 2, unit->root);
    db_bind_bytes(statement, 3, unit->path);
    db_bind_int(statement, 4, unit->kind);
    db_bind_int(statement, 5, (int64_t)stamp->size);
    db_bind_int(statement, 6, (int64_t)stamp->blocks_bytes);
    db_bind_int(statement, 7, (int64_t)stamp->device);
    db_bind_int(statement, 8, (int64_t)stamp->inode);
    db_bind_int(statement, 9, stamp->mtime_ns);
    db_bind_int(statement, 10, stamp->ctime_ns);
    db_bind_int(statement, 11, unit->mode);
    db_bind_int(statement, 12, (int64_t)unit->nlinks);
    if (unit->link.size)
        db_bind_bytes(statement, 13, unit->link);
    if (unit->kind == UNIT_ALIAS)
        db_bind_int(statement, 14, unit->link_root);
}

/* The rule as text: globs come from the command line or an ignore file and need not be UTF-8. */
static void
bind_rule(struct db_statement *statement, const struct unit *unit, char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < unit->rule.size && used + 5 < size; i++) {
        uint8_t byte = unit->rule.data[i];
        if (byte >= 0x20 && byte < 0x7f)
            text[used++] = (char)byte;
        else
            used += (size_t)snprintf(text + used, size - used, "\\x%02x", byte);
    }
    text[used] = 0;
    if (unit->rule.size)
        db_bind_text(statement, 15, text);
}

/* What an earlier scan knows of a unit. */
struct known_unit {
    int64_t id, state, kind;
    bool same; /**< stamp and plan are as now */
};

static int
find_unit(struct store *store, const struct unit *unit, struct known_unit *known, struct err *err)
{
    struct db_statement *find = store->statements.unit_find;
    const struct unit_stamp *stamp = &unit->stamp;
    db_bind_int(find, 1, unit->root);
    db_bind_bytes(find, 2, unit->path);
    db_bind_int(find, 3, (int64_t)stamp->size);
    db_bind_int(find, 4, (int64_t)stamp->device);
    db_bind_int(find, 5, (int64_t)stamp->inode);
    db_bind_int(find, 6, stamp->mtime_ns);
    db_bind_int(find, 7, stamp->ctime_ns);
    db_bind_bytes(find, 8, (struct bytes){.data = store->plan, .size = SHA256_SIZE});
    bool has_row = false;
    int status = db_step(find, &has_row, err);
    *known = (struct known_unit){.id = -1};
    if (status == PROV_OK && has_row)
        *known = (struct known_unit){.id = db_int(find, 0),
                                     .state = db_int(find, 1),
                                     .kind = db_int(find, 2),
                                     .same = db_int(find, 3) != 0};
    db_reset(find);
    return status;
}

/* Item 0 of a unit that is not read: all there is to know came from the crawl. */
static int
note_unit(struct store *store, const struct unit *unit, uint64_t id, struct err *err)
{
    static const enum item_kind kinds[] = {
        [UNIT_FILE] = ITEM_FILE,       [UNIT_DIRECTORY] = ITEM_DIRECTORY, [UNIT_SYMLINK] = ITEM_SYMLINK,
        [UNIT_SPECIAL] = ITEM_SPECIAL, [UNIT_ALIAS] = ITEM_HARDLINK,      [UNIT_SKIPPED] = ITEM_FILE,
        [UNIT_UNREADABLE] = ITEM_FILE,
    };
    enum defect defect = unit->defect;
    if (defect == DEFECT_COUNT && unit->kind == UNIT_SPECIAL)
        defect = DEFECT_FS_SPECIAL_FILE;
    if (defect == DEFECT_COUNT && unit->kind == UNIT_SYMLINK)
        defect = DEFECT_FS_SYMLINK;
    struct item item = {
        .head = {.kind = kinds[unit->kind],
                 .parent = ITEM_NO_PARENT,
                 .flags = ITEM_NO_CONTENT,
                 .link = unit->link,
                 .size_declared = UINT64_MAX,
                 .mtime = INT64_MIN},
        .facts = {.nsamples_max = 1},
    };
    int status = PROV_OK;
    if (defect != DEFECT_COUNT) {
        struct fact fact = {
            .kind = FACT_DEFECT, .code = defect_code(defect), .evidence = bytes_of(unit->reason)};
        status = fact_set_add(&item.facts, &fact);
        if (status != PROV_OK)
            (void)err_set(err, status, "out of memory");
    }
    if (status == PROV_OK)
        status = store_begin_unit(store, id, err);
    if (status == PROV_OK)
        status = store_add_item(store, id, &item, err);
    if (status == PROV_OK)
        status = store_end_unit(store, id, &unit->stamp, err);
    fact_set_finish(&item.facts);
    return status;
}

int
store_add_unit(struct store *store, const struct unit *unit, uint64_t ordinal, uint64_t *id,
               enum store_need *need, struct err *err)
{
    struct known_unit known;
    char rule[LIMIT_DETAIL_BYTES];
    TRY(writing(store, 1, err));
    TRY(find_unit(store, unit, &known, err));
    bool kept = known.id >= 0 && known.state == STATE_DONE && known.same && known.kind == UNIT_FILE &&
                unit->kind == UNIT_FILE;
    struct db_statement *put = known.id < 0 ? store->statements.unit_insert : store->statements.unit_update;
    bind_unit(put, unit, ordinal);
    bind_rule(put, unit, rule, sizeof rule);
    int64_t state = kept ? STATE_DONE : known.id >= 0 && known.state != STATE_PENDING ? STATE_READING : STATE_PENDING;
    db_bind_int(put, 16, state);
    TRY(db_execute(put, err));
    *id = (uint64_t)(known.id < 0 ? db_last_id(store->db) : known.id);
    if (unit->kind != UNIT_FILE) {
        *need = STORE_NOTED;
        return note_unit(store, unit, *id, err);
    }
    *need = kept ? STORE_KNOWN : STORE_READ;
    return PROV_OK;
}

int
store_end_crawl(struct store *store, struct err *err)
{
    TRY(writing(store, 1, err));
    static const char sql[] =
        "DELETE FROM sample WHERE unit IN (SELECT id FROM unit WHERE ordinal IS NULL);"
        "DELETE FROM fact WHERE unit IN (SELECT id FROM unit WHERE ordinal IS NULL);"
        "DELETE FROM item WHERE unit IN (SELECT id FROM unit WHERE ordinal IS NULL);"
        "DELETE FROM unit WHERE ordinal IS NULL;";
    TRY(db_run(store->db, sql, err));
    return store_commit(store, err);
}

/* ---- facts ---- */

static int
run_with_unit(struct db_statement *statement, uint64_t unit, struct err *err)
{
    db_bind_int(statement, 1, (int64_t)unit);
    return db_execute(statement, err);
}

int
store_begin_unit(struct store *store, uint64_t id, struct err *err)
{
    struct statements *statements = &store->statements;
    TRY(writing(store, 1, err));
    struct db_statement *state = statements->unit_state;
    bool has_row = false;
    db_bind_int(state, 1, (int64_t)id);
    int status = db_step(state, &has_row, err);
    bool dirty = status == PROV_OK && has_row && db_int(state, 0) != STATE_PENDING;
    db_reset(state);
    TRY(status);
    if (dirty) {
        TRY(run_with_unit(statements->sample_delete, id, err));
        TRY(run_with_unit(statements->fact_delete, id, err));
        TRY(run_with_unit(statements->item_delete, id, err));
    }
    return run_with_unit(statements->unit_reading, id, err);
}

static int
add_samples(struct store *store, uint64_t unit, uint32_t item, size_t fact, const struct fact_entry *entry,
            struct err *err)
{
    struct db_statement *insert = store->statements.sample_insert;
    for (size_t i = 0; i < entry->nsamples; i++) {
        const struct fact_sample *sample = &entry->samples[i];
        db_bind_int(insert, 1, (int64_t)unit);
        db_bind_int(insert, 2, item);
        db_bind_int(insert, 3, (int64_t)fact);
        db_bind_int(insert, 4, (int64_t)i);
        db_bind_int(insert, 5, (int64_t)sample->offset);
        db_bind_int(insert, 6, (int64_t)sample->length);
        db_bind_int(insert, 7, (int64_t)sample->row);
        db_bind_int(insert, 8, sample->score);
        db_bind_bytes(insert, 9, sample->evidence);
        TRY(db_execute(insert, err));
    }
    return PROV_OK;
}

static int
add_facts(struct store *store, uint64_t unit, const struct item *item, struct err *err)
{
    struct db_statement *insert = store->statements.fact_insert;
    for (size_t i = 0; i < item->facts.nentries; i++) {
        const struct fact_entry *entry = &item->facts.entries[i];
        TRY(writing(store, 1 + entry->nsamples, err));
        db_bind_int(insert, 1, (int64_t)unit);
        db_bind_int(insert, 2, item->ordinal);
        db_bind_int(insert, 3, (int64_t)i);
        db_bind_int(insert, 4, entry->kind);
        db_bind_text(insert, 5, entry->code);
        db_bind_int(insert, 6, entry->level);
        db_bind_int(insert, 7, entry->score);
        db_bind_int(insert, 8, (int64_t)entry->count);
        TRY(db_execute(insert, err));
        TRY(add_samples(store, unit, item->ordinal, i, entry, err));
    }
    if (item->facts.noverflow == 0)
        return PROV_OK;
    db_bind_int(insert, 1, (int64_t)unit);
    db_bind_int(insert, 2, item->ordinal);
    db_bind_int(insert, 3, (int64_t)item->facts.nentries);
    db_bind_int(insert, 4, FACT_ATTRIBUTE);
    db_bind_text(insert, 5, "facts.overflow");
    db_bind_int(insert, 6, 0);
    db_bind_int(insert, 7, 0);
    db_bind_int(insert, 8, (int64_t)item->facts.noverflow);
    return db_execute(insert, err);
}

int
store_add_item(struct store *store, uint64_t unit, const struct item *item, struct err *err)
{
    const struct item_head *head = &item->head;
    struct db_statement *insert = store->statements.item_insert;
    TRY(writing(store, 1, err));
    db_bind_int(insert, 1, (int64_t)unit);
    db_bind_int(insert, 2, item->ordinal);
    if (head->parent != ITEM_NO_PARENT)
        db_bind_int(insert, 3, head->parent);
    db_bind_int(insert, 4, item->depth);
    db_bind_int(insert, 5, head->kind);
    db_bind_int(insert, 6, head->flags);
    db_bind_bytes(insert, 7, head->path);
    db_bind_int(insert, 8, head->name_offset);
    if (head->link.size)
        db_bind_bytes(insert, 9, head->link);
    db_bind_int(insert, 10, (int64_t)item->size);
    if (head->size_declared <= INT64_MAX)
        db_bind_int(insert, 11, (int64_t)head->size_declared);
    if (head->mtime != INT64_MIN)
        db_bind_int(insert, 12, head->mtime);
    if (!(head->flags & ITEM_NO_CONTENT)) {
        const struct fingerprint *print = &item->fingerprint;
        db_bind_bytes(insert, 13, (struct bytes){.data = print->sha256, .size = SHA256_SIZE});
        db_bind_bytes(insert, 14, (struct bytes){.data = print->xxh3, .size = XXH3_SIZE});
    }
    db_bind_text(insert, 15, item->type);
    db_bind_text(insert, 16, item->encoding);
    db_bind_text(insert, 17, head->format);
    TRY(db_execute(insert, err));
    return add_facts(store, unit, item, err);
}

int
store_end_unit(struct store *store, uint64_t id, const struct unit_stamp *stamp, struct err *err)
{
    (void)stamp; /* the row already holds the crawl's stamp; a file that changed meanwhile says so by a defect */
    TRY(writing(store, 1, err));
    struct db_statement *done = store->statements.unit_done;
    db_bind_int(done, 1, (int64_t)id);
    db_bind_bytes(done, 2, (struct bytes){.data = store->plan, .size = SHA256_SIZE});
    return db_execute(done, err);
}

int
store_set_meta(struct store *store, const char *key, const char *value, struct err *err)
{
    TRY(writing(store, 1, err));
    struct db_statement *put = store->statements.meta_put;
    db_bind_text(put, 1, key);
    db_bind_text(put, 2, value);
    return db_execute(put, err);
}

struct db *
store_db(struct store *store)
{
    return store->db;
}

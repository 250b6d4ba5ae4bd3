/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store as the supervisor writes it (schema.sql says what it holds): opening, transactions, the crawl as
 * a whole. Units are in units.c, their items in items.c.
 *
 * Rows go into one open transaction, which is committed after a bounded amount of them and whenever the
 * caller asks. A unit is marked "being read" (state 2) when its first item comes and "done" (1) with
 * its last, in whatever transaction that happens: after a crash a unit that is not done is read again,
 * and what it left behind is deleted first. So a unit of any size costs no more memory than a batch.
 *
 *     state 0 ──store_begin_unit──► 2 ──store_end_unit──► 1
 *       ▲                                                 │
 *       └────── store_add_unit: other stamp or plan ──────┘
 *
 * A write that fails (a full disk, no memory) may have written half of what it should, so nothing is written
 * after it: the open transaction is rolled back at the end, and the next scan goes on from the last commit.
 */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/handle.h"
#include "store_schema_sql.h"

enum {
    SCHEMA_VERSION = 2,
    APPLICATION_ID = 0x50524f56, /* "PROV": what `file` and SQLite tell the kind of a database by */
    ROWS_PER_TRANSACTION = 50000,
    BYTES_PER_TRANSACTION = 16 << 20, /* of names and evidence: keeps the log small when rows are large */
};

/* ---- opening ---- */

/* Is there a store of ours? PROV_E_STORE when there is something else. */
static int
look_for_schema(struct db *db, const char *path, bool *there, struct err *err)
{
    int64_t application = 0, ntables = 0, version = 0;
    TRY(db_query_int(db, "PRAGMA application_id", &application, err));
    TRY(db_query_int(db, "SELECT count(*) FROM sqlite_schema", &ntables, err));
    *there = application == APPLICATION_ID;
    if (!*there)
        return ntables == 0
                   ? PROV_OK
                   : err_set(err, PROV_E_STORE, "%s: a database, but not one that provscan made", path);
    TRY(db_query_int(db, "SELECT coalesce((SELECT value FROM meta WHERE key = 'schema'), 0)", &version, err));
    if (version == SCHEMA_VERSION)
        return PROV_OK;
    return err_set(
        err, PROV_E_STORE,
        "%s: made by %s provscan (its schema is version %lld, this one's %d); scan into a new folder", path,
        version > SCHEMA_VERSION ? "a newer" : "an older", (long long)version, SCHEMA_VERSION);
}

static int
make_schema(struct db *db, struct err *err)
{
    char marks[128];
    (void)snprintf(marks, sizeof marks, "PRAGMA application_id = %d; INSERT INTO meta VALUES ('schema', %d)",
                   APPLICATION_ID, SCHEMA_VERSION);
    TRY(db_run(db, "BEGIN IMMEDIATE", err));
    int status = db_run(db, store_schema_sql, err);
    if (status == PROV_OK)
        status = db_run(db, marks, err);
    if (status == PROV_OK)
        status = db_run(db, "COMMIT", err);
    if (status != PROV_OK)
        (void)db_run(db, "ROLLBACK", NULL);
    return status;
}

static int
open_parts(struct store *store, const char *path, struct err *err)
{
    bool there = false;
    store->path = strdup(path);
    if (!store->path)
        return err_set(err, PROV_E_MEMORY, "%s: out of memory", path);
    TRY(db_open(path, DB_CREATE, &store->db, err));
    TRY(look_for_schema(store->db, path, &there, err));
    if (!there)
        TRY(make_schema(store->db, err));
    TRY(statements_init(&store->statements, store->db, err));
    return item_rows_init(&store->items, store->db, err);
}

int
store_open(const char *path, const uint8_t plan[SHA256_SIZE], struct store **out, struct err *err)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store)
        return err_set(err, PROV_E_MEMORY, "%s: out of memory", path);
    memcpy(store->plan, plan, SHA256_SIZE);
    int status = open_parts(store, path, err);
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
    int status = look_for_schema(db, path, &there, err);
    if (status == PROV_OK && !there)
        status = err_set(err, PROV_E_STORE, "%s: empty", path);
    if (status != PROV_OK) {
        db_close(db);
        return status;
    }
    *out = db;
    return PROV_OK;
}

int
store_close(struct store *store, struct err *err)
{
    if (!store)
        return PROV_OK;
    int status = store_commit(store, err);
    item_rows_finish(&store->items);
    statements_finish(&store->statements);
    db_close(store->db);
    buf_finish(&store->rule);
    free(store->path);
    free(store);
    return status;
}

/* ---- transactions ---- */

int
store_end_write(struct store *store, int status)
{
    if (status != PROV_OK && store->failed == PROV_OK) {
        store->failed = status;
        item_rows_clear(&store->items);
        (void)db_run(store->db, "ROLLBACK", NULL); /* fails where SQLite did it already */
        store->in_transaction = false;
    }
    return status;
}

int
store_commit(struct store *store, struct err *err)
{
    if (store->failed != PROV_OK)
        return err_set(err, store->failed, "%s: not written after an earlier failure", store->path);
    if (!store->in_transaction)
        return PROV_OK;
    int status = item_rows_flush(&store->items, err);
    if (status == PROV_OK)
        status = db_run(store->db, "COMMIT", err);
    store->nrows = store->nbytes = 0;
    if (status == PROV_OK)
        store->in_transaction = false;
    return store_end_write(store, status);
}

int
store_begin_write(struct store *store, uint64_t nrows, uint64_t nbytes, struct err *err)
{
    if (store->failed != PROV_OK || store->nrows >= ROWS_PER_TRANSACTION ||
        store->nbytes >= BYTES_PER_TRANSACTION)
        TRY(store_commit(store, err));
    if (!store->in_transaction)
        TRY(store_end_write(store, db_run(store->db, "BEGIN IMMEDIATE", err)));
    store->in_transaction = true;
    store->nrows += nrows;
    store->nbytes += nbytes;
    return PROV_OK;
}

/* ---- the crawl and what is said of it ---- */

static int
put_meta(struct store *store, const char *key, const char *value, struct err *err)
{
    struct db_statement *put = store->statements.meta_put;
    db_bind_text(put, 1, key);
    db_bind_text(put, 2, value);
    return db_execute(put, err);
}

int
store_set_meta(struct store *store, const char *key, const char *value, struct err *err)
{
    TRY(store_begin_write(store, 1, strlen(value), err));
    return store_end_write(store, put_meta(store, key, value, err));
}

static int
begin_crawl(struct store *store, const struct bytes *roots, size_t nroots, struct err *err)
{
    TRY(put_meta(store, "crawl.complete", "0", err));
    TRY(db_run(store->db, "UPDATE unit SET ordinal = NULL WHERE ordinal IS NOT NULL; DELETE FROM root", err));
    struct db_statement *insert = store->statements.root_insert;
    for (size_t i = 0; i < nroots; i++) {
        db_bind_int(insert, 1, (int64_t)i);
        db_bind_bytes(insert, 2, roots[i]);
        TRY(db_execute(insert, err));
    }
    return PROV_OK;
}

int
store_begin_crawl(struct store *store, const struct bytes *roots, size_t nroots, struct err *err)
{
    TRY(store_begin_write(store, nroots + 1, 0, err));
    return store_end_write(store, begin_crawl(store, roots, nroots, err));
}

static int
end_crawl(struct store *store, struct err *err)
{
    TRY(db_run(store->db,
               "DELETE FROM sample WHERE unit IN (SELECT id FROM unit WHERE ordinal IS NULL);"
               "DELETE FROM fact WHERE unit IN (SELECT id FROM unit WHERE ordinal IS NULL);"
               "DELETE FROM value WHERE unit IN (SELECT id FROM unit WHERE ordinal IS NULL);"
               "DELETE FROM row_column WHERE unit IN (SELECT id FROM unit WHERE ordinal IS NULL);"
               "DELETE FROM item WHERE unit IN (SELECT id FROM unit WHERE ordinal IS NULL);"
               "DELETE FROM unit WHERE ordinal IS NULL;",
               err));
    return put_meta(store, "crawl.complete", "1", err);
}

int
store_end_crawl(struct store *store, struct err *err)
{
    TRY(store_begin_write(store, 1, 0, err));
    TRY(store_end_write(store, end_crawl(store, err)));
    return store_commit(store, err);
}

struct db *
store_db(struct store *store)
{
    if (store->failed == PROV_OK)
        (void)store_end_write(store, item_rows_flush(&store->items, NULL));
    return store->db;
}

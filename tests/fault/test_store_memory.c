/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory runs out at any moment of a scan into a store: the scan says so, and the next one goes on from what
 * is there. After each failed scan the store is looked at, and a scan with memory must end as if nothing had
 * been.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault/fail_alloc.h"
#include "store/store.h"

enum { NUNITS = 6, NITEMS = 20 };

static const uint8_t plan[SHA256_SIZE] = {1};
static char folder[64], path[96];

static int
add_item(struct store *store, uint64_t id, uint32_t ordinal, struct err *err)
{
    struct item item = {.ordinal = ordinal,
                        .head = {.parent = ordinal ? 0 : ITEM_NO_PARENT,
                                 .path = bytes_of("path"),
                                 .size_declared = UINT64_MAX,
                                 .mtime = INT64_MIN},
                        .type = "text/plain",
                        .facts = {.nsamples_max = 3}};
    struct fact fact = {.kind = FACT_FINDING, .level = 4, .code = "email", .evidence = bytes_of("a***")};
    int status = fact_set_add(&item.facts, &fact);
    if (status != PROV_OK)
        (void)err_set(err, status, "out of memory");
    else
        status = store_add_item(store, id, &item, err);
    fact_set_finish(&item.facts);
    return status;
}

static int
write_units(struct store *store, struct err *err)
{
    struct bytes root = bytes_of("/data");
    TRY(store_begin_crawl(store, &root, 1, err));
    for (uint64_t i = 0; i < NUNITS; i++) {
        char name[16], rule[] = "--exclude \xff*";
        (void)snprintf(name, sizeof name, "unit%llu", (unsigned long long)i);
        struct unit unit = {.kind = i == 3   ? UNIT_SKIPPED
                                    : i == 4 ? UNIT_SPECIAL
                                             : UNIT_FILE,
                            .path = bytes_of(name),
                            .rule = bytes_of(i == 3 ? rule : NULL),
                            .defect = DEFECT_COUNT,
                            .stamp = {.size = i}};
        enum store_need need;
        uint64_t id;
        TRY(store_add_unit(store, &unit, i, &id, &need, err));
        if (need != STORE_READ)
            continue;
        TRY(store_begin_unit(store, id, err));
        for (uint32_t j = 0; j < NITEMS; j++)
            TRY(add_item(store, id, j, err));
        TRY(store_end_unit(store, id, &unit.stamp, err));
        TRY(store_commit(store, err));
    }
    TRY(store_set_meta(store, "key", "value", err));
    return store_end_crawl(store, err);
}

static int
scan(struct err *err)
{
    struct store *store = NULL;
    TRY(store_open(path, plan, &store, err));
    int status = write_units(store, err);
    int closed = store_close(store, err);
    return status == PROV_OK ? closed : status;
}

static int64_t
ask(struct db *db, const char *sql)
{
    struct err err = {0};
    int64_t value = -1;
    if (db_query_int(db, sql, &value, &err) != PROV_OK)
        fail_alloc_give_up(__FILE__, __LINE__, err.text);
    return value;
}

/* @return whether the store is complete */
static bool
look(void)
{
    struct err err = {0};
    struct db *db = NULL;
    if (access(path, F_OK) != 0)
        return false;
    if (db_open(path, DB_READ_WRITE, &db, &err) != PROV_OK)
        fail_alloc_give_up(__FILE__, __LINE__, err.text);
    FAULT_CHECK(ask(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") == 0);
    bool complete = false;
    if (ask(db, "SELECT count(*) FROM sqlite_schema") > 0) {
        FAULT_CHECK(ask(db, "SELECT count(*) FROM unit WHERE state = 1 AND kind = 0"
                            " AND (SELECT count(*) FROM item WHERE item.unit = unit.id) <> 20") == 0);
        FAULT_CHECK(ask(db, "SELECT count(*) FROM unit WHERE state = 1 AND kind = 0"
                            " AND (SELECT count(*) FROM sample WHERE sample.unit = unit.id) <> 20") == 0);
        complete = ask(db, "SELECT count(*) = 1 FROM meta WHERE key = 'crawl.complete' AND value = '1'") != 0;
        FAULT_CHECK(!complete || ask(db, "SELECT count(*) FROM unit WHERE state = 1") == NUNITS);
        FAULT_CHECK(!complete || ask(db, "SELECT count(*) FROM item") == 4 * NITEMS + 2);
        FAULT_CHECK(!complete || ask(db, "SELECT count(*) FROM fact WHERE code = 'fs.special_file'") == 1);
    }
    db_close(db);
    return complete;
}

static int
run_scan(struct err *err)
{
    char command[128];
    int status = scan(err);
    fail_alloc_pause();
    struct err again_err = {0};
    bool complete = look();
    FAULT_CHECK(status != PROV_OK || complete);
    if (scan(&again_err) != PROV_OK)
        fail_alloc_give_up(__FILE__, __LINE__, again_err.text);
    FAULT_CHECK(look());
    (void)snprintf(command, sizeof command, "%s-wal", path);
    FAULT_CHECK(access(command, F_OK) != 0);
    FAULT_CHECK(unlink(path) == 0);
    fail_alloc_resume();
    return status;
}

int
main(int argc, char **argv)
{
    /* In memory where there is such a folder: each of some thousand runs syncs its files. */
    (void)snprintf(folder, sizeof folder, "%s/provscan-fault-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    FAULT_CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/scan.db", folder);
    fail_alloc_sweep_by("store", run_scan, argc > 1 ? (uint64_t)atoi(argv[1]) : 7);
    FAULT_CHECK(rmdir(folder) == 0);
    return 0;
}

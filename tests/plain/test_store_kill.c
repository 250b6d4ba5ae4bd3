/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9 at any moment, and go on: a child scans an invented dataset into a store and is killed after a
 * random time; what it left is looked at, and another child goes on with it. When one comes to its end, the
 * store must hold what a child that was never killed has written, row by row.
 *
 *     usage: plain_test_store_kill [ROUNDS [SEED]]
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store/store.h"

enum { NUNITS = 400, HUGE_UNIT = 97, HUGE_ITEMS = 60000, DEFAULT_ROUNDS = 8, KILL_AFTER_US_MAX = 250000 };

static const uint8_t plan[SHA256_SIZE] = {7};
static char folder[64];

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                          \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

#define MUST(call)                                                                                           \
    do {                                                                                                     \
        struct err *err_ = &err;                                                                             \
        if ((call) != PROV_OK) {                                                                             \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, err_->text);                       \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

static uint32_t
nitems_of(uint64_t ordinal)
{
    return ordinal == HUGE_UNIT ? HUGE_ITEMS : 1 + (uint32_t)(ordinal * 7 % 23);
}

static void
write_unit(struct store *store, uint64_t id, uint64_t ordinal)
{
    struct err err = {0};
    struct unit_stamp stamp = {0};
    MUST(store_begin_unit(store, id, &err));
    for (uint32_t i = nitems_of(ordinal); i-- > 0;) {
        char path[64];
        int size = snprintf(path, sizeof path, "member-%llu-%u", (unsigned long long)ordinal, i);
        struct item item = {.ordinal = i,
                            .head = {.parent = i ? 0 : ITEM_NO_PARENT,
                                     .path = {.data = (const uint8_t *)path, .size = (size_t)size},
                                     .size_declared = UINT64_MAX,
                                     .mtime = INT64_MIN},
                            .size = i,
                            .type = "text/plain",
                            .facts = {.nsamples_max = 2}};
        struct fact fact = {
            .kind = FACT_FINDING, .level = 3, .code = "email", .offset = i, .evidence = bytes_of("a***")};
        if (i % 5 == 0)
            MUST(fact_set_add(&item.facts, &fact));
        MUST(store_add_item(store, id, &item, &err));
        fact_set_finish(&item.facts);
    }
    MUST(store_end_unit(store, id, &stamp, &err));
}

static struct unit
unit_at(uint64_t ordinal, char path[32])
{
    int size = snprintf(path, 32, "unit-%05llu", (unsigned long long)ordinal);
    struct unit unit = {
        .kind = ordinal % 11 == 3 ? UNIT_DIRECTORY : UNIT_FILE,
        .path = {.data = (const uint8_t *)path, .size = (size_t)size},
        .defect = DEFECT_COUNT,
        .stamp = {.size = ordinal, .device = 1, .inode = ordinal, .mtime_ns = 5, .ctime_ns = 6}};
    return unit;
}

/* The child: a scan from its first unit to its last. */
static void
scan(const char *path)
{
    struct err err = {0};
    struct store *store = NULL;
    struct bytes root = bytes_of("/data");
    MUST(store_open(path, plan, &store, &err));
    MUST(store_begin_crawl(store, &root, 1, &err));
    for (uint64_t ordinal = 0; ordinal < NUNITS; ordinal++) {
        char name[32];
        uint64_t id;
        enum store_need need;
        struct unit unit = unit_at(ordinal, name);
        MUST(store_add_unit(store, &unit, ordinal, &id, &need, &err));
        if (need == STORE_READ)
            write_unit(store, id, ordinal);
        if (ordinal % 37 == 0)
            MUST(store_commit(store, &err));
    }
    MUST(store_end_crawl(store, &err));
    MUST(store_close(store, &err));
}

static int64_t
ask(struct db *db, const char *sql)
{
    struct err err = {0};
    int64_t value = -1;
    MUST(db_query_int(db, sql, &value, &err));
    return value;
}

static void
check_text(struct db *db, const char *sql, const char *expected)
{
    struct err err = {0};
    struct db_statement *statement = NULL;
    bool has_row = false;
    MUST(db_prepare(db, sql, &statement, &err));
    MUST(db_step(statement, &has_row, &err));
    CHECK(has_row && strcmp(db_text(statement, 0), expected) == 0);
    db_finish(statement);
}

/* What must hold whenever a scan dies. @return units that are done */
static int64_t
check_consistent(const char *path)
{
    struct err err = {0};
    struct db *db = NULL;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return 0; /* killed before the store was there, as happens on a busy machine */
    MUST(db_open(path, DB_READ_WRITE, &db, &err));
    check_text(db, "PRAGMA integrity_check", "ok");
    if (ask(db, "SELECT count(*) FROM sqlite_schema") == 0) {
        db_close(db); /* killed before the schema was there */
        return 0;
    }
    CHECK(ask(db, "SELECT count(*) FROM unit WHERE state = 1 AND kind = 0 AND (SELECT count(*) FROM item"
                  " WHERE item.unit = unit.id) <> CASE unit.size WHEN 97 THEN 60000 ELSE 1 + unit.size * 7 % "
                  "23 END") == 0);
    CHECK(ask(db, "SELECT count(*) FROM unit WHERE state = 1 AND kind = 1"
                  " AND (SELECT count(*) FROM item WHERE item.unit = unit.id) <> 1") == 0);
    CHECK(
        ask(db,
            "SELECT count(*) FROM unit JOIN item ON item.unit = unit.id WHERE state = 1 AND unit.kind = 0"
            " AND (item.ordinal % 5 = 0) <> (SELECT count(*) FROM fact JOIN sample ON sample.unit = fact.unit"
            "  AND sample.item = fact.item AND sample.fact = fact.ordinal"
            "  WHERE fact.unit = item.unit AND fact.item = item.ordinal)") == 0);
    CHECK(ask(db, "SELECT count(*) FROM item WHERE unit NOT IN (SELECT id FROM unit WHERE state > 0)") == 0);
    CHECK(ask(db, "SELECT count(*) FROM fact WHERE unit NOT IN (SELECT id FROM unit WHERE state > 0)") == 0);
    int64_t ndone = ask(db, "SELECT count(*) FROM unit WHERE state = 1");
    CHECK(ndone == NUNITS ||
          ask(db, "SELECT count(*) FROM meta WHERE key = 'crawl.complete' AND value = '1'") == 0);
    db_close(db);
    return ndone;
}

/* Rows in one of two stores and not in the other. */
static void
check_same(const char *path, const char *reference)
{
    static const char *const tables[] = {"meta", "root", "unit", "item", "fact", "sample"};
    struct err err = {0};
    struct db *db = NULL;
    char sql[512];
    MUST(db_open(path, DB_READ_WRITE, &db, &err));
    (void)snprintf(sql, sizeof sql, "ATTACH '%s' AS r", reference);
    MUST(db_run(db, sql, &err));
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        (void)snprintf(sql, sizeof sql,
                       "SELECT (SELECT count(*) FROM (SELECT * FROM main.%1$s EXCEPT SELECT * FROM r.%1$s))"
                       " + (SELECT count(*) FROM (SELECT * FROM r.%1$s EXCEPT SELECT * FROM main.%1$s))",
                       tables[i]);
        CHECK(ask(db, sql) == 0);
    }
    db_close(db);
}

/* Start a scan; kill it after a while unless delay_us is 0. @return true when it came to its end */
static bool
scan_in_child(const char *path, long delay_us)
{
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        scan(path);
        _exit(0);
    }
    if (delay_us) {
        struct timespec delay = {.tv_nsec = delay_us * 1000};
        (void)nanosleep(&delay, NULL);
        CHECK(kill(child, SIGKILL) == 0);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
    return !WIFSIGNALED(status);
}

int
main(int argc, char **argv)
{
    int nrounds = argc > 1 ? atoi(argv[1]) : DEFAULT_ROUNDS;
    unsigned seed = argc > 2 ? (unsigned)atoi(argv[2]) : (unsigned)getpid();
    char path[96], reference[96], command[128];
    printf("seed %u\n", seed);
    srand(seed);
    (void)snprintf(folder, sizeof folder, "/tmp/provscan-kill-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(reference, sizeof reference, "%s/reference.db", folder);
    (void)snprintf(path, sizeof path, "%s/scan.db", folder);
    CHECK(scan_in_child(reference, 0));
    unsigned nkilled = 0, nmidway = 0;
    for (int round = 0; round < nrounds; round++) {
        bool ended = false;
        for (int tries = 0; !ended && tries < 12; tries++) {
            ended = scan_in_child(path, 1 + rand() % KILL_AFTER_US_MAX);
            CHECK(!ended || access(path, F_OK) == 0);
            int64_t ndone = check_consistent(path);
            nkilled += !ended;
            nmidway += ndone > 0 && ndone < NUNITS;
        }
        if (!ended)
            CHECK(scan_in_child(path, 0));
        check_same(path, reference);
        (void)snprintf(command, sizeof command, "rm -f %s*", path);
        CHECK(system(command) == 0);
    }
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    CHECK(system(command) == 0);
    printf("%d scans, killed %u times, %u of them midway\n", nrounds, nkilled, nmidway);
    return 0;
}

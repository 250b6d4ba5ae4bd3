/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"

static const uint8_t plan_a[SHA256_SIZE] = {1}, plan_b[SHA256_SIZE] = {2};

/* A store in a folder of its own. */
struct place {
    char folder[64], path[96];
};

static struct place
make_place(void)
{
    struct place place;
    (void)snprintf(place.folder, sizeof place.folder, "/tmp/provscan-store-XXXXXX");
    cr_assert_not_null(mkdtemp(place.folder));
    (void)snprintf(place.path, sizeof place.path, "%s/scan.db", place.folder);
    return place;
}

static void
remove_place(const struct place *place)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", place->folder);
    cr_assert_eq(system(command), 0);
}

static struct store *
open_store(const struct place *place, const uint8_t *plan)
{
    struct store *store = NULL;
    struct err err = {0};
    struct bytes root = bytes_of("/data");
    cr_assert_eq(store_open(place->path, plan, &store, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(store_begin_crawl(store, &root, 1, &err), PROV_OK, "%s", err.text);
    return store;
}

static struct unit
file_unit(const char *path, uint64_t size)
{
    return (struct unit){.kind = UNIT_FILE,
                         .path = bytes_of(path),
                         .defect = DEFECT_COUNT,
                         .stamp = {.size = size, .device = 1, .inode = 2, .mtime_ns = 3, .ctime_ns = 4}};
}

static enum store_need
add(struct store *store, const struct unit *unit, uint64_t ordinal, uint64_t *id)
{
    struct err err = {0};
    enum store_need need;
    cr_assert_eq(store_add_unit(store, unit, ordinal, id, &need, &err), PROV_OK, "%s", err.text);
    return need;
}

static void
add_item(struct store *store, uint64_t id, uint32_t ordinal)
{
    struct err err = {0};
    struct item item = {.ordinal = ordinal,
                        .head = {.parent = ordinal ? 0 : ITEM_NO_PARENT,
                                 .path = bytes_of(ordinal ? "member" : ""),
                                 .size_declared = UINT64_MAX,
                                 .mtime = INT64_MIN},
                        .type = "text/plain",
                        .facts = {.nsamples_max = 3}};
    struct fact fact = {
        .kind = FACT_FINDING, .level = 4, .code = "email", .offset = 7, .evidence = bytes_of("a***")};
    cr_assert_eq(fact_set_add(&item.facts, &fact), PROV_OK);
    cr_assert_eq(store_add_item(store, id, &item, &err), PROV_OK, "%s", err.text);
    fact_set_finish(&item.facts);
}

/* One unit with two items, read to the end when done is true. */
static void
read_unit_into(struct store *store, uint64_t id, bool done)
{
    struct err err = {0};
    struct unit_stamp stamp = {0};
    cr_assert_eq(store_begin_unit(store, id, &err), PROV_OK, "%s", err.text);
    add_item(store, id, 1);
    add_item(store, id, 0);
    if (done)
        cr_assert_eq(store_end_unit(store, id, &stamp, &err), PROV_OK, "%s", err.text);
}

static int64_t
count(struct store *store, const char *sql)
{
    int64_t value = -1;
    struct err err = {0};
    cr_assert_eq(db_query_int(store_db(store), sql, &value, &err), PROV_OK, "%s", err.text);
    return value;
}

static void
close_store(struct store *store)
{
    struct err err = {0};
    cr_assert_eq(store_close(store, &err), PROV_OK, "%s", err.text);
}

Test(store, knows_an_unchanged_unit_again)
{
    struct place place = make_place();
    struct unit unit = file_unit("a\xff", 10);
    uint64_t id, again;
    struct store *store = open_store(&place, plan_a);
    cr_assert_eq(add(store, &unit, 0, &id), STORE_READ);
    read_unit_into(store, id, true);
    close_store(store);
    store = open_store(&place, plan_a);
    cr_assert_eq(add(store, &unit, 5, &again), STORE_KNOWN);
    cr_assert_eq(again, id);
    cr_assert_eq(count(store, "SELECT ordinal FROM unit"), 5);
    cr_assert_eq(count(store, "SELECT count(*) FROM sample"), 2);
    close_store(store);
    remove_place(&place);
}

Test(store, reads_again_where_the_machine_failed)
{
    static const struct {
        const char *code;
        enum store_need need;
    } cases[] = {{"fs.io_error", STORE_READ},
                 {"fs.timeout", STORE_READ},
                 {"parser.oom", STORE_READ},
                 {"parser.crash", STORE_KNOWN},
                 {"archive.truncated", STORE_KNOWN}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct place place = make_place();
        struct unit unit = file_unit("a", 10);
        struct err err = {0};
        uint64_t id;
        char sql[200];
        struct store *store = open_store(&place, plan_a);
        (void)add(store, &unit, 0, &id);
        read_unit_into(store, id, true);
        close_store(store);
        store = open_store(&place, plan_a);
        (void)snprintf(sql, sizeof sql, "UPDATE fact SET kind = 0, code = '%s' WHERE item = 1",
                       cases[i].code);
        cr_assert_eq(db_run(store_db(store), sql, &err), PROV_OK, "%s", err.text);
        cr_expect_eq(add(store, &unit, 0, &id), cases[i].need, "%s", cases[i].code);
        close_store(store);
        remove_place(&place);
    }
}

Test(store, reads_again_what_changed_or_was_read_under_another_plan)
{
    struct place place = make_place();
    struct unit unit = file_unit("a", 10), changed = file_unit("a", 11);
    uint64_t id;
    struct store *store = open_store(&place, plan_a);
    cr_assert_eq(add(store, &unit, 0, &id), STORE_READ);
    read_unit_into(store, id, true);
    close_store(store);
    store = open_store(&place, plan_b);
    cr_assert_eq(add(store, &unit, 0, &id), STORE_READ);
    read_unit_into(store, id, true);
    close_store(store);
    store = open_store(&place, plan_b);
    cr_assert_eq(add(store, &changed, 0, &id), STORE_READ);
    read_unit_into(store, id, true);
    cr_assert_eq(count(store, "SELECT count(*) FROM item"), 2);
    cr_assert_eq(count(store, "SELECT count(*) FROM fact"), 2);
    close_store(store);
    remove_place(&place);
}

Test(store, removes_what_an_unfinished_read_left_behind)
{
    struct place place = make_place();
    struct unit unit = file_unit("a", 10);
    uint64_t id;
    struct store *store = open_store(&place, plan_a);
    cr_assert_eq(add(store, &unit, 0, &id), STORE_READ);
    read_unit_into(store, id, false);
    close_store(store);
    store = open_store(&place, plan_a);
    cr_assert_eq(add(store, &unit, 0, &id), STORE_READ);
    cr_assert_eq(count(store, "SELECT count(*) FROM item"), 2);
    read_unit_into(store, id, true);
    cr_assert_eq(count(store, "SELECT count(*) FROM item"), 2);
    close_store(store);
    remove_place(&place);
}

Test(store, forgets_units_that_a_crawl_did_not_see)
{
    struct place place = make_place();
    struct unit a = file_unit("a", 1), b = file_unit("b", 1);
    struct err err = {0};
    uint64_t id;
    struct store *store = open_store(&place, plan_a);
    add(store, &a, 0, &id);
    read_unit_into(store, id, true);
    add(store, &b, 1, &id);
    read_unit_into(store, id, true);
    close_store(store);
    store = open_store(&place, plan_a);
    add(store, &b, 0, &id);
    cr_assert_eq(store_end_crawl(store, &err), PROV_OK);
    cr_assert_eq(count(store, "SELECT count(*) FROM unit"), 1);
    cr_assert_eq(count(store, "SELECT count(*) FROM item"), 2);
    cr_assert_eq(count(store, "SELECT count(*) FROM sample"), 2);
    close_store(store);
    remove_place(&place);
}

Test(store, notes_what_is_no_file_with_its_defect)
{
    struct place place = make_place();
    uint64_t id;
    struct unit link = {
        .kind = UNIT_SYMLINK, .path = bytes_of("l"), .link = bytes_of("/etc"), .defect = DEFECT_COUNT};
    struct unit locked = {.kind = UNIT_UNREADABLE,
                          .path = bytes_of("x"),
                          .defect = DEFECT_FS_PERMISSION,
                          .reason = "permission denied"};
    struct unit skipped = {.kind = UNIT_SKIPPED,
                           .path = bytes_of("s"),
                           .rule = bytes_of("--exclude *\x1b"),
                           .stamp = {.size = 99},
                           .defect = DEFECT_COUNT};
    struct store *store = open_store(&place, plan_a);
    cr_assert_eq(add(store, &link, 0, &id), STORE_NOTED);
    cr_assert_eq(add(store, &locked, 1, &id), STORE_NOTED);
    cr_assert_eq(add(store, &skipped, 2, &id), STORE_NOTED);
    cr_assert_eq(count(store, "SELECT count(*) FROM fact WHERE code = 'fs.symlink'"), 1);
    cr_assert_eq(count(store, "SELECT count(*) FROM fact WHERE code = 'fs.permission'"), 1);
    cr_assert_eq(count(store, "SELECT count(*) FROM sample WHERE evidence = 'permission denied'"), 1);
    cr_assert_eq(count(store, "SELECT size FROM unit WHERE rule = '--exclude *\\x1b'"), 99);
    close_store(store);
    remove_place(&place);
}

Test(store, refuses_what_is_not_its_own)
{
    struct place place = make_place();
    struct err err = {0};
    struct store *store = NULL;
    FILE *file = fopen(place.path, "wb");
    cr_assert(file &&
              fputs("this is no database, and long enough to have a header of one .........................."
                    "......................................................................\n",
                    file) >= 0 &&
              fclose(file) == 0);
    cr_assert_eq(store_open(place.path, plan_a, &store, &err), PROV_E_STORE);
    cr_assert_null(store);
    remove_place(&place);
    place = make_place();
    struct store *first = open_store(&place, plan_a), *second = NULL;
    err = (struct err){0};
    cr_assert_eq(store_open(place.path, plan_a, &second, &err), PROV_E_STORE);
    cr_assert(strstr(err.text, "in use"), "%s", err.text);
    close_store(first);
    remove_place(&place);
}

/* What is said when a database with this content is opened as a store. */
static void
expect_refusal(const char *sql, const char *words)
{
    struct place place = make_place();
    struct err err = {0};
    struct db *db = NULL;
    struct store *store = NULL;
    cr_assert_eq(db_open(place.path, DB_CREATE, &db, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(db_run(db, sql, &err), PROV_OK, "%s", err.text);
    db_close(db);
    cr_assert_eq(store_open(place.path, plan_a, &store, &err), PROV_E_STORE);
    cr_assert(strstr(err.text, words) && strstr(err.text, place.path), "%s", err.text);
    err = (struct err){0};
    cr_assert_eq(store_open_existing(place.path, &db, &err), PROV_E_STORE);
    cr_assert(strstr(err.text, words) && strstr(err.text, place.path), "%s", err.text);
    remove_place(&place);
}

Test(store, tells_the_databases_of_others_and_other_versions_apart)
{
    expect_refusal("CREATE TABLE meta (id)", "not one that provscan made");
    expect_refusal("CREATE TABLE meta (key, value); INSERT INTO meta VALUES ('schema', 1)",
                   "not one that provscan made");
    expect_refusal("PRAGMA application_id = 0x50524f56; CREATE TABLE meta (key, value);"
                   "INSERT INTO meta VALUES ('schema', 99)",
                   "a newer provscan");
    expect_refusal("PRAGMA application_id = 0x50524f56; CREATE TABLE meta (key, value);"
                   "INSERT INTO meta VALUES ('schema', 0)",
                   "an older provscan");
    expect_refusal("PRAGMA application_id = 0x50524f56; CREATE TABLE meta (key, value)", "an older provscan");
    expect_refusal("PRAGMA application_id = 0x50524f56; CREATE TABLE x (key)", "no such table");
}

Test(store, says_whether_a_crawl_ran_to_its_end)
{
    struct place place = make_place();
    struct err err = {0};
    struct store *store = open_store(&place, plan_a);
    static const char sql[] = "SELECT value FROM meta WHERE key = 'crawl.complete'";
    cr_assert_eq(count(store, sql), 0);
    cr_assert_eq(store_end_crawl(store, &err), PROV_OK);
    cr_assert_eq(count(store, sql), 1);
    close_store(store);
    store = open_store(&place, plan_a);
    close_store(store);
    struct db *db = NULL;
    int64_t value = -1;
    cr_assert_eq(store_open_existing(place.path, &db, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(db_query_int(db, sql, &value, &err), PROV_OK);
    cr_assert_eq(value, 0, "a crawl that was begun again is not complete");
    db_close(db);
    remove_place(&place);
}

Test(store, leaves_one_file_that_a_folder_without_write_permission_can_hold)
{
    struct place place = make_place();
    char wal[128];
    (void)snprintf(wal, sizeof wal, "%s-wal", place.path);
    close_store(open_store(&place, plan_a));
    cr_assert_neq(access(wal, F_OK), 0);
    struct db *db = NULL;
    struct err err = {0};
    int64_t n = -1;
    cr_assert_eq(chmod(place.folder, 0500), 0);
    cr_assert_eq(db_open(place.path, DB_READ_ONLY, &db, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(db_query_int(db, "SELECT count(*) FROM root", &n, &err), PROV_OK);
    cr_assert_eq(n, 1);
    db_close(db);
    cr_assert_eq(chmod(place.folder, 0700), 0);
    remove_place(&place);
}

/* An item all of whose columns hold something; the texts differ from item to item. */
static void
add_full_item(struct store *store, uint64_t id, uint32_t ordinal)
{
    char path[32];
    struct err err = {0};
    int size = snprintf(path, sizeof path, "dir/%u.txt%c", ordinal, 0);
    struct item item = {.ordinal = ordinal,
                        .depth = 1,
                        .head = {.kind = ITEM_SYMLINK,
                                 .parent = 0,
                                 .flags = ITEM_TEXT,
                                 .path = {.data = (const uint8_t *)path, .size = (size_t)size},
                                 .name_offset = 4,
                                 .link = {.data = (const uint8_t *)path, .size = 3},
                                 .size_declared = ordinal,
                                 .mtime = -5,
                                 .format = "tar"},
                        .size = ordinal,
                        .type = "text/plain",
                        .encoding = "UTF-8"};
    memset(&item.fingerprint, (int)ordinal, sizeof item.fingerprint);
    cr_assert_eq(store_add_item(store, id, &item, &err), PROV_OK, "%s", err.text);
    memset(path, '#', sizeof path); /* what was borrowed is the caller's again */
}

Test(store, keeps_every_column_of_any_number_of_items)
{
    for (uint32_t nitems = 0; nitems < 50; nitems++) {
        struct place place = make_place();
        struct unit unit = file_unit("a", 10);
        struct unit_stamp stamp = {0};
        struct err err = {0};
        uint64_t id;
        struct store *store = open_store(&place, plan_a);
        add(store, &unit, 0, &id);
        cr_assert_eq(store_begin_unit(store, id, &err), PROV_OK);
        for (uint32_t i = nitems; i-- > 0;)
            add_full_item(store, id, i);
        cr_assert_eq(store_end_unit(store, id, &stamp, &err), PROV_OK);
        close_store(store);
        store = open_store(&place, plan_a);
        cr_assert_eq(
            count(store,
                  "SELECT count(*) FROM item WHERE hex(path) = hex('dir/' || ordinal || '.txt') || '00'"
                  " AND name_offset = 4 AND link = CAST('dir' AS BLOB) AND size = ordinal"
                  " AND size_declared = ordinal AND mtime = -5 AND type = 'text/plain'"
                  " AND encoding = 'UTF-8' AND format = 'tar' AND kind = 2 AND flags = 16 AND depth = 1"
                  " AND parent = 0 AND length(sha256) = 32 AND length(xxh3) = 16"
                  " AND hex(substr(sha256, 32)) = printf('%02X', ordinal)"
                  " AND hex(substr(xxh3, 16)) = printf('%02X', ordinal)"),
            nitems);
        close_store(store);
        remove_place(&place);
    }
}

Test(store, reads_again_a_unit_whose_rows_still_wait)
{
    struct place place = make_place();
    struct unit unit = file_unit("a", 10);
    uint64_t id;
    struct store *store = open_store(&place, plan_a);
    add(store, &unit, 0, &id);
    read_unit_into(store, id, false); /* a worker died */
    read_unit_into(store, id, true);
    close_store(store);
    store = open_store(&place, plan_a);
    cr_assert_eq(count(store, "SELECT count(*) FROM item"), 2);
    cr_assert_eq(count(store, "SELECT count(*) FROM fact"), 2);
    cr_assert_eq(add(store, &unit, 0, &id), STORE_KNOWN);
    close_store(store);
    remove_place(&place);
}

Test(store, writes_nothing_more_once_the_disk_is_full)
{
    struct place place = make_place();
    struct unit a = file_unit("a", 1), b = file_unit("b", 1);
    struct rlimit small = {.rlim_cur = 400 << 10, .rlim_max = RLIM_INFINITY},
                  all = {RLIM_INFINITY, RLIM_INFINITY};
    struct unit_stamp stamp = {0};
    struct err err = {0};
    uint64_t id_a, id_b;
    struct store *store = open_store(&place, plan_a);
    add(store, &a, 0, &id_a);
    read_unit_into(store, id_a, true);
    cr_assert_eq(store_commit(store, &err), PROV_OK);
    add(store, &b, 1, &id_b);
    cr_assert_eq(store_begin_unit(store, id_b, &err), PROV_OK);
    (void)signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    int status = PROV_OK;
    for (uint32_t i = 0; i < 200000 && status == PROV_OK; i++) {
        struct item item = {.ordinal = i,
                            .head = {.path = bytes_of("some path"), .size_declared = UINT64_MAX}};
        status = store_add_item(store, id_b, &item, &err);
    }
    cr_assert_eq(status, PROV_E_STORE);
    cr_assert(strstr(err.text, place.path) && strstr(err.text, "File too large"), "%s", err.text);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
    err = (struct err){0};
    cr_assert_eq(store_end_unit(store, id_b, &stamp, &err), PROV_E_STORE,
                 "a unit with missing rows is never done");
    cr_assert(strstr(err.text, "earlier failure"), "%s", err.text);
    cr_assert_eq(store_commit(store, NULL), PROV_E_STORE);
    cr_assert_eq(store_close(store, NULL), PROV_E_STORE);
    store = open_store(&place, plan_a);
    cr_assert_eq(add(store, &a, 0, &id_a), STORE_KNOWN);
    cr_assert_eq(add(store, &b, 1, &id_b), STORE_READ);
    cr_assert_eq(count(store, "SELECT count(*) FROM item"), 2);
    close_store(store);
    remove_place(&place);
}

Test(store, commits_a_huge_unit_in_parts)
{
    struct place place = make_place();
    struct unit unit = file_unit("a", 1);
    struct err err = {0};
    uint64_t id;
    struct store *store = open_store(&place, plan_a);
    add(store, &unit, 0, &id);
    cr_assert_eq(store_begin_unit(store, id, &err), PROV_OK);
    for (uint32_t i = 0; i < 120000; i++) {
        struct item item = {.ordinal = i, .head = {.path = bytes_of("p"), .size_declared = UINT64_MAX}};
        cr_assert_eq(store_add_item(store, id, &item, &err), PROV_OK);
    }
    /* A copy of the files is what a killed process leaves behind. */
    char command[256];
    struct place copy = make_place();
    (void)snprintf(command, sizeof command, "cp %s/* %s/", place.folder, copy.folder);
    cr_assert_eq(system(command), 0);
    struct store *killed = open_store(&copy, plan_a);
    cr_assert_eq(count(killed, "SELECT state FROM unit"), 2);
    cr_assert_eq(count(killed, "SELECT count(*) BETWEEN 50000 AND 119999 FROM item"), 1);
    cr_assert_eq(add(killed, &unit, 0, &id), STORE_READ);
    read_unit_into(killed, id, true);
    cr_assert_eq(count(killed, "SELECT count(*) FROM item"), 2);
    close_store(killed);
    close_store(store);
    remove_place(&copy);
    remove_place(&place);
}

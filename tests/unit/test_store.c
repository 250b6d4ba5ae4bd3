/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    struct fact fact = {.kind = FACT_FINDING, .level = 4, .code = "email", .offset = 7, .evidence = bytes_of("a***")};
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
    struct unit link = {.kind = UNIT_SYMLINK, .path = bytes_of("l"), .link = bytes_of("/etc"), .defect = DEFECT_COUNT};
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
    cr_assert(file && fputs("this is no database, and long enough to have a header of one .........................."
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

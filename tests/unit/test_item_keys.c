/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of items against the view that they stand for: two items with the same key must have the same facts,
 * for each fact alone and for all of them, over items in which everything varies.
 */
#include "judge_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "policy/expression.h"
#include "policy/item_keys.h"

enum { COLUMNS_MAX = 128 };

/* A judged store, and over what the judge made of it whatever its columns can hold. */
static struct db *
varied_store(void)
{
    struct db *db = judge_store(TEXT_FILE(0, "a.txt", 10) TEXT_FILE(1, "provscan.sources.json", 10)
                                    FILE_UNIT(2, "c", 10) FILE_UNIT(3, "d", 10));
    struct err err = {0};
    (void)judge_it(db, NULL, NULL);
    static const char vary[] =
        "DELETE FROM item; DELETE FROM item_sum; DELETE FROM source_unit; DELETE FROM license;"
        "INSERT INTO license VALUES (1,'MIT',1,1,1,1,1,0), (2,'odd words',0,NULL,NULL,NULL,NULL,NULL),"
        " (3,'CC-BY-NC-4.0',1,0,1,NULL,1,0);"
        "CREATE TEMP TABLE w AS SELECT * FROM source;"
        "UPDATE w SET ordinal = 1, kind = 'open'; INSERT INTO source SELECT * FROM w;"
        "UPDATE w SET ordinal = 2, kind = NULL; INSERT INTO source SELECT * FROM w;"
        "INSERT INTO source_unit VALUES (2,1,1), (3,2,2);"
        "CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < "
        "2999)"
        " SELECT i, i * 2654435761 % 4294967296 >> 7 AS r FROM n;"
        "INSERT INTO item (unit, ordinal, depth, kind, flags, path, name_offset, size, type, encoding, "
        "format)"
        " SELECT 1 + i % 4, i / 4, r % 3, r / 3 % 5 * (r % 2), r / 5 % 128,"
        " CAST(CASE i / 4 % 7 WHEN 0 THEN 'my-ID-Card.png' WHEN 1 THEN 'idcard' WHEN 2 THEN '身份证' ELSE "
        "'a' END AS BLOB),"
        " 0, r / 7 % 3 * 5, CASE r / 11 % 4 WHEN 0 THEN 'text/plain' WHEN 1 THEN 'text/x-c' WHEN 2 THEN "
        "'image/png' END,"
        " CASE r / 13 % 2 WHEN 0 THEN 'UTF-8' END, CASE r / 17 % 2 WHEN 0 THEN 'zip' END FROM n;"
        "INSERT INTO item_sum SELECT 1 + i % 4, i / 4, nullif(r / 3 % 4, 0), CASE WHEN r / 3 % 4 THEN r / 5 "
        "% 3 END,"
        " nullif(r / 7 % 3, 2), r / 11 % 2, r / 13 % 2, r / 17 % 2, r / 19 % 2, r / 23 % 2, r / 29 % 2, r / "
        "31 % 2,"
        " r / 37 % 2, r / 41 % 2, r / 43 % 2, r / 47 % 2, r / 53 % 2, r / 59 % 2, NULL, NULL FROM n WHERE r "
        "/ 2 % 3 > 0;";
    cr_assert_eq(db_run(db, vary, &err), PROV_OK, "%s", err.text);
    return db;
}

/* The values of the used facts of an item, as text. */
static void
describe(struct db_statement *row, int ncolumns, char *text, size_t size)
{
    size_t at = 0;
    for (int i = 1; i <= ncolumns && at < size; i++)
        at += (size_t)snprintf(text + at, size - at, "%s|", db_is_null(row, i) ? "NULL" : db_text(row, i));
}

/* Walk all items; the facts of each must be those of the first one with its key. @return different keys */
static size_t
walk(struct db *db, const bool *used, int ncolumns)
{
    static char known[4096][512];
    struct intern keys = {0};
    struct item_keys *items = NULL;
    struct item_key item = {0};
    struct err err = {0};
    bool has_item = false;
    size_t nitems = 0;
    cr_assert_eq(item_keys_open(db, used, &items, &err), PROV_OK, "%s", err.text);
    while (item_keys_next(items, &item, &has_item, &err) == PROV_OK && has_item) {
        struct db_statement *row = NULL;
        uint32_t number = 0;
        char text[512] = "";
        size_t before = keys.nnames;
        cr_assert_eq(intern_add(&keys, item.key, &number), PROV_OK);
        cr_assert_eq(item_keys_facts(items, &row, &err), PROV_OK, "%s", err.text);
        describe(row, ncolumns, text, sizeof text);
        if (number == before)
            memcpy(known[number], text, sizeof text);
        cr_assert_str_eq(text, known[number], "unit %lld, item %lld", (long long)item.unit,
                         (long long)item.item);
        nitems++;
    }
    size_t nkeys = keys.nnames;
    item_keys_close(items);
    intern_finish(&keys);
    cr_assert_eq(nitems, 3000);
    return nkeys;
}

Test(item_keys, tell_apart_whatever_one_fact_tells_apart)
{
    struct db *db = varied_store();
    for (size_t i = 0; fact_column_at(RULE_ITEM, i); i++) {
        bool used[COLUMNS_MAX] = {false};
        const char *name = fact_column_at(RULE_ITEM, i)->name;
        char sql[160];
        used[i] = true;
        /* What is not read yet is NULL for all. */
        (void)snprintf(sql, sizeof sql,
                       "SELECT count(DISTINCT coalesce(%s, '?')) > 1 OR count(%s) = 0 FROM item_facts", name,
                       name);
        cr_assert(number(db, sql), "%s: the same for all items, so nothing is tested", name);
        size_t nkeys = walk(db, used, 1);
        bool is_place = strcmp(name, "item") == 0 || strcmp(name, "unit") == 0;
        cr_assert(is_place || nkeys < 2900, "%s: a key for each item", name);
    }
    db_close(db);
}

Test(item_keys, tell_apart_whatever_all_facts_tell_apart)
{
    struct db *db = varied_store();
    bool used[COLUMNS_MAX] = {false};
    int ncolumns = 0;
    while (fact_column_at(RULE_ITEM, (size_t)ncolumns))
        used[ncolumns++] = true;
    (void)walk(db, used, ncolumns);
    db_close(db);
}

Test(item_keys, come_in_the_order_of_the_crawl)
{
    struct db *db = varied_store();
    bool used[COLUMNS_MAX] = {false}, has_item = false;
    struct item_keys *items = NULL;
    struct item_key item = {0};
    struct err err = {0};
    static const int64_t order[] = {4, 2, 1, 3};
    size_t nitems = 0;
    cr_assert_eq(
        db_run(db, "UPDATE unit SET ordinal = CASE id WHEN 4 THEN 0 WHEN 2 THEN 1 WHEN 1 THEN 2 ELSE 3 END",
               &err),
        PROV_OK, "%s", err.text);
    cr_assert_eq(item_keys_open(db, used, &items, &err), PROV_OK, "%s", err.text);
    for (; item_keys_next(items, &item, &has_item, &err) == PROV_OK && has_item; nitems++) {
        cr_assert_eq(item.unit, order[nitems / 750]);
        cr_assert_eq(item.item, (int64_t)(nitems % 750));
    }
    cr_assert_eq(nitems, 3000);
    item_keys_close(items);
    db_close(db);
}

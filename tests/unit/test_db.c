/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/db.h"
#include "base/db_cursor.h"

static char folder[64];

static void
make_folder(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/test_db.XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static void
remove_folder(void)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    cr_assert_eq(system(command), 0);
}

static const char *
path_of(const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static struct db *
opened(const char *name, enum db_mode mode)
{
    struct err err = {0};
    struct db *db = NULL;
    int status = db_open(name[0] == ':' ? name : path_of(name), mode, &db, &err);
    cr_assert_eq(status, PROV_OK, "%s", err.text);
    return db;
}

static void
run(struct db *db, const char *sql)
{
    struct err err = {0};
    cr_assert_eq(db_run(db, sql, &err), PROV_OK, "%s", err.text);
}

static struct db_statement *
prepared(struct db *db, const char *sql)
{
    struct err err = {0};
    struct db_statement *statement = NULL;
    cr_assert_eq(db_prepare(db, sql, &statement, &err), PROV_OK, "%s", err.text);
    return statement;
}

TestSuite(db, .init = make_folder, .fini = remove_folder);

Test(db, gives_back_what_was_bound)
{
    struct db *db = opened("a.db", DB_CREATE);
    run(db, "CREATE TABLE t (i, d, t, b, z, e)");
    struct db_statement *insert = prepared(db, "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)");
    struct err err = {0};
    db_bind_int(insert, 1, INT64_MIN);
    db_bind_double(insert, 2, 0.5);
    db_bind_text(insert, 3, "text");
    db_bind_bytes(insert, 4, (struct bytes){.data = (const uint8_t *)"a\0b", .size = 3});
    db_bind_text(insert, 5, NULL);
    db_bind_bytes(insert, 6, (struct bytes){0});
    cr_assert_eq(db_execute(insert, &err), PROV_OK, "%s", err.text);
    db_finish(insert);
    struct db_statement *query = prepared(db, "SELECT * FROM t");
    bool has_row = false;
    cr_assert_eq(db_step(query, &has_row, &err), PROV_OK);
    cr_assert(has_row);
    cr_assert_eq(db_ncolumns(query), 6);
    cr_assert_str_eq(db_column_name(query, 1), "d");
    cr_assert_eq(db_int(query, 0), INT64_MIN);
    cr_assert_eq(db_double(query, 1), 0.5);
    cr_assert_str_eq(db_text(query, 2), "text");
    cr_assert(bytes_equal(db_bytes(query, 3), (struct bytes){.data = (const uint8_t *)"a\0b", .size = 3}));
    cr_assert(db_is_null(query, 4));
    cr_assert_str_eq(db_text(query, 4), "");
    cr_assert_not(db_is_null(query, 5), "no bytes are not NULL");
    cr_assert_eq(db_bytes(query, 5).size, 0);
    cr_assert_eq(db_step(query, &has_row, &err), PROV_OK);
    cr_assert_not(has_row);
    db_finish(query);
    db_close(db);
}

Test(db, forgets_parameters_between_two_runs)
{
    struct db *db = opened(":memory:", DB_CREATE);
    run(db, "CREATE TABLE t (a)");
    struct db_statement *insert = prepared(db, "INSERT INTO t VALUES (?)");
    db_bind_int(insert, 1, 7);
    cr_assert_eq(db_execute(insert, NULL), PROV_OK);
    cr_assert_eq(db_execute(insert, NULL), PROV_OK);
    db_finish(insert);
    int64_t n = 0;
    cr_assert_eq(db_query_int(db, "SELECT count(*) FROM t WHERE a IS NULL", &n, NULL), PROV_OK);
    cr_assert_eq(n, 1);
    cr_assert_eq(db_last_id(db), 2);
    db_close(db);
}

Test(db, reports_a_failed_bind_at_the_step)
{
    struct db *db = opened(":memory:", DB_CREATE);
    struct db_statement *query = prepared(db, "SELECT ?");
    struct err err = {0};
    bool has_row = false;
    db_bind_int(query, 2, 1);
    db_bind_int(query, 1, 1);
    cr_assert_eq(db_step(query, &has_row, &err), PROV_E_STORE);
    cr_assert(strstr(err.text, "parameter 2"), "%s", err.text);
    db_reset(query);
    db_bind_int(query, 1, 1);
    cr_assert_eq(db_step(query, &has_row, NULL), PROV_OK);
    db_finish(query);
    db_close(db);
}

Test(db, says_what_is_wrong_with_a_file)
{
    static const struct {
        const char *name, *content, *words;
        enum db_mode mode;
    } cases[] = {
        {"absent.db", NULL, "No such file", DB_READ_ONLY},
        {"absent.db", NULL, "No such file", DB_READ_WRITE},
        {"no/folder/x.db", NULL, "No such file", DB_CREATE},
        {"text.db",
         "this is no database, but it is long enough to be looked at as one: "
         "0123456789012345678901234567890123456789",
         "not a database", DB_CREATE},
        {"text.db",
         "this is no database, but it is long enough to be looked at as one: "
         "0123456789012345678901234567890123456789",
         "not a database", DB_READ_ONLY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (cases[i].content) {
            FILE *file = fopen(path_of(cases[i].name), "w");
            cr_assert_not_null(file);
            cr_assert(fputs(cases[i].content, file) >= 0 && fclose(file) == 0);
        }
        struct err err = {0};
        struct db *db = NULL;
        cr_assert_eq(db_open(path_of(cases[i].name), cases[i].mode, &db, &err), PROV_E_STORE, "case %zu", i);
        cr_assert_null(db);
        cr_assert(strstr(err.text, cases[i].words), "case %zu: %s", i, err.text);
        cr_assert(strstr(err.text, cases[i].name), "case %zu: %s", i, err.text);
    }
}

Test(db, does_not_take_a_path_for_a_uri)
{
    cr_assert_eq(chdir(folder), 0);
    struct err err = {0};
    struct db *db = NULL;
    cr_assert_eq(db_open("file:x.db?mode=memory", DB_CREATE, &db, &err), PROV_OK, "%s", err.text);
    run(db, "CREATE TABLE t (a)");
    db_close(db);
    cr_assert_eq(access("file:x.db?mode=memory", F_OK), 0);
}

Test(db, has_one_writer_across_processes)
{
    int to_child[2], to_parent[2];
    cr_assert(pipe(to_child) == 0 && pipe(to_parent) == 0);
    pid_t child = fork();
    if (child == 0) {
        struct db *db = NULL;
        char byte = db_open(path_of("one.db"), DB_CREATE, &db, NULL) == PROV_OK ? 'y' : 'n';
        if (write(to_parent[1], &byte, 1) != 1 || read(to_child[0], &byte, 1) != 1)
            _exit(1);
        _exit(0);
    }
    char byte = 0;
    cr_assert_eq(read(to_parent[0], &byte, 1), 1);
    cr_assert_eq(byte, 'y');
    enum db_mode modes[] = {DB_CREATE, DB_READ_WRITE, DB_READ_ONLY};
    for (size_t i = 0; i < 3; i++) {
        struct err err = {0};
        struct db *db = NULL;
        cr_assert_eq(db_open(path_of("one.db"), modes[i], &db, &err), PROV_E_STORE);
        cr_assert(strstr(err.text, "in use"), "%s", err.text);
    }
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    struct db *db = opened("one.db", DB_CREATE);
    db_close(db);
}

Test(db, lets_many_read)
{
    struct db *writer = opened("many.db", DB_CREATE);
    run(writer, "CREATE TABLE t (a); INSERT INTO t VALUES (5)");
    db_close(writer);
    struct db *one = opened("many.db", DB_READ_ONLY), *two = opened("many.db", DB_READ_ONLY);
    int64_t a = 0, b = 0;
    cr_assert_eq(db_query_int(one, "SELECT a FROM t", &a, NULL), PROV_OK);
    cr_assert_eq(db_query_int(two, "SELECT a FROM t", &b, NULL), PROV_OK);
    cr_assert(a == 5 && b == 5);
    struct err err = {0};
    cr_assert_eq(db_run(one, "INSERT INTO t VALUES (6)", &err), PROV_E_STORE);
    cr_assert(strstr(err.text, "not writable"), "%s", err.text);
    db_close(one);
    db_close(two);
}

static struct db *
fenced(uint64_t nsteps_max)
{
    struct db *db = NULL;
    struct err err = {0};
    cr_assert_eq(db_open_fenced(nsteps_max, &db, &err), PROV_OK, "%s", err.text);
    return db;
}

#define FACTS " FROM (SELECT ?1 AS a, ?2 AS b)"

Test(db, lets_a_fenced_rule_test_what_is_bound)
{
    static const char *const good[] = {
        "SELECT a > 1 AND b = 'y'" FACTS,
        "SELECT 'with'" FACTS " -- with a comment",
        "SELECT b LIKE 'x%' OR b GLOB 'y*'" FACTS,
        "SELECT /* with */ iif(a IS NULL, 0, round(a, 1))" FACTS ";",
        "SELECT a IN (1, 2), abs(a) = 2, coalesce(a, b) = 2, length(upper(trim(b))) = 1" FACTS,
        "SELECT CASE WHEN a BETWEEN 1 AND 2 THEN 'yes' END" FACTS,
    };
    struct db *db = fenced(1000000);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct err err = {0};
        struct db_statement *statement = NULL;
        cr_assert_eq(db_prepare(db, good[i], &statement, &err), PROV_OK, "%s: %s", good[i], err.text);
        bool has_row = false;
        db_bind_int(statement, 1, 2);
        db_bind_text(statement, 2, "y");
        cr_assert_eq(db_step(statement, &has_row, &err), PROV_OK, "%s: %s", good[i], err.text);
        cr_assert(has_row);
        db_finish(statement);
    }
    db_close(db);
}

Test(db, lets_a_fenced_rule_do_nothing_else)
{
    static const char *const bad[] = {
        "SELECT name FROM sqlite_schema",
        "SELECT 1 FROM sqlite_schema",
        "SELECT count(*) FROM sqlite_master",
        "SELECT rowid FROM sqlite_schema",
        "SELECT 1 FROM sqlite_temp_schema",
        "SELECT 1 IN sqlite_schema",
        "SELECT (WITH v AS (SELECT * FROM sqlite_schema) SELECT name FROM v)",
        "SELECT (SELECT name FROM (SELECT name FROM main.sqlite_schema) AS v)",
        "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n) SELECT max(a) FROM n",
        "SELECT 1 FROM json_each('[1]')",
        "SELECT 1 FROM pragma_database_list",
        "SELECT 1 FROM sqlite_stmt",
        "SELECT 1 FROM dbstat",
        "SELECT random()",
        "SELECT date('now')",
        "SELECT current_timestamp",
        "SELECT load_extension('x')",
        "SELECT randomblob(5)",
        "SELECT zeroblob(1000000000)",
        "SELECT group_concat(a)" FACTS,
        "SELECT sqlite_version()",
        "SELECT printf('%1000000d', 1)",
        "SELECT json('1')",
        "CREATE TABLE z (a)",
        "CREATE TEMP VIEW v AS SELECT 1",
        "CREATE VIRTUAL TABLE z USING dbstat",
        "ATTACH 'z.db' AS z",
        "DETACH main",
        "PRAGMA user_version",
        "PRAGMA writable_schema=1",
        "VACUUM INTO 'z.db'",
        "VACUUM",
        "BEGIN",
        "SAVEPOINT a",
        "ANALYZE",
        "REINDEX",
        "EXPLAIN SELECT 1",
        "SELECT 1; SELECT 2",
        "SELECT 1 WHERE \"no such column\" = 1",
        "SELECT",
        "",
        "-- nothing",
    };
    struct db *db = fenced(1000000);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err err = {0};
        struct db_statement *statement = NULL;
        cr_assert_eq(db_prepare(db, bad[i], &statement, &err), PROV_E_STORE, "let through: %s", bad[i]);
        cr_assert(err.text[0]);
        cr_assert_null(statement);
    }
    db_close(db);
}

Test(db, ends_a_fenced_rule_that_takes_too_long)
{
    struct db *db = fenced(1000);
    struct db_statement *statement = NULL;
    struct err err = {0};
    bool has_row = false;
    char sql[16384] = "SELECT ?1";
    for (int i = 0; i < 500; i++)
        (void)snprintf(sql + strlen(sql), sizeof sql - strlen(sql), ", abs(?1 + %d)", i);
    cr_assert_eq(db_prepare(db, sql, &statement, &err), PROV_OK, "%s", err.text);
    db_bind_int(statement, 1, 1);
    cr_assert_eq(db_step(statement, &has_row, &err), PROV_E_STORE);
    cr_assert(strstr(err.text, "more than 1000 steps"), "%s", err.text);
    db_allow_steps(db, 10000);
    for (int i = 0; i < 20; i++) {
        db_reset(statement);
        db_bind_int(statement, 1, 1);
        cr_assert_eq(db_step(statement, &has_row, &err), PROV_OK, "each run has its own budget");
    }
    db_finish(statement);
    db_close(db);
}

Test(db, bounds_the_memory_and_the_patterns_of_a_fenced_rule)
{
    static const char *const bad[] = {
        "SELECT length(replace(replace(replace(replace(hex(hex(hex(hex(hex('0123456789'))))), '3', "
        "'33333333'),"
        "'3', '33333333'), '3', '3333333333333333'), '3', '3333333333333333'))",
        "SELECT 'x' LIKE replace(hex(hex(hex(hex(hex(hex(hex(hex(hex('0'))))))))), '3', '%_')",
        "SELECT 'x' GLOB hex(hex(hex(hex(hex(hex(hex('012')))))))",
    };
    struct db *db = fenced(100000000);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err err = {0};
        int64_t n = 0;
        cr_assert_eq(db_query_int(db, bad[i], &n, &err), PROV_E_STORE, "case %zu", i);
    }
    db_close(db);
}

Test(db, tells_a_full_disk)
{
    struct db *db = opened("full.db", DB_CREATE);
    run(db, "CREATE TABLE t (a); PRAGMA max_page_count=10");
    struct err err = {0};
    int status = PROV_OK;
    for (int i = 0; i < 10 && status == PROV_OK; i++)
        status = db_run(
            db, "INSERT INTO t VALUES (replace(hex('0000000000'), '30', hex('aaaaaaaaaaaaaaaa')))", &err);
    cr_assert_eq(status, PROV_OK); /* a few kilobytes fit */
    for (int i = 0; i < 1000 && status == PROV_OK; i++)
        status = db_run(
            db, "INSERT INTO t VALUES (replace(hex('0000000000'), '30', hex('aaaaaaaaaaaaaaaa')))", &err);
    cr_assert_eq(status, PROV_E_STORE);
    cr_assert(strstr(err.text, "no space left"), "%s", err.text);
    db_close(db);
}

static bool
is_long(void *context, struct bytes value)
{
    ++*(int *)context;
    return value.size > 2;
}

Test(db, lets_queries_call_a_test_of_ours_until_it_is_taken_back)
{
    struct db *db = opened(":memory:", DB_CREATE);
    struct err err = {0};
    int64_t n = 0;
    int ncalls = 0;
    run(db, "CREATE TABLE t (a); INSERT INTO t VALUES ('x'), (x'010203'), (NULL), ('word')");
    cr_assert_eq(db_add_test(db, "is_long", is_long, &ncalls, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(db_query_int(db, "SELECT count(*) FROM t WHERE is_long(a)", &n, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(n, 2);
    cr_assert_eq(ncalls, 4);
    run(db, "CREATE VIEW v AS SELECT a FROM t WHERE is_long(a)");
    cr_assert_eq(db_query_int(db, "SELECT count(*) FROM v", &n, &err), PROV_E_STORE, "a view called it");
    cr_assert_eq(db_add_test(db, "is_long", NULL, NULL, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(db_query_int(db, "SELECT count(*) FROM t WHERE is_long(a)", &n, &err), PROV_E_STORE);
    db_close(db);
}

Test(db, walks_queries_side_by_side)
{
    struct db *db = opened(":memory:", DB_CREATE);
    struct db_cursor items = {0}, facts = {0};
    struct err err = {0};
    bool met = false;
    char found[32] = "";
    run(db, "CREATE TABLE t (u, i); INSERT INTO t VALUES (0, 0), (0, 2), (0, 3), (2, 0);"
            "CREATE TABLE f (u, i, x); INSERT INTO f VALUES (0, 1, 'a'), (0, 2, 'b'), (0, 2, 'c'), (1, 0, 'd'),"
            " (2, 0, 'e'), (3, 0, 'f')");
    cr_assert_eq(db_cursor_open(&items, db, "SELECT u, i FROM t ORDER BY u, i", &err), PROV_OK, "%s", err.text);
    cr_assert_eq(db_cursor_open(&facts, db, "SELECT u, i, x FROM f ORDER BY u, i", &err), PROV_OK);
    while (items.has_row) {
        while (db_cursor_meet(&facts, &items, &met, &err) == PROV_OK && met) {
            strcat(found, db_text(facts.statement, 2));
            cr_assert_eq(db_cursor_advance(&facts, &err), PROV_OK);
        }
        strcat(found, ".");
        cr_assert_eq(db_cursor_advance(&items, &err), PROV_OK);
    }
    cr_assert_str_eq(found, ".bc..e.");
    db_cursor_close(&items);
    db_cursor_close(&facts);
    db_close(db);
}

Test(db, refuses_to_walk_what_does_not_ascend)
{
    static const char *const falling[] = {"SELECT 1, 0 UNION ALL SELECT 0, 1", "SELECT 1, 1 UNION ALL SELECT 1, 0"};
    for (int i = 0; i < 2; i++) {
        struct db *db = opened(":memory:", DB_CREATE);
        struct db_cursor cursor = {0};
        struct err err = {0};
        cr_assert_eq(db_cursor_open(&cursor, db, falling[i], &err), PROV_OK, "%s", err.text);
        cr_assert_eq(db_cursor_advance(&cursor, &err), PROV_E_INTERNAL);
        db_cursor_close(&cursor);
        db_close(db);
    }
}

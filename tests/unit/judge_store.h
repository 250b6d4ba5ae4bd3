/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_JUDGE_STORE_H
#define TESTS_JUDGE_STORE_H

/*
 * A store for tests of the judge and the reports, written as SQL: what a scan would have left behind. The
 * people and places in it are invented.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <unistd.h>

#include "base/db.h"
#include "base/status.h"
#include "policy/judge.h"
#include "store_schema_sql.h"

/* Units: id = ordinal + 1. A file that was read, with its own item 0. */
#define FILE_UNIT(ordinal, path, size)                                                                       \
    "INSERT INTO unit (id, ordinal, root, path, kind, state, size, blocks_bytes, device, inode, mtime_ns, "  \
    "ctime_ns,"                                                                                              \
    " mode, nlinks) VALUES (" #ordinal "+1," #ordinal ",0,CAST('" path "' AS BLOB),0,1," #size               \
    ",0,1," #ordinal ",0,0,0,1);"
#define ITEM(unit, ordinal, flags, path, size, type)                                                         \
    "INSERT INTO item (unit, ordinal, depth, kind, flags, path, name_offset, size, sha256, xxh3, type, "     \
    "encoding)"                                                                                              \
    " VALUES (" #unit "+1," #ordinal "," #ordinal ">0,0," #flags ",CAST('" path "' AS BLOB),0," #size        \
    ",zeroblob(31)||CAST(char(65+" #unit ") AS BLOB),zeroblob(16),'" type "','UTF-8');"
#define FACT(unit, item, ordinal, kind, code, level, count)                                                  \
    "INSERT INTO fact (unit, item, ordinal, kind, code, level, score, count) VALUES (" #unit "+1," #item "," #ordinal "," #kind ",'" code "'," #level ",0," #count  \
    ");"
#define SAMPLE(unit, item, fact, evidence)                                                                   \
    "INSERT INTO sample VALUES (" #unit "+1," #item "," #fact ",0,7,5,0,0,'" evidence "');"
#define TEXT_FILE(ordinal, path, size)                                                                       \
    FILE_UNIT(ordinal, path, size) ITEM(ordinal, 0, 16, "", size, "text/plain")

/* An empty store of a finished crawl. */
static inline struct db *
judge_store(const char *sql)
{
    struct db *db = NULL;
    struct err err = {0};
    cr_assert_eq(db_open(":memory:", DB_CREATE, &db, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(db_run(db, store_schema_sql, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(db_run(db,
                        "INSERT INTO root VALUES (0, CAST('/somewhere/set' AS BLOB));"
                        "INSERT INTO meta VALUES ('crawl.complete', '1'), ('tool', 'provscan test'),"
                        " ('limits', '{\"samples-manifest\":3}'), ('libraries', '{}'), ('excludes', '[]'),"
                        " ('plan', '00'), ('sandbox', 'none');",
                        &err),
                 PROV_OK, "%s", err.text);
    cr_assert_eq(db_run(db, sql, &err), PROV_OK, "%s", err.text);
    return db;
}

/* Judge it with one of the project's packs. */
static inline struct judge_result
judge_under(struct db *db, const char *pack, const char *sources, const char *purpose)
{
    const char *const policies[] = {pack};
    struct judge_result result = {0};
    struct err err = {0};
    struct judge_options options = {.policy_dir = SOURCE_DIR "/policies",
                                    .policies = policies,
                                    .npolicies = 1,
                                    .purpose = purpose,
                                    .as_of = "2026-06-01",
                                    .sources_path = sources};
    cr_assert_eq(judge_run(db, &options, &result, &err), PROV_OK, "%s", err.text);
    if (sources)
        (void)unlink(sources);
    return result;
}

static inline struct judge_result
judge_it(struct db *db, const char *sources, const char *purpose)
{
    return judge_under(db, "cn-genai", sources, purpose);
}

/* One number out of the database. */
static inline int64_t
number(struct db *db, const char *sql)
{
    int64_t value = -1;
    struct err err = {0};
    cr_assert_eq(db_query_int(db, sql, &value, &err), PROV_OK, "%s: %s", sql, err.text);
    return value;
}

/* Conformity of a rule: 0 not applicable, 1 conform, 2 undetermined, 3 not conform. */
static inline int64_t
conformity(struct db *db, const char *rule)
{
    char sql[256];
    (void)snprintf(
        sql, sizeof sql,
        "SELECT conformity FROM result JOIN rule ON rule.ordinal = result.rule WHERE rule.id = '%s'", rule);
    return number(db, sql);
}

/* A file of this content in the folder of the test; tests run side by side, so each process has its own. */
static inline const char *
file_of(const char *name, const char *content)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%d.%s", (int)getpid(), name);
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs(content, file) >= 0 && fclose(file) == 0);
    return path;
}

#endif

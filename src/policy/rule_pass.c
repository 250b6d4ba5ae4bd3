/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of many rules as the columns of few statements.
 *
 *     SELECT source, (test), (test) ... FROM (SELECT source, facts that the tests name FROM view LIMIT -1)
 *
 * The facts are computed once a row by the inner query, not once a test: the LIMIT keeps SQLite from pulling it into
 * the outer one. SQLite bounds the text and the columns of a statement, so the tests are divided into portions that
 * advance in step.
 *
 * Statements are compiled behind the fence of base/db.h. They run with the fence lifted, because SQLite compiles
 * every other statement of the handle again when a fence goes up, and refuses those that write; an expression has no
 * loop and no subquery, so its size bounds its steps.
 */
#include "policy/rule_pass.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

enum {
    PORTION_SQL_BYTES_MAX = 48 << 10, /* the fence allows 64 KiB */
    PORTION_TESTS_MAX = 400,          /* columns; SQLite allows 2000 */
    COMPILE_STEPS_MAX = 1000,
};

int
rule_pass_add(struct rule_pass *pass, size_t rule, const char *sql, struct err *err)
{
    struct rule_test *larger = realloc(pass->tests, (pass->ntests + 1) * sizeof *larger);
    if (!larger)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    pass->tests = larger;
    pass->tests[pass->ntests++] = (struct rule_test){rule, sql};
    return PROV_OK;
}

int
rule_pass_add_level(struct rule_pass *pass, const struct pack_set *set, enum rule_level level, struct err *err)
{
    pass->level = level;
    for (size_t i = 0; i < set->nrules; i++) {
        const struct rule *rule = set->rules[i];
        if (rule->level != level)
            continue;
        TRY(rule_pass_add(pass, i, rule->applies_sql, err));
        TRY(rule_pass_add(pass, i, rule->fails_sql, err));
    }
    return PROV_OK;
}

/* Which facts the tests name: compiled text is itself an expression, and tells it when it is read again. */
static int
note_used(struct rule_pass *pass)
{
    char fault[EXPRESSION_FAULT_MAX];
    struct expression_scope scope = {.level = pass->level, .used = pass->used};
    struct buf scratch = {0};
    int status = PROV_OK;
    for (size_t i = 0; i < pass->ntests && status == PROV_OK; i++) {
        buf_clear(&scratch);
        if (pass->tests[i].sql)
            status = expression_compile(pass->tests[i].sql, &scope, &scratch, fault);
    }
    buf_finish(&scratch);
    return status;
}

/* The inner query. */
static int
append_rows(const struct rule_pass *pass, enum rule_rows rows, struct buf *sql)
{
    static const char *const tails[RULE_LEVEL_COUNT] = {
        [RULE_ITEM] = "", [RULE_SOURCE] = " ORDER BY source", [RULE_DATASET] = ""};
    int parameter = 0;
    TRY(buf_append_text(sql, rows == ROWS_OF_BINDS || pass->level == RULE_DATASET ? "SELECT 0 AS s" : "SELECT source AS s"));
    for (size_t i = 0; fact_column_at(pass->level, i); i++) {
        const char *name = fact_column_at(pass->level, i)->name;
        if (!pass->used[i])
            continue;
        if (rows == ROWS_OF_BINDS)
            TRY(buf_printf(sql, ", ?%d AS %s", ++parameter, name));
        else
            TRY(buf_printf(sql, ", %s", name));
    }
    if (rows == ROWS_OF_VIEW)
        TRY(buf_printf(sql, " FROM %s%s", rule_level_view(pass->level), tails[pass->level]));
    return buf_append_text(sql, " LIMIT -1");
}

static int
append_sql(const struct rule_pass *pass, const struct rule_portion *portion, enum rule_rows rows, struct buf *sql)
{
    TRY(buf_append_text(sql, "SELECT s"));
    for (size_t i = 0; i < portion->ntests; i++) {
        const char *test = pass->tests[portion->first + i].sql;
        TRY(buf_printf(sql, ", (%s)", test ? test : "1"));
    }
    TRY(buf_append_text(sql, " FROM ("));
    TRY(append_rows(pass, rows, sql));
    return buf_append_byte(sql, ')');
}

static int
compile_portion(struct rule_pass *pass, struct rule_portion *portion, struct db *db, enum rule_rows rows, struct err *err)
{
    static const char *const views[] = {"item_facts", "source_facts", "dataset_facts", NULL};
    struct buf sql = {0};
    int status = append_sql(pass, portion, rows, &sql);
    if (status == PROV_OK) {
        db_fence(db, views, COMPILE_STEPS_MAX);
        status = db_prepare(db, buf_text(&sql), &portion->statement, err);
        db_fence(db, NULL, 0);
    }
    buf_finish(&sql);
    if (status == PROV_OK)
        return PROV_OK;
    return err_set(err, status, "the rules of level '%s' do not compile", rule_level_name(pass->level));
}

int
rule_pass_compile(struct rule_pass *pass, struct db *db, enum rule_rows rows, struct err *err)
{
    pass->answers = calloc(pass->ntests + 1, sizeof *pass->answers);
    if (!pass->answers || note_used(pass) != PROV_OK)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    size_t next = 0;
    do {
        if (pass->nportions == RULE_PASS_PORTIONS_MAX)
            return err_set(err, PROV_E_POLICY, "too many rules of level '%s'", rule_level_name(pass->level));
        struct rule_portion *portion = &pass->portions[pass->nportions++];
        size_t size = 0;
        portion->first = next;
        while (next < pass->ntests && portion->ntests < PORTION_TESTS_MAX) {
            size += pass->tests[next].sql ? strlen(pass->tests[next].sql) + 4 : 5;
            if (size > PORTION_SQL_BYTES_MAX && portion->ntests)
                break;
            next++;
            portion->ntests++;
        }
        TRY(compile_portion(pass, portion, db, rows, err));
    } while (next < pass->ntests);
    return PROV_OK;
}

int
rule_pass_step(struct rule_pass *pass, bool *has_row, struct err *err)
{
    for (size_t i = 0; i < pass->nportions; i++) {
        struct rule_portion *portion = &pass->portions[i];
        TRY(db_step(portion->statement, has_row, err));
        for (size_t j = 0; *has_row && j < portion->ntests; j++) {
            int column = (int)j + 1;
            pass->answers[portion->first + j] =
                db_is_null(portion->statement, column) ? -1 : db_double(portion->statement, column) != 0;
        }
    }
    return PROV_OK;
}

void
rule_pass_finish(struct rule_pass *pass)
{
    for (size_t i = 0; i < pass->nportions; i++)
        db_finish(pass->portions[i].statement);
    free(pass->tests);
    free(pass->answers);
    *pass = (struct rule_pass){0};
}

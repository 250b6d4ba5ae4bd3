/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of many rules as the columns of few statements.
 *
 *     the store:    SELECT source, facts that the tests name FROM view ───row───┐ bound
 *     the court:    SELECT (test), (test) ... FROM (SELECT ?1 AS fact, ?2 AS fact ...)
 *
 * Rules come from strangers as much as data does, so they never meet the store: they run on a fenced handle
 * that holds nothing (base/db.h), on values that were read for them. SQLite bounds the text and the columns
 * of a statement, so the tests are divided into portions that are asked in turn.
 *
 * An expression has no loop, so the steps it is compiled to are the most it can take: a rule of more than
 * LIMIT_RULE_STEPS is refused when its pack is loaded (pack_set.c). Steps are counted here all the same, and
 * values are bounded by the fence. What breaks a bound is a fault of its policy, and the judgement ends with
 * the rule's name. Why not "undetermined": whoever signs the manifest would read that facts were missing.
 */
#include "policy/rule_pass.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/status.h"

enum {
    PORTION_SQL_BYTES_MAX = 48 << 10, /* the fence allows 64 KiB */
    PORTION_TESTS_MAX = 400,          /* columns; SQLite allows 2000 */
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
rule_pass_add_level(struct rule_pass *pass, const struct pack_set *set, enum rule_level level,
                    struct err *err)
{
    pass->level = level;
    pass->set = set;
    for (size_t i = 0; i < set->nrules; i++) {
        const struct rule *rule = set->rules[i];
        if (rule->level != level)
            continue;
        TRY(rule_pass_add(pass, i, rule->applies_sql, err));
        TRY(rule_pass_add(pass, i, rule->fails_sql, err));
    }
    return PROV_OK;
}

/* One row, bound: parameter i is the i-th fact that is used, from 1. */
static int
append_row(const struct rule_pass *pass, struct buf *sql)
{
    int parameter = 0;
    TRY(buf_append_text(sql, "SELECT 0"));
    for (size_t i = 0; fact_column_at(pass->level, i); i++)
        if (pass->used[i])
            TRY(buf_printf(sql, ", ?%d AS %s", ++parameter, fact_column_at(pass->level, i)->name));
    return PROV_OK;
}

static int
append_sql(const struct rule_pass *pass, size_t first, size_t ntests, struct buf *sql)
{
    TRY(buf_append_text(sql, "SELECT 0"));
    for (size_t i = first; i < first + ntests; i++)
        TRY(buf_printf(sql, ", (%s)", pass->tests[i].sql ? pass->tests[i].sql : "1"));
    TRY(buf_append_text(sql, " FROM ("));
    TRY(append_row(pass, sql));
    return buf_append_byte(sql, ')');
}

static int
compile(const struct rule_pass *pass, size_t first, size_t ntests, struct db_statement **statement,
        struct err *err)
{
    struct buf sql = {0};
    int status = append_sql(pass, first, ntests, &sql);
    status = status == PROV_OK ? db_prepare(pass->court, buf_text(&sql), statement, err)
                               : err_set(err, status, "out of memory");
    buf_finish(&sql);
    return status;
}

int
rule_pass_compile(struct rule_pass *pass, struct err *err)
{
    TRY(db_open_fenced(0, &pass->court, err));
    pass->answers = calloc(pass->ntests + 1, sizeof *pass->answers);
    int status = pass->answers ? PROV_OK : PROV_E_MEMORY;
    for (size_t i = 0; i < pass->ntests && status == PROV_OK; i++)
        if (pass->tests[i].sql)
            status = expression_note_facts(pass->tests[i].sql, pass->level, pass->used);
    if (status != PROV_OK)
        return err_set(err, status, "%s",
                       status == PROV_E_MEMORY ? "out of memory" : "a rule changed under way");
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
        status = compile(pass, portion->first, portion->ntests, &portion->statement, err);
        if (status != PROV_OK)
            return err_set(err, status, "the rules of level '%s' do not compile",
                           rule_level_name(pass->level));
    } while (next < pass->ntests);
    return PROV_OK;
}

static void
bind_facts(const struct rule_pass *pass, struct db_statement *statement, struct db_statement *facts)
{
    int column = 1;
    for (size_t i = 0; fact_column_at(pass->level, i); i++) {
        if (!pass->used[i])
            continue;
        if (db_is_null(facts, column))
            db_bind_null(statement, column);
        else if (fact_column_at(pass->level, i)->type[0] == 'T')
            db_bind_text_bytes(statement, column, db_bytes(facts, column));
        else if (fact_column_at(pass->level, i)->type[0] == 'R')
            db_bind_double(statement, column, db_double(facts, column));
        else
            db_bind_int(statement, column, db_int(facts, column));
        column++;
    }
}

/* Run a statement for the row of facts. */
static int
run(const struct rule_pass *pass, struct db_statement *statement, size_t ntests, struct db_statement *facts,
    struct err *err)
{
    bool has_row = false;
    db_allow_steps(pass->court, ntests * (uint64_t)LIMIT_RULE_STEPS);
    db_reset(statement);
    bind_facts(pass, statement, facts);
    return db_step(statement, &has_row, err);
}

/* A portion failed: find the first of its tests that fails alone, and name its rule. */
static int
blame(const struct rule_pass *pass, const struct rule_portion *portion, struct db_statement *facts,
      struct err *err)
{
    for (size_t i = portion->first; i < portion->first + portion->ntests; i++) {
        struct db_statement *alone = NULL;
        struct err reason = {0};
        int status = compile(pass, i, 1, &alone, &reason);
        if (status == PROV_OK)
            status = run(pass, alone, 1, facts, &reason);
        db_finish(alone);
        if (status == PROV_E_STORE)
            return err_set(err, PROV_E_POLICY, "rule '%s': %s", pass->set->rules[pass->tests[i].rule]->id,
                           reason.text);
        if (status != PROV_OK)
            return err_set(err, status, "%s", reason.text);
    }
    return err_set(err, PROV_E_POLICY, "the rules of level '%s' cannot be tested together",
                   rule_level_name(pass->level));
}

int
rule_pass_ask(struct rule_pass *pass, struct db_statement *facts, struct err *err)
{
    for (size_t i = 0; i < pass->nportions; i++) {
        struct rule_portion *portion = &pass->portions[i];
        struct err reason = {0};
        int status = run(pass, portion->statement, portion->ntests, facts, &reason);
        if (status == PROV_E_STORE)
            return blame(pass, portion, facts, err);
        if (status != PROV_OK)
            return err_set(err, status, "%s", reason.text);
        for (size_t j = 0; j < portion->ntests; j++) {
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
    db_close(pass->court);
    free(pass->tests);
    free(pass->answers);
    *pass = (struct rule_pass){0};
}

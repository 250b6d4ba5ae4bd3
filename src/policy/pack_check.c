/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The examples of rules, run: a rule is believed when it fails where its author says so, conforms where he
 * says so, and does not pretend to know when facts are missing.
 *
 * An example is one row. What it does not name is NULL, so the smallest example is the one without any fact,
 * and most rules must call that undetermined:
 *
 *     SELECT (applies_when), (fails_when) FROM (SELECT 2 AS minors_under_14, NULL AS guardian_consent, ...)
 *
 * It runs behind the same fence and by the same logic (rule_conformity) as a judgement.
 */
#include "policy/pack_check.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/db.h"
#include "base/limits.h"
#include "policy/pack_set.h"
#include "policy/rule_run.h"

/* The facts of the example as one row. */
static int
append_row(const struct rule *rule, const struct rule_example *example, struct buf *sql)
{
    TRY(buf_append_text(sql, "(SELECT "));
    for (size_t i = 0; fact_column_at(rule->level, i); i++) {
        const char *name = fact_column_at(rule->level, i)->name;
        struct parameter value = {.type = VALUE_NULL};
        for (size_t j = 0; j < example->nfacts; j++)
            if (strcmp(example->facts[j].name, name) == 0)
                value = example->facts[j];
        TRY(buf_append_text(sql, i ? ", " : ""));
        TRY(expression_append_value(sql, &value));
        TRY(buf_printf(sql, " AS %s", name));
    }
    return buf_append_byte(sql, ')');
}

static int
check_names(const struct rule *rule, const struct rule_example *example, struct err *err)
{
    for (size_t i = 0; i < example->nfacts; i++) {
        size_t at = 0;
        while (fact_column_at(rule->level, at) &&
               strcmp(fact_column_at(rule->level, at)->name, example->facts[i].name) != 0)
            at++;
        if (!fact_column_at(rule->level, at))
            return json_fail(example->place, err, "facts: level '%s' has no fact '%s'",
                             rule_level_name(rule->level), example->facts[i].name);
    }
    return PROV_OK;
}

static int
example_sql(const struct pack_set *set, const struct rule *rule, const struct rule_example *example,
            struct buf *sql, struct err *err)
{
    int status = buf_append_text(sql, "SELECT (");
    if (status == PROV_OK)
        status = pack_set_compile_applies(set, rule, example, sql, err);
    if (status == PROV_OK)
        status = buf_append_text(sql, "), (");
    if (status == PROV_OK)
        status = pack_set_compile(set, rule, "fails_when", rule->fails_when, example, sql, err);
    if (status == PROV_OK)
        status = buf_append_text(sql, ") FROM ");
    return status == PROV_OK ? append_row(rule, example, sql) : status;
}

static int
answer(struct db_statement *row, int column)
{
    return db_is_null(row, column) ? -1 : db_double(row, column) != 0;
}

/* Run one example. @param conformity  what came out */
static int
run_example(struct db *db, const struct pack_set *set, const struct rule *rule,
            const struct rule_example *example, enum conformity *conformity, struct err *err)
{
    struct buf sql = {0};
    struct db_statement *statement = NULL;
    struct err reason = {0};
    bool has_row = false;
    int status = example_sql(set, rule, example, &sql, err);
    if (status == PROV_OK && (status = db_prepare(db, buf_text(&sql), &statement, &reason)) == PROV_OK)
        status = db_step(statement, &has_row, &reason);
    if (status == PROV_OK && has_row)
        *conformity = rule_conformity(answer(statement, 0), answer(statement, 1));
    db_finish(statement);
    buf_finish(&sql);
    if (reason.status != PROV_OK)
        return json_fail(example->place, err, "%s", reason.text);
    return status == PROV_OK ? PROV_OK : err_set(err, status, "out of memory");
}

static int
check_example(struct db *db, const struct pack_set *set, const struct rule *rule,
              const struct rule_example *example, enum conformity *conformity, struct err *err)
{
    TRY(check_names(rule, example, err));
    TRY(run_example(db, set, rule, example, conformity, err));
    enum verdict verdict = rule_verdict(rule, *conformity);
    bool wrong_verdict = example->verdict >= 0 && (int)verdict != example->verdict;
    bool wrong_conformity = example->conformity >= 0 && (int)*conformity != example->conformity;
    if (wrong_verdict || wrong_conformity)
        return json_fail(example->place, err, "rule '%s' comes out as %s (%s)", rule->id,
                         conformity_name(*conformity), verdict_name(verdict));
    return PROV_OK;
}

static int
check_rule(struct db *db, const struct pack_set *set, const struct rule *rule,
           struct pack_check_result *result, struct err *err)
{
    static const struct {
        enum conformity conformity;
        const char *words;
    } wanted[] = {{CONFORMITY_NOT_CONFORM, "where it fails"},
                  {CONFORMITY_CONFORM, "where it conforms"},
                  {CONFORMITY_UNDETERMINED, "where facts are missing"}};
    bool seen[CONFORMITY_COUNT] = {false};
    for (size_t i = 0; i < rule->nexamples; i++) {
        enum conformity conformity = CONFORMITY_UNDETERMINED;
        TRY(check_example(db, set, rule, &rule->examples[i], &conformity, err));
        seen[conformity] = true;
        result->nexamples++;
    }
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (!seen[wanted[i].conformity])
            return json_fail(json_find(rule->place, "examples"), err, "rule '%s' has no example %s", rule->id,
                             wanted[i].words);
    result->nrules++;
    return PROV_OK;
}

/* The pack asked for, by its id or by a path. */
static bool
is_wanted(const struct pack *pack, const char *name)
{
    struct stat a, b;
    return strcmp(pack->id, name) == 0 ||
           (stat(pack->path, &a) == 0 && stat(name, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

int
pack_check(const char *policy_dir, const char *name, struct pack_check_result *result, struct err *err)
{
    struct pack_request request = {.policy_dir = policy_dir, .names = &name, .nnames = 1};
    struct pack_set set;
    struct db *db = NULL;
    TRY(pack_set_load(&request, &set, err));
    int status = db_open_fenced(2 * (uint64_t)LIMIT_RULE_STEPS, &db, err);
    for (size_t i = 0; i < set.nrules && status == PROV_OK; i++) {
        if (is_wanted(&set.packs[set.rules[i]->pack], name))
            status = check_rule(db, &set, set.rules[i], result, err);
    }
    db_close(db);
    pack_set_finish(&set);
    result->npacks += status == PROV_OK;
    return status;
}

static int
is_pack_file(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + size - 5, ".json") == 0;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int
packs_check(const char *policy_dir, void (*fault)(const struct err *err, void *context), void *context,
            size_t *nfiles, struct pack_check_result *result, struct err *err)
{
    char path[PATH_MAX];
    struct dirent **entries = NULL;
    int size = snprintf(path, sizeof path, "%s/packs", policy_dir);
    if (size < 0 || (size_t)size >= sizeof path)
        return err_set(err, PROV_E_USAGE, "%s: path too long", policy_dir);
    int nentries = scandir(path, &entries, is_pack_file, by_name);
    if (nentries < 0)
        return err_set(err, PROV_E_USAGE, "%s: no such folder", path);
    int status = PROV_OK;
    for (int i = 0; i < nentries; i++) {
        struct err one = {0};
        size = snprintf(path, sizeof path, "%s/packs/%s", policy_dir, entries[i]->d_name);
        free(entries[i]);
        if (status != PROV_OK || size < 0 || (size_t)size >= sizeof path)
            continue;
        ++*nfiles;
        int checked = pack_check(policy_dir, path, result, &one);
        if (checked == PROV_E_POLICY)
            fault(&one, context);
        else if (checked != PROV_OK)
            status = err_set(err, checked, "%s", one.text);
    }
    free(entries);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The expressions of a set of packs, compiled: each sees the parameters of its pack, of those that it extends
 * and those from outside, and each is shown to SQLite once, so that a mistake is found before a store is
 * opened.
 *
 *     rule.applies_when ── and with the condition of its pack ──► applies_sql
 *     rule.fails_when, rule.shown_by ───────────────────────────► fails_sql, shown_sql
 *
 * The rows that an expression could be run on are not there: an empty database with the columns of the views
 * is enough to check its grammar.
 */
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "policy/pack_set.h"

/* The parameters that a rule sees: those of an example, what comes from outside, its pack's, what that
 * extends. */
static int
scope_of(const struct pack_set *set, const struct rule *rule, const struct rule_example *example,
         struct parameter **parameters, size_t *nparameters)
{
    size_t capacity = set->noutside + (example ? example->nparameters : 0) + 1, count = 0;
    for (size_t i = 0; i <= rule->pack; i++)
        capacity += set->packs[i].nparameters;
    struct parameter *list = calloc(capacity, sizeof *list);
    if (!list)
        return PROV_E_MEMORY;
    for (size_t i = 0; example && i < example->nparameters; i++)
        list[count++] = example->parameters[i];
    for (size_t i = 0; i < set->noutside; i++)
        list[count++] = set->outside[i];
    for (size_t i = rule->pack + 1; i-- > 0;)
        for (size_t j = 0; j < set->packs[i].nparameters && pack_set_extends(set, rule->pack, i); j++)
            list[count++] = set->packs[i].parameters[j].value;
    *parameters = list;
    *nparameters = count;
    return PROV_OK;
}

int
pack_set_compile(const struct pack_set *set, const struct rule *rule, const char *key, const char *text,
                 const struct rule_example *example, struct buf *sql, struct err *err)
{
    char fault[EXPRESSION_FAULT_MAX] = "";
    struct parameter *parameters = NULL;
    struct expression_scope scope = {.level = strcmp(key, "shown_by") == 0 ? RULE_ITEM : rule->level};
    int status = scope_of(set, rule, example, &parameters, &scope.nparameters);
    scope.parameters = parameters;
    if (status == PROV_OK)
        status = expression_compile(text, &scope, sql, fault);
    free(parameters);
    if (status == PROV_E_POLICY)
        return json_fail(json_find(rule->place, key), err, "%s", fault);
    return status == PROV_OK ? PROV_OK : err_set(err, status, "out of memory");
}

/* Compile whether the pack of a rule applies: over parameters alone, so that it means the same at each level.
 */
static int
compile_condition(const struct pack_set *set, const struct rule *rule, const struct rule_example *example,
                  struct buf *sql, struct err *err)
{
    char fault[EXPRESSION_FAULT_MAX] = "";
    const struct pack *pack = &set->packs[rule->pack];
    struct parameter *parameters = NULL;
    struct expression_scope scope = {.level = RULE_LEVEL_COUNT};
    int status = scope_of(set, rule, example, &parameters, &scope.nparameters);
    scope.parameters = parameters;
    if (status == PROV_OK)
        status = expression_compile(pack->applies_when, &scope, sql, fault);
    free(parameters);
    if (status == PROV_E_POLICY)
        return json_fail(pack->applies_place, err, "%s", fault);
    return status == PROV_OK ? PROV_OK : err_set(err, status, "out of memory");
}

int
pack_set_compile_applies(const struct pack_set *set, const struct rule *rule,
                         const struct rule_example *example, struct buf *sql, struct err *err)
{
    const struct pack *pack = &set->packs[rule->pack];
    if (!pack->applies_when && !rule->applies_when)
        return buf_append_text(sql, "1") == PROV_OK ? PROV_OK : err_set(err, PROV_E_MEMORY, "out of memory");
    if (!pack->applies_when)
        return pack_set_compile(set, rule, "applies_when", rule->applies_when, example, sql, err);
    int status = buf_append_byte(sql, '(');
    if (status == PROV_OK)
        TRY(compile_condition(set, rule, example, sql, err));
    if (status == PROV_OK && rule->applies_when) {
        status = buf_append_text(sql, ") AND (");
        if (status == PROV_OK)
            TRY(pack_set_compile(set, rule, "applies_when", rule->applies_when, example, sql, err));
    }
    if (status == PROV_OK)
        status = buf_append_byte(sql, ')');
    return status == PROV_OK ? PROV_OK : err_set(err, status, "out of memory");
}

/* Compile one expression, and let SQLite look at its grammar. */
static int
compile_one(struct pack_set *set, struct db *grammar, const struct rule *rule, const char *key,
            const char *text, const char **sql, struct err *err)
{
    struct buf out = {0}, query = {0};
    struct db_statement *statement = NULL;
    struct err reason = {0};
    bool applies = strcmp(key, "applies_when") == 0;
    if (!text && !(applies && set->packs[rule->pack].applies_when))
        return PROV_OK;
    enum rule_level level = strcmp(key, "shown_by") == 0 ? RULE_ITEM : rule->level;
    int status = applies ? pack_set_compile_applies(set, rule, NULL, &out, err)
                         : pack_set_compile(set, rule, key, text, NULL, &out, err);
    if (status == PROV_OK &&
        (!(*sql = arena_text(&set->arena, buf_bytes(&out))) ||
         buf_printf(&query, "SELECT (%s) FROM %s", *sql, rule_level_view(level)) != PROV_OK))
        status = err_set(err, PROV_E_MEMORY, "out of memory");
    if (status == PROV_OK &&
        (status = db_prepare(grammar, buf_text(&query), &statement, &reason)) == PROV_E_STORE)
        status = json_fail(json_find(rule->place, key).node ? json_find(rule->place, key) : rule->place, err,
                           "%s", reason.text);
    db_finish(statement);
    buf_finish(&out);
    buf_finish(&query);
    return status;
}

/* An empty database with the columns of the views. */
static int
open_grammar(struct db **grammar, struct err *err)
{
    struct buf sql = {0};
    struct db *db = NULL;
    int status = db_open(":memory:", DB_CREATE, &db, err);
    for (int level = 0; level < RULE_LEVEL_COUNT && status == PROV_OK; level++) {
        buf_clear(&sql);
        status = buf_printf(&sql, "CREATE TABLE %s (", rule_level_view((enum rule_level)level));
        for (size_t i = 0; fact_column_at((enum rule_level)level, i) && status == PROV_OK; i++)
            status =
                buf_printf(&sql, "%s%s %s", i ? "," : "", fact_column_at((enum rule_level)level, i)->name,
                           fact_column_at((enum rule_level)level, i)->type);
        if (status == PROV_OK)
            status = buf_append_byte(&sql, ')');
        status = status == PROV_OK ? db_run(db, buf_text(&sql), err) : err_set(err, status, "out of memory");
    }
    buf_finish(&sql);
    if (status != PROV_OK) {
        db_close(db);
        return status;
    }
    *grammar = db;
    return PROV_OK;
}

static int
compile_rule(struct pack_set *set, struct db *grammar, struct rule *rule, struct err *err)
{
    TRY(compile_one(set, grammar, rule, "applies_when", rule->applies_when, &rule->applies_sql, err));
    TRY(compile_one(set, grammar, rule, "fails_when", rule->fails_when, &rule->fails_sql, err));
    return compile_one(set, grammar, rule, "shown_by", rule->shown_by, &rule->shown_sql, err);
}

/* The condition of a pack: also of one without rules, so that a mistake in it is found. */
static int
compile_pack(struct pack_set *set, struct db *grammar, size_t at, struct err *err)
{
    struct pack *pack = &set->packs[at];
    struct rule rule = {.pack = at};
    struct buf sql = {0}, query = {0};
    struct db_statement *statement = NULL;
    struct err reason = {0};
    if (!pack->applies_when)
        return PROV_OK;
    int status = compile_condition(set, &rule, NULL, &sql, err);
    if (status == PROV_OK && (!(pack->applies_sql = arena_text(&set->arena, buf_bytes(&sql))) ||
                              buf_printf(&query, "SELECT (%s)", pack->applies_sql) != PROV_OK))
        status = err_set(err, PROV_E_MEMORY, "out of memory");
    if (status == PROV_OK &&
        (status = db_prepare(grammar, buf_text(&query), &statement, &reason)) == PROV_E_STORE)
        status = json_fail(pack->applies_place, err, "%s", reason.text);
    db_finish(statement);
    buf_finish(&sql);
    buf_finish(&query);
    return status;
}

int
pack_compile(struct pack_set *set, struct err *err)
{
    static const char *const views[] = {"item_facts", "source_facts", "dataset_facts", NULL};
    struct db *grammar = NULL;
    TRY(open_grammar(&grammar, err));
    db_fence(grammar, views, 0);
    int status = PROV_OK;
    for (size_t i = 0; i < set->npacks && status == PROV_OK; i++)
        status = compile_pack(set, grammar, i, err);
    for (size_t i = 0; i < set->nrules && status == PROV_OK; i++)
        status = compile_rule(set, grammar, set->rules[i], err);
    db_close(grammar);
    return status;
}

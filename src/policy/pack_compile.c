/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The expressions of a set of packs, compiled: each sees the parameters of its pack, of those that it extends
 * and those from outside, and each is shown to SQLite once, so that a mistake is found before a store is
 * opened.
 *
 *     rule.applies_when ── and with the condition of its pack ──► applies_sql
 *     rule.fails_when, rule.shown_by ───────────────────────────► fails_sql, shown_sql
 *
 * The rows that an expression could be run on are not there: a row in which nothing is known is enough to
 * check its grammar, and to count the steps that it can take at most (it has no loop).
 */
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/limits.h"
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

/* The expression over a row of its level in which nothing is known; level RULE_LEVEL_COUNT has no facts. */
static int
append_query(struct buf *query, const char *sql, enum rule_level level)
{
    TRY(buf_printf(query, "SELECT (%s) FROM (SELECT 0", sql));
    for (size_t i = 0; level < RULE_LEVEL_COUNT && fact_column_at(level, i); i++)
        TRY(buf_printf(query, ", NULL AS %s", fact_column_at(level, i)->name));
    return buf_append_byte(query, ')');
}

/* Let SQLite look at the grammar of an expression, and at what it costs. @return PROV_E_STORE: it is refused
 */
static int
check_query(struct db *grammar, const char *sql, enum rule_level level, struct err *err)
{
    struct buf query = {0};
    struct db_statement *statement = NULL;
    uint64_t nsteps = 0;
    int status = append_query(&query, sql, level);
    status = status == PROV_OK ? db_prepare(grammar, buf_text(&query), &statement, err)
                               : err_set(err, status, "out of memory");
    if (status == PROV_OK)
        status = db_count_steps(grammar, buf_text(&query), &nsteps, err);
    if (status == PROV_OK && nsteps > LIMIT_RULE_STEPS)
        status = err_set(err, PROV_E_STORE, "takes up to %llu steps, and %d are allowed",
                         (unsigned long long)nsteps, LIMIT_RULE_STEPS);
    db_finish(statement);
    buf_finish(&query);
    return status;
}

/* Keep compiled text in the set, when SQLite takes it. @param place  what to point at when it does not */
static int
keep(struct pack_set *set, struct db *grammar, const struct buf *text, enum rule_level level,
     struct json_view place, const char **sql, struct err *err)
{
    struct err reason = {0};
    int status = check_query(grammar, buf_text(text), level, &reason);
    if (status == PROV_E_STORE)
        return json_fail(place, err, "%s", reason.text);
    if (status != PROV_OK)
        return err_set(err, status, "%s", reason.text);
    *sql = arena_text(&set->arena, buf_bytes(text));
    return *sql ? PROV_OK : err_set(err, PROV_E_MEMORY, "out of memory");
}

/* Compile one expression of a rule. */
static int
compile_one(struct pack_set *set, struct db *grammar, const struct rule *rule, const char *key,
            const char *text, const char **sql, struct err *err)
{
    struct buf out = {0};
    bool applies = strcmp(key, "applies_when") == 0;
    if (!text && !(applies && set->packs[rule->pack].applies_when))
        return PROV_OK;
    enum rule_level level = strcmp(key, "shown_by") == 0 ? RULE_ITEM : rule->level;
    struct json_view place = json_find(rule->place, key);
    int status = applies ? pack_set_compile_applies(set, rule, NULL, &out, err)
                         : pack_set_compile(set, rule, key, text, NULL, &out, err);
    if (status == PROV_OK)
        status = keep(set, grammar, &out, level, place.node ? place : rule->place, sql, err);
    buf_finish(&out);
    return status;
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
    struct buf sql = {0};
    if (!pack->applies_when)
        return PROV_OK;
    int status = compile_condition(set, &rule, NULL, &sql, err);
    if (status == PROV_OK)
        status = keep(set, grammar, &sql, RULE_LEVEL_COUNT, pack->applies_place, &pack->applies_sql, err);
    buf_finish(&sql);
    return status;
}

int
pack_compile(struct pack_set *set, struct err *err)
{
    struct db *grammar = NULL;
    TRY(db_open_fenced(0, &grammar, err));
    int status = PROV_OK;
    for (size_t i = 0; i < set->npacks && status == PROV_OK; i++)
        status = compile_pack(set, grammar, i, err);
    for (size_t i = 0; i < set->nrules && status == PROV_OK; i++)
        status = compile_rule(set, grammar, set->rules[i], err);
    db_close(grammar);
    return status;
}

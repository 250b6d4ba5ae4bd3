/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packs of one judgement, put together.
 *
 *     request: cn-genai, company.json
 *     found:   core, cn-genai, company(extends cn-genai), cn-pi (extended by cn-genai)
 *     order:   core, cn-pi, cn-genai, company        each behind those that it extends
 *
 * In that order settings and overrides are applied, so a pack speaks after what it extends, and two packs
 * that do not know each other cannot change the same thing in silence. Then every rule is compiled once, with
 * the parameters that are in force.
 */
#include "policy/pack_set.h"

#include "base/db.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PACKS_MAX = 64 };

/* A set in the making. */
struct gathering {
    struct pack_set *set;
    const struct pack_request *request;
    struct err *err;
};

static int
find_pack(const struct pack_set *set, const char *id)
{
    for (size_t i = 0; i < set->npacks; i++)
        if (set->packs[i].id && strcmp(set->packs[i].id, id) == 0)
            return (int)i;
    return -1;
}

/* Open one more file at the end of the set. */
static int
open_one(struct gathering *gathering, const char *path)
{
    struct pack_set *set = gathering->set;
    if (set->npacks == PACKS_MAX)
        return err_set(gathering->err, PROV_E_POLICY, "%s: more than %d packs", path, PACKS_MAX);
    if (set->npacks == set->capacity) {
        size_t capacity = set->capacity ? set->capacity * 2 : 8;
        struct pack *larger = realloc(set->packs, capacity * sizeof *larger);
        if (!larger)
            return err_set(gathering->err, PROV_E_MEMORY, "out of memory");
        set->packs = larger;
        set->capacity = capacity;
    }
    struct pack *pack = &set->packs[set->npacks++];
    TRY(pack_open(path, pack, gathering->err));
    for (size_t i = 0; i + 1 < set->npacks; i++)
        if (strcmp(set->packs[i].id, pack->id) == 0)
            return err_set(gathering->err, PROV_E_POLICY, "%s: has the id '%s', as %s has", path, pack->id,
                           set->packs[i].path);
    return PROV_OK;
}

/* Where a pack of this id lies: beside the one that extends it, else among the policies. */
static bool
pack_path(const struct gathering *gathering, const char *id, const char *beside, char path[PATH_MAX])
{
    const char *slash = beside ? strrchr(beside, '/') : NULL;
    if (slash) {
        int size = snprintf(path, PATH_MAX, "%.*s/%s.json", (int)(slash - beside), beside, id);
        if (size > 0 && size < PATH_MAX && access(path, R_OK) == 0)
            return true;
    }
    int size = snprintf(path, PATH_MAX, "%s/packs/%s.json", gathering->request->policy_dir, id);
    return size > 0 && size < PATH_MAX && access(path, R_OK) == 0;
}

static bool
is_path(const char *name)
{
    size_t size = strlen(name);
    return strchr(name, '/') || (size > 5 && strcmp(name + size - 5, ".json") == 0);
}

/* Is the file at path one of those that are open? */
static bool
is_open(const struct pack_set *set, const char *path)
{
    struct stat wanted, other;
    if (stat(path, &wanted) != 0)
        return false;
    for (size_t i = 0; i < set->npacks; i++)
        if (stat(set->packs[i].path, &other) == 0 && other.st_dev == wanted.st_dev && other.st_ino == wanted.st_ino)
            return true;
    return false;
}

static int
open_requested(struct gathering *gathering, const char *name)
{
    char path[PATH_MAX];
    if (is_path(name))
        return is_open(gathering->set, name) ? PROV_OK : open_one(gathering, name);
    if (find_pack(gathering->set, name) >= 0)
        return PROV_OK;
    if (!pack_path(gathering, name, NULL, path))
        return err_set(gathering->err, PROV_E_USAGE, "no policy pack '%s' in %s/packs", name,
                       gathering->request->policy_dir);
    TRY(open_one(gathering, path));
    const struct pack *pack = &gathering->set->packs[gathering->set->npacks - 1];
    if (strcmp(pack->id, name) != 0)
        return err_set(gathering->err, PROV_E_POLICY, "%s: has the id '%s': the file must be named after it",
                       path, pack->id);
    return PROV_OK;
}

static int
open_all(struct gathering *gathering)
{
    struct pack_set *set = gathering->set;
    TRY(open_requested(gathering, "core"));
    for (size_t i = 0; i < gathering->request->nnames; i++)
        TRY(open_requested(gathering, gathering->request->names[i]));
    for (size_t i = 0; i < set->npacks; i++) /* grows while it runs */
        for (size_t j = 0; j < set->packs[i].nextends; j++) {
            char path[PATH_MAX];
            const char *id = set->packs[i].extends[j];
            if (find_pack(set, id) >= 0)
                continue;
            if (!pack_path(gathering, id, set->packs[i].path, path))
                return err_set(gathering->err, PROV_E_POLICY, "%s: extends '%s': no such pack",
                               set->packs[i].path, id);
            TRY(open_one(gathering, path));
        }
    return PROV_OK;
}

/* Is everything that the pack extends placed? */
static bool
is_ready(const struct pack_set *set, const struct pack *pack, const bool *placed)
{
    for (size_t i = 0; i < pack->nextends; i++) {
        int other = find_pack(set, pack->extends[i]);
        if (other < 0 || !placed[other])
            return false;
    }
    return true;
}

/* Put each pack behind those that it extends; otherwise the order of finding stays. */
static int
sort_packs(struct gathering *gathering)
{
    struct pack_set *set = gathering->set;
    struct pack *sorted = calloc(set->capacity, sizeof *sorted);
    bool placed[PACKS_MAX] = {false};
    size_t nsorted = 0;
    if (!sorted)
        return err_set(gathering->err, PROV_E_MEMORY, "out of memory");
    for (size_t i = 0; i < set->npacks;) {
        if (!placed[i] && is_ready(set, &set->packs[i], placed)) {
            sorted[nsorted++] = set->packs[i];
            placed[i] = true;
            i = 0;
        } else
            i++;
    }
    if (nsorted < set->npacks) {
        size_t i = 0;
        while (placed[i])
            i++;
        free(sorted);
        return err_set(gathering->err, PROV_E_POLICY, "%s: extends itself, by way of other packs",
                       set->packs[i].path);
    }
    free(set->packs);
    set->packs = sorted;
    return PROV_OK;
}

bool
pack_set_extends(const struct pack_set *set, size_t a, size_t b)
{
    bool reached[PACKS_MAX] = {false};
    reached[a] = true;
    /* Sorted: what a pack extends stands before it, so one way down suffices. */
    for (size_t i = a + 1; i-- > 0;)
        for (size_t j = 0; reached[i] && j < set->packs[i].nextends; j++) {
            int other = find_pack(set, set->packs[i].extends[j]);
            if (other >= 0)
                reached[other] = true;
        }
    return reached[b];
}

static struct pack_parameter *
find_parameter(const struct pack *pack, const char *name)
{
    for (size_t i = 0; i < pack->nparameters; i++)
        if (strcmp(pack->parameters[i].declared.name, name) == 0)
            return &pack->parameters[i];
    return NULL;
}

static int
apply_setting(struct gathering *gathering, size_t by, const struct pack_setting *setting)
{
    struct pack_set *set = gathering->set;
    int at = find_pack(set, setting->pack);
    if (at < 0 || (size_t)at == by || !pack_set_extends(set, by, (size_t)at))
        return json_fail(setting->place, gathering->err, "the pack does not extend '%s'", setting->pack);
    struct pack_parameter *parameter = find_parameter(&set->packs[at], setting->name);
    if (!parameter)
        return json_fail(setting->place, gathering->err, "pack '%s' has no parameter '%s'", setting->pack,
                         setting->name);
    if (setting->value.type != parameter->declared.type && parameter->declared.type != VALUE_NULL)
        return json_fail(setting->place, gathering->err, "is of another type than the parameter");
    if (!pack_set_extends(set, by, parameter->set_by))
        return json_fail(setting->place, gathering->err,
                         "pack '%s' sets it too, and neither extends the other",
                         set->packs[parameter->set_by].id);
    const char *name = parameter->declared.name;
    parameter->value = setting->value;
    parameter->value.name = name;
    parameter->set_by = by;
    return PROV_OK;
}

static struct rule *
find_rule(const struct pack_set *set, const char *id)
{
    for (size_t i = 0; i < set->nrules; i++)
        if (strcmp(set->rules[i]->id, id) == 0)
            return set->rules[i];
    return NULL;
}

static int
apply_override(struct gathering *gathering, size_t by, const struct pack_override *override)
{
    struct pack_set *set = gathering->set;
    struct rule *rule = find_rule(set, override->rule);
    if (!rule || rule->pack == by || !pack_set_extends(set, by, rule->pack))
        return json_fail(override->place, gathering->err, "no rule '%s' in the packs that this one extends",
                         override->rule);
    if (!pack_set_extends(set, by, rule->verdict_set_by))
        return json_fail(override->place, gathering->err,
                         "pack '%s' changes it too, and neither extends the other",
                         set->packs[rule->verdict_set_by].id);
    if (override->verdict < rule->verdict && !override->prevails)
        return json_fail(override->place, gathering->err,
                         "loosens '%s': that takes \"prevails\": true and a citation", override->rule);
    if (override->verdict == VERDICT_DENY && rule->basis == BASIS_MEMORY && !override->ncites)
        return json_fail(override->place, gathering->err, "'%s' rests on memory: to deny takes a citation",
                         override->rule);
    rule->verdict = override->verdict;
    rule->verdict_set_by = by;
    return PROV_OK;
}

static int
list_rules(struct gathering *gathering)
{
    struct pack_set *set = gathering->set;
    size_t total = 0;
    for (size_t i = 0; i < set->npacks; i++)
        total += set->packs[i].nrules;
    set->rules = arena_array(&set->arena, total + 1, sizeof(struct rule *));
    if (!set->rules)
        return err_set(gathering->err, PROV_E_MEMORY, "out of memory");
    for (size_t i = 0; i < set->npacks; i++)
        for (size_t j = 0; j < set->packs[i].nrules; j++) {
            struct rule *rule = &set->packs[i].rules[j];
            const struct rule *same = find_rule(set, rule->id);
            if (same)
                return json_fail(rule->place, gathering->err, "the id '%s' is taken by a rule of %s",
                                 rule->id, set->packs[same->pack].path);
            rule->pack = rule->verdict_set_by = i;
            set->rules[set->nrules++] = rule;
        }
    return PROV_OK;
}

/* Is the name taken by what the pack extends, or by what comes from outside? */
static int
check_parameter_names(struct gathering *gathering, size_t at)
{
    const struct pack_set *set = gathering->set;
    const struct pack *pack = &set->packs[at];
    for (size_t i = 0; i < pack->nparameters; i++) {
        const char *name = pack->parameters[i].declared.name;
        bool reserved = strcmp(name, "purpose") == 0 || strcmp(name, "today") == 0;
        for (size_t j = 0; j < at; j++)
            if (reserved || (pack_set_extends(set, at, j) && find_parameter(&set->packs[j], name)))
                return err_set(gathering->err, PROV_E_POLICY,
                               "%s: parameters.%s: the name is taken by %s%s; \"set\" changes a value",
                               pack->path, name, reserved ? "provscan" : "pack ",
                               reserved ? "" : set->packs[j].id);
    }
    return PROV_OK;
}

static int
apply_all(struct gathering *gathering)
{
    struct pack_set *set = gathering->set;
    TRY(list_rules(gathering));
    for (size_t i = 0; i < set->npacks; i++) {
        struct pack *pack = &set->packs[i];
        for (size_t j = 0; j < pack->nparameters; j++)
            pack->parameters[j].pack = pack->parameters[j].set_by = i;
        TRY(check_parameter_names(gathering, i));
        for (size_t j = 0; j < pack->nsettings; j++)
            TRY(apply_setting(gathering, i, &pack->settings[j]));
        for (size_t j = 0; j < pack->noverrides; j++)
            TRY(apply_override(gathering, i, &pack->overrides[j]));
    }
    return PROV_OK;
}

/* The parameters that a rule sees: those of an example, what comes from outside, its pack's, what that
 * extends. */
static int
scope_of(const struct pack_set *set, const struct rule *rule, const struct rule_example *example,
         struct parameter **parameters, size_t *nparameters)
{
    size_t capacity = 2 + (example ? example->nparameters : 0), count = 0;
    for (size_t i = 0; i <= rule->pack; i++)
        capacity += set->packs[i].nparameters;
    struct parameter *list = calloc(capacity, sizeof *list);
    if (!list)
        return PROV_E_MEMORY;
    for (size_t i = 0; example && i < example->nparameters; i++)
        list[count++] = example->parameters[i];
    list[count++] = set->purpose;
    list[count++] = set->today;
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

/* Compile one expression, and let SQLite look at its grammar. */
static int
compile_one(struct pack_set *set, struct db *grammar, const struct rule *rule, const char *key,
            const char *text, const char **sql, struct err *err)
{
    struct buf out = {0}, query = {0};
    struct db_statement *statement = NULL;
    struct err reason = {0};
    if (!text)
        return PROV_OK;
    enum rule_level level = strcmp(key, "shown_by") == 0 ? RULE_ITEM : rule->level;
    int status = pack_set_compile(set, rule, key, text, NULL, &out, err);
    if (status == PROV_OK &&
        (!(*sql = arena_text(&set->arena, buf_bytes(&out))) ||
         buf_printf(&query, "SELECT (%s) FROM %s", *sql, rule_level_view(level)) != PROV_OK))
        status = err_set(err, PROV_E_MEMORY, "out of memory");
    if (status == PROV_OK &&
        (status = db_prepare(grammar, buf_text(&query), &statement, &reason)) == PROV_E_STORE)
        status = json_fail(json_find(rule->place, key), err, "%s", reason.text);
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

static int
compile_all(struct pack_set *set, struct err *err)
{
    static const char *const views[] = {"item_facts", "source_facts", "dataset_facts", NULL};
    struct db *grammar = NULL;
    TRY(open_grammar(&grammar, err));
    db_fence(grammar, views, 0);
    int status = PROV_OK;
    for (size_t i = 0; i < set->nrules && status == PROV_OK; i++)
        status = compile_rule(set, grammar, set->rules[i], err);
    db_close(grammar);
    return status;
}

static struct parameter
outside(const char *name, const char *text)
{
    return (struct parameter){.name = name, .type = text ? VALUE_TEXT : VALUE_NULL, .text = text};
}

int
pack_set_load(const struct pack_request *request, struct pack_set *set, struct err *err)
{
    *set = (struct pack_set){0};
    struct gathering gathering = {.set = set, .request = request, .err = err};
    set->purpose = outside("purpose", request->purpose);
    set->today = outside("today", request->today);
    int status = open_all(&gathering);
    if (status == PROV_OK)
        status = sort_packs(&gathering);
    if (status == PROV_OK)
        status = apply_all(&gathering);
    if (status == PROV_OK)
        status = compile_all(set, err);
    if (status != PROV_OK)
        pack_set_finish(set);
    return status;
}

void
pack_set_finish(struct pack_set *set)
{
    for (size_t i = 0; i < set->npacks; i++)
        pack_finish(&set->packs[i]);
    free(set->packs);
    arena_finish(&set->arena);
    *set = (struct pack_set){0};
}

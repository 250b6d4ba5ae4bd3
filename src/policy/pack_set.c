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
 * the parameters that are in force (pack_compile.c).
 */
#include "policy/pack_set.h"

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
        if (stat(set->packs[i].path, &other) == 0 && other.st_dev == wanted.st_dev &&
            other.st_ino == wanted.st_ino)
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

/* Where a pack names the j-th one that it extends; the pack itself when it names none. */
static struct json_view
place_of_extends(const struct pack *pack, size_t j)
{
    struct json_view place = json_first(json_find(json_root(pack->file), "extends"));
    while (place.node && j-- > 0)
        place = json_next(place);
    return place.node ? place : json_root(pack->file);
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
                return json_fail(place_of_extends(&set->packs[i], j), gathering->err, "no such pack: '%s'",
                                 id);
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
        return json_fail(place_of_extends(&set->packs[i], 0), gathering->err,
                         "packs that extend one another in a circle");
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

/* Does the new value ask for less than the one in force? Not where the pack does not say which way is
 * tighter. */
static bool
is_looser(const struct pack_parameter *parameter, const struct parameter *value)
{
    double now = parameter->value.number, then = value->number;
    if (parameter->nchoices) {
        size_t before = 0, after = 0;
        (void)pack_parameter_allows(parameter, &parameter->value, &before);
        (void)pack_parameter_allows(parameter, value, &after);
        now = (double)before;
        then = (double)after;
    }
    return parameter->tighter == TIGHTER_LOWER ? then > now
                                               : parameter->tighter == TIGHTER_HIGHER && then < now;
}

static int
check_setting(const struct pack_parameter *parameter, const struct pack_setting *setting, struct err *err)
{
    size_t index = 0;
    if (setting->value.type != parameter->declared.type && parameter->declared.type != VALUE_NULL)
        return json_fail(setting->place, err, "is of another type than the parameter");
    if (!pack_parameter_allows(parameter, &setting->value, &index))
        return json_fail(json_find(setting->place, "value"), err, "is none of the choices of '%s'",
                         parameter->declared.name);
    if (is_looser(parameter, &setting->value) && !setting->prevails)
        return json_fail(setting->place, err, "loosens '%s': that takes \"prevails\": true and a citation",
                         parameter->declared.name);
    return PROV_OK;
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
    TRY(check_setting(parameter, setting, gathering->err));
    if (!pack_set_extends(set, by, parameter->set_by))
        return json_fail(setting->place, gathering->err,
                         "pack '%s' sets it too, and neither extends the other",
                         set->packs[parameter->set_by].id);
    const char *name = parameter->declared.name;
    parameter->value = setting->value;
    parameter->value.name = name;
    parameter->set_by = by;
    parameter->setting = setting;
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
    if (override->verdict == VERDICT_DENY && rule->basis == BASIS_MEMORY)
        return json_fail(override->place, gathering->err,
                         "'%s' rests on memory and never denies: write a rule that cites what was read",
                         override->rule);
    rule->verdict = override->verdict;
    rule->verdict_set_by = by;
    rule->override = override;
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
        bool reserved = false;
        for (size_t j = 0; j < set->noutside; j++)
            reserved |= strcmp(name, set->outside[j].name) == 0;
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

/* The day and the scope: parameters that no pack declares. */
static int
list_outside(struct pack_set *set, const struct pack_request *request, struct err *err)
{
    set->noutside = SCOPE_COUNT + 1;
    set->outside = calloc(set->noutside, sizeof *set->outside);
    if (!set->outside)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    struct scope nothing;
    scope_init(&nothing);
    memcpy(set->outside, request->scope ? request->scope->values : nothing.values, sizeof nothing.values);
    if (request->purpose)
        set->outside[SCOPE_purpose] =
            (struct parameter){.name = "purpose", .type = VALUE_TEXT, .text = request->purpose};
    set->outside[SCOPE_COUNT] = (struct parameter){
        .name = "today", .type = request->today ? VALUE_TEXT : VALUE_NULL, .text = request->today};
    return PROV_OK;
}

int
pack_set_load(const struct pack_request *request, struct pack_set *set, struct err *err)
{
    *set = (struct pack_set){0};
    struct gathering gathering = {.set = set, .request = request, .err = err};
    int status = list_outside(set, request, err);
    if (status == PROV_OK)
        status = open_all(&gathering);
    if (status == PROV_OK)
        status = sort_packs(&gathering);
    if (status == PROV_OK)
        status = apply_all(&gathering);
    if (status == PROV_OK)
        status = pack_compile(set, err);
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
    free(set->outside);
    arena_finish(&set->arena);
    *set = (struct pack_set){0};
}

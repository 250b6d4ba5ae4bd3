/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One policy pack: a JSON file becomes plain structs, or one line of words.
 *
 * What the format promises to a lawyer is checked here, not in the judge: every text is there in both
 * languages, every rule cites its law with the day it came into force, and a rule that rests on memory never
 * denies. What needs other packs (extends, settings, overrides, expressions) is the set's (pack_set.c).
 *
 * policies/schema/pack.schema.json says the same as a JSON schema, for editors.
 */
#include "policy/pack.h"

#include <stdlib.h>
#include <string.h>

static const char *const level_names[] = {"item", "source", "dataset", NULL};
static const char *const verdict_names[] = {"review", "deny", NULL};
static const char *const basis_names[] = {"primary", "secondary", "memory", NULL};
static const char *const tighter_names[] = {"lower", "higher", NULL};

/* Characters of ids; all begin with a letter. */
#define LETTERS_AND_DIGITS "abcdefghijklmnopqrstuvwxyz0123456789"
static const char pack_characters[] = LETTERS_AND_DIGITS "-";
static const char rule_characters[] = LETTERS_AND_DIGITS "-.";
static const char parameter_characters[] = LETTERS_AND_DIGITS "_";

/* What is being filled, for the readers of its parts. */
struct loading {
    struct pack *pack;
    struct json_view laws;
    struct err *err;
};

const char *
rule_basis_name(enum rule_basis basis)
{
    return basis_names[basis];
}

bool
pack_is_day(const char *text)
{
    static const char shape[] = "dddd-dd-dd";
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (strlen(text) != sizeof shape - 1)
        return false;
    for (size_t i = 0; shape[i]; i++)
        if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != '-')
            return false;
    int year = atoi(text), month = atoi(text + 5), day = atoi(text + 8);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] &&
           (month != 2 || day < 29 || leap);
}

static bool
is_id(const char *text, const char *characters)
{
    size_t size = strlen(text);
    return size > 0 && size <= 64 && text[0] >= 'a' && text[0] <= 'z' && text[strspn(text, characters)] == 0;
}

/* An array for the elements or members of view. */
static int
room_for(struct loading *loading, struct json_view view, size_t size, void *array)
{
    void *made = arena_array(&loading->pack->arena, json_count(view) + 1, size);
    memcpy(array, &made, sizeof made);
    return made ? PROV_OK : err_set(loading->err, PROV_E_MEMORY, "out of memory");
}

static int
get_filled_text(struct json_view object, const char *key, enum json_need need, const char **text,
                struct err *err)
{
    TRY(json_get_text(object, key, need, text, err));
    if (*text && !**text)
        return json_fail(json_find(object, key), err, "is empty");
    return PROV_OK;
}

static int
read_both_languages(struct json_view object, struct pack_text *text, struct err *err)
{
    static const char *const keys[] = {"en", "zh", NULL};
    TRY(json_only_keys(object, keys, err));
    TRY(get_filled_text(object, "en", JSON_REQUIRED, &text->en, err));
    return get_filled_text(object, "zh", JSON_REQUIRED, &text->zh, err);
}

static int
get_both_languages(struct json_view object, const char *key, struct pack_text *text, struct err *err)
{
    struct json_view view = {0};
    TRY(json_get_object(object, key, JSON_REQUIRED, &view, err));
    return read_both_languages(view, text, err);
}

static int
get_day(struct json_view object, const char *key, enum json_need need, const char **day, struct err *err)
{
    TRY(json_get_text(object, key, need, day, err));
    if (*day && !pack_is_day(*day))
        return json_fail(json_find(object, key), err, "'%s' is no day YYYY-MM-DD", *day);
    return PROV_OK;
}

static int
read_value(struct json_view view, struct parameter *value, struct err *err)
{
    bool flag = false;
    switch (json_type(view)) {
    case JSON_NULL:
        value->type = VALUE_NULL;
        return PROV_OK;
    case JSON_BOOL:
        value->type = VALUE_BOOL;
        TRY(json_bool(view, &flag, err));
        value->number = flag;
        return PROV_OK;
    case JSON_NUMBER:
        value->type = VALUE_NUMBER;
        return json_double(view, -1e15, 1e15, &value->number, err);
    case JSON_STRING:
        value->type = VALUE_TEXT;
        return json_text(view, &value->text, err);
    default:
        return json_fail(view, err, "must be a number, a text, true, false or null");
    }
}

/* Members of an object as named values. */
static int
read_values(struct loading *loading, struct json_view object, struct parameter **values, size_t *nvalues)
{
    TRY(room_for(loading, object, sizeof **values, values));
    for (struct json_view view = json_first(object); view.node; view = json_next(view)) {
        struct parameter *value = &(*values)[(*nvalues)++];
        value->name = json_key(view);
        TRY(read_value(view, value, loading->err));
    }
    return PROV_OK;
}

static int
read_cite(struct loading *loading, struct json_view view, struct pack_cite *cite)
{
    static const char *const keys[] = {"law", "article", "in_force", "until", NULL};
    struct err *err = loading->err;
    TRY(json_only_keys(view, keys, err));
    TRY(get_filled_text(view, "law", JSON_REQUIRED, &cite->law, err));
    TRY(get_filled_text(view, "article", JSON_REQUIRED, &cite->article, err));
    TRY(get_day(view, "in_force", JSON_REQUIRED, &cite->in_force, err));
    TRY(get_day(view, "until", JSON_OPTIONAL, &cite->until, err));
    struct json_view law = json_find(loading->laws, cite->law);
    if (!law.node)
        return json_fail(json_find(view, "law"), err, "'%s' is not in the pack's laws", cite->law);
    struct pack_text *title = arena_alloc(&loading->pack->arena, sizeof *title);
    if (!title)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    cite->title = title;
    return read_both_languages(law, title, err);
}

static int
read_cites(struct loading *loading, struct json_view object, enum json_need need, struct pack_cite **cites,
           size_t *ncites)
{
    struct json_view list = {0};
    TRY(json_get_array(object, "cite", need, &list, loading->err));
    if (list.node && !json_count(list))
        return json_fail(list, loading->err, "is empty");
    TRY(room_for(loading, list, sizeof **cites, cites));
    for (struct json_view view = json_first(list); view.node; view = json_next(view))
        TRY(read_cite(loading, view, &(*cites)[(*ncites)++]));
    return PROV_OK;
}

static int
read_example(struct loading *loading, struct json_view view, struct rule_example *example)
{
    static const char *const keys[] = {"note", "facts", "parameters", "expect", NULL};
    struct err *err = loading->err;
    const char *note = NULL, *expect = NULL;
    struct json_view facts = {0}, parameters = {0};
    TRY(json_only_keys(view, keys, err));
    TRY(json_get_text(view, "note", JSON_OPTIONAL, &note, err));
    TRY(json_get_object(view, "facts", JSON_REQUIRED, &facts, err));
    TRY(json_get_object(view, "parameters", JSON_OPTIONAL, &parameters, err));
    TRY(json_get_text(view, "expect", JSON_REQUIRED, &expect, err));
    *example = (struct rule_example){.verdict = -1, .conformity = -1, .place = view};
    if (verdict_find(expect) < VERDICT_COUNT)
        example->verdict = (int)verdict_find(expect);
    for (int i = 0; i < CONFORMITY_COUNT; i++)
        if (strcmp(conformity_name((enum conformity)i), expect) == 0)
            example->conformity = i;
    if (example->verdict < 0 && example->conformity < 0)
        return json_fail(
            json_find(view, "expect"), err,
            "'%s' is none of allow, review, deny, conform, not_conform, not_applicable, undetermined",
            expect);
    TRY(read_values(loading, facts, &example->facts, &example->nfacts));
    return read_values(loading, parameters, &example->parameters, &example->nparameters);
}

static int
read_rule_tests(struct loading *loading, struct json_view view, struct rule *rule)
{
    struct err *err = loading->err;
    TRY(get_filled_text(view, "applies_when", JSON_OPTIONAL, &rule->applies_when, err));
    TRY(get_filled_text(view, "fails_when", JSON_REQUIRED, &rule->fails_when, err));
    TRY(get_filled_text(view, "shown_by", JSON_OPTIONAL, &rule->shown_by, err));
    if (rule->shown_by && rule->level == RULE_ITEM)
        return json_fail(json_find(view, "shown_by"), err, "a rule of the level item shows its items itself");
    struct json_view list = {0};
    TRY(json_get_array(view, "examples", JSON_REQUIRED, &list, err));
    TRY(room_for(loading, list, sizeof *rule->examples, &rule->examples));
    for (struct json_view example = json_first(list); example.node; example = json_next(example))
        TRY(read_example(loading, example, &rule->examples[rule->nexamples++]));
    return PROV_OK;
}

static int
read_rule(struct loading *loading, struct json_view view, struct rule *rule)
{
    static const char *const keys[] = {"id",    "level", "applies_when", "fails_when", "shown_by", "verdict",
                                       "basis", "cite",  "title",        "reason",     "remedy",   "examples",
                                       NULL};
    struct err *err = loading->err;
    int level = 0, verdict = 0, basis = 0;
    rule->place = view;
    TRY(json_only_keys(view, keys, err));
    TRY(json_get_text(view, "id", JSON_REQUIRED, &rule->id, err));
    if (!is_id(rule->id, rule_characters))
        return json_fail(json_find(view, "id"), err, "'%s' is no id: a-z, 0-9, '.' and '-', at most 64",
                         rule->id);
    TRY(json_get_choice(view, "level", JSON_REQUIRED, level_names, &level, err));
    TRY(json_get_choice(view, "verdict", JSON_REQUIRED, verdict_names, &verdict, err));
    TRY(json_get_choice(view, "basis", JSON_REQUIRED, basis_names, &basis, err));
    rule->level = (enum rule_level)level;
    rule->verdict = rule->verdict_declared = verdict ? VERDICT_DENY : VERDICT_REVIEW;
    rule->basis = (enum rule_basis)basis;
    if (rule->basis == BASIS_MEMORY && rule->verdict == VERDICT_DENY)
        return json_fail(json_find(view, "verdict"), err,
                         "a rule whose basis is memory cannot deny: read the source, or let it say review");
    TRY(get_both_languages(view, "title", &rule->title, err));
    TRY(get_both_languages(view, "reason", &rule->reason, err));
    TRY(get_both_languages(view, "remedy", &rule->remedy, err));
    TRY(read_cites(loading, view, JSON_REQUIRED, &rule->cites, &rule->ncites));
    return read_rule_tests(loading, view, rule);
}

static int
read_rules(struct loading *loading, struct json_view root)
{
    struct pack *pack = loading->pack;
    struct json_view list = {0};
    TRY(json_get_array(root, "rules", JSON_OPTIONAL, &list, loading->err));
    TRY(room_for(loading, list, sizeof *pack->rules, &pack->rules));
    for (struct json_view view = json_first(list); view.node; view = json_next(view))
        TRY(read_rule(loading, view, &pack->rules[pack->nrules++]));
    return PROV_OK;
}

/* Is the value one of the choices? A parameter without choices may be anything. */
bool
pack_parameter_allows(const struct pack_parameter *parameter, const struct parameter *value, size_t *index)
{
    for (size_t i = 0; i < parameter->nchoices; i++)
        if (value->type == VALUE_TEXT && strcmp(parameter->choices[i], value->text) == 0) {
            *index = i;
            return true;
        }
    *index = 0;
    return !parameter->nchoices;
}

static int
read_choices(struct loading *loading, struct json_view view, struct pack_parameter *parameter)
{
    struct json_view list = {0};
    struct err *err = loading->err;
    int tighter = -1;
    size_t index = 0;
    TRY(json_get_choice(view, "tighter", JSON_OPTIONAL, tighter_names, &tighter, err));
    parameter->tighter = (enum pack_tighter)(tighter + 1);
    TRY(json_get_array(view, "choices", JSON_OPTIONAL, &list, err));
    TRY(room_for(loading, list, sizeof *parameter->choices, &parameter->choices));
    for (struct json_view one = json_first(list); one.node; one = json_next(one))
        TRY(json_text(one, &parameter->choices[parameter->nchoices++], err));
    if (!pack_parameter_allows(parameter, &parameter->declared, &index))
        return json_fail(json_find(view, "value"), err, "is none of the choices");
    if (parameter->tighter != TIGHTER_UNKNOWN && !parameter->nchoices &&
        parameter->declared.type != VALUE_NUMBER)
        return json_fail(json_find(view, "tighter"), err, "only a number, or one of choices, can be tighter");
    return PROV_OK;
}

static int
read_parameters(struct loading *loading, struct json_view root)
{
    static const char *const keys[] = {"value", "title", "tighter", "choices", NULL};
    struct pack *pack = loading->pack;
    struct err *err = loading->err;
    struct json_view object = {0};
    TRY(json_get_object(root, "parameters", JSON_OPTIONAL, &object, err));
    TRY(room_for(loading, object, sizeof *pack->parameters, &pack->parameters));
    for (struct json_view view = json_first(object); view.node; view = json_next(view)) {
        struct pack_parameter *parameter = &pack->parameters[pack->nparameters++];
        if (!is_id(json_key(view), parameter_characters))
            return json_fail(view, err, "'%s' is no name of a parameter: a-z, 0-9 and '_'", json_key(view));
        TRY(json_only_keys(view, keys, err));
        struct json_view value = json_find(view, "value");
        if (!value.node)
            return json_fail(view, err, "missing key 'value'");
        parameter->declared.name = json_key(view);
        TRY(read_value(value, &parameter->declared, err));
        TRY(get_both_languages(view, "title", &parameter->title, err));
        TRY(read_choices(loading, view, parameter));
        parameter->value = parameter->declared;
    }
    return PROV_OK;
}

static int
read_settings(struct loading *loading, struct json_view root)
{
    static const char *const keys[] = {"value", "reason", "prevails", "cite", NULL};
    struct pack *pack = loading->pack;
    struct err *err = loading->err;
    struct json_view object = {0};
    TRY(json_get_object(root, "set", JSON_OPTIONAL, &object, err));
    TRY(room_for(loading, object, sizeof *pack->settings, &pack->settings));
    for (struct json_view view = json_first(object); view.node; view = json_next(view)) {
        struct pack_setting *setting = &pack->settings[pack->nsettings++];
        const char *dot = strchr(json_key(view), '.');
        if (!dot)
            return json_fail(view, err, "'%s' must be PACK.PARAMETER", json_key(view));
        setting->place = view;
        setting->pack = arena_text(
            &pack->arena, (struct bytes){(const uint8_t *)json_key(view), (size_t)(dot - json_key(view))});
        if (!setting->pack)
            return err_set(err, PROV_E_MEMORY, "out of memory");
        setting->name = dot + 1;
        TRY(json_only_keys(view, keys, err));
        struct json_view value = json_find(view, "value");
        if (!value.node)
            return json_fail(view, err, "missing key 'value'");
        TRY(read_value(value, &setting->value, err));
        TRY(get_both_languages(view, "reason", &setting->reason, err));
        TRY(json_get_bool(view, "prevails", JSON_OPTIONAL, &setting->prevails, err));
        TRY(read_cites(loading, view, setting->prevails ? JSON_REQUIRED : JSON_OPTIONAL, &setting->cites,
                       &setting->ncites));
    }
    return PROV_OK;
}

static int
read_overrides(struct loading *loading, struct json_view root)
{
    static const char *const keys[] = {"rule", "verdict", "prevails", "reason", "cite", NULL};
    struct pack *pack = loading->pack;
    struct err *err = loading->err;
    struct json_view list = {0};
    TRY(json_get_array(root, "overrides", JSON_OPTIONAL, &list, err));
    TRY(room_for(loading, list, sizeof *pack->overrides, &pack->overrides));
    for (struct json_view view = json_first(list); view.node; view = json_next(view)) {
        struct pack_override *override = &pack->overrides[pack->noverrides++];
        int verdict = 0;
        override->place = view;
        TRY(json_only_keys(view, keys, err));
        TRY(json_get_text(view, "rule", JSON_REQUIRED, &override->rule, err));
        TRY(json_get_choice(view, "verdict", JSON_REQUIRED, verdict_names, &verdict, err));
        override->verdict = verdict ? VERDICT_DENY : VERDICT_REVIEW;
        TRY(json_get_bool(view, "prevails", JSON_OPTIONAL, &override->prevails, err));
        TRY(get_both_languages(view, "reason", &override->reason, err));
        TRY(read_cites(loading, view, override->prevails ? JSON_REQUIRED : JSON_OPTIONAL, &override->cites,
                       &override->ncites));
    }
    return PROV_OK;
}

static int
read_extends(struct loading *loading, struct json_view root)
{
    struct pack *pack = loading->pack;
    struct json_view list = {0};
    TRY(json_get_array(root, "extends", JSON_OPTIONAL, &list, loading->err));
    TRY(room_for(loading, list, sizeof *pack->extends, &pack->extends));
    for (struct json_view view = json_first(list); view.node; view = json_next(view)) {
        TRY(json_text(view, &pack->extends[pack->nextends++], loading->err));
        if (!is_id(pack->extends[pack->nextends - 1], pack_characters))
            return json_fail(view, loading->err, "is no id of a pack");
    }
    return PROV_OK;
}

static int
read_applies(struct loading *loading, struct json_view root)
{
    static const char *const keys[] = {"when", "otherwise", NULL};
    struct pack *pack = loading->pack;
    struct json_view view = {0};
    TRY(json_get_object(root, "applies", JSON_OPTIONAL, &view, loading->err));
    if (!view.node)
        return PROV_OK;
    TRY(json_only_keys(view, keys, loading->err));
    TRY(get_filled_text(view, "when", JSON_REQUIRED, &pack->applies_when, loading->err));
    pack->applies_place = json_find(view, "when");
    return get_both_languages(view, "otherwise", &pack->otherwise, loading->err);
}

static int
read_pack(struct loading *loading, struct json_view root)
{
    static const char *const keys[] = {"$schema",     "format",    "id",      "version", "title",
                                       "description", "laws",      "applies", "extends", "parameters",
                                       "set",         "overrides", "rules",   NULL};
    static const char *const formats[] = {"provscan-pack-1", NULL};
    struct pack *pack = loading->pack;
    struct err *err = loading->err;
    struct pack_text text;
    const char *schema = NULL;
    int format = 0;
    TRY(json_only_keys(root, keys, err));
    TRY(json_get_text(root, "$schema", JSON_OPTIONAL, &schema, err));
    TRY(json_get_choice(root, "format", JSON_REQUIRED, formats, &format, err));
    TRY(json_get_text(root, "id", JSON_REQUIRED, &pack->id, err));
    if (!is_id(pack->id, pack_characters))
        return json_fail(json_find(root, "id"), err, "'%s' is no id of a pack: a-z, 0-9 and '-'", pack->id);
    TRY(get_filled_text(root, "version", JSON_REQUIRED, &pack->version, err));
    TRY(get_both_languages(root, "title", &pack->title, err));
    TRY(get_both_languages(root, "description", &text, err));
    TRY(json_get_object(root, "laws", JSON_OPTIONAL, &loading->laws, err));
    for (struct json_view law = json_first(loading->laws); law.node; law = json_next(law))
        TRY(read_both_languages(law, &text, err));
    TRY(read_applies(loading, root));
    TRY(read_extends(loading, root));
    TRY(read_parameters(loading, root));
    TRY(read_settings(loading, root));
    TRY(read_overrides(loading, root));
    return read_rules(loading, root);
}

/* Fill a pack from its file, which it owns. */
static int
open_file(const char *path, struct json_file *file, struct pack *pack, struct err *err)
{
    *pack = (struct pack){.file = file, .path = strdup(path)};
    if (!pack->path)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    const char *slash = strrchr(pack->path, '/');
    pack->file_name = slash ? slash + 1 : pack->path;
    struct bytes source = json_source(pack->file);
    uint8_t digest[SHA256_SIZE];
    if (sha256_block(source.data, source.size, digest) != PROV_OK)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    hex_write(digest, sizeof digest, pack->sha256);
    struct loading loading = {.pack = pack, .err = err};
    return read_pack(&loading, json_root(pack->file));
}

int
pack_open(const char *path, struct pack *pack, struct err *err)
{
    struct json_file *file = NULL;
    *pack = (struct pack){0};
    TRY(json_open_file(path, &file, err));
    return open_file(path, file, pack, err);
}

int
pack_open_text(const char *path, struct bytes text, struct pack *pack, struct err *err)
{
    struct json_file *file = NULL;
    *pack = (struct pack){0};
    TRY(json_open_text(path, text, &file, err));
    return open_file(path, file, pack, err);
}

void
pack_finish(struct pack *pack)
{
    json_close(pack->file);
    arena_finish(&pack->arena);
    free(pack->path);
    *pack = (struct pack){0};
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scope of a dataset: for whom, where and for what a model is made of it.
 *
 * The same data is under other law when it serves the public, when it leaves the country or when a car
 * collected it. None of that is in the data, so it is declared, and rules see it as parameters:
 *
 *     "scope": {"service": "internal", "markets": ["CN", "EU"]}     ->     :service = 'internal'   :markets =
 * 'CN,EU'
 *
 * Why parameters and not facts: they are one value for all levels, and the judge writes parameters into a
 * test before it is compiled, so a hundred of them cost nothing a row.
 */
#include "policy/scope.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "policy/pack.h"

enum scope_type { TYPE_TEXT, TYPE_FLAG, TYPE_LIST, TYPE_DAY, TYPE_NUMBER };

static const struct {
    const char *name;
    enum scope_type type;
    const char *description;
} rows[SCOPE_COUNT] = {
#define SCOPE(name, type, description) [SCOPE_##name] = {#name, TYPE_##type, description},
#include "policy/scope.def"
#undef SCOPE
};

/* Keys whose words rules compare with: a misspelt one must not pass for another declaration. */
static const struct {
    enum scope_key key;
    const char *const words[6];
} choices[] = {
    {SCOPE_service, {"public", "internal", NULL}},
    {SCOPE_purpose, {"commercial", "research", NULL}},
    {SCOPE_stage, {"pre-training", "fine-tuning", NULL}},
    {SCOPE_transfer_mechanism, {"security-assessment", "standard-contract", "certification", "exempt", NULL}},
};

const char *
scope_name(enum scope_key key)
{
    assert(key < SCOPE_COUNT);
    return rows[key].name;
}

const char *
scope_description(enum scope_key key)
{
    assert(key < SCOPE_COUNT);
    return rows[key].description;
}

void
scope_init(struct scope *scope)
{
    for (int i = 0; i < SCOPE_COUNT; i++)
        scope->values[i] = (struct parameter){.name = rows[i].name, .type = VALUE_NULL};
}

static int
read_text(struct json_view view, enum scope_key key, struct parameter *value, struct err *err)
{
    TRY(json_text(view, &value->text, err));
    value->type = VALUE_TEXT;
    if (!*value->text)
        return json_fail(view, err, "is empty");
    if (rows[key].type == TYPE_DAY && !pack_is_day(value->text))
        return json_fail(view, err, "'%s' is no day YYYY-MM-DD", value->text);
    int index = 0;
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
        if (choices[i].key == key)
            return json_choice(view, choices[i].words, &index, err);
    return PROV_OK;
}

static int
read_list(struct json_view view, struct arena *arena, struct parameter *value, struct err *err)
{
    struct buf joined = {0};
    int status = json_expect(view, JSON_ARRAY, err);
    for (struct json_view one = json_first(view); one.node && status == PROV_OK; one = json_next(one)) {
        const char *text = NULL;
        status = json_text(one, &text, err);
        if (status == PROV_OK && (!*text || strchr(text, ',')))
            status = json_fail(one, err, "must be one word without ','");
        if (status == PROV_OK && buf_printf(&joined, "%s%s", joined.size ? "," : "", text) != PROV_OK)
            status = err_set(err, PROV_E_MEMORY, "out of memory");
    }
    value->type = VALUE_TEXT;
    value->text = status == PROV_OK ? arena_text(arena, buf_bytes(&joined)) : NULL;
    buf_finish(&joined);
    if (status == PROV_OK && !value->text)
        status = err_set(err, PROV_E_MEMORY, "out of memory");
    return status;
}

static int
read_value(struct json_view view, enum scope_key key, struct arena *arena, struct parameter *value,
           struct err *err)
{
    bool flag = false;
    switch (rows[key].type) {
    case TYPE_FLAG:
        value->type = VALUE_BOOL;
        TRY(json_bool(view, &flag, err));
        value->number = flag;
        return PROV_OK;
    case TYPE_NUMBER:
        value->type = VALUE_NUMBER;
        return json_double(view, 0, 1e15, &value->number, err);
    case TYPE_LIST:
        return read_list(view, arena, value, err);
    default:
        return read_text(view, key, value, err);
    }
}

int
scope_read(struct json_view view, struct arena *arena, struct scope *scope, struct err *err)
{
    const char *keys[SCOPE_COUNT + 1] = {NULL};
    for (int i = 0; i < SCOPE_COUNT; i++)
        keys[i] = rows[i].name;
    if (!view.node)
        return PROV_OK;
    TRY(json_only_keys(view, keys, err));
    for (int i = 0; i < SCOPE_COUNT; i++) {
        struct json_view member = json_find(view, rows[i].name);
        if (!member.node)
            continue;
        struct parameter value = {.name = rows[i].name};
        TRY(read_value(member, (enum scope_key)i, arena, &value, err));
        scope->values[i] = value;
    }
    return PROV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views of a parsed file and the typed getters that loaders are made of. Each getter words its own fault with
 * the place, so that a loader is a list of TRYs:
 *
 *     file:line: path: words        path: rules[3].cite[0].article, "" for the root
 *
 * The path is made from the tree when it is needed, that is, once and only on failure.
 */
#include "base/json.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/infile.h"
#include "base/json_node.h"
#include "base/limits.h"

struct json_file {
    char *name;         /**< owned */
    struct buf source;  /**< as read */
    struct arena arena; /**< holds the tree */
    struct json_node *root;
};

enum { KEY_SHOWN_MAX = 64, WORDS_MAX = ERR_TEXT_MAX };

static int
open_parsed(struct json_file *file, const char *name, struct json_file **out, struct err *err)
{
    int status = PROV_OK;
    if (!(file->name = strdup(name)))
        status = err_set(err, PROV_E_MEMORY, "%s: out of memory", name);
    if (status == PROV_OK)
        status = json_parse(name, buf_bytes(&file->source), &file->arena, &file->root, err);
    if (status != PROV_OK) {
        json_close(file);
        return status;
    }
    *out = file;
    return PROV_OK;
}

int
json_open_file(const char *path, struct json_file **out, struct err *err)
{
    struct json_file *file = calloc(1, sizeof *file);
    if (!file)
        return err_set(err, PROV_E_MEMORY, "%s: out of memory", path);
    struct err read_err = {0};
    int status = infile_read(path, LIMIT_POLICY_FILE_BYTES, &file->source, &read_err);
    if (status != PROV_OK) {
        json_close(file);
        /* To its user a policy that cannot be read is as wrong as one that cannot be parsed. */
        return err_set(err, status == PROV_E_IO ? PROV_E_POLICY : status, "%s", read_err.text);
    }
    return open_parsed(file, path, out, err);
}

int
json_open_text(const char *name, struct bytes text, struct json_file **out, struct err *err)
{
    if (text.size > LIMIT_POLICY_FILE_BYTES)
        return err_set(err, PROV_E_POLICY, "%s: larger than %d bytes", name, LIMIT_POLICY_FILE_BYTES);
    struct json_file *file = calloc(1, sizeof *file);
    if (!file || buf_append(&file->source, text.data, text.size) != PROV_OK) {
        json_close(file);
        return err_set(err, PROV_E_MEMORY, "%s: out of memory", name);
    }
    return open_parsed(file, name, out, err);
}

void
json_close(struct json_file *file)
{
    if (!file)
        return;
    free(file->name);
    buf_finish(&file->source);
    arena_finish(&file->arena);
    free(file);
}

struct json_view
json_root(const struct json_file *file)
{
    return (struct json_view){.file = file, .node = file->root};
}

const char *
json_name(const struct json_file *file)
{
    return file->name;
}

struct bytes
json_source(const struct json_file *file)
{
    return buf_bytes(&file->source);
}

enum json_type
json_type(struct json_view view)
{
    return view.node->type;
}

const char *
json_key(struct json_view view)
{
    return view.node->key ? view.node->key : "";
}

unsigned
json_line(struct json_view view)
{
    return view.node->line;
}

size_t
json_count(struct json_view view)
{
    return view.node ? view.node->count : 0;
}

struct json_view
json_first(struct json_view view)
{
    return (struct json_view){.file = view.file, .node = view.node ? view.node->first : NULL};
}

struct json_view
json_next(struct json_view view)
{
    return (struct json_view){.file = view.file, .node = view.node->next};
}

struct json_view
json_find(struct json_view object, const char *key)
{
    struct json_view member = {.file = object.file};
    if (object.node && object.node->type == JSON_OBJECT)
        for (member = json_first(object); member.node; member = json_next(member))
            if (strcmp(member.node->key, key) == 0)
                break;
    return member;
}

/* ".name" or "[3]", or ["odd name"] where a name would be misread. */
static void
print_step(FILE *out, const struct json_node *node, bool first)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (!node->key)
        fprintf(out, "[%zu]", node->index);
    else if (node->key[0] && !node->key[strspn(node->key, plain)])
        fprintf(out, "%s%.*s", first ? "" : ".", KEY_SHOWN_MAX, node->key);
    else
        fprintf(out, "[\"%.*s\"]", KEY_SHOWN_MAX, node->key);
}

int
json_node_fail(const char *name, const struct json_node *node, struct err *err, const char *words)
{
    const struct json_node *steps[LIMIT_POLICY_DEPTH + 1];
    size_t nsteps = 0;
    for (const struct json_node *at = node; at->parent; at = at->parent)
        steps[nsteps++] = at;
    char path[ERR_TEXT_MAX / 2] = "";
    FILE *out = nsteps ? fmemopen(path, sizeof path, "w") : NULL;
    for (size_t i = nsteps; out && i-- > 0;)
        print_step(out, steps[i], i + 1 == nsteps);
    if (out)
        (void)fclose(out);
    path[sizeof path - 1] = 0;
    return err_set(err, PROV_E_POLICY, "%s:%u: %s%s%s", name, node->line, path, path[0] ? ": " : "", words);
}

int
json_fail(struct json_view view, struct err *err, const char *format, ...)
{
    char words[WORDS_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return json_node_fail(view.file->name, view.node, err, words);
}

int
json_expect(struct json_view view, enum json_type type, struct err *err)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",       [JSON_BOOL] = "a boolean", [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a string", [JSON_ARRAY] = "an array", [JSON_OBJECT] = "an object",
    };
    if (view.node->type != type)
        return json_fail(view, err, "is %s, not %s", names[view.node->type], names[type]);
    return PROV_OK;
}

/* "a, b, c" into words, cut where they do not fit. */
static void
list_names(const char *const *names, char *words, size_t size)
{
    size_t used = 0;
    words[0] = 0;
    for (size_t i = 0; names[i] && used < size; i++) {
        int added = snprintf(words + used, size - used, "%s%s", i ? ", " : "", names[i]);
        used += added > 0 ? (size_t)added : 0;
    }
}

static int
find_name(const char *const *names, const char *name)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

int
json_only_keys(struct json_view object, const char *const *keys, struct err *err)
{
    TRY(json_expect(object, JSON_OBJECT, err));
    for (struct json_view member = json_first(object); member.node; member = json_next(member))
        if (find_name(keys, member.node->key) < 0) {
            char known[ERR_TEXT_MAX / 4], words[ERR_TEXT_MAX / 2];
            list_names(keys, known, sizeof known);
            (void)snprintf(words, sizeof words, "unknown key '%.*s'; known are: %s", KEY_SHOWN_MAX,
                           member.node->key, known);
            /* The place is the object's, the line the key's. */
            struct json_node at = *object.node;
            at.line = member.node->line;
            return json_node_fail(object.file->name, &at, err, words);
        }
    return PROV_OK;
}

int
json_text(struct json_view view, const char **text, struct err *err)
{
    TRY(json_expect(view, JSON_STRING, err));
    *text = view.node->text;
    return PROV_OK;
}

int
json_bool(struct json_view view, bool *value, struct err *err)
{
    TRY(json_expect(view, JSON_BOOL, err));
    *value = view.node->is_true;
    return PROV_OK;
}

/* Magnitude of an integer; false when it has a fraction or an exponent, or does not fit. */
static bool
parse_magnitude(const char *text, uint64_t *magnitude)
{
    uint64_t value = 0;
    for (; *text; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *magnitude = value;
    return true;
}

int
json_int(struct json_view view, int64_t min, int64_t max, int64_t *value, struct err *err)
{
    TRY(json_expect(view, JSON_NUMBER, err));
    const char *text = view.node->text;
    bool negative = text[0] == '-';
    uint64_t magnitude = 0, bound = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    bool fits = parse_magnitude(text + negative, &magnitude) && magnitude <= bound;
    /* -(magnitude - 1) - 1, because INT64_MIN has no positive twin. */
    int64_t number = negative && magnitude ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
    if (!fits || number < min || number > max)
        return json_fail(view, err, "%.*s is no integer from %lld to %lld", KEY_SHOWN_MAX, text,
                         (long long)min, (long long)max);
    *value = number;
    return PROV_OK;
}

int
json_uint(struct json_view view, uint64_t max, uint64_t *value, struct err *err)
{
    TRY(json_expect(view, JSON_NUMBER, err));
    uint64_t number = 0;
    if (!parse_magnitude(view.node->text, &number) || number > max)
        return json_fail(view, err, "%.*s is no integer from 0 to %llu", KEY_SHOWN_MAX, view.node->text,
                         (unsigned long long)max);
    *value = number;
    return PROV_OK;
}

int
json_double(struct json_view view, double min, double max, double *value, struct err *err)
{
    TRY(json_expect(view, JSON_NUMBER, err));
    double number = strtod(view.node->text, NULL);
    if (!(number >= min && number <= max)) /* also false for what overflowed to infinity, unless asked for */
        return json_fail(view, err, "%.*s is not from %g to %g", KEY_SHOWN_MAX, view.node->text, min, max);
    *value = number;
    return PROV_OK;
}

int
json_choice(struct json_view view, const char *const *names, int *index, struct err *err)
{
    TRY(json_expect(view, JSON_STRING, err));
    int found = find_name(names, view.node->text);
    if (found < 0) {
        char known[ERR_TEXT_MAX / 4];
        list_names(names, known, sizeof known);
        return json_fail(view, err, "'%.*s' is none of: %s", KEY_SHOWN_MAX, view.node->text, known);
    }
    *index = found;
    return PROV_OK;
}

/* The member; node is NULL when an optional one is absent. */
static int
get(struct json_view object, const char *key, enum json_need need, struct json_view *member, struct err *err)
{
    assert(object.node || need == JSON_OPTIONAL);
    *member = (struct json_view){0};
    if (!object.node)
        return PROV_OK;
    TRY(json_expect(object, JSON_OBJECT, err));
    *member = json_find(object, key);
    if (!member->node && need == JSON_REQUIRED)
        return json_fail(object, err, "the key '%s' is missing", key);
    return PROV_OK;
}

int
json_get_text(struct json_view object, const char *key, enum json_need need, const char **text,
              struct err *err)
{
    struct json_view member;
    TRY(get(object, key, need, &member, err));
    return member.node ? json_text(member, text, err) : PROV_OK;
}

int
json_get_bool(struct json_view object, const char *key, enum json_need need, bool *value, struct err *err)
{
    struct json_view member;
    TRY(get(object, key, need, &member, err));
    return member.node ? json_bool(member, value, err) : PROV_OK;
}

int
json_get_int(struct json_view object, const char *key, enum json_need need, struct json_range range,
             int64_t *value, struct err *err)
{
    struct json_view member;
    TRY(get(object, key, need, &member, err));
    return member.node ? json_int(member, range.min, range.max, value, err) : PROV_OK;
}

int
json_get_uint(struct json_view object, const char *key, enum json_need need, uint64_t *value, struct err *err)
{
    struct json_view member;
    TRY(get(object, key, need, &member, err));
    return member.node ? json_uint(member, UINT64_MAX, value, err) : PROV_OK;
}

int
json_get_double(struct json_view object, const char *key, enum json_need need, double *value, struct err *err)
{
    struct json_view member;
    TRY(get(object, key, need, &member, err));
    /* The largest finite double on both sides: 1e999 is no number that anybody means. */
    return member.node ? json_double(member, -1.7976931348623157e308, 1.7976931348623157e308, value, err)
                       : PROV_OK;
}

int
json_get_choice(struct json_view object, const char *key, enum json_need need, const char *const *names,
                int *index, struct err *err)
{
    struct json_view member;
    TRY(get(object, key, need, &member, err));
    return member.node ? json_choice(member, names, index, err) : PROV_OK;
}

static int
get_container(struct json_view object, const char *key, enum json_need need, enum json_type type,
              struct json_view *view, struct err *err)
{
    struct json_view member;
    TRY(get(object, key, need, &member, err));
    if (!member.node)
        return PROV_OK;
    TRY(json_expect(member, type, err));
    *view = member;
    return PROV_OK;
}

int
json_get_array(struct json_view object, const char *key, enum json_need need, struct json_view *view,
               struct err *err)
{
    return get_container(object, key, need, JSON_ARRAY, view, err);
}

int
json_get_object(struct json_view object, const char *key, enum json_need need, struct json_view *view,
                struct err *err)
{
    return get_container(object, key, need, JSON_OBJECT, view, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening files, and the typed getters that loaders are made of. Each getter words its own fault with
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
#include "base/json_tree.h"
#include "base/limits.h"

enum { KEY_SHOWN_MAX = 64, WORDS_MAX = ERR_TEXT_MAX };

static int
open_parsed(struct json_file *file, const char *name, struct json_file **out, struct err *err)
{
    int status = PROV_OK;
    if (!(file->name = strdup(name)))
        status = err_set(err, PROV_E_MEMORY, "%s: out of memory", name);
    if (status == PROV_OK)
        status = json_tree_make(file, err);
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
    json_tree_destroy(file);
    free(file->name);
    buf_finish(&file->source);
    free(file);
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

/* ".name" or "[3]", or ["odd name"] where a name would be misread. */
static void
print_step(FILE *out, struct json_view parent, struct json_view view, bool first)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const char *key = json_key(view);
    if (json_type(parent) == JSON_ARRAY)
        fprintf(out, "[%zu]", json_tree_index(view));
    else if (key[0] && !key[strspn(key, plain)])
        fprintf(out, "%s%.*s", first ? "" : ".", KEY_SHOWN_MAX, key);
    else
        fprintf(out, "[\"%.*s\"]", KEY_SHOWN_MAX, key);
}

/* "file:line: path: words" */
static int
fail_at(struct json_view view, unsigned line, struct err *err, const char *words)
{
    struct json_view steps[LIMIT_POLICY_DEPTH + 1];
    size_t nsteps = json_tree_path(view, steps, LIMIT_POLICY_DEPTH + 1);
    char path[ERR_TEXT_MAX / 2] = "";
    FILE *out = nsteps > 1 ? fmemopen(path, sizeof path, "w") : NULL;
    for (size_t i = 1; out && i < nsteps; i++)
        print_step(out, steps[i - 1], steps[i], i == 1);
    if (out)
        (void)fclose(out);
    path[sizeof path - 1] = 0;
    return err_set(err, PROV_E_POLICY, "%s:%u: %s%s%s", view.file->name, line, path, path[0] ? ": " : "",
                   words);
}

int
json_fail(struct json_view view, struct err *err, const char *format, ...)
{
    char words[WORDS_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return fail_at(view, json_line(view), err, words);
}

int
json_expect(struct json_view view, enum json_type type, struct err *err)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",       [JSON_BOOL] = "a boolean", [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a string", [JSON_ARRAY] = "an array", [JSON_OBJECT] = "an object",
    };
    if (json_type(view) != type)
        return json_fail(view, err, "is %s, not %s", names[json_type(view)], names[type]);
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
        if (find_name(keys, json_key(member)) < 0) {
            char known[ERR_TEXT_MAX / 4], words[ERR_TEXT_MAX / 2];
            list_names(keys, known, sizeof known);
            (void)snprintf(words, sizeof words, "unknown key '%.*s'; known are: %s", KEY_SHOWN_MAX,
                           json_key(member), known);
            return fail_at(object, json_line(member), err, words);
        }
    return PROV_OK;
}

int
json_text(struct json_view view, const char **text, struct err *err)
{
    TRY(json_expect(view, JSON_STRING, err));
    *text = json_tree_string(view);
    return PROV_OK;
}

int
json_bool(struct json_view view, bool *value, struct err *err)
{
    TRY(json_expect(view, JSON_BOOL, err));
    *value = json_tree_is_true(view);
    return PROV_OK;
}

/* Magnitude of an integer; false when it has a fraction or an exponent, or does not fit. */
static bool
parse_magnitude(struct bytes digits, uint64_t *magnitude)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.size; i++) {
        uint64_t digit = (uint64_t)digits.data[i] - '0';
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
    struct bytes text = json_tree_number(view);
    bool negative = text.data[0] == '-';
    struct bytes digits = {text.data + negative, text.size - negative};
    uint64_t magnitude = 0, bound = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    bool fits = parse_magnitude(digits, &magnitude) && magnitude <= bound;
    /* -(magnitude - 1) - 1, because INT64_MIN has no positive twin. */
    int64_t number = negative && magnitude ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
    if (!fits || number < min || number > max)
        return json_fail(view, err, "%.*s is no integer from %lld to %lld", (int)text.size, text.data,
                         (long long)min, (long long)max);
    *value = number;
    return PROV_OK;
}

int
json_uint(struct json_view view, uint64_t max, uint64_t *value, struct err *err)
{
    TRY(json_expect(view, JSON_NUMBER, err));
    struct bytes text = json_tree_number(view);
    uint64_t number = 0;
    if (!parse_magnitude(text, &number) || number > max)
        return json_fail(view, err, "%.*s is no integer from 0 to %llu", (int)text.size, text.data,
                         (unsigned long long)max);
    *value = number;
    return PROV_OK;
}

int
json_double(struct json_view view, double min, double max, double *value, struct err *err)
{
    TRY(json_expect(view, JSON_NUMBER, err));
    struct bytes text = json_tree_number(view);
    double number = strtod((const char *)text.data, NULL); /* ends at what is no part of it */
    if (!(number >= min && number <= max)) /* also false for what overflowed to infinity, unless asked for */
        return json_fail(view, err, "%.*s is not from %g to %g", (int)text.size, text.data, min, max);
    *value = number;
    return PROV_OK;
}

int
json_choice(struct json_view view, const char *const *names, int *index, struct err *err)
{
    TRY(json_expect(view, JSON_STRING, err));
    int found = find_name(names, json_tree_string(view));
    if (found < 0) {
        char known[ERR_TEXT_MAX / 4];
        list_names(names, known, sizeof known);
        return json_fail(view, err, "'%.*s' is none of: %s", KEY_SHOWN_MAX, json_tree_string(view), known);
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

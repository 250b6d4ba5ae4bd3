/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks of a detector: each kind has parameters it may and parameters it must have (CHECK_MAP), and all
 * are read by one table.
 */
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "policy/detector_read.h"

enum { CHECKS_MAX = 16, WEIGHTS_MAX = 64, VALUE_MAX = 30000 };

static int
no_memory(struct detector_reading *reading)
{
    return err_set(reading->err, PROV_E_MEMORY, "out of memory for detectors");
}

static int
read_weights(struct detector_reading *reading, struct json_view view, const int32_t **out, size_t *nout)
{
    TRY(json_expect(view, JSON_ARRAY, reading->err));
    size_t count = json_count(view), at = 0;
    if (count == 0 || count > WEIGHTS_MAX)
        return json_fail(view, reading->err, "1 to %d weights are allowed", WEIGHTS_MAX);
    if (*nout && *nout != count)
        return json_fail(view, reading->err, "\"weights\" and \"again\" must be of one length");
    int32_t *weights = arena_array(reading->arena, count, sizeof *weights);
    if (!weights)
        return no_memory(reading);
    for (struct json_view item = json_first(view); item.node; item = json_next(item)) {
        int64_t value = 0;
        TRY(json_int(item, -VALUE_MAX, VALUE_MAX, &value, reading->err));
        weights[at++] = (int32_t)value;
    }
    *out = weights;
    *nout = count;
    return PROV_OK;
}

static int16_t *
new_values(struct detector_reading *reading)
{
    int16_t *values = arena_array(reading->arena, 256, sizeof *values);
    for (int i = 0; values && i < 256; i++)
        values[i] = -1;
    return values;
}

/* "alphabet": the value of a character is its place. */
static int
read_alphabet(struct detector_reading *reading, struct json_view view, struct detector_check *check)
{
    const char *text = NULL;
    TRY(json_text(view, &text, reading->err));
    int16_t *values = new_values(reading);
    if (!values)
        return no_memory(reading);
    for (size_t i = 0; text[i]; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte >= 0x80 || values[byte] >= 0)
            return json_fail(view, reading->err, "characters must be ASCII and different");
        values[byte] = (int16_t)i;
    }
    check->values = values;
    check->base = (int32_t)strlen(text);
    return PROV_OK;
}

/* "values": {"A": 10, "0123456789": 0}: a key of several characters counts up from its value. */
static int
read_values(struct detector_reading *reading, struct json_view view, const int16_t **out)
{
    TRY(json_expect(view, JSON_OBJECT, reading->err));
    int16_t *values = new_values(reading);
    if (!values)
        return no_memory(reading);
    for (struct json_view item = json_first(view); item.node; item = json_next(item)) {
        int64_t value = 0;
        TRY(json_int(item, 0, VALUE_MAX / 2, &value, reading->err));
        for (const char *key = json_key(item); *key; key++, value++) {
            unsigned char byte = (unsigned char)*key;
            if (byte >= 0x80 || values[byte] >= 0)
                return json_fail(item, reading->err, "characters must be ASCII and different");
            values[byte] = (int16_t)value;
        }
    }
    *out = values;
    return PROV_OK;
}

static int
read_lengths(struct detector_reading *reading, struct json_view view, struct detector_check *check)
{
    TRY(json_expect(view, JSON_OBJECT, reading->err));
    struct check_length *rows = arena_array(reading->arena, json_count(view) + 1, sizeof *rows);
    if (!rows)
        return no_memory(reading);
    for (struct json_view item = json_first(view); item.node; item = json_next(item)) {
        struct check_length *row = &rows[check->nlengths++];
        row->prefix = arena_text(reading->arena, bytes_of(json_key(item)));
        if (!row->prefix)
            return no_memory(reading);
        TRY(json_expect(item, JSON_ARRAY, reading->err));
        if (json_count(item) == 0 || json_count(item) > sizeof row->lengths)
            return json_fail(item, reading->err, "1 to %zu lengths are allowed", sizeof row->lengths);
        for (struct json_view length = json_first(item); length.node; length = json_next(length)) {
            int64_t value = 0;
            TRY(json_int(length, 1, 255, &value, reading->err));
            row->lengths[row->nlengths++] = (uint8_t)value;
        }
    }
    check->lengths = rows;
    return PROV_OK;
}

static int
read_int(struct detector_reading *reading, struct json_view view, int *value)
{
    int64_t number = 0;
    TRY(json_int(view, -VALUE_MAX, VALUE_MAX, &number, reading->err));
    *value = (int)number;
    return PROV_OK;
}

static int
read_string(struct detector_reading *reading, struct json_view view, const char **value)
{
    const char *text = NULL;
    TRY(json_text(view, &text, reading->err));
    *value = arena_text(reading->arena, bytes_of(text));
    return *value ? PROV_OK : no_memory(reading);
}

static int
read_parameter(struct detector_reading *reading, struct json_view view, enum check_parameter parameter,
               struct detector_check *check)
{
    switch (parameter) {
    case CHECK_FROM:
        return read_int(reading, view, &check->from);
    case CHECK_TO:
        return read_int(reading, view, &check->to);
    case CHECK_AT:
        return read_int(reading, view, &check->at);
    case CHECK_MODULUS:
        return read_int(reading, view, &check->modulus);
    case CHECK_ADD:
        return read_int(reading, view, &check->add);
    case CHECK_REMAINDER:
        return read_int(reading, view, &check->remainder);
    case CHECK_WEIGHTS:
        return read_weights(reading, view, &check->weights, &check->nweights);
    case CHECK_AGAIN:
        return read_weights(reading, view, &check->again, &check->nweights);
    case CHECK_TABLE:
        return read_string(reading, view, &check->table);
    case CHECK_AGAIN_TABLE:
        return read_string(reading, view, &check->again_table);
    case CHECK_ALPHABET:
        return read_alphabet(reading, view, check);
    case CHECK_VALUES:
        return read_values(reading, view, &check->values);
    case CHECK_FIRST_VALUES:
        return read_values(reading, view, &check->first_values);
    case CHECK_DIGIT_SUM:
        return json_bool(view, &check->digit_sum, reading->err);
    case CHECK_PAD:
        return json_bool(view, &check->pad, reading->err);
    case CHECK_FOR:
        TRY(json_expect(view, JSON_ARRAY, reading->err));
        return detector_read_strings(reading, view, &check->begins, &check->nbegins);
    case CHECK_COMPLEMENT:
        return json_bool(view, &check->complement, reading->err);
    case CHECK_STRINGS:
        TRY(json_expect(view, JSON_ARRAY, reading->err));
        return detector_read_strings(reading, view, &check->strings, &check->nstrings);
    case CHECK_LENGTHS:
        return read_lengths(reading, view, check);
    case CHECK_FORMAT:
        return read_string(reading, view, &check->format);
    case CHECK_PREFIX:
        return read_string(reading, view, &check->prefix);
    case CHECK_MINIMUM:
        return json_double(view, -1e6, 1e6, &check->minimum, reading->err);
    case CHECK_MAXIMUM:
        return json_double(view, -1e6, 1e6, &check->maximum, reading->err);
    }
    return PROV_E_INTERNAL;
}

static const struct {
    const char *key;
    enum check_parameter parameter;
} parameters[] = {
    {"from", CHECK_FROM},
    {"to", CHECK_TO},
    {"at", CHECK_AT},
    {"weights", CHECK_WEIGHTS},
    {"modulus", CHECK_MODULUS},
    {"add", CHECK_ADD},
    {"remainder", CHECK_REMAINDER},
    {"table", CHECK_TABLE},
    {"alphabet", CHECK_ALPHABET},
    {"values", CHECK_VALUES},
    {"digit_sum", CHECK_DIGIT_SUM},
    {"complement", CHECK_COMPLEMENT},
    {"of", CHECK_STRINGS},
    {"lengths", CHECK_LENGTHS},
    {"format", CHECK_FORMAT},
    {"minimum", CHECK_MINIMUM},
    {"prefix", CHECK_PREFIX},
    {"maximum", CHECK_MAXIMUM},
    {"first_values", CHECK_FIRST_VALUES},
    {"again", CHECK_AGAIN},
    {"again_table", CHECK_AGAIN_TABLE},
    {"pad", CHECK_PAD},
    {"for", CHECK_FOR},
};

enum { NPARAMETERS = sizeof parameters / sizeof parameters[0] };

static const struct {
    enum check_kind kind;
    const char *formats[16]; /* NULL-terminated */
} formats[] = {
    {CHECK_KIND_DATE, {"YYYYMMDD", "YYMMDD", "DDMMYY", "DDMMYYYY", "MMDDYY", "YYDDD", NULL}},
    {CHECK_KIND_ISO7064, {"11-2", "37-2", "97-10", "11,10", "37,36", "27,26", NULL}},
};

static int
check_format(struct detector_reading *reading, struct json_view view, const struct detector_check *check)
{
    for (size_t i = 0; check->format && i < sizeof formats / sizeof formats[0]; i++) {
        if (formats[i].kind != check->kind)
            continue;
        size_t j = 0;
        while (formats[i].formats[j] && strcmp(formats[i].formats[j], check->format) != 0)
            j++;
        if (!formats[i].formats[j])
            return json_fail(json_find(view, "format"), reading->err, "unknown format '%s'", check->format);
    }
    return PROV_OK;
}

/* What no parameter can say of itself. */
static int
check_together(struct detector_reading *reading, struct json_view view, const struct detector_check *check)
{
    if (check->given & CHECK_MODULUS && check->modulus < 2)
        return json_fail(json_find(view, "modulus"), reading->err, "must be 2 or more");
    if (check->table && strlen(check->table) != (size_t)check->modulus)
        return json_fail(json_find(view, "table"), reading->err,
                         "has %zu characters, but one is wanted for each of the %d remainders",
                         strlen(check->table), check->modulus);
    if (check->again_table && strlen(check->again_table) != (size_t)check->modulus)
        return json_fail(json_find(view, "again_table"), reading->err, "must be as long as \"table\"");
    if (check->again && !(check->table && check->again_table))
        return json_fail(view, reading->err, "\"again\" wants \"table\" and \"again_table\"");
    if (check->given & CHECK_ALPHABET && check->given & CHECK_VALUES)
        return json_fail(view, reading->err, "either \"alphabet\" or \"values\"");
    for (size_t i = 0; i < check->nstrings; i++) {
        const char *dash = strchr(check->strings[i], '-');
        if (dash && dash != check->strings[i] && strlen(dash + 1) != (size_t)(dash - check->strings[i]))
            return json_fail(json_find(view, "of"), reading->err,
                             "'%s': both ends of a range must be of one length", check->strings[i]);
    }
    return check_format(reading, view, check);
}

static int
read_check(struct detector_reading *reading, struct json_view view, struct detector_check *check)
{
    const char *kind = NULL;
    TRY(json_expect(view, JSON_OBJECT, reading->err));
    TRY(json_get_text(view, "kind", JSON_REQUIRED, &kind, reading->err));
    int found = check_kind_find(kind);
    if (found < 0)
        return json_fail(json_find(view, "kind"), reading->err, "unknown check '%s'", kind);
    *check = (struct detector_check){.kind = (enum check_kind)found, .at = -1};
    for (struct json_view item = json_first(view); item.node; item = json_next(item)) {
        const char *key = json_key(item);
        if (strcmp(key, "kind") == 0)
            continue;
        size_t i = 0;
        while (i < NPARAMETERS && strcmp(parameters[i].key, key) != 0)
            i++;
        if (i == NPARAMETERS || !((check_allowed(check->kind) | CHECK_FOR) & parameters[i].parameter))
            return json_fail(item, reading->err, "unknown key '%s' for check '%s'", key, kind);
        TRY(read_parameter(reading, item, parameters[i].parameter, check));
        check->given |= parameters[i].parameter;
    }
    for (size_t i = 0; i < NPARAMETERS; i++)
        if (check_required(check->kind) & ~check->given & parameters[i].parameter)
            return json_fail(view, reading->err, "check '%s' wants \"%s\"", kind, parameters[i].key);
    return check_together(reading, view, check);
}

int
detector_read_checks(struct detector_reading *reading, struct json_view checks, struct detector *detector)
{
    size_t count = json_count(checks);
    if (count > CHECKS_MAX)
        return json_fail(checks, reading->err, "more than %d checks (policy.limit)", CHECKS_MAX);
    struct detector_check *made = arena_array(reading->arena, count + 1, sizeof *made);
    if (!made)
        return no_memory(reading);
    for (struct json_view view = json_first(checks); view.node; view = json_next(view))
        TRY(read_check(reading, view, &made[detector->nchecks++]));
    detector->checks = made;
    return PROV_OK;
}

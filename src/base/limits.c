/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of limits, made once from LIMIT_MAP: names, fields and defaults cannot disagree.
 */
#include "base/limits.h"

#include <stddef.h>
#include <string.h>

#include "base/status.h"

const struct limits LIMITS_DEFAULT = {
#define LIMIT_VALUE(field, name, value, effect) .field = (value),
    LIMIT_MAP(LIMIT_VALUE)
#undef LIMIT_VALUE
};

static const struct {
    const char *name;
    size_t offset; /**< of the field in struct limits */
} limit_table[] = {
#define LIMIT_ROW(field, name, value, effect) {name, offsetof(struct limits, field)},
    LIMIT_MAP(LIMIT_ROW)
#undef LIMIT_ROW
};

enum { NLIMITS = sizeof limit_table / sizeof limit_table[0] };

int
limits_set(struct limits *limits, const char *name, uint64_t value)
{
    for (unsigned i = 0; i < NLIMITS; i++)
        if (strcmp(limit_table[i].name, name) == 0) {
            memcpy((char *)limits + limit_table[i].offset, &value, sizeof value);
            return PROV_OK;
        }
    return PROV_E_USAGE;
}

const char *
limits_get(const struct limits *limits, unsigned index, uint64_t *value)
{
    if (index >= NLIMITS)
        return NULL;
    memcpy(value, (const char *)limits + limit_table[index].offset, sizeof *value);
    return limit_table[index].name;
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_SCOPE_H
#define POLICY_SCOPE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"
#include "policy/expression.h"

/** One row for each line of scope.def, in its order. */
enum scope_key {
#define SCOPE(name, type, description) SCOPE_##name,
#include "policy/scope.def"
#undef SCOPE
    SCOPE_COUNT
};

/** What a dataset is declared to be for: parameters of rules, VALUE_NULL where nothing is said. */
struct scope {
    struct parameter values[SCOPE_COUNT];
};

/** Name and description of a row; static. */
const char *scope_name(enum scope_key key);
const char *scope_description(enum scope_key key);

/** A scope in which nothing is said. */
void scope_init(struct scope *scope);

/**
 * Read the member "scope" of a declaration. Unknown keys, other types and words that no rule knows are
 * refused.
 *
 * @param view   an object, or no value
 * @param arena  joined lists are kept in it; other texts live as long as the file
 * @return PROV_OK, PROV_E_POLICY, PROV_E_MEMORY
 */
int scope_read(struct json_view view, struct arena *arena, struct scope *scope, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_EXPRESSION_H
#define POLICY_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

/** What a rule is tested on; each has its view and its rows in facts.def. */
enum rule_level { RULE_ITEM, RULE_SOURCE, RULE_DATASET, RULE_LEVEL_COUNT };

/** "item", "source", "dataset"; and "item_facts" ...; static. */
const char *rule_level_name(enum rule_level level);
const char *rule_level_view(enum rule_level level);

/** One column of a view. */
struct fact_column {
    const char *name;
    const char *type; /**< INTEGER, REAL, TEXT */
    const char *description;
};

/** The column at index, or NULL behind the last; static. */
const struct fact_column *fact_column_at(enum rule_level level, size_t index);

/**
 * Append the names of columns, each behind a comma.
 *
 * @param used  which; NULL: all
 */
int fact_columns_append(struct buf *sql, enum rule_level level, const bool *used);

enum value_type { VALUE_NULL, VALUE_BOOL, VALUE_NUMBER, VALUE_TEXT };

/** A value that an expression refers to as :name. */
struct parameter {
    const char *name;
    enum value_type type;
    double number;    /**< also 0 or 1 of a VALUE_BOOL */
    const char *text; /**< UTF-8 */
};

/** Append a value as an SQL literal. @return PROV_OK, PROV_E_MEMORY */
int expression_append_value(struct buf *out, const struct parameter *value);

enum { EXPRESSION_BYTES_MAX = 4096, EXPRESSION_NESTING_MAX = 32, EXPRESSION_FAULT_MAX = 160 };

/** What an expression may refer to. */
struct expression_scope {
    enum rule_level level; /**< RULE_LEVEL_COUNT: no facts, parameters alone */
    const struct parameter *parameters;
    size_t nparameters;
    bool
        *used; /**< NULL, or one flag for each column of the level: set for those that the expression names */
};

/**
 * Check the test of a rule, and write it as SQL with its parameters replaced by their values.
 *
 * An expression consists of the columns of its level, numbers, 'text', :parameters, the operators and
 * keywords of SQL expressions, and a few pure functions. There is no way to write a subquery, a comment, a
 * second statement or a quoted name.
 *
 * @param sql    appended to, on success only whole
 * @param fault  why it was refused, in words
 * @return PROV_OK, PROV_E_MEMORY, PROV_E_POLICY (fault is worded)
 */
int expression_compile(const char *text, const struct expression_scope *scope, struct buf *sql,
                       char fault[EXPRESSION_FAULT_MAX]);

/**
 * Which facts an expression names.
 *
 * @param sql   written by expression_compile: an expression itself, and longer than what it was made from
 * @param used  one flag for each column of the level, set for those that are named
 * @return PROV_OK, PROV_E_MEMORY; PROV_E_POLICY when it is not such a text
 */
int expression_note_facts(const char *sql, enum rule_level level, bool *used);

#endif

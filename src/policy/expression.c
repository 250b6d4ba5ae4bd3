/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tests of rules: a small language that is a part of SQL.
 *
 * Why SQL at all: it has the three-valued logic that law needs ("not known" is neither true nor false), every
 * policy author can look it up, and SQLite compiles and runs it. Why not hand the text to SQLite as it is:
 * the tests of all rules of a level become columns of one statement, so a stray parenthesis, comment or
 * subquery would change its neighbours. This check lets through words and marks from fixed lists only.
 * SQLite's own fence (base/db.h) is the second wall behind it.
 *
 *     text --tokens--> known? nesting? --> the same text, :parameters replaced by literals --> SQLite
 *
 * No dot, no double quote, no bracket and no semicolon is a mark of the language; SELECT is no word of it.
 */
#include "policy/expression.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/status.h"

static const struct fact_column item_columns[] = {
#define FACT(level, name, type, text) FACT_##level(name, type, text)
#define FACT_item(name, type, text) {#name, #type, text},
#define FACT_source(name, type, text)
#define FACT_dataset(name, type, text)
#include "policy/facts.def"
#undef FACT_item
#undef FACT_source
    {NULL, NULL, NULL}};

static const struct fact_column source_columns[] = {
#define FACT_item(name, type, text)
#define FACT_source(name, type, text) {#name, #type, text},
#include "policy/facts.def"
#undef FACT_source
#undef FACT_dataset
    {NULL, NULL, NULL}};

static const struct fact_column dataset_columns[] = {
#define FACT_source(name, type, text)
#define FACT_dataset(name, type, text) {#name, #type, text},
#include "policy/facts.def"
#undef FACT
#undef FACT_item
#undef FACT_source
#undef FACT_dataset
    {NULL, NULL, NULL}};

static const struct {
    const char *name, *view;
    const struct fact_column *columns;
    size_t ncolumns; /**< with the end mark */
} levels[RULE_LEVEL_COUNT] = {
    [RULE_ITEM] = {"item", "item_facts", item_columns, sizeof item_columns / sizeof item_columns[0]},
    [RULE_SOURCE] = {"source", "source_facts", source_columns,
                     sizeof source_columns / sizeof source_columns[0]},
    [RULE_DATASET] = {"dataset", "dataset_facts", dataset_columns,
                      sizeof dataset_columns / sizeof dataset_columns[0]},
};

enum { NUMBER_BYTES_MAX = 24 };

static const char *const keywords[] = {
    "AND",  "OR",  "NOT",  "IS",    "NULL", "IN", "BETWEEN", "LIKE", "GLOB",    "CASE",   "WHEN",    "THEN",
    "ELSE", "END", "TRUE", "FALSE", "CAST", "AS", "REAL",    "TEXT", "INTEGER", "ISNULL", "NOTNULL", NULL};

/* Pure, and never an aggregate: min and max are one with a single argument. */
static const char *const functions[] = {"abs",    "coalesce", "ifnull", "iif",  "instr", "length", "lower",
                                        "nullif", "round",    "substr", "trim", "upper", NULL};

static const char *const marks[] = {"||", "<=", ">=", "<>", "!=", "==", "<", ">", "=",
                                    "+",  "-",  "*",  "/",  "%",  "(",  ")", ",", NULL};

/* What is being checked, and where. */
struct reading {
    const struct expression_scope *scope;
    const char *at;
    struct buf *sql;
    char *fault;
    unsigned nesting;
};

const char *
rule_level_name(enum rule_level level)
{
    assert(level < RULE_LEVEL_COUNT);
    return levels[level].name;
}

const char *
rule_level_view(enum rule_level level)
{
    assert(level < RULE_LEVEL_COUNT);
    return levels[level].view;
}

const struct fact_column *
fact_column_at(enum rule_level level, size_t index)
{
    assert(level < RULE_LEVEL_COUNT);
    return index + 1 < levels[level].ncolumns ? &levels[level].columns[index] : NULL;
}

int
fact_columns_append(struct buf *sql, enum rule_level level, const bool *used)
{
    for (size_t i = 0; fact_column_at(level, i); i++)
        if (!used || used[i])
            TRY(buf_printf(sql, ", %s", fact_column_at(level, i)->name));
    return PROV_OK;
}

/* The shortest text that reads back the same. */
static int
append_double(struct buf *out, double value)
{
    char text[NUMBER_BYTES_MAX + 8];
    for (int precision = 15; precision <= 17; precision++) {
        (void)snprintf(text, sizeof text, "(%.*g)", precision, value);
        if (strtod(text + 1, NULL) == value)
            break;
    }
    return buf_append_text(out, text);
}

int
expression_append_value(struct buf *out, const struct parameter *value)
{
    switch (value->type) {
    case VALUE_NULL:
        return buf_append_text(out, "NULL");
    case VALUE_BOOL:
        return buf_append_text(out, value->number != 0 ? "1" : "0");
    case VALUE_NUMBER:
        /* Whole numbers stay integers: 7 / 2 is 3 in SQL, and 7.0 / 2 is not. */
        if (value->number == floor(value->number) && fabs(value->number) < 1e15)
            return buf_printf(out, "(%.0f)", value->number);
        return append_double(out, value->number);
    default:
        break;
    }
    TRY(buf_append_byte(out, '\''));
    for (const char *at = value->text; *at; at++) {
        TRY(buf_append_byte(out, (uint8_t)*at));
        if (*at == '\'')
            TRY(buf_append_byte(out, '\''));
    }
    return buf_append_byte(out, '\'');
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t
word_size(const char *at)
{
    size_t size = 0;
    if (is_letter(at[0]))
        while (is_letter(at[size]) || is_digit(at[size]))
            size++;
    return size;
}

static bool
is_one_of(const char *const *words, const char *at, size_t size)
{
    for (; *words; words++)
        if (strlen(*words) == size && strncasecmp(*words, at, size) == 0)
            return true;
    return false;
}

static bool
is_column(const struct expression_scope *scope, const char *at, size_t size)
{
    for (size_t i = 0; scope->level < RULE_LEVEL_COUNT && fact_column_at(scope->level, i); i++) {
        const char *name = fact_column_at(scope->level, i)->name;
        if (strlen(name) != size || memcmp(name, at, size) != 0)
            continue;
        if (scope->used)
            scope->used[i] = true;
        return true;
    }
    return false;
}

/* Copy one token with a blank behind it, so that two marks never join into a comment. */
static int
take(struct reading *reading, size_t size)
{
    TRY(buf_append(reading->sql, reading->at, size));
    reading->at += size;
    return buf_append_byte(reading->sql, ' ');
}

static int
refuse(struct reading *reading, const char *what, size_t size)
{
    (void)snprintf(reading->fault, EXPRESSION_FAULT_MAX, "%s '%.*s'", what, (int)(size > 60 ? 60 : size),
                   reading->at);
    return PROV_E_POLICY;
}

static int
take_word(struct reading *reading)
{
    const char *at = reading->at;
    size_t size = word_size(at);
    const char *next = at + size + strspn(at + size, " \t\r\n");
    if (is_one_of(keywords, at, size))
        return take(reading, size);
    if (*next == '(')
        return is_one_of(functions, at, size) ? take(reading, size)
                                              : refuse(reading, "unknown function", size);
    if (is_column(reading->scope, at, size))
        return take(reading, size);
    char what[64];
    if (reading->scope->level == RULE_LEVEL_COUNT)
        return refuse(reading, "only parameters decide whether a pack applies, not", size);
    (void)snprintf(what, sizeof what, "level '%s' has no fact", rule_level_name(reading->scope->level));
    return refuse(reading, what, size);
}

static int
take_number(struct reading *reading)
{
    static const char digits[] = "0123456789";
    const char *at = reading->at;
    size_t size = strspn(at, digits);
    if (at[size] == '.' && is_digit(at[size + 1]))
        size += 1 + strspn(at + size + 1, digits);
    if (at[size] == 'e' && is_digit(at[size + 1 + strspn(at + size + 1, "+-")]))
        size += 1 + strspn(at + size + 1, "+-0123456789");
    if (is_letter(at[size]) || at[size] == '.' || size > NUMBER_BYTES_MAX)
        return refuse(reading, "bad number", size + 1);
    return take(reading, size);
}

static int
take_text(struct reading *reading)
{
    const char *end = reading->at + 1;
    while (*end && (end[0] != '\'' || end[1] == '\''))
        end += *end == '\'' ? 2 : 1;
    if (!*end)
        return refuse(reading, "text without an end", strlen(reading->at));
    return take(reading, (size_t)(end + 1 - reading->at));
}

static int
take_parameter(struct reading *reading)
{
    size_t size = word_size(reading->at + 1);
    const struct expression_scope *scope = reading->scope;
    for (size_t i = 0; size && i < scope->nparameters; i++) {
        const char *name = scope->parameters[i].name;
        if (strlen(name) != size || memcmp(name, reading->at + 1, size) != 0)
            continue;
        reading->at += size + 1;
        TRY(expression_append_value(reading->sql, &scope->parameters[i]));
        return buf_append_byte(reading->sql, ' ');
    }
    return refuse(reading, "no such parameter", size + 1);
}

static int
take_mark(struct reading *reading)
{
    for (size_t i = 0; marks[i]; i++) {
        size_t size = strlen(marks[i]);
        if (strncmp(reading->at, marks[i], size) != 0)
            continue;
        if (reading->at[0] == '(' && ++reading->nesting > EXPRESSION_NESTING_MAX)
            return refuse(reading, "too many parentheses at", strlen(reading->at));
        if (reading->at[0] == ')' && reading->nesting-- == 0)
            return refuse(reading, "no parenthesis is open at", strlen(reading->at));
        return take(reading, size);
    }
    return refuse(reading, "unexpected", 1);
}

static int
take_token(struct reading *reading)
{
    char c = *reading->at;
    if (is_letter(c))
        return take_word(reading);
    if (is_digit(c))
        return take_number(reading);
    if (c == '\'')
        return take_text(reading);
    if (c == ':')
        return take_parameter(reading);
    return take_mark(reading);
}

static int
read_all(struct reading *reading)
{
    for (;;) {
        reading->at += strspn(reading->at, " \t\r\n");
        if (!*reading->at)
            break;
        TRY(take_token(reading));
    }
    if (!reading->nesting && reading->sql->size)
        return PROV_OK;
    (void)snprintf(reading->fault, EXPRESSION_FAULT_MAX, "%s",
                   reading->sql->size ? "a parenthesis is not closed" : "empty");
    return PROV_E_POLICY;
}

int
expression_compile(const char *text, const struct expression_scope *scope, struct buf *sql,
                   char fault[EXPRESSION_FAULT_MAX])
{
    struct buf written = {0};
    struct reading reading = {.scope = scope, .at = text, .sql = &written, .fault = fault};
    if (strlen(text) > EXPRESSION_BYTES_MAX) {
        (void)snprintf(fault, EXPRESSION_FAULT_MAX, "longer than %d bytes", EXPRESSION_BYTES_MAX);
        return PROV_E_POLICY;
    }
    int status = read_all(&reading);
    if (status == PROV_OK)
        status = buf_append(sql, written.data, written.size);
    buf_finish(&written);
    return status;
}

int
expression_note_facts(const char *sql, enum rule_level level, bool *used)
{
    char fault[EXPRESSION_FAULT_MAX];
    struct buf written = {0};
    const struct expression_scope scope = {.level = level, .used = used};
    struct reading reading = {.scope = &scope, .at = sql, .sql = &written, .fault = fault};
    int status = read_all(&reading);
    buf_finish(&written);
    return status;
}

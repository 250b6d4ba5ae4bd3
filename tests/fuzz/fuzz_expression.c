/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions of any bytes. What is let through must be one expression to SQLite too, as the column of a statement
 * between others, and reading it again must give the same.
 */
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "policy/expression.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct parameter limit = {.name = "limit", .type = VALUE_TEXT, .text = "it's"};

/* The statement has three columns, or does not compile at all. */
static void
check_columns(const char *sql)
{
    static struct db *db;
    struct db_statement *statement = NULL;
    struct buf query = {0};
    if (!db && (db_open(":memory:", DB_CREATE, &db, NULL) != PROV_OK ||
                db_run(db, "CREATE TABLE secret (personal, size, kind, type, license); CREATE TABLE item_facts (personal,"
                           " size, kind, type, license)",
                       NULL) != PROV_OK))
        abort();
    if (buf_printf(&query, "SELECT 1, (%s), 3 FROM item_facts", sql) != PROV_OK)
        abort();
    if (db_prepare(db, buf_text(&query), &statement, NULL) == PROV_OK && db_ncolumns(statement) != 3)
        abort();
    db_finish(statement);
    buf_finish(&query);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char fault[EXPRESSION_FAULT_MAX];
    struct expression_scope scope = {.level = RULE_ITEM, .parameters = &limit, .nparameters = 1};
    struct buf sql = {0}, again = {0};
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = 0;
    if (expression_compile(text, &scope, &sql, fault) == PROV_OK) {
        if (strpbrk(buf_text(&sql), ";\"[`"))
            if (!strchr(buf_text(&sql), '\''))
                abort();
        check_columns(buf_text(&sql));
        if (sql.size <= EXPRESSION_BYTES_MAX && expression_compile(buf_text(&sql), &scope, &again, fault) != PROV_OK)
            abort();
    }
    buf_finish(&sql);
    buf_finish(&again);
    free(text);
    return 0;
}

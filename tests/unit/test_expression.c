/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language of rules: what passes, what does not, and that nothing of SQL slips through.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "base/db.h"
#include "base/status.h"
#include "policy/expression.h"

static const struct parameter parameters[] = {
    {.name = "limit", .type = VALUE_NUMBER, .number = 0.1},
    {.name = "small", .type = VALUE_NUMBER, .number = 1e-7},
    {.name = "name", .type = VALUE_TEXT, .text = "it's); DROP TABLE x; --"},
    {.name = "flag", .type = VALUE_BOOL, .number = 1},
    {.name = "nothing", .type = VALUE_NULL},
};

static int
compile(const char *text, struct buf *sql)
{
    char fault[EXPRESSION_FAULT_MAX] = "";
    struct expression_scope scope = {.level = RULE_ITEM,
                                     .parameters = parameters,
                                     .nparameters = sizeof parameters / sizeof parameters[0]};
    int status = expression_compile(text, &scope, sql, fault);
    cr_assert_eq(status == PROV_OK, fault[0] == 0, "'%s': %s", text, fault);
    return status;
}

Test(expression, takes_what_rules_need)
{
    static const char *const texts[] = {
        "personal > 0",
        "license IS NULL",
        "license IS NOT NULL AND is_content = 1",
        "(personal > 0) OR NOT (secrets >= 1)",
        "type IN ('text/html', 'text/plain')",
        "type LIKE 'image/%' AND size BETWEEN 1 AND 10",
        "CASE kind WHEN 'file' THEN 1 ELSE 0 END",
        "coalesce(personal, 0) > :limit",
        "length(license)>3 and lower(type)='x'",
        "size % 2 == 0 || 'x' <> 'y'",
        ":name = type OR :flag OR :nothing IS NULL OR size > :small",
        "1.5e3 > size",
    };
    struct db *db = NULL;
    cr_assert_eq(db_open(":memory:", DB_CREATE, &db, NULL), PROV_OK);
    struct buf table = {0};
    cr_assert_eq(buf_append_text(&table, "CREATE TABLE item_facts ("), PROV_OK);
    for (size_t i = 0; fact_column_at(RULE_ITEM, i); i++)
        cr_assert_eq(buf_printf(&table, "%s%s", i ? "," : "", fact_column_at(RULE_ITEM, i)->name), PROV_OK);
    cr_assert_eq(buf_append_byte(&table, ')'), PROV_OK);
    cr_assert_eq(db_run(db, buf_text(&table), NULL), PROV_OK);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct buf sql = {0}, query = {0}, again = {0};
        struct db_statement *statement = NULL;
        struct err err = {0};
        cr_assert_eq(compile(texts[i], &sql), PROV_OK, "%s", texts[i]);
        cr_assert_eq(buf_printf(&query, "SELECT (%s) FROM item_facts", buf_text(&sql)), PROV_OK);
        cr_assert_eq(db_prepare(db, buf_text(&query), &statement, &err), PROV_OK, "%s: %s", texts[i],
                     err.text);
        cr_assert_eq(compile(buf_text(&sql), &again), PROV_OK, "compiled text is an expression: %s",
                     buf_text(&sql));
        db_finish(statement);
        buf_finish(&sql);
        buf_finish(&query);
        buf_finish(&again);
    }
    buf_finish(&table);
    db_close(db);
}

Test(expression, refuses_everything_else)
{
    static const char *const texts[] = {
        "",
        "   ",
        "(",
        ")",
        "((personal)",
        "personal)) OR ((1",
        "personal > 0; DROP TABLE item",
        "personal -- x",
        "personal /* x */ > 0",
        "(SELECT count(*) FROM item) > 0",
        "EXISTS (SELECT 1)",
        "unit_id > 0",
        "item.personal > 0",
        "\"personal\" > 0",
        "[personal] > 0",
        "`personal` > 0",
        "random() > 0",
        "count(personal) > 1",
        "max(personal) > 1",
        "sum(personal)",
        "date('now') > '2020'",
        "load_extension('x')",
        "licence IS NULL",
        ":nobody > 0",
        ":",
        "::limit",
        "'open",
        "'it''s",
        "x'00'",
        "1e",
        "12345678901234567890123456",
        "0x10",
        "1.2.3",
        "?1",
        "@a",
        "$a",
        "#",
        "a\001b",
        "personal > 0 COLLATE NOCASE",
        "likelihood(1, 2)",
        "personal\\0",
        "\xc3\xa9 > 0",
        "type LIKE 'a' ESCAPE '\\'",
        "content_items > 0",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct buf sql = {0};
        cr_assert_eq(compile(texts[i], &sql), PROV_E_POLICY, "%s", texts[i]);
        cr_assert_eq(sql.size, 0);
        buf_finish(&sql);
    }
}

Test(expression, bounds_length_and_nesting)
{
    char text[EXPRESSION_BYTES_MAX + 16];
    struct buf sql = {0};
    memset(text, ' ', sizeof text);
    memcpy(text, "personal", 8);
    text[EXPRESSION_BYTES_MAX] = 0;
    cr_assert_eq(compile(text, &sql), PROV_OK);
    text[EXPRESSION_BYTES_MAX] = ' ';
    text[EXPRESSION_BYTES_MAX + 1] = 0;
    cr_assert_eq(compile(text, &sql), PROV_E_POLICY);
    memset(text, '(', 40);
    memcpy(text + 40, "1", 1);
    memset(text + 41, ')', 40);
    text[81] = 0;
    cr_assert_eq(compile(text, &sql), PROV_E_POLICY);
    buf_finish(&sql);
}

/* Every byte value alone, and behind an expression. */
Test(expression, survives_every_byte)
{
    for (int byte = 1; byte < 256; byte++) {
        char text[16];
        char fault[EXPRESSION_FAULT_MAX] = "";
        struct expression_scope scope = {.level = RULE_SOURCE};
        struct buf sql = {0};
        (void)snprintf(text, sizeof text, "%c", byte);
        (void)expression_compile(text, &scope, &sql, fault);
        (void)snprintf(text, sizeof text, "items > 0 %c", byte);
        (void)expression_compile(text, &scope, &sql, fault);
        buf_finish(&sql);
    }
}

Test(expression, tells_the_facts_of_what_it_compiled_however_long_that_became)
{
    char text[EXPRESSION_BYTES_MAX + 1] = "size=1 ";
    char fault[EXPRESSION_FAULT_MAX] = "";
    const struct expression_scope scope = {.level = RULE_ITEM};
    struct buf sql = {0};
    bool used[128] = {false};
    while (strlen(text) + 16 < sizeof text)
        strcat(text, "OR(type='size')");
    cr_assert_eq(expression_compile(text, &scope, &sql, fault), PROV_OK, "%s", fault);
    cr_assert_gt(sql.size, EXPRESSION_BYTES_MAX);
    cr_assert_eq(expression_note_facts(buf_text(&sql), RULE_ITEM, used), PROV_OK);
    for (size_t i = 0; fact_column_at(RULE_ITEM, i); i++) {
        const char *name = fact_column_at(RULE_ITEM, i)->name;
        cr_assert_eq(used[i], strcmp(name, "size") == 0 || strcmp(name, "type") == 0, "%s", name);
    }
    buf_finish(&sql);
}

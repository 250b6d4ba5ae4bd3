/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern_fixture.h"

#include "ingest/rows.h"
#include "model/column_rate.h"

static struct pattern_fixture fixture;

static void
setup(void)
{
    fixture_init(&fixture);
}

static void
teardown(void)
{
    fixture_finish(&fixture);
}

TestSuite(columns, .init = setup, .fini = teardown);

/* Facts of a whole text that is made of records, its columns judged. */
static struct fact_set
scan_rows(enum row_format format, struct bytes text)
{
    struct row_reader *reader = row_reader_create();
    struct row_layout layout;
    struct row_cursor cursor = {0};
    struct arena arena = {0};
    struct fact_list facts = {0};
    struct fact_set set = {.nsamples_max = 10};
    struct segment segment = {
        .type = "text/csv", .encoding = "UTF-8", .text = text.data, .page = text.size, .first = true, .last = true};
    cr_assert_not_null(reader);
    cr_assert_eq(row_layout_judge(format, text, &arena, &layout), PROV_OK);
    cr_assert_eq(row_read_segment(reader, &layout, &cursor, &segment, &facts), PROV_OK);
    cr_assert_eq(INSPECTOR_pattern.segment(fixture.plan, fixture.scratch, &segment, &facts), PROV_OK);
    cr_assert_eq(fact_set_merge(&set, &facts), PROV_OK);
    column_rates_apply(&set, fixture.set);
    fact_list_finish(&facts);
    arena_finish(&arena);
    row_reader_destroy(reader);
    return set;
}

/* The finding of this code in a column of this name; NULL when there is none. */
static const struct fact_entry *
find(const struct fact_set *set, const char *code, const char *column)
{
    for (size_t i = 0; i < set->nentries; i++) {
        const struct fact_entry *entry = &set->entries[i];
        if (entry->kind == FACT_FINDING && strcmp(entry->code, code) == 0 && entry->column &&
            bytes_equal(set->columns[entry->column].name, bytes_of(column)))
            return entry;
    }
    return NULL;
}

Test(columns, locate_what_is_found_by_row_and_key_path)
{
    static const char text[] = "{\"id\":1,\"who\":{\"mail\":[\"x\",\"jane.roe@mail-7.org\"]}}\n"
                               "{\"id\":2,\"who\":{\"mail\":[\"write to \\u006aoe@mail-8.org now\"]}}\n";
    struct fact_set set = scan_rows(ROWS_JSON_LINES, bytes_of(text));
    const struct fact_entry *found = find(&set, "email", "who.mail[]");
    cr_assert_not_null(found);
    cr_expect_eq(found->count, 2);
    cr_expect_eq(found->nwhole, 1);
    cr_expect_eq(found->samples[0].row, 1);
    cr_expect_eq(found->samples[1].row, 2);
    cr_expect_eq(found->samples[1].offset, (size_t)(strstr(text, "\\u006a") - text));
    cr_expect_eq(found->samples[1].length, strlen("\\u006aoe@mail-8.org"));
    fact_set_finish(&set);
}

Test(columns, part_numbers_where_a_comma_would_not)
{
    struct fact_set set = scan_rows(ROWS_CSV, bytes_of("n,id_card,m\n1,11010519491231002X,5\n2,110101199003070011,7\n"));
    const struct fact_entry *found = find(&set, "cn.resident_id", "id_card");
    cr_assert_not_null(found);
    cr_expect_eq(found->count, 2);
    cr_expect_eq(found->nwhole, 2);
    fact_set_finish(&set);
}

Test(columns, give_context_by_their_name)
{
    /* Fifteen digits that are a date and a province need to be told what they are. */
    struct fact_set named = scan_rows(ROWS_CSV, bytes_of("customerIdCard,x\n130503670401001,1\n"));
    struct fact_set unnamed = scan_rows(ROWS_CSV, bytes_of("amount,x\n130503670401001,1\n"));
    cr_expect_not_null(find(&named, "cn.resident_id_15", "customerIdCard"));
    cr_expect_null(find(&unnamed, "cn.resident_id_15", "amount"));
    fact_set_finish(&named);
    fact_set_finish(&unnamed);
}

/* Nine digits; with a check digit by Luhn, or without. */
static struct bytes
numbers(struct buf *text, const char *header, size_t count, bool valid, bool constant)
{
    cr_assert_eq(buf_printf(text, "%s,x\n", header), PROV_OK);
    for (size_t i = 0; i < count; i++) {
        unsigned number = 20000000 + (constant ? 0 : (unsigned)i * 12347u % 40000000u), sum = 0, rest = number;
        for (int place = 0; place < 8; place++, rest /= 10) {
            unsigned digit = rest % 10 * (place % 2 == 0 ? 2 : 1);
            sum += digit > 9 ? digit - 9 : digit;
        }
        unsigned check = valid ? (10 - sum % 10) % 10 : (unsigned)i % 10;
        cr_assert_eq(buf_printf(text, "%u%u,y\n", number, check), PROV_OK);
    }
    return buf_bytes(text);
}

Test(columns, that_pass_throughout_are_certain_even_without_a_name)
{
    struct buf text = {0};
    struct fact_set set = scan_rows(ROWS_CSV, numbers(&text, "c_7", 200, true, false));
    const struct fact_entry *found = find(&set, "ca.sin", "c_7");
    cr_assert_not_null(found);
    cr_expect_eq(found->level, LEVEL_LIKELY);
    cr_expect_eq(found->count, 200);
    fact_set_finish(&set);
    buf_finish(&text);
}

Test(columns, that_pass_now_and_then_are_chance)
{
    struct buf named = {0}, unnamed = {0};
    struct fact_set set = scan_rows(ROWS_CSV, numbers(&named, "sin_number", 500, false, false));
    const struct fact_entry *found = find(&set, "ca.sin", "sin_number");
    cr_assert_not_null(found);
    cr_expect_eq(found->level, LEVEL_VERY_UNLIKELY);
    cr_expect_lt(found->count, 120);
    fact_set_finish(&set);
    set = scan_rows(ROWS_CSV, numbers(&unnamed, "c_7", 500, false, false));
    cr_expect_null(find(&set, "ca.sin", "c_7"));
    fact_set_finish(&set);
    buf_finish(&named);
    buf_finish(&unnamed);
}

Test(columns, of_one_value_prove_nothing)
{
    struct buf text = {0};
    struct fact_set set = scan_rows(ROWS_CSV, numbers(&text, "c_7", 200, true, true));
    cr_expect_null(find(&set, "ca.sin", "c_7"));
    fact_set_finish(&set);
    buf_finish(&text);
}

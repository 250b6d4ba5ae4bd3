/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "row_reading.h"

static struct row_reading
read_as(enum row_format format, const char *text, size_t size, size_t page)
{
    struct row_reading reading = {0};
    struct row_layout layout;
    struct arena arena = {0};
    cr_assert_eq(row_layout_judge(format, (struct bytes){(const uint8_t *)text, size}, &arena, &layout), PROV_OK);
    reading_take(&reading, &layout, (struct bytes){(const uint8_t *)text, size}, page);
    arena_finish(&arena);
    return reading;
}

static void
expect(enum row_format format, const char *text, const char *wanted)
{
    struct row_reading reading = read_as(format, text, strlen(text), SIZE_MAX);
    cr_expect_str_eq(buf_text(&reading.values), wanted, "%s: %s", text, buf_text(&reading.values));
    reading_finish(&reading);
}

Test(rows, decodes_strings_and_names_their_paths)
{
    expect(ROWS_JSON_LINES, "{\"a\": \"x\\ny\", \"b\": {\"c\": [\"\\u4e2d\\u6587\", -1.5e3]}}\n{\"a\":\"\\ud83d\\ude00\"}",
           "\nrow 1 a @7 x\ny\nrow 1 b.c[] @27 中文\nrow 1 b.c[] @42 -1.5e3\nrow 2 a @58 😀");
    expect(ROWS_JSON, "[{\"a\":1},{\"a\":2,\"b\":[[3]]}]", "\nrow 1 a @6 1\nrow 2 a @14 2\nrow 2 b[][] @22 3");
    expect(ROWS_JSON, "{\"a\":\"\\u0061\\/\\\\\\\"\",\"\\u0062\":true,\"c\":null,\"d\":\"\"}", "\nrow 1 a @6 a/\\\"");
    expect(ROWS_JSON_LINES, "\"one\"\n\n123456789012345678901234567890\n",
           "\nrow 1 $ @1 one\nrow 3 $ @7 123456789012345678901234567890");
}

Test(rows, does_not_end_a_string_at_a_nul)
{
    struct row_reading reading = read_as(ROWS_JSON, "{\"a\":\"x\\u0000y\"}", 16, SIZE_MAX);
    cr_expect_eq(reading.values.size, strlen("\nrow 1 a @6 x") + 2);
    cr_expect_eq(memcmp(reading.values.data + reading.values.size - 3, "x\0y", 3), 0);
    reading_finish(&reading);
}

Test(rows, hides_keys_that_may_be_data)
{
    expect(ROWS_JSON, "{\"13812345678\":{\"a\":1},\"jane@example.net\":2,\"v2\":3}", "\nrow 1 *.a @20 1\nrow 1 * @42 2\nrow 1 v2 @49 3");
}

struct verdict {
    const char *text;
    int valid;
};

/* Written for this test from the grammar of RFC 8259, section by section. */
static const struct verdict verdicts[] = {
    {"{}", 1}, {"[]", 1}, {"0", 1}, {"-0", 1}, {"1.5", 1}, {"1E+2", 1}, {"1e-2", 1}, {"-1.0e10", 1}, {"\"\"", 1},
    {"true", 1}, {"false", 1}, {"null", 1}, {" [ 1 , 2 ] ", 1}, {"\t{\r\n\"a\" : [ ] }\n", 1}, {"[[[[]]]]", 1},
    {"{\"a\":{}}", 1}, {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"", 1}, {"\"\\uD800\"", 1}, {"\"\\uDBFF\\uDFFF\"", 1},
    {"\"\x7f\"", 1}, {"{\"\":1}", 1}, {"[1e999]", 1}, {"[\"\\u0000\"]", 1}, {"[-1]", 1}, {"[1,\"a\",null,{\"b\":[true]}]", 1},
    {"[1,]", 0}, {"[,1]", 0}, {"[1 2]", 0}, {"{\"a\":1,}", 0}, {"{,}", 0}, {"{\"a\"}", 0}, {"{\"a\":}", 0}, {"{a:1}", 0},
    {"{1:2}", 0}, {"{'a':1}", 0}, {"[01]", 0}, {"[1.]", 0}, {"[.5]", 0}, {"[-]", 0}, {"[+1]", 0}, {"[1e]", 0}, {"[1e+]", 0},
    {"[0x1]", 0}, {"[NaN]", 0}, {"[Infinity]", 0}, {"[tru]", 0}, {"[True]", 0}, {"[nul]", 0}, {"[\"\\x\"]", 0},
    {"[\"\\u12\"]", 0}, {"[\"\\u12g4\"]", 0}, {"[\"a\nb\"]", 0}, {"[\"\t\"]", 0}, {"[", 0}, {"]", 0}, {"{", 0}, {"}", 0},
    {"[}", 0}, {"{]", 0}, {"[1}", 0}, {"{\"a\":1]", 0}, {"[\"a]", 0}, {"[\"a\\\"]", 0}, {"\"", 0}, {"[1]x", 0}, {"[][]", 0},
    {"1 2", 0}, {"{\"a\" 1}", 0}, {"{\"a\"::1}", 0}, {"[1,,2]", 0}, {"{\"a\":1 \"b\":2}", 0}, {"// no\n[]", 0}, {"[1/**/]", 0},
    {"", 1}, {"\xEF\xBB\xBF[]", 0}, {"[\x0c]", 0}, {"[1:2]", 0}, {"{\"a\":\"b\":\"c\"}", 0}, {"[-01]", 0}, {"[1.e1]", 0},
    {"[--1]", 0}, {"[1e1.5]", 0}, {"[\"\\u\"]", 0}, {"{\"a\":[}", 0}, {"[\"\\", 0}, {"-", 0}, {"1-", 0}, {"truefalse", 0},
};

Test(rows, accepts_json_and_refuses_what_is_none)
{
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        struct row_reading reading = read_as(ROWS_JSON, verdicts[i].text, strlen(verdicts[i].text), SIZE_MAX);
        cr_expect_eq(reading.ndefects[0] == 0, verdicts[i].valid, "%s", verdicts[i].text);
        reading_finish(&reading);
    }
}

Test(rows, goes_on_at_the_next_line_behind_a_broken_record)
{
    static const char text[] = "{\"a\":1}\n{\"a\":\"two}\n{\"a\" \"x\\u0041\"}\n{\"a\":4}\n{\"a\":[\n{\"a\":6}\n";
    struct row_reading reading = read_as(ROWS_JSON_LINES, text, strlen(text), SIZE_MAX);
    cr_expect_str_eq(buf_text(&reading.values), "\nrow 1 a @5 1\nrow 2 a @14 two}\nrow 4 a @40 4\nrow 6 a @55 6");
    cr_expect_eq(reading.ndefects[0], 3);
    cr_expect_eq(reading.first_rows[0], 2);
    cr_expect_eq(reading.nrows, 6);
    reading_finish(&reading);
}

Test(rows, decodes_escapes_also_where_the_structure_is_broken)
{
    static const char text[] = "{\"a\" \"\\u0041\\u0042\"}";
    struct row_reader *reader = row_reader_create();
    struct row_layout layout = {.format = ROWS_JSON};
    struct row_cursor cursor = {0};
    struct segment segment = {.text = (const uint8_t *)text, .page = strlen(text), .first = true, .last = true};
    struct fact_list facts = {0};
    cr_assert_eq(row_read_segment(reader, &layout, &cursor, &segment, &facts), PROV_OK);
    cr_assert_eq(segment.page, strlen("{\"a\" \"AB\"}"));
    cr_expect_eq(memcmp(segment.text, "{\"a\" \"AB\"}", segment.page), 0);
    cr_expect_eq(segment_offset(&segment, 7), 12);
    fact_list_finish(&facts);
    row_reader_destroy(reader);
}

Test(rows, counts_duplicate_keys_however_they_are_written)
{
    static const char text[] = "{\"a\":1,\"b\":{\"a\":2},\"\\u0061\":3}\n{\"a\":1}\n[{\"a\":1},{\"a\":2}]\n{\"b\":1,\"b\":1,\"b\":1}\n";
    struct row_reading reading = read_as(ROWS_JSON_LINES, text, strlen(text), SIZE_MAX);
    cr_expect_eq(reading.ndefects[0], 0);
    cr_expect_eq(reading.ndefects[1], 3);
    cr_expect_eq(reading.first_rows[1], 1);
    reading_finish(&reading);
}

Test(rows, bounds_depth_and_tells_it_once_a_record)
{
    struct buf text = {0};
    for (int record = 0; record < 2; record++) {
        for (int i = 0; i < LIMIT_JSON_DEPTH + record; i++)
            cr_assert_eq(buf_append_byte(&text, '['), PROV_OK);
        for (int i = 0; i < LIMIT_JSON_DEPTH + record; i++)
            cr_assert_eq(buf_append_byte(&text, ']'), PROV_OK);
        cr_assert_eq(buf_append_text(&text, "\n"), PROV_OK);
    }
    struct row_reading reading = read_as(ROWS_JSON_LINES, buf_text(&text), text.size, SIZE_MAX);
    cr_expect_eq(reading.ndefects[0], 0);
    cr_expect_eq(reading.ndefects[2], 1);
    cr_expect_eq(reading.first_rows[2], 2);
    reading_finish(&reading);
    buf_finish(&text);
}

Test(rows, reads_csv_as_rfc_4180_writes_it)
{
    expect(ROWS_CSV, "id,name\r\n1,\"Doe, J\"\r\n2,\"two\nlines\"\n3,\"a \"\"b\"\"\"",
           "\nrow 1 id @9 1\nrow 1 name @12 Doe, J\nrow 2 id @21 2\nrow 2 name @24 two\nlines\nrow 3 id @35 3\nrow 3 name @38 a \"\"b\"\"");
    expect(ROWS_CSV, "url\tsize\na\t5\" disk\n\n\tx\n", "\nrow 1 url @9 a\nrow 1 size @11 5\" disk\nrow 2 size @21 x");
    expect(ROWS_CSV, "k;n\n1;2,5\n2;3,5\n", "\nrow 1 k @4 1\nrow 1 n @6 2,5\nrow 2 k @10 2\nrow 2 n @12 3,5");
}

Test(rows, takes_no_row_of_data_for_a_header)
{
    expect(ROWS_CSV, "Jane Roe,London\nJohn Doe,Paris\n",
           "\nrow 1 column 1 @0 Jane Roe\nrow 1 column 2 @9 London\nrow 2 column 1 @16 John Doe\nrow 2 column 2 @25 Paris");
    expect(ROWS_CSV, "jane@example.net,5\nx@example.net,6\n",
           "\nrow 1 column 1 @0 jane@example.net\nrow 1 column 2 @17 5\nrow 2 column 1 @19 x@example.net\nrow 2 column 2 @33 6");
}

static void
same_however_cut(enum row_format format, const char *text, size_t size)
{
    struct row_reading whole = read_as(format, text, size, SIZE_MAX);
    for (size_t page = 1; page <= size; page++) {
        /* The layout is judged by the whole, as the engine judges it by 64 KiB. */
        struct row_reading parts = {0};
        struct row_layout layout;
        struct arena arena = {0};
        struct bytes bytes = {(const uint8_t *)text, size};
        cr_assert_eq(row_layout_judge(format, bytes, &arena, &layout), PROV_OK);
        reading_take(&parts, &layout, bytes, page < 13 ? 13 : page);
        cr_expect(bytes_equal(buf_bytes(&whole.values), buf_bytes(&parts.values)), "pages of %zu: %s\n--- not ---%s", page,
                  buf_text(&parts.values), buf_text(&whole.values));
        cr_expect_eq(parts.nrows, whole.nrows);
        cr_expect_eq(parts.ndefects[0], whole.ndefects[0], "pages of %zu", page);
        reading_finish(&parts);
        arena_finish(&arena);
    }
    reading_finish(&whole);
}

Test(rows, reads_the_same_wherever_the_text_is_cut)
{
    static const char json[] = "[{\"text\": \"some words \\u4e2d\\u6587 \\ud83d\\ude00\\n and \\\\\\\" more\", \"n\": -12345.678e9, "
                               "\"key with a long name\": {\"inner\": [true, false, null, \"x\", 5, {\"y\": \"deep\"}]}}, "
                               "{\"text\": \"second\", \"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{\"i\":\"end\"}}}}}}}}}]";
    static const char lines[] = "{\"a\":\"first line \\u0041\"}\n{\"a\": broken\n\n{\"long\": \"0123456789012345678901234567890123456789\"}\n"
                                "{\"a\":12345678901234567890,\"b\":\"\\\\\\\\\\\\\"}\n";
    static const char csv[] = "id,full_name,note\r\n1,Plain,\"quoted, with comma\"\r\n2,\"with \"\"quotes\"\"\",x\r\n\r\n3,\"two\r\nlines\",\r\n4,,end";
    same_however_cut(ROWS_JSON, json, strlen(json));
    same_however_cut(ROWS_JSON_LINES, lines, strlen(lines));
    same_however_cut(ROWS_CSV, csv, strlen(csv));
}

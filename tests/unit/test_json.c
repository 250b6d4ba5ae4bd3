/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"

static int
open_text(const char *text, size_t size, struct json_file **file, struct err *err)
{
    *file = NULL;
    *err = (struct err){0};
    return json_open_text("p.json", (struct bytes){.data = (const uint8_t *)text, .size = size}, file, err);
}

static struct json_file *
opened(const char *text)
{
    struct json_file *file;
    struct err err;
    cr_assert_eq(open_text(text, strlen(text), &file, &err), PROV_OK, "%s: %s", text, err.text);
    return file;
}

/* Texts that are JSON, each with what is hard about it. */
static const char *const good[] = {
    "0",
    "-0",
    "1e5",
    "1E+5",
    "1.5e-7",
    "-12.25",
    "123456789012345678901234567890",
    "1e999",
    "true",
    "false",
    "null",
    "\"\"",
    " \t\r\n[ ] \n",
    "{}",
    "[[],{},[{}]]",
    "{\"a\":{\"b\":[1,2,{\"c\":null}]}}",
    "[1,2,3]",
    "{\"\":1}",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\\u0041\\u00e9\\u4E2D\\ud83d\\ude00\"",
    "\"\x7f\"",
    "\"\xe4\xb8\xad\"",
    "\"\\uFFFF\"",
    "\"\\u2028\"",
    "{\"a\":1,\"A\":2}",
    "{\"a\":1,\"a \":2}",
    "\"\\\\\"",
    "\"\\\\u0000\"",
    "[\"a\",0]",
    "\"\xf4\x8f\xbf\xbf\"",
    "\"//\"",
    "{\"a\\u0062\":1}",
};

Test(json, takes_what_is_json)
{
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        json_close(opened(good[i]));
}

/* Texts that are not, and what is said. */
static const struct {
    const char *text, *words;
} bad[] = {
    {"", "p.json:1: ends where a value is expected"},
    {" \n ", "p.json:2: ends where a value is expected"},
    {"\xef\xbb\xbf{}", "p.json:1: begins with a byte order mark"},
    {"{} x", "p.json:1: 'x' where the end is expected"},
    {"1 2", "p.json:1: '2' where the end is expected"},
    {"[1]]", "p.json:1: ']' where the end is expected"},
    {"[1,]", "']' where a value is expected"},
    {"[,1]", "',' where a value is expected"},
    {"[1 2]", "'2' where ',' or ']' is expected"},
    {"[1}", "'}' where ',' or ']' is expected"},
    {"{\"a\":1]", "']' where ',' or '}' is expected"},
    {"{\"a\":1,}", "'}' where a key is expected"},
    {"{\"a\" 1}", "'1' where ':' is expected"},
    {"{\"a\":}", "'}' where a value is expected"},
    {"{a:1}", "'a' where a key is expected"},
    {"{'a':1}", "where a key is expected"},
    {"{1:1}", "'1' where a key is expected"},
    {"[", "ends where a value is expected"},
    {"{", "ends where a key is expected"},
    {"{\"a\"", "ends where ':' is expected"},
    {"[1", "ends where ',' or ']' is expected"},
    {"01", "p.json:1: a number with a leading zero"},
    {"-01", "a number with a leading zero"},
    {"00", "a number with a leading zero"},
    {"2.", "ends where a digit is expected"},
    {"2.e3", "'e' where a digit is expected"},
    {".5", "'.' where a value is expected"},
    {"+1", "'+' where a value is expected"},
    {"-", "ends where a digit is expected"},
    {"- 1", "byte 0x20 where a digit is expected"},
    {"1e", "ends where a digit is expected"},
    {"1e+", "ends where a digit is expected"},
    {"0x10", "'x' where the end is expected"},
    {"1_000", "'_' where the end is expected"},
    {"NaN", "'N' where a value is expected"},
    {"-NaN", "'N' where a digit is expected"},
    {"Infinity", "'I' where a value is expected"},
    {"-Infinity", "'I' where a digit is expected"},
    {"nul", "'n' where a value is expected"},
    {"True", "'T' where a value is expected"},
    {"truex", "'x' where the end is expected"},
    {"undefined", "'u' where a value is expected"},
    {"[1] // no", "'/' where the end is expected"},
    {"/* no */ 1", "'/' where a value is expected"},
    {"\f1", "byte 0x0c where a value is expected"},
    {"\xc2\xa0"
     "1",
     "byte 0xc2 where a value is expected"},
    {"'a'", "where a value is expected"},
    {"\"a", "a string without its closing quote"},
    {"\"a\\\"", "a string without its closing quote"},
    {"\"\\", "a string without its closing quote"},
    {"\"\n\"", "a control character in a string"},
    {"\"\t\"", "a control character in a string"},
    {"\"\x1f\"", "a control character in a string"},
    {"\"\\x41\"", "unknown escape"},
    {"\"\\'\"", "unknown escape"},
    {"\"\\a\"", "unknown escape"},
    {"\"\\U0041\"", "unknown escape"},
    {"\"\\u12\"", "\\u without four"},
    {"\"\\u12g4\"", "\\u without four"},
    {"\"\\u 123\"", "\\u without four"},
    {"\"\\u0000\"", "\\u0000 in a string"},
    {"\"a\\u0000b\"", "\\u0000 in a string"},
    {"{\"a\\u0000\":1}", "\\u0000 in a string"},
    {"\"\\ud800\"", "half of a surrogate pair"},
    {"\"\\ud800\\u0041\"", "half of a surrogate pair"},
    {"\"\\ud800\\ud800\"", "half of a surrogate pair"},
    {"\"\\udc00\\ud800\"", "half of a surrogate pair"},
    {"\"\\udc00\"", "half of a surrogate pair"},
    {"\"\\ud800\\n\"", "half of a surrogate pair"},
    {"\"\xff\"", "invalid UTF-8"},
    {"\"\xc0\x80\"", "invalid UTF-8"},
    {"\"\xed\xa0\x80\"", "invalid UTF-8"},
    {"\"\xf4\x90\x80\x80\"", "invalid UTF-8"},
    {"\"\xe4\xb8\"", "invalid UTF-8"},
    {"{\"\x80\":1}", "invalid UTF-8"},
    {"{\"a\":1,\n\"a\":2}", "p.json:2: a: duplicate key"},
    {"{\"a\":1,\"\\u0061\":2}", "p.json:1: a: duplicate key"},
    {"[{},{\"x\":{\"b\":1,\"c\":2,\"b\":3}}]", "p.json:1: [1].x.b: duplicate key"},
    {"[\n1,\n2\n3]", "p.json:4: '3' where ',' or ']' is expected"},
};

Test(json, refuses_what_is_not_and_says_where)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct json_file *file;
        struct err err;
        cr_assert_eq(open_text(bad[i].text, strlen(bad[i].text), &file, &err), PROV_E_POLICY, "taken: %s",
                     bad[i].text);
        cr_assert_null(file);
        cr_assert(strstr(err.text, bad[i].words), "%s: said '%s'", bad[i].text, err.text);
        cr_assert_eq(strncmp(err.text, "p.json:", 7), 0);
    }
}

Test(json, refuses_nul_bytes_everywhere)
{
    static const char *const texts[] = {"1\0", "\"a\0\"", "[\0]", "\0", "{\"a\0\":1}"};
    static const size_t sizes[] = {2, 4, 3, 1, 8};
    for (size_t i = 0; i < 5; i++) {
        struct json_file *file;
        struct err err;
        cr_assert_eq(open_text(texts[i], sizes[i], &file, &err), PROV_E_POLICY, "case %zu", i);
    }
}

Test(json, refuses_a_text_cut_at_any_byte)
{
    static const char text[] =
        "{\"id\":\"a\\u00e9\xe4\xb8\xad\",\"n\":[-1.5e3,true,null,{}],\"o\":{\"k\":[[]]}}";
    for (size_t size = 0; size < sizeof text - 1; size++) {
        struct json_file *file;
        struct err err;
        char *copy = malloc(size ? size : 1); /* exact, for AddressSanitizer */
        cr_assert_not_null(copy);
        memcpy(copy, text, size);
        cr_assert_eq(open_text(copy, size, &file, &err), PROV_E_POLICY, "cut at %zu", size);
        free(copy);
    }
    json_close(opened(text));
}

Test(json, survives_any_byte_anywhere)
{
    static const char text[] = "{\"a\":[1.5,\"\\u00e9x\",true],\"b\":{\"c\":null}}";
    char copy[sizeof text];
    for (size_t at = 0; at < sizeof text - 1; at++)
        for (int byte = 0; byte < 256; byte++) {
            memcpy(copy, text, sizeof text);
            copy[at] = (char)byte;
            struct json_file *file;
            struct err err;
            int status = open_text(copy, sizeof text - 1, &file, &err);
            cr_assert(status == PROV_OK || (status == PROV_E_POLICY && err.text[0]));
            json_close(file);
        }
}

Test(json, bounds_depth_and_values)
{
    struct buf text = {0};
    struct json_file *file;
    struct err err;
    for (int depth = LIMIT_POLICY_DEPTH; depth <= LIMIT_POLICY_DEPTH + 1; depth++) {
        buf_clear(&text);
        for (int i = 0; i < depth; i++)
            cr_assert_eq(buf_append_byte(&text, '['), PROV_OK);
        for (int i = 0; i < depth; i++)
            cr_assert_eq(buf_append_byte(&text, ']'), PROV_OK);
        int status = open_text(buf_text(&text), text.size, &file, &err);
        cr_assert_eq(status, depth > LIMIT_POLICY_DEPTH ? PROV_E_POLICY : PROV_OK);
        cr_assert(status == PROV_OK || strstr(err.text, "nested too deep"));
        json_close(file);
    }
    buf_clear(&text);
    for (int i = 0; i < 100000; i++) /* and an endless beginning does not recurse */
        cr_assert_eq(buf_append_text(&text, "[{\"a\":"), PROV_OK);
    cr_assert_eq(open_text(buf_text(&text), text.size, &file, &err), PROV_E_POLICY);
    buf_clear(&text);
    cr_assert_eq(buf_append_byte(&text, '['), PROV_OK);
    for (int i = 0; i < LIMIT_POLICY_VALUES; i++)
        cr_assert_eq(buf_append_text(&text, "0,"), PROV_OK);
    cr_assert_eq(buf_append_text(&text, "0]"), PROV_OK);
    cr_assert_eq(open_text(buf_text(&text), text.size, &file, &err), PROV_E_POLICY);
    cr_assert(strstr(err.text, "too many values"), "%s", err.text);
    buf_finish(&text);
}

Test(json, finds_a_duplicate_among_many_keys)
{
    struct buf text = {0};
    cr_assert_eq(buf_append_byte(&text, '{'), PROV_OK);
    for (int i = 0; i < 200000; i++)
        cr_assert_eq(buf_printf(&text, "\"key%d\":0,\n", i), PROV_OK);
    cr_assert_eq(buf_append_text(&text, "\"key777\":1}"), PROV_OK);
    struct json_file *file;
    struct err err;
    cr_assert_eq(open_text(buf_text(&text), text.size, &file, &err), PROV_E_POLICY);
    cr_assert_str_eq(err.text, "p.json:200001: key777: duplicate key");
    buf_finish(&text);
}

Test(json, decodes_strings)
{
    struct json_file *file =
        opened("[\"\\u0041\\u00e9\\u4E2D\\ud83d\\ude00\", \"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]");
    struct json_view view = json_first(json_root(file));
    const char *text = NULL;
    cr_assert_eq(json_text(view, &text, NULL), PROV_OK);
    cr_assert_str_eq(text, "A\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80");
    cr_assert_eq(json_text(json_next(view), &text, NULL), PROV_OK);
    cr_assert_str_eq(text, "\"\\/\b\f\n\r\t");
    json_close(file);
}

Test(json, reads_numbers_exactly)
{
    static const struct {
        const char *text;
        bool fits_int, fits_uint;
        int64_t as_int;
        uint64_t as_uint;
    } cases[] = {
        {"0", true, true, 0, 0},
        {"-0", true, false, 0, 0},
        {"9007199254740993", true, true, 9007199254740993, 9007199254740993},
        {"9223372036854775807", true, true, INT64_MAX, INT64_MAX},
        {"9223372036854775808", false, true, 0, (uint64_t)INT64_MAX + 1},
        {"-9223372036854775808", true, false, INT64_MIN, 0},
        {"-9223372036854775809", false, false, 0, 0},
        {"18446744073709551615", false, true, 0, UINT64_MAX},
        {"18446744073709551616", false, false, 0, 0},
        {"99999999999999999999999", false, false, 0, 0},
        {"1.0", false, false, 0, 0},
        {"1e2", false, false, 0, 0},
        {"-1", true, false, -1, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json_file *file = opened(cases[i].text);
        int64_t as_int = 77;
        uint64_t as_uint = 77;
        int status = json_int(json_root(file), INT64_MIN, INT64_MAX, &as_int, NULL);
        cr_assert_eq(status, cases[i].fits_int ? PROV_OK : PROV_E_POLICY, "%s", cases[i].text);
        cr_assert_eq(as_int, cases[i].fits_int ? cases[i].as_int : 77);
        status = json_uint(json_root(file), UINT64_MAX, &as_uint, NULL);
        cr_assert_eq(status, cases[i].fits_uint ? PROV_OK : PROV_E_POLICY, "%s", cases[i].text);
        cr_assert_eq(as_uint, cases[i].fits_uint ? cases[i].as_uint : 77);
        json_close(file);
    }
    double value = 0;
    struct json_file *file = opened("{\"a\":1.5e3,\"b\":1e999,\"c\":-2}");
    cr_assert_eq(json_get_double(json_root(file), "a", JSON_REQUIRED, &value, NULL), PROV_OK);
    cr_assert_eq(value, 1500.0);
    cr_assert_eq(json_get_double(json_root(file), "b", JSON_REQUIRED, &value, NULL), PROV_E_POLICY);
    cr_assert_eq(json_double(json_find(json_root(file), "c"), -1, 1, &value, NULL), PROV_E_POLICY);
    cr_assert_eq(value, 1500.0);
    json_close(file);
}

static const char policy[] =
    "{\n"
    "  \"id\": \"cn\",\n"
    "  \"rules\": [\n"
    "    {\"when\": \"a\", \"n\": 3, \"level\": \"item\", \"odd key\": {\"x\": [1]}},\n"
    "    {\"licence\": \"b\"}\n"
    "  ],\n"
    "  \"on\": true\n"
    "}\n";

Test(json, words_each_fault_with_file_line_and_place)
{
    static const char *const keys[] = {"id", "license", "when", NULL}, *const levels[] = {"source", "dataset",
                                                                                          NULL};
    struct json_file *file = opened(policy);
    struct json_view root = json_root(file), rules = {0}, out = {0};
    struct err err = {0};
    const char *text = "kept";
    int64_t number = 7;
    int choice = 7;
    cr_assert_eq(json_get_array(root, "rules", JSON_REQUIRED, &rules, &err), PROV_OK);
    cr_assert_eq(json_count(rules), 2);
    struct json_view first = json_first(rules), second = json_next(first);
    cr_assert_null(json_next(second).node);
    cr_assert_eq(json_only_keys(second, keys, &err), PROV_E_POLICY);
    cr_assert_str_eq(err.text, "p.json:5: rules[1]: unknown key 'licence'; known are: id, license, when");
    struct {
        int status;
        const char *words;
    } expected = {PROV_E_POLICY, NULL};
#define SAYS(call, said)                                                                                     \
    do {                                                                                                     \
        err = (struct err){0};                                                                               \
        expected.words = said;                                                                               \
        cr_assert_eq(call, expected.status);                                                                 \
        cr_assert_str_eq(err.text, expected.words);                                                          \
    } while (0)
    SAYS(json_get_text(second, "when", JSON_REQUIRED, &text, &err),
         "p.json:5: rules[1]: the key 'when' is missing");
    SAYS(json_get_text(first, "n", JSON_OPTIONAL, &text, &err),
         "p.json:4: rules[0].n: is a number, not a string");
    SAYS(json_get_int(first, "n", JSON_REQUIRED, (struct json_range){0, 2}, &number, &err),
         "p.json:4: rules[0].n: 3 is no integer from 0 to 2");
    SAYS(json_get_choice(first, "level", JSON_REQUIRED, levels, &choice, &err),
         "p.json:4: rules[0].level: 'item' is none of: source, dataset");
    SAYS(json_get_object(root, "id", JSON_OPTIONAL, &out, &err), "p.json:2: id: is a string, not an object");
    SAYS(json_only_keys(rules, keys, &err), "p.json:3: rules: is an array, not an object");
    SAYS(json_fail(json_first(json_find(json_find(first, "odd key"), "x")), &err, "bad %d", 5),
         "p.json:4: rules[0][\"odd key\"].x[0]: bad 5");
    SAYS(json_fail(root, &err, "no rules"), "p.json:1: no rules");
#undef SAYS
    cr_assert_str_eq(text, "kept");
    cr_assert(number == 7 && choice == 7 && !out.node);
    json_close(file);
}

Test(json, leaves_defaults_where_an_optional_key_is_absent)
{
    struct json_file *file = opened(policy);
    struct json_view root = json_root(file), absent = {0};
    const char *text = "default";
    bool on = false;
    double number = 0.5;
    cr_assert_eq(json_get_text(root, "nothing", JSON_OPTIONAL, &text, NULL), PROV_OK);
    cr_assert_eq(json_get_double(root, "nothing", JSON_OPTIONAL, &number, NULL), PROV_OK);
    cr_assert_eq(json_get_object(root, "nothing", JSON_OPTIONAL, &absent, NULL), PROV_OK);
    cr_assert_eq(json_get_text(absent, "x", JSON_OPTIONAL, &text, NULL), PROV_OK);
    cr_assert_eq(json_get_bool(root, "on", JSON_REQUIRED, &on, NULL), PROV_OK);
    cr_assert_str_eq(text, "default");
    cr_assert(on && number == 0.5 && json_count(absent) == 0 && !json_first(absent).node);
    json_close(file);
}

Test(json, keeps_the_order_and_the_bytes_of_the_file)
{
    struct json_file *file = opened("{\"z\":1, \"a\":2, \"m\":3}");
    char keys[8] = "";
    for (struct json_view view = json_first(json_root(file)); view.node; view = json_next(view))
        strcat(keys, json_key(view));
    cr_assert_str_eq(keys, "zam");
    cr_assert(bytes_equal(json_source(file), bytes_of("{\"z\":1, \"a\":2, \"m\":3}")));
    cr_assert_str_eq(json_name(file), "p.json");
    json_close(file);
}

Test(json, reads_only_regular_files_of_bounded_size)
{
    char folder[] = "/tmp/test_json.XXXXXX", path[64];
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/x.json", folder);
    struct json_file *file = NULL;
    struct err err = {0};
    cr_assert_eq(json_open_file(path, &file, &err), PROV_E_POLICY);
    cr_assert(strstr(err.text, path) && strstr(err.text, "No such file"), "%s", err.text);
    err = (struct err){0};
    cr_assert_eq(json_open_file(folder, &file, &err), PROV_E_POLICY);
    cr_assert(strstr(err.text, "is a directory"), "%s", err.text);
    err = (struct err){0};
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_assert_eq(json_open_file(path, &file, &err), PROV_E_POLICY);
    cr_assert(strstr(err.text, "not a regular file"), "%s", err.text);
    cr_assert_eq(unlink(path), 0);
    FILE *out = fopen(path, "w");
    cr_assert(out && fputs("{\"a\":\n1}", out) >= 0 && fclose(out) == 0);
    cr_assert_eq(json_open_file(path, &file, NULL), PROV_OK);
    cr_assert_eq(json_line(json_find(json_root(file), "a")), 1);
    json_close(file);
    cr_assert_eq(truncate(path, LIMIT_POLICY_FILE_BYTES + 1), 0);
    err = (struct err){0};
    cr_assert_eq(json_open_file(path, &file, &err), PROV_E_POLICY);
    cr_assert(strstr(err.text, "larger than"), "%s", err.text);
    cr_assert(unlink(path) == 0 && rmdir(folder) == 0);
}

Test(json, refuses_numbers_that_cjson_would_cut)
{
    char text[128] = "[1";
    struct json_file *file;
    struct err err;
    memset(text + 2, '0', 62);
    text[64] = ']';
    int64_t value = 0;
    file = opened(text);
    cr_assert_eq(json_count(json_root(file)), 1);
    cr_assert_eq(json_int(json_first(json_root(file)), 0, INT64_MAX, &value, &err), PROV_E_POLICY);
    json_close(file);
    memset(text + 2, '0', 63);
    strcpy(text + 65, "]");
    cr_assert_eq(open_text(text, strlen(text), &file, &err), PROV_E_POLICY);
    cr_assert_str_eq(err.text, "p.json:1: a number of more than 63 characters");
}

Test(json, reads_integers_that_cjson_would_round)
{
    struct json_file *file = opened("{\"a\":9007199254740993,\"b\":-9223372036854775808,\"c\":18446744073709551615}");
    int64_t a = 0, b = 0;
    uint64_t c = 0;
    const struct json_range all = {INT64_MIN, INT64_MAX};
    cr_assert_eq(json_get_int(json_root(file), "a", JSON_REQUIRED, all, &a, NULL), PROV_OK);
    cr_assert_eq(json_get_int(json_root(file), "b", JSON_REQUIRED, all, &b, NULL), PROV_OK);
    cr_assert_eq(json_get_uint(json_root(file), "c", JSON_REQUIRED, &c, NULL), PROV_OK);
    cr_assert(a == 9007199254740993 && b == INT64_MIN && c == UINT64_MAX);
    json_close(file);
}

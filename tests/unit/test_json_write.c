/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <float.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_write.h"

static void
write_sample(struct json_write *writer)
{
    json_write_begin_object(writer);
    json_write_member_text(writer, "id", "a\"b");
    json_write_member_uint(writer, "n", UINT64_MAX);
    json_write_member_int(writer, "i", INT64_MIN);
    json_write_member_bool(writer, "yes", true);
    json_write_member_text(writer, "nothing", NULL);
    json_write_key(writer, "list");
    json_write_begin_array(writer);
    json_write_uint(writer, 0);
    json_write_begin_object(writer);
    json_write_end_object(writer);
    json_write_begin_array(writer);
    json_write_end_array(writer);
    json_write_double(writer, 0.1);
    json_write_null(writer);
    json_write_end_array(writer);
    json_write_member_hex(writer, "h", (struct bytes){(const uint8_t *)"\x00\xff", 2});
    json_write_end_object(writer);
}

Test(json_write, writes_compact_text)
{
    struct json_write writer;
    json_write_init(&writer, NULL, NULL, false, NULL);
    write_sample(&writer);
    json_write_line(&writer);
    json_write_uint(&writer, 7);
    json_write_line(&writer);
    cr_assert_eq(json_write_finish(&writer), PROV_OK);
    cr_assert_str_eq(buf_text(&writer.text),
                     "{\"id\":\"a\\\"b\",\"n\":18446744073709551615,\"i\":-9223372036854775808,\"yes\":true,"
                     "\"nothing\":null,\"list\":[0,{},[],0.1,null],\"h\":\"00ff\"}\n7\n");
    buf_finish(&writer.text);
}

Test(json_write, writes_text_for_people)
{
    struct json_write writer;
    json_write_init(&writer, NULL, NULL, true, NULL);
    write_sample(&writer);
    json_write_line(&writer);
    cr_assert_eq(json_write_finish(&writer), PROV_OK);
    cr_assert_str_eq(buf_text(&writer.text), "{\n"
                                             "  \"id\": \"a\\\"b\",\n"
                                             "  \"n\": 18446744073709551615,\n"
                                             "  \"i\": -9223372036854775808,\n"
                                             "  \"yes\": true,\n"
                                             "  \"nothing\": null,\n"
                                             "  \"list\": [\n"
                                             "    0,\n"
                                             "    {},\n"
                                             "    [],\n"
                                             "    0.1,\n"
                                             "    null\n"
                                             "  ],\n"
                                             "  \"h\": \"00ff\"\n"
                                             "}\n");
    buf_finish(&writer.text);
}

/* The text of a file that holds one string. */
static const char *
read_back(const struct buf *text, struct json_file **file)
{
    struct err err = {0};
    const char *string = NULL;
    cr_assert_eq(json_open_text("back", buf_bytes(text), file, &err), PROV_OK, "%s in %s", err.text,
                 buf_text(text));
    cr_assert_eq(json_text(json_root(*file), &string, &err), PROV_OK);
    return string;
}

Test(json_write, makes_valid_json_of_any_bytes)
{
    srand(1);
    for (int i = 0; i < 20000; i++) {
        uint8_t name[12];
        size_t size = (size_t)rand() % sizeof name;
        for (size_t j = 0; j < size; j++) {
            name[j] = (uint8_t)(rand() >> 8);
            if (name[j] == 0)
                name[j] = 1; /* our reader refuses NULs; see the next test */
        }
        struct json_write writer;
        json_write_init(&writer, NULL, NULL, false, NULL);
        json_write_bytes(&writer, (struct bytes){name, size});
        cr_assert_eq(json_write_finish(&writer), PROV_OK);
        struct json_file *file = NULL;
        (void)read_back(&writer.text, &file);
        json_close(file);
        buf_finish(&writer.text);
    }
}

Test(json_write, gives_back_every_character)
{
    for (uint32_t code = 1; code < 0x3000; code++) {
        char text[8] = "";
        size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
        if (size == 1)
            text[0] = (char)code;
        else if (size == 2)
            (void)snprintf(text, sizeof text, "%c%c", (int)(0xc0 | code >> 6), (int)(0x80 | (code & 0x3f)));
        else
            (void)snprintf(text, sizeof text, "%c%c%c", (int)(0xe0 | code >> 12),
                           (int)(0x80 | (code >> 6 & 0x3f)), (int)(0x80 | (code & 0x3f)));
        struct json_write writer;
        json_write_init(&writer, NULL, NULL, false, NULL);
        json_write_text(&writer, text);
        cr_assert_eq(json_write_finish(&writer), PROV_OK);
        struct json_file *file = NULL;
        cr_assert_str_eq(read_back(&writer.text, &file), text);
        json_close(file);
        buf_finish(&writer.text);
    }
    struct json_write writer;
    json_write_init(&writer, NULL, NULL, false, NULL);
    json_write_bytes(&writer, (struct bytes){(const uint8_t *)"a\0<b", 4});
    cr_assert_eq(json_write_finish(&writer), PROV_OK);
    cr_assert_str_eq(buf_text(&writer.text), "\"a\\u0000\\u003cb\"");
    buf_finish(&writer.text);
}

Test(json_write, keeps_the_bytes_of_names_that_are_no_text)
{
    struct json_write writer;
    json_write_init(&writer, NULL, NULL, false, NULL);
    json_write_begin_object(&writer);
    json_write_member_name(&writer, "a", bytes_of("caf\xc3\xa9"));
    json_write_member_name(&writer, "b", bytes_of("caf\xe9"));
    json_write_end_object(&writer);
    cr_assert_eq(json_write_finish(&writer), PROV_OK);
    cr_assert_str_eq(buf_text(&writer.text),
                     "{\"a\":\"caf\xc3\xa9\",\"b\":\"caf\xef\xbf\xbd\",\"b_hex\":\"636166e9\"}");
    buf_finish(&writer.text);
}

Test(json_write, writes_doubles_that_read_back_the_same)
{
    static const double values[] = {
        0,       -0.0,    1,        0.1,           1.0 / 3, 1e300,  -2.5e-7,
        DBL_MAX, DBL_MIN, 4.9e-324, 123456789.125, 1e21,    5e-324, 0.30000000000000004};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct json_write writer;
        json_write_init(&writer, NULL, NULL, false, NULL);
        json_write_double(&writer, values[i]);
        cr_assert_eq(json_write_finish(&writer), PROV_OK);
        struct json_file *file = NULL;
        double back = 0;
        cr_assert_eq(json_open_text("back", buf_bytes(&writer.text), &file, NULL), PROV_OK);
        cr_assert_eq(json_double(json_root(file), -DBL_MAX, DBL_MAX, &back, NULL), PROV_OK);
        cr_assert_eq(back, values[i], "%s", buf_text(&writer.text));
        json_close(file);
        buf_finish(&writer.text);
    }
}

struct counting {
    size_t npieces, nbytes, largest, fail_at;
};

static int
count_piece(void *context, struct bytes piece, struct err *err)
{
    struct counting *counting = context;
    if (++counting->npieces == counting->fail_at)
        return err_set(err, PROV_E_IO, "disk full");
    counting->nbytes += piece.size;
    if (piece.size > counting->largest)
        counting->largest = piece.size;
    return PROV_OK;
}

Test(json_write, streams_in_bounded_memory)
{
    struct counting counting = {0};
    struct json_write writer;
    json_write_init(&writer, count_piece, &counting, true, NULL);
    json_write_begin_array(&writer);
    for (uint64_t i = 0; i < 1000000; i++)
        json_write_uint(&writer, i);
    json_write_end_array(&writer);
    cr_assert(writer.text.capacity <= 256 << 10);
    cr_assert_eq(json_write_finish(&writer), PROV_OK);
    cr_assert(counting.npieces > 50 && counting.largest < 70000);
    cr_assert_eq(counting.nbytes, 1 + 5888890 + 1000000 * 3 + 999999 + 2);
}

Test(json_write, keeps_the_first_failure_for_the_end)
{
    struct counting counting = {.fail_at = 2};
    struct err err = {0};
    struct json_write writer;
    json_write_init(&writer, count_piece, &counting, false, &err);
    json_write_begin_array(&writer);
    for (uint64_t i = 0; i < 1000000; i++)
        json_write_uint(&writer, i);
    json_write_end_array(&writer);
    cr_assert_eq(json_write_finish(&writer), PROV_E_IO);
    cr_assert_str_eq(err.text, "disk full");
    cr_assert_eq(counting.npieces, 2, "nothing is written after a failure");
}

#ifndef NDEBUG
Test(json_write, asserts_that_values_of_objects_have_keys, .signal = SIGABRT)
{
    struct json_write writer;
    json_write_init(&writer, NULL, NULL, false, NULL);
    json_write_begin_object(&writer);
    json_write_uint(&writer, 1);
}

Test(json_write, asserts_that_brackets_match, .signal = SIGABRT)
{
    struct json_write writer;
    json_write_init(&writer, NULL, NULL, false, NULL);
    json_write_begin_object(&writer);
    json_write_end_array(&writer);
}
#endif

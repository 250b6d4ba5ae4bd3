/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports of judged stores: what they say, how they fit a terminal, and that a store of a stranger can
 * neither crash them nor reach a terminal through them.
 */
#include "judge_store.h"

#include <string.h>

#include "base/json.h"
#include "report/report.h"
#include "report/root_names.h"
#include "report/wording.h"

static const char store[] = TEXT_FILE(0, "a.txt", 10) FACT(0, 0, 0, 1, "email", 4, 2)
    SAMPLE(0, 0, 0, "u***@d***.org") TEXT_FILE(1, "b.txt", 10) FACT(1, 0, 0, 0, "text.nul_bytes", 0, 4)
        FILE_UNIT(2, "i.png", 10) ITEM(2, 0, 0, "", 10, "image/png");

static const char *
render(struct db *db, const char *format, const struct report_options *options, struct buf *out)
{
    struct err err = {0};
    buf_clear(out);
    cr_assert_eq(report_render(db, format, options, out, &err), PROV_OK, "%s: %s", format, err.text);
    return buf_text(out);
}

Test(report, says_verdict_reason_and_remedy)
{
    struct db *db = judge_store(store);
    struct buf out = {0};
    (void)judge_it(db, NULL, "commercial");
    const char *page = render(db, "summary", &(struct report_options){0}, &out);
    cr_assert(strncmp(page, "DENY", 4) == 0, "%s", page);
    cr_assert(strstr(page, "core.source.bound") && strstr(page, "-> Declare its source"));
    cr_assert(strstr(page, "email 2") && strstr(page, "text.nul_bytes 4") && !strchr(page, '\x1b'));
    page = render(db, "summary", &(struct report_options){.language = "zh", .color = true}, &out);
    cr_assert(strstr(page, "每个文件对应一个已声明的来源") && strchr(page, '\x1b'));
    buf_finish(&out);
    db_close(db);
}

Test(report, keeps_to_the_width_of_the_terminal)
{
    struct db *db = judge_store(store);
    struct buf out = {0};
    (void)judge_it(db, NULL, NULL);
    for (unsigned width = 40; width <= 120; width += 20)
        for (int chinese = 0; chinese < 2; chinese++) {
            struct report_options options = {.width = width, .language = chinese ? "zh" : "en"};
            const char *page = render(db, "summary", &options, &out);
            for (const char *line = page, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
                bool is_head =
                    line == page || strncmp(line, "deny", 4) == 0 || strncmp(line, "review", 6) == 0;
                cr_assert(is_head || wording_width((struct bytes){(const uint8_t *)line,
                                                                  (size_t)(end - line)}) <= width,
                          "%u: %.*s", width, (int)(end - line), line);
            }
        }
    buf_finish(&out);
    db_close(db);
}

Test(report, words_figures)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } sizes[] = {{0, "0 B"},          {999, "999 B"},          {1000, "1.00 kB"},      {9994, "9.99 kB"},
                 {9995, "10.0 kB"},   {99949, "99.9 kB"},      {99950, "100 kB"},      {999499, "999 kB"},
                 {999500, "1.00 MB"}, {1000000000, "1.00 GB"}, {UINT64_MAX, "18.4 EB"}};
    struct buf out = {0};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        buf_clear(&out);
        cr_assert_eq(wording_size(&out, sizes[i].bytes), PROV_OK);
        cr_assert_str_eq(buf_text(&out), sizes[i].text);
    }
    buf_clear(&out);
    cr_assert_eq(wording_count(&out, 1234567), PROV_OK);
    cr_assert_str_eq(buf_text(&out), "1,234,567");
    buf_finish(&out);
    cr_assert_eq(wording_width(bytes_of("a来b\xff")), 5);
}

Test(report, refuses_a_store_that_was_never_judged_and_unknown_formats)
{
    struct db *db = judge_store(store);
    struct buf out = {0};
    struct err err = {0};
    cr_assert_eq(report_render(db, "summary", &(struct report_options){0}, &out, &err), PROV_E_USAGE);
    (void)judge_it(db, NULL, NULL);
    err = (struct err){0};
    cr_assert_eq(report_render(db, "pdf", &(struct report_options){0}, &out, &err), PROV_E_USAGE);
    cr_assert(strstr(err.text, "manifest"), "%s", err.text);
    buf_finish(&out);
    db_close(db);
}

/* What a stranger may have done to a store before he sent it. */
Test(report, survives_a_store_of_a_stranger)
{
    static const char *const harms[] = {
        "UPDATE rule SET title_en = char(27) || '[31m' || char(7), reason_en = char(27), remedy_en = "
        "char(155), cite = 'no"
        " json', id = '<script>' || ordinal",
        "UPDATE result SET conformity = 99",
        "UPDATE result SET verdict = -1",
        "UPDATE evidence SET conformity = 99, source = -5",
        "UPDATE evidence SET unit = 12345",
        "UPDATE fact SET kind = -1",
        "UPDATE fact SET kind = 77, level = 300, count = -1",
        "UPDATE item SET kind = -3, flags = -1, size = -1, type = zeroblob(9), path = 'text'",
        "UPDATE unit SET kind = 99, path = NULL WHERE 0; UPDATE unit SET kind = 99",
        "UPDATE unit SET ordinal = NULL",
        "UPDATE meta SET value = '{\"a\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}' WHERE key = 'limits'",
        "UPDATE meta SET value = 'x' WHERE key IN ('limits', 'libraries', 'excludes')",
        "UPDATE meta SET value = zeroblob(100)",
        "UPDATE pack SET id = char(27) || ']0;x' || char(7)",
        "UPDATE source_verdict SET verdict = 44; UPDATE source SET title = char(27)",
        "UPDATE license SET expression = char(27), clear = 9, commercial = 17",
        "UPDATE sample SET evidence = char(27) || char(155) || 'x', offset = -1",
        "DELETE FROM pack",
        "DELETE FROM dataset_sum",
        "DELETE FROM unit",
        "DROP VIEW item_facts; DROP VIEW dataset_facts",
    };
    static const char *const formats[] = {"manifest", "html", "summary"};
    for (size_t i = 0; i < sizeof harms / sizeof harms[0]; i++) {
        struct db *db = judge_store(store);
        struct err err = {0};
        (void)judge_it(db, NULL, NULL);
        cr_assert_eq(db_run(db, harms[i], &err), PROV_OK, "%s", err.text);
        for (size_t j = 0; j < 3; j++) {
            struct buf out = {0};
            struct json_file *file = NULL;
            int status = report_render(db, formats[j], &(struct report_options){.verbose = true}, &out, NULL);
            if (status == PROV_OK && j == 0)
                cr_assert_eq(json_open_text("manifest", buf_bytes(&out), &file, &err), PROV_OK, "%s: %s",
                             harms[i], err.text);
            cr_assert_null(memchr(buf_text(&out), 0x1b, out.size), "%s: %s", harms[i], formats[j]);
            cr_assert_null(memchr(buf_text(&out), 0x07, out.size), "%s: %s", harms[i], formats[j]);
            cr_assert(j != 1 || !strstr(buf_text(&out), "<script"), "%s", harms[i]);
            json_close(file);
            buf_finish(&out);
        }
        db_close(db);
    }
}

Test(report, is_the_same_whatever_ids_the_units_have)
{
    struct buf first = {0}, second = {0};
    struct db *db = judge_store(store);
    (void)judge_it(db, NULL, NULL);
    (void)render(db, "manifest", &(struct report_options){0}, &first);
    db_close(db);
    db = judge_store(store);
    cr_assert_eq(db_run(db,
                        "UPDATE unit SET id = 100 - id; UPDATE item SET unit = 100 - unit; UPDATE fact SET "
                        "unit = 100 - unit;"
                        "UPDATE sample SET unit = 100 - unit;",
                        NULL),
                 PROV_OK);
    (void)judge_it(db, NULL, NULL);
    cr_assert_str_eq(render(db, "manifest", &(struct report_options){0}, &second), buf_text(&first));
    db_close(db);
    buf_finish(&first);
    buf_finish(&second);
}

/* ---- roots ---- */

static void
expect_locators(const char *const *roots, size_t count, const char *const *expected)
{
    struct db *db = judge_store(store);
    struct root_names names = {0};
    struct buf locator = {0};
    char sql[600];
    cr_assert_eq(db_run(db, "DELETE FROM root", NULL), PROV_OK);
    for (size_t i = 0; i < count; i++) {
        snprintf(sql, sizeof sql, "INSERT INTO root VALUES (%zu, CAST('%s' AS BLOB))", i, roots[i]);
        cr_assert_eq(db_run(db, sql, NULL), PROV_OK);
    }
    cr_assert_eq(root_names_read(db, &names, NULL), PROV_OK);
    cr_assert_eq(names.count, count);
    for (size_t i = 0; i < count; i++) {
        buf_clear(&locator);
        cr_assert_eq(root_names_locator(&names, (int64_t)i, bytes_of("z.zip"), bytes_of("m"), &locator),
                     PROV_OK);
        cr_expect_str_eq(buf_text(&locator), expected[i], "%s: %s", roots[i], buf_text(&locator));
    }
    buf_finish(&locator);
    root_names_finish(&names);
    db_close(db);
}

Test(report, names_no_root_when_there_is_one)
{
    expect_locators((const char *const[]){"/home/x/set/"}, 1, (const char *const[]){"z.zip!/m"});
}

Test(report, names_each_root_by_what_tells_it_from_the_others)
{
    static const char *const roots[] = {
        "/data/a/train", "/data/b/train//", "/data/b/test", "a/train", "train", "xa/train", "/", "same",
        "same"};
    static const char *const expected[] = {
        "data/a/train/z.zip!/m", "b/train/z.zip!/m", "test/z.zip!/m", "a/train/z.zip!/m", "train/z.zip!/m",
        "xa/train/z.zip!/m",     "//z.zip!/m",       "same/z.zip!/m", "same/z.zip!/m"};
    expect_locators(roots, sizeof roots / sizeof roots[0], expected);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/outfile.h"
#include "base/status.h"
#include "base/utf8.h"

static void
check(int (*escape)(struct buf *, struct bytes), const char *text, size_t size, const char *expected)
{
    struct buf out = {0};
    cr_assert_eq(escape(&out, (struct bytes){.data = (const uint8_t *)text, .size = size}), PROV_OK);
    cr_assert_str_eq(buf_text(&out), expected);
    buf_finish(&out);
}

Test(escape, json_keeps_text_and_escapes_what_breaks_it)
{
    check(escape_json, "a\"b\\c\n\x01<é", 10, "a\\\"b\\\\c\\n\\u0001\\u003cé");
    check(escape_json, "\xff\xe2\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd");
    check(escape_json, "a\0b", 3, "a\\u0000b");
    check(escape_json, "", 0, "");
}

Test(escape, terminal_gets_no_control_and_no_invisible_character)
{
    check(escape_terminal, "\x1b[31mred\x07", 9, "\\x1b[31mred\\x07");
    check(escape_terminal,
          "a\xe2\x80\xae"
          "b\xe2\x80\x8b"
          "c",
          9, "a\\u{202e}b\\u{200b}c");
    check(escape_terminal,
          "\xc2\x9b"
          "x\\",
          4, "\\x9bx\\\\");
    for (int byte = 0; byte < 256; byte++) {
        struct buf out = {0};
        uint8_t text = (uint8_t)byte;
        cr_assert_eq(escape_terminal(&out, (struct bytes){.data = &text, .size = 1}), PROV_OK);
        for (size_t i = 0; i < out.size; i++)
            cr_assert(out.data[i] >= 0x20 && out.data[i] != 0x7f);
        buf_finish(&out);
    }
}

Test(escape, html_and_csv_stay_data)
{
    check(escape_html, "<a href='x'>&\"", 14, "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    check(escape_csv, "=cmd|' /C calc'!A0", 18, "\"'=cmd|' /C calc'!A0\"");
    check(escape_csv, "a\"b,c", 5, "\"a\"\"b,c\"");
}

/* Characters in small groups, odd ones first, as the lines of a file. */
static void
append_group(struct buf *text, uint32_t first)
{
    for (uint32_t code = first; code < first + 16; code++) {
        uint8_t bytes[UTF8_SIZE_MAX];
        if (!escape_is_deceptive(code) && (code < 0xd800 || code > 0xdfff))
            cr_assert_eq(buf_append(text, bytes, utf8_encode(code, bytes)), PROV_OK);
    }
}

/* What Python's parsers make of our escapes must be what went in. */
Test(escape, other_programs_read_back_what_was_written)
{
    static const char program[] =
        "import csv, html, sys\n"
        "plain = open(sys.argv[1], newline='', encoding='utf-8').read().split('\\n')[:-1]\n"
        "web = html.unescape(open(sys.argv[2], newline='', encoding='utf-8').read()).split('\\n')[:-1]\n"
        "rows = [r[0] for r in csv.reader(open(sys.argv[3], newline='', encoding='utf-8'))]\n"
        "bare = [r[1:] if r[:1] == \"'\" and r[1:2] in tuple('=+-@\\uff1d\\uff0b\\uff0d\\uff20') else r for "
        "r in rows]\n"
        "assert web == plain, 'html'\n"
        "assert bare == plain, 'csv'\n"
        "assert not any(r[:1] in tuple('=+-@') for r in rows), 'formula'\n";
    char folder[] = "/tmp/provscan-escape-XXXXXX", paths[4][64], command[512];
    struct buf files[4] = {{0}};
    cr_assert_not_null(mkdtemp(folder));
    for (uint32_t first = 0; first < 0x20000; first += first < 0x300 ? 1 : 16) {
        struct buf text = {0};
        append_group(&text, first);
        cr_assert_eq(buf_append(&files[0], text.data, text.size), PROV_OK);
        cr_assert_eq(escape_html(&files[1], buf_bytes(&text)), PROV_OK);
        cr_assert_eq(escape_csv(&files[2], buf_bytes(&text)), PROV_OK);
        for (size_t i = 0; i < 3; i++)
            cr_assert_eq(buf_append_byte(&files[i], '\n'), PROV_OK);
        buf_finish(&text);
    }
    cr_assert_eq(buf_append_text(&files[3], program), PROV_OK);
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%s/%zu", folder, i);
        cr_assert_eq(outfile_write_whole(paths[i], buf_bytes(&files[i]), NULL), PROV_OK);
        buf_finish(&files[i]);
    }
    (void)snprintf(command, sizeof command, "python3 %s %s %s %s && rm -r %s", paths[3], paths[0], paths[1],
                   paths[2], folder);
    cr_assert_eq(system(command), 0);
}

Test(escape, csv_defuses_every_beginning_of_a_formula)
{
    static const char *const formulas[] = {"=1",
                                           "+1",
                                           "-1",
                                           "@a",
                                           "\t=1",
                                           "\r=1",
                                           "\n=1",
                                           "\xef\xbc\x9d"
                                           "1"};
    for (size_t i = 0; i < sizeof formulas / sizeof formulas[0]; i++) {
        char expected[16];
        (void)snprintf(expected, sizeof expected, "\"'%s\"", formulas[i]);
        check(escape_csv, formulas[i], strlen(formulas[i]), expected);
    }
}

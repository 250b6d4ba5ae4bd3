/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <string.h>

#include "base/escape.h"
#include "base/status.h"

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
    check(escape_terminal, "a\xe2\x80\xae" "b\xe2\x80\x8b" "c", 9, "a\\u{202e}b\\u{200b}c");
    check(escape_terminal, "\xc2\x9b" "x\\", 4, "\\x9bx\\\\");
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

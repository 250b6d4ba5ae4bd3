/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/status.h"
#include "model/spdx_expression.h"

static const char *
license(const void *list, struct bytes id)
{
    static const char *const ids[][2] = {
        {"MIT", "MIT"},         {"Apache-2.0", "Apache-2.0"},     {"GPL-2.0", "GPL-2.0-only"},
        {"GPL-2.0+", "GPL-2.0-or-later"}, {"GPL-2.0-only", "GPL-2.0-only"},
        {"GPL-2.0-or-later", "GPL-2.0-or-later"}, {"BSD-3-Clause", "BSD-3-Clause"}, {"LGPL-2.1-only", "LGPL-2.1-only"},
        {"GPL-2.0-with-classpath-exception", "GPL-2.0 WITH Classpath-exception-2.0"}};
    (void)list;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        if (strlen(ids[i][0]) == id.size && strncasecmp(ids[i][0], (const char *)id.data, id.size) == 0)
            return ids[i][1];
    return NULL;
}

static const char *
exception(const void *list, struct bytes id)
{
    (void)list;
    return id.size == 22 && strncasecmp("Classpath-exception-2.0", (const char *)id.data, 22) == 0 ? NULL
           : id.size == 23 && strncasecmp("Classpath-exception-2.0", (const char *)id.data, 23) == 0
               ? "Classpath-exception-2.0"
               : NULL;
}

static const struct spdx_names names = {.license = license, .exception = exception};

static void
expect(const char *text, const char *canonical, bool known)
{
    struct buf out = {0};
    bool all_known = !known;
    cr_assert_eq(spdx_expression_canonical(bytes_of(text), &names, &out, &all_known), PROV_OK, "%s", text);
    cr_assert_str_eq(buf_text(&out), canonical, "%s", text);
    cr_assert_eq(all_known, known, "%s", text);
    buf_finish(&out);
}

Test(spdx_expression, makes_one_form_of_what_says_the_same)
{
    expect("MIT", "MIT", true);
    expect(" mit ", "MIT", true);
    expect("MIT or apache-2.0", "Apache-2.0 OR MIT", true);
    expect("(MIT OR Apache-2.0)", "Apache-2.0 OR MIT", true);
    expect("MIT AND (Apache-2.0 AND MIT)", "Apache-2.0 AND MIT", true);
    expect("MIT AND MIT", "MIT", true);
    expect("(MIT OR MIT) AND Apache-2.0", "Apache-2.0 AND MIT", true);
    expect("MIT OR Apache-2.0 AND BSD-3-Clause", "Apache-2.0 AND BSD-3-Clause OR MIT", true);
    expect("(MIT OR Apache-2.0) AND BSD-3-Clause", "(Apache-2.0 OR MIT) AND BSD-3-Clause", true);
    expect("BSD-3-Clause AND ((MIT))", "BSD-3-Clause AND MIT", true);
}

Test(spdx_expression, replaces_deprecated_ids)
{
    expect("GPL-2.0", "GPL-2.0-only", true);
    expect("GPL-2.0+", "GPL-2.0-or-later", true);
    expect("gpl-2.0-only+", "GPL-2.0-or-later", true);
    expect("GPL-2.0-or-later+", "GPL-2.0-or-later", true);
    expect("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0", true);
    expect("Apache-2.0+", "Apache-2.0+", true);
}

Test(spdx_expression, reads_additions_and_references)
{
    expect("GPL-2.0+ WITH classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0", true);
    expect("LicenseRef-my.own-1", "LicenseRef-my.own-1", true);
    expect("documentref-a:licenseref-b", "DocumentRef-a:LicenseRef-b", true);
    expect("MIT WITH AdditionRef-x", "MIT WITH AdditionRef-x", true);
    expect("MIT WITH Foo-exception", "MIT WITH Foo-exception", false);
    expect("Foo-1.0 OR MIT", "Foo-1.0 OR MIT", false);
}

Test(spdx_expression, refuses_what_is_no_expression)
{
    static const char *const bad[] = {"",       " ",          "(",          ")",       "MIT OR",        "OR MIT",
                                      "MIT MIT", "MIT Or MIT", "(MIT",       "MIT)",    "MIT WITH",      "WITH x",
                                      "MIT + ",  "MIT WITH (Classpath-exception-2.0)",  "MIT/Apache-2.0", "MIT, BSD",
                                      "()",      "MIT AND OR MIT", "a:b", "LicenseRef-", "DocumentRef-:LicenseRef-a",
                                      "DocumentRef-a", "MIT WITH A WITH B", "MIT@", "<id>", "+", "MIT++"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buf out = {0};
        cr_assert_eq(spdx_expression_canonical(bytes_of(bad[i]), &names, &out, NULL), PROV_E_DATA, "%s", bad[i]);
        cr_assert_eq(out.size, 0);
        buf_finish(&out);
    }
}

Test(spdx_expression, is_bounded_in_depth_and_terms)
{
    struct buf text = {0}, out = {0};
    for (int i = 0; i < SPDX_DEPTH_MAX; i++)
        cr_assert_eq(buf_append_byte(&text, '('), PROV_OK);
    cr_assert_eq(buf_append_text(&text, "MIT"), PROV_OK);
    for (int i = 0; i < SPDX_DEPTH_MAX; i++)
        cr_assert_eq(buf_append_byte(&text, ')'), PROV_OK);
    cr_assert_eq(spdx_expression_canonical(buf_bytes(&text), &names, &out, NULL), PROV_OK);
    cr_assert_str_eq(buf_text(&out), "MIT");
    struct bytes deeper = {.data = text.data, .size = text.size};
    struct buf more = {0};
    cr_assert_eq(buf_append_byte(&more, '('), PROV_OK);
    cr_assert_eq(buf_append(&more, deeper.data, deeper.size), PROV_OK);
    cr_assert_eq(buf_append_byte(&more, ')'), PROV_OK);
    cr_assert_eq(spdx_expression_canonical(buf_bytes(&more), &names, &out, NULL), PROV_E_DATA);
    buf_clear(&more);
    for (int i = 0; i < SPDX_NODES_MAX; i++)
        cr_assert_eq(buf_append_text(&more, i ? " OR MIT" : "MIT"), PROV_OK);
    cr_assert_eq(spdx_expression_canonical(buf_bytes(&more), &names, &out, NULL), PROV_E_DATA);
    buf_finish(&more);
    buf_finish(&text);
    buf_finish(&out);
}

Test(spdx_expression, canonical_form_is_stable)
{
    static const char *const texts[] = {"MIT OR (Apache-2.0 AND (BSD-3-Clause OR LGPL-2.1-only))",
                                        "(MIT AND GPL-2.0+ WITH Classpath-exception-2.0) OR Apache-2.0+",
                                        "LicenseRef-b AND LicenseRef-a OR DocumentRef-x:LicenseRef-y"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct buf once = {0}, twice = {0};
        cr_assert_eq(spdx_expression_canonical(bytes_of(texts[i]), &names, &once, NULL), PROV_OK);
        cr_assert_eq(spdx_expression_canonical(buf_bytes(&once), &names, &twice, NULL), PROV_OK);
        cr_assert_str_eq(buf_text(&once), buf_text(&twice));
        buf_finish(&once);
        buf_finish(&twice);
    }
}

Test(spdx_expression, gives_postfix_nodes)
{
    struct arena arena = {0};
    struct spdx_expression expression;
    cr_assert_eq(spdx_expression_parse(bytes_of("MIT OR GPL-2.0+ AND BSD-3-Clause"), &names, &arena, &expression),
                 PROV_OK);
    cr_assert_eq(expression.nnodes, 5);
    cr_assert_str_eq(expression.nodes[1].license, "GPL-2.0-or-later");
    cr_assert_eq(expression.nodes[3].op, SPDX_AND);
    cr_assert_eq(expression.nodes[4].op, SPDX_OR);
    arena_finish(&arena);
}

Test(spdx_expression, takes_any_bytes)
{
    for (int byte = 0; byte < 256; byte++) {
        char text[] = "MIT ? MIT";
        struct buf out = {0};
        text[4] = (char)byte;
        (void)spdx_expression_canonical((struct bytes){.data = (const uint8_t *)text, .size = 9}, &names, &out, NULL);
        (void)spdx_expression_canonical((struct bytes){.data = (const uint8_t *)text + 4, .size = 1}, NULL, &out, NULL);
        buf_finish(&out);
    }
}

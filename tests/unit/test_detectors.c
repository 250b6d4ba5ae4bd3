/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "policy/detectors.h"

/* A file that is right, with places to put mistakes into: head, detector, match, more. */
static const char whole[] =
    "{\"provscan\": \"detectors\", \"version\": 1, \"family\": \"t\"%s,\n \"detectors\": [\n"
    "  {\"id\": \"t.one\", \"title\": {\"en\": \"one\"}, \"class\": \"person\", \"severity\": \"low\", \"source\": \"s\",\n"
    "   \"match\": {\"patterns\": [\"%s\"]}%s,\n   \"examples\": [\"12345678\"], \"counter_examples\": [\"x\"]}%s\n ]}\n";

static int
load(const char *head, const char *pattern, const char *member, const char *more, struct err *err)
{
    char text[4096];
    struct detector_set *set = NULL;
    (void)snprintf(text, sizeof text, whole, head, pattern, member, more);
    *err = (struct err){0};
    int status = detectors_load_text("bad.json", bytes_of(text), &set, err);
    if (status == PROV_OK)
        detectors_destroy(set);
    return status;
}

Test(detectors, accepts_a_sound_file)
{
    struct err err;
    cr_assert_eq(load("", "\\\\d{8}", "", "", &err), PROV_OK, "%s", err.text);
}

Test(detectors, names_file_line_and_reason_of_every_mistake)
{
    static const struct {
        const char *head, *pattern, *member, *more, *words;
    } rows[] = {
        {"", "(a+)+$", "", "", "unsafe_regex"},
        {"", "(a|b)*c", "", "", "unsafe_regex"},
        {"", "a{1,99999}", "", "", "policy.limit"},
        {"", "(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)", "", "", "policy.limit"},
        {"", "^a", "", "", "'^'"},
        {"", "[a", "", "", "']'"},
        {"", "", "", "", "matches nothing"},
        {"", "\\\\d{8}", ", \"licence\": 1", "", "licence"},
        {"", "\\\\d{8}", ", \"id\": \"t.two\"", "", "id"},
        {"", "\\\\d{8}", ", \"min_report\": 9", "", "min_report"},
        {"", "\\\\d{8}", ", \"min_report\": NaN", "", "bad.json"},
        {"", "\\\\d{8}", ", \"score\": {\"base\": 1e999}", "", "base"},
        {"", "\\\\d{8}", ", \"score\": {\"bass\": 1}", "", "bass"},
        {"", "\\\\d{8}", ", \"checks\": [{\"kind\": \"nonsense\"}]", "", "nonsense"},
        {"", "\\\\d{8}", ", \"checks\": [{\"kind\": \"luhn\", \"modulus\": 3}]", "", "modulus"},
        {"", "\\\\d{8}", ", \"checks\": [{\"kind\": \"weighted\", \"modulus\": 11}]", "", "weights"},
        {"", "\\\\d{8}", ", \"checks\": [{\"kind\": \"weighted\", \"weights\": [1], \"modulus\": 0}]", "", "modulus"},
        {"", "\\\\d{8}", ", \"checks\": [{\"kind\": \"weighted\", \"weights\": [1], \"modulus\": 11, \"table\": \"12\"}]", "",
         "table"},
        {"", "\\\\d{8}", ", \"checks\": [{\"kind\": \"date\", \"format\": \"YYYY\"}]", "", "format"},
        {"", "\\\\d{8}", ", \"context\": {\"required\": true}", "", "no words"},
        {"", "\\\\d{8}", ", \"context\": {\"lists\": [\"nowhere\"]}", "", "nowhere"},
        {"", "\\\\d{8}", ", \"boundary\": \"wide\"", "", "wide"},
        {"", "\\\\d{8}", ", \"regions\": [\"China\"]", "", "China"},
        {"", "\\\\d{8}", "", ", 7", "detectors[1]"},
        {"", "\\\\d{8}", "", ", {}", "detectors[1]"},
        {", \"version\": 2", "\\\\d{8}", "", "", "version"},
        {", \"reference_date\": \"2026-02-30\"", "\\\\d{8}", "", "", "2026-02-30"},
        {", \"include\": \"../../etc/passwd\"", "\\\\d{8}", "", "", "include"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err;
        int status = load(rows[i].head, rows[i].pattern, rows[i].member, rows[i].more, &err);
        cr_expect_eq(status, PROV_E_POLICY, "%zu: %s", i, rows[i].words);
        cr_expect(strstr(err.text, "bad.json:") == err.text, "%zu: %s", i, err.text);
        cr_expect_not_null(strstr(err.text, rows[i].words), "%zu: '%s' lacks '%s'", i, err.text, rows[i].words);
    }
}

Test(detectors, refuses_a_newer_format_and_an_id_given_twice)
{
    static const char newer[] = "{\"provscan\": \"detectors\", \"version\": 2, \"family\": \"t\", \"detectors\": []}";
    struct detector_set *set = NULL;
    struct err err = {0};
    cr_assert_eq(detectors_load_text("n.json", bytes_of(newer), &set, &err), PROV_E_POLICY);
    cr_assert_not_null(strstr(err.text, "newer"), "%s", err.text);
    char twice[2048];
    static const char one[] =
        "{\"id\": \"t.one\", \"title\": {\"en\": \"one\"}, \"class\": \"person\", \"severity\": \"low\", \"source\": \"s\", "
        "\"match\": {\"patterns\": [\"\\\\d{8}\"]}, \"examples\": [\"1\"], \"counter_examples\": [\"x\"]}";
    (void)snprintf(twice, sizeof twice,
                   "{\"provscan\": \"detectors\", \"version\": 1, \"family\": \"t\", \"detectors\": [%s,\n%s]}", one, one);
    err = (struct err){0};
    cr_assert_eq(detectors_load_text("twice.json", bytes_of(twice), &set, &err), PROV_E_POLICY);
    cr_assert_not_null(strstr(err.text, "already defined at twice.json:1"), "%s", err.text);
}

Test(detectors, survives_every_truncation_of_a_sound_file)
{
    char text[4096];
    (void)snprintf(text, sizeof text, whole, "", "\\\\d{8}", ", \"checks\": [{\"kind\": \"luhn\"}]", "");
    for (size_t size = 0; size + 2 < strlen(text); size++) {
        struct detector_set *set = NULL;
        struct err err = {0};
        cr_assert_eq(detectors_load_text("cut.json", (struct bytes){(const uint8_t *)text, size}, &set, &err),
                     PROV_E_POLICY, "%zu", size);
    }
}

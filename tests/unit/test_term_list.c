/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Term lists: counted by risk, repeated terms once, and never quoted in a message.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "policy/term_list.h"

static const char risks[] = SOURCE_DIR "/policies/content/cn-risks.json";

/* Count a list of this text. */
static int
count_text(const char *text, struct term_count *count, struct err *err)
{
    char path[64];
    (void)snprintf(path, sizeof path, "./terms-%d.json", (int)getpid());
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
    int status = term_list_count(risks, path, count, err);
    (void)unlink(path);
    return status;
}

Test(term_list, knows_the_31_risks_and_their_floors)
{
    struct term_count count;
    struct err err = {0};
    cr_assert_eq(term_list_count(risks, SOURCE_DIR "/policies/content/example-terms.json", &count, &err),
                 PROV_OK, "%s", err.text);
    cr_assert_eq(count.nrisks, 31);
    uint64_t floors = 0;
    for (size_t i = 0; i < count.nrisks; i++)
        floors += count.risks[i].nterms_min;
    cr_assert_eq(floors, 8 * 200 + 9 * 100, "200 for each of A.1, 100 for each of A.2");
    cr_assert_eq(count.nterms, 4, "the example holds neutral test words only");
    cr_assert_eq(count.a1_min, 0);
    cr_assert_str_eq(count.updated, "2026-01-01");
}

Test(term_list, counts_a_repeated_term_once)
{
    struct term_count count;
    struct err err = {0};
    cr_assert_eq(
        count_text("{\"format\":\"provscan-terms-1\",\"risks\":\"cn\",\"updated\":\"2026-05-30\",\"terms\":"
                   "{\"CN-A1a\":[\"x\",\"y\",\"x\"],\"CN-A2a\":[\"y\",\"z\"]}}",
                   &count, &err),
        PROV_OK, "%s", err.text);
    cr_assert_eq(count.nterms, 3);
    cr_assert_eq(count.risks[0].nterms, 2);
    cr_assert_eq(count.a2_min, 0, "the other eight risks of A.2 have none");
}

Test(term_list, names_the_place_of_a_mistake_and_never_a_term)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"[]", "object"},
        {"{\"format\":\"provscan-terms-2\"}", "format"},
        {"{\"format\":\"provscan-terms-1\",\"updated\":\"soon\",\"terms\":{}}", "updated"},
        {"{\"format\":\"provscan-terms-1\",\"updated\":\"2026-01-01\"}", "terms"},
        {"{\"format\":\"provscan-terms-1\",\"updated\":\"2026-01-01\",\"terms\":{\"CN-A9a\":[]}}", "CN-A9a"},
        {"{\"format\":\"provscan-terms-1\",\"updated\":\"2026-01-01\",\"terms\":{\"CN-A1a\":\"secretword\"}}",
         "CN-A1a"},
        {"{\"format\":\"provscan-terms-1\",\"updated\":\"2026-01-01\",\"terms\":{\"CN-A1a\":[\"secretword\","
         "\"\"]}}",
         "CN-A1a[1]"},
        {"{\"format\":\"provscan-terms-1\",\"updated\":\"2026-01-01\",\"terms\":{\"CN-A1a\":[\"secretword\","
         "7]}}",
         "CN-A1a[1]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct term_count count;
        struct err err = {0};
        cr_assert_eq(count_text(cases[i].text, &count, &err), PROV_E_POLICY, "case %zu", i);
        cr_assert(strstr(err.text, cases[i].words), "case %zu: %s", i, err.text);
        cr_assert_null(strstr(err.text, "secretword"), "case %zu: %s", i, err.text);
    }
}

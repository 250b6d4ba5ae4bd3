/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/status.h"
#include "model/fact.h"

static struct fact
finding(const char *code, uint64_t offset)
{
    return (struct fact){.kind = FACT_FINDING,
                         .level = LEVEL_LIKELY,
                         .code = code,
                         .offset = offset,
                         .length = 3,
                         .evidence = bytes_of("a*c")};
}

Test(fact, merges_sightings_of_one_code_into_one_entry)
{
    struct fact_set set = {.nsamples_max = 2};
    for (uint64_t i = 0; i < 5; i++) {
        struct fact fact = finding("email", i * 10);
        cr_assert_eq(fact_set_add(&set, &fact), PROV_OK);
    }
    cr_assert_eq(set.nentries, 1);
    cr_assert_eq(set.entries[0].count, 5);
    cr_assert_eq(set.entries[0].nsamples, 2);
    cr_assert_eq(set.entries[0].samples[1].offset, 10);
    fact_set_finish(&set);
}

Test(fact, keeps_codes_kinds_and_levels_apart)
{
    struct fact_set set = {.nsamples_max = 2};
    struct fact facts[] = {finding("a", 0), finding("a", 1), finding("a", 2), finding("b", 3)};
    facts[1].level = LEVEL_POSSIBLE;
    facts[2].kind = FACT_LICENSE;
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(fact_set_add(&set, &facts[i]), PROV_OK);
    cr_assert_eq(set.nentries, 4);
    fact_set_finish(&set);
}

Test(fact, stays_bounded_and_counts_what_does_not_fit)
{
    struct fact_set set = {.nsamples_max = 1};
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < LIMIT_FACT_KINDS_ITEM + 10; i++) {
            char code[32];
            (void)snprintf(code, sizeof code, "code-%d", i);
            struct fact fact = finding(code, (uint64_t)i);
            cr_assert_eq(fact_set_add(&set, &fact), PROV_OK);
        }
    cr_assert_eq(set.nentries, LIMIT_FACT_KINDS_ITEM);
    cr_assert_eq(set.noverflow, 20);
    cr_assert_str_eq(set.entries[4000].code, "code-4000");
    cr_assert_eq(set.entries[4000].count, 2);
    fact_set_finish(&set);
}

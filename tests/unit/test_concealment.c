/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/inspector.h"

extern const struct inspector INSPECTOR_concealment;

/* Sightings in the page between two cuts of a text, in a block of exactly its size. */
static uint64_t
count_between(const char *text, size_t from, size_t to, uint64_t *offset)
{
    struct fact_list facts = {0};
    size_t size = strlen(text);
    uint8_t *exact = malloc(size ? size : 1);
    cr_assert_not_null(exact);
    memcpy(exact, text, size);
    const struct segment segment = {.type = "text/plain",
                                    .encoding = "UTF-8",
                                    .text = exact,
                                    .before = from,
                                    .page = to - from,
                                    .after = size - to,
                                    .first = from == 0,
                                    .last = to == size};
    cr_assert_eq(INSPECTOR_concealment.segment(NULL, NULL, &segment, &facts), PROV_OK);
    uint64_t count = 0;
    for (size_t i = 0; i < facts.nfacts; i++) {
        cr_assert_eq(facts.facts[i].kind, FACT_DEFECT);
        cr_assert_str_eq(facts.facts[i].code, "text.obfuscated");
        count += facts.facts[i].count;
        *offset = facts.facts[i].offset;
    }
    fact_list_finish(&facts);
    free(exact);
    return count;
}

#define ZWSP "\xE2\x80\x8B"
#define ZWJ "\xE2\x80\x8D"
#define WJ "\xE2\x81\xA0"
#define BOM "\xEF\xBB\xBF"
#define RLO "\xE2\x80\xAE"
#define TAG_A "\xF3\xA0\x81\xA1"
#define TAG_END "\xF3\xA0\x81\xBF"
#define BLACK_FLAG "\xF0\x9F\x8F\xB4"
#define VS17 "\xF3\xA0\x84\x80"

static const struct {
    const char *text;
    uint64_t count, offset;
} cases[] = {
    {"pass" ZWSP "word", 1, 4},
    {"1" BOM "2 x" WJ "y", 2, 1},
    {"a" ZWSP ZWJ "b", 1, 1},
    {"x " RLO "}", 1, 2},
    {"hi" TAG_A TAG_A TAG_A, 1, 2},
    {"a" VS17 VS17 VS17, 1, 1},
    {"", 0, 0},
    {"plain text", 0, 0},
    {BOM "text that begins with a mark", 0, 0},
    {"one\n" BOM "two", 0, 0},
    {"\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE\xD9\x88", 0, 0},        /* Persian, with a non-joiner */
    {"\xF0\x9F\x91\xA9" ZWJ "\xF0\x9F\x92\xBB", 0, 0},             /* woman, joiner, computer */
    {BLACK_FLAG "\xF3\xA0\x81\xA7\xF3\xA0\x81\xA2" TAG_END, 0, 0}, /* a flag of a region */
    {"\xE8\x91\x9B" VS17 "\xE9\xA3\xBE", 0, 0},                    /* a Han character's variant */
    {"\xE2\x80\x9C"
     "quoted"
     "\xE2\x80\x9D",
     0, 0},
    {"a" ZWSP, 0, 0},
    {ZWSP "a", 0, 0},
    {"\xEF\xBC\x8C\xE2\x80", 0, 0},
};

Test(concealment, tells_what_has_no_use_but_hiding)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t offset = 0, count = count_between(cases[i].text, 0, strlen(cases[i].text), &offset);
        cr_expect_eq(count, cases[i].count, "case %zu: %llu", i, (unsigned long long)count);
        cr_expect_eq(offset, cases[i].offset, "case %zu: at %llu", i, (unsigned long long)offset);
    }
}

Test(concealment, counts_each_once_wherever_segments_meet)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size = strlen(cases[i].text);
        for (size_t cut = 0; cut <= size; cut++) {
            uint64_t offset = 0;
            uint64_t count = count_between(cases[i].text, 0, cut, &offset) +
                             count_between(cases[i].text, cut, size, &offset);
            cr_expect_eq(count, cases[i].count, "case %zu cut at %zu: %llu", i, cut,
                         (unsigned long long)count);
        }
    }
}

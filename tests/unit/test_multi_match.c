/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inspect/multi_match.h"

struct seen {
    uint32_t ids[64];
    size_t ends[64];
    size_t count;
};

static int
note(uint32_t id, size_t end, void *context)
{
    struct seen *seen = context;
    if (seen->count < 64) {
        seen->ids[seen->count] = id;
        seen->ends[seen->count++] = end;
    }
    return 0;
}

static struct multi_pattern
literal(const char *text, uint32_t id, uint32_t flags)
{
    return (struct multi_pattern){.text = bytes_of(text), .id = id, .flags = flags | MULTI_LITERAL};
}

static struct seen
scan(const struct multi_match *match, const char *text)
{
    struct seen seen = {0};
    struct multi_scratch *scratch = NULL;
    cr_assert_eq(multi_scratch_create(match, &scratch), PROV_OK);
    cr_assert_eq(multi_match_scan(match, scratch, bytes_of(text), note, &seen), PROV_OK);
    multi_scratch_destroy(scratch);
    return seen;
}

Test(multi_match, finds_literals_and_expressions_in_one_pass)
{
    struct multi_pattern patterns[] = {literal("a.c", 7, 0), literal("KEY", 8, MULTI_CASELESS),
                                       {.text = bytes_of("[0-9]{3}z"), .id = 9}};
    struct multi_match *match = NULL;
    struct err err = {0};
    cr_assert_eq(multi_match_create(patterns, 3, NULL, &match, &err), PROV_OK, "%s", err.text);
    struct seen seen = scan(match, "abc a.c Key 1234z");
    cr_assert_eq(seen.count, 3);
    cr_assert_eq(seen.ids[0], 7);
    cr_assert_eq(seen.ends[0], 7);
    cr_assert_eq(seen.ids[1], 8);
    cr_assert_eq(seen.ids[2], 9);
    cr_assert_eq(seen.ends[2], 17);
    cr_assert_eq(scan(match, "").count, 0);
    multi_match_destroy(match);
}

Test(multi_match, names_the_expression_it_refuses)
{
    struct multi_pattern patterns[] = {literal("ok", 1, 0), {.text = bytes_of("(a"), .id = 42}};
    struct multi_match *match = NULL;
    struct err err = {0};
    cr_assert_eq(multi_match_create(patterns, 2, NULL, &match, &err), PROV_E_POLICY);
    cr_assert(strstr(err.text, "42") && strstr(err.text, "(a"), "%s", err.text);
    cr_assert_null(match);
}

/* The only file in a folder. */
static void
only_file(const char *folder, char path[PATH_MAX])
{
    DIR *dir = opendir(folder);
    cr_assert_not_null(dir);
    size_t count = 0;
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
        if (entry->d_name[0] != '.') {
            count++;
            (void)snprintf(path, PATH_MAX, "%s/%s", folder, entry->d_name);
        }
    (void)closedir(dir);
    cr_assert_eq(count, 1);
}

Test(multi_match, a_damaged_cache_costs_time_not_answers)
{
    char folder[] = "multi-cache-XXXXXX", path[PATH_MAX];
    cr_assert_not_null(mkdtemp(folder));
    struct multi_pattern patterns[] = {literal("needle", 3, 0), {.text = bytes_of("h[ae]y"), .id = 4}};
    for (int round = 0; round < 6; round++) {
        struct multi_match *match = NULL;
        cr_assert_eq(multi_match_create(patterns, 2, folder, &match, NULL), PROV_OK);
        struct seen seen = scan(match, "needle in the hay");
        cr_assert_eq(seen.count, 2);
        cr_assert_eq(seen.ends[1], 17);
        multi_match_destroy(match);
        only_file(folder, path);
        FILE *file = fopen(path, "r+b");
        cr_assert_not_null(file);
        if (round == 1)
            cr_assert_eq(ftruncate(fileno(file), 100), 0);
        if (round >= 2) {
            cr_assert_eq(fseek(file, round == 2 ? 5 : round == 3 ? 40 : round * 50, SEEK_SET), 0);
            cr_assert(fputc(0x5a, file) != EOF);
        }
        (void)fclose(file);
    }
    (void)unlink(path);
    (void)rmdir(folder);
}

Test(multi_match, works_when_the_cache_folder_is_not_there)
{
    struct multi_pattern pattern = literal("x", 1, 0);
    struct multi_match *match = NULL;
    cr_assert_eq(multi_match_create(&pattern, 1, "/nonexistent/folder", &match, NULL), PROV_OK);
    cr_assert_eq(scan(match, "axa").count, 1);
    cr_assert_gt(multi_match_size(match), 0);
    multi_match_destroy(match);
}

Test(multi_match, finds_every_byte_value_as_a_literal)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t needle[2] = {(uint8_t)byte, (uint8_t)(byte ^ 0x55)}, hay[5] = {1, needle[0], needle[1], 2, 3};
        struct multi_pattern pattern = {.text = {needle, 2}, .id = byte, .flags = MULTI_LITERAL};
        struct multi_match *match = NULL;
        cr_assert_eq(multi_match_create(&pattern, 1, NULL, &match, NULL), PROV_OK);
        struct multi_scratch *scratch = NULL;
        struct seen seen = {0};
        cr_assert_eq(multi_scratch_create(match, &scratch), PROV_OK);
        cr_assert_eq(multi_match_scan(match, scratch, (struct bytes){hay, 5}, note, &seen), PROV_OK);
        cr_assert_eq(seen.count, 1, "byte %u", byte);
        cr_assert_eq(seen.ends[0], 3);
        multi_scratch_destroy(scratch);
        multi_match_destroy(match);
    }
}

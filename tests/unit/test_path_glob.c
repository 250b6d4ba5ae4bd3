/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/path_glob.h"

Test(path_glob, matches_whole_paths)
{
    static const struct {
        const char *pattern, *path;
        bool matches;
    } cases[] = {
        {"a/**/b", "a/b", true},
        {"a/**/b", "a/x/y/b", true},
        {"a/**/b", "a/xb", false},
        {"**/b", "b", true},
        {"**/b", "x/b", true},
        {"**/b", "xb", false},
        {"a/**", "a/x/y", true},
        {"a/**", "a/", true},
        {"a/**", "a", false},
        {"*.c", "x.c", true},
        {"*.c", "d/x.c", false},
        {"**.c", "d/x.c", true},
        {"a*b*c", "axxbyyc", true},
        {"a*b*c", "axxbyy", false},
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"?", "/", false},
        {"\\*", "*", true},
        {"\\*", "x", false},
        {"x", "x", true},
        {"**", "any/thing", true},
        {"c/*/a", "c/b/a", true},
        {"c/*/a", "c/b/c/a", false},
        {"**/**/x", "x", true},
        {"**/**/x", "a/b/c/x", true},
        {"*/", "a/", true},
        {"a**b", "a/x/b", true},
        {"\\", "\\", true},
        {"a?c", "abc", true},
        {"a?c", "ac", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_assert_eq(path_glob_match(cases[i].pattern, bytes_of(cases[i].path)), cases[i].matches,
                     "%s against %s", cases[i].pattern, cases[i].path);
}

Test(path_glob, takes_linear_time_of_hostile_paths)
{
    enum { SIZE = 1 << 20 };
    uint8_t *path = malloc(SIZE);
    cr_assert_not_null(path);
    memset(path, 'a', SIZE);
    clock_t begin = clock();
    cr_assert_not(path_glob_match("**a**a**a**a**a**a*a*a*a*a*b", (struct bytes){path, SIZE}));
    cr_assert_lt((double)(clock() - begin) / CLOCKS_PER_SEC, 10);
    free(path);
}

Test(path_glob, refuses_patterns_that_are_too_long)
{
    char pattern[PATH_GLOB_MAX + 2];
    memset(pattern, '*', sizeof pattern - 1);
    pattern[sizeof pattern - 1] = 0;
    cr_assert_not(path_glob_match(pattern, bytes_of("a")));
    pattern[PATH_GLOB_MAX] = 0;
    cr_assert(path_glob_match(pattern, bytes_of("a")));
}

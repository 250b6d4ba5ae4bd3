/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/shape.h"
#include "base/status.h"

/* Longest match of any alternative, or -1 when the pattern is refused. */
static long
longest(const char *pattern, const char *text)
{
    struct arena arena = {0};
    struct shape *shapes = NULL;
    size_t nshapes = 0, best = 0;
    const char *reason = NULL;
    int status = shape_parse(&arena, pattern, false, &shapes, &nshapes, &reason);
    for (size_t i = 0; i < nshapes; i++) {
        size_t length = shape_match(&shapes[i], bytes_of(text));
        best = length > best ? length : best;
    }
    cr_assert(status == PROV_OK || (status == PROV_E_POLICY && reason), "%s", pattern);
    arena_finish(&arena);
    return status == PROV_OK ? (long)best : -1;
}

Test(shape, matches_from_the_beginning_and_as_far_as_it_can)
{
    cr_assert_eq(longest("abc", "abcd"), 3);
    cr_assert_eq(longest("abc", "xabc"), 0);
    cr_assert_eq(longest("\\d{3}-?\\d{2,4}", "123-45678"), 8);
    cr_assert_eq(longest("[A-Z]{1,2}\\d{6}\\([0-9A]\\)", "AB123456(3)"), 11);
    cr_assert_eq(longest("(AKIA|ASIA)[A-Z2-7]{4}", "ASIAAB27"), 8);
    cr_assert_eq(longest("(-old)?x", "x"), 1);
    cr_assert_eq(longest("(-old)?x", "-oldx"), 5);
    cr_assert_eq(longest("\xe4\xba\xac[A-Z]", "\xe4\xba\xac""A"), 4);
    cr_assert_eq(longest("[^a-c]+", "xyzabc"), 3);
    cr_assert_eq(longest("[\\]\\\\]+z", "]\\z"), 3);
    cr_assert_eq(longest("a.c", "a\nc"), 0);
}

Test(shape, finds_matches_that_taking_all_would_miss)
{
    cr_assert_eq(longest("[A-Z0-9]{2,10}\\d{4}", "AB1234567"), 9);
    cr_assert_eq(longest("[a-z0-9]{1,8}-?[a-z]{3}", "a1b2abc"), 7);
    cr_assert_eq(longest("a*ab", "aaaab"), 5);
    cr_assert_eq(longest("a*a*a*b", "aaaac"), 0);
    cr_assert_eq(longest("a{2,3}a{2,3}", "aaaaaaa"), 6);
    cr_assert_eq(longest("[ab]{1,3}[bc]{2}", "abcb"), 4);
}

Test(shape, refuses_what_it_does_not_know_and_what_would_explode)
{
    static const char *const bad[] = {
        "",       "(a+)+$",      "(a|b)*",     "((a))",        "(a",        "a)",         "[a",     "[]",
        "a{",     "a{3,2}",      "a{99999}",   "a**",          "^a",        "a$",         "\\b",    "\\1",
        "(?=a)",  "a|b",         "[z-a]",      "\\x4",         "\\",        "[\xe4\xba]", "a?",     "x{0}",
        "(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)", "a{2000}b{2000}", "*", "a{,3}", "a{1,2", "[a-\\d]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_eq(longest(bad[i], "aaaa"), -1, "%s", bad[i]);
}

Test(shape, agrees_with_posix_on_generated_patterns_and_texts)
{
    static const char *const atoms[] = {"a", "b", "[ab]", "[bc]", "[abc]", "c"};
    static const char *const counts[] = {"", "?", "*", "+", "{2}", "{1,3}", "{2,}"};
    unsigned seed = 12345;
    for (int round = 0; round < 20000; round++) {
        char pattern[128] = "", anchored[160], text[16];
        seed = seed * 1103515245 + 12345;
        unsigned bits = seed >> 4, natoms = 1 + (seed >> 28) % 4;
        for (unsigned i = 0; i < natoms; i++, bits = bits * 69069 + 7) {
            strcat(pattern, atoms[(bits >> 8) % 6]);
            strcat(pattern, counts[(bits >> 12) % 7]);
        }
        for (int i = 0; i < 12; i++, bits = bits * 69069 + 7)
            text[i] = "abcab"[(bits >> 16) % 5];
        text[12] = 0;
        long ours = longest(pattern, text);
        if (ours < 0)
            continue; /* matches nothing at all, such as a* */
        (void)snprintf(anchored, sizeof anchored, "^%s", pattern);
        regex_t regex;
        regmatch_t match;
        cr_assert_eq(regcomp(&regex, anchored, REG_EXTENDED), 0);
        long theirs = regexec(&regex, text, 1, &match, 0) == 0 ? (long)match.rm_eo : 0;
        regfree(&regex);
        cr_assert_eq(ours, theirs, "%s on %s: %ld, not %ld", pattern, text, ours, theirs);
    }
}

Test(shape, stays_linear_on_hostile_text)
{
    static char text[SHAPE_LENGTH_MAX + 1];
    memset(text, 'a', sizeof text - 1);
    clock_t start = clock();
    for (int i = 0; i < 200; i++)
        cr_assert_eq(longest("a*a*a*a*a*a*a*a*a*a*b", text), 0);
    cr_assert_lt((double)(clock() - start) / CLOCKS_PER_SEC, 5.0);
}

Test(shape, writes_its_beginning_as_an_expression)
{
    struct arena arena = {0};
    struct buf buf = {0};
    struct shape *shapes = NULL;
    size_t nshapes = 0, length = 0;
    const char *reason = NULL;
    cr_assert_eq(shape_parse(&arena, "sk_[0-9A]{24,}", false, &shapes, &nshapes, &reason), PROV_OK);
    cr_assert_eq(shape_prefix(shapes, 10, &buf, &length), PROV_OK);
    cr_assert_eq(length, 10);
    cr_assert_str_eq(buf_text(&buf), "[\\x73][\\x6b][\\x5f][\\x30-\\x39\\x41]{7}");
    buf_finish(&buf);
    arena_finish(&arena);
}

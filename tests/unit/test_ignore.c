/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "ingest/ignore.h"
#include "crawled_tree.h"

/** Would the rules leave out path (folders first, then the file; a slash at the end: it is a folder itself)?
 */
static bool
leaves_out(const char *rules, const char *path)
{
    struct ignore ignore = {0};
    cr_assert_eq(ignore_enter(&ignore, (struct bytes){0}), PROV_OK);
    cr_assert_eq(ignore_add_file(&ignore, bytes_of(rules), 0), PROV_OK);
    bool out = false;
    while (!out && *path) {
        const char *slash = strchr(path, '/');
        struct bytes name = {(const uint8_t *)path, slash ? (size_t)(slash - path) : strlen(path)};
        out = ignore_decide(&ignore, name, slash != NULL) != NULL;
        cr_assert_eq(ignore_enter(&ignore, name), PROV_OK);
        path += name.size + (slash != NULL);
    }
    ignore_finish(&ignore);
    return out;
}

Test(ignore, follows_the_language_of_gitignore)
{
    static const struct {
        const char *rules, *path;
        bool out;
    } cases[] = {
        {"*.bak", "a.bak", true},
        {"*.bak", "x/y/a.bak", true},
        {"*.bak", "a.txt", false},
        {"/a", "a", true},
        {"/a", "x/a", false},
        {"x/a", "x/a", true},
        {"x/a", "y/x/a", false},
        {"a/", "a", false},
        {"a/", "a/", true},
        {"a/", "x/a/b", true},
        {"**/a", "a", true},
        {"**/a", "x/y/a", true},
        {"a/**", "a/", false},
        {"a/**", "a/b", true},
        {"a/**", "a/b/c", true},
        {"a/**/b", "a/b", true},
        {"a/**/b", "a/x/y/b", true},
        {"a/**/b", "a/x/c", false},
        {"a/**/b/**/c", "a/b/c", true},
        {"a/**/b/**/c", "a/x/b/y/b/z/c", true},
        {"**", "anything", true},
        {"*", "a/b", true},
        {"/*\n!/keep/", "keep/a", false},
        {"/*\n!/keep/", "other/a", true},
        {"*.c\n!a.c", "a.c", false},
        {"!a.c\n*.c", "a.c", true},
        {"a/\n!a/b", "a/b", true}, /* not taken back from a folder that is out */
        {"# a", "# a", false},
        {"\\#a", "#a", true},
        {"\\!a", "!a", true},
        {"a ", "a", true},
        {"a\\ ", "a ", true},
        {"a\r\nb\r\n", "b", true},
        {"\xef\xbb\xbf"
         "a",
         "a", true},
        {"\n\n\na", "a", true},
        {"/", "a", false},
        {"!", "a", false},
        {"!/", "a/", false},
        {"//", "a/", false},
        {"a//b", "a/b", false},
        {"a?c", "abc", true},
        {"[ab].txt", "b.txt", true},
        {"\xe4\xbd\xa0*", "\xe4\xbd\xa0\xe5\xa5\xbd", true},
        {"", "a", false},
        {"/**/", "a/", true},
        {"/**/", "a", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(leaves_out(cases[i].rules, cases[i].path), cases[i].out, "'%s' on '%s'", cases[i].rules,
                     cases[i].path);
}

Test(ignore, refuses_what_is_too_large_and_stays_as_it_was)
{
    struct ignore ignore = {0};
    cr_assert_eq(ignore_enter(&ignore, (struct bytes){0}), PROV_OK);
    cr_assert_eq(ignore_add_file(&ignore, bytes_of("a\nb"), 0), PROV_OK);
    cr_assert_eq(ignore_enter(&ignore, bytes_of("x")), PROV_OK);
    struct buf lines = {0};
    for (int i = 0; i < LIMIT_IGNORE_RULES; i++)
        cr_assert_eq(buf_printf(&lines, "%d\n", i), PROV_OK);
    cr_assert_eq(ignore_add_file(&ignore, buf_bytes(&lines), 1), PROV_E_DATA);
    cr_assert_eq(ignore.nrules, 2);
    cr_assert_not_null(ignore_decide(&ignore, bytes_of("a"), false));
    cr_assert_null(ignore_decide(&ignore, bytes_of("7"), false));
    buf_clear(&lines);
    for (int i = 0; i < 64; i++)
        cr_assert_eq(buf_append_text(&lines, "a/"), PROV_OK);
    cr_assert_eq(ignore_add_file(&ignore, buf_bytes(&lines), 1), PROV_E_DATA, "more components than states");
    buf_clear(&lines);
    for (int i = 0; i < LIMIT_IGNORE_BYTES; i++)
        cr_assert_eq(buf_append_byte(&lines, 'a'), PROV_OK);
    cr_assert_eq(ignore_add_file(&ignore, buf_bytes(&lines), 1), PROV_E_DATA);
    cr_assert_eq(ignore_add_file(&ignore, bytes_of("c"), 1), PROV_OK);
    cr_assert_not_null(ignore_decide(&ignore, bytes_of("c"), false));
    ignore_leave(&ignore);
    cr_assert_null(ignore_decide(&ignore, bytes_of("c"), false));
    buf_finish(&lines);
    ignore_finish(&ignore);
}

Test(ignore, keeps_rules_times_depth_bounded)
{
    struct ignore ignore = {0};
    struct buf lines = {0};
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(buf_printf(&lines, "%d\n", i), PROV_OK);
    cr_assert_eq(ignore_enter(&ignore, (struct bytes){0}), PROV_OK);
    cr_assert_eq(ignore_add_file(&ignore, buf_bytes(&lines), 0), PROV_OK);
    int depth = 0, status;
    while ((status = ignore_enter(&ignore, bytes_of("d"))) == PROV_OK)
        depth++;
    cr_assert_eq(status, PROV_E_DATA);
    cr_assert_eq(depth, LIMIT_IGNORE_STATES / 1000 - 1);
    cr_assert_not_null(ignore_decide(&ignore, bytes_of("999"), false));
    buf_finish(&lines);
    ignore_finish(&ignore);
}

Test(ignore, says_what_is_wrong_with_an_exclude)
{
    struct ignore ignore = {0};
    struct err err = {0};
    cr_assert_eq(ignore_add_exclude(&ignore, "", &err), PROV_E_USAGE);
    cr_assert_str_eq(err.text, "--exclude '': matches nothing");
    cr_assert_eq(ignore_add_exclude(&ignore, "#a", &(struct err){0}), PROV_OK,
                 "no comments on a command line");
    cr_assert_eq(ignore_add_exclude(&ignore, "*.bak", &(struct err){0}), PROV_OK);
    ignore_finish(&ignore);
}

/* ---- against git ---- */

static const char *const tokens[] = {"a",  "b",    "ab",   "*",   "?",   "/", "/",   "**/", "/**", "/**/",
                                     "**", "[ab]", "[!a]", "\\a", "a/b", "x", "*.y", ".y",  "b/"};
static const char *const words[] = {"a", "b", "ab", "ba", "x", "a.y", "x.y", "bb"};

static void
write_rules(const char *folder, unsigned *seed)
{
    char path[256];
    struct buf rules = {0};
    int nlines = rand_r(seed) % 5;
    for (int i = 0; i < nlines; i++) {
        if (rand_r(seed) % 3 == 0)
            (void)buf_append_text(&rules, "!");
        int ntokens = 1 + rand_r(seed) % 4;
        for (int j = 0; j < ntokens; j++)
            (void)buf_append_text(&rules, tokens[(size_t)rand_r(seed) % (sizeof tokens / sizeof tokens[0])]);
        (void)buf_append_text(&rules, rand_r(seed) % 8 ? "\n" : "  \n");
    }
    (void)snprintf(path, sizeof path, "%s/.gitignore", folder);
    tree_file(path, buf_text(&rules));
    (void)snprintf(path, sizeof path, "%s/.provscanignore", folder);
    tree_file(path, buf_text(&rules));
    buf_finish(&rules);
}

static void
write_tree(const char *folder, unsigned *seed, int depth)
{
    if (depth == 0 || rand_r(seed) % 3 == 0)
        write_rules(folder, seed);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char path[256];
        int chance = rand_r(seed) % 4;
        (void)snprintf(path, sizeof path, "%s/%s", folder, words[i]);
        if (chance == 0)
            tree_file(path, "");
        if (chance != 1 || depth == 3)
            continue;
        tree_folder(path);
        write_tree(path, seed, depth + 1);
    }
}

/** Paths that the crawl reads, less the files of rules, sorted. */
static char *
paths_of_crawl(const char *root, const char *exclude, const char *list)
{
    struct bytes roots[] = {bytes_of(root)};
    struct crawl_options options = {.roots = roots, .nroots = 1, .excludes = &exclude, .nexcludes = 1};
    struct crawl *crawl = NULL;
    struct unit unit;
    cr_assert_eq(crawl_open(&options, &crawl, NULL), PROV_OK);
    FILE *out = fopen(list, "w");
    while (crawl_next(crawl, &unit, NULL, NULL) == PROV_OK)
        if (unit.kind == UNIT_FILE)
            (void)fprintf(out, "%.*s\n", (int)unit.path.size, (const char *)unit.path.data);
    cr_assert_eq(fclose(out), 0);
    crawl_close(crawl);
    return NULL;
}

Test(ignore, agrees_with_git, .timeout = 240)
{
    char name[64];
    tree_begin(name);
    cr_assert_eq(system("git --version >/dev/null"), 0, "this test compares with git");
    (void)setenv("HOME", name, 1);
    (void)setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    unsigned seed = 3;
    for (int round = 0; round < 40; round++) {
        tree_folder("t");
        write_tree("t", &seed, 0);
        const char *exclude = round % 2 ? "/x/**/a" : "!ab";
        (void)paths_of_crawl("t", exclude, "ours");
        char command[512];
        (void)snprintf(
            command, sizeof command,
            "export LC_ALL=C; cd t && git init -q . && git ls-files -o -x '%s' "
            "--exclude-per-directory=.gitignore >../theirs; cd .. && "
            "for f in ours theirs; do grep -vE '(^|/)[.](git|provscan)ignore$' $f | sort >$f.s; done; "
            "cmp ours.s theirs.s",
            exclude);
        int status = system(command);
        if (status != 0)
            (void)!system("diff ours.s theirs.s; head -n 20 $(find t -name .gitignore)");
        cr_assert_eq(status, 0, "round %d", round);
        cr_assert_eq(system("rm -rf t"), 0);
    }
    tree_remove(name);
}

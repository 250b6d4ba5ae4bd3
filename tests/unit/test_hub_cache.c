/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <errno.h>
#include <sys/mount.h>

#include "crawled_tree.h"

/* As the libraries lay it out: two snapshots that share a blob, a folder in one, an unfinished download. */
static void
make_cache(void)
{
    static const char *const folders[] = {"hub",
                                          "hub/datasets--org--name",
                                          "hub/datasets--org--name/blobs",
                                          "hub/datasets--org--name/refs",
                                          "hub/datasets--org--name/snapshots",
                                          "hub/datasets--org--name/snapshots/c1",
                                          "hub/datasets--org--name/snapshots/c1/data",
                                          "hub/datasets--org--name/snapshots/c2"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        tree_folder(folders[i]);
    cr_assert_eq(chdir("hub/datasets--org--name"), 0);
    tree_file("blobs/aaa", "1");
    tree_file("blobs/bbb", "22");
    tree_file("blobs/ccc", "333");
    tree_file("blobs/ddd.incomplete", "4444");
    tree_file("refs/main", "c1");
    tree_link("../../blobs/aaa", "snapshots/c1/README.md");
    tree_link("../../../blobs/bbb", "snapshots/c1/data/train.parquet");
    tree_link("../../blobs/aaa", "snapshots/c2/README.md");
    tree_link("../../blobs/ccc", "snapshots/c2/new.jsonl");
    cr_assert_eq(chdir("../.."), 0);
}

static const char as_repository[] = "d refs\n"
                                    "f refs/main 2\n"
                                    "d snapshots\n"
                                    "d snapshots/c1\n"
                                    "f snapshots/c1/README.md 1 -> ../../blobs/aaa\n"
                                    "d snapshots/c1/data\n"
                                    "f snapshots/c1/data/train.parquet 2 -> ../../../blobs/bbb\n"
                                    "d snapshots/c2\n"
                                    "= snapshots/c2/README.md -> snapshots/c1/README.md\n"
                                    "f snapshots/c2/new.jsonl 3 -> ../../blobs/ccc\n"
                                    "d blobs\n"
                                    "= blobs/aaa -> snapshots/c1/README.md\n"
                                    "= blobs/bbb -> snapshots/c1/data/train.parquet\n"
                                    "= blobs/ccc -> snapshots/c2/new.jsonl\n"
                                    "f blobs/ddd.incomplete 4\n";

Test(hub_cache, is_read_under_the_names_of_its_snapshots)
{
    char name[64];
    tree_begin(name);
    make_cache();
    tree_expect("hub/datasets--org--name", as_repository);
    char *text = tree_crawl_root("hub");
    cr_assert_not_null(strstr(text, "d datasets--org--name\nd datasets--org--name/refs\n"));
    cr_assert_not_null(
        strstr(text, "f datasets--org--name/snapshots/c1/data/train.parquet 2 -> ../../../blobs/bbb\n"));
    cr_assert_not_null(
        strstr(text, "= datasets--org--name/blobs/ccc -> datasets--org--name/snapshots/c2/new.jsonl\n"));
    cr_assert_null(strstr(text, "!"));
    free(text);
    tree_remove(name);
}

Test(hub_cache, may_be_given_as_one_snapshot)
{
    char name[64];
    tree_begin(name);
    make_cache();
    static const char expected[] = "f README.md 1 -> ../../blobs/aaa\n"
                                   "d data\n"
                                   "f data/train.parquet 2 -> ../../../blobs/bbb\n";
    tree_expect("hub/datasets--org--name/snapshots/c1", expected);
    tree_link("hub/datasets--org--name/snapshots/c1", "short");
    tree_expect("short", expected);
    cr_assert_eq(chdir("hub/datasets--org--name/snapshots/c1"), 0);
    tree_expect(".", expected);
    cr_assert_eq(chdir("data"), 0);
    tree_expect(".", "l train.parquet -> ../../../blobs/bbb !fs.symlink\n");
    tree_remove(name);
}

Test(hub_cache, is_not_left_by_links_of_any_shape)
{
    char name[64];
    tree_begin(name);
    make_cache();
    cr_assert_eq(system("rm -rf hub/datasets--org--name/snapshots/*"), 0);
    tree_folder("hub/datasets--org--name/snapshots/c");
    tree_folder("hub/datasets--org--name/snapshots/c/d");
    tree_folder("hub/datasets--org--name/blobs/sub");
    tree_file("hub/datasets--org--name/blobs/sub/x", "");
    tree_file("secret", "s");
    cr_assert_eq(chdir("hub/datasets--org--name"), 0);
    tree_link("../../../secret", "blobs/link");
    tree_link("/etc/passwd", "blobs/absolute");
    cr_assert_eq(mkfifo("blobs/fifo", 0644), 0);
    cr_assert_eq(chdir("snapshots/c"), 0);
    static const char *const wrong[] = {"../../blobs/link",
                                        "../../blobs/absolute",
                                        "../../blobs/fifo",
                                        "../../blobs/sub",
                                        "../../blobs/sub/x",
                                        "../../blobs/../../../secret",
                                        "../../blobs/..",
                                        "../../blobs/.",
                                        "../../blobs/",
                                        "../../blobs//aaa",
                                        "../.././blobs/aaa",
                                        "../../../blobs/aaa",
                                        "../blobs/aaa",
                                        "./../../blobs/aaa",
                                        "../../refs/main",
                                        "../../../../secret",
                                        "/etc/passwd",
                                        "../../blobs/missing",
                                        "../c/../../blobs/aaa",
                                        "../../blobs/aaa/",
                                        "../../../datasets--org--name/blobs/aaa",
                                        "../../snapshots/../blobs/a",
                                        "../../../../../../blobs/x",
                                        "d/../../../blobs/aaa"};
    enum { COUNT = sizeof wrong / sizeof wrong[0] };
    char path[16];
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(path, sizeof path, "%02d", i);
        tree_link(wrong[i], path);
    }
    tree_link("../../blobs/aaa", "d/wrong-depth");
    static const char *const roots[] = {"../..", "."};
    for (int i = 0; i < 2; i++) {
        char *text = tree_crawl_root(roots[i]);
        int nlinks = 0;
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
            if (strstr(line, "refs/main") == line + 2 || strstr(line, "blobs/") == line + 2)
                continue;
            cr_expect_neq(line[0], 'f', "%s", line);
            cr_expect_neq(line[0], '=', "%s", line);
            nlinks += line[0] == 'l';
        }
        cr_expect_eq(nlinks, COUNT + 1);
        free(text);
    }
    tree_remove(name);
}

Test(hub_cache, does_not_follow_where_blobs_is_itself_a_link)
{
    char name[64];
    tree_begin(name);
    make_cache();
    tree_folder("elsewhere");
    tree_file("elsewhere/aaa", "secret");
    cr_assert_eq(rename("hub/datasets--org--name/blobs", "blobs"), 0);
    tree_link("../../elsewhere", "hub/datasets--org--name/blobs");
    char *text = tree_crawl_root("hub");
    cr_assert_not_null(strstr(text, "l datasets--org--name/blobs -> ../../elsewhere !fs.symlink\n"));
    cr_assert_not_null(
        strstr(text, "l datasets--org--name/snapshots/c1/README.md -> ../../blobs/aaa !fs.symlink\n"));
    free(text);
    tree_expect("hub/datasets--org--name/snapshots/c2", "l README.md -> ../../blobs/aaa !fs.symlink\n"
                                                        "l new.jsonl -> ../../blobs/ccc !fs.symlink\n");
    tree_remove(name);
}

Test(hub_cache, needs_the_parent_of_a_snapshot_to_be_in_place)
{
    char name[64];
    tree_begin(name);
    tree_folder("r");
    tree_folder("r/blobs");
    tree_folder("r/other");
    tree_folder("r/other/c");
    tree_file("r/blobs/aaa", "");
    tree_link("../../blobs/aaa", "r/other/c/f");
    tree_expect("r/other/c", "l f -> ../../blobs/aaa !fs.symlink\n");
    tree_expect("r",
                "d blobs\nf blobs/aaa 0\nd other\nd other/c\nl other/c/f -> ../../blobs/aaa !fs.symlink\n");
    tree_remove(name);
}

Test(hub_cache, leaves_out_blobs_with_the_names_they_were_left_out_under)
{
    char name[64];
    tree_begin(name);
    make_cache();
    const char *excludes[] = {"*.parquet", "/snapshots/c1/README.md"};
    struct bytes root = bytes_of("hub/datasets--org--name");
    char *text = tree_crawl(
        &(struct crawl_options){.roots = &root, .nroots = 1, .excludes = excludes, .nexcludes = 2});
    cr_assert_str_eq(text,
                     "d refs\n"
                     "f refs/main 2\n"
                     "d snapshots\n"
                     "d snapshots/c1\n"
                     "s snapshots/c1/README.md -> ../../blobs/aaa (--exclude /snapshots/c1/README.md)\n"
                     "d snapshots/c1/data\n"
                     "s snapshots/c1/data/train.parquet -> ../../../blobs/bbb (--exclude *.parquet)\n"
                     "d snapshots/c2\n"
                     "f snapshots/c2/README.md 1 -> ../../blobs/aaa\n"
                     "f snapshots/c2/new.jsonl 3 -> ../../blobs/ccc\n"
                     "d blobs\n"
                     "= blobs/aaa -> snapshots/c2/README.md\n"
                     "= blobs/bbb -> snapshots/c1/data/train.parquet\n"
                     "= blobs/ccc -> snapshots/c2/new.jsonl\n"
                     "f blobs/ddd.incomplete 4\n",
                     "%s", text);
    free(text);
    excludes[0] = "/blobs";
    text = tree_crawl(
        &(struct crawl_options){.roots = &root, .nroots = 1, .excludes = excludes, .nexcludes = 1});
    cr_assert_not_null(strstr(text, "s blobs (--exclude /blobs)\n= blobs/aaa -> snapshots/c1/README.md\n"));
    cr_assert_not_null(strstr(text, "s blobs/ddd.incomplete (--exclude /blobs)\n"));
    free(text);
    excludes[0] = "snapshots/c1";
    text = tree_crawl(
        &(struct crawl_options){.roots = &root, .nroots = 1, .excludes = excludes, .nexcludes = 1});
    cr_assert_not_null(strstr(text, "= blobs/bbb -> snapshots/c1/data/train.parquet\n"));
    cr_assert_not_null(strstr(text, "f snapshots/c2/README.md 1"));
    free(text);
    tree_remove(name);
}

Test(hub_cache, tells_of_blobs_that_may_not_be_read)
{
    char name[64];
    tree_begin(name);
    cr_assert_eq(chmod(name, 0755), 0);
    make_cache();
    cr_assert_eq(chmod("hub/datasets--org--name/blobs/aaa", 0), 0);
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(2);
        char *text = tree_crawl_root("hub/datasets--org--name");
        bool fine = strstr(text, "u snapshots/c1/README.md -> ../../blobs/aaa !fs.permission\n") &&
                    strstr(text, "u blobs/aaa !fs.permission\n");
        free(text);
        _exit(fine ? 0 : 1);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    tree_remove(name);
}

Test(hub_cache, is_opened_again_by_its_links)
{
    char name[64];
    tree_begin(name);
    make_cache();
    static const char *const roots[] = {"hub", "hub/datasets--org--name",
                                        "hub/datasets--org--name/snapshots/c1"};
    for (size_t i = 0; i < 3; i++) {
        struct bytes root = bytes_of(roots[i]);
        struct crawl *crawl;
        struct unit unit;
        struct unit_stamp stamp;
        enum defect defect;
        int fd, nlinks = 0;
        cr_assert_eq(crawl_open(&(struct crawl_options){.roots = &root, .nroots = 1}, &crawl, NULL), PROV_OK);
        while (crawl_next(crawl, &unit, NULL, NULL) == PROV_OK) {
            if (unit.kind != UNIT_FILE)
                continue;
            nlinks += unit.link.size != 0;
            cr_assert_eq(crawl_reopen(crawl, &unit, &fd, &stamp, &defect), PROV_OK);
            cr_assert_eq(memcmp(&stamp, &unit.stamp, sizeof stamp), 0);
            (void)close(fd);
        }
        cr_assert_eq(nlinks, i == 2 ? 2 : 3);
        struct bytes target = bytes_of("../../blobs/aaa");
        unit = (struct unit){.path = bytes_of(i == 0   ? "datasets--org--name/snapshots/c1/README.md"
                                              : i == 1 ? "snapshots/c1/README.md"
                                                       : "README.md"),
                             .link = target};
        cr_assert_eq(unlink("hub/datasets--org--name/snapshots/c1/README.md"), 0);
        tree_link("../../../../secret", "hub/datasets--org--name/snapshots/c1/README.md");
        cr_assert_eq(crawl_reopen(crawl, &unit, &fd, &stamp, &defect), PROV_E_DATA);
        cr_assert_eq(defect, DEFECT_FS_VANISHED);
        cr_assert_eq(unlink("hub/datasets--org--name/snapshots/c1/README.md"), 0);
        tree_link("../../blobs/aaa", "hub/datasets--org--name/snapshots/c1/README.md");
        crawl_close(crawl);
    }
    tree_remove(name);
}

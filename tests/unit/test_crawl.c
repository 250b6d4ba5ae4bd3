/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <time.h>

#include "base/limits.h"
#include "ingest/folder_stack.h"
#include "crawled_tree.h"

/* ---- kinds and order ---- */

static void
make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    (void)close(fd);
}

static void
make_one_of_each(void)
{
    tree_folder("t");
    tree_folder("t/b");
    tree_file("t/b/inner", "12345");
    tree_file("t/b.txt", "1");
    tree_file("t/a", "");
    cr_assert_eq(link("t/a", "t/z"), 0);
    tree_link("b", "t/l1");
    tree_link("nowhere", "t/l2");
    tree_link("l3", "t/l3");
    tree_link("..", "t/b/l4");
    tree_link("/etc/passwd", "t/l5");
    tree_link("../../etc/passwd", "t/l6");
    tree_link("b/inner", "t/l7");
    cr_assert_eq(mkfifo("t/p1", 0644), 0);
    make_socket("t/p2");
}

static const char one_of_each[] = "f a 0\n"
                                  "d b\n"
                                  "f b/inner 5\n"
                                  "l b/l4 -> .. !fs.symlink_loop\n"
                                  "f b.txt 1\n"
                                  "l l1 -> b !fs.symlink\n"
                                  "l l2 -> nowhere !fs.symlink\n"
                                  "l l3 -> l3 !fs.symlink_loop\n"
                                  "l l5 -> /etc/passwd !fs.symlink\n"
                                  "l l6 -> ../../etc/passwd !fs.symlink\n"
                                  "l l7 -> b/inner !fs.symlink\n"
                                  "p p1 !fs.special_file\n"
                                  "p p2 !fs.special_file\n"
                                  "= z -> a\n";

Test(crawl, gives_each_kind_its_unit_in_the_order_of_bytes)
{
    char name[64];
    tree_begin(name);
    make_one_of_each();
    tree_expect("t", one_of_each);
    tree_expect("t/", one_of_each);
    tree_expect("./t/b/..", one_of_each);
    cr_assert_eq(chdir("t"), 0);
    tree_expect(".", one_of_each);
    tree_remove(name);
}

Test(crawl, says_of_links_where_they_lead)
{
    static const char *const words[][2] = {{"l1", "another place"}, {"l2", "dangling"},
                                           {"l3", "circle"},        {"b/l4", "lies in"},
                                           {"l5", "out of the"},    {"l6", "out of the"}};
    char name[64];
    tree_begin(name);
    make_one_of_each();
    struct bytes root = bytes_of("t");
    struct crawl *crawl;
    struct unit unit;
    int nfound = 0;
    cr_assert_eq(crawl_open(&(struct crawl_options){.roots = &root, .nroots = 1}, &crawl, NULL), PROV_OK);
    while (crawl_next(crawl, &unit, NULL, NULL) == PROV_OK)
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            if (bytes_equal(unit.path, bytes_of(words[i][0]))) {
                cr_expect_not_null(strstr(unit.reason, words[i][1]), "%s: %s", words[i][0], unit.reason);
                nfound++;
            }
    cr_assert_eq(nfound, 6);
    crawl_close(crawl);
    tree_remove(name);
}

Test(crawl, lists_devices_without_opening_them)
{
    char name[64];
    tree_begin(name);
    tree_folder("t");
    if (mknod("t/c", S_IFCHR | 0666, makedev(1, 3)) != 0) { /* needs privilege */
        tree_remove(name);
        return;
    }
    cr_assert_eq(mknod("t/b", S_IFBLK | 0666, makedev(7, 200)), 0);
    tree_expect("t", "p b !fs.special_file\np c !fs.special_file\n");
    tree_remove(name);
}

static struct buf walked;

static int
note(const char *path, const struct stat *st, int type, struct FTW *place)
{
    (void)st, (void)type;
    if (place->level > 0)
        (void)buf_append(&walked, path + 2, strlen(path + 2) + 1);
    return 0;
}

/** With "/" below all other bytes, the order of whole paths is the order of names folder by folder. */
static int
compare_paths(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    while (*x && *x == *y)
        x++, y++;
    int left = *x == '/' ? 1 : *x ? (uint8_t)*x + 1 : 0, right = *y == '/' ? 1 : *y ? (uint8_t)*y + 1 : 0;
    return left - right;
}

/** The crawl of t against an independent walk (nftw) and sort. @return entries */
static size_t
compare_with_nftw(const struct folder_bounds *bounds)
{
    struct bytes root = bytes_of("t");
    struct crawl_options options = {.roots = &root, .nroots = 1, .bounds = bounds};
    struct crawl *crawl;
    struct unit unit;
    buf_clear(&walked);
    must(nftw("t", note, 8, FTW_PHYS) == 0);
    size_t count = 0, place = 0;
    for (size_t i = 0; i < walked.size; i++)
        count += walked.data[i] == 0;
    const char **paths = calloc(count, sizeof *paths);
    for (size_t i = 0, at = 0; i < count; i++, at += strlen((char *)walked.data + at) + 1)
        paths[i] = (char *)walked.data + at;
    qsort(paths, count, sizeof *paths, compare_paths);
    must(crawl_open(&options, &crawl, NULL) == PROV_OK);
    for (; crawl_next(crawl, &unit, NULL, NULL) == PROV_OK; place++) {
        must(place < count);
        must(unit.kind == UNIT_FILE || unit.kind == UNIT_DIRECTORY);
        must(bytes_equal(unit.path, bytes_of(paths[place])));
    }
    must(place == count);
    crawl_close(crawl);
    free(paths);
    return count;
}

static void
make_random_folder(int parent, unsigned *seed, int depth)
{
    int count = 3 + rand_r(seed) % 12;
    for (int i = 0; i < count; i++) {
        char name[16];
        int size = 1 + rand_r(seed) % 12;
        for (int j = 0; j < size; j++) {
            name[j] = (char)(1 + rand_r(seed) % 255);
            if (name[j] == '/')
                name[j] = '.';
        }
        name[size] = 0;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        if (depth < 5 && rand_r(seed) % 3 == 0) {
            if (mkdirat(parent, name, 0755) != 0)
                continue;
            int folder = openat(parent, name, O_RDONLY | O_DIRECTORY);
            make_random_folder(folder, seed, depth + 1);
            (void)close(folder);
        } else {
            int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL, 0644);
            if (fd >= 0)
                (void)close(fd);
        }
    }
}

Test(crawl, agrees_with_an_independent_walk_and_sort_within_any_bounds)
{
    static const struct folder_bounds small[] = {
        {.nfds = 2, .folder_names_bytes = 1, .names_bytes = 1},
        {.nfds = 3, .folder_names_bytes = 100, .names_bytes = 1},
        {.nfds = 2, .folder_names_bytes = 1 << 20, .names_bytes = 2000},
        {.nfds = 64, .folder_names_bytes = 1 << 20, .names_bytes = 1},
        {.nfds = 4, .folder_names_bytes = 1, .names_bytes = 1 << 20},
    };
    char name[64];
    tree_begin(name);
    unsigned seed = 11;
    tree_folder("t");
    int folder = open("t", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 6; i++)
        make_random_folder(folder, &seed, 0);
    (void)close(folder);
    cr_assert_gt(compare_with_nftw(NULL), 300);
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++)
        (void)compare_with_nftw(&small[i]);
    tree_remove(name);
}

Test(crawl, keeps_names_as_bytes)
{
    char name[64];
    tree_begin(name);
    tree_folder("t");
    tree_file("t/a\nb", "");
    tree_file("t/\x1b]0;x\a", "");
    tree_file("t/\xff\xfe", "");
    tree_file("t/%n%s", "");
    tree_file("t/-rf", "");
    tree_file("t/...", "");
    tree_expect("t", "f \x1b]0;x\a 0\nf %n%s 0\nf -rf 0\nf ... 0\nf a\nb 0\nf \xff\xfe 0\n");
    tree_remove(name);
}

Test(crawl, notes_names_that_are_meant_to_deceive)
{
    char name[64];
    tree_begin(name);
    tree_folder("t");
    tree_folder("t/a\x1b[2J");
    tree_folder("t/b\xe2\x80\xae"
                "fdp");
    tree_folder("t/c\xff");
    tree_folder("t/d\xe7\x94\xb5");
    tree_file("t/e\xff", ""); /* a file is read, and its reader says it */
    tree_expect("t", "d a\x1b[2J !path.control_chars\n"
                     "d b\xe2\x80\xae"
                     "fdp !path.bidi\n"
                     "d c\xff !path.non_utf8\n"
                     "d d\xe7\x94\xb5\n"
                     "f e\xff 0\n");
    tree_remove(name);
}

Test(crawl, gives_nothing_for_an_empty_folder)
{
    char name[64];
    tree_begin(name);
    tree_folder("t");
    tree_expect("t", "");
    struct crawl *crawl;
    struct unit unit;
    int fd = 7;
    cr_assert_eq(crawl_open(&(struct crawl_options){0}, &crawl, NULL), PROV_OK, "no roots at all");
    cr_assert_eq(crawl_next(crawl, &unit, &fd, NULL), PROV_E_DATA);
    cr_assert_eq(fd, -1);
    cr_assert_eq(crawl_next(crawl, &unit, &fd, NULL), PROV_E_DATA);
    crawl_close(crawl);
    tree_remove(name);
}

Test(crawl, gives_a_sparse_file_both_its_sizes)
{
    char name[64];
    tree_begin(name);
    tree_folder("t");
    tree_file("t/s", "x");
    cr_assert_eq(truncate("t/s", (off_t)1 << 40), 0);
    struct bytes root = bytes_of("t");
    struct crawl *crawl;
    struct unit unit;
    cr_assert_eq(crawl_open(&(struct crawl_options){.roots = &root, .nroots = 1}, &crawl, NULL), PROV_OK);
    cr_assert_eq(crawl_next(crawl, &unit, NULL, NULL), PROV_OK);
    cr_assert_eq(unit.stamp.size, (uint64_t)1 << 40);
    cr_assert_lt(unit.stamp.blocks_bytes, 1 << 20);
    crawl_close(crawl);
    tree_remove(name);
}

Test(crawl, reads_a_file_with_many_names_once)
{
    char name[64], path[32];
    tree_begin(name);
    tree_folder("t");
    tree_file("t/000", "abc");
    struct buf expected = {0};
    (void)buf_append_text(&expected, "f 000 3\n");
    for (int i = 1; i < 500; i++) {
        (void)snprintf(path, sizeof path, "t/%03d", i);
        cr_assert_eq(link("t/000", path), 0);
        (void)buf_printf(&expected, "= %03d -> 000\n", i);
    }
    tree_expect("t", buf_text(&expected));
    buf_finish(&expected);
    tree_remove(name);
}

/* ---- deep, wide, many ---- */

static void
make_deep(int depth, const char *component)
{
    tree_folder("t");
    int at = open("t", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < depth; i++) {
        cr_assert_eq(mkdirat(at, component, 0755), 0);
        int next = openat(at, component, O_RDONLY | O_DIRECTORY);
        (void)close(at);
        at = next;
        int fd =
            openat(at, "zz", O_WRONLY | O_CREAT, 0644); /* sorts behind the folder: met on the way back */
        cr_assert_eq(write(fd, "x", 1), 1);
        (void)close(fd);
    }
    (void)close(at);
}

Test(crawl, walks_deeper_than_paths_may_be_long)
{
    enum { DEPTH = 1500 };
    char name[64];
    tree_begin(name);
    make_deep(DEPTH, "folder-of-a-longish-name");
    struct bytes root = bytes_of("t");
    struct crawl *crawl;
    struct unit unit, deepest = {0};
    struct unit_stamp stamp;
    enum defect defect;
    int fd, nfiles = 0, nfolders = 0, last = 0;
    struct buf path = {0};
    clock_t start = clock();
    cr_assert_eq(crawl_open(&(struct crawl_options){.roots = &root, .nroots = 1}, &crawl, NULL), PROV_OK);
    while (crawl_next(crawl, &unit, &fd, NULL) == PROV_OK) {
        cr_assert_eq(unit.defect, DEFECT_COUNT, "%s", unit.reason);
        nfiles += unit.kind == UNIT_FILE;
        nfolders += unit.kind == UNIT_DIRECTORY;
        last = fd;
        if (fd >= 0)
            (void)close(fd);
        if (unit.path.size > path.size) {
            buf_clear(&path);
            cr_assert_eq(buf_append(&path, unit.path.data, unit.path.size), PROV_OK);
            deepest = unit;
        }
        cr_assert_lt(last, LIMIT_TREE_FDS + 32);
    }
    cr_assert_lt((double)(clock() - start) / CLOCKS_PER_SEC, 3.0);
    cr_assert_eq(nfiles, DEPTH);
    cr_assert_eq(nfolders, DEPTH);
    cr_assert_gt(path.size, 37000);
    deepest.path = buf_bytes(&path);
    cr_assert_eq(crawl_reopen(crawl, &deepest, &fd, &stamp, &defect), PROV_OK);
    cr_assert_eq(memcmp(&stamp, &deepest.stamp, sizeof stamp), 0);
    (void)close(fd);
    crawl_close(crawl);

    struct buf root_path = {0}; /* the deepest file as a root: a path beyond PATH_MAX */
    cr_assert_eq(buf_printf(&root_path, "t/%s", buf_text(&path)), PROV_OK);
    tree_expect(buf_text(&root_path), "f zz 1\n");
    buf_finish(&root_path);
    buf_finish(&path);
    tree_remove(name);
}

Test(crawl, does_not_enter_folders_whose_paths_would_be_endless)
{
    char name[64], component[251];
    tree_begin(name);
    memset(component, 'd', 250);
    component[250] = 0;
    make_deep(270, component);
    char *text = tree_crawl_root("t");
    char *end = strstr(text, "!limit.depth\n");
    cr_assert_not_null(end);
    cr_assert_null(strstr(end + 1, "!limit.depth"), "once");
    free(text);
    tree_remove(name);
}

Test(crawl, walks_wide_folders)
{
    char name[64], path[32];
    tree_begin(name);
    tree_folder("t");
    for (int i = 0; i < 20000; i++) {
        (void)snprintf(path, sizeof path, "t/%d", i);
        tree_file(path, "");
    }
    cr_assert_eq(compare_with_nftw(NULL), 20000);
    static const struct folder_bounds small = {.nfds = 2, .folder_names_bytes = 20000, .names_bytes = 1};
    cr_assert_eq(compare_with_nftw(&small), 20000);
    tree_remove(name);
}

Test(crawl, walks_many_folders_with_few_descriptors)
{
    char name[64], path[64];
    tree_begin(name);
    tree_folder("t");
    for (int i = 0; i < 50; i++) {
        (void)snprintf(path, sizeof path, "t/%d", i);
        tree_folder(path);
        for (int j = 0; j < 60; j++) {
            (void)snprintf(path, sizeof path, "t/%d/%d", i, j);
            tree_folder(path);
        }
    }
    struct rlimit limit = {16, 16};
    pid_t child = fork();
    if (child == 0) {
        must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
        _exit(compare_with_nftw(NULL) == 3050 ? 0 : 1);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    tree_remove(name);
}

/* When not even that is enough, it is said; and what can be read is read. */
Test(crawl, says_so_when_descriptors_run_out)
{
    char name[64];
    tree_begin(name);
    make_deep(20, "d");
    pid_t child = fork();
    if (child == 0) {
        struct bytes root = bytes_of("t");
        struct crawl *crawl;
        struct unit unit;
        int nunits = 0, nfaults = 0, fd;
        if (crawl_open(&(struct crawl_options){.roots = &root, .nroots = 1}, &crawl, NULL) != PROV_OK)
            _exit(1);
        (void)crawl_next(crawl, &unit, NULL, NULL);
        int highest = open("/dev/null", O_RDONLY);
        struct rlimit limit = {(rlim_t)highest + 1, (rlim_t)highest + 1};
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            _exit(2);
        for (nunits = 1; crawl_next(crawl, &unit, &fd, NULL) == PROV_OK; nunits++) {
            if (unit.defect != DEFECT_COUNT) {
                nfaults++;
                if (unit.kind != UNIT_UNREADABLE || unit.defect != DEFECT_FS_IO_ERROR)
                    _exit(3);
            } else if (fd >= 0) {
                (void)close(fd);
            }
        }
        crawl_close(crawl);
        _exit(nfaults == 2 && nunits == 3 ? 0 : 4);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0, "%#x", status);
    tree_remove(name);
}

/* ---- roots ---- */

Test(crawl, takes_files_and_links_as_roots)
{
    char name[64];
    tree_begin(name);
    tree_folder("t");
    tree_file("t/a.txt", "abc");
    tree_file("b.txt", "defg");
    tree_file("c.txt", "hijkl");
    tree_folder("u");
    tree_file("u/d.txt", "mn");
    tree_link("c.txt", "link");
    tree_link("u", "folder");
    cr_assert_eq(mkfifo("fifo", 0644), 0);
    struct bytes roots[] = {bytes_of("b.txt"), bytes_of("t"), bytes_of("link"), bytes_of("folder"),
                            bytes_of("fifo")};
    char *text = tree_crawl(&(struct crawl_options){.roots = roots, .nroots = 5});
    cr_assert_str_eq(text, "f b.txt 4\n"
                           "f a.txt 3\n"
                           "f link 5 -> c.txt\n"
                           "f d.txt 2\n"
                           "p fifo !fs.special_file\n");
    free(text);
    tree_remove(name);
}

Test(crawl, refuses_roots_that_are_not_there)
{
    char name[64];
    tree_begin(name);
    tree_file("f", "");
    tree_link("nowhere", "dangling");
    static const char *const wrong[] = {"nothing", "f/x", "", "dangling"};
    for (size_t i = 0; i < 4; i++) {
        struct bytes roots[] = {bytes_of("f"), bytes_of(wrong[i])};
        struct crawl *crawl = NULL;
        struct err err = {0};
        cr_assert_eq(crawl_open(&(struct crawl_options){.roots = roots, .nroots = 2}, &crawl, &err),
                     PROV_E_USAGE);
        cr_assert_null(crawl);
        cr_assert_not_null(strstr(err.text, wrong[i]));
    }
    struct bytes nul = {(const uint8_t *)"f\0f", 3};
    struct crawl *crawl = NULL;
    cr_assert_eq(crawl_open(&(struct crawl_options){.roots = &nul, .nroots = 1}, &crawl, NULL), PROV_E_USAGE);
    tree_remove(name);
}

Test(crawl, tells_of_a_root_that_vanished_meanwhile)
{
    char name[64];
    tree_begin(name);
    tree_file("f", "");
    tree_folder("d");
    struct bytes roots[] = {bytes_of("f"), bytes_of("d")};
    struct crawl *crawl;
    struct unit unit;
    int fd;
    cr_assert_eq(crawl_open(&(struct crawl_options){.roots = roots, .nroots = 2}, &crawl, NULL), PROV_OK);
    cr_assert_eq(unlink("f"), 0);
    cr_assert_eq(rmdir("d"), 0);
    for (uint32_t i = 0; i < 2; i++) {
        cr_assert_eq(crawl_next(crawl, &unit, &fd, NULL), PROV_OK);
        cr_assert_eq(unit.kind, UNIT_UNREADABLE);
        cr_assert_eq(unit.defect, DEFECT_FS_VANISHED);
        cr_assert_eq(unit.root, i);
    }
    cr_assert_eq(crawl_next(crawl, &unit, &fd, NULL), PROV_E_DATA);
    crawl_close(crawl);
    tree_remove(name);
}

Test(crawl, remembers_files_across_roots)
{
    char name[64];
    tree_begin(name);
    tree_folder("a");
    tree_folder("b");
    tree_file("a/x", "1");
    cr_assert_eq(link("a/x", "b/y"), 0);
    struct bytes roots[] = {bytes_of("a"), bytes_of("b")};
    struct crawl *crawl;
    struct unit unit;
    cr_assert_eq(crawl_open(&(struct crawl_options){.roots = roots, .nroots = 2}, &crawl, NULL), PROV_OK);
    cr_assert_eq(crawl_next(crawl, &unit, NULL, NULL), PROV_OK);
    cr_assert_eq(unit.kind, UNIT_FILE);
    cr_assert_eq(crawl_next(crawl, &unit, NULL, NULL), PROV_OK);
    cr_assert_eq(unit.kind, UNIT_ALIAS);
    cr_assert_eq(unit.root, 1);
    cr_assert_eq(unit.link_root, 0);
    cr_assert(bytes_equal(unit.link, bytes_of("x")));
    crawl_close(crawl);
    tree_remove(name);
}

/* ---- what is left out ---- */

/** The crawl of these roots as text must be this. */
static void
expect_walk(const char *const *roots, size_t nroots, const char *expected)
{
    struct bytes paths[4];
    for (size_t i = 0; i < nroots; i++)
        paths[i] = bytes_of(roots[i]);
    struct crawl_options options = {.roots = paths, .nroots = nroots};
    char *text = tree_crawl(&options);
    cr_expect_str_eq(text, expected, "%s", text);
    free(text);
}

Test(crawl, reads_a_file_once_when_roots_lie_in_one_another)
{
    char folder[64];
    tree_begin(folder);
    tree_folder("t");
    tree_folder("t/in");
    tree_file("t/in/a", "1");
    tree_file("t/b", "22");
    tree_folder("t2");
    tree_file("t2/c", "333");
    tree_link("t/in", "way");
    expect_walk((const char *[]){"t", "t/in"}, 2, "f b 2\nd in\nf in/a 1\n= a -> in/a\n");
    expect_walk((const char *[]){"way", "t"}, 2, "f a 1\nf b 2\nd in\n= in/a -> a\n");
    expect_walk((const char *[]){"t/b", "./t//b"}, 2, "f b 2\n= b -> b\n");
    expect_walk((const char *[]){"t2", "t", "t/in/a"}, 3, "f c 3\nf b 2\nd in\nf in/a 1\n= a -> in/a\n");
    expect_walk((const char *[]){"t2", "t/in"}, 2, "f c 3\nf a 1\n");
    tree_remove(folder);
}

Test(crawl, counts_what_rules_leave_out)
{
    char name[64];
    tree_begin(name);
    tree_folder("t");
    tree_folder("t/cache");
    tree_folder("t/cache/deep");
    tree_folder("t/sub");
    tree_file("t/.provscanignore", "*.bak\ncache/\n");
    tree_file("t/cache/x", "12");
    tree_file("t/cache/deep/y.bak", "345");
    tree_file("t/a.bak", "1");
    tree_file("t/keep", "");
    tree_file("t/sub/.provscanignore", "!b.bak\n/keep\n");
    tree_file("t/sub/b.bak", "");
    tree_file("t/sub/c.bak", "");
    tree_file("t/sub/keep", "");
    tree_file("t/z.tmp", "12");
    tree_link("a.bak", "t/l.bak");
    const char *excludes[] = {"*.tmp"};
    struct bytes root = bytes_of("t");
    struct crawl_options options = {.roots = &root, .nroots = 1, .excludes = excludes, .nexcludes = 1};
    char *text = tree_crawl(&options);
    cr_assert_str_eq(text, "f .provscanignore 13\n"
                           "s a.bak (.provscanignore: *.bak)\n"
                           "s cache (.provscanignore: cache/)\n"
                           "s cache/deep (.provscanignore: cache/)\n"
                           "s cache/deep/y.bak (.provscanignore: cache/)\n"
                           "s cache/x (.provscanignore: cache/)\n"
                           "f keep 0\n"
                           "s l.bak -> a.bak (.provscanignore: *.bak)\n"
                           "d sub\n"
                           "f sub/.provscanignore 13\n"
                           "f sub/b.bak 0\n"
                           "s sub/c.bak (.provscanignore: *.bak)\n"
                           "s sub/keep (sub/.provscanignore: /keep)\n"
                           "s z.tmp (--exclude *.tmp)\n");
    free(text);
    struct crawl *crawl;
    struct unit unit;
    uint64_t skipped = 0;
    cr_assert_eq(crawl_open(&options, &crawl, NULL), PROV_OK);
    while (crawl_next(crawl, &unit, NULL, NULL) == PROV_OK)
        skipped += unit.kind == UNIT_SKIPPED ? unit.stamp.size : 0;
    cr_assert_eq(skipped, 8, "a.bak, x, y.bak and z.tmp");
    crawl_close(crawl);
    tree_remove(name);
}

Test(crawl, applies_excludes_to_files_named_as_roots)
{
    char name[64];
    tree_begin(name);
    tree_file("a.bak", "1");
    const char *excludes[] = {"*.bak"};
    struct bytes root = bytes_of("a.bak");
    char *text = tree_crawl(
        &(struct crawl_options){.roots = &root, .nroots = 1, .excludes = excludes, .nexcludes = 1});
    cr_assert_str_eq(text, "s a.bak (--exclude *.bak)\n");
    free(text);
    tree_remove(name);
}

Test(crawl, reads_a_name_of_its_own_when_another_was_left_out)
{
    char name[64];
    tree_begin(name);
    tree_folder("t");
    tree_file("t/.provscanignore", "/a\n");
    tree_file("t/a", "1");
    cr_assert_eq(link("t/a", "t/b"), 0);
    cr_assert_eq(link("t/a", "t/c"), 0);
    tree_expect("t", "f .provscanignore 3\ns a (.provscanignore: /a)\nf b 1\n= c -> b\n");
    tree_remove(name);
}

Test(crawl, does_not_enter_the_output_folder)
{
    char name[64], avoid[96];
    tree_begin(name);
    tree_folder("t");
    tree_folder("t/out");
    tree_file("t/out/scan.db", "1");
    tree_file("t/x", "1");
    (void)snprintf(avoid, sizeof avoid, "%s/t/out", name);
    struct bytes roots[] = {bytes_of("t"), bytes_of("t/out")};
    char *text = tree_crawl(&(struct crawl_options){.roots = roots, .nroots = 2, .avoid = bytes_of(avoid)});
    cr_assert_str_eq(text, "s out (output folder)\nf x 1\ns  (output folder)\n");
    free(text);
    text = tree_crawl(&(struct crawl_options){.roots = roots, .nroots = 1, .avoid = bytes_of("t/none")});
    cr_assert_str_eq(text, "d out\nf out/scan.db 1\nf x 1\n");
    free(text);
    tree_remove(name);
}

Test(crawl, says_when_rules_are_too_many_to_apply)
{
    char name[64];
    tree_begin(name);
    tree_folder("t");
    FILE *file = fopen("t/.provscanignore", "w");
    for (int i = 0; i < 100000; i++)
        (void)fprintf(file, "%d\n", i);
    cr_assert_eq(fclose(file), 0);
    tree_file("t/1", "");
    char *text = tree_crawl_root(".");
    cr_assert_str_eq(text, "d t !limit.file_bytes\nf t/.provscanignore 588890\nf t/1 0\n");
    free(text);
    tree_expect("t", "d  !limit.file_bytes\nf .provscanignore 588890\nf 1 0\n");
    cr_assert_eq(unlink("t/.provscanignore"), 0);
    tree_link("/etc/passwd", "t/.provscanignore");
    tree_expect("t", "l .provscanignore -> /etc/passwd !fs.symlink\nf 1 0\n");
    cr_assert_eq(unlink("t/.provscanignore"), 0);
    cr_assert_eq(mkfifo("t/.provscanignore", 0644), 0);
    tree_expect("t", "p .provscanignore !fs.special_file\nf 1 0\n");
    tree_remove(name);
}

/* ---- permission; root may read everything, so this is done as somebody else ---- */

static void
crawl_as_nobody(const char *expected)
{
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(2);
        char *text = tree_crawl_root("t");
        if (strcmp(text, expected) != 0) {
            (void)fprintf(stderr, "--- got\n%s--- expected\n%s", text, expected);
            _exit(1);
        }
        free(text);
        _exit(0);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
}

Test(crawl, tells_what_it_may_not_read)
{
    char name[64];
    tree_begin(name);
    cr_assert_eq(chmod(name, 0755), 0);
    tree_folder("t");
    tree_folder("t/closed");
    tree_file("t/closed/x", "");
    tree_folder("t/left-out");
    tree_file("t/left-out/x", "");
    tree_folder("t/listed");
    tree_file("t/listed/x", "123");
    tree_folder("t/listed/y");
    tree_file("t/secret", "12345");
    tree_file("t/.provscanignore", "left-out\n");
    cr_assert_eq(chmod("t/closed", 0), 0);
    cr_assert_eq(chmod("t/left-out", 0), 0);
    cr_assert_eq(chmod("t/listed", 0444), 0);
    cr_assert_eq(chmod("t/secret", 0), 0);
    crawl_as_nobody("f .provscanignore 9\n"
                    "u closed !fs.permission\n"
                    "s left-out (.provscanignore: left-out)\n"
                    "d listed\n"
                    "u listed/x !fs.permission\n"
                    "u listed/y !fs.permission\n"
                    "u secret !fs.permission\n");
    cr_assert_eq(chmod("t", 0), 0);
    crawl_as_nobody("u  !fs.permission\n");
    tree_remove(name);
}

/* ---- opening again ---- */

static int
reopen(struct crawl *crawl, const char *path, const char *link, enum defect *defect)
{
    struct unit unit = {.kind = UNIT_FILE, .path = bytes_of(path), .link = bytes_of(link)};
    struct unit_stamp stamp;
    int fd = -1;
    *defect = DEFECT_COUNT;
    int status = crawl_reopen(crawl, &unit, &fd, &stamp, defect);
    cr_assert_eq(fd >= 0, status == PROV_OK);
    if (fd >= 0)
        (void)close(fd);
    return status;
}

Test(crawl, opens_units_again_with_the_same_care)
{
    char name[64];
    tree_begin(name);
    tree_folder("t");
    tree_folder("t/d");
    tree_file("t/d/f", "1");
    tree_link("f", "t/d/l");
    tree_link("d", "t/l");
    cr_assert_eq(mkfifo("t/d/p", 0644), 0);
    struct bytes root = bytes_of("t");
    struct crawl *crawl;
    enum defect defect;
    cr_assert_eq(crawl_open(&(struct crawl_options){.roots = &root, .nroots = 1}, &crawl, NULL), PROV_OK);
    cr_assert_eq(reopen(crawl, "d/f", NULL, &defect), PROV_OK);
    static const struct {
        const char *path;
        enum defect defect;
    } wrong[] = {{"d/l", DEFECT_FS_VANISHED},      {"l/f", DEFECT_FS_VANISHED},
                 {"d/g", DEFECT_FS_VANISHED},      {"d/p", DEFECT_FS_SPECIAL_FILE},
                 {"d", DEFECT_FS_VANISHED},        {"", DEFECT_FS_VANISHED},
                 {"../t/d/f", DEFECT_FS_IO_ERROR}, {"/etc/passwd", DEFECT_FS_IO_ERROR}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cr_expect_eq(reopen(crawl, wrong[i].path, NULL, &defect), PROV_E_DATA, "%s", wrong[i].path);
        cr_expect_eq(defect, wrong[i].defect, "%s: %d", wrong[i].path, defect);
    }
    crawl_close(crawl);
    tree_remove(name);
}

Test(crawl, opens_a_root_that_is_a_file_again)
{
    char name[64];
    tree_begin(name);
    tree_file("f", "1");
    tree_link("f", "l");
    struct bytes roots[] = {bytes_of("f"), bytes_of("l")};
    struct crawl *crawl;
    struct unit unit;
    struct unit_stamp stamp;
    enum defect defect;
    int fd;
    cr_assert_eq(crawl_open(&(struct crawl_options){.roots = roots, .nroots = 2}, &crawl, NULL), PROV_OK);
    while (crawl_next(crawl, &unit, NULL, NULL) == PROV_OK) {
        cr_assert_eq(crawl_reopen(crawl, &unit, &fd, &stamp, &defect), PROV_OK);
        cr_assert_eq(memcmp(&stamp, &unit.stamp, sizeof stamp), 0);
        (void)close(fd);
    }
    crawl_close(crawl);
    tree_remove(name);
}

/* ---- speed ---- */

Test(crawl, is_fast_enough_for_trees_of_small_files)
{
    enum { NFOLDERS = 250, NFILES = 80 };
    char name[64], path[64];
    tree_begin(name);
    tree_folder("t");
    for (int i = 0; i < NFOLDERS; i++) {
        (void)snprintf(path, sizeof path, "t/%d", i);
        tree_folder(path);
        for (int j = 0; j < NFILES; j++) {
            (void)snprintf(path, sizeof path, "t/%d/%d", i, j);
            tree_file(path, "");
        }
    }
    struct bytes root = bytes_of("t");
    struct crawl *crawl;
    struct unit unit;
    int fd, count = 0;
    cr_assert_eq(crawl_open(&(struct crawl_options){.roots = &root, .nroots = 1}, &crawl, NULL), PROV_OK);
    struct timespec start, end;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    while (crawl_next(crawl, &unit, &fd, NULL) == PROV_OK)
        if (fd >= 0) {
            (void)close(fd);
            count++;
        }
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    double seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    cr_assert_eq(count, NFOLDERS * NFILES);
    cr_log_info("%.2f us a file", seconds * 1e6 / count);
    cr_assert_lt(seconds, 2.0,
                 "the budget is 6 us a file; this only sees a mistake of an order of magnitude");
    crawl_close(crawl);
    tree_remove(name);
}

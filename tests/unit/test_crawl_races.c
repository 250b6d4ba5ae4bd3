/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees that change while they are walked, kernels without openat2, mount points. What must hold: nothing
 * outside the root is ever opened, nothing blocks, and every name is accounted for.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

#include "ingest/folder_stack.h"
#include "crawled_tree.h"

/** Swap t/f between a file, a symlink out, a FIFO and a folder, and t/d between a folder and a symlink, for
 * ever. */
static void
swap_for_ever(void)
{
    for (;;) {
        (void)!symlink("../outside/secret", "x1");
        (void)rename("x1", "t/f");
        (void)mkfifo("x2", 0644);
        (void)rename("x2", "t/f");
        int fd = open("x3", O_WRONLY | O_CREAT, 0644);
        (void)close(fd);
        (void)rename("x3", "t/f");
        (void)syscall(SYS_renameat2, AT_FDCWD, "t/d", AT_FDCWD, "x4", 2 /* RENAME_EXCHANGE */);
    }
}

Test(crawl_races, never_lead_outside_and_never_block, .timeout = 120)
{
    char name[64];
    tree_begin(name);
    tree_folder("t");
    tree_folder("t/d");
    tree_file("t/d/f", "inside");
    tree_file("t/f", "");
    tree_folder("outside");
    tree_file("outside/secret", "outside!");
    tree_file("outside/f", "outside!");
    tree_link("../outside", "x4");
    struct stat secret, other;
    cr_assert_eq(stat("outside/secret", &secret), 0);
    cr_assert_eq(stat("outside/f", &other), 0);
    pid_t child = fork();
    if (child == 0)
        swap_for_ever();
    struct bytes root = bytes_of("t");
    int kinds[8] = {0};
    time_t start = time(NULL);
    for (int round = 0; round < 20000 && time(NULL) < start + 10; round++) {
        struct crawl *crawl;
        struct unit unit;
        int fd, nnames = 0;
        cr_assert_eq(crawl_open(&(struct crawl_options){.roots = &root, .nroots = 1}, &crawl, NULL), PROV_OK);
        while (crawl_next(crawl, &unit, &fd, NULL) == PROV_OK) {
            kinds[unit.kind]++;
            nnames += !memchr(unit.path.data, '/', unit.path.size);
            if (fd < 0)
                continue;
            cr_assert_neq(unit.stamp.inode, secret.st_ino);
            cr_assert_neq(unit.stamp.inode, other.st_ino);
            cr_assert_eq(unit.mode & S_IFMT, S_IFREG);
            (void)close(fd);
        }
        crawl_close(crawl);
        cr_assert_leq(nnames, 2);
    }
    cr_assert_eq(kill(child, SIGKILL), 0);
    (void)waitpid(child, NULL, 0);
    cr_log_info("files %d folders %d links %d specials %d unreadable %d", kinds[UNIT_FILE],
                kinds[UNIT_DIRECTORY], kinds[UNIT_SYMLINK], kinds[UNIT_SPECIAL], kinds[UNIT_UNREADABLE]);
    cr_assert_gt(kinds[UNIT_FILE], 0);
    cr_assert_gt(kinds[UNIT_SYMLINK], 0);
    cr_assert_gt(kinds[UNIT_SPECIAL], 0);
    tree_remove(name);
}

/** Walk on from the first unit whose path is at; collect the rest as text. */
static char *
walk_from(struct crawl *crawl, const char *at, void (*meddle)(void))
{
    struct unit unit;
    struct buf out = {0};
    int fd;
    while (crawl_next(crawl, &unit, &fd, NULL) == PROV_OK) {
        if (fd >= 0)
            (void)close(fd);
        tree_line(&unit, &out);
        if (bytes_equal(unit.path, bytes_of(at)))
            meddle();
    }
    return (char *)out.data;
}

static char *
crawl_and_meddle(const struct folder_bounds *bounds, const char *at, void (*meddle)(void))
{
    struct bytes root = bytes_of("t");
    struct crawl *crawl;
    struct crawl_options options = {.roots = &root, .nroots = 1, .bounds = bounds};
    cr_assert_eq(crawl_open(&options, &crawl, NULL), PROV_OK);
    char *text = walk_from(crawl, at, meddle);
    crawl_close(crawl);
    return text;
}

static const struct folder_bounds tight = {.nfds = 2, .folder_names_bytes = 1 << 20, .names_bytes = 1 << 20};
static const struct folder_bounds tighter = {.nfds = 2, .folder_names_bytes = 1 << 20, .names_bytes = 1};

static void
make_chain(void)
{
    tree_folder("t");
    tree_folder("t/a");
    tree_folder("t/a/b");
    tree_folder("t/a/b/c");
    tree_file("t/a/b/c/f", "");
    tree_file("t/a/b/f", "");
    tree_file("t/a/f", "");
}

static void
move_away(void)
{
    tree_folder("away");
    cr_assert_eq(rename("t/a/b/c", "away/c"), 0);
}

/* The folder that the walk is in moves: `..` leads elsewhere, and the path from the root does not. */
Test(crawl_races, find_back_from_a_folder_that_was_moved)
{
    char name[64];
    tree_begin(name);
    make_chain();
    char *text = crawl_and_meddle(&tight, "a/b/c", move_away);
    cr_assert_str_eq(text, "d a\nd a/b\nd a/b/c\nf a/b/c/f 0\nf a/b/f 0\nf a/f 0\n");
    free(text);
    tree_remove(name);
}

static void
replace(void)
{
    cr_assert_eq(rename("t/a/b", "b"), 0);
    cr_assert_eq(rename("b/c", "c"), 0);
    tree_folder("t/a/b");
    tree_file("t/a/b/f", "another");
    tree_file("t/a/b/new", "another");
}

/* The folder above is gone for good: what was listed in it is unreadable, and what lies above goes on. */
Test(crawl_races, say_what_was_lost_with_a_folder)
{
    char name[64];
    tree_begin(name);
    make_chain();
    char *text = crawl_and_meddle(&tight, "a/b/c", replace);
    cr_assert_str_eq(text, "d a\nd a/b\nd a/b/c\nf a/b/c/f 0\nu a/b/f !fs.vanished\nf a/f 0\n");
    free(text);
    cr_assert_eq(system("rm -rf t b c"), 0);
    make_chain();
    text = crawl_and_meddle(&tighter, "a/b/c", replace);
    cr_assert_str_eq(text, "d a\nd a/b\nd a/b/c\nf a/b/c/f 0\nu a/b !fs.vanished\nf a/f 0\n");
    free(text);
    tree_remove(name);
}

static void
remove_all(void)
{
    cr_assert_eq(system("rm -rf t/*"), 0);
}

Test(crawl_races, end_when_the_tree_is_removed)
{
    char name[64];
    tree_begin(name);
    make_chain();
    char *text = crawl_and_meddle(&tighter, "a/b/c", remove_all);
    cr_assert_not_null(strstr(text, "d a\nd a/b\nd a/b/c\nu a/b/c/f !fs.vanished\n"), "%s", text);
    free(text);
    cr_assert_eq(system("rm -rf t"), 0);
    make_chain();
    text = crawl_and_meddle(NULL, "a/b/c", remove_all);
    cr_assert_str_eq(
        text, "d a\nd a/b\nd a/b/c\nu a/b/c/f !fs.vanished\nu a/b/f !fs.vanished\nu a/f !fs.vanished\n");
    free(text);
    tree_remove(name);
}

static void
change_types(void)
{
    cr_assert_eq(
        system("cd t && rm -rf 1 2 3 4 && mkdir 1 && echo x >1/x && ln -s ../outside 2 && mkfifo 3 && "
               "echo y >4"),
        0);
}

/* Listed as files and a folder, and something else when their turn comes: taken for what they are then. */
Test(crawl_races, take_entries_for_what_they_are_when_opened)
{
    char name[64];
    tree_begin(name);
    tree_folder("outside");
    tree_folder("t");
    tree_file("t/0", "");
    tree_file("t/1", "");
    tree_file("t/2", "");
    tree_file("t/3", "");
    tree_folder("t/4");
    char *text = crawl_and_meddle(NULL, "0", change_types);
    cr_assert_str_eq(text,
                     "f 0 0\nd 1\nf 1/x 2\nl 2 -> ../outside !fs.symlink\np 3 !fs.special_file\nf 4 2\n");
    free(text);
    tree_remove(name);
}

/** From here on openat2 is unknown, as on kernels before 5.6, or refused as in some containers. */
static void
forget_openat2(int error)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = 4, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(3);
    if (syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0) != -1 || errno != error)
        _exit(4);
}

Test(crawl_races, do_not_need_openat2)
{
    char name[64];
    tree_begin(name);
    make_chain();
    tree_file("secret", "s");
    tree_link("../secret", "t/l");
    tree_link("a", "t/m");
    tree_folder("t/r");
    tree_folder("t/r/blobs");
    tree_folder("t/r/snapshots");
    tree_folder("t/r/snapshots/c");
    tree_file("t/r/blobs/x", "12");
    tree_link("../../blobs/x", "t/r/snapshots/c/f");
    int errors[] = {ENOSYS, EPERM};
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        if (child == 0) {
            forget_openat2(errors[i]);
            tree_expect("t", "d a\nd a/b\nd a/b/c\nf a/b/c/f 0\nf a/b/f 0\nf a/f 0\n"
                             "l l -> ../secret !fs.symlink\nl m -> a !fs.symlink\n"
                             "d r\nd r/snapshots\nd r/snapshots/c\nf r/snapshots/c/f 2 -> ../../blobs/x\n"
                             "d r/blobs\n= r/blobs/x -> r/snapshots/c/f\n");
            struct bytes root = bytes_of("t");
            struct crawl *crawl;
            struct unit_stamp stamp;
            enum defect defect;
            int fd;
            must(crawl_open(&(struct crawl_options){.roots = &root, .nroots = 1}, &crawl, NULL) == PROV_OK);
            static const char *const wrong[] = {"m/f",         "l",   "../secret", "a/../../secret",
                                                "/etc/passwd", "a//f"};
            for (size_t j = 0; j < sizeof wrong / sizeof wrong[0]; j++) {
                struct unit unit = {.path = bytes_of(wrong[j])};
                must(crawl_reopen(crawl, &unit, &fd, &stamp, &defect) == PROV_E_DATA);
            }
            struct unit unit = {.path = bytes_of("a/b/c/f")};
            must(crawl_reopen(crawl, &unit, &fd, &stamp, &defect) == PROV_OK);
            _exit(0);
        }
        int status;
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_assert_eq(status, 0, "%#x", status);
    }
    tree_remove(name);
}

/* Needs privilege to mount; without it there is nothing to see. */
Test(crawl_races, cross_mounts_of_data_and_skip_those_of_the_kernel)
{
    char name[64];
    tree_begin(name);
    make_chain();
    tree_folder("t/data");
    tree_folder("t/proc");
    tree_folder("t/again");
    pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
            mount("none", "t/data", "tmpfs", 0, NULL) != 0 ||
            mount("/proc", "t/proc", NULL, MS_BIND, NULL) != 0)
            _exit(0);
        tree_file("t/data/f", "1");
        if (mount("t/a", "t/again", NULL, MS_BIND, NULL) != 0)
            _exit(0);
        tree_expect("t", "d a\nd a/b\nd a/b/c\nf a/b/c/f 0\nf a/b/f 0\nf a/f 0\n"
                         "d again\nd again/b\nd again/b/c\nf again/b/c/f 0\nf again/b/f 0\nf again/f 0\n"
                         "d data\nf data/f 1\ns proc (pseudo file system)\n");
        must(mount("t/a", "t/a/b", NULL, MS_BIND, NULL) == 0);
        char *text = tree_crawl_root("t");
        must(strstr(text, "d a\nu a/b !fs.symlink_loop\nf a/f 0\n"));
        free(text);
        _exit(0);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0, "%#x", status);
    tree_remove(name);
}

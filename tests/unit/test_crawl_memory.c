/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation of the crawl fails once, and from some point on all do: each time the crawl either says
 * that memory ran out, or gives the same units as ever. Under a sanitizer, which owns malloc, nothing fails.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <sys/stat.h>

#include "crawled_tree.h"

static long countdown; /* allocations until one fails; 0: none fails */
static bool lasting;   /* all fail after that one */

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
enum { CAN_FAIL = 1 };

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

static bool
fails(void)
{
    if (countdown == 0 || (countdown > 1 && countdown-- > 1))
        return false;
    if (!lasting)
        countdown = 0;
    errno = ENOMEM;
    return true;
}

void *
malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *block, size_t size)
{
    return fails() ? NULL : __libc_realloc(block, size);
}
#else
enum { CAN_FAIL = 0 };
#endif

static void
make_tree(void)
{
    tree_folder("t");
    tree_folder("t/a");
    tree_folder("t/r");
    tree_folder("t/r/blobs");
    tree_folder("t/r/snapshots");
    tree_folder("t/r/snapshots/c");
    tree_file("t/r/blobs/x", "12");
    tree_link("../../blobs/x", "t/r/snapshots/c/f");
    tree_file("t/.provscanignore", "*.bak\n/a/**/y\n!z.bak\n");
    tree_file("t/a/.provscanignore", "y/\n");
    tree_file("t/a/x.bak", "");
    tree_file("t/a/z.bak", "");
    char path[64];
    for (int i = 0; i < 20; i++) {
        (void)snprintf(path, sizeof path, "t/a/y%d", i);
        tree_folder(path);
        (void)snprintf(path, sizeof path, "t/a/y%d/link", i);
        if (i == 0)
            tree_file(path, "1");
        else
            must(link("t/a/y0/link", path) == 0);
    }
    for (int i = 0; i < 200; i++) {
        (void)snprintf(path, sizeof path, "t/file-with-a-name-that-takes-room-%d", i);
        tree_file(path, "");
    }
}

/** Crawl into out, which has room: nothing is allocated but by the crawl. @return the status at the end */
static int
crawl_into(struct buf *out)
{
    static const char *const excludes[] = {"*-7", "r/x"};
    struct bytes roots[] = {bytes_of("t"), bytes_of("t/a/z.bak")};
    struct crawl_options options = {
        .roots = roots, .nroots = 2, .excludes = excludes, .nexcludes = 2, .avoid = bytes_of("t/a/y3")};
    struct crawl *crawl = NULL;
    struct unit unit;
    struct err err = {0};
    int fd;
    buf_clear(out);
    int status = crawl_open(&options, &crawl, &err);
    while (status == PROV_OK) {
        status = crawl_next(crawl, &unit, &fd, &err);
        if (status == PROV_OK)
            tree_line(&unit, out);
        if (fd >= 0)
            (void)close(fd);
    }
    crawl_close(crawl);
    must(status == PROV_E_DATA || (err.status == status && err.text[0]));
    return status;
}

static void
fail_each(bool all_after)
{
    struct buf expected = {0}, got = {0};
    must(buf_reserve(&expected, 1 << 20) == PROV_OK && buf_reserve(&got, 1 << 20) == PROV_OK);
    must(crawl_into(&expected) == PROV_E_DATA);
    int nfailed = 0, nfds = tree_count_fds();
    lasting = all_after;
    for (long n = 1;; n++) {
        countdown = n;
        int status = crawl_into(&got);
        bool failed = all_after ? countdown == 1 : countdown == 0;
        countdown = 0;
        cr_assert_eq(tree_count_fds(), nfds, "allocation %ld: descriptors leak", n);
        if (!failed)
            break;
        nfailed++;
        cr_assert(status == PROV_E_MEMORY || status == PROV_E_DATA, "allocation %ld: %d", n, status);
        if (status == PROV_E_DATA)
            cr_assert(bytes_equal(buf_bytes(&got), buf_bytes(&expected)),
                      "allocation %ld: silently different", n);
    }
    cr_assert(!CAN_FAIL || nfailed > 20, "%d", nfailed);
    buf_finish(&expected);
    buf_finish(&got);
}

Test(crawl_memory, may_fail_at_any_allocation)
{
    char name[64];
    tree_begin(name);
    make_tree();
    fail_each(false);
    fail_each(true);
    tree_remove(name);
}

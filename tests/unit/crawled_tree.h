/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small trees for the tests of the crawl, and the crawl's answer as text, one line a unit:
 *
 *     f PATH SIZE        file          d PATH      folder       l PATH -> TARGET   symlink
 *     = PATH -> FIRST    alias         p PATH      special      s PATH (RULE)      skipped
 *     u PATH             unreadable    ... !CODE   with a defect
 */
#ifndef UNIT_CRAWLED_TREE_H
#define UNIT_CRAWLED_TREE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "ingest/crawl.h"

/**
 * Like cr_assert, but also of use in a child of a test, where Criterion's own waits for ever: the process
 * aborts, which the test's parent sees.
 */
#define must(condition)                                                                                      \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            (void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                    \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/** A folder of its own for this test, entered; removed by tree_remove. */
static inline void
tree_begin(char name[64])
{
    (void)snprintf(name, 64, "/tmp/provscan-crawl-XXXXXX");
    must(mkdtemp(name) != NULL);
    must(chdir(name) == 0);
}

static inline void
tree_remove(const char *name)
{
    char command[128];
    must(chdir("/") == 0);
    (void)snprintf(command, sizeof command, "chmod -R u+rwx %s; rm -rf %s", name, name);
    must(system(command) == 0);
}

static inline void
tree_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    must(file != NULL);
    must(fwrite(text, 1, strlen(text), file) == strlen(text));
    must(fclose(file) == 0);
}

static inline void
tree_folder(const char *path)
{
    must(mkdir(path, 0755) == 0);
}

static inline void
tree_link(const char *target, const char *path)
{
    must(symlink(target, path) == 0);
}

/** The line of a unit. */
static inline void
tree_line(const struct unit *unit, struct buf *out)
{
    static const char letters[] = "fdlp=su";
    (void)buf_append_byte(out, (uint8_t)letters[unit->kind]);
    (void)buf_append_byte(out, ' ');
    (void)buf_append(out, unit->path.data, unit->path.size);
    if (unit->kind == UNIT_FILE)
        (void)buf_printf(out, " %llu", (unsigned long long)unit->stamp.size);
    if (unit->link.size) {
        (void)buf_append_text(out, " -> ");
        (void)buf_append(out, unit->link.data, unit->link.size);
    }
    if (unit->rule.size) {
        (void)buf_append_text(out, " (");
        (void)buf_append(out, unit->rule.data, unit->rule.size);
        (void)buf_append_text(out, ")");
    }
    if (unit->defect != DEFECT_COUNT)
        (void)buf_printf(out, " !%s", defect_code(unit->defect));
    (void)buf_append_byte(out, '\n');
}

/** Open descriptors of this process. */
static inline int
tree_count_fds(void)
{
    int count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) != -1;
    return count;
}

/** Crawl to the end; each file's descriptor must agree with its unit. @return text, the caller's to free */
static inline char *
tree_crawl(const struct crawl_options *options)
{
    struct crawl *crawl = NULL;
    struct err err = {0};
    int nfds = tree_count_fds();
    must(crawl_open(options, &crawl, &err) == PROV_OK);
    struct buf out = {0};
    struct unit unit;
    int status, fd;
    while ((status = crawl_next(crawl, &unit, &fd, &err)) == PROV_OK) {
        struct unit_stamp stamp;
        must((fd >= 0) == (unit.kind == UNIT_FILE));
        if (fd >= 0) {
            must(crawl_stamp(fd, &stamp) == PROV_OK);
            must(memcmp(&stamp, &unit.stamp, sizeof stamp) == 0);
            (void)close(fd);
        }
        must(unit.defect == DEFECT_COUNT || unit.reason[0] != 0);
        tree_line(&unit, &out);
    }
    must(status == PROV_E_DATA);
    crawl_close(crawl);
    must(tree_count_fds() == nfds);
    (void)buf_append_byte(&out, 0);
    return (char *)out.data;
}

/** Crawl one root without more ado. */
static inline char *
tree_crawl_root(const char *root)
{
    struct bytes roots[] = {bytes_of(root)};
    return tree_crawl(&(struct crawl_options){.roots = roots, .nroots = 1});
}

static inline void
tree_expect(const char *root, const char *expected)
{
    char *text = tree_crawl_root(root);
    if (strcmp(text, expected) != 0)
        (void)fprintf(stderr, "--- got\n%s--- expected\n%s", text, expected);
    must(strcmp(text, expected) == 0);
    free(text);
}

#endif

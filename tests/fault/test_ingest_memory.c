/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation while archives are read fails once: out of memory with words, or the right result; never
 * a crash, and never an archive that silently has fewer members. libarchive is left out: it is known to
 * crash then (src/ingest/archive.c), and runs in a process of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/tar_writing.h"
#include "../unit/zip_writing.h"
#include "base/digest.h"
#include "fault/fail_alloc.h"
#include "ingest/read_unit.h"

/* A sink without memory of its own: what it saw is folded into one number. */
struct folding_sink {
    struct sink sink;
    struct item items[64];
    uint32_t nitems;
    uint64_t fold;
};

static int
fold(struct folding_sink *folding, const void *data, size_t size)
{
    folding->fold = hash64(data, size, folding->fold);
    return PROV_OK;
}

static int
fold_begin(struct sink *sink, const struct item_head *head, struct item **item)
{
    struct folding_sink *folding = (struct folding_sink *)sink;
    if (folding->nitems == 64)
        fail_alloc_give_up(__FILE__, __LINE__, "too many items");
    *item = &folding->items[folding->nitems];
    **item = (struct item){.ordinal = folding->nitems++, .head = *head};
    (*item)->head.path = (*item)->head.link = (struct bytes){NULL, 0};
    return fold(folding, head->path.data, head->path.size);
}

static int
fold_data(struct sink *sink, struct item *item, const uint8_t *data, size_t size)
{
    (void)item;
    return fold((struct folding_sink *)sink, data, size);
}

static int
fold_defect(struct sink *sink, struct item *item, enum defect defect, uint64_t offset, const char *text)
{
    (void)item;
    (void)offset;
    (void)defect;
    return fold((struct folding_sink *)sink, text, strlen(text));
}

static int
fold_fact(struct sink *sink, struct item *item, const struct fact *fact)
{
    (void)item;
    return fold((struct folding_sink *)sink, fact->code, strlen(fact->code));
}

static int
fold_end(struct sink *sink, struct item *item)
{
    (void)item;
    return fold((struct folding_sink *)sink, "end", 3);
}

static struct {
    int fd;
    uint64_t expected; /**< 0: not known yet */
} unit;

static int
run_unit(struct err *err)
{
    struct folding_sink folding = {.sink = {fold_begin, fold_data, fold_defect, fold_fact, fold_end}};
    struct stat state;
    FAULT_CHECK(fstat(unit.fd, &state) == 0);
    struct read_unit_options options = {
        .limits = &LIMITS_DEFAULT,
        .fd = unit.fd,
        .name = bytes_of("x"),
        .stamp = {.size = (uint64_t)state.st_size,
                  .device = state.st_dev,
                  .inode = state.st_ino,
                  .mtime_ns = (int64_t)state.st_mtim.tv_sec * 1000000000 + state.st_mtim.tv_nsec,
                  .ctime_ns = (int64_t)state.st_ctim.tv_sec * 1000000000 + state.st_ctim.tv_nsec}};
    int status = read_unit(&options, &folding.sink, err);
    if (status == PROV_OK && unit.expected == 0)
        unit.expected = folding.fold;
    FAULT_CHECK(status != PROV_OK || folding.fold == unit.expected);
    return status;
}

static void
sweep(const char *name, const struct buf *bytes)
{
    unit.fd = memfd_create("unit", MFD_CLOEXEC);
    unit.expected = 0;
    struct err err = {0};
    FAULT_CHECK(unit.fd >= 0 && write(unit.fd, bytes->data, bytes->size) == (ssize_t)bytes->size);
    FAULT_CHECK(run_unit(&err) == PROV_OK);
    fail_alloc_sweep(name, run_unit);
    (void)close(unit.fd);
}

/* A seed of a fuzz target: its first byte is not part of the archive. */
static void
sweep_seed(const char *seed)
{
    char path[512];
    struct buf bytes = {0};
    (void)snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", SOURCE_DIR, seed);
    FILE *file = fopen(path, "rb");
    FAULT_CHECK(file && fgetc(file) != EOF && buf_reserve(&bytes, 65536) == PROV_OK);
    bytes.size = fread(bytes.data, 1, 65536, file);
    (void)fclose(file);
    sweep(seed, &bytes);
    buf_finish(&bytes);
}

int
main(void)
{
    struct buf tar = {0}, zip = {0}, outer = {0};
    struct zip_entry entries[] = {{.name = "a", .data = "one"}, {.name = "b/c", .data = "two"}};
    zip_write(&zip, entries, 2);
    sweep("zip", &zip);
    tar_add_pax(&tar, 'g', "52 comment=0123456789abcdef0123456789abcdef01234567\n", 52);
    tar_add_pax(&tar, 'x',
                "28 GNU.sparse.map=0,4,50,8\n\n"
                "23 GNU.sparse.size=99\n",
                50);
    tar_add_file(&tar, "sparse", "stored bytes");
    (void)tar_add_header(&tar, 'L', "././@LongLink", "", 120);
    static const char name[120] = "a/long/name/of/a/member";
    tar_add_data(&tar, name, sizeof name);
    tar_add_file(&tar, "b", "text");
    (void)tar_add_header(&tar, '2', "l", "nowhere", 0);
    tar_add_end(&tar);
    sweep("tar", &tar);
    (void)tar_add_header(&outer, '0', "x.zip", "", zip.size);
    tar_add_data(&outer, zip.data, zip.size);
    (void)tar_add_header(&outer, '0', "x.tar", "", tar.size);
    tar_add_data(&outer, tar.data, tar.size);
    tar_add_end(&outer);
    sweep("nested", &outer);
    buf_finish(&tar);
    buf_finish(&zip);
    buf_finish(&outer);
    static const char *const seeds[] = {"cpio/newc",      "cpio/odc",      "ar/gnu",   "ar/bsd",
                                        "rpm/small",      "zip/stream",    "zip/lzma", "zip/no_directory",
                                        "tar/sparse_1.0", "tar/sparse_gnu", "warc/records", "warc/gaps",
                                        "arc/records"};
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++)
        sweep_seed(seeds[i]);
    return 0;
}

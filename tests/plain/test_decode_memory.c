/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation of every decoder fails once, and again together with all after it: the result is out of
 * memory, or what it would have been; never a crash, and never a silent difference.
 *
 * malloc and its kin are this program's own, so the libraries' allocations fail as well. A sanitizer brings
 * an allocator of its own: then the decoders only run. The streams and the sink below allocate nothing
 * themselves.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "ingest/stream.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OTHER_ALLOCATOR
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OTHER_ALLOCATOR
#endif

#ifdef OTHER_ALLOCATOR
enum { INJECTS = 0 };
#else
enum { INJECTS = 1 };

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
#endif

/** One process, one thread: the plan of the present run. */
static struct {
    uint64_t ncalls;
    uint64_t fail_at; /**< 0: never */
    int lasting;
} plan;

#ifndef OTHER_ALLOCATOR
static int
fails(void)
{
    plan.ncalls++;
    int failing =
        plan.fail_at && (plan.ncalls == plan.fail_at || (plan.lasting && plan.ncalls > plan.fail_at));
    if (failing)
        errno = ENOMEM;
    return failing;
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
#endif

/** What came of one run. */
struct outcome {
    int status;
    uint64_t size, hash, ndefects;
    enum defect last;
};

struct counting_sink {
    struct sink sink;
    struct outcome *outcome;
};

static int
count_defect(struct sink *sink, struct item *item, enum defect defect, uint64_t offset, const char *text)
{
    (void)item;
    (void)offset;
    (void)text;
    struct outcome *outcome = ((struct counting_sink *)sink)->outcome;
    outcome->ndefects++;
    outcome->last = defect;
    return PROV_OK;
}

/** Bytes in blocks that are views: no allocation. */
struct view_stream {
    struct stream stream;
    struct bytes bytes;
    size_t position, block_bytes;
};

static int
view_fill(struct stream *stream, const uint8_t **data, size_t *size)
{
    struct view_stream *view = (struct view_stream *)stream;
    size_t left = view->bytes.size - view->position;
    *size = left < view->block_bytes ? left : view->block_bytes;
    *data = view->bytes.data + view->position;
    view->position += *size;
    return PROV_OK;
}

static void
view_close(struct stream *stream)
{
    (void)stream;
}

static struct outcome
run(struct bytes bytes, size_t block_bytes, uint64_t fail_at, int lasting)
{
    struct outcome outcome = {.last = DEFECT_COUNT};
    struct counting_sink sink = {.sink = {.defect = count_defect}, .outcome = &outcome};
    struct err err = {0};
    struct item item = {0};
    struct reading reading = {.sink = &sink.sink, .limits = &LIMITS_DEFAULT, .err = &err};
    struct view_stream view = {
        .stream = {.fill = view_fill, .close = view_close}, .bytes = bytes, .block_bytes = block_bytes};
    struct stream *stream = NULL;
    plan.ncalls = 0;
    plan.fail_at = fail_at;
    plan.lasting = lasting;
    outcome.status = decoder_open(codec_detect(bytes), &view.stream, &reading, &item, &stream);
    struct bytes block = {0};
    while (outcome.status == PROV_OK) {
        outcome.status = stream_next(stream, &block);
        if (outcome.status != PROV_OK || block.size == 0)
            break;
        outcome.hash = hash64(block.data, block.size, outcome.hash);
        outcome.size += block.size;
    }
    stream_close(stream);
    stream_close(&view.stream);
    plan.fail_at = 0;
    return outcome;
}

static int
sweep(const char *path, struct bytes bytes, size_t block_bytes, uint64_t *ncases)
{
    struct outcome expected = run(bytes, block_bytes, 0, 0);
    uint64_t ncalls = plan.ncalls;
    int failed = 0;
    for (int lasting = 0; lasting < 2; lasting++)
        for (uint64_t at = 1; INJECTS && at <= ncalls; at++, (*ncases)++) {
            struct outcome outcome = run(bytes, block_bytes, at, lasting);
            int same = outcome.status == expected.status && outcome.size == expected.size &&
                       outcome.hash == expected.hash && outcome.ndefects == expected.ndefects &&
                       outcome.last == expected.last;
            if (outcome.status != PROV_E_MEMORY && !same) {
                printf("%s: allocation %llu of %llu: status %d, %llu bytes, %llu defects\n", path,
                       (unsigned long long)at, (unsigned long long)ncalls, outcome.status,
                       (unsigned long long)outcome.size, (unsigned long long)outcome.ndefects);
                failed = 1;
            }
        }
    return failed;
}

int
main(void)
{
    static const char *const names[] = {
        "gzip/dynamic",
        "gzip/two-members-padding",
        "gzip/all-fields",
        "zstd_stream/one",
        "zstd_stream/raw-rle",
        "zstd_stream/skippable-two",
        "lzma_stream/xz-crc64",
        "lzma_stream/xz-blocks",
        "lzma_stream/xz-bcj",
        "lzma_stream/xz-two",
        "lzma_stream/lzma",
        "lzma_stream/lzip",
        "bzip2/two",
        "lz4/one",
        "lz4/linked-sums",
        "lz4/legacy-then-frame",
        "compress/plain",
    };
    int failed = 0;
    uint64_t ncases = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[4096];
        static uint8_t data[65536];
        (void)snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", SOURCE_DIR, names[i]);
        FILE *file = fopen(path, "rb");
        if (!file) {
            printf("%s: not there\n", path);
            return 1;
        }
        struct bytes bytes = {.data = data, .size = fread(data, 1, sizeof data, file)};
        (void)fclose(file);
        failed |= sweep(names[i], bytes, sizeof data, &ncases);
        failed |= sweep(names[i], bytes, 5, &ncases);
    }
    printf("%llu failed allocations\n", (unsigned long long)ncases);
    return failed;
}

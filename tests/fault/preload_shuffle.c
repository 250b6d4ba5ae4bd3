/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library for LD_PRELOAD: folders are listed in another order. PRELOAD_SEED chooses which; each call of
 * getdents64 gives its names shuffled. What a scan says must not depend on it.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS_MAX = 1 << 14 };

ssize_t getdents64(int fd, void *buffer, size_t size);

static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

ssize_t
getdents64(int fd, void *buffer, size_t size)
{
    ssize_t (*real)(int, void *, size_t) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "getdents64");
    ssize_t got = real(fd, buffer, size);
    const char *seed = getenv("PRELOAD_SEED");
    if (got <= 0 || !seed)
        return got;
    static struct dirent64 *records[RECORDS_MAX];
    uint64_t random = strtoull(seed, NULL, 10) * 0x9e3779b97f4a7c15u + (uint64_t)got + 1;
    uint8_t *copy = malloc((size_t)got), *out = buffer;
    size_t nrecords = 0;
    if (!copy)
        abort();
    memcpy(copy, buffer, (size_t)got);
    for (ssize_t at = 0; at < got && nrecords < RECORDS_MAX; nrecords++) {
        records[nrecords] = (struct dirent64 *)(void *)(copy + at);
        at += records[nrecords]->d_reclen;
    }
    for (size_t i = nrecords; i > 1; i--) {
        size_t j = next_random(&random) % i;
        struct dirent64 *record = records[i - 1];
        records[i - 1] = records[j];
        records[j] = record;
    }
    for (size_t i = 0; i < nrecords; i++) {
        memcpy(out, records[i], records[i]->d_reclen);
        out += records[i]->d_reclen;
    }
    free(copy);
    return got;
}

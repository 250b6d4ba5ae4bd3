/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do roots lie in one another? `provscan scan data data/train`, or a list that `find` made of folders and of
 * what is in them, would give each file as often as a root leads to it, and every count would be too high.
 * When they do, the walk remembers all files it meets, not only those with several links (crawl_entry.c).
 *
 * Roots may be many, so of each only the hash of its real path is kept: FNV-1a, which on its way through a
 * path has the hash of each folder above. Two paths with one hash cost memory, and change nothing: files are
 * told apart by device and inode.
 */
#include "ingest/crawl_state.h"

#include <limits.h>
#include <stdlib.h>

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static int
compare_hashes(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static uint64_t
hash_of(const char *path)
{
    uint64_t hash = FNV_BASIS;
    for (; *path; path++)
        hash = (hash ^ (uint8_t)*path) * FNV_PRIME;
    return hash;
}

/** Is a folder above path among the sorted hashes? */
static bool
has_root_above(const char *path, const uint64_t *hashes, size_t count)
{
    uint64_t hash = FNV_BASIS;
    for (const char *at = path; *at; at++) {
        uint64_t above = at == path ? (hash ^ '/') * FNV_PRIME : hash; /* "/" alone ends with its slash */
        if (*at == '/' && at[1] && bsearch(&above, hashes, count, sizeof hashes[0], compare_hashes))
            return true;
        hash = (hash ^ (uint8_t)*at) * FNV_PRIME;
    }
    return false;
}

int
crawl_find_overlap(struct crawl *crawl, bool has_folder)
{
    if (crawl->nroots < 2)
        return PROV_OK;
    uint64_t *hashes = calloc(crawl->nroots, sizeof hashes[0]);
    if (!hashes)
        return PROV_E_MEMORY;
    char path[PATH_MAX];
    size_t count = 0;
    for (size_t i = 0; i < crawl->nroots; i++) /* what has no real path now is told when it is walked */
        if (realpath((const char *)crawl->roots[i].data, path))
            hashes[count++] = hash_of(path);
    qsort(hashes, count, sizeof hashes[0], compare_hashes);
    for (size_t i = 1; i < count && !crawl->roots_overlap; i++)
        crawl->roots_overlap = hashes[i - 1] == hashes[i];
    for (size_t i = 0; has_folder && i < crawl->nroots && !crawl->roots_overlap; i++)
        crawl->roots_overlap =
            realpath((const char *)crawl->roots[i].data, path) && has_root_above(path, hashes, count);
    free(hashes);
    return PROV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache that the Hugging Face libraries keep on disk, whose data files are all symlinks:
 *
 *     datasets--org--name/                                  REPO
 *       blobs/0a1b...                                       the bytes, named by their digest
 *       refs/main                                           holds a COMMIT
 *       snapshots/COMMIT/data/train.parquet -> ../../../blobs/0a1b...
 *
 * A scan that follows no link finds no data here under its name, and a scan that follows all links leaves the
 * dataset. So the one shape that the libraries make is followed, and only by taking it apart: the target
 * must be as many `..` as lead from the link up to REPO, then `blobs`, then one name; and what the walk went
 * through to reach the link were real folders, so going up by text is going up. `blobs` is opened as
 * a folder below the root and the name in it with O_NOFOLLOW: whatever is swapped in between, no
 * byte outside REPO/blobs can be reached.
 *
 * The names of REPO and COMMIT do not matter: the shape is what makes it safe.
 *
 * When the root is itself a snapshot, blobs/ lies outside of it. It is opened only if the folder two levels
 * up from the root holds a `snapshots` that is the parent of the root, and a `blobs` that is a folder.
 *
 * Source: the cache layout as documented by huggingface_hub ("Understand caching").
 */
#include "ingest/hub_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "base/beneath.h"

enum { NAME_BYTES = 255, FOLDER_FLAGS = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

/** A link taken apart. */
struct hub_link {
    size_t nups;       /**< leading `..` in its target */
    struct bytes blob; /**< the name in blobs/ */
};

static bool
take_apart(struct bytes target, struct hub_link *link)
{
    link->nups = 0;
    while (bytes_start_with(target, "../")) {
        target = (struct bytes){target.data + 3, target.size - 3};
        link->nups++;
    }
    if (!bytes_start_with(target, "blobs/"))
        return false;
    link->blob = (struct bytes){target.data + 6, target.size - 6};
    bool is_dots = bytes_equal(link->blob, bytes_of(".")) || bytes_equal(link->blob, bytes_of(".."));
    return link->blob.size && link->blob.size <= NAME_BYTES && !is_dots &&
           !memchr(link->blob.data, '/', link->blob.size);
}

/** path without its last component; empty when it has but one. */
static struct bytes
parent_of(struct bytes path)
{
    const uint8_t *slash = path.size ? memrchr(path.data, '/', path.size) : NULL;
    return (struct bytes){path.data, slash ? (size_t)(slash - path.data) : 0};
}

static size_t
count_components(struct bytes path)
{
    size_t count = path.size != 0;
    for (size_t i = 0; i < path.size; i++)
        count += path.data[i] == '/';
    return count;
}

/** Is path, a link's folder, in a snapshot of the repository at repo, a beginning of path? */
static bool
is_in_snapshot(struct bytes path, struct bytes repo)
{
    size_t start = repo.size ? repo.size + 1 : 0;
    if (start >= path.size)
        return false;
    struct bytes rest = {path.data + start, path.size - start};
    return bytes_start_with(rest, "snapshots/");
}

/** The blobs/ of the repository whose snapshot the root is. @return a descriptor or -1 */
static int
open_above(int root)
{
    int parent = openat(root, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int repo = parent < 0 ? -1 : openat(parent, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat is, should_be;
    bool fits = repo >= 0 && fstat(parent, &is) == 0 &&
                fstatat(repo, "snapshots", &should_be, AT_SYMLINK_NOFOLLOW) == 0 &&
                is.st_dev == should_be.st_dev && is.st_ino == should_be.st_ino;
    int blobs = fits ? openat(repo, "blobs", O_PATH | FOLDER_FLAGS) : -1;
    if (parent >= 0)
        (void)close(parent);
    if (repo >= 0)
        (void)close(repo);
    return blobs;
}

/** The blobs/ of the repository at repo below the root; kept open for the next link. */
static int
open_blobs(struct hub_cache *cache, int root, struct bytes repo)
{
    if (cache->blobs >= 0 && bytes_equal(buf_bytes(&cache->repo), repo))
        return cache->blobs;
    if (cache->blobs >= 0)
        (void)close(cache->blobs);
    cache->blobs = -1;
    buf_clear(&cache->repo);
    if (buf_append(&cache->repo, repo.data, repo.size) != PROV_OK)
        return -ENOMEM;
    size_t size = cache->repo.size;
    if (buf_append_text(&cache->repo, repo.size ? "/blobs" : "blobs") != PROV_OK)
        return -ENOMEM;
    cache->blobs = beneath_open(root, buf_bytes(&cache->repo), O_PATH | O_DIRECTORY);
    cache->repo.size = size;
    return cache->blobs;
}

void
hub_cache_begin(struct hub_cache *cache)
{
    if (cache->repo.data || cache->above_known)
        hub_cache_finish(cache);
    cache->blobs = cache->above = -1;
}

int
hub_cache_open(struct hub_cache *cache, int root, struct bytes path, struct bytes target, int flags)
{
    struct hub_link link;
    if (!take_apart(target, &link))
        return -EINVAL;
    struct bytes folder = parent_of(path), repo = folder;
    size_t depth = count_components(folder);
    int blobs;
    if (link.nups == depth + 2) {
        if (!cache->above_known)
            cache->above = open_above(root);
        cache->above_known = true;
        blobs = cache->above < 0 ? -EINVAL : cache->above;
    } else {
        for (size_t i = 0; i < link.nups && i < depth; i++)
            repo = parent_of(repo);
        if (link.nups < 2 || link.nups > depth || !is_in_snapshot(folder, repo))
            return -EINVAL;
        blobs = open_blobs(cache, root, repo);
    }
    return blobs < 0 ? blobs : beneath_open(blobs, link.blob, flags);
}

void
hub_cache_finish(struct hub_cache *cache)
{
    if (cache->repo.data && cache->blobs >= 0)
        (void)close(cache->blobs);
    if (cache->above_known && cache->above >= 0)
        (void)close(cache->above);
    buf_finish(&cache->repo);
    *cache = (struct hub_cache){.blobs = -1, .above = -1};
}

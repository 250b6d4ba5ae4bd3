/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_HUB_CACHE_H
#define INGEST_HUB_CACHE_H

#include <stdbool.h>

#include "base/bytes.h"

/** What is open of a Hugging Face cache below the present root. Begin with hub_cache_begin. */
struct hub_cache {
    int blobs;       /**< the blobs/ folder used last; -1: none */
    struct buf repo; /**< path of its repository folder below the root */
    int above;       /**< blobs/ of the repository that the root is a snapshot of; -1: none */
    bool above_known;
};

/** Start with a new root. The cache must be zeroed, finished or begun before. */
void hub_cache_begin(struct hub_cache *cache);

/**
 * Open the file that a link in a snapshot stands for: a link at REPO/snapshots/COMMIT/... that leads
 * up to REPO and from there to blobs/NAME, without detours. Nothing else is opened, and no link on the way
 * is followed. REPO lies below the root, or is the root, or the root is REPO/snapshots/COMMIT.
 *
 * @param root    the open root folder
 * @param path    of the link, below the root
 * @param target  of the link
 * @param flags   O_RDONLY or O_PATH
 * @return a descriptor, the caller's to close, not yet known to be of a regular file; -EINVAL: not such a
 *         link; another negative errno: the blob cannot be opened; -ENOMEM
 */
int hub_cache_open(struct hub_cache *cache, int root, struct bytes path, struct bytes target, int flags);

/** Close what is open. Zeroed is fine. */
void hub_cache_finish(struct hub_cache *cache);

#endif

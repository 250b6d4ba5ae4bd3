/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files were met already, so that a hard link is an alias and not a second copy.
 *
 * An open-addressed table of (device, inode), three quarters full at most, with the path of the first
 * sighting in an arena. Only files with more than one name get in, and those that a followed link led to.
 * Past the bound nothing new gets in; since the crawl has one order, the same ones are left out in each run.
 */
#include "ingest/inode_set.h"

#include <stdlib.h>

#include "base/digest.h"

enum { SLOTS_MIN = 256 };

/** The slot of a file, or the empty one where it belongs. */
static struct inode *
slot_of(struct inode *slots, size_t nslots, uint64_t device, uint64_t inode)
{
    const uint64_t key[2] = {device, inode};
    size_t place = (size_t)hash64(key, sizeof key, 0) & (nslots - 1);
    while (slots[place].path && (slots[place].device != device || slots[place].inode != inode))
        place = (place + 1) & (nslots - 1);
    return &slots[place];
}

struct inode *
inode_set_find(const struct inode_set *set, uint64_t device, uint64_t inode)
{
    if (set->count == 0)
        return NULL;
    struct inode *slot = slot_of(set->slots, set->nslots, device, inode);
    return slot->path ? slot : NULL;
}

static int
grow(struct inode_set *set)
{
    size_t nslots = set->nslots ? set->nslots * 2 : SLOTS_MIN;
    struct inode *slots = calloc(nslots, sizeof *slots);
    if (!slots)
        return PROV_E_MEMORY;
    for (size_t i = 0; i < set->nslots; i++)
        if (set->slots[i].path)
            *slot_of(slots, nslots, set->slots[i].device, set->slots[i].inode) = set->slots[i];
    free(set->slots);
    set->slots = slots;
    set->nslots = nslots;
    return PROV_OK;
}

int
inode_set_add(struct inode_set *set, const struct inode *inode)
{
    bool full = set->count + 1 > set->nslots / 4 * 3;
    size_t grown = full ? (set->nslots ? set->nslots * 2 : SLOTS_MIN) : set->nslots;
    if (grown * sizeof set->slots[0] + set->paths.total + inode->path_size > set->bytes_max)
        return PROV_OK;
    if (full)
        TRY(grow(set));
    struct bytes path = arena_bytes(&set->paths, (struct bytes){inode->path, inode->path_size});
    if (!path.data)
        return PROV_E_MEMORY;
    struct inode *slot = slot_of(set->slots, set->nslots, inode->device, inode->inode);
    set->count += !slot->path;
    *slot = *inode;
    slot->path = path.data;
    return PROV_OK;
}

void
inode_set_finish(struct inode_set *set)
{
    free(set->slots);
    arena_finish(&set->paths);
    *set = (struct inode_set){0};
}

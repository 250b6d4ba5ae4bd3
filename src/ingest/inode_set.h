/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_INODE_SET_H
#define INGEST_INODE_SET_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

/** A file that may be met again, and where it was met first; 32 bytes, for there may be many. */
struct inode {
    uint64_t device, inode;
    const uint8_t *path; /**< below its root; owned by the set; NULL: an empty slot */
    uint32_t path_size;
    uint32_t root : 31;
    uint32_t skipped : 1; /**< it was left out by a rule there: not read */
};

/** Files met, by device and inode; memory is bounded. Zero-initialise but for bytes_max. */
struct inode_set {
    size_t bytes_max;
    struct inode *slots; /**< owned; nslots is a power of two */
    size_t nslots, count;
    struct arena paths;
};

/** The file met before, or NULL. Valid until the next add. */
struct inode *inode_set_find(const struct inode_set *set, uint64_t device, uint64_t inode);

/**
 * Remember a file, or where it is met now instead. A full set forgets silently: such a file is read
 * under each of its names, which is true and only slower.
 *
 * @return PROV_OK, PROV_E_MEMORY
 */
int inode_set_add(struct inode_set *set, const struct inode *inode);
void inode_set_finish(struct inode_set *set);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_NAME_SET_H
#define INGEST_NAME_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "ingest/reader.h"

/** What a member turned out to be beside those before it: bits of name_set_add. */
enum name_relation {
    NAME_DUPLICATE = 1 << 0,       /**< another member has the same path */
    NAME_SYMLINK_ESCAPES = 1 << 1, /**< its target is outside of the archive */
    NAME_HARDLINK_ESCAPES = 1 << 2,
    NAME_HARDLINK_DANGLES = 1 << 3, /**< no earlier member has the path of its target */
    NAME_BEHIND_ESCAPE = 1 << 4,    /**< its path leads through a symlink that escapes */
};

/**
 * The paths of one archive's members, as hashes, in bounded memory: past NAME_SET_MAX paths no more are
 * kept, and only what can be told without them is told. Zero-initialise.
 */
struct name_set {
    uint64_t *slots; /**< open addressing, 0 is free; owned */
    size_t nslots;   /**< a power of two, or 0 */
    size_t count;
    bool full;         /**< NAME_SET_MAX was reached */
    bool has_escapes;  /**< some symlink escapes */
    uint64_t folder;   /**< hash of the folder whose ancestors were noted last */
    struct buf path;   /**< scratch: the present member's path, resolved */
    struct buf target; /**< scratch: where its link leads */
    struct buf
        links; /**< symlinks to be checked at the end: (size, target, size, name) one after the other */
};
enum { NAME_SET_MAX = 1 << 21, NAME_SET_LINK_BYTES = 4 << 20 };

/** Note a member. @param relations  set of enum name_relation. @return PROV_OK, PROV_E_MEMORY */
int name_set_add(struct name_set *set, const struct member *member, unsigned *relations);

/**
 * After the last member: symlinks that lead to no member.
 *
 * @param example  appended: the name of the first of them; untrusted bytes
 * @return their number
 */
uint64_t name_set_dangling(struct name_set *set, struct bytes *example);
void name_set_finish(struct name_set *set);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_CRAWL_STATE_H
#define INGEST_CRAWL_STATE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "ingest/crawl.h"
#include "ingest/folder_stack.h"
#include "ingest/hub_cache.h"
#include "ingest/ignore.h"
#include "ingest/inode_set.h"

enum { CRAWL_LOOK_AGAIN = 1 /**< the entry is not what it was a moment ago */ };

/** Said of a folder. */
#define CRAWL_RULES_REFUSED "its .provscanignore has too many rules: none of them is applied"

/** A crawl under way: private to crawl.c, crawl_entry.c and crawl_link.c. */
struct crawl {
    struct arena arena;  /**< roots */
    struct bytes *roots; /**< copies, NUL-terminated */
    size_t nroots;
    size_t next_root;
    uint32_t root; /**< the present one */

    bool roots_overlap; /**< one leads to files of another: every file met is in inodes */
    bool has_avoid;
    uint64_t avoid_device, avoid_inode;

    struct folder_stack stack;
    struct ignore ignore;
    struct inode_set inodes;
    struct hub_cache hub;
    uint64_t nfollowed; /**< links followed so far: their blobs are in inodes, whatever their link count */

    struct buf rule;    /**< of the unit given out; while a folder is skipped, of that folder */
    struct buf content; /**< of a .provscanignore */
    uint8_t target[PATH_MAX + 1];

    struct {
        int fd;        /**< of the root last opened again; -1: none */
        uint32_t root; /**< which */
        struct hub_cache hub;
    } again;
};

/** A unit that is not given out yet, for one entry. */
struct entry {
    struct bytes name;
    uint8_t type; /**< DT_... as known */
    struct unit *unit;
    int *fd; /**< NULL when the caller wants none */
};

/**
 * Look whether a root is named twice or lies in another: crawl->roots_overlap.
 *
 * @param has_folder  whether a root is a folder
 * @return PROV_OK, PROV_E_MEMORY
 */
int crawl_find_overlap(struct crawl *crawl, bool has_folder);

/** Start the unit of an entry whose path is crawl->stack.path. */
void crawl_entry_begin(const struct crawl *crawl, struct unit *unit);

/** Put what fstat said into a unit. Only regular files have a size. */
void crawl_entry_stat(struct unit *unit, const struct stat *st);

/** Give a unit a defect with its words. */
void crawl_entry_note(struct unit *unit, enum defect defect, const char *reason);

/** Make a unit UNIT_UNREADABLE, with the words for an errno. */
void crawl_entry_fault(struct unit *unit, int error);

/** What cannot be looked at: unreadable; or when it is left out anyway, UNIT_SKIPPED and of unknown size. */
void crawl_entry_refuse(const struct crawl *crawl, struct unit *unit, int error, bool skipped);

/** The defect that an errno stands for, and its words (static). */
enum defect crawl_entry_defect(int error, const char **reason);

/** Make the unit of an entry of the folder on top; a folder is entered. @return PROV_OK, PROV_E_MEMORY */
int crawl_entry(struct crawl *crawl, struct entry *entry);

/**
 * Make the unit of a regular file: read, an alias of one that was, or left out.
 *
 * @param rule     it is left out: crawl->rule says by which
 * @param via_link a link was followed to it
 */
int crawl_entry_file(struct crawl *crawl, struct unit *unit, const struct stat *st, bool skipped,
                     bool via_link);

/** Put an open folder, which is at crawl->stack.path, on top. @param error  errno of a listing cut short, or
 * 0 */
int crawl_entry_push(struct crawl *crawl, int fd, const struct stat *st, bool skipped, int *error);

/** Make the unit of a symlink. @return PROV_OK; CRAWL_LOOK_AGAIN: it is none; PROV_E_MEMORY */
int crawl_link(struct crawl *crawl, struct entry *entry, bool skipped);

/** Compose crawl->rule. */
int crawl_entry_rule(struct crawl *crawl, const struct ignore_rule *rule);

#endif

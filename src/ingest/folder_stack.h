/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_FOLDER_STACK_H
#define INGEST_FOLDER_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/status.h"
#include "ingest/names.h"

/** How much a walk may hold. */
struct folder_bounds {
    size_t nfds;               /**< folders open at a time, at least 2 */
    size_t folder_names_bytes; /**< names of one folder */
    size_t names_bytes;        /**< names of all folders on the path */
};

/** A folder on the present path. */
struct folder {
    int fd;                 /**< -1: closed for a while, or lost */
    uint64_t device, inode; /**< to know it again */
    size_t path_size;       /**< of its path in folder_stack.path */
    struct names names;     /**< those that are next, in order */
    size_t next;            /**< in names */
    bool dropped;           /**< names were forgotten to save memory: list again behind the child just left */
    bool is_hub;            /**< a Hugging Face repository folder: its blobs come last */
    bool blobs_given;       /**< and were given */
    bool skipped;           /**< left out by a rule, walked for its bytes */
    bool rules_refused;     /**< its .provscanignore is too large to be applied */
};

/**
 * The folders from a root down to where the walk is, and the path there. Zero-initialise but for bounds.
 * The top one is open; of the others, the root and the nearest few.
 */
struct folder_stack {
    struct folder_bounds bounds;
    struct folder *folders; /**< owned; the root first */
    size_t count, capacity;
    size_t first_open;  /**< folders from here on are open (and the root) */
    size_t names_bytes; /**< held by all folders */
    struct buf path;    /**< below the root: of the top folder, or of the entry in it that is looked at */
    struct buf after;   /**< the child that the walk came back from last */
    uint8_t *listing;   /**< where the kernel writes entries */
};

/**
 * Put an open folder on top; its path is stack->path. Its names are listed.
 *
 * @param fd     taken, also on failure
 * @param st     of fd
 * @param error  0, or the errno that cut the listing short
 * @return PROV_OK, PROV_E_MEMORY
 */
int folder_stack_push(struct folder_stack *stack, int fd, const struct stat *st, int *error);

/** The folder on top; NULL: none. Valid until the next push. */
struct folder *folder_stack_top(const struct folder_stack *stack);

/**
 * The next name in the top folder.
 *
 * @param name   valid until the next call
 * @param type   DT_REG ...
 * @param error  0, or why the rest of the folder cannot be listed: an errno
 * @return PROV_OK; PROV_E_DATA: no more; PROV_E_IO: error says why there may be more, and the next call gives
 *         those that were listed all the same; PROV_E_MEMORY
 */
int folder_stack_next(struct folder_stack *stack, struct bytes *name, uint8_t *type, int *error);

/** Set stack->path to that of an entry of the top folder. @return PROV_OK, PROV_E_MEMORY */
int folder_stack_descend(struct folder_stack *stack, struct bytes name);

/**
 * Leave the top folder; the one below becomes the top and is open, unless it is gone: then its fd
 * stays -1.
 *
 * @return PROV_OK, PROV_E_MEMORY
 */
int folder_stack_pop(struct folder_stack *stack);

/** Close all folders but the top one and the root, when descriptors are short. @return whether any was closed
 */
bool folder_stack_spare_fds(struct folder_stack *stack);

/** Is this one of the folders on the path? */
bool folder_stack_holds(const struct folder_stack *stack, uint64_t device, uint64_t inode);

/** Leave all folders. */
void folder_stack_clear(struct folder_stack *stack);
void folder_stack_finish(struct folder_stack *stack);

#endif

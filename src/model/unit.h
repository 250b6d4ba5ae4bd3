/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_UNIT_H
#define MODEL_UNIT_H

#include <stdint.h>

#include "base/bytes.h"
#include "model/defect.h"

/** What the crawl made of a directory entry; values are stored. */
enum unit_kind {
    UNIT_FILE = 0,     /**< to be read by a worker */
    UNIT_DIRECTORY = 1,
    UNIT_SYMLINK = 2,  /**< recorded, not followed */
    UNIT_SPECIAL = 3,  /**< FIFO, socket, device: recorded, never opened */
    UNIT_ALIAS = 4,    /**< the same inode as an earlier unit (hard link, or a followed cache link): not read twice */
    UNIT_SKIPPED = 5,  /**< left out by a named rule; its bytes are counted */
    UNIT_UNREADABLE = 6, /**< could not be looked at; the defect says why */
};

/** Identity of a file's state: when any field differs the file is read again. */
struct unit_stamp {
    uint64_t size;
    uint64_t device, inode;
    int64_t mtime_ns, ctime_ns;
    uint64_t blocks_bytes; /**< bytes allocated on disk; less than size for a sparse file */
};

/** One entry of the crawl, in crawl order: roots as given, names of a folder by their bytes. */
struct unit {
    enum unit_kind kind;
    uint32_t root;         /**< index of the root it was found under */
    struct bytes path;     /**< below the root, raw bytes, '/' between; the file's name when the root is a file */
    struct bytes link;     /**< target of a symlink; path of the unit that an alias repeats (same root) */
    uint32_t link_root;    /**< root of that unit, for an alias */
    struct bytes rule;     /**< the rule that skipped it, e.g. "--exclude *.bak" or ".provscanignore: *.bak" */
    uint32_t mode;         /**< st_mode */
    uint64_t nlinks;
    struct unit_stamp stamp;
    enum defect defect;    /**< DEFECT_COUNT when there is none */
    char reason[128];      /**< words for the defect */
};

#endif

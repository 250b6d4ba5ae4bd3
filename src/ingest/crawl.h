/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_CRAWL_H
#define INGEST_CRAWL_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/status.h"
#include "model/unit.h"

struct crawl;
struct folder_bounds;

struct crawl_options {
    const struct bytes *roots; /**< paths as given: folders or files */
    size_t nroots;
    const char *const *excludes; /**< --exclude globs; see ignore.c for the syntax */
    size_t nexcludes;
    struct bytes avoid; /**< path of a folder never entered (the output folder); may be empty */
    const struct folder_bounds *bounds; /**< NULL: those of base/limits.h; tests set small ones */
};

/**
 * Walk roots by directory descriptors, never by paths, and yield one unit for each entry, in an order
 * that depends on names alone: roots as given, the entries of a folder by their bytes, a folder
 * before what is in it (and `blobs` of a Hugging Face repository folder after its other entries).
 *
 * Where roots lie in one another, a file that was given before is a UNIT_ALIAS, like the further names of a
 * hard link.
 *
 * Nothing outside a root is reached: no symlink is followed except those of a Hugging Face cache snapshot,
 * which lead into the blobs/ of the same repository folder. A root itself may be a symlink: it was named.
 * A root that is a folder is no entry; only when it cannot be read, is the output folder, or has more rules
 * in its .provscanignore than can be applied, it is a unit with an empty path.
 *
 * @param options  borrowed for the call
 * Thread: one.
 * @return PROV_OK, PROV_E_MEMORY, PROV_E_USAGE (a root does not exist; an exclude makes no sense)
 */
int crawl_open(const struct crawl_options *options, struct crawl **crawl, struct err *err);

/**
 * The next unit.
 *
 * Sizes are of regular files; all else has size 0. A skipped folder is a unit, and so is each thing in it.
 * A UNIT_FILE that was reached through a link has the target in `link`; its last component is the name of
 * the blob.
 *
 * @param unit  filled in; its bytes are valid until the next call
 * @param fd    for UNIT_FILE, when fd is not NULL: an open descriptor of the file (O_RDONLY, fstat agrees
 *              with unit->stamp), the caller's to close; -1 for every other kind. When fd is NULL files are
 *              not opened, and whether they may be read is not known
 * @return PROV_OK; PROV_E_DATA when there are no more units; PROV_E_MEMORY
 *
 * What cannot be read (permission, I/O, vanished) is a unit of kind UNIT_UNREADABLE with a defect, not
 * a failure. A folder whose listing breaks off is one too, and what was listed follows; when that happens in
 * the middle of a very large folder, its unit comes a second time, as UNIT_UNREADABLE.
 */
int crawl_next(struct crawl *crawl, struct unit *unit, int *fd, struct err *err);

/**
 * Open a UNIT_FILE again by its root and path (for a retry, or a resumed scan), with the same care.
 *
 * @param fd     a descriptor as crawl_next gives it
 * @param stamp  the state found now
 * @param defect set when the result is PROV_E_DATA: FS_VANISHED, FS_PERMISSION, FS_IO_ERROR, FS_SPECIAL_FILE
 */
int crawl_reopen(struct crawl *crawl, const struct unit *unit, int *fd, struct unit_stamp *stamp,
                 enum defect *defect);
void crawl_close(struct crawl *crawl);

/** Read the state of an open file. @return PROV_OK, PROV_E_IO */
int crawl_stamp(int fd, struct unit_stamp *stamp);

#endif

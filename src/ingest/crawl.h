/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_CRAWL_H
#define INGEST_CRAWL_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/status.h"
#include "model/unit.h"

struct crawl;

struct crawl_options {
    const struct bytes *roots; /**< paths as given: folders or files; borrowed */
    size_t nroots;
    const char *const *excludes; /**< --exclude globs; borrowed */
    size_t nexcludes;
    struct bytes avoid; /**< absolute path of a folder never entered (the output folder); may be empty */
};

/**
 * Walk roots by directory descriptors, never by paths, and yield one unit for each entry, in an order
 * that depends on names alone: roots as given, the entries of a folder by their bytes, a folder
 * before what is in it. Nothing outside a root is reached: no symlink is followed except those of a
 * Hugging Face cache snapshot, which lead into the blobs/ of the same repository folder.
 *
 * Thread: one.
 * @return PROV_OK, PROV_E_MEMORY, PROV_E_USAGE (a root does not exist)
 */
int crawl_open(const struct crawl_options *options, struct crawl **crawl, struct err *err);

/**
 * The next unit.
 *
 * @param unit  filled in; its bytes are valid until the next call
 * @param fd    for UNIT_FILE, when fd is not NULL: an open descriptor of the file (O_RDONLY, fstat agrees
 *              with unit->stamp), the caller's to close, or -1; -1 for every other kind
 * @return PROV_OK; PROV_E_DATA when there are no more units; PROV_E_MEMORY
 *
 * What cannot be read (permission, I/O, vanished) is a unit of kind UNIT_UNREADABLE with a defect, not
 * a failure.
 */
int crawl_next(struct crawl *crawl, struct unit *unit, int *fd, struct err *err);

/**
 * Open one unit again by its root and path (for a retry, or a resumed scan), with the same care.
 *
 * @param stamp  the state found now
 * @param defect set when the result is PROV_E_DATA: FS_VANISHED, FS_PERMISSION, FS_IO_ERROR, FS_SPECIAL_FILE
 */
int crawl_reopen(struct crawl *crawl, const struct unit *unit, int *fd, struct unit_stamp *stamp,
                 enum defect *defect);
void crawl_close(struct crawl *crawl);

/** Read the state of an open file. @return PROV_OK, PROV_E_IO */
int crawl_stamp(int fd, struct unit_stamp *stamp);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_OUTFILE_H
#define BASE_OUTFILE_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/status.h"

/**
 * One of our output files, written so that it appears whole or not at all: under a temporary name in the same
 * folder, then fsync, rename, fsync of the folder. On any failure (a full disk too) what stood under the
 * final name stays as it was, and the temporary file is removed.
 */
struct outfile;

/** @return PROV_OK; PROV_E_IO (err names the path), PROV_E_MEMORY */
int outfile_open(const char *path, struct outfile **file, struct err *err);

/** Append. After a failure only outfile_abandon makes sense. @return PROV_OK, PROV_E_IO */
int outfile_write(struct outfile *file, const void *data, size_t size, struct err *err);

/** Put it in place; the file is released whatever the result. @return PROV_OK, PROV_E_IO */
int outfile_commit(struct outfile *file, struct err *err);

/** Remove it again. NULL is fine. */
void outfile_abandon(struct outfile *file);

/** The three steps for content that is in memory. */
int outfile_write_whole(const char *path, struct bytes content, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_INFILE_H
#define BASE_INFILE_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/status.h"

/**
 * Read the whole of one of our own small files: a policy, a list of names. Only regular files, so that a
 * FIFO or a device never blocks us or grows without end.
 *
 * @param size_max  more bytes than this are refused, also when the file grows while it is read
 * @param content   appended to; unchanged on failure
 * @return PROV_OK, PROV_E_IO, PROV_E_MEMORY; err names the path
 */
int infile_read(const char *path, size_t size_max, struct buf *content, struct err *err);

#endif

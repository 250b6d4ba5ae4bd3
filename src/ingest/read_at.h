/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_READ_AT_H
#define INGEST_READ_AT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Read size bytes of a file at a place, whatever the number of calls that takes.
 *
 * @param fault  set when the device failed; never cleared. May be NULL where a failed read is told otherwise
 * @return bytes read; fewer than size at the end of the file, or before a fault
 */
size_t read_at(int fd, void *buffer, size_t size, uint64_t offset, bool *fault);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Some formats keep their directory at the end and must be read by seeking. Inside another archive
 * there is nothing to seek in, so the member is copied into a memfd: memory with a descriptor, no name
 * and no file behind it, gone when the descriptor is closed. A descriptor rather than a heap block,
 * because then one code path reads both files on disk and members in memory.
 *
 * How much may lie in spools at once is the caller's count; here only one is bounded.
 */
#include "ingest/spool.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

static bool
write_whole(int fd, struct bytes block)
{
    while (block.size) {
        ssize_t written = write(fd, block.data, block.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        block.data += written;
        block.size -= (size_t)written;
    }
    return true;
}

int
spool_fill(struct stream *stream, uint64_t nbytes_max, int *fd, uint64_t *size)
{
    *fd = -1;
    int memory = memfd_create("spool", MFD_CLOEXEC);
    if (memory < 0)
        return PROV_OK;
    uint64_t total = 0;
    struct bytes block;
    int status;
    while ((status = stream_peek(stream, 1, &block)) == PROV_OK && block.size) {
        if (block.size > nbytes_max - total || !write_whole(memory, block)) {
            (void)close(memory);
            return PROV_OK;
        }
        stream_take(stream, block.size);
        total += block.size;
    }
    if (status != PROV_OK && status != PROV_E_DATA) {
        (void)close(memory);
        return status;
    }
    *fd = memory;
    *size = total;
    return status;
}

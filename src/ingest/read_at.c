/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads outside the stream of a file: to tell what it is, and to look at the directory at its end. A failing
 * device must not look like the end of the file here: an archive that is not recognised would be taken for a
 * file of an unknown type, and nothing would tell that it was not read.
 */
#include "ingest/read_at.h"

#include <errno.h>
#include <unistd.h>

size_t
read_at(int fd, void *buffer, size_t size, uint64_t offset, bool *fault)
{
    size_t total = 0;
    while (total < size && offset <= INT64_MAX - size) {
        ssize_t got = pread(fd, (char *)buffer + total, size - total, (off_t)(offset + total));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && fault)
            *fault = true;
        if (got <= 0)
            break;
        total += (size_t)got;
    }
    return total;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded read of a whole file. The size that the file system tells is a hint for the allocation and
 * nothing else: what counts is what read() gives.
 */
#include "base/infile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP_BYTES = 64 << 10 };

static int
check_regular(int fd, const char *path, struct err *err)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return err_set(err, PROV_E_IO, "%s: %s", path, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return err_set(err, PROV_E_IO, "%s: is a directory", path);
    if (!S_ISREG(status.st_mode))
        return err_set(err, PROV_E_IO, "%s: not a regular file", path);
    return PROV_OK;
}

static int
read_all(int fd, const char *path, size_t size_max, struct buf *content, struct err *err)
{
    size_t before = content->size;
    for (;;) {
        if (buf_reserve(content, STEP_BYTES) != PROV_OK)
            return err_set(err, PROV_E_MEMORY, "%s: out of memory", path);
        ssize_t size = read(fd, content->data + content->size, STEP_BYTES);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return err_set(err, PROV_E_IO, "%s: %s", path, strerror(errno));
        content->size += (size_t)size;
        content->data[content->size] = 0;
        if (size == 0)
            return PROV_OK;
        if (content->size - before > size_max)
            return err_set(err, PROV_E_IO, "%s: larger than %zu bytes", path, size_max);
    }
}

int
infile_read(const char *path, size_t size_max, struct buf *content, struct err *err)
{
    size_t before = content->size;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return err_set(err, PROV_E_IO, "%s: %s", path, strerror(errno));
    int status = check_regular(fd, path, err);
    if (status == PROV_OK)
        status = read_all(fd, path, size_max, content, err);
    (void)close(fd);
    if (status != PROV_OK && content->data) {
        content->size = before;
        content->data[before] = 0;
    }
    return status;
}

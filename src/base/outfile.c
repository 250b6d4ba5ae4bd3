/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Atomic files. The temporary name is random and opened with O_EXCL, so neither a leftover nor a planted link
 * is written through; rename replaces the old file in one step, and the folder is synced so that the new name
 * survives a power cut.
 */
#include "base/outfile.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_TRIES = 16, BUFFER_BYTES = 256 << 10 };

struct outfile {
    char *path;      /**< final name; owned */
    char *temporary; /**< present name; owned */
    int fd;
    struct buf buffer; /**< not yet written */
};

static int
fail(const char *path, int reason, struct err *err)
{
    return err_set(err, PROV_E_IO, "%s: %s", path, strerror(reason));
}

static int
open_temporary(struct outfile *file, struct err *err)
{
    for (int i = 0; i < NAME_TRIES; i++) {
        uint64_t random = 0;
        if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
            return fail(file->path, errno, err);
        (void)sprintf(file->temporary, "%s.%016llx.part", file->path, (unsigned long long)random);
        file->fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file->fd >= 0)
            return PROV_OK;
        if (errno != EEXIST)
            break;
    }
    return fail(file->path, errno, err);
}

static void
release(struct outfile *file)
{
    if (file->fd >= 0)
        (void)close(file->fd);
    buf_finish(&file->buffer);
    free(file->path);
    free(file->temporary);
    free(file);
}

int
outfile_open(const char *path, struct outfile **out, struct err *err)
{
    struct outfile *file = calloc(1, sizeof *file);
    if (!file)
        return err_set(err, PROV_E_MEMORY, "%s: out of memory", path);
    file->fd = -1;
    file->path = strdup(path);
    file->temporary = malloc(strlen(path) + sizeof ".0123456789abcdef.part");
    int status = file->path && file->temporary ? open_temporary(file, err)
                                               : err_set(err, PROV_E_MEMORY, "%s: out of memory", path);
    if (status != PROV_OK) {
        release(file);
        return status;
    }
    *out = file;
    return PROV_OK;
}

static int
write_all(const struct outfile *file, const uint8_t *data, size_t size, struct err *err)
{
    while (size) {
        ssize_t written = write(file->fd, data, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(file->path, errno, err);
        data += written;
        size -= (size_t)written;
    }
    return PROV_OK;
}

int
outfile_write(struct outfile *file, const void *data, size_t size, struct err *err)
{
    if (buf_append(&file->buffer, data, size) != PROV_OK)
        return err_set(err, PROV_E_MEMORY, "%s: out of memory", file->path);
    if (file->buffer.size < BUFFER_BYTES)
        return PROV_OK;
    int status = write_all(file, file->buffer.data, file->buffer.size, err);
    buf_clear(&file->buffer);
    return status;
}

/* Make the new name durable: the folder holds it. */
static int
sync_folder(const struct outfile *file, struct err *err)
{
    char *folder = strdup(file->path);
    if (!folder)
        return err_set(err, PROV_E_MEMORY, "%s: out of memory", file->path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = 0;
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Some file systems cannot sync a folder; the file itself is safe by then. */
    int failed = fd >= 0 && fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP ? errno : 0;
    if (fd >= 0)
        (void)close(fd);
    free(folder);
    return failed ? fail(file->path, failed, err) : PROV_OK;
}

int
outfile_commit(struct outfile *file, struct err *err)
{
    int status = write_all(file, file->buffer.data, file->buffer.size, err);
    if (status == PROV_OK && fsync(file->fd) != 0)
        status = fail(file->path, errno, err);
    int fd = file->fd;
    file->fd = -1;
    if (close(fd) != 0 && status == PROV_OK)
        status = fail(file->path, errno, err);
    if (status == PROV_OK && rename(file->temporary, file->path) != 0)
        status = fail(file->path, errno, err);
    if (status != PROV_OK)
        (void)unlink(file->temporary);
    else
        status = sync_folder(file, err);
    release(file);
    return status;
}

void
outfile_abandon(struct outfile *file)
{
    if (!file)
        return;
    (void)unlink(file->temporary);
    release(file);
}

int
outfile_write_whole(const char *path, struct bytes content, struct err *err)
{
    struct outfile *file = NULL;
    TRY(outfile_open(path, &file, err));
    assert(file);
    int status = outfile_write(file, content.data, content.size, err);
    if (status == PROV_OK)
        return outfile_commit(file, err);
    outfile_abandon(file);
    return status;
}

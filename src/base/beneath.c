/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening below a folder without ever leaving it, whatever happens to the tree meanwhile.
 *
 * openat2 (Linux 5.6) does it in the kernel: RESOLVE_BENEATH, no symlinks, no magic links. Where it is
 * missing (older kernels; sandboxes that do not know it), the path is walked one component at a time
 * with O_NOFOLLOW, which gives the same promise for more system calls.
 *
 * The kernel takes PATH_MAX (4,096) bytes at a time, and trees are deeper: a long path is walked in pieces
 * cut at a slash, each relative to the folder the last one ended in.
 *
 *     a/b/c ... /k | l/m/n ... /z | file
 *     open(folder)   open(fd 1)     open(fd 2)
 *
 * Mount points are crossed (no RESOLVE_NO_XDEV): see crawl.c.
 */
#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PIECE_BYTES = 4000, COMPONENT_BYTES = 255, RETRIES = 16 };

/** The flags that every open here has; the kernel takes no others beside O_PATH. */
static int
full_flags(int flags)
{
    return flags | O_NOFOLLOW | O_CLOEXEC | (flags & O_PATH ? 0 : O_NONBLOCK | O_NOCTTY);
}

/** @return a descriptor, or a negative errno; -ENOSYS when the kernel has no openat2 */
static int
open_in_kernel(int folder, const char *path, int flags, uint64_t resolve)
{
    struct open_how how = {.flags = (uint64_t)flags, .resolve = resolve};
    for (int i = 0;; i++) {
        long fd = syscall(SYS_openat2, folder, path, &how, sizeof how);
        if (fd >= 0)
            return (int)fd;
        /* EAGAIN: a rename elsewhere made the kernel unsure of `..`. */
        if ((errno != EINTR && errno != EAGAIN) || i == RETRIES)
            return -errno;
    }
}

static int
open_component(int folder, struct bytes name, int flags)
{
    char text[COMPONENT_BYTES + 1];
    if (name.size > COMPONENT_BYTES)
        return -ENAMETOOLONG;
    memcpy(text, name.data, name.size);
    text[name.size] = 0;
    if (strcmp(text, "..") == 0)
        return -EXDEV;
    int fd;
    do
        fd = openat(folder, text, flags);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

/** Walk path one component at a time. */
static int
open_by_components(int folder, struct bytes path, int flags)
{
    int at = folder;
    int result = -ENOENT;
    while (path.size) {
        const uint8_t *slash = memchr(path.data, '/', path.size);
        struct bytes name = {path.data, slash ? (size_t)(slash - path.data) : path.size};
        int next = name.size == 0
                       ? -EINVAL
                       : open_component(at, name, slash ? full_flags(O_PATH | O_DIRECTORY) : flags);
        if (at != folder)
            (void)close(at);
        if (next < 0 || !slash)
            return next;
        at = next;
        path = (struct bytes){slash + 1, path.size - name.size - 1};
        result = at;
    }
    return result;
}

static int
open_piece(int folder, struct bytes piece, int flags)
{
    char text[PIECE_BYTES + 1];
    memcpy(text, piece.data, piece.size);
    text[piece.size] = 0;
    int fd =
        open_in_kernel(folder, text, flags, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
    /* EPERM: how some container sandboxes say that they have not heard of a call. */
    if (fd == -ENOSYS || fd == -EPERM)
        fd = open_by_components(folder, piece, flags);
    return fd;
}

int
beneath_open(int folder, struct bytes path, int flags)
{
    if (path.size == 0)
        path = bytes_of(".");
    int at = folder;
    for (;;) {
        size_t cut = path.size;
        if (cut > PIECE_BYTES) {
            const uint8_t *slash = memrchr(path.data, '/', PIECE_BYTES);
            cut = slash ? (size_t)(slash - path.data) : 0;
        }
        bool last = cut == path.size;
        int next = cut == 0 ? -ENAMETOOLONG
                            : open_piece(at, (struct bytes){path.data, cut},
                                         full_flags(last ? flags : O_PATH | O_DIRECTORY));
        if (at != folder)
            (void)close(at);
        if (next < 0 || last)
            return next;
        at = next;
        path = (struct bytes){path.data + cut + 1, path.size - cut - 1};
    }
}

int
beneath_follow(int folder, struct bytes path, struct stat *st)
{
    char text[PIECE_BYTES + 1];
    if (path.size > PIECE_BYTES)
        return -ENAMETOOLONG;
    memcpy(text, path.data, path.size);
    text[path.size] = 0;
    int fd = open_in_kernel(folder, text, O_PATH | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
    if (fd < 0)
        return fd;
    int status = fstat(fd, st) == 0 ? 0 : -errno;
    (void)close(fd);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The crawl: roots become units, in one order, by descriptors.
 *
 *     crawl.c          roots, the loop, opening a unit again
 *     crawl_entry.c    one entry -> one unit
 *     crawl_link.c     symlinks
 *     folder_stack.c   folders from the root to here: few descriptors, bounded memory
 *     names.c          the names of a folder in order
 *     beneath.c        open below a folder, never out of it
 *     ignore.c glob.c  what the user wants left out
 *     crawl_overlap.c  roots that lie in one another
 *     inode_set.c      files met already
 *     hub_cache.c      the one kind of link that is followed
 *
 * Why not fts(3) or nftw(3): they build paths, sort by a callback over whole listings kept in memory,
 * and cannot promise that a folder swapped for a symlink is not walked through.
 *
 * Mount points inside a root are crossed. A dataset may be spread over volumes, and a rule to leave out what
 * lies on another one would make verdicts depend on how disks are mounted; mounting needs privilege, so a
 * dataset cannot do it to its reader. What is not data is skipped by the rule "pseudo file system": proc,
 * sysfs and their like.
 *
 * The order is that of bytes, folder by folder, so a unit's place depends on names alone; since every entry
 * becomes exactly one unit, what was skipped, could not be read, or is no file is said and counted.
 *
 * A root is opened as the user named it: by path, following symlinks. From there on only descriptors count.
 */
#include "ingest/crawl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/beneath.h"
#include "ingest/crawl_state.h"

static const struct folder_bounds BOUNDS_DEFAULT = {.nfds = LIMIT_TREE_FDS,
                                                    .folder_names_bytes = LIMIT_FOLDER_NAMES_BYTES,
                                                    .names_bytes = LIMIT_TREE_NAMES_BYTES};

enum { PIECE_BYTES = 4000 };

/**
 * Open a root by its path, which may be longer than PATH_MAX, following symlinks.
 *
 * @return a descriptor or a negative errno
 */
static int
open_root(struct bytes path, int flags)
{
    char text[PIECE_BYTES + 1];
    int at = AT_FDCWD;
    for (;;) {
        size_t cut = path.size;
        if (cut > PIECE_BYTES) {
            const uint8_t *slash = memrchr(path.data, '/', PIECE_BYTES);
            cut = slash ? (size_t)(slash - path.data) + 1 : PIECE_BYTES;
        }
        bool last = cut == path.size;
        memcpy(text, path.data, cut);
        text[cut] = 0;
        int fd;
        do
            fd = openat(at, text, last ? flags | O_CLOEXEC : O_PATH | O_DIRECTORY | O_CLOEXEC);
        while (fd < 0 && errno == EINTR);
        int error = errno;
        if (at != AT_FDCWD)
            (void)close(at);
        if (fd < 0 || last)
            return fd < 0 ? -error : fd;
        at = fd;
        path = (struct bytes){path.data + cut, path.size - cut};
        while (path.size && path.data[0] == '/')
            path = (struct bytes){path.data + 1, path.size - 1};
        if (path.size == 0)
            path = bytes_of(".");
    }
}

/** What a root is, without reading it. @return 0 or a positive errno */
static int
stat_root(struct bytes path, struct stat *st)
{
    int fd = -1;
    int status = path.size <= PIECE_BYTES ? stat((const char *)path.data, st) : -1;
    if (path.size > PIECE_BYTES) {
        fd = open_root(path, O_PATH);
        if (fd < 0)
            return -fd;
        status = fstat(fd, st);
    }
    int error = status == 0 ? 0 : errno;
    if (fd >= 0)
        (void)close(fd);
    return error;
}

/** The last component of a root's path. */
static struct bytes
name_of(struct bytes path)
{
    while (path.size > 1 && path.data[path.size - 1] == '/')
        path.size--;
    const uint8_t *slash = path.size > 1 ? memrchr(path.data, '/', path.size) : NULL;
    if (!slash)
        return path;
    size_t start = (size_t)(slash - path.data) + 1;
    return (struct bytes){path.data + start, path.size - start};
}

static int
copy_roots(struct crawl *crawl, const struct crawl_options *options, struct err *err)
{
    if (options->nroots > INT32_MAX)
        return err_set(err, PROV_E_USAGE, "too many roots");
    crawl->nroots = options->nroots;
    crawl->roots = arena_array(&crawl->arena, options->nroots, sizeof crawl->roots[0]);
    if (!crawl->roots)
        return err_set(err, PROV_E_MEMORY, "out of memory for %zu roots", options->nroots);
    bool has_folder = false;
    for (size_t i = 0; i < options->nroots; i++) {
        struct bytes path = options->roots[i];
        int shown = path.size < 512 ? (int)path.size : 512;
        if (path.size == 0 || memchr(path.data, 0, path.size))
            return err_set(err, PROV_E_USAGE, "'%.*s': not a path", shown, (const char *)path.data);
        crawl->roots[i] = arena_bytes(&crawl->arena, path);
        if (!crawl->roots[i].data)
            return err_set(err, PROV_E_MEMORY, "out of memory for %zu roots", options->nroots);
        struct stat st;
        int error = stat_root(crawl->roots[i], &st);
        if (error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG || error == ELOOP)
            return err_set(err, PROV_E_USAGE, "'%.*s': %s", shown, (const char *)path.data,
                           strerrordesc_np(error));
        has_folder |= error == 0 && S_ISDIR(st.st_mode);
    }
    if (crawl_find_overlap(crawl, has_folder) != PROV_OK)
        return err_set(err, PROV_E_MEMORY, "out of memory for %zu roots", options->nroots);
    return PROV_OK;
}

static int
find_avoid(struct crawl *crawl, struct bytes avoid, struct err *err)
{
    if (avoid.size == 0)
        return PROV_OK;
    struct bytes path = arena_bytes(&crawl->arena, avoid);
    if (!path.data)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    struct stat st;
    crawl->has_avoid = stat_root(path, &st) == 0;
    if (crawl->has_avoid) {
        crawl->avoid_device = st.st_dev;
        crawl->avoid_inode = st.st_ino;
    }
    return PROV_OK;
}

int
crawl_open(const struct crawl_options *options, struct crawl **crawl, struct err *err)
{
    struct crawl *made = calloc(1, sizeof *made);
    if (!made)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    made->stack.bounds = options->bounds ? *options->bounds : BOUNDS_DEFAULT;
    made->inodes.bytes_max = LIMIT_INODES_BYTES;
    made->again.fd = -1;
    hub_cache_begin(&made->hub);
    hub_cache_begin(&made->again.hub);
    int status = PROV_OK;
    for (size_t i = 0; i < options->nexcludes && status == PROV_OK; i++)
        status = ignore_add_exclude(&made->ignore, options->excludes[i], err);
    if (status == PROV_OK)
        status = copy_roots(made, options, err);
    if (status == PROV_OK)
        status = find_avoid(made, options->avoid, err);
    if (status != PROV_OK) {
        crawl_close(made);
        return status;
    }
    *crawl = made;
    return PROV_OK;
}

/** A file named as a root. fd is taken, or -1. */
static int
give_root_file(struct crawl *crawl, struct unit *unit, int opened, const struct stat *st, int *fd)
{
    struct bytes root = crawl->roots[crawl->root];
    int status = ignore_enter(&crawl->ignore, (struct bytes){0});
    if (status == PROV_OK) {
        const struct ignore_rule *rule = ignore_decide(&crawl->ignore, unit->path, false);
        if (rule)
            status = crawl_entry_rule(crawl, rule);
        if (status == PROV_OK)
            status = crawl_entry_file(crawl, unit, st, rule != NULL, false);
        ignore_leave(&crawl->ignore);
    }
    if (status == PROV_OK && unit->kind == UNIT_FILE) {
        ssize_t size = root.size <= PIECE_BYTES
                           ? readlink((const char *)root.data, (char *)crawl->target, sizeof crawl->target)
                           : -1;
        if (size > 0)
            unit->link = (struct bytes){crawl->target, (size_t)size};
    }
    if (status == PROV_OK && unit->kind == UNIT_FILE && fd)
        *fd = opened;
    else if (opened >= 0)
        (void)close(opened);
    return status == PROV_E_DATA ? PROV_E_MEMORY : status;
}

/** A folder named as a root. opened is taken. @param made  whether the folder itself has become a unit */
static int
enter_root(struct crawl *crawl, struct unit *unit, int opened, const struct stat *st, bool *made)
{
    crawl_entry_begin(crawl, unit);
    crawl_entry_stat(unit, st);
    if (crawl->has_avoid && st->st_dev == crawl->avoid_device && st->st_ino == crawl->avoid_inode) {
        (void)close(opened);
        unit->kind = UNIT_SKIPPED;
        unit->rule = bytes_of("output folder");
        *made = true;
        return PROV_OK;
    }
    int error = 0;
    int status = ignore_enter(&crawl->ignore, (struct bytes){0});
    if (status == PROV_OK)
        status = crawl_entry_push(crawl, opened, st, false, &error);
    else
        (void)close(opened);
    *made = error != 0 || (status == PROV_OK && folder_stack_top(&crawl->stack)->rules_refused);
    unit->kind = UNIT_DIRECTORY;
    if (error)
        crawl_entry_fault(unit, error);
    else if (*made)
        crawl_entry_note(unit, DEFECT_LIMIT_FILE_BYTES, CRAWL_RULES_REFUSED);
    return status == PROV_E_DATA ? PROV_E_MEMORY : status;
}

/** Start with the next root. @param made  whether that made a unit at once */
static int
begin_root(struct crawl *crawl, struct unit *unit, int *fd, bool *made)
{
    crawl->root = (uint32_t)crawl->next_root++;
    struct bytes root = crawl->roots[crawl->root];
    buf_clear(&crawl->stack.path);
    hub_cache_begin(&crawl->hub);
    struct stat st = {0};
    int error = stat_root(root, &st), opened = -1;
    bool is_file = !error && S_ISREG(st.st_mode), is_folder = !error && S_ISDIR(st.st_mode);
    if (is_folder || (is_file && fd)) {
        opened = open_root(root, O_RDONLY | O_NONBLOCK | O_NOCTTY | (is_folder ? O_DIRECTORY : 0));
        error = opened < 0 ? -opened : fstat(opened, &st) == 0 ? 0 : errno;
    }
    if (!error && is_folder)
        return enter_root(crawl, unit, opened, &st, made);
    *made = true;
    crawl_entry_begin(crawl, unit);
    if (!is_folder)
        unit->path = name_of(root);
    if (!error && is_file && S_ISREG(st.st_mode))
        return give_root_file(crawl, unit, opened, &st, fd);
    if (opened >= 0)
        (void)close(opened);
    if (is_file || is_folder || !error)
        crawl_entry_stat(unit, &st);
    if (error) {
        crawl_entry_fault(unit, error);
        return PROV_OK;
    }
    unit->kind = UNIT_SPECIAL;
    crawl_entry_note(unit, DEFECT_FS_SPECIAL_FILE, "not a file and not a folder, not opened");
    return PROV_OK;
}

/** Leave the folder on top. */
static int
leave_folder(struct crawl *crawl)
{
    if (!folder_stack_top(&crawl->stack)->skipped)
        ignore_leave(&crawl->ignore);
    return folder_stack_pop(&crawl->stack);
}

/** Go on in the folder on top. @param made  whether there is a unit */
static int
go_on(struct crawl *crawl, struct unit *unit, int *fd, bool *made)
{
    struct entry entry = {.unit = unit, .fd = fd};
    int error;
    int status = folder_stack_next(&crawl->stack, &entry.name, &entry.type, &error);
    *made = true;
    if (status == PROV_OK)
        return crawl_entry(crawl, &entry);
    if (status == PROV_E_IO) {
        crawl_entry_begin(crawl, unit);
        crawl_entry_fault(unit, error);
        return PROV_OK;
    }
    *made = false;
    return status == PROV_E_DATA ? leave_folder(crawl) : status;
}

int
crawl_next(struct crawl *crawl, struct unit *unit, int *fd, struct err *err)
{
    if (fd)
        *fd = -1;
    for (bool made = false; !made;) {
        bool at_end = crawl->stack.count == 0 && crawl->next_root == crawl->nroots;
        if (at_end)
            return PROV_E_DATA;
        int status = crawl->stack.count ? go_on(crawl, unit, fd, &made) : begin_root(crawl, unit, fd, &made);
        if (status != PROV_OK)
            return err_set(err, status, "out of memory while listing folders");
    }
    return PROV_OK;
}

/** Open the root of a unit again, unless it is open. @return 0 or a positive errno */
static int
open_root_again(struct crawl *crawl, uint32_t root)
{
    if (crawl->again.fd >= 0 && crawl->again.root == root)
        return 0;
    if (crawl->again.fd >= 0)
        (void)close(crawl->again.fd);
    hub_cache_begin(&crawl->again.hub);
    crawl->again.root = root;
    crawl->again.fd = open_root(crawl->roots[root], O_PATH);
    return crawl->again.fd < 0 ? -crawl->again.fd : 0;
}

/** Open a blob again by the link that leads to it. @return a descriptor or a negative errno */
static int
open_link_again(struct crawl *crawl, struct bytes path)
{
    const uint8_t *slash = memrchr(path.data, '/', path.size);
    size_t start = slash ? (size_t)(slash - path.data) + 1 : 0;
    char name[NAME_MAX + 1], target[PATH_MAX + 1];
    if (path.size - start > NAME_MAX)
        return -ENAMETOOLONG;
    memcpy(name, path.data + start, path.size - start);
    name[path.size - start] = 0;
    int folder =
        beneath_open(crawl->again.fd, (struct bytes){path.data, start ? start - 1 : 0}, O_PATH | O_DIRECTORY);
    if (folder < 0)
        return folder;
    ssize_t size = readlinkat(folder, name, target, sizeof target);
    int error = errno;
    (void)close(folder);
    if (size < 0)
        return -error;
    return hub_cache_open(&crawl->again.hub, crawl->again.fd, path,
                          (struct bytes){(const uint8_t *)target, (size_t)size}, O_RDONLY);
}

/** @return a descriptor or a negative errno */
static int
open_again(struct crawl *crawl, const struct unit *unit)
{
    struct stat st = {0};
    int error = open_root_again(crawl, unit->root);
    if (error)
        return -error;
    if (fstat(crawl->again.fd, &st) != 0)
        return -errno;
    if (!S_ISDIR(st.st_mode))
        return S_ISREG(st.st_mode) ? open_root(crawl->roots[unit->root], O_RDONLY | O_NONBLOCK | O_NOCTTY)
                                   : -ENXIO;
    if (unit->path.size == 0)
        return -EISDIR;
    if (unit->kind == UNIT_FILE && unit->link.size)
        return open_link_again(crawl, unit->path);
    return beneath_open(crawl->again.fd, unit->path, O_RDONLY);
}

int
crawl_reopen(struct crawl *crawl, const struct unit *unit, int *fd, struct unit_stamp *stamp,
             enum defect *defect)
{
    int opened = unit->root < crawl->nroots ? open_again(crawl, unit) : -ENOENT;
    if ((opened == -EMFILE || opened == -ENFILE) && folder_stack_spare_fds(&crawl->stack))
        opened = open_again(crawl, unit);
    struct stat st = {0};
    int error = opened < 0 ? -opened : fstat(opened, &st) == 0 ? 0 : errno;
    if (!error && !S_ISREG(st.st_mode))
        error = S_ISDIR(st.st_mode) ? ENOENT : ENXIO;
    if (error) {
        const char *reason;
        if (opened >= 0)
            (void)close(opened);
        /* A link that no longer leads to a blob: the file that was there is gone. */
        *defect = crawl_entry_defect(error == EINVAL || error == EISDIR ? ENOENT : error, &reason);
        return PROV_E_DATA;
    }
    struct unit now;
    crawl_entry_stat(&now, &st);
    *stamp = now.stamp;
    *fd = opened;
    return PROV_OK;
}

void
crawl_close(struct crawl *crawl)
{
    if (!crawl)
        return;
    if (crawl->again.fd >= 0)
        (void)close(crawl->again.fd);
    hub_cache_finish(&crawl->hub);
    hub_cache_finish(&crawl->again.hub);
    folder_stack_finish(&crawl->stack);
    ignore_finish(&crawl->ignore);
    inode_set_finish(&crawl->inodes);
    buf_finish(&crawl->rule);
    buf_finish(&crawl->content);
    arena_finish(&crawl->arena);
    free(crawl);
}

int
crawl_stamp(int fd, struct unit_stamp *stamp)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return PROV_E_IO;
    struct unit unit;
    crawl_entry_stat(&unit, &st);
    *stamp = unit.stamp;
    return PROV_OK;
}

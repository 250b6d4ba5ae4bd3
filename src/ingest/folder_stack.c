/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking a tree of any depth and width with few descriptors and bounded memory.
 *
 *     folders   0      1      2   ...   k-1    k     k+1  ...  top
 *     open      yes    -      -          -     yes    yes       yes      at most bounds.nfds
 *     names     listed dropped dropped  listed listed listed    listed   at most bounds.names_bytes
 *
 * Each folder is listed once, when the walk enters it. Two things are given up on long paths, those
 * farthest from the top first, and made good when the walk comes back:
 *
 * - the descriptor: opened again as `..` of the folder being left, which costs the same at any depth (from
 * the root by path it would cost the depth, the whole walk its square). `..` may lead elsewhere if somebody
 * moved the folder: so device and inode must be those of before, else it is tried by path from the root, and
 * if that is another folder too, it is lost, and the caller says so for each name in it.
 * - the names: listed again from behind the child being left.
 *
 * In a Hugging Face repository folder `blobs` comes after all else, because its files are read under the
 * names that snapshots/ gives them.
 */
#include "ingest/folder_stack.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/beneath.h"

enum { LISTING_BYTES = 64 << 10 };

static const char BLOBS[] = "blobs";

static bool
could_be_folder(const struct names *names, const char *name)
{
    int64_t place = names_find(names, name);
    if (place < 0)
        return false;
    uint8_t type = names->list[place].type;
    return type == DT_DIR || type == DT_UNKNOWN;
}

/** List the names of a folder behind `after`. */
static int
list(struct folder_stack *stack, struct folder *folder, struct bytes after, int *error)
{
    struct names_request request = {.after = after,
                                    .bytes_max = stack->bounds.folder_names_bytes,
                                    .buffer = stack->listing,
                                    .buffer_size = LISTING_BYTES};
    stack->names_bytes -= names_bytes(&folder->names);
    int status = names_list(&folder->names, folder->fd, &request, error);
    stack->names_bytes += names_bytes(&folder->names);
    folder->next = 0;
    folder->dropped = false;
    if (status == PROV_OK && folder->is_hub && names_find(&folder->names, BLOBS) >= 0)
        names_remove(&folder->names, (size_t)names_find(&folder->names, BLOBS));
    return status;
}

static void
release(struct folder_stack *stack, struct folder *folder)
{
    if (folder->fd >= 0)
        (void)close(folder->fd);
    folder->fd = -1;
    stack->names_bytes -= names_bytes(&folder->names);
    names_finish(&folder->names);
}

/** Give up descriptors and names far from the top until the bounds are kept. */
static void
keep_bounds(struct folder_stack *stack)
{
    size_t top = stack->count - 1;
    while (top - stack->first_open + 2 > stack->bounds.nfds && stack->first_open < top) {
        if (stack->first_open > 0 && stack->folders[stack->first_open].fd >= 0) {
            (void)close(stack->folders[stack->first_open].fd);
            stack->folders[stack->first_open].fd = -1;
        }
        stack->first_open++;
    }
    for (size_t i = 0; i < top && stack->names_bytes > stack->bounds.names_bytes; i++) {
        struct folder *folder = &stack->folders[i];
        bool all_given = folder->next == folder->names.count && !folder->names.more;
        if (folder->dropped || names_bytes(&folder->names) == 0)
            continue;
        stack->names_bytes -= names_bytes(&folder->names);
        names_finish(&folder->names);
        folder->next = 0;
        folder->dropped = !all_given;
    }
}

int
folder_stack_push(struct folder_stack *stack, int fd, const struct stat *st, int *error)
{
    if (!stack->listing)
        stack->listing = malloc(LISTING_BYTES);
    if (stack->count == stack->capacity) {
        size_t capacity = stack->capacity ? stack->capacity * 2 : 16;
        struct folder *folders = realloc(stack->folders, capacity * sizeof *folders);
        if (folders) {
            stack->folders = folders;
            stack->capacity = capacity;
        }
    }
    if (!stack->listing || stack->count == stack->capacity) {
        (void)close(fd);
        return PROV_E_MEMORY;
    }
    struct folder *folder = &stack->folders[stack->count];
    *folder =
        (struct folder){.fd = fd, .device = st->st_dev, .inode = st->st_ino, .path_size = stack->path.size};
    int status = list(stack, folder, (struct bytes){0}, error);
    if (status != PROV_OK) {
        release(stack, folder);
        return status;
    }
    if (!folder->names.more && could_be_folder(&folder->names, BLOBS) &&
        could_be_folder(&folder->names, "snapshots")) {
        folder->is_hub = true;
        names_remove(&folder->names, (size_t)names_find(&folder->names, BLOBS));
    }
    stack->count++;
    keep_bounds(stack);
    return PROV_OK;
}

/** The folder on top of a stack that has one. */
static struct folder *
top_of(const struct folder_stack *stack)
{
    assert(stack->count > 0);
    return &stack->folders[stack->count - 1];
}

struct folder *
folder_stack_top(const struct folder_stack *stack)
{
    return stack->count ? top_of(stack) : NULL;
}

/** List the names behind those that were given. */
static int
list_on(struct folder_stack *stack, struct folder *folder, int *error)
{
    if (folder->fd < 0) {
        *error = ENOENT;
        folder->dropped = false;
        folder->names.more = false;
        return PROV_OK;
    }
    if (!folder->dropped) {
        size_t count = folder->names.count;
        struct bytes last = count ? names_text(&folder->names, count - 1) : bytes_of(BLOBS);
        buf_clear(&stack->after);
        TRY(buf_append(&stack->after, last.data, last.size));
    }
    return list(stack, folder, buf_bytes(&stack->after), error);
}

int
folder_stack_next(struct folder_stack *stack, struct bytes *name, uint8_t *type, int *error)
{
    struct folder *folder = top_of(stack);
    *error = 0;
    stack->path.size = folder->path_size;
    bool at_end = folder->next == folder->names.count && !folder->blobs_given;
    if (at_end && (folder->dropped || folder->names.more)) {
        TRY(list_on(stack, folder, error));
        if (*error)
            return PROV_E_IO;
    }
    if (folder->next < folder->names.count) {
        *name = names_text(&folder->names, folder->next);
        *type = folder->names.list[folder->next++].type;
        return PROV_OK;
    }
    if (folder->is_hub && !folder->blobs_given) {
        folder->blobs_given = true;
        *name = bytes_of(BLOBS);
        *type = DT_UNKNOWN;
        return PROV_OK;
    }
    return PROV_E_DATA;
}

int
folder_stack_descend(struct folder_stack *stack, struct bytes name)
{
    stack->path.size = top_of(stack)->path_size;
    if (stack->path.size)
        TRY(buf_append_byte(&stack->path, '/'));
    return buf_append(&stack->path, name.data, name.size);
}

/** The same folder as before, or not ours. */
static bool
is_same(int fd, const struct folder *folder)
{
    struct stat st;
    return fstat(fd, &st) == 0 && st.st_dev == folder->device && st.st_ino == folder->inode;
}

/** Open a folder again, coming from its child. */
static void
reopen(struct folder_stack *stack, struct folder *folder, int child)
{
    int fd = child < 0 ? -1 : openat(child, "..", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && !is_same(fd, folder)) {
        (void)close(fd);
        fd = -1;
    }
    if (fd < 0 && stack->folders[0].fd >= 0) {
        struct bytes path = {stack->path.data, folder->path_size};
        fd = beneath_open(stack->folders[0].fd, path, O_RDONLY | O_DIRECTORY);
        if (fd >= 0 && !is_same(fd, folder)) {
            (void)close(fd);
            fd = -1;
        }
    }
    folder->fd = fd < 0 ? -1 : fd;
}

int
folder_stack_pop(struct folder_stack *stack)
{
    struct folder *child = top_of(stack);
    if (stack->count > 1) {
        struct folder *folder = child - 1;
        size_t start = folder->path_size ? folder->path_size + 1 : 0;
        if (folder->dropped) {
            buf_clear(&stack->after);
            TRY(buf_append(&stack->after, stack->path.data + start, child->path_size - start));
        }
        if (folder->fd < 0) {
            reopen(stack, folder, child->fd);
            stack->first_open = stack->count - 2;
        }
        stack->path.size = folder->path_size;
    }
    release(stack, child);
    stack->count--;
    if (stack->count <= 1)
        stack->first_open = 0;
    return PROV_OK;
}

bool
folder_stack_spare_fds(struct folder_stack *stack)
{
    bool closed = false;
    for (size_t i = 1; i + 1 < stack->count; i++) {
        struct folder *folder = &stack->folders[i];
        closed |= folder->fd >= 0;
        if (folder->fd >= 0)
            (void)close(folder->fd);
        folder->fd = -1;
    }
    if (stack->count)
        stack->first_open = stack->count - 1;
    return closed;
}

bool
folder_stack_holds(const struct folder_stack *stack, uint64_t device, uint64_t inode)
{
    for (size_t i = stack->count; i-- > 0;)
        if (stack->folders[i].inode == inode && stack->folders[i].device == device)
            return true;
    return false;
}

void
folder_stack_clear(struct folder_stack *stack)
{
    while (stack->count)
        release(stack, &stack->folders[--stack->count]);
    stack->first_open = 0;
    buf_clear(&stack->path);
}

void
folder_stack_finish(struct folder_stack *stack)
{
    folder_stack_clear(stack);
    free(stack->folders);
    free(stack->listing);
    buf_finish(&stack->path);
    buf_finish(&stack->after);
    *stack = (struct folder_stack){0};
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symlinks become units too: followed in the snapshots of a Hugging Face cache (hub_cache.c), told of
 * everywhere else. What is said of a link that is not followed - that it is dangling, runs in a circle, leads
 * out of the root - is found out by the kernel (beneath_follow) without opening anything for reading, and
 * decides nothing.
 */
#include "ingest/crawl_state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"

enum { NAME_BYTES = 255 };

/** Word what is known of a link that is not followed. */
static void
describe_link(struct crawl *crawl, struct unit *unit)
{
    struct stat st;
    int status = beneath_follow(crawl->stack.folders[0].fd, unit->path, &st);
    bool leads_back =
        status == 0 && S_ISDIR(st.st_mode) && folder_stack_holds(&crawl->stack, st.st_dev, st.st_ino);
    unit->kind = UNIT_SYMLINK;
    if (leads_back)
        crawl_entry_note(unit, DEFECT_FS_SYMLINK_LOOP,
                         "not followed: leads back to a folder that it lies in");
    else if (status == -ELOOP)
        crawl_entry_note(unit, DEFECT_FS_SYMLINK_LOOP, "not followed: runs in a circle");
    else if (status == -ENOENT || status == -ENOTDIR)
        crawl_entry_note(unit, DEFECT_FS_SYMLINK, "not followed: dangling, leads to nothing");
    else if (status == -EXDEV)
        crawl_entry_note(unit, DEFECT_FS_SYMLINK, "not followed: leads out of the root");
    else
        crawl_entry_note(unit, DEFECT_FS_SYMLINK,
                         status == 0 ? "not followed: leads to another place below the root"
                                     : "not followed");
}

/** Follow a link of a hub cache's snapshot to its blob. @return PROV_OK; PROV_E_DATA: it is not one */
static int
follow_link(struct crawl *crawl, struct entry *entry, bool skipped)
{
    struct unit *unit = entry->unit;
    int root = crawl->stack.folders[0].fd;
    struct stat st;
    bool wanted = entry->fd && !skipped;
    int fd = hub_cache_open(&crawl->hub, root, unit->path, unit->link, wanted ? O_RDONLY : O_PATH);
    if ((fd == -EMFILE || fd == -ENFILE) && folder_stack_spare_fds(&crawl->stack))
        fd = hub_cache_open(&crawl->hub, root, unit->path, unit->link, wanted ? O_RDONLY : O_PATH);
    int error = fd < 0 ? -fd : 0;
    if (error == EACCES || error == EPERM || error == EMFILE || error == ENFILE || error == EIO)
        fd = hub_cache_open(&crawl->hub, root, unit->path, unit->link, O_PATH);
    if (error == ENOMEM)
        return PROV_E_MEMORY;
    bool is_file = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    int status = PROV_E_DATA;
    if (is_file && error) {
        crawl_entry_stat(unit, &st);
        crawl_entry_refuse(crawl, unit, error, skipped);
        status = PROV_OK;
    } else if (is_file) {
        status = crawl_entry_file(crawl, unit, &st, skipped, true);
    }
    if (status == PROV_OK && unit->kind == UNIT_FILE && wanted)
        *entry->fd = fd;
    else if (fd >= 0)
        (void)close(fd);
    return status;
}

int
crawl_link(struct crawl *crawl, struct entry *entry, bool skipped)
{
    char name[NAME_BYTES + 1];
    struct unit *unit = entry->unit;
    memcpy(name, entry->name.data, entry->name.size); /* stat_entry has checked its size */
    name[entry->name.size] = 0;
    ssize_t size =
        readlinkat(folder_stack_top(&crawl->stack)->fd, name, (char *)crawl->target, sizeof crawl->target);
    if (size < 0 && errno == EINVAL)
        return CRAWL_LOOK_AGAIN;
    if (size < 0) {
        crawl_entry_refuse(crawl, unit, errno, skipped);
        return PROV_OK;
    }
    unit->link = (struct bytes){crawl->target, (size_t)size};
    int status = follow_link(crawl, entry, skipped);
    if (status != PROV_E_DATA)
        return status;
    if (skipped) {
        unit->kind = UNIT_SKIPPED;
        unit->rule = buf_bytes(&crawl->rule);
    } else {
        describe_link(crawl, unit);
    }
    return PROV_OK;
}

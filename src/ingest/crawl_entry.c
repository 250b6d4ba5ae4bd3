/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry of a folder becomes one unit.
 *
 * The folder's listing says what type the entry has; that saves a system call for each file, and is only
 * believed for as long as nothing contradicts it:
 *
 *     listed as     what is done                                   and when it is something else by now
 *     ------------+----------------------------------------------+------------------------------------------
 *     file        | open without following or blocking; fstat     | look again (fstatat), at most 4 times;
 *     folder      | open as a folder; fstat; list                 | then fs.changed_during_scan
 *     symlink     | readlink; followed only in a hub cache        |
 *     others      | fstatat; never opened                         |
 *
 * A FIFO put in the place of a file is opened for reading without blocking, found out by fstat, and closed
 * unread. A symlink put there is not opened at all.
 *
 * A file or folder that is left out by a rule is not opened for reading; the folder is still walked so that
 * the manifest can say how many files and bytes were left out. What of it cannot be looked at is no defect,
 * for nobody wanted it; the reason says that its size is not known.
 */
#include "ingest/crawl_state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/beneath.h"
#include "ingest/member_name.h"

enum { LOOKS_MAX = 4, NAME_BYTES = 255 };

static const char IGNORE_FILE[] = ".provscanignore";

void
crawl_entry_begin(const struct crawl *crawl, struct unit *unit)
{
    static const uint8_t nothing[1] = {0};
    struct bytes path = buf_bytes(&crawl->stack.path);
    if (path.size == 0)
        path.data = nothing;
    *unit = (struct unit){.root = crawl->root, .path = path, .defect = DEFECT_COUNT};
}

void
crawl_entry_stat(struct unit *unit, const struct stat *st)
{
    bool is_file = S_ISREG(st->st_mode);
    unit->mode = st->st_mode;
    unit->nlinks = st->st_nlink;
    unit->stamp = (struct unit_stamp){
        .size = is_file ? (uint64_t)st->st_size : 0,
        .device = st->st_dev,
        .inode = st->st_ino,
        .mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
        .ctime_ns = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec,
        .blocks_bytes = is_file ? (uint64_t)st->st_blocks * 512 : 0,
    };
}

void
crawl_entry_note(struct unit *unit, enum defect defect, const char *reason)
{
    unit->defect = defect;
    (void)snprintf(unit->reason, sizeof unit->reason, "%s", reason);
}

enum defect
crawl_entry_defect(int error, const char **reason)
{
    switch (error) {
    case EACCES:
    case EPERM:
        *reason = "permission denied";
        return DEFECT_FS_PERMISSION;
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ESTALE:
        *reason = "gone or replaced while the folder was being read";
        return DEFECT_FS_VANISHED;
    case ENXIO:
        *reason = "became a special file while the folder was being read";
        return DEFECT_FS_SPECIAL_FILE;
    case ETIMEDOUT:
        *reason = "the file system did not answer in time";
        return DEFECT_FS_TIMEOUT;
    default:
        *reason = strerrordesc_np(error);
        if (!*reason)
            *reason = "unknown error";
        return DEFECT_FS_IO_ERROR;
    }
}

void
crawl_entry_fault(struct unit *unit, int error)
{
    const char *reason;
    enum defect defect = crawl_entry_defect(error, &reason);
    unit->kind = UNIT_UNREADABLE;
    crawl_entry_note(unit, defect, reason);
}

void
crawl_entry_refuse(const struct crawl *crawl, struct unit *unit, int error, bool skipped)
{
    const char *reason;
    if (!skipped) {
        crawl_entry_fault(unit, error);
        return;
    }
    (void)crawl_entry_defect(error, &reason);
    unit->kind = UNIT_SKIPPED;
    unit->rule = buf_bytes(&crawl->rule);
    (void)snprintf(unit->reason, sizeof unit->reason, "size not known: %s", reason);
}

int
crawl_entry_rule(struct crawl *crawl, const struct ignore_rule *rule)
{
    struct bytes text = ignore_rule_text(&crawl->ignore, rule);
    buf_clear(&crawl->rule);
    if (rule->excludes) {
        TRY(buf_append_text(&crawl->rule, "--exclude "));
    } else {
        TRY(buf_append(&crawl->rule, crawl->stack.path.data, rule->folder_path_size));
        TRY(buf_append_text(&crawl->rule, rule->folder_path_size ? "/" : ""));
        TRY(buf_append_text(&crawl->rule, IGNORE_FILE));
        TRY(buf_append_text(&crawl->rule, ": "));
    }
    return buf_append(&crawl->rule, text.data, text.size);
}

/** Open an entry of the folder on top; when descriptors are short, at the cost of those kept for later. */
static int
open_entry(struct crawl *crawl, struct bytes name, int flags)
{
    int folder = folder_stack_top(&crawl->stack)->fd;
    int fd = beneath_open(folder, name, flags);
    if ((fd == -EMFILE || fd == -ENFILE) && folder_stack_spare_fds(&crawl->stack))
        fd = beneath_open(folder, name, flags);
    return fd;
}

/** @return 0 or a positive errno */
static int
stat_entry(const struct crawl *crawl, struct bytes name, struct stat *st)
{
    char text[NAME_BYTES + 1];
    if (name.size > NAME_BYTES)
        return ENAMETOOLONG;
    memcpy(text, name.data, name.size);
    text[name.size] = 0;
    return fstatat(folder_stack_top(&crawl->stack)->fd, text, st, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
}

/** Is the folder on top the blobs/ of a repository whose snapshots were walked before? */
static bool
in_blobs(const struct folder_stack *stack)
{
    if (stack->count < 2)
        return false;
    const struct folder *above = &stack->folders[stack->count - 2];
    return above->is_hub && above->blobs_given;
}

int
crawl_entry_file(struct crawl *crawl, struct unit *unit, const struct stat *st, bool skipped, bool via_link)
{
    bool blob = !via_link && in_blobs(&crawl->stack);
    bool may_be_known = st->st_nlink > 1 || via_link || crawl->nfollowed || crawl->roots_overlap;
    const struct inode *seen = may_be_known ? inode_set_find(&crawl->inodes, st->st_dev, st->st_ino) : NULL;
    crawl_entry_stat(unit, st);
    /* A blob goes with the names that snapshots give it, whether those were read or left out. */
    bool is_alias = seen && (seen->skipped ? blob || (via_link && skipped) : blob || via_link || !skipped);
    if (is_alias) {
        unit->kind = UNIT_ALIAS;
        unit->link = (struct bytes){seen->path, seen->path_size};
        unit->link_root = seen->root;
        return PROV_OK;
    }
    unit->kind = skipped ? UNIT_SKIPPED : UNIT_FILE;
    if (skipped)
        unit->rule = buf_bytes(&crawl->rule);
    if (!via_link && (skipped || (st->st_nlink < 2 && !crawl->roots_overlap)))
        return PROV_OK;
    crawl->nfollowed += via_link;
    struct inode inode = {.device = st->st_dev,
                          .inode = st->st_ino,
                          .path = unit->path.data,
                          .path_size = (uint32_t)unit->path.size,
                          .root = crawl->root & 0x7fffffff,
                          .skipped = skipped};
    return inode_set_add(&crawl->inodes, &inode);
}

/** A regular file by its listing. @return PROV_OK, CRAWL_LOOK_AGAIN, PROV_E_MEMORY */
static int
look_at_file(struct crawl *crawl, struct entry *entry, bool skipped)
{
    struct stat st = {0};
    int fd = -1, error;
    if (skipped || !entry->fd) {
        error = stat_entry(crawl, entry->name, &st);
    } else {
        fd = open_entry(crawl, entry->name, O_RDONLY);
        error = fd < 0 ? -fd : fstat(fd, &st) == 0 ? 0 : errno;
    }
    if (error == ELOOP || error == ENXIO || error == ENODEV || (!error && !S_ISREG(st.st_mode))) {
        if (fd >= 0)
            (void)close(fd);
        return CRAWL_LOOK_AGAIN;
    }
    if (error) {
        crawl_entry_refuse(crawl, entry->unit, error, skipped);
        if (fd < 0 && stat_entry(crawl, entry->name, &st) == 0)
            crawl_entry_stat(entry->unit, &st);
        if (fd >= 0)
            (void)close(fd);
        return PROV_OK;
    }
    int status = crawl_entry_file(crawl, entry->unit, &st, skipped, false);
    if (entry->fd && status == PROV_OK && entry->unit->kind == UNIT_FILE)
        *entry->fd = fd;
    else if (fd >= 0)
        (void)close(fd);
    return status;
}

/** Read the .provscanignore of the folder on top, if it has one that is a file. */
static int
add_rules(struct crawl *crawl)
{
    struct folder *folder = folder_stack_top(&crawl->stack);
    if (names_find(&folder->names, IGNORE_FILE) < 0 && !folder->names.more)
        return PROV_OK;
    int fd = open_entry(crawl, bytes_of(IGNORE_FILE), O_RDONLY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        if (fd >= 0)
            (void)close(fd);
        return PROV_OK; /* the entry itself will say what is wrong with it */
    }
    buf_clear(&crawl->content);
    ssize_t got = 1;
    int status = buf_reserve(&crawl->content, LIMIT_IGNORE_BYTES + 1);
    while (status == PROV_OK && got > 0 && crawl->content.size <= LIMIT_IGNORE_BYTES) {
        got =
            read(fd, crawl->content.data + crawl->content.size, LIMIT_IGNORE_BYTES + 1 - crawl->content.size);
        crawl->content.size += got > 0 ? (size_t)got : 0;
    }
    (void)close(fd);
    if (status == PROV_OK && (got < 0 || crawl->content.size > LIMIT_IGNORE_BYTES))
        status = PROV_E_DATA;
    if (status == PROV_OK)
        status = ignore_add_file(&crawl->ignore, buf_bytes(&crawl->content), folder->path_size);
    if (status == PROV_E_DATA)
        folder->rules_refused = true;
    return status == PROV_E_DATA ? PROV_OK : status;
}

int
crawl_entry_push(struct crawl *crawl, int fd, const struct stat *st, bool skipped, int *error)
{
    TRY(folder_stack_push(&crawl->stack, fd, st, error));
    folder_stack_top(&crawl->stack)->skipped = skipped;
    return skipped ? PROV_OK : add_rules(crawl);
}

/** File systems whose files are made up by the kernel as they are read: no data lies there. */
static bool
is_pseudo(int fd)
{
    static const uint64_t magics[] = {
        PROC_SUPER_MAGIC,   SYSFS_MAGIC,         DEBUGFS_MAGIC,      TRACEFS_MAGIC, SECURITYFS_MAGIC,
        CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEVPTS_SUPER_MAGIC, BPF_FS_MAGIC,  SELINUX_MAGIC,
        BINFMTFS_MAGIC,     EFIVARFS_MAGIC,      PSTOREFS_MAGIC,     NSFS_MAGIC,    AUTOFS_SUPER_MAGIC};
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0)
        return false;
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if ((uint64_t)(uint32_t)fs.f_type == (magics[i] & UINT32_MAX))
            return true;
    return false;
}

/** The reason never to enter this open folder, whatever the rules say; NULL when there is none. */
static const char *
forbidden(const struct crawl *crawl, int fd, const struct stat *st)
{
    if (crawl->has_avoid && st->st_dev == crawl->avoid_device && st->st_ino == crawl->avoid_inode)
        return "output folder";
    if (st->st_dev != folder_stack_top(&crawl->stack)->device && is_pseudo(fd))
        return "pseudo file system";
    return NULL;
}

/** Enter a folder that is open. fd is taken. */
static int
enter_folder(struct crawl *crawl, struct entry *entry, int fd, const struct stat *st, bool skipped)
{
    struct unit *unit = entry->unit;
    int status = skipped ? PROV_OK : ignore_enter(&crawl->ignore, entry->name);
    if (status != PROV_OK) {
        (void)close(fd);
        unit->kind = UNIT_UNREADABLE;
        crawl_entry_note(unit, DEFECT_LIMIT_MEMORY, "too many rules of .provscanignore for so deep a folder");
        return status == PROV_E_DATA ? PROV_OK : status;
    }
    int error;
    TRY(crawl_entry_push(crawl, fd, st, skipped, &error));
    unit->kind = skipped ? UNIT_SKIPPED : UNIT_DIRECTORY;
    if (skipped)
        unit->rule = buf_bytes(&crawl->rule);
    if (folder_stack_top(&crawl->stack)->rules_refused)
        crawl_entry_note(unit, DEFECT_LIMIT_FILE_BYTES, CRAWL_RULES_REFUSED);
    if (error)
        crawl_entry_refuse(crawl, unit, error, skipped);
    return PROV_OK;
}

/** A folder by its listing. @return PROV_OK, CRAWL_LOOK_AGAIN, PROV_E_MEMORY */
static int
look_at_folder(struct crawl *crawl, struct entry *entry, bool skipped)
{
    struct unit *unit = entry->unit;
    struct stat st;
    int fd = open_entry(crawl, entry->name, O_RDONLY | O_DIRECTORY);
    if (fd == -ELOOP || fd == -ENOTDIR)
        return CRAWL_LOOK_AGAIN;
    if (fd < 0 || fstat(fd, &st) != 0) {
        crawl_entry_refuse(crawl, unit, fd < 0 ? -fd : errno, skipped);
        if (stat_entry(crawl, entry->name, &st) == 0)
            crawl_entry_stat(unit, &st);
        if (fd >= 0)
            (void)close(fd);
        return PROV_OK;
    }
    crawl_entry_stat(unit, &st);
    const char *rule = forbidden(crawl, fd, &st);
    if (rule) {
        (void)close(fd);
        unit->kind = UNIT_SKIPPED;
        unit->rule = bytes_of(rule);
        return PROV_OK;
    }
    if (folder_stack_holds(&crawl->stack, st.st_dev, st.st_ino)) {
        (void)close(fd);
        unit->kind = UNIT_UNREADABLE;
        crawl_entry_note(unit, DEFECT_FS_SYMLINK_LOOP, "the folder is one of those that it lies in");
        return PROV_OK;
    }
    if (unit->path.size + 1 + NAME_BYTES > LIMIT_TREE_PATH_BYTES) {
        (void)close(fd);
        unit->kind = UNIT_UNREADABLE;
        crawl_entry_note(unit, DEFECT_LIMIT_DEPTH, "not entered: its path is too long");
        return PROV_OK;
    }
    return enter_folder(crawl, entry, fd, &st, skipped);
}

static void
describe_special(const struct crawl *crawl, struct unit *unit, bool skipped)
{
    const char *word = S_ISFIFO(unit->mode)   ? "a FIFO, not opened"
                       : S_ISSOCK(unit->mode) ? "a socket, not opened"
                       : S_ISCHR(unit->mode)  ? "a character device, not opened"
                       : S_ISBLK(unit->mode)  ? "a block device, not opened"
                                              : "of unknown type, not opened";
    unit->kind = skipped ? UNIT_SKIPPED : UNIT_SPECIAL;
    if (skipped)
        unit->rule = buf_bytes(&crawl->rule);
    else
        crawl_entry_note(unit, DEFECT_FS_SPECIAL_FILE, word);
}

/** Find out whether a rule leaves the entry out; then crawl->rule says which. */
static int
decide(struct crawl *crawl, const struct entry *entry, bool *skipped)
{
    *skipped = folder_stack_top(&crawl->stack)->skipped;
    if (*skipped)
        return PROV_OK;
    const struct ignore_rule *rule = ignore_decide(&crawl->ignore, entry->name, entry->type == DT_DIR);
    *skipped = rule != NULL;
    return rule ? crawl_entry_rule(crawl, rule) : PROV_OK;
}

/** Look at the entry as what entry->type says. @return PROV_OK, CRAWL_LOOK_AGAIN, PROV_E_MEMORY */
static int
look(struct crawl *crawl, struct entry *entry)
{
    struct unit *unit = entry->unit;
    struct stat st = {0};
    bool skipped;
    if (entry->type != DT_REG && entry->type != DT_DIR) {
        int error = stat_entry(crawl, entry->name, &st);
        if (error) {
            TRY(decide(crawl, entry, &skipped));
            crawl_entry_refuse(crawl, unit, error, skipped);
            return PROV_OK;
        }
        entry->type = (uint8_t)IFTODT(st.st_mode);
        crawl_entry_stat(unit, &st);
    }
    TRY(decide(crawl, entry, &skipped));
    unit->mode = DTTOIF(entry->type) | (st.st_mode & 07777);
    switch (entry->type) {
    case DT_REG:
        return look_at_file(crawl, entry, skipped);
    case DT_DIR:
        return look_at_folder(crawl, entry, skipped);
    case DT_LNK:
        return crawl_link(crawl, entry, skipped);
    default:
        describe_special(crawl, unit, skipped);
        return PROV_OK;
    }
}

/**
 * What is wrong with the name of a unit that is neither read (then its reader says it) nor left out, if it
 * has no defect yet.
 */
static void
note_name(const struct entry *entry)
{
    struct unit *unit = entry->unit;
    if (unit->defect != DEFECT_COUNT || unit->kind == UNIT_FILE || unit->kind == UNIT_SKIPPED)
        return;
    /* From the path: the listing that the name was in may have been dropped when the folder was entered. */
    size_t start = unit->path.size - entry->name.size;
    unsigned faults = member_name_faults((struct bytes){unit->path.data + start, entry->name.size});
    if (!faults)
        return;
    const char *words;
    enum defect defect = member_name_defect((enum name_fault)(faults & -faults), &words);
    crawl_entry_note(unit, defect, words);
}

int
crawl_entry(struct crawl *crawl, struct entry *entry)
{
    TRY(folder_stack_descend(&crawl->stack, entry->name));
    const struct folder *folder = folder_stack_top(&crawl->stack);
    int status = CRAWL_LOOK_AGAIN;
    crawl_entry_begin(crawl, entry->unit);
    if (folder->fd < 0) {
        crawl_entry_refuse(crawl, entry->unit, ENOENT, folder->skipped);
        return PROV_OK;
    }
    for (int i = 0; i < LOOKS_MAX && status == CRAWL_LOOK_AGAIN; i++) {
        crawl_entry_begin(crawl, entry->unit);
        status = look(crawl, entry);
        if (status == CRAWL_LOOK_AGAIN)
            entry->type = DT_UNKNOWN;
    }
    if (status == CRAWL_LOOK_AGAIN) {
        entry->unit->kind = UNIT_UNREADABLE;
        crawl_entry_note(entry->unit, DEFECT_FS_CHANGED_DURING_SCAN,
                         "replaced again and again while it was looked at");
        return PROV_OK;
    }
    if (status == PROV_OK)
        note_name(entry);
    return status;
}

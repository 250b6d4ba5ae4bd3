/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What members of one archive are to one another: twins, links and their targets. Only hashes of 64
 * bits are kept, one for each path with its role mixed in by the seed:
 *
 *     role     | kept for
 *     ---------+-------------------------------------------------------------
 *     FILE     | every member that is not a folder
 *     FOLDER   | folders that are members
 *     IMPLIED  | folders that exist because a member lies in them
 *     SYMLINK  | symlinks: a path through one cannot be judged by its letters
 *     ESCAPE   | symlinks out of the archive: what lies behind one is written elsewhere
 *
 * Two paths of one archive collide with a chance of 2^-22 at two million members; the cost of that is
 * one superfluous remark. Folders named twice are no twins: appending to an archive does that.
 *
 * Work is linear in the bytes of names but for folders: an ancestor is hashed for each of at most
 * COMPONENTS_MAX slashes.
 */
#include "ingest/name_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/status.h"
#include "ingest/member_name.h"

enum role { ROLE_FILE = 1, ROLE_FOLDER, ROLE_IMPLIED, ROLE_SYMLINK, ROLE_ESCAPE };
enum { NSLOTS_FIRST = 256, COMPONENTS_MAX = 128 };

static uint64_t
path_hash(struct bytes path, enum role role)
{
    uint64_t hash = hash64(path.data, path.size, (uint64_t)role);
    return hash ? hash : 1;
}

static uint64_t *
slot_of(uint64_t *slots, size_t nslots, uint64_t hash)
{
    size_t at = (size_t)hash & (nslots - 1);
    while (slots[at] && slots[at] != hash)
        at = (at + 1) & (nslots - 1);
    return &slots[at];
}

static bool
has(const struct name_set *set, struct bytes path, enum role role)
{
    return set->nslots && *slot_of(set->slots, set->nslots, path_hash(path, role)) != 0;
}

static int
grow(struct name_set *set)
{
    size_t nslots = set->nslots ? set->nslots * 2 : NSLOTS_FIRST;
    uint64_t *slots = calloc(nslots, sizeof *slots);
    if (!slots)
        return PROV_E_MEMORY;
    for (size_t i = 0; i < set->nslots; i++)
        if (set->slots[i])
            *slot_of(slots, nslots, set->slots[i]) = set->slots[i];
    free(set->slots);
    set->slots = slots;
    set->nslots = nslots;
    return PROV_OK;
}

static int
note(struct name_set *set, struct bytes path, enum role role)
{
    if (set->count == NAME_SET_MAX) {
        set->full = true;
        return PROV_OK;
    }
    if (set->count >= set->nslots / 2)
        TRY(grow(set));
    uint64_t hash = path_hash(path, role);
    uint64_t *slot = slot_of(set->slots, set->nslots, hash);
    set->count += *slot == 0;
    *slot = hash;
    return PROV_OK;
}

static struct bytes
folder_of(struct bytes path)
{
    const uint8_t *slash = path.size ? memrchr(path.data, '/', path.size) : NULL;
    return (struct bytes){path.data, slash ? (size_t)(slash - path.data) : 0};
}

/* Note the folders above path, from the nearest up, until one is known. */
static int
note_ancestors(struct name_set *set, struct bytes path)
{
    struct bytes folder = folder_of(path);
    uint64_t hash = path_hash(folder, ROLE_IMPLIED);
    if (hash == set->folder)
        return PROV_OK;
    set->folder = hash;
    for (int i = 0; i < COMPONENTS_MAX && folder.size && !has(set, folder, ROLE_IMPLIED); i++) {
        TRY(note(set, folder, ROLE_IMPLIED));
        folder = folder_of(folder);
    }
    return PROV_OK;
}

static bool
leads_through(const struct name_set *set, struct bytes path, enum role role)
{
    struct bytes folder = folder_of(path);
    for (int i = 0; i < COMPONENTS_MAX && folder.size; i++) {
        if (has(set, folder, role))
            return true;
        folder = folder_of(folder);
    }
    return false;
}

static int
keep_text(struct buf *buf, struct bytes text)
{
    uint32_t size = (uint32_t)text.size;
    TRY(buf_append(buf, &size, sizeof size));
    return buf_append(buf, text.data, text.size);
}

static struct bytes
kept_text(const struct buf *buf, size_t *at)
{
    uint32_t size;
    memcpy(&size, buf->data + *at, sizeof size);
    struct bytes text = {buf->data + *at + sizeof size, size};
    *at += sizeof size + size;
    return text;
}

static int
add_symlink(struct name_set *set, struct bytes link, unsigned *relations)
{
    bool escapes;
    struct bytes path = buf_bytes(&set->path);
    TRY(member_name_resolve(path, link, &set->target, &escapes));
    TRY(note(set, path, ROLE_SYMLINK));
    if (escapes) {
        *relations |= NAME_SYMLINK_ESCAPES;
        set->has_escapes = true;
        return note(set, path, ROLE_ESCAPE);
    }
    struct bytes target = buf_bytes(&set->target);
    size_t needed = target.size + path.size + 2 * sizeof(uint32_t);
    if (target.size == 0 || needed > NAME_SET_LINK_BYTES - set->links.size)
        return PROV_OK;
    TRY(keep_text(&set->links, target));
    return keep_text(&set->links, path);
}

static int
add_hardlink(struct name_set *set, struct bytes link, unsigned *relations)
{
    bool escapes;
    TRY(member_name_resolve((struct bytes){NULL, 0}, link, &set->target, &escapes));
    if (escapes)
        *relations |= NAME_HARDLINK_ESCAPES;
    else if (!set->full && !has(set, buf_bytes(&set->target), ROLE_FILE))
        *relations |= NAME_HARDLINK_DANGLES;
    return PROV_OK;
}

int
name_set_add(struct name_set *set, const struct member *member, unsigned *relations)
{
    *relations = 0;
    buf_clear(&set->path);
    buf_clear(&set->target);
    bool escapes;
    TRY(member_name_resolve((struct bytes){NULL, 0}, member->name, &set->path, &escapes));
    if (escapes) {
        buf_clear(&set->path);
        TRY(buf_append(&set->path, member->name.data, member->name.size));
    }
    struct bytes path = buf_bytes(&set->path);
    bool is_folder = member->kind == ITEM_DIRECTORY;
    if (has(set, path, ROLE_FILE) || (!is_folder && has(set, path, ROLE_FOLDER)))
        *relations |= NAME_DUPLICATE;
    if (set->has_escapes && leads_through(set, path, ROLE_ESCAPE))
        *relations |= NAME_BEHIND_ESCAPE;
    TRY(note_ancestors(set, path));
    if (member->kind == ITEM_SYMLINK)
        TRY(add_symlink(set, member->link, relations));
    if (member->kind == ITEM_HARDLINK && member->link.size)
        TRY(add_hardlink(set, member->link, relations));
    return note(set, path, is_folder ? ROLE_FOLDER : ROLE_FILE);
}

uint64_t
name_set_dangling(struct name_set *set, struct bytes *example)
{
    uint64_t ndangling = 0;
    for (size_t at = 0; !set->full && at < set->links.size;) {
        struct bytes target = kept_text(&set->links, &at);
        struct bytes name = kept_text(&set->links, &at);
        if (has(set, target, ROLE_FILE) || has(set, target, ROLE_FOLDER) || has(set, target, ROLE_IMPLIED) ||
            leads_through(set, target, ROLE_SYMLINK))
            continue;
        if (ndangling++ == 0)
            *example = name;
    }
    return ndangling;
}

void
name_set_finish(struct name_set *set)
{
    free(set->slots);
    buf_finish(&set->path);
    buf_finish(&set->target);
    buf_finish(&set->links);
    *set = (struct name_set){0};
}

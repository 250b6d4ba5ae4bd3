/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of a folder in the order of their bytes, in bounded memory.
 *
 * A folder gives its names in no order that means anything, and the crawl needs one that depends on the names
 * alone; so they are collected and sorted. A folder of ten million names would take hundreds of
 * megabytes: past a bound the upper half is dropped, and only names below what was kept are collected
 * further. What is left in the end are the smallest names, complete up to the last one, and `more` is set:
 * the caller comes back for those behind it, which costs another listing for each bound full of names.
 *
 *     names seen:   m c x a | z b q ...       bound reached after x: keep a c, drop m x, ceiling is c
 *     kept:         a c        b              z, q are above the ceiling; b is not
 *     next listing: after c: m q x z
 *
 * Names are compared by their first 8 bytes as one number, then by the rest; no name holds a NUL, so
 * filling short ones up with zeros keeps the order.
 *
 * getdents64 is called directly: one buffer serves all folders, and an error is not mistaken for the end.
 */
#include "ingest/names.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t
key_of(const char *name, size_t size)
{
    uint64_t key = 0;
    for (size_t i = 0; i < 8; i++)
        key = key << 8 | (i < size ? (uint8_t)name[i] : 0);
    return key;
}

static int
compare_names(const void *a, const void *b, void *text)
{
    const struct name *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return strcmp((const char *)text + x->offset, (const char *)text + y->offset);
}

static int
append(struct names *names, const char *name, size_t size, uint8_t type)
{
    if (names->count == names->capacity) {
        size_t capacity = names->capacity ? names->capacity * 2 : 64;
        struct name *list = realloc(names->list, capacity * sizeof *list);
        if (!list)
            return PROV_E_MEMORY;
        names->list = list;
        names->capacity = capacity;
    }
    names->list[names->count] = (struct name){.key = key_of(name, size),
                                              .offset = (uint32_t)names->text.size,
                                              .size = (uint16_t)size,
                                              .type = type};
    TRY(buf_append(&names->text, name, size + 1));
    names->count++;
    return PROV_OK;
}

/** Sort; a name that a careless file system gave twice counts once. */
static void
put_in_order(struct names *names)
{
    if (names->count == 0)
        return;
    qsort_r(names->list, names->count, sizeof names->list[0], compare_names, names->text.data);
    size_t kept = 1;
    for (size_t i = 1; i < names->count; i++)
        if (compare_names(&names->list[i], &names->list[kept - 1], names->text.data) != 0)
            names->list[kept++] = names->list[i];
    names->count = kept;
}

/** A listing under way. */
struct listing {
    struct names *names;
    const struct names_request *request;
    size_t ceiling; /**< where in the text the largest name kept lies; nothing above it is collected */
};

/** Keep the lower half of the names, and their text alone. */
static int
drop_upper_half(struct listing *listing)
{
    struct names *names = listing->names;
    put_in_order(names);
    struct buf text = {0};
    size_t kept = (names->count + 1) / 2;
    TRY(buf_reserve(&text, names->text.size));
    for (size_t i = 0; i < kept; i++) {
        struct name *name = &names->list[i];
        listing->ceiling = text.size;
        (void)buf_append(&text, names->text.data + name->offset, (size_t)name->size + 1); /* has room */
        name->offset = (uint32_t)listing->ceiling;
    }
    buf_finish(&names->text);
    names->text = text;
    names->more |= kept < names->count;
    names->count = kept;
    return PROV_OK;
}

/** Take one entry of the folder, if it is wanted. */
static int
take(struct listing *listing, const struct dirent64 *entry)
{
    struct names *names = listing->names;
    const char *name = entry->d_name;
    size_t size = strlen(name);
    bool is_dots = name[0] == '.' && (size == 1 || (size == 2 && name[1] == '.'));
    if (is_dots || size == 0 || size > UINT16_MAX)
        return PROV_OK;
    struct bytes after = listing->request->after;
    if (after.size && bytes_compare((struct bytes){(const uint8_t *)name, size}, after) <= 0)
        return PROV_OK;
    if (names->more && strcmp(name, (const char *)names->text.data + listing->ceiling) > 0)
        return PROV_OK;
    TRY(append(names, name, size, entry->d_type));
    size_t used = names->text.size + names->count * sizeof names->list[0];
    return used > listing->request->bytes_max && names->count > 1 ? drop_upper_half(listing) : PROV_OK;
}

/** Read the folder to its end. */
static int
collect(struct listing *listing, int folder, int *error)
{
    const struct names_request *request = listing->request;
    for (;;) {
        ssize_t got = getdents64(folder, request->buffer, request->buffer_size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            *error = got < 0 ? errno : 0;
            return PROV_OK;
        }
        for (size_t at = 0; at < (size_t)got;) {
            const struct dirent64 *entry = (const void *)(request->buffer + at);
            TRY(take(listing, entry));
            at += entry->d_reclen;
        }
    }
}

int
names_list(struct names *names, int folder, const struct names_request *request, int *error)
{
    assert(request->bytes_max < UINT32_MAX / 2);
    struct listing listing = {.names = names, .request = request};
    names->count = 0;
    names->more = false;
    buf_clear(&names->text);
    *error = 0;
    if (lseek(folder, 0, SEEK_SET) < 0) {
        *error = errno;
        return PROV_OK;
    }
    int status = collect(&listing, folder, error);
    if (status == PROV_OK)
        put_in_order(names);
    else
        names_finish(names);
    return status;
}

int64_t
names_find(const struct names *names, const char *name)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, (const char *)names->text.data + names->list[middle].offset);
        if (order == 0)
            return (int64_t)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

void
names_remove(struct names *names, size_t place)
{
    assert(place < names->count);
    names->count--;
    memmove(names->list + place, names->list + place + 1, (names->count - place) * sizeof names->list[0]);
}

struct bytes
names_text(const struct names *names, size_t place)
{
    assert(place < names->count);
    return (struct bytes){names->text.data + names->list[place].offset, names->list[place].size};
}

size_t
names_bytes(const struct names *names)
{
    return names->text.capacity + names->capacity * sizeof names->list[0];
}

void
names_finish(struct names *names)
{
    free(names->list);
    buf_finish(&names->text);
    *names = (struct names){0};
}

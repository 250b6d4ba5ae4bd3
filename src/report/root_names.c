/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of the roots. A manifest shall not depend on where a dataset lies on somebody's disk, nor tell
 * it, so a root is called by the last part of its path. When roots share that part, each takes as many more
 * parts as tell it from the others:
 *
 *     /data/a/train, /data/b/train, /data/b/test   ->   a/train, b/train, test
 *
 * Found by sorting the paths from their ends: the root that shares most with a root stands beside it.
 */
#include "report/root_names.h"

#include <stdlib.h>
#include <string.h>

/* A root while names are made. */
struct ending {
    struct bytes path; /**< without slashes at its end */
    size_t root;
};

static struct bytes
trimmed(struct bytes path)
{
    while (path.size > 1 && path.data[path.size - 1] == '/')
        path.size--;
    return path;
}

/* Bytes that two paths have in common, counted from their ends. */
static size_t
common_end(struct bytes a, struct bytes b)
{
    size_t size = 0;
    while (size < a.size && size < b.size && a.data[a.size - 1 - size] == b.data[b.size - 1 - size])
        size++;
    return size;
}

static int
compare_ends(const void *left, const void *right)
{
    const struct ending *a = left, *b = right;
    size_t common = common_end(a->path, b->path);
    bool a_ends = common == a->path.size, b_ends = common == b->path.size;
    if (a_ends || b_ends)
        return a_ends && b_ends ? (a->root > b->root) - (a->root < b->root) : a_ends ? -1 : 1;
    return a->path.data[a->path.size - 1 - common] < b->path.data[b->path.size - 1 - common] ? -1 : 1;
}

/* The last parts of a path, of more than shared bytes; all of it when no part starts before them. */
static struct bytes
last_parts(struct bytes path, size_t shared)
{
    for (size_t size = shared + 1; size < path.size; size++)
        if (path.data[path.size - size - 1] == '/')
            return (struct bytes){.data = path.data + (path.size - size), .size = size};
    return path;
}

/* The same path given twice is named whole, twice. */
static void
name_roots(struct root_names *roots, const struct ending *sorted)
{
    for (size_t i = 0; i < roots->count; i++) {
        size_t before = i > 0 ? common_end(sorted[i - 1].path, sorted[i].path) : 0;
        size_t behind = i + 1 < roots->count ? common_end(sorted[i].path, sorted[i + 1].path) : 0;
        size_t shared = before > behind ? before : behind;
        roots->names[sorted[i].root].name = last_parts(sorted[i].path, shared);
    }
}

static int
read_rows(struct db *db, struct root_names *roots, struct err *err)
{
    struct db_statement *statement = NULL;
    bool has_row = false;
    TRY(db_prepare(db,
                   "SELECT path, (SELECT count(*) FROM (SELECT 1 FROM unit WHERE unit.root = root.ordinal"
                   " LIMIT 2)), (SELECT path FROM unit WHERE unit.root = root.ordinal LIMIT 1)"
                   " FROM root ORDER BY ordinal",
                   &statement, err));
    int status = PROV_OK;
    for (size_t i = 0;
         status == PROV_OK && (status = db_step(statement, &has_row, err)) == PROV_OK && has_row; i++) {
        struct bytes path = trimmed(db_bytes(statement, 0)), only = db_bytes(statement, 2);
        struct bytes name = last_parts(path, 0);
        roots->names[i].is_file = db_int(statement, 1) == 1 && only.size == name.size &&
                                  memcmp(only.data, name.data, name.size) == 0;
        roots->names[i].name = arena_bytes(&roots->arena, path);
        if (path.size && !roots->names[i].name.data)
            status = err_set(err, PROV_E_MEMORY, "out of memory");
    }
    db_finish(statement);
    return status;
}

int
root_names_read(struct db *db, struct root_names *roots, struct err *err)
{
    *roots = (struct root_names){0};
    int64_t count = 0;
    TRY(db_query_int(db, "SELECT count(*) FROM root", &count, err));
    if (count == 0)
        return PROV_OK;
    roots->names = arena_array(&roots->arena, (size_t)count, sizeof *roots->names);
    struct ending *sorted = calloc((size_t)count, sizeof *sorted);
    int status = roots->names && sorted ? PROV_OK : err_set(err, PROV_E_MEMORY, "out of memory");
    if (status == PROV_OK)
        status = read_rows(db, roots, err);
    if (status == PROV_OK) {
        roots->count = (size_t)count;
        for (size_t i = 0; i < roots->count; i++)
            sorted[i] = (struct ending){.path = roots->names[i].name, .root = i};
        qsort(sorted, roots->count, sizeof *sorted, compare_ends);
        name_roots(roots, sorted);
    }
    free(sorted);
    return status;
}

void
root_names_finish(struct root_names *roots)
{
    arena_finish(&roots->arena);
    *roots = (struct root_names){0};
}

int
root_names_locator(const struct root_names *roots, int64_t root, struct bytes unit_path,
                   struct bytes item_path, struct buf *locator)
{
    if (roots->count > 1 && root >= 0 && (uint64_t)root < roots->count) {
        const struct root_name *named = &roots->names[root];
        TRY(buf_append(locator, named->name.data, named->name.size));
        if (named->is_file)
            unit_path.size = 0;
        else
            TRY(buf_append(locator, "/", 1));
    }
    TRY(buf_append(locator, unit_path.data, unit_path.size));
    if (!item_path.size)
        return PROV_OK;
    TRY(buf_append(locator, "!/", 2));
    return buf_append(locator, item_path.data, item_path.size);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key paths, as a tree of nodes found by a hash of parent and key.
 *
 *     {"id": 1, "meta": {"url": ".."}, "tags": ["a", "b"]}
 *
 *     1 record ─┬─ 2 id
 *               ├─ 3 meta ── 4 url
 *               └─ 5 tags ── 6 []
 *
 * Records of one file mostly have the same keys in the same order: each node remembers which one followed,
 * and one comparison of bytes replaces the look-up. Objects that are dictionaries (words, identifiers of
 * persons) would fill the tree: beyond a bound their keys are not told apart.
 */
#include "ingest/row_columns.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/status.h"
#include "base/utf8.h"
#include "ingest/rows.h"

enum { DIGITS_OF_DATA = 5, NAME_BYTES = ROW_PATH_LEVELS * (ROW_KEY_BYTES + 3) };

int
row_columns_init(struct row_columns *columns)
{
    columns->nodes = calloc(COLUMN_NODES, sizeof *columns->nodes);
    columns->keys = malloc((size_t)COLUMN_NODES * ROW_KEY_BYTES);
    columns->slots = calloc(COLUMN_SLOTS, sizeof *columns->slots);
    columns->nnodes = COLUMN_ROOT + 1;
    return columns->nodes && columns->keys && columns->slots ? PROV_OK : PROV_E_MEMORY;
}

void
row_columns_finish(struct row_columns *columns)
{
    free(columns->nodes);
    free(columns->keys);
    free(columns->slots);
    *columns = (struct row_columns){0};
}

static size_t
slot_of(const struct column_node *node)
{
    return node->hash & (COLUMN_SLOTS - 1);
}

void
row_columns_clear(struct row_columns *columns)
{
    /* Most texts have a dozen paths: take out what is in rather than wipe the table. */
    if (columns->nnodes > COLUMN_NODES / 16) {
        memset(columns->slots, 0, COLUMN_SLOTS * sizeof *columns->slots);
    } else {
        for (size_t i = COLUMN_ROOT + 1; i < columns->nnodes; i++)
            for (size_t at = slot_of(&columns->nodes[i]); columns->slots[at]; at = (at + 1) % COLUMN_SLOTS)
                columns->slots[at] = 0;
    }
    columns->nnodes = COLUMN_ROOT + 1;
    columns->nkeys = 0;
    columns->serial = 0;
    columns->nodes[COLUMN_NONE] = columns->nodes[COLUMN_ROOT] = (struct column_node){0};
}

static struct bytes
key_of(const struct row_columns *columns, const struct column_node *node)
{
    return (struct bytes){.data = columns->keys + node->key, .size = node->key_size};
}

static bool
is_node(const struct row_columns *columns, uint16_t node, uint16_t parent, struct bytes key)
{
    const struct column_node *candidate = &columns->nodes[node];
    return candidate->parent == parent && candidate->kind == COLUMN_KEY &&
           bytes_equal(key_of(columns, candidate), key);
}

static uint32_t
hash_of(uint16_t parent, enum column_kind kind, struct bytes key)
{
    return (uint32_t)hash64(key.data, key.size, (uint64_t)kind << 16 | parent);
}

/* Make a node in a free slot. */
static uint16_t
add_node(struct row_columns *columns, uint16_t parent, enum column_kind kind, struct bytes key, size_t slot)
{
    if (columns->nnodes == COLUMN_NODES)
        return COLUMN_NONE;
    uint16_t number = (uint16_t)columns->nnodes++;
    columns->nodes[number] = (struct column_node){.hash = hash_of(parent, kind, key),
                                                  .key = (uint32_t)columns->nkeys,
                                                  .parent = parent,
                                                  .key_size = (uint8_t)key.size,
                                                  .kind = (uint8_t)kind};
    if (key.size)
        memcpy(columns->keys + columns->nkeys, key.data, key.size);
    columns->nkeys += key.size;
    columns->nodes[parent].nchildren++;
    columns->slots[slot] = number;
    return number;
}

uint16_t
row_columns_key(struct row_columns *columns, uint16_t parent, struct bytes key, uint16_t hint)
{
    if (hint && is_node(columns, hint, parent, key))
        return hint;
    if (parent == COLUMN_NONE)
        return COLUMN_NONE;
    size_t at = hash_of(parent, COLUMN_KEY, key) % COLUMN_SLOTS;
    for (; columns->slots[at]; at = (at + 1) % COLUMN_SLOTS)
        if (is_node(columns, columns->slots[at], parent, key))
            return columns->slots[at];
    if (columns->nodes[parent].nchildren >= COLUMN_CHILDREN)
        return row_columns_special(columns, parent, COLUMN_ANY);
    return add_node(columns, parent, COLUMN_KEY, key, at);
}

uint16_t
row_columns_special(struct row_columns *columns, uint16_t parent, enum column_kind kind)
{
    static const struct bytes no_key = {0};
    if (parent == COLUMN_NONE)
        return COLUMN_NONE;
    size_t at = hash_of(parent, kind, no_key) % COLUMN_SLOTS;
    for (; columns->slots[at]; at = (at + 1) % COLUMN_SLOTS) {
        const struct column_node *node = &columns->nodes[columns->slots[at]];
        if (node->parent == parent && node->kind == kind)
            return columns->slots[at];
    }
    return add_node(columns, parent, kind, no_key, at);
}

bool
row_name_is_fit(struct bytes name)
{
    unsigned ndigits = 0;
    for (size_t i = 0; i < name.size; i++) {
        uint8_t byte = name.data[i];
        ndigits += byte >= '0' && byte <= '9';
        if (byte < ' ' || byte == 0x7F || byte == '@')
            return false;
    }
    return name.size > 0 && name.size <= ROW_KEY_BYTES && ndigits < DIGITS_OF_DATA && utf8_is_valid(name);
}

/* One element of a path into text. @return bytes written */
static size_t
write_element(const struct row_columns *columns, const struct column_node *node, bool dot, uint8_t *text)
{
    struct bytes key = key_of(columns, node);
    size_t size = 0;
    if (node->kind == COLUMN_ELEMENTS) {
        text[0] = '[';
        text[1] = ']';
        return 2;
    }
    if (dot)
        text[size++] = '.';
    if (node->kind == COLUMN_KEY && row_name_is_fit(key)) {
        memcpy(text + size, key.data, key.size);
        return size + key.size;
    }
    text[size++] = '*';
    return size;
}

struct bytes
row_columns_name(const struct row_columns *columns, uint16_t node, struct arena *arena)
{
    uint16_t path[ROW_PATH_LEVELS + 1];
    uint8_t text[NAME_BYTES];
    size_t npath = 0, size = 0;
    for (uint16_t at = node; at > COLUMN_ROOT && npath <= ROW_PATH_LEVELS; at = columns->nodes[at].parent)
        path[npath++] = at;
    while (npath && size + ROW_KEY_BYTES + 1 <= sizeof text)
        size += write_element(columns, &columns->nodes[path[--npath]], size > 0, text + size);
    if (size == 0)
        text[size++] = '$';
    return arena_bytes(arena, (struct bytes){.data = text, .size = size});
}

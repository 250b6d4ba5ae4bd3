/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_ROW_COLUMNS_H
#define INGEST_ROW_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "model/rows.h"

enum {
    COLUMN_NONE = 0,
    COLUMN_ROOT = 1,     /**< the record itself */
    COLUMN_NODES = 4096, /**< key paths of one segment; later ones have no column */
    COLUMN_CHILDREN =
        256, /**< keys of one object that are told apart: beyond, it is a dictionary, not a record */
    COLUMN_SLOTS = 2 * COLUMN_NODES,
};

/** One key path. */
struct column_node {
    uint32_t hash;
    uint32_t key; /**< where its key lies in keys */
    uint16_t parent;
    uint8_t key_size;
    uint8_t kind; /**< enum column_kind */
    uint16_t nchildren;
    uint16_t first; /**< the first key of the latest object here: what is expected next time */
    uint16_t next;  /**< the key that followed this one last time */
    uint64_t seen;  /**< serial number of the latest object that had this key */
    uint64_t nvalues, nnumbers, ncodes, nbytes;
};

enum column_kind {
    COLUMN_KEY,
    COLUMN_ELEMENTS /**< of an array */,
    COLUMN_ANY /**< keys that are not told apart */
};

/** The key paths of a segment, as a tree. */
struct row_columns {
    struct column_node *nodes; /**< COLUMN_NODES, owned; [0] is none, [1] the record */
    size_t nnodes;
    uint8_t *keys; /**< owned */
    size_t nkeys;
    uint16_t *slots; /**< COLUMN_SLOTS, owned: hash table of nodes, 0 is free */
    uint64_t serial; /**< of objects */
};

/** @return PROV_OK, PROV_E_MEMORY; finish either way */
int row_columns_init(struct row_columns *columns);
void row_columns_finish(struct row_columns *columns);

/** Forget all paths. */
void row_columns_clear(struct row_columns *columns);

/**
 * The path below another.
 *
 * @param key   at most ROW_KEY_BYTES, decoded
 * @param hint  in: the node expected, or 0; a good guess saves the look-up
 * @return the node; COLUMN_NONE when parent is, or when there is no room
 */
uint16_t row_columns_key(struct row_columns *columns, uint16_t parent, struct bytes key, uint16_t hint);

/** The elements of an array, and the keys that are not told apart. @return as row_columns_key */
uint16_t row_columns_special(struct row_columns *columns, uint16_t parent, enum column_kind kind);

/**
 * The name of a path: keys joined by '.', arrays as "[]". A key that may be a person's data rather than a
 * name (five digits, an '@', control characters, or longer than ROW_KEY_BYTES) is shown as '*'.
 *
 * @return data is NULL when out of memory
 */
struct bytes row_columns_name(const struct row_columns *columns, uint16_t node, struct arena *arena);

/** Is this fit to be shown as the name of a column? */
bool row_name_is_fit(struct bytes name);

#endif

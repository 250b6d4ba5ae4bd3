/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_ITEM_ROWS_H
#define STORE_ITEM_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/db.h"
#include "model/item.h"

enum { ITEM_ROWS = 16 };

/** A few rows of the table item, copied, to be inserted by one statement. Zero, then item_rows_init. */
struct item_rows {
    struct db_statement *one;  /**< inserts a row; owned */
    struct db_statement *many; /**< inserts ITEM_ROWS rows; owned */
    struct item_row *rows;     /**< ITEM_ROWS of them; owned */
    size_t nrows;              /**< that wait */
    struct buf texts;          /**< paths, links and types of the rows that wait */
};

/** @return PROV_OK, PROV_E_STORE, PROV_E_MEMORY; item_rows_finish releases either way */
int item_rows_init(struct item_rows *rows, struct db *db, struct err *err);
void item_rows_finish(struct item_rows *rows); /**< rows that still wait are dropped */

/** Copy an item in, and insert all that wait when they are ITEM_ROWS. */
int item_rows_add(struct item_rows *rows, uint64_t unit, const struct item *item, struct err *err);

/** Insert what waits. */
int item_rows_flush(struct item_rows *rows, struct err *err);

/** Forget what waits. */
void item_rows_clear(struct item_rows *rows);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_DB_CURSOR_H
#define BASE_DB_CURSOR_H

#include "base/db.h"

/**
 * A query whose first two columns are integers that ascend, as the place of a row. Several of them that
 * ascend alike are joined by walking them side by side: nothing is looked up, nothing is sorted.
 *
 *     struct db_cursor items = {0}, facts = {0};
 *     TRY(db_cursor_open(&items, db, "SELECT unit, ordinal, ...", err));      stands on the first row
 *     TRY(db_cursor_open(&facts, db, "SELECT unit, item, ...", err));
 *     for (; items.has_row; status = db_cursor_advance(&items, err))
 *         TRY(db_cursor_meet(&facts, &items, &met, err));                     met: facts stands on the same
 * place
 *
 * Zero-initialise; db_cursor_close in any state.
 */
struct db_cursor {
    struct db_statement *statement; /**< its row is to be read from column 2 on */
    int64_t major, minor;           /**< the place of the row */
    bool has_row;                   /**< false: behind the last one */
};

/** Compile, and stand on the first row. @return PROV_OK, PROV_E_STORE, PROV_E_MEMORY */
int db_cursor_open(struct db_cursor *cursor, struct db *db, const char *sql, struct err *err);
void db_cursor_close(struct db_cursor *cursor); /**< zeroed afterwards */

/** Go on to the next row. @return also PROV_E_INTERNAL when places do not ascend: a join would lose rows */
int db_cursor_advance(struct db_cursor *cursor, struct err *err);

/** Pass over what lies before the leader's place. @param met  the cursor stands on that place */
int db_cursor_meet(struct db_cursor *cursor, const struct db_cursor *leader, bool *met, struct err *err);

#endif

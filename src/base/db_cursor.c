/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joining by walking side by side.
 *
 *     leader   (0,0) (0,1) (0,2)       (1,0) ...
 *     cursor         (0,1)       (0,3) (1,0)       met at (0,1) and (1,0); (0,3) is nobody's and is passed
 * over
 *
 * Why not JOIN: SQLite looks the other table up for each row, which costs more than reading the row itself
 * when nearly all rows of both are wanted.
 */
#include "base/db_cursor.h"

int
db_cursor_open(struct db_cursor *cursor, struct db *db, const char *sql, struct err *err)
{
    *cursor = (struct db_cursor){.major = INT64_MIN, .minor = INT64_MIN};
    TRY(db_prepare(db, sql, &cursor->statement, err));
    return db_cursor_advance(cursor, err);
}

void
db_cursor_close(struct db_cursor *cursor)
{
    db_finish(cursor->statement);
    *cursor = (struct db_cursor){0};
}

int
db_cursor_advance(struct db_cursor *cursor, struct err *err)
{
    int64_t major = cursor->major, minor = cursor->minor;
    TRY(db_step(cursor->statement, &cursor->has_row, err));
    if (!cursor->has_row)
        return PROV_OK;
    cursor->major = db_int(cursor->statement, 0);
    cursor->minor = db_int(cursor->statement, 1);
    if (cursor->major < major || (cursor->major == major && cursor->minor < minor))
        return err_set(err, PROV_E_INTERNAL, "rows of the store came out of order");
    return PROV_OK;
}

int
db_cursor_meet(struct db_cursor *cursor, const struct db_cursor *leader, bool *met, struct err *err)
{
    while (cursor->has_row && (cursor->major < leader->major ||
                               (cursor->major == leader->major && cursor->minor < leader->minor)))
        TRY(db_cursor_advance(cursor, err));
    *met = cursor->has_row && cursor->major == leader->major && cursor->minor == leader->minor;
    return PROV_OK;
}

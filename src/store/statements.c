/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiling and releasing the statements of the store, from the one list in the header.
 */
#include "store/statements.h"

int
statements_init(struct statements *statements, struct db *db, struct err *err)
{
#define STATEMENT_PREPARE(name, sql) TRY(db_prepare(db, sql, &statements->name, err));
    STATEMENT_MAP(STATEMENT_PREPARE)
#undef STATEMENT_PREPARE
    return PROV_OK;
}

void
statements_finish(struct statements *statements)
{
#define STATEMENT_FINISH(name, sql) db_finish(statements->name);
    STATEMENT_MAP(STATEMENT_FINISH)
#undef STATEMENT_FINISH
    *statements = (struct statements){0};
}

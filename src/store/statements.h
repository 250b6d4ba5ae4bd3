/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_STATEMENTS_H
#define STORE_STATEMENTS_H

#include "base/db.h"
#include "base/status.h"

/** Defects that say something of the machine and of the moment, not of the file: the next scan looks again. */
#define FAULTS_OF_THE_MACHINE "'fs.io_error','fs.timeout','parser.oom'"

/** The statements of the store, compiled once: one list, a field and a text each. */
#define STATEMENT_MAP(X)                                                                                     \
    X(root_insert, "INSERT INTO root (ordinal, path) VALUES (?1, ?2)")                                       \
    X(meta_put, "INSERT INTO meta (key, value) VALUES (?1, ?2)"                                              \
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value")                                   \
    X(unit_find,                                                                                             \
      "SELECT id, state, state = 1 AND kind = ?9 AND size = ?3 AND device = ?4 AND inode = ?5"               \
      " AND mtime_ns = ?6 AND ctime_ns = ?7 AND plan IS ?8 AND NOT EXISTS (SELECT 1 FROM fact WHERE"         \
      " fact.unit = unit.id AND kind = 0 AND code IN (" FAULTS_OF_THE_MACHINE ")) FROM unit"                 \
      " WHERE root = ?1 AND path = ?2")                                                                      \
    X(unit_insert, "INSERT INTO unit (ordinal, root, path, kind, size, blocks_bytes, device, inode,"         \
                   " mtime_ns, ctime_ns, mode, nlinks, link, link_root, rule, state)"                        \
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)")        \
    X(unit_update, "UPDATE unit SET ordinal = ?1, kind = ?4, size = ?5, blocks_bytes = ?6, device = ?7,"     \
                   " inode = ?8, mtime_ns = ?9, ctime_ns = ?10, mode = ?11, nlinks = ?12, link = ?13,"       \
                   " link_root = ?14, rule = ?15, state = ?16 WHERE root = ?2 AND path = ?3")                \
    X(unit_state, "SELECT state FROM unit WHERE id = ?1")                                                    \
    X(unit_reading, "UPDATE unit SET state = 2 WHERE id = ?1")                                               \
    X(unit_done, "UPDATE unit SET state = 1, plan = ?2 WHERE id = ?1")                                       \
    X(fact_insert, "INSERT INTO fact VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")                      \
    X(value_insert, "INSERT INTO value VALUES (?1, ?2, ?3, ?4)")                                             \
    X(value_delete, "DELETE FROM value WHERE unit = ?1")                                                     \
    X(column_insert, "INSERT INTO row_column VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")                         \
    X(sample_insert, "INSERT INTO sample VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")                       \
    X(item_delete, "DELETE FROM item WHERE unit = ?1")                                                       \
    X(column_delete, "DELETE FROM row_column WHERE unit = ?1")                                               \
    X(fact_delete, "DELETE FROM fact WHERE unit = ?1")                                                       \
    X(sample_delete, "DELETE FROM sample WHERE unit = ?1")

struct statements {
#define STATEMENT_FIELD(name, sql) struct db_statement *name;
    STATEMENT_MAP(STATEMENT_FIELD)
#undef STATEMENT_FIELD
};

/** @return PROV_OK, PROV_E_STORE, PROV_E_MEMORY; what was compiled is released by statements_finish either
 * way */
int statements_init(struct statements *statements, struct db *db, struct err *err);
void statements_finish(struct statements *statements);

#endif

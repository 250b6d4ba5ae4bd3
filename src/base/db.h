/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_DB_H
#define BASE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

/**
 * SQLite behind a narrow door: statuses with words instead of result codes, and the few calls that
 * the store, the judge and the reports need. Thread: one at a time a handle.
 */
struct db;
struct db_statement;

/**
 * DB_CREATE and DB_READ_WRITE hold the file alone from the first statement to db_close: a second one, in
 * any process, is told that the file is in use. Readers share it.
 */
enum db_mode { DB_CREATE, DB_READ_WRITE, DB_READ_ONLY };

/**
 * Open a database file; ":memory:" is an empty one in memory.
 *
 * @return PROV_OK, PROV_E_MEMORY, PROV_E_STORE (absent, not a database, in use, not writable), err worded
 */
int db_open(const char *path, enum db_mode mode, struct db **db, struct err *err);
void db_close(struct db *db); /**< statements must have been finished; NULL is fine */

/** Run one or more statements that return no rows. */
int db_run(struct db *db, const char *sql, struct err *err);

/** Compile one statement. The text must not come from data, unless a fence is up. */
int db_prepare(struct db *db, const char *sql, struct db_statement **statement, struct err *err);
void db_finish(struct db_statement *statement); /**< NULL is fine */

/** Parameters are numbered from 1. Bytes and text are borrowed until the next db_reset or db_finish. */
void db_bind_int(struct db_statement *statement, int index, int64_t value);
void db_bind_double(struct db_statement *statement, int index, double value);
void db_bind_text(struct db_statement *statement, int index, const char *text);        /**< NULL binds NULL */
void db_bind_text_bytes(struct db_statement *statement, int index, struct bytes text); /**< valid UTF-8 */
void db_bind_bytes(struct db_statement *statement, int index, struct bytes bytes);
void db_bind_null(struct db_statement *statement, int index);

/** Advance. @param has_row  true when a row is there to be read; a failed bind is reported here */
int db_step(struct db_statement *statement, bool *has_row, struct err *err);

/** Run to the end a statement that returns no rows, and make it ready to run again. */
int db_execute(struct db_statement *statement, struct err *err);
void db_reset(struct db_statement *statement); /**< ready to run again, parameters cleared */

/**
 * Columns of the present row, numbered from 0; pointers are valid until the next step or reset. Memory
 * that ran out while a column was read is reported by the next db_step.
 */
bool db_is_null(struct db_statement *statement, int column);
int64_t db_int(struct db_statement *statement, int column);
double db_double(struct db_statement *statement, int column);
const char *db_text(struct db_statement *statement, int column); /**< "" for NULL */
struct bytes db_bytes(struct db_statement *statement, int column);
int db_ncolumns(struct db_statement *statement);
const char *db_column_name(struct db_statement *statement, int column);

/** One integer of a query that gives one row. */
int db_query_int(struct db *db, const char *sql, int64_t *value, struct err *err);
int64_t db_last_id(struct db *db);

/**
 * Let an untrusted expression (a rule of a policy) be compiled and run: reading the named views and
 * calling pure functions is all it may do, in a bounded number of steps. A view that reads another view
 * needs both named; the tables below need not be.
 *
 * @param allowed     NULL-terminated names of tables and views that may be read, borrowed until the fence is
 *                    lifted; NULL lifts it
 * @param nsteps_max  virtual machine steps of one run of one statement, rounded up to thousands
 */
void db_fence(struct db *db, const char *const *allowed, uint64_t nsteps_max);

const char *db_sqlite_version(void);

#endif

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

/**
 * Open an empty database in memory for untrusted expressions: the rules of a policy. Until it is closed a
 * statement can call pure functions on what is bound to it, and nothing else: there is no table to read, no
 * clock, no randomness; values and patterns are bounded, and the steps of each run are counted.
 *
 * @param nsteps_max  virtual machine steps of one run of one statement, rounded up to hundreds
 */
int db_open_fenced(uint64_t nsteps_max, struct db **db, struct err *err);
void db_allow_steps(struct db *db, uint64_t nsteps_max); /**< another bound from the next run on */

/** How many steps a statement is made of: as many as it can take, if it has no loop. */
int db_count_steps(struct db *db, const char *sql, uint64_t *nsteps, struct err *err);
void db_close(struct db *db); /**< statements must have been finished; NULL is fine */

/** Run one or more statements that return no rows. */
int db_run(struct db *db, const char *sql, struct err *err);

/** Compile one statement. The text must not come from data, unless the handle is fenced. */
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
int64_t db_int(struct db_statement *statement, int column);                    /**< 0 for NULL */
int64_t db_int_or(struct db_statement *statement, int column, int64_t absent); /**< absent for NULL */
double db_double(struct db_statement *statement, int column);
const char *db_text(struct db_statement *statement, int column); /**< "" for NULL */
struct bytes db_bytes(struct db_statement *statement, int column);
int db_ncolumns(struct db_statement *statement);
const char *db_column_name(struct db_statement *statement, int column);

/**
 * Let queries of this handle call a test of bytes: name(column). A view or a rule
 * cannot call it.
 *
 * @param test     called while a query runs; must depend on its arguments alone; NULL takes the test back,
 * which is refused while a query runs
 * @param context  handed to it; borrowed until then
 */
int db_add_test(struct db *db, const char *name, bool (*test)(void *context, struct bytes value),
                void *context, struct err *err);

/** One integer of a query that gives one row. */
int db_query_int(struct db *db, const char *sql, int64_t *value, struct err *err);
int64_t db_last_id(struct db *db);

const char *db_sqlite_version(void);

#endif

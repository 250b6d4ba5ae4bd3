/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_HANDLE_H
#define STORE_HANDLE_H

#include "base/bytes.h"
#include "base/db.h"
#include "base/digest.h"
#include "store/item_rows.h"
#include "store/statements.h"

/** What the files of src/store/ share; nobody else includes this. */
enum {
    STATE_PENDING = 0, /**< unit.state: to be read; no rows of it are there */
    STATE_DONE = 1,    /**< all its rows are there */
    STATE_READING = 2, /**< rows may be there, and not all of them */
};

struct store {
    struct db *db; /**< owned */
    struct statements statements;
    struct item_rows items; /**< rows of the open transaction that are not inserted yet */
    struct buf rule;        /**< scratch: a rule made printable */
    char *path;             /**< as given, for messages; owned */
    uint8_t plan[SHA256_SIZE];
    uint64_t nrows, nbytes; /**< written since the transaction began */
    int failed;             /**< status of the first failed write: nothing is written after it */
    bool in_transaction;
};

/**
 * Every write begins here: after a failure it is refused, a transaction that is long enough is committed, and
 * one is open afterwards.
 *
 * @param nrows, nbytes  about to be written
 */
int store_begin_write(struct store *store, uint64_t nrows, uint64_t nbytes, struct err *err);

/** And ends here. A failed write is remembered: half of it may be there. @return status */
int store_end_write(struct store *store, int status);

#endif

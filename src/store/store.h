/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/db.h"
#include "base/digest.h"
#include "base/status.h"
#include "model/item.h"
#include "model/unit.h"

/** The store of one scan, open for writing. Thread: the supervisor's only one. */
struct store;

/** What the supervisor must do with a unit of the crawl. */
enum store_need {
    STORE_KNOWN, /**< its facts are there: nothing to do */
    STORE_READ,  /**< to be read */
    STORE_NOTED, /**< not a file: the crawl's own knowledge was written as item 0; nothing to read */
};

/**
 * Open or make DIR/scan.db. An existing store keeps its units: those read under the same plan and
 * unchanged since are not read again. Rows of units that were being read when a scan died are
 * removed when the unit is read again.
 *
 * @return PROV_OK; PROV_E_STORE (not ours, newer schema, locked by a running scan, disk), err worded
 */
int store_open(const char *path, const uint8_t plan[SHA256_SIZE], struct store **store, struct err *err);

/**
 * Commit what is pending and close. NULL is fine. After a failed write, what was not committed before it is
 * lost, and the status of that failure is given again here and by every other call.
 */
int store_close(struct store *store, struct err *err);

/**
 * Everything that begins a crawl: forget the ordinals of the last one, write the roots, and mark the store
 * (meta "crawl.complete" = "0") as one that does not hold the whole dataset.
 */
int store_begin_crawl(struct store *store, const struct bytes *roots, size_t nroots, struct err *err);

/**
 * Write one unit of the crawl.
 *
 * @param ordinal  its place in this crawl, from 0
 * @param id       the unit's id in the store
 */
int store_add_unit(struct store *store, const struct unit *unit, uint64_t ordinal, uint64_t *id,
                   enum store_need *need, struct err *err);

/** The unit's facts begin to arrive: what an earlier, unfinished read left behind goes. */
int store_begin_unit(struct store *store, uint64_t id, struct err *err);

/** Write one finished item with its facts. Items of one unit may come in any order. */
int store_add_item(struct store *store, uint64_t unit_id, const struct item *item, struct err *err);

/** All items of the unit are there. */
int store_end_unit(struct store *store, uint64_t id, const struct unit_stamp *stamp, struct err *err);

/** Remove the units that this crawl did not see, and set meta "crawl.complete" to "1". */
int store_end_crawl(struct store *store, struct err *err);

/** Commit now; the store also commits by itself after a bounded amount of rows. */
int store_commit(struct store *store, struct err *err);

/** Write a row of meta. */
int store_set_meta(struct store *store, const char *key, const char *value, struct err *err);

/** The database behind, for judging and reporting. */
struct db *store_db(struct store *store);

/** Open an existing store for judging and reporting, without scanning. */
int store_open_existing(const char *path, struct db **db, struct err *err);

#endif

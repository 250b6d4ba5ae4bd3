/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_ROOT_NAMES_H
#define REPORT_ROOT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/status.h"

/** One root of the scan. */
struct root_name {
    struct bytes name; /**< the fewest last parts of its path that no other root ends in; raw bytes */
    bool is_file;      /**< the root is one file: its name is the whole address of its unit */
};

/** What the roots of a scan are called in reports. Zero-initialise. */
struct root_names {
    struct root_name *names; /**< in the order in which the roots were given */
    size_t count;
    struct arena arena;
};

/** @return PROV_OK, PROV_E_STORE, PROV_E_MEMORY; to be released with root_names_finish in any case */
int root_names_read(struct db *db, struct root_names *roots, struct err *err);
void root_names_finish(struct root_names *roots); /**< zeroed afterwards */

/**
 * Append the address of an item: UNIT, or UNIT!/ITEM; behind ROOT/ when the scan has several roots.
 *
 * @param item_path  empty for the unit itself
 * @return PROV_OK, PROV_E_MEMORY
 */
int root_names_locator(const struct root_names *roots, int64_t root, struct bytes unit_path,
                       struct bytes item_path, struct buf *locator);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_FOLDER_LICENSE_H
#define POLICY_FOLDER_LICENSE_H

#include "base/db.h"
#include "policy/license_book.h"

/** Which license file speaks for which folder, at any depth, in archives too. */
struct folder_licenses;

/**
 * Read the license statements of all license files and dataset cards of the store.
 *
 * @param folders  owned by the caller: folder_licenses_close, before the database
 * @return PROV_OK, PROV_E_STORE, PROV_E_MEMORY
 */
int folder_licenses_open(struct db *db, struct license_book *book, struct folder_licenses **folders,
                         struct err *err);
void folder_licenses_close(struct folder_licenses *folders); /**< NULL is fine */

/** Where an item lies. */
struct item_place {
    int64_t root;
    struct bytes unit_path; /**< below the root */
    struct bytes item_path; /**< below the unit; empty for the unit itself */
};

/** What speaks for an item. */
struct folder_license {
    uint32_t number;    /**< of the license in the book; 0: nothing speaks */
    int64_t unit, item; /**< the file that says so; of several in one folder the first in the order of the crawl */
};

/** The license of the nearest folder above an item that has one. Fast for items that come folder by folder. */
int folder_licenses_find(struct folder_licenses *folders, const struct item_place *place,
                         struct folder_license *found, struct err *err);

/** The last name in a path, without folders and containers. */
struct bytes item_place_name(const struct item_place *place);

#endif

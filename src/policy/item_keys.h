/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_ITEM_KEYS_H
#define POLICY_ITEM_KEYS_H

#include "base/bytes.h"
#include "base/db.h"

/** All items of a judged store in the order of the crawl, each with a key of what rules can know of it. */
struct item_keys;

/** The item that the walk stands on. */
struct item_key {
    int64_t unit, item; /**< unit.id and item.ordinal */
    uint32_t source;
    struct bytes key; /**< items with equal keys have equal facts, of those used; valid until the next call */
};

/**
 * Begin.
 *
 * @param used  which facts of the level item matter, in the order of facts.def
 * @return PROV_OK, PROV_E_STORE, PROV_E_MEMORY
 */
int item_keys_open(struct db *db, const bool *used, struct item_keys **keys, struct err *err);
void item_keys_close(struct item_keys *keys); /**< NULL is fine */

/** The next item. @param has_item  false behind the last one */
int item_keys_next(struct item_keys *keys, struct item_key *item, bool *has_item, struct err *err);

/** The used facts of the present item, read from item_facts. @param row  their columns, valid until the next
 * call */
int item_keys_facts(struct item_keys *keys, struct db_statement **row, struct err *err);

#endif

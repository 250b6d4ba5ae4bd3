/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_PACK_TABLE_H
#define POLICY_PACK_TABLE_H

#include "base/db.h"
#include "policy/pack_set.h"

/**
 * Write the packs of a judgement into the tables pack, parameter and rule, so that reports need no policy
 * files and say what was in force then. @return PROV_OK, PROV_E_STORE, PROV_E_MEMORY
 */
int pack_table_store(const struct pack_set *set, struct db *db, struct err *err);

#endif

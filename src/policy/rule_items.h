/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_RULE_ITEMS_H
#define POLICY_RULE_ITEMS_H

#include "policy/rule_tally.h"

/**
 * Test the rules of the level item on all items, and collect the items that show why rules of the other
 * levels came out as they did. The sources and the dataset must have been judged.
 *
 * @return PROV_OK, PROV_E_STORE, PROV_E_MEMORY, PROV_E_INTERNAL
 */
int rule_items_judge(struct rule_tally *tally);

#endif

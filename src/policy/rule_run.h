/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_RULE_RUN_H
#define POLICY_RULE_RUN_H

#include "base/db.h"
#include "policy/pack_set.h"
#include "policy/waivers.h"

/** What came out of one rule over all its subjects. */
struct rule_result {
    uint64_t counts[CONFORMITY_COUNT]; /**< subjects by enum conformity */
    uint64_t waived[CONFORMITY_COUNT]; /**< those of them for which the rule is waived */
    enum conformity conformity;        /**< the worst that there is */
    enum verdict verdict;
};

/** Totals of a run. */
struct rule_run_result {
    enum verdict verdict; /**< the worst of all rules */
    uint64_t nitems, nitems_denied, nitems_reviewed;
    uint64_t nrules_failed, nrules_undetermined;
};

/**
 * Test all rules of a set on what gather_facts made: the dataset, then each source, then each item in one
 * pass. Fills the tables result, source_result, evidence, outcome, item_outcome and source_verdict.
 *
 * @param waived         which rules are waived for what: they keep their conformity, and do not count for a
 * verdict
 * @param nevidence_max  items kept as evidence for one rule and conformity
 * @return PROV_OK, PROV_E_POLICY (SQLite refused a rule: err names it), PROV_E_STORE, PROV_E_MEMORY
 */
int rule_run(struct db *db, const struct pack_set *set, const struct waived *waived, size_t nevidence_max,
             struct rule_run_result *result, struct err *err);

/** What one test says: 1 true, 0 false, -1 NULL; for applies_when and fails_when in this order. */
enum conformity rule_conformity(int applies, int fails);

/** What a conformity of this rule means for the verdict. */
enum verdict rule_verdict(const struct rule *rule, enum conformity conformity);

#endif

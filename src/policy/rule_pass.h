/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_RULE_PASS_H
#define POLICY_RULE_PASS_H

#include "base/db.h"
#include "policy/pack_set.h"

enum { RULE_PASS_PORTIONS_MAX = 256, RULE_PASS_COLUMNS_MAX = 256 };

/** One test among the columns of a pass. */
struct rule_test {
    size_t rule;     /**< index in the set */
    const char *sql; /**< compiled; NULL: always true */
};

/** A statement that answers some of the tests. */
struct rule_portion {
    struct db_statement *statement;
    size_t first, ntests; /**< into the tests of the pass */
};

/** All tests of one level, answered for one row of facts after the other. Zero-initialise. */
struct rule_pass {
    const struct pack_set *set; /**< borrowed */
    struct db *court;           /**< fenced: tests are compiled and run in it */
    struct rule_test *tests;
    int *answers; /**< one for each test, of the present row: 1 true, 0 false, -1 NULL */
    size_t ntests;
    enum rule_level level;
    bool used[RULE_PASS_COLUMNS_MAX]; /**< which facts of the level the tests name */
    struct rule_portion portions[RULE_PASS_PORTIONS_MAX];
    size_t nportions;
};

/** Add the tests of all rules of a level, two a rule: applies, fails. @return PROV_OK, PROV_E_MEMORY */
int rule_pass_add_level(struct rule_pass *pass, const struct pack_set *set, enum rule_level level,
                        struct err *err);
int rule_pass_add(struct rule_pass *pass, size_t rule, const char *sql, struct err *err);

/** Compile all tests. @return PROV_OK, PROV_E_POLICY, PROV_E_STORE, PROV_E_MEMORY */
int rule_pass_compile(struct rule_pass *pass, struct err *err);

/**
 * Put a row of facts to the tests, and read the answers.
 *
 * @param facts  stands on a row: one column more, then the facts that are used, in the order of facts.def
 * @return PROV_OK; PROV_E_POLICY (a rule takes too many steps or too much memory; err names it),
 * PROV_E_MEMORY
 */
int rule_pass_ask(struct rule_pass *pass, struct db_statement *facts, struct err *err);
void rule_pass_finish(struct rule_pass *pass); /**< zeroed afterwards */

#endif

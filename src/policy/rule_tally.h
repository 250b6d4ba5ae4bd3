/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_RULE_TALLY_H
#define POLICY_RULE_TALLY_H

#include "base/intern.h"
#include "policy/rule_run.h"

/** Where an item is. */
struct rule_place {
    int64_t unit, item; /**< unit.id and item.ordinal */
    uint32_t source;
};

/** Items that show one result. */
struct rule_places {
    struct rule_place *places;
    size_t nplaces, capacity;
};

/** Everything that comes out of a run, until it is stored. */
struct rule_tally {
    struct db *db;
    const struct pack_set *set;
    const struct waived *waived;
    size_t nevidence_max;
    size_t nsources;                 /**< with the undeclared one */
    struct rule_result *results;     /**< one for each rule */
    enum conformity *source_results; /**< rules x sources; NOT_APPLICABLE for rules of other levels */
    enum verdict *source_verdicts;   /**< the worst result of each source */
    uint64_t *source_denied, *source_reviewed; /**< items of each source */
    struct rule_places *shown[2];              /**< one for each rule: undetermined, not conform */
    struct intern outcomes;                    /**< conformity of each rule of level item as one byte */
    struct rule_run_result totals;
    struct db_statement *insert; /**< into item_outcome */
    int64_t unit, first, last;   /**< the run of items with the same outcome that is not stored yet */
    uint32_t outcome;
    bool has_run;
    struct err *err;
};

/** @return PROV_OK, PROV_E_MEMORY, PROV_E_STORE */
int rule_tally_init(struct rule_tally *tally, struct db *db, const struct pack_set *set,
                    const struct waived *waived, size_t nevidence_max, struct err *err);
void rule_tally_finish(struct rule_tally *tally);

/** A source came out so under a rule. */
void rule_tally_source(struct rule_tally *tally, size_t rule, size_t source, enum conformity conformity);

/** Keep an item as evidence, if there is room. */
int rule_tally_show(struct rule_tally *tally, size_t rule, enum conformity conformity,
                    struct rule_place place);
bool rule_tally_has_room(const struct rule_tally *tally, size_t rule, enum conformity conformity);

/** In an answer of an outcome: the rule is waived for the item. */
enum { OUTCOME_WAIVED = 0x10 };

/** The number of an outcome. @param answers  conformity of each rule of level item, 0 for those that do not
 * matter */
int rule_tally_outcome(struct rule_tally *tally, struct bytes answers, uint32_t *number);

/** Count an item whose verdict is not allow, or for which a rule is waived, and store its outcome; items come
 * in the order of units and items. */
int rule_tally_item(struct rule_tally *tally, struct rule_place place, enum verdict verdict,
                    uint32_t outcome);

/** Conclude, and write the tables result, source_result, source_verdict, evidence and outcome. */
int rule_tally_store(struct rule_tally *tally);

#endif

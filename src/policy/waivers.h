/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_WAIVERS_H
#define POLICY_WAIVERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/intern.h"
#include "base/json.h"
#include "base/status.h"
#include "policy/pack_set.h"

struct db;

/** What became of a waiver in a judgement. */
enum waiver_state {
    WAIVER_IN_FORCE, /**< and it meets content */
    WAIVER_NO_MATCH, /**< the content that it was given for is not here, or has changed */
    WAIVER_EXPIRED,
    WAIVER_NOT_BEGUN,
    WAIVER_NO_DAY,  /**< the day of judgement was not given: whether it is in force cannot be told */
    WAIVER_NO_RULE, /**< no rule of this id and level was judged */
    WAIVER_STATE_COUNT
};

/** A person took it upon himself that a rule is not met for this content, until a day. */
struct waiver {
    const char *rule;
    enum rule_level level;
    uint8_t sha256[SHA256_SIZE]; /**< of the item; of the source (waiver_source_digest); the root digest */
    const char *what;            /**< for people: a locator, the id of a source, "dataset" */
    const char *reason, *approver;
    const char *granted, *expires; /**< YYYY-MM-DD; both days are included */
    enum waiver_state state;
    uint64_t nmatches; /**< items, sources or datasets that it meets */
};

/** A file of waivers: provscan.waivers.json. */
struct waivers {
    struct waiver *waivers; /**< nwaivers, in the order of the file */
    size_t nwaivers;
    struct json_file *file; /**< owned; holds the texts */
    struct arena arena;
};

/**
 * Read a file of waivers, strictly.
 *
 * @param file  the opened file; owned by waivers from here on, also after a failure
 * @return PROV_OK, PROV_E_POLICY, PROV_E_MEMORY
 */
int waivers_open(struct json_file *file, struct waivers *waivers, struct err *err);
void waivers_finish(struct waivers *waivers); /**< zeroed afterwards */

const char *waiver_state_name(enum waiver_state state); /**< "in_force" ...; static */

/** The digest that a waiver for a source is bound to: its files in order of root and path. Needs source_unit.
 */
int waiver_source_digest(struct db *db, uint32_t source, uint8_t sha256[SHA256_SIZE], struct err *err);

/** Which rules are waived for what, in one judgement. Zero-initialise. */
struct waived {
    size_t nrules, nsources;
    bool *dataset; /**< one for each rule; owned, as all below */
    bool *sources; /**< rules x sources */
    struct waived_item {
        int64_t unit, item;
        uint32_t set;
    } * items; /**< nitems, sorted */
    size_t nitems, capacity;
    struct intern sets; /**< each the ordinals of rules as uint32_t; set 0 is the first */
};

/**
 * Find out which waivers are in force on this day and what they meet; sets their states.
 *
 * @param as_of  NULL: none is in force
 * @return PROV_OK, PROV_E_STORE, PROV_E_MEMORY
 */
int waived_resolve(struct waivers *waivers, const struct pack_set *set, struct db *db, const char *as_of,
                   struct waived *waived, struct err *err);
void waived_finish(struct waived *waived);

/** The number of the rules waived for an item; INTERN_NONE: none. */
uint32_t waived_of_item(const struct waived *waived, int64_t unit, int64_t item);

/** Is the rule one of the set? */
bool waived_has(const struct waived *waived, uint32_t set, size_t rule);

/** Fill the table waiver. */
int waivers_store(const struct waivers *waivers, struct db *db, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_PACK_SET_H
#define POLICY_PACK_SET_H

#include "policy/pack.h"
#include "policy/scope.h"

/** The packs of one judgement: each behind those that it extends, "core" first; all rules compiled. */
struct pack_set {
    struct pack *packs;
    size_t npacks;
    size_t capacity;
    struct rule **rules; /**< of all packs, in their order */
    size_t nrules;
    struct parameter *outside; /**< what comes from outside: today, and the scope; noutside; owned */
    size_t noutside;
    struct arena arena;
};

/** Where packs are, which are wanted, and the parameters that come from outside. */
struct pack_request {
    const char *policy_dir;
    const char *const
        *names; /**< ids, looked for as policy_dir/packs/ID.json; or paths (with '/' or ".json") */
    size_t nnames;
    const char *purpose;       /**< :purpose; NULL: as the scope has it */
    const char *today;         /**< :today; NULL: not known */
    const struct scope *scope; /**< NULL: nothing is declared */
};

/**
 * Load the packs asked for, core, and all that they extend; apply settings and overrides; compile the rules.
 *
 * @return PROV_OK; PROV_E_USAGE (no such pack), PROV_E_POLICY (err names file, line, place and reason),
 *         PROV_E_MEMORY
 */
int pack_set_load(const struct pack_request *request, struct pack_set *set, struct err *err);
void pack_set_finish(struct pack_set *set); /**< zeroed afterwards */

/** Compile all expressions of a set whose packs are sorted and applied. @return PROV_OK, PROV_E_POLICY,
 * PROV_E_MEMORY */
int pack_compile(struct pack_set *set, struct err *err);

/**
 * Compile one expression of a rule as the set does, with parameters of an example in front of those in force.
 *
 * @param key  "fails_when" ...: the place in the message
 */
int pack_set_compile(const struct pack_set *set, const struct rule *rule, const char *key, const char *text,
                     const struct rule_example *example, struct buf *sql, struct err *err);

/** The same for whether a rule applies at all: its pack's condition and its own; "1" when there are none. */
int pack_set_compile_applies(const struct pack_set *set, const struct rule *rule,
                             const struct rule_example *example, struct buf *sql, struct err *err);

/** Does pack a extend pack b, itself or by others? Every pack extends itself. */
bool pack_set_extends(const struct pack_set *set, size_t a, size_t b);

#endif

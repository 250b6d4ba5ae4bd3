/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_PACK_H
#define POLICY_PACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/status.h"
#include "model/verdict.h"
#include "policy/expression.h"

/** A text for people, in both languages. */
struct pack_text {
    const char *en, *zh;
};

/** Where a rule comes from. */
struct pack_cite {
    const char *law, *article;
    const char *in_force;          /**< YYYY-MM-DD */
    const char *until;             /**< YYYY-MM-DD; NULL: still in force */
    const struct pack_text *title; /**< of the law, as the pack's "laws" has it */
};

/** How well the text behind a rule is known. */
enum rule_basis { BASIS_PRIMARY, BASIS_SECONDARY, BASIS_MEMORY };

/** Facts and parameters of one test of a rule, and what must come out. */
struct rule_example {
    struct parameter *facts; /**< columns of the level; what is not named is NULL */
    size_t nfacts;
    struct parameter *parameters; /**< in the place of those in force */
    size_t nparameters;
    int verdict;            /**< enum verdict; -1: not said */
    int conformity;         /**< enum conformity; -1: not said */
    struct json_view place; /**< for messages */
};

struct rule {
    const char *id;
    size_t pack; /**< index in the set */
    enum rule_level level;
    enum verdict verdict;                 /**< in force, when the rule fails */
    enum verdict verdict_declared;        /**< as its own pack has it */
    size_t verdict_set_by;                /**< index of the pack whose verdict is in force */
    const struct pack_override *override; /**< by which it is; NULL */
    enum rule_basis basis;
    const char *applies_when; /**< NULL: always */
    const char *fails_when;
    const char *shown_by; /**< of items: which ones show why; NULL for the level item */
    struct pack_text title, reason, remedy;
    struct pack_cite *cites;
    size_t ncites;
    struct rule_example *examples;
    size_t nexamples;
    const char *applies_sql, *fails_sql, *shown_sql; /**< compiled by the set; NULL where the text is */
    struct json_view place;
};

/** Which way a parameter is moved to ask for more. */
enum pack_tighter { TIGHTER_UNKNOWN, TIGHTER_LOWER, TIGHTER_HIGHER };

/** A named threshold or reading that a pack declares. */
struct pack_parameter {
    struct parameter value; /**< in force */
    struct parameter declared;
    enum pack_tighter tighter;
    const char *
        *choices; /**< texts that it may be, from loose to tight when tighter is "higher"; nchoices, 0: any */
    size_t nchoices;
    const struct pack_setting *setting; /**< by which value is set; NULL */
    size_t pack;                        /**< that declares it */
    size_t set_by;                      /**< whose value is in force */
    struct pack_text title;
};

/** A value that a pack sets in one that it extends. */
struct pack_setting {
    const char *pack, *name;
    struct parameter value;
    bool prevails; /**< may loosen: a law that goes before, with its citation */
    struct pack_text reason;
    struct pack_cite *cites;
    size_t ncites;
    struct json_view place;
};

/** A verdict that a pack changes in one that it extends. */
struct pack_override {
    const char *rule;
    enum verdict verdict;
    bool prevails; /**< may loosen: a law that goes before, with its citation */
    struct pack_text reason;
    struct pack_cite *cites;
    size_t ncites;
    struct json_view place;
};

/** One file of policies/packs/. Everything in it lives as long as its file is open and its arena is there. */
struct pack {
    const char *id, *version;
    struct pack_text title;
    const char
        *applies_when; /**< over parameters; NULL: always. Where it is false no rule of the pack applies */
    struct pack_text otherwise; /**< why, then */
    const char *applies_sql;    /**< compiled by the set */
    struct json_view applies_place;
    const char **extends;
    size_t nextends;
    struct pack_parameter *parameters;
    size_t nparameters;
    struct pack_setting *settings;
    size_t nsettings;
    struct rule *rules;
    size_t nrules;
    struct pack_override *overrides;
    size_t noverrides;
    char sha256[2 * SHA256_SIZE + 1];
    const char *file_name;  /**< without its folder */
    char *path;             /**< owned */
    struct json_file *file; /**< owned */
    struct arena arena;
};

/**
 * Read one pack, strictly: unknown keys, missing texts, a `deny` that rests on memory, dates that are none
 * are refused with file, line and place. Expressions are not looked at: that takes the whole set.
 *
 * @param pack  filled in; to be released with pack_finish, also after a failure
 * @return PROV_OK, PROV_E_POLICY, PROV_E_MEMORY
 */
int pack_open(const char *path, struct pack *pack, struct err *err);

/** The same for a text in memory. @param path  stands for the file in messages */
int pack_open_text(const char *path, struct bytes text, struct pack *pack, struct err *err);
void pack_finish(struct pack *pack); /**< zeroed afterwards */

/** Is this a day, "YYYY-MM-DD", that exists? */
bool pack_is_day(const char *text);

/** May the parameter have this value? @param index  of the choice, 0 when there are none */
bool pack_parameter_allows(const struct pack_parameter *parameter, const struct parameter *value,
                           size_t *index);

const char *rule_basis_name(enum rule_basis basis);

#endif

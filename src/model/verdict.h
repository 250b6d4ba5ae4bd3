/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H

/** What a rule, an item, a source or the dataset comes out as; worse is larger, and the values are stored. */
enum verdict {
    VERDICT_ALLOW = 0,
    VERDICT_REVIEW = 1, /**< a person has to look: something speaks against it, or is not known */
    VERDICT_DENY = 2,
    VERDICT_COUNT
};

/**
 * What one rule says of what it was tested on. The three words of the Chinese filing form, and a fourth for
 * facts that are missing. The values are stored.
 */
enum conformity {
    CONFORMITY_NOT_APPLICABLE = 0,
    CONFORMITY_CONFORM = 1,
    CONFORMITY_UNDETERMINED = 2, /**< the test came out NULL: counts as review */
    CONFORMITY_NOT_CONFORM = 3,
    CONFORMITY_COUNT
};

/** "allow", "review", "deny"; static. */
const char *verdict_name(enum verdict verdict);

/** The verdict with this name, or VERDICT_COUNT. */
enum verdict verdict_find(const char *name);

/** "conform", "not_conform", "not_applicable", "undetermined"; static. */
const char *conformity_name(enum conformity conformity);

#endif

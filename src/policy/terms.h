/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_TERMS_H
#define POLICY_TERMS_H

#include "base/status.h"

/** What a license permits and requires. Each is TERM_YES, TERM_NO or TERM_UNKNOWN. */
enum term { TERM_UNKNOWN = -1, TERM_NO = 0, TERM_YES = 1 };

struct license_terms {
    enum term commercial;  /**< permitted */
    enum term derivatives; /**< permitted */
    enum term training;    /**< permitted */
    enum term attribution; /**< required */
    enum term share_alike; /**< required */
};

extern const struct license_terms TERMS_UNKNOWN;

/** Nobody may do anything: all rights reserved. */
extern const struct license_terms TERMS_RESERVED;

/** The table of policies/licenses/terms.json. */
struct terms;

/** @return PROV_OK, PROV_E_POLICY, PROV_E_MEMORY; err is worded */
int terms_load(const char *policy_dir, struct terms **terms, struct err *err);
void terms_destroy(struct terms *terms); /**< NULL is fine */

/**
 * The terms of an SPDX expression: of "A AND B" whatever either forbids or requires, of "A OR B" the better
 * choice. An id that the table does not have, and text that is no expression, is unknown.
 */
struct license_terms terms_of(const struct terms *terms, const char *expression);

#endif

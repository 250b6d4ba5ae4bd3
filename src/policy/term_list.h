/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_TERM_LIST_H
#define POLICY_TERM_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { TERM_RISKS_MAX = 64, TERM_RISK_BYTES_MAX = 16 };

/** One risk, and how many terms a list has for it. */
struct term_risk {
    char id[TERM_RISK_BYTES_MAX];
    uint64_t nterms, nterms_min;
};

/** How large a term list is. */
struct term_count {
    struct term_risk risks[TERM_RISKS_MAX]; /**< nrisks, in the order of the file of risks */
    size_t nrisks;
    uint64_t nterms;
    uint64_t a1_min, a2_min; /**< of the risk of group A.1, A.2 that has the fewest */
    char updated[11];        /**< YYYY-MM-DD */
};

/**
 * Count the terms of a list by the risks that they stand for. What a term says is never looked at.
 *
 * @param risks_path  a file "provscan-risks-1", such as policies/content/cn-risks.json
 * @param path        a file "provscan-terms-1": {"format", "risks", "updated", "terms": {risk: [term ...]}}
 * @return PROV_OK; PROV_E_POLICY (err names file, line, place and reason), PROV_E_IO, PROV_E_MEMORY
 */
int term_list_count(const char *risks_path, const char *path, struct term_count *count, struct err *err);

#endif

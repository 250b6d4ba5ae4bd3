/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_POLICY_DIFF_H
#define CMD_POLICY_DIFF_H

#include <stddef.h>

struct err;

/**
 * Print what changes between two packs with all that they extend: rules, verdicts in force, tests, citations,
 * texts and parameters.
 *
 * @param before, after  ids of packs in dir, or paths
 * @param nchanges       lines printed
 * @return PROV_OK; PROV_E_POLICY, PROV_E_USAGE (a pack cannot be read), PROV_E_MEMORY
 */
int policy_diff(const char *dir, const char *before, const char *after, size_t *nchanges, struct err *err);

#endif

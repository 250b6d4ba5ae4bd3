/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_PACK_CHECK_H
#define POLICY_PACK_CHECK_H

#include <stddef.h>

#include "base/status.h"

/** What a check of packs went through. */
struct pack_check_result {
    size_t npacks, nrules, nexamples;
};

/**
 * Load one pack (with core and what it extends) and run the examples of all its rules: each must come out as
 * it says, and each rule must have one where it fails, one where it conforms and one where facts are missing.
 *
 * @param policy_dir  the folder of policies
 * @param pack        an id or a path
 * @param result      counts are added to
 * @return PROV_OK; PROV_E_POLICY with file, line, place and reason of the first fault; PROV_E_USAGE (no such
 *         pack); PROV_E_MEMORY; PROV_E_STORE
 */
int pack_check(const char *policy_dir, const char *pack, struct pack_check_result *result, struct err *err);

/**
 * The same for every file of policy_dir/packs/, in the order of their names, going on after a fault.
 *
 * @param fault   called for each pack that is not as it should be
 * @param nfiles  files seen
 * @return PROV_OK also when packs were refused
 */
int packs_check(const char *policy_dir, void (*fault)(const struct err *err, void *context), void *context,
                size_t *nfiles, struct pack_check_result *result, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/status.h"
#include "inspect/inspector.h"
#include "model/value_key.h"

/** What to look for and within which bounds: made once, const for all workers. */
struct plan {
    struct limits limits;
    const struct inspector *const *table; /**< INSPECTORS; tests bring their own */
    void **inspectors;                    /**< plan of each, as table */
    size_t ninspectors;
    struct detector_set *detectors;  /**< owned */
    uint8_t detectors_digest[SHA256_SIZE]; /**< of the files of policies/detectors and policies/licenses */
    struct value_key key;            /**< for hashes of values; set before workers begin, or there are none */
    uint8_t digest[SHA256_SIZE];     /**< of all that may change a fact: tool, limits, detectors, licenses */
};

struct plan_options {
    const char *policy_dir; /**< holds detectors/ and licenses/ */
    const char *cache_dir;  /**< NULL: compile each time */
    struct limits limits;
};

/** @return PROV_OK, PROV_E_POLICY, PROV_E_MEMORY, err worded */
int plan_create(const struct plan_options *options, struct plan **plan, struct err *err);
void plan_destroy(struct plan *plan);

#endif

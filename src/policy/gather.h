/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_GATHER_H
#define POLICY_GATHER_H

#include "base/db.h"
#include "base/status.h"
#include "model/detector.h"
#include "policy/license_book.h"
#include "policy/sources.h"

/** What facts are gathered with; all borrowed. */
struct gather_context {
    struct db *db;
    const struct sources *sources; /**< may hold none */
    const struct terms *terms;
    const struct detector_set *detectors; /**< NULL: every finding counts as personal */
};

/**
 * Turn the facts of a store into what rules test: fill the tables defect, detector, license, source,
 * source_unit, item_sum, source_sum, source_license, duplicate and dataset_sum. Three passes over the items,
 * each in the order of its index; memory does not grow with the dataset.
 *
 * @return PROV_OK, PROV_E_STORE, PROV_E_MEMORY
 */
int gather_facts(const struct gather_context *context, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_DECLARED_TABLES_H
#define POLICY_DECLARED_TABLES_H

#include "base/db.h"
#include "model/detector.h"
#include "policy/repeats.h"
#include "policy/sources.h"

/** What the tables around the facts are made from; all borrowed. */
struct declared_tables {
    struct db *db;
    const struct sources *sources;
    const struct detector_set *detectors; /**< may be NULL */
    const uint32_t *source_licenses; /**< number of the declared license of each source, 0 none; [0] is 0 */
    struct repeats *repeats;         /**< has noted the digest of each content item */
    struct err *err;
};

/** Fill the tables defect and detector: what codes count as. */
int declared_tables_store_vocabulary(const struct declared_tables *tables);

/** Fill the table source, with number 0 for what is not declared. */
int declared_tables_store_sources(const struct declared_tables *tables);

/** Fill the tables duplicate and dataset_sum; the totals of the sources must be there. */
int declared_tables_store_dataset(const struct declared_tables *tables);

#endif

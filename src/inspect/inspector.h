/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_INSPECTOR_H
#define INSPECT_INSPECTOR_H

#include <stddef.h>

#include "base/status.h"
#include "model/fact.h"
#include "model/segment.h"

struct detector_set;
struct value_key;

/** What inspectors are made from; borrowed for the life of the plan. */
struct inspect_config {
    const struct detector_set *detectors; /**< of policies/detectors/, checked; NULL: none */
    const char *policy_dir;               /**< where data files (licenses/...) lie */
    const char *cache_dir;                /**< for compiled databases; NULL: none */
    const struct value_key *key;          /**< for hashes of values; looked at when segments are; NULL: none */
};

/**
 * An inspector turns text into facts. One .c file and one row in inspectors.def.
 *
 *   call            | thread                         | how often
 *   ----------------+--------------------------------+-----------------------------------
 *   plan_create     | supervisor, before workers     | once a scan; may read files
 *   scratch_create  | each worker thread, at start   | once a thread; the last place that may open a file
 *   segment         | any worker thread, any order   | once a segment of each text item; touches nothing
 *                   |                                | but scratch and out; allocates within bounds
 *
 * What segment() adds to out must not depend on earlier segments seen by this scratch.
 */
struct inspector {
    const char *name;
    int (*plan_create)(const struct inspect_config *config, void **plan, struct err *err);
    void (*plan_destroy)(void *plan);
    int (*scratch_create)(const void *plan, void **scratch, struct err *err);
    void (*scratch_destroy)(void *scratch);

    /** @return PROV_OK, PROV_E_MEMORY */
    int (*segment)(const void *plan, void *scratch, const struct segment *segment, struct fact_list *out);
};

/** All inspectors, in the order of inspectors.def, which is the order of their facts; NULL-terminated. */
extern const struct inspector *const INSPECTORS[];

#endif

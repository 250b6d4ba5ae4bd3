/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_DETECTORS_H
#define POLICY_DETECTORS_H

#include "base/status.h"
#include "model/detector.h"

/**
 * Load all detector files, DIR/detectors/ *.json in the order of their names.
 *
 * @param policy_dir  the folder of policies
 * @param set         owned by the caller: detectors_destroy; const afterwards
 * @return PROV_OK, PROV_E_MEMORY, PROV_E_POLICY (err: file:line: place: reason)
 */
int detectors_load(const char *policy_dir, struct detector_set **set, struct err *err);

/** Load one file's text, for tests. @param name  stands for the file in messages */
int detectors_load_text(const char *name, struct bytes text, struct detector_set **set, struct err *err);
void detectors_destroy(struct detector_set *set); /**< NULL is fine */

/**
 * Check every file of the folder and word the first fault of each, instead of stopping at the first.
 *
 * @param fault  called for each file that is refused
 * @param nfiles files seen
 * @return PROV_OK also when files were refused
 */
int detectors_check_files(const char *policy_dir, void (*fault)(const struct err *err, void *context),
                          void *context, size_t *nfiles, struct err *err);

/**
 * Set the day at which ages are counted.
 *
 * @param date  "YYYY-MM-DD"
 * @return PROV_OK, PROV_E_USAGE when it is no date
 */
int detectors_set_reference_date(struct detector_set *set, const char *date, struct err *err);

#endif

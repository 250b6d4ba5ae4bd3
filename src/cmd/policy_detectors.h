/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_POLICY_DETECTORS_H
#define CMD_POLICY_DETECTORS_H

#include <stddef.h>

struct err;

/** What a check of policies counts; every area adds its own. */
struct policy_tally {
    size_t nfiles, nentries, nexamples;
    size_t nfaults; /**< each was printed when it was found */
};

/** Print one fault on stderr, control characters escaped. */
void policy_fault(const char *text);

/** Check all detector files and run their examples. @return PROV_OK also when there were faults */
int policy_check_detectors(const char *dir, struct policy_tally *tally, struct err *err);

/** One line for each detector. */
int policy_list_detectors(const char *dir, struct err *err);

/** All of one detector. @return PROV_E_USAGE when there is none of that id */
int policy_show_detector(const char *dir, const char *id, struct err *err);

/** For each line of stdin: "yes" when it is a value of the detector, else "no". */
int policy_try_detector(const char *dir, const char *id, struct err *err);

#endif

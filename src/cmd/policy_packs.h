/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_POLICY_PACKS_H
#define CMD_POLICY_PACKS_H

#include "cmd/policy_detectors.h"

/** Check all packs and run the examples of their rules. @return PROV_OK also when there were faults */
int policy_check_packs(const char *dir, struct policy_tally *tally, struct err *err);

/** One line for each rule. */
int policy_list_packs(const char *dir, struct err *err);

/** All of one pack, or of one rule. @return PROV_E_USAGE when there is none of that id */
int policy_show_pack(const char *dir, const char *id, struct err *err);

/** Check one pack by its path, and say so. @return PROV_OK; PROV_E_POLICY (the first mistake) */
int policy_check_pack(const char *dir, const char *path, struct err *err);

/** All of one pack by its path, with its rules and what it changes in those that it extends. */
int policy_show_pack_file(const char *dir, const char *path, struct err *err);

#endif

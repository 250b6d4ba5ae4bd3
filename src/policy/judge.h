/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_JUDGE_H
#define POLICY_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "model/verdict.h"

struct db;

/** Under which law, and what is known that the data cannot say. Everything is borrowed. */
struct judge_options {
    const char *policy_dir; /**< folder of policies: packs/, detectors/, licenses/ */
    const char *const
        *policies; /**< names of packs ("cn-genai"), or paths of pack files; "core" is always judged */
    size_t npolicies;
    const char *purpose;      /**< what the data is for: "commercial" or "research"; NULL: not declared */
    const char *as_of;        /**< the day of judgement, "YYYY-MM-DD"; NULL: not given, tests that need it are
                                 undetermined */
    const char *sources_path; /**< a source declaration (provscan.sources.json); NULL: none */
    bool keep_sources; /**< with sources_path NULL: keep what the last judgement was told, instead of nothing
                        */
    const char *waivers_path; /**< a file of waivers (provscan.waivers.json); NULL: none */
    size_t nevidence_max;     /**< items shown for one rule; 0: the default of 100 */
};

/** The answer in short; all of it is in the store too. */
struct judge_result {
    enum verdict verdict; /**< the worst of all rules; never allow when something was not read */
    bool complete;        /**< every byte was read, or left out by a rule that the user gave */
    uint64_t nitems, nitems_denied, nitems_reviewed;
    uint64_t nrules_failed, nrules_undetermined;
};

/**
 * Judge a finished scan: fill the tables source, rule, result, evidence, outcome ... of views.sql from the
 * facts in the store and the packs, in one transaction; what an earlier judgement wrote is replaced. No data
 * is read.
 *
 * Of the table meta it reads nothing and writes the keys "judge.*".
 *
 * @param db  a store open for writing, no transaction open
 * @return PROV_OK; PROV_E_POLICY (a pack or the source declaration is wrong; err names file, path and
 * reason); PROV_E_USAGE (no such pack, purpose unknown); PROV_E_STORE, PROV_E_MEMORY, PROV_E_IO. The store is
 *         unchanged then.
 *
 * Thread: the one that owns db.
 */
int judge_run(struct db *db, const struct judge_options *options, struct judge_result *result,
              struct err *err);

/**
 * Would judge_run accept these options: purpose, day, packs, rules, the declaration? Asked before a scan, so
 * that a slip of the pen is told at once and not after hours of reading.
 *
 * @return as judge_run; the store is not needed
 */
int judge_check(const struct judge_options *options, struct err *err);

/** The answer of the last judgement. @return PROV_OK; PROV_E_USAGE when the store was never judged */
int judge_result_read(struct db *db, struct judge_result *result, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVSCAN_PROVSCAN_H
#define PROVSCAN_PROVSCAN_H

/**
 * provscan as a library: what is in a training dataset, whose it is, and whether a model may be trained on it.
 *
 * Three calls, the same three steps that the program takes:
 *
 *     prov_scan     bytes  -> facts     reads everything under the roots into OUT/scan.db
 *     prov_judge    facts  -> verdict   applies policy packs; reads no data; writes manifest and report
 *     prov_answer   verdict             what the last judgement said
 *
 * A scan that was stopped goes on where it was when prov_scan is called again with the same output folder. A change of
 * law needs prov_judge alone.
 *
 * Errors: every call returns PROV_SUCCESS or a negative number and, when it fails, words in the error given. Faults in the
 * data are no errors: they are in the answer, and make it at least PROV_REVIEW.
 *
 * Threads: prov_scan forks worker processes, so it should be called while the process has one thread; it blocks until
 * the scan is done. Different output folders may be used by different processes at once. There is no global state.
 *
 * Ownership: all that is passed in is borrowed for the call.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PROV_SUCCESS 0

/** The words for a failure; zero-initialise. */
typedef struct prov_error {
    char text[1024]; /**< one line, lower case, names file, path and reason; NUL-terminated */
} prov_error;

/** Worst last. */
typedef enum prov_verdict { PROV_ALLOW = 0, PROV_REVIEW = 1, PROV_DENY = 2 } prov_verdict;

/** What to read. Initialise with PROV_SCAN_OPTIONS_INIT. */
typedef struct prov_scan_options {
    uint32_t version;           /**< PROV_OPTIONS_VERSION */
    const char *const *roots;   /**< folders and files */
    size_t nroots;
    const char *out_dir;        /**< made when it is not there */
    const char *policy_dir;     /**< folder of policies: detectors/, licenses/, packs/ */
    const char *cache_dir;      /**< for compiled pattern databases; NULL: none */
    const char *const *excludes;/**< globs of files to leave out, counted as skipped */
    size_t nexcludes;
    unsigned nthreads;          /**< 0: one a processor */
    bool require_sandbox;       /**< refuse to run when workers cannot be closed in */
} prov_scan_options;

/** Under which law to judge. Initialise with PROV_JUDGE_OPTIONS_INIT. */
typedef struct prov_judge_options {
    uint32_t version;            /**< PROV_OPTIONS_VERSION */
    const char *policy_dir;
    const char *const *policies; /**< names of packs, or paths of pack files; "core" is always judged */
    size_t npolicies;
    const char *purpose;         /**< "commercial", "research"; NULL: not declared */
    const char *as_of;           /**< the day of judgement, YYYY-MM-DD; NULL: not given */
    const char *sources_path;    /**< a source declaration; NULL: none */
} prov_judge_options;

#define PROV_OPTIONS_VERSION 1
#define PROV_SCAN_OPTIONS_INIT {PROV_OPTIONS_VERSION, NULL, 0, NULL, NULL, NULL, NULL, 0, 0, false}
#define PROV_JUDGE_OPTIONS_INIT {PROV_OPTIONS_VERSION, NULL, NULL, 0, NULL, NULL, NULL}

/** The answer in short; the whole of it is OUT/manifest.json. */
typedef struct prov_answer {
    prov_verdict verdict;
    bool complete; /**< every byte was read, or left out by a rule that the caller gave; false: never allow */
    uint64_t nitems, nitems_denied, nitems_reviewed;
    uint64_t nrules_failed, nrules_undetermined;
} prov_answer;

/** Read everything under the roots into OUT/scan.db. */
int prov_scan(const prov_scan_options *options, prov_error *error);

/** Judge the scan in out_dir; writes OUT/manifest.json, OUT/items.jsonl.zst and OUT/report.html. */
int prov_judge(const char *out_dir, const prov_judge_options *options, prov_answer *answer, prov_error *error);

/** What the last judgement of out_dir said. */
int prov_read_answer(const char *out_dir, prov_answer *answer, prov_error *error);

/** "0.1.0"; static. */
const char *prov_version(void);

#ifdef __cplusplus
}
#endif

#endif

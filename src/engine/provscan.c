/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public face (include/provscan/provscan.h) over the engine, the judge and the reports: it translates options
 * and answers, and adds nothing.
 */
#include "provscan/provscan.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/scan.h"
#include "policy/judge.h"
#include "report/report.h"
#include "store/store.h"
#include "version.h"

enum { THREADS_MAX = 256 };

static int
told(int status, const struct err *err, prov_error *error)
{
    if (status != PROV_OK && error)
        (void)snprintf(error->text, sizeof error->text, "%s",
                       err->status != PROV_OK ? err->text : status_text(status));
    return status;
}

static int
refuse_version(uint32_t version, prov_error *error)
{
    struct err err = {0};
    if (version == PROV_OPTIONS_VERSION)
        return PROV_OK;
    return told(err_set(&err, PROV_E_USAGE, "options of version %u, this library knows %d", version,
                        PROV_OPTIONS_VERSION),
                &err, error);
}

static unsigned
threads(unsigned wanted)
{
    long processors = wanted ? (long)wanted : sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1 ? 1 : processors > THREADS_MAX ? THREADS_MAX : (unsigned)processors;
}

int
prov_scan(const prov_scan_options *options, prov_error *error)
{
    struct err err = {0};
    TRY(refuse_version(options->version, error));
    if (options->nroots == 0 || !options->out_dir || !options->policy_dir)
        return told(err_set(&err, PROV_E_USAGE, "scan: roots, output folder and policy folder are needed"), &err,
                    error);
    struct bytes *roots = calloc(options->nroots, sizeof *roots);
    if (!roots)
        return told(PROV_E_MEMORY, &err, error);
    for (size_t i = 0; i < options->nroots; i++)
        roots[i] = bytes_of(options->roots[i]);
    struct scan_options scan = {.roots = roots,
                                .nroots = options->nroots,
                                .excludes = options->excludes,
                                .nexcludes = options->nexcludes,
                                .out_dir = options->out_dir,
                                .policy_dir = options->policy_dir,
                                .cache_dir = options->cache_dir,
                                .limits = LIMITS_DEFAULT,
                                .nlanes = threads(options->nthreads),
                                .sandbox = true,
                                .require_sandbox = options->require_sandbox,
                                .interrupt_fd = -1};
    int status = scan_run(&scan, NULL, &err);
    free(roots);
    return told(status, &err, error);
}

static int
open_store(const char *out_dir, struct db **db, struct err *err)
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/scan.db", out_dir);
    if (size < 0 || (size_t)size >= sizeof path)
        return err_set(err, PROV_E_USAGE, "output folder: the path is too long");
    return store_open_existing(path, db, err);
}

static void
answer_from(const struct judge_result *result, prov_answer *answer)
{
    *answer = (prov_answer){.verdict = (prov_verdict)result->verdict,
                            .complete = result->complete,
                            .nitems = result->nitems,
                            .nitems_denied = result->nitems_denied,
                            .nitems_reviewed = result->nitems_reviewed,
                            .nrules_failed = result->nrules_failed,
                            .nrules_undetermined = result->nrules_undetermined};
}

int
prov_judge(const char *out_dir, const prov_judge_options *options, prov_answer *answer, prov_error *error)
{
    struct err err = {0};
    struct db *db = NULL;
    struct judge_result result = {0};
    struct report_options report = {0};
    TRY(refuse_version(options->version, error));
    struct judge_options judge = {.policy_dir = options->policy_dir,
                                  .policies = options->policies,
                                  .npolicies = options->npolicies,
                                  .purpose = options->purpose,
                                  .as_of = options->as_of,
                                  .sources_path = options->sources_path};
    int status = open_store(out_dir, &db, &err);
    if (status == PROV_OK)
        status = judge_run(db, &judge, &result, &err);
    if (status == PROV_OK)
        status = report_write(db, out_dir, NULL, 0, &report, &err);
    if (status == PROV_OK)
        answer_from(&result, answer);
    db_close(db);
    return told(status, &err, error);
}

int
prov_read_answer(const char *out_dir, prov_answer *answer, prov_error *error)
{
    struct err err = {0};
    struct db *db = NULL;
    struct judge_result result = {0};
    int status = open_store(out_dir, &db, &err);
    if (status == PROV_OK)
        status = judge_result_read(db, &result, &err);
    if (status == PROV_OK)
        answer_from(&result, answer);
    db_close(db);
    return told(status, &err, error);
}

const char *
prov_version(void)
{
    return PROVSCAN_VERSION;
}

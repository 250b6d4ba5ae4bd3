/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge: from facts to a verdict, without reading data.
 *
 *     policies ──► pack_set ──────────────┐
 *     provscan.sources.json ─► sources ─┐ │
 *     store: unit item fact ─► gather ──┴─┴─► rule_run ─► result, evidence, outcome ... ─► report/
 *
 * All of it is one transaction: whoever opens the store sees the old judgement or the new one. The views and
 * tables are made anew each time, so an old store is judged by what this provscan knows.
 */
#include "policy/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/json.h"
#include "model/root_digest.h"
#include "policy/detectors.h"
#include "policy/gather.h"
#include "policy/pack_set.h"
#include "policy/pack_table.h"
#include "policy/rule_run.h"
#include "policy/sources.h"
#include "policy/terms.h"
#include "policy/waivers.h"
#include "store_views_sql.h"

enum { EVIDENCE_DEFAULT = 100 };

/* Everything that a judgement is made with. */
struct judging {
    struct db *db; /**< NULL: the options are checked only */
    const struct judge_options *options;
    struct pack_set set;
    struct sources sources;
    struct waivers waivers;
    struct terms *terms;
    struct detector_set *detectors;
    struct err *err;
};

static int
set_meta(struct judging *judging, const char *key, struct bytes value)
{
    struct db_statement *insert = NULL;
    TRY(db_prepare(judging->db, "INSERT OR REPLACE INTO meta (key, value) VALUES (?,?)", &insert,
                   judging->err));
    db_bind_text(insert, 1, key);
    db_bind_text_bytes(insert, 2, value);
    int status = db_execute(insert, judging->err);
    db_finish(insert);
    return status;
}

static int
set_meta_text(struct judging *judging, const char *key, const char *text)
{
    return text ? set_meta(judging, key, bytes_of(text)) : PROV_OK;
}

static int
check_options(const struct judge_options *options, struct err *err)
{
    if (options->purpose && strcmp(options->purpose, "commercial") != 0 &&
        strcmp(options->purpose, "research") != 0)
        return err_set(err, PROV_E_USAGE, "purpose '%s' is none of commercial, research", options->purpose);
    if (options->as_of && !pack_is_day(options->as_of))
        return err_set(err, PROV_E_USAGE, "'%s' is no day YYYY-MM-DD", options->as_of);
    return PROV_OK;
}

/* What the last judgement was told, kept in the store: the declaration, and the digests of its evidence. */
static int
open_kept_sources(struct judging *judging)
{
    struct db_statement *select = NULL;
    struct json_file *file = NULL;
    bool has_row = false;
    TRY(db_prepare(judging->db,
                   "SELECT value, (SELECT value FROM meta WHERE key = 'judge.evidence') FROM meta"
                   " WHERE key = 'judge.sources'",
                   &select, judging->err));
    int status = db_step(select, &has_row, judging->err);
    if (status == PROV_OK && has_row)
        status = json_open_text("provscan.sources.json (kept in the store)", db_bytes(select, 0), &file,
                                judging->err);
    if (file)
        status = sources_open(file, &judging->sources, judging->err);
    if (file && status == PROV_OK)
        sources_recall_evidence(&judging->sources, db_bytes(select, 1));
    db_finish(select);
    return status;
}

static int
open_sources(struct judging *judging)
{
    const struct judge_options *options = judging->options;
    struct json_file *file = NULL;
    scope_init(&judging->sources.scope);
    if (!options->sources_path)
        return options->keep_sources && judging->db ? open_kept_sources(judging) : PROV_OK;
    TRY(json_open_file(options->sources_path, &file, judging->err));
    TRY(sources_open(file, &judging->sources, judging->err));
    return sources_check_evidence(&judging->sources, options->sources_path, judging->err);
}

static int
load_policies(struct judging *judging)
{
    const struct judge_options *options = judging->options;
    struct pack_request request = {.policy_dir = options->policy_dir,
                                   .names = options->policies,
                                   .nnames = options->npolicies,
                                   .purpose = options->purpose,
                                   .today = options->as_of,
                                   .scope = &judging->sources.scope};
    TRY(pack_set_load(&request, &judging->set, judging->err));
    TRY(terms_load(options->policy_dir, &judging->terms, judging->err));
    return detectors_load(options->policy_dir, &judging->detectors, judging->err);
}

/* What the manifest repeats of how it was judged. */
static int
store_circumstances(struct judging *judging)
{
    const struct judge_options *options = judging->options;
    char digest[2 * SHA256_SIZE + 1];
    TRY(db_run(judging->db, "DELETE FROM meta WHERE key GLOB 'judge.*' OR key GLOB 'report.*'",
               judging->err));
    const struct parameter *purpose = &judging->sources.scope.values[SCOPE_purpose];
    TRY(set_meta_text(judging, "judge.purpose", options->purpose ? options->purpose : purpose->text));
    TRY(set_meta_text(judging, "judge.as_of", options->as_of));
    hex_write(judging->detectors->sha256, SHA256_SIZE, digest);
    TRY(set_meta_text(judging, "judge.detectors", digest));
    if (!judging->sources.file)
        return PROV_OK;
    struct bytes source = json_source(judging->sources.file);
    uint8_t sha256[SHA256_SIZE];
    if (sha256_block(source.data, source.size, sha256) != PROV_OK)
        return err_set(judging->err, PROV_E_MEMORY, "out of memory");
    hex_write(sha256, SHA256_SIZE, digest);
    TRY(set_meta_text(judging, "judge.sources_sha256", digest));
    TRY(set_meta(judging, "judge.sources", source));
    struct buf notes = {0};
    int status = sources_note_evidence(&judging->sources, &notes);
    status = status == PROV_OK ? set_meta(judging, "judge.evidence", buf_bytes(&notes))
                               : err_set(judging->err, status, "out of memory");
    buf_finish(&notes);
    return status;
}

static int
store_result(struct judging *judging, const struct judge_result *result)
{
    char numbers[5][24];
    const uint64_t values[5] = {result->nitems, result->nitems_denied, result->nitems_reviewed,
                                result->nrules_failed, result->nrules_undetermined};
    static const char *const keys[5] = {"judge.items", "judge.items_denied", "judge.items_reviewed",
                                        "judge.rules_failed", "judge.rules_undetermined"};
    for (int i = 0; i < 5; i++) {
        (void)snprintf(numbers[i], sizeof numbers[i], "%llu", (unsigned long long)values[i]);
        TRY(set_meta_text(judging, keys[i], numbers[i]));
    }
    TRY(set_meta_text(judging, "judge.complete", result->complete ? "1" : "0"));
    return set_meta_text(judging, "judge.verdict", verdict_name(result->verdict));
}

/* The manual sample counts while the content is what it was drawn from. */
static int
hold_sample(struct judging *judging)
{
    char digest[2 * SHA256_SIZE + 1];
    int64_t nsamples = 0;
    struct db_statement *update = NULL;
    TRY(db_query_int(judging->db, "SELECT count(*) FROM review_sample", &nsamples, judging->err));
    if (!nsamples)
        return PROV_OK;
    TRY(root_digest(judging->db, digest, judging->err));
    TRY(db_prepare(judging->db, "UPDATE review_sample SET is_current = root_digest = ?", &update,
                   judging->err));
    db_bind_text(update, 1, digest);
    int status = db_execute(update, judging->err);
    db_finish(update);
    return status;
}

/* Waivers are resolved on what was gathered, and hold for this judgement alone. */
static int
run_rules(struct judging *judging, size_t nevidence, struct rule_run_result *run)
{
    struct waived waived = {0};
    int status = waived_resolve(&judging->waivers, &judging->set, judging->db, judging->options->as_of,
                                &waived, judging->err);
    if (status == PROV_OK)
        status = waivers_store(&judging->waivers, judging->db, judging->err);
    if (status == PROV_OK)
        status = rule_run(judging->db, &judging->set, &waived, nevidence, run, judging->err);
    waived_finish(&waived);
    return status;
}

static int
open_waivers(struct judging *judging)
{
    struct json_file *file = NULL;
    if (!judging->options->waivers_path)
        return PROV_OK;
    TRY(json_open_file(judging->options->waivers_path, &file, judging->err));
    return waivers_open(file, &judging->waivers, judging->err);
}

static int
judge_in_transaction(struct judging *judging, struct judge_result *result)
{
    struct rule_run_result run = {0};
    int64_t complete = 0;
    size_t nevidence = judging->options->nevidence_max ? judging->options->nevidence_max : EVIDENCE_DEFAULT;
    TRY(db_run(judging->db, store_views_sql, judging->err));
    TRY(store_circumstances(judging));
    TRY(pack_table_store(&judging->set, judging->db, judging->err));
    struct gather_context context = {.db = judging->db,
                                     .sources = &judging->sources,
                                     .terms = judging->terms,
                                     .detectors = judging->detectors};
    TRY(gather_facts(&context, judging->err));
    TRY(hold_sample(judging));
    TRY(run_rules(judging, nevidence, &run));
    TRY(db_query_int(judging->db, "SELECT is_complete FROM dataset_sum", &complete, judging->err));
    *result = (struct judge_result){.verdict = run.verdict,
                                    .complete = complete != 0,
                                    .nitems = run.nitems,
                                    .nitems_denied = run.nitems_denied,
                                    .nitems_reviewed = run.nitems_reviewed,
                                    .nrules_failed = run.nrules_failed,
                                    .nrules_undetermined = run.nrules_undetermined};
    /* Rules say so too; but that something unread is never allowed does not hang on a policy file. */
    if (!result->complete && result->verdict == VERDICT_ALLOW)
        result->verdict = VERDICT_REVIEW;
    return store_result(judging, result);
}

static void
judging_finish(struct judging *judging)
{
    pack_set_finish(&judging->set);
    sources_finish(&judging->sources);
    waivers_finish(&judging->waivers);
    terms_destroy(judging->terms);
    detectors_destroy(judging->detectors);
}

int
judge_check(const struct judge_options *options, struct err *err)
{
    struct judging judging = {.options = options, .err = err};
    TRY(check_options(options, err));
    int status = open_sources(&judging);
    if (status == PROV_OK)
        status = load_policies(&judging);
    if (status == PROV_OK)
        status = open_waivers(&judging);
    judging_finish(&judging);
    return status;
}

int
judge_run(struct db *db, const struct judge_options *options, struct judge_result *result, struct err *err)
{
    struct judging judging = {.db = db, .options = options, .err = err};
    struct judge_result made = {0};
    TRY(check_options(options, err));
    int status = open_sources(&judging);
    if (status == PROV_OK)
        status = load_policies(&judging);
    if (status == PROV_OK)
        status = open_waivers(&judging);
    if (status == PROV_OK && (status = db_run(db, "BEGIN IMMEDIATE", err)) == PROV_OK) {
        status = judge_in_transaction(&judging, &made);
        if (status == PROV_OK)
            status = db_run(db, "COMMIT", err);
        if (status != PROV_OK)
            (void)db_run(db, "ROLLBACK", NULL);
    }
    judging_finish(&judging);
    if (status == PROV_OK)
        *result = made;
    return status;
}

static int
read_number(struct db *db, const char *key, uint64_t *value, struct err *err)
{
    struct db_statement *select = NULL;
    bool has_row = false;
    TRY(db_prepare(db, "SELECT value FROM meta WHERE key = ?", &select, err));
    db_bind_text(select, 1, key);
    int status = db_step(select, &has_row, err);
    if (status == PROV_OK && !has_row)
        status = err_set(err, PROV_E_USAGE, "the scan was never judged: run `provscan judge`");
    if (status == PROV_OK)
        *value = strtoull(db_text(select, 0), NULL, 10);
    db_finish(select);
    return status;
}

int
judge_result_read(struct db *db, struct judge_result *result, struct err *err)
{
    struct judge_result read = {0};
    uint64_t complete = 0;
    struct db_statement *select = NULL;
    bool has_row = false;
    TRY(read_number(db, "judge.items", &read.nitems, err));
    TRY(read_number(db, "judge.items_denied", &read.nitems_denied, err));
    TRY(read_number(db, "judge.items_reviewed", &read.nitems_reviewed, err));
    TRY(read_number(db, "judge.rules_failed", &read.nrules_failed, err));
    TRY(read_number(db, "judge.rules_undetermined", &read.nrules_undetermined, err));
    TRY(read_number(db, "judge.complete", &complete, err));
    read.complete = complete != 0;
    TRY(db_prepare(db, "SELECT value FROM meta WHERE key = 'judge.verdict'", &select, err));
    int status = db_step(select, &has_row, err);
    if (status == PROV_OK) {
        read.verdict = verdict_find(db_text(select, 0));
        if (read.verdict == VERDICT_COUNT)
            status = err_set(err, PROV_E_STORE, "the store holds no verdict");
    }
    db_finish(select);
    if (status == PROV_OK)
        *result = read;
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan sample`: the manual check that TC260-003 asks for, which no scan can replace.
 *
 *     draw    root digest ──► seed ──► sample ──► OUT/sample.csv, OUT/sample.html
 *     marks   worksheet that came back ──► rate and bounds ──► OUT/scan.db, where a judgement finds them
 *
 * The seed is the digest of the content, so nobody can draw until the sample is nice, and anyone can draw it
 * again.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/binomial.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/page.h"
#include "cmd/sample_sheet.h"
#include "model/root_digest.h"
#include "store/store.h"

static const char usage[] =
    "usage: provscan sample [OPTION...] OUT      draw a sample for people to check\n"
    "       provscan sample --marks FILE OUT     read their marks back\n\n"
    "OUT is the folder that `provscan scan -o OUT` wrote. Entries are records where there are some, else "
    "items; each\n"
    "source gives its share. The draw follows from the content alone: the same content, the same sample.\n"
    "OUT/sample.csv and OUT/sample.html are written; in the column mark the reviewer writes clean or bad (or "
    "1, 0,\n"
    "合格, 不合格). `provscan judge` finds the result.\n\n"
    "      --plan NAME    tc260: 4,000 entries, at least 96 % clean (default, and the only one)\n"
    "      --n NUMBER     entries (default: 4000)\n"
    "      --evidence     show masked evidence of what was found in each item\n"
    "      --marks FILE   a worksheet that was filled in\n\n"
    "exit codes: 0 done, 4 usage error or a worksheet of another sample, 5 internal error\n";

enum { OPTION_PLAN = 256, OPTION_N, OPTION_EVIDENCE, OPTION_MARKS };

static const struct option option_table[] = {
    {"plan", required_argument, NULL, OPTION_PLAN},
    {"n", required_argument, NULL, OPTION_N},
    {"evidence", no_argument, NULL, OPTION_EVIDENCE},
    {"marks", required_argument, NULL, OPTION_MARKS},
    {NULL, 0, NULL, 0},
};

static const double bad_max = 0.04, confidence = 0.95;

/* The command line, read, and the sample. */
struct sampling {
    const char *out_dir, *plan, *marks;
    uint64_t n;
    bool evidence;
    struct db *db;
    char root_digest[2 * SHA256_SIZE + 1];
    struct sample sample;
    struct err *err;
};

static int
take_option(void *context, int option, char *value, struct err *err)
{
    struct sampling *sampling = context;
    char *end = NULL;
    switch (option) {
    case OPTION_PLAN:
        return strcmp(value, "tc260") == 0
                   ? PROV_OK
                   : err_set(err, PROV_E_USAGE, "sample: no plan '%s'; there is tc260", value);
    case OPTION_N:
        errno = 0;
        sampling->n = strtoull(value, &end, 10);
        return *value >= '0' && *value <= '9' && !*end && errno == 0 && sampling->n > 0 &&
                       sampling->n <= SAMPLE_MAX
                   ? PROV_OK
                   : err_set(err, PROV_E_USAGE, "sample: --n is a number from 1 to %d, not '%s'", SAMPLE_MAX,
                             value);
    case OPTION_EVIDENCE:
        sampling->evidence = true;
        return PROV_OK;
    default:
        sampling->marks = value; /* OPTION_MARKS */
        return PROV_OK;
    }
}

/* Draw from the content that is in the store. */
static int
draw(struct sampling *sampling)
{
    char seed[128];
    TRY(root_digest(sampling->db, sampling->root_digest, sampling->err));
    (void)snprintf(seed, sizeof seed, "%s:%s", sampling->plan, sampling->root_digest);
    TRY(sample_draw(sampling->db, seed, sampling->n, &sampling->sample, sampling->err));
    return sampling->sample.nentries
               ? PROV_OK
               : err_set(sampling->err, PROV_E_USAGE, "there is no content to draw from");
}

static struct sample_sheet
sheet_of(const struct sampling *sampling)
{
    return (struct sample_sheet){.db = sampling->db,
                                 .sample = &sampling->sample,
                                 .plan = sampling->plan,
                                 .root_digest = sampling->root_digest,
                                 .evidence = sampling->evidence};
}

/* The one row of review_sample anew. @param marks  NULL: drawn, not marked */
static int
store_sample(struct sampling *sampling, const struct sample_marks *marks)
{
    struct db_statement *insert = NULL;
    TRY(db_run(sampling->db, "DELETE FROM review_sample", sampling->err));
    TRY(db_prepare(sampling->db, "INSERT INTO review_sample VALUES (?,?,?,?,?,?,?,?,?)", &insert,
                   sampling->err));
    db_bind_text(insert, 1, sampling->plan);
    db_bind_text(insert, 2, sampling->root_digest);
    db_bind_int(insert, 3, (int64_t)sampling->sample.nentries);
    db_bind_int(insert, 4, marks ? (int64_t)marks->nmarked : 0);
    db_bind_int(insert, 5, marks ? (int64_t)marks->nclean : 0);
    if (marks && marks->nmarked) {
        uint64_t bad = marks->nmarked - marks->nclean;
        db_bind_double(insert, 6, binomial_lower(marks->nmarked, bad, confidence));
        db_bind_double(insert, 7, binomial_upper(marks->nmarked, bad, confidence));
        db_bind_text(insert, 8, marks->sha256);
    }
    db_bind_int(insert, 9, 1);
    int status = db_execute(insert, sampling->err);
    db_finish(insert);
    return status;
}

static int
write_sheets(struct sampling *sampling)
{
    char path[PATH_MAX];
    const struct sample_sheet sheet = sheet_of(sampling);
    const struct sample *sample = &sampling->sample;
    if (snprintf(path, sizeof path, "%s/sample.html", sampling->out_dir) >= (int)sizeof path)
        return err_set(sampling->err, PROV_E_USAGE, "sample: the path of the folder is too long");
    TRY(sample_sheet_write_html(&sheet, path, sampling->err));
    (void)snprintf(path, sizeof path, "%s/sample.csv", sampling->out_dir);
    TRY(sample_sheet_write_csv(&sheet, path, sampling->err));
    TRY(store_sample(sampling, NULL));
    printf("%zu of %llu entries, seed %s:%s\n", sample->nentries, (unsigned long long)sample->population,
           sampling->plan, sampling->root_digest);
    for (size_t i = 0; i < sample->nstrata; i++)
        if (sample->strata[i].population)
            printf("  source %zu: %llu of %llu\n", i, (unsigned long long)sample->strata[i].ndrawn,
                   (unsigned long long)sample->strata[i].population);
    printf("%s, and sample.html beside it\n", path);
    return PROV_OK;
}

static void
print_result(const struct sampling *sampling, const struct sample_marks *marks)
{
    uint64_t bad = marks->nmarked - marks->nclean;
    double share = (double)bad / (double)marks->nmarked;
    double low = binomial_lower(marks->nmarked, bad, confidence),
           high = binomial_upper(marks->nmarked, bad, confidence);
    printf("%zu drawn, %llu marked, %llu clean, %llu not\n", sampling->sample.nentries,
           (unsigned long long)marks->nmarked, (unsigned long long)marks->nclean, (unsigned long long)bad);
    printf("not clean: %.3f %%; of the whole at least %.3f %%, at most %.3f %%, each at 95 %% confidence "
           "(Clopper-Pearson)\n",
           100 * share, 100 * low, 100 * high);
    printf("96 %% clean as a share of the sample: %s\n", share <= bad_max ? "met" : "not met");
    printf("96 %% clean of the whole, at 95 %% confidence: %s\n", high <= bad_max ? "met" : "not met");
    if (marks->nmarked < sampling->sample.nentries)
        printf("%llu are not marked yet\n", (unsigned long long)(sampling->sample.nentries - marks->nmarked));
}

/* The sample was drawn with as many entries as are noted, from the content that is there. */
static int
read_marks(struct sampling *sampling)
{
    struct sample_marks marks;
    struct db_statement *select = NULL;
    bool has_row = false, same = false;
    TRY(db_prepare(sampling->db, "SELECT size, root_digest FROM review_sample", &select, sampling->err));
    int status = db_step(select, &has_row, sampling->err);
    if (status == PROV_OK && !has_row)
        status = err_set(sampling->err, PROV_E_USAGE, "no sample was drawn: run `provscan sample` first");
    if (status == PROV_OK) {
        sampling->n = (uint64_t)db_int(select, 0);
        status = draw(sampling);
        same = strcmp(db_text(select, 1), sampling->root_digest) == 0;
    }
    db_finish(select);
    TRY(status);
    if (!same)
        return err_set(sampling->err, PROV_E_USAGE,
                       "the content has changed since the sample was drawn: draw anew");
    const struct sample_sheet sheet = sheet_of(sampling);
    TRY(sample_sheet_read(&sheet, sampling->marks, &marks, sampling->err));
    if (!marks.nmarked)
        return err_set(sampling->err, PROV_E_USAGE, "%s: no line is marked", sampling->marks);
    TRY(store_sample(sampling, &marks));
    print_result(sampling, &marks);
    puts("`provscan judge` applies it");
    return PROV_OK;
}

static int
run_sampling(struct sampling *sampling)
{
    char path[PATH_MAX];
    int64_t judged = 0;
    TRY(command_store_path(sampling->out_dir, path, sampling->err));
    TRY(store_open_existing(path, &sampling->db, sampling->err));
    TRY(db_query_int(sampling->db, "SELECT count(*) FROM meta WHERE key = 'judge.verdict'", &judged,
                     sampling->err));
    if (!judged)
        return err_set(sampling->err, PROV_E_USAGE, "the scan was never judged: run `provscan judge`");
    if (sampling->marks)
        return read_marks(sampling);
    TRY(draw(sampling));
    return write_sheets(sampling);
}

static int
run(int argc, char **argv)
{
    struct err err = {0};
    struct sampling sampling = {.plan = "tc260", .n = 4000, .err = &err};
    const struct option_set set = {.command = "sample",
                                   .letters = ":",
                                   .table = option_table,
                                   .take = take_option,
                                   .context = &sampling};
    int nwords = 0, status = options_read(&set, argc, argv, &nwords, &err);
    if (status == PROV_OK && nwords != 1)
        status = err_set(&err, PROV_E_USAGE,
                         "sample: name the folder of a scan; `provscan sample --help` tells more");
    if (status == PROV_OK) {
        sampling.out_dir = argv[1];
        status = run_sampling(&sampling);
    }
    sample_finish(&sampling.sample);
    db_close(sampling.db);
    if (status == PROV_OK)
        status = page_end(&err);
    return status == PROV_OK ? EXIT_ALLOW : command_fail(&err);
}

const struct command COMMAND_sample = {
    .name = "sample",
    .summary = "draw a sample for people to check, and read their marks",
    .usage = usage,
    .run = run,
};

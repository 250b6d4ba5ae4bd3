/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan scan`: facts, then verdict, then manifest and report, in one command.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/interrupt.h"
#include "cmd/page.h"
#include "cmd/progress_line.h"
#include "cmd/scan_options.h"
#include "engine/scan.h"
#include "policy/judge.h"
#include "report/report.h"
#include "store/store.h"

enum { DAY_BYTES = 32 };

static const char *const default_policies[] = {"cn-genai"};

/* Descriptors on their way to the worker count as ours: take what the system allows. */
static void
raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Where compiled databases are kept: as told, else in the user's cache folder; NULL for nowhere. */
static const char *
cache_folder(const char *told, char *path, size_t size)
{
    if (told)
        return *told ? told : NULL;
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int length = base && *base   ? snprintf(path, size, "%s", base)
                 : home && *home ? snprintf(path, size, "%s/.cache", home)
                                 : -1;
    if (length < 0 || (size_t)length + sizeof "/provscan" > size)
        return NULL;
    (void)mkdir(path, 0700);
    memcpy(path + length, "/provscan", sizeof "/provscan");
    return mkdir(path, 0700) == 0 || errno == EEXIST ? path : NULL;
}

static void
forget(const char *out_dir)
{
    static const char *const names[] = {"scan.db", "scan.db-wal", "scan.db-shm"};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (snprintf(path, sizeof path, "%s/%s", out_dir, names[i]) < (int)sizeof path)
            (void)unlink(path);
}

static int
run_scan(const struct scan_command *command, struct err *err)
{
    char cache[PATH_MAX];
    struct progress_line line = {0};
    bool shown = !command->quiet && when_holds(command->progress, STDERR_FILENO);
    (void)signal(SIGPIPE, SIG_IGN);
    int interrupt_fd = interrupt_watch();
    struct scan_options options = {
        .roots = command->roots,
        .nroots = command->nroots,
        .excludes = command->excludes.words,
        .nexcludes = command->excludes.nwords,
        .out_dir = command->out_dir,
        .policy_dir = command_policy_dir(command->policy_dir),
        .cache_dir = cache_folder(command->cache_dir, cache, sizeof cache),
        .limits = command->limits,
        .nlanes = command->njobs,
        .sandbox = !command->no_sandbox,
        .require_sandbox = command->require_sandbox,
        .interrupt_fd = interrupt_fd,
        .progress = shown ? progress_line_show : NULL,
        .progress_context = &line,
    };
    int status = scan_run(&options, NULL, err);
    interrupt_unwatch(interrupt_fd);
    progress_line_clear(&line);
    return status;
}

/* The declaration that a dataset brings along, when it is one folder. NULL: none. */
static const char *
declaration_beside(const struct scan_command *command, char *path, size_t size)
{
    struct stat info;
    if (command->nroots != 1)
        return NULL;
    int length = snprintf(path, size, "%s/provscan.sources.json", (const char *)command->roots[0].data);
    return length > 0 && (size_t)length < size && lstat(path, &info) == 0 && S_ISREG(info.st_mode) ? path
                                                                                                   : NULL;
}

/* How it will be judged. path and today are room for what the options point at. */
static struct judge_options
judge_options_of(const struct scan_command *command, char path[PATH_MAX], char today[DAY_BYTES])
{
    time_t now = time(NULL);
    struct tm day;
    (void)strftime(today, DAY_BYTES, "%Y-%m-%d", gmtime_r(&now, &day));
    return (struct judge_options){
        .policy_dir = command_policy_dir(command->policy_dir),
        .policies = command->policies.nwords ? command->policies.words : default_policies,
        .npolicies = command->policies.nwords ? command->policies.nwords : 1,
        .purpose = command->purpose,
        .as_of = command->as_of ? command->as_of : today,
        .sources_path = command->sources ? command->sources : declaration_beside(command, path, PATH_MAX),
    };
}

static int
print_summary(struct db *db, const struct scan_command *command, struct err *err)
{
    const struct page page = {
        .color = command->color, .language = command->language, .verbose = command->verbose};
    TRY(page_print(db, &page, err));
    printf("\nreport    %s/report.html\nmanifest  %s/manifest.json\n", command->out_dir, command->out_dir);
    return page_end(err);
}

static int
judge_and_report(const struct scan_command *command, const struct judge_options *judge,
                 struct judge_result *result, struct err *err)
{
    char path[PATH_MAX];
    struct db *db = NULL;
    TRY(command_store_path(command->out_dir, path, err));
    TRY(store_open_existing(path, &db, err));
    struct report_options report = {.language = command->language};
    int status = judge_run(db, judge, result, err);
    if (status == PROV_OK)
        status =
            report_write(db, command->out_dir, command->formats.words, command->formats.nwords, &report, err);
    if (status == PROV_OK && !command->quiet)
        status = print_summary(db, command, err);
    db_close(db);
    return status;
}

/* What can be wrong with the command is told before a byte is read. */
static int
scan_and_judge(const struct scan_command *command, struct judge_result *result, struct err *err)
{
    char sources[PATH_MAX], waivers[PATH_MAX], today[DAY_BYTES];
    struct judge_options judge = judge_options_of(command, sources, today);
    judge.waivers_path = command_waivers_path(command->waivers, command->out_dir, waivers);
    TRY(report_check_formats(command->formats.words, command->formats.nwords, err));
    TRY(judge_check(&judge, err));
    if (command->fresh)
        forget(command->out_dir);
    TRY(run_scan(command, err));
    return judge_and_report(command, &judge, result, err);
}

static int
scan_main(int argc, char **argv)
{
    struct scan_command command = {0};
    struct judge_result result = {0};
    struct err err = {0};
    int status = scan_options_read(argc, argv, &command, &err);
    raise_descriptors();
    if (status == PROV_OK)
        status = scan_and_judge(&command, &result, &err);
    scan_options_finish(&command);
    if (status != PROV_OK)
        return command_fail(&err);
    return command_exit(&result);
}

const struct command COMMAND_scan = {
    .name = "scan",
    .summary = "read datasets, judge them, write manifest and report",
    .usage = scan_usage,
    .run = scan_main,
};

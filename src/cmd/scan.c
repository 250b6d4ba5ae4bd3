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
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/progress_line.h"
#include "cmd/scan_options.h"
#include "engine/scan.h"
#include "policy/judge.h"
#include "report/report.h"
#include "store/store.h"

static const char *const default_policies[] = {"cn-genai"};

/* SIGINT and SIGTERM become a readable descriptor: the loop of the scan sees it and stops in good order. */
static int
watch_signals(void)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* After the first signal the second ends the program at once; the store survives that too. */
static void
unwatch_signals(int fd)
{
    sigset_t signals;
    struct signalfd_siginfo seen;
    while (fd >= 0 && read(fd, &seen, sizeof seen) == (ssize_t)sizeof seen)
        continue;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigprocmask(SIG_UNBLOCK, &signals, NULL);
    if (fd >= 0)
        (void)close(fd);
}

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
    int interrupt_fd = watch_signals();
    struct scan_options options = {
        .roots = command->roots,
        .nroots = command->nroots,
        .excludes = command->excludes,
        .nexcludes = command->nexcludes,
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
    unwatch_signals(interrupt_fd);
    progress_line_clear(&line);
    return status;
}

static unsigned
terminal_width(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static int
print_summary(struct db *db, const struct scan_command *command, struct err *err)
{
    const char *no_color = getenv("NO_COLOR");
    bool plain = command->color == WHEN_AUTO && no_color && *no_color;
    struct report_options options = {.color = !plain && when_holds(command->color, STDOUT_FILENO),
                                     .width = terminal_width(),
                                     .verbose = command->verbose > 0};
    struct buf text = {0};
    int status = report_render(db, "summary", &options, &text, err);
    if (status == PROV_OK && (fwrite(text.data, 1, text.size, stdout) != text.size ||
                              printf("\nreport    %s/report.html\nmanifest  %s/manifest.json\n", command->out_dir,
                                     command->out_dir) < 0 ||
                              fflush(stdout) != 0))
        status = err_set(err, PROV_E_IO, "standard output: %s", strerror(errno));
    buf_finish(&text);
    return status;
}

static int
judge_and_report(const struct scan_command *command, struct judge_result *result, struct err *err)
{
    char path[PATH_MAX], today[32];
    int size = snprintf(path, sizeof path, "%s/scan.db", command->out_dir);
    if (size < 0 || (size_t)size >= sizeof path)
        return err_set(err, PROV_E_USAGE, "output folder: the path is too long");
    time_t now = time(NULL);
    struct tm day;
    (void)strftime(today, sizeof today, "%Y-%m-%d", gmtime_r(&now, &day));
    struct db *db = NULL;
    TRY(store_open_existing(path, &db, err));
    struct judge_options judge = {
        .policy_dir = command_policy_dir(command->policy_dir),
        .policies = command->npolicies ? command->policies : default_policies,
        .npolicies = command->npolicies ? command->npolicies : 1,
        .purpose = command->purpose,
        .as_of = command->as_of ? command->as_of : today,
        .sources_path = command->sources,
    };
    struct report_options report = {0};
    int status = judge_run(db, &judge, result, err);
    if (status == PROV_OK)
        status = report_write(db, command->out_dir, command->formats, command->nformats, &report, err);
    if (status == PROV_OK && !command->quiet)
        status = print_summary(db, command, err);
    db_close(db);
    return status;
}

static int
scan_main(int argc, char **argv)
{
    struct scan_command command = {0};
    struct judge_result result = {0};
    struct err err = {0};
    int status = scan_options_read(argc, argv, &command, &err);
    raise_descriptors();
    if (status == PROV_OK && command.fresh)
        forget(command.out_dir);
    if (status == PROV_OK)
        status = run_scan(&command, &err);
    if (status == PROV_OK)
        status = judge_and_report(&command, &result, &err);
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a worker process locks itself in before it touches the first untrusted byte.
 *
 *     bounds          setrlimit: address space, largest file, descriptors, no core dump
 *     tied to parent  PR_SET_PDEATHSIG: no orphan goes on parsing
 *     not to be read  PR_SET_DUMPABLE 0: no ptrace by others of the same user, no core
 *     no_new_privs    a set-user-ID program would gain nothing; the next two need it
 *     Landlock        no file, no TCP, no signal to others (engine/landlock.c)
 *     seccomp         no system call beyond a list (engine/syscall_filter.c); last, for it forbids the above
 *
 * The two locks are independent, so that a mistake in one does not open the door. Both are one-way.
 *
 * Why not namespaces (an empty mount namespace, a network namespace): they need privilege or
 * unprivileged user namespaces, which many clusters switch off, and add nothing to a process that
 * can call neither open nor socket.
 *
 * Builds with AddressSanitizer or ThreadSanitizer set the bounds but not the locks: their runtime reads
 * /proc/self/maps for each report, starts a symbolizer program and (LeakSanitizer) stops the process with
 * ptrace, and their shadow memory takes terabytes of address space. An allow-list that admits these
 * guards nothing; the report says "none: sanitizer build" instead.
 */
#include "engine/sandbox.h"

#include "engine/landlock.h"
#include "engine/syscall_filter.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/** Note the first thing that is missing. */
static void __attribute__((format(printf, 2, 3)))
add_reason(struct sandbox_report *report, const char *format, ...)
{
    if (report->reason[0])
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(report->reason, sizeof report->reason, format, arguments);
    va_end(arguments);
}

/** Lower a limit, soft and hard, to bound; one that is lower already stays. */
static bool
lower_limit(int resource, uint64_t bound)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0)
        return false;
    if (limit.rlim_max > bound)
        limit.rlim_max = bound;
    if (limit.rlim_cur > limit.rlim_max)
        limit.rlim_cur = limit.rlim_max;
    return setrlimit(resource, &limit) == 0;
}

static bool
lower_limits(const struct sandbox_options *options)
{
    bool lowered = lower_limit(RLIMIT_CORE, 0);
    if (options->memory_bytes && !SANITIZED)
        lowered &= lower_limit(RLIMIT_AS, options->memory_bytes);
    if (options->file_bytes)
        lowered &= lower_limit(RLIMIT_FSIZE, options->file_bytes);
    if (options->nfiles)
        lowered &= lower_limit(RLIMIT_NOFILE, options->nfiles);
    /* So that a write past RLIMIT_FSIZE is an error to handle and not the end of the worker. */
    lowered &= signal(SIGXFSZ, SIG_IGN) != SIG_ERR;
    return lowered;
}

/** More than one thread runs, or it cannot be told. */
static bool
has_other_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    if (!tasks)
        return true;
    int ntasks = 0;
    for (struct dirent *entry = readdir(tasks); entry; entry = readdir(tasks))
        ntasks += entry->d_name[0] != '.';
    (void)closedir(tasks);
    return ntasks != 1;
}

/** Undumpable, Landlock, then seccomp: the order is forced, since the filter lets no Landlock call through.
 */
static int
lock(const struct sandbox_options *options, struct sandbox_report *report)
{
    bool other_threads = has_other_threads(); /* before its /proc/self is closed to it */
    (void)prctl(PR_SET_DUMPABLE, 0);
    report->landlock_abi = landlock_deny_all(other_threads);
    if (report->landlock_abi == 0 && landlock_abi() == 0)
        add_reason(report, "this kernel offers no Landlock");
    else if (report->landlock_abi == 0)
        add_reason(report, other_threads ? "Landlock: threads were running already" : "Landlock: refused");
    int error = syscall_filter_install(options->starts_threads);
    report->seccomp = error == 0;
    /* libseccomp says EFAULT of what it could not allocate. A kernel without seccomp is another thing: that is recorded,
       and the scan goes on; here the filter may be had with the next worker. */
    if (error == ENOMEM || error == EFAULT)
        return PROV_E_MEMORY;
    if (error != 0)
        add_reason(report, "seccomp: %s", strerrordesc_np(error) ? strerrordesc_np(error) : "refused");
    return PROV_OK;
}

/** Bind this process to its parent. The check afterwards closes the gap in which the parent may have died. */
static int
tie_to_parent(int parent_pid, struct sandbox_report *report, struct err *err)
{
    if (!parent_pid)
        return PROV_OK;
    report->dies_with_parent = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
    if (!report->dies_with_parent)
        add_reason(report, "PR_SET_PDEATHSIG: refused");
    if (getppid() != parent_pid)
        return err_set(err, PROV_E_INTERRUPTED, "sandbox: the parent process %d is gone", parent_pid);
    return PROV_OK;
}

int
sandbox_enter(const struct sandbox_options *options, struct sandbox_report *report, struct err *err)
{
    *report = (struct sandbox_report){0};
    report->rlimits = lower_limits(options);
    if (!report->rlimits)
        add_reason(report, "setrlimit: refused");
    TRY(tie_to_parent(options->parent_pid, report, err));
    if (SANITIZED) {
        report->reason[0] = 0;
        add_reason(report, "sanitizer build");
    } else {
        report->no_new_privs = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
        if (!report->no_new_privs)
            add_reason(report, "no_new_privs: refused");
        if (lock(options, report) != PROV_OK)
            return err_set(err, PROV_E_MEMORY, "sandbox: out of memory for the system call filter");
    }
    if (options->required && !(report->seccomp && report->landlock_abi))
        return err_set(err, PROV_E_USAGE, "sandbox required, but only '%s' is in force: %s",
                       sandbox_name(report), report->reason);
    return PROV_OK;
}

const char *
sandbox_name(const struct sandbox_report *report)
{
    if (report->seccomp)
        return report->landlock_abi ? "seccomp+landlock" : "seccomp";
    return report->landlock_abi ? "landlock" : "none";
}

/** The smallest number in keep that is not below first; INT_MAX when there is none. */
static int
next_kept(const int *keep, size_t nkeep, int first)
{
    int next = INT_MAX;
    for (size_t i = 0; i < nkeep; i++)
        if (keep[i] >= first && keep[i] < next)
            next = keep[i];
    return next;
}

/** Close first..last. Kernels before 5.9 have no close_range. */
static int
close_between(int first, int last)
{
    if (syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0U) == 0)
        return 0;
    if (errno != ENOSYS && errno != EPERM)
        return -1;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return -1;
    for (int fd = first; fd <= last && (rlim_t)fd < limit.rlim_cur; fd++)
        (void)close(fd);
    return 0;
}

int
sandbox_close_fds(const int *keep, size_t nkeep, struct err *err)
{
    int first = 0;
    while (first < INT_MAX) {
        int kept = next_kept(keep, nkeep, first);
        if (kept > first && close_between(first, kept == INT_MAX ? INT_MAX : kept - 1) != 0)
            return err_set(err, PROV_E_IO, "closing descriptors: %s", strerrordesc_np(errno));
        first = kept == INT_MAX ? INT_MAX : kept + 1;
    }
    return PROV_OK;
}

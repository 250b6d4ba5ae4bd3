/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls that reading untrusted bytes needs, and no other.
 *
 * A call meets one of three answers:
 *
 *     allowed        | works on what the process already holds: descriptors, memory, clocks, its own threads
 *     refused, errno | libraries try it in passing and have a way out: iconv looks for a converter,
 * libarchive | for a temporary folder, glibc for the number of processors. Opening and looking up | files
 * fails with EACCES; the library goes on without SIGSYS         | everything else. No library calls socket or
 * execve in passing: whoever does has been | taken over, and ends
 *
 * The allowed list was made by tracing (strace) the threads of glibc 2.36, libarchive 3.6.2, libmagic 5.44,
 * liblzma, libzstd, liblz4, libbz2, libisal, Vectorscan 5.4.9, OpenSSL 3.0 and iconv at work, with their
 * harmless neighbours added (readv beside read); a test runs them all inside the filter. An allow-list,
 * because a deny-list is out of date with each new kernel.
 *
 * The filter sees numbers, not memory. So clone3, whose flags lie in memory, is refused as "not known to
 * this kernel", and glibc falls back to clone, whose flags can be checked: threads yes, processes no. And
 * newfstatat with AT_EMPTY_PATH, which is how glibc spells fstat, could be given a path after all: that
 * tells size and times of a file, never content; Landlock does not guard these either.
 */
#include "engine/syscall_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/** Harmless with any arguments. */
static const int allowed[] = {
    /* what it holds */
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv), SCMP_SYS(write), SCMP_SYS(writev),
    SCMP_SYS(pwrite64), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom), SCMP_SYS(sendto),
    SCMP_SYS(shutdown), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(close), SCMP_SYS(close_range),
    SCMP_SYS(dup), SCMP_SYS(fstat), SCMP_SYS(lseek), SCMP_SYS(ftruncate), SCMP_SYS(memfd_create),
    SCMP_SYS(fadvise64), SCMP_SYS(pipe2), SCMP_SYS(eventfd2),
    /* its memory */
    SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
    /* its threads */
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(exit),
    SCMP_SYS(exit_group), SCMP_SYS(restart_syscall),
    /* clocks and chance */
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(getrusage), SCMP_SYS(times),
    /* who and where it is */
    SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getppid),
    SCMP_SYS(sysinfo), SCMP_SYS(getcpu)};

/** Fails without harm: the caller has another way. */
static const struct {
    int syscall;
    uint16_t error;
} refused[] = {
    {SCMP_SYS(open), EACCES},       {SCMP_SYS(openat), EACCES},   {SCMP_SYS(openat2), EACCES},
    {SCMP_SYS(creat), EACCES},      {SCMP_SYS(stat), EACCES},     {SCMP_SYS(lstat), EACCES},
    {SCMP_SYS(statx), EACCES},      {SCMP_SYS(access), EACCES},   {SCMP_SYS(faccessat), EACCES},
    {SCMP_SYS(faccessat2), EACCES}, {SCMP_SYS(readlink), EACCES}, {SCMP_SYS(readlinkat), EACCES},
    {SCMP_SYS(statfs), EACCES},     {SCMP_SYS(getcwd), EACCES},   {SCMP_SYS(unlink), EACCES},
    {SCMP_SYS(unlinkat), EACCES},   {SCMP_SYS(mkdir), EACCES},    {SCMP_SYS(mkdirat), EACCES},
    {SCMP_SYS(ioctl), ENOTTY},      {SCMP_SYS(clone3), ENOSYS},
};

/** Depends on one argument. Where a second answer is given, it is for all other values; else they are fatal.
 */
struct condition {
    int syscall;
    unsigned argument;
    uint64_t mask, value; /**< allowed when (argument & mask) == value */
};

#define WHOLE UINT64_MAX
/* The kernel takes these as 32-bit numbers; what stands above them in the register is not looked at. */
#define LOW ((uint64_t)UINT32_MAX)

static const struct condition conditions[] = {
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0},
    {SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
    {SCMP_SYS(newfstatat), 3, LOW, AT_EMPTY_PATH},
    {SCMP_SYS(prlimit64), 2, WHOLE, 0}, /* reading a limit; setting one has an address here */
    {SCMP_SYS(prctl), 0, LOW, PR_SET_NAME},
    {SCMP_SYS(prctl), 0, LOW, PR_GET_NAME},
    {SCMP_SYS(fcntl), 1, LOW, F_GETFD},
    {SCMP_SYS(fcntl), 1, LOW, F_SETFD},
    {SCMP_SYS(fcntl), 1, LOW, F_GETFL},
    {SCMP_SYS(fcntl), 1, LOW, F_SETFL},
    {SCMP_SYS(fcntl), 1, LOW, F_DUPFD_CLOEXEC},
    {SCMP_SYS(fcntl), 1, LOW, F_ADD_SEALS},
    {SCMP_SYS(fcntl), 1, LOW, F_GET_SEALS},
};

enum {
    THREAD_FLAGS = CLONE_THREAD | CLONE_VM | CLONE_SIGHAND,
    NAMESPACE_FLAGS = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                      CLONE_NEWPID | CLONE_NEWNET,
};

static int
add_conditions(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        const struct condition *condition = &conditions[i];
        int status = seccomp_rule_add(
            filter, SCMP_ACT_ALLOW, condition->syscall, 1,
            SCMP_CMP64(condition->argument, SCMP_CMP_MASKED_EQ, condition->mask, condition->value));
        if (status != 0)
            return status;
    }
    return 0;
}

/** The calls whose other forms are tried in passing, or that depend on this process. */
static int
add_special(scmp_filter_ctx filter, bool starts_threads)
{
    int status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(newfstatat), 1,
                                  SCMP_A3_64(SCMP_CMP_NE, AT_EMPTY_PATH, 0));
    if (status == 0)
        status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prlimit64), 1,
                                  SCMP_A2_64(SCMP_CMP_NE, 0, 0));
    /* abort() and pthread_kill() of this process; nobody else */
    if (status == 0)
        status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                                  SCMP_A0_64(SCMP_CMP_EQ, (uint64_t)getpid(), 0));
    if (status == 0 && starts_threads)
        status = seccomp_rule_add(
            filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
            SCMP_A0_64(SCMP_CMP_MASKED_EQ, (uint64_t)(THREAD_FLAGS | NAMESPACE_FLAGS), THREAD_FLAGS));
    return status;
}

static int
add_all(scmp_filter_ctx filter, bool starts_threads)
{
    int status = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (status == 0)
        status = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    /* A search tree: with some eighty calls, a list costs the late ones forty comparisons more. */
    if (status == 0)
        status = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    for (size_t i = 0; status == 0 && i < sizeof allowed / sizeof allowed[0]; i++)
        status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; status == 0 && i < sizeof refused / sizeof refused[0]; i++)
        status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(refused[i].error), refused[i].syscall, 0);
    if (status == 0)
        status = add_conditions(filter);
    return status == 0 ? add_special(filter, starts_threads) : status;
}

int
syscall_filter_install(bool starts_threads)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter)
        return ENOMEM;
    int status = add_all(filter, starts_threads);
    if (status == 0)
        status = seccomp_load(filter);
    seccomp_release(filter);
    return -status;
}

void
syscall_filter_version(char *text, unsigned size)
{
    const struct scmp_version *version = seccomp_version();
    if (version)
        (void)snprintf(text, size, "%u.%u.%u", version->major, version->minor, version->micro);
    else
        (void)snprintf(text, size, "unknown");
}

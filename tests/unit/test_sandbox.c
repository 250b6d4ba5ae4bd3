/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each action runs in a child that has entered the sandbox. What is forbidden must end the child with
 * SIGSYS or fail with EACCES; what the readers need must work. Sanitizer builds have no locks: there only the
 * bounds are tested.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/sandbox.h"

enum { CHILD_OK = 0, CHILD_WRONG = 1, CHILD_NO_SANDBOX = 2, CHILD_SANITIZER = 3 };
enum { FILE_BYTES = 1 << 20, NFILES = 64 };

static const struct sandbox_options bounds = {
    .memory_bytes = (uint64_t)2 << 30, .file_bytes = FILE_BYTES, .nfiles = NFILES, .starts_threads = true};

/** Run action in a sandboxed child. @return its wait status; locked is set to false in a sanitizer build */
static int
run(int (*action)(void), const struct sandbox_options *options, bool *locked)
{
    pid_t child = fork();
    if (child == 0) {
        struct sandbox_report report;
        struct err err = {0};
        struct sandbox_options own = *options;
        if (sandbox_enter(&own, &report, &err) != PROV_OK)
            _exit(CHILD_NO_SANDBOX);
        if (strcmp(report.reason, "sanitizer build") == 0)
            _exit(CHILD_SANITIZER);
        if (strcmp(sandbox_name(&report), "seccomp+landlock") != 0)
            _exit(CHILD_NO_SANDBOX);
        _exit(action());
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    *locked = !(WIFEXITED(status) && WEXITSTATUS(status) == CHILD_SANITIZER);
    return status;
}

/* ---- what is forbidden ---- */

static int
refused(long result)
{
    return result < 0 && errno == EACCES ? CHILD_OK : CHILD_WRONG;
}

static int
open_file(void)
{
    return refused(open("/etc/passwd", O_RDONLY));
}

static int
make_file(void)
{
    return refused(open("/tmp/provscan-sandbox-test", O_WRONLY | O_CREAT, 0600));
}

static int
open_by_openat2(void)
{
    struct {
        uint64_t flags, mode, resolve;
    } how = {.flags = O_RDONLY};
    return refused(syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &how, sizeof how));
}

static int
open_folder(void)
{
    return refused(open("/", O_RDONLY | O_DIRECTORY));
}

static int
look_up_file(void)
{
    struct stat st;
    return refused(stat("/etc/passwd", &st));
}

static int
remove_file(void)
{
    return refused(unlink("/tmp/provscan-sandbox-test"));
}

static int
raise_limit(void)
{
    struct rlimit limit = {.rlim_cur = 4096, .rlim_max = 4096};
    return setrlimit(RLIMIT_NOFILE, &limit) < 0 && errno == EPERM ? CHILD_OK : CHILD_WRONG;
}

static int
make_socket(void)
{
    (void)socket(AF_INET, SOCK_STREAM, 0);
    return CHILD_WRONG;
}

static int
make_socketpair(void)
{
    int pair[2];
    (void)socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    return CHILD_WRONG;
}

static int
start_program(void)
{
    char *const argv[] = {(char[]){"true"}, NULL};
    (void)execv("/bin/true", argv);
    return CHILD_WRONG;
}

static int
start_program_of_memory(void)
{
    int fd = memfd_create("program", 0);
    char *const argv[] = {(char[]){"program"}, NULL};
    (void)syscall(SYS_execveat, fd, "", argv, NULL, AT_EMPTY_PATH);
    return CHILD_WRONG;
}

static int
start_process(void)
{
    (void)fork();
    return CHILD_WRONG;
}

static int
start_process_by_vfork(void)
{
    (void)syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, NULL, NULL, NULL);
    return CHILD_WRONG;
}

static int
start_shell(void)
{
    (void)!system("true");
    return CHILD_WRONG;
}

static int
trace_parent(void)
{
    (void)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
    return CHILD_WRONG;
}

static int
signal_parent(void)
{
    (void)kill(getppid(), SIGCONT);
    return CHILD_WRONG;
}

static int
signal_thread_of_parent(void)
{
    (void)syscall(SYS_tgkill, getppid(), getppid(), SIGCONT);
    return CHILD_WRONG;
}

static int
make_memory_executable(void)
{
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)mprotect(memory, 4096, PROT_READ | PROT_EXEC);
    return CHILD_WRONG;
}

static int
map_executable_memory(void)
{
    (void)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return CHILD_WRONG;
}

static int
mount_something(void)
{
    (void)mount("none", "/mnt", "tmpfs", 0, NULL);
    return CHILD_WRONG;
}

static int
leave_namespace(void)
{
    (void)unshare(CLONE_NEWUSER);
    return CHILD_WRONG;
}

static int
read_foreign_memory(void)
{
    (void)syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
    return CHILD_WRONG;
}

static int
become_dumpable(void)
{
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    return CHILD_WRONG;
}

static int
outlive_parent(void)
{
    (void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
    return CHILD_WRONG;
}

static int
use_io_uring(void)
{
    (void)syscall(SYS_io_uring_setup, 8, NULL);
    return CHILD_WRONG;
}

static int
call_an_unknown_number(void)
{
    (void)syscall(9999);
    return CHILD_WRONG;
}

/* Criterion runs each parameter in a process of its own, laid out elsewhere: pointers do not survive, so the
 * parameter is the place in the table. */
struct deed {
    const char *name;
    int (*action)(void);
    bool fatal; /**< SIGSYS, else the action checks for an error */
};

static struct criterion_test_params
places(size_t count)
{
    static int numbers[64];
    for (size_t i = 0; i < count; i++)
        numbers[i] = (int)i;
    return cr_make_param_array(int, numbers, count);
}

static const struct deed forbidden[] = {
    {"open_file", open_file, false},
    {"make_file", make_file, false},
    {"open_by_openat2", open_by_openat2, false},
    {"open_folder", open_folder, false},
    {"look_up_file", look_up_file, false},
    {"remove_file", remove_file, false},
    {"raise_limit", raise_limit, false},
    {"make_socket", make_socket, true},
    {"make_socketpair", make_socketpair, true},
    {"start_program", start_program, true},
    {"start_program_of_memory", start_program_of_memory, true},
    {"start_process", start_process, true},
    {"start_process_by_vfork", start_process_by_vfork, true},
    {"start_shell", start_shell, true},
    {"trace_parent", trace_parent, true},
    {"signal_parent", signal_parent, true},
    {"signal_thread_of_parent", signal_thread_of_parent, true},
    {"make_memory_executable", make_memory_executable, true},
    {"map_executable_memory", map_executable_memory, true},
    {"mount_something", mount_something, true},
    {"leave_namespace", leave_namespace, true},
    {"read_foreign_memory", read_foreign_memory, true},
    {"become_dumpable", become_dumpable, true},
    {"outlive_parent", outlive_parent, true},
    {"use_io_uring", use_io_uring, true},
    {"call_an_unknown_number", call_an_unknown_number, true},
};

ParameterizedTestParameters(sandbox, stops_what_is_forbidden)
{
    return places(sizeof forbidden / sizeof forbidden[0]);
}

ParameterizedTest(int *place, sandbox, stops_what_is_forbidden)
{
    const struct deed *deed = &forbidden[*place];
    bool locked;
    int status = run(deed->action, &bounds, &locked);
    if (!locked)
        return;
    if (deed->fatal)
        cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "%s: status %#x", deed->name, status);
    else
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == CHILD_OK, "%s: status %#x", deed->name, status);
}

/* ---- what is needed ---- */

static int
allocate_and_release(void)
{
    for (size_t size = 16; size <= (size_t)256 << 20; size *= 4) {
        char *memory = malloc(size);
        if (!memory)
            return CHILD_WRONG;
        memset(memory, 1, size);
        char *grown = realloc(memory, size * 2);
        free(grown ? grown : memory);
        if (!grown)
            return CHILD_WRONG;
    }
    return CHILD_OK;
}

static int
run_out_of_memory(void)
{
    return malloc((size_t)3 << 30) == NULL && errno == ENOMEM ? CHILD_OK : CHILD_WRONG;
}

static int
spool_in_memory(void)
{
    static char block[4096];
    int fd = memfd_create("spool", MFD_CLOEXEC);
    if (fd < 0 || write(fd, block, sizeof block) != sizeof block || ftruncate(fd, FILE_BYTES) != 0)
        return CHILD_WRONG;
    if (pread(fd, block, sizeof block, 0) != sizeof block || lseek(fd, 0, SEEK_END) != FILE_BYTES)
        return CHILD_WRONG;
    struct stat st;
    if (fstat(fd, &st) != 0 || st.st_size != FILE_BYTES)
        return CHILD_WRONG;
    void *map = mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
    return map != MAP_FAILED && munmap(map, FILE_BYTES) == 0 && close(fd) == 0 ? CHILD_OK : CHILD_WRONG;
}

static int
spool_too_much(void)
{
    static char block[4096];
    int fd = memfd_create("spool", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, FILE_BYTES + 1) == 0 || errno != EFBIG)
        return CHILD_WRONG;
    if (pwrite(fd, block, sizeof block, FILE_BYTES) != -1 || errno != EFBIG)
        return CHILD_WRONG;
    return CHILD_OK;
}

static void *
count_up(void *counter)
{
    for (int i = 0; i < 1000; i++)
        (void)__atomic_add_fetch((int *)counter, 1, __ATOMIC_RELAXED);
    void *memory = malloc((size_t)1 << 20);
    free(memory);
    return NULL;
}

struct meeting {
    pthread_mutex_t mutex;
    pthread_cond_t arrived;
    int nhere;
};

static void *
meet(void *argument)
{
    struct meeting *meeting = argument;
    (void)pthread_mutex_lock(&meeting->mutex);
    meeting->nhere++;
    (void)pthread_cond_broadcast(&meeting->arrived);
    while (meeting->nhere < 4)
        (void)pthread_cond_wait(&meeting->arrived, &meeting->mutex);
    (void)pthread_mutex_unlock(&meeting->mutex);
    return NULL;
}

static int
start_threads(void)
{
    int counter = 0;
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        if (pthread_create(&threads[i], NULL, count_up, &counter) != 0)
            return CHILD_WRONG;
    for (int i = 0; i < 8; i++)
        (void)pthread_join(threads[i], NULL);
    struct meeting meeting = {.mutex = PTHREAD_MUTEX_INITIALIZER, .arrived = PTHREAD_COND_INITIALIZER};
    for (int i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, meet, &meeting) != 0)
            return CHILD_WRONG;
    for (int i = 0; i < 4; i++)
        (void)pthread_join(threads[i], NULL);
    return counter == 8000 ? CHILD_OK : CHILD_WRONG;
}

static int
wait_and_look_at_the_clock(void)
{
    struct timespec moment = {.tv_nsec = 1000000};
    struct rusage usage;
    char noise[16];
    bool fine = clock_gettime(CLOCK_MONOTONIC, &moment) == 0 && time(NULL) > 0;
    moment = (struct timespec){.tv_nsec = 1000000};
    fine = fine && nanosleep(&moment, NULL) == 0 && sched_yield() == 0;
    fine = fine && getrusage(RUSAGE_SELF, &usage) == 0 && getrandom(noise, sizeof noise, 0) == sizeof noise;
    return fine && sysconf(_SC_NPROCESSORS_ONLN) > 0 ? CHILD_OK : CHILD_WRONG;
}

static int
name_thread(void)
{
    return prctl(PR_SET_NAME, "reader", 0, 0, 0) == 0 ? CHILD_OK : CHILD_WRONG;
}

static int
fall_back_without_converter(void)
{
    errno = 0;
    iconv_t converter = iconv_open("UTF-8", "GB18030");
    return converter == (iconv_t)-1 ? CHILD_OK : CHILD_WRONG; /* refused, and alive */
}

static const struct deed needed[] = {
    {"allocate_and_release", allocate_and_release, false},
    {"run_out_of_memory", run_out_of_memory, false},
    {"spool_in_memory", spool_in_memory, false},
    {"spool_too_much", spool_too_much, false},
    {"start_threads", start_threads, false},
    {"wait_and_look_at_the_clock", wait_and_look_at_the_clock, false},
    {"name_thread", name_thread, false},
    {"fall_back_without_converter", fall_back_without_converter, false},
};

ParameterizedTestParameters(sandbox, lets_readers_work)
{
    return places(sizeof needed / sizeof needed[0]);
}

ParameterizedTest(int *place, sandbox, lets_readers_work)
{
    const struct deed *deed = &needed[*place];
    bool locked;
    int status = run(deed->action, &bounds, &locked);
    if (locked)
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == CHILD_OK, "%s: status %#x", deed->name, status);
}

/* ---- the rest ---- */

Test(sandbox, forbids_threads_unless_asked)
{
    struct sandbox_options options = bounds;
    options.starts_threads = false;
    bool locked;
    int status = run(start_threads, &options, &locked);
    if (locked)
        cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "status %#x", status);
}

static int
abort_itself(void)
{
    abort();
}

Test(sandbox, lets_a_process_abort_itself)
{
    bool locked;
    int status = run(abort_itself, &bounds, &locked);
    if (locked)
        cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "status %#x", status);
}

static int inherited[2];

static int
receive_descriptor(void)
{
    char byte, control[CMSG_SPACE(sizeof(int))], text[16] = {0};
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    if (recvmsg(inherited[1], &message, MSG_CMSG_CLOEXEC) != 1)
        return CHILD_WRONG;
    int fd;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    if (pread(fd, text, sizeof text, 0) != 5 || strcmp(text, "hello") != 0)
        return CHILD_WRONG;
    if (write(fd, "x", 1) != -1)
        return CHILD_WRONG;
    return send(inherited[1], "y", 1, MSG_NOSIGNAL) == 1 ? CHILD_OK : CHILD_WRONG;
}

static void
send_descriptor(int socket, int fd)
{
    char byte = 'f';
    union {
        char control[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } room = {0};
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = room.control,
                             .msg_controllen = sizeof room.control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    cr_assert_eq(sendmsg(socket, &message, 0), 1);
}

Test(sandbox, reads_descriptors_that_are_handed_in)
{
    char name[] = "/tmp/provscan-sandbox-XXXXXX";
    int file = mkstemp(name);
    cr_assert_eq(write(file, "hello", 5), 5);
    int reading = open(name, O_RDONLY);
    (void)unlink(name);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, inherited), 0);
    send_descriptor(inherited[0], reading);
    bool locked;
    int status = run(receive_descriptor, &bounds, &locked);
    if (locked)
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == CHILD_OK, "status %#x", status);
}

static void *
open_later(void *ready)
{
    while (__atomic_load_n((int *)ready, __ATOMIC_ACQUIRE) == 0)
        (void)sched_yield();
    (void)socket(AF_INET, SOCK_STREAM, 0);
    return NULL;
}

/* Threads that ran before are under the filter too, and the report does not claim Landlock for them. */
Test(sandbox, reaches_threads_that_run_already)
{
    pid_t child = fork();
    if (child == 0) {
        int ready = 0;
        pthread_t thread;
        if (pthread_create(&thread, NULL, open_later, &ready) != 0)
            _exit(CHILD_WRONG);
        struct sandbox_report report;
        if (sandbox_enter(&bounds, &report, NULL) != PROV_OK)
            _exit(CHILD_NO_SANDBOX);
        if (strcmp(report.reason, "sanitizer build") == 0)
            _exit(CHILD_SANITIZER);
        if (!report.seccomp || (report.landlock_abi != 0 && report.landlock_abi < 8))
            _exit(CHILD_NO_SANDBOX);
        __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
        (void)pthread_join(thread, NULL);
        _exit(CHILD_WRONG);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_SANITIZER)
        return;
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "status %#x", status);
}

Test(sandbox, sets_the_bounds_in_every_build)
{
    pid_t child = fork();
    if (child == 0) {
        struct sandbox_report report;
        struct sandbox_options options = bounds;
        options.parent_pid = getppid();
        struct rlimit files = {0}, core = {1, 1}, size = {0};
        bool fine = sandbox_enter(&options, &report, NULL) == PROV_OK && report.rlimits &&
                    report.dies_with_parent && getrlimit(RLIMIT_NOFILE, &files) == 0 &&
                    getrlimit(RLIMIT_CORE, &core) == 0 && getrlimit(RLIMIT_FSIZE, &size) == 0;
        fine = fine && files.rlim_max == NFILES && core.rlim_max == 0 && size.rlim_cur == FILE_BYTES;
        _exit(fine ? CHILD_OK : CHILD_WRONG);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
}

Test(sandbox, refuses_to_work_for_a_parent_that_is_gone)
{
    pid_t child = fork();
    if (child == 0) {
        struct sandbox_report report;
        struct sandbox_options options = {.parent_pid = getppid() + 1};
        _exit(sandbox_enter(&options, &report, NULL) == PROV_E_INTERRUPTED ? CHILD_OK : CHILD_WRONG);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
}

Test(sandbox, dies_with_its_parent)
{
    int alive[2];
    cr_assert_eq(pipe(alive), 0);
    pid_t parent = fork();
    if (parent == 0) {
        pid_t worker = fork();
        if (worker == 0) {
            struct sandbox_options options = bounds;
            options.parent_pid = getppid();
            struct sandbox_report report;
            if (sandbox_enter(&options, &report, NULL) != PROV_OK || write(alive[1], "a", 1) != 1)
                _exit(CHILD_WRONG);
            struct timespec long_time = {.tv_sec = 1000};
            (void)nanosleep(&long_time, NULL);
            _exit(CHILD_OK);
        }
        for (;;)
            (void)pause();
    }
    (void)close(alive[1]);
    char byte;
    cr_assert_eq(read(alive[0], &byte, 1), 1);
    cr_assert_eq(kill(parent, SIGKILL), 0);
    cr_assert_eq(read(alive[0], &byte, 1), 0, "the worker holds the pipe as long as it lives");
    (void)waitpid(parent, NULL, 0);
}

static void
close_all_but(const int *keep, size_t nkeep)
{
    pid_t child = fork();
    if (child == 0) {
        if (sandbox_close_fds(keep, nkeep, NULL) != PROV_OK)
            _exit(CHILD_WRONG);
        for (int fd = 0; fd < 300; fd++) {
            bool kept = false;
            for (size_t i = 0; i < nkeep; i++)
                kept |= keep[i] == fd;
            if ((fcntl(fd, F_GETFD) != -1) != kept)
                _exit(CHILD_WRONG);
        }
        _exit(CHILD_OK);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
}

Test(sandbox, closes_all_descriptors_but_those_named)
{
    for (int fd = 100; fd < 250; fd++)
        cr_assert_eq(dup2(1, fd), fd);
    close_all_but((int[]){2, 0, 1}, 3);
    close_all_but((int[]){249, 1, 100, 101, -1, 1, 175}, 7);
    close_all_but(NULL, 0);
}

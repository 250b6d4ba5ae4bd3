/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library for LD_PRELOAD that makes calls fail, to see what the whole program makes of it.
 *
 *     PRELOAD_FAIL="WHO WHAT NTH HOW ERRNO"      e.g. "worker alloc 17 once 12"
 *
 *     WHO    supervisor, or worker: the processes that it forks
 *     WHAT   alloc  malloc, calloc, realloc, posix_memalign, aligned_alloc
 *            read   read, pread
 *            write  write, pwrite, ftruncate, fsync, fdatasync, rename
 *            open   open, openat
 *     NTH    which of these calls fails, from 1, counted over all processes of a kind
 *     HOW    once, or on: this one and all that follow
 *     ERRNO  the number given
 *
 * PRELOAD_COUNT names a file where the supervisor writes at its end, for each kind of process, how many calls
 * of each kind there were: "supervisor alloc 1234" and so on. Calls inside libc (stdio) are not seen.
 * Counting begins with main.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SUPERVISOR, WORKER, NWHOS };
enum { ALLOC, READ, WRITE, OPEN, NWHATS };

static const char *const who_names[] = {"supervisor", "worker"};
static const char *const what_names[] = {"alloc", "read", "write", "open"};

/* Shared with the workers, so that a count goes on when a worker is replaced. */
struct counts {
    _Atomic uint64_t calls[NWHOS][NWHATS];
};

static struct {
    struct counts *counts;
    int who; /* of this process */
    int fail_who, fail_what, number;
    uint64_t nth;
    bool once, armed;
} state;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static bool
must_fail(int what)
{
    if (!state.armed)
        return false;
    uint64_t count = atomic_fetch_add(&state.counts->calls[state.who][what], 1) + 1;
    if (state.who != state.fail_who || what != state.fail_what || state.nth == 0)
        return false;
    if (state.once ? count != state.nth : count < state.nth)
        return false;
    errno = state.number;
    return true;
}

static void
become_worker(void)
{
    state.who = WORKER;
}

static int
find(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    abort();
}

__attribute__((constructor)) static void
begin(void)
{
    const char *text = getenv("PRELOAD_FAIL");
    char who[16], what[16], how[16];
    state.counts =
        mmap(NULL, sizeof *state.counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (state.counts == MAP_FAILED || pthread_atfork(NULL, NULL, become_worker) != 0)
        abort();
    unsigned long long nth;
    if (text) {
        if (sscanf(text, "%15s %15s %llu %15s %d", who, what, &nth, how, &state.number) != 5)
            abort();
        state.nth = nth;
        state.fail_who = find(who_names, NWHOS, who);
        state.fail_what = find(what_names, NWHATS, what);
        state.once = strcmp(how, "once") == 0;
    }
    state.armed = true;
}

__attribute__((destructor)) static void
end(void)
{
    const char *path = getenv("PRELOAD_COUNT");
    state.armed = false;
    FILE *file = path && state.who == SUPERVISOR ? fopen(path, "w") : NULL;
    if (!file)
        return;
    for (int who = 0; who < NWHOS; who++)
        for (int what = 0; what < NWHATS; what++)
            fprintf(file, "%s %s %llu\n", who_names[who], what_names[what],
                    (unsigned long long)atomic_load(&state.counts->calls[who][what]));
    (void)fclose(file);
}

/* ---- memory ---- */

void *
malloc(size_t size)
{
    return must_fail(ALLOC) ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
    return must_fail(ALLOC) ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *memory, size_t size)
{
    return must_fail(ALLOC) ? NULL : __libc_realloc(memory, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
    return must_fail(ALLOC) ? NULL : __libc_memalign(alignment, size);
}

int
posix_memalign(void **memory, size_t alignment, size_t size)
{
    void *got = must_fail(ALLOC) ? NULL : __libc_memalign(alignment, size);
    if (!got)
        return ENOMEM;
    *memory = got;
    return 0;
}

/* ---- files ---- */

#define REAL(type, name, ...)                                                                                \
    type (*real)(__VA_ARGS__) = NULL;                                                                        \
    *(void **)&real = dlsym(RTLD_NEXT, #name)

ssize_t
read(int fd, void *buffer, size_t size)
{
    REAL(ssize_t, read, int, void *, size_t);
    return must_fail(READ) ? -1 : real(fd, buffer, size);
}

ssize_t
pread64(int fd, void *buffer, size_t size, off64_t offset)
{
    REAL(ssize_t, pread64, int, void *, size_t, off64_t);
    return must_fail(READ) ? -1 : real(fd, buffer, size, offset);
}

ssize_t
pread(int fd, void *buffer, size_t size, off_t offset)
{
    return pread64(fd, buffer, size, offset);
}

ssize_t
write(int fd, const void *data, size_t size)
{
    REAL(ssize_t, write, int, const void *, size_t);
    return must_fail(WRITE) ? -1 : real(fd, data, size);
}

ssize_t
pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    return must_fail(WRITE) ? -1 : real(fd, data, size, offset);
}

ssize_t
pwrite(int fd, const void *data, size_t size, off_t offset)
{
    return pwrite64(fd, data, size, offset);
}

int
ftruncate64(int fd, off64_t size)
{
    REAL(int, ftruncate64, int, off64_t);
    return must_fail(WRITE) ? -1 : real(fd, size);
}

int
ftruncate(int fd, off_t size)
{
    return ftruncate64(fd, size);
}

int
fsync(int fd)
{
    REAL(int, fsync, int);
    return must_fail(WRITE) ? -1 : real(fd);
}

int
fdatasync(int fd)
{
    REAL(int, fdatasync, int);
    return must_fail(WRITE) ? -1 : real(fd);
}

int
rename(const char *from, const char *to)
{
    REAL(int, rename, const char *, const char *);
    return must_fail(WRITE) ? -1 : real(from, to);
}

int
openat64(int folder, const char *path, int flags, ...)
{
    REAL(int, openat64, int, const char *, int, ...);
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return must_fail(OPEN) ? -1 : real(folder, path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return openat64(AT_FDCWD, path, flags, mode);
}

int
openat(int folder, const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return openat64(folder, path, flags, mode);
}

int
open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return openat64(AT_FDCWD, path, flags, mode);
}

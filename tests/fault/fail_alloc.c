/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See the header. The counter is a plain static variable: programs under tests/fault/ have one thread.
 */
#include "fault/fail_alloc.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    bool armed, lasting, happened;
    uint64_t left; /* allocations that still succeed */
} state;

static bool
must_fail(void)
{
    if (!state.armed)
        return false;
    if (state.left) {
        state.left--;
        return false;
    }
    if (state.happened && !state.lasting)
        return false;
    state.happened = true;
    errno = ENOMEM;
    return true;
}

#ifdef FAIL_ALLOC_WRAP
/* Names that the linker makes: calls of malloc go to __wrap_malloc, __real_malloc is the one that was meant.
 */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

void *
__wrap_malloc(size_t size)
{
    return must_fail() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
    return must_fail() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *memory, size_t size)
{
    return must_fail() ? NULL : __real_realloc(memory, size);
}

char *
__wrap_strdup(const char *text)
{
    return must_fail() ? NULL : __real_strdup(text);
}
#else
/* The names under which glibc keeps its own. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *
malloc(size_t size)
{
    return must_fail() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
    return must_fail() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *memory, size_t size)
{
    return must_fail() ? NULL : __libc_realloc(memory, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
    return must_fail() ? NULL : __libc_memalign(alignment, size);
}

int
posix_memalign(void **memory, size_t alignment, size_t size)
{
    void *got = must_fail() ? NULL : __libc_memalign(alignment, size);
    if (!got)
        return ENOMEM;
    *memory = got;
    return 0;
}
#endif

void
fail_alloc_arm(uint64_t nth, bool lasting)
{
    state.left = nth - 1;
    state.lasting = lasting;
    state.happened = false;
    state.armed = true;
}

bool
fail_alloc_disarm(void)
{
    state.armed = false;
    return state.happened;
}

void
fail_alloc_pause(void)
{
    state.armed = false;
}

void
fail_alloc_resume(void)
{
    state.armed = true;
}

_Noreturn void
fail_alloc_give_up(const char *file, int line, const char *words)
{
    state.armed = false;
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, words);
    exit(1);
}

/* One run. @return whether it met a failure */
static bool
run_once(const char *name, fail_alloc_run *run, uint64_t nth, bool lasting, uint64_t *nsurvived)
{
    struct err err = {0};
    fail_alloc_arm(nth, lasting);
    int status = run(&err);
    bool happened = fail_alloc_disarm();
    bool fine = happened ? status == PROV_OK || (status == PROV_E_MEMORY && err.text[0]) : status == PROV_OK;
    if (!fine) {
        fprintf(stderr, "%s: allocation %llu%s: status %d, words '%s'\n", name, (unsigned long long)nth,
                lasting ? " and all that follow" : "", status, err.text);
        exit(1);
    }
    *nsurvived += happened && status == PROV_OK;
    return happened;
}

void
fail_alloc_sweep_by(const char *name, fail_alloc_run *run, uint64_t step)
{
    for (int lasting = 0; lasting <= 1; lasting++) {
        uint64_t nth = 1, nruns = 0, nsurvived = 0;
        while (run_once(name, run, nth, lasting, &nsurvived)) {
            nth += step;
            nruns++;
        }
        (void)fflush(stdout); /* a run that dies leaves the lines before it */
        printf("%-16s %s: %llu failures injected, %llu made no difference\n", name,
               lasting ? "lasting" : "single ", (unsigned long long)nruns, (unsigned long long)nsurvived);
    }
}

void
fail_alloc_sweep(const char *name, fail_alloc_run *run)
{
    fail_alloc_sweep_by(name, run, 1);
}

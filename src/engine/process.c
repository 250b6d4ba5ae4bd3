/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making, watching and ending one worker process.
 *
 * The supervisor has one thread only, so a plain fork gives a clean child at any time; the plan
 * (compiled databases, tables) is inherited and not loaded again: a new worker costs milliseconds.
 *
 * The slots lie in shared anonymous memory that lives as long as the supervisor, so that they can be read
 * when the worker is dead: they say what it was doing.
 */
#include "engine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIPE_BYTES = 1 << 20, WAIT_STEP_MS = 2, WAIT_MS_MAX = 2000 };

int
process_init(struct process *process, struct err *err)
{
    *process = (struct process){.unit_fd = -1, .fact_fd = -1};
    void *shared = mmap(NULL, WORKER_LANES_MAX * sizeof(struct slot), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return err_set(err, PROV_E_MEMORY, "out of memory while starting a worker");
    process->slots = shared;
    process->last_progress = calloc(WORKER_LANES_MAX, sizeof *process->last_progress);
    process->stalled_ms = calloc(WORKER_LANES_MAX, sizeof *process->stalled_ms);
    if (!process->last_progress || !process->stalled_ms)
        return err_set(err, PROV_E_MEMORY, "out of memory while starting a worker");
    return PROV_OK;
}

void
process_finish(struct process *process)
{
    if (process->pid) {
        process_kill(process);
        (void)process_wait(process);
    }
    if (process->slots)
        (void)munmap(process->slots, WORKER_LANES_MAX * sizeof(struct slot));
    free(process->last_progress);
    free(process->stalled_ms);
    *process = (struct process){.unit_fd = -1, .fact_fd = -1};
}

static void
close_one(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void
slots_clear(struct process *process)
{
    for (unsigned i = 0; i < WORKER_LANES_MAX; i++) {
        struct slot *slot = &process->slots[i];
        atomic_store(&slot->unit, 0);
        atomic_store(&slot->item, 0);
        process->last_progress[i] = __atomic_load_n(&slot->progress, __ATOMIC_RELAXED);
        process->stalled_ms[i] = 0;
    }
}

int
process_start(struct process *process, const struct worker_options *options, struct err *err)
{
    int sockets[2], pipes[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return err_set(err, PROV_E_INTERNAL, "socketpair: %s", strerror(errno));
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        int reason = errno;
        (void)close(sockets[0]);
        (void)close(sockets[1]);
        return err_set(err, PROV_E_INTERNAL, "pipe: %s", strerror(reason));
    }
    (void)fcntl(pipes[0], F_SETPIPE_SZ, PIPE_BYTES); /* larger is faster; the default works too */
    slots_clear(process);
    pid_t pid = fork();
    if (pid == 0) {
        struct worker_options child = *options;
        child.slots = process->slots;
        child.unit_fd = sockets[1];
        child.fact_fd = pipes[1];
        worker_run(&child);
    }
    int reason = errno;
    (void)close(sockets[1]);
    (void)close(pipes[1]);
    if (pid < 0) {
        (void)close(sockets[0]);
        (void)close(pipes[0]);
        return err_set(err, PROV_E_INTERNAL, "fork: %s", strerror(reason));
    }
    (void)fcntl(pipes[0], F_SETFL, O_NONBLOCK);
    (void)fcntl(sockets[0], F_SETFL, O_NONBLOCK);
    process->pid = pid;
    process->unit_fd = sockets[0];
    process->fact_fd = pipes[0];
    process->nlanes = options->nlanes;
    return PROV_OK;
}

void
process_close_units(struct process *process)
{
    close_one(&process->unit_fd);
}

void
process_kill(struct process *process)
{
    if (process->pid)
        (void)kill(process->pid, SIGKILL);
}

/* It closed its pipe, so it is about to end; one that does not (stopped, or up to no good) is ended. */
static int
wait_for_end(struct process *process)
{
    int status = 0;
    for (int waited_ms = 0;; waited_ms += WAIT_STEP_MS) {
        pid_t pid = waitpid(process->pid, &status, waited_ms < WAIT_MS_MAX ? WNOHANG : 0);
        if (pid == process->pid || (pid < 0 && errno != EINTR))
            return status;
        if (waited_ms >= WAIT_MS_MAX)
            continue;
        (void)usleep(waited_ms ? WAIT_STEP_MS * 1000 : 100);
        if (waited_ms + WAIT_STEP_MS >= WAIT_MS_MAX)
            process_kill(process);
    }
}

enum process_end
process_wait(struct process *process)
{
    int status = wait_for_end(process);
    process->pid = 0;
    close_one(&process->unit_fd);
    close_one(&process->fact_fd);
    if (WIFSIGNALED(status))
        /* SIGKILL that was not ours is the kernel's, for want of memory. */
        return WTERMSIG(status) == SIGKILL ? PROCESS_OUT_OF_MEMORY : PROCESS_CRASHED;
    switch (WEXITSTATUS(status)) {
    case WORKER_DONE:
        return PROCESS_ENDED;
    case WORKER_MEMORY:
        return PROCESS_OUT_OF_MEMORY;
    case WORKER_FAILED:
        return PROCESS_FAILED;
    default:
        return PROCESS_CRASHED;
    }
}

bool
process_stalled(struct process *process, uint64_t elapsed_ms, uint64_t limit_ms)
{
    for (unsigned i = 0; i < process->nlanes; i++) {
        const struct slot *slot = &process->slots[i];
        uint64_t progress = __atomic_load_n(&slot->progress, __ATOMIC_RELAXED);
        bool busy = atomic_load_explicit(&slot->unit, memory_order_relaxed) != 0;
        if (!busy || progress != process->last_progress[i])
            process->stalled_ms[i] = 0;
        else
            process->stalled_ms[i] += elapsed_ms;
        process->last_progress[i] = progress;
        if (process->stalled_ms[i] >= limit_ms)
            return true;
    }
    return false;
}

uint64_t
process_progress(const struct process *process)
{
    uint64_t total = 0;
    for (unsigned i = 0; process->slots && i < WORKER_LANES_MAX; i++)
        total += __atomic_load_n(&process->slots[i].progress, __ATOMIC_RELAXED);
    return total;
}

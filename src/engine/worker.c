/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker process: the only place where strangers' bytes are parsed.
 *
 *     supervisor ══ socket: units + descriptors ══► receiver ─► pool of lanes ─► pipe: items ══► supervisor
 *
 * Order matters at the start: tools are loaded first (they open files), then the sandbox closes, then
 * the lanes begin. The main thread stays the receiver: it blocks in recvmsg and puts units into the
 * pool; the supervisor bounds how many are under way.
 *
 * A worker does not try to survive its own failures. When memory runs out or anything else of ours
 * breaks, it says so and ends: the supervisor knows from the slots what was being read, and starts
 * another worker. That is the same path as for a crash, so it is tested all the time.
 */
#include "engine/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/collect.h"
#include "engine/sandbox.h"

enum {
    FRAME_BYTES = 1 << 20,
    OPEN_FILES_MAX = 4096,
    /* Address space that a lane takes before it does anything: its stack, its blocks, and the heap that glibc
       reserves for each thread (64 MiB, aligned to 64). */
    LANE_ADDRESS_BYTES = 192 << 20,
};

struct worker {
    const struct worker_options *options;
    struct pool *pool;
    struct bench *benches; /**< one a lane */
    pthread_mutex_t out_mutex;
};

/* A worker that cannot be heard is of no use: it ends, and the supervisor sees that. */
static void
write_all(int fd, struct bytes bytes)
{
    while (bytes.size) {
        ssize_t size = write(fd, bytes.data, bytes.size);
        if (size <= 0 && errno != EINTR)
            _exit(WORKER_FAILED);
        if (size > 0)
            bytes = (struct bytes){.data = bytes.data + size, .size = bytes.size - (size_t)size};
    }
}

/* End the process; from any lane. */
static _Noreturn void
worker_fail(struct worker *worker, int status, const struct err *err)
{
    if (status == PROV_E_MEMORY)
        _exit(WORKER_MEMORY);
    struct buf frame = {0};
    const char *words = err && err->status != PROV_OK ? err->text : status_text(status);
    if (wire_put_failure(&frame, status, words) == PROV_OK) {
        /* Another lane may be in the middle of a write: this waits for it, and never gives the pipe back. */
        (void)pthread_mutex_lock(&worker->out_mutex);
        write_all(worker->options->fact_fd, buf_bytes(&frame));
    }
    _exit(WORKER_FAILED);
}

static void
lane_inspect(void *context, struct lane *lane, struct block *block)
{
    struct worker *worker = context;
    int status = collect_inspect(worker->pool, &worker->benches[lane_number(lane)], block);
    if (status != PROV_OK)
        worker_fail(worker, status, NULL);
}

static void
lane_read(void *context, struct lane *lane, void *unit)
{
    struct worker *worker = context;
    struct err err = {0};
    int status = collect_unit(worker->pool, lane, &worker->benches[lane_number(lane)], unit, &err);
    if (status != PROV_OK)
        worker_fail(worker, status, &err);
}

/*
 * libarchive calls exit(1) when an allocation fails. Exit handlers of other libraries would then run while the
 * other lanes still work; this one is registered last, so it runs first, and ends the process.
 */
static void
leave_now(void)
{
    _exit(WORKER_MEMORY);
}

/* Descriptors of one message, in the order of its units. */
static size_t
received_fds(struct msghdr *message, int *fds, size_t nfds_max)
{
    size_t nfds = 0;
    for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count && nfds < nfds_max; i++)
            memcpy(&fds[nfds++], CMSG_DATA(control) + i * sizeof(int), sizeof(int));
    }
    return nfds;
}

static int
add_units(struct worker *worker, struct bytes frames, const int *fds, size_t nfds)
{
    size_t nunits = 0;
    while (frames.size) {
        struct bytes frame;
        size_t taken;
        struct wire_unit unit;
        TRY(wire_next_frame(frames, &frame, &taken));
        if (taken == 0 || nunits == nfds)
            return PROV_E_PROTOCOL;
        TRY(wire_decode_unit(frame, &unit));
        struct unit_job *job = unit_job_create(worker->options->plan, &unit, fds[nunits++]);
        if (!job)
            return PROV_E_MEMORY;
        job->out_fd = worker->options->fact_fd;
        job->out_mutex = &worker->out_mutex;
        TRY(pool_add_unit(worker->pool, job));
        frames = (struct bytes){.data = frames.data + taken, .size = frames.size - taken};
    }
    return nunits == nfds ? PROV_OK : PROV_E_PROTOCOL;
}

/* Take units until the supervisor closes the socket. */
static int
receive(struct worker *worker, uint8_t *buffer)
{
    for (;;) {
        union {
            struct cmsghdr header;
            char space[CMSG_SPACE(WORKER_UNITS_MESSAGE * sizeof(int))];
        } control;
        struct iovec vector = {.iov_base = buffer, .iov_len = FRAME_BYTES};
        struct msghdr message = {.msg_iov = &vector,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof control};
        ssize_t size = recvmsg(worker->options->unit_fd, &message, MSG_CMSG_CLOEXEC);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return PROV_E_IO;
        if (size == 0)
            return PROV_OK;
        int fds[WORKER_UNITS_MESSAGE];
        size_t nfds = received_fds(&message, fds, WORKER_UNITS_MESSAGE);
        if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
            return PROV_E_PROTOCOL;
        TRY(add_units(worker, (struct bytes){.data = buffer, .size = (size_t)size}, fds, nfds));
    }
}

static int
load(struct worker *worker, struct err *err)
{
    const struct worker_options *options = worker->options;
    struct pool_work work = {.inspect = lane_inspect, .read = lane_read, .context = worker};
    if (pool_create(options->nlanes, &work, &worker->pool) != PROV_OK)
        return err_set(err, PROV_E_MEMORY, "out of memory while starting a worker");
    worker->benches = calloc(options->nlanes, sizeof *worker->benches);
    if (!worker->benches)
        return err_set(err, PROV_E_MEMORY, "out of memory while starting a worker");
    for (unsigned i = 0; i < options->nlanes; i++) {
        worker->benches[i].slot = &options->slots[i];
        TRY(bench_init(&worker->benches[i], options->plan, err));
    }
    return PROV_OK;
}

static int
enclose(const struct worker_options *options, struct err *err)
{
    struct sandbox_report report = {0};
    if (options->sandbox) {
        uint64_t lanes_bytes = (uint64_t)options->nlanes * LANE_ADDRESS_BYTES;
        struct sandbox_options sandbox = {.memory_bytes = options->plan->limits.worker_memory_bytes + lanes_bytes,
                                          .file_bytes = options->plan->limits.spool_bytes,
                                          .nfiles = OPEN_FILES_MAX,
                                          .parent_pid = getppid(),
                                          .starts_threads = true,
                                          .required = options->require_sandbox};
        TRY(sandbox_enter(&sandbox, &report, err));
    } else {
        (void)snprintf(report.reason, sizeof report.reason, "switched off by --no-sandbox");
    }
    struct buf frame = {0};
    char words[256];
    (void)snprintf(words, sizeof words, "%s%s%s", sandbox_name(&report), report.reason[0] ? ": " : "",
                   report.reason);
    TRY(wire_put_ready(&frame, words));
    write_all(options->fact_fd, buf_bytes(&frame));
    buf_finish(&frame);
    return PROV_OK;
}

_Noreturn void
worker_run(const struct worker_options *options)
{
    struct worker worker = {.options = options, .out_mutex = PTHREAD_MUTEX_INITIALIZER};
    struct err err = {0};
    /* To stop in good order is the supervisor's business, also when the whole group is told to: this process ends with it.
       Libraries must not write on our terminal. */
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    int quiet = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (quiet >= 0) {
        (void)dup2(quiet, STDIN_FILENO);
        (void)dup2(quiet, STDOUT_FILENO);
        (void)dup2(quiet, STDERR_FILENO);
        (void)close(quiet);
    }
    const int keep[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, options->unit_fd, options->fact_fd};
    uint8_t *buffer = malloc(FRAME_BYTES);
    int status = buffer && atexit(leave_now) == 0 ? sandbox_close_fds(keep, sizeof keep / sizeof keep[0], &err) : PROV_E_MEMORY;
    if (status == PROV_OK)
        status = load(&worker, &err);
    if (status == PROV_OK)
        status = enclose(options, &err);
    if (status == PROV_OK)
        status = pool_start(worker.pool);
    if (status == PROV_OK)
        status = receive(&worker, buffer);
    if (status != PROV_OK)
        worker_fail(&worker, status, &err);
    pool_drain(worker.pool);
    /* Nothing is freed by hand: the process ends here. Leak checkers look at the pool and benches in tests. */
    _exit(WORKER_DONE);
}

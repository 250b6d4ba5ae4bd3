/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor's side of the workers: units go out, facts come in, and a worker that dies costs one item.
 *
 *     waiting ──send──► sent ──WIRE_UNIT_END──► gone
 *        ▲                │
 *        └── retry ◄──────┘ the worker died or hung
 *
 * After a death every unit that was sent and not ended is suspect. They are read again one by one, each
 * alone in a worker with a single lane, so that a second death has one unit, one lane and, by the slot,
 * one item to blame. That item is marked as poison: from then on it is digested, not opened, and
 * carries parser.crash, parser.oom or parser.timeout. A unit with too many poisonous items is given up
 * and recorded as unread. When no suspect is left the ordinary worker comes back. A unit that passes
 * alone was innocent, and nothing is recorded.
 *
 * One thread, one poll: no lock, and a fork is clean at any time. Nothing here looks at a byte of the
 * data; what a worker says is decoded by wire.c, which believes nothing.
 */
#include "engine/supervise.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "engine/flights.h"
#include "engine/process.h"
#include "engine/wire.h"

enum {
    UNITS_FOR_LANE = 64,
    UNITS_UNDER_WAY_MAX = 512,
    READ_BYTES = 1 << 18,
    FRAMES_BYTES_MAX = 64 << 10,
    STEP_MS_MAX = 1000, /* a pause of our own (a slow disk) must not be taken for a hang of the worker */
};

struct supervisor {
    struct supervise_options options;
    struct process process;
    struct flights waiting, sent, retry;
    size_t nflights;
    bool alone;      /**< suspects are read one by one */
    bool ready;      /**< the worker closed its sandbox */
    bool timed_out;  /**< we killed it */
    struct buf in;   /**< bytes of frames that have not been decoded yet */
    size_t in_taken; /**< decoded bytes at the front of in */
    struct arena arena;
    uint64_t looked_ms; /**< when the lanes were last looked at */
    uint64_t silent_ms; /**< for how long the worker has owed us something and given no sign of life */
    uint64_t progress;  /**< of all lanes, when they were last looked at */
    unsigned ndeaths;
    char sandbox[256];
    char failure[ERR_TEXT_MAX]; /**< what the worker said of its own failure */
};

/* ---- the worker ---- */

static uint64_t
now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int
start_worker(struct supervisor *supervisor, struct err *err)
{
    struct worker_options options = {
        .plan = supervisor->options.plan,
        .nlanes = supervisor->alone ? 1 : supervisor->options.nlanes,
        .sandbox = supervisor->options.sandbox,
        .require_sandbox = supervisor->options.require_sandbox,
    };
    buf_clear(&supervisor->in);
    supervisor->in_taken = 0;
    supervisor->ready = supervisor->timed_out = false;
    supervisor->failure[0] = 0;
    supervisor->looked_ms = now_ms();
    supervisor->silent_ms = 0;
    return process_start(&supervisor->process, &options, err);
}

static const char *
end_words(enum process_end end, bool timed_out)
{
    if (timed_out)
        return "made no progress";
    return end == PROCESS_OUT_OF_MEMORY ? "ran out of memory" : end == PROCESS_CRASHED ? "crashed" : "failed";
}

static enum defect
end_defect(enum process_end end, bool timed_out)
{
    if (timed_out)
        return DEFECT_PARSER_TIMEOUT;
    return end == PROCESS_OUT_OF_MEMORY ? DEFECT_PARSER_OOM : DEFECT_PARSER_CRASH;
}

static int
begin_flight(struct supervisor *supervisor, struct flight *flight, struct err *err)
{
    if (flight->begun)
        return PROV_OK;
    flight->begun = true;
    flight->nitems = 0;
    const struct supervise_events *events = &supervisor->options.events;
    return events->begin_unit(events->context, flight->id, err);
}

static int
give_up(struct supervisor *supervisor, struct flight *flight, enum defect defect, struct err *err)
{
    const struct supervise_events *events = &supervisor->options.events;
    int status = begin_flight(supervisor, flight, err);
    if (status == PROV_OK)
        status = events->give_up(events->context, flight->id, &flight->unit, defect, err);
    flight_destroy(flight);
    supervisor->nflights--;
    return status;
}

/* The worker died while it read this unit alone: blame the item in the slot. False: blamed before, or too many. */
static bool
blame(const struct supervisor *supervisor, struct flight *flight, enum defect defect)
{
    const struct slot *slot = &supervisor->process.slots[0];
    uint32_t ordinal = 0;
    uint64_t item = atomic_load(&slot->item);
    if (atomic_load(&slot->unit) == flight->id + 1 && item > 0 && item <= UINT32_MAX)
        ordinal = (uint32_t)(item - 1);
    for (uint32_t i = 0; i < flight->npoison; i++)
        if (flight->poison[i].ordinal == ordinal)
            return false;
    if (flight->npoison == LIMIT_POISON_ITEMS_UNIT)
        return false;
    flight->poison[flight->npoison++] = (struct wire_poison){.ordinal = ordinal, .defect = defect};
    return true;
}

/* Everything the dead worker was reading becomes suspect, or, when it read one suspect alone, guilty. */
static int
accuse(struct supervisor *supervisor, enum process_end end, struct err *err)
{
    enum defect defect = end_defect(end, supervisor->timed_out);
    struct flights accused = supervisor->sent;
    if (!accused.first)
        return PROV_OK;
    flights_init(&supervisor->sent);
    int status = PROV_OK;
    while (accused.first) {
        struct flight *flight = flights_remove(&accused, &accused.first);
        flight->begun = false;
        bool guilty = supervisor->alone && flight->suspect;
        flight->suspect = true;
        if (guilty && !blame(supervisor, flight, defect)) {
            int given_up = give_up(supervisor, flight, defect, err);
            status = status == PROV_OK ? given_up : status;
        } else if (guilty) {
            /* At the front: the same unit goes on until it passes. */
            flight->next = supervisor->retry.first;
            supervisor->retry.first = flight;
            if (!flight->next)
                supervisor->retry.end = &flight->next;
        } else {
            flights_append(&supervisor->retry, flight);
        }
    }
    return status;
}

static int
after_death(struct supervisor *supervisor, struct err *err)
{
    enum process_end end = process_wait(&supervisor->process);
    bool ended_well = end == PROCESS_ENDED && !supervisor->timed_out;
    if (!ended_well && !supervisor->ready) {
        const char *words = supervisor->failure[0] ? supervisor->failure : end_words(end, supervisor->timed_out);
        return err_set(err, PROV_E_INTERNAL, "a worker could not start: %s", words);
    }
    if (!ended_well)
        supervisor->ndeaths++;
    TRY(accuse(supervisor, end, err));
    supervisor->alone = supervisor->retry.first != NULL;
    if (supervisor->nflights == 0)
        return PROV_OK;
    return start_worker(supervisor, err);
}

/* ---- messages ---- */

static int
on_message(struct supervisor *supervisor, const struct wire_message *message, struct err *err)
{
    const struct supervise_events *events = &supervisor->options.events;
    if (message->type == WIRE_READY) {
        supervisor->ready = true;
        size_t size = message->text.size < sizeof supervisor->sandbox ? message->text.size
                                                                      : sizeof supervisor->sandbox - 1;
        memcpy(supervisor->sandbox, message->text.data, size);
        supervisor->sandbox[size] = 0;
        return PROV_OK;
    }
    if (message->type == WIRE_FAILURE) {
        size_t size = message->text.size < ERR_TEXT_MAX ? message->text.size : ERR_TEXT_MAX - 1;
        memcpy(supervisor->failure, message->text.data, size);
        supervisor->failure[size] = 0;
        return PROV_OK;
    }
    struct flight **place = flights_find(&supervisor->sent, message->unit_id);
    if (!*place)
        return PROV_E_PROTOCOL;
    TRY(begin_flight(supervisor, *place, err));
    if (message->type == WIRE_ITEM) {
        (*place)->nitems++;
        return events->item(events->context, message->unit_id, &message->item, err);
    }
    if (message->nitems != (*place)->nitems)
        return PROV_E_PROTOCOL;
    struct flight *flight = flights_remove(&supervisor->sent, place);
    int status = events->end_unit(events->context, flight->id, &flight->unit.stamp, err);
    flight_destroy(flight);
    supervisor->nflights--;
    return status;
}

/* Decode all whole frames that have come. PROV_E_PROTOCOL: the worker is not to be believed any more. */
static int
take_frames(struct supervisor *supervisor, struct err *err)
{
    int status = PROV_OK;
    while (status == PROV_OK) {
        struct bytes left = {.data = supervisor->in.data + supervisor->in_taken,
                             .size = supervisor->in.size - supervisor->in_taken};
        struct bytes frame;
        size_t taken;
        TRY(wire_next_frame(left, &frame, &taken));
        if (taken == 0)
            break;
        struct wire_message message;
        arena_clear(&supervisor->arena);
        status = wire_decode(frame, &supervisor->arena, &message);
        if (status == PROV_OK)
            status = on_message(supervisor, &message, err);
        supervisor->in_taken += taken;
    }
    size_t rest = supervisor->in.size - supervisor->in_taken;
    if (supervisor->in_taken && rest)
        memmove(supervisor->in.data, supervisor->in.data + supervisor->in_taken, rest);
    supervisor->in.size = rest;
    supervisor->in_taken = 0;
    return status;
}

/* Read what the pipe holds. *ended: the worker closed it, or lied. */
static int
take_messages(struct supervisor *supervisor, bool *ended, struct err *err)
{
    *ended = false;
    for (int round = 0; round < 16; round++) {
        if (buf_reserve(&supervisor->in, READ_BYTES) != PROV_OK)
            return err_set(err, PROV_E_MEMORY, "out of memory while taking facts from a worker");
        ssize_t size = read(supervisor->process.fact_fd, supervisor->in.data + supervisor->in.size, READ_BYTES);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && errno == EAGAIN)
            return PROV_OK;
        if (size < 0)
            return err_set(err, PROV_E_INTERNAL, "reading from a worker: %s", strerror(errno));
        if (size == 0) {
            *ended = true;
            return PROV_OK;
        }
        supervisor->silent_ms = 0;
        supervisor->in.size += (size_t)size;
        int status = take_frames(supervisor, err);
        if (status == PROV_E_PROTOCOL) {
            process_kill(&supervisor->process);
            *ended = true;
            return PROV_OK;
        }
        TRY(status);
    }
    return PROV_OK;
}

/* ---- units out ---- */

/* A retried unit has to be opened again; one that cannot be any more is recorded and gone. */
static int
open_flight(struct supervisor *supervisor, struct flights *list, struct flight *flight, bool *gone, struct err *err)
{
    *gone = false;
    if (flight->fd >= 0)
        return PROV_OK;
    const struct supervise_events *events = &supervisor->options.events;
    enum defect defect = DEFECT_FS_IO_ERROR;
    int status = events->reopen(events->context, &flight->unit, &flight->fd, &defect);
    if (status != PROV_E_DATA)
        return status == PROV_OK ? PROV_OK : err_set(err, status, "cannot open a file again: %s", status_text(status));
    *gone = true;
    (void)flights_remove(list, &list->first);
    return give_up(supervisor, flight, defect, err);
}

static int
put_flight(struct buf *frames, const struct flight *flight)
{
    struct wire_unit unit = {
        .id = flight->id, .name = flight->name, .stamp = flight->unit.stamp, .npoison = flight->npoison};
    memcpy(unit.poison, flight->poison, sizeof unit.poison);
    return wire_put_unit(frames, &unit);
}

/* @return 1 sent, 0 not now, -1 the worker is gone */
static int
send_frames(const struct supervisor *supervisor, const struct buf *frames, const int *fds, size_t nfds)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(WORKER_UNITS_MESSAGE * sizeof(int))];
    } control = {0};
    struct iovec vector = {.iov_base = frames->data, .iov_len = frames->size};
    struct msghdr message = {.msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = CMSG_SPACE(nfds * sizeof(int))};
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(nfds * sizeof(int));
    memcpy(CMSG_DATA(&control.header), fds, nfds * sizeof(int));
    for (;;) {
        if (sendmsg(supervisor->process.unit_fd, &message, MSG_NOSIGNAL) >= 0)
            return 1;
        if (errno == EAGAIN || errno == ETOOMANYREFS || errno == ENOBUFS)
            return 0;
        if (errno != EINTR)
            return -1;
    }
}

/* Send one message of units from the front of a list. *sent tells whether any went. */
static int
send_some(struct supervisor *supervisor, struct flights *list, size_t nunits_max, bool *sent, struct err *err)
{
    struct buf frames = {0};
    int fds[WORKER_UNITS_MESSAGE];
    size_t nfds = 0;
    int status = PROV_OK;
    *sent = false;
    for (struct flight *flight = list->first; flight && nfds < nunits_max && frames.size < FRAMES_BYTES_MAX;) {
        struct flight *next = flight->next;
        bool gone;
        status = open_flight(supervisor, list, flight, &gone, err);
        if (status == PROV_OK && !gone) {
            status = put_flight(&frames, flight);
            fds[nfds++] = flight->fd;
        }
        if (status != PROV_OK)
            break;
        flight = next;
    }
    if (status == PROV_OK && nfds)
        *sent = send_frames(supervisor, &frames, fds, nfds) > 0;
    for (size_t i = 0; i < nfds && *sent; i++) {
        struct flight *flight = flights_remove(list, &list->first);
        (void)close(flight->fd);
        flight->fd = -1;
        flights_append(&supervisor->sent, flight);
    }
    buf_finish(&frames);
    return status;
}

static int
send_units(struct supervisor *supervisor, struct err *err)
{
    bool sent = true;
    if (supervisor->alone) {
        if (!supervisor->sent.first && supervisor->retry.first)
            return send_some(supervisor, &supervisor->retry, 1, &sent, err);
        /* No suspect is left: this worker may go, and the ordinary one comes back (after_death). */
        if (!supervisor->sent.first)
            process_close_units(&supervisor->process);
        return PROV_OK;
    }
    while (sent && supervisor->waiting.first)
        TRY(send_some(supervisor, &supervisor->waiting, WORKER_UNITS_MESSAGE, &sent, err));
    return PROV_OK;
}

/*
 * One lane that makes no progress is a stall; so is a worker that has units, or is to say that it is ready, and of which
 * nothing is seen or heard: its threads may be stopped where no lane is busy.
 */
static void
look_for_stall(struct supervisor *supervisor)
{
    uint64_t now = now_ms(), elapsed = now - supervisor->looked_ms;
    uint64_t progress = process_progress(&supervisor->process), limit_ms = supervisor->options.plan->limits.stall_ms;
    supervisor->looked_ms = now;
    if (elapsed > STEP_MS_MAX)
        elapsed = STEP_MS_MAX;
    bool owes = supervisor->sent.first || !supervisor->ready;
    supervisor->silent_ms = owes && progress == supervisor->progress ? supervisor->silent_ms + elapsed : 0;
    supervisor->progress = progress;
    if (!process_stalled(&supervisor->process, elapsed, limit_ms) && supervisor->silent_ms < limit_ms)
        return;
    supervisor->timed_out = true;
    process_kill(&supervisor->process);
}

/* ---- the public face ---- */

int
supervise_create(const struct supervise_options *options, struct supervisor **out, struct err *err)
{
    assert(options->nlanes >= 1 && options->nlanes <= WORKER_LANES_MAX);
    struct supervisor *supervisor = calloc(1, sizeof *supervisor);
    if (!supervisor)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    supervisor->options = *options;
    flights_init(&supervisor->waiting);
    flights_init(&supervisor->sent);
    flights_init(&supervisor->retry);
    int status = process_init(&supervisor->process, err);
    if (status == PROV_OK)
        status = start_worker(supervisor, err);
    bool ended = false;
    while (status == PROV_OK && !supervisor->ready && !ended) {
        struct pollfd poll_fd = {.fd = supervisor->process.fact_fd, .events = POLLIN};
        (void)poll(&poll_fd, 1, STEP_MS_MAX);
        status = take_messages(supervisor, &ended, err);
        look_for_stall(supervisor);
    }
    if (status == PROV_OK && !supervisor->ready)
        status = err_set(err, PROV_E_INTERNAL, "a worker could not start: %s",
                         supervisor->failure[0] ? supervisor->failure : "it ended at once");
    if (status != PROV_OK) {
        supervise_destroy(supervisor);
        return status;
    }
    *out = supervisor;
    return PROV_OK;
}

bool
supervise_has_room(const struct supervisor *supervisor)
{
    size_t room = (size_t)supervisor->options.nlanes * UNITS_FOR_LANE;
    return supervisor->nflights < (room < UNITS_UNDER_WAY_MAX ? room : UNITS_UNDER_WAY_MAX);
}

int
supervise_add(struct supervisor *supervisor, uint64_t unit_id, const struct unit *unit, int fd, struct err *err)
{
    struct flight *flight = calloc(1, sizeof *flight);
    uint8_t *path = malloc(unit->path.size + 1);
    if (!flight || !path) {
        free(flight);
        free(path);
        (void)close(fd);
        return err_set(err, PROV_E_MEMORY, "out of memory");
    }
    memcpy(path, unit->path.data, unit->path.size);
    flight->id = unit_id;
    flight->unit = *unit;
    flight->unit.path.data = flight->path = path;
    flight->unit.link = flight->unit.rule = (struct bytes){0};
    flight->fd = fd;
    const uint8_t *slash = memrchr(path, '/', unit->path.size);
    flight->name.data = slash ? slash + 1 : path;
    flight->name.size = unit->path.size - (size_t)(flight->name.data - path);
    flights_append(&supervisor->waiting, flight);
    supervisor->nflights++;
    return PROV_OK;
}

size_t
supervise_pending(const struct supervisor *supervisor)
{
    return supervisor->nflights;
}

int
supervise_step(struct supervisor *supervisor, int wake_fd, int timeout_ms, struct err *err)
{
    if (!supervisor->process.pid) {
        if (supervisor->nflights == 0)
            return PROV_OK;
        TRY(start_worker(supervisor, err));
    }
    TRY(send_units(supervisor, err));
    struct pollfd fds[] = {
        {.fd = supervisor->process.fact_fd, .events = POLLIN},
        {.fd = wake_fd, .events = POLLIN},
        {.fd = supervisor->waiting.first && !supervisor->alone ? supervisor->process.unit_fd : -1,
         .events = POLLOUT},
    };
    if (poll(fds, 3, timeout_ms < STEP_MS_MAX ? timeout_ms : STEP_MS_MAX) < 0 && errno != EINTR)
        return err_set(err, PROV_E_INTERNAL, "poll: %s", strerror(errno));
    bool ended = false;
    TRY(take_messages(supervisor, &ended, err));
    if (ended)
        return after_death(supervisor, err);
    look_for_stall(supervisor);
    return PROV_OK;
}

uint64_t
supervise_progress(const struct supervisor *supervisor)
{
    return process_progress(&supervisor->process);
}

const char *
supervise_sandbox(const struct supervisor *supervisor)
{
    return supervisor->sandbox;
}

unsigned
supervise_deaths(const struct supervisor *supervisor)
{
    return supervisor->ndeaths;
}

void
supervise_destroy(struct supervisor *supervisor)
{
    if (!supervisor)
        return;
    process_finish(&supervisor->process);
    flights_finish(&supervisor->waiting);
    flights_finish(&supervisor->sent);
    flights_finish(&supervisor->retry);
    buf_finish(&supervisor->in);
    arena_finish(&supervisor->arena);
    free(supervisor);
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_WORKER_H
#define ENGINE_WORKER_H

#include <stdbool.h>

#include "engine/parcel.h"
#include "engine/plan.h"

/** How a worker process ends when it is our failure and not a signal. */
enum worker_exit {
    WORKER_DONE = 0,
    WORKER_MEMORY = 77, /**< an allocation failed, ours or a library's */
    WORKER_FAILED = 78, /**< another failure, told in a WIRE_FAILURE message */
};

enum { WORKER_LANES_MAX = 256, WORKER_UNITS_MESSAGE = 32 };

struct worker_options {
    const struct plan *plan; /**< made before the fork */
    struct slot *slots;      /**< one a lane, in memory shared with the supervisor */
    unsigned nlanes;
    int unit_fd;             /**< a SOCK_SEQPACKET socket: WIRE_UNIT messages with descriptors come in */
    int fact_fd;             /**< a pipe: messages go out */
    bool sandbox;            /**< false: --no-sandbox */
    bool require_sandbox;
};

/**
 * Be a worker: the body of a forked process. Closes the sandbox, says WIRE_READY, reads units until
 * the socket ends, and does not return.
 */
_Noreturn void worker_run(const struct worker_options *options);

#endif

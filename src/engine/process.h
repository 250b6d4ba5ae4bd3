/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_PROCESS_H
#define ENGINE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "engine/worker.h"

/** One worker process as its parent sees it. Zero-initialise. */
struct process {
    pid_t pid;   /**< 0: not running */
    int unit_fd; /**< units go in; -1 when closed */
    int fact_fd; /**< messages come out, not blocking; -1 when closed */
    unsigned nlanes;
    struct slot *slots;      /**< shared with the worker: WORKER_LANES_MAX of them */
    uint64_t *last_progress; /**< of each lane, as last looked at */
    uint64_t *stalled_ms;    /**< of each lane, without progress */
};

/** How a worker ended. */
enum process_end { PROCESS_ENDED, PROCESS_CRASHED, PROCESS_OUT_OF_MEMORY, PROCESS_FAILED };

int process_init(struct process *process, struct err *err);
void process_finish(struct process *process); /**< kills what runs; NULL-safe, zeroed-safe */

/** Fork a worker. @return PROV_OK, PROV_E_INTERNAL */
int process_start(struct process *process, const struct worker_options *options, struct err *err);

/** Say that no more units come: the worker ends when it is done. */
void process_close_units(struct process *process);

/** Kill it (SIGKILL). */
void process_kill(struct process *process);

/** Wait for its end; the pipe must have been read to its end, or nobody cares. */
enum process_end process_wait(struct process *process);

/** True when a busy lane made no progress for limit_ms. @param elapsed_ms  since the last call */
bool process_stalled(struct process *process, uint64_t elapsed_ms, uint64_t limit_ms);

/** Sum of the progress of all lanes. */
uint64_t process_progress(const struct process *process);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_SUPERVISE_H
#define ENGINE_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "engine/plan.h"
#include "model/defect.h"
#include "model/item.h"
#include "model/unit.h"

struct supervisor;

/** What the supervisor tells its owner; each returns a status that ends the scan when it is not PROV_OK. */
struct supervise_events {
    /** The first item of a unit is about to come, also again after a failed attempt: forget what there was. */
    int (*begin_unit)(void *context, uint64_t unit_id, struct err *err);
    int (*item)(void *context, uint64_t unit_id, const struct item *item, struct err *err);
    int (*end_unit)(void *context, uint64_t unit_id, const struct unit_stamp *stamp, struct err *err);

    /** The unit ended too many workers; nothing can be told of it but this. begin_unit was called. */
    int (*give_up)(void *context, uint64_t unit_id, const struct unit *unit, enum defect defect, struct err *err);

    /** Open a unit once more. @return PROV_OK; PROV_E_DATA when it cannot be opened any more (defect says why) */
    int (*reopen)(void *context, const struct unit *unit, int *fd, enum defect *defect);
    void *context;
};

struct supervise_options {
    const struct plan *plan;
    unsigned nlanes; /**< threads of the worker */
    bool sandbox, require_sandbox;
    struct supervise_events events;
};

/** Starts a worker. @return PROV_OK, PROV_E_MEMORY, PROV_E_INTERNAL, PROV_E_USAGE (sandbox required, not there) */
int supervise_create(const struct supervise_options *options, struct supervisor **supervisor, struct err *err);

/** True when another unit may be added now. */
bool supervise_has_room(const struct supervisor *supervisor);

/** Give a unit to the worker. @param unit  copied  @param fd  taken */
int supervise_add(struct supervisor *supervisor, uint64_t unit_id, const struct unit *unit, int fd,
                  struct err *err);

/** Number of units given and not yet ended. */
size_t supervise_pending(const struct supervisor *supervisor);

/**
 * Let things happen for at most timeout_ms: send units, take messages (calling the events), and deal
 * with a worker that died or hangs.
 *
 * @param wake_fd  also return when this is readable; -1: none
 */
int supervise_step(struct supervisor *supervisor, int wake_fd, int timeout_ms, struct err *err);

/** Bytes that the lanes have read, decoded and inspected so far: for showing progress. */
uint64_t supervise_progress(const struct supervisor *supervisor);

/** How the sandbox of the latest worker is closed; valid until the supervisor is destroyed. */
const char *supervise_sandbox(const struct supervisor *supervisor);

/** Workers that died on us so far. */
unsigned supervise_deaths(const struct supervisor *supervisor);

/** Ends the worker at once, whatever it is doing. NULL is fine. */
void supervise_destroy(struct supervisor *supervisor);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_COLLECT_H
#define ENGINE_COLLECT_H

#include "engine/parcel.h"
#include "engine/pool.h"

/**
 * Read one unit: its items go, block by block, to whichever lane has time.
 *
 * @param job  taken: released when the reader is done
 * @return PROV_OK; PROV_E_MEMORY and other failures of ours, err worded
 */
int collect_unit(struct pool *pool, struct lane *lane, struct bench *bench, struct unit_job *job,
                 struct err *err);

/** Inspect a block that collect_unit made ready. */
int collect_inspect(struct pool *pool, struct bench *bench, struct block *block);

#endif

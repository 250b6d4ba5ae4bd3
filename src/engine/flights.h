/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_FLIGHTS_H
#define ENGINE_FLIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/wire.h"
#include "model/unit.h"

/** One unit that is on its way through a worker: waiting, sent, or to be read again. */
struct flight {
    struct flight *next;
    uint64_t id;
    struct unit unit; /**< of its bytes only the path is kept */
    uint8_t *path;    /**< owned: what unit.path points at */
    struct bytes name;
    int fd;     /**< -1 once sent */
    bool begun; /**< begin_unit was told for this attempt */
    bool suspect;
    uint32_t nitems; /**< that came since begin_unit */
    struct wire_poison poison[LIMIT_POISON_ITEMS_UNIT];
    uint32_t npoison;
};

/** A queue of them. */
struct flights {
    struct flight *first, **end; /**< end is where the next one goes */
};

void flights_init(struct flights *list);
void flights_append(struct flights *list, struct flight *flight);

/** Take one out. @param place  what points to it: &list->first, or from flights_find */
struct flight *flights_remove(struct flights *list, struct flight **place);

/** @return what points to the flight of this unit, or to NULL */
struct flight **flights_find(struct flights *list, uint64_t id);

/** Close its file and free it. */
void flight_destroy(struct flight *flight);
void flights_finish(struct flights *list);

#endif

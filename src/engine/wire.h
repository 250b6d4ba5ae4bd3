/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_WIRE_H
#define ENGINE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"
#include "model/defect.h"
#include "model/item.h"
#include "model/unit.h"

/** Messages between the supervisor and a worker; the first byte of each. */
enum wire_type {
    WIRE_UNIT = 1,     /**< to the worker: read this; the descriptor travels beside it */
    WIRE_ITEM = 2,     /**< from the worker: one finished item */
    WIRE_UNIT_END = 3, /**< from the worker: all items of the unit were sent */
    WIRE_FAILURE = 4,  /**< from the worker: a failure of ours, worded */
    WIRE_READY = 5,    /**< from the worker: the sandbox is closed; how, in words */
};

/** An item of a unit that must not be opened again, and why. */
struct wire_poison {
    uint32_t ordinal;
    enum defect defect;
};

/** The order to read one unit. */
struct wire_unit {
    uint64_t id;
    struct bytes name; /**< of the file, raw bytes */
    struct unit_stamp stamp;
    struct wire_poison poison[LIMIT_POISON_ITEMS_UNIT];
    uint32_t npoison;
};

/** Any message from a worker, decoded. Its bytes lie in the frame, its arrays in the arena. */
struct wire_message {
    enum wire_type type;
    uint64_t unit_id;  /**< ITEM, UNIT_END */
    struct item item;  /**< ITEM */
    uint32_t nitems;   /**< UNIT_END */
    int status;        /**< FAILURE */
    struct bytes text; /**< FAILURE, READY */
};

/** Append a frame (32-bit size, type, content) to out. @return PROV_OK, PROV_E_MEMORY */
int wire_put_unit(struct buf *out, const struct wire_unit *unit);
int wire_put_item(struct buf *out, uint64_t unit_id, const struct item *item);
int wire_put_unit_end(struct buf *out, uint64_t unit_id, uint32_t nitems);
int wire_put_failure(struct buf *out, int status, const char *text);
int wire_put_ready(struct buf *out, const char *text);

/**
 * Find the next whole frame at the front of a stream of frames.
 *
 * @param frame  the content after the size, size 0 when more bytes are needed
 * @param taken  bytes of data that the frame occupies
 * @return PROV_OK; PROV_E_PROTOCOL when the size is impossible
 */
int wire_next_frame(struct bytes data, struct bytes *frame, size_t *taken);

/**
 * Decode a frame from a worker, which is not trusted: every size, count and enumerator is checked.
 *
 * @return PROV_OK; PROV_E_PROTOCOL; PROV_E_MEMORY
 */
int wire_decode(struct bytes frame, struct arena *arena, struct wire_message *message);

/** Decode WIRE_UNIT. @return PROV_OK, PROV_E_PROTOCOL */
int wire_decode_unit(struct bytes frame, struct wire_unit *unit);

#endif

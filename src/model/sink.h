/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_SINK_H
#define MODEL_SINK_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "model/defect.h"
#include "model/item.h"

/**
 * Where readers put what they read. Readers (ingest/) turn the bytes of one unit into items; what
 * becomes of the items (digests, inspectors, messages) is the engine's.
 *
 * Contract, per unit, all calls from the one thread that reads it:
 *
 *   call    | when                                         | obligation of the reader
 *   --------+----------------------------------------------+--------------------------------------------
 *   begin   | once an item, its container begun before it  | items nest: a container ends after its members
 *   data    | any number, in order of bytes                | all stored bytes of the item once, without gaps;
 *           |                                              | data of a container and of its members may interleave
 *   defect  | between begin and end of the item            | one call a fault, worded for a person
 *   fact    | between begin and end of the item            | facts only a reader can know (attributes)
 *   end     | once an item                                 | item is not touched afterwards
 *
 * Each returns PROV_OK or a status that ends the unit (memory, interruption); the reader then
 * releases its own resources and passes the status up. After such a status no item need be ended.
 *
 * ITEM_OPAQUE set in item->head.flags after begin means: do not open it, only pass its data.
 */
struct sink {
    /** @param item  the new item; owned by the sink, valid until end */
    int (*begin)(struct sink *sink, const struct item_head *head, struct item **item);
    int (*data)(struct sink *sink, struct item *item, const uint8_t *data, size_t size);
    int (*defect)(struct sink *sink, struct item *item, enum defect defect, uint64_t offset, const char *text);
    int (*fact)(struct sink *sink, struct item *item, const struct fact *fact);
    int (*end)(struct sink *sink, struct item *item);
};

/** Word a defect with a format; cut at LIMIT_DETAIL_BYTES. */
int sink_defect(struct sink *sink, struct item *item, enum defect defect, uint64_t offset, const char *format,
                ...) __attribute__((format(printf, 5, 6)));

#endif

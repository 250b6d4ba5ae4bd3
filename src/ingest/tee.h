/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_TEE_H
#define INGEST_TEE_H

#include "ingest/stream.h"

/**
 * A stream that hands on what the stream below it gives, and shows every byte to the sink as data of
 * item on the way: exactly once, in order, and only when somebody pulls. Draining it completes the item.
 *
 * @param below  borrowed until the tee is closed; bytes already peeked but not taken are shown as well
 * @return PROV_OK, PROV_E_MEMORY
 */
int tee_open(struct stream *below, struct reading *reading, struct item *item, struct stream **stream);

#endif

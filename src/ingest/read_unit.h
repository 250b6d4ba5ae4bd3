/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_READ_UNIT_H
#define INGEST_READ_UNIT_H

#include "base/limits.h"
#include "base/status.h"
#include "model/sink.h"
#include "model/unit.h"

/** What a reader needs to know beside the bytes. */
struct read_unit_options {
    const struct limits *limits; /**< borrowed */
    int fd;                      /**< the open file; borrowed; read from its start, by pread */
    struct bytes name;           /**< the file's own name (hint for formats without a signature) */
    struct unit_stamp stamp;     /**< as crawled: a difference at the end is fs.changed_during_scan */
    uint64_t *progress;          /**< bumped (relaxed atomic add) by the bytes read and decoded; may be NULL */
};

/**
 * Read one unit to its last byte: the file itself, and when it is an archive or a compressed stream
 * everything in it, at any depth the limits allow. All of it goes to the sink; every fault of the data
 * is a defect there.
 *
 * Thread: any; one unit is read by one thread.
 * @return PROV_OK, also when the data was bad; PROV_E_MEMORY; PROV_E_INTERRUPTED and other statuses of the sink
 */
int read_unit(const struct read_unit_options *options, struct sink *sink, struct err *err);

#endif

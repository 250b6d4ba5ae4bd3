/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_ITEMS_H
#define REPORT_ITEMS_H

#include <stdint.h>

#include "base/db.h"
#include "base/digest.h"
#include "base/status.h"

/** What was written. */
struct items_written {
    uint8_t sha256[SHA256_SIZE]; /**< of the file */
    uint64_t nlines, nbytes;     /**< lines of JSON; bytes of the file */
};

/**
 * Write items.jsonl.zst: one JSON object a line for each item, in the order of the crawl, with its facts,
 * their samples (evidence masked), its source, the license that governs it and what the rules said of it.
 *
 * @param path  of the file; it appears whole or not at all
 * @return PROV_OK, PROV_E_IO, PROV_E_STORE, PROV_E_MEMORY
 */
int items_write(struct db *db, const char *path, struct items_written *written, struct err *err);

#endif

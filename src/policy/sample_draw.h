/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_SAMPLE_DRAW_H
#define POLICY_SAMPLE_DRAW_H

#include <stddef.h>
#include <stdint.h>

#include "base/db.h"
#include "base/status.h"

/** One entry of a sample: an item, or one record of it. */
struct sample_entry {
    int64_t unit, item; /**< unit.id and item.ordinal */
    uint64_t row;       /**< 1-based record; 0: the item as a whole */
    uint32_t source;
};

/** The entries of one source. */
struct sample_stratum {
    uint64_t population, ndrawn;
};

/** A sample, in the order of the crawl. Zero-initialise. */
struct sample {
    struct sample_entry *entries; /**< nentries; owned */
    size_t nentries;
    struct sample_stratum *strata; /**< one for each source, [0] the undeclared; nstrata; owned */
    size_t nstrata;
    uint64_t population;
};

enum { SAMPLE_MAX = 1000000 };

/**
 * Draw a sample from a judged store, stratified by source in proportion to its entries. The same seed and
 * content give the same sample, so nobody can choose a nice one; the recipe is at the top of sample_draw.c.
 *
 * @param seed  a text, such as "tc260:<root digest>"
 * @param n     entries wanted, at most SAMPLE_MAX; all when there are no more
 * @return PROV_OK, PROV_E_STORE, PROV_E_MEMORY
 */
int sample_draw(struct db *db, const char *seed, uint64_t n, struct sample *sample, struct err *err);
void sample_finish(struct sample *sample); /**< zeroed afterwards */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_LICENSE_H
#define INSPECT_LICENSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

/** A run of words that a text lacks or has too many, against the license it is a copy of. */
struct license_difference {
    uint64_t offset, length; /**< bytes in the text; length 0 where words are missing */
    uint32_t reference;      /**< place of the first missing token in the license */
    uint32_t nmissing;       /**< required tokens of the license that are not there */
    uint32_t ninserted;      /**< words of the text that the license does not have */
};

/** Room for differences. */
struct license_differences {
    struct license_difference *items; /**< borrowed */
    size_t capacity, count;
};

/**
 * Where the license text that covers a byte differs from its license.
 *
 * @param plan, scratch  of the license inspector
 * @param offset         of a FACT_LICENSE of a text in this very text
 * @param differences    filled in, in order, as many as there is room for
 * @return PROV_OK; PROV_E_DATA when no license text begins at offset; PROV_E_MEMORY
 */
int license_differences(const void *plan, void *scratch, struct bytes text, uint64_t offset,
                        struct license_differences *differences);

/** Release of the license list in the plan, e.g. "3.28.0"; valid as long as the plan. */
const char *license_release(const void *plan);

#endif

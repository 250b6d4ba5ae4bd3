/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_JSON_CHECK_H
#define BASE_JSON_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

/** Where a value of a text stands. */
struct json_mark {
    uint32_t offset; /**< of its first byte */
    unsigned line;   /**< from 1; of the key of a member */
};

/** All values of a text in the order of their beginnings. Zero-initialise; release marks. */
struct json_marks {
    struct json_mark *marks; /**< owned */
    size_t count, capacity;
};

/**
 * Check that a text is JSON of ours, and note where its values stand.
 *
 * @param name  of the file, for messages
 * @return PROV_OK, PROV_E_POLICY ("file:line: words"), PROV_E_MEMORY
 */
int json_check(const char *name, struct bytes text, struct json_marks *marks, struct err *err);

#endif

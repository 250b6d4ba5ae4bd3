/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_VALUE_KEY_H
#define MODEL_VALUE_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum { VALUE_KEY_SIZE = 32 };

/** The secret under which values of findings are hashed. */
struct value_key {
    uint8_t bytes[VALUE_KEY_SIZE];
    bool known; /**< else nothing is hashed */
};

/**
 * The hash of a value: the first 64 bits of HMAC-SHA-256 of the detector's id, a zero byte and the value.
 * Numbers of persons can be enumerated, so only the key keeps anybody from going the other way.
 *
 * @param detector  id
 * @param value     normalised as the detector has it
 * @return never 0, but when the key is not known
 */
uint64_t value_key_hash(const struct value_key *key, const char *detector, struct bytes value);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyed hashes of what was found: equal values give equal hashes in one scan, and nothing to anybody without
 * its key.
 */
#include "model/value_key.h"

#include <string.h>

#include "base/digest.h"
#include "base/status.h"

enum { INPUT_BYTES = 1024 };

uint64_t
value_key_hash(const struct value_key *key, const char *detector, struct bytes value)
{
    uint8_t input[INPUT_BYTES], mac[SHA256_SIZE];
    uint64_t hash = 0;
    size_t id = strlen(detector) + 1;
    if (!key->known || id > sizeof input)
        return 0;
    size_t size = value.size < sizeof input - id ? value.size : sizeof input - id;
    memcpy(input, detector, id);
    if (size)
        memcpy(input + id, value.data, size);
    if (hmac_sha256(key->bytes, sizeof key->bytes, input, id + size, mac) != PROV_OK)
        return 0;
    memcpy(&hash, mac, sizeof hash);
    return hash ? hash : 1;
}

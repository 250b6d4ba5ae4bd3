/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_LICENSE_ROW_H
#define INSPECT_LICENSE_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "inspect/license_token.h"

/** Number of words that a fingerprint covers. */
enum { LICENSE_GRAM_WORDS = 5 };

/** What texts are compared by: the words that say something, one after the other. Zero-initialise; reused. */
struct license_row {
    uint32_t *words;  /**< hashes; owned */
    uint32_t *places; /**< for each word its index in the tokens it was taken from; owned */
    size_t nwords;
    size_t capacity;
};

/**
 * Take the row of a text: its tokens without those that two copies of one license differ in without saying
 * anything different.
 *
 * @param neutral  flags of the tokens to leave out: TOKEN_NEUTRAL, or fewer
 * @return PROV_OK, PROV_E_MEMORY
 */
int license_row_take(const struct license_tokens *tokens, uint8_t neutral, struct license_row *row);
void license_row_finish(struct license_row *row);

/** The first word of the row that was taken from this token or a later one; nwords when there is none. */
size_t license_row_at(const struct license_row *row, size_t token);

/** The hash of a row of words: equal for copies that differ in nothing. */
uint64_t license_row_hash(const uint32_t *words, size_t nwords);

/** The hash of words[0 .. LICENSE_GRAM_WORDS - 1] under the salt of an index. */
static inline uint64_t
license_gram(const uint32_t *words, uint64_t salt)
{
    uint64_t hash = salt;
    for (size_t i = 0; i < LICENSE_GRAM_WORDS; i++)
        hash = (hash + words[i]) * 0xd6e8feb86659fd93u;
    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93u;
    return hash ^ hash >> 32;
}

#endif

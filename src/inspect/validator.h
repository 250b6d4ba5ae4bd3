/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_VALIDATOR_H
#define INSPECT_VALIDATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/detector.h"

/** What a candidate says once its separators are gone, and what checks find out about it. */
struct value {
    const uint8_t *chars; /**< ASCII; letters in upper case unless the detector keeps case */
    size_t size;          /**< a check may make it smaller: then only the beginning is the finding */
    int today;            /**< YYYYMMDD: dates of birth lie before (a year of grace, see validator_pass) */
    int birth;            /**< out: YYYYMMDD of a full date of birth; 0 */
};

/**
 * Does the value pass one check? Pure; time linear in value->size.
 *
 * Dates may lie up to a year behind today: today is a parameter of the policy and ages with it.
 */
bool validator_pass(const struct detector_check *check, struct value *value);

/** Families with a file of their own: validator_token.c */
bool validator_entropy(const struct detector_check *check, struct bytes text);
bool validator_mixed(const struct detector_check *check, struct bytes text);
bool validator_crc32_base62(struct bytes text);
bool validator_crc32_hex(struct bytes text);
bool validator_jwt(struct bytes text);
bool validator_basic_auth(struct bytes text);

/** validator_coin.c */
bool validator_base58check(const struct detector_check *check, struct bytes text);
bool validator_bech32(const struct detector_check *check, struct bytes text);
bool validator_eip55(struct bytes text);

#endif

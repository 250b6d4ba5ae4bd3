/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_SCAN_KEY_H
#define ENGINE_SCAN_KEY_H

#include "base/digest.h"
#include "base/status.h"
#include "model/value_key.h"

/**
 * The key of a scan, OUT/scan.key: made when it is not there, readable by its owner alone. It is in no report
 * and in no store: who is to look values up needs the file, who is to read the manifest must not get it.
 *
 * @return PROV_OK; PROV_E_IO, PROV_E_USAGE (the file is no key), err worded
 */
int scan_key_open(const char *out_dir, struct value_key *key, struct err *err);

/** Read the key that a scan left. @return PROV_OK; PROV_E_USAGE when there is none, err worded */
int scan_key_read(const char *out_dir, struct value_key *key, struct err *err);

/** The digest of a plan under a key: with another key everything is read again. @return PROV_OK,
 * PROV_E_MEMORY */
int scan_key_mix(const struct value_key *key, const uint8_t plan[SHA256_SIZE], uint8_t mixed[SHA256_SIZE],
                 struct err *err);

#endif

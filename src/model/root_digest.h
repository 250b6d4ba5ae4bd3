/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_ROOT_DIGEST_H
#define MODEL_ROOT_DIGEST_H

#include "base/db.h"
#include "base/digest.h"
#include "base/status.h"

/**
 * One digest for the content of a whole scan: what two people compare to know that they speak of the same
 * dataset, what a sample is drawn from, and what a waiver for the dataset is bound to.
 *
 * It is the SHA-256 of one record for each entry in the order of root and path: a letter for its kind, the
 * SHA-256 of its content, its size, the number of its root, its path, a NUL.
 *
 * @param hex  filled on success
 * @return PROV_OK, PROV_E_STORE, PROV_E_MEMORY
 */
int root_digest(struct db *db, char hex[2 * SHA256_SIZE + 1], struct err *err);

#endif

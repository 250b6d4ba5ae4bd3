/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_POLICY_NEW_H
#define CMD_POLICY_NEW_H

struct err;

/**
 * Write a first pack that extends another, and is as it should be.
 *
 * @param id       of the new pack
 * @param extends  an id; NULL: "core"
 * @param path     the file, which must not exist; NULL: ID.json here
 * @return PROV_OK; PROV_E_USAGE (no id, no such pack, the file is there), PROV_E_IO, PROV_E_MEMORY
 */
int policy_new(const char *dir, const char *id, const char *extends, const char *path, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_SOURCES_H
#define CMD_SOURCES_H

#include <stddef.h>

#include "base/status.h"

/** What `provscan sources` is asked. Texts are borrowed; NULL where nothing was said. */
struct sources_request {
    const char *verb;    /**< init, check */
    const char *operand; /**< init: the folder of a scan; check: a declaration */
    const char *output;  /**< init: where to write */
    const char *scan;    /**< check: the folder of a scan whose files it is held against */
    const char *as_of;   /**< check: the day, YYYY-MM-DD */
    const char *policy_dir;
};

/**
 * Write a first declaration from what a scan found, and tell what only a person can add.
 *
 * @return PROV_OK; PROV_E_USAGE (no scan, the file exists), PROV_E_IO, PROV_E_STORE, PROV_E_MEMORY
 */
int sources_init(const struct sources_request *request, struct err *err);

/**
 * Read a declaration strictly, look at its files of evidence and its term list, and tell what is to be put
 * right.
 *
 * @param nfaults  things to put right
 * @return PROV_OK; PROV_E_POLICY (the declaration cannot be read), PROV_E_IO, PROV_E_STORE, PROV_E_MEMORY
 */
int sources_check(const struct sources_request *request, size_t *nfaults, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_SCAN_H
#define ENGINE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"

/** Where a scan stands. */
struct scan_progress {
    uint64_t nunits;      /**< found so far */
    uint64_t nunits_done; /**< read, or known from an earlier scan */
    uint64_t bytes;       /**< of files found so far */
    uint64_t bytes_done;  /**< of files read or known */
    uint64_t bytes_worked;/**< read, decoded and inspected by the lanes: moves inside a huge file too */
    uint64_t nitems;
    unsigned ndeaths;     /**< workers that died */
    bool crawled;         /**< everything was found */
};

/** What to scan, how and where to. Borrowed for the call. */
struct scan_options {
    const struct bytes *roots;
    size_t nroots;
    const char *const *excludes;
    size_t nexcludes;
    const char *out_dir;    /**< made when it is not there; holds scan.db afterwards */
    const char *policy_dir;
    const char *cache_dir;  /**< for compiled pattern databases; NULL: none */
    struct limits limits;
    unsigned nlanes;        /**< threads that read and inspect, 1..256 */
    bool sandbox, require_sandbox;
    int interrupt_fd;       /**< readable when the scan is to stop; -1: none */

    /** Called on the caller's thread, at most about ten times a second; NULL: not. */
    void (*progress)(void *context, const struct scan_progress *progress);
    void *progress_context;
};

/**
 * Turn everything under the roots into facts in out_dir/scan.db. A scan that was stopped or died goes on
 * where it was; after a change only what changed is read.
 *
 * @param last  how far it came; may be NULL
 * @return PROV_OK; PROV_E_INTERRUPTED (the same call goes on later); PROV_E_USAGE, PROV_E_POLICY, PROV_E_STORE,
 *         PROV_E_IO, PROV_E_MEMORY, PROV_E_INTERNAL, err worded
 *
 * Thread: one; forks worker processes, so the caller should have no other threads.
 */
int scan_run(const struct scan_options *options, struct scan_progress *last, struct err *err);

/** The versions of the libraries inside, as a JSON object. @return PROV_OK, PROV_E_MEMORY */
int scan_library_versions(struct buf *json);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_SCAN_OPTIONS_H
#define CMD_SCAN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"
#include "cmd/options.h"

/** The command line of `provscan scan`, read. Zero-initialise; scan_options_finish releases. */
struct scan_command {
    struct bytes *roots; /**< array owned; texts lie in argv or in listed */
    size_t nroots;
    struct option_words excludes, policies, formats;
    struct buf listed; /**< content of --files-from0 */
    const char *out_dir, *policy_dir, *cache_dir, *purpose, *as_of, *sources, *waivers, *language;
    struct limits limits;
    unsigned njobs;
    bool no_sandbox, require_sandbox, quiet, verbose, fresh;
    enum when progress, color;
};

extern const char scan_usage[];

/** @return PROV_OK, PROV_E_USAGE, PROV_E_MEMORY, PROV_E_IO, err worded */
int scan_options_read(int argc, char **argv, struct scan_command *command, struct err *err);
void scan_options_finish(struct scan_command *command);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_SCAN_OPTIONS_H
#define CMD_SCAN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"

/** When to show something: on a terminal, never, always. */
enum when { WHEN_AUTO, WHEN_NEVER, WHEN_ALWAYS };

/** The command line of `provscan scan`, read. Zero-initialise; scan_options_finish releases. */
struct scan_command {
    struct bytes *roots; /**< array owned; texts lie in argv or in listed */
    size_t nroots;
    const char **excludes;
    size_t nexcludes;
    const char **policies;
    size_t npolicies;
    const char **formats;
    size_t nformats;
    struct buf listed; /**< content of --files-from0 */
    const char *out_dir, *policy_dir, *cache_dir, *purpose, *as_of, *sources;
    struct limits limits;
    unsigned njobs;
    bool no_sandbox, require_sandbox, quiet, fresh;
    unsigned verbose;
    enum when progress, color;
};

extern const char scan_usage[];

/** @return PROV_OK, PROV_E_USAGE, PROV_E_MEMORY, PROV_E_IO, err worded */
int scan_options_read(int argc, char **argv, struct scan_command *command, struct err *err);
void scan_options_finish(struct scan_command *command);

/** --color and --progress against the terminal and NO_COLOR. */
bool when_holds(enum when when, int fd);

#endif

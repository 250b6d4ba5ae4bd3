/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan version`: what produced an answer.
 */
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "cmd/command.h"
#include "engine/scan.h"
#include "version.h"

static int
version_main(int argc, char **argv)
{
    if (argc == 1) {
        puts("provscan " PROVSCAN_VERSION);
        return EXIT_ALLOW;
    }
    struct err err = {0};
    if (argc != 2 || strcmp(argv[1], "--json") != 0) {
        (void)err_set(&err, PROV_E_USAGE, "version: unknown option '%s'", argv[1]);
        return command_fail(&err);
    }
    struct buf libraries = {0};
    if (scan_library_versions(&libraries) != PROV_OK) {
        (void)err_set(&err, PROV_E_MEMORY, "out of memory");
        return command_fail(&err);
    }
    printf("{\"provscan\":\"%s\",\"libraries\":%s}\n", PROVSCAN_VERSION, buf_text(&libraries));
    buf_finish(&libraries);
    return EXIT_ALLOW;
}

const struct command COMMAND_version = {
    .name = "version",
    .summary = "print the version; --json adds the libraries",
    .usage = "usage: provscan version [--json]\n",
    .run = version_main,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan version`: what produced an answer.
 */
#include <stdio.h>

#include "base/bytes.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/page.h"
#include "engine/scan.h"
#include "version.h"

static const struct option option_table[] = {{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};

static int
take_option(void *context, int option, char *value, struct err *err)
{
    (void)option;
    (void)value;
    (void)err;
    *(bool *)context = true;
    return PROV_OK;
}

static int
print_version(bool json, struct err *err)
{
    struct buf libraries = {0};
    if (json && scan_library_versions(&libraries) != PROV_OK)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    if (json)
        printf("{\"provscan\":\"%s\",\"libraries\":%s}\n", PROVSCAN_VERSION, buf_text(&libraries));
    else
        puts("provscan " PROVSCAN_VERSION);
    buf_finish(&libraries);
    return page_end(err);
}

static int
version_main(int argc, char **argv)
{
    struct err err = {0};
    bool json = false;
    const struct option_set set = {
        .command = "version", .letters = ":", .table = option_table, .take = take_option, .context = &json};
    int noperands = 0, status = options_read(&set, argc, argv, &noperands, &err);
    if (status == PROV_OK && noperands > 0)
        status = err_set(&err, PROV_E_USAGE, "version: one argument too many: '%s'", argv[1]);
    if (status == PROV_OK)
        status = print_version(json, &err);
    return status == PROV_OK ? EXIT_ALLOW : command_fail(&err);
}

const struct command COMMAND_version = {
    .name = "version",
    .summary = "print the version; --json adds the libraries",
    .usage = "usage: provscan version [--json]\n\n"
             "Prints the version, and with --json those of the libraries inside, as one JSON object.\n",
    .run = version_main,
};

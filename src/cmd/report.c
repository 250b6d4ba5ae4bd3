/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan report OUT`: one rendering of a judged scan on standard output.
 */
#include <limits.h>

#include "base/db.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/page.h"
#include "report/report.h"

enum { OPTION_COLOR = 256 };

static const char usage[] =
    "usage: provscan report [OPTION...] OUT\n\n"
    "Prints one rendering of a judged scan. OUT is the folder that `provscan scan -o OUT` wrote.\n\n"
    "  -f, --format NAME     what to print (default: summary)\n"
    "  -l, --lang LANGUAGE   of the summary: en or zh\n"
    "      --color WHEN      auto, never or always\n"
    "  -v, --verbose         name the rules that are met as well\n\n"
    "formats:\n"
#define FORMAT(name, summary, file) "  " #name ": " summary "\n"
#include "report/formats.def"
#undef FORMAT
    "\nexit codes: 0 printed, 4 usage error, 5 internal error; the verdict is that of `provscan judge`\n";

static const struct option option_table[] = {
    {"format", required_argument, NULL, 'f'},
    {"lang", required_argument, NULL, 'l'},
    {"verbose", no_argument, NULL, 'v'},
    {"color", required_argument, NULL, OPTION_COLOR},
    {NULL, 0, NULL, 0},
};

static int
take_option(void *context, int option, char *value, struct err *err)
{
    struct page *page = context;
    switch (option) {
    case 'f':
        page->format = value;
        return report_check_formats(&page->format, 1, err);
    case 'l':
        return option_language(value, &page->language, err);
    case 'v':
        page->verbose = true;
        return PROV_OK;
    default:
        return option_when("--color", value, &page->color, err); /* OPTION_COLOR */
    }
}

static int
print_report(const char *out_dir, const struct page *page, struct err *err)
{
    char path[PATH_MAX];
    struct db *db = NULL;
    TRY(command_store_path(out_dir, path, err));
    TRY(db_open(path, DB_READ_ONLY, &db, err));
    int status = page_print(db, page, err);
    db_close(db);
    return status;
}

static int
report_main(int argc, char **argv)
{
    struct page page = {0};
    struct err err = {0};
    const struct option_set set = {.command = "report",
                                   .letters = ":f:l:v",
                                   .table = option_table,
                                   .take = take_option,
                                   .context = &page};
    int nfolders = 0, status = options_read(&set, argc, argv, &nfolders, &err);
    if (status == PROV_OK && nfolders == 0)
        status = err_set(&err, PROV_E_USAGE,
                         "report: name the folder of a scan; `provscan report --help` tells more");
    else if (status == PROV_OK && nfolders > 1)
        status = err_set(&err, PROV_E_USAGE, "report: more than one folder: '%s'", argv[2]);
    if (status == PROV_OK)
        status = print_report(argv[1], &page, &err);
    return status == PROV_OK ? EXIT_ALLOW : command_fail(&err);
}

const struct command COMMAND_report = {
    .name = "report",
    .summary = "print one rendering of a judged scan",
    .usage = usage,
    .run = report_main,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan report OUT`: one rendering of a judged scan on standard output.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/db.h"
#include "cmd/command.h"
#include "report/report.h"

static const char usage[] =
    "usage: provscan report [--format NAME] [--lang en|zh] [-v] OUT\n\n"
    "Prints one rendering of a judged scan. OUT is the folder that `provscan scan -o OUT` wrote.\n\n"
    "formats: summary (default), manifest, html\n";

struct options {
    const char *out_dir, *format;
    struct report_options report;
};

static int
read_options(int argc, char **argv, struct options *options, struct err *err)
{
    options->format = "summary";
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (strncmp(word, "--format=", 9) == 0)
            options->format = word + 9;
        else if (strcmp(word, "--format") == 0 && i + 1 < argc)
            options->format = argv[++i];
        else if (strncmp(word, "--lang=", 7) == 0)
            options->report.language = word + 7;
        else if (strcmp(word, "--lang") == 0 && i + 1 < argc)
            options->report.language = argv[++i];
        else if (strcmp(word, "-v") == 0 || strcmp(word, "--verbose") == 0)
            options->report.verbose = true;
        else if (word[0] == '-' && word[1])
            return err_set(err, PROV_E_USAGE, "report: unknown option '%s', or its value is missing", word);
        else if (options->out_dir)
            return err_set(err, PROV_E_USAGE, "report: more than one folder: '%s'", word);
        else
            options->out_dir = word;
    }
    if (!options->out_dir)
        return err_set(err, PROV_E_USAGE,
                       "report: name the folder of a scan; `provscan report --help` tells more");
    const char *language = options->report.language;
    if (language && strcmp(language, "en") != 0 && strcmp(language, "zh") != 0)
        return err_set(err, PROV_E_USAGE, "report: --lang is en or zh, not '%s'", language);
    const char *no_color = getenv("NO_COLOR");
    options->report.color = !(no_color && *no_color) && isatty(STDOUT_FILENO);
    return PROV_OK;
}

static int
print_report(const struct options *options, struct err *err)
{
    char path[PATH_MAX];
    struct db *db = NULL;
    struct buf text = {0};
    int size = snprintf(path, sizeof path, "%s/scan.db", options->out_dir);
    if (size < 0 || (size_t)size >= sizeof path)
        return err_set(err, PROV_E_USAGE, "report: the path of the folder is too long");
    TRY(db_open(path, DB_READ_ONLY, &db, err));
    int status = report_render(db, options->format, &options->report, &text, err);
    if (status == PROV_OK && (fwrite(text.data, 1, text.size, stdout) != text.size || fflush(stdout) != 0))
        status = err_set(err, PROV_E_IO, "standard output: %s", strerror(errno));
    buf_finish(&text);
    db_close(db);
    return status;
}

static int
report_main(int argc, char **argv)
{
    struct options options = {0};
    struct err err = {0};
    int status = read_options(argc, argv, &options, &err);
    if (status == PROV_OK)
        status = print_report(&options, &err);
    return status == PROV_OK ? EXIT_ALLOW : command_fail(&err);
}

const struct command COMMAND_report = {
    .name = "report",
    .summary = "print one rendering of a judged scan",
    .usage = usage,
    .run = report_main,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan judge OUT`: the facts of a scan under other rules, another purpose or a new declaration, without
 * reading a byte of data. All files of the folder are written anew.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/db.h"
#include "cmd/command.h"
#include "policy/judge.h"
#include "report/report.h"
#include "store/store.h"

enum { POLICIES_MAX = 64, FORMATS_MAX = 16, NAMES_BYTES_MAX = 4096 };

/* The command line, read. */
struct options {
    const char *out_dir, *policy_dir, *color, *language;
    struct judge_options judge;
    const char *policies[POLICIES_MAX];
    const char *formats[FORMATS_MAX];
    size_t nformats;
    char names[NAMES_BYTES_MAX]; /**< of policies, divided at their commas */
    size_t names_size;
    bool quiet, verbose;
};

static const char usage[] =
    "usage: provscan judge [OPTION...] OUT\n\n"
    "Judges a finished scan again, by its facts alone; no data is read. OUT is the folder that\n"
    "`provscan scan -o OUT` wrote. manifest.json, report.html and items.jsonl.zst are written anew.\n\n"
    "  --policy NAME[,NAME]  packs to judge under: a name in policies/packs/, or a path of a pack file;\n"
    "                        core is always one of them. Default: cn-genai\n"
    "  --purpose PURPOSE     what the data is for: commercial or research\n"
    "  --sources FILE        a source declaration instead of the one that the scan was given\n"
    "  --no-sources          judge as if nothing was declared\n"
    "  --as-of DAY           the day of judgement, YYYY-MM-DD; tests that need it are open without\n"
    "  --policies DIR        where the policies are\n"
    "  --format NAME[,NAME]  write further formats (see `provscan report --help`)\n"
    "  --lang LANGUAGE       of the page printed: en or zh\n"
    "  --color WHEN          auto, always, never\n"
    "  -q, --quiet           print nothing\n"
    "  -v, --verbose         name the rules that are met as well\n\n"
    "exit codes: 0 allow, 1 deny, 2 review, 3 incomplete (something was not read), 4 usage or policy error,\n"
    "5 internal error\n";

/* Divide NAME,NAME into a list; the texts are kept in options->names. */
static int
add_names(struct options *options, const char *text, const char **list, size_t max, size_t *count,
          struct err *err)
{
    size_t size = strlen(text) + 1;
    if (size > sizeof options->names - options->names_size)
        return err_set(err, PROV_E_USAGE, "judge: too many names");
    char *at = memcpy(options->names + options->names_size, text, size);
    options->names_size += size;
    for (char *rest = NULL, *name = strtok_r(at, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        if (*count == max)
            return err_set(err, PROV_E_USAGE, "judge: too many names");
        list[(*count)++] = name;
    }
    return PROV_OK;
}

/* The value of an option: behind '=' or the next word. NULL when word is not this option. */
static const char *
value_of(const char *word, const char *name, int *at, int argc, char **argv)
{
    size_t size = strlen(name);
    if (strncmp(word, name, size) != 0)
        return NULL;
    if (word[size] == '=')
        return word + size + 1;
    if (word[size] || *at + 1 >= argc)
        return NULL;
    return argv[++*at];
}

static int
read_option(struct options *options, int *at, int argc, char **argv, struct err *err)
{
    const struct {
        const char *name;
        const char **text;
    } texts[] = {{"--purpose", &options->judge.purpose}, {"--sources", &options->judge.sources_path},
                 {"--as-of", &options->judge.as_of},     {"--policies", &options->policy_dir},
                 {"--lang", &options->language},         {"--color", &options->color}};
    const char *word = argv[*at], *value = NULL;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if ((value = value_of(word, texts[i].name, at, argc, argv)) != NULL) {
            *texts[i].text = value;
            return PROV_OK;
        }
    if ((value = value_of(word, "--policy", at, argc, argv)) != NULL)
        return add_names(options, value, options->policies, POLICIES_MAX, &options->judge.npolicies, err);
    if ((value = value_of(word, "--format", at, argc, argv)) != NULL)
        return add_names(options, value, options->formats, FORMATS_MAX, &options->nformats, err);
    if (strcmp(word, "--no-sources") == 0)
        options->judge.keep_sources = false;
    else if (strcmp(word, "-q") == 0 || strcmp(word, "--quiet") == 0)
        options->quiet = true;
    else if (strcmp(word, "-v") == 0 || strcmp(word, "--verbose") == 0)
        options->verbose = true;
    else
        return err_set(err, PROV_E_USAGE, "judge: unknown option '%s', or its value is missing", word);
    return PROV_OK;
}

static int
read_options(int argc, char **argv, struct options *options, struct err *err)
{
    options->judge.keep_sources = true;
    options->color = "auto";
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-' && argv[i][1])
            TRY(read_option(options, &i, argc, argv, err));
        else if (options->out_dir)
            return err_set(err, PROV_E_USAGE, "judge: more than one folder: '%s'", argv[i]);
        else
            options->out_dir = argv[i];
    }
    if (!options->out_dir)
        return err_set(err, PROV_E_USAGE,
                       "judge: name the folder of a scan; `provscan judge --help` tells more");
    if (options->language && strcmp(options->language, "en") != 0 && strcmp(options->language, "zh") != 0)
        return err_set(err, PROV_E_USAGE, "judge: --lang is en or zh, not '%s'", options->language);
    if (strcmp(options->color, "auto") != 0 && strcmp(options->color, "always") != 0 &&
        strcmp(options->color, "never") != 0)
        return err_set(err, PROV_E_USAGE, "judge: --color is auto, always or never, not '%s'",
                       options->color);
    if (!options->judge.npolicies)
        options->policies[options->judge.npolicies++] = "cn-genai";
    options->judge.policies = options->policies;
    options->judge.policy_dir = command_policy_dir(options->policy_dir);
    return PROV_OK;
}

static bool
wants_color(const char *when)
{
    const char *no_color = getenv("NO_COLOR");
    if (strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    return !(no_color && *no_color) && isatty(STDOUT_FILENO);
}

static int
print_page(struct db *db, const struct options *options, struct err *err)
{
    struct winsize window = {0};
    struct buf text = {0};
    (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &window);
    struct report_options report = {.language = options->language,
                                    .color = wants_color(options->color),
                                    .width = window.ws_col,
                                    .verbose = options->verbose};
    int status = report_render(db, "summary", &report, &text, err);
    if (status == PROV_OK && (fwrite(text.data, 1, text.size, stdout) != text.size || fflush(stdout) != 0))
        status = err_set(err, PROV_E_IO, "standard output: %s", strerror(errno));
    buf_finish(&text);
    return status;
}

static int
judge_folder(const struct options *options, struct judge_result *result, struct err *err)
{
    char path[PATH_MAX];
    struct db *db = NULL;
    struct report_options report = {.language = options->language};
    int size = snprintf(path, sizeof path, "%s/scan.db", options->out_dir);
    if (size < 0 || (size_t)size >= sizeof path)
        return err_set(err, PROV_E_USAGE, "judge: the path of the folder is too long");
    TRY(store_open_existing(path, &db, err));
    int status = judge_run(db, &options->judge, result, err);
    if (status == PROV_OK)
        status = report_write(db, options->out_dir, options->formats, options->nformats, &report, err);
    if (status == PROV_OK && !options->quiet)
        status = print_page(db, options, err);
    db_close(db);
    return status;
}

static int
judge_main(int argc, char **argv)
{
    struct options options = {0};
    struct judge_result result = {0};
    struct err err = {0};
    int status = read_options(argc, argv, &options, &err);
    if (status == PROV_OK)
        status = judge_folder(&options, &result, &err);
    return status == PROV_OK ? command_exit(&result) : command_fail(&err);
}

const struct command COMMAND_judge = {
    .name = "judge",
    .summary = "judge a finished scan again, without reading the data",
    .usage = usage,
    .run = judge_main,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan judge OUT`: the facts of a scan under other rules, another purpose or a new declaration, without
 * reading a byte of data. All files of the folder are written anew.
 */
#include <limits.h>

#include "base/db.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/page.h"
#include "policy/judge.h"
#include "report/report.h"
#include "store/store.h"

enum {
    OPTION_PURPOSE = 256,
    OPTION_SOURCES,
    OPTION_NO_SOURCES,
    OPTION_AS_OF,
    OPTION_WAIVERS,
    OPTION_POLICIES,
    OPTION_FORMAT,
    OPTION_LANG,
    OPTION_COLOR,
};

/* The command line, read. */
struct judge_command {
    const char *out_dir, *policy_dir;
    struct option_words policies, formats;
    struct judge_options judge;
    struct page page;
    bool quiet;
};

static const struct option option_table[] = {
    {"policy", required_argument, NULL, 'p'},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"purpose", required_argument, NULL, OPTION_PURPOSE},
    {"sources", required_argument, NULL, OPTION_SOURCES},
    {"no-sources", no_argument, NULL, OPTION_NO_SOURCES},
    {"as-of", required_argument, NULL, OPTION_AS_OF},
    {"waivers", required_argument, NULL, OPTION_WAIVERS},
    {"policies", required_argument, NULL, OPTION_POLICIES},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"lang", required_argument, NULL, OPTION_LANG},
    {"color", required_argument, NULL, OPTION_COLOR},
    {NULL, 0, NULL, 0},
};

static const char usage[] =
    "usage: provscan judge [OPTION...] OUT\n\n"
    "Judges a finished scan again, by its facts alone; no data is read. OUT is the folder that\n"
    "`provscan scan -o OUT` wrote. manifest.json, report.html and items.jsonl.zst are written anew.\n\n"
    "  -p, --policy NAME,...   packs to judge under: names in policies/packs/, or paths of pack files;\n"
    "                          core is always one of them (default: cn-genai)\n"
    "      --purpose WORD      what the data is for: commercial or research\n"
    "      --sources FILE      a source declaration in place of the one that the last judgement had\n"
    "      --no-sources        judge as if nothing was declared\n"
    "      --as-of YYYY-MM-DD  the day of judgement; without it, tests that need a day stay open\n"
    "      --waivers FILE      what people took upon themselves (default: provscan.waivers.json in OUT)\n"
    "      --format NAME,...   further reports to write (`provscan report --help` lists them)\n"
    "      --policies DIR      folder of policies\n"
    "      --lang LANGUAGE     of the summary: en or zh\n"
    "      --color WHEN        auto, never or always\n"
    "  -q, --quiet             print nothing but failures\n"
    "  -v, --verbose           name the rules that are met as well\n\n"
    "exit codes: 0 allow, 1 deny, 2 review, 3 incomplete (something was not read), 4 usage or policy error,\n"
    "5 internal error\n";

static int
take_option(void *context, int option, char *value, struct err *err)
{
    struct judge_command *command = context;
    switch (option) {
    case 'p':
        return option_words_split(&command->policies, value, err);
    case 'q':
        command->quiet = true;
        return PROV_OK;
    case 'v':
        command->page.verbose = true;
        return PROV_OK;
    case OPTION_PURPOSE:
        command->judge.purpose = value;
        return PROV_OK;
    case OPTION_SOURCES:
        command->judge.sources_path = value;
        return PROV_OK;
    case OPTION_NO_SOURCES:
        command->judge.keep_sources = false;
        return PROV_OK;
    case OPTION_AS_OF:
        command->judge.as_of = value;
        return PROV_OK;
    case OPTION_WAIVERS:
        command->judge.waivers_path = value;
        return PROV_OK;
    case OPTION_POLICIES:
        command->policy_dir = value;
        return PROV_OK;
    case OPTION_FORMAT:
        return option_words_split(&command->formats, value, err);
    case OPTION_LANG:
        return option_language(value, &command->page.language, err);
    default:
        return option_when("--color", value, &command->page.color, err); /* OPTION_COLOR */
    }
}

static int
read_command(int argc, char **argv, struct judge_command *command, struct err *err)
{
    const struct option_set set = {.command = "judge",
                                   .letters = ":p:qv",
                                   .table = option_table,
                                   .take = take_option,
                                   .context = command};
    int nfolders = 0;
    command->judge.keep_sources = true;
    TRY(options_read(&set, argc, argv, &nfolders, err));
    if (nfolders == 0)
        return err_set(err, PROV_E_USAGE,
                       "judge: name the folder of a scan; `provscan judge --help` tells more");
    if (nfolders > 1)
        return err_set(err, PROV_E_USAGE, "judge: more than one folder: '%s'", argv[2]);
    command->out_dir = argv[1];
    if (!command->policies.nwords)
        TRY(option_words_add(&command->policies, "cn-genai", err));
    command->judge.policies = command->policies.words;
    command->judge.npolicies = command->policies.nwords;
    command->judge.policy_dir = command_policy_dir(command->policy_dir);
    return report_check_formats(command->formats.words, command->formats.nwords, err);
}

static int
judge_folder(const struct judge_command *command, struct judge_result *result, struct err *err)
{
    char path[PATH_MAX], waivers[PATH_MAX];
    struct db *db = NULL;
    struct report_options report = {.language = command->page.language};
    TRY(command_store_path(command->out_dir, path, err));
    TRY(store_open_existing(path, &db, err));
    struct judge_options judge = command->judge;
    judge.waivers_path = command_waivers_path(judge.waivers_path, command->out_dir, waivers);
    int status = judge_run(db, &judge, result, err);
    if (status == PROV_OK)
        status =
            report_write(db, command->out_dir, command->formats.words, command->formats.nwords, &report, err);
    if (status == PROV_OK && !command->quiet)
        status = page_print(db, &command->page, err);
    db_close(db);
    return status;
}

static int
judge_main(int argc, char **argv)
{
    struct judge_command command = {0};
    struct judge_result result = {0};
    struct err err = {0};
    int status = read_command(argc, argv, &command, &err);
    if (status == PROV_OK)
        status = judge_folder(&command, &result, &err);
    option_words_finish(&command.policies);
    option_words_finish(&command.formats);
    return status == PROV_OK ? command_exit(&result) : command_fail(&err);
}

const struct command COMMAND_judge = {
    .name = "judge",
    .summary = "judge a finished scan again, without reading the data",
    .usage = usage,
    .run = judge_main,
};

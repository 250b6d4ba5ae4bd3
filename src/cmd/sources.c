/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan sources`: the declaration of where data came from, begun by a machine and finished by a person.
 */
#include "cmd/sources.h"

#include <string.h>

#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/page.h"
#include "policy/pack.h"

static const char usage[] =
    "usage: provscan sources init OUT         write a first declaration from what a scan found\n"
    "       provscan sources check FILE       look for what is wrong or missing in a declaration\n\n"
    "OUT is the folder that `provscan scan -o OUT` wrote; FILE is a provscan.sources.json. The declaration "
    "says\n"
    "what no scan can find: who issued the data, on what ground it is used, what it is for. "
    "policies/README.md\n"
    "describes it.\n\n"
    "  -o, --output FILE     init: the file to write, which must not exist (default: provscan.sources.json "
    "in OUT)\n"
    "      --scan OUT        check: which files of this scan each source claims\n"
    "      --as-of DAY       check: tell evidence that is over on this day, YYYY-MM-DD\n"
    "      --policies DIR    folder of policies, for its content/\n\n"
    "exit codes: 0 written, or nothing to put right; 2 something to put right; 4 usage error, or the "
    "declaration\n"
    "cannot be read; 5 internal error\n";

enum { OPTION_SCAN = 256, OPTION_AS_OF, OPTION_POLICIES };

static const struct option option_table[] = {
    {"output", required_argument, NULL, 'o'},
    {"scan", required_argument, NULL, OPTION_SCAN},
    {"as-of", required_argument, NULL, OPTION_AS_OF},
    {"policies", required_argument, NULL, OPTION_POLICIES},
    {NULL, 0, NULL, 0},
};

static int
take_option(void *context, int option, char *value, struct err *err)
{
    struct sources_request *request = context;
    switch (option) {
    case 'o':
        request->output = value;
        break;
    case OPTION_SCAN:
        request->scan = value;
        break;
    case OPTION_AS_OF:
        request->as_of = value;
        return pack_is_day(value)
                   ? PROV_OK
                   : err_set(err, PROV_E_USAGE, "sources: --as-of: '%s' is no day YYYY-MM-DD", value);
    default:
        request->policy_dir = value; /* OPTION_POLICIES */
        break;
    }
    return PROV_OK;
}

static int
read_request(int argc, char **argv, struct sources_request *request, struct err *err)
{
    const struct option_set set = {.command = "sources",
                                   .letters = ":o:",
                                   .table = option_table,
                                   .take = take_option,
                                   .context = request};
    int nwords = 0;
    TRY(options_read(&set, argc, argv, &nwords, err));
    if (nwords == 0)
        return err_set(err, PROV_E_USAGE, "sources: init or check? `provscan sources --help` tells more");
    request->verb = argv[1];
    bool init = strcmp(request->verb, "init") == 0;
    if (!init && strcmp(request->verb, "check") != 0)
        return err_set(err, PROV_E_USAGE, "sources: '%s' is none of init, check", request->verb);
    if (nwords < 2)
        return err_set(err, PROV_E_USAGE, "sources: '%s' wants %s", request->verb,
                       init ? "the folder of a scan" : "a declaration");
    if (nwords > 2)
        return err_set(err, PROV_E_USAGE, "sources: one argument too many: '%s'", argv[3]);
    request->operand = argv[2];
    if (!init && request->output)
        return err_set(err, PROV_E_USAGE, "sources: --output goes with init");
    if (init && (request->scan || request->as_of))
        return err_set(err, PROV_E_USAGE, "sources: --scan and --as-of go with check");
    request->policy_dir = command_policy_dir(request->policy_dir);
    return PROV_OK;
}

static int
run(int argc, char **argv)
{
    struct sources_request request = {0};
    struct err err = {0};
    size_t nfaults = 0;
    int status = read_request(argc, argv, &request, &err);
    if (status == PROV_OK)
        status = strcmp(request.verb, "init") == 0 ? sources_init(&request, &err)
                                                   : sources_check(&request, &nfaults, &err);
    if (status == PROV_OK)
        status = page_end(&err);
    if (status != PROV_OK)
        return command_fail(&err);
    return nfaults > 0 ? EXIT_REVIEW : EXIT_ALLOW;
}

const struct command COMMAND_sources = {
    .name = "sources",
    .summary = "begin a source declaration, or check one",
    .usage = usage,
    .run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan policy`: policies are data that people write, so there is a command that tells them what is wrong
 * with it before a scan does. Every kind of policy is an area: one row below, one file beside this one.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/page.h"
#include "cmd/policy_detectors.h"
#include "cmd/policy_packs.h"

static const char usage[] =
    "usage: provscan policy check [DIR]    check every policy file and run all examples\n"
    "       provscan policy list           what there is\n"
    "       provscan policy show ID        all of one entry\n"
    "       provscan policy try ID         for each line of stdin: is it a value of detector ID?\n"
    "\n"
    "  --policies DIR   the folder of policies (default: PROVSCAN_POLICIES, else beside the program)\n"
    "\n"
    "exit codes: 0 when everything is as it says, 4 when something is wrong, 5 internal error\n";

/** One kind of policy. */
struct area {
    const char *name; /**< plural, for the summary */
    const char *entries;
    int (*check)(const char *dir, struct policy_tally *tally, struct err *err);
    int (*list)(const char *dir, struct err *err);
    int (*show)(const char *dir, const char *id, struct err *err); /**< PROV_E_USAGE: not one of mine */
};

static const struct area areas[] = {
    {"detectors", "detectors", policy_check_detectors, policy_list_detectors, policy_show_detector},
    {"packs", "rules", policy_check_packs, policy_list_packs, policy_show_pack},
};

enum { NAREAS = sizeof areas / sizeof areas[0] };

void
policy_fault(const char *text)
{
    for (const char *at = text; *at; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte < 0x20 || byte == 0x7f)
            fprintf(stderr, "\\x%02x", byte);
        else
            fputc(byte, stderr);
    }
    fputc('\n', stderr);
}

static int
check(const char *dir, struct err *err, size_t *nfaults)
{
    *nfaults = 0;
    for (size_t i = 0; i < NAREAS; i++) {
        struct policy_tally tally = {0};
        TRY(areas[i].check(dir, &tally, err));
        *nfaults += tally.nfaults;
        printf("%-10s %3zu files", areas[i].name, tally.nfiles);
        if (tally.nfaults == 0)
            printf("   %5zu %s   %5zu examples   all as they should be\n", tally.nentries, areas[i].entries,
                   tally.nexamples);
        else
            printf("   %zu fault%s, see above\n", tally.nfaults, tally.nfaults == 1 ? "" : "s");
    }
    return PROV_OK;
}

static int
show(const char *dir, const char *id, struct err *err)
{
    for (size_t i = 0; i < NAREAS; i++) {
        struct err one = {0};
        int status = areas[i].show(dir, id, &one);
        if (status != PROV_E_USAGE)
            return status == PROV_OK ? PROV_OK : err_set(err, status, "%s", one.text);
    }
    return err_set(err, PROV_E_USAGE,
                   "nothing in %s is called '%s'; `provscan policy list` tells what there is", dir, id);
}

static int
list(const char *dir, struct err *err)
{
    for (size_t i = 0; i < NAREAS; i++)
        TRY(areas[i].list(dir, err));
    return PROV_OK;
}

/* What the command line says. */
struct request {
    const char *verb, *argument, *policies;
};

static const struct option option_table[] = {{"policies", required_argument, NULL, 'p'}, {NULL, 0, NULL, 0}};

static int
take_option(void *context, int option, char *value, struct err *err)
{
    (void)option;
    (void)err;
    ((struct request *)context)->policies = value;
    return PROV_OK;
}

static int
read_request(int argc, char **argv, struct request *request, struct err *err)
{
    static const char *const verbs[] = {"check", "list", "show", "try"};
    const struct option_set set = {
        .command = "policy", .letters = ":", .table = option_table, .take = take_option, .context = request};
    int nwords = 0;
    TRY(options_read(&set, argc, argv, &nwords, err));
    if (nwords == 0)
        return err_set(err, PROV_E_USAGE,
                       "policy: check, list, show or try? `provscan policy --help` tells more");
    request->verb = argv[1];
    request->argument = nwords > 1 ? argv[2] : NULL;
    bool known = false;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        known = known || strcmp(request->verb, verbs[i]) == 0;
    bool wants_id = strcmp(request->verb, "show") == 0 || strcmp(request->verb, "try") == 0;
    if (!known)
        return err_set(err, PROV_E_USAGE, "policy: '%s' is none of check, list, show, try", request->verb);
    if (wants_id && !request->argument)
        return err_set(err, PROV_E_USAGE,
                       "policy: '%s' wants an id; `provscan policy list` tells what there is", request->verb);
    int nwords_max = strcmp(request->verb, "list") == 0 ? 1 : 2;
    if (nwords > nwords_max)
        return err_set(err, PROV_E_USAGE, "policy: one argument too many: '%s'", argv[nwords_max + 1]);
    return PROV_OK;
}

static int
answer(const struct request *request, size_t *nfaults, struct err *err)
{
    const char *dir = command_policy_dir(request->policies);
    switch (request->verb[0]) {
    case 'c':
        TRY(check(request->argument ? request->argument : dir, err, nfaults));
        break;
    case 'l':
        TRY(list(dir, err));
        break;
    case 's':
        TRY(show(dir, request->argument, err));
        break;
    default:
        TRY(policy_try_detector(dir, request->argument, err));
        break;
    }
    return page_end(err);
}

static int
run(int argc, char **argv)
{
    struct request request = {0};
    struct err err = {0};
    size_t nfaults = 0;
    int status = read_request(argc, argv, &request, &err);
    if (status == PROV_OK)
        status = answer(&request, &nfaults, &err);
    if (status != PROV_OK)
        return command_fail(&err);
    return nfaults > 0 ? EXIT_USAGE : EXIT_ALLOW;
}

const struct command COMMAND_policy = {
    .name = "policy",
    .summary = "check, list and show the policies",
    .usage = usage,
    .run = run,
};

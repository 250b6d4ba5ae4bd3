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
    "check exits with 0 when everything is as it says, with 4 when something is wrong.\n";

/** One kind of policy. */
struct area {
    const char *name;     /**< plural, for the summary */
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
    return err_set(err, PROV_E_USAGE, "nothing in %s is called '%s'; `provscan policy list` tells what there is",
                   dir, id);
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

static int
read_arguments(int argc, char **argv, struct request *request, struct err *err)
{
    *request = (struct request){0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--policies") == 0 && i + 1 < argc)
            request->policies = argv[++i];
        else if (argv[i][0] == '-')
            return err_set(err, PROV_E_USAGE, "policy: unknown option '%s'", argv[i]);
        else if (!request->verb)
            request->verb = argv[i];
        else if (!request->argument)
            request->argument = argv[i];
        else
            return err_set(err, PROV_E_USAGE, "policy: one argument too many: '%s'", argv[i]);
    }
    return request->verb ? PROV_OK : err_set(err, PROV_E_USAGE, "policy: check, list, show or try?");
}

static int
run(int argc, char **argv)
{
    struct request request;
    struct err err = {0};
    size_t nfaults = 0;
    if (read_arguments(argc, argv, &request, &err) != PROV_OK)
        return command_fail(&err);
    const char *dir = command_policy_dir(request.policies);
    bool named = request.argument != NULL;
    int status;
    if (strcmp(request.verb, "check") == 0)
        status = check(named ? request.argument : dir, &err, &nfaults);
    else if (strcmp(request.verb, "list") == 0)
        status = list(dir, &err);
    else if (strcmp(request.verb, "show") == 0 && named)
        status = show(dir, request.argument, &err);
    else if (strcmp(request.verb, "try") == 0 && named)
        status = policy_try_detector(dir, request.argument, &err);
    else
        status = err_set(&err, PROV_E_USAGE, "policy: '%s' %s", request.verb,
                         strcmp(request.verb, "show") == 0 || strcmp(request.verb, "try") == 0
                             ? "wants an id"
                             : "is none of check, list, show, try");
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

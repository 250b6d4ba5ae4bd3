/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan policy`: policies are data that people write, so there is a command that tells them what is wrong
 * with it before a scan does. Every kind of policy is an area: one row below, one file beside this one.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/status.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/page.h"
#include "cmd/policy_detectors.h"
#include "cmd/policy_diff.h"
#include "cmd/policy_new.h"
#include "cmd/policy_packs.h"

static const char usage[] =
    "usage: provscan policy check [DIR|PACK.json]   check every policy file, or one pack, and run all "
    "examples\n"
    "       provscan policy list                    what there is\n"
    "       provscan policy show ID|PACK.json       all of one entry\n"
    "       provscan policy diff BEFORE AFTER       what changes from one pack to another, as they are in "
    "force\n"
    "       provscan policy new ID                  write a first pack, ID.json, that is as it should be\n"
    "       provscan policy try ID                  for each line of stdin: is it a value of detector ID?\n"
    "\n"
    "BEFORE and AFTER are ids of packs or paths of pack files.\n"
    "\n"
    "  --policies DIR   the folder of policies (default: PROVSCAN_POLICIES, else beside the program)\n"
    "  --extends PACK   new: the pack to build on (default: core)\n"
    "  --output FILE    new: the file to write, which must not exist\n"
    "\n"
    "exit codes: 0 when everything is as it says, 2 when packs differ, 4 when something is wrong, 5 internal "
    "error\n";

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
    const char *verb, *argument, *second, *policies, *extends, *output;
};

/* What can be asked, and how many words it takes. */
static const struct {
    const char *name;
    int nwords_min, nwords_max;
} verbs[] = {{"check", 0, 1}, {"list", 0, 0}, {"show", 1, 1}, {"diff", 2, 2}, {"new", 1, 1}, {"try", 1, 1}};

enum { NVERBS = sizeof verbs / sizeof verbs[0] };

static const struct option option_table[] = {{"policies", required_argument, NULL, 'p'},
                                             {"extends", required_argument, NULL, 'e'},
                                             {"output", required_argument, NULL, 'o'},
                                             {NULL, 0, NULL, 0}};

static int
take_option(void *context, int option, char *value, struct err *err)
{
    struct request *request = context;
    (void)err;
    *(option == 'e' ? &request->extends : option == 'o' ? &request->output : &request->policies) = value;
    return PROV_OK;
}

static int
check_words(const struct request *request, int nwords, char **argv, struct err *err)
{
    size_t at = 0;
    while (at < NVERBS && strcmp(request->verb, verbs[at].name) != 0)
        at++;
    if (at == NVERBS)
        return err_set(err, PROV_E_USAGE, "policy: '%s' is none of check, list, show, diff, new, try",
                       request->verb);
    if (nwords - 1 < verbs[at].nwords_min)
        return err_set(err, PROV_E_USAGE, "policy: '%s' wants %s; `provscan policy list` tells what there is",
                       request->verb, verbs[at].nwords_min == 2 ? "two packs" : "an id");
    if (nwords - 1 > verbs[at].nwords_max)
        return err_set(err, PROV_E_USAGE, "policy: one argument too many: '%s'",
                       argv[verbs[at].nwords_max + 2]);
    if ((request->extends || request->output) && strcmp(request->verb, "new") != 0)
        return err_set(err, PROV_E_USAGE, "policy: --extends and --output go with new");
    return PROV_OK;
}

static int
read_request(int argc, char **argv, struct request *request, struct err *err)
{
    const struct option_set set = {.command = "policy",
                                   .letters = ":o:",
                                   .table = option_table,
                                   .take = take_option,
                                   .context = request};
    int nwords = 0;
    TRY(options_read(&set, argc, argv, &nwords, err));
    if (nwords == 0)
        return err_set(err, PROV_E_USAGE,
                       "policy: check, list, show, diff, new or try? `provscan policy --help` tells more");
    request->verb = argv[1];
    request->argument = nwords > 1 ? argv[2] : NULL;
    request->second = nwords > 2 ? argv[3] : NULL;
    return check_words(request, nwords, argv, err);
}

static bool
is_file(const char *path)
{
    struct stat info;
    return path && stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* @param nfaults  what was wrong  @param nchanges  what differs */
static int
answer(const struct request *request, size_t *nfaults, size_t *nchanges, struct err *err)
{
    const char *dir = command_policy_dir(request->policies), *word = request->argument;
    if (strcmp(request->verb, "check") == 0)
        TRY(is_file(word) ? policy_check_pack(dir, word, err) : check(word ? word : dir, err, nfaults));
    else if (strcmp(request->verb, "list") == 0)
        TRY(list(dir, err));
    else if (strcmp(request->verb, "show") == 0)
        TRY(is_file(word) ? policy_show_pack_file(dir, word, err) : show(dir, word, err));
    else if (strcmp(request->verb, "diff") == 0)
        TRY(policy_diff(dir, word, request->second, nchanges, err));
    else if (strcmp(request->verb, "new") == 0)
        TRY(policy_new(dir, word, request->extends, request->output, err));
    else
        TRY(policy_try_detector(dir, word, err));
    return page_end(err);
}

static int
run(int argc, char **argv)
{
    struct request request = {0};
    struct err err = {0};
    size_t nfaults = 0, nchanges = 0;
    int status = read_request(argc, argv, &request, &err);
    if (status == PROV_OK)
        status = answer(&request, &nfaults, &nchanges, &err);
    if (status != PROV_OK)
        return command_fail(&err);
    return nfaults > 0 ? EXIT_USAGE : nchanges > 0 ? EXIT_REVIEW : EXIT_ALLOW;
}

const struct command COMMAND_policy = {
    .name = "policy",
    .summary = "check, list, show, compare and begin policies",
    .usage = usage,
    .run = run,
};

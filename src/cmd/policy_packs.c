/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `provscan policy` does with packs of rules.
 */
#include "cmd/policy_packs.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "policy/pack_check.h"
#include "policy/pack_set.h"

static void
count_fault(const struct err *err, void *context)
{
    struct policy_tally *tally = context;
    policy_fault(err->text);
    tally->nfaults++;
}

int
policy_check_packs(const char *dir, struct policy_tally *tally, struct err *err)
{
    struct pack_check_result result = {0};
    TRY(packs_check(dir, count_fault, tally, &tally->nfiles, &result, err));
    tally->nentries = result.nrules;
    tally->nexamples = result.nexamples;
    return PROV_OK;
}

static int
is_json(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + size - 5, ".json") == 0;
}

/* Load every pack of the folder at once. */
static int
load_all(const char *dir, struct pack_set *set, struct err *err)
{
    enum { PACKS_MAX = 60 };
    char path[PATH_MAX];
    struct dirent **entries = NULL;
    const char *names[PACKS_MAX];
    size_t nnames = 0;
    if (snprintf(path, sizeof path, "%s/packs", dir) >= (int)sizeof path)
        return err_set(err, PROV_E_USAGE, "%s: path too long", dir);
    int nentries = scandir(path, &entries, is_json, alphasort);
    if (nentries < 0)
        return err_set(err, PROV_E_USAGE, "%s: no such folder", path);
    for (int i = 0; i < nentries; i++) {
        entries[i]->d_name[strlen(entries[i]->d_name) - 5] = 0;
        if (nnames < PACKS_MAX)
            names[nnames++] = entries[i]->d_name;
    }
    struct pack_request request = {.policy_dir = dir, .names = names, .nnames = nnames};
    int status = pack_set_load(&request, set, err);
    for (int i = 0; i < nentries; i++)
        free(entries[i]);
    free(entries);
    return status;
}

int
policy_list_packs(const char *dir, struct err *err)
{
    struct pack_set set;
    TRY(load_all(dir, &set, err));
    for (size_t i = 0; i < set.nrules; i++) {
        const struct rule *rule = set.rules[i];
        printf("%-32s %-12s %-8s %s\n", rule->id, rule_level_name(rule->level), verdict_name(rule->verdict),
               rule->title.en);
    }
    pack_set_finish(&set);
    return PROV_OK;
}

static void
print_text(const char *name, const struct pack_text *text)
{
    printf("  %-13s %s\n  %-13s %s\n", name, text->en, "", text->zh);
}

static void
print_rule(const struct pack_set *set, const struct rule *rule)
{
    printf("%s (pack %s, level %s)\n", rule->id, set->packs[rule->pack].id, rule_level_name(rule->level));
    print_text("title", &rule->title);
    if (rule->applies_when)
        printf("  %-13s %s\n", "applies when", rule->applies_when);
    printf("  %-13s %s\n", "fails when", rule->fails_when);
    printf("  %-13s %s\n", "verdict", verdict_name(rule->verdict));
    if (rule->verdict_set_by != rule->pack)
        printf("  %-13s %s, changed by pack %s\n", "", verdict_name(rule->verdict_declared),
               set->packs[rule->verdict_set_by].id);
    print_text("reason", &rule->reason);
    print_text("remedy", &rule->remedy);
    for (size_t i = 0; i < rule->ncites; i++)
        printf("  %-13s %s %s, in force from %s (%s)\n", i ? "" : "law", rule->cites[i].law,
               rule->cites[i].article, rule->cites[i].in_force, rule->cites[i].title->en);
    printf("  %-13s %s\n", "basis", rule_basis_name(rule->basis));
    printf("  %-13s %zu\n", "examples", rule->nexamples);
}

static void
print_pack(const struct pack *pack)
{
    printf("%s %s\n", pack->id, pack->version);
    print_text("title", &pack->title);
    if (pack->applies_when) {
        printf("  %-13s %s\n", "applies when", pack->applies_when);
        print_text("otherwise", &pack->otherwise);
    }
    for (size_t i = 0; i < pack->nextends; i++)
        printf("  %-13s %s\n", i ? "" : "extends", pack->extends[i]);
    for (size_t i = 0; i < pack->nparameters; i++) {
        const struct pack_parameter *parameter = &pack->parameters[i];
        struct buf value = {0};
        if (expression_append_value(&value, &parameter->value) == PROV_OK)
            printf("  %-13s :%s = %s  %s\n", i ? "" : "parameters", parameter->declared.name,
                   buf_text(&value), parameter->title.en);
        buf_finish(&value);
    }
    for (size_t i = 0; i < pack->nsettings; i++) {
        struct buf value = {0};
        if (expression_append_value(&value, &pack->settings[i].value) == PROV_OK)
            printf("  %-13s :%s.%s = %s  %s\n", i ? "" : "sets", pack->settings[i].pack,
                   pack->settings[i].name, buf_text(&value), pack->settings[i].reason.en);
        buf_finish(&value);
    }
    for (size_t i = 0; i < pack->noverrides; i++)
        printf("  %-13s %s: %s  %s\n", i ? "" : "overrides", pack->overrides[i].rule,
               verdict_name(pack->overrides[i].verdict), pack->overrides[i].reason.en);
    for (size_t i = 0; i < pack->nrules; i++)
        printf("  %-13s %s: %s\n", i ? "" : "rules", pack->rules[i].id, pack->rules[i].title.en);
}

int
policy_check_pack(const char *dir, const char *path, struct err *err)
{
    struct pack_check_result result = {0};
    TRY(pack_check(dir, path, &result, err));
    printf("%s   %zu rules   %zu examples   all as they should be\n", path, result.nrules, result.nexamples);
    return PROV_OK;
}

int
policy_show_pack_file(const char *dir, const char *path, struct err *err)
{
    struct pack_set set;
    struct pack_request request = {.policy_dir = dir, .names = &path, .nnames = 1};
    TRY(pack_set_load(&request, &set, err));
    for (size_t i = 0; i < set.npacks; i++)
        if (strcmp(set.packs[i].path, path) == 0)
            print_pack(&set.packs[i]);
    pack_set_finish(&set);
    return PROV_OK;
}

int
policy_show_pack(const char *dir, const char *id, struct err *err)
{
    struct pack_set set;
    bool found = false;
    TRY(load_all(dir, &set, err));
    for (size_t i = 0; i < set.npacks; i++)
        if (strcmp(set.packs[i].id, id) == 0) {
            print_pack(&set.packs[i]);
            found = true;
        }
    for (size_t i = 0; i < set.nrules; i++)
        if (strcmp(set.rules[i]->id, id) == 0) {
            print_rule(&set, set.rules[i]);
            found = true;
        }
    pack_set_finish(&set);
    return found ? PROV_OK : err_set(err, PROV_E_USAGE, "no pack or rule '%s'", id);
}

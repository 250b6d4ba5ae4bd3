/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan policy diff`: what a change of a pack, or a pack on top of another, means for those who are
 * judged by it.
 *
 *     + acme.address              a rule that was not there
 *     - cn.kw.size                a rule that is gone
 *     ~ cn.ip.responsible         one that is another: each part with its old and its new words
 *     ~ :cn-genai.illegal_share_max
 *
 * Both sides are loaded with all that they extend and compared as they are in force, so a verdict that a pack
 * overrides counts as changed where it is, and with the reason that the pack gives.
 */
#include "cmd/policy_diff.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/status.h"
#include "policy/pack_set.h"

/* A comparison in progress. */
struct comparing {
    const struct pack_set *before, *after;
    size_t nchanges;
};

static void
print_safely(const char *text)
{
    struct buf out = {0};
    if (escape_terminal(&out, bytes_of(text)) == PROV_OK)
        (void)fwrite(out.data, 1, out.size, stdout);
    buf_finish(&out);
}

static const struct rule *
find_rule(const struct pack_set *set, const char *id)
{
    for (size_t i = 0; i < set->nrules; i++)
        if (strcmp(set->rules[i]->id, id) == 0)
            return set->rules[i];
    return NULL;
}

static void
print_rule(char sign, const struct rule *rule)
{
    printf("%c %s: %s, %s: ", sign, rule->id, rule_level_name(rule->level), verdict_name(rule->verdict));
    print_safely(rule->title.en);
    putchar('\n');
}

/* "law article from day [until day]; ..." */
static void
write_cites(const struct pack_cite *cites, size_t ncites, struct buf *out)
{
    for (size_t i = 0; i < ncites; i++)
        (void)buf_printf(out, "%s%s %s from %s%s%s", i ? "; " : "", cites[i].law, cites[i].article,
                         cites[i].in_force, cites[i].until ? " until " : "",
                         cites[i].until ? cites[i].until : "");
}

/* One part of a rule or of a parameter, when it is another. @param head  printed once, before the first */
static void
compare_part(struct comparing *comparing, const char *head, bool *has_head, const char *part,
             const char *before, const char *after)
{
    before = before ? before : "";
    after = after ? after : "";
    if (strcmp(before, after) == 0)
        return;
    if (!*has_head)
        printf("~ %s\n", head);
    *has_head = true;
    comparing->nchanges++;
    printf("    %-12s - ", part);
    print_safely(*before ? before : "(none)");
    printf("\n    %-12s + ", "");
    print_safely(*after ? after : "(none)");
    putchar('\n');
}

static void
compare_rule(struct comparing *comparing, const struct rule *a, const struct rule *b)
{
    struct buf cites[2] = {{0}, {0}};
    bool has_head = false;
    write_cites(a->cites, a->ncites, &cites[0]);
    write_cites(b->cites, b->ncites, &cites[1]);
    const struct {
        const char *part, *before, *after;
    } parts[] = {
        {"verdict", verdict_name(a->verdict), verdict_name(b->verdict)},
        {"level", rule_level_name(a->level), rule_level_name(b->level)},
        {"basis", rule_basis_name(a->basis), rule_basis_name(b->basis)},
        {"applies when", a->applies_when, b->applies_when},
        {"fails when", a->fails_when, b->fails_when},
        {"shown by", a->shown_by, b->shown_by},
        {"law", buf_text(&cites[0]), buf_text(&cites[1])},
        {"title", a->title.en, b->title.en},
        {"title zh", a->title.zh, b->title.zh},
        {"reason", a->reason.en, b->reason.en},
        {"reason zh", a->reason.zh, b->reason.zh},
        {"remedy", a->remedy.en, b->remedy.en},
        {"remedy zh", a->remedy.zh, b->remedy.zh},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        compare_part(comparing, b->id, &has_head, parts[i].part, parts[i].before, parts[i].after);
    if (b->override && a->verdict != b->verdict) {
        printf("    %-12s   ", "because");
        print_safely(b->override->reason.en);
        putchar('\n');
    }
    buf_finish(&cites[0]);
    buf_finish(&cites[1]);
}

static const struct pack_parameter *
find_parameter(const struct pack_set *set, const char *pack, const char *name)
{
    for (size_t i = 0; i < set->npacks; i++)
        for (size_t j = 0; j < set->packs[i].nparameters; j++)
            if (strcmp(set->packs[i].id, pack) == 0 &&
                strcmp(set->packs[i].parameters[j].declared.name, name) == 0)
                return &set->packs[i].parameters[j];
    return NULL;
}

static void
compare_parameter(struct comparing *comparing, const char *pack, const struct pack_parameter *a,
                  const struct pack_parameter *b)
{
    struct buf head = {0}, before = {0}, after = {0};
    bool has_head = false;
    const struct pack_parameter *any = a ? a : b;
    assert(any);
    (void)buf_printf(&head, ":%s.%s", pack, any->declared.name);
    if (a)
        (void)expression_append_value(&before, &a->value);
    if (b)
        (void)expression_append_value(&after, &b->value);
    compare_part(comparing, buf_text(&head), &has_head, "value", buf_text(&before), buf_text(&after));
    if (has_head && b && b->setting) {
        printf("    %-12s   ", "because");
        print_safely(b->setting->reason.en);
        putchar('\n');
    }
    buf_finish(&head);
    buf_finish(&before);
    buf_finish(&after);
}

static void
compare_parameters(struct comparing *comparing)
{
    for (size_t i = 0; i < comparing->before->npacks; i++)
        for (size_t j = 0; j < comparing->before->packs[i].nparameters; j++) {
            const struct pack *pack = &comparing->before->packs[i];
            const char *name = pack->parameters[j].declared.name;
            compare_parameter(comparing, pack->id, &pack->parameters[j],
                              find_parameter(comparing->after, pack->id, name));
        }
    for (size_t i = 0; i < comparing->after->npacks; i++)
        for (size_t j = 0; j < comparing->after->packs[i].nparameters; j++) {
            const struct pack *pack = &comparing->after->packs[i];
            if (!find_parameter(comparing->before, pack->id, pack->parameters[j].declared.name))
                compare_parameter(comparing, pack->id, NULL, &pack->parameters[j]);
        }
}

/* Conditions of packs that are on both sides. */
static void
compare_packs(struct comparing *comparing)
{
    for (size_t i = 0; i < comparing->before->npacks; i++)
        for (size_t j = 0; j < comparing->after->npacks; j++) {
            const struct pack *a = &comparing->before->packs[i], *b = &comparing->after->packs[j];
            bool has_head = false;
            if (strcmp(a->id, b->id) != 0)
                continue;
            compare_part(comparing, a->id, &has_head, "version", a->version, b->version);
            compare_part(comparing, a->id, &has_head, "applies when", a->applies_when, b->applies_when);
        }
}

static void
compare_sets(struct comparing *comparing)
{
    compare_packs(comparing);
    for (size_t i = 0; i < comparing->before->nrules; i++)
        if (!find_rule(comparing->after, comparing->before->rules[i]->id)) {
            print_rule('-', comparing->before->rules[i]);
            comparing->nchanges++;
        }
    for (size_t i = 0; i < comparing->after->nrules; i++) {
        const struct rule *now = comparing->after->rules[i], *then = find_rule(comparing->before, now->id);
        if (then)
            compare_rule(comparing, then, now);
        else {
            print_rule('+', now);
            comparing->nchanges++;
        }
    }
    compare_parameters(comparing);
}

int
policy_diff(const char *dir, const char *before, const char *after, size_t *nchanges, struct err *err)
{
    struct pack_set sets[2];
    const char *const names[] = {before, after};
    struct pack_request request = {.policy_dir = dir, .nnames = 1};
    request.names = &names[0];
    TRY(pack_set_load(&request, &sets[0], err));
    request.names = &names[1];
    int status = pack_set_load(&request, &sets[1], err);
    if (status == PROV_OK) {
        struct comparing comparing = {.before = &sets[0], .after = &sets[1]};
        compare_sets(&comparing);
        *nchanges = comparing.nchanges;
        if (!comparing.nchanges)
            puts("no rule and no parameter is another");
        pack_set_finish(&sets[1]);
    }
    pack_set_finish(&sets[0]);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules over items, judged by kinds of items.
 *
 * A dataset has a million items and a few hundred different ones, as far as rules can tell: what a rule says
 * depends on the facts it names and on nothing else. So items are taken by their keys (item_keys.c), a key is
 * looked up among those seen so far, and only a new kind is put to the rules:
 *
 *     item --facts that the tests name--> key --> kind --> answers, outcome, verdict
 *                                           \-- new --> rule_pass.c
 *
 * A hundred rules then cost what one costs. Rules that name facts with endless values (size, say) make many
 * kinds; the table is emptied when it is full, and the work is at worst what it would be without it.
 */
#include "policy/rule_items.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "policy/item_keys.h"
#include "policy/rule_pass.h"

enum { KINDS_MAX = 1 << 15 };

/* A kind of item: what the rules say of all items with the same facts. */
struct kind {
    uint64_t count; /**< items of it, not yet added to the results */
    enum verdict verdict;
    uint32_t outcome;
    uint32_t set;    /**< rules waived for it, see waivers.h; INTERN_NONE: none */
    bool is_open;    /**< some of its answers still want evidence */
    int8_t *answers; /**< one for each test; owned */
};

struct judging {
    struct rule_tally *tally;
    struct rule_pass pass;
    size_t nrules; /**< of level item: the first 2 * nrules tests are theirs */
    struct item_keys *items;
    struct intern keys;
    struct kind *kinds; /**< KINDS_MAX, one for each key */
    uint32_t last;      /**< kind of the item before: neighbours are alike; INTERN_NONE: none */
    uint8_t *outcome;   /**< conformity of each rule of level item */
    struct buf key;     /**< of items with waivers */
};

static int
memory(const struct judging *judging)
{
    return err_set(judging->tally->err, PROV_E_MEMORY, "out of memory");
}

/* Rules of other levels that failed or could not be decided, and can show items. */
static bool
wants_items(const struct rule_tally *tally, size_t rule)
{
    const struct rule_result *result = &tally->results[rule];
    return tally->set->rules[rule]->shown_sql &&
           (result->counts[CONFORMITY_NOT_CONFORM] || result->counts[CONFORMITY_UNDETERMINED]);
}

static int
prepare(struct judging *judging)
{
    struct rule_tally *tally = judging->tally;
    TRY(rule_pass_add_level(&judging->pass, tally->set, RULE_ITEM, tally->err));
    judging->nrules = judging->pass.ntests / 2;
    for (size_t i = 0; i < tally->set->nrules; i++)
        if (wants_items(tally, i))
            TRY(rule_pass_add(&judging->pass, i, tally->set->rules[i]->shown_sql, tally->err));
    TRY(rule_pass_compile(&judging->pass, tally->err));
    judging->outcome = calloc(judging->nrules + 1, 1);
    judging->kinds = calloc(KINDS_MAX, sizeof *judging->kinds);
    if (!judging->outcome || !judging->kinds)
        return memory(judging);
    return item_keys_open(tally->db, judging->pass.used, &judging->items, tally->err);
}

/* What the answers come to. */
static int
fill_kind(struct judging *judging, uint32_t set, struct kind *kind)
{
    struct rule_tally *tally = judging->tally;
    const struct rule_pass *pass = &judging->pass;
    *kind = (struct kind){.set = set, .is_open = true, .answers = malloc(pass->ntests + 1)};
    if (!kind->answers)
        return memory(judging);
    for (size_t i = 0; i < pass->ntests; i++)
        kind->answers[i] = (int8_t)pass->answers[i];
    for (size_t i = 0; i < judging->nrules; i++) {
        enum conformity conformity = rule_conformity(pass->answers[2 * i], pass->answers[2 * i + 1]);
        enum verdict verdict = rule_verdict(tally->set->rules[pass->tests[2 * i].rule], conformity);
        bool waived = waived_has(tally->waived, set, pass->tests[2 * i].rule);
        judging->outcome[i] = (uint8_t)(conformity < CONFORMITY_UNDETERMINED ? 0 : conformity);
        if (waived && judging->outcome[i])
            judging->outcome[i] |= OUTCOME_WAIVED;
        if (verdict > kind->verdict && !waived)
            kind->verdict = verdict;
    }
    return rule_tally_outcome(tally, (struct bytes){judging->outcome, judging->nrules}, &kind->outcome);
}

/* Add the counts of all kinds to the results, and forget the kinds. */
static void
empty_kinds(struct judging *judging)
{
    for (size_t k = 0; k < judging->keys.nnames; k++) {
        struct kind *kind = &judging->kinds[k];
        for (size_t i = 0; kind->answers && i < judging->nrules; i++) {
            enum conformity conformity = rule_conformity(kind->answers[2 * i], kind->answers[2 * i + 1]);
            size_t rule = judging->pass.tests[2 * i].rule;
            judging->tally->results[rule].counts[conformity] += kind->count;
            if (waived_has(judging->tally->waived, kind->set, rule))
                judging->tally->results[rule].waived[conformity] += kind->count;
        }
        free(kind->answers);
        *kind = (struct kind){0};
    }
    intern_finish(&judging->keys);
    judging->last = INTERN_NONE;
}

static int
kind_of(struct judging *judging, struct bytes key, uint32_t set, struct kind **kind)
{
    uint32_t number = judging->last;
    if (number == INTERN_NONE || !bytes_equal(judging->keys.names[number], key))
        number = intern_find(&judging->keys, key);
    bool is_new = number == INTERN_NONE;
    if (is_new) {
        struct db_statement *facts = NULL;
        if (judging->keys.nnames == KINDS_MAX)
            empty_kinds(judging);
        TRY(item_keys_facts(judging->items, &facts, judging->tally->err));
        TRY(rule_pass_ask(&judging->pass, facts, judging->tally->err));
        if (intern_add(&judging->keys, key, &number) != PROV_OK)
            return memory(judging);
    }
    judging->last = number;
    *kind = &judging->kinds[number];
    return is_new ? fill_kind(judging, set, *kind) : PROV_OK;
}

/* Items with waivers are of a kind of their own: a source that cannot be, the waivers, then the key. */
static int
key_of(struct judging *judging, const struct item_key *item, uint32_t set, struct bytes *key)
{
    const uint32_t head[] = {UINT32_MAX, UINT32_MAX, set};
    *key = item->key;
    if (set == INTERN_NONE)
        return PROV_OK;
    buf_clear(&judging->key);
    if (buf_append(&judging->key, head, sizeof head) != PROV_OK ||
        buf_append(&judging->key, item->key.data, item->key.size) != PROV_OK)
        return memory(judging);
    *key = buf_bytes(&judging->key);
    return PROV_OK;
}

/*
 * What an item shows of one test: -1 nothing. The answer to the shown_by of a rule of another level counts
 * when it is true where the rule failed, or NULL where it could not tell.
 */
static int
shows(const struct judging *judging, const struct kind *kind, size_t test, uint32_t source)
{
    const struct rule_tally *tally = judging->tally;
    size_t rule = judging->pass.tests[test].rule;
    int answer = kind->answers[test];
    if (test < 2 * judging->nrules) {
        enum conformity own = rule_conformity(answer, kind->answers[test + 1]);
        if (waived_has(tally->waived, kind->set, rule))
            return -1;
        return own >= CONFORMITY_UNDETERMINED ? (int)own : -1;
    }
    enum conformity conformity = tally->results[rule].counts[CONFORMITY_NOT_CONFORM]
                                     ? CONFORMITY_NOT_CONFORM
                                     : CONFORMITY_UNDETERMINED;
    if (tally->set->rules[rule]->level == RULE_SOURCE)
        conformity = tally->source_results[rule * tally->nsources + source];
    bool failed = conformity == CONFORMITY_NOT_CONFORM && answer == 1;
    bool open = conformity == CONFORMITY_UNDETERMINED && answer != 0;
    return failed || open ? (int)conformity : -1;
}

/* Keep the item as evidence wherever its kind shows something and there is room. */
static int
keep_evidence(struct judging *judging, struct kind *kind, struct rule_place place)
{
    struct rule_tally *tally = judging->tally;
    bool wanted = false;
    for (size_t i = 0; i < judging->pass.ntests; i += i < 2 * judging->nrules ? 2 : 1) {
        int conformity = shows(judging, kind, i, place.source);
        size_t rule = judging->pass.tests[i].rule;
        if (conformity < 0 || !rule_tally_has_room(tally, rule, (enum conformity)conformity))
            continue;
        TRY(rule_tally_show(tally, rule, (enum conformity)conformity, place));
        wanted = true;
    }
    kind->is_open = wanted;
    return PROV_OK;
}

static int
judge_item(struct judging *judging, const struct item_key *item)
{
    struct rule_tally *tally = judging->tally;
    struct kind *kind = NULL;
    struct rule_place place = {item->unit, item->item, item->source};
    if (place.source >= tally->nsources)
        return err_set(tally->err, PROV_E_INTERNAL, "an item of a source that is not there");
    uint32_t set = waived_of_item(tally->waived, place.unit, place.item);
    struct bytes key;
    TRY(key_of(judging, item, set, &key));
    TRY(kind_of(judging, key, set, &kind));
    kind->count++;
    tally->totals.nitems++;
    if (kind->is_open)
        TRY(keep_evidence(judging, kind, place));
    return kind->verdict == VERDICT_ALLOW && set == INTERN_NONE
               ? PROV_OK
               : rule_tally_item(tally, place, kind->verdict, kind->outcome);
}

int
rule_items_judge(struct rule_tally *tally)
{
    struct judging judging = {.tally = tally, .last = INTERN_NONE};
    struct item_key item = {0};
    bool has_item = false;
    int status = prepare(&judging);
    while (status == PROV_OK &&
           (status = item_keys_next(judging.items, &item, &has_item, tally->err)) == PROV_OK && has_item)
        status = judge_item(&judging, &item);
    if (judging.kinds)
        empty_kinds(&judging);
    free(judging.kinds);
    free(judging.outcome);
    buf_finish(&judging.key);
    item_keys_close(judging.items);
    rule_pass_finish(&judging.pass);
    return status;
}

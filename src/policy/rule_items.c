/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules over items, judged by kinds of items.
 *
 * A dataset has a million items and a few hundred different ones, as far as rules can tell: what a rule says depends
 * on the facts it names and on nothing else. So the pass reads those facts, looks the row up among the kinds seen so
 * far, and only a new kind is put to the rules:
 *
 *     item_facts --facts that the tests name--> key --> kind --> answers, outcome, verdict
 *                                                 \-- new --> SELECT (tests) FROM (SELECT ?1 AS fact, ...)
 *
 * A hundred rules then cost what one costs. Rules that name facts with endless values (size, say) make many kinds;
 * the table is emptied when it is full, and the work is at worst what it would be without it.
 */
#include "policy/rule_items.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "policy/rule_pass.h"

enum { KINDS_MAX = 1 << 15 };

/* A kind of item: what the rules say of all items with the same facts. */
struct kind {
    uint64_t count; /**< items of it, not yet added to the results */
    enum verdict verdict;
    uint32_t outcome;
    bool is_open; /**< some of its answers still want evidence */
    int8_t *answers; /**< one for each test; owned */
};

struct judging {
    struct rule_tally *tally;
    struct rule_pass pass;
    size_t nrules;              /**< of level item: the first 2 * nrules tests are theirs */
    struct db_statement *items; /**< unit, unit id, item, source, then the facts used */
    struct intern keys;
    struct kind *kinds; /**< KINDS_MAX, one for each key */
    struct buf key;
    uint8_t *outcome; /**< conformity of each rule of level item */
    int64_t unit, item; /**< ordinals of the last row: they must ascend */
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
prepare_items(struct judging *judging)
{
    struct buf sql = {0};
    int status = buf_append_text(&sql, "SELECT unit, unit_id, item, source");
    for (size_t i = 0; fact_column_at(RULE_ITEM, i) && status == PROV_OK; i++)
        if (judging->pass.used[i])
            status = buf_printf(&sql, ", %s", fact_column_at(RULE_ITEM, i)->name);
    if (status == PROV_OK)
        status = buf_append_text(&sql, " FROM item_facts ORDER BY unit");
    status = status == PROV_OK ? db_prepare(judging->tally->db, buf_text(&sql), &judging->items, judging->tally->err)
                               : memory(judging);
    buf_finish(&sql);
    return status;
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
    TRY(rule_pass_compile(&judging->pass, tally->db, ROWS_OF_BINDS, tally->err));
    judging->outcome = calloc(judging->nrules + 1, 1);
    judging->kinds = calloc(KINDS_MAX, sizeof *judging->kinds);
    if (!judging->outcome || !judging->kinds)
        return memory(judging);
    return prepare_items(judging);
}

/* The facts of the row as bytes, and its source, which evidence and counts depend on. */
static int
make_key(struct judging *judging, uint32_t source)
{
    struct buf *key = &judging->key;
    int column = 4;
    buf_clear(key);
    TRY(buf_append(key, &source, sizeof source));
    for (size_t i = 0; fact_column_at(RULE_ITEM, i); i++) {
        if (!judging->pass.used[i])
            continue;
        bool is_null = db_is_null(judging->items, column);
        TRY(buf_append_byte(key, is_null));
        if (!is_null && fact_column_at(RULE_ITEM, i)->type[0] == 'T') {
            struct bytes text = db_bytes(judging->items, column);
            TRY(buf_append(key, &text.size, sizeof text.size));
            TRY(buf_append(key, text.data, text.size));
        } else if (!is_null) {
            int64_t value = db_int(judging->items, column);
            TRY(buf_append(key, &value, sizeof value));
        }
        column++;
    }
    return PROV_OK;
}

/* Put the facts of the row to the rules. */
static int
ask(struct judging *judging)
{
    struct rule_pass *pass = &judging->pass;
    bool has_row = false;
    for (size_t p = 0; p < pass->nportions; p++) {
        struct db_statement *statement = pass->portions[p].statement;
        int column = 4, parameter = 1;
        db_reset(statement);
        for (size_t i = 0; fact_column_at(RULE_ITEM, i); i++) {
            if (!pass->used[i])
                continue;
            if (db_is_null(judging->items, column))
                db_bind_null(statement, parameter);
            else if (fact_column_at(RULE_ITEM, i)->type[0] == 'T')
                db_bind_text_bytes(statement, parameter, db_bytes(judging->items, column));
            else
                db_bind_int(statement, parameter, db_int(judging->items, column));
            column++;
            parameter++;
        }
    }
    return rule_pass_step(pass, &has_row, judging->tally->err);
}

/* What the answers come to. */
static int
fill_kind(struct judging *judging, struct kind *kind)
{
    struct rule_tally *tally = judging->tally;
    const struct rule_pass *pass = &judging->pass;
    *kind = (struct kind){.is_open = true, .answers = malloc(pass->ntests + 1)};
    if (!kind->answers)
        return memory(judging);
    for (size_t i = 0; i < pass->ntests; i++)
        kind->answers[i] = (int8_t)pass->answers[i];
    for (size_t i = 0; i < judging->nrules; i++) {
        enum conformity conformity = rule_conformity(pass->answers[2 * i], pass->answers[2 * i + 1]);
        enum verdict verdict = rule_verdict(tally->set->rules[pass->tests[2 * i].rule], conformity);
        judging->outcome[i] = (uint8_t)(conformity < CONFORMITY_UNDETERMINED ? 0 : conformity);
        if (verdict > kind->verdict)
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
            judging->tally->results[judging->pass.tests[2 * i].rule].counts[conformity] += kind->count;
        }
        free(kind->answers);
        *kind = (struct kind){0};
    }
    intern_finish(&judging->keys);
}

static int
kind_of(struct judging *judging, struct kind **kind)
{
    uint32_t number = intern_find(&judging->keys, buf_bytes(&judging->key));
    if (number != INTERN_NONE) {
        *kind = &judging->kinds[number];
        return PROV_OK;
    }
    if (judging->keys.nnames == KINDS_MAX)
        empty_kinds(judging);
    TRY(ask(judging));
    if (intern_add(&judging->keys, buf_bytes(&judging->key), &number) != PROV_OK)
        return memory(judging);
    *kind = &judging->kinds[number];
    return fill_kind(judging, *kind);
}

/*
 * What an item shows of one test: -1 nothing. The answer to the shown_by of a rule of another level counts when it is
 * true where the rule failed, or NULL where it could not tell.
 */
static int
shows(const struct judging *judging, const struct kind *kind, size_t test, uint32_t source)
{
    const struct rule_tally *tally = judging->tally;
    size_t rule = judging->pass.tests[test].rule;
    int answer = kind->answers[test];
    if (test < 2 * judging->nrules) {
        enum conformity own = rule_conformity(answer, kind->answers[test + 1]);
        return own >= CONFORMITY_UNDETERMINED ? (int)own : -1;
    }
    enum conformity conformity = tally->results[rule].counts[CONFORMITY_NOT_CONFORM] ? CONFORMITY_NOT_CONFORM
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
judge_item(struct judging *judging)
{
    struct rule_tally *tally = judging->tally;
    struct db_statement *row = judging->items;
    struct kind *kind = NULL;
    int64_t unit = db_int(row, 0), item = db_int(row, 2);
    struct rule_place place = {db_int(row, 1), item, (uint32_t)db_int(row, 3)};
    if (unit < judging->unit || (unit == judging->unit && item <= judging->item) || place.source >= tally->nsources)
        return err_set(tally->err, PROV_E_INTERNAL, "items of the store came out of order");
    judging->unit = unit;
    judging->item = item;
    if (make_key(judging, place.source) != PROV_OK)
        return memory(judging);
    TRY(kind_of(judging, &kind));
    kind->count++;
    tally->totals.nitems++;
    if (kind->is_open)
        TRY(keep_evidence(judging, kind, place));
    return kind->verdict == VERDICT_ALLOW ? PROV_OK : rule_tally_item(tally, place, kind->verdict, kind->outcome);
}

int
rule_items_judge(struct rule_tally *tally)
{
    struct judging judging = {.tally = tally, .unit = -1};
    bool has_row = false;
    int status = prepare(&judging);
    while (status == PROV_OK && (status = db_step(judging.items, &has_row, tally->err)) == PROV_OK && has_row)
        status = judge_item(&judging);
    if (judging.kinds)
        empty_kinds(&judging);
    free(judging.kinds);
    free(judging.outcome);
    buf_finish(&judging.key);
    db_finish(judging.items);
    rule_pass_finish(&judging.pass);
    return status;
}

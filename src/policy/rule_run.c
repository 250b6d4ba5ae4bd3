/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All rules over all facts, in three passes.
 *
 *     dataset_facts   one row    x  rules of the level dataset  ┐ which of them failed decides what the
 *     source_facts    a row each x  rules of the level source   ┘ item pass collects as their evidence
 *     item_facts      a row each x  rules of the level item, and the shown_by of rules that failed above
 *
 * rule_pass.c makes statements of the tests, rule_items.c runs the last pass, rule_tally.c keeps what comes
 * out.
 */
#include "policy/rule_run.h"

#include "base/status.h"
#include "policy/rule_items.h"
#include "policy/rule_pass.h"
#include "policy/rule_tally.h"

enum conformity
rule_conformity(int applies, int fails)
{
    if (applies == 0)
        return CONFORMITY_NOT_APPLICABLE;
    if (applies < 0 || fails < 0)
        return CONFORMITY_UNDETERMINED;
    return fails ? CONFORMITY_NOT_CONFORM : CONFORMITY_CONFORM;
}

enum verdict
rule_verdict(const struct rule *rule, enum conformity conformity)
{
    switch (conformity) {
    case CONFORMITY_NOT_CONFORM:
        return rule->verdict;
    case CONFORMITY_UNDETERMINED:
        return VERDICT_REVIEW;
    default:
        return VERDICT_ALLOW;
    }
}

/* The rows of a level, with the facts that its rules name. */
static int
open_facts(const struct rule_tally *tally, const struct rule_pass *pass, const char *number,
           struct db_statement **facts)
{
    struct buf sql = {0};
    int status = buf_printf(&sql, "SELECT %s", number);
    if (status == PROV_OK)
        status = fact_columns_append(&sql, pass->level, pass->used);
    if (status == PROV_OK)
        status = buf_printf(&sql, " FROM %s ORDER BY 1", rule_level_view(pass->level));
    status = status == PROV_OK ? db_prepare(tally->db, buf_text(&sql), facts, tally->err)
                               : err_set(tally->err, status, "out of memory");
    buf_finish(&sql);
    return status;
}

static void
take_dataset(struct rule_tally *tally, const struct rule_pass *pass)
{
    for (size_t i = 0; i + 1 < pass->ntests; i += 2) {
        size_t rule = pass->tests[i].rule;
        enum conformity conformity = rule_conformity(pass->answers[i], pass->answers[i + 1]);
        tally->results[rule].counts[conformity]++;
        tally->results[rule].waived[conformity] += tally->waived->dataset && tally->waived->dataset[rule];
    }
}

/* The source of everything undeclared is judged only when there is something undeclared. */
static void
take_source(struct rule_tally *tally, const struct rule_pass *pass, size_t source, bool has_undeclared)
{
    if (source >= tally->nsources || (source == 0 && !has_undeclared))
        return;
    for (size_t i = 0; i + 1 < pass->ntests; i += 2)
        rule_tally_source(tally, pass->tests[i].rule, source,
                          rule_conformity(pass->answers[i], pass->answers[i + 1]));
}

/* All rules of the level source or dataset, over its rows. */
static int
judge_level(struct rule_tally *tally, enum rule_level level)
{
    struct rule_pass pass = {0};
    struct db_statement *facts = NULL;
    int64_t nundeclared = 0;
    bool has_row = false;
    TRY(db_query_int(tally->db, "SELECT content_items FROM source_sum WHERE source = 0", &nundeclared,
                     tally->err));
    int status = rule_pass_add_level(&pass, tally->set, level, tally->err);
    if (status == PROV_OK)
        status = rule_pass_compile(&pass, tally->err);
    if (status == PROV_OK)
        status = open_facts(tally, &pass, level == RULE_SOURCE ? "source" : "0", &facts);
    while (status == PROV_OK && (status = db_step(facts, &has_row, tally->err)) == PROV_OK && has_row) {
        status = rule_pass_ask(&pass, facts, tally->err);
        if (status == PROV_OK && level == RULE_SOURCE)
            take_source(tally, &pass, (size_t)db_int(facts, 0), nundeclared > 0);
        else if (status == PROV_OK)
            take_dataset(tally, &pass);
    }
    db_finish(facts);
    rule_pass_finish(&pass);
    return status;
}

int
rule_run(struct db *db, const struct pack_set *set, const struct waived *waived, size_t nevidence_max,
         struct rule_run_result *result, struct err *err)
{
    struct rule_tally tally;
    int status = rule_tally_init(&tally, db, set, waived, nevidence_max, err);
    if (status == PROV_OK)
        status = judge_level(&tally, RULE_DATASET);
    if (status == PROV_OK)
        status = judge_level(&tally, RULE_SOURCE);
    if (status == PROV_OK)
        status = rule_items_judge(&tally);
    if (status == PROV_OK)
        status = rule_tally_store(&tally);
    if (status == PROV_OK)
        *result = tally.totals;
    rule_tally_finish(&tally);
    return status;
}

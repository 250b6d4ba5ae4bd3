/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All rules over all facts, in three passes.
 *
 *     dataset_facts   one row    x  rules of the level dataset  ┐ which of them failed decides what the
 *     source_facts    a row each x  rules of the level source   ┘ item pass collects as their evidence
 *     item_facts      a row each x  rules of the level item, and the shown_by of rules that failed above
 *
 * rule_pass.c makes statements of the tests, rule_items.c runs the last pass, rule_tally.c keeps what comes out.
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

static int
judge_dataset(struct rule_tally *tally)
{
    struct rule_pass pass = {0};
    bool has_row = false;
    int status = rule_pass_add_level(&pass, tally->set, RULE_DATASET, tally->err);
    if (status == PROV_OK)
        status = rule_pass_compile(&pass, tally->db, ROWS_OF_VIEW, tally->err);
    if (status == PROV_OK)
        status = rule_pass_step(&pass, &has_row, tally->err);
    for (size_t i = 0; i + 1 < pass.ntests && status == PROV_OK && has_row; i += 2)
        tally->results[pass.tests[i].rule].counts[rule_conformity(pass.answers[i], pass.answers[i + 1])]++;
    rule_pass_finish(&pass);
    return status;
}

/* The source of everything undeclared is judged only when there is something undeclared. */
static int
judge_sources(struct rule_tally *tally)
{
    struct rule_pass pass = {0};
    int64_t nundeclared = 0;
    bool has_row = false;
    TRY(db_query_int(tally->db, "SELECT content_items FROM source_sum WHERE source = 0", &nundeclared, tally->err));
    int status = rule_pass_add_level(&pass, tally->set, RULE_SOURCE, tally->err);
    if (status == PROV_OK)
        status = rule_pass_compile(&pass, tally->db, ROWS_OF_VIEW, tally->err);
    while (status == PROV_OK && (status = rule_pass_step(&pass, &has_row, tally->err)) == PROV_OK && has_row) {
        size_t source = (size_t)db_int(pass.portions[0].statement, 0);
        if (source >= tally->nsources || (source == 0 && nundeclared == 0))
            continue;
        for (size_t i = 0; i + 1 < pass.ntests; i += 2)
            rule_tally_source(tally, pass.tests[i].rule, source, rule_conformity(pass.answers[i], pass.answers[i + 1]));
    }
    rule_pass_finish(&pass);
    return status;
}

int
rule_run(struct db *db, const struct pack_set *set, size_t nevidence_max, struct rule_run_result *result,
         struct err *err)
{
    struct rule_tally tally;
    int status = rule_tally_init(&tally, db, set, nevidence_max, err);
    if (status == PROV_OK)
        status = judge_dataset(&tally);
    if (status == PROV_OK)
        status = judge_sources(&tally);
    if (status == PROV_OK)
        status = rule_items_judge(&tally);
    if (status == PROV_OK)
        status = rule_tally_store(&tally);
    if (status == PROV_OK)
        *result = tally.totals;
    rule_tally_finish(&tally);
    return status;
}

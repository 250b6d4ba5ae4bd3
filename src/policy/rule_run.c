/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All rules over all facts, in few passes.
 *
 *     dataset_facts   one row    x  rules of the level dataset  ┐ which of them failed decides what the
 *     source_facts    a row each x  rules of the level source   ┘ item pass collects as their evidence
 *     item_facts      a row each x  rules of the level item, and the shown_by of rules that failed above
 *
 * A pass is one statement whose columns are the tests of all rules (in portions, because SQLite bounds the
 * text and the columns of a statement; portions advance in step). The facts that the tests name are computed
 * once a row by an inner query, not once a rule. Statements run behind the fence of base/db.h.
 *
 * What rules say of an item is kept as a number: the different answers are few, the items are millions.
 */
#include "policy/rule_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/intern.h"

enum {
    PORTION_SQL_BYTES_MAX = 48 << 10, /* the fence allows 64 KiB */
    PORTION_TESTS_MAX = 400,          /* columns; SQLite allows 2000 */
    PORTIONS_MAX = 256,
    COLUMNS_MAX = 128, /* facts of a level */
    COMPILE_STEPS_MAX = 1000,
};

/* One test among the columns of a pass. */
struct test {
    size_t rule;     /**< index in the set */
    const char *sql; /**< NULL: always true */
};

/* A statement that answers some of the tests, for one row after the other. */
struct portion {
    struct db_statement *statement;
    size_t first, ntests; /**< into the tests of the pass */
};

/* All tests of one pass, two a rule of its level and one for each shown_by. */
struct pass {
    struct test *tests;
    int *answers; /**< one for each test: 1 true, 0 false, -1 NULL */
    size_t ntests;
    struct portion portions[PORTIONS_MAX];
    size_t nportions;
};

struct place {
    int64_t unit, item;
    uint32_t source;
};

/* Items that show one result. */
struct places {
    struct place *places;
    size_t nplaces, capacity;
};

struct run {
    struct db *db;
    const struct pack_set *set;
    size_t nevidence_max;
    struct rule_result *results;     /**< one for each rule */
    enum conformity *source_results; /**< rules x sources; NOT_APPLICABLE for rules of other levels */
    uint64_t *source_denied, *source_reviewed;
    enum verdict *source_verdicts;
    size_t nsources;         /**< with the undeclared one */
    struct places *shown[2]; /**< one for each rule: undetermined, not conform */
    struct intern outcomes;  /**< conformity of each rule as one byte */
    struct db_statement *insert_outcome;
    struct rule_run_result *totals;
    struct err *err;
};

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
memory(const struct run *run)
{
    return err_set(run->err, PROV_E_MEMORY, "out of memory");
}

static int
add_test(const struct run *run, struct pass *pass, size_t rule, const char *sql)
{
    struct test *larger = realloc(pass->tests, (pass->ntests + 1) * sizeof *larger);
    if (!larger)
        return memory(run);
    pass->tests = larger;
    pass->tests[pass->ntests++] = (struct test){rule, sql};
    return PROV_OK;
}

/* The facts that a pass needs, as a list of columns. */
static int
append_columns(const struct pass *pass, enum rule_level level, struct buf *sql)
{
    bool used[COLUMNS_MAX] = {false};
    char fault[EXPRESSION_FAULT_MAX];
    struct expression_scope scope = {.level = level, .used = used};
    struct buf scratch = {0};
    int status = PROV_OK;
    for (size_t i = 0; i < pass->ntests && status == PROV_OK; i++) {
        buf_clear(&scratch);
        if (pass->tests[i].sql) /* compiled text is itself an expression, and now it names its columns */
            status = expression_compile(pass->tests[i].sql, &scope, &scratch, fault);
    }
    buf_finish(&scratch);
    for (size_t i = 0; fact_column_at(level, i) && status == PROV_OK; i++)
        if (used[i])
            status = buf_printf(sql, ", %s", fact_column_at(level, i)->name);
    return status;
}

/*
 * SELECT key, (test), (test) ... FROM (SELECT key, facts FROM view WHERE ... LIMIT -1)
 * The LIMIT keeps SQLite from pulling the inner query into the outer one, where each test would compute its
 * facts.
 */
static int
portion_sql(const struct pass *pass, const struct portion *portion, enum rule_level level, struct buf *sql)
{
    static const char *const keys[] = {"item AS k, source AS s", "source AS k, source AS s",
                                       "0 AS k, 0 AS s"};
    static const char *const tails[] = {" WHERE unit_id = ?1 ORDER BY item", " ORDER BY source", ""};
    TRY(buf_append_text(sql, "SELECT k, s"));
    for (size_t i = 0; i < portion->ntests; i++) {
        const char *test = pass->tests[portion->first + i].sql;
        TRY(buf_printf(sql, ", (%s)", test ? test : "1"));
    }
    TRY(buf_printf(sql, " FROM (SELECT %s", keys[level]));
    TRY(append_columns(pass, level, sql));
    return buf_printf(sql, " FROM %s%s LIMIT -1)", rule_level_view(level), tails[level]);
}

/* Compile one portion behind the fence. */
static int
prepare_portion(struct run *run, const struct pass *pass, struct portion *portion, enum rule_level level)
{
    static const char *const views[] = {"item_facts", "source_facts", "dataset_facts", NULL};
    struct buf sql = {0};
    int status = portion_sql(pass, portion, level, &sql);
    if (status == PROV_OK) {
        db_fence(run->db, views, COMPILE_STEPS_MAX);
        status = db_prepare(run->db, buf_text(&sql), &portion->statement, run->err);
        db_fence(run->db, NULL, 0);
    }
    buf_finish(&sql);
    if (status == PROV_OK)
        return PROV_OK;
    return err_set(run->err, status, "the rules of level '%s' do not compile", rule_level_name(level));
}

/* Divide the tests into portions. */
static int
prepare_pass(struct run *run, struct pass *pass, enum rule_level level)
{
    pass->answers = calloc(pass->ntests + 1, sizeof *pass->answers);
    if (!pass->answers)
        return memory(run);
    size_t next = 0;
    do {
        if (pass->nportions == PORTIONS_MAX)
            return err_set(run->err, PROV_E_POLICY, "too many rules: more than %d portions", PORTIONS_MAX);
        struct portion *portion = &pass->portions[pass->nportions++];
        size_t size = 0;
        portion->first = next;
        while (next < pass->ntests && portion->ntests < PORTION_TESTS_MAX) {
            size += pass->tests[next].sql ? strlen(pass->tests[next].sql) + 4 : 5;
            if (size > PORTION_SQL_BYTES_MAX && portion->ntests)
                break;
            next++;
            portion->ntests++;
        }
        TRY(prepare_portion(run, pass, portion, level));
    } while (next < pass->ntests);
    return PROV_OK;
}

static void
finish_pass(struct pass *pass)
{
    for (size_t i = 0; i < pass->nportions; i++)
        db_finish(pass->portions[i].statement);
    free(pass->tests);
    free(pass->answers);
    *pass = (struct pass){0};
}

/* Advance all portions by a row and read the answers. */
static int
step_pass(struct run *run, struct pass *pass, bool *has_row)
{
    for (size_t i = 0; i < pass->nportions; i++) {
        struct portion *portion = &pass->portions[i];
        TRY(db_step(portion->statement, has_row, run->err));
        for (size_t j = 0; *has_row && j < portion->ntests; j++) {
            int column = (int)j + 2;
            pass->answers[portion->first + j] =
                db_is_null(portion->statement, column) ? -1 : db_double(portion->statement, column) != 0;
        }
    }
    return PROV_OK;
}

/* Two tests a rule of the level: applies, fails. */
static int
add_rules(struct run *run, struct pass *pass, enum rule_level level)
{
    for (size_t i = 0; i < run->set->nrules; i++) {
        const struct rule *rule = run->set->rules[i];
        if (rule->level != level)
            continue;
        TRY(add_test(run, pass, i, rule->applies_sql));
        TRY(add_test(run, pass, i, rule->fails_sql));
    }
    return PROV_OK;
}

static int
judge_dataset(struct run *run)
{
    struct pass pass = {0};
    bool has_row = false;
    int status = add_rules(run, &pass, RULE_DATASET);
    if (status == PROV_OK)
        status = prepare_pass(run, &pass, RULE_DATASET);
    if (status == PROV_OK)
        status = step_pass(run, &pass, &has_row);
    for (size_t i = 0; i + 1 < pass.ntests && status == PROV_OK && has_row; i += 2)
        run->results[pass.tests[i].rule].counts[rule_conformity(pass.answers[i], pass.answers[i + 1])]++;
    finish_pass(&pass);
    return status;
}

/* One source, number as the row has it. */
static int
judge_source(struct run *run, const struct pass *pass, size_t source)
{
    for (size_t i = 0; i < pass->ntests && source < run->nsources; i += 2) {
        size_t rule = pass->tests[i].rule;
        enum conformity conformity = rule_conformity(pass->answers[i], pass->answers[i + 1]);
        enum verdict verdict = rule_verdict(run->set->rules[rule], conformity);
        run->results[rule].counts[conformity]++;
        run->source_results[rule * run->nsources + source] = conformity;
        if (verdict > run->source_verdicts[source])
            run->source_verdicts[source] = verdict;
    }
    return PROV_OK;
}

/* The source of everything undeclared is judged only when there is something undeclared. */
static int
judge_sources(struct run *run, bool skip_undeclared)
{
    struct pass pass = {0};
    bool has_row = false;
    int status = add_rules(run, &pass, RULE_SOURCE);
    if (status == PROV_OK)
        status = prepare_pass(run, &pass, RULE_SOURCE);
    while (status == PROV_OK && (status = step_pass(run, &pass, &has_row)) == PROV_OK && has_row) {
        size_t source = (size_t)db_int(pass.portions[0].statement, 0);
        if (source > 0 || !skip_undeclared)
            status = judge_source(run, &pass, source);
    }
    finish_pass(&pass);
    return status;
}

static bool
wants_items(const struct run *run, size_t rule)
{
    const struct rule_result *result = &run->results[rule];
    return run->set->rules[rule]->shown_sql &&
           (result->counts[CONFORMITY_NOT_CONFORM] || result->counts[CONFORMITY_UNDETERMINED]);
}

static int
keep_place(struct run *run, size_t rule, enum conformity conformity, struct place place)
{
    struct places *places = &run->shown[conformity == CONFORMITY_NOT_CONFORM][rule];
    if (places->nplaces == run->nevidence_max)
        return PROV_OK;
    if (places->nplaces == places->capacity) {
        size_t capacity = places->capacity ? places->capacity * 2 : 8;
        struct place *larger = realloc(places->places, capacity * sizeof *larger);
        if (!larger)
            return memory(run);
        places->places = larger;
        places->capacity = capacity;
    }
    places->places[places->nplaces++] = place;
    return PROV_OK;
}

/*
 * An item that shows why a rule of a higher level came out as it did: the answer to its shown_by is true
 * where the rule failed, and NULL where it could not tell.
 */
static int
show_item(struct run *run, size_t rule, int answer, struct place place)
{
    const struct rule_result *result = &run->results[rule];
    enum conformity conformity =
        result->counts[CONFORMITY_NOT_CONFORM] ? CONFORMITY_NOT_CONFORM : CONFORMITY_UNDETERMINED;
    if (run->set->rules[rule]->level == RULE_SOURCE)
        conformity = run->source_results[rule * run->nsources + place.source];
    bool shows = (conformity == CONFORMITY_NOT_CONFORM && answer == 1) ||
                 (conformity == CONFORMITY_UNDETERMINED && answer != 0);
    return shows ? keep_place(run, rule, conformity, place) : PROV_OK;
}

/* Note what the rules said of one item, if they said anything against it. */
static int
keep_outcome(struct run *run, struct place place, enum verdict verdict, struct bytes answers)
{
    uint32_t number = 0;
    run->totals->nitems++;
    if (verdict == VERDICT_ALLOW)
        return PROV_OK;
    run->totals->nitems_denied += verdict == VERDICT_DENY;
    run->totals->nitems_reviewed += verdict == VERDICT_REVIEW;
    if (place.source < run->nsources)
        (verdict == VERDICT_DENY ? run->source_denied : run->source_reviewed)[place.source]++;
    if (intern_add(&run->outcomes, answers, &number) != PROV_OK)
        return memory(run);
    db_bind_int(run->insert_outcome, 1, place.unit);
    db_bind_int(run->insert_outcome, 2, place.item);
    db_bind_int(run->insert_outcome, 3, number);
    return db_execute(run->insert_outcome, run->err);
}

/* One item: pairs of answers for the rules of its level, then those that show others. */
static int
judge_item(struct run *run, const struct pass *pass, size_t nrules_item, struct place place, uint8_t *answers)
{
    enum verdict worst = VERDICT_ALLOW;
    for (size_t i = 0; i < nrules_item; i++) {
        size_t rule = pass->tests[2 * i].rule;
        enum conformity conformity = rule_conformity(pass->answers[2 * i], pass->answers[2 * i + 1]);
        enum verdict verdict = rule_verdict(run->set->rules[rule], conformity);
        run->results[rule].counts[conformity]++;
        answers[i] = (uint8_t)(conformity < CONFORMITY_UNDETERMINED ? 0 : conformity);
        if (verdict > worst)
            worst = verdict;
        if (conformity >= CONFORMITY_UNDETERMINED)
            TRY(keep_place(run, rule, conformity, place));
    }
    for (size_t i = 2 * nrules_item; i < pass->ntests; i++)
        if (place.source < run->nsources)
            TRY(show_item(run, pass->tests[i].rule, pass->answers[i], place));
    return keep_outcome(run, place, worst, (struct bytes){answers, nrules_item});
}

static int
judge_items_of_unit(struct run *run, struct pass *pass, size_t nrules_item, int64_t unit, uint8_t *answers)
{
    bool has_row = false;
    for (size_t i = 0; i < pass->nportions; i++) {
        db_reset(pass->portions[i].statement);
        db_bind_int(pass->portions[i].statement, 1, unit);
    }
    for (;;) {
        TRY(step_pass(run, pass, &has_row));
        if (!has_row)
            return PROV_OK;
        struct db_statement *row = pass->portions[0].statement;
        struct place place = {unit, db_int(row, 0), (uint32_t)db_int(row, 1)};
        TRY(judge_item(run, pass, nrules_item, place, answers));
    }
}

static int
judge_items(struct run *run, struct db_statement *units)
{
    struct pass pass = {0};
    bool has_row = false;
    int status = add_rules(run, &pass, RULE_ITEM);
    size_t nrules_item = pass.ntests / 2;
    for (size_t i = 0; i < run->set->nrules && status == PROV_OK; i++)
        if (wants_items(run, i))
            status = add_test(run, &pass, i, run->set->rules[i]->shown_sql);
    uint8_t *answers = calloc(nrules_item + 1, 1);
    if (!answers)
        status = memory(run);
    if (status == PROV_OK)
        status = prepare_pass(run, &pass, RULE_ITEM);
    while (status == PROV_OK && (status = db_step(units, &has_row, run->err)) == PROV_OK && has_row)
        status = judge_items_of_unit(run, &pass, nrules_item, db_int(units, 0), answers);
    free(answers);
    finish_pass(&pass);
    return status;
}

/* The worst of a rule's subjects is what the rule came to. */
static void
conclude(struct run *run)
{
    for (size_t i = 0; i < run->set->nrules; i++) {
        struct rule_result *result = &run->results[i];
        result->conformity = CONFORMITY_NOT_APPLICABLE;
        for (int j = CONFORMITY_COUNT; j-- > 0 && result->conformity == CONFORMITY_NOT_APPLICABLE;)
            if (result->counts[j])
                result->conformity = (enum conformity)j;
        result->verdict = rule_verdict(run->set->rules[i], result->conformity);
        if (result->counts[CONFORMITY_UNDETERMINED] && result->verdict < VERDICT_REVIEW)
            result->verdict = VERDICT_REVIEW;
        run->totals->nrules_failed += result->conformity == CONFORMITY_NOT_CONFORM;
        run->totals->nrules_undetermined += result->conformity == CONFORMITY_UNDETERMINED;
        if (result->verdict > run->totals->verdict)
            run->totals->verdict = result->verdict;
    }
}

static int
store_results(struct run *run)
{
    struct db_statement *insert = NULL;
    TRY(db_prepare(run->db, "INSERT INTO result VALUES (?,?,?,?,?,?,?,?)", &insert, run->err));
    int status = PROV_OK;
    for (size_t i = 0; i < run->set->nrules && status == PROV_OK; i++) {
        const struct rule_result *result = &run->results[i];
        static const enum conformity order[] = {CONFORMITY_NOT_CONFORM, CONFORMITY_UNDETERMINED,
                                                CONFORMITY_CONFORM, CONFORMITY_NOT_APPLICABLE};
        int64_t nsubjects = 0;
        for (int j = 0; j < CONFORMITY_COUNT; j++) {
            nsubjects += (int64_t)result->counts[j];
            db_bind_int(insert, 5 + j, (int64_t)result->counts[order[j]]);
        }
        db_bind_int(insert, 1, (int64_t)i);
        db_bind_int(insert, 2, result->conformity);
        db_bind_int(insert, 3, result->verdict);
        db_bind_int(insert, 4, nsubjects);
        status = db_execute(insert, run->err);
    }
    db_finish(insert);
    return status;
}

static int
store_source_results(struct run *run)
{
    struct db_statement *results = NULL, *verdicts = NULL;
    int status = db_prepare(run->db, "INSERT INTO source_result VALUES (?,?,?)", &results, run->err);
    if (status == PROV_OK)
        status = db_prepare(run->db, "INSERT INTO source_verdict VALUES (?,?,?,?)", &verdicts, run->err);
    for (size_t i = 0; i < run->set->nrules * run->nsources && status == PROV_OK; i++) {
        if (run->set->rules[i / run->nsources]->level != RULE_SOURCE)
            continue;
        db_bind_int(results, 1, (int64_t)(i / run->nsources));
        db_bind_int(results, 2, (int64_t)(i % run->nsources));
        db_bind_int(results, 3, run->source_results[i]);
        status = db_execute(results, run->err);
    }
    for (size_t i = 0; i < run->nsources && status == PROV_OK; i++) {
        enum verdict items = run->source_denied[i]     ? VERDICT_DENY
                             : run->source_reviewed[i] ? VERDICT_REVIEW
                                                       : VERDICT_ALLOW;
        db_bind_int(verdicts, 1, (int64_t)i);
        db_bind_int(verdicts, 2, items > run->source_verdicts[i] ? items : run->source_verdicts[i]);
        db_bind_int(verdicts, 3, (int64_t)run->source_denied[i]);
        db_bind_int(verdicts, 4, (int64_t)run->source_reviewed[i]);
        status = db_execute(verdicts, run->err);
    }
    db_finish(results);
    db_finish(verdicts);
    return status;
}

static int
store_evidence_of(struct run *run, struct db_statement *insert, size_t rule)
{
    int64_t ordinal = 0;
    for (int bad = 1; bad >= 0; bad--) {
        const struct places *places = &run->shown[bad][rule];
        for (size_t i = 0; i < places->nplaces; i++) {
            db_bind_int(insert, 1, (int64_t)rule);
            db_bind_int(insert, 2, ordinal++);
            db_bind_int(insert, 3, bad ? CONFORMITY_NOT_CONFORM : CONFORMITY_UNDETERMINED);
            db_bind_int(insert, 4, places->places[i].source);
            db_bind_int(insert, 5, places->places[i].unit);
            db_bind_int(insert, 6, places->places[i].item);
            TRY(db_execute(insert, run->err));
        }
    }
    return PROV_OK;
}

static int
store_evidence(struct run *run)
{
    struct db_statement *insert = NULL;
    TRY(db_prepare(run->db, "INSERT INTO evidence VALUES (?,?,?,?,?,?)", &insert, run->err));
    int status = PROV_OK;
    for (size_t i = 0; i < run->set->nrules && status == PROV_OK; i++)
        status = store_evidence_of(run, insert, i);
    db_finish(insert);
    return status;
}

/* The ids of the rules that answered so, as a JSON array; ids need no escaping. */
static int
append_ids(const struct run *run, struct bytes answers, enum conformity wanted, struct buf *out)
{
    size_t at = 0;
    buf_clear(out);
    TRY(buf_append_byte(out, '['));
    for (size_t i = 0; i < run->set->nrules; i++) {
        if (run->set->rules[i]->level != RULE_ITEM)
            continue;
        if (answers.data[at++] == wanted)
            TRY(buf_printf(out, "%s\"%s\"", out->size > 1 ? "," : "", run->set->rules[i]->id));
    }
    return buf_append_byte(out, ']');
}

static enum verdict
verdict_of(const struct run *run, struct bytes answers)
{
    enum verdict worst = VERDICT_ALLOW;
    size_t at = 0;
    for (size_t i = 0; i < run->set->nrules; i++) {
        if (run->set->rules[i]->level != RULE_ITEM)
            continue;
        enum verdict verdict = rule_verdict(run->set->rules[i], (enum conformity)answers.data[at++]);
        if (verdict > worst)
            worst = verdict;
    }
    return worst;
}

static int
store_outcomes(struct run *run)
{
    struct db_statement *insert = NULL;
    struct buf failed = {0}, open = {0};
    int status = db_prepare(run->db, "INSERT INTO outcome VALUES (?,?,?,?)", &insert, run->err);
    for (uint32_t i = 0; i < run->outcomes.nnames && status == PROV_OK; i++) {
        struct bytes answers = run->outcomes.names[i];
        if (append_ids(run, answers, CONFORMITY_NOT_CONFORM, &failed) != PROV_OK ||
            append_ids(run, answers, CONFORMITY_UNDETERMINED, &open) != PROV_OK) {
            status = memory(run);
            break;
        }
        db_bind_int(insert, 1, i);
        db_bind_int(insert, 2, verdict_of(run, answers));
        db_bind_text(insert, 3, buf_text(&failed));
        db_bind_text(insert, 4, buf_text(&open));
        status = db_execute(insert, run->err);
    }
    db_finish(insert);
    buf_finish(&failed);
    buf_finish(&open);
    return status;
}

static int
judge_all(struct run *run, bool skip_undeclared)
{
    struct db_statement *units = NULL;
    int status = db_prepare(run->db, "SELECT id FROM unit WHERE ordinal IS NOT NULL ORDER BY ordinal", &units,
                            run->err);
    if (status == PROV_OK)
        status = judge_dataset(run);
    if (status == PROV_OK)
        status = judge_sources(run, skip_undeclared);
    if (status == PROV_OK)
        status = judge_items(run, units);
    db_finish(units);
    return status;
}

static int
run_all(struct run *run)
{
    int64_t nsources = 0, nundeclared = 0;
    TRY(db_query_int(run->db, "SELECT count(*) FROM source", &nsources, run->err));
    TRY(db_query_int(run->db, "SELECT content_items FROM source_sum WHERE source = 0", &nundeclared,
                     run->err));
    size_t nrules = run->set->nrules;
    run->nsources = (size_t)nsources;
    run->results = calloc(nrules + 1, sizeof *run->results);
    run->shown[0] = calloc(nrules + 1, sizeof *run->shown[0]);
    run->shown[1] = calloc(nrules + 1, sizeof *run->shown[1]);
    run->source_results = calloc((nrules + 1) * run->nsources, sizeof *run->source_results);
    run->source_denied = calloc(run->nsources, sizeof *run->source_denied);
    run->source_reviewed = calloc(run->nsources, sizeof *run->source_reviewed);
    run->source_verdicts = calloc(run->nsources, sizeof *run->source_verdicts);
    if (!run->results || !run->shown[0] || !run->shown[1] || !run->source_results || !run->source_denied ||
        !run->source_reviewed || !run->source_verdicts)
        return memory(run);
    TRY(db_prepare(run->db, "INSERT INTO item_outcome VALUES (?,?,?)", &run->insert_outcome, run->err));
    TRY(judge_all(run, nundeclared == 0));
    conclude(run);
    TRY(store_results(run));
    TRY(store_source_results(run));
    TRY(store_evidence(run));
    return store_outcomes(run);
}

int
rule_run(struct db *db, const struct pack_set *set, size_t nevidence_max, struct rule_run_result *result,
         struct err *err)
{
    struct rule_run_result totals = {0};
    struct run run = {.db = db, .set = set, .nevidence_max = nevidence_max, .totals = &totals, .err = err};
    int status = run_all(&run);
    db_finish(run.insert_outcome);
    for (int bad = 0; bad < 2; bad++) {
        for (size_t i = 0; run.shown[bad] && i < set->nrules; i++)
            free(run.shown[bad][i].places);
        free(run.shown[bad]);
    }
    free(run.results);
    free(run.source_results);
    free(run.source_denied);
    free(run.source_reviewed);
    free(run.source_verdicts);
    intern_finish(&run.outcomes);
    if (status == PROV_OK)
        *result = totals;
    return status;
}

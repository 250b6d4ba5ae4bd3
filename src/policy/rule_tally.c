/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes out of a run: counts and evidence for each rule, verdicts for each source, outcomes of items.
 *
 * What rules say of an item is kept as a number, because the different answers are few and the items are
 * millions; and neighbours mostly come out alike, so runs of them are stored, not items:
 *
 *     items     0  1  2  3  4  5  6         item_outcome   (0..2, a) (4..6, b)
 *     outcome   a  a  a  -  b  b  b         outcome        a: deny [...]  b: review [...]
 */
#include "policy/rule_tally.h"

#include <stdlib.h>

#include "base/status.h"

static int
memory(const struct rule_tally *tally)
{
    return err_set(tally->err, PROV_E_MEMORY, "out of memory");
}

int
rule_tally_init(struct rule_tally *tally, struct db *db, const struct pack_set *set,
                const struct waived *waived, size_t nevidence_max, struct err *err)
{
    int64_t nsources = 0;
    *tally = (struct rule_tally){
        .db = db, .set = set, .waived = waived, .nevidence_max = nevidence_max, .err = err};
    TRY(db_query_int(db, "SELECT count(*) FROM source", &nsources, err));
    size_t nrules = set->nrules;
    tally->nsources = (size_t)nsources;
    tally->results = calloc(nrules + 1, sizeof *tally->results);
    tally->shown[0] = calloc(nrules + 1, sizeof *tally->shown[0]);
    tally->shown[1] = calloc(nrules + 1, sizeof *tally->shown[1]);
    tally->source_results = calloc((nrules + 1) * tally->nsources, sizeof *tally->source_results);
    tally->source_denied = calloc(tally->nsources, sizeof *tally->source_denied);
    tally->source_reviewed = calloc(tally->nsources, sizeof *tally->source_reviewed);
    tally->source_verdicts = calloc(tally->nsources, sizeof *tally->source_verdicts);
    if (!tally->results || !tally->shown[0] || !tally->shown[1] || !tally->source_results ||
        !tally->source_denied || !tally->source_reviewed || !tally->source_verdicts)
        return memory(tally);
    return db_prepare(db, "INSERT INTO item_outcome VALUES (?,?,?,?)", &tally->insert, err);
}

void
rule_tally_finish(struct rule_tally *tally)
{
    db_finish(tally->insert);
    for (int bad = 0; bad < 2; bad++) {
        for (size_t i = 0; tally->shown[bad] && i < tally->set->nrules; i++)
            free(tally->shown[bad][i].places);
        free(tally->shown[bad]);
    }
    free(tally->results);
    free(tally->source_results);
    free(tally->source_denied);
    free(tally->source_reviewed);
    free(tally->source_verdicts);
    intern_finish(&tally->outcomes);
    *tally = (struct rule_tally){0};
}

void
rule_tally_source(struct rule_tally *tally, size_t rule, size_t source, enum conformity conformity)
{
    enum verdict verdict = rule_verdict(tally->set->rules[rule], conformity);
    bool waived = tally->waived->sources && tally->waived->sources[rule * tally->nsources + source];
    tally->results[rule].counts[conformity]++;
    tally->results[rule].waived[conformity] += waived;
    tally->source_results[rule * tally->nsources + source] = conformity;
    if (verdict > tally->source_verdicts[source] && !waived)
        tally->source_verdicts[source] = verdict;
}

bool
rule_tally_has_room(const struct rule_tally *tally, size_t rule, enum conformity conformity)
{
    return tally->shown[conformity == CONFORMITY_NOT_CONFORM][rule].nplaces < tally->nevidence_max;
}

int
rule_tally_show(struct rule_tally *tally, size_t rule, enum conformity conformity, struct rule_place place)
{
    struct rule_places *places = &tally->shown[conformity == CONFORMITY_NOT_CONFORM][rule];
    if (places->nplaces == tally->nevidence_max)
        return PROV_OK;
    if (places->nplaces == places->capacity) {
        size_t capacity = places->capacity ? places->capacity * 2 : 8;
        struct rule_place *larger = realloc(places->places, capacity * sizeof *larger);
        if (!larger)
            return memory(tally);
        places->places = larger;
        places->capacity = capacity;
    }
    places->places[places->nplaces++] = place;
    return PROV_OK;
}

int
rule_tally_outcome(struct rule_tally *tally, struct bytes answers, uint32_t *number)
{
    return intern_add(&tally->outcomes, answers, number) == PROV_OK ? PROV_OK : memory(tally);
}

/* Store the run that is open. */
static int
end_run(struct rule_tally *tally)
{
    if (!tally->has_run)
        return PROV_OK;
    tally->has_run = false;
    db_bind_int(tally->insert, 1, tally->unit);
    db_bind_int(tally->insert, 2, tally->first);
    db_bind_int(tally->insert, 3, tally->last);
    db_bind_int(tally->insert, 4, tally->outcome);
    return db_execute(tally->insert, tally->err);
}

int
rule_tally_item(struct rule_tally *tally, struct rule_place place, enum verdict verdict, uint32_t outcome)
{
    bool denied = verdict == VERDICT_DENY;
    tally->totals.nitems_denied += denied;
    tally->totals.nitems_reviewed += verdict == VERDICT_REVIEW;
    if (place.source < tally->nsources && verdict != VERDICT_ALLOW)
        (denied ? tally->source_denied : tally->source_reviewed)[place.source]++;
    if (tally->has_run && tally->unit == place.unit && tally->last + 1 == place.item &&
        tally->outcome == outcome) {
        tally->last = place.item;
        return PROV_OK;
    }
    TRY(end_run(tally));
    tally->has_run = true;
    tally->unit = place.unit;
    tally->first = tally->last = place.item;
    tally->outcome = outcome;
    return PROV_OK;
}

/* The worst of a rule's subjects is what the rule came to. */
static void
conclude(struct rule_tally *tally)
{
    for (size_t i = 0; i < tally->set->nrules; i++) {
        struct rule_result *result = &tally->results[i];
        result->conformity = CONFORMITY_NOT_APPLICABLE;
        for (int j = CONFORMITY_COUNT; j-- > 0 && result->conformity == CONFORMITY_NOT_APPLICABLE;)
            if (result->counts[j])
                result->conformity = (enum conformity)j;
        for (int j = 0; j < CONFORMITY_COUNT; j++) {
            enum verdict verdict = rule_verdict(tally->set->rules[i], (enum conformity)j);
            if (result->counts[j] > result->waived[j] && verdict > result->verdict)
                result->verdict = verdict;
        }
        tally->totals.nrules_failed +=
            result->conformity == CONFORMITY_NOT_CONFORM && result->verdict != VERDICT_ALLOW;
        tally->totals.nrules_undetermined +=
            result->conformity == CONFORMITY_UNDETERMINED && result->verdict != VERDICT_ALLOW;
        if (result->verdict > tally->totals.verdict)
            tally->totals.verdict = result->verdict;
    }
}

static int
store_results(struct rule_tally *tally)
{
    struct db_statement *insert = NULL;
    TRY(db_prepare(tally->db, "INSERT INTO result VALUES (?,?,?,?,?,?,?,?,?)", &insert, tally->err));
    int status = PROV_OK;
    for (size_t i = 0; i < tally->set->nrules && status == PROV_OK; i++) {
        const struct rule_result *result = &tally->results[i];
        static const enum conformity order[] = {CONFORMITY_NOT_CONFORM, CONFORMITY_UNDETERMINED,
                                                CONFORMITY_CONFORM, CONFORMITY_NOT_APPLICABLE};
        int64_t nsubjects = 0, nwaived = 0;
        for (int j = 0; j < CONFORMITY_COUNT; j++) {
            nsubjects += (int64_t)result->counts[j];
            nwaived += j >= CONFORMITY_UNDETERMINED ? (int64_t)result->waived[j] : 0;
            db_bind_int(insert, 5 + j, (int64_t)result->counts[order[j]]);
        }
        db_bind_int(insert, 1, (int64_t)i);
        db_bind_int(insert, 2, result->conformity);
        db_bind_int(insert, 3, result->verdict);
        db_bind_int(insert, 4, nsubjects);
        db_bind_int(insert, 9, nwaived);
        status = db_execute(insert, tally->err);
    }
    db_finish(insert);
    return status;
}

static int
store_source_results(struct rule_tally *tally)
{
    struct db_statement *results = NULL, *verdicts = NULL;
    int status = db_prepare(tally->db, "INSERT INTO source_result VALUES (?,?,?)", &results, tally->err);
    if (status == PROV_OK)
        status = db_prepare(tally->db, "INSERT INTO source_verdict VALUES (?,?,?,?)", &verdicts, tally->err);
    for (size_t i = 0; i < tally->set->nrules * tally->nsources && status == PROV_OK; i++) {
        if (tally->set->rules[i / tally->nsources]->level != RULE_SOURCE)
            continue;
        db_bind_int(results, 1, (int64_t)(i / tally->nsources));
        db_bind_int(results, 2, (int64_t)(i % tally->nsources));
        db_bind_int(results, 3, tally->source_results[i]);
        status = db_execute(results, tally->err);
    }
    for (size_t i = 0; i < tally->nsources && status == PROV_OK; i++) {
        enum verdict items = tally->source_denied[i]     ? VERDICT_DENY
                             : tally->source_reviewed[i] ? VERDICT_REVIEW
                                                         : VERDICT_ALLOW;
        db_bind_int(verdicts, 1, (int64_t)i);
        db_bind_int(verdicts, 2, items > tally->source_verdicts[i] ? items : tally->source_verdicts[i]);
        db_bind_int(verdicts, 3, (int64_t)tally->source_denied[i]);
        db_bind_int(verdicts, 4, (int64_t)tally->source_reviewed[i]);
        status = db_execute(verdicts, tally->err);
    }
    db_finish(results);
    db_finish(verdicts);
    return status;
}

static int
store_evidence_of(struct rule_tally *tally, struct db_statement *insert, size_t rule)
{
    int64_t ordinal = 0;
    for (int bad = 1; bad >= 0; bad--) {
        const struct rule_places *places = &tally->shown[bad][rule];
        for (size_t i = 0; i < places->nplaces; i++) {
            db_bind_int(insert, 1, (int64_t)rule);
            db_bind_int(insert, 2, ordinal++);
            db_bind_int(insert, 3, bad ? CONFORMITY_NOT_CONFORM : CONFORMITY_UNDETERMINED);
            db_bind_int(insert, 4, places->places[i].source);
            db_bind_int(insert, 5, places->places[i].unit);
            db_bind_int(insert, 6, places->places[i].item);
            TRY(db_execute(insert, tally->err));
        }
    }
    return PROV_OK;
}

static int
store_evidence(struct rule_tally *tally)
{
    struct db_statement *insert = NULL;
    TRY(db_prepare(tally->db, "INSERT INTO evidence VALUES (?,?,?,?,?,?)", &insert, tally->err));
    int status = PROV_OK;
    for (size_t i = 0; i < tally->set->nrules && status == PROV_OK; i++)
        status = store_evidence_of(tally, insert, i);
    db_finish(insert);
    return status;
}

/* The ids of the rules that answered so, as a JSON array; ids need no escaping. */
static int
append_ids(const struct rule_tally *tally, struct bytes answers, uint8_t wanted, struct buf *out)
{
    size_t at = 0;
    buf_clear(out);
    TRY(buf_append_byte(out, '['));
    for (size_t i = 0; i < tally->set->nrules; i++) {
        if (tally->set->rules[i]->level != RULE_ITEM)
            continue;
        uint8_t answer = answers.data[at++];
        if (wanted == OUTCOME_WAIVED ? answer & OUTCOME_WAIVED : answer == wanted)
            TRY(buf_printf(out, "%s\"%s\"", out->size > 1 ? "," : "", tally->set->rules[i]->id));
    }
    return buf_append_byte(out, ']');
}

static enum verdict
verdict_of(const struct rule_tally *tally, struct bytes answers)
{
    enum verdict worst = VERDICT_ALLOW;
    size_t at = 0;
    for (size_t i = 0; i < tally->set->nrules; i++) {
        if (tally->set->rules[i]->level != RULE_ITEM)
            continue;
        uint8_t answer = answers.data[at++];
        enum verdict verdict = answer & OUTCOME_WAIVED
                                   ? VERDICT_ALLOW
                                   : rule_verdict(tally->set->rules[i], (enum conformity)answer);
        if (verdict > worst)
            worst = verdict;
    }
    return worst;
}

static int
store_outcomes(struct rule_tally *tally)
{
    struct db_statement *insert = NULL;
    struct buf failed = {0}, open = {0}, waived = {0};
    int status = db_prepare(tally->db, "INSERT INTO outcome VALUES (?,?,?,?,?)", &insert, tally->err);
    for (uint32_t i = 0; i < tally->outcomes.nnames && status == PROV_OK; i++) {
        struct bytes answers = tally->outcomes.names[i];
        if (append_ids(tally, answers, CONFORMITY_NOT_CONFORM, &failed) != PROV_OK ||
            append_ids(tally, answers, CONFORMITY_UNDETERMINED, &open) != PROV_OK ||
            append_ids(tally, answers, OUTCOME_WAIVED, &waived) != PROV_OK) {
            status = memory(tally);
            break;
        }
        db_bind_int(insert, 1, i);
        db_bind_int(insert, 2, verdict_of(tally, answers));
        db_bind_text(insert, 3, buf_text(&failed));
        db_bind_text(insert, 4, buf_text(&open));
        db_bind_text(insert, 5, waived.size > 2 ? buf_text(&waived) : NULL);
        status = db_execute(insert, tally->err);
    }
    db_finish(insert);
    buf_finish(&failed);
    buf_finish(&open);
    buf_finish(&waived);
    return status;
}

int
rule_tally_store(struct rule_tally *tally)
{
    TRY(end_run(tally));
    conclude(tally);
    TRY(store_results(tally));
    TRY(store_source_results(tally));
    TRY(store_evidence(tally));
    return store_outcomes(tally);
}

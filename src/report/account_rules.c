/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packs, rules and their results as the judge left them, with the items that each result rests on; sources
 * and licenses. All of it comes from the tables of store/views.sql: no policy file is read again.
 */
#include "report/account_read.h"

#include <string.h>

#include "model/fact.h"

enum conformity
account_conformity(struct db_statement *row, int column)
{
    int64_t value = db_int(row, column);
    return value >= 0 && value < CONFORMITY_COUNT ? (enum conformity)value : CONFORMITY_UNDETERMINED;
}

static int
read_pack(struct account_reading *reading, struct db_statement *row, void *context)
{
    (void)context;
    struct account *a = reading->account;
    struct account_pack *pack = account_append(reading, &a->packs, &a->npacks, sizeof *pack);
    if (!pack)
        return PROV_E_MEMORY;
    const char **const texts[] = {&pack->id,     &pack->version, &pack->title_en, &pack->title_zh,
                                  &pack->sha256, &pack->file,    &pack->otherwise};
    for (int i = 0; i < (int)(sizeof texts / sizeof texts[0]); i++)
        TRY(account_text(reading, row, i, texts[i]));
    return PROV_OK;
}

static int
read_parameter(struct account_reading *reading, struct db_statement *row, void *context)
{
    (void)context;
    struct account *a = reading->account;
    struct account_parameter *made = account_append(reading, &a->parameters, &a->nparameters, sizeof *made);
    if (!made)
        return PROV_E_MEMORY;
    const char **const texts[] = {&made->pack,   &made->name,     &made->value,    &made->declared,
                                  &made->set_by, &made->title_en, &made->title_zh, &made->change};
    for (int i = 0; i < (int)(sizeof texts / sizeof texts[0]); i++)
        TRY(account_text(reading, row, i, texts[i]));
    return PROV_OK;
}

static int
read_fact(struct account_reading *reading, struct db_statement *row, void *context)
{
    struct account_evidence *evidence = context;
    struct account_fact *fact = account_append(reading, &evidence->facts, &evidence->nfacts, sizeof *fact);
    if (!fact)
        return PROV_E_MEMORY;
    fact->kind = (int)db_int(row, 0);
    fact->level = (int)db_int(row, 1);
    fact->count = (uint64_t)db_int(row, 3);
    return account_bytes(reading, row, 2, &fact->code);
}

/* The facts of one item, the first few: they tell a reader why without opening the list of items. */
static int
read_facts_of(struct account_reading *reading, int64_t unit, int64_t item, struct account_evidence *evidence)
{
    struct db_statement *select = NULL;
    bool has_row = false;
    TRY(db_prepare(
        reading->db,
        "SELECT kind, level, code, count FROM fact WHERE unit = ? AND item = ? AND kind BETWEEN 0 AND 2"
        " ORDER BY ordinal LIMIT 16",
        &select, reading->err));
    db_bind_int(select, 1, unit);
    db_bind_int(select, 2, item);
    int status = PROV_OK;
    while (status == PROV_OK && (status = db_step(select, &has_row, reading->err)) == PROV_OK && has_row)
        status = read_fact(reading, select, evidence);
    db_finish(select);
    return status;
}

/* Columns conformity, source, root, unit path, item path, unit id, item. */
static int
read_evidence(struct account_reading *reading, struct db_statement *row, void *context)
{
    struct account_rule *rule = context;
    if (rule->nevidence >= reading->nevidence)
        return PROV_OK;
    struct account_evidence *made = account_append(reading, &rule->evidence, &rule->nevidence, sizeof *made);
    if (!made)
        return PROV_E_MEMORY;
    made->conformity = account_conformity(row, 0);
    made->source = db_int(row, 1);
    made->place.root = db_int(row, 2);
    TRY(account_bytes(reading, row, 3, &made->place.unit_path));
    TRY(account_bytes(reading, row, 4, &made->place.item_path));
    return read_facts_of(reading, db_int(row, 5), db_int(row, 6), made);
}

static int
read_source_result(struct account_reading *reading, struct db_statement *row, void *context)
{
    struct account_rule *rule = context;
    struct account_source_result *made =
        account_append(reading, &rule->sources, &rule->nsources, sizeof *made);
    if (!made)
        return PROV_E_MEMORY;
    made->source = db_int(row, 0);
    made->conformity = account_conformity(row, 1);
    return PROV_OK;
}

static int
is_valid(int64_t value, int64_t count)
{
    return value >= 0 && value < count;
}

/* Columns: the numbers 0 to 11, the texts from 12 on. */
static int
read_rule(struct account_reading *reading, struct db_statement *row, void *context)
{
    (void)context;
    struct account *a = reading->account;
    struct account_rule *rule = account_append(reading, &a->rules, &a->nrules, sizeof *rule);
    if (!rule)
        return PROV_E_MEMORY;
    if (!is_valid(db_int(row, 0), (int64_t)a->npacks) || !is_valid(db_int(row, 1), (int64_t)a->npacks) ||
        !is_valid(db_int(row, 2), VERDICT_COUNT) || !is_valid(db_int(row, 3), VERDICT_COUNT) ||
        !is_valid(db_int(row, 4), CONFORMITY_COUNT) || !is_valid(db_int(row, 5), VERDICT_COUNT))
        return err_set(reading->err, PROV_E_STORE, "the store holds a result that no judge writes");
    rule->pack = (size_t)db_int(row, 0);
    rule->verdict_set_by = (size_t)db_int(row, 1);
    rule->verdict_if_failed = (enum verdict)db_int(row, 2);
    rule->verdict_declared = (enum verdict)db_int(row, 3);
    rule->conformity = (enum conformity)db_int(row, 4);
    rule->verdict = (enum verdict)db_int(row, 5);
    uint64_t *const counts[] = {&rule->nsubjects, &rule->nnot_conform,    &rule->nundetermined,
                                &rule->nconform,  &rule->nnot_applicable, &rule->nwaived};
    for (int i = 0; i < (int)(sizeof counts / sizeof counts[0]); i++)
        *counts[i] = (uint64_t)db_int(row, 6 + i);
    const char **const texts[] = {&rule->id,         &rule->level,     &rule->basis,     &rule->applies_when,
                                  &rule->fails_when, &rule->title_en,  &rule->title_zh,  &rule->reason_en,
                                  &rule->reason_zh,  &rule->remedy_en, &rule->remedy_zh, &rule->cite,
                                  &rule->change};
    for (int i = 0; i < (int)(sizeof texts / sizeof texts[0]); i++)
        TRY(account_text(reading, row, 12 + i, texts[i]));
    return PROV_OK;
}

static int
read_results(struct account_reading *reading)
{
    struct account *a = reading->account;
    for (size_t i = 0; i < a->nrules; i++) {
        TRY(account_each(reading,
                         "SELECT source, conformity FROM source_result WHERE rule = ?1 AND conformity > 1"
                         " ORDER BY conformity DESC, source LIMIT 1000",
                         (int64_t)i, read_source_result, &a->rules[i]));
        TRY(account_each(reading,
                         "SELECT e.conformity, e.source, unit.root, unit.path, item.path, e.unit, e.item"
                         " FROM evidence AS e JOIN unit ON unit.id = e.unit"
                         " JOIN item ON item.unit = e.unit AND item.ordinal = e.item"
                         " WHERE e.rule = ?1 ORDER BY e.ordinal",
                         (int64_t)i, read_evidence, &a->rules[i]));
    }
    return PROV_OK;
}

static int
read_source(struct account_reading *reading, struct db_statement *row, void *context)
{
    (void)context;
    struct account *a = reading->account;
    struct account_source *s = account_append(reading, &a->sources, &a->nsources, sizeof *s);
    if (!s)
        return PROV_E_MEMORY;
    struct bytes *const texts[] = {
        &s->id,        &s->title,           &s->kind,    &s->license, &s->pipl_art13,
        &s->gdpr_art6, &s->copyright_basis, &s->purposes};
    uint64_t *const counts[] = {&s->nitems,           &s->ncontent,          &s->nbytes,  &s->nunsearched,
                                &s->npersonal,        &s->nsensitive,        &s->nminors, &s->nsecrets,
                                &s->nlicense_unknown, &s->nlicense_conflict, &s->nunread, &s->nitems_denied,
                                &s->nitems_reviewed,  &s->nevidence};
    s->ordinal = db_int(row, 0);
    s->missing_fields = db_int(row, 1);
    s->verdict =
        db_int(row, 2) >= 0 && db_int(row, 2) < VERDICT_COUNT ? (enum verdict)db_int(row, 2) : VERDICT_REVIEW;
    for (int i = 0; i < (int)(sizeof texts / sizeof texts[0]); i++)
        TRY(account_bytes(reading, row, 3 + i, texts[i]));
    for (int i = 0; i < (int)(sizeof counts / sizeof counts[0]); i++)
        *counts[i] = (uint64_t)db_int(row, 11 + i);
    return account_text(reading, row, 25, &s->evidence);
}

/* What was declared of the whole, and the manual sample. */
static int
read_declared(struct account_reading *reading, struct db_statement *row, void *context)
{
    (void)context;
    TRY(account_text(reading, row, 0, &reading->account->scope));
    TRY(account_text(reading, row, 1, &reading->account->manual_sample));
    reading->account->nwaivers = (uint64_t)db_int(row, 3);
    reading->account->nwaivers_in_force = (uint64_t)db_int(row, 4);
    return account_text(reading, row, 2, &reading->account->waivers);
}

int
account_read_rules(struct account_reading *reading)
{
    TRY(account_each(reading,
                     "SELECT id, version, title_en, title_zh, sha256, file, CASE applies WHEN 0 THEN"
                     " json_object('en', otherwise_en, 'zh', otherwise_zh) END FROM pack ORDER BY ordinal",
                     -1, read_pack, NULL));
    TRY(account_each(
        reading,
        "SELECT (SELECT json_group_object(name, json(coalesce(flag, json_quote(value)))) FROM (SELECT * FROM "
        "scope ORDER BY name)),"
        " (SELECT json_object('plan', plan, 'root_digest_sha256', root_digest, 'size', size, 'marked', "
        "marked,"
        "  'clean', clean, 'not_clean_lower', bad_lower, 'not_clean_upper', bad_upper,"
        "  'marks_sha256', marks_sha256, 'is_current', json(iif(is_current, 'true', 'false')))"
        "  FROM review_sample),"
        " (SELECT json_group_array(json_object('rule', rule, 'level', level, 'sha256', sha256, 'what', what,"
        "  'reason', reason, 'approver', approver, 'granted', granted, 'expires', expires, 'state', state,"
        "  'matches', matches)) FROM (SELECT * FROM waiver ORDER BY ordinal)),"
        " (SELECT count(*) FROM waiver), (SELECT count(*) FROM waiver WHERE state = 'in_force')",
        -1, read_declared, NULL));
    TRY(account_each(
        reading,
        "SELECT p.id, parameter.name, json_quote(parameter.value), json_quote(parameter.value_declared),"
        " q.id, parameter.title_en, parameter.title_zh, CASE WHEN reason_en IS NOT NULL THEN"
        "  json_object('reason_en', reason_en, 'reason_zh', reason_zh, 'cite', json(cite)) END FROM "
        "parameter JOIN pack AS p ON p.ordinal = parameter.pack"
        " JOIN pack AS q ON q.ordinal = parameter.set_by ORDER BY parameter.pack, parameter.name",
        -1, read_parameter, NULL));
    TRY(account_each(
        reading,
        "SELECT rule.pack, rule.verdict_set_by, rule.verdict, rule.verdict_declared, r.conformity,"
        " r.verdict, r.subjects, r.nnot_conform, r.nundetermined, r.nconform, r.nnot_applicable, r.nwaived, "
        "rule.id,"
        " level, basis, applies_when, fails_when, title_en, title_zh, reason_en, reason_zh, remedy_en,"
        " remedy_zh, cite, CASE WHEN override_en IS NOT NULL THEN"
        "  json_object('reason_en', override_en, 'reason_zh', override_zh, 'cite', json(override_cite)) END"
        " FROM rule JOIN result AS r ON r.rule = rule.ordinal ORDER BY rule.ordinal",
        -1, read_rule, NULL));
    TRY(read_results(reading));
    return account_each(
        reading,
        "SELECT s.ordinal, s.missing_fields, v.verdict, s.id, s.title, s.kind, license.expression,"
        " pipl_art13, gdpr_art6, copyright_basis, purposes, items, content_items, content_bytes,"
        " unsearched_items, personal, sensitive, minors, secrets, license_unknown_items,"
        " license_conflict_items, unread_items, v.items_denied, v.items_reviewed,"
        " evidence_license + evidence_contract + evidence_collection_record + evidence_consent"
        "  + evidence_authorisation + evidence_robots + evidence_pia + evidence_ethics,"
        " (SELECT json_group_array(json_object('type', type, 'path', path, 'sha256', sha256, 'sha256_found', "
        "sha256_found,"
        "  'state', state, 'valid_from', valid_from, 'valid_to', valid_to, 'reviewed_by', reviewed_by,"
        "  'reviewed_at', reviewed_at)) FROM source_evidence AS e WHERE e.source = s.ordinal)"
        " FROM source AS s JOIN source_sum ON source_sum.source = s.ordinal"
        " JOIN source_verdict AS v ON v.source = s.ordinal"
        " LEFT JOIN license ON license.id = s.license"
        " WHERE s.ordinal > 0 OR content_items > 0 ORDER BY s.ordinal",
        -1, read_source, NULL);
}

static int
read_term(struct db_statement *row, int column)
{
    return db_is_null(row, column) ? -1 : db_int(row, column) != 0;
}

/* Rows come by expression, those of most items first, and then by where it was stated. */
static int
read_license(struct account_reading *reading, struct db_statement *row, void *context)
{
    (void)context;
    struct account *a = reading->account;
    struct account_license *last = a->nlicenses ? &a->licenses[a->nlicenses - 1] : NULL;
    bool clear = db_int(row, 1) != 0;
    if (!last || last->clear != clear || !bytes_equal(last->expression, db_bytes(row, 0))) {
        if (a->nlicenses == reading->nrows)
            return PROV_OK;
        last = account_append(reading, &a->licenses, &a->nlicenses, sizeof *last);
        if (!last)
            return PROV_E_MEMORY;
        last->clear = clear;
        last->commercial = read_term(row, 2);
        last->derivatives = read_term(row, 3);
        last->training = read_term(row, 4);
        last->attribution = read_term(row, 5);
        last->share_alike = read_term(row, 6);
        TRY(account_bytes(reading, row, 0, &last->expression));
    }
    int64_t from = db_int(row, 7);
    if (from >= 0 && from < 4) {
        last->nitems[from] += (uint64_t)db_int(row, 8);
        last->nbytes[from] += (uint64_t)db_int(row, 9);
    }
    return PROV_OK;
}

static int
read_statement(struct account_reading *reading, struct db_statement *row, void *context)
{
    (void)context;
    struct account *a = reading->account;
    struct account_group *made = account_append(reading, &a->statements, &a->nstatements, sizeof *made);
    if (!made)
        return PROV_E_MEMORY;
    made->kind = FACT_LICENSE;
    made->class = "";
    made->level = (int)db_int(row, 1);
    made->nitems = (uint64_t)db_int(row, 2);
    made->count = (uint64_t)db_int(row, 3);
    return account_bytes(reading, row, 0, &made->code);
}

int
account_read_licenses(struct account_reading *reading)
{
    int64_t count = 0;
    TRY(account_each(
        reading,
        "SELECT coalesce(expression, ''), coalesce(clear, 1), commercial, derivatives, training, attribution,"
        " share_alike, license_from, sum(items), sum(bytes) FROM source_license"
        " LEFT JOIN license ON license.id = source_license.license"
        " GROUP BY source_license.license, license_from"
        " ORDER BY sum(sum(items)) OVER (PARTITION BY source_license.license) DESC, 1, 2, 8",
        -1, read_license, NULL));
    TRY(account_each(reading,
                     "SELECT code, level, count(*), sum(count) FROM fact JOIN unit ON unit.id = fact.unit"
                     " WHERE fact.kind = 2 AND unit.ordinal IS NOT NULL GROUP BY code, level"
                     " ORDER BY count(*) DESC, code, level LIMIT ?1",
                     (int64_t)reading->nrows, read_statement, NULL));
    TRY(db_query_int(reading->db,
                     "SELECT count(*) FROM (SELECT 1 FROM fact CROSS JOIN unit ON unit.id = fact.unit"
                     " WHERE fact.kind = 3 AND unit.ordinal IS NOT NULL GROUP BY fact.unit, fact.item)",
                     &count, reading->err));
    reading->account->ncopyright_items = (uint64_t)count;
    return PROV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packs as rows: what a judgement rested on stays readable beside its result, long after the files have
 * changed.
 */
#include "policy/pack_table.h"

#include "base/limits.h"

#include <stdio.h>

static void
bind_value(struct db_statement *insert, int index, const struct parameter *value)
{
    switch (value->type) {
    case VALUE_TEXT:
        db_bind_text(insert, index, value->text);
        break;
    case VALUE_NUMBER:
        db_bind_double(insert, index, value->number);
        break;
    case VALUE_BOOL:
        db_bind_int(insert, index, value->number != 0);
        break;
    default:
        db_bind_null(insert, index);
        break;
    }
}

/* A text as a JSON string. The loader let through valid UTF-8 only. */
static int
append_string(struct buf *out, const char *text)
{
    TRY(buf_append_byte(out, '"'));
    for (const char *at = text; *at; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte == '"' || byte == '\\')
            TRY(buf_printf(out, "\\%c", byte));
        else if (byte < 0x20)
            TRY(buf_printf(out, "\\u%04x", byte));
        else
            TRY(buf_append_byte(out, byte));
    }
    return buf_append_byte(out, '"');
}

static int
append_member(struct buf *out, const char *key, const char *text)
{
    TRY(buf_printf(out, "%s\"%s\":", out->data[out->size - 1] == '{' ? "" : ",", key));
    return append_string(out, text);
}

static int
append_cites(struct buf *out, const struct pack_cite *cites, size_t ncites)
{
    TRY(buf_append_byte(out, '['));
    for (size_t i = 0; i < ncites; i++) {
        TRY(buf_printf(out, "%s{", i ? "," : ""));
        TRY(append_member(out, "law", cites[i].law));
        TRY(append_member(out, "article", cites[i].article));
        TRY(append_member(out, "in_force", cites[i].in_force));
        if (cites[i].until)
            TRY(append_member(out, "until", cites[i].until));
        TRY(append_member(out, "title_en", cites[i].title->en));
        TRY(append_member(out, "title_zh", cites[i].title->zh));
        TRY(buf_append_byte(out, '}'));
    }
    return buf_append_byte(out, ']');
}

/* Why a value or a verdict is another than declared: reason in two languages and citations, from a column on.
 */
static int
bind_change(struct db_statement *insert, int index, const struct pack_text *reason,
            const struct pack_cite *cites, size_t ncites, struct buf *scratch)
{
    buf_clear(scratch);
    db_bind_text(insert, index, reason->en);
    db_bind_text(insert, index + 1, reason->zh);
    TRY(append_cites(scratch, cites, ncites));
    db_bind_text(insert, index + 2, buf_text(scratch));
    return PROV_OK;
}

static int
store_parameters(const struct pack *pack, struct db_statement *insert, struct buf *scratch, struct err *err)
{
    for (size_t i = 0; i < pack->nparameters; i++) {
        const struct pack_parameter *parameter = &pack->parameters[i];
        db_bind_int(insert, 1, (int64_t)parameter->pack);
        db_bind_text(insert, 2, parameter->declared.name);
        bind_value(insert, 3, &parameter->value);
        bind_value(insert, 4, &parameter->declared);
        db_bind_int(insert, 5, (int64_t)parameter->set_by);
        db_bind_text(insert, 6, parameter->title.en);
        db_bind_text(insert, 7, parameter->title.zh);
        const struct pack_setting *by = parameter->setting;
        if (by && bind_change(insert, 8, &by->reason, by->cites, by->ncites, scratch) != PROV_OK)
            return err_set(err, PROV_E_MEMORY, "out of memory");
        TRY(db_execute(insert, err));
        db_reset(insert);
    }
    return PROV_OK;
}

/* Does the pack apply? NULL counts as yes: its rules then come out as undetermined. */
static int
evaluate(const char *applies_sql, int64_t *applies, struct err *err)
{
    struct buf sql = {0};
    struct db *db = NULL;
    if (!applies_sql)
        return PROV_OK;
    TRY(db_open_fenced(LIMIT_RULE_STEPS, &db, err));
    int status = buf_printf(&sql, "SELECT coalesce((%s) <> 0, 1)", applies_sql);
    status = status == PROV_OK ? db_query_int(db, buf_text(&sql), applies, err)
                               : err_set(err, status, "out of memory");
    buf_finish(&sql);
    db_close(db);
    return status;
}

static int
store_packs(const struct pack_set *set, struct db *db, struct err *err)
{
    struct buf scratch = {0};
    struct db_statement *packs = NULL, *parameters = NULL;
    int status = db_prepare(db, "INSERT INTO pack VALUES (?,?,?,?,?,?,?,?,?,?,?)", &packs, err);
    if (status == PROV_OK)
        status = db_prepare(db, "INSERT INTO parameter VALUES (?,?,?,?,?,?,?,?,?,?)", &parameters, err);
    for (size_t i = 0; i < set->npacks && status == PROV_OK; i++) {
        const struct pack *pack = &set->packs[i];
        const char *const texts[] = {pack->id,       pack->version, pack->title.en,
                                     pack->title.zh, pack->sha256,  pack->file_name};
        db_bind_int(packs, 1, (int64_t)i);
        for (int j = 0; j < (int)(sizeof texts / sizeof texts[0]); j++)
            db_bind_text(packs, j + 2, texts[j]);
        int64_t applies = 1;
        status = evaluate(pack->applies_sql, &applies, err);
        db_bind_text(packs, 8, pack->applies_when);
        db_bind_text(packs, 9, pack->otherwise.en);
        db_bind_text(packs, 10, pack->otherwise.zh);
        db_bind_int(packs, 11, applies);
        if (status == PROV_OK)
            status = db_execute(packs, err);
        if (status == PROV_OK)
            status = store_parameters(pack, parameters, &scratch, err);
    }
    buf_finish(&scratch);
    db_finish(packs);
    db_finish(parameters);
    return status;
}

static int
store_rule(const struct rule *rule, size_t ordinal, struct db_statement *insert, struct buf *cites,
           struct err *err)
{
    buf_clear(cites);
    if (append_cites(cites, rule->cites, rule->ncites) != PROV_OK)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    const char *const texts[] = {rule_basis_name(rule->basis),
                                 rule->applies_when,
                                 rule->fails_when,
                                 rule->title.en,
                                 rule->title.zh,
                                 rule->reason.en,
                                 rule->reason.zh,
                                 rule->remedy.en,
                                 rule->remedy.zh,
                                 buf_text(cites)};
    db_bind_int(insert, 1, (int64_t)ordinal);
    db_bind_text(insert, 2, rule->id);
    db_bind_int(insert, 3, (int64_t)rule->pack);
    db_bind_text(insert, 4, rule_level_name(rule->level));
    db_bind_int(insert, 5, rule->verdict);
    db_bind_int(insert, 6, rule->verdict_declared);
    db_bind_int(insert, 7, (int64_t)rule->verdict_set_by);
    for (int i = 0; i < (int)(sizeof texts / sizeof texts[0]); i++)
        db_bind_text(insert, i + 8, texts[i]);
    const struct pack_override *by = rule->override;
    if (by && bind_change(insert, 18, &by->reason, by->cites, by->ncites, cites) != PROV_OK)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    TRY(db_execute(insert, err));
    db_reset(insert);
    return PROV_OK;
}

int
pack_table_store(const struct pack_set *set, struct db *db, struct err *err)
{
    struct db_statement *insert = NULL;
    struct buf cites = {0};
    TRY(store_packs(set, db, err));
    int status =
        db_prepare(db, "INSERT INTO rule VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", &insert, err);
    for (size_t i = 0; i < set->nrules && status == PROV_OK; i++)
        status = store_rule(set->rules[i], i, insert, &cites, err);
    db_finish(insert);
    buf_finish(&cites);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of a judgement that do not come from one item after the other: what codes mean, what was
 * declared, and what only the whole dataset can tell (repeated content, the ledger of bytes).
 */
#include "policy/declared_tables.h"

#include <math.h>

#include "base/status.h"
#include "base/bytes.h"
#include "model/defect.h"

/* The names of the columns that source.def lists, each with ',' before it; and as many marks. */
#define TEXT(name) "," #name
#define FLAG(name) TEXT(name)
#define COUNT(name) TEXT(name)
#define SHARE(name) TEXT(name)
static const char source_columns[] =
#include "policy/source.def"
    ;
#undef TEXT
#define TEXT(name) ",?"
static const char source_marks[] =
#include "policy/source.def"
    ;
#undef TEXT
#undef FLAG
#undef COUNT
#undef SHARE

static void
bind_number(struct db_statement *insert, int index, double value)
{
    if (value < 0)
        db_bind_null(insert, index);
    else
        db_bind_double(insert, index, value);
}

static void
bind_flag(struct db_statement *insert, int index, int flag)
{
    if (flag < 0)
        db_bind_null(insert, index);
    else
        db_bind_int(insert, index, flag);
}

static int
store_source(const struct declared_tables *tables, struct db_statement *insert, uint32_t number,
             const struct source *source)
{
    int index = 3;
    db_bind_int(insert, 1, number);
    if (tables->source_licenses[number])
        db_bind_int(insert, 2, tables->source_licenses[number]);
    else
        db_bind_null(insert, 2);
#define TEXT(name) db_bind_text(insert, index++, source->name);
#define FLAG(name) bind_flag(insert, index++, source->name);
#define COUNT(name) db_bind_int(insert, index++, source->name);
#define SHARE(name) bind_number(insert, index++, source->name);
#include "policy/source.def"
#undef TEXT
#undef FLAG
#undef COUNT
#undef SHARE
    return db_execute(insert, tables->err);
}

static int
store_evidence(const struct declared_tables *tables, struct db_statement *insert, uint32_t number,
               const struct source *source)
{
    for (size_t i = 0; i < source->nevidence; i++) {
        const struct source_evidence *evidence = &source->evidence[i];
        const char *const texts[] = {evidence_type_name(evidence->type),
                                     evidence->path,
                                     evidence->sha256,
                                     *evidence->sha256_found ? evidence->sha256_found : NULL,
                                     evidence_state_name(evidence->state),
                                     evidence->valid_from,
                                     evidence->valid_to,
                                     evidence->reviewed_by,
                                     evidence->reviewed_at};
        db_bind_int(insert, 1, number);
        db_bind_int(insert, 2, (int64_t)i);
        for (int j = 0; j < (int)(sizeof texts / sizeof texts[0]); j++)
            db_bind_text(insert, j + 3, texts[j]);
        TRY(db_execute(insert, tables->err));
    }
    return PROV_OK;
}

static int
store_scope(const struct declared_tables *tables)
{
    struct db_statement *insert = NULL;
    TRY(db_prepare(tables->db, "INSERT INTO scope VALUES (?,?,?)", &insert, tables->err));
    int status = PROV_OK;
    for (int i = 0; i < SCOPE_COUNT && status == PROV_OK; i++) {
        const struct parameter *value = &tables->sources->scope.values[i];
        if (value->type == VALUE_NULL)
            continue;
        db_bind_text(insert, 1, value->name);
        if (value->type == VALUE_TEXT)
            db_bind_text(insert, 2, value->text);
        else if (value->number == floor(value->number) && fabs(value->number) < 1e15)
            db_bind_int(insert, 2, (int64_t)value->number);
        else
            db_bind_double(insert, 2, value->number);
        db_bind_text(insert, 3, value->type != VALUE_BOOL ? NULL : value->number != 0 ? "true" : "false");
        status = db_execute(insert, tables->err);
        db_reset(insert);
    }
    db_finish(insert);
    return status;
}

/* The declared sources and, before them, the one that stands for everything else. */
int
declared_tables_store_sources(const struct declared_tables *tables)
{
    const struct sources *sources = tables->sources;
    struct db_statement *insert = NULL, *evidence = NULL;
    struct source undeclared;
    struct buf sql = {0};
    source_init(&undeclared);
    int status = buf_printf(&sql, "INSERT INTO source (ordinal,license%s) VALUES (?,?%s)", source_columns,
                            source_marks);
    status = status == PROV_OK ? db_prepare(tables->db, buf_text(&sql), &insert, tables->err)
                               : err_set(tables->err, status, "out of memory");
    buf_finish(&sql);
    if (status == PROV_OK)
        status = db_prepare(tables->db, "INSERT INTO source_evidence VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                            &evidence, tables->err);
    if (status == PROV_OK)
        status = store_source(tables, insert, 0, &undeclared);
    for (size_t i = 0; i < sources->nsources && status == PROV_OK; i++) {
        status = store_source(tables, insert, (uint32_t)(i + 1), &sources->sources[i]);
        if (status == PROV_OK)
            status = store_evidence(tables, evidence, (uint32_t)(i + 1), &sources->sources[i]);
    }
    db_finish(insert);
    db_finish(evidence);
    return status == PROV_OK ? store_scope(tables) : status;
}

/* Executing a statement clears what was bound: what is not measured stays NULL. */
static void
bind_measured(struct db_statement *insert, const struct detector_measured *measured)
{
    if (measured->values == 0)
        return;
    db_bind_int(insert, 3, measured->values);
    db_bind_int(insert, 4, measured->recall_permille);
    db_bind_int(insert, 5, measured->precision_permille);
}

int
declared_tables_store_vocabulary(const struct declared_tables *tables)
{
    static const char *const effects[] = {
        [DEFECT_NOTED] = "noted", [DEFECT_DAMAGED] = "damaged", [DEFECT_UNREAD] = "unread"};
    const struct detector_set *set = tables->detectors;
    struct db_statement *defects = NULL, *detectors = NULL;
    int status = db_prepare(tables->db, "INSERT INTO defect VALUES (?,?)", &defects, tables->err);
    if (status == PROV_OK)
        status = db_prepare(tables->db, "INSERT OR IGNORE INTO detector VALUES (?,?,?,?,?)", &detectors,
                            tables->err);
    for (int i = 0; i < DEFECT_COUNT && status == PROV_OK; i++) {
        db_bind_text(defects, 1, defect_code((enum defect)i));
        db_bind_text(defects, 2, effects[defect_effect((enum defect)i)]);
        status = db_execute(defects, tables->err);
    }
    for (size_t i = 0; set && i < set->ndetectors && status == PROV_OK; i++) {
        const struct detector *detector = set->detectors[i];
        db_bind_text(detectors, 1, detector->id);
        db_bind_text(detectors, 2, detector_class_name(detector->class_));
        bind_measured(detectors, &detector->measured);
        status = db_execute(detectors, tables->err);
        for (size_t j = 0; j < detector->nderived && status == PROV_OK; j++) {
            db_bind_text(detectors, 1, detector->derived[j].code);
            db_bind_text(detectors, 2, detector->derived[j].age_below <= 14 ? "minor" : "additional");
            status = db_execute(detectors, tables->err);
        }
    }
    db_finish(defects);
    db_finish(detectors);
    return status;
}

/* Content that is there more than once. A place is the unit's and the item's ordinal. */
static int
store_duplicates(const struct declared_tables *tables)
{
    TRY(db_add_test(tables->db, "may_repeat", repeats_may_be, tables->repeats, tables->err));
    int status = db_run(
        tables->db,
        "INSERT INTO duplicate SELECT sha256, max(size), count(*), min(place) >> 32, min(place) & 4294967295,"
        " max(place) >> 32, max(place) & 4294967295 FROM ("
        "  SELECT item.sha256, item.size, unit.ordinal << 32 | item.ordinal AS place"
        "  FROM unit CROSS JOIN item ON item.unit = unit.id"
        "  WHERE unit.ordinal IS NOT NULL AND item.kind = 0 AND item.size > 0 AND item.flags & 67 = 0"
        "   AND item.sha256 IS NOT NULL AND may_repeat(item.sha256)"
        ") GROUP BY sha256 HAVING count(*) > 1",
        tables->err);
    int removed = db_add_test(tables->db, "may_repeat", NULL, NULL, status == PROV_OK ? tables->err : NULL);
    return status == PROV_OK ? removed : status;
}

/* What only the whole dataset can tell: repeated content, and the ledger of bytes. */
int
declared_tables_store_dataset(const struct declared_tables *tables)
{
    TRY(store_duplicates(tables));
    TRY(db_run(tables->db,
               "UPDATE source SET evidence_days_left = CAST(julianday(evidence_valid_to)"
               " - julianday((SELECT value FROM meta WHERE key = 'judge.as_of')) AS INTEGER)",
               tables->err));
    return db_run(
        tables->db,
        "INSERT INTO dataset_sum SELECT count(*), coalesce(sum(unit.kind = 0), 0),"
        " coalesce(sum(unit.kind = 0 AND unit.state <> 1), 0), coalesce(sum(bytes), 0),"
        " coalesce(sum(bytes_read), 0), coalesce(sum(bytes_alias), 0), coalesce(sum(bytes_skipped), 0),"
        " coalesce(sum(bytes_unreadable), 0), coalesce(sum(unit.kind = 5), 0),"
        " coalesce(sum(unit.kind = 6), 0),"
        " (SELECT coalesce(sum(count - 1), 0) FROM duplicate),"
        " (SELECT coalesce(sum((count - 1) * size), 0) FROM duplicate),"
        " coalesce(sum(unit.kind = 0) > 0 AND sum(unit.kind = 0 AND unit.state <> 1) = 0"
        "  AND sum(unit.kind = 6) = 0 AND sum(bytes_unreadable) = 0, 0)"
        "  AND (SELECT sum(unread_items) = 0 FROM source_sum)"
        "  AND coalesce((SELECT value FROM meta WHERE key = 'crawl.complete'), '0') = '1',"
        " CAST(julianday((SELECT value FROM meta WHERE key = 'judge.as_of'))"
        "  - julianday((SELECT value FROM scope WHERE name = 'keyword_updated')) AS INTEGER)"
        " FROM unit_ledger JOIN unit ON unit.id = unit_id",
        tables->err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of a judgement that do not come from one item after the other: what codes mean, what was
 * declared, and what only the whole dataset can tell (repeated content, the ledger of bytes).
 */
#include "policy/declared_tables.h"

#include "base/status.h"
#include "model/defect.h"

static void
bind_flag(struct db_statement *insert, int index, int flag)
{
    if (flag < 0)
        db_bind_null(insert, index);
    else
        db_bind_int(insert, index, flag);
}

/* Columns 1 to 34 of the table source. */
static int
store_source(const struct declared_tables *tables, struct db_statement *insert, uint32_t number,
             const struct source *source)
{
    const char *const early[] = {source->pipl_art13, source->gdpr_art6, source->copyright_basis,
                                 source->purposes};
    const char *const late[] = {source->evidence_valid_to, source->collection_method,
                                source->collection_robots, source->contract_party};
    const char *const last[] = {source->user_service,      source->user_terms_version,
                                source->user_opt_out_at,   source->synthetic_model,
                                source->synthetic_version, source->synthetic_acquired};
    int index = 1;
    db_bind_int(insert, index++, number);
    db_bind_text(insert, index++, source->id);
    db_bind_text(insert, index++, source->title);
    db_bind_text(insert, index++, source->kind);
    db_bind_int(insert, index++, source->missing_fields);
    if (tables->source_licenses[number])
        db_bind_int(insert, index, tables->source_licenses[number]);
    else
        db_bind_null(insert, index);
    index++;
    for (size_t i = 0; i < sizeof early / sizeof early[0]; i++)
        db_bind_text(insert, index++, early[i]);
    bind_flag(insert, index++, source->personal_declared);
    db_bind_text(insert, index++, source->guardian_consent);
    db_bind_text(insert, index++, source->likeness_consent);
    for (size_t i = 0; i < EVIDENCE_TYPE_COUNT; i++)
        db_bind_int(insert, index++, source->nevidence[i]);
    for (size_t i = 0; i < sizeof late / sizeof late[0]; i++)
        db_bind_text(insert, index++, late[i]);
    bind_flag(insert, index++, source->contract_reviewed);
    for (size_t i = 0; i < sizeof last / sizeof last[0]; i++)
        db_bind_text(insert, index++, last[i]);
    bind_flag(insert, index, source->is_foreign);
    return db_execute(insert, tables->err);
}

/* The declared sources and, before them, the one that stands for everything else. */
int
declared_tables_store_sources(const struct declared_tables *tables)
{
    static const struct source undeclared = {
        .personal_declared = -1, .contract_reviewed = -1, .is_foreign = -1};
    const struct sources *sources = tables->sources;
    struct db_statement *insert = NULL;
    TRY(db_prepare(
        tables->db,
        "INSERT INTO source VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        &insert, tables->err));
    int status = store_source(tables, insert, 0, &undeclared);
    for (size_t i = 0; i < sources->nsources && status == PROV_OK; i++)
        status = store_source(tables, insert, (uint32_t)(i + 1), &sources->sources[i]);
    db_finish(insert);
    return status;
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
        status =
            db_prepare(tables->db, "INSERT OR IGNORE INTO detector VALUES (?,?)", &detectors, tables->err);
    for (int i = 0; i < DEFECT_COUNT && status == PROV_OK; i++) {
        db_bind_text(defects, 1, defect_code((enum defect)i));
        db_bind_text(defects, 2, effects[defect_effect((enum defect)i)]);
        status = db_execute(defects, tables->err);
    }
    for (size_t i = 0; set && i < set->ndetectors && status == PROV_OK; i++) {
        const struct detector *detector = set->detectors[i];
        db_bind_text(detectors, 1, detector->id);
        db_bind_text(detectors, 2, detector_class_name(detector->class_));
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

/* Content that is there more than once, and the ledger of bytes. A place is the unit's and the item's
 * ordinal. */
int
declared_tables_store_dataset(const struct declared_tables *tables)
{
    TRY(db_run(
        tables->db,
        "INSERT INTO duplicate SELECT sha256, max(size), count(*), min(place) >> 32, min(place) & 4294967295,"
        " max(place) >> 32, max(place) & 4294967295 FROM ("
        "  SELECT item.sha256, item.size, unit.ordinal << 32 | item.ordinal AS place"
        "  FROM unit CROSS JOIN item ON item.unit = unit.id"
        "  WHERE unit.ordinal IS NOT NULL AND item.kind = 0 AND item.size > 0 AND item.flags & 67 = 0"
        "   AND item.sha256 IS NOT NULL"
        ") GROUP BY sha256 HAVING count(*) > 1",
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
        "  AND coalesce((SELECT value FROM meta WHERE key = 'crawl.complete'), '0') = '1'"
        " FROM unit_ledger JOIN unit ON unit.id = unit_id",
        tables->err);
}

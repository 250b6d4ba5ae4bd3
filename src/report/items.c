/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of all items, as one pass over the store.
 *
 * Five cursors, all in the order of the crawl, advance together, so a million items take a second and no more memory
 * than one line. Looked up is only the license file that speaks for a folder, once for a run of items:
 *
 *     item      (0,0) (0,1) (0,2)       (1,0) ...
 *     item_sum        (0,1)                          source, license
 *     fact      (0,0)       (0,2) (0,2)
 *     sample    (0,0)       (0,2) (0,2) (0,2)
 *     outcome         (0,1)             (1,0)        what the rules said
 *
 *     line ─► buffer of 256 KiB ─► zstd (a thread of its own) ─► SHA-256 and file
 *
 * item_line.c makes the JSON of an item, this file puts the parts of a line together.
 */
#include "report/items.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/db_cursor.h"
#include "base/outfile.h"
#include "base/zstd.h"
#include "model/fact.h"
#include "model/verdict.h"
#include "report/item_line.h"

enum { FLUSH_BYTES = 256 << 10, COMPRESSION_LEVEL = 1, PACKED_BYTES = 128 << 10 };

enum cursor_kind { CURSOR_ITEM, CURSOR_SUM, CURSOR_FACT, CURSOR_SAMPLE, CURSOR_OUTCOME, CURSOR_COUNT };

struct writing {
    struct db *db;
    struct db_cursor cursors[CURSOR_COUNT];
    char **outcomes; /**< by id: what the rules said, the tail of a line; owned */
    size_t noutcomes;
    struct db_statement *speaker; /**< where an item lies: the license file of a folder */
    struct buf speaker_place;     /**< the locator of the last one */
    int64_t speaker_unit, speaker_item;
    char **licenses; /**< by id: JSON of the expression; owned */
    size_t nlicenses;
    struct root_names roots;
    struct item_line item;
    struct json_line line; /**< lines that are not compressed yet */
    struct outfile *file;
    struct sha256 *digest;
    struct zstd_encoder *encoder;
    uint8_t *packed;
    struct items_written written;
    struct err *err;
};

static int
memory(struct writing *writing)
{
    return err_set(writing->err, PROV_E_MEMORY, "out of memory");
}

/* Compress what is in the buffer and send it on. */
static int
flush(struct writing *writing, bool ends)
{
    struct buf *lines = &writing->line.bytes;
    size_t at = 0;
    for (;;) {
        struct zstd_step step = {0};
        if (zstd_encode(writing->encoder, (struct bytes){lines->data + at, lines->size - at}, ends,
                        writing->packed, PACKED_BYTES, &step) != ZSTD_RESULT_OK)
            return memory(writing);
        at += step.consumed;
        sha256_update(writing->digest, writing->packed, step.produced);
        writing->written.nbytes += step.produced;
        if (step.produced)
            TRY(outfile_write(writing->file, writing->packed, step.produced, writing->err));
        if (at == lines->size && (!ends || step.frame_ended))
            break;
    }
    buf_clear(lines);
    return PROV_OK;
}

/* Does the cursor stand on the item in work? */
static int
meet(struct writing *writing, enum cursor_kind kind, bool *met)
{
    return db_cursor_meet(&writing->cursors[kind], &writing->cursors[CURSOR_ITEM], met, writing->err);
}

/* The same for outcomes, whose rows are runs of items: columns first, last. */
static int
meet_outcome(struct writing *writing, bool *met)
{
    const struct db_cursor *at = &writing->cursors[CURSOR_ITEM];
    struct db_cursor *cursor = &writing->cursors[CURSOR_OUTCOME];
    while (cursor->has_row && (cursor->major < at->major ||
                               (cursor->major == at->major && db_int(cursor->statement, 2) < at->minor)))
        TRY(db_cursor_advance(cursor, writing->err));
    *met = cursor->has_row && cursor->major == at->major && cursor->minor <= at->minor;
    return PROV_OK;
}

/* The license file that speaks for the folder of an item; mostly the same as for the item before. */
static int
put_speaker(struct writing *writing, int64_t unit, int64_t item)
{
    bool has_row = true;
    if (unit != writing->speaker_unit || item != writing->speaker_item) {
        db_reset(writing->speaker);
        db_bind_int(writing->speaker, 1, unit);
        db_bind_int(writing->speaker, 2, item);
        TRY(db_step(writing->speaker, &has_row, writing->err));
        if (!has_row)
            return PROV_OK;
        buf_clear(&writing->speaker_place);
        if (root_names_locator(&writing->roots, db_int(writing->speaker, 0), db_bytes(writing->speaker, 1),
                               db_bytes(writing->speaker, 2), &writing->speaker_place) != PROV_OK)
            return memory(writing);
        writing->speaker_unit = unit;
        writing->speaker_item = item;
        db_reset(writing->speaker);
    }
    json_line_quoted(&writing->line, ",\"license_by\":", buf_bytes(&writing->speaker_place));
    return PROV_OK;
}

/* The license that governs: columns license, from, unit and item of the file that speaks. */
static int
put_license(struct writing *writing)
{
    static const char *const from[] = {"item", "folder", "source"};
    struct db_statement *row = writing->cursors[CURSOR_SUM].statement;
    int64_t license = db_int(row, 2), where = db_int(row, 3);
    if (license <= 0 || (size_t)license >= writing->nlicenses || !writing->licenses[license] || where < 0 ||
        where > 2)
        return PROV_OK;
    json_line_text(&writing->line, writing->licenses[license]);
    json_line_text(&writing->line, ",\"license_from\":\"");
    json_line_text(&writing->line, from[where]);
    json_line_text(&writing->line, "\"");
    return where == 1 ? put_speaker(writing, db_int(row, 4), db_int(row, 5)) : PROV_OK;
}

static void
put_sample(struct json_line *line, const char *between, struct db_statement *row)
{
    json_line_number(line, between, db_int(row, 3));
    json_line_number(line, ",\"length\":", db_int(row, 4));
    if (db_int(row, 5))
        json_line_number(line, ",\"row\":", db_int(row, 5));
    json_line_quoted(line, ",\"evidence\":", db_bytes(row, 6));
    json_line_text(line, "}");
}

/* The samples of one fact: columns fact, offset, length, row, evidence. */
static int
put_samples(struct writing *writing, int64_t fact)
{
    struct db_cursor *cursor = &writing->cursors[CURSOR_SAMPLE];
    const char *between = ",\"samples\":[{\"offset\":";
    bool met = false, any = false;
    for (;;) {
        TRY(meet(writing, CURSOR_SAMPLE, &met));
        int64_t at = met ? db_int(cursor->statement, 2) : 0;
        if (!met || at > fact)
            break;
        if (at == fact) {
            put_sample(&writing->line, between, cursor->statement);
            between = ",{\"offset\":";
            any = true;
        }
        TRY(db_cursor_advance(cursor, writing->err));
    }
    if (any)
        json_line_text(&writing->line, "]");
    return PROV_OK;
}

/* The facts of the item in work: columns ordinal, kind, code, level, count. */
static int
put_facts(struct writing *writing)
{
    struct db_cursor *cursor = &writing->cursors[CURSOR_FACT];
    struct json_line *line = &writing->line;
    const char *between = ",\"facts\":[{\"kind\":\"";
    bool met = false, any = false;
    for (;;) {
        TRY(meet(writing, CURSOR_FACT, &met));
        if (!met)
            break;
        struct db_statement *row = cursor->statement;
        int64_t kind = db_int(row, 3), level = db_int(row, 5);
        json_line_text(line, between);
        json_line_text(line, kind >= 0 && kind < FACT_KIND_COUNT ? fact_kind_name((enum fact_kind)kind)
                                                                 : "unknown");
        json_line_quoted(line, "\",\"code\":", db_bytes(row, 4));
        if (level)
            json_line_number(line, ",\"level\":", level);
        json_line_number(line, ",\"count\":", db_int(row, 6));
        TRY(put_samples(writing, db_int(row, 2)));
        json_line_text(line, "}");
        between = ",{\"kind\":\"";
        any = true;
        TRY(db_cursor_advance(cursor, writing->err));
    }
    if (any)
        json_line_text(line, "]");
    return PROV_OK;
}

static int
put_line(struct writing *writing)
{
    bool met = false;
    item_line_put(&writing->item, writing->cursors[CURSOR_ITEM].statement, &writing->line);
    TRY(meet(writing, CURSOR_SUM, &met));
    if (met)
        TRY(put_license(writing));
    TRY(put_facts(writing));
    TRY(meet_outcome(writing, &met));
    const char *tail = ",\"verdict\":\"allow\"}\n";
    if (met) {
        int64_t id = db_int(writing->cursors[CURSOR_OUTCOME].statement, 3);
        if (id >= 0 && (size_t)id < writing->noutcomes && writing->outcomes[id])
            tail = writing->outcomes[id];
    }
    json_line_text(&writing->line, tail);
    if (writing->line.out_of_memory)
        return memory(writing);
    writing->written.nlines++;
    return writing->line.bytes.size >= FLUSH_BYTES ? flush(writing, false) : PROV_OK;
}

/* All outcomes as the tails of lines; ids are from 0 and without gaps. */
static int
load_outcomes(struct writing *writing)
{
    struct db_statement *select = NULL;
    int64_t count = 0;
    bool has_row = false;
    TRY(db_query_int(writing->db, "SELECT count(*) FROM outcome", &count, writing->err));
    writing->outcomes = calloc((size_t)count + 1, sizeof *writing->outcomes);
    if (!writing->outcomes)
        return memory(writing);
    writing->noutcomes = (size_t)count;
    TRY(db_prepare(
        writing->db,
        "SELECT id, verdict, not_conform, undetermined, iif(waived IS NULL, '', ',\"waived\":' || waived)"
        " FROM outcome",
        &select, writing->err));
    int status = PROV_OK;
    while (status == PROV_OK && (status = db_step(select, &has_row, writing->err)) == PROV_OK && has_row) {
        int64_t id = db_int(select, 0), verdict = db_int(select, 1);
        if (id < 0 || id >= count || verdict < 0 || verdict >= VERDICT_COUNT)
            continue;
        if (asprintf(&writing->outcomes[id],
                     ",\"verdict\":\"%s\",\"not_conform\":%s,\"undetermined\":%s%s}\n",
                     verdict_name((enum verdict)verdict), db_text(select, 2), db_text(select, 3),
                     db_text(select, 4)) < 0) {
            writing->outcomes[id] = NULL;
            status = memory(writing);
        }
    }
    db_finish(select);
    return status;
}

static int
load_licenses(struct writing *writing)
{
    struct db_statement *select = NULL;
    struct json_line text = {0};
    int64_t count = 0;
    bool has_row = false;
    TRY(db_query_int(writing->db, "SELECT coalesce(max(id), 0) + 1 FROM license", &count, writing->err));
    writing->licenses = calloc((size_t)count, sizeof *writing->licenses);
    if (!writing->licenses)
        return memory(writing);
    writing->nlicenses = (size_t)count;
    TRY(db_prepare(writing->db, "SELECT id, expression, clear FROM license", &select, writing->err));
    int status = PROV_OK;
    while (status == PROV_OK && (status = db_step(select, &has_row, writing->err)) == PROV_OK && has_row) {
        int64_t id = db_int(select, 0);
        const char *key = db_int(select, 2) ? ",\"license\":" : ",\"license_unclear\":";
        buf_clear(&text.bytes);
        if (id <= 0 || id >= count)
            continue;
        json_line_quoted(&text, key, db_bytes(select, 1));
        writing->licenses[id] = text.out_of_memory ? NULL : strdup(buf_text(&text.bytes));
        if (!writing->licenses[id])
            status = memory(writing);
    }
    db_finish(select);
    buf_finish(&text.bytes);
    return status;
}

static int
open_cursors(struct writing *writing)
{
    /* Only the order of units is asked for: within a unit rows come by their primary key, and the cursor
     * checks it. */
    static const char *const queries[CURSOR_COUNT] = {
        [CURSOR_ITEM] = ITEM_LINE_SQL,
        [CURSOR_SUM] = "SELECT unit.ordinal, s.item, s.license, s.license_from, s.license_unit, s.license_item"
                       " FROM unit"
                       " CROSS JOIN item_sum AS s ON s.unit = unit.id"
                       " WHERE unit.ordinal IS NOT NULL ORDER BY unit.ordinal",
        [CURSOR_FACT] = "SELECT unit.ordinal, f.item, f.ordinal, f.kind, f.code, f.level, f.count FROM unit"
                        " CROSS JOIN fact AS f ON f.unit = unit.id"
                        " WHERE unit.ordinal IS NOT NULL ORDER BY unit.ordinal",
        [CURSOR_SAMPLE] =
            "SELECT unit.ordinal, s.item, s.fact, s.offset, s.length, s.row, s.evidence FROM unit"
            " CROSS JOIN sample AS s ON s.unit = unit.id"
            " WHERE unit.ordinal IS NOT NULL ORDER BY unit.ordinal",
        [CURSOR_OUTCOME] = "SELECT unit.ordinal, o.first, o.last, o.outcome FROM unit"
                           " CROSS JOIN item_outcome AS o ON o.unit = unit.id"
                           " WHERE unit.ordinal IS NOT NULL ORDER BY unit.ordinal",
    };
    for (int i = 0; i < CURSOR_COUNT; i++)
        TRY(db_cursor_open(&writing->cursors[i], writing->db, queries[i], writing->err));
    return PROV_OK;
}

static int
write_all(struct writing *writing, const char *path)
{
    writing->digest = sha256_create();
    writing->encoder = zstd_encoder_create(COMPRESSION_LEVEL, true);
    writing->packed = malloc(PACKED_BYTES);
    if (!writing->digest || !writing->encoder || !writing->packed)
        return memory(writing);
    TRY(root_names_read(writing->db, &writing->roots, writing->err));
    writing->item.roots = &writing->roots;
    TRY(load_outcomes(writing));
    TRY(load_licenses(writing));
    TRY(open_cursors(writing));
    TRY(db_prepare(writing->db,
                   "SELECT unit.root, unit.path, item.path FROM unit CROSS JOIN item ON item.unit = unit.id"
                   " WHERE unit.id = ? AND item.ordinal = ?",
                   &writing->speaker, writing->err));
    TRY(outfile_open(path, &writing->file, writing->err));
    while (writing->cursors[CURSOR_ITEM].has_row) {
        TRY(put_line(writing));
        TRY(db_cursor_advance(&writing->cursors[CURSOR_ITEM], writing->err));
    }
    TRY(flush(writing, true));
    sha256_end(writing->digest, writing->written.sha256);
    struct outfile *file = writing->file;
    writing->file = NULL;
    return outfile_commit(file, writing->err);
}

int
items_write(struct db *db, const char *path, struct items_written *written, struct err *err)
{
    struct writing writing = {.db = db, .err = err};
    int status = write_all(&writing, path);
    for (int i = 0; i < CURSOR_COUNT; i++)
        db_cursor_close(&writing.cursors[i]);
    db_finish(writing.speaker);
    buf_finish(&writing.speaker_place);
    for (size_t i = 0; i < writing.noutcomes; i++)
        free(writing.outcomes[i]);
    for (size_t i = 0; i < writing.nlicenses; i++)
        free(writing.licenses[i]);
    free(writing.outcomes);
    free(writing.licenses);
    free(writing.packed);
    root_names_finish(&writing.roots);
    buf_finish(&writing.line.bytes);
    item_line_finish(&writing.item);
    outfile_abandon(writing.file);
    sha256_destroy(writing.digest);
    zstd_encoder_destroy(writing.encoder);
    if (status == PROV_OK)
        *written = writing.written;
    return status;
}

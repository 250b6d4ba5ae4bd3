/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Worksheets of a sample: what a reviewer gets.
 *
 *     number, source, address, row, bytes, type, sha256, found, mark, note
 *
 * "found" tells what detectors saw in the whole item, by their names; with evidence, masked as the store has
 * it. The content itself is not copied: a worksheet travels further than the data may.
 */
#include "cmd/sample_sheet.h"

#include <string.h>

#include "base/digest.h"
#include "base/escape.h"
#include "base/outfile.h"
#include "report/root_names.h"

enum { COLUMNS = 10 };

static const char *const headings[COLUMNS] = {"number", "source", "address", "row",  "bytes",
                                              "type",   "sha256", "found",   "mark", "note"};

/* Lines in the making. */
struct sheet_writing {
    const struct sample_sheet *sheet;
    struct root_names roots;
    struct db_statement *item, *facts;
    struct buf cells[COLUMNS];
    struct err *err;
};

static int
memory(struct err *err)
{
    return err_set(err, PROV_E_MEMORY, "out of memory");
}

static int
begin(struct sheet_writing *writing)
{
    struct db *db = writing->sheet->db;
    TRY(root_names_read(db, &writing->roots, writing->err));
    TRY(db_prepare(
        db,
        "SELECT unit.root, unit.path, item.path, item.size, item.type, lower(hex(item.sha256)), source.id"
        " FROM unit JOIN item ON item.unit = unit.id JOIN source ON source.ordinal = ?3"
        " WHERE unit.id = ?1 AND item.ordinal = ?2",
        &writing->item, writing->err));
    return db_prepare(
        db,
        "SELECT code, count, (SELECT group_concat(evidence, ' ') FROM sample AS s"
        "  WHERE s.unit = fact.unit AND s.item = fact.item AND s.fact = fact.ordinal"
        "   AND (?3 = 0 OR s.row = ?3))"
        " FROM fact WHERE unit = ?1 AND item = ?2 AND kind = 1 AND level >= 3 ORDER BY ordinal LIMIT 20",
        &writing->facts, writing->err);
}

static void
end(struct sheet_writing *writing)
{
    for (int i = 0; i < COLUMNS; i++)
        buf_finish(&writing->cells[i]);
    db_finish(writing->item);
    db_finish(writing->facts);
    root_names_finish(&writing->roots);
}

static int
fill_found(struct sheet_writing *writing, const struct sample_entry *entry, struct buf *cell)
{
    bool has_row = false;
    db_reset(writing->facts);
    db_bind_int(writing->facts, 1, entry->unit);
    db_bind_int(writing->facts, 2, entry->item);
    db_bind_int(writing->facts, 3, (int64_t)entry->row);
    int status = PROV_OK;
    while (status == PROV_OK && (status = db_step(writing->facts, &has_row, writing->err)) == PROV_OK &&
           has_row) {
        status = buf_printf(cell, "%s%s (%lld)", cell->size ? ", " : "", db_text(writing->facts, 0),
                            (long long)db_int(writing->facts, 1));
        if (status == PROV_OK && writing->sheet->evidence && !db_is_null(writing->facts, 2))
            status = buf_printf(cell, ": %s", db_text(writing->facts, 2));
        status = status == PROV_OK ? PROV_OK : memory(writing->err);
    }
    return status;
}

/* All cells of one line, as they are. */
static int
fill_cells(struct sheet_writing *writing, size_t number)
{
    const struct sample_entry *entry = &writing->sheet->sample->entries[number];
    struct buf *cells = writing->cells;
    struct db_statement *row = writing->item;
    bool has_row = false;
    for (int i = 0; i < COLUMNS; i++)
        buf_clear(&cells[i]);
    db_reset(row);
    db_bind_int(row, 1, entry->unit);
    db_bind_int(row, 2, entry->item);
    db_bind_int(row, 3, entry->source);
    TRY(db_step(row, &has_row, writing->err));
    int status = buf_printf(&cells[0], "%zu", number + 1);
    if (status == PROV_OK)
        status = buf_append_text(&cells[1], db_is_null(row, 6) ? "(undeclared)" : db_text(row, 6));
    if (status == PROV_OK)
        status = root_names_locator(&writing->roots, db_int(row, 0), db_bytes(row, 1), db_bytes(row, 2),
                                    &cells[2]);
    if (status == PROV_OK && entry->row)
        status = buf_printf(&cells[3], "%llu", (unsigned long long)entry->row);
    if (status == PROV_OK)
        status = buf_printf(&cells[4], "%lld", (long long)db_int(row, 3));
    if (status == PROV_OK)
        status = buf_append_text(&cells[5], db_text(row, 4));
    if (status == PROV_OK)
        status = buf_append_text(&cells[6], db_text(row, 5));
    return status == PROV_OK ? fill_found(writing, entry, &cells[7]) : memory(writing->err);
}

/* Append the cells of a line, each by escape between before and after. */
static int
append_line(const struct buf *cells, int (*escape)(struct buf *, struct bytes), const char *before,
            const char *after, struct buf *out)
{
    for (int i = 0; i < COLUMNS; i++) {
        TRY(buf_append_text(out, before));
        TRY(escape(out, buf_bytes(&cells[i])));
        TRY(buf_append_text(out, i + 1 < COLUMNS || *before ? after : ""));
    }
    return PROV_OK;
}

static int
write_csv(struct sheet_writing *writing, struct buf *out)
{
    int status = PROV_OK;
    for (int i = 0; i < COLUMNS && status == PROV_OK; i++)
        status = buf_printf(out, "%s%s", headings[i], i + 1 < COLUMNS ? "," : "\r\n");
    for (size_t i = 0; i < writing->sheet->sample->nentries && status == PROV_OK; i++) {
        TRY(fill_cells(writing, i));
        status = append_line(writing->cells, escape_csv, "", ",", out);
        if (status == PROV_OK)
            status = buf_append_text(out, "\r\n");
    }
    return status == PROV_OK ? PROV_OK : memory(writing->err);
}

static const char page_head[] =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    "<title>provscan: manual sample / 人工抽检</title><style>body{font:14px sans-serif;margin:2em}"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #888;padding:3px 6px;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}td:nth-child(7){font:10px "
    "monospace}td:nth-child(9),td:nth-child(10)"
    "{min-width:6em}thead{display:table-header-group}</style></head><body><h1>Manual sample / 人工抽检</h1>";

static int
write_html(struct sheet_writing *writing, struct buf *out)
{
    const struct sample_sheet *sheet = writing->sheet;
    int status = buf_append_text(out, page_head);
    if (status == PROV_OK)
        status = buf_printf(
            out, "<p>Plan %s; %zu of %llu entries; drawn from the content with the root digest %s.</p>",
            sheet->plan, sheet->sample->nentries, (unsigned long long)sheet->sample->population,
            sheet->root_digest);
    if (status == PROV_OK)
        status = buf_append_text(
            out, "<p>Reviewer / 抽检人: ______________ Date / 日期: ______________</p><table><thead><tr>");
    for (int i = 0; i < COLUMNS && status == PROV_OK; i++)
        status = buf_printf(out, "<th>%s</th>", headings[i]);
    if (status == PROV_OK)
        status = buf_append_text(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < sheet->sample->nentries && status == PROV_OK; i++) {
        TRY(fill_cells(writing, i));
        status = buf_append_text(out, "<tr>");
        if (status == PROV_OK)
            status = append_line(writing->cells, escape_html, "<td>", "</td>", out);
        if (status == PROV_OK)
            status = buf_append_text(out, "</tr>\n");
    }
    if (status == PROV_OK)
        status = buf_append_text(out, "</tbody></table></body></html>\n");
    return status == PROV_OK ? PROV_OK : memory(writing->err);
}

static int
write_sheet(const struct sample_sheet *sheet, const char *path,
            int (*fill)(struct sheet_writing *, struct buf *), struct err *err)
{
    struct sheet_writing writing = {.sheet = sheet, .err = err};
    struct buf out = {0};
    int status = begin(&writing);
    if (status == PROV_OK)
        status = fill(&writing, &out);
    if (status == PROV_OK)
        status = outfile_write_whole(path, buf_bytes(&out), err);
    buf_finish(&out);
    end(&writing);
    return status;
}

int
sample_sheet_write_csv(const struct sample_sheet *sheet, const char *path, struct err *err)
{
    return write_sheet(sheet, path, write_csv, err);
}

int
sample_sheet_write_html(const struct sample_sheet *sheet, const char *path, struct err *err)
{
    return write_sheet(sheet, path, write_html, err);
}

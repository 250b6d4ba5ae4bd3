/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of all items, as one pass over the store.
 *
 * Five cursors, all in the order of the crawl, advance together; nothing is looked up, so a million items
 * take a second and no more memory than one line:
 *
 *     item      (0,0) (0,1) (0,2)       (1,0) ...
 *     item_sum        (0,1)                          source, license
 *     fact      (0,0)       (0,2) (0,2)
 *     sample    (0,0)       (0,2) (0,2) (0,2)
 *     outcome         (0,1)             (1,0)        what the rules said
 *
 *     line ─► buffer of 256 KiB ─► zstd ─► SHA-256 and file
 *
 * A line is written by hand and not through json_out, which would take a third of the time again.
 */
#include "report/items.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/intern.h"
#include "base/outfile.h"
#include "base/utf8.h"
#include "base/zstd.h"
#include "model/fact.h"
#include "model/item.h"
#include "model/verdict.h"
#include "report/root_names.h"

enum { FLUSH_BYTES = 256 << 10, COMPRESSION_LEVEL = 1, PACKED_BYTES = 128 << 10 };

enum cursor_kind { CURSOR_ITEM, CURSOR_SUM, CURSOR_FACT, CURSOR_SAMPLE, CURSOR_OUTCOME, CURSOR_COUNT };

/* A statement whose first two columns are the ordinals of the unit and of the item. */
struct cursor {
    struct db_statement *statement;
    int64_t unit, item;
    bool has_row;
};

/* What the rules said, by number: the tail of a line. */
struct outcome_text {
    int64_t id;
    char *text; /**< owned */
};

struct writing {
    struct db *db;
    struct cursor cursors[CURSOR_COUNT];
    struct outcome_text *outcomes; /**< by id; owned */
    size_t noutcomes;
    char **licenses; /**< by id: JSON of the expression; owned */
    size_t nlicenses;
    struct root_names roots;
    struct buf line;
    struct buf locator;
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
    size_t at = 0;
    for (;;) {
        struct zstd_step step = {0};
        if (zstd_encode(writing->encoder, (struct bytes){writing->line.data + at, writing->line.size - at},
                        ends, writing->packed, PACKED_BYTES, &step) != ZSTD_RESULT_OK)
            return memory(writing);
        at += step.consumed;
        sha256_update(writing->digest, writing->packed, step.produced);
        writing->written.nbytes += step.produced;
        if (step.produced)
            TRY(outfile_write(writing->file, writing->packed, step.produced, writing->err));
        if (at == writing->line.size && (!ends || step.frame_ended))
            break;
    }
    buf_clear(&writing->line);
    return PROV_OK;
}

/* Advance; the keys must ascend, else the merge would lose rows without a word. */
static int
advance(struct writing *writing, struct cursor *cursor)
{
    int64_t unit = cursor->unit, item = cursor->item;
    TRY(db_step(cursor->statement, &cursor->has_row, writing->err));
    if (!cursor->has_row)
        return PROV_OK;
    cursor->unit = db_int(cursor->statement, 0);
    cursor->item = db_int(cursor->statement, 1);
    if (cursor->unit < unit || (cursor->unit == unit && cursor->item < item))
        return err_set(writing->err, PROV_E_INTERNAL, "rows of the store came out of order");
    return PROV_OK;
}

/* Does the cursor stand on the item in work? Rows of items that are not there are passed over. */
static int
meet(struct writing *writing, enum cursor_kind kind, bool *met)
{
    const struct cursor *at = &writing->cursors[CURSOR_ITEM];
    struct cursor *cursor = &writing->cursors[kind];
    while (cursor->has_row &&
           (cursor->unit < at->unit || (cursor->unit == at->unit && cursor->item < at->item)))
        TRY(advance(writing, cursor));
    *met = cursor->has_row && cursor->unit == at->unit && cursor->item == at->item;
    return PROV_OK;
}

/* The same for outcomes, whose rows are runs of items: columns first, last. */
static int
meet_outcome(struct writing *writing, bool *met)
{
    const struct cursor *at = &writing->cursors[CURSOR_ITEM];
    struct cursor *cursor = &writing->cursors[CURSOR_OUTCOME];
    while (cursor->has_row &&
           (cursor->unit < at->unit || (cursor->unit == at->unit && db_int(cursor->statement, 2) < at->item)))
        TRY(advance(writing, cursor));
    *met = cursor->has_row && cursor->unit == at->unit && cursor->item <= at->item;
    return PROV_OK;
}

static int
put_quoted(struct buf *line, const char *before, struct bytes text)
{
    TRY(buf_append(line, before, strlen(before)));
    TRY(buf_append_byte(line, '"'));
    TRY(escape_json(line, text));
    return buf_append_byte(line, '"');
}

static int
put_hex(struct buf *line, const char *before, struct bytes bytes)
{
    TRY(buf_append(line, before, strlen(before)));
    TRY(buf_reserve(line, 2 * bytes.size + 3));
    line->data[line->size++] = '"';
    hex_write(bytes.data, bytes.size, (char *)line->data + line->size);
    line->size += 2 * bytes.size;
    return buf_append_byte(line, '"');
}

static int
put_number(struct buf *line, const char *before, int64_t value)
{
    char text[24];
    size_t at = sizeof text;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        text[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        text[--at] = '-';
    TRY(buf_append(line, before, strlen(before)));
    return buf_append(line, text + at, sizeof text - at);
}

/* A name, and its raw bytes beside it when it is no UTF-8. */
static int
put_name(struct buf *line, const char *before, const char *before_hex, struct bytes name)
{
    TRY(put_quoted(line, before, name));
    return utf8_is_valid(name) ? PROV_OK : put_hex(line, before_hex, name);
}

static int
put_flags(struct buf *line, int64_t flags)
{
    static const struct {
        int64_t flag;
        const char *name;
    } names[] = {{ITEM_CONTAINER, "container"},  {ITEM_PARTIAL, "partial"}, {ITEM_ENCRYPTED, "encrypted"},
                 {ITEM_SPARSE, "sparse"},        {ITEM_TEXT, "text"},       {ITEM_OPAQUE, "opaque"},
                 {ITEM_NO_CONTENT, "no-content"}};
    const char *between = ",\"flags\":[\"";
    if (!(flags & (2 * ITEM_NO_CONTENT - 1)))
        return PROV_OK;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (flags & names[i].flag) {
            TRY(buf_append_text(line, between));
            TRY(buf_append_text(line, names[i].name));
            between = "\",\"";
        }
    return buf_append_text(line, "\"]");
}

/* Columns of the item cursor, behind the two ordinals. */
enum {
    C_ROOT = 2,
    C_UNIT_PATH,
    C_PATH,
    C_KIND,
    C_FLAGS,
    C_LINK,
    C_SIZE,
    C_SHA256,
    C_TYPE,
    C_ENCODING,
    C_FORMAT,
    C_SIZE_DECLARED,
    C_MTIME,
    C_SOURCE
};

static int
put_place(struct writing *writing, struct db_statement *row)
{
    struct buf *line = &writing->line, *locator = &writing->locator;
    struct bytes unit_path = db_bytes(row, C_UNIT_PATH), path = db_bytes(row, C_PATH);
    buf_clear(locator);
    TRY(root_names_locator(&writing->roots, db_int(row, C_ROOT), unit_path, path, locator));
    TRY(put_name(line, "{\"locator\":", ",\"locator_hex\":", buf_bytes(locator)));
    if (db_int(row, C_ROOT))
        TRY(put_number(line, ",\"root\":", db_int(row, C_ROOT)));
    TRY(put_number(line, ",\"unit\":", db_int(row, 0)));
    return put_number(line, ",\"item\":", db_int(row, 1));
}

static int
put_item(struct writing *writing, struct db_statement *row)
{
    static const char *const kinds[] = {[ITEM_FILE] = "file",
                                        [ITEM_DIRECTORY] = "directory",
                                        [ITEM_SYMLINK] = "symlink",
                                        [ITEM_HARDLINK] = "hardlink",
                                        [ITEM_SPECIAL] = "special"};
    struct buf *line = &writing->line;
    int64_t kind = db_int(row, C_KIND);
    TRY(put_place(writing, row));
    TRY(put_quoted(line,
                   ",\"kind\":", bytes_of(kind >= 0 && kind <= ITEM_SPECIAL ? kinds[kind] : "special")));
    TRY(put_number(line, ",\"size\":", db_int(row, C_SIZE)));
    if (!db_is_null(row, C_SIZE_DECLARED) && db_int(row, C_SIZE_DECLARED) != db_int(row, C_SIZE))
        TRY(put_number(line, ",\"size_declared\":", db_int(row, C_SIZE_DECLARED)));
    if (!db_is_null(row, C_SHA256))
        TRY(put_hex(line, ",\"sha256\":", db_bytes(row, C_SHA256)));
    if (!db_is_null(row, C_TYPE))
        TRY(put_quoted(line, ",\"type\":", db_bytes(row, C_TYPE)));
    if (!db_is_null(row, C_ENCODING))
        TRY(put_quoted(line, ",\"encoding\":", db_bytes(row, C_ENCODING)));
    if (!db_is_null(row, C_FORMAT))
        TRY(put_quoted(line, ",\"format\":", db_bytes(row, C_FORMAT)));
    if (!db_is_null(row, C_LINK) && db_bytes(row, C_LINK).size)
        TRY(put_name(line, ",\"link\":", ",\"link_hex\":", db_bytes(row, C_LINK)));
    if (!db_is_null(row, C_MTIME) &&
        db_bytes(row, C_PATH).size) /* of a member: that of a file on disk is no content */
        TRY(put_number(line, ",\"mtime\":", db_int(row, C_MTIME)));
    TRY(put_flags(line, db_int(row, C_FLAGS)));
    if (db_int(row, C_SOURCE))
        TRY(put_number(line, ",\"source\":", db_int(row, C_SOURCE)));
    return PROV_OK;
}

/* The license that governs: columns license, from. */
static int
put_license(struct writing *writing)
{
    static const char *const from[] = {"item", "folder", "source"};
    struct db_statement *row = writing->cursors[CURSOR_SUM].statement;
    int64_t license = db_int(row, 2), where = db_int(row, 3);
    if (license <= 0 || (size_t)license >= writing->nlicenses || !writing->licenses[license] || where < 0 ||
        where > 2)
        return PROV_OK;
    TRY(buf_append_text(&writing->line, writing->licenses[license]));
    TRY(buf_append_text(&writing->line, ",\"license_from\":\""));
    TRY(buf_append_text(&writing->line, from[where]));
    return buf_append_byte(&writing->line, '"');
}

/* The samples of one fact: columns fact, offset, length, row, evidence. */
static int
put_samples(struct writing *writing, int64_t fact)
{
    struct cursor *cursor = &writing->cursors[CURSOR_SAMPLE];
    struct buf *line = &writing->line;
    const char *between = ",\"samples\":[{\"offset\":";
    bool met = false, any = false;
    for (;;) {
        int status = meet(writing, CURSOR_SAMPLE, &met);
        if (status != PROV_OK)
            return status;
        if (!met || db_int(cursor->statement, 2) > fact)
            break;
        if (db_int(cursor->statement, 2) == fact) {
            if (put_number(line, between, db_int(cursor->statement, 3)) != PROV_OK ||
                put_number(line, ",\"length\":", db_int(cursor->statement, 4)) != PROV_OK ||
                (db_int(cursor->statement, 5) &&
                 put_number(line, ",\"row\":", db_int(cursor->statement, 5)) != PROV_OK) ||
                put_quoted(line, ",\"evidence\":", db_bytes(cursor->statement, 6)) != PROV_OK ||
                buf_append_byte(line, '}') != PROV_OK)
                return memory(writing);
            between = ",{\"offset\":";
            any = true;
        }
        TRY(advance(writing, cursor));
    }
    return any && buf_append_byte(line, ']') != PROV_OK ? memory(writing) : PROV_OK;
}

/* The facts of the item in work: columns ordinal, kind, code, level, count. */
static int
put_facts(struct writing *writing)
{
    struct cursor *cursor = &writing->cursors[CURSOR_FACT];
    struct buf *line = &writing->line;
    const char *between = ",\"facts\":[{\"kind\":\"";
    bool met = false, any = false;
    for (;;) {
        TRY(meet(writing, CURSOR_FACT, &met));
        if (!met)
            break;
        struct db_statement *row = cursor->statement;
        int64_t kind = db_int(row, 3);
        const char *name =
            kind >= 0 && kind < FACT_KIND_COUNT ? fact_kind_name((enum fact_kind)kind) : "unknown";
        if (buf_append_text(line, between) != PROV_OK || buf_append_text(line, name) != PROV_OK ||
            put_quoted(line, "\",\"code\":", db_bytes(row, 4)) != PROV_OK ||
            (db_int(row, 5) && put_number(line, ",\"level\":", db_int(row, 5)) != PROV_OK) ||
            put_number(line, ",\"count\":", db_int(row, 6)) != PROV_OK)
            return memory(writing);
        TRY(put_samples(writing, db_int(row, 2)));
        if (buf_append_byte(line, '}') != PROV_OK)
            return memory(writing);
        between = ",{\"kind\":\"";
        any = true;
        TRY(advance(writing, cursor));
    }
    return any && buf_append_byte(line, ']') != PROV_OK ? memory(writing) : PROV_OK;
}

static int
put_line(struct writing *writing)
{
    bool met = false;
    if (put_item(writing, writing->cursors[CURSOR_ITEM].statement) != PROV_OK)
        return memory(writing);
    TRY(meet(writing, CURSOR_SUM, &met));
    if (met && put_license(writing) != PROV_OK)
        return memory(writing);
    TRY(put_facts(writing));
    TRY(meet_outcome(writing, &met));
    const char *tail = ",\"verdict\":\"allow\"";
    if (met) {
        int64_t id = db_int(writing->cursors[CURSOR_OUTCOME].statement, 3);
        if (id >= 0 && (size_t)id < writing->noutcomes && writing->outcomes[id].text)
            tail = writing->outcomes[id].text;
    }
    if (buf_append_text(&writing->line, tail) != PROV_OK || buf_append(&writing->line, "}\n", 2) != PROV_OK)
        return memory(writing);
    writing->written.nlines++;
    return writing->line.size >= FLUSH_BYTES ? flush(writing, false) : PROV_OK;
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
    TRY(db_prepare(writing->db, "SELECT id, verdict, not_conform, undetermined FROM outcome", &select,
                   writing->err));
    int status = PROV_OK;
    while (status == PROV_OK && (status = db_step(select, &has_row, writing->err)) == PROV_OK && has_row) {
        int64_t id = db_int(select, 0), verdict = db_int(select, 1);
        if (id < 0 || id >= count || verdict < 0 || verdict >= VERDICT_COUNT)
            continue;
        if (asprintf(&writing->outcomes[id].text,
                     ",\"verdict\":\"%s\",\"not_conform\":%s,\"undetermined\":%s",
                     verdict_name((enum verdict)verdict), db_text(select, 2), db_text(select, 3)) < 0) {
            writing->outcomes[id].text = NULL;
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
    struct buf text = {0};
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
        buf_clear(&text);
        if (id > 0 && id < count &&
            (put_quoted(&text, key, db_bytes(select, 1)) != PROV_OK ||
             !(writing->licenses[id] = strdup(buf_text(&text)))))
            status = memory(writing);
    }
    db_finish(select);
    buf_finish(&text);
    return status;
}

static int
open_cursors(struct writing *writing)
{
    /* Only the order of units is asked for: within a unit rows come by their primary key, and advance()
     * checks it. */
    static const char *const queries[CURSOR_COUNT] = {
        [CURSOR_ITEM] =
            "SELECT unit.ordinal, item.ordinal, unit.root, unit.path, item.path, item.kind, item.flags,"
            " item.link, item.size, item.sha256, item.type, item.encoding, item.format,"
            " item.size_declared, item.mtime, source_unit.source FROM unit"
            " CROSS JOIN item ON item.unit = unit.id"
            " LEFT JOIN source_unit ON source_unit.unit = unit.id"
            " WHERE unit.ordinal IS NOT NULL ORDER BY unit.ordinal",
        [CURSOR_SUM] = "SELECT unit.ordinal, s.item, s.license, s.license_from FROM unit"
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
    for (int i = 0; i < CURSOR_COUNT; i++) {
        TRY(db_prepare(writing->db, queries[i], &writing->cursors[i].statement, writing->err));
        TRY(advance(writing, &writing->cursors[i]));
    }
    return PROV_OK;
}

static int
write_all(struct writing *writing, const char *path)
{
    writing->digest = sha256_create();
    writing->encoder = zstd_encoder_create(COMPRESSION_LEVEL);
    writing->packed = malloc(PACKED_BYTES);
    if (!writing->digest || !writing->encoder || !writing->packed)
        return memory(writing);
    TRY(root_names_read(writing->db, &writing->roots, writing->err));
    TRY(load_outcomes(writing));
    TRY(load_licenses(writing));
    TRY(open_cursors(writing));
    TRY(outfile_open(path, &writing->file, writing->err));
    while (writing->cursors[CURSOR_ITEM].has_row) {
        TRY(put_line(writing));
        TRY(advance(writing, &writing->cursors[CURSOR_ITEM]));
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
        db_finish(writing.cursors[i].statement);
    for (size_t i = 0; i < writing.noutcomes; i++)
        free(writing.outcomes[i].text);
    for (size_t i = 0; i < writing.nlicenses; i++)
        free(writing.licenses[i]);
    free(writing.outcomes);
    free(writing.licenses);
    free(writing.packed);
    root_names_finish(&writing.roots);
    buf_finish(&writing.line);
    buf_finish(&writing.locator);
    outfile_abandon(writing.file);
    sha256_destroy(writing.digest);
    zstd_encoder_destroy(writing.encoder);
    if (status == PROV_OK)
        *written = writing.written;
    return status;
}

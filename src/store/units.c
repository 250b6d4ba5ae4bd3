/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units: what a crawl found against what an earlier scan knows.
 *
 * A unit is known by its root and path, and keeps its id. Its rows are still true when it is done, has the
 * same stamp (size, device, inode, both times), was read under the same plan, and nothing but the file itself
 * stood in the way (a disk that failed, memory that ran out); then there is nothing to read. One rule serves
 * three ends: a scan that died goes on, a scan of a grown dataset reads what is new, and other detectors read
 * everything again.
 *
 * What is not a file is written here and now, as item 0 with what the crawl knows of it.
 */
#include <string.h>
#include <sys/stat.h>

#include "base/escape.h"
#include "base/utf8.h"
#include "store/handle.h"
#include "store/store.h"

/* What an earlier scan knows of a unit. */
struct known_unit {
    uint64_t id;
    bool there, same; /* same: a file then as now, stamp and plan as now */
    int64_t state;
};

static int
find_unit(struct store *store, const struct unit *unit, struct known_unit *known, struct err *err)
{
    struct db_statement *find = store->statements.unit_find;
    const struct unit_stamp *stamp = &unit->stamp;
    db_bind_int(find, 1, unit->root);
    db_bind_bytes(find, 2, unit->path);
    db_bind_int(find, 3, (int64_t)stamp->size);
    db_bind_int(find, 4, (int64_t)stamp->device);
    db_bind_int(find, 5, (int64_t)stamp->inode);
    db_bind_int(find, 6, stamp->mtime_ns);
    db_bind_int(find, 7, stamp->ctime_ns);
    db_bind_bytes(find, 8, (struct bytes){.data = store->plan, .size = SHA256_SIZE});
    db_bind_int(find, 9, unit->kind);
    *known = (struct known_unit){0};
    int status = db_step(find, &known->there, err);
    if (status == PROV_OK && known->there) {
        known->id = (uint64_t)db_int(find, 0);
        known->state = db_int(find, 1);
        known->same = unit->kind == UNIT_FILE && db_int(find, 2) != 0;
    }
    db_reset(find);
    return status;
}

/* The rule as text: globs come from the command line or from an ignore file and need not be UTF-8. */
static int
print_rule(struct buf *text, struct bytes rule)
{
    buf_clear(text);
    for (size_t at = 0; at < rule.size;) {
        uint32_t code;
        size_t size = utf8_decode(rule.data + at, rule.size - at, &code);
        if (size && !escape_is_deceptive(code)) {
            TRY(buf_append(text, rule.data + at, size));
            at += size;
            continue;
        }
        for (size_t end = at + (size ? size : 1); at < end; at++)
            TRY(buf_printf(text, "\\x%02x", rule.data[at]));
    }
    return PROV_OK;
}

static int
put_unit(struct store *store, const struct unit *unit, uint64_t ordinal, const struct known_unit *known,
         struct err *err)
{
    struct db_statement *put = known->there ? store->statements.unit_update : store->statements.unit_insert;
    const struct unit_stamp *stamp = &unit->stamp;
    if (print_rule(&store->rule, unit->rule) != PROV_OK)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    db_bind_int(put, 1, (int64_t)ordinal);
    db_bind_int(put, 2, unit->root);
    db_bind_bytes(put, 3, unit->path);
    db_bind_int(put, 4, unit->kind);
    db_bind_int(put, 5, (int64_t)stamp->size);
    db_bind_int(put, 6, (int64_t)stamp->blocks_bytes);
    db_bind_int(put, 7, (int64_t)stamp->device);
    db_bind_int(put, 8, (int64_t)stamp->inode);
    db_bind_int(put, 9, stamp->mtime_ns);
    db_bind_int(put, 10, stamp->ctime_ns);
    db_bind_int(put, 11, unit->mode);
    db_bind_int(put, 12, (int64_t)unit->nlinks);
    if (unit->link.size)
        db_bind_bytes(put, 13, unit->link);
    if (unit->kind == UNIT_ALIAS)
        db_bind_int(put, 14, unit->link_root);
    if (unit->rule.size)
        db_bind_text_bytes(put, 15, buf_bytes(&store->rule));
    /* What was begun or done has rows, which only store_begin_unit removes. */
    db_bind_int(put, 16,
                known->same                     ? STATE_DONE
                : known->state == STATE_PENDING ? STATE_PENDING
                                                : STATE_READING);
    return db_execute(put, err);
}

static enum item_kind
noted_kind(const struct unit *unit)
{
    switch (unit->kind) {
    case UNIT_DIRECTORY:
        return ITEM_DIRECTORY;
    case UNIT_SYMLINK:
        return ITEM_SYMLINK;
    case UNIT_SPECIAL:
        return ITEM_SPECIAL;
    case UNIT_ALIAS:
        return ITEM_HARDLINK;
    default: /* skipped or unreadable: the mode is what is known, if that */
        return S_ISDIR(unit->mode) ? ITEM_DIRECTORY : S_ISLNK(unit->mode) ? ITEM_SYMLINK : ITEM_FILE;
    }
}

/* The defect that a unit has by what it is; its reason may be worded by the crawl. */
static int
add_defect(const struct unit *unit, struct fact_set *facts)
{
    enum defect defect = unit->defect;
    if (defect == DEFECT_COUNT && unit->kind == UNIT_SPECIAL)
        defect = DEFECT_FS_SPECIAL_FILE;
    if (defect == DEFECT_COUNT && unit->kind == UNIT_SYMLINK)
        defect = DEFECT_FS_SYMLINK;
    if (defect == DEFECT_COUNT)
        return PROV_OK;
    struct fact fact = {.kind = FACT_DEFECT,
                        .code = defect_code(defect),
                        .evidence = {.data = (const uint8_t *)unit->reason,
                                     .size = strnlen(unit->reason, sizeof unit->reason)}};
    return fact_set_add(facts, &fact);
}

/* Item 0 of a unit that is not read: all there is to know came from the crawl. */
static int
note_unit(struct store *store, const struct unit *unit, uint64_t id, struct err *err)
{
    struct item item = {
        .head = {.kind = noted_kind(unit),
                 .parent = ITEM_NO_PARENT,
                 .flags = ITEM_NO_CONTENT,
                 .link = unit->link,
                 .size_declared = UINT64_MAX,
                 .mtime = INT64_MIN},
        .facts = {.nsamples_max = 1},
    };
    int status = add_defect(unit, &item.facts);
    if (status != PROV_OK)
        (void)err_set(err, status, "out of memory");
    if (status == PROV_OK)
        status = store_begin_unit(store, id, err);
    if (status == PROV_OK)
        status = store_add_item(store, id, &item, err);
    if (status == PROV_OK)
        status = store_end_unit(store, id, &unit->stamp, err);
    fact_set_finish(&item.facts);
    return status;
}

int
store_add_unit(struct store *store, const struct unit *unit, uint64_t ordinal, uint64_t *id,
               enum store_need *need, struct err *err)
{
    struct known_unit known = {0};
    TRY(store_begin_write(store, 1, unit->path.size + unit->link.size + unit->rule.size, err));
    TRY(store_end_write(store, find_unit(store, unit, &known, err)));
    TRY(store_end_write(store, put_unit(store, unit, ordinal, &known, err)));
    uint64_t unit_id = known.there ? known.id : (uint64_t)db_last_id(store->db);
    if (unit->kind != UNIT_FILE)
        TRY(store_end_write(store, note_unit(store, unit, unit_id, err)));
    *id = unit_id;
    *need = unit->kind != UNIT_FILE ? STORE_NOTED : known.same ? STORE_KNOWN : STORE_READ;
    return PROV_OK;
}

/* ---- the state of a unit ---- */

static int
run_with_unit(struct db_statement *statement, uint64_t unit, struct err *err)
{
    db_bind_int(statement, 1, (int64_t)unit);
    return db_execute(statement, err);
}

/* Are there rows of an earlier read? */
static int
has_rows(struct store *store, uint64_t id, bool *has, struct err *err)
{
    struct db_statement *state = store->statements.unit_state;
    bool has_row = false;
    db_bind_int(state, 1, (int64_t)id);
    int status = db_step(state, &has_row, err);
    *has = status == PROV_OK && has_row && db_int(state, 0) != STATE_PENDING;
    db_reset(state);
    return status;
}

static int
begin_unit(struct store *store, uint64_t id, struct err *err)
{
    struct statements *statements = &store->statements;
    bool has = false;
    TRY(has_rows(store, id, &has, err));
    if (has) {
        TRY(item_rows_flush(&store->items, err)); /* rows of this unit may wait there */
        TRY(run_with_unit(statements->sample_delete, id, err));
        TRY(run_with_unit(statements->fact_delete, id, err));
        TRY(run_with_unit(statements->column_delete, id, err));
        TRY(run_with_unit(statements->value_delete, id, err));
        TRY(run_with_unit(statements->item_delete, id, err));
    }
    return run_with_unit(statements->unit_reading, id, err);
}

int
store_begin_unit(struct store *store, uint64_t id, struct err *err)
{
    TRY(store_begin_write(store, 1, 0, err));
    return store_end_write(store, begin_unit(store, id, err));
}

int
store_end_unit(struct store *store, uint64_t id, const struct unit_stamp *stamp, struct err *err)
{
    (void)stamp; /* the row already holds the crawl's stamp; a file that changed meanwhile says so by a defect
                  */
    TRY(store_begin_write(store, 1, 0, err));
    struct db_statement *done = store->statements.unit_done;
    db_bind_int(done, 1, (int64_t)id);
    db_bind_bytes(done, 2, (struct bytes){.data = store->plan, .size = SHA256_SIZE});
    return store_end_write(store, db_execute(done, err));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A license file speaks for its folder and all below it, until a nearer one speaks.
 *
 * A locator is a path through folders and containers alike, so one rule serves both:
 *
 *     data/code.tar.zst!/vendor/lib/x.c     asks   data/code.tar.zst!/vendor/lib
 *                                                  data/code.tar.zst!/vendor
 *                                                  data/code.tar.zst!
 *                                                  data
 *                                                  (the root)
 *
 * License files are few but a hostile dataset may hold ten million, so the map is a temporary table of the
 * database, which spills to disk, and not a hash table. Items come folder by folder: the last answer is kept,
 * and most questions are answered by it.
 */
#include "policy/folder_license.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "model/fact.h"

struct folder_licenses {
    struct db_statement *find;
    bool is_empty;
    struct buf last;             /**< the folder last asked for */
    struct folder_license found; /**< and the answer */
    struct buf folder;    /**< being looked up */
};

/* Bytes of a path before its last name, without the '/' between. */
static size_t
parent_size(struct bytes path)
{
    const uint8_t *slash = path.size ? memrchr(path.data, '/', path.size) : NULL;
    return slash ? (size_t)(slash - path.data) : 0;
}

struct bytes
item_place_name(const struct item_place *place)
{
    struct bytes path = place->item_path.size ? place->item_path : place->unit_path;
    const uint8_t *slash = path.size ? memrchr(path.data, '/', path.size) : NULL;
    size_t skipped = slash ? (size_t)(slash + 1 - path.data) : 0;
    return (struct bytes){path.data + skipped, path.size - skipped};
}

/* The folder of an item: four bytes of its root, then the locator without the item's own name. */
static int
folder_of(const struct item_place *place, struct buf *folder)
{
    uint32_t root = (uint32_t)place->root;
    uint8_t head[4] = {(uint8_t)(root >> 24), (uint8_t)(root >> 16), (uint8_t)(root >> 8), (uint8_t)root};
    buf_clear(folder);
    TRY(buf_append(folder, head, sizeof head));
    if (!place->item_path.size)
        return buf_append(folder, place->unit_path.data, parent_size(place->unit_path));
    TRY(buf_append(folder, place->unit_path.data, place->unit_path.size));
    TRY(buf_append_byte(folder, '!'));
    size_t size = parent_size(place->item_path);
    if (!size)
        return PROV_OK;
    TRY(buf_append_byte(folder, '/'));
    return buf_append(folder, place->item_path.data, size);
}

/* What is needed while the table is filled. */
struct filling {
    struct license_book *book;
    struct license_statement statement;
    struct db_statement *insert;
    struct buf folder;
    enum license_role role;
    int64_t unit, item; /**< whose statement is being put together; -1: none */
    int64_t ordinal;    /**< of that unit in the crawl */
};

static int
finish_statement(struct filling *filling, struct err *err)
{
    uint32_t number = 0;
    if (filling->unit < 0 || filling->role == LICENSE_ROLE_NONE)
        return PROV_OK;
    int status = license_statement_end(&filling->statement, filling->book, filling->role == LICENSE_ROLE_FILE,
                                       &number);
    if (status != PROV_OK)
        return err_set(err, status, "out of memory");
    if (!number)
        return PROV_OK;
    db_bind_bytes(filling->insert, 1, buf_bytes(&filling->folder));
    db_bind_int(filling->insert, 2, license_book_entry(filling->book, number)->clarity);
    db_bind_text(filling->insert, 3, license_book_expression(filling->book, number));
    db_bind_int(filling->insert, 4, filling->ordinal);
    db_bind_int(filling->insert, 5, filling->unit);
    db_bind_int(filling->insert, 6, filling->item);
    return db_execute(filling->insert, err);
}

/* One license fact: columns unit, item, root, unit path, item path, code, level, count, unit's ordinal. */
static int
take_fact(struct filling *filling, struct db_statement *facts, struct err *err)
{
    if (db_int(facts, 0) != filling->unit || db_int(facts, 1) != filling->item) {
        TRY(finish_statement(filling, err));
        struct item_place place = {db_int(facts, 2), db_bytes(facts, 3), db_bytes(facts, 4)};
        filling->unit = db_int(facts, 0);
        filling->item = db_int(facts, 1);
        filling->ordinal = db_int(facts, 8);
        filling->role = license_role_of(item_place_name(&place));
        filling->statement = (struct license_statement){0};
        if (filling->role != LICENSE_ROLE_NONE && folder_of(&place, &filling->folder) != PROV_OK)
            return err_set(err, PROV_E_MEMORY, "out of memory");
    }
    if (filling->role == LICENSE_ROLE_NONE)
        return PROV_OK;
    int status =
        license_statement_add(&filling->statement, filling->book, db_text(facts, 5), (int)db_int(facts, 6),
                              (uint64_t)db_int(facts, 7), filling->role == LICENSE_ROLE_METADATA);
    return status == PROV_OK ? PROV_OK : err_set(err, status, "out of memory");
}

static int
fill(struct db *db, struct filling *filling, struct err *err)
{
    struct db_statement *facts = NULL;
    bool has_row = false;
    TRY(db_prepare(
        db,
        "SELECT fact.unit, fact.item, unit.root, unit.path, item.path, fact.code, fact.level, fact.count,"
        " unit.ordinal"
        " FROM fact CROSS JOIN unit ON unit.id = fact.unit"
        " CROSS JOIN item ON item.unit = fact.unit AND item.ordinal = fact.item"
        " WHERE fact.kind = 2 AND unit.ordinal IS NOT NULL"
        " ORDER BY fact.unit, fact.item, fact.ordinal",
        &facts, err));
    int status = PROV_OK;
    while (status == PROV_OK && (status = db_step(facts, &has_row, err)) == PROV_OK && has_row)
        status = take_fact(filling, facts, err);
    if (status == PROV_OK)
        status = finish_statement(filling, err);
    db_finish(facts);
    return status;
}

/* The statements of one folder being joined. */
struct joining {
    struct license_book *book;
    struct license_statement statement;
    struct db_statement *insert;
    struct buf folder;
    int64_t ordinal, unit, item; /**< the first of its files */
    bool is_open;                /**< a folder is being put together */
};

static int
finish_folder(struct joining *joining, struct err *err)
{
    uint32_t number = 0;
    if (!joining->is_open)
        return PROV_OK;
    if (license_statement_end(&joining->statement, joining->book, true, &number) != PROV_OK)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    db_bind_bytes(joining->insert, 1, buf_bytes(&joining->folder));
    db_bind_int(joining->insert, 2, number);
    db_bind_int(joining->insert, 3, joining->unit);
    db_bind_int(joining->insert, 4, joining->item);
    return db_execute(joining->insert, err);
}

/* One statement: columns folder, clarity, expression, ordinal, unit, item. */
static int
take_statement(struct joining *joining, struct db_statement *all, struct err *err)
{
    static const int levels[] = {[LICENSE_CLEAR] = LICENSE_TAG,
                                 [LICENSE_UNCLEAR] = LICENSE_UNKNOWN,
                                 [LICENSE_RESERVED] = LICENSE_RESERVATION};
    struct bytes folder = db_bytes(all, 0);
    if (!joining->is_open || !bytes_equal(folder, buf_bytes(&joining->folder))) {
        TRY(finish_folder(joining, err));
        joining->statement = (struct license_statement){0};
        buf_clear(&joining->folder);
        if (buf_append(&joining->folder, folder.data, folder.size) != PROV_OK)
            return err_set(err, PROV_E_MEMORY, "out of memory");
        joining->is_open = true;
        joining->ordinal = INT64_MAX;
    }
    int64_t ordinal = db_int(all, 3), item = db_int(all, 5);
    if (ordinal < joining->ordinal || (ordinal == joining->ordinal && item < joining->item)) {
        joining->ordinal = ordinal;
        joining->unit = db_int(all, 4);
        joining->item = item;
    }
    int status = license_statement_add(&joining->statement, joining->book, db_text(all, 2),
                                       levels[db_int(all, 1)], 1, false);
    return status == PROV_OK ? PROV_OK : err_set(err, status, "out of memory");
}

/*
 * Several license files in one folder all count. They are joined in the order of their expressions, so that
 * nothing depends on which was read first.
 */
static int
join_same_folder(struct db *db, struct license_book *book, struct err *err)
{
    struct db_statement *all = NULL;
    struct joining joining = {.book = book};
    bool has_row = false;
    int status = db_prepare(db,
                            "SELECT folder, clarity, expression, ordinal, unit, item FROM temp.folder_statement"
                            " ORDER BY folder, clarity, expression",
                            &all, err);
    if (status == PROV_OK)
        status = db_prepare(db, "INSERT INTO temp.folder_license VALUES (?,?,?,?)", &joining.insert, err);
    while (status == PROV_OK && (status = db_step(all, &has_row, err)) == PROV_OK && has_row)
        status = take_statement(&joining, all, err);
    if (status == PROV_OK)
        status = finish_folder(&joining, err);
    db_finish(all);
    db_finish(joining.insert);
    buf_finish(&joining.folder);
    return status;
}

static int
make_tables(struct db *db, struct license_book *book, struct err *err)
{
    TRY(db_run(
        db,
        "DROP TABLE IF EXISTS temp.folder_statement;"
        "DROP TABLE IF EXISTS temp.folder_license;"
        "CREATE TEMP TABLE folder_statement (folder BLOB NOT NULL, clarity INTEGER NOT NULL,"
        " expression TEXT NOT NULL, ordinal INTEGER NOT NULL, unit INTEGER NOT NULL, item INTEGER NOT NULL,"
        " PRIMARY KEY (folder, clarity, expression)) WITHOUT ROWID;"
        "CREATE TEMP TABLE folder_license (folder BLOB PRIMARY KEY, license INTEGER NOT NULL,"
        " unit INTEGER NOT NULL, item INTEGER NOT NULL) WITHOUT ROWID;",
        err));
    struct filling filling = {.book = book, .unit = -1};
    int status =
        db_prepare(db,
                   "INSERT INTO temp.folder_statement VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE"
                   " SET ordinal = excluded.ordinal, unit = excluded.unit, item = excluded.item"
                   " WHERE (excluded.ordinal, excluded.item) < (ordinal, item)",
                   &filling.insert, err);
    if (status == PROV_OK)
        status = fill(db, &filling, err);
    db_finish(filling.insert);
    buf_finish(&filling.folder);
    return status == PROV_OK ? join_same_folder(db, book, err) : status;
}

int
folder_licenses_open(struct db *db, struct license_book *book, struct folder_licenses **out, struct err *err)
{
    int64_t count = 0;
    struct folder_licenses *folders = calloc(1, sizeof *folders);
    if (!folders)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    int status = make_tables(db, book, err);
    if (status == PROV_OK)
        status = db_query_int(db, "SELECT count(*) FROM temp.folder_license", &count, err);
    folders->is_empty = count == 0;
    if (status == PROV_OK)
        status =
            db_prepare(db, "SELECT license, unit, item FROM temp.folder_license WHERE folder = ?",
                       &folders->find, err);
    if (status != PROV_OK) {
        folder_licenses_close(folders);
        return status;
    }
    *out = folders;
    return PROV_OK;
}

void
folder_licenses_close(struct folder_licenses *folders)
{
    if (!folders)
        return;
    db_finish(folders->find);
    buf_finish(&folders->last);
    buf_finish(&folders->folder);
    free(folders);
}

static int
look_up(struct folder_licenses *folders, struct bytes folder, struct folder_license *found, struct err *err)
{
    bool has_row = false;
    *found = (struct folder_license){0};
    db_reset(folders->find);
    db_bind_bytes(folders->find, 1, folder);
    TRY(db_step(folders->find, &has_row, err));
    if (has_row)
        *found = (struct folder_license){.number = (uint32_t)db_int(folders->find, 0),
                                         .unit = db_int(folders->find, 1),
                                         .item = db_int(folders->find, 2)};
    db_reset(folders->find);
    return PROV_OK;
}

int
folder_licenses_find(struct folder_licenses *folders, const struct item_place *place,
                     struct folder_license *found, struct err *err)
{
    /* Deeper folders than any person makes: what lies between is passed over, so that a name of many '/'
     * stays cheap. */
    enum { ROOT_BYTES = 4, LEVELS_MAX = 64 };
    *found = (struct folder_license){0};
    if (folders->is_empty)
        return PROV_OK;
    if (folder_of(place, &folders->folder) != PROV_OK)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    if (bytes_equal(buf_bytes(&folders->folder), buf_bytes(&folders->last))) {
        *found = folders->found;
        return PROV_OK;
    }
    struct bytes at = buf_bytes(&folders->folder);
    for (unsigned level = 0;; level++) {
        TRY(look_up(folders, at, found, err));
        if (found->number || at.size == ROOT_BYTES)
            break;
        size_t above = parent_size((struct bytes){at.data + ROOT_BYTES, at.size - ROOT_BYTES});
        at.size = ROOT_BYTES + (level < LEVELS_MAX ? above : 0);
    }
    struct buf swap = folders->last;
    folders->last = folders->folder;
    folders->folder = swap;
    folders->found = *found;
    return PROV_OK;
}

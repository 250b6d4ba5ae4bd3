/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules can know of an item, as a key.
 *
 * The view item_facts is what rules test, and computing its forty columns for a million items costs more than
 * everything else a judgement does. So each item gets a key out of the columns that the view is computed
 * from, read raw and side by side, and the view itself is asked once for each different key:
 *
 *     unit, source_unit, item   (0,0) (0,1) (0,2) ...     ┐
 *     item_sum                        (0,1)               ┴─► key ─── new? ──► SELECT ... FROM item_facts
 * WHERE this one
 *
 * The table below says from which column each fact is computed, beyond those that are always in the key. A
 * fact that it does not name makes each item a kind of its own: slow, and right. A test compares the outcome
 * with the view's, fact by fact.
 */
#include "policy/item_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/db_cursor.h"
#include "base/status.h"
#include "policy/expression.h"

/* Where the column of a fact stands. */
enum origin { ALWAYS, OF_ITEM, OF_SUM };

/* As the view has it. */
#define IDCARD_NAME "lower(CAST(unit.path AS TEXT) || '!' || CAST(item.path AS TEXT))"
#define IDCARD_IMAGE                                                                                         \
    "CASE WHEN item.type LIKE 'image/%' THEN instr(" IDCARD_NAME ", char(36523, 20221, 35777))"              \
    " OR instr(" IDCARD_NAME ", 'idcard') OR instr(" IDCARD_NAME ", 'id_card')"                              \
    " OR instr(" IDCARD_NAME ", 'id-card') OR instr(" IDCARD_NAME ", 'identity_card')"                       \
    " OR instr(" IDCARD_NAME ", 'identitycard') ELSE 0 END"

static const struct {
    const char *fact;
    enum origin origin;
    const char *column;
} origins[] = {
    {"kind", ALWAYS, NULL},
    {"is_content", ALWAYS, NULL},
    {"is_container", ALWAYS, NULL},
    {"is_partial", ALWAYS, NULL},
    {"is_encrypted", ALWAYS, NULL},
    {"is_text", ALWAYS, NULL},
    {"is_opaque", ALWAYS, NULL},
    {"is_searched", ALWAYS, NULL},
    {"source", ALWAYS, NULL},
    {"source_kind", ALWAYS, NULL},
    {"source_matches", ALWAYS, NULL},
    {"unread", ALWAYS, NULL},
    {"refused", ALWAYS, NULL}, /* this one and those below are not read yet: NULL */
    {"blocked", ALWAYS, NULL},
    {"infringing", ALWAYS, NULL},
    {"labels", ALWAYS, NULL},
    {"label_missing_fields", ALWAYS, NULL},
    {"label_bad_values", ALWAYS, NULL},
    {"label_bad_characters", ALWAYS, NULL},
    {"label_unknown_keys", ALWAYS, NULL},
    {"labels_differ", ALWAYS, NULL},
    {"label_shell", ALWAYS, NULL},
    {"content_a1", ALWAYS, NULL},
    {"content_a2", ALWAYS, NULL},
    {"content_a3", ALWAYS, NULL},
    {"content_a4", ALWAYS, NULL},
    {"depth", OF_ITEM, "item.depth"},
    {"size", OF_ITEM, "item.size"},
    {"type", OF_ITEM, "item.type"},
    {"encoding", OF_ITEM, "item.encoding"},
    {"format", OF_ITEM, "item.format"},
    {"idcard_image", OF_ITEM, IDCARD_IMAGE},
    {"license", OF_SUM, "s.license"},
    {"license_from", OF_SUM, "s.license_from"},
    {"license_commercial", OF_SUM, "s.license"},
    {"license_derivatives", OF_SUM, "s.license"},
    {"license_training", OF_SUM, "s.license"},
    {"license_attribution", OF_SUM, "s.license"},
    {"license_share_alike", OF_SUM, "s.license"},
    {"license_unclear", OF_SUM, "s.license_unclear"},
    {"license_conflict", OF_SUM, "s.license_conflict"},
    {"noncommercial_terms", OF_SUM, "s.noncommercial_terms"},
    {"personal", OF_SUM, "s.personal"},
    {"personal_possible", OF_SUM, "s.personal_possible"},
    {"sensitive", OF_SUM, "s.sensitive"},
    {"minors_under_14", OF_SUM, "s.minors"},
    {"secrets", OF_SUM, "s.secrets"},
    {"secrets_possible", OF_SUM, "s.secrets_possible"},
    {"defects", OF_SUM, "s.defects"},
    {"damaged", OF_SUM, "s.damaged"},
    {"reserved", OF_SUM, "s.reserved > 0"},
    {"reserved_unofficial", OF_SUM, "s.reserved_unofficial > 0"},
};

enum { NORIGINS = sizeof origins / sizeof origins[0] };

/* Columns of the two walks, behind the place; those that are chosen come after these. */
enum { I_UNIT_ID = 2, I_SOURCE, I_MATCHES, I_DECLARATION, I_KIND, I_FLAGS, I_SIZE, I_CHOSEN };
enum { S_UNREAD = 2, S_CHOSEN };

struct item_keys {
    struct db_cursor items, sums;
    struct db_statement *facts; /**< of one item: parameters unit id and item */
    bool takes_place;           /**< the place is in the key: each item is a kind of its own */
    bool is_text[NORIGINS];     /**< of each chosen column of the walk over items */
    int nitem_columns, nsum_columns;
    bool started;
    int64_t unit; /**< of the following four */
    int64_t unit_id, nmatches, is_declaration;
    uint32_t source;
    struct buf key;
};

static size_t
origin_of(const char *fact)
{
    size_t i = 0;
    while (i < NORIGINS && strcmp(origins[i].fact, fact) != 0)
        i++;
    return i;
}

/* Does the column stand for a fact that was chosen before? */
static bool
is_chosen(const bool *chosen, size_t origin)
{
    for (size_t i = 0; i < NORIGINS; i++)
        if (chosen[i] && origins[i].column && strcmp(origins[i].column, origins[origin].column) == 0)
            return true;
    return false;
}

static int
choose(struct item_keys *keys, const bool *used, struct buf *items, struct buf *sums)
{
    bool chosen[NORIGINS] = {false};
    for (size_t i = 0; fact_column_at(RULE_ITEM, i); i++) {
        const struct fact_column *fact = fact_column_at(RULE_ITEM, i);
        size_t origin = origin_of(fact->name);
        if (!used[i])
            continue;
        if (origin == NORIGINS) {
            keys->takes_place = true;
            continue;
        }
        if (origins[origin].origin == ALWAYS || is_chosen(chosen, origin))
            continue;
        chosen[origin] = true;
        bool of_item = origins[origin].origin == OF_ITEM;
        TRY(buf_append_text(of_item ? items : sums, ", "));
        TRY(buf_append_text(of_item ? items : sums, origins[origin].column));
        if (of_item)
            keys->is_text[keys->nitem_columns++] = fact->type[0] == 'T';
        else
            keys->nsum_columns++;
    }
    return PROV_OK;
}

static int
append_facts(const bool *used, struct buf *sql)
{
    TRY(buf_append_text(sql, "SELECT source"));
    TRY(fact_columns_append(sql, RULE_ITEM, used));
    return buf_append_text(sql, " FROM item_facts WHERE unit_id = ? AND item = ?");
}

static int
prepare(struct item_keys *keys, struct db *db, const bool *used, struct err *err)
{
    struct buf items = {0}, sums = {0}, facts = {0};
    int status = buf_append_text(
        &items, "SELECT unit.ordinal, item.ordinal, unit.id, coalesce(w.source, 0),"
                " coalesce(w.nmatches, 0), unit.path IN (CAST('provscan.sources.json' AS BLOB),"
                " CAST('.provscanignore' AS BLOB)), item.kind, item.flags, item.size");
    if (status == PROV_OK)
        status = buf_append_text(&sums, "SELECT unit.ordinal, s.item, s.unread");
    if (status == PROV_OK)
        status = choose(keys, used, &items, &sums);
    if (status == PROV_OK)
        status = buf_append_text(&items, " FROM unit LEFT JOIN source_unit AS w ON w.unit = unit.id"
                                         " CROSS JOIN item ON item.unit = unit.id"
                                         " WHERE unit.ordinal IS NOT NULL ORDER BY unit.ordinal");
    if (status == PROV_OK)
        status = buf_append_text(&sums, " FROM unit CROSS JOIN item_sum AS s ON s.unit = unit.id"
                                        " WHERE unit.ordinal IS NOT NULL ORDER BY unit.ordinal");
    if (status == PROV_OK)
        status = append_facts(used, &facts);
    if (status != PROV_OK)
        (void)err_set(err, status, "out of memory");
    if (status == PROV_OK)
        status = db_cursor_open(&keys->items, db, buf_text(&items), err);
    if (status == PROV_OK)
        status = db_cursor_open(&keys->sums, db, buf_text(&sums), err);
    if (status == PROV_OK)
        status = db_prepare(db, buf_text(&facts), &keys->facts, err);
    buf_finish(&items);
    buf_finish(&sums);
    buf_finish(&facts);
    return status;
}

int
item_keys_open(struct db *db, const bool *used, struct item_keys **out, struct err *err)
{
    struct item_keys *keys = calloc(1, sizeof *keys);
    if (!keys)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    keys->unit = INT64_MIN;
    int status = prepare(keys, db, used, err);
    if (status != PROV_OK) {
        item_keys_close(keys);
        return status;
    }
    *out = keys;
    return PROV_OK;
}

void
item_keys_close(struct item_keys *keys)
{
    if (!keys)
        return;
    db_cursor_close(&keys->items);
    db_cursor_close(&keys->sums);
    db_finish(keys->facts);
    buf_finish(&keys->key);
    free(keys);
}

/* What is the same for all items of a unit is read once. */
static void
enter_unit(struct item_keys *keys)
{
    struct db_statement *row = keys->items.statement;
    if (keys->unit == keys->items.major)
        return;
    keys->unit = keys->items.major;
    keys->unit_id = db_int(row, I_UNIT_ID);
    keys->source = (uint32_t)db_int(row, I_SOURCE);
    keys->nmatches = db_int(row, I_MATCHES);
    keys->is_declaration = db_int(row, I_DECLARATION);
}

static int
append_text(struct buf *key, struct db_statement *row, int column)
{
    struct bytes text = db_bytes(row, column);
    size_t size = text.data ? text.size : SIZE_MAX; /* NULL is not "" */
    TRY(buf_append(key, &size, sizeof size));
    return buf_append(key, text.data, text.size);
}

static int
append_sum(struct item_keys *keys)
{
    int64_t values[NORIGINS + 1];
    for (int i = 0; i <= keys->nsum_columns; i++)
        values[i] = db_int_or(keys->sums.statement, S_UNREAD + i, -1);
    return buf_append(&keys->key, values, (size_t)(keys->nsum_columns + 1) * sizeof values[0]);
}

static int
make_key(struct item_keys *keys, bool has_sum)
{
    struct db_statement *row = keys->items.statement;
    const int64_t head[] = {keys->source, keys->nmatches,
                            keys->is_declaration | (db_int(row, I_SIZE) > 0) << 1 | has_sum << 2 |
                                (int64_t)keys->takes_place << 3,
                            db_int(row, I_KIND), db_int(row, I_FLAGS)};
    const int64_t place[] = {keys->items.major, keys->items.minor};
    buf_clear(&keys->key);
    TRY(buf_append(&keys->key, head, sizeof head));
    if (keys->takes_place)
        TRY(buf_append(&keys->key, place, sizeof place));
    for (int i = 0; i < keys->nitem_columns; i++) {
        int64_t value = keys->is_text[i] ? 0 : db_int_or(row, I_CHOSEN + i, -1);
        TRY(keys->is_text[i] ? append_text(&keys->key, row, I_CHOSEN + i)
                             : buf_append(&keys->key, &value, sizeof value));
    }
    return has_sum ? append_sum(keys) : PROV_OK;
}

int
item_keys_next(struct item_keys *keys, struct item_key *item, bool *has_item, struct err *err)
{
    bool has_sum = false;
    if (keys->started)
        TRY(db_cursor_advance(&keys->items, err));
    keys->started = true;
    *has_item = keys->items.has_row;
    if (!*has_item)
        return PROV_OK;
    enter_unit(keys);
    TRY(db_cursor_meet(&keys->sums, &keys->items, &has_sum, err));
    if (make_key(keys, has_sum) != PROV_OK)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    *item = (struct item_key){keys->unit_id, keys->items.minor, keys->source, buf_bytes(&keys->key)};
    return PROV_OK;
}

int
item_keys_facts(struct item_keys *keys, struct db_statement **row, struct err *err)
{
    bool has_row = false;
    db_reset(keys->facts);
    db_bind_int(keys->facts, 1, keys->unit_id);
    db_bind_int(keys->facts, 2, keys->items.minor);
    TRY(db_step(keys->facts, &has_row, err));
    if (!has_row)
        return err_set(err, PROV_E_INTERNAL, "an item is not among its facts");
    *row = keys->facts;
    return PROV_OK;
}

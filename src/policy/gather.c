/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From facts to what rules test.
 *
 *     pass 1  license files         -> the license of each folder (folder_license.c)
 *     pass 2  item ⋈ fact, merged   -> item_sum, and the totals of each source
 *     pass 3  digests, sorted       -> duplicate
 *     units                         -> the ledger of bytes
 *
 * Pass 2 walks two cursors in the order of the primary keys, so no item is looked up:
 *
 *     items  (1,0) (1,1) (1,2)       (2,0) ...
 *     facts  (1,0) (1,0)       (1,2) (2,0) (2,0) ...
 *
 * Why not in SQL alone: the class of a finding and the terms of a license are data of the policies, and a
 * join per fact against them costs more than a look into a hash table. Only items with something to say get a
 * row.
 */
#include "policy/gather.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "model/defect.h"
#include "model/fact.h"
#include "model/item.h"
#include "model/reservation.h"
#include "policy/declared_tables.h"
#include "policy/folder_license.h"
#include "policy/meaning.h"

/* The totals of a source: the columns of source_sum, in their order. */
#define SUM_MAP(X)                                                                                           \
    X(items)                                                                                                 \
    X(content_items)                                                                                         \
    X(content_bytes)                                                                                         \
    X(unsearched_items)                                                                                      \
    X(unsearched_bytes)                                                                                      \
    X(text_items) X(image_items) X(audio_items) X(video_items) X(model_items) X(encrypted_items)             \
        X(partial_items) X(defect_items) X(damaged_items) X(unread_items) X(personal) X(personal_items)      \
            X(personal_possible) X(sensitive) X(minors) X(secrets) X(secret_items) X(secrets_possible)       \
                X(license_unknown_items) X(license_unknown_bytes) X(license_unclear_items)                   \
                    X(license_conflict_items) X(noncommercial_items) X(no_derivatives_items)                 \
                        X(no_training_items) X(share_alike_items) X(financial) X(identity) X(reserved_items) \
                            X(reserved_unofficial_items)

struct source_sum {
#define SUM_FIELD(name) uint64_t name;
    SUM_MAP(SUM_FIELD)
#undef SUM_FIELD
};

enum license_from { FROM_ITEM, FROM_FOLDER, FROM_SOURCE, FROM_NOWHERE };

/* What the facts of one item come to. */
struct item_sum {
    uint64_t personal, personal_possible, sensitive, financial, identity, minors, secrets, secrets_possible;
    uint64_t defects, damaged, unread;
    uint64_t reserved, reserved_unofficial;
    uint32_t license;
    enum license_from from;
    int64_t by_unit, by_item; /**< the license file that speaks, FROM_FOLDER */
    int conflict; /**< -1: cannot be said */
};

/* Content under one license: for source_license. */
struct license_use {
    uint64_t nitems, nbytes;
};

struct gather {
    const struct gather_context *context;
    struct db *db;
    struct license_book book;
    struct folder_licenses *folders;
    struct license_statement statement;
    uint32_t *source_licenses; /**< number in the book of each source, 0 none; [0] is the undeclared one */
    struct source_sum *sums;   /**< of each source, [0] the undeclared one */
    struct intern use_keys;    /**< source, license, from */
    struct license_use *uses;  /**< one for each key */
    size_t uses_capacity;
    struct meanings meanings;
    struct repeats *repeats;
    struct db_statement *items, *facts, *insert_item, *insert_unit;
    bool has_fact; /**< facts stands on a row */
    int64_t unit;  /**< the unit of source_now */
    uint32_t source_now, nmatches_now;
    struct err *err;
};

static int
memory(struct gather *gather)
{
    return err_set(gather->err, PROV_E_MEMORY, "out of memory");
}

static void
add_finding(struct item_sum *sum, int class, int level, uint64_t count)
{
    bool likely = level >= LEVEL_LIKELY;
    if (level < LEVEL_POSSIBLE || class == MEANING_ADDITIONAL)
        return;
    switch (class) {
    case MEANING_MINOR:
        sum->minors += count;
        break;
    case DETECTOR_SECRET:
        *(likely ? &sum->secrets : &sum->secrets_possible) += count;
        break;
    case MEANING_IDENTITY:
        sum->identity += likely ? count : 0;
        *(likely ? &sum->personal : &sum->personal_possible) += count;
        break;
    case DETECTOR_SENSITIVE:
    case DETECTOR_FINANCIAL:
        sum->sensitive += likely ? count : 0;
        sum->financial += likely && class == DETECTOR_FINANCIAL ? count : 0;
        *(likely ? &sum->personal : &sum->personal_possible) += count;
        break;
    case DETECTOR_PERSON:
        *(likely ? &sum->personal : &sum->personal_possible) += count;
        break;
    case DETECTOR_DEVICE:
    case DETECTOR_NETWORK: /* personal when it can be tied to a person, which cannot be seen here */
        sum->personal_possible += count;
        break;
    default:
        break;
    }
}

static void
add_defect(struct item_sum *sum, const char *code, uint64_t count)
{
    enum defect defect = defect_find(code);
    enum defect_effect effect = defect == DEFECT_COUNT ? DEFECT_UNREAD : defect_effect(defect);
    sum->defects += count;
    sum->damaged += effect == DEFECT_DAMAGED ? count : 0;
    sum->unread += effect == DEFECT_UNREAD ? count : 0;
}

/*
 * What is said of training on this very item; what a robots.txt says, it says of its site. A statement that
 * nobody can read, or that has terms, wants a person.
 */
static void
add_reservation(struct item_sum *sum, const char *code, int level)
{
    static const char *const recognised[] = {"reservation.tdm", "reservation.content_usage"};
    bool official = false;
    for (size_t i = 0; i < sizeof recognised / sizeof recognised[0]; i++)
        official |= strcmp(code, recognised[i]) == 0;
    if (strncmp(code, "reservation.", 12) != 0 || strcmp(code, "reservation.robots") == 0 ||
        level == RESERVATION_ALLOWED)
        return;
    *(official && level == RESERVATION_RESERVED ? &sum->reserved : &sum->reserved_unofficial) += 1;
}

static int
next_fact(struct gather *gather)
{
    return db_step(gather->facts, &gather->has_fact, gather->err);
}

/* Add the fact that the cursor stands on: columns unit, item, kind, code, level, count. */
static int
take_fact(struct gather *gather, struct item_sum *sum)
{
    struct db_statement *facts = gather->facts;
    uint64_t count = (uint64_t)db_int(facts, 5);
    int level = (int)db_int(facts, 4), class = 0;
    const char *code = db_text(facts, 3);
    switch (db_int(facts, 2)) {
    case FACT_DEFECT:
        add_defect(sum, code, count);
        return PROV_OK;
    case FACT_FINDING:
        if (meaning_of_code(&gather->meanings, gather->context->detectors, code, &class) != PROV_OK)
            return memory(gather);
        add_finding(sum, class, level, count);
        return PROV_OK;
    case FACT_ATTRIBUTE:
        add_reservation(sum, code, level);
        return PROV_OK;
    default:
        if (license_statement_add(&gather->statement, &gather->book, code, level, count, false) != PROV_OK)
            return memory(gather);
        return PROV_OK;
    }
}

/* Add up the facts of one item; those of units that are not in the crawl any more are passed over. */
static int
take_facts(struct gather *gather, int64_t unit, int64_t item, struct item_sum *sum)
{
    gather->statement = (struct license_statement){0};
    while (gather->has_fact) {
        int64_t at_unit = db_int(gather->facts, 0), at_item = db_int(gather->facts, 1);
        if (at_unit > unit || (at_unit == unit && at_item > item))
            break;
        if (at_unit == unit && at_item == item)
            TRY(take_fact(gather, sum));
        TRY(next_fact(gather));
    }
    return PROV_OK;
}

/* Which license governs an item: its own, else that of its folder, else the declared one. */
static int
decide_license(struct gather *gather, const struct item_place *place, unsigned traits, struct item_sum *sum)
{
    struct folder_license folder = {0};
    uint32_t own = 0, declared = gather->source_licenses[gather->source_now];
    if (!(traits & TRAIT_RECORDS) &&
        license_statement_end(&gather->statement, &gather->book, false, &own) != PROV_OK)
        return memory(gather);
    if (!own)
        TRY(folder_licenses_find(gather->folders, place, &folder, gather->err));
    uint32_t found = own ? own : folder.number;
    if (!found && !declared && !(traits & TRAIT_RECORDS) &&
        license_statement_end(&gather->statement, &gather->book, true, &own) != PROV_OK)
        return memory(gather);
    sum->license = found ? found : declared ? declared : own;
    sum->from = own ? FROM_ITEM : folder.number ? FROM_FOLDER : declared ? FROM_SOURCE : FROM_NOWHERE;
    sum->by_unit = folder.unit;
    sum->by_item = folder.item;
    if (found && declared && license_book_entry(&gather->book, found)->clarity == LICENSE_CLEAR)
        sum->conflict = strcasecmp(license_book_expression(&gather->book, found),
                                   license_book_expression(&gather->book, declared)) != 0;
    return PROV_OK;
}

static int
count_license_use(struct gather *gather, const struct item_sum *sum, uint64_t size)
{
    uint32_t number = 0, key[3] = {gather->source_now, sum->license, sum->from};
    size_t before = gather->use_keys.nnames;
    if (before == gather->uses_capacity) {
        size_t capacity = before ? before * 2 : 64;
        struct license_use *larger = realloc(gather->uses, capacity * sizeof *larger);
        if (!larger)
            return memory(gather);
        gather->uses = larger;
        gather->uses_capacity = capacity;
    }
    if (intern_add(&gather->use_keys, (struct bytes){(const uint8_t *)key, sizeof key}, &number) != PROV_OK)
        return memory(gather);
    if (number == before)
        gather->uses[number] = (struct license_use){0};
    gather->uses[number].nitems++;
    gather->uses[number].nbytes += size;
    return PROV_OK;
}

/* Totals that hold for content only: what a model could be trained on. */
static int
add_content(struct gather *gather, const struct item_sum *sum, int64_t flags, uint64_t size, unsigned traits)
{
    struct source_sum *total = &gather->sums[gather->source_now];
    const struct license_entry *entry = sum->license ? license_book_entry(&gather->book, sum->license) : NULL;
    bool known = entry && entry->clarity != LICENSE_UNCLEAR;
    total->content_items++;
    total->content_bytes += size;
    total->text_items += (flags & ITEM_TEXT) != 0;
    total->image_items += (traits & TRAIT_IMAGE) != 0;
    total->audio_items += (traits & TRAIT_AUDIO) != 0;
    total->video_items += (traits & TRAIT_VIDEO) != 0;
    total->model_items += (traits & TRAIT_MODEL) != 0;
    total->license_unknown_items += !known;
    total->license_unknown_bytes += known ? 0 : size;
    if (known) {
        total->noncommercial_items += entry->terms.commercial == TERM_NO;
        total->no_derivatives_items += entry->terms.derivatives == TERM_NO;
        total->no_training_items += entry->terms.training == TERM_NO;
        total->share_alike_items += entry->terms.share_alike == TERM_YES;
    }
    return count_license_use(gather, sum, size);
}

static void
add_totals(struct gather *gather, const struct item_sum *sum, int64_t kind, int64_t flags, uint64_t size)
{
    struct source_sum *total = &gather->sums[gather->source_now];
    bool is_searched = !(flags & ITEM_PARTIAL) && !sum->unread &&
                       (kind != ITEM_FILE || (flags & ITEM_NO_CONTENT) || size == 0 ||
                        (flags & (ITEM_CONTAINER | ITEM_TEXT)));
    total->items++;
    total->unsearched_items += !is_searched;
    total->unsearched_bytes += is_searched ? 0 : size;
    total->encrypted_items += (flags & ITEM_ENCRYPTED) != 0;
    total->partial_items += (flags & ITEM_PARTIAL) != 0;
    total->defect_items += sum->defects > 0;
    total->damaged_items += sum->damaged > 0;
    total->unread_items += sum->unread > 0;
    total->personal += sum->personal;
    total->personal_items += sum->personal > 0;
    total->personal_possible += sum->personal_possible;
    total->sensitive += sum->sensitive;
    total->financial += sum->financial;
    total->identity += sum->identity;
    total->minors += sum->minors;
    total->secrets += sum->secrets;
    total->secret_items += sum->secrets > 0;
    total->secrets_possible += sum->secrets_possible;
    total->reserved_items += sum->reserved > 0;
    total->reserved_unofficial_items += sum->reserved_unofficial > 0;
    total->license_unclear_items += gather->statement.nunclear > 0;
    total->license_conflict_items += sum->conflict == 1;
}

static int
store_item(struct gather *gather, int64_t unit, int64_t item, const struct item_sum *sum)
{
    struct db_statement *insert = gather->insert_item;
    const uint64_t counts[] = {gather->statement.nunclear,
                               gather->statement.nnoncommercial,
                               sum->personal,
                               sum->personal_possible,
                               sum->sensitive,
                               sum->minors,
                               sum->secrets,
                               sum->secrets_possible,
                               sum->defects,
                               sum->damaged,
                               sum->unread,
                               sum->reserved,
                               sum->reserved_unofficial};
    uint64_t any = sum->license;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        any |= counts[i];
    if (!any)
        return PROV_OK;
    db_bind_int(insert, 1, unit);
    db_bind_int(insert, 2, item);
    if (sum->license) {
        db_bind_int(insert, 3, sum->license);
        db_bind_int(insert, 4, sum->from);
    }
    if (sum->conflict >= 0)
        db_bind_int(insert, 5, sum->conflict);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        db_bind_int(insert, (int)i + 6, (int64_t)counts[i]);
    if (sum->from == FROM_FOLDER) {
        db_bind_int(insert, 19, sum->by_unit);
        db_bind_int(insert, 20, sum->by_item);
    }
    TRY(db_execute(insert, gather->err));
    db_reset(insert);
    return PROV_OK;
}

/* Which source the unit belongs to; noted once a unit. */
static int
enter_unit(struct gather *gather, int64_t unit, struct bytes path)
{
    if (unit == gather->unit)
        return PROV_OK;
    gather->unit = unit;
    gather->source_now = sources_of(gather->context->sources, path, &gather->nmatches_now);
    if (!gather->source_now)
        return PROV_OK;
    db_bind_int(gather->insert_unit, 1, unit);
    db_bind_int(gather->insert_unit, 2, gather->source_now);
    db_bind_int(gather->insert_unit, 3, gather->nmatches_now);
    return db_execute(gather->insert_unit, gather->err);
}

static bool
is_declaration(const struct item_place *place)
{
    return place->item_path.size == 0 && (bytes_equal(place->unit_path, bytes_of("provscan.sources.json")) ||
                                          bytes_equal(place->unit_path, bytes_of(".provscanignore")));
}

/* One item: columns unit, root, unit path, ordinal, kind, flags, item path, size, type, digest. */
static int
take_item(struct gather *gather)
{
    struct db_statement *row = gather->items;
    int64_t unit = db_int(row, 0), item = db_int(row, 3), kind = db_int(row, 4), flags = db_int(row, 5);
    uint64_t size = (uint64_t)db_int(row, 7);
    struct item_place place = {db_int(row, 1), db_bytes(row, 2), db_bytes(row, 6)};
    struct item_sum sum = {.conflict = -1, .from = FROM_NOWHERE};
    unsigned traits = 0;
    bool is_content = kind == ITEM_FILE && size > 0 && !(flags & (ITEM_CONTAINER | ITEM_NO_CONTENT)) &&
                      !is_declaration(&place);
    TRY(enter_unit(gather, unit, place.unit_path));
    if (meaning_of_type(&gather->meanings, db_bytes(row, 8), &traits) != PROV_OK)
        return memory(gather);
    TRY(take_facts(gather, unit, item, &sum));
    if (kind == ITEM_FILE)
        TRY(decide_license(gather, &place, traits, &sum));
    if (kind == ITEM_FILE && size > 0 && !(flags & (ITEM_CONTAINER | ITEM_NO_CONTENT | ITEM_PARTIAL)))
        repeats_note(gather->repeats, db_bytes(row, 9));
    if (is_content)
        TRY(add_content(gather, &sum, flags, size, traits));
    add_totals(gather, &sum, kind, flags, size);
    return store_item(gather, unit, item, &sum);
}

static int
pass_over_items(struct gather *gather)
{
    bool has_row = false;
    TRY(db_prepare(
        gather->db,
        "SELECT unit.id, unit.root, unit.path, item.ordinal, item.kind, item.flags, item.path, item.size,"
        " item.type, item.sha256 FROM unit CROSS JOIN item ON item.unit = unit.id"
        " WHERE unit.ordinal IS NOT NULL ORDER BY unit.id, item.ordinal",
        &gather->items, gather->err));
    TRY(db_prepare(gather->db,
                   "SELECT unit, item, kind, code, level, count FROM fact WHERE kind IN (0, 1, 2, 4) ORDER "
                   "BY unit, item, ordinal",
                   &gather->facts, gather->err));
    TRY(db_prepare(gather->db, "INSERT INTO item_sum VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                   &gather->insert_item, gather->err));
    TRY(db_prepare(gather->db, "INSERT INTO source_unit VALUES (?,?,?)", &gather->insert_unit, gather->err));
    TRY(next_fact(gather));
    int status = PROV_OK;
    while (status == PROV_OK && (status = db_step(gather->items, &has_row, gather->err)) == PROV_OK &&
           has_row)
        status = take_item(gather);
    db_reset(gather->items);
    db_reset(gather->facts);
    return status;
}

static int
store_sums(struct gather *gather)
{
    struct db_statement *insert = NULL;
    struct buf sql = {0};
    int status = buf_append_text(&sql, "INSERT INTO source_sum VALUES (?");
#define SUM_MARK(name) status = status == PROV_OK ? buf_append_text(&sql, ",?") : status;
    SUM_MAP(SUM_MARK)
#undef SUM_MARK
    if (status == PROV_OK)
        status = buf_append_text(&sql, ")");
    status =
        status == PROV_OK ? db_prepare(gather->db, buf_text(&sql), &insert, gather->err) : memory(gather);
    for (size_t i = 0; i <= gather->context->sources->nsources && status == PROV_OK; i++) {
        int index = 1;
        db_bind_int(insert, index++, (int64_t)i);
#define SUM_BIND(name) db_bind_int(insert, index++, (int64_t)gather->sums[i].name);
        SUM_MAP(SUM_BIND)
#undef SUM_BIND
        status = db_execute(insert, gather->err);
    }
    db_finish(insert);
    buf_finish(&sql);
    return status;
}

static int
store_license_uses(struct gather *gather)
{
    struct db_statement *insert = NULL;
    TRY(db_prepare(gather->db, "INSERT INTO source_license VALUES (?,?,?,?,?)", &insert, gather->err));
    int status = PROV_OK;
    for (size_t i = 0; i < gather->use_keys.nnames && status == PROV_OK; i++) {
        uint32_t key[3];
        memcpy(key, gather->use_keys.names[i].data, sizeof key);
        for (int j = 0; j < 3; j++)
            db_bind_int(insert, j + 1, key[j]);
        db_bind_int(insert, 4, (int64_t)gather->uses[i].nitems);
        db_bind_int(insert, 5, (int64_t)gather->uses[i].nbytes);
        status = db_execute(insert, gather->err);
    }
    db_finish(insert);
    return status;
}

static int
prepare_sources(struct gather *gather)
{
    const struct sources *sources = gather->context->sources;
    gather->source_licenses = calloc(sources->nsources + 1, sizeof *gather->source_licenses);
    gather->sums = calloc(sources->nsources + 1, sizeof *gather->sums);
    gather->repeats = repeats_create();
    if (!gather->source_licenses || !gather->sums || !gather->repeats)
        return memory(gather);
    for (size_t i = 0; i < sources->nsources; i++)
        if (sources->sources[i].license &&
            license_book_add(&gather->book, sources->sources[i].license, LICENSE_CLEAR,
                             &gather->source_licenses[i + 1]) != PROV_OK)
            return memory(gather);
    return PROV_OK;
}

static int
run(struct gather *gather)
{
    TRY(prepare_sources(gather));
    const struct declared_tables tables = {.db = gather->db,
                                           .sources = gather->context->sources,
                                           .detectors = gather->context->detectors,
                                           .source_licenses = gather->source_licenses,
                                           .repeats = gather->repeats,
                                           .err = gather->err};
    TRY(declared_tables_store_vocabulary(&tables));
    TRY(folder_licenses_open(gather->db, &gather->book, &gather->folders, gather->err));
    TRY(pass_over_items(gather));
    TRY(license_book_store(&gather->book, gather->db, gather->err));
    TRY(declared_tables_store_sources(&tables));
    TRY(store_sums(gather));
    TRY(store_license_uses(gather));
    return declared_tables_store_dataset(&tables);
}

int
gather_facts(const struct gather_context *context, struct err *err)
{
    struct gather gather = {
        .context = context, .db = context->db, .book = {.terms = context->terms}, .unit = -1, .err = err};
    int status = run(&gather);
    db_finish(gather.items);
    db_finish(gather.facts);
    db_finish(gather.insert_item);
    db_finish(gather.insert_unit);
    folder_licenses_close(gather.folders);
    license_book_finish(&gather.book);
    intern_finish(&gather.use_keys);
    meanings_finish(&gather.meanings);
    free(gather.uses);
    free(gather.source_licenses);
    free(gather.sums);
    repeats_destroy(gather.repeats);
    return status;
}

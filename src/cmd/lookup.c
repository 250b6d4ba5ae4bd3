/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan lookup OUT VALUE`: is this identifier in the scanned data, and where? Answered from the store,
 * which has no values: what was found is kept as a hash under the key of the scan, so the value asked for is
 * hashed as each detector would have hashed it, and compared with all of them.
 *
 *     "110101 1990 0307 0011" ─ normalised as cn.resident_id has it ─► HMAC(key, id, value) ─┐
 *     table value: [hash offset row] [hash offset row] ...                                   └─ equal? there
 *
 * An answer of "no" is only as good as the scan: when findings were too many to be kept, or bytes were not
 * read, it is said that the answer is not certain.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/escape.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/page.h"
#include "engine/scan_key.h"
#include "inspect/pattern_scan.h"
#include "model/defect.h"
#include "model/fact.h"
#include "policy/detectors.h"
#include "report/root_names.h"

enum { OPTION_POLICIES = 256, VALUE_BYTES_MAX = 512, PLACES_SHOWN = 1000, EXIT_ABSENT = 1 };

static const char usage[] =
    "usage: provscan lookup [OPTION...] OUT [VALUE]\n\n"
    "Tells whether an identifier (a number, an e-mail address, a key ...) was found by a scan, and where. "
    "The store holds\n"
    "no values, only hashes under the key of the scan, OUT/scan.key; without that file nothing can be looked "
    "up. Without\n"
    "VALUE, or for '-', it is read from standard input, so that it stands in no list of processes.\n\n"
    "      --policies DIR    where the detectors are (default: beside the program)\n"
    "\nexit codes: 0 found, 1 not found, 3 not found but not everything was searched or kept, 4 usage "
    "error,\n"
    "            5 internal error\n";

static const struct option option_table[] = {
    {"policies", required_argument, NULL, OPTION_POLICIES},
    {NULL, 0, NULL, 0},
};

struct lookup {
    const char *policies;
    const struct detector_set *set;
    struct value_key key;
    uint64_t *hashes; /**< of the value, one for each detector */
    struct db *db;
    struct root_names roots;
    struct buf text;
    uint64_t nfound, nlost;
    bool certain; /**< everything was searched */
    struct err *err;
};

static int
take_option(void *context, int option, char *value, struct err *err)
{
    (void)option;
    (void)err;
    ((struct lookup *)context)->policies = value;
    return PROV_OK;
}

/* The value from the command line, or a line from standard input; without blanks around it. */
static int
read_value(const char *word, char value[VALUE_BYTES_MAX], struct err *err)
{
    size_t size = 0;
    if (word && strcmp(word, "-") != 0)
        size =
            strlen(word) < VALUE_BYTES_MAX ? strlen(memcpy(value, word, strlen(word) + 1)) : VALUE_BYTES_MAX;
    else if (fgets(value, VALUE_BYTES_MAX, stdin))
        size = strlen(value);
    while (size && size < VALUE_BYTES_MAX && strchr(" \t\r\n", value[size - 1]))
        value[--size] = 0;
    if (size == 0 || size >= VALUE_BYTES_MAX - 1)
        return err_set(err, PROV_E_USAGE, "lookup: the value is empty or too long");
    return PROV_OK;
}

static int
hash_value(struct lookup *lookup, const char *value)
{
    uint8_t normal[SHAPE_LENGTH_MAX + 1];
    lookup->hashes = calloc(lookup->set->ndetectors + 1, sizeof *lookup->hashes);
    if (!lookup->hashes)
        return err_set(lookup->err, PROV_E_MEMORY, "out of memory");
    for (size_t i = 0; i < lookup->set->ndetectors; i++) {
        const struct detector *detector = lookup->set->detectors[i];
        size_t size = pattern_normalise(detector, bytes_of(value), normal);
        lookup->hashes[i] = value_key_hash(&lookup->key, detector->id, (struct bytes){normal, size});
    }
    return PROV_OK;
}

/* Tell of one place. */
static int
write_place(struct lookup *lookup, struct bytes locator, const struct fact_value *place,
            const struct detector *detector)
{
    if (lookup->nfound++ >= PLACES_SHOWN)
        return PROV_OK;
    TRY(escape_terminal(&lookup->text, locator));
    if (place->row)
        TRY(buf_printf(&lookup->text, ": row %" PRIu64, place->row));
    return buf_printf(&lookup->text, ": byte %" PRIu64 ": %s\n", place->offset, detector->id);
}

/* Compare all that was kept of an item. */
static int
search_item(struct lookup *lookup, struct bytes locator, struct bytes entries)
{
    for (size_t at = 0; at + sizeof(struct fact_value) <= entries.size; at += sizeof(struct fact_value)) {
        struct fact_value value;
        memcpy(&value, entries.data + at, sizeof value);
        for (size_t i = 0; i < lookup->set->ndetectors; i++)
            if (lookup->hashes[i] == value.hash)
                TRY(write_place(lookup, locator, &value, lookup->set->detectors[i]));
    }
    return PROV_OK;
}

static int
search_row(struct lookup *lookup, struct db_statement *values)
{
    struct buf locator = {0};
    int status = root_names_locator(&lookup->roots, db_int(values, 0), db_bytes(values, 1),
                                    db_bytes(values, 2), &locator);
    lookup->nlost += (uint64_t)db_int(values, 3);
    if (status == PROV_OK)
        status = search_item(lookup, buf_bytes(&locator), db_bytes(values, 4));
    buf_finish(&locator);
    return status == PROV_OK ? PROV_OK : err_set(lookup->err, status, "out of memory");
}

/* Was all of the dataset searched: no unit unfinished, no defect that says that bytes were not read? */
static int
read_certainty(struct lookup *lookup)
{
    struct db_statement *defects = NULL;
    int64_t open = 0;
    bool more = false;
    lookup->certain = true;
    TRY(db_query_int(lookup->db, "SELECT count(*) FROM unit WHERE ordinal IS NULL OR state <> 1 AND kind = 0",
                     &open, lookup->err));
    TRY(db_prepare(lookup->db, "SELECT DISTINCT code FROM fact WHERE kind = 0", &defects, lookup->err));
    int status = db_step(defects, &more, lookup->err);
    while (status == PROV_OK && more) {
        enum defect defect = defect_find(db_text(defects, 0));
        lookup->certain = lookup->certain && defect != DEFECT_COUNT && defect_effect(defect) != DEFECT_UNREAD;
        status = db_step(defects, &more, lookup->err);
    }
    lookup->certain = lookup->certain && open == 0;
    db_finish(defects);
    return status;
}

static int
search(struct lookup *lookup)
{
    static const char sql[] =
        "SELECT unit.root, unit.path, item.path, value.nlost, value.entries FROM value"
        " JOIN unit ON unit.id = value.unit JOIN item ON item.unit = value.unit AND item.ordinal = value.item"
        " WHERE unit.ordinal IS NOT NULL ORDER BY unit.ordinal, value.item";
    struct db_statement *values = NULL;
    bool more = false;
    TRY(root_names_read(lookup->db, &lookup->roots, lookup->err));
    TRY(read_certainty(lookup));
    TRY(db_prepare(lookup->db, sql, &values, lookup->err));
    int status = db_step(values, &more, lookup->err);
    while (status == PROV_OK && more) {
        status = search_row(lookup, values);
        if (status == PROV_OK)
            status = db_step(values, &more, lookup->err);
    }
    db_finish(values);
    return status;
}

static int
write_end(struct lookup *lookup)
{
    struct buf *text = &lookup->text;
    if (lookup->nfound > PLACES_SHOWN)
        TRY(buf_printf(text, "and %" PRIu64 " more\n", lookup->nfound - PLACES_SHOWN));
    if (lookup->nfound == 0)
        TRY(buf_append_text(text, "not found\n"));
    if (lookup->nlost)
        TRY(buf_printf(text, "%" PRIu64 " findings were too many to be kept: what is told may not be all\n",
                       lookup->nlost));
    if (!lookup->certain)
        TRY(buf_append_text(text, "some bytes of the dataset were not read: what is told may not be all\n"));
    return PROV_OK;
}

static int
run(struct lookup *lookup, const char *out_dir, const char *word)
{
    char path[PATH_MAX], value[VALUE_BYTES_MAX] = "";
    struct detector_set *set = NULL;
    TRY(command_store_path(out_dir, path, lookup->err));
    TRY(scan_key_read(out_dir, &lookup->key, lookup->err));
    TRY(read_value(word, value, lookup->err));
    TRY(detectors_load(command_policy_dir(lookup->policies), &set, lookup->err));
    lookup->set = set;
    int status = hash_value(lookup, value);
    if (status == PROV_OK)
        status = db_open(path, DB_READ_ONLY, &lookup->db, lookup->err);
    if (status == PROV_OK)
        status = search(lookup);
    if (status == PROV_OK)
        status = write_end(lookup);
    if (status == PROV_OK) {
        (void)fwrite(lookup->text.data, 1, lookup->text.size, stdout); /* page_end sees a failure */
        status = page_end(lookup->err);
    }
    db_close(lookup->db);
    root_names_finish(&lookup->roots);
    buf_finish(&lookup->text);
    free(lookup->hashes);
    detectors_destroy(set);
    return status;
}

static int
lookup_main(int argc, char **argv)
{
    struct err err = {0};
    struct lookup lookup = {.err = &err};
    const struct option_set set = {
        .command = "lookup", .letters = ":", .table = option_table, .take = take_option, .context = &lookup};
    int noperands = 0, status = options_read(&set, argc, argv, &noperands, &err);
    if (status == PROV_OK && (noperands < 1 || noperands > 2))
        status =
            err_set(&err, PROV_E_USAGE,
                    "lookup: name the folder of a scan and a value; `provscan lookup --help` tells more");
    if (status == PROV_OK)
        status = run(&lookup, argv[1], noperands == 2 ? argv[2] : NULL);
    if (status != PROV_OK)
        return command_fail(&err);
    if (lookup.nfound)
        return EXIT_ALLOW;
    return lookup.certain && !lookup.nlost ? EXIT_ABSENT : EXIT_INCOMPLETE;
}

const struct command COMMAND_lookup = {
    .name = "lookup",
    .summary = "tell whether an identifier was found, and where",
    .usage = usage,
    .run = lookup_main,
};

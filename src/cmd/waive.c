/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan waive`: a person takes it upon himself that a rule is not met for some content, until a day.
 *
 *     OUT/scan.db ── is there such a rule, is it not met there, what is the digest? ──►
 * OUT/provscan.waivers.json
 *
 * The file is the record: the next scan or judgement of the folder reads it, so a waiver stays with unchanged
 * content and is gone with the first byte that changes. Nothing is judged here.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/db.h"
#include "base/escape.h"
#include "base/json_write.h"
#include "base/outfile.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/page.h"
#include "model/root_digest.h"
#include "policy/waivers.h"
#include "report/root_names.h"

static const char usage[] =
    "usage: provscan waive [OPTION...] OUT RULE PLACE    take it upon yourself that RULE is not met for "
    "PLACE\n"
    "       provscan waive --list OUT                    which waivers there are, and what became of them\n\n"
    "OUT is the folder that `provscan scan -o OUT` wrote. PLACE is an item by its address in the manifest or "
    "as\n"
    "sha256:DIGEST, source:ID, or dataset, as the level of the rule asks. The waiver is kept in\n"
    "OUT/provscan.waivers.json, bound to the digest of the content: it holds until it expires or a byte "
    "changes.\n"
    "It changes no result, only the verdict; `provscan judge OUT` applies it.\n\n"
    "      --reason TEXT     why (required)\n"
    "      --approver NAME   who answers for it (required)\n"
    "      --expires DAY     the last day, YYYY-MM-DD (required)\n"
    "      --granted DAY     the first day (default: today)\n"
    "      --list            list instead\n\n"
    "exit codes: 0 written or listed, 4 usage error, 5 internal error\n";

enum { OPTION_REASON = 256, OPTION_APPROVER, OPTION_EXPIRES, OPTION_GRANTED, OPTION_LIST };

static const struct option option_table[] = {
    {"reason", required_argument, NULL, OPTION_REASON},
    {"approver", required_argument, NULL, OPTION_APPROVER},
    {"expires", required_argument, NULL, OPTION_EXPIRES},
    {"granted", required_argument, NULL, OPTION_GRANTED},
    {"list", no_argument, NULL, OPTION_LIST},
    {NULL, 0, NULL, 0},
};

/* The command line, read, and what it comes to. */
struct waive {
    const char *out_dir, *place;
    struct waiver waiver;
    bool list;
    struct db *db;
    struct err *err;
};

static int
get_day(const char *option, const char *value, const char **day, struct err *err)
{
    *day = value;
    return pack_is_day(value)
               ? PROV_OK
               : err_set(err, PROV_E_USAGE, "waive: %s: '%s' is no day YYYY-MM-DD", option, value);
}

static int
take_option(void *context, int option, char *value, struct err *err)
{
    struct waive *waive = context;
    switch (option) {
    case OPTION_REASON:
        waive->waiver.reason = value;
        return PROV_OK;
    case OPTION_APPROVER:
        waive->waiver.approver = value;
        return PROV_OK;
    case OPTION_EXPIRES:
        return get_day("--expires", value, &waive->waiver.expires, err);
    case OPTION_GRANTED:
        return get_day("--granted", value, &waive->waiver.granted, err);
    default:
        waive->list = true; /* OPTION_LIST */
        return PROV_OK;
    }
}

static int
read_command(int argc, char **argv, struct waive *waive, struct err *err)
{
    const struct option_set set = {
        .command = "waive", .letters = ":", .table = option_table, .take = take_option, .context = waive};
    int nwords = 0;
    TRY(options_read(&set, argc, argv, &nwords, err));
    int wanted = waive->list ? 1 : 3;
    if (nwords != wanted)
        return err_set(err, PROV_E_USAGE, "waive: %s; `provscan waive --help` tells more",
                       waive->list ? "name the folder of a scan"
                                   : "name the folder of a scan, a rule and a place");
    waive->out_dir = argv[1];
    if (waive->list)
        return PROV_OK;
    waive->waiver.rule = argv[2];
    waive->place = waive->waiver.what = argv[3];
    const struct waiver *waiver = &waive->waiver;
    if (!waiver->reason || !*waiver->reason || !waiver->approver || !*waiver->approver || !waiver->expires)
        return err_set(err, PROV_E_USAGE, "waive: --reason, --approver and --expires are required");
    if (strcmp(waiver->expires, waiver->granted) < 0)
        return err_set(err, PROV_E_USAGE, "waive: it would be over before it begins, on %s", waiver->granted);
    return PROV_OK;
}

/* The level of the rule, as the last judgement had it. */
static int
find_rule(struct waive *waive, int64_t *ordinal)
{
    static const char *const names[RULE_LEVEL_COUNT] = {"item", "source", "dataset"};
    struct db_statement *select = NULL;
    bool has_row = false;
    TRY(db_prepare(waive->db, "SELECT ordinal, level FROM rule WHERE id = ?", &select, waive->err));
    db_bind_text(select, 1, waive->waiver.rule);
    int status = db_step(select, &has_row, waive->err);
    if (status == PROV_OK && !has_row)
        status = err_set(waive->err, PROV_E_USAGE, "waive: the last judgement had no rule '%s'",
                         waive->waiver.rule);
    for (int i = 0; i < RULE_LEVEL_COUNT && status == PROV_OK; i++)
        if (strcmp(names[i], db_text(select, 1)) == 0)
            waive->waiver.level = (enum rule_level)i;
    if (status == PROV_OK)
        *ordinal = db_int(select, 0);
    db_finish(select);
    return status;
}

/* What is waived must be not met, or open; else the waiver says what is not so. */
static int
expect_bad(struct waive *waive, struct db_statement *row, bool has_row, int column)
{
    if (!has_row)
        return err_set(waive->err, PROV_E_USAGE, "waive: the rule is for %ss, and there is no %s '%s'",
                       rule_level_name(waive->waiver.level), rule_level_name(waive->waiver.level),
                       waive->place);
    if (db_int(row, column) < CONFORMITY_UNDETERMINED)
        return err_set(waive->err, PROV_E_USAGE, "waive: '%s' is met by '%s': there is nothing to waive",
                       waive->waiver.rule, waive->place);
    return PROV_OK;
}

/* The digest of the item with this address, as reports print it; "" when there is none. */
static int
digest_of_address(struct waive *waive, char hex[2 * SHA256_SIZE + 1])
{
    struct db_statement *rows = NULL;
    struct root_names roots = {0};
    struct buf locator = {0};
    bool has_row = false;
    *hex = 0;
    int status = root_names_read(waive->db, &roots, waive->err);
    if (status == PROV_OK)
        status = db_prepare(waive->db,
                            "SELECT unit.root, unit.path, item.path, lower(hex(item.sha256)) FROM unit"
                            " JOIN item ON item.unit = unit.id"
                            " WHERE unit.ordinal IS NOT NULL AND item.sha256 IS NOT NULL",
                            &rows, waive->err);
    while (status == PROV_OK && (status = db_step(rows, &has_row, waive->err)) == PROV_OK && has_row) {
        buf_clear(&locator);
        if (root_names_locator(&roots, db_int(rows, 0), db_bytes(rows, 1), db_bytes(rows, 2), &locator) !=
            PROV_OK)
            status = err_set(waive->err, PROV_E_MEMORY, "out of memory");
        else if (!bytes_equal(buf_bytes(&locator), bytes_of(waive->place)))
            continue;
        else if (*hex && strcmp(hex, db_text(rows, 3)) != 0)
            status = err_set(waive->err, PROV_E_USAGE,
                             "waive: several items have the address '%s': give sha256:DIGEST", waive->place);
        else
            (void)snprintf(hex, 2 * SHA256_SIZE + 1, "%s", db_text(rows, 3));
    }
    buf_finish(&locator);
    db_finish(rows);
    root_names_finish(&roots);
    return status;
}

/* Items of this digest, the worst of them under the rule. */
static int
find_item(struct waive *waive, int64_t rule)
{
    struct db_statement *select = NULL;
    char hex[2 * SHA256_SIZE + 1] = "", quoted[128];
    bool has_row = false;
    (void)rule;
    if (strncmp(waive->place, "sha256:", 7) == 0)
        (void)snprintf(hex, sizeof hex, "%s", waive->place + 7);
    else
        TRY(digest_of_address(waive, hex));
    TRY(db_prepare(
        waive->db,
        "SELECT max(coalesce(instr(o.not_conform, ?2) > 0, 0) * 3,"
        "  coalesce(instr(o.undetermined, ?2) > 0, 0) * 2, coalesce(instr(o.waived, ?2) > 0, 0) * 2)"
        " AS conformity, item.sha256 FROM unit JOIN item ON item.unit = unit.id"
        " LEFT JOIN item_outcome AS i ON i.unit = unit.id AND item.ordinal BETWEEN i.first AND i.last"
        " LEFT JOIN outcome AS o ON o.id = i.outcome"
        " WHERE unit.ordinal IS NOT NULL AND item.sha256 IS NOT NULL AND lower(hex(item.sha256)) = ?1"
        " ORDER BY conformity DESC LIMIT 1",
        &select, waive->err));
    (void)snprintf(quoted, sizeof quoted, "\"%s\"", waive->waiver.rule);
    db_bind_text(select, 1, hex);
    db_bind_text(select, 2, quoted);
    int status = db_step(select, &has_row, waive->err);
    if (status == PROV_OK)
        status = expect_bad(waive, select, has_row, 0);
    if (status == PROV_OK)
        memcpy(waive->waiver.sha256, db_bytes(select, 1).data, SHA256_SIZE);
    db_finish(select);
    return status;
}

static int
find_source(struct waive *waive, int64_t rule)
{
    struct db_statement *select = NULL;
    bool has_row = false, named = strncmp(waive->place, "source:", 7) == 0;
    TRY(db_prepare(
        waive->db,
        "SELECT r.conformity, source.ordinal FROM source JOIN source_result AS r ON r.source = source.ordinal"
        " WHERE r.rule = ?1 AND (source.id = ?2 OR (source.ordinal = 0 AND ?2 = '0'))",
        &select, waive->err));
    db_bind_int(select, 1, rule);
    db_bind_text(select, 2, waive->place + (named ? 7 : 0));
    int status = db_step(select, &has_row, waive->err);
    if (status == PROV_OK)
        status = expect_bad(waive, select, has_row, 0);
    uint32_t source = status == PROV_OK ? (uint32_t)db_int(select, 1) : 0;
    db_finish(select);
    return status == PROV_OK ? waiver_source_digest(waive->db, source, waive->waiver.sha256, waive->err)
                             : status;
}

static int
find_dataset(struct waive *waive, int64_t rule)
{
    struct db_statement *select = NULL;
    char hex[2 * SHA256_SIZE + 1];
    bool has_row = false;
    TRY(db_prepare(waive->db, "SELECT conformity FROM result WHERE rule = ?", &select, waive->err));
    db_bind_int(select, 1, rule);
    int status = db_step(select, &has_row, waive->err);
    if (status == PROV_OK)
        status = expect_bad(waive, select, has_row && strcmp(waive->place, "dataset") == 0, 0);
    db_finish(select);
    TRY(status);
    TRY(root_digest(waive->db, hex, waive->err));
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], 0};
        waive->waiver.sha256[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return PROV_OK;
}

static void
write_waiver(struct json_write *json, const struct waiver *waiver)
{
    json_write_begin_object(json);
    json_write_member_text(json, "rule", waiver->rule);
    json_write_member_text(json, "level", rule_level_name(waiver->level));
    json_write_member_hex(json, "sha256", (struct bytes){waiver->sha256, SHA256_SIZE});
    json_write_member_bytes(json, "what", bytes_of(waiver->what));
    json_write_member_bytes(json, "reason", bytes_of(waiver->reason));
    json_write_member_bytes(json, "approver", bytes_of(waiver->approver));
    json_write_member_text(json, "granted", waiver->granted);
    json_write_member_text(json, "expires", waiver->expires);
    json_write_end_object(json);
}

/* The file anew: what was in it, and the new one in the place of one for the same content and rule. */
static int
write_file(const struct waive *waive, const struct waivers *waivers, const char *path)
{
    struct json_write json;
    const struct waiver *made = &waive->waiver;
    json_write_init(&json, NULL, NULL, true, waive->err);
    json_write_begin_object(&json);
    json_write_member_text(&json, "format", "provscan-waivers-1");
    json_write_key(&json, "waivers");
    json_write_begin_array(&json);
    for (size_t i = 0; i < waivers->nwaivers; i++) {
        const struct waiver *old = &waivers->waivers[i];
        if (strcmp(old->rule, made->rule) != 0 || memcmp(old->sha256, made->sha256, SHA256_SIZE) != 0)
            write_waiver(&json, old);
    }
    write_waiver(&json, made);
    json_write_end_array(&json);
    json_write_end_object(&json);
    json_write_line(&json);
    int status = json_write_finish(&json);
    if (status == PROV_OK)
        status = outfile_write_whole(path, buf_bytes(&json.text), waive->err);
    buf_finish(&json.text);
    return status == PROV_E_MEMORY ? err_set(waive->err, status, "out of memory") : status;
}

static int
waivers_path(const struct waive *waive, char path[PATH_MAX])
{
    int size = snprintf(path, PATH_MAX, "%s/provscan.waivers.json", waive->out_dir);
    return size > 0 && size < PATH_MAX
               ? PROV_OK
               : err_set(waive->err, PROV_E_USAGE, "waive: the path of the folder is too long");
}

static int
add(struct waive *waive)
{
    static int (*const find[RULE_LEVEL_COUNT])(struct waive *, int64_t) = {
        [RULE_ITEM] = find_item, [RULE_SOURCE] = find_source, [RULE_DATASET] = find_dataset};
    char path[PATH_MAX];
    struct waivers waivers = {0};
    struct json_file *file = NULL;
    int64_t rule = 0;
    TRY(find_rule(waive, &rule));
    TRY(find[waive->waiver.level](waive, rule));
    TRY(waivers_path(waive, path));
    int status = PROV_OK;
    if (access(path, F_OK) == 0 && (status = json_open_file(path, &file, waive->err)) == PROV_OK)
        status = waivers_open(file, &waivers, waive->err);
    if (status == PROV_OK)
        status = write_file(waive, &waivers, path);
    waivers_finish(&waivers);
    if (status == PROV_OK)
        printf("%s: until %s; `provscan judge` applies it\n", path, waive->waiver.expires);
    return status;
}

static int
list(struct waive *waive)
{
    struct db_statement *select = NULL;
    bool has_row = false;
    TRY(db_prepare(waive->db,
                   "SELECT state, rule, what, approver, expires, reason FROM waiver ORDER BY ordinal",
                   &select, waive->err));
    int status = PROV_OK;
    while ((status = db_step(select, &has_row, waive->err)) == PROV_OK && has_row) {
        struct buf line = {0};
        (void)buf_printf(&line, "%s  %s  %s  until %s by %s: %s", db_text(select, 0), db_text(select, 1),
                         db_text(select, 2), db_text(select, 4), db_text(select, 3), db_text(select, 5));
        struct buf out = {0};
        if (escape_terminal(&out, buf_bytes(&line)) == PROV_OK)
            printf("%s\n", buf_text(&out));
        buf_finish(&out);
        buf_finish(&line);
    }
    db_finish(select);
    return status;
}

static int
run(int argc, char **argv)
{
    struct err err = {0};
    char today[16], path[PATH_MAX];
    time_t now = time(NULL);
    struct tm day;
    (void)strftime(today, sizeof today, "%Y-%m-%d", gmtime_r(&now, &day));
    struct waive waive = {.waiver = {.granted = today}, .err = &err};
    int status = read_command(argc, argv, &waive, &err);
    if (status == PROV_OK)
        status = command_store_path(waive.out_dir, path, &err);
    if (status == PROV_OK)
        status = db_open(path, DB_READ_ONLY, &waive.db, &err);
    int64_t judged = 0;
    if (status == PROV_OK)
        status =
            db_query_int(waive.db, "SELECT count(*) FROM meta WHERE key = 'judge.verdict'", &judged, &err);
    if (status == PROV_OK && !judged)
        status = err_set(&err, PROV_E_USAGE, "the scan was never judged: run `provscan judge`");
    if (status == PROV_OK)
        status = waive.list ? list(&waive) : add(&waive);
    db_close(waive.db);
    if (status == PROV_OK)
        status = page_end(&err);
    return status == PROV_OK ? EXIT_ALLOW : command_fail(&err);
}

const struct command COMMAND_waive = {
    .name = "waive",
    .summary = "take it upon yourself that a rule is not met, until a day",
    .usage = usage,
    .run = run,
};

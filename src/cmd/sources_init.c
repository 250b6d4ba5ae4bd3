/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan sources init`: a first declaration, from what lies there.
 *
 *     corpus/news/a.txt  corpus/news/b.txt  corpus/code/x.c  corpus/LICENSE
 *     └ common folder ┘  └ next name: a group of files each ┘
 *
 * Each folder below the common one becomes a source that claims all below it; files that lie in the
 * common folder itself are grouped by what their names end in. What was found is filled in only where it is
 * plain: one license that governs everything in the group; personal identifiers. Kind, issuer, ground and
 * purpose are left out, not guessed: a field that is there counts as said. Files that a declaration covers
 * already are left alone.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/db.h"
#include "base/escape.h"
#include "base/intern.h"
#include "base/json_write.h"
#include "base/outfile.h"
#include "base/utf8.h"
#include "cmd/command.h"
#include "cmd/sources.h"

enum { GROUPS_MAX = 256 };

/* Files that will be one source. */
struct group {
    uint64_t nitems, nbytes, npersonal, nunknown;
    char *license; /**< the one that governs all; owned */
    bool several;  /**< more than one does */
};

struct init {
    const struct sources_request *request;
    struct db *db;
    struct buf prefix; /**< the common folder, with '/' behind it; "" for none */
    bool has_prefix;
    struct intern names; /**< patterns of groups */
    struct group groups[GROUPS_MAX];
    bool too_many;
    struct err *err;
};

static int
memory(const struct init *init)
{
    return err_set(init->err, PROV_E_MEMORY, "out of memory");
}

/* Shorten the common folder so that it is above this path too. */
static int
join_prefix(struct init *init, struct bytes path)
{
    const uint8_t *slash = path.size ? memrchr(path.data, '/', path.size) : NULL;
    size_t folder = slash ? (size_t)(slash - path.data) + 1 : 0;
    if (!init->has_prefix) {
        init->has_prefix = true;
        return buf_append(&init->prefix, path.data, folder);
    }
    size_t size = 0, last = 0;
    while (size < folder && size < init->prefix.size && init->prefix.data[size] == path.data[size])
        if (path.data[size++] == '/')
            last = size;
    init->prefix.size = last;
    return PROV_OK;
}

/* The name as part of a pattern: marks of patterns escaped, bytes that JSON cannot hold as '?'. */
static int
append_literal(struct buf *pattern, struct bytes name)
{
    for (size_t at = 0; at < name.size;) {
        uint32_t code;
        size_t size = utf8_decode(name.data + at, name.size - at, &code);
        if (!size || code < 0x20) {
            TRY(buf_append_byte(pattern, '?'));
            at++;
            continue;
        }
        if (size == 1 && strchr("*?\\", (int)code))
            TRY(buf_append_byte(pattern, '\\'));
        TRY(buf_append(pattern, name.data + at, size));
        at += size;
    }
    return PROV_OK;
}

/* The pattern of the group that a file belongs to. */
static int
pattern_of(const struct init *init, struct bytes path, struct buf *pattern)
{
    struct bytes rest = {path.data + init->prefix.size, path.size - init->prefix.size};
    const uint8_t *slash = rest.size ? memchr(rest.data, '/', rest.size) : NULL;
    buf_clear(pattern);
    TRY(append_literal(pattern, buf_bytes(&init->prefix)));
    if (slash) {
        TRY(append_literal(pattern, (struct bytes){rest.data, (size_t)(slash - rest.data)}));
        return buf_append_text(pattern, "/**");
    }
    const uint8_t *dot = rest.size ? memrchr(rest.data, '.', rest.size) : NULL;
    if (!dot || dot == rest.data)
        return append_literal(pattern, rest);
    TRY(buf_append_byte(pattern, '*'));
    return append_literal(pattern, (struct bytes){dot, (size_t)(rest.data + rest.size - dot)});
}

/* Columns path, license, is_content, size, personal. */
static int
take_item(struct init *init, struct db_statement *row, struct buf *pattern)
{
    uint32_t number = 0;
    if (pattern_of(init, db_bytes(row, 0), pattern) != PROV_OK)
        return memory(init);
    number = intern_find(&init->names, buf_bytes(pattern));
    if (number == INTERN_NONE && init->names.nnames == GROUPS_MAX) {
        init->too_many = true;
        return PROV_OK;
    }
    if (number == INTERN_NONE && intern_add(&init->names, buf_bytes(pattern), &number) != PROV_OK)
        return memory(init);
    struct group *group = &init->groups[number];
    group->npersonal += (uint64_t)db_int(row, 4);
    if (!db_int(row, 2))
        return PROV_OK;
    group->nitems++;
    group->nbytes += (uint64_t)db_int(row, 3);
    group->nunknown += db_is_null(row, 1);
    if (!db_is_null(row, 1) && !group->license && !(group->license = strdup(db_text(row, 1))))
        return memory(init);
    group->several = group->several || (!db_is_null(row, 1) && strcmp(group->license, db_text(row, 1)) != 0);
    return PROV_OK;
}

static int
each_row(struct init *init, const char *sql, int (*take)(struct init *, struct db_statement *, struct buf *))
{
    struct db_statement *select = NULL;
    struct buf scratch = {0};
    bool has_row = false;
    TRY(db_prepare(init->db, sql, &select, init->err));
    int status = PROV_OK;
    while (status == PROV_OK && (status = db_step(select, &has_row, init->err)) == PROV_OK && has_row)
        status = take(init, select, &scratch);
    buf_finish(&scratch);
    db_finish(select);
    return status;
}

static int
take_path(struct init *init, struct db_statement *row, struct buf *scratch)
{
    (void)scratch;
    return join_prefix(init, db_bytes(row, 0)) == PROV_OK ? PROV_OK : memory(init);
}

#define UNDECLARED                                                                                           \
    " unit.path NOT IN (CAST('provscan.sources.json' AS BLOB), CAST('.provscanignore' AS BLOB))"             \
    " AND NOT EXISTS (SELECT 1 FROM source_unit WHERE source_unit.unit = unit.id)"

static int
gather(struct init *init)
{
    TRY(each_row(init, "SELECT path FROM unit WHERE ordinal IS NOT NULL AND kind = 0 AND" UNDECLARED,
                 take_path));
    if (!init->prefix.size && buf_reserve(&init->prefix, 1) != PROV_OK)
        return memory(init);
    return each_row(
        init,
        "SELECT unit.path, f.license, f.is_content, f.size, coalesce(f.personal, 0) FROM item_facts AS f"
        " JOIN unit ON unit.id = f.unit_id WHERE unit.kind = 0 AND" UNDECLARED " ORDER BY f.unit",
        take_item);
}

enum { ID_BYTES = 80, ID_PATTERN_BYTES = 48 };

/* An id out of a pattern: letters and digits, what is between them as one '-', and the number of the source.
 */
static void
make_id(struct bytes pattern, size_t number, char id[ID_BYTES])
{
    size_t size = 0;
    for (size_t i = 0; i < pattern.size && size < ID_PATTERN_BYTES; i++) {
        uint8_t byte = pattern.data[i];
        bool is_upper = byte >= 'A' && byte <= 'Z';
        if (is_upper || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9'))
            id[size++] = (char)(is_upper ? byte + 'a' - 'A' : byte);
        else if (size && id[size - 1] != '-')
            id[size++] = '-';
    }
    size -= size && id[size - 1] == '-';
    (void)snprintf(id + size, ID_BYTES - size, "%s%zu", size ? "-" : "source-", number);
}

static void
write_source(struct json_write *json, const struct init *init, size_t at)
{
    const struct group *group = &init->groups[at];
    struct bytes pattern = init->names.names[at];
    char id[ID_BYTES];
    make_id(pattern, at + 1, id);
    json_write_begin_object(json);
    json_write_key(json, "source");
    json_write_begin_object(json);
    json_write_member_text(json, "version", "1.0.0");
    json_write_member_text(json, "id", id);
    json_write_end_object(json);
    json_write_key(json, "use");
    json_write_begin_object(json);
    if (group->license && !group->several && !group->nunknown) {
        json_write_key(json, "license");
        json_write_begin_array(json);
        json_write_text(json, group->license);
        json_write_end_array(json);
    }
    if (group->npersonal) {
        json_write_key(json, "classification");
        json_write_begin_array(json);
        json_write_begin_object(json);
        json_write_key(json, "regulation");
        json_write_begin_object(json);
        json_write_member_text(json, "code", "pi");
        json_write_end_object(json);
        json_write_member_bool(json, "evaluated", true);
        json_write_end_object(json);
        json_write_end_array(json);
    }
    json_write_end_object(json);
    json_write_key(json, "provscan");
    json_write_begin_object(json);
    json_write_key(json, "match");
    json_write_begin_array(json);
    json_write_bytes(json, pattern);
    json_write_end_array(json);
    json_write_end_object(json);
    json_write_end_object(json);
}

static int
write_declaration(const struct init *init, const char *path)
{
    struct json_write json;
    json_write_init(&json, NULL, NULL, true, init->err);
    json_write_begin_object(&json);
    json_write_key(&json, "scope");
    json_write_begin_object(&json);
    json_write_end_object(&json);
    json_write_key(&json, "sources");
    json_write_begin_array(&json);
    for (size_t i = 0; i < init->names.nnames; i++)
        write_source(&json, init, i);
    json_write_end_array(&json);
    json_write_end_object(&json);
    json_write_line(&json);
    int status = json_write_finish(&json);
    if (status == PROV_OK)
        status = outfile_write_whole(path, buf_bytes(&json.text), init->err);
    buf_finish(&json.text);
    return status == PROV_E_MEMORY ? memory(init) : status;
}

static void
print_safely(struct bytes text)
{
    struct buf out = {0};
    if (escape_terminal(&out, text) == PROV_OK)
        (void)fwrite(out.data, 1, out.size, stdout);
    buf_finish(&out);
}

static void
print_found(const char *license, uint64_t nunknown)
{
    fputs("; license ", stdout);
    print_safely(bytes_of(license));
    if (nunknown)
        printf(" was found, and none for %llu items", (unsigned long long)nunknown);
}

static void
print_groups(const struct init *init, const char *path)
{
    for (size_t i = 0; i < init->names.nnames; i++) {
        const struct group *group = &init->groups[i];
        print_safely(init->names.names[i]);
        printf("\n  %llu item%s, %llu bytes", (unsigned long long)group->nitems,
               group->nitems == 1 ? "" : "s", (unsigned long long)group->nbytes);
        if (group->several)
            fputs("; several licenses were found: divide the source, or leave the license to the files",
                  stdout);
        else if (group->license && group->nunknown)
            print_found(group->license, group->nunknown);
        else if (group->license)
            print_found(group->license, 0);
        else if (group->nitems)
            fputs("; no license was found", stdout);
        if (group->npersonal)
            printf("; %llu personal identifiers", (unsigned long long)group->npersonal);
        putchar('\n');
    }
    print_safely(bytes_of(path));
    printf(": %zu source%s. Add what only you know: title, issuer, description, origin, date and method, "
           "purpose,\n"
           "kind, lawful basis and evidence of each; and the scope. Then run `provscan sources check`.\n",
           init->names.nnames, init->names.nnames == 1 ? "" : "s");
}

/* A store that was judged has the views that this reads. */
static int
run_init(struct init *init, const char *path)
{
    int64_t judged = 0;
    TRY(db_query_int(init->db, "SELECT count(*) FROM meta WHERE key = 'judge.verdict'", &judged, init->err));
    if (!judged)
        return err_set(init->err, PROV_E_USAGE, "the scan was never judged: run `provscan judge`");
    TRY(gather(init));
    if (init->too_many)
        return err_set(init->err, PROV_E_USAGE,
                       "more than %d folders side by side: declare them by patterns of your own", GROUPS_MAX);
    if (!init->names.nnames)
        return err_set(init->err, PROV_E_USAGE,
                       "every file of the scan is declared already, or there is none");
    TRY(write_declaration(init, path));
    print_groups(init, path);
    return PROV_OK;
}

int
sources_init(const struct sources_request *request, struct err *err)
{
    char store[PATH_MAX], path[PATH_MAX];
    struct init init = {.request = request, .err = err};
    TRY(command_store_path(request->operand, store, err));
    int size = request->output ? snprintf(path, sizeof path, "%s", request->output)
                               : snprintf(path, sizeof path, "%s/provscan.sources.json", request->operand);
    if (size < 0 || (size_t)size >= sizeof path)
        return err_set(err, PROV_E_USAGE, "sources: the path of the file is too long");
    if (access(path, F_OK) == 0)
        return err_set(err, PROV_E_USAGE, "%s: is there already; name another file with --output", path);
    TRY(db_open(store, DB_READ_ONLY, &init.db, err));
    int status = run_init(&init, path);
    db_close(init.db);
    for (size_t i = 0; i < GROUPS_MAX; i++)
        free(init.groups[i].license);
    intern_finish(&init.names);
    buf_finish(&init.prefix);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waivers as a file, and as rows.
 *
 *     { "format": "provscan-waivers-1", "waivers": [
 *         { "rule": "core.secret", "level": "item", "sha256": "...", "what": "a/b.txt",
 *           "reason": "...", "approver": "...", "granted": "2026-01-01", "expires": "2026-06-30" } ] }
 *
 * A waiver names content by its digest, so it stays with the content whatever it is called, and is gone when
 * a byte changes. It changes a verdict and never a conformity: what is not met stays not met, and the
 * manifest says who took it upon himself, why, and until when.
 */
#include "policy/waivers.h"

#include <assert.h>
#include <string.h>

#include "base/db.h"

static const char *const level_names[] = {"item", "source", "dataset", NULL};

const char *
waiver_state_name(enum waiver_state state)
{
    static const char *const names[WAIVER_STATE_COUNT] = {
        [WAIVER_IN_FORCE] = "in_force",   [WAIVER_NO_MATCH] = "no_match", [WAIVER_EXPIRED] = "expired",
        [WAIVER_NOT_BEGUN] = "not_begun", [WAIVER_NO_DAY] = "no_day",     [WAIVER_NO_RULE] = "no_rule"};
    assert(state < WAIVER_STATE_COUNT);
    return names[state];
}

/* 64 lower-case digits into bytes. */
static bool
read_hex(const char *text, uint8_t sha256[SHA256_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    if (strlen(text) != (size_t)2 * SHA256_SIZE || strspn(text, digits) != (size_t)2 * SHA256_SIZE)
        return false;
    for (size_t i = 0; i < SHA256_SIZE; i++)
        sha256[i] = (uint8_t)((strchr(digits, text[2 * i]) - digits) << 4 |
                              (strchr(digits, text[2 * i + 1]) - digits));
    return true;
}

static int
get_said(struct json_view view, const char *key, const char **text, struct err *err)
{
    TRY(json_get_text(view, key, JSON_REQUIRED, text, err));
    return **text ? PROV_OK : json_fail(json_find(view, key), err, "is empty");
}

static int
get_day(struct json_view view, const char *key, const char **day, struct err *err)
{
    TRY(json_get_text(view, key, JSON_REQUIRED, day, err));
    return pack_is_day(*day) ? PROV_OK
                             : json_fail(json_find(view, key), err, "'%s' is no day YYYY-MM-DD", *day);
}

static int
read_waiver(struct json_view view, struct waiver *waiver, struct err *err)
{
    static const char *const keys[] = {"rule",     "level",   "sha256",  "what", "reason",
                                       "approver", "granted", "expires", NULL};
    const char *sha256 = NULL;
    int level = 0;
    TRY(json_only_keys(view, keys, err));
    TRY(get_said(view, "rule", &waiver->rule, err));
    TRY(json_get_choice(view, "level", JSON_REQUIRED, level_names, &level, err));
    TRY(json_get_text(view, "sha256", JSON_REQUIRED, &sha256, err));
    if (!read_hex(sha256, waiver->sha256))
        return json_fail(json_find(view, "sha256"), err, "is no SHA-256 in lower-case hexadecimal");
    TRY(get_said(view, "what", &waiver->what, err));
    TRY(get_said(view, "reason", &waiver->reason, err));
    TRY(get_said(view, "approver", &waiver->approver, err));
    TRY(get_day(view, "granted", &waiver->granted, err));
    TRY(get_day(view, "expires", &waiver->expires, err));
    if (strcmp(waiver->expires, waiver->granted) < 0)
        return json_fail(json_find(view, "expires"), err, "is before the day on which it was granted");
    waiver->level = (enum rule_level)level;
    return PROV_OK;
}

int
waivers_open(struct json_file *file, struct waivers *waivers, struct err *err)
{
    static const char *const keys[] = {"$schema", "format", "waivers", NULL};
    static const char *const formats[] = {"provscan-waivers-1", NULL};
    struct json_view root = json_root(file), list = {0};
    int format = 0;
    *waivers = (struct waivers){.file = file};
    TRY(json_only_keys(root, keys, err));
    TRY(json_get_choice(root, "format", JSON_REQUIRED, formats, &format, err));
    TRY(json_get_array(root, "waivers", JSON_REQUIRED, &list, err));
    waivers->waivers = arena_array(&waivers->arena, json_count(list) + 1, sizeof *waivers->waivers);
    if (!waivers->waivers)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    for (struct json_view view = json_first(list); view.node; view = json_next(view))
        TRY(read_waiver(view, &waivers->waivers[waivers->nwaivers++], err));
    return PROV_OK;
}

void
waivers_finish(struct waivers *waivers)
{
    json_close(waivers->file);
    arena_finish(&waivers->arena);
    *waivers = (struct waivers){0};
}

int
waivers_store(const struct waivers *waivers, struct db *db, struct err *err)
{
    struct db_statement *insert = NULL;
    TRY(db_prepare(db, "INSERT INTO waiver VALUES (?,?,?,?,?,?,?,?,?,?,?)", &insert, err));
    int status = PROV_OK;
    for (size_t i = 0; i < waivers->nwaivers && status == PROV_OK; i++) {
        const struct waiver *waiver = &waivers->waivers[i];
        char hex[2 * SHA256_SIZE + 1];
        hex_write(waiver->sha256, SHA256_SIZE, hex);
        const char *const texts[] = {waiver->rule,
                                     level_names[waiver->level],
                                     hex,
                                     waiver->what,
                                     waiver->reason,
                                     waiver->approver,
                                     waiver->granted,
                                     waiver->expires,
                                     waiver_state_name(waiver->state)};
        db_bind_int(insert, 1, (int64_t)i);
        for (int j = 0; j < (int)(sizeof texts / sizeof texts[0]); j++)
            db_bind_text(insert, j + 2, texts[j]);
        db_bind_int(insert, 11, (int64_t)waiver->nmatches);
        status = db_execute(insert, err);
    }
    db_finish(insert);
    return status;
}

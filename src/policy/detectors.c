/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder of detectors: which files there are, what each file holds beside its detectors, and that ids
 * are unique among them all.
 *
 *     { "provscan": "detectors", "version": 1, "family": "cn", "title": {...},
 *       "reference_date": "2026-01-01",            one file at most
 *       "lists": { "phone": {"en": [...]} },       word lists that the file's detectors name
 *       "detectors": [ ... ] }                     policy/detector_read.c
 *
 * The order of detectors (files by name, then as written) is the order of ids in a plan, so nothing
 * depends on readdir. A file that is wrong is refused as a whole: half a policy would be a silent hole.
 */
#include "policy/detectors.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "policy/detector_read.h"

enum { DETECTORS_MAX = 8192, FILES_MAX = 1024, FORMAT_VERSION = 1 };

/* A set while it is being made. */
struct loading {
    struct detector_set *set;
    const struct detector **detectors; /* capacity DETECTORS_MAX */
    size_t ndetectors;
    struct sha256 *sha256;
    const char *dated_by; /* the file that gave the reference date */
};

static bool
leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* "YYYY-MM-DD" as YYYYMMDD, or -1. */
static int
parse_date(const char *text)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 0, month = 0, day = 0, size = 0;
    if (strspn(text, "0123456789-") != 10 || strlen(text) != 10 ||
        sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &size) != 3 || size != 10)
        return -1;
    if (year < 1900 || month < 1 || month > 12 || day < 1 || day > days[month - 1] + (month == 2 && leap(year)))
        return -1;
    return year * 10000 + month * 100 + day;
}

static int
read_head(struct loading *loading, struct json_view root, const char *file, struct err *err)
{
    static const char *const keys[] = {"provscan", "version", "family", "title", "reference_date",
                                       "note",     "lists",   "detectors", "$schema", NULL};
    static const char *const formats[] = {"detectors", NULL};
    int format = 0;
    int64_t version = 0;
    const char *text = NULL, *date = NULL;
    TRY(json_only_keys(root, keys, err));
    TRY(json_get_choice(root, "provscan", JSON_REQUIRED, formats, &format, err));
    TRY(json_get_int(root, "version", JSON_REQUIRED, (struct json_range){1, INT32_MAX}, &version, err));
    if (version > FORMAT_VERSION)
        return json_fail(json_find(root, "version"), err, "version %d is newer than this program knows (%d)",
                         (int)version, FORMAT_VERSION);
    TRY(json_get_text(root, "family", JSON_REQUIRED, &text, err));
    TRY(json_get_text(root, "note", JSON_OPTIONAL, &text, err));
    TRY(json_get_text(root, "reference_date", JSON_OPTIONAL, &date, err));
    if (!date)
        return PROV_OK;
    int day = parse_date(date);
    if (day < 0)
        return json_fail(json_find(root, "reference_date"), err, "'%s' is no date of the form YYYY-MM-DD", date);
    if (loading->dated_by)
        return json_fail(json_find(root, "reference_date"), err, "the reference date is already given by %s",
                         loading->dated_by);
    loading->dated_by = file;
    loading->set->reference_date = day;
    return PROV_OK;
}

static int
check_id_is_new(const struct loading *loading, struct json_view view, const char *id, struct err *err)
{
    for (size_t i = 0; i < loading->ndetectors; i++) {
        const struct detector *other = loading->detectors[i];
        if (strcmp(other->id, id) == 0)
            return json_fail(json_find(view, "id"), err, "'%s' is already defined at %s:%u", id, other->file,
                             other->line);
    }
    return PROV_OK;
}

static int
read_detectors(struct loading *loading, struct json_view root, const char *file, struct err *err)
{
    struct json_view list = {0}, lists = {0};
    TRY(json_get_object(root, "lists", JSON_OPTIONAL, &lists, err));
    TRY(json_get_array(root, "detectors", JSON_REQUIRED, &list, err));
    struct detector_reading reading = {
        .arena = &loading->set->arena, .file = file, .lists = lists, .err = err};
    for (struct json_view view = json_first(list); view.node; view = json_next(view)) {
        struct detector *detector = arena_alloc(&loading->set->arena, sizeof *detector);
        if (!detector)
            return err_set(err, PROV_E_MEMORY, "out of memory for detectors");
        TRY(detector_read(&reading, view, detector));
        TRY(check_id_is_new(loading, view, detector->id, err));
        if (loading->ndetectors == DETECTORS_MAX)
            return json_fail(view, err, "more than %d detectors in all (policy.limit)", DETECTORS_MAX);
        loading->detectors[loading->ndetectors++] = detector;
    }
    return PROV_OK;
}

static int
load_file(struct loading *loading, const struct json_file *file, struct err *err)
{
    const char *name = arena_text(&loading->set->arena, bytes_of(json_name(file)));
    if (!name)
        return err_set(err, PROV_E_MEMORY, "out of memory for detectors");
    struct bytes source = json_source(file);
    uint64_t size = source.size;
    sha256_update(loading->sha256, &size, sizeof size);
    sha256_update(loading->sha256, source.data, source.size);
    TRY(read_head(loading, json_root(file), name, err));
    return read_detectors(loading, json_root(file), name, err);
}

static void
loading_finish(struct loading *loading)
{
    sha256_destroy(loading->sha256);
    detectors_destroy(loading->set);
}

static int
loading_init(struct loading *loading, struct err *err)
{
    *loading = (struct loading){.set = calloc(1, sizeof *loading->set), .sha256 = sha256_create()};
    if (loading->set)
        loading->detectors =
            arena_array(&loading->set->arena, DETECTORS_MAX, sizeof(const struct detector *));
    if (!loading->detectors || !loading->sha256) {
        loading_finish(loading);
        return err_set(err, PROV_E_MEMORY, "out of memory for detectors");
    }
    loading->set->reference_date = REFERENCE_DATE_DEFAULT;
    return PROV_OK;
}

/* Hand the finished set over. */
static void
loading_end(struct loading *loading, struct detector_set **set)
{
    loading->set->detectors = loading->detectors;
    loading->set->ndetectors = loading->ndetectors;
    sha256_end(loading->sha256, loading->set->sha256);
    sha256_destroy(loading->sha256);
    *set = loading->set;
}

static int
is_json(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + size - 5, ".json") == 0;
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Open DIR/detectors/NAME. */
static int
open_named(const char *policy_dir, const char *name, struct json_file **file, struct err *err)
{
    char path[4096];
    int size = snprintf(path, sizeof path, "%s/detectors/%s", policy_dir, name);
    if (size < 0 || (size_t)size >= sizeof path)
        return err_set(err, PROV_E_POLICY, "%s/detectors: the path is too long", policy_dir);
    return json_open_file(path, file, err);
}

/* Names of the files of the folder, sorted; freed by free_names. */
static int
list_files(const char *policy_dir, struct dirent ***names, int *nnames, struct err *err)
{
    char folder[4096];
    (void)snprintf(folder, sizeof folder, "%s/detectors", policy_dir);
    *nnames = scandir(folder, names, is_json, by_bytes);
    if (*nnames < 0)
        return err_set(err, PROV_E_POLICY, "%s: cannot be read: %s", folder, strerror(errno));
    if (*nnames > FILES_MAX)
        return err_set(err, PROV_E_POLICY, "%s: more than %d files (policy.limit)", folder, FILES_MAX);
    return PROV_OK;
}

static void
free_names(struct dirent **names, int nnames)
{
    for (int i = 0; i < nnames; i++)
        free(names[i]);
    free(names);
}

int
detectors_load(const char *policy_dir, struct detector_set **set, struct err *err)
{
    struct loading loading;
    struct dirent **names = NULL;
    int nnames = 0;
    TRY(loading_init(&loading, err));
    int status = list_files(policy_dir, &names, &nnames, err);
    for (int i = 0; i < nnames && status == PROV_OK; i++) {
        struct json_file *file = NULL;
        status = open_named(policy_dir, names[i]->d_name, &file, err);
        if (status == PROV_OK)
            status = load_file(&loading, file, err);
        json_close(file);
    }
    free_names(names, nnames);
    if (status != PROV_OK)
        loading_finish(&loading);
    else
        loading_end(&loading, set);
    return status;
}

int
detectors_load_text(const char *name, struct bytes text, struct detector_set **set, struct err *err)
{
    struct loading loading;
    struct json_file *file = NULL;
    TRY(json_open_text(name, text, &file, err));
    int status = loading_init(&loading, err);
    if (status == PROV_OK) {
        status = load_file(&loading, file, err);
        if (status != PROV_OK)
            loading_finish(&loading);
        else
            loading_end(&loading, set);
    }
    json_close(file);
    return status;
}

int
detectors_check_files(const char *policy_dir, void (*fault)(const struct err *err, void *context),
                      void *context, size_t *nfiles, struct err *err)
{
    struct loading loading;
    struct dirent **names = NULL;
    int nnames = 0;
    TRY(loading_init(&loading, err));
    int status = list_files(policy_dir, &names, &nnames, err);
    for (int i = 0; i < nnames && status == PROV_OK; i++) {
        struct json_file *file = NULL;
        struct err one = {0};
        int refused = open_named(policy_dir, names[i]->d_name, &file, &one);
        if (refused == PROV_OK)
            refused = load_file(&loading, file, &one);
        json_close(file);
        if (refused == PROV_E_MEMORY)
            status = err_set(err, PROV_E_MEMORY, "out of memory for detectors");
        else if (refused != PROV_OK)
            fault(&one, context);
    }
    *nfiles = nnames < 0 ? 0 : (size_t)nnames;
    free_names(names, nnames);
    loading_finish(&loading);
    return status;
}

int
detectors_set_reference_date(struct detector_set *set, const char *date, struct err *err)
{
    int day = parse_date(date);
    if (day < 0)
        return err_set(err, PROV_E_USAGE, "'%s' is no date of the form YYYY-MM-DD", date);
    set->reference_date = day;
    return PROV_OK;
}

void
detectors_destroy(struct detector_set *set)
{
    if (!set)
        return;
    arena_finish(&set->arena);
    free(set);
}

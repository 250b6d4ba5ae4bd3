/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The output folder: which files are written, in which order, and by whom they are rendered.
 *
 * The list of items comes first, because the manifest holds its digest; the manifest comes before the
 * renderings for people. Each file appears whole or not at all (base/outfile.h), so a folder with a manifest
 * has all that it names.
 */
#include "report/report.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/db.h"
#include "base/outfile.h"
#include "report/account.h"
#include "report/html.h"
#include "report/items.h"
#include "report/manifest.h"
#include "report/summary.h"

#define FORMAT(name, summary, file)                                                                          \
    static const struct report_format format_##name = {#name, summary, file, name##_render};
#include "report/formats.def"
#undef FORMAT

const struct report_format *const REPORT_FORMATS[] = {
#define FORMAT(name, summary, file) &format_##name,
#include "report/formats.def"
#undef FORMAT
    NULL,
};

const struct report_format *
report_find(const char *name)
{
    for (size_t i = 0; REPORT_FORMATS[i]; i++)
        if (strcmp(REPORT_FORMATS[i]->name, name) == 0)
            return REPORT_FORMATS[i];
    return NULL;
}

static int
find_format(const char *name, const struct report_format **format, struct err *err)
{
    char names[256];
    size_t at = 0;
    *format = report_find(name);
    if (*format)
        return PROV_OK;
    names[0] = 0;
    for (size_t i = 0; REPORT_FORMATS[i] && at < sizeof names; i++) {
        int size = snprintf(names + at, sizeof names - at, "%s%s", i ? ", " : "", REPORT_FORMATS[i]->name);
        at += size > 0 ? (size_t)size : 0;
    }
    return err_set(err, PROV_E_USAGE, "unknown format '%s'; known are: %s", name, names);
}

int
report_check_formats(const char *const *names, size_t nnames, struct err *err)
{
    const struct report_format *format;
    for (size_t i = 0; i < nnames; i++)
        TRY(find_format(names[i], &format, err));
    return PROV_OK;
}

static int
path_of(const char *folder, const char *name, char path[PATH_MAX], struct err *err)
{
    int size = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return size > 0 && size < PATH_MAX ? PROV_OK : err_set(err, PROV_E_IO, "%s: path too long", folder);
}

static int
set_meta(struct db *db, const char *key, const char *value, struct err *err)
{
    struct db_statement *insert = NULL;
    TRY(db_prepare(db, "INSERT OR REPLACE INTO meta (key, value) VALUES (?,?)", &insert, err));
    db_bind_text(insert, 1, key);
    db_bind_text(insert, 2, value);
    int status = db_execute(insert, err);
    db_finish(insert);
    return status;
}

static int
write_items(struct db *db, const char *out_dir, struct err *err)
{
    char path[PATH_MAX], number[24], hex[2 * SHA256_SIZE + 1];
    struct items_written written = {0};
    TRY(path_of(out_dir, "items.jsonl.zst", path, err));
    TRY(items_write(db, path, &written, err));
    hex_write(written.sha256, sizeof written.sha256, hex);
    TRY(set_meta(db, "report.items_sha256", hex, err));
    (void)snprintf(number, sizeof number, "%" PRIu64, written.nlines);
    TRY(set_meta(db, "report.items_lines", number, err));
    (void)snprintf(number, sizeof number, "%" PRIu64, written.nbytes);
    return set_meta(db, "report.items_bytes", number, err);
}

static int
write_format(const struct account *account, const char *out_dir, const struct report_format *format,
             const struct report_options *options, struct err *err)
{
    char path[PATH_MAX];
    struct buf content = {0};
    int status = path_of(out_dir, format->file, path, err);
    if (status == PROV_OK)
        status = format->render(account, options, &content, err);
    if (status == PROV_OK)
        status = outfile_write_whole(path, buf_bytes(&content), err);
    buf_finish(&content);
    return status;
}

/* What a killed run left behind: NAME.<16 hex digits>.part of a file that is written here. The store is ours
 * alone. */
static bool
is_leftover(const char *name)
{
    size_t size = strlen(name), tail = sizeof ".0123456789abcdef.part" - 1;
    if (size <= tail || strcmp(name + size - 5, ".part") != 0 || name[size - tail] != '.' ||
        strspn(name + size - tail + 1, "0123456789abcdef") != 16)
        return false;
    size -= tail;
    bool known = size == strlen("items.jsonl.zst") && memcmp(name, "items.jsonl.zst", size) == 0;
    for (size_t i = 0; REPORT_FORMATS[i] && !known; i++)
        known = size == strlen(REPORT_FORMATS[i]->file) && memcmp(name, REPORT_FORMATS[i]->file, size) == 0;
    return known;
}

static void
remove_leftovers(const char *out_dir)
{
    DIR *folder = opendir(out_dir);
    if (!folder)
        return;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        if (is_leftover(entry->d_name))
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    (void)closedir(folder);
}

int
report_write(struct db *db, const char *out_dir, const char *const *formats, size_t nformats,
             const struct report_options *options, struct err *err)
{
    static const char *const always[] = {"manifest", "html"};
    struct account account = {0};
    TRY(report_check_formats(formats, nformats, err));
    remove_leftovers(out_dir);
    TRY(write_items(db, out_dir, err));
    int status = account_open(db, &(struct account_bounds){0}, &account, err);
    for (size_t i = 0; i < sizeof always / sizeof always[0] && status == PROV_OK; i++)
        status = write_format(&account, out_dir, report_find(always[i]), options, err);
    for (size_t i = 0; i < nformats && status == PROV_OK; i++)
        if (strcmp(formats[i], "manifest") != 0 && strcmp(formats[i], "html") != 0)
            status = write_format(&account, out_dir, report_find(formats[i]), options, err);
    account_close(&account);
    return status;
}

int
report_render(struct db *db, const char *name, const struct report_options *options, struct buf *out,
              struct err *err)
{
    const struct report_format *format = NULL;
    struct account account = {0};
    TRY(find_format(name, &format, err));
    int status = account_open(db, &(struct account_bounds){0}, &account, err);
    if (status == PROV_OK)
        status = format->render(&account, options, out, err);
    account_close(&account);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an item is, judged by its first 64 KiB, in the order of trust and of cost:
 *
 *   1. signatures of our own (signatures.def)      0.3 us, most binaries end here
 *   2. the text test (text_detect.c)               1 us for 8 KiB, every text ends here
 *   3. structures without a signature              old pickles, a PDF behind leading bytes
 *   4. libmagic                                    20 us and more, what is left
 *
 * and then what it should not be: another thing than its name says (type.mismatch), two things at once
 * (type.polyglot), active (type.active_content), a place holder (file.lfs_pointer), unknown (type.unknown).
 *
 * WARC and ARC are always searched as text, as UTF-8: they are headers and pages, and the images between
 * them must not hide what is in the rest.
 */
#include "inspect/filetype.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "inspect/filetype_kind.h"
#include "inspect/text.h"
#include "model/defect.h"

/* As much of UTF-16 and UTF-32 text is narrowed to tell its kind. */
enum { NARROW_MAX = 4096 };

struct filetype_judge {
    struct filetype_names *names; /**< owned */
    struct filetype_magic *magic; /**< owned */
};

/* What was found out, for the facts. */
struct finding {
    enum filetype_id id;    /**< FILETYPE_COUNT: not one of ours */
    enum filetype_id other; /**< a second signature */
    unsigned groups;
    bool unknown;
};

struct filetype_judge *
filetype_create(struct err *err)
{
    struct filetype_judge *judge = calloc(1, sizeof *judge);
    if (judge)
        judge->names = filetype_names_create();
    if (!judge || !judge->names) {
        (void)err_set(err, PROV_E_MEMORY, "file types: out of memory");
        filetype_destroy(judge);
        return NULL;
    }
    judge->magic = filetype_magic_create(err);
    if (!judge->magic) {
        filetype_destroy(judge);
        return NULL;
    }
    return judge;
}

void
filetype_destroy(struct filetype_judge *judge)
{
    if (!judge)
        return;
    filetype_names_destroy(judge->names);
    filetype_magic_destroy(judge->magic);
    free(judge);
}

static int
add(struct fact_list *out, enum fact_kind kind, const char *code, struct bytes evidence)
{
    struct fact fact = {.kind = kind, .code = code, .evidence = evidence};
    return fact_list_add(out, &fact);
}

static int
add_defect(struct fact_list *out, enum defect defect, const char *text)
{
    return add(out, FACT_DEFECT, defect_code(defect), bytes_of(text));
}

/* The ASCII in UTF-16 and UTF-32, each other character as one '?'. */
static struct bytes
narrow(const char *encoding, struct bytes head, uint8_t buffer[NARROW_MAX])
{
    size_t width = strncmp(encoding, "UTF-32", 6) == 0 ? 4 : 2;
    size_t low = strstr(encoding, "LE") ? 0 : width - 1, size = 0;
    for (size_t at = 0; at + width <= head.size && size < NARROW_MAX; at += width) {
        bool ascii = head.data[at + low] < 0x80;
        for (size_t i = 0; i < width; i++)
            ascii &= i == low || head.data[at + i] == 0;
        buffer[size++] = ascii ? head.data[at + low] : '?';
    }
    /* A byte order mark comes out as one '?'. */
    size_t mark = size > 0 && buffer[0] == '?';
    return (struct bytes){.data = buffer + mark, .size = size - mark};
}

static enum filetype_id
text_kind(const struct filetype_judge *judge, const struct filetype_probe *probe, const char *encoding)
{
    uint8_t buffer[NARROW_MAX];
    struct filetype_probe narrowed = *probe;
    if (strncmp(encoding, "UTF-16", 6) == 0 || strncmp(encoding, "UTF-32", 6) == 0)
        narrowed.head = narrow(encoding, probe->head, buffer);
    return filetype_text(&narrowed, judge->names);
}

/* A pickle without a signature: its name says so, or what it imports. */
static bool
is_old_pickle(const struct filetype_probe *probe)
{
    char import[64];
    uint8_t first = probe->head.data[0];
    bool named = strcmp(probe->extension, "pkl") == 0 || strcmp(probe->extension, "pickle") == 0;
    if (!named && !strchr("c(]})dli", first))
        return false;
    return filetype_is_old_pickle(probe->head, probe->whole) &&
           (named || filetype_pickle_danger(probe->head, import, sizeof import));
}

/* A script with a payload behind it (makeself, zipapp): its text is text, whatever follows. */
static bool
is_script(struct bytes head)
{
    const uint8_t *newline = head.size > 3 ? memchr(head.data, '\n', head.size < 256 ? head.size : 256) : NULL;
    return newline && head_is_at(head, 0, "#!") && memchr(head.data, '/', (size_t)(newline - head.data)) &&
           !memchr(head.data, 0, (size_t)(newline - head.data));
}

static bool
is_late_pdf(struct bytes head)
{
    const uint8_t *found = memmem(head.data, head.size < 1024 ? head.size : 1024, "%PDF-1.", 7);
    return found && head_has(head, head.size, " obj");
}

static unsigned
groups_of_type(const char *type)
{
    static const struct {
        const char *prefix;
        unsigned groups;
    } prefixes[] = {{"image/", GROUP_IMAGE}, {"audio/", GROUP_MEDIA}, {"video/", GROUP_MEDIA}, {"font/", GROUP_FONT}};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(type, prefixes[i].prefix, strlen(prefixes[i].prefix)) == 0)
            return prefixes[i].groups;
    return 0;
}

static void
judge_item(struct filetype_judge *judge, const struct filetype_probe *probe, struct filetype *result,
           struct finding *finding)
{
    *finding = (struct finding){0};
    finding->id = filetype_signature(probe, &finding->other);
    const char *encoding = NULL;
    if (finding->id == FILETYPE_COUNT || FILETYPE_KINDS[finding->id].groups & GROUP_TEXT)
        encoding = text_detect(probe->head, probe->whole);
    if (finding->id == FILETYPE_COUNT && !encoding && is_script(probe->head))
        encoding = "UTF-8";
    if (finding->id == FILETYPE_WARC || finding->id == FILETYPE_ARC)
        encoding = "UTF-8";
    if (finding->id == FILETYPE_COUNT && is_old_pickle(probe)) {
        finding->id = FILETYPE_PICKLE;
        encoding = NULL;
    }
    if (finding->id == FILETYPE_COUNT && encoding)
        finding->id = text_kind(judge, probe, encoding);
    if (finding->id == FILETYPE_COUNT && is_late_pdf(probe->head))
        finding->id = FILETYPE_PDF;
    const char *type = finding->id == FILETYPE_COUNT ? filetype_magic_type(judge->magic, probe->head)
                                                     : FILETYPE_KINDS[finding->id].type;
    finding->unknown = type == NULL;
    if (finding->id != FILETYPE_COUNT)
        finding->groups = FILETYPE_KINDS[finding->id].groups;
    else if (type)
        finding->groups = groups_of_type(type);
    *result = (struct filetype){.type = type ? type : "application/octet-stream", .encoding = encoding,
                                .is_text = encoding != NULL};
}

/* HTML where rows were promised: an error page that somebody saved. */
static bool
is_saved_page(const struct filetype_judge *judge, const struct filetype_probe *probe, enum filetype_id id)
{
    enum filetype_id named = filetype_names_text(judge->names, probe->extension);
    return id == FILETYPE_HTML && (named == FILETYPE_JSON || named == FILETYPE_NDJSON || named == FILETYPE_CSV ||
                                   named == FILETYPE_TSV);
}

static int
report(const struct filetype_judge *judge, const struct filetype_probe *probe, const struct filetype *result,
       const struct finding *finding, struct fact_list *out)
{
    char text[LIMIT_DETAIL_BYTES];
    unsigned promised = filetype_names_groups(judge->names, probe->extension);
    bool mismatch = promised && finding->groups && (promised & finding->groups) == 0;
    if (mismatch || is_saved_page(judge, probe, finding->id)) {
        (void)snprintf(text, sizeof text, "named .%s, content is %s", probe->extension, result->type);
        TRY(add_defect(out, DEFECT_TYPE_MISMATCH, text));
    }
    const char *words = filetype_polyglot(probe, finding->id, finding->other, text, sizeof text);
    if (words)
        TRY(add_defect(out, DEFECT_TYPE_POLYGLOT, words));
    words = filetype_active(probe, finding->id, text, sizeof text);
    if (words)
        TRY(add_defect(out, DEFECT_TYPE_ACTIVE_CONTENT, words));
    if (finding->unknown)
        TRY(add_defect(out, DEFECT_TYPE_UNKNOWN, "no known signature, and not text"));
    return PROV_OK;
}

static int
report_lfs(const struct filetype_lfs *lfs, struct fact_list *out)
{
    char text[LIMIT_DETAIL_BYTES];
    (void)snprintf(text, sizeof text, "the content is elsewhere: %.*s, %.*s bytes", (int)lfs->oid.size,
                   (const char *)lfs->oid.data, (int)lfs->size.size, (const char *)lfs->size.data);
    TRY(add_defect(out, DEFECT_FILE_LFS_POINTER, text));
    TRY(add(out, FACT_ATTRIBUTE, "git_lfs.oid", lfs->oid));
    return add(out, FACT_ATTRIBUTE, "git_lfs.size", lfs->size);
}

int
filetype_detect(struct filetype_judge *judge, struct bytes head, bool whole, struct bytes name,
                struct filetype *result, struct fact_list *out)
{
    struct filetype_probe probe = {.head = head, .whole = whole, .name = name};
    struct filetype_lfs lfs;
    struct finding finding;
    struct filetype found = {.type = "application/x-empty"};
    if (head.size > LIMIT_HEAD_BYTES) {
        probe.head.size = LIMIT_HEAD_BYTES;
        probe.whole = false;
    }
    filetype_extension(name, probe.extension);
    if (head.size == 0) {
        *result = found;
        return PROV_OK;
    }
    if (filetype_lfs_read(&probe, &lfs)) {
        *result = (struct filetype){.type = "text/plain", .encoding = "US-ASCII", .is_text = true};
        return report_lfs(&lfs, out);
    }
    judge_item(judge, &probe, &found, &finding);
    TRY(report(judge, &probe, &found, &finding, out));
    *result = found;
    return PROV_OK;
}

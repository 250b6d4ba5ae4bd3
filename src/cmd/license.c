/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provscan license: which licenses a file states or carries, and why provscan says so.
 *
 * The file goes through the very inspector that a scan uses, in segments of the same size, so that what is
 * shown here is what a scan stores. For texts that are not identical the differences are listed: words are
 * shown from the file only, since the index holds no text.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/page.h"
#include "inspect/inspector.h"
#include "inspect/license.h"
#include "model/spdx_expression.h"

extern const struct inspector INSPECTOR_license;

enum { DIFFERENCES_MAX = 64, SHOWN_BYTES = 160 };

struct options {
    const char *path;
    const char *policies;
    bool json;
    bool quiet;
};

static int
read_all(const char *path, struct buf *content, struct err *err)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
    if (!file)
        return err_set(err, PROV_E_USAGE, "%s: %s", path, strerror(errno));
    int status = PROV_OK;
    for (;;) {
        status = buf_reserve(content, LIMIT_READ_BYTES);
        if (status != PROV_OK)
            break;
        size_t got = fread(content->data + content->size, 1, LIMIT_READ_BYTES, file);
        content->size += got;
        if (got == 0)
            break;
    }
    if (status == PROV_OK && ferror(file))
        status = err_set(err, PROV_E_USAGE, "%s: %s", path, strerror(errno));
    if (file != stdin)
        (void)fclose(file);
    return status;
}

static int
inspect(const void *plan, void *scratch, struct bytes content, struct fact_list *facts)
{
    for (size_t at = 0; at < content.size; at += LIMIT_SEGMENT_BYTES) {
        size_t before = at < LIMIT_SEGMENT_CONTEXT ? at : LIMIT_SEGMENT_CONTEXT;
        size_t left = content.size - at;
        size_t page = left < LIMIT_SEGMENT_BYTES ? left : LIMIT_SEGMENT_BYTES;
        size_t after = left - page < LIMIT_SEGMENT_MARGIN ? left - page : LIMIT_SEGMENT_MARGIN;
        const struct segment segment = {.type = "text/plain",
                                        .encoding = "UTF-8",
                                        .text = content.data + at - before,
                                        .before = before,
                                        .page = page,
                                        .after = after,
                                        .offset = at - before,
                                        .first = at == 0,
                                        .last = page == left};
        TRY(INSPECTOR_license.segment(plan, scratch, &segment, facts));
    }
    return PROV_OK;
}

static const char *
level_name(uint8_t level)
{
    static const char *const names[] = {"none",     "mention",   "reservation", "unknown", "resembles",
                                        "modified", "reference", "text",        "tag"};
    return level < sizeof names / sizeof names[0] ? names[level] : "none";
}

static int
conclude(const struct fact_list *facts, struct buf *conclusion)
{
    struct buf all = {0};
    int status = PROV_OK;
    bool doubtful = false;
    for (size_t i = 0; i < facts->nfacts && status == PROV_OK; i++) {
        const struct fact *fact = &facts->facts[i];
        doubtful = doubtful || (fact->kind == FACT_LICENSE && fact->level > LICENSE_MENTION &&
                                fact->level < LICENSE_MODIFIED);
        if (fact->kind != FACT_LICENSE || fact->level < LICENSE_MODIFIED || all.size > SPDX_BYTES_MAX / 2)
            continue;
        /* Distinct codes only: a file of many rows states the same license in each. */
        bool known = false;
        for (size_t j = 0; j < i && !known; j++)
            known = facts->facts[j].kind == FACT_LICENSE && facts->facts[j].level >= LICENSE_MODIFIED &&
                    strcmp(facts->facts[j].code, fact->code) == 0;
        if (!known)
            status = buf_printf(&all, "%s(%s)", all.size ? " AND " : "", fact->code);
    }
    if (status == PROV_OK && all.size)
        status = spdx_expression_canonical(buf_bytes(&all), NULL, conclusion, NULL);
    if (status == PROV_OK && !all.size)
        status = buf_append_text(conclusion, doubtful ? "NOASSERTION" : "NONE");
    buf_finish(&all);
    return status == PROV_E_DATA ? buf_append_text(conclusion, "NOASSERTION") : status;
}

/* Text from a file for a terminal: control characters and broken UTF-8 do not get through. */
static void
print_safe(const uint8_t *data, size_t size, bool json)
{
    for (size_t i = 0; i < size; i++) {
        if (json && (data[i] == '"' || data[i] == '\\'))
            printf("\\%c", data[i]);
        else if (data[i] < 0x20 || data[i] == 0x7f)
            json ? (void)printf("\\u%04x", data[i]) : (void)putchar(' ');
        else
            putchar(data[i]);
    }
}

static void
print_differences(const void *plan, void *scratch, struct bytes content, const struct fact *fact)
{
    struct license_difference items[DIFFERENCES_MAX];
    struct license_differences differences = {.items = items, .capacity = DIFFERENCES_MAX};
    if (license_differences(plan, scratch, content, fact->offset, &differences) != PROV_OK)
        return;
    for (size_t i = 0; i < differences.count; i++) {
        const struct license_difference *one = &items[i];
        printf("      byte %llu:", (unsigned long long)one->offset);
        if (one->nmissing)
            printf(" %u words of the license missing at word %u%s", one->nmissing, one->reference + 1,
                   one->ninserted ? "," : "");
        if (one->ninserted) {
            size_t shown = one->length < SHOWN_BYTES ? (size_t)one->length : SHOWN_BYTES;
            printf(" %u words instead: \"", one->ninserted);
            print_safe(content.data + one->offset, shown, false);
            printf("%s\"", shown < one->length ? "..." : "");
        }
        putchar('\n');
    }
}

static void
print_text(const void *plan, void *scratch, struct bytes content, const struct fact_list *facts,
           const char *conclusion)
{
    for (size_t i = 0; i < facts->nfacts; i++) {
        const struct fact *fact = &facts->facts[i];
        bool copyright = fact->kind == FACT_COPYRIGHT;
        printf("%8llu  %-11s %-40s ", (unsigned long long)fact->offset,
               copyright ? "copyright" : level_name(fact->level), copyright ? "" : fact->code);
        print_safe(fact->evidence.data, fact->evidence.size, false);
        putchar('\n');
        if (fact->kind == FACT_LICENSE && fact->level >= LICENSE_RESEMBLES &&
            fact->level <= LICENSE_MODIFIED && content.size <= LIMIT_SEGMENT_BYTES)
            print_differences(plan, scratch, content, fact);
    }
    printf("%s\n", conclusion);
}

static void
print_json(const struct fact_list *facts, const char *conclusion)
{
    printf("{\"license\": \"%s\", \"evidence\": [", conclusion);
    for (size_t i = 0; i < facts->nfacts; i++) {
        const struct fact *fact = &facts->facts[i];
        bool copyright = fact->kind == FACT_COPYRIGHT;
        printf("%s\n  {\"offset\": %llu, \"length\": %llu, \"kind\": \"%s\"", i ? "," : "",
               (unsigned long long)fact->offset, (unsigned long long)fact->length,
               copyright ? "copyright" : level_name(fact->level));
        if (!copyright)
            printf(", \"license\": \"%s\"", fact->code);
        printf(", \"evidence\": \"");
        print_safe(fact->evidence.data, fact->evidence.size, true);
        printf("\"}");
    }
    printf("%s]}\n", facts->nfacts ? "\n" : "");
}

static int
show(const struct options *options, const void *plan, void *scratch, struct err *err)
{
    struct buf content = {0}, conclusion = {0};
    struct fact_list facts = {0};
    int status = read_all(options->path, &content, err);
    if (status == PROV_OK)
        status = inspect(plan, scratch, buf_bytes(&content), &facts);
    if (status == PROV_OK)
        status = conclude(&facts, &conclusion);
    if (status == PROV_OK && options->json)
        print_json(&facts, buf_text(&conclusion));
    else if (status == PROV_OK && options->quiet)
        printf("%s\n", buf_text(&conclusion));
    else if (status == PROV_OK)
        print_text(plan, scratch, buf_bytes(&content), &facts, buf_text(&conclusion));
    if (status != PROV_OK)
        (void)err_set(err, status, "%s: %s", options->path, status_text(status));
    fact_list_finish(&facts);
    buf_finish(&conclusion);
    buf_finish(&content);
    return status;
}

static const char usage[] =
    "usage: provscan license [OPTION...] FILE...|-\n\n"
    "Show which licenses a text states or carries: each piece of evidence with its place and kind, where a\n"
    "text differs from its license, and at the end one SPDX expression for the file. '-' reads stdin.\n\n"
    "      --json          one JSON object a file\n"
    "  -q, --quiet         the expression only\n"
    "      --policies DIR  folder of policies, for its licenses/\n\n"
    "kinds: tag (SPDX tag or metadata), text, modified, resembles, reference (applied by name, notice or "
    "URL),\n"
    "mention (named, not applied), reservation (rights reserved), unknown (license language of no known "
    "text), copyright\n\n"
    "The expression is NONE where nothing is said, NOASSERTION where only unknown terms, reservations or "
    "texts that\n"
    "resemble a license were found.\n\n"
    "exit codes: 0 read, 4 usage or policy error, 5 internal error\n";

enum { OPTION_JSON = 256, OPTION_POLICIES };

static const struct option option_table[] = {
    {"json", no_argument, NULL, OPTION_JSON},
    {"quiet", no_argument, NULL, 'q'},
    {"policies", required_argument, NULL, OPTION_POLICIES},
    {NULL, 0, NULL, 0},
};

static int
take_option(void *context, int option, char *value, struct err *err)
{
    struct options *options = context;
    (void)err;
    switch (option) {
    case OPTION_JSON:
        options->json = true;
        break;
    case 'q':
        options->quiet = true;
        break;
    default:
        options->policies = value;
        break; /* OPTION_POLICIES */
    }
    return PROV_OK;
}

static int
show_all(struct options *options, char **paths, int npaths, struct err *err)
{
    void *plan = NULL, *scratch = NULL;
    const struct inspect_config config = {.policy_dir = command_policy_dir(options->policies)};
    int status = INSPECTOR_license.plan_create(&config, &plan, err);
    if (status == PROV_OK)
        status = INSPECTOR_license.scratch_create(plan, &scratch, err);
    for (int i = 0; i < npaths && status == PROV_OK; i++) {
        options->path = paths[i];
        if (npaths > 1 && !options->json) {
            print_safe((const uint8_t *)paths[i], strlen(paths[i]), false);
            fputs(options->quiet ? "\t" : ":\n", stdout);
        }
        status = show(options, plan, scratch, err);
    }
    INSPECTOR_license.scratch_destroy(scratch);
    INSPECTOR_license.plan_destroy(plan);
    return status == PROV_OK ? page_end(err) : status;
}

static int
run(int argc, char **argv)
{
    struct options options = {0};
    struct err err = {0};
    const struct option_set set = {.command = "license",
                                   .letters = ":q",
                                   .table = option_table,
                                   .take = take_option,
                                   .context = &options};
    int npaths = 0, status = options_read(&set, argc, argv, &npaths, &err);
    if (status == PROV_OK && npaths == 0)
        status = err_set(&err, PROV_E_USAGE, "license: no file given; `provscan license --help` tells how");
    if (status == PROV_OK)
        status = show_all(&options, argv + 1, npaths, &err);
    return status == PROV_OK ? EXIT_ALLOW : command_fail(&err);
}

const struct command COMMAND_license = {
    .name = "license",
    .summary = "show which licenses a text states or carries, and why",
    .usage = usage,
    .run = run,
};

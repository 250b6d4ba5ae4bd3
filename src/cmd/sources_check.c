/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan sources check`: what a judgement would trip over, told before there is one.
 *
 * Each line names a source, the place and what to do; what is fine is one line a source. Texts of the
 * declaration may come from strangers, so all of them pass escape_terminal.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/db.h"
#include "base/escape.h"
#include "cmd/command.h"
#include "cmd/sources.h"
#include "policy/sources.h"
#include "policy/term_list.h"

/* A check in progress. */
struct checking {
    const struct sources_request *request;
    struct sources sources;
    size_t nfaults;
    struct err *err;
};

/* One text, made fit for a terminal. */
static void
print_text(const char *text)
{
    struct buf out = {0};
    if (escape_terminal(&out, bytes_of(text)) == PROV_OK)
        (void)fwrite(out.data, 1, out.size, stdout);
    buf_finish(&out);
}

/* "    what        text: rest" */
static void
print_fault(struct checking *checking, const char *what, const char *text, const char *rest)
{
    checking->nfaults++;
    printf("  %-10s ", what);
    print_text(text);
    printf("%s\n", rest);
}

static void
check_evidence(struct checking *checking, const struct source_evidence *evidence)
{
    static const char *const words[] = {
        [EVIDENCE_UNCHECKED] = ": not looked at",
        [EVIDENCE_ABSENT] = ": no such file below the folder of the declaration",
        [EVIDENCE_DIFFERS] = ": is not the file that was declared",
        [EVIDENCE_UNDIGESTED] = ": no sha256 is declared",
    };
    if (evidence->state != EVIDENCE_MATCHES) {
        print_fault(checking, evidence_type_name(evidence->type), evidence->path, words[evidence->state]);
        if (*evidence->sha256_found)
            printf("  %-10s \"sha256\": \"%s\"\n", "", evidence->sha256_found);
    }
    const char *today = checking->request->as_of;
    if (today && evidence->valid_to && strcmp(evidence->valid_to, today) < 0)
        print_fault(checking, evidence_type_name(evidence->type), evidence->path, ": is over (valid_to)");
    if (today && evidence->valid_from && strcmp(evidence->valid_from, today) > 0)
        print_fault(checking, evidence_type_name(evidence->type), evidence->path,
                    ": has not begun (valid_from)");
    if (!evidence->reviewed_by || !evidence->reviewed_at)
        print_fault(checking, evidence_type_name(evidence->type), evidence->path,
                    ": reviewed_by and reviewed_at say who looked at it, and when");
}

static void
check_source(struct checking *checking, const struct source *source, size_t number)
{
    size_t before = checking->nfaults;
    printf("%zu ", number);
    print_text(source->id ? source->id : "(no id)");
    if (source->title) {
        fputs(", ", stdout);
        print_text(source->title);
    }
    putchar('\n');
    if (source->missing_names)
        print_fault(checking, "missing", source->missing_names, " (Data Provenance Standards 1.0.0)");
    if (!source->kind)
        print_fault(checking, "missing", "provscan.kind",
                    " (open, self-collected, commercial, user, public-data, synthetic)");
    if (!source->nmatch)
        print_fault(checking, "match", "", "no pattern: it claims no file");
    for (size_t i = 0; i < source->nevidence; i++)
        check_evidence(checking, &source->evidence[i]);
    if (checking->nfaults == before)
        puts("  nothing to put right");
}

/* A number that is declared, held against the one counted. */
static void
check_number(struct checking *checking, enum scope_key key, uint64_t counted)
{
    const struct parameter *value = &checking->sources.scope.values[key];
    char words[96];
    if (value->type == VALUE_NUMBER && value->number == (double)counted)
        return;
    (void)snprintf(words, sizeof words, ": %llu counted%s", (unsigned long long)counted,
                   value->type == VALUE_NUMBER ? ", another number is declared" : ", nothing is declared");
    print_fault(checking, "scope", scope_name(key), words);
}

/* The term list lies beside the declaration, or where its absolute path says. */
static int
check_terms(struct checking *checking)
{
    const struct parameter *declared = &checking->sources.scope.values[SCOPE_keyword_library];
    const char *path = checking->request->operand, *slash = strrchr(path, '/');
    char risks[PATH_MAX], terms[PATH_MAX];
    struct term_count count;
    struct err why = {0};
    if (declared->type != VALUE_TEXT)
        return PROV_OK;
    int folder = *declared->text == '/' || !slash ? 0 : (int)(slash - path + 1);
    if (snprintf(risks, sizeof risks, "%s/content/cn-risks.json", checking->request->policy_dir) >=
            (int)sizeof risks ||
        snprintf(terms, sizeof terms, "%.*s%s", folder, path, declared->text) >= (int)sizeof terms)
        return err_set(checking->err, PROV_E_USAGE, "sources: the path of the term list is too long");
    if (term_list_count(risks, terms, &count, &why) != PROV_OK) {
        print_fault(checking, "terms", why.text, "");
        return PROV_OK;
    }
    check_number(checking, SCOPE_keyword_terms, count.nterms);
    check_number(checking, SCOPE_keyword_a1_min, count.a1_min);
    check_number(checking, SCOPE_keyword_a2_min, count.a2_min);
    const struct parameter *updated = &checking->sources.scope.values[SCOPE_keyword_updated];
    if (updated->type != VALUE_TEXT || strcmp(updated->text, count.updated) != 0)
        print_fault(checking, "scope", "keyword_updated: the list says ", count.updated);
    for (size_t i = 0; i < count.nrisks; i++) {
        char words[64];
        const struct term_risk *risk = &count.risks[i];
        (void)snprintf(words, sizeof words, ": %llu terms, %llu are asked for",
                       (unsigned long long)risk->nterms, (unsigned long long)risk->nterms_min);
        if (risk->nterms < risk->nterms_min)
            print_fault(checking, "terms", risk->id, words);
    }
    return PROV_OK;
}

/* What rules will ask for and is not said. */
static void
check_scope(struct checking *checking)
{
    static const enum scope_key wanted[] = {SCOPE_service, SCOPE_purpose, SCOPE_markets, SCOPE_stage,
                                            SCOPE_processing_countries};
    puts("scope");
    size_t before = checking->nfaults;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (checking->sources.scope.values[wanted[i]].type == VALUE_NULL)
            print_fault(checking, "missing", scope_name(wanted[i]), "");
    if (checking->nfaults == before)
        puts("  nothing missing that every pack asks for");
}

/* Which files each source claims, in a scan. */
static int
check_claims(struct checking *checking, struct db *db)
{
    struct db_statement *units = NULL;
    uint64_t nfiles = 0, nunclaimed = 0, ntwice = 0, claimed[256] = {0};
    size_t ncounted = checking->sources.nsources < 256 ? checking->sources.nsources : 255;
    bool has_row = false;
    TRY(db_prepare(db, "SELECT path FROM unit WHERE ordinal IS NOT NULL AND kind = 0", &units,
                   checking->err));
    int status = PROV_OK;
    while ((status = db_step(units, &has_row, checking->err)) == PROV_OK && has_row) {
        uint32_t nmatches = 0, source = sources_of(&checking->sources, db_bytes(units, 0), &nmatches);
        nfiles++;
        nunclaimed += nmatches == 0;
        ntwice += nmatches > 1;
        if (source <= ncounted)
            claimed[source]++;
    }
    db_finish(units);
    TRY(status);
    printf("files of the scan: %llu\n", (unsigned long long)nfiles);
    char words[64];
    (void)snprintf(words, sizeof words, "%llu files belong to no source", (unsigned long long)nunclaimed);
    if (nunclaimed)
        print_fault(checking, "match", "", words);
    (void)snprintf(words, sizeof words, "%llu files are claimed by several sources",
                   (unsigned long long)ntwice);
    if (ntwice)
        print_fault(checking, "match", "", words);
    for (size_t i = 1; i <= ncounted; i++) {
        const char *id = checking->sources.sources[i - 1].id;
        if (!claimed[i])
            print_fault(checking, "match", id ? id : "(no id)", " claims no file");
    }
    return PROV_OK;
}

static int
check_scan(struct checking *checking)
{
    char path[PATH_MAX];
    struct db *db = NULL;
    if (!checking->request->scan)
        return PROV_OK;
    TRY(command_store_path(checking->request->scan, path, checking->err));
    TRY(db_open(path, DB_READ_ONLY, &db, checking->err));
    int status = check_claims(checking, db);
    db_close(db);
    return status;
}

static int
check_all(struct checking *checking)
{
    TRY(sources_check_evidence(&checking->sources, checking->request->operand, checking->err));
    for (size_t i = 0; i < checking->sources.nsources; i++)
        check_source(checking, &checking->sources.sources[i], i + 1);
    check_scope(checking);
    TRY(check_terms(checking));
    TRY(check_scan(checking));
    printf("%zu source%s, %zu thing%s to put right\n", checking->sources.nsources,
           checking->sources.nsources == 1 ? "" : "s", checking->nfaults, checking->nfaults == 1 ? "" : "s");
    return PROV_OK;
}

int
sources_check(const struct sources_request *request, size_t *nfaults, struct err *err)
{
    struct checking checking = {.request = request, .err = err};
    struct json_file *file = NULL;
    TRY(json_open_file(request->operand, &file, err));
    int status = sources_open(file, &checking.sources, err);
    if (status == PROV_OK)
        status = check_all(&checking);
    sources_finish(&checking.sources);
    *nfaults = checking.nfaults;
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The source declaration: both of its forms, its scope, the files of evidence, and what is wrong named with
 * its place.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/sources.h"

/* Read a declaration. @return its status; sources is to be finished either way */
static int
declare(const char *text, struct sources *sources, struct err *err)
{
    struct json_file *file = NULL;
    *sources = (struct sources){0};
    int status = json_open_text("decl.json", bytes_of(text), &file, err);
    return status == PROV_OK ? sources_open(file, sources, err) : status;
}

Test(sources, is_an_array_or_an_object_with_a_scope)
{
    struct sources sources;
    struct err err = {0};
    cr_assert_eq(declare("[{\"provscan\":{\"match\":[\"**\"],\"kind\":\"open\"}}]", &sources, &err), PROV_OK,
                 "%s", err.text);
    cr_assert_eq(sources.nsources, 1);
    cr_assert_eq(sources.scope.values[SCOPE_service].type, VALUE_NULL);
    cr_assert_eq(sources.sources[0].contract_reviewed, -1, "what is not said is not known");
    sources_finish(&sources);
    cr_assert_eq(declare("{\"scope\":{\"service\":\"internal\",\"markets\":[\"CN\",\"EU\"],\"b2b_api\":false,"
                         "\"keyword_terms\":10000},\"sources\":[]}",
                         &sources, &err),
                 PROV_OK, "%s", err.text);
    cr_assert_str_eq(sources.scope.values[SCOPE_service].text, "internal");
    cr_assert_str_eq(sources.scope.values[SCOPE_markets].text, "CN,EU");
    cr_assert_eq(sources.scope.values[SCOPE_b2b_api].type, VALUE_BOOL);
    cr_assert_eq(sources.scope.values[SCOPE_keyword_terms].number, 10000);
    sources_finish(&sources);
}

Test(sources, reads_the_groups_of_the_standard_and_our_own)
{
    struct sources sources;
    struct err err = {0};
    cr_assert_eq(
        declare("[{\"source\":{\"version\":\"1.0.0\",\"title\":\"t\",\"id\":\"i\",\"issuer\":[{\"name\":"
                "\"A\"},{\"name\":"
                "\"B\"}],\"description\":\"d\",\"location\":\"l\"},\"provenance\":{\"origin-geography\":[{"
                "\"country\":"
                "\"CN\"},{\"country\":\"DE\"}],\"date\":\"2025-01-01\",\"generation-method\":[{\"code\":"
                "\"other-na\"}]},"
                "\"use\":{\"intended-purpose\":[{\"code\":\"ai-pre-training\",\"description\":\"d\"}],"
                "\"consents\":[{}],"
                "\"privacy-enhancing\":[{},{}]},\"provscan\":{\"match\":[\"a/"
                "**\"],\"annotation\":{\"rules\":\"r\","
                "\"annotators_trained\":true,\"sampled\":0.25},\"grade\":\"general-2\",\"ip_lead\":\"p\","
                "\"evidence\":[{\"type\":\"pia\",\"path\":\"p.pdf\",\"valid_to\":\"2027-01-01\"},{\"type\":"
                "\"contract\","
                "\"path\":\"c.pdf\",\"valid_to\":\"2026-01-01\",\"reviewed_by\":\"x\",\"reviewed_at\":\"2025-"
                "01-01\"}]}}]",
                &sources, &err),
        PROV_OK, "%s", err.text);
    const struct source *source = &sources.sources[0];
    cr_assert_eq(source->missing_fields, 0);
    cr_assert_str_eq(source->issuer, "A,B");
    cr_assert_str_eq(source->countries, "CN,DE");
    cr_assert_str_eq(source->methods, "other-na");
    cr_assert_str_eq(source->purposes, "ai-pre-training");
    cr_assert_eq(source->consents, 1);
    cr_assert_eq(source->privacy_measures, 2);
    cr_assert_float_eq(source->annotation_sampled, 0.25, 1e-9);
    cr_assert_eq(source->annotators_trained, 1);
    cr_assert_eq(source->annotation_separate, -1);
    cr_assert_eq(source->evidence_pia, 1);
    cr_assert_eq(source->evidence_unreviewed, 1);
    cr_assert_eq(source->evidence_unchecked, 2);
    cr_assert_str_eq(source->evidence_valid_to, "2026-01-01", "the earliest");
    sources_finish(&sources);
}

Test(sources, names_the_place_and_the_reason_of_each_mistake)
{
    static const struct {
        const char *text, *words[2];
    } cases[] = {
        {"3", {"decl.json:1", "array"}},
        {"{\"sources\":3}", {"sources", "array"}},
        {"{\"scope\":{}}", {"'sources' is missing", ""}},
        {"{\"scope\":{\"servise\":\"public\"},\"sources\":[]}", {"scope", "servise"}},
        {"{\"scope\":{\"service\":\"publik\"},\"sources\":[]}", {"scope.service", "publik"}},
        {"{\"scope\":{\"markets\":\"CN\"},\"sources\":[]}", {"scope.markets", "array"}},
        {"{\"scope\":{\"markets\":[\"C,N\"]},\"sources\":[]}", {"scope.markets[0]", "','"}},
        {"{\"scope\":{\"market_date\":\"soon\"},\"sources\":[]}", {"scope.market_date", "soon"}},
        {"{\"scope\":{\"b2b_api\":1},\"sources\":[]}", {"scope.b2b_api", "boolean"}},
        {"{\"scope\":{\"provider\":\"\"},\"sources\":[]}", {"scope.provider", "empty"}},
        {"[{}]", {"[0]", "provscan"}},
        {"[{\"provscan\":{}}]", {"provscan", "match"}},
        {"[{\"provscan\":{\"match\":[],\"kind\":\"free\"}}]", {"kind", "free"}},
        {"[{\"provscan\":{\"match\":[],\"grade\":\"secret\"}}]", {"grade", "secret"}},
        {"[{\"provscan\":{\"match\":[],\"annotation\":{\"sampled\":1.5}}}]", {"sampled", "share"}},
        {"[{\"provscan\":{\"match\":[],\"contract\":{\"retain_until\":\"2030\"}}}]",
         {"retain_until", "2030"}},
        {"[{\"provscan\":{\"match\":[],\"evidence\":[{\"type\":\"letter\",\"path\":\"a\"}]}}]",
         {"evidence[0].type", "letter"}},
        {"[{\"provscan\":{\"match\":[],\"evidence\":[{\"type\":\"pia\",\"path\":\"a\",\"sha256\":\"00\"}]}}]",
         {"evidence[0].sha256", "SHA-256"}},
        {"[{\"provscan\":{\"match\":[],\"evidence\":[{\"type\":\"pia\",\"path\":\"a\",\"reviewed_at\":\"1 "
         "May\"}]}}]",
         {"evidence[0].reviewed_at", "1 May"}},
        {"[{\"source\":{\"issuer\":[{}]},\"provscan\":{\"match\":[]}}]", {"issuer[0]", "name"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sources sources;
        struct err err = {0};
        cr_assert_eq(declare(cases[i].text, &sources, &err), PROV_E_POLICY, "case %zu", i);
        for (int j = 0; j < 2; j++)
            cr_assert(strstr(err.text, cases[i].words[j]), "case %zu: '%s' in: %s", i, cases[i].words[j],
                      err.text);
        sources_finish(&sources);
    }
}

static void
write_file(const char *folder, const char *name, const char *content)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs(content, file) >= 0 && fclose(file) == 0);
}

Test(sources, holds_evidence_against_its_digest_and_never_leaves_its_folder)
{
    /* echo -n abc | sha256sum */
    static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    static const char *const paths[] = {"good",        "other", "none",   "../outside",
                                        "/etc/passwd", "link",  "folder", "plain"};
    static const enum evidence_state expected[] = {EVIDENCE_MATCHES, EVIDENCE_DIFFERS,   EVIDENCE_ABSENT,
                                                   EVIDENCE_ABSENT,  EVIDENCE_ABSENT,    EVIDENCE_ABSENT,
                                                   EVIDENCE_ABSENT,  EVIDENCE_UNDIGESTED};
    char folder[64], path[256], text[4096] = "[{\"provscan\":{\"match\":[],\"evidence\":[";
    struct sources sources;
    struct err err = {0};
    (void)snprintf(folder, sizeof folder, "evidence-%d", (int)getpid());
    cr_assert_eq(mkdir(folder, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/folder", folder);
    cr_assert_eq(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/link", folder);
    cr_assert_eq(symlink("good", path), 0);
    write_file(folder, "good", "abc");
    write_file(folder, "other", "abd");
    write_file(folder, "plain", "abc");
    for (size_t i = 0; i < 8; i++) {
        size_t size = strlen(text);
        (void)snprintf(text + size, sizeof text - size, "%s{\"type\":\"license\",\"path\":\"%s\"%s%s%s}",
                       i ? "," : "", paths[i], i < 7 ? ",\"sha256\":\"" : "", i < 7 ? abc : "",
                       i < 7 ? "\"" : "");
    }
    (void)strcat(text, "]}}]");
    cr_assert_eq(declare(text, &sources, &err), PROV_OK, "%s", err.text);
    (void)snprintf(path, sizeof path, "%s/provscan.sources.json", folder);
    cr_assert_eq(sources_check_evidence(&sources, path, &err), PROV_OK, "%s", err.text);
    struct source *source = &sources.sources[0];
    for (size_t i = 0; i < 8; i++)
        cr_assert_eq(source->evidence[i].state, expected[i], "%s is %s", paths[i],
                     evidence_state_name(source->evidence[i].state));
    cr_assert_eq(source->evidence_differs, 1);
    cr_assert_eq(source->evidence_absent, 5);
    cr_assert_eq(source->evidence_undigested, 1);
    cr_assert_eq(source->evidence_unchecked, 0);

    /* The same is known again without the folder. */
    struct buf notes = {0};
    struct sources again;
    cr_assert_eq(sources_note_evidence(&sources, &notes), PROV_OK);
    cr_assert_eq(declare(text, &again, &err), PROV_OK);
    sources_recall_evidence(&again, buf_bytes(&notes));
    for (size_t i = 0; i < 8; i++)
        cr_assert_eq(again.sources[0].evidence[i].state, expected[i], "%s", paths[i]);
    cr_assert_eq(again.sources[0].evidence_unchecked, 0);
    buf_finish(&notes);
    sources_finish(&again);
    sources_finish(&sources);
    (void)snprintf(path, sizeof path, "rm -r %s", folder);
    cr_assert_eq(system(path), 0);
}

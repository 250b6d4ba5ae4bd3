/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packs: the ones we ship hold, and a wrong one is refused with its file, its place and the reason.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/pack_check.h"
#include "policy/pack_set.h"

static const char policies[] = SOURCE_DIR "/policies";

Test(pack, ours_are_as_they_should_be)
{
    static const char *const ours[] = {"core",
                                       "cn-pi",
                                       "cn-content",
                                       "cn-labelling",
                                       "cn-genai",
                                       "eu-ai-act",
                                       "us-ca-ab2013",
                                       "nist-600-1",
                                       "uk-report",
                                       "iso-42001-a7",
                                       "cn-auto",
                                       "internal-use",
                                       "cn-health",
                                       "cn-finance",
                                       "cn-geo",
                                       "cn-news-film",
                                       "cn-minors-education",
                                       "cn-deep-synthesis",
                                       "cn-anthropomorphic"};
    struct pack_check_result result = {0};
    struct err err = {0};
    size_t npacks = sizeof ours / sizeof ours[0];
    for (size_t i = 0; i < npacks; i++)
        cr_assert_eq(pack_check(policies, ours[i], &result, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(result.npacks, npacks);
    cr_assert_geq(result.nrules, 139);
    /* All of them together: no id, parameter or law of one gets into the way of another. */
    struct pack_set set;
    struct pack_request request = {.policy_dir = policies, .names = ours, .nnames = npacks};
    cr_assert_eq(pack_set_load(&request, &set, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(set.nrules, result.nrules);
    for (size_t i = 0; i < set.nrules; i++)
        cr_assert_not(set.rules[i]->basis == BASIS_MEMORY && set.rules[i]->verdict == VERDICT_DENY, "%s",
                      set.rules[i]->id);
    pack_set_finish(&set);
}

#define HEAD                                                                                                 \
    "{\"format\":\"provscan-pack-1\",\"id\":\"mine\",\"version\":\"1\",\"title\":{\"en\":\"t\",\"zh\":"      \
    "\"题\"},"                                                                                              \
    "\"description\":{\"en\":\"d\",\"zh\":\"述\"},\"laws\":{\"L\":{\"en\":\"l\",\"zh\":\"法\"}},"          \
    "\"extends\":[\"core\"],"
#define CITE "\"cite\":[{\"law\":\"L\",\"article\":\"1\",\"in_force\":\"2020-01-01\"}],"
#define CITE_LIST "\"cite\":[{\"law\":\"L\",\"article\":\"1\",\"in_force\":\"2020-01-01\"}]"
#define TEXTS                                                                                                \
    "\"title\":{\"en\":\"t\",\"zh\":\"题\"},\"reason\":{\"en\":\"r\",\"zh\":\"由\"},\"remedy\":{\"en\":"   \
    "\"m\","                                                                                                 \
    "\"zh\":\"法\"},"
#define EXAMPLES                                                                                             \
    "\"examples\":[{\"facts\":{\"personal\":1},\"expect\":\"not_conform\"},{\"facts\":{\"personal\":0},"     \
    "\"expect\":"                                                                                            \
    "\"conform\"},{\"facts\":{},\"expect\":\"undetermined\"}]"
#define RULE(id, level, test, verdict, basis)                                                                \
    "{\"id\":\"" id "\",\"level\":\"" level "\",\"fails_when\":\"" test "\",\"verdict\":\"" verdict          \
    "\",\"basis\":\"" basis "\"," CITE TEXTS EXAMPLES "}"
#define PACK(rules) HEAD "\"rules\":[" rules "]}"
#define GOOD RULE("mine.a", "source", "personal > 0", "deny", "primary")

/* Check a pack of this text, in a file of its own. */
static int
check(const char *text, struct err *err)
{
    char path[64];
    struct pack_check_result result = {0};
    (void)snprintf(path, sizeof path, "./mine-%d.json", (int)getpid());
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
    int status = pack_check(policies, path, &result, err);
    (void)unlink(path);
    return status;
}

Test(pack, takes_a_pack_of_a_user)
{
    struct err err = {0};
    cr_assert_eq(check(PACK(GOOD), &err), PROV_OK, "%s", err.text);
    cr_assert_eq(
        check(
            HEAD
            "\"set\":{\"core.duplicate_share_max\":{\"value\":0.2,\"reason\":{\"en\":\"r\",\"zh\":\"由\"}}},"
            "\"overrides\":[{\"rule\":\"core.secret\",\"verdict\":\"deny\",\"reason\":{\"en\":\"r\",\"zh\":"
            "\"由\"}}],\"rules\":[" GOOD "]}",
            &err),
        PROV_OK, "%s", err.text);
}

#define TITLE "\"title\":{\"en\":\"t\",\"zh\":\"题\"}"
#define OTHERWISE "\"otherwise\":{\"en\":\"o\",\"zh\":\"否\"}"
#define REASON "\"reason\":{\"en\":\"r\",\"zh\":\"由\"}"

/* A pack "mine" with a threshold and a reading, and one "ours" that extends it and sets one of them. */
static int
set_in_mine(const char *setting, struct err *err)
{
    static const char mine[] =
        HEAD "\"parameters\":{\"share_max\":{\"value\":0.05,\"tighter\":\"lower\"," TITLE
             "},\"sample_min\":{\"value\":4000,\"tighter\":\"higher\"," TITLE "},\"free\":{\"value\":1," TITLE
             "},\"reading\":{\"value\":\"narrow\",\"choices\":[\"narrow\",\"wide\"],"
             "\"tighter\":\"higher\"," TITLE "}},\"rules\":[" GOOD "]}";
    char folder[64], path[2][128], text[2048];
    struct pack_check_result result = {0};
    (void)snprintf(folder, sizeof folder, "set-%d", (int)getpid());
    (void)mkdir(folder, 0700);
    (void)snprintf(
        text, sizeof text,
        "{\"format\":\"provscan-pack-1\",\"id\":\"ours\",\"version\":\"1\"," TITLE
        ",\"description\":{\"en\":\"d\",\"zh\":\"述\"},\"laws\":{\"L\":{\"en\":\"l\",\"zh\":\"法\"}},"
        "\"extends\":[\"mine\"],\"set\":{%s}}",
        setting);
    const char *const texts[] = {mine, text}, *const names[] = {"mine", "ours"};
    for (int i = 0; i < 2; i++) {
        (void)snprintf(path[i], sizeof path[i], "%s/%s.json", folder, names[i]);
        FILE *file = fopen(path[i], "w");
        cr_assert(file && fputs(texts[i], file) >= 0 && fclose(file) == 0);
    }
    int status = pack_check(policies, path[1], &result, err);
    (void)unlink(path[0]);
    (void)unlink(path[1]);
    (void)rmdir(folder);
    return status;
}

Test(pack, loosens_a_threshold_only_where_a_law_goes_before)
{
    static const struct {
        const char *setting, *words; /* NULL: fine */
    } cases[] = {
        {"\"mine.share_max\":{\"value\":0.04," REASON "}", NULL},
        {"\"mine.share_max\":{\"value\":0.05," REASON "}", NULL},
        {"\"mine.share_max\":{\"value\":0.06," REASON "}", "loosens 'share_max'"},
        {"\"mine.share_max\":{\"value\":0.06,\"prevails\":true," REASON "}", "cite"},
        {"\"mine.share_max\":{\"value\":0.06,\"prevails\":true," REASON
         ",\"cite\":[{\"law\":\"L\",\"article\":\"1\",\"in_force\":\"2020-01-01\"}]}",
         NULL},
        {"\"mine.sample_min\":{\"value\":5000," REASON "}", NULL},
        {"\"mine.sample_min\":{\"value\":3999," REASON "}", "loosens 'sample_min'"},
        {"\"mine.free\":{\"value\":99," REASON "}", NULL},
        {"\"mine.reading\":{\"value\":\"wide\"," REASON "}", NULL},
        {"\"mine.reading\":{\"value\":\"wider\"," REASON "}", "none of the choices"},
        {"\"mine.share_max\":{\"value\":0.04}", "reason"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        int status = set_in_mine(cases[i].setting, &err);
        cr_assert_eq(status, cases[i].words ? PROV_E_POLICY : PROV_OK, "case %zu: %s", i, err.text);
        cr_assert(!cases[i].words || strstr(err.text, cases[i].words), "case %zu: %s", i, err.text);
    }
}

Test(pack, never_denies_from_memory_by_an_override_either)
{
    static const char memory[] =
        HEAD "\"rules\":[" RULE("mine.a", "source", "personal > 0", "review", "memory") "]}";
    static const char ours[] =
        "{\"format\":\"provscan-pack-1\",\"id\":\"over\",\"version\":\"1\"," TITLE
        ",\"description\":{\"en\":\"d\",\"zh\":\"述\"},\"laws\":{\"L\":{\"en\":\"l\",\"zh\":"
        "\"法\"}},\"extends\":[\"mine\"],\"overrides\":[{\"rule\":\"mine.a\",\"verdict\":\"deny\"," REASON
        "," CITE_LIST "}]}";
    struct pack_check_result result = {0};
    struct err err = {0};
    char folder[64], path[2][128];
    (void)snprintf(folder, sizeof folder, "memory-%d", (int)getpid());
    (void)mkdir(folder, 0700);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(path[i], sizeof path[i], "%s/%s.json", folder, i ? "over" : "mine");
        FILE *file = fopen(path[i], "w");
        cr_assert(file && fputs(i ? ours : memory, file) >= 0 && fclose(file) == 0);
    }
    cr_assert_eq(pack_check(policies, path[0], &result, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(pack_check(policies, path[1], &result, &err), PROV_E_POLICY);
    cr_assert(strstr(err.text, "rests on memory"), "%s", err.text);
    for (int i = 0; i < 2; i++)
        (void)unlink(path[i]);
    (void)rmdir(folder);
}

Test(pack, names_the_place_and_the_reason_of_each_mistake)
{
    static const struct {
        const char *text, *words[2];
    } cases[] = {
        {"", {"mine-", ""}},
        {"[]", {"object", ""}},
        {"{", {"mine-", ":1"}},
        {HEAD "\"licence\":1}", {"unknown key 'licence'", ""}},
        {"{\"format\":\"provscan-pack-9\"}", {"format", "provscan-pack-1"}},
        {"{\"format\":\"provscan-pack-1\",\"id\":\"Mine!\"}", {"id", "Mine!"}},
        {PACK(RULE("Mine", "source", "personal > 0", "deny", "primary")), {"rules[0].id", "Mine"}},
        {PACK(RULE("mine.a", "galaxy", "personal > 0", "deny", "primary")), {"rules[0].level", "galaxy"}},
        {PACK(RULE("mine.a", "source", "personal > 0", "allow", "primary")), {"rules[0].verdict", "allow"}},
        {PACK(RULE("mine.a", "source", "personal > 0", "deny", "memory")), {"rules[0].verdict", "memory"}},
        {PACK(RULE("mine.a", "source", "licence IS NULL", "deny", "primary")),
         {"rules[0].fails_when", "licence"}},
        {PACK(RULE("mine.a", "source", "personal >", "deny", "primary")), {"rules[0].fails_when", "syntax"}},
        {PACK(RULE("mine.a", "source", "count(personal) > 0", "deny", "primary")),
         {"rules[0].fails_when", "count"}},
        {PACK(RULE("mine.a", "source", "personal > :most", "deny", "primary")),
         {"rules[0].fails_when", ":most"}},
        {PACK(RULE("mine.a", "source", "personal > 0 -- x", "deny", "primary")),
         {"rules[0].fails_when", "x"}},
        {PACK(RULE("mine.a", "source", "personal > 1", "deny", "primary")), {"examples[0]", "mine.a"}},
        {PACK(RULE("mine.a", "source", "coalesce(personal, 0) > 0", "deny", "primary")),
         {"examples[2]", "conform"}},
        {PACK(GOOD "," GOOD), {"rules[1]", "taken"}},
        {PACK(RULE("core.secret", "source", "personal > 0", "deny", "primary")), {"core.secret", "taken"}},
        {HEAD "\"extends\":[\"core\"]}", {"extends", ""}},
        {HEAD "\"set\":{\"core.nothing\":{\"value\":1,\"reason\":{\"en\":\"r\",\"zh\":\"由\"}}}}",
         {"set", "nothing"}},
        {HEAD
         "\"set\":{\"core.duplicate_share_max\":{\"value\":\"x\",\"reason\":{\"en\":\"r\",\"zh\":\"由\"}}}}",
         {"set", "type"}},
        {HEAD "\"overrides\":[{\"rule\":\"core.source.bound\",\"verdict\":\"review\",\"reason\":{\"en\":"
              "\"r\",\"zh\":"
              "\"由\"}}]}",
         {"overrides[0]", "prevails"}},
        {HEAD "\"overrides\":[{\"rule\":\"core.source.bound\",\"verdict\":\"review\",\"prevails\":true,"
              "\"reason\":{\"en\":"
              "\"r\",\"zh\":\"由\"}}]}",
         {"overrides[0]", "cite"}},
        {HEAD "\"overrides\":[{\"rule\":\"no.rule\",\"verdict\":\"deny\",\"reason\":{\"en\":\"r\",\"zh\":"
              "\"由\"}}]}",
         {"overrides[0]", "no.rule"}},
        {HEAD "\"parameters\":{\"purpose\":{\"value\":1,\"title\":{\"en\":\"t\",\"zh\":\"题\"}}}}",
         {"purpose", "taken"}},
        {HEAD "\"parameters\":{\"a\":{\"title\":{\"en\":\"t\",\"zh\":\"题\"}}}}", {"parameters.a", "value"}},
        {HEAD "\"parameters\":{\"a\":{\"value\":\"x\",\"choices\":[\"y\",\"z\"]," TITLE "}}}",
         {"parameters.a", "choices"}},
        {HEAD "\"parameters\":{\"a\":{\"value\":\"x\",\"tighter\":\"lower\"," TITLE "}}}",
         {"tighter", "number"}},
        {HEAD "\"parameters\":{\"service\":{\"value\":1," TITLE "}}}", {"service", "taken"}},
        {HEAD "\"applies\":{\"when\":\"personal > 0\"," OTHERWISE "}}", {"applies.when", "parameters"}},
        {HEAD "\"applies\":{\"when\":\":servise = 1\"," OTHERWISE "}}", {"applies.when", "servise"}},
        {HEAD "\"applies\":{\"when\":\":service =\"," OTHERWISE "}}", {"applies.when", "syntax"}},
        {HEAD "\"applies\":{\"when\":\":service = 'public'\"}}", {"applies", "otherwise"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        cr_assert_eq(check(cases[i].text, &err), PROV_E_POLICY, "case %zu", i);
        cr_assert(strstr(err.text, "mine-"), "case %zu names its file: %s", i, err.text);
        for (size_t j = 0; j < 2; j++)
            cr_assert(strstr(err.text, cases[i].words[j]), "case %zu: '%s' in: %s", i, cases[i].words[j],
                      err.text);
    }
}

Test(pack, refuses_a_text_cut_anywhere)
{
    static const char text[] = PACK(GOOD);
    for (size_t size = 0; size + 1 < sizeof text - 1; size++) {
        struct pack pack;
        cr_assert_eq(pack_open_text("cut", (struct bytes){(const uint8_t *)text, size}, &pack, NULL),
                     PROV_E_POLICY);
        pack_finish(&pack);
    }
}

Test(pack, refuses_a_rule_without_one_of_its_parts)
{
    static const char *const keys[] = {"id",   "level", "fails_when", "verdict", "basis",
                                       "cite", "title", "reason",     "remedy",  "examples"};
    static const char text[] = PACK(GOOD);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char copy[sizeof text], quoted[32];
        struct pack pack;
        struct err err = {0};
        (void)snprintf(quoted, sizeof quoted, "\"%s\"", keys[i]);
        memcpy(copy, text, sizeof text);
        char *rule = strstr(copy, "\"rules\""), *at = strstr(rule, quoted);
        cr_assert_not_null(at);
        at[1] = 'X'; /* another key, and an unknown one */
        cr_assert_eq(pack_open_text("other", bytes_of(copy), &pack, &err), PROV_E_POLICY, "%s", keys[i]);
        cr_assert(strstr(err.text, "rules[0]"), "%s", err.text);
        pack_finish(&pack);
    }
}

Test(pack, days_are_days)
{
    static const char *const good[] = {"2024-02-29", "2000-02-29", "1999-12-31"};
    static const char *const bad[] = {"2023-02-29", "1900-02-29", "2020-13-01", "2020-00-01", "2020-01-32",
                                      "2020-1-1",   "2020-01-0x", "",           "20200101",   "2020-01-01 "};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_assert(pack_is_day(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_not(pack_is_day(bad[i]), "%s", bad[i]);
}

Test(pack, finds_circles_of_packs)
{
    struct pack_set set;
    struct err err = {0};
    char folder[64], path[128];
    (void)snprintf(folder, sizeof folder, "circle-%d", (int)getpid());
    (void)mkdir(folder, 0700);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof path, "%s/%c.json", folder, 'a' + i);
        FILE *file = fopen(path, "w");
        cr_assert_not_null(file);
        fprintf(file,
                "{\"format\":\"provscan-pack-1\",\"id\":\"%c\",\"version\":\"1\",\"title\":{\"en\":\"t\","
                "\"zh\":\"t\"},"
                "\"description\":{\"en\":\"t\",\"zh\":\"t\"},\"extends\":[\"%c\"]}",
                'a' + i, 'b' - i);
        (void)fclose(file);
    }
    (void)snprintf(path, sizeof path, "%s/a.json", folder);
    const char *const names[] = {path};
    struct pack_request request = {.policy_dir = policies, .names = names, .nnames = 1};
    cr_assert_eq(pack_set_load(&request, &set, &err), PROV_E_POLICY);
    cr_assert(strstr(err.text, "in a circle"), "%s", err.text);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/b.json", folder);
    (void)unlink(path);
    (void)rmdir(folder);
}

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
    struct pack_check_result result = {0};
    struct err err = {0};
    cr_assert_eq(pack_check(policies, "core", &result, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(pack_check(policies, "cn-genai", &result, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(result.npacks, 2);
    cr_assert_geq(result.nrules, 27);
}

#define HEAD                                                                                                 \
    "{\"format\":\"provscan-pack-1\",\"id\":\"mine\",\"version\":\"1\",\"title\":{\"en\":\"t\",\"zh\":"      \
    "\"题\"},"                                                                                              \
    "\"description\":{\"en\":\"d\",\"zh\":\"述\"},\"laws\":{\"L\":{\"en\":\"l\",\"zh\":\"法\"}},"          \
    "\"extends\":[\"core\"],"
#define CITE "\"cite\":[{\"law\":\"L\",\"article\":\"1\",\"in_force\":\"2020-01-01\"}],"
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
    cr_assert(strstr(err.text, "extends itself"), "%s", err.text);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/b.json", folder);
    (void)unlink(path);
    (void)rmdir(folder);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge on small stores: sources, licenses, unknowns, coverage. Each case is a sentence of the law or of
 * the design, with the store in which it must hold.
 */
#include "judge_store.h"

#include "policy/expression.h"

static const char one_source[] = "[{\"source\":{\"version\":\"1.0.0\",\"title\":\"Letters\",\"id\":\"s-1\","
                                 "\"issuer\":[{\"name\":\"Example\"}],"
                                 "\"description\":\"d\"},\"provenance\":{\"origin-geography\":[{\"country\":"
                                 "\"CN\"}],\"date\":\"2025-01-01\","
                                 "\"generation-method\":[{\"code\":\"other-na\"}]},"
                                 "\"use\":{\"intended-purpose\":[{\"code\":\"ai-pre-training\","
                                 "\"description\":\"d\"}],\"license\":[\"MIT\"]},"
                                 "\"provscan\":{\"match\":[\"**\"],\"kind\":\"open\"%s}}]";

/* The declaration with more members in its group provscan. */
static const char *
declare(const char *more)
{
    char text[4096];
    (void)snprintf(text, sizeof text, one_source, more);
    return file_of("test_judge.sources.json", text);
}

Test(judge, denies_what_no_declaration_covers)
{
    struct db *db = judge_store(TEXT_FILE(0, "a.txt", 10));
    struct judge_result result = judge_it(db, NULL, NULL);
    cr_assert_eq(result.verdict, VERDICT_DENY);
    cr_assert_eq(conformity(db, "core.source.bound"), CONFORMITY_NOT_CONFORM);
    cr_assert_eq(number(db, "SELECT undeclared_items FROM dataset_facts"), 1);
    db_close(db);
}

Test(judge, allows_a_clean_declared_dataset)
{
    struct db *db = judge_store(TEXT_FILE(0, "a.txt", 10) TEXT_FILE(1, "b.txt", 10));
    struct judge_result result = judge_under(db, "core", declare(""), "commercial");
    cr_assert_eq(result.verdict, VERDICT_ALLOW);
    cr_assert(result.complete);
    cr_assert_eq(result.nitems, 2);
    cr_assert_eq(
        number(db, "SELECT count(*) FROM item_facts WHERE license = 'MIT' AND license_from = 'source'"), 2);
    db_close(db);
}

Test(judge, never_allows_an_empty_dataset)
{
    struct db *db = judge_store("");
    struct judge_result result = judge_it(db, NULL, NULL);
    cr_assert_neq(result.verdict, VERDICT_ALLOW);
    cr_assert_not(result.complete);
    cr_assert_eq(conformity(db, "core.dataset.content"), CONFORMITY_NOT_CONFORM);
    db_close(db);
}

Test(judge, calls_a_scan_that_stopped_incomplete)
{
    struct db *db = judge_store(TEXT_FILE(0, "a.txt", 10)
                                    TEXT_FILE(1, "b.txt", 10) "UPDATE unit SET state = 2 WHERE id = 2;");
    struct judge_result result = judge_it(db, declare(""), NULL);
    cr_assert_not(result.complete);
    cr_assert_eq(result.verdict, VERDICT_REVIEW);
    cr_assert_eq(number(db, "SELECT bytes_unreadable FROM dataset_facts"), 10);
    cr_assert_eq(number(db, "SELECT reason = 'not_scanned' FROM unit_ledger WHERE unit = 1"), 1);
    db_close(db);
    db = judge_store(TEXT_FILE(0, "a.txt", 10) "UPDATE meta SET value = '0' WHERE key = 'crawl.complete';");
    cr_assert_not(judge_it(db, declare(""), NULL).complete);
    db_close(db);
}

Test(judge, accounts_for_every_byte_on_disk)
{
    struct db *db =
        judge_store(TEXT_FILE(0, "a.txt", 100) TEXT_FILE(1, "short.txt", 100) TEXT_FILE(2, "skipped.bak", 30)
                        TEXT_FILE(3, "alias", 20)
                            TEXT_FILE(4, "locked", 7) "UPDATE item SET size = 60 WHERE unit = 2;" FACT(
                                1, 0, 0, 0, "fs.io_error", 0,
                                1) "UPDATE unit SET kind = 5, rule = '--exclude *.bak' WHERE id = 3; DELETE "
                                   "FROM item WHERE unit = 3;"
                                   "UPDATE unit SET kind = 4 WHERE id = 4; DELETE FROM item WHERE unit = 4;"
                                   "UPDATE unit SET kind = 6 WHERE id = 5; UPDATE item SET size = 0, flags = "
                                   "64 WHERE unit = 5;" FACT(4, 0, 0, 0, "fs.permission", 0, 1));
    (void)judge_it(db, NULL, NULL);
    cr_assert_eq(number(db, "SELECT bytes FROM dataset_facts"), 257);
    cr_assert_eq(
        number(db, "SELECT bytes_read + bytes_alias + bytes_skipped + bytes_unreadable FROM dataset_facts"),
        257);
    cr_assert_eq(number(db, "SELECT bytes_read FROM dataset_facts"), 160);
    cr_assert_eq(
        number(db, "SELECT bytes_unreadable = 40 AND reason = 'fs.io_error' FROM unit_ledger WHERE unit = 1"),
        1);
    cr_assert_eq(
        number(db,
               "SELECT bytes_unreadable = 7 AND reason = 'fs.permission' FROM unit_ledger WHERE unit = 4"),
        1);
    cr_assert_eq(number(db, "SELECT count(*) FROM unit_ledger WHERE bytes <> bytes_read + bytes_alias + "
                            "bytes_skipped + bytes_unreadable"),
                 0);
    db_close(db);
}

Test(judge, takes_the_license_of_the_nearest_folder_through_archives)
{
    struct db *db = judge_store(
        TEXT_FILE(0, "LICENSE", 10) FACT(0, 0, 0, 2, "MIT", 7, 1) TEXT_FILE(1, "src/a.c", 10)
            FILE_UNIT(2, "v/x.tar", 99) ITEM(2, 0, 1, "", 99, "application/x-tar")
                ITEM(2, 1, 16, "lib/COPYING", 5, "text/plain") FACT(2, 1, 0, 2, "GPL-3.0-only", 7, 1)
                    ITEM(2, 2, 16, "lib/deep/b.c", 5, "text/x-c") ITEM(2, 3, 16, "c.c", 5, "text/x-c")
                        ITEM(2, 4, 16, "lib/own.c", 5, "text/x-c") FACT(2, 4, 0, 2, "Apache-2.0", 8, 1));
    (void)judge_it(db, NULL, NULL);
    cr_assert_eq(
        number(db, "SELECT license = 'MIT' AND license_from = 'folder' FROM item_facts WHERE unit = 1"), 1);
    cr_assert_eq(number(db, "SELECT license = 'GPL-3.0-only' FROM item_facts WHERE unit = 2 AND item = 2"),
                 1);
    cr_assert_eq(number(db, "SELECT license = 'MIT' FROM item_facts WHERE unit = 2 AND item = 3"), 1);
    static const char who[] = "SELECT speaks.ordinal * 100 + license_item FROM item_sum CROSS JOIN unit ON unit.id = unit"
                              " CROSS JOIN unit AS speaks ON speaks.id = license_unit WHERE unit.ordinal * 100 + item = ";
    char sql[sizeof who + 8];
    static const int expected[][2] = {{100, 0}, {202, 201}, {203, 0}};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        (void)snprintf(sql, sizeof sql, "%s%d", who, expected[i][0]);
        cr_assert_eq(number(db, sql), expected[i][1], "item %d", expected[i][0]);
    }
    cr_assert_eq(number(db, "SELECT license = 'Apache-2.0' AND license_from = 'item' FROM item_facts WHERE "
                            "unit = 2 AND item = 4"),
                 1);
    db_close(db);
}

Test(judge, joins_all_licenses_of_a_folder_and_never_lets_an_unclear_one_fall_through)
{
    struct db *db = judge_store(
        TEXT_FILE(0, "LICENSE", 10) FACT(0, 0, 0, 2, "MIT", 7, 1) TEXT_FILE(1, "d/LICENSE-A", 10)
            FACT(1, 0, 0, 2, "Zlib", 7, 1) TEXT_FILE(2, "d/LICENSE-B", 10)
                FACT(2, 0, 0, 2, "Apache-2.0", 7, 1) TEXT_FILE(3, "d/x.c", 10) TEXT_FILE(4, "e/LICENSE", 10)
                    FACT(4, 0, 0, 2, "BSD-3-Clause", 5, 1) TEXT_FILE(5, "e/y.c", 10));
    (void)judge_it(db, NULL, NULL);
    cr_assert_eq(number(db, "SELECT license = 'Apache-2.0 AND Zlib' FROM item_facts WHERE unit = 3"), 1);
    cr_assert_eq(number(db, "SELECT license IS NULL FROM item_facts WHERE unit = 5"), 1);
    cr_assert_eq(number(db, "SELECT license_unclear FROM item_facts WHERE unit = 4"), 1);
    db_close(db);
}

Test(judge, does_not_let_a_record_speak_for_its_file)
{
    struct db *db = judge_store(FILE_UNIT(0, "r.jsonl", 100) ITEM(0, 0, 16, "", 100, "application/jsonl")
                                    FACT(0, 0, 0, 2, "MIT", 8, 1));
    (void)judge_it(db, NULL, NULL);
    cr_assert_eq(number(db, "SELECT license IS NULL FROM item_facts WHERE unit = 0"), 1);
    db_close(db);
}

Test(judge, weighs_the_license_against_the_purpose)
{
    static const struct {
        const char *license, *purpose;
        int64_t expected;
    } cases[] = {
        {"CC-BY-NC-4.0", "commercial", CONFORMITY_NOT_CONFORM},
        {"CC-BY-NC-4.0", "research", CONFORMITY_CONFORM},
        {"CC-BY-NC-4.0", NULL, CONFORMITY_UNDETERMINED},
        {"CC-BY-ND-4.0", "commercial", CONFORMITY_NOT_CONFORM},
        {"MIT", "commercial", CONFORMITY_CONFORM},
        {"MIT", NULL, CONFORMITY_CONFORM},
        {"MIT OR CC-BY-NC-4.0", "commercial", CONFORMITY_CONFORM},
        {"MIT AND CC-BY-NC-4.0", "commercial", CONFORMITY_NOT_CONFORM},
        {"LicenseRef-own-terms", "commercial", CONFORMITY_UNDETERMINED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char sql[2048];
        (void)snprintf(sql, sizeof sql,
                       "%s INSERT INTO fact (unit, item, ordinal, kind, code, level, score, count) VALUES "
                       "(1,0,0,2,'%s',8,0,1);",
                       TEXT_FILE(0, "a.c", 10), cases[i].license);
        struct db *db = judge_store(sql);
        (void)judge_it(db, NULL, cases[i].purpose);
        cr_assert_eq(conformity(db, "core.license.purpose"), cases[i].expected, "%s for %s", cases[i].license,
                     cases[i].purpose ? cases[i].purpose : "no purpose");
        db_close(db);
    }
}

Test(judge, finds_a_license_that_contradicts_the_declaration)
{
    struct db *db = judge_store(TEXT_FILE(0, "a.c", 10) FACT(0, 0, 0, 2, "GPL-3.0-only", 8, 1)
                                    TEXT_FILE(1, "b.c", 10) FACT(1, 0, 0, 2, "mit", 8, 1));
    (void)judge_it(db, declare(""), "commercial");
    cr_assert_eq(number(db, "SELECT license_conflict FROM item_facts WHERE unit = 0"), 1);
    cr_assert_eq(number(db, "SELECT license_conflict FROM item_facts WHERE unit = 1"), 0);
    cr_assert_eq(conformity(db, "core.license.conflict"), CONFORMITY_NOT_CONFORM);
    db_close(db);
}

Test(judge, wants_a_ground_for_personal_data)
{
    static const char store[] =
        TEXT_FILE(0, "a.txt", 10) FACT(0, 0, 0, 1, "email", 4, 2) TEXT_FILE(1, "b.txt", 10);
    struct db *db = judge_store(store);
    cr_assert_eq(judge_it(db, declare(""), "commercial").verdict, VERDICT_DENY);
    cr_assert_eq(conformity(db, "cn.pi.basis"), CONFORMITY_NOT_CONFORM);
    cr_assert_eq(
        number(db,
               "SELECT unit FROM evidence JOIN rule ON rule.ordinal = rule WHERE rule.id = 'cn.pi.basis'"),
        1);
    cr_assert_eq(
        number(
            db,
            "SELECT count(*) FROM evidence JOIN rule ON rule.ordinal = rule WHERE rule.id = 'cn.pi.basis'"),
        1);
    (void)judge_it(db, declare(",\"lawful_basis\":{\"pipl_art13\":[\"1\"]}"), "commercial");
    cr_assert_eq(conformity(db, "cn.pi.basis"), CONFORMITY_CONFORM);
    cr_assert_eq(conformity(db, "cn.pi.public"), CONFORMITY_NOT_APPLICABLE);
    (void)judge_it(db, declare(",\"lawful_basis\":{\"pipl_art13\":[\"6\"]}"), "commercial");
    cr_assert_eq(conformity(db, "cn.pi.public"), CONFORMITY_NOT_CONFORM);
    db_close(db);
}

Test(judge, knows_children_by_the_additional_fact_of_a_detector)
{
    struct db *db = judge_store(TEXT_FILE(0, "a.txt", 10) FACT(0, 0, 0, 1, "cn.resident_id", 5, 1)
                                    FACT(0, 0, 1, 1, "cn.resident_id.under14", 5, 1));
    (void)judge_it(db, declare(",\"lawful_basis\":{\"pipl_art13\":[\"1\"]}"), "commercial");
    cr_assert_eq(number(db, "SELECT minors_under_14 FROM source_facts WHERE source = 1"), 1);
    cr_assert_eq(conformity(db, "cn.pi.under14"), CONFORMITY_NOT_CONFORM);
    db_close(db);
}

Test(judge, says_not_known_of_what_could_not_be_searched)
{
    struct db *db =
        judge_store(TEXT_FILE(0, "a.txt", 10) FILE_UNIT(1, "i.png", 10) ITEM(1, 0, 0, "", 10, "image/png"));
    cr_assert_eq(judge_it(db, declare(""), "commercial").verdict, VERDICT_REVIEW);
    cr_assert_eq(number(db, "SELECT personal IS NULL FROM item_facts WHERE unit = 1"), 1);
    cr_assert_eq(number(db, "SELECT personal = 0 FROM item_facts WHERE unit = 0"), 1);
    cr_assert_eq(number(db, "SELECT personal IS NULL FROM dataset_facts"), 1);
    cr_assert_eq(conformity(db, "cn.pi.basis"), CONFORMITY_UNDETERMINED);
    cr_assert_eq(
        number(db,
               "SELECT unit FROM evidence JOIN rule ON rule.ordinal = rule WHERE rule.id = 'cn.pi.basis'"),
        2);
    db_close(db);
}

Test(judge, counts_repeated_content_once)
{
    struct db *db = judge_store(TEXT_FILE(0, "a", 10) TEXT_FILE(1, "b", 10)
                                    TEXT_FILE(2, "c", 10) "UPDATE item SET sha256 = zeroblob(32);");
    (void)judge_it(db, declare(""), NULL);
    cr_assert_eq(number(db, "SELECT duplicate_items FROM dataset_facts"), 2);
    cr_assert_eq(number(db, "SELECT duplicate_bytes FROM dataset_facts"), 20);
    cr_assert_eq(number(db, "SELECT first_unit = 0 AND last_unit = 2 FROM duplicate"), 1);
    cr_assert_eq(conformity(db, "core.duplicates.exact"), CONFORMITY_NOT_CONFORM);
    db_close(db);
}

Test(judge, leaves_the_declaration_itself_out_of_the_content)
{
    struct db *db =
        judge_store(TEXT_FILE(0, "provscan.sources.json", 10) TEXT_FILE(1, "sub/provscan.sources.json", 10));
    (void)judge_it(db, NULL, NULL);
    cr_assert_eq(number(db, "SELECT content_items FROM dataset_facts"), 1);
    cr_assert_eq(number(db, "SELECT sum(is_content) FROM item_facts"), 1);
    db_close(db);
}

/* The totals are made in C and the views in SQL: they must agree. */
Test(judge, totals_agree_with_the_view_of_items)
{
    struct db *db = judge_store(
        TEXT_FILE(0, "a.txt", 10) FACT(0, 0, 0, 1, "email", 4, 2) FACT(0, 0, 1, 1, "email", 3, 1)
            FACT(0, 0, 2, 1, "cn.resident_id", 5, 3) TEXT_FILE(1, "LICENSE", 5)
                FACT(1, 0, 0, 2, "CC-BY-NC-ND-4.0", 7, 1) FILE_UNIT(2, "i.png", 10)
                    ITEM(2, 0, 0, "", 10, "image/png") TEXT_FILE(3, "k.txt", 10)
                        FACT(3, 0, 0, 1, "secret.github_ghp", 5, 1) FACT(3, 0, 1, 0, "text.nul_bytes", 0, 4)
                            FILE_UNIT(4, "p.bin", 9) ITEM(4, 0, 2, "", 9, "application/octet-stream")
                                FACT(4, 0, 0, 0, "archive.truncated", 0, 1));
    (void)judge_it(db, NULL, NULL);
    static const char *const pairs[][2] = {
        {"content_items", "sum(is_content)"},
        {"content_bytes", "sum(is_content * size)"},
        {"unsearched_items", "sum(NOT is_searched)"},
        {"unsearched_bytes", "sum(CASE WHEN is_searched THEN 0 ELSE size END)"},
        {"personal", "sum(coalesce(personal, 0))"},
        {"sensitive", "sum(coalesce(sensitive, 0))"},
        {"personal_possible", "sum(coalesce(personal_possible, 0))"},
        {"secrets", "sum(coalesce(secrets, 0))"},
        {"defect_items", "sum(defects > 0)"},
        {"damaged_items", "sum(damaged > 0)"},
        {"unread_items", "sum(unread > 0)"},
        {"partial_items", "sum(is_partial)"},
        {"image_items", "sum(is_content AND type LIKE 'image/%')"},
        {"license_unknown_items", "sum(is_content AND license IS NULL)"},
        {"noncommercial_items", "sum(is_content AND coalesce(license_commercial, 1) = 0)"},
        {"no_derivatives_items", "sum(is_content AND coalesce(license_derivatives, 1) = 0)"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char sql[512];
        (void)snprintf(sql, sizeof sql,
                       "SELECT (SELECT sum(%s) FROM source_sum) = (SELECT %s FROM item_facts)", pairs[i][0],
                       pairs[i][1]);
        cr_assert_eq(number(db, sql), 1, "%s", pairs[i][0]);
    }
    cr_assert_gt(number(db, "SELECT sum(secrets) FROM source_sum"), 0, "the detector is still called so");
    db_close(db);
}

Test(judge, counts_by_what_identifiers_are)
{
    struct db *db = judge_store(TEXT_FILE(0, "a.txt", 10) FACT(0, 0, 0, 1, "cn.resident_id", 5, 3) FACT(
        0, 0, 1, 1, "financial.card", 4, 2) FACT(0, 0, 2, 1, "email", 4, 7) FACT(0, 0, 3, 1, "gb.nhs", 4, 1));
    (void)judge_it(db, NULL, NULL);
    cr_assert_eq(number(db, "SELECT personal FROM dataset_facts"), 13);
    cr_assert_eq(number(db, "SELECT identity FROM dataset_facts"), 3);
    cr_assert_eq(number(db, "SELECT sensitive FROM dataset_facts"), 3);
    cr_assert_eq(number(db, "SELECT financial FROM dataset_facts"), 2);
    db_close(db);
}

Test(judge, knows_an_image_named_like_an_identity_card)
{
    struct db *db = judge_store(FILE_UNIT(0, "scans/IDCard_01.jpg", 9) ITEM(0, 0, 0, "", 9, "image/jpeg")
                                    FILE_UNIT(1, "b.jpg", 9) ITEM(1, 0, 0, "", 9, "image/jpeg")
                                        TEXT_FILE(2, "idcard.txt", 3)
                                            FILE_UNIT(3, "\xe8\xba\xab\xe4\xbb\xbd\xe8\xaf\x81.png", 9)
                                                ITEM(3, 0, 0, "", 9, "image/png"));
    (void)judge_it(db, NULL, NULL);
    cr_assert_eq(number(db, "SELECT group_concat(unit, '') = '03' FROM item_facts WHERE idcard_image"), 1);
    db_close(db);
}

/* The scope of the same dataset, declared in the object form. */
static struct judge_result
judge_scoped(struct db *db, const char *pack, const char *scope)
{
    char text[8192];
    const char *array = declare(",\"lawful_basis\":{\"pipl_art13\":[\"1\"]}");
    char sources[4096] = "";
    FILE *file = fopen(array, "r");
    cr_assert(file && fread(sources, 1, sizeof sources - 1, file) > 0 && fclose(file) == 0);
    (void)snprintf(text, sizeof text, "{\"scope\":%s,\"sources\":%s}", scope, sources);
    return judge_under(db, pack, file_of("test_judge.sources.json", text), "commercial");
}

Test(judge, leaves_a_pack_out_where_the_scope_says_so)
{
    static const struct {
        const char *scope;
        bool applies;
    } cases[] = {
        {"{}", true},
        {"{\"service\":\"public\"}", true},
        {"{\"service\":\"internal\"}", false},
        {"{\"service\":\"internal\",\"b2b_api\":true}", true},
        {"{\"service\":\"public\",\"markets\":[\"EU\"]}", false},
        {"{\"service\":\"public\",\"markets\":[\"EU\",\"CN\"]}", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct db *db = judge_store(TEXT_FILE(0, "a.txt", 10));
        (void)judge_scoped(db, "cn-genai", cases[i].scope);
        cr_assert_eq(conformity(db, "cn.assess.complete") != CONFORMITY_NOT_APPLICABLE, cases[i].applies,
                     "%s", cases[i].scope);
        cr_assert_eq(number(db, "SELECT applies FROM pack WHERE id = 'cn-genai'"), cases[i].applies);
        cr_assert_neq(conformity(db, "cn.pi.basis"), CONFORMITY_NOT_APPLICABLE, "the PIPL stays");
        cr_assert_eq(conformity(db, "core.license.known"), CONFORMITY_CONFORM, "and so does copyright");
        db_close(db);
    }
}

Test(judge, counts_the_days_that_evidence_has_left)
{
    /* judged as of 2026-06-01 */
    static const struct {
        const char *until;
        int64_t days, expired, expiring;
    } cases[] = {
        {"2026-05-31", -1, CONFORMITY_NOT_CONFORM, CONFORMITY_NOT_APPLICABLE},
        {"2026-06-01", 0, CONFORMITY_CONFORM, CONFORMITY_NOT_CONFORM},
        {"2026-06-30", 29, CONFORMITY_CONFORM, CONFORMITY_NOT_CONFORM},
        {"2026-07-01", 30, CONFORMITY_CONFORM, CONFORMITY_CONFORM},
        {"2028-03-01", 639, CONFORMITY_CONFORM, CONFORMITY_CONFORM},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char more[160];
        struct db *db = judge_store(TEXT_FILE(0, "a.txt", 10));
        (void)snprintf(more, sizeof more,
                       ",\"evidence\":[{\"type\":\"license\",\"path\":\"none\",\"valid_to\":\"%s\"}]",
                       cases[i].until);
        (void)judge_under(db, "core", declare(more), NULL);
        cr_assert_eq(number(db, "SELECT evidence_days_left FROM source_facts WHERE source = 1"),
                     cases[i].days);
        cr_assert_eq(conformity(db, "core.evidence.expired"), cases[i].expired, "%s", cases[i].until);
        cr_assert_eq(conformity(db, "core.evidence.expiring"), cases[i].expiring, "%s", cases[i].until);
        cr_assert_eq(conformity(db, "core.evidence.digest"), CONFORMITY_NOT_CONFORM, "the file is not there");
        db_close(db);
    }
}

Test(judge, shares_of_sources_are_of_content_bytes)
{
    char text[4096];
    struct db *db =
        judge_store(TEXT_FILE(0, "a.txt", 30) TEXT_FILE(1, "b.txt", 60) TEXT_FILE(2, "c.txt", 10));
    (void)snprintf(
        text, sizeof text,
        "[{\"provscan\":{\"match\":[\"a.txt\"],\"kind\":\"open\",\"origin_is_foreign\":true}},"
        "{\"provscan\":{\"match\":[\"b.txt\"],\"kind\":\"open\"},\"provenance\":{\"origin-geography\":"
        "[{\"country\":\"DE\"},{\"country\":\"CN\"}]}},"
        "{\"provscan\":{\"match\":[\"c.txt\"],\"kind\":\"synthetic\"}}]");
    (void)judge_it(db, file_of("test_judge.sources.json", text), NULL);
    cr_assert_eq(number(db, "SELECT round(foreign_open_share * 100) FROM dataset_facts"), 30);
    cr_assert_eq(number(db, "SELECT open_origin_unknown_share = 0 FROM dataset_facts"), 1);
    cr_assert_eq(number(db, "SELECT round(synthetic_share * 100) FROM dataset_facts"), 10);
    cr_assert_eq(number(db, "SELECT text_sources FROM dataset_facts"), 3);
    cr_assert_eq(conformity(db, "cn.src.foreign-share"), CONFORMITY_CONFORM, "30 % are not more than 30 %");
    db_close(db);
}

Test(judge, weighs_reservations_of_rights)
{
    struct db *db = judge_store(
        TEXT_FILE(0, "reserved.html", 10) FACT(0, 0, 0, 4, "reservation.tdm", 4, 1)
            TEXT_FILE(1, "allowed.html", 10) FACT(1, 0, 0, 4, "reservation.tdm", 1, 1)
                TEXT_FILE(2, "unknown.html", 10) FACT(2, 0, 0, 4, "reservation.content_usage", 2, 1)
                    TEXT_FILE(3, "noai.html", 10) FACT(3, 0, 0, 4, "reservation.noai", 4, 1)
                        TEXT_FILE(4, "robots.txt", 10) FACT(4, 0, 0, 4, "reservation.robots", 4, 1)
                            TEXT_FILE(5, "page.html", 10) FACT(5, 0, 0, 4, "source.url", 0, 1)
                                FILE_UNIT(6, "i.png", 10) ITEM(6, 0, 0, "", 10, "image/png"));
    (void)judge_under(db, "eu-ai-act", declare(""), "commercial");
    cr_expect_eq(conformity(db, "eu.optout.found"), CONFORMITY_NOT_CONFORM);
    cr_expect_eq(conformity(db, "eu.optout.unofficial"), CONFORMITY_NOT_CONFORM);
    cr_expect_eq(number(db, "SELECT sum(unit) FROM item_facts WHERE reserved = 1"), 0);
    cr_expect_eq(number(db, "SELECT count(*) FROM item_facts WHERE reserved = 1"), 1);
    cr_expect_eq(number(db, "SELECT sum(unit) FROM item_facts WHERE reserved_unofficial = 1"), 2 + 3);
    cr_expect_eq(number(db, "SELECT count(*) FROM item_facts WHERE reserved IS NULL"), 1, "the image");
    cr_expect_eq(number(db, "SELECT reserved_items FROM dataset_facts"), 1);
    cr_expect_eq(number(db, "SELECT reserved_unofficial_items FROM dataset_facts"), 2);
    db_close(db);
}

Test(judge, documents_every_column_of_its_views)
{
    struct db *db = judge_store("");
    (void)judge_it(db, NULL, NULL);
    for (int level = 0; level < RULE_LEVEL_COUNT; level++) {
        char sql[128];
        struct db_statement *statement = NULL;
        (void)snprintf(sql, sizeof sql, "SELECT * FROM %s", rule_level_view((enum rule_level)level));
        cr_assert_eq(db_prepare(db, sql, &statement, NULL), PROV_OK);
        size_t first = level == RULE_ITEM; /* unit_id is the judge's own */
        size_t ncolumns = (size_t)db_ncolumns(statement);
        for (size_t i = first; i < ncolumns; i++) {
            const struct fact_column *column = fact_column_at((enum rule_level)level, i - first);
            cr_assert_not_null(column, "%s.%s is not in facts.def", sql, db_column_name(statement, (int)i));
            cr_assert_str_eq(column->name, db_column_name(statement, (int)i));
        }
        cr_assert_null(fact_column_at((enum rule_level)level, ncolumns - first));
        db_finish(statement);
    }
    db_close(db);
}

Test(judge, leaves_the_last_judgement_when_a_policy_is_wrong)
{
    static const char *const policies[] = {"no-such-pack"};
    struct db *db = judge_store(TEXT_FILE(0, "a.txt", 10));
    struct judge_result result = judge_it(db, NULL, NULL), again = {0};
    struct err err = {0};
    struct judge_options options = {
        .policy_dir = SOURCE_DIR "/policies", .policies = policies, .npolicies = 1};
    cr_assert_eq(judge_run(db, &options, &again, &err), PROV_E_USAGE);
    cr_assert(strstr(err.text, "no-such-pack"));
    cr_assert_eq(judge_result_read(db, &again, NULL), PROV_OK);
    cr_assert_eq(again.verdict, result.verdict);
    db_close(db);
}

/* Judge by a pack with one rule of this level and test. */
static int
judge_by_rule(struct db *db, const char *level, const char *test, struct err *err)
{
    static const char pack[] =
        "{\"format\":\"provscan-pack-1\",\"id\":\"mine\",\"version\":\"1\",\"title\":{\"en\":\"t\",\"zh\":"
        "\"t\"},"
        "\"description\":{\"en\":\"d\",\"zh\":\"d\"},\"laws\":{\"L\":{\"en\":\"l\",\"zh\":\"l\"}},\"rules\":["
        "{\"id\":\"mine.rule\",\"level\":\"%s\",\"fails_when\":\"%s\",\"verdict\":\"deny\",\"basis\":"
        "\"primary\","
        "\"cite\":[{\"law\":\"L\",\"article\":\"1\",\"in_force\":\"2020-01-01\"}],\"title\":{\"en\":\"t\","
        "\"zh\":\"t\"},"
        "\"reason\":{\"en\":\"r\",\"zh\":\"r\"},\"remedy\":{\"en\":\"m\",\"zh\":\"m\"},"
        "\"examples\":[{\"facts\":{},\"expect\":\"undetermined\"}]}]}";
    char text[8192], path[128];
    struct judge_result result;
    (void)snprintf(text, sizeof text, pack, level, test);
    (void)snprintf(path, sizeof path, "./%s", file_of("mine.json", text));
    const char *policy = path;
    struct judge_options options = {
        .policy_dir = SOURCE_DIR "/policies", .policies = &policy, .npolicies = 1};
    int status = judge_run(db, &options, &result, err);
    (void)unlink(path);
    return status;
}

Test(judge, refuses_a_rule_that_could_take_too_many_steps)
{
    static const char *const levels[] = {"item", "source", "dataset"};
    char list[4096] = "items IN (1";
    for (int i = 2; strlen(list) < 3900; i++)
        (void)snprintf(list + strlen(list), sizeof list - strlen(list), ",%d", i);
    strcat(list, ")");
    for (int i = 0; i < 3; i++) {
        struct db *db = judge_store(TEXT_FILE(0, "a.txt", 10));
        struct judge_result before = judge_it(db, NULL, NULL), after = {0};
        struct err err = {0};
        memcpy(list, i ? "items" : "item ", 5);
        cr_assert_eq(judge_by_rule(db, levels[i], list, &err), PROV_E_POLICY, "%s: %s", levels[i], err.text);
        cr_assert(strstr(err.text, "mine.json:1: rules[0].fails_when: takes up to") &&
                      strstr(err.text, "2000"),
                  "%s", err.text);
        cr_assert_eq(judge_result_read(db, &after, NULL), PROV_OK);
        cr_assert_eq(after.verdict, before.verdict, "the last judgement is kept");
        db_close(db);
    }
}

Test(judge, ends_with_the_name_of_a_rule_whose_values_grow_too_large)
{
    char doubled[4096] = "size >= 0 AND length('0123456789012345678901234567890123456789'";
    for (int i = 0; i < 150; i++)
        strcat(doubled, " || type");
    strcat(doubled, ") > 0");
    struct db *db = judge_store(TEXT_FILE(0, "a.txt", 10) "UPDATE item SET type = hex(zeroblob(5000));");
    struct judge_result before = judge_it(db, NULL, NULL), after = {0};
    struct err err = {0};
    cr_assert_eq(judge_by_rule(db, "item", doubled, &err), PROV_E_POLICY, "%s", err.text);
    cr_assert(strstr(err.text, "rule 'mine.rule'") && strstr(err.text, "too big"), "%s", err.text);
    cr_assert_eq(judge_result_read(db, &after, NULL), PROV_OK);
    cr_assert_eq(after.verdict, before.verdict, "the last judgement is kept");
    db_close(db);
}

Test(judge, keeps_the_declaration_for_the_next_judgement_when_asked_to)
{
    static const char *const policies[] = {"core"};
    struct db *db = judge_store(TEXT_FILE(0, "a.txt", 10));
    struct judge_result result = judge_under(db, "core", declare(""), "commercial");
    cr_assert_eq(result.verdict, VERDICT_ALLOW);
    struct judge_options options = {.policy_dir = SOURCE_DIR "/policies",
                                    .policies = policies,
                                    .npolicies = 1,
                                    .purpose = "commercial",
                                    .keep_sources = true};
    cr_assert_eq(judge_run(db, &options, &result, NULL), PROV_OK);
    cr_assert_eq(result.verdict, VERDICT_ALLOW);
    options.keep_sources = false;
    cr_assert_eq(judge_run(db, &options, &result, NULL), PROV_OK);
    cr_assert_eq(result.verdict, VERDICT_DENY);
    db_close(db);
}

Test(judge, refuses_options_that_make_no_sense)
{
    struct db *db = judge_store("");
    struct judge_result result;
    struct err err = {0};
    struct judge_options options = {.policy_dir = SOURCE_DIR "/policies", .purpose = "fun"};
    cr_assert_eq(judge_run(db, &options, &result, &err), PROV_E_USAGE);
    options = (struct judge_options){.policy_dir = SOURCE_DIR "/policies", .as_of = "2026-02-30"};
    cr_assert_eq(judge_run(db, &options, &result, NULL), PROV_E_USAGE);
    cr_assert_eq(judge_result_read(db, &result, NULL), PROV_E_USAGE);
    db_close(db);
}

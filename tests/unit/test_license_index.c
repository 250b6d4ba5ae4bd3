/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index and the matching of texts, on licenses made up here: no text of a real license is needed.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "inspect/license_index.h"
#include "inspect/license_template.h"
#include "inspect/license_texts.h"

/* Sixty words that no license uses, so that tests see only what they put in. */
#define BODY_A                                                                                               \
    "every keeper of this clockwork may wind it open it and carry it over the hill as long as the brass plate " \
    "stays fixed below the dial and the name of the first maker can be read by lamplight nobody answers for "  \
    "springs that snap wheels that slip or hours that are lost while the keeper waits for noon to strike again"
#define BODY_B                                                                                               \
    "whoever borrows a boat from the quay shall return it dry with both oars and the rope coiled to the left "  \
    "the harbour master lends without promise of calm seas or honest winds and takes no part in quarrels that " \
    "begin ashore a borrower must not sell the boat nor paint it green unless the harbour master agrees first"

static const char *const documents[] = {
    "<SPDXLicenseCollection><license licenseId='Clock-1.0' name='Clock License 1.0' isOsiApproved='true'>"
    "<crossRefs><crossRef> https://clock.example/license </crossRef></crossRefs><notes>never matched at all</notes>"
    "<text><titleText><p>Clock License</p></titleText><copyrightText><p>Copyright (c) &lt;year&gt; A</p></copyrightText>"
    "<p>" BODY_A " <optional>kindly and slowly</optional> <alt match='.+' name='x'>the maker</alt> keeps the key "
    "in a drawer beside the window and nowhere else</p></text></license></SPDXLicenseCollection>",
    "<SPDXLicenseCollection><license licenseId='Boat-1.0-only' name='Boat License v1.0 only'>"
    "<text><p>" BODY_B "</p></text></license></SPDXLicenseCollection>",
    "<SPDXLicenseCollection><license licenseId='Boat-1.0-or-later' name='Boat License v1.0 or later'>"
    "<text><p>" BODY_B "</p></text></license></SPDXLicenseCollection>",
    "<SPDXLicenseCollection><license licenseId='Boat-1.0' name='Boat License v1.0' deprecatedVersion='1.0'>"
    "<obsoletedBys><obsoletedBy>Boat-1.0-only</obsoletedBy></obsoletedBys>"
    "<text><p>" BODY_B "</p></text></license></SPDXLicenseCollection>",
};
enum { NDOCUMENTS = sizeof documents / sizeof documents[0] };

struct fixture {
    struct arena arena;
    struct buf file;
    struct license_index index;
    struct license_finder *finder;
    struct license_tokens tokens;
    const struct license_text *texts;
    size_t ntexts;
};

static void
setup(struct fixture *fixture)
{
    struct license_template templates[NDOCUMENTS];
    uint8_t digest[32] = {1, 2, 3};
    struct err err = {0};
    *fixture = (struct fixture){0};
    for (size_t i = 0; i < NDOCUMENTS; i++)
        cr_assert_eq(license_template_read(bytes_of(documents[i]), &fixture->arena, &templates[i], &err), PROV_OK,
                     "%s", err.text);
    const struct license_index_source source = {
        .templates = templates, .ntemplates = NDOCUMENTS, .corpus = "test", .release = "7", .sha256 = digest};
    cr_assert_eq(license_index_write(&source, &fixture->file, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(license_index_view(buf_bytes(&fixture->file), &fixture->index, &err), PROV_OK, "%s", err.text);
    fixture->finder = license_finder_create(&fixture->index);
    cr_assert_not_null(fixture->finder);
}

static void
teardown(struct fixture *fixture)
{
    license_finder_destroy(fixture->finder);
    license_index_close(&fixture->index);
    license_tokens_finish(&fixture->tokens);
    buf_finish(&fixture->file);
    arena_finish(&fixture->arena);
}

static void
find(struct fixture *fixture, const char *text)
{
    cr_assert_eq(license_tokenize(bytes_of(text), &fixture->tokens), PROV_OK);
    cr_assert_eq(license_finder_run(fixture->finder, &fixture->tokens, false, &fixture->texts, &fixture->ntexts),
                 PROV_OK);
}

static const char *
found_id(const struct fixture *fixture, size_t i)
{
    return license_index_id(&fixture->index, fixture->index.units[fixture->texts[i].unit].license);
}

Test(license_index, keeps_ids_names_and_urls)
{
    struct fixture fixture;
    setup(&fixture);
    const struct license_index *index = &fixture.index;
    cr_assert_eq(index->nentries, NDOCUMENTS);
    cr_assert_str_eq(index->release, "7");
    uint16_t clock = license_index_entry(index, bytes_of("cLoCk-1.0"));
    cr_assert_neq(clock, LICENSE_NONE);
    cr_assert_str_eq(index->strings + index->entries[clock].name, "Clock License 1.0");
    cr_assert_eq(index->entries[clock].nurls, 1);
    cr_assert_str_eq(index->strings + index->urls[index->entries[clock].url_first], "https://clock.example/license");
    cr_assert(index->entries[clock].flags & LICENSE_OSI_APPROVED);
    cr_assert_str_eq(license_index_id(index, license_index_entry(index, bytes_of("Boat-1.0"))), "Boat-1.0-only");
    cr_assert_eq(license_index_entry(index, bytes_of("Clock-1")), LICENSE_NONE);
    cr_assert_eq(license_index_entry(index, bytes_of("Clock-1.00")), LICENSE_NONE);
    cr_assert_eq(license_index_entry(index, bytes_of("")), LICENSE_NONE);
    teardown(&fixture);
}

Test(license_index, holds_one_text_for_ids_that_share_it)
{
    struct fixture fixture;
    setup(&fixture);
    cr_assert_eq(fixture.index.nunits, 2);
    teardown(&fixture);
}

Test(license_index, shows_no_word_of_a_text)
{
    struct fixture fixture;
    setup(&fixture);
    static const char *const words[] = {"clockwork", "lamplight", "harbour", "borrower"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        cr_assert_null(memmem(fixture.file.data, fixture.file.size, words[i], strlen(words[i])));
    teardown(&fixture);
}

Test(license_index, recognises_a_text_word_for_word_and_in_comments)
{
    struct fixture fixture;
    setup(&fixture);
    find(&fixture, "Clock License\nCopyright (c) 1999 B\n" BODY_A
                   " kindly and slowly the maker keeps the key in a drawer beside the window and nowhere else");
    cr_assert_eq(fixture.ntexts, 1);
    cr_assert_str_eq(found_id(&fixture, 0), "Clock-1.0");
    cr_assert_eq(fixture.texts[0].similarity, 10000);
    find(&fixture, "/* some code\n * " BODY_B "\n */ int main;");
    cr_assert_eq(fixture.ntexts, 1);
    cr_assert_str_eq(found_id(&fixture, 0), "Boat-1.0-only");
    cr_assert_eq(fixture.texts[0].similarity, 10000);
    teardown(&fixture);
}

Test(license_index, lets_optional_words_be_missing_and_alternatives_differ)
{
    struct fixture fixture;
    setup(&fixture);
    find(&fixture, "x " BODY_A " somebody else entirely keeps the key in a drawer beside the window and nowhere else");
    cr_assert_eq(fixture.ntexts, 1);
    cr_assert_eq(fixture.texts[0].similarity, 10000);
    cr_assert_eq(fixture.texts[0].alignment.nmissing, 0);
    teardown(&fixture);
}

Test(license_index, measures_what_is_missing_and_inserted)
{
    struct fixture fixture;
    struct license_difference items[8];
    struct license_differences differences = {.items = items, .capacity = 8};
    setup(&fixture);
    char text[2048];
    (void)snprintf(text, sizeof text, "%s", BODY_B);
    char *at = strstr(text, "must not sell");
    memmove(at + 5, at + 9, strlen(at + 9) + 1); /* "must sell" */
    at = strstr(text, "dry with");
    memmove(at + 9, at + 4, strlen(at + 4) + 1);
    memcpy(at + 4, "soon ", 5);
    find(&fixture, text);
    cr_assert_eq(fixture.ntexts, 1);
    cr_assert_eq(fixture.texts[0].alignment.nmissing, 1);
    cr_assert_eq(fixture.texts[0].alignment.nmissing_critical, 1);
    cr_assert_eq(fixture.texts[0].alignment.nforeign, 1);
    cr_assert_lt(fixture.texts[0].similarity, 9900);
    struct license_text found = fixture.texts[0];
    cr_assert_eq(license_finder_explain(fixture.finder, &fixture.tokens, &found, &differences), PROV_OK);
    cr_assert_eq(differences.count, 2);
    cr_assert_eq(items[0].ninserted, 1);
    cr_assert_eq(memcmp(text + items[0].offset, "soon", 4), 0);
    cr_assert_eq(items[1].nmissing, 1);
    teardown(&fixture);
}

Test(license_index, finds_several_texts_in_one_file)
{
    struct fixture fixture;
    setup(&fixture);
    find(&fixture, BODY_B "\n\nand now\n\n" BODY_A
                   " the maker keeps the key in a drawer beside the window and nowhere else\n\n" BODY_B);
    cr_assert_eq(fixture.ntexts, 3);
    cr_assert_str_eq(found_id(&fixture, 0), "Boat-1.0-only");
    cr_assert_str_eq(found_id(&fixture, 1), "Clock-1.0");
    cr_assert_str_eq(found_id(&fixture, 2), "Boat-1.0-only");
    teardown(&fixture);
}

/* What is remembered of one text serves another one with other holders, and never one with other words. */
Test(license_index, finds_the_same_again_and_nothing_else)
{
    struct fixture fixture;
    setup(&fixture);
    for (int round = 0; round < 3; round++) {
        find(&fixture, "int a;\nCopyright (c) 2001 Ann\n\n" BODY_B "\nint b;");
        cr_assert_eq(fixture.ntexts, 1);
        uint32_t first = fixture.texts[0].alignment.query_first, end = fixture.texts[0].alignment.query_end;
        cr_assert_eq(fixture.texts[0].similarity, 10000);
        find(&fixture, "int a;\nCopyright (c) 2001-2009 Ann, Ben, Cleo and Dan\n\n" BODY_B "\nint b;");
        cr_assert_eq(fixture.ntexts, 1);
        cr_assert_eq(fixture.texts[0].similarity, 10000);
        cr_assert_eq(fixture.texts[0].alignment.query_first, first + 5);
        cr_assert_eq(fixture.texts[0].alignment.query_end, end + 5);
        find(&fixture, "int a;\nCopyright (c) 2001 Ann\n\n" BODY_B " nor wash it\nint b;");
        cr_assert_eq(fixture.texts[0].similarity, 10000);
        char changed[2048];
        (void)snprintf(changed, sizeof changed, "int a;\nCopyright (c) 2001 Ann\n\n%s\nint b;", BODY_B);
        memcpy(strstr(changed, "must not"), "must now", 8);
        find(&fixture, changed);
        cr_assert_eq(fixture.ntexts, 1);
        cr_assert_lt(fixture.texts[0].similarity, 10000);
        cr_assert_eq(fixture.texts[0].alignment.nmissing_critical, 1);
    }
    teardown(&fixture);
}

Test(license_index, takes_a_line_that_begins_like_a_notice_for_words_where_it_is)
{
    struct fixture fixture;
    setup(&fixture);
    find(&fixture, "Copyright (c) 2001 Ann whoever borrows a boat from the\nquay shall return it dry with both oars and the "
                   "rope coiled to the left the harbour master lends without promise of calm seas or honest winds and "
                   "takes no part in quarrels that begin ashore a borrower must not sell the boat nor paint it green "
                   "unless the harbour master agrees first");
    cr_assert_eq(fixture.ntexts, 1);
    cr_assert_eq(fixture.texts[0].similarity, 10000);
    teardown(&fixture);
}

Test(license_index, shows_what_was_inserted)
{
    struct fixture fixture;
    struct license_difference items[8];
    struct license_differences differences = {.items = items, .capacity = 8};
    setup(&fixture);
    /* Forty words more than the license has. */
    char text[4096] = "";
    for (int i = 0; i < 40; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d ", "gizmo", i);
    char whole[8192];
    (void)snprintf(whole, sizeof whole, "%.*s%s%s", (int)(strstr(BODY_A, "stays") - BODY_A), BODY_A, text, strstr(BODY_A, "stays"));
    (void)snprintf(whole + strlen(whole), sizeof whole - strlen(whole),
                   " the maker keeps the key in a drawer beside the window and nowhere else");
    find(&fixture, whole);
    cr_assert_eq(fixture.ntexts, 1);
    cr_assert_eq(fixture.texts[0].alignment.nforeign, 40);
    cr_assert_eq(fixture.texts[0].alignment.nmissing, 0);
    struct license_text found = fixture.texts[0];
    cr_assert_eq(license_finder_explain(fixture.finder, &fixture.tokens, &found, &differences), PROV_OK);
    cr_assert_eq(differences.count, 1);
    cr_assert_eq(memcmp(whole + items[0].offset, "gizmo0 ", 7), 0);
    teardown(&fixture);
}

Test(license_index, does_not_take_a_fragment_for_a_text)
{
    struct fixture fixture;
    setup(&fixture);
    find(&fixture, "whoever borrows a boat from the quay shall return it dry with both oars and the rope coiled");
    cr_assert_eq(fixture.ntexts, 0);
    teardown(&fixture);
}

Test(license_index, refuses_damaged_and_cut_files)
{
    struct fixture fixture;
    setup(&fixture);
    size_t size = fixture.file.size;
    for (size_t cut = 0; cut < size; cut += cut < 512 ? 1 : 997) {
        struct license_index index = {0};
        uint8_t *copy = aligned_alloc(16, (cut + 16) & ~(size_t)15);
        memcpy(copy, fixture.file.data, cut);
        cr_assert_eq(license_index_view((struct bytes){.data = copy, .size = cut}, &index, NULL), PROV_E_POLICY);
        free(copy);
    }
    for (size_t at = 0; at < size; at += at < 512 ? 1 : 499) {
        struct license_index index = {0};
        fixture.file.data[at] ^= 0x40;
        cr_assert_eq(license_index_view(buf_bytes(&fixture.file), &index, NULL), PROV_E_POLICY, "byte %zu", at);
        fixture.file.data[at] ^= 0x40;
    }
    teardown(&fixture);
}

Test(license_index, is_the_same_for_any_order_of_templates)
{
    struct arena arena = {0};
    struct buf one = {0}, other = {0};
    struct license_template forward[NDOCUMENTS], backward[NDOCUMENTS];
    uint8_t digest[32] = {9};
    for (size_t i = 0; i < NDOCUMENTS; i++) {
        cr_assert_eq(license_template_read(bytes_of(documents[i]), &arena, &forward[i], NULL), PROV_OK);
        backward[NDOCUMENTS - 1 - i] = forward[i];
    }
    struct license_index_source source = {
        .templates = forward, .ntemplates = NDOCUMENTS, .corpus = "test", .release = "7", .sha256 = digest};
    cr_assert_eq(license_index_write(&source, &one, NULL), PROV_OK);
    source.templates = backward;
    cr_assert_eq(license_index_write(&source, &other, NULL), PROV_OK);
    cr_assert(bytes_equal(buf_bytes(&one), buf_bytes(&other)));
    buf_finish(&one);
    buf_finish(&other);
    arena_finish(&arena);
}

Test(license_index, refuses_two_entries_of_one_id)
{
    struct arena arena = {0};
    struct buf file = {0};
    struct err err = {0};
    struct license_template twice[2];
    uint8_t digest[32] = {9};
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(license_template_read(bytes_of(documents[0]), &arena, &twice[i], NULL), PROV_OK);
    const struct license_index_source source = {
        .templates = twice, .ntemplates = 2, .corpus = "test", .release = "7", .sha256 = digest};
    cr_assert_eq(license_index_write(&source, &file, &err), PROV_E_POLICY);
    cr_assert_eq(file.size, 0);
    arena_finish(&arena);
    buf_finish(&file);
}

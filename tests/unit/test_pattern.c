/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern_fixture.h"

#include <stdlib.h>
#include <time.h>

#include "model/item.h"

static struct pattern_fixture fixture;

static void
setup(void)
{
    fixture_init(&fixture);
}

static void
teardown(void)
{
    fixture_finish(&fixture);
}

TestSuite(pattern, .init = setup, .fini = teardown);

Test(pattern, finds_all_examples_and_no_counter_example)
{
    for (size_t i = 0; i < fixture.set->ndetectors; i++) {
        const struct detector *detector = fixture.set->detectors[i];
        for (size_t j = 0; j < detector->nexamples + detector->ncounter_examples; j++) {
            bool wanted = j < detector->nexamples;
            const struct detector_example *example =
                wanted ? &detector->examples[j] : &detector->counter_examples[j - detector->nexamples];
            struct fact_list facts = {0};
            fixture_segment(&fixture, "text/plain", example->text, 0, example->text.size, &facts);
            cr_expect_eq(fixture_fact(&facts, detector->id) != NULL, wanted, "%s:%u: %s", detector->file,
                         example->line, detector->id);
            fact_list_finish(&facts);
        }
    }
}

/* Every example in one text, apart from one another. */
static struct buf
all_examples(void)
{
    struct buf text = {0};
    for (size_t i = 0; i < fixture.set->ndetectors; i++)
        for (size_t j = 0; j < fixture.set->detectors[i]->nexamples; j++) {
            struct bytes example = fixture.set->detectors[i]->examples[j].text;
            cr_assert_eq(buf_append(&text, example.data, example.size), PROV_OK);
            cr_assert_eq(buf_append_text(&text, "\n some words that stand between the examples, nothing else \n"),
                         PROV_OK);
        }
    return text;
}

static void
assert_same_facts(const struct fact_list *a, const struct fact_list *b, size_t cut)
{
    size_t n = a->nfacts < b->nfacts ? a->nfacts : b->nfacts;
    for (size_t i = 0; i < n; i++) {
        const struct fact *x = &a->facts[i], *y = &b->facts[i];
        cr_assert(strcmp(x->code, y->code) == 0 && x->offset == y->offset && x->length == y->length &&
                      x->score == y->score && bytes_equal(x->evidence, y->evidence),
                  "cut at %zu: %s at %lu, not %s at %lu", cut, y->code, (unsigned long)y->offset, x->code,
                  (unsigned long)x->offset);
    }
    cr_assert_eq(a->nfacts, b->nfacts, "cut at %zu: %zu facts, not %zu", cut, b->nfacts, a->nfacts);
}

Test(pattern, finds_the_same_wherever_the_text_is_cut, .timeout = 280)
{
    struct buf text = all_examples();
    struct fact_list whole = {0};
    fixture_segment(&fixture, "text/plain", buf_bytes(&text), 0, text.size, &whole);
    cr_assert_gt(whole.nfacts, fixture.set->ndetectors);
    /* Two cuts, near enough that the work stays small: all facts within reach must be the same. What a sanitizer
     * looks for it finds with fewer. */
#ifdef __SANITIZE_ADDRESS__
    enum { STEP = 29 };
#else
    enum { STEP = 1 };
#endif
    for (size_t cut = 1; cut < text.size; cut += STEP) {
        size_t from = cut > 2000 ? cut - 2000 : 0, to = cut + 2000 < text.size ? cut + 2000 : text.size;
        struct fact_list parts = {0}, wanted = {0};
        fixture_segment(&fixture, "text/plain", buf_bytes(&text), from, cut, &parts);
        fixture_segment(&fixture, "text/plain", buf_bytes(&text), cut, to, &parts);
        for (size_t i = 0; i < whole.nfacts; i++)
            if (whole.facts[i].offset >= from && whole.facts[i].offset < to)
                cr_assert_eq(fact_list_add(&wanted, &whole.facts[i]), PROV_OK);
        assert_same_facts(&wanted, &parts, cut);
        fact_list_finish(&parts);
        fact_list_finish(&wanted);
    }
    fact_list_finish(&whole);
    buf_finish(&text);
}

Test(pattern, never_shows_what_it_found)
{
    for (size_t i = 0; i < fixture.set->ndetectors; i++)
        for (size_t j = 0; j < fixture.set->detectors[i]->nexamples; j++) {
            struct bytes text = fixture.set->detectors[i]->examples[j].text;
            struct fact_list facts = {0};
            fixture_segment(&fixture, "text/plain", text, 0, text.size, &facts);
            for (size_t k = 0; k < facts.nfacts; k++) {
                const struct fact *fact = &facts.facts[k];
                struct bytes evidence = fact->evidence;
                cr_assert(evidence.size > 0 && evidence.size <= LIMIT_EVIDENCE_BYTES);
                /* No six characters in a row of the value, fixed beginnings and top-level domains aside. */
                if (strcmp(fact->code, "email") == 0)
                    continue;
                for (size_t at = 0; at + 6 <= evidence.size; at++)
                    for (size_t from = 9; from + 6 <= fact->length; from++)
                        cr_assert(memcmp(evidence.data + at, text.data + fact->offset + from, 6) != 0, "%s: %.*s",
                                  fact->code, (int)evidence.size, (const char *)evidence.data);
            }
            fact_list_finish(&facts);
        }
}

Test(pattern, folds_full_width_zero_width_and_no_break_characters_and_keeps_places)
{
    static const char *const texts[] = {
        "\xe8\xba\xab\xe4\xbb\xbd\xe8\xaf\x81 \xef\xbc\x91\xef\xbc\x91\xef\xbc\x90" "101199003070011 ok",
        "id 110101\xe2\x80\x8b""199003070011 ok", "id 110101\xc2\xa0" "19900307\xc2\xa0" "0011 ok",
        "id 11010119\xc2\xad""9003070011 ok"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct fact_list facts = fixture_facts(&fixture, "text/plain", texts[i]);
        const struct fact *fact = fixture_fact(&facts, "cn.resident_id");
        cr_assert_not_null(fact, "%zu", i);
        const char *end = strstr(texts[i], " ok"), *start = i ? texts[i] + 3 : strchr(texts[i], ' ') + 1;
        cr_assert_eq(fact->offset, (uint64_t)(start - texts[i]), "%zu", i);
        cr_assert_eq(fact->offset + fact->length, (uint64_t)(end - texts[i]), "%zu", i);
        fact_list_finish(&facts);
    }
}

Test(pattern, reads_escapes_of_json_and_knows_that_n_is_no_letter)
{
    static const char text[] = "{\"t\":\"\\u624b\\u673a\\n13800138000\\u5e74 a\\u0040b \\u0031\\u0031010119900307001\\u0031\"}";
    struct fact_list facts = fixture_facts(&fixture, "application/x-ndjson", text);
    const struct fact *id = fixture_fact(&facts, "cn.resident_id");
    cr_assert_not_null(id);
    cr_assert_eq(id->offset, (uint64_t)(strstr(text, "\\u0031\\u0031") - text));
    cr_assert_eq(id->length, strlen("\\u0031\\u0031010119900307001\\u0031"));
    fact_list_finish(&facts);
    facts = fixture_facts(&fixture, "application/json", "{\"mobile\":\"a\\n13912345678\\n\"}");
    cr_assert_not_null(fixture_fact(&facts, "cn.mobile"));
    fact_list_finish(&facts);
    facts = fixture_facts(&fixture, "text/x-c", "puts(\"mobile\\n13912345678\\n\");");
    cr_assert_not_null(fixture_fact(&facts, "cn.mobile"));
    fact_list_finish(&facts);
}

Test(pattern, counts_ages_at_the_reference_date)
{
    struct err err = {0};
    static const struct {
        const char *date;
        bool under;
    } rows[] = {{"2026-06-14", true}, {"2026-06-15", false}, {"2012-07-01", true}, {"2040-01-01", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_eq(detectors_set_reference_date(fixture.set, rows[i].date, &err), PROV_OK);
        struct fact_list facts = fixture_facts(&fixture, "text/plain", "11010120120615002X");
        cr_assert_not_null(fixture_fact(&facts, "cn.resident_id"));
        cr_assert_eq(fixture_fact(&facts, "cn.resident_id.under14") != NULL, rows[i].under, "%s", rows[i].date);
        fact_list_finish(&facts);
    }
    cr_assert_eq(detectors_set_reference_date(fixture.set, "2026-13-01", &err), PROV_E_USAGE);
}

Test(pattern, prefers_the_better_of_two_that_overlap)
{
    struct fact_list facts =
        fixture_facts(&fixture, "text/plain", "https://alice:Sup3rS3cret@intranet.firma.de/ and card 4539578763621486");
    cr_assert_eq(facts.nfacts, 2);
    cr_assert_str_eq(facts.facts[0].code, "secret.url_login");
    cr_assert_str_eq(facts.facts[1].code, "financial.card");
    fact_list_finish(&facts);
}

/* Texts that would be slow if anything were not linear. */
Test(pattern, stays_linear_on_hostile_text, .timeout = 250)
{
    static const char *const seeds[] = {"1",    "@",     "1 ",      "a@b.cn ", ":",     "a:",       "12:", "+1 ",
                                        "11-",  "eyJ",   "eyJ.eyJ", "://a:b@", "sk-",   "password=", "ip 1.2.3.4 ",
                                        "0.",   "AKIA",  "-----BEGIN ", "\\u0031", "\xef\xbc\x91", "phone 1",
                                        "\xe4\xba\xac" "A", "62 ", "1234567890123456 ", "DE02 ", "passport E1",
                                        "a", "_", "\x80", "-", "secret = '", "card card card ", "<", "A1"};
    size_t size = 1 << 20;
    uint8_t *text = malloc(size);
    cr_assert_not_null(text);
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
        size_t length = strlen(seeds[i]);
        for (size_t at = 0; at < size; at++)
            text[at] = (uint8_t)seeds[i][at % length];
        struct fact_list facts = {0};
        clock_t start = clock();
        fixture_segment(&fixture, i % 2 ? "text/plain" : "application/json", (struct bytes){text, size}, 0, size,
                        &facts);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        cr_expect_lt(seconds, 6.0, "'%s': %.1f s", seeds[i], seconds);
        fact_list_finish(&facts);
    }
    free(text);
}

Test(pattern, survives_every_byte_value_and_every_truncation)
{
    struct buf text = all_examples();
    for (unsigned byte = 0; byte < 256; byte++) {
        struct fact_list facts = {0};
        uint8_t copy[4096];
        size_t size = text.size < sizeof copy ? text.size : sizeof copy;
        memcpy(copy, text.data + (byte * 97 % (text.size - size + 1)), size);
        for (size_t at = byte % 7; at < size; at += 31)
            copy[at] = (uint8_t)byte;
        fixture_segment(&fixture, "application/json", (struct bytes){copy, size}, 0, size, &facts);
        fact_list_finish(&facts);
    }
    for (size_t size = 0; size < text.size; size += 13) {
        struct fact_list facts = {0};
        size_t from = size > 600 ? size - 600 : 0;
        fixture_segment(&fixture, "text/plain", (struct bytes){text.data + from, size - from}, 0, size - from, &facts);
        fact_list_finish(&facts);
    }
    buf_finish(&text);
}

/* What the field's scanners cry wolf about. */
Test(pattern, gives_nothing_on_versions_hashes_ids_prices_and_the_like)
{
    static const char *const texts[] = {
        "version 1.2.3.4", "Chrome/96.0.4664.110 Safari/537.36", "assembly 4.0.30319.42000", "libfoo-1.2.3.4-5.el7",
        "550e8400-e29b-41d4-a716-446655440000", "d41d8cd98f00b204e9800998ecf8427e", "1700000000", "1700000000123",
        "978-3-16-148410-0", "ISBN 9783161484100", "$1,299.99", "USD 13800138000.50", "doi:10.1000/182",
        "10.1109/5.771073", "3.14159265358979323846", "0x4111111111111111", "2024-01-15T10:11:12.123456Z",
        "00000000 4d 5a 90 00 03 00 00 00 04 00 00 00 ff ff 00 00", "\"integrity\": \"sha512-13800138000abcdefABCDEF/13800138000==\"",
        "1.3.6.1.4.1.311.21.20", "std::map::iterator::value", "12:34:56:78", "1-800", "@media (min-width: 1024px)",
        "logo@2x.png", "lodash@4.17.21", "x = a@b", "1e-1234567890", "commit 1380013800013800138000138001380013800013",
        "192.168.0.0/16", "127.0.0.1:8080", "255.255.255.255", "0.0.0.0", "64 bytes from", "4294967296 18446744073709551615",
        "9007199254740993", "6.02214076e23", "1/2/2024 3:45", "100000000000000000000000", "-2147483648", "(555)",
        "#13800138", "{\"id\": 1234567890123456789}", "1,234,567,890", "page 123-456", "RFC 2822", "44100 48000 96000"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct fact_list facts = fixture_facts(&fixture, "text/plain", texts[i]);
        cr_expect_eq(facts.nfacts, 0, "%s: %s", texts[i], facts.nfacts ? facts.facts[0].code : "");
        fact_list_finish(&facts);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first pass over a text: that the versions for several processors find the same, that rows are what they
 * are said to be, and that no gate keeps anything out that would be found without it.
 */
#include "unit/pattern_fixture.h"

#include <stdlib.h>

#include "inspect/pattern_bits.h"
#include "inspect/pattern_scan.h"
#include "inspect/pattern_stops.h"

enum { TEXT_MAX = 6000 };

/* The same numbers everywhere. */
static uint32_t
next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Text in which rows of all kinds are frequent. */
static void
random_text(uint8_t *text, size_t size, uint32_t seed)
{
    static const char signs[] = "0123456789:-@ab_CDEZ +.\xC2\xA0\xEF\xBC\x90\xE2\x80\x8B\xE4\xBA\xAC\\";
    uint32_t state = seed;
    for (size_t i = 0; i < size;) {
        uint8_t sign = (uint8_t)signs[next_random(&state) % (sizeof signs - 1)];
        size_t times = next_random(&state) % 4 ? 1 : next_random(&state) % 24;
        bool digits = next_random(&state) % 3 == 0;
        for (size_t n = 0; n < times && i < size; n++)
            text[i++] = digits ? (uint8_t)('0' + next_random(&state) % 10) : sign;
    }
}

static void
init_sets(struct sets *sets)
{
    sets_init(sets);
    sets_add(sets, ROWS_BEFORE, '+');
    sets_add(sets, ROWS_AFTER, '_');
    sets_add(sets, ROWS_AFTER, 0xC2); /* and all beyond ASCII */
    sets_add(sets, ROWS_JOINTS, '-');
    sets_add(sets, ROWS_JOINTS, '.');
}

static void
expect_same_places(const struct places *a, const struct places *b)
{
    cr_assert_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        cr_assert_eq(a->at[i], b->at[i]);
}

Test(pattern_rows, are_the_same_for_every_processor)
{
    static uint8_t text[TEXT_MAX];
    struct bits_engine plain = bits_engine_plain(), best = bits_engine_best();
    struct bits a = {0}, b = {0};
    struct sets sets;
    init_sets(&sets);
    for (uint32_t round = 0; round < 400; round++) {
        size_t size = round < 200 ? round : 1900 + round * 10;
        random_text(text, size, round);
        cr_assert_eq(bits_find(&plain, &sets, (struct bytes){text, size}, &a), PROV_OK);
        cr_assert_eq(bits_find(&best, &sets, (struct bytes){text, size}, &b), PROV_OK);
        cr_assert_eq(a.nwords, b.nwords);
        cr_assert_eq(memcmp(a.digits, b.digits, a.nwords * sizeof *a.digits), 0);
        cr_assert_eq(memcmp(a.begun, b.begun, a.nwords * sizeof *a.begun), 0);
        cr_assert_eq(memcmp(a.ended, b.ended, a.nwords * sizeof *a.ended), 0);
        cr_assert_eq(memcmp(a.remarkable, b.remarkable, a.nwords), 0);
        expect_same_places(&a.ats, &b.ats);
        expect_same_places(&a.colons, &b.colons);
        expect_same_places(&a.pairs, &b.pairs);
        expect_same_places(&a.words, &b.words);
        expect_same_places(&a.tokens, &b.tokens);
    }
    bits_finish(&a);
    bits_finish(&b);
}

static bool
is_word_byte(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           byte == '_' || byte == '-';
}

static bool
is_token_byte(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z');
}

/* Bytes in a row of the kind that end at text[i]. */
static size_t
row_before(const uint8_t *text, size_t i, bool (*is_kind)(uint8_t byte))
{
    size_t size = 0;
    while (size <= i && is_kind(text[i - size]))
        size++;
    return size;
}

Test(pattern_rows, are_where_a_search_without_words_finds_them)
{
    static uint8_t text[TEXT_MAX];
    struct bits_engine best = bits_engine_best();
    struct bits bits = {0};
    struct sets sets;
    init_sets(&sets);
    for (uint32_t round = 0; round < 50; round++) {
        size_t nwords = 0, ntokens = 0, nats = 0;
        random_text(text, TEXT_MAX, round);
        cr_assert_eq(bits_find(&best, &sets, (struct bytes){text, TEXT_MAX}, &bits), PROV_OK);
        for (size_t i = 0; i < TEXT_MAX; i++) {
            size_t row = row_before(text, i, is_word_byte);
            bool dashed = row > 20 && text[i - 20] == '-' && text[i - 19] != '-';
            cr_assert_eq(bits.digits[i / 64] >> i % 64 & 1, text[i] >= '0' && text[i] <= '9');
            if (row == ROWS_LONG_WORD || (row > ROWS_LONG_WORD && dashed))
                cr_assert_eq(bits.words.at[nwords++], i);
            if (row_before(text, i, is_token_byte) == ROWS_TOKEN)
                cr_assert_eq(bits.tokens.at[ntokens++], i);
            if (text[i] == '@')
                cr_assert_eq(bits.ats.at[nats++], i);
        }
        cr_assert_eq(nwords, bits.words.count);
        cr_assert_eq(ntokens, bits.tokens.count);
        cr_assert_eq(nats, bits.ats.count);
    }
    bits_finish(&bits);
}

Test(pattern_rows, stops_are_the_same_for_every_processor)
{
    static uint8_t text[TEXT_MAX];
    for (uint32_t round = 0; round < 300; round++) {
        size_t size = 64 + round;
        random_text(text, size, round);
        for (size_t at = 0; at + STOPS_BLOCK <= size; at++)
            for (int json = 0; json < 2; json++)
                cr_assert_eq(stops_find_best()(text + at, json), stops_find_plain(text + at, json));
        for (size_t i = 0; i < size; i++) /* mostly ASCII, so that the answer is no at times */
            text[i] = text[i] >= 0x80 && i % 97 ? 'x' : text[i];
        cr_assert_eq(stops_any_best()((struct bytes){text, size}),
                     stops_any_plain((struct bytes){text, size}));
    }
}

/* ---- gates ---- */

/* What is found in a text, in a total order and each once. */
struct findings {
    struct found *found;
    size_t count;
};

static int
compare_found(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    if (x->detector != y->detector)
        return x->detector < y->detector ? -1 : 1;
    return (x->score > y->score) - (x->score < y->score);
}

/* Every run of digits, every place, every block is looked at. */
static void
open_gates(struct bits *bits, size_t size)
{
    uint64_t before = 0;
    for (size_t word = 0; word < bits->nwords; word++) {
        uint64_t digits = bits->digits[word];
        bits->begun[word] = digits & ~(digits << 1 | before >> 63);
        bits->ended[word] = 0;
        bits->remarkable[word] = 1;
        before = digits;
    }
    bits->words.count = 0;
    for (size_t i = ROWS_LONG_WORD - 1; i < size; i++)
        cr_assert_eq(places_add(&bits->words, (uint32_t)i), PROV_OK);
}

static struct findings
find_all(struct pattern_fixture *fixture, struct bytes text, bool open)
{
    struct pattern_scratch *scratch = fixture->scratch;
    const struct pattern_plan *plan = fixture->plan;
    struct pattern_scan scan = {.plan = plan, .scratch = scratch, .text = text, .from = 0, .to = text.size};
    scratch->nfound = 0;
    context_begin(&scratch->context);
    cr_assert_eq(bits_find(&plan->find_bits, &plan->sets, text, &scratch->bits), PROV_OK);
    if (open)
        open_gates(&scratch->bits, text.size);
    cr_assert_eq(runs_scan(&scan), PROV_OK);
    cr_assert_eq(anchors_scan(&scan), PROV_OK);
    struct findings findings = {.found = calloc(scratch->nfound + 1, sizeof(struct found))};
    qsort(scratch->found, scratch->nfound, sizeof *scratch->found, compare_found);
    for (size_t i = 0; i < scratch->nfound; i++)
        if (i == 0 || compare_found(&scratch->found[i], &scratch->found[i - 1]) != 0)
            findings.found[findings.count++] = scratch->found[i];
    return findings;
}

/* All examples of all detectors, each some bytes farther on in its block, with numbers between. */
static struct buf
text_of_examples(const struct detector_set *set, uint32_t seed)
{
    struct buf text = {0};
    uint8_t noise[48];
    uint32_t state = seed;
    for (size_t i = 0; i < set->ndetectors; i++)
        for (size_t j = 0; j < set->detectors[i]->nexamples; j++) {
            size_t size = next_random(&state) % sizeof noise;
            random_text(noise, size, next_random(&state));
            cr_assert_eq(buf_append(&text, noise, size), PROV_OK);
            const char *before = next_random(&state) % 3 ? "\n" : "\\n"; /* a line end, or an escape */
            cr_assert_eq(buf_append(&text, before, strlen(before)), PROV_OK);
            cr_assert_eq(buf_append(&text, set->detectors[i]->examples[j].text.data,
                                    set->detectors[i]->examples[j].text.size),
                         PROV_OK);
            cr_assert_eq(buf_append_byte(&text, '\n'), PROV_OK);
        }
    return text;
}

Test(pattern_rows, gates_keep_nothing_out)
{
    struct pattern_fixture fixture;
    fixture_init(&fixture);
    for (uint32_t seed = 0; seed < 12; seed++) {
        struct buf text = text_of_examples(fixture.set, seed);
        struct findings gated = find_all(&fixture, buf_bytes(&text), false);
        struct findings open = find_all(&fixture, buf_bytes(&text), true);
        cr_assert_gt(gated.count, 300);
        for (size_t i = 0; i < open.count; i++)
            cr_assert(i < gated.count && compare_found(&gated.found[i], &open.found[i]) == 0,
                      "seed %u: %s at %u is kept out", seed,
                      fixture.set->detectors[open.found[i].detector]->id, open.found[i].start);
        cr_assert_eq(gated.count, open.count);
        free(gated.found);
        free(open.found);
        buf_finish(&text);
    }
    fixture_finish(&fixture);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/text_scan.h"

static struct text_scan
scan(const char *text, size_t size)
{
    struct text_scan result;
    text_scan((struct bytes){.data = (const uint8_t *)text, .size = size}, &result);
    return result;
}

static void
assert_equal(const struct text_scan *a, const struct text_scan *b)
{
    cr_assert_eq(a->nnuls, b->nnuls);
    cr_assert_eq(a->ncontrols, b->ncontrols);
    cr_assert_eq(a->nmultibyte, b->nmultibyte, "%zu sequences, not %zu", a->nmultibyte, b->nmultibyte);
    cr_assert_eq(a->nmalformed, b->nmalformed, "%zu malformed, not %zu", a->nmalformed, b->nmalformed);
    cr_assert_eq(a->ntail, b->ntail);
    cr_assert_eq(a->first_nul, b->first_nul);
    cr_assert_eq(a->first_malformed, b->first_malformed);
}

Test(text_scan, counts_malformed_sequences_as_unicode_recommends)
{
    /* Unicode Standard, table 3-11 and its neighbours: how many U+FFFD each is worth. */
    static const struct {
        const char *text;
        size_t nmalformed;
    } cases[] = {
        {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", 8}, {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", 8},
        {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", 7}, {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", 4},
        {"\xF0\x9F\x98\x80", 0},                     {"\xEF\xBF\xBF", 0},
        {"\xE4\xB8 ", 1},                            {"a\xFFz", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_eq(scan(cases[i].text, strlen(cases[i].text)).nmalformed, cases[i].nmalformed, "case %zu", i);
}

Test(text_scan, does_not_call_the_cut_end_of_text_malformed)
{
    struct text_scan result = scan("abc\xE4\xB8", 5);
    cr_assert_eq(result.nmalformed, 0);
    cr_assert_eq(result.ntail, 2);
    result = scan("abc\xE4\xB8\x41", 6);
    cr_assert_eq(result.nmalformed, 1);
    cr_assert_eq(result.first_malformed, 3);
}

Test(text_scan, tells_controls_from_what_text_has)
{
    struct text_scan result = scan("\t\n\v\f\r\b\x1B[0m\x01\x7F\0\x1F", 14);
    cr_assert_eq(result.ncontrols, 2);
    cr_assert_eq(result.nnuls, 1);
    cr_assert_eq(result.first_nul, 12);
}

/* Bytes with every kind of trouble, dense or rare. */
static size_t
compose(uint8_t *data, size_t size, unsigned *seed)
{
    static const char *const pieces[] = {"a", "hello world, ", "\xC3\xA9", "\xE4\xB8\xAD", "\xF0\x9F\x98\x80", "\xE4\xB8",
                                         "\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC0\xAF", "\xF0\x8F\xBF\xBF", "\x01",
                                         "\x1B", "\xFF", "\xE0\x9F\xBF", "\xC2"};
    size_t used = 0, ngood = rand_r(seed) % 3 ? 5 : 16;
    while (used < size) {
        size_t piece = (size_t)rand_r(seed) % (rand_r(seed) % 20 ? ngood : 17);
        const char *text = piece == 16 ? "" : pieces[piece];
        size_t length = piece == 16 ? 1 : strlen(text);
        if (length > size - used)
            break;
        memcpy(data + used, text, length);
        used += length;
    }
    return used;
}

Test(text_scan, gives_the_same_with_vectors_as_without)
{
    unsigned seed = 1;
    for (int round = 0; round < 20000; round++) {
        uint8_t data[400];
        size_t size = compose(data, (size_t)rand_r(&seed) % sizeof data, &seed);
        uint8_t *exact = malloc(size ? size : 1);
        cr_assert(exact);
        memcpy(exact, data, size);
        struct text_scan vector, scalar;
        text_scan((struct bytes){.data = exact, .size = size}, &vector);
        text_scan_scalar((struct bytes){.data = exact, .size = size}, &scalar);
        assert_equal(&vector, &scalar);
        free(exact);
    }
}

Test(text_scan, gives_the_same_for_every_pair_of_bytes_across_a_block)
{
    uint8_t data[96];
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        memset(data, 'x', sizeof data);
        size_t at = 30 + pair % 4;
        data[at] = (uint8_t)(pair >> 8);
        data[at + 1] = (uint8_t)pair;
        data[at + 2] = 0x80;
        struct text_scan vector, scalar;
        text_scan((struct bytes){.data = data, .size = sizeof data}, &vector);
        text_scan_scalar((struct bytes){.data = data, .size = sizeof data}, &scalar);
        assert_equal(&vector, &scalar);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* The definition, said another way: encode what was decoded and compare. */
static size_t
reference_size(const uint8_t *data, size_t size)
{
    for (size_t width = 1; width <= 4 && width <= size; width++) {
        uint32_t code = width == 1 ? data[0] : data[0] & (0x7fu >> width);
        for (size_t i = 1; i < width; i++)
            code = code << 6 | (data[i] & 0x3fu);
        if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
            continue;
        uint8_t again[4];
        if (utf8_encode(code, again) == width && memcmp(again, data, width) == 0)
            return width;
    }
    return 0;
}

Test(utf8, decodes_every_character_it_encodes)
{
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        uint8_t bytes[4];
        uint32_t back;
        if (code == 0xd800)
            code = 0xe000;
        size_t size = utf8_encode(code, bytes);
        cr_assert(utf8_decode(bytes, size, &back) == size && back == code, "U+%04X", code);
        for (size_t cut = 1; cut < size; cut++) {
            cr_assert_eq(utf8_decode(bytes, cut, &back), 0);
            cr_assert_eq(back, UTF8_REPLACEMENT);
            cr_assert(utf8_is_cut(bytes, cut));
            cr_assert_eq(utf8_malformed_size(bytes, cut), cut);
        }
        cr_assert_not(utf8_is_cut(bytes, size));
    }
}

Test(utf8, agrees_with_its_definition_on_all_sequences_of_four_interesting_bytes)
{
    static const uint8_t interesting[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
                                          0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
                                          0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xfe, 0xff};
    enum { N = sizeof interesting };
    for (size_t i = 0; i < N * N * N * N; i++) {
        uint8_t data[4] = {interesting[i % N], interesting[i / N % N], interesting[i / N / N % N],
                           interesting[i / N / N / N]};
        uint32_t code;
        for (size_t size = 1; size <= 4; size++) {
            size_t width = utf8_decode(data, size, &code);
            cr_assert_eq(width, reference_size(data, size), "%02x %02x %02x %02x (%zu)", data[0], data[1],
                         data[2], data[3], size);
            size_t malformed = utf8_malformed_size(data, size);
            cr_assert(malformed >= 1 && malformed <= size && (width > 0 || malformed < 4));
        }
    }
}

Test(utf8, replaces_maximal_parts)
{
    /* The example of the Unicode Standard, table 3-8 and 3-11. */
    static const struct {
        const char *data;
        size_t sizes[8];
    } cases[] = {
        {"\xc0\xaf\xe0\x80\xbf", {1, 1, 1, 1, 1}},
        {"\xed\xa0\x80", {1, 1, 1}},
        {"\xf4\x91\x92\x93\xff", {1, 1, 1, 1, 1}},
        {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf", {2, 1, 3, 2}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t at = 0, size = strlen(cases[i].data);
        for (size_t part = 0; at < size; part++) {
            size_t step = utf8_malformed_size((const uint8_t *)cases[i].data + at, size - at);
            cr_assert_eq(step, cases[i].sizes[part], "case %zu part %zu: %zu", i, part, step);
            at += step;
        }
    }
}

Test(utf8, finds_the_first_bad_byte_wherever_it_is)
{
    for (size_t size = 1; size < 100; size++)
        for (size_t at = 0; at < size; at++) {
            uint8_t *text = malloc(size); /* exact, for AddressSanitizer */
            cr_assert_not_null(text);
            memset(text, 'a', size);
            cr_assert(utf8_is_valid((struct bytes){text, size}));
            cr_assert_eq(utf8_ascii_size(text, size), size);
            text[at] = 0xff;
            cr_assert_eq(utf8_valid_size((struct bytes){text, size}), at);
            cr_assert_eq(utf8_ascii_size(text, size), at);
            free(text);
        }
    cr_assert(utf8_is_valid((struct bytes){0}));
}

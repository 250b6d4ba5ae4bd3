/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "inspect/license_token.h"

/* Do two texts have the same words? */
static bool
same_words(const char *a, const char *b)
{
    struct license_tokens left = {0}, right = {0};
    cr_assert_eq(license_tokenize(bytes_of(a), &left), PROV_OK);
    cr_assert_eq(license_tokenize(bytes_of(b), &right), PROV_OK);
    bool same = left.ntokens == right.ntokens;
    for (size_t i = 0; i < left.ntokens && same; i++)
        same = left.tokens[i].hash == right.tokens[i].hash;
    license_tokens_finish(&left);
    license_tokens_finish(&right);
    return same;
}

Test(license_token, sees_through_layout)
{
    static const char plain[] = "Permission is hereby granted, free of charge";
    static const char *const laid_out[] = {
        "PERMISSION IS HEREBY GRANTED, FREE OF CHARGE",
        "/*\n * Permission is hereby\n * granted, free of charge\n */",
        "# Permission is hereby granted,\n# free of charge",
        "// Permission is hereby\r\n// granted, free of charge",
        "dnl Permission is hereby granted,\ndnl free of charge",
        "REM Permission is hereby granted\nREM free of charge",
        "<p>Permission is <em>hereby</em> granted,<br/>\nfree of&nbsp;charge</p>",
        "\"Permission is hereby granted,\\nfree of charge\"",
        ";; Permission -- is hereby `granted', \"free\" of charge!",
        "<a href=\"https://x.example/\">Permission</a> is hereby granted, free of &quot;charge&quot;",
    };
    for (size_t i = 0; i < sizeof laid_out / sizeof laid_out[0]; i++)
        cr_assert(same_words(plain, laid_out[i]), "%s", laid_out[i]);
}

Test(license_token, joins_equivalent_words)
{
    cr_assert(same_words("licence organisation https favour", "license organization http favor"));
    cr_assert(same_words("\xc2\xa9 2020 \xc3\x89" "COLE", "(c) 2020 \xc3\xa9" "cole"));
    cr_assert_not(same_words("license", "licensed"));
    cr_assert_not(same_words("<year>", "<p>"));
}

Test(license_token, takes_each_ideograph_as_a_word)
{
    struct license_tokens tokens = {0};
    cr_assert_eq(license_tokenize(bytes_of("木兰宽松许可证, 第2版。"), &tokens), PROV_OK);
    cr_assert_eq(tokens.ntokens, 10);
    cr_assert(tokens.tokens[0].flags & TOKEN_CJK);
    license_tokens_finish(&tokens);
}

Test(license_token, marks_copyright_lines_and_bullets)
{
    struct license_tokens tokens = {0};
    cr_assert_eq(license_tokenize(bytes_of(" * Copyright (c) 2020 Ann\n * 1. The above copyright notice\n"
                                           "copyright notice, this list"),
                                  &tokens),
                 PROV_OK);
    cr_assert(tokens.tokens[0].flags & TOKEN_COPYRIGHT);
    cr_assert(tokens.tokens[3].flags & TOKEN_COPYRIGHT);
    cr_assert(tokens.tokens[4].flags & TOKEN_BULLET);
    cr_assert_not(tokens.tokens[7].flags & TOKEN_COPYRIGHT);
    cr_assert_not(tokens.tokens[9].flags & TOKEN_COPYRIGHT);
    license_tokens_finish(&tokens);
}

Test(license_token, gives_places_in_the_text)
{
    static const char text[] = "ab <br> cd\xff\xe2\x82 ef";
    struct license_tokens tokens = {0};
    cr_assert_eq(license_tokenize(bytes_of(text), &tokens), PROV_OK);
    cr_assert_eq(tokens.ntokens, 3);
    cr_assert_eq(tokens.tokens[1].offset, 8);
    cr_assert_eq(tokens.tokens[1].length, 2);
    cr_assert_eq(memcmp(text + tokens.tokens[2].offset, "ef", 2), 0);
    license_tokens_finish(&tokens);
}

Test(license_token, stays_within_any_bytes)
{
    struct license_tokens tokens = {0};
    for (int first = 0; first < 256; first++)
        for (int second = 0; second < 256; second += 5) {
            uint8_t *text = malloc(4);
            text[0] = (uint8_t)first;
            text[1] = (uint8_t)second;
            text[2] = 'u';
            text[3] = (uint8_t)first;
            for (size_t size = 0; size <= 4; size++) {
                uint8_t *exact = malloc(size + !size);
                memcpy(exact, text, size);
                cr_assert_eq(license_tokenize((struct bytes){.data = exact, .size = size}, &tokens), PROV_OK);
                for (size_t i = 0; i < tokens.ntokens; i++)
                    cr_assert_leq(tokens.tokens[i].offset + tokens.tokens[i].length, size);
                free(exact);
            }
            free(text);
        }
    license_tokens_finish(&tokens);
}

Test(license_token, cuts_endless_words)
{
    size_t size = 100000;
    uint8_t *text = malloc(size);
    struct license_tokens tokens = {0};
    memset(text, 'a', size);
    cr_assert_eq(license_tokenize((struct bytes){.data = text, .size = size}, &tokens), PROV_OK);
    cr_assert_gt(tokens.ntokens, 1000);
    license_tokens_finish(&tokens);
    free(text);
}

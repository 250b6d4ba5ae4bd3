/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/text.h"

static const char *
detect(const void *data, size_t size)
{
    const char *name = text_detect((struct bytes){.data = data, .size = size}, true);
    return name ? name : "-";
}

/* Sentences with invented people, in the languages that the encodings are for. */
static const char chinese[] = "姓名:张三,身份证号:11010519491231002X,手机:13800138000\n"
                              "数据集包含个人信息,需要取得个人的单独同意。本合同一式两份。\n";
static const char traditional[] = "姓名:王小明,電話:0912-345-678\n本公司保留所有權利,未經授權不得轉載本文內容。\n";
static const char japanese[] = "氏名:山田太郎 電話番号:090-1234-5678\nこのデータセットには個人情報が含まれています。\n";
static const char korean[] = "이름: 홍길동, 전화번호: 010-1234-5678\n이 데이터 세트에는 개인정보가 포함되어 있습니다.\n";
static const char russian[] = "Имя: Иван Петров, телефон: +7 912 345-67-89\nНабор данных содержит персональные данные пользователей.\n";
static const char ukrainian[] = "Ім'я: Олена Ґудзь, її телефон невідомий\nЦей набір містить персональні дані користувачів.\n";
static const char german[] = "Größe: 5 Stück, Straße 12, München\nFür die Verarbeitung personenbezogener Daten gilt die Verordnung.\n";
static const char polish[] = "Imię: Łukasz Żółć, ulica Świętokrzyska 5\nZbiór zawiera dane osobowe użytkowników, którzy wyrazili zgodę.\n";
static const char greek[] = "Όνομα: Γιώργος Παπαδόπουλος, τηλέφωνο: 210 1234567\nΤο σύνολο περιέχει προσωπικά δεδομένα.\n";
static const char turkish[] = "Adı: Ayşe Yılmaz, telefonu: 0212 345 67 89\nBu veri kümesi kişisel bilgiler içeriyor, izin gerekiyor.\n";

/* Encode UTF-8 text by the system's converters. @return bytes, or 0 when the charset is not there */
static size_t
encode(const char *text, const char *charset, char *out, size_t out_size)
{
    iconv_t converter = iconv_open(charset, "UTF-8");
    cr_assert_neq(converter, (iconv_t)-1, "%s", charset);
    char *from = (char *)(uintptr_t)text, *to = out;
    size_t from_left = strlen(text), to_left = out_size;
    size_t status = iconv(converter, &from, &from_left, &to, &to_left);
    cr_assert_neq(status, (size_t)-1, "%s", charset);
    (void)iconv(converter, NULL, NULL, &to, &to_left);
    (void)iconv_close(converter);
    return out_size - to_left;
}

Test(text_detect, names_the_encoding_of_short_texts)
{
    static const struct {
        const char *text, *charset, *expected;
    } cases[] = {
        {chinese, "UTF-8", "UTF-8"},           {chinese, "GB18030", "GB18030"},      {chinese, "GBK", "GB18030"},
        {chinese, "EUC-CN", "GB18030"},        {chinese, "UTF-16LE", "UTF-16LE"},    {chinese, "UTF-16BE", "UTF-16BE"},
        {chinese, "UTF-32LE", "UTF-32LE"},     {chinese, "UTF-32BE", "UTF-32BE"},    {chinese, "UTF-7", "UTF-7"},
        {chinese, "ISO-2022-CN", "ISO-2022-CN"},
        {traditional, "BIG5", "Big5"},         {traditional, "UTF-16LE", "UTF-16LE"}, {traditional, "UTF-7", "UTF-7"},
        {japanese, "SHIFT_JIS", "Shift_JIS"},  {japanese, "CP932", "Shift_JIS"},     {japanese, "EUC-JP", "EUC-JP"},
        {japanese, "ISO-2022-JP", "ISO-2022-JP"}, {japanese, "UTF-16BE", "UTF-16BE"}, {japanese, "UTF-7", "UTF-7"},
        {korean, "EUC-KR", "EUC-KR"},          {korean, "CP949", "EUC-KR"},          {korean, "ISO-2022-KR", "ISO-2022-KR"},
        {korean, "UTF-16LE", "UTF-16LE"},      {korean, "JOHAB", "x-johab"},
        {russian, "KOI8-R", "KOI8-R"},         {russian, "CP1251", "windows-1251"},  {russian, "ISO-8859-5", "ISO-8859-5"},
        {russian, "CP866", "IBM866"},          {russian, "UTF-16LE", "UTF-16LE"},    {ukrainian, "KOI8-U", "KOI8-U"},
        {german, "CP1252", "ISO-8859-1"},      {german, "UTF-16LE", "UTF-16LE"},     {german, "UTF-7", "UTF-7"},
        {polish, "CP1250", "windows-1250"},    {polish, "ISO-8859-2", "ISO-8859-2"}, {greek, "ISO-8859-7", "ISO-8859-7"},
        {turkish, "ISO-8859-9", "ISO-8859-9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char data[4096];
        size_t size = encode(cases[i].text, cases[i].charset, data, sizeof data);
        cr_expect_str_eq(detect(data, size), cases[i].expected, "%.20s in %s: %s", cases[i].text, cases[i].charset,
                         detect(data, size));
    }
}

Test(text_detect, believes_byte_order_marks_of_text_only)
{
    cr_assert_str_eq(detect("\xEF\xBB\xBFhello", 8), "UTF-8");
    cr_assert_str_eq(detect("\xFF\xFEh\0i\0\n\0", 8), "UTF-16LE");
    cr_assert_str_eq(detect("\xFE\xFF\0h\0i\0\n", 8), "UTF-16BE");
    cr_assert_str_eq(detect("\xFF\xFE\0\0h\0\0\0i\0\0\0", 12), "UTF-32LE");
    cr_assert_str_eq(detect("\0\0\xFE\xFF\0\0\0h\0\0\0i", 12), "UTF-32BE");
    static const uint8_t audio[64] = {0xFF, 0xFE, 0x10, 0x00, 0x01, 0xDC, 0x03, 0xD8, 0x00, 0xDD};
    cr_assert_str_eq(detect(audio, sizeof audio), "-");
}

Test(text_detect, is_not_fooled_by_a_bad_byte)
{
    char text[400];
    memset(text, 'a', sizeof text);
    for (unsigned byte = 0; byte < 256; byte++) {
        text[200] = (char)byte;
        cr_assert_str_neq(detect(text, sizeof text), "-", "byte %02X", byte);
    }
    char chinese_text[400];
    size_t size = encode(chinese, "GB18030", chinese_text, sizeof chinese_text);
    for (size_t at = 0; at < size; at++) {
        char saved = chinese_text[at];
        chinese_text[at] = 0;
        cr_assert_str_eq(detect(chinese_text, size), "GB18030", "at %zu: %s", at, detect(chinese_text, size));
        chinese_text[at] = saved;
    }
}

Test(text_detect, sees_through_padding)
{
    static char text[3000];
    memset(text, 0, sizeof text);
    memcpy(text + 1000, german, sizeof german - 1);
    cr_assert_str_eq(detect(text, 1000 + sizeof german - 1), "UTF-8");
    memset(text + 1000, 'x', 1000);
    cr_assert_str_eq(detect(text, 2000), "US-ASCII");
}

Test(text_detect, takes_a_character_cut_at_the_end_for_what_it_is)
{
    static const char text[] = "abc \xE4\xB8\xAD\xE5\x9B";
    struct bytes head = {.data = (const uint8_t *)text, .size = sizeof text - 1};
    cr_assert_str_eq(text_detect(head, false), "UTF-8");
    cr_assert_not_null(text_detect(head, true));
}

Test(text_detect, leaves_plain_ascii_with_odd_characters_alone)
{
    static const char *const texts[] = {
        "for (int i = 0; i < n; i++) sum += a[i]; /* C++ */",
        "call +8613800138000 or +49301234567 today",
        "1+1=2, q=hello+world&lang=en, see a+foo-bar and b+internationalization-x",
        "Figure~\\ref{x} and~{braces} ~/.bashrc ~~ \x1B[1mbold\x1B[0m \x1B(B",
        "git diff a/+b/-c +++ --- @@ -1,2 +3,4 @@",
        "regex: [A-Za-z]+-[0-9]+, (.+)+, \\w+- and \\d+/",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_assert_str_eq(detect(texts[i], strlen(texts[i])), "US-ASCII", "%s: %s", texts[i],
                         detect(texts[i], strlen(texts[i])));
}

Test(text_detect, knows_hz_wherever_the_head_ends)
{
    static const char text[] = "The next sentence is in GB.~{<:Ky2;S{#,~}Bye.~~ ~{<:~}";
    for (size_t size = 31; size < sizeof text; size++) {
        struct bytes head = {.data = (const uint8_t *)text, .size = size};
        cr_expect_str_eq(text_detect(head, false), "HZ-GB-2312", "cut at %zu", size);
    }
}

Test(text_detect, never_takes_random_bytes_for_text)
{
    unsigned seed = 7;
    size_t ntexts = 0;
    for (int round = 0; round < 4000; round++) {
        uint8_t data[1024];
        size_t size = 64 + (size_t)rand_r(&seed) % (sizeof data - 64);
        for (size_t i = 0; i < size; i++)
            data[i] = (uint8_t)(rand_r(&seed) >> 8);
        ntexts += strcmp(detect(data, size), "-") != 0;
    }
    cr_assert_leq(ntexts, 2, "%zu of 4000", ntexts);
}

Test(text_detect, never_takes_numbers_for_text)
{
    unsigned seed = 9;
    for (int round = 0; round < 200; round++) {
        int16_t samples[2000];
        int32_t numbers[1000];
        float weights[1000];
        for (size_t i = 0; i < 2000; i++)
            samples[i] = (int16_t)(rand_r(&seed) % 4000 - 2000);
        for (size_t i = 0; i < 1000; i++) {
            numbers[i] = (int32_t)(rand_r(&seed) % 50000);
            weights[i] = (float)(rand_r(&seed) % 20000) / 10000.0F - 1;
        }
        cr_assert_str_eq(detect(samples, sizeof samples), "-");
        cr_assert_str_eq(detect(numbers, sizeof numbers), "-");
        cr_assert_str_eq(detect(weights, sizeof weights), "-");
    }
}

Test(text_detect, needs_no_more_than_its_head)
{
    char data[4096];
    static const char *const charsets[] = {"GB18030", "UTF-16LE", "UTF-8", "EUC-KR", "ISO-2022-KR", "UTF-7"};
    static const char *const expected[] = {"GB18030", "UTF-16LE", "UTF-8", "EUC-KR", "ISO-2022-KR", "UTF-7"};
    for (size_t i = 0; i < sizeof charsets / sizeof *charsets; i++) {
        const char *text = i == 3 || i == 4 ? korean : chinese;
        size_t size = encode(text, charsets[i], data, sizeof data);
        for (size_t cut = 0; cut <= size; cut++) {
            /* An exact block, so that AddressSanitizer sees the first byte too many. */
            uint8_t *exact = malloc(cut ? cut : 1);
            cr_assert(exact);
            memcpy(exact, data, cut);
            const char *part = text_detect((struct bytes){.data = exact, .size = cut}, false);
            /* A head may end anywhere: inside "~{", behind a plus, in the middle of a character. */
            cr_expect(cut < size / 2 || i == 1 || (part && strcmp(part, expected[i]) == 0), "%s cut at %zu: %s", charsets[i], cut,
                      part ? part : "-");
            (void)text_detect((struct bytes){.data = exact, .size = cut}, true);
            free(exact);
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "inspect/text.h"

static struct text_decoder *decoder;

static void
open_decoder(void)
{
    decoder = text_create();
    cr_assert_not_null(decoder);
}

static void
close_decoder(void)
{
    text_destroy(decoder);
}

TestSuite(text_decode, .init = open_decoder, .fini = close_decoder);

/* Sentences with invented people, in the languages that the encodings are for, and line ends. */
static const char chinese[] = "姓名:张三,身份证号:11010519491231002X,手机:13800138000\n"
                              "数据集包含个人信息,需要取得个人的单独同意。~+-~{}\\\nabc 你好";
static const char traditional[] = "姓名:王小明,電話:0912-345-678\n本公司保留所有權利,未經授權不得轉載。許功蓋\\";
static const char japanese[] = "氏名:山田太郎 電話番号:090-1234-5678\nこのデータセットには個人情報が含まれています。表ソ能";
static const char kana[] = "ｶﾀｶﾅ abc\nﾃｽﾄ";
static const char korean[] = "이름: 홍길동, 전화번호: 010-1234-5678\n이 데이터 세트에는 개인정보가 있습니다.";
static const char russian[] = "Имя: Иван Петров, телефон: +7 912 345-67-89\nПерсональные данные.";
static const char german[] = "Größe: 5 Stück, Straße 12, München\nFür Österreich";
static const char mixed[] = "aé中😀\n😀😀 x";

struct sample {
    const char *text, *charset, *encoding;
};

static const struct sample samples[] = {
    {chinese, "UTF-8", "UTF-8"},          {chinese, "GB18030", "GB18030"},       {chinese, "GBK", "GB18030"},
    {mixed, "GB18030", "GB18030"},        {chinese, "UTF-16LE", "UTF-16LE"},     {mixed, "UTF-16BE", "UTF-16BE"},
    {mixed, "UTF-32LE", "UTF-32LE"},      {chinese, "UTF-32BE", "UTF-32BE"},     {chinese, "UTF-7", "UTF-7"},
    {mixed, "UTF-7", "UTF-7"},            {mixed, "UTF-8", "UTF-8"},             {traditional, "BIG5", "Big5"},
    {traditional, "BIG5-HKSCS", "Big5"},  {japanese, "CP932", "Shift_JIS"},      {japanese, "EUC-JP", "EUC-JP"},
    {kana, "CP932", "Shift_JIS"},         {kana, "EUC-JP", "EUC-JP"},            {japanese, "ISO-2022-JP", "ISO-2022-JP"},
    {korean, "EUC-KR", "EUC-KR"},         {korean, "CP949", "EUC-KR"},           {korean, "ISO-2022-KR", "ISO-2022-KR"},
    {korean, "JOHAB", "x-johab"},         {russian, "KOI8-R", "KOI8-R"},         {russian, "CP1251", "windows-1251"},
    {russian, "ISO-8859-5", "ISO-8859-5"}, {russian, "CP866", "IBM866"},         {german, "CP1252", "windows-1252"},
    {german, "ISO-8859-1", "ISO-8859-1"}, {german, "ISO-8859-15", "ISO-8859-15"}, {traditional, "EUC-TW", "EUC-TW"},
    {"数据集\n包含 abc", "ISO-2022-CN", "ISO-2022-CN"},
};

enum { NSAMPLES = sizeof samples / sizeof *samples };

/* Encode UTF-8 by the system's converters. @return bytes */
static size_t
encode(struct bytes text, const char *charset, uint8_t *out, size_t out_size)
{
    iconv_t converter = iconv_open(charset, "UTF-8");
    cr_assert_neq(converter, (iconv_t)-1, "%s", charset);
    char *from = (char *)(uintptr_t)text.data, *to = (char *)out;
    size_t from_left = text.size, to_left = out_size;
    cr_assert_neq(iconv(converter, &from, &from_left, &to, &to_left), (size_t)-1, "%s: %.20s", charset, from);
    cr_assert_neq(iconv(converter, NULL, NULL, &to, &to_left), (size_t)-1);
    (void)iconv_close(converter);
    return out_size - to_left;
}

static struct segment
decode(const uint8_t *data, size_t size, const char *encoding, struct fact_list *facts)
{
    struct stored_segment stored = {.data = data, .page = size, .first = true, .last = true};
    struct segment segment = {0};
    cr_assert_eq(text_decode(decoder, encoding, &stored, &segment, facts), PROV_OK);
    return segment;
}

Test(text_decode, gives_back_the_text)
{
    for (size_t i = 0; i < NSAMPLES; i++) {
        uint8_t data[4096];
        struct fact_list facts = {0};
        size_t size = encode(bytes_of(samples[i].text), samples[i].charset, data, sizeof data);
        struct segment segment = decode(data, size, samples[i].encoding, &facts);
        cr_expect_eq(segment.page, strlen(samples[i].text), "%s: %zu bytes", samples[i].charset, segment.page);
        cr_expect(memcmp(segment.text, samples[i].text, segment.page) == 0, "%s: %.*s", samples[i].charset,
                  (int)segment.page, (const char *)segment.text);
        cr_expect_eq(facts.nfacts, 0, "%s", samples[i].charset);
        fact_list_finish(&facts);
    }
}

Test(text_decode, leads_each_character_back_to_its_stored_bytes)
{
    for (size_t i = 0; i < NSAMPLES; i++) {
        uint8_t data[4096], prefix[4096];
        struct fact_list facts = {0};
        size_t size = encode(bytes_of(samples[i].text), samples[i].charset, data, sizeof data);
        struct segment segment = decode(data, size, samples[i].encoding, &facts);
        bool stateful = strncmp(samples[i].encoding, "ISO-2022", 8) == 0 || strcmp(samples[i].encoding, "UTF-7") == 0;
        size_t width = strstr(samples[i].encoding, "UTF-16") ? 2 : strstr(samples[i].encoding, "UTF-32") ? 4 : 1;
        for (size_t at = 0; at < segment.page; at++) {
            if ((segment.text[at] & 0xC0) == 0x80)
                continue;
            uint64_t offset = segment_offset(&segment, at);
            /* A character is stored behind what stands before it; in the stateful ones, ASCII is at least itself. */
            if (!stateful) {
                size_t expected = encode((struct bytes){.data = segment.text, .size = at}, samples[i].charset, prefix, sizeof prefix);
                cr_assert_eq(offset, expected, "%s at %zu: %zu, not %zu", samples[i].charset, at, (size_t)offset, expected);
            } else if (segment.text[at] < 0x80 && width == 1) {
                cr_assert(data[offset] == segment.text[at] || (data[offset] == '+' && data[offset + 1] == '-') ||
                              strcmp(samples[i].encoding, "UTF-7") == 0,
                          "%s at %zu", samples[i].charset, at);
            }
        }
        cr_assert_eq(segment_offset(&segment, segment.page), size, "%s", samples[i].charset);
        fact_list_finish(&facts);
    }
}

/* Decode in pages of at most `wanted`, as the engine does, and compare. */
static void
check_pages(const struct sample *sample, const uint8_t *data, size_t size, size_t wanted)
{
    enum { CONTEXT = 13, MARGIN = 11 };
    struct fact_list facts = {0};
    struct segment whole = decode(data, size, sample->encoding, &facts);
    char *text = strndup((const char *)whole.text, whole.page);
    uint64_t places[4096];
    for (size_t i = 0; i < whole.page; i++)
        places[i] = segment_offset(&whole, i);
    size_t total = whole.page, done = 0;
    for (size_t at = 0, cut; at < size; at += cut) {
        cut = text_cut(sample->encoding, data + at, size - at, wanted);
        size_t before = at < CONTEXT ? at : CONTEXT, after = size - at - cut < MARGIN ? size - at - cut : MARGIN;
        struct stored_segment stored = {.data = data + at - before, .before = before, .page = cut, .after = after,
                                        .offset = at - before, .first = at == 0, .last = at + cut == size};
        struct segment segment = {0};
        cr_assert_eq(text_decode(decoder, sample->encoding, &stored, &segment, &facts), PROV_OK);
        cr_assert_leq(segment.page, total - done, "%s in pages of %zu", sample->charset, wanted);
        cr_assert(memcmp(segment.text + segment.before, text + done, segment.page) == 0, "%s in pages of %zu",
                  sample->charset, wanted);
        for (size_t i = 0; i < segment.page; i++)
            cr_assert_eq(segment_offset(&segment, segment.before + i), places[done + i], "%s at %zu in pages of %zu",
                         sample->charset, done + i, wanted);
        done += segment.page;
    }
    cr_assert_eq(done, total, "%s in pages of %zu", sample->charset, wanted);
    cr_assert_eq(facts.nfacts, 0, "%s in pages of %zu", sample->charset, wanted);
    free(text);
    fact_list_finish(&facts);
}

Test(text_decode, does_not_depend_on_where_segments_are_cut)
{
    for (size_t i = 0; i < NSAMPLES; i++) {
        uint8_t data[4096];
        size_t size = encode(bytes_of(samples[i].text), samples[i].charset, data, sizeof data);
        /* Stateful text has lines of up to a hundred bytes: below that a cut cannot help being wrong. */
        bool stateful = strncmp(samples[i].encoding, "ISO-2022", 8) == 0 || strcmp(samples[i].encoding, "UTF-7") == 0;
        for (size_t wanted = stateful ? 120 : 4; wanted <= size + 1; wanted++)
            check_pages(&samples[i], data, size, wanted);
    }
}

Test(text_decode, does_not_copy_utf8)
{
    struct fact_list facts = {0};
    static const uint8_t text[] = "plain \xE4\xB8\xAD";
    struct segment segment = decode(text, sizeof text - 1, "UTF-8", &facts);
    cr_assert_eq(segment.text, text);
    cr_assert_null(segment.runs);
    cr_assert_eq(segment.nruns, 0);
    segment = decode(text, sizeof text - 1, "US-ASCII", &facts);
    cr_assert_eq(segment.text, text);
    cr_assert_eq(facts.nfacts, 0, "UTF-8 behind an ASCII head is no fault");
    fact_list_finish(&facts);
}

Test(text_decode, leaves_out_the_byte_order_mark)
{
    static const struct {
        const char *data;
        size_t size;
        const char *encoding;
        uint64_t offset;
    } cases[] = {
        {"\xEF\xBB\xBF" "ab", 5, "UTF-8", 3},
        {"\xFF\xFE" "a\0b\0", 6, "UTF-16LE", 2},
        {"\xFE\xFF\0a\0b", 6, "UTF-16BE", 2},
        {"\xFF\xFE\0\0a\0\0\0b\0\0\0", 12, "UTF-32LE", 4},
        {"\0\0\xFE\xFF\0\0\0a\0\0\0b", 12, "UTF-32BE", 4},
        {"\x84\x31\x95\x33" "ab", 6, "GB18030", 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fact_list facts = {0};
        struct segment segment = decode((const uint8_t *)cases[i].data, cases[i].size, cases[i].encoding, &facts);
        cr_assert_eq(segment.page, 2, "%s", cases[i].encoding);
        cr_assert(memcmp(segment.text, "ab", 2) == 0);
        cr_assert_eq(segment_offset(&segment, 0), cases[i].offset);
        cr_assert_eq(facts.nfacts, 0);
        fact_list_finish(&facts);
    }
}

/* The fact with a code, or NULL. */
static const struct fact *
find(const struct fact_list *facts, const char *code)
{
    for (size_t i = 0; i < facts->nfacts; i++)
        if (strcmp(facts->facts[i].code, code) == 0)
            return &facts->facts[i];
    return NULL;
}

Test(text_decode, counts_what_is_malformed_and_where_it_begins)
{
    static const struct {
        const char *data;
        size_t size;
        const char *encoding, *text;
        uint64_t count, offset;
    } cases[] = {
        {"ab\xFF\xE4\xB8 c", 7, "UTF-8", "ab\xFF\xE4\xB8 c", 2, 2},
        {"ab\xE4\xB8", 4, "UTF-8", "ab\xE4\xB8", 1, 2},
        {"a\xC4\xE3\xFF" "b\x81", 6, "GB18030", "a你\xEF\xBF\xBD" "b\xEF\xBF\xBD", 2, 3},
        {"\x81\"x", 3, "GB18030", "\xEF\xBF\xBD\"x", 1, 0},
        {"a\0\0\xD8z\0", 6, "UTF-16LE", "a\xEF\xBF\xBDz", 1, 2},
        {"\0a\xDC\0", 4, "UTF-16BE", "a\xEF\xBF\xBD", 1, 2},
        {"a\0b", 3, "UTF-16LE", "a\xEF\xBF\xBD", 1, 2},
        {"\0\0\x11\0", 4, "UTF-32LE", "\xEF\xBF\xBD", 1, 0},
        {"\x82\xA0\x82", 3, "Shift_JIS", "あ\xEF\xBF\xBD", 1, 2},
        {"\x80 \x82\xA0", 4, "Shift_JIS", "\xEF\xBF\xBD あ", 1, 0},
        {"a\x81" "b", 3, "windows-1252", "a\xEF\xBF\xBD" "b", 1, 1},
        {"\x1B$B$\x22$\n", 7, "ISO-2022-JP", "あ\xEF\xBF\xBD\n", 1, 5},
        {"+2D0-x", 6, "UTF-7", "\xEF\xBF\xBDx", 1, 1},
        {"a+ b", 4, "UTF-7", "a+ b", 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fact_list facts = {0};
        struct segment segment = decode((const uint8_t *)cases[i].data, cases[i].size, cases[i].encoding, &facts);
        cr_expect_eq(segment.page, strlen(cases[i].text), "case %zu", i);
        cr_expect(memcmp(segment.text, cases[i].text, strlen(cases[i].text)) == 0, "case %zu: %.*s", i, (int)segment.page,
                  (const char *)segment.text);
        const struct fact *fact = find(&facts, "text.invalid_encoding");
        cr_assert_not_null(fact, "case %zu", i);
        cr_expect_eq(fact->count, cases[i].count, "case %zu: %zu", i, (size_t)fact->count);
        cr_expect_eq(fact->offset, cases[i].offset, "case %zu: at %zu", i, (size_t)fact->offset);
        fact_list_finish(&facts);
    }
}

Test(text_decode, counts_nuls_in_every_encoding)
{
    static const struct {
        const char *data;
        size_t size;
        const char *encoding;
        uint64_t offset;
    } cases[] = {
        {"ab\0c\0", 5, "UTF-8", 2},           {"\xC4\xE3\0\0a", 5, "GB18030", 2}, {"a\0\0\0b\0\0\0", 8, "UTF-16LE", 2},
        {"\xE9\0a\0", 4, "windows-1252", 1},  {"a\0b\0", 4, "UTF-7", 1},          {"a\0\x1B$B$\"\0", 8, "ISO-2022-JP", 1},
        {"a\0~{D#~}\0", 9, "HZ-GB-2312", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fact_list facts = {0};
        (void)decode((const uint8_t *)cases[i].data, cases[i].size, cases[i].encoding, &facts);
        const struct fact *fact = find(&facts, "text.nul_bytes");
        cr_assert_not_null(fact, "case %zu", i);
        cr_expect_eq(fact->count, 2, "case %zu: %zu", i, (size_t)fact->count);
        cr_expect_eq(fact->offset, cases[i].offset, "case %zu", i);
        fact_list_finish(&facts);
    }
}

Test(text_decode, counts_the_page_only)
{
    struct fact_list facts = {0};
    struct stored_segment stored = {.data = (const uint8_t *)"\xFF\xFF" "ab\0" "\xFF\0", .before = 2, .page = 3, .after = 2, .offset = 100};
    struct segment segment = {0};
    cr_assert_eq(text_decode(decoder, "UTF-8", &stored, &segment, &facts), PROV_OK);
    cr_assert_eq(facts.nfacts, 1);
    cr_assert_eq(facts.facts[0].offset, 104);
    fact_list_clear(&facts);
    cr_assert_eq(text_decode(decoder, "GB18030", &stored, &segment, &facts), PROV_OK);
    cr_assert_eq(facts.nfacts, 1);
    cr_assert_eq(facts.facts[0].offset, 104);
    cr_assert_eq(segment.page, 3);
    fact_list_finish(&facts);
}

Test(text_decode, does_not_let_a_broken_context_shift_the_page)
{
    /* "before" begins with the second byte of a character, and its bytes pair up wrongly. */
    static const uint8_t data[] = "\xE3\xBA\xC3\xC4\xE3\xBA\xC3\n";
    struct stored_segment stored = {.data = data, .before = 3, .page = 5, .offset = 1000, .last = true};
    struct segment segment = {0};
    struct fact_list facts = {0};
    cr_assert_eq(text_decode(decoder, "GB18030", &stored, &segment, &facts), PROV_OK);
    cr_assert_eq(segment.page, 7);
    cr_assert(memcmp(segment.text + segment.before, "你好\n", 7) == 0);
    cr_assert_eq(segment_offset(&segment, segment.before), 1003);
    cr_assert_eq(facts.nfacts, 0);
    fact_list_finish(&facts);
}

Test(text_decode, reads_hz_as_its_rfc_says)
{
    struct fact_list facts = {0};
    static const char text[] = "This sentence is in ASCII.\nThe next sentence is in GB.~{<:Ky2;S{#,NpJ)l6HK!#~}Bye.~~ ~\nx\n";
    struct segment segment = decode((const uint8_t *)text, sizeof text - 1, "HZ-GB-2312", &facts);
    static const char expected[] = "This sentence is in ASCII.\nThe next sentence is in GB.己所不欲，勿施於人。Bye.~ x\n";
    cr_assert_eq(segment.page, sizeof expected - 1);
    cr_assert(memcmp(segment.text, expected, segment.page) == 0, "%.*s", (int)segment.page, (const char *)segment.text);
    cr_assert_eq(facts.nfacts, 0);
    fact_list_finish(&facts);
}

Test(text_decode, cuts_at_line_ends_when_it_can)
{
    static const uint8_t text[] = "first line\nsecond line\nthird line";
    cr_assert_eq(text_cut("UTF-8", text, sizeof text - 1, 30), 23);
    cr_assert_eq(text_cut("UTF-8", text, sizeof text - 1, 20), 11);
    cr_assert_eq(text_cut("UTF-8", text, sizeof text - 1, 9), 9);
    cr_assert_eq(text_cut("UTF-8", text, sizeof text - 1, 1), 1);
    cr_assert_eq(text_cut("UTF-16LE", (const uint8_t *)"a\0\n\0b\0c\0", 8, 7), 4);
    cr_assert_eq(text_cut("UTF-16BE", (const uint8_t *)"\0a\0b\xD8\x3D\xDE\0", 8, 7), 4);
}

/* Any bytes: whole and in pages the same text, places and faults. */
Test(text_decode, gives_the_same_of_garbage_in_pages)
{
    static const char *const encodings[] = {"UTF-8",  "GB18030",  "Big5",     "Shift_JIS", "EUC-JP",   "EUC-KR", "x-johab",
                                            "EUC-TW", "UTF-16LE", "UTF-16BE", "UTF-32LE",  "UTF-32BE", "KOI8-R"};
    unsigned seed = 11;
    for (int round = 0; round < 1500; round++) {
        uint8_t data[200];
        size_t size = 1 + (size_t)rand_r(&seed) % sizeof data;
        for (size_t i = 0; i < size; i++)
            data[i] = (uint8_t)(rand_r(&seed) % 4 ? 0x80 | rand_r(&seed) >> 8 : rand_r(&seed) >> 8);
        for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
            struct fact_list facts = {0};
            struct segment whole = decode(data, size, encodings[i], &facts);
            uint8_t text[1024];
            size_t total = whole.page, done = 0;
            uint64_t nfaults = 0, nfaults_pages = 0;
            memcpy(text, whole.text, total);
            for (size_t k = 0; k < facts.nfacts; k++)
                nfaults += facts.facts[k].count;
            fact_list_clear(&facts);
            for (size_t at = 0, cut; at < size; at += cut) {
                cut = text_cut(encodings[i], data + at, size - at, 5 + (size_t)round % 40);
                struct stored_segment stored = {.data = data + at, .page = cut, .after = size - at - cut, .offset = at,
                                                .first = at == 0, .last = at + cut == size};
                struct segment segment = {0};
                cr_assert_eq(text_decode(decoder, encodings[i], &stored, &segment, &facts), PROV_OK);
                cr_assert(segment.page <= total - done && memcmp(segment.text, text + done, segment.page) == 0, "%s",
                          encodings[i]);
                done += segment.page;
            }
            for (size_t k = 0; k < facts.nfacts; k++)
                nfaults_pages += facts.facts[k].count;
            cr_assert_eq(done, total, "%s", encodings[i]);
            cr_assert_eq(nfaults, nfaults_pages, "%s", encodings[i]);
            fact_list_finish(&facts);
        }
    }
}

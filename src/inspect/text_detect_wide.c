/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-16 and UTF-32 without (and with) a byte order mark.
 *
 * UTF-32 gives itself away: of random four bytes one in 3,855 is a code point. UTF-16 does not: more than
 * half of all pairs of bytes are assigned characters. What tells text is that its characters come from
 * few scripts, that there are spaces, line ends or CJK punctuation among them, and that controls,
 * private-use and unpaired surrogates do not occur:
 *
 *   units       good: ASCII, punctuation, one of the scripts below
 *               odd:  assigned, but in none of them
 *               bad:  controls, private use, unpaired surrogates, noncharacters
 *
 * Text is all but free of bad units, has few odd ones, and one script holds nearly all the rest.
 */
#include "inspect/text_detect.h"

#include <stdint.h>

/* Units looked at; statistics do not get better by more, and binary data fails early. */
enum { UNITS_MAX = 2048 };

/* Without a mark, so many units at least are needed for other scripts than ASCII. */
enum { UNITS_MIN = 8, UNITS_MIN_MIXED = 4, UNITS_MIN_ASCII = 3 };

enum group { GROUP_BAD, GROUP_ODD, GROUP_ASCII, GROUP_SEPARATOR, GROUP_ALPHABET, GROUP_SEMITIC, GROUP_INDIC, GROUP_HAN, GROUP_HANGUL, GROUP_COUNT };

struct range {
    uint32_t first, last;
    enum group group;
};

/* Blocks of Unicode, ascending; what lies between is odd. */
static const struct range ranges[] = {
    {0x0000, 0x0008, GROUP_BAD},       {0x0009, 0x000D, GROUP_SEPARATOR}, {0x000E, 0x001F, GROUP_BAD},
    {0x0020, 0x0020, GROUP_SEPARATOR}, {0x0021, 0x007E, GROUP_ASCII},     {0x007F, 0x009F, GROUP_BAD},
    {0x00A0, 0x02AF, GROUP_ALPHABET},  {0x0300, 0x036F, GROUP_ALPHABET},  {0x0370, 0x058F, GROUP_ALPHABET},
    {0x0590, 0x06FF, GROUP_SEMITIC},   {0x0900, 0x0EFF, GROUP_INDIC},     {0x10A0, 0x10FF, GROUP_ALPHABET},
    {0x1E00, 0x1FFF, GROUP_ALPHABET},  {0x2000, 0x206F, GROUP_ASCII},     {0x20A0, 0x214F, GROUP_ASCII},
    {0x2190, 0x21FF, GROUP_ASCII},     {0x2500, 0x25FF, GROUP_ASCII},     {0x3000, 0x3002, GROUP_SEPARATOR},
    {0x3003, 0x30FF, GROUP_HAN},       {0x3400, 0x4DBF, GROUP_ODD},       {0x4E00, 0x9FFF, GROUP_HAN},
    {0xAC00, 0xD7A3, GROUP_HANGUL},    {0xD800, 0xF8FF, GROUP_BAD},       {0xFE30, 0xFE4F, GROUP_HAN},
    {0xFEFF, 0xFEFF, GROUP_ASCII},     {0xFF01, 0xFF0B, GROUP_HAN},       {0xFF0C, 0xFF0C, GROUP_SEPARATOR},
    {0xFF0D, 0xFFEF, GROUP_HAN},       {0xFFF0, 0xFFFF, GROUP_BAD},       {0x1F300, 0x1FAFF, GROUP_ASCII},
    {0x20000, 0x323AF, GROUP_HAN},     {0xE0000, UINT32_MAX, GROUP_BAD},
};

static enum group
group_of(uint32_t point)
{
    size_t low = 0, high = sizeof ranges / sizeof *ranges;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].first <= point)
            low = middle;
        else
            high = middle;
    }
    return point <= ranges[low].last ? ranges[low].group : GROUP_ODD;
}

static uint32_t
unit16(const uint8_t *data, bool big)
{
    return big ? (uint32_t)data[0] << 8 | data[1] : (uint32_t)data[1] << 8 | data[0];
}

static uint32_t
unit32(const uint8_t *data, bool big)
{
    return big ? unit16(data, big) << 16 | unit16(data + 2, big) : unit16(data + 2, big) << 16 | unit16(data, big);
}

/* The code point at data, and how many bytes it takes; an unpaired surrogate comes out as itself. */
static uint32_t
point_at(struct bytes rest, size_t width, bool big, size_t *size)
{
    *size = width;
    if (width == 4)
        return unit32(rest.data, big);
    uint32_t first = unit16(rest.data, big);
    if (first < 0xD800 || first > 0xDBFF || rest.size < 4)
        return first;
    uint32_t second = unit16(rest.data + 2, big);
    if (second < 0xDC00 || second > 0xDFFF)
        return first;
    *size = 4;
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

/* Count the groups of the first units. @return how many there were */
static size_t
count_groups(struct bytes head, size_t width, bool big, size_t counts[GROUP_COUNT])
{
    size_t nunits = 0;
    for (size_t at = 0, size; at + width <= head.size && nunits < UNITS_MAX; at += size, nunits++) {
        struct bytes rest = {.data = head.data + at, .size = head.size - at};
        counts[group_of(point_at(rest, width, big, &size))]++;
        /* Binary data shows itself early: look no further. */
        if (nunits == 64 && counts[GROUP_BAD] > 16)
            break;
    }
    return nunits;
}

bool
text_is_wide(enum text_encoding_id id, struct bytes head, bool marked)
{
    size_t width = id == TEXT_ENCODING_UTF32LE || id == TEXT_ENCODING_UTF32BE ? 4 : 2;
    bool big = id == TEXT_ENCODING_UTF16BE || id == TEXT_ENCODING_UTF32BE;
    size_t counts[GROUP_COUNT] = {0};
    size_t nunits = count_groups(head, width, big, counts);
    if (marked)
        return counts[GROUP_BAD] * 8 <= nunits && counts[GROUP_ODD] * 2 <= nunits;
    if (counts[GROUP_BAD] * 64 > nunits || counts[GROUP_ODD] * 16 > nunits)
        return false;
    size_t plain = counts[GROUP_ASCII] + counts[GROUP_SEPARATOR];
    if (plain == nunits)
        return nunits >= UNITS_MIN_ASCII;
    size_t script = 0;
    for (int group = GROUP_ALPHABET; group < GROUP_COUNT; group++)
        if (counts[group] > script)
            script = counts[group];
    bool has_separators = counts[GROUP_SEPARATOR] * 128 >= nunits || nunits < 32;
    size_t nunits_min = width == 4 || plain * 4 >= nunits ? UNITS_MIN_MIXED : UNITS_MIN;
    return nunits >= nunits_min && has_separators && (plain + script) * 16 >= nunits * 15;
}

enum text_encoding_id
text_detect_wide(struct bytes head)
{
    static const enum text_encoding_id ids[] = {TEXT_ENCODING_UTF32LE, TEXT_ENCODING_UTF32BE,
                                                TEXT_ENCODING_UTF16LE, TEXT_ENCODING_UTF16BE};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (text_is_wide(ids[i], head, false))
            return ids[i];
    return TEXT_ENCODING_COUNT;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands beside a finding decides more than any checksum: a number in a version, a hash, a UUID, a price, a
 * decimal or a longer number is no telephone. Han, kana and punctuation are boundaries; letters of scripts with
 * spaces between words are not.
 */
#include "inspect/pattern_scan.h"

enum { GROUP_MAX = 40, NUMBER_LONG = 7 };

static bool
is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool
is_letter(uint8_t byte)
{
    return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

static bool
is_hex(uint8_t byte)
{
    return is_digit(byte) || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

static bool
is_word(uint8_t byte)
{
    return is_digit(byte) || is_letter(byte) || byte == '_';
}

uint32_t
code_after(struct bytes text, size_t start)
{
    if (start >= text.size)
        return 0;
    uint8_t first = text.data[start];
    unsigned more = first < 0xC0 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    if (first < 0x80)
        return first;
    if (more == 0 || start + more >= text.size)
        return 0xFFFD;
    uint32_t code = first & (0x3Fu >> more);
    for (unsigned i = 1; i <= more; i++) {
        if ((text.data[start + i] & 0xC0) != 0x80)
            return 0xFFFD;
        code = code << 6 | (text.data[start + i] & 0x3Fu);
    }
    return code;
}

uint32_t
code_before(struct bytes text, size_t end)
{
    if (end == 0)
        return 0;
    size_t start = end - 1;
    while (start > 0 && end - start < 4 && (text.data[start] & 0xC0) == 0x80)
        start--;
    return code_after(text, start);
}

bool
is_cjk_code(uint32_t code)
{
    return (code >= 0x2E80 && code <= 0x9FFF) || (code >= 0xAC00 && code <= 0xD7A3) ||
           (code >= 0xF900 && code <= 0xFAFF) || (code >= 0x20000 && code <= 0x3FFFF);
}

bool
is_word_code(uint32_t code)
{
    if (code < 0x80)
        return code && is_word((uint8_t)code);
    if (code == 0xAA || code == 0xB5 || code == 0xBA || (code >= 0xC0 && code <= 0x2FF))
        return code != 0xD7 && code != 0xF7;
    /* Greek to Thai's neighbours; 0x0E00 to 0x0FFF (Thai, Lao, Tibetan) have no spaces */
    return (code >= 0x370 && code < 0x0E00) || (code >= 0x10A0 && code < 0x1780) ||
           (code >= 0x1C80 && code < 0x2000);
}

bool
is_escape_letter(struct bytes text, size_t at)
{
    if (at == 0 || text.data[at - 1] != '\\')
        return false;
    switch (text.data[at]) {
    case 'n':
    case 'r':
    case 't':
    case 'b':
    case 'f':
    case 'v':
        return true;
    default:
        return false;
    }
}

/* Money before an amount, measures behind it. */
static bool
is_currency(uint32_t code)
{
    return code == '$' || code == 0xA3 || code == 0xA5 || code == 0xFFE5 || (code >= 0x20A0 && code <= 0x20BF);
}

static bool
is_measure(uint32_t code)
{
    switch (code) {
    case '%':
    case 0xB0:   /* degrees */
    case 0x2030: /* per mille */
    case 0x2103: /* degrees Celsius */
    case 0x5143: /* yuan */
    case 0x4E07: /* ten thousand */
    case 0x4EBF: /* hundred million */
    case 0x5104:
    case 0x5186: /* yen */
    case 0x5E74: /* year */
        return true;
    default:
        return is_currency(code);
    }
}

/* Length of the group of letters and digits that ends before `end`; is it hex only? */
static size_t
group_before(struct bytes text, size_t end, bool *hex, bool *numeric)
{
    size_t size = 0;
    *hex = *numeric = true;
    for (; size < end && size < GROUP_MAX && (is_digit(text.data[end - 1 - size]) || is_letter(text.data[end - 1 - size]));
         size++) {
        *hex = *hex && is_hex(text.data[end - 1 - size]);
        *numeric = *numeric && is_digit(text.data[end - 1 - size]);
    }
    return size;
}

static size_t
group_after(struct bytes text, size_t start, bool *hex, bool *numeric)
{
    size_t size = 0;
    *hex = *numeric = true;
    for (; start + size < text.size && size < GROUP_MAX &&
           (is_digit(text.data[start + size]) || is_letter(text.data[start + size]));
         size++) {
        *hex = *hex && is_hex(text.data[start + size]);
        *numeric = *numeric && is_digit(text.data[start + size]);
    }
    return size;
}

/* Is the neighbour beyond a '-' a part of the same thing: a number, or a group of a UUID? */
static bool
joined(size_t size, bool hex, bool numeric)
{
    return (numeric && size > 0) || (hex && (size == 4 || size == 8 || size == 12));
}

static bool
number_before(struct bytes text, size_t start)
{
    bool hex, numeric;
    uint8_t byte = text.data[start - 1];
    size_t size = group_before(text, start - 1, &hex, &numeric);
    switch (byte) {
    case '.':
        return size > 0 && !is_digit(text.data[start - 2]);
    case '-':
        return size > 0 && !joined(size, hex, numeric);
    case '/':
        return !(numeric && size > 0 && size < NUMBER_LONG) && size < 20;
    case '+':
    case '%':
    case '@':
    case '\\':
    case '^':
        return false;
    case ',':
        return !(numeric && size > 0 && size < 4 && start >= 2);
    default:
        return !is_currency(code_before(text, start));
    }
}

static bool
number_after(struct bytes text, size_t end)
{
    bool hex, numeric;
    size_t size = group_after(text, end + 1, &hex, &numeric);
    switch (text.data[end]) {
    case '.':
        return size == 0 || !is_digit(text.data[end + 1]);
    case '-':
        return size == 0 || !joined(size, hex, numeric);
    case '/':
        return !(numeric && size > 0 && size < NUMBER_LONG);
    case '+':
    case '^':
        return size == 0;
    default:
        return !is_measure(code_after(text, end));
    }
}

bool
boundary_before(enum detector_boundary boundary, struct bytes text, size_t start)
{
    if (start == 0 || boundary == BOUNDARY_NONE)
        return true;
    uint8_t byte = text.data[start - 1];
    if (is_word(byte))
        return is_escape_letter(text, start - 1);
    if (byte >= 0x80 && is_word_code(code_before(text, start)))
        return false;
    if (boundary == BOUNDARY_NUMBER)
        return number_before(text, start);
    return boundary != BOUNDARY_TOKEN || (byte != '-' && byte != '+');
}

bool
boundary_after(enum detector_boundary boundary, struct bytes text, size_t end)
{
    if (end >= text.size || boundary == BOUNDARY_NONE)
        return true;
    uint8_t byte = text.data[end];
    if (is_word(byte) || (byte >= 0x80 && is_word_code(code_after(text, end))))
        return false;
    return boundary != BOUNDARY_NUMBER || number_after(text, end);
}

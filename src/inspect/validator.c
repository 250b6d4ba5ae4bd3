/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Families of checks: almost every identifier of the world is a weighted sum, a number modulo something, one
 * of the ISO 7064 systems, Luhn or Verhoeff, a date, or a list of beginnings. A country is then data.
 *
 * Sources: ISO/IEC 7812-1 (Luhn), ISO/IEC 7064, J. Verhoeff, "Error Detecting Decimal Codes" (1969), ISO
 * 13616 (IBAN), ICAO Doc 9303 (MRZ). The suite compares with python-stdnum.
 */
#include "inspect/validator.h"

#include <string.h>

/* The characters from..to of a value. @return false when it is too short */
static bool
slice(const struct detector_check *check, const struct value *value, struct bytes *part)
{
    long size = (long)value->size;
    long from = check->from < 0 ? size + check->from : check->from;
    long to = check->to <= 0 ? size + check->to : check->to;
    if (from < 0 || to > size || from >= to)
        return false;
    *part = (struct bytes){value->chars + from, (size_t)(to - from)};
    return true;
}

/* A place, negative from the end. @return false outside of the value */
static bool
place(int at, const struct value *value, size_t *index)
{
    long found = at < 0 ? (long)value->size + at : at;
    *index = (size_t)found;
    return found >= 0 && found < (long)value->size;
}

static int
digit_value(uint8_t byte)
{
    return byte >= '0' && byte <= '9' ? byte - '0' : -1;
}

/* 0-9, A=10 .. Z=35. */
static int
alnum_value(uint8_t byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return byte - 'A' + 10;
    return digit_value(byte);
}

/* Does text begin with a word or lie in a range "51-55" of beginnings? */
static bool
begins(struct bytes text, const char *string)
{
    const char *dash = strchr(string, '-');
    size_t size = dash ? (size_t)(dash - string) : strlen(string);
    if (dash == string || text.size < size)
        return dash == string && bytes_start_with(text, string);
    if (!dash)
        return memcmp(text.data, string, size) == 0;
    return memcmp(text.data, string, size) >= 0 && memcmp(text.data, dash + 1, size) <= 0;
}

static bool
begins_with_any(struct bytes text, const char *const *strings, size_t nstrings)
{
    for (size_t i = 0; i < nstrings; i++)
        if (begins(text, strings[i]))
            return true;
    return false;
}

/* Luhn's sum in any base ("Luhn mod N"): of each second product the two digits are added. */
static bool
luhn_sum(const struct detector_check *check, struct bytes text, bool odd, int *sum)
{
    int base = check->base ? check->base : 10;
    for (size_t i = text.size; i-- > 0; odd = !odd) {
        int digit = check->values ? check->values[text.data[i]] : digit_value(text.data[i]);
        if (digit < 0)
            return false;
        *sum += odd ? digit * 2 / base + digit * 2 % base : digit;
    }
    return true;
}

static bool
luhn(const struct detector_check *check, struct bytes part)
{
    int sum = 0;
    return luhn_sum(check, part, false, &sum) &&
           luhn_sum(check, bytes_of(check->prefix), part.size & 1, &sum) &&
           sum % (check->base ? check->base : 10) == 0;
}

static long
weigh(const struct detector_check *check, int32_t weight, int digit)
{
    long product = (long)weight * digit;
    return check->digit_sum ? product / 100 + product / 10 % 10 + product % 10 : product;
}

/* Weigh text, which may lack characters before and behind: those are nothing. @return the remainder, -1: a
 * foreign character */
static long
weighted_remainder(const struct detector_check *check, const int32_t *weights, struct bytes text,
                   size_t missing)
{
    long sum = check->add;
    for (size_t i = missing; i < check->nweights && i - missing < text.size; i++) {
        uint8_t byte = text.data[i - missing];
        const int16_t *values = check->first_values && i % 2 == 0 ? check->first_values : check->values;
        int digit = values ? values[byte] : digit_value(byte);
        if (digit < 0)
            return -1;
        sum += weigh(check, weights[i], digit);
    }
    return (sum % check->modulus + check->modulus) % check->modulus;
}

static bool
weighted(const struct detector_check *check, const struct value *value)
{
    size_t from = 0, at, missing = 0;
    if (check->pad && check->from < 0 && (size_t)-check->from > value->size)
        missing = (size_t)-check->from - value->size;
    else if (!place(check->from, value, &from))
        return false;
    if (!place(check->at, value, &at) || missing >= check->nweights ||
        (!check->pad && value->size - from < check->nweights))
        return false;
    struct bytes text = {value->chars + from, value->size - from};
    long remainder = weighted_remainder(check, check->weights, text, missing);
    if (remainder < 0)
        return false;
    if (!check->table)
        return remainder == check->remainder;
    uint8_t wanted = (uint8_t)check->table[remainder];
    if (wanted == '-' && check->again) {
        remainder = weighted_remainder(check, check->again, text, missing);
        wanted = remainder < 0 ? '-' : (uint8_t)check->again_table[remainder];
    }
    return wanted != '-' && value->chars[at] == wanted;
}

/* Go on dividing a number by modulus, digit by digit; letters count as two digits. */
static bool
divide(struct bytes number, int modulus, long *remainder)
{
    for (size_t i = 0; i < number.size; i++) {
        int digit = alnum_value(number.data[i]);
        if (digit < 0)
            return false;
        *remainder = (*remainder * (digit < 10 ? 10 : 100) + digit) % modulus;
    }
    return true;
}

static bool
number(const struct detector_check *check, const struct value *value, struct bytes part)
{
    long remainder = 0;
    size_t at;
    if (!divide(bytes_of(check->prefix), check->modulus, &remainder) ||
        !divide(part, check->modulus, &remainder) || !place(check->at, value, &at))
        return false;
    if (check->complement)
        remainder = check->modulus - remainder;
    if (check->table)
        return value->chars[at] == (uint8_t)check->table[remainder % check->modulus];
    if (!(check->given & CHECK_AT))
        return remainder == check->remainder;
    long stated = 0;
    return divide((struct bytes){value->chars + at, value->size - at}, INT32_MAX, &stated) &&
           stated == remainder;
}

/* Hybrid systems MOD m+1, m of ISO 7064. */
static bool
iso7064_hybrid(struct bytes part, int m)
{
    int product = m;
    for (size_t i = 0; i < part.size; i++) {
        int digit = m == 26 ? (part.data[i] >= 'A' && part.data[i] <= 'Z' ? part.data[i] - 'A' : -1)
                            : alnum_value(part.data[i]);
        if (digit < 0 || digit >= m)
            return false;
        int sum = (product + digit) % m;
        if (i + 1 == part.size)
            return sum == 1;
        product = (sum == 0 ? m : sum) * 2 % (m + 1);
    }
    return false;
}

/* Pure systems with one check character: its value m - 1 is written X or '*'. */
static bool
iso7064_pure(struct bytes part, int m, uint8_t extra)
{
    int sum = 0;
    for (size_t i = 0; i < part.size; i++) {
        bool last = i + 1 == part.size;
        int digit = last && part.data[i] == extra ? m - 1 : alnum_value(part.data[i]);
        if (digit < 0 || (digit >= m - 1 && !last))
            return false;
        sum = (sum * 2 + digit) % m;
    }
    return sum == 1;
}

static bool
iso7064(const char *variant, struct bytes part)
{
    if (strcmp(variant, "11-2") == 0)
        return iso7064_pure(part, 11, 'X');
    if (strcmp(variant, "37-2") == 0)
        return iso7064_pure(part, 37, '*');
    if (strcmp(variant, "11,10") == 0)
        return iso7064_hybrid(part, 10);
    if (strcmp(variant, "37,36") == 0)
        return iso7064_hybrid(part, 36);
    if (strcmp(variant, "27,26") == 0)
        return iso7064_hybrid(part, 26);
    long remainder = 0; /* 97-10 */
    return divide(part, 97, &remainder) && remainder == 1;
}

/* The product in the dihedral group of ten elements: 0-4 turn, 5-9 turn over. */
static unsigned
dihedral(unsigned a, unsigned b)
{
    if (a < 5)
        return b < 5 ? (a + b) % 5 : 5 + (a + b) % 5;
    return b < 5 ? 5 + (a - b) % 5 : (a - b + 5) % 5;
}

static bool
verhoeff(struct bytes part)
{
    static const uint8_t permutation[10] = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
    unsigned sum = 0;
    for (size_t i = 0; i < part.size; i++) {
        int digit = digit_value(part.data[part.size - 1 - i]);
        if (digit < 0)
            return false;
        unsigned image = (unsigned)digit;
        for (size_t round = 0; round < i % 8; round++)
            image = permutation[image];
        sum = dihedral(sum, image);
    }
    return sum == 0;
}

static bool
leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* The number that the places of `letter` in a format stand for. @return -1 when the format has none */
static int
date_field(const char *format, struct bytes text, char letter)
{
    int number = -1;
    for (size_t i = 0; format[i]; i++) {
        if (format[i] != letter)
            continue;
        int digit = digit_value(text.data[i]);
        if (digit < 0)
            return -2;
        number = (number < 0 ? 0 : number * 10) + digit;
    }
    return number;
}

static bool
date(const struct detector_check *check, struct value *value)
{
    static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    size_t from, size = strlen(check->format);
    if (!place(check->from, value, &from) || value->size - from < size)
        return false;
    struct bytes text = {value->chars + from, size};
    int year = date_field(check->format, text, 'Y'), month = date_field(check->format, text, 'M');
    int day = date_field(check->format, text, 'D');
    if (year < 0)
        return false;
    if (month == -1) /* days of the year */
        return day >= 1 && day <= 366;
    if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
        return false;
    if (strstr(check->format, "YYYY") == NULL)
        return true;
    if (month == 2 && day == 29 && !leap(year))
        return false;
    int full = year * 10000 + month * 100 + day;
    int minimum = check->minimum > 0 ? (int)check->minimum : 1900;
    if (year < minimum || full > value->today + 10000)
        return false;
    value->birth = full;
    return true;
}

static bool
starts(const struct detector_check *check, const struct value *value)
{
    size_t from;
    if (!place(check->from, value, &from))
        return false;
    struct bytes text = {value->chars + from, value->size - from};
    return begins_with_any(text, check->strings, check->nstrings);
}

static bool
lengths(const struct detector_check *check, const struct value *value)
{
    struct bytes text = {value->chars, value->size};
    for (size_t i = 0; i < check->nlengths; i++)
        if (begins(text, check->lengths[i].prefix) &&
            memchr(check->lengths[i].lengths, (int)(value->size & 255), check->lengths[i].nlengths) &&
            value->size < 256)
            return true;
    return false;
}

static bool
distinct(const struct detector_check *check, struct bytes part)
{
    bool seen[256] = {false};
    int count = 0;
    for (size_t i = 0; i < part.size; i++) {
        count += !seen[part.data[i]];
        seen[part.data[i]] = true;
    }
    return count >= (check->minimum > 0 ? check->minimum : 2) &&
           (check->maximum <= 0 || count <= check->maximum);
}

/* Not a sequence such as 123456789, 987654321 or 1234512345. */
static bool
order(struct bytes part)
{
    int up = 0, down = 0, same = 0;
    for (size_t i = 1; i < part.size; i++) {
        int step = part.data[i] - part.data[i - 1];
        up += step == 1 || step == -9;
        down += step == -1 || step == 9;
        same += step == 0;
    }
    int most = up > down ? up : down, steps = (int)part.size - 1;
    return most * 4 < steps * 3 && same * 4 < steps * 3;
}

/* The country's length is taken from the table: what follows it is not part of the number. */
static bool
iban(const struct detector_check *check, struct value *value)
{
    struct bytes text = {value->chars, value->size};
    size_t size = 0;
    for (size_t i = 0; i < check->nlengths && size == 0; i++)
        if (begins(text, check->lengths[i].prefix))
            size = check->lengths[i].lengths[0];
    if (size < 15 || size > value->size)
        return false;
    long remainder = 0;
    if (!divide((struct bytes){text.data + 4, size - 4}, 97, &remainder) ||
        !divide((struct bytes){text.data, 4}, 97, &remainder) || remainder != 1)
        return false;
    value->size = size;
    return true;
}

static bool
mrz_field(const uint8_t *chars, size_t size, uint8_t check)
{
    static const unsigned weights[3] = {7, 3, 1};
    unsigned sum = 0;
    for (size_t i = 0; i < size; i++) {
        int digit = chars[i] == '<' ? 0 : alnum_value(chars[i]);
        if (digit < 0)
            return false;
        sum += weights[i % 3] * (unsigned)digit;
    }
    return check == '0' + sum % 10 || (check == '<' && sum == 0);
}

/* The line with the numbers: document, birth and expiry have a check digit each. TD3 and MRV-A have 44
   characters, TD2 and MRV-B 36; on the second line of a TD1 card (30) stand birth and expiry alone. */
static bool
mrz_line(const uint8_t *line, size_t size)
{
    if (size == 30)
        return mrz_field(line, 6, line[6]) && mrz_field(line + 8, 6, line[14]);
    return (size == 44 || size == 36) && mrz_field(line, 9, line[9]) && mrz_field(line + 13, 6, line[19]) &&
           mrz_field(line + 21, 6, line[27]);
}

/* The line with the numbers alone, or all lines without their ends. */
static bool
mrz(const struct value *value)
{
    const uint8_t *chars = value->chars;
    switch (value->size) {
    case 90: /* a long document number goes on behind '<' and is not checked here */
        return mrz_line(chars + 30, 30) && (chars[14] == '<' || mrz_field(chars + 5, 9, chars[14]));
    case 88:
    case 72:
        return mrz_line(chars + value->size / 2, value->size / 2);
    default:
        return mrz_line(chars, value->size);
    }
}

static bool
pass_part(const struct detector_check *check, const struct value *value, struct bytes part)
{
    switch (check->kind) {
    case CHECK_KIND_LUHN:
        return luhn(check, part);
    case CHECK_KIND_NUMBER:
        return number(check, value, part);
    case CHECK_KIND_ISO7064:
        return iso7064(check->format, part);
    case CHECK_KIND_VERHOEFF:
        return verhoeff(part);
    case CHECK_KIND_DISTINCT:
        return distinct(check, part);
    case CHECK_KIND_ORDER:
        return order(part);
    case CHECK_KIND_ENTROPY:
        return validator_entropy(check, part);
    case CHECK_KIND_MIXED:
        return validator_mixed(check, part);
    case CHECK_KIND_CRC32_BASE62:
        return validator_crc32_base62(part);
    case CHECK_KIND_CRC32_HEX:
        return validator_crc32_hex(part);
    case CHECK_KIND_BASE58CHECK:
        return validator_base58check(check, part);
    case CHECK_KIND_BECH32:
        return validator_bech32(check, part);
    case CHECK_KIND_EIP55:
        return validator_eip55(part);
    case CHECK_KIND_JWT:
        return validator_jwt(part);
    case CHECK_KIND_BASIC_AUTH:
        return validator_basic_auth(part);
    default:
        return false;
    }
}

bool
validator_pass(const struct detector_check *check, struct value *value)
{
    struct bytes part;
    if (check->nbegins &&
        !begins_with_any((struct bytes){value->chars, value->size}, check->begins, check->nbegins))
        return true;
    switch (check->kind) {
    case CHECK_KIND_WEIGHTED:
        return weighted(check, value);
    case CHECK_KIND_DATE:
        return date(check, value);
    case CHECK_KIND_STARTS:
        return starts(check, value);
    case CHECK_KIND_STARTS_NOT:
        return !starts(check, value);
    case CHECK_KIND_LENGTHS:
        return lengths(check, value);
    case CHECK_KIND_IBAN:
        return iban(check, value);
    case CHECK_KIND_MRZ:
        return mrz(value);
    default:
        return slice(check, value, &part) && pass_part(check, value, part);
    }
}

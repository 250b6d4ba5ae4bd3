/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses of networks. Almost everything that has the form of one is something else: versions and OIDs
 * (1.2.3.4), clock times, "::" in programs, fingerprints; and most real ones name no host on the internet.
 *
 * Sources: RFC 4291 and RFC 5952 (IPv6 text), RFC 6890 (special-purpose addresses), RFC 5737 and RFC 3849
 * (documentation).
 */
#include <string.h>

#include "inspect/pattern_scan.h"

enum { IPV6_MAX = 45, SPECIAL_MALUS = 400, SMALL_MALUS = 250, NETWORK_MALUS = 150 };

static bool
is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool
is_hex(uint8_t byte)
{
    return is_digit(byte) || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

static bool
is_word(uint8_t byte)
{
    return is_digit(byte) || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '_';
}

/* Four numbers at text[start]. @return the place behind, 0 when they are not there */
static size_t
parse_ipv4(struct bytes text, size_t start, unsigned octets[4])
{
    size_t at = start;
    for (int i = 0; i < 4; i++) {
        size_t first = at;
        unsigned number = 0;
        while (at < text.size && at - first < 4 && is_digit(text.data[at]))
            number = number * 10 + (unsigned)(text.data[at++] - '0');
        if (at == first || number > 255 || at - first > 3 || (at - first > 1 && text.data[first] == '0'))
            return 0;
        octets[i] = number;
        if (i < 3 && (at >= text.size || text.data[at++] != '.'))
            return 0;
    }
    return at;
}

/* Not on the internet, or there for documentation. */
static bool
is_special_ipv4(const unsigned o[4])
{
    return o[0] == 0 || o[0] == 10 || o[0] == 127 || o[0] >= 224 || (o[0] == 100 && (o[1] & 0xC0) == 64) ||
           (o[0] == 169 && o[1] == 254) || (o[0] == 172 && (o[1] & 0xF0) == 16) ||
           (o[0] == 192 && o[1] == 168) || (o[0] == 192 && o[1] == 0 && (o[2] == 0 || o[2] == 2)) ||
           (o[0] == 198 && (o[1] & 0xFE) == 18) || (o[0] == 198 && o[1] == 51 && o[2] == 100) ||
           (o[0] == 203 && o[1] == 0 && o[2] == 113) || (o[0] == o[1] && o[1] == o[2] && o[2] == o[3]);
}

static bool
ipv4_stands_alone(struct bytes text, size_t start, size_t end)
{
    if (start > 0) {
        uint8_t before = text.data[start - 1], farther = start > 1 ? text.data[start - 2] : 0;
        if (is_word(before) && !is_escape_letter(text, start - 1))
            return false;
        if (memchr(".-+~^<", before, 6) && !(before == '<' && end < text.size && text.data[end] == '>') &&
            !(before == '-' && farther == ' '))
            return false;
        if (before == '/' && is_word(farther)) /* Chrome/1.2.3.4 */
            return false;
        if (before >= 0x80 && is_word_code(code_before(text, start)))
            return false;
    }
    if (end >= text.size)
        return true;
    uint8_t after = text.data[end], next = end + 1 < text.size ? text.data[end + 1] : 0;
    if (is_word(after) || (after >= 0x80 && is_word_code(code_after(text, end))))
        return false;
    return !((after == '.' || after == '-' || after == '+' || after == '~') && is_word(next));
}

int
find_ipv4(struct pattern_scan *scan, size_t start)
{
    unsigned octets[4], large = 0, middling = 0;
    size_t end = parse_ipv4(scan->text, start, octets);
    if (end == 0 || !pattern_in_reach(scan, start) || !ipv4_stands_alone(scan->text, start, end))
        return PROV_OK;
    for (int i = 0; i < 4; i++) {
        large += octets[i] >= 64;
        middling += octets[i] >= 16;
    }
    int score = 0;
    if (is_special_ipv4(octets))
        score -= SPECIAL_MALUS;
    else if (large == 0 || middling < 2)
        score -= SMALL_MALUS;
    if (octets[3] == 0)
        score -= NETWORK_MALUS;
    struct candidate candidate = {
        .detector = (uint16_t)scan->plan->ipv4, .start = start, .end = end, .score = score, .checked = true};
    return pattern_consider(scan, &candidate);
}

/* What the groups of an address say. */
struct ipv6 {
    unsigned ngroups;      /* written out */
    bool shortened;        /* has "::" */
    bool has_letter;
    bool all_pairs;        /* each group two digits: a MAC address or a fingerprint */
    unsigned long first, second;
};

/* One group, or an IPv4 address as the last. @return the place behind, 0: neither */
static size_t
parse_group(struct bytes text, size_t at, struct ipv6 *ipv6)
{
    size_t start = at;
    unsigned long value = 0;
    unsigned octets[4];
    while (at < text.size && at - start < 5 && is_hex(text.data[at])) {
        uint8_t byte = text.data[at++];
        ipv6->has_letter = ipv6->has_letter || !is_digit(byte);
        value = value * 16 + (is_digit(byte) ? (unsigned)(byte - '0') : (unsigned)((byte | 0x20) - 'a' + 10));
    }
    if (at == start || at - start > 4)
        return 0;
    ipv6->all_pairs = ipv6->all_pairs && at - start == 2;
    if (ipv6->ngroups == 0)
        ipv6->first = value;
    else if (ipv6->ngroups == 1)
        ipv6->second = value;
    ipv6->ngroups++;
    if (at < text.size && text.data[at] == '.') {
        ipv6->ngroups++;
        ipv6->all_pairs = false;
        return parse_ipv4(text, start, octets);
    }
    return at;
}

/* An address at text[start]. @return the place behind, 0 */
static size_t
parse_ipv6(struct bytes text, size_t start, struct ipv6 *ipv6)
{
    size_t at = start;
    *ipv6 = (struct ipv6){.all_pairs = true};
    if (at + 1 < text.size && text.data[at] == ':' && text.data[at + 1] == ':') {
        ipv6->shortened = true;
        at += 2;
    }
    for (;;) {
        size_t end = parse_group(text, at, ipv6);
        if (end == 0)
            return 0;
        bool colon = end < text.size && text.data[end] == ':';
        if (!colon || ipv6->ngroups > 8)
            return end;
        at = end + 1;
        if (at < text.size && text.data[at] == ':') {
            if (ipv6->shortened)
                return 0;
            ipv6->shortened = true;
            at++;
            if (at >= text.size || !is_hex(text.data[at]))
                return at;
        } else if (at >= text.size || !is_hex(text.data[at])) {
            return end;
        }
    }
}

static bool
is_sound_ipv6(const struct ipv6 *ipv6)
{
    if (ipv6->all_pairs)
        return false;
    return ipv6->shortened ? ipv6->ngroups >= 3 && ipv6->ngroups <= 7 : ipv6->ngroups == 8;
}

/* Local, multicast, documentation, or not given out. */
static bool
is_special_ipv6(const struct ipv6 *ipv6)
{
    return (ipv6->first & 0xE000) != 0x2000 || (ipv6->first == 0x2001 && ipv6->second == 0xDB8);
}

int
find_ipv6(struct pattern_scan *scan, size_t colon, size_t *done)
{
    struct bytes text = scan->text;
    size_t start = colon, floor = colon > IPV6_MAX ? colon - IPV6_MAX : 0;
    struct ipv6 ipv6;
    if (colon < *done)
        return PROV_OK;
    while (start > floor && (is_hex(text.data[start - 1]) || text.data[start - 1] == ':'))
        start--;
    if (start == floor && floor > 0)
        return PROV_OK;
    size_t end = parse_ipv6(text, start, &ipv6);
    if (end == 0 || end - start > IPV6_MAX || !is_sound_ipv6(&ipv6) || !pattern_in_reach(scan, start))
        return PROV_OK;
    *done = end;
    uint8_t before = start ? text.data[start - 1] : 0, after = end < text.size ? text.data[end] : 0;
    if ((is_word(before) && !is_escape_letter(text, start - 1)) || before == '.' || is_word(after) || after == ':')
        return PROV_OK;
    struct candidate candidate = {.detector = (uint16_t)scan->plan->ipv6,
                                  .start = start,
                                  .end = end,
                                  .score = is_special_ipv6(&ipv6) ? -SPECIAL_MALUS : ipv6.has_letter ? 0 : -100,
                                  .checked = true};
    return pattern_consider(scan, &candidate);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks of secrets: how random a text looks, and the checksums and structures that vendors put into their
 * tokens so that scanners like this one can tell them from noise.
 *
 * Sources: GitHub, "Behind GitHub's new authentication token formats" (2021): the last six characters are the
 * CRC-32 of the random part in base 62; npm does the same. Grafana: "_" and the CRC-32 of all before in hex,
 * lowest byte first (recomputed on published tokens). JWT: RFC 7519;
 * Basic: RFC 7617.
 */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "inspect/validator.h"

bool
validator_entropy(const struct detector_check *check, struct bytes text)
{
    unsigned counts[256] = {0};
    double bits = 0;
    for (size_t i = 0; i < text.size; i++)
        counts[text.data[i]]++;
    for (int i = 0; i < 256; i++)
        if (counts[i])
            bits += counts[i] * log2((double)text.size / counts[i]);
    /* A hair of tolerance: the sum depends on the order of addition, the answer must not. */
    return bits / (double)text.size >= check->minimum - 1e-9;
}

bool
validator_mixed(const struct detector_check *check, struct bytes text)
{
    bool lower = false, upper = false, digit = false, other = false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (byte >= 'a' && byte <= 'z')
            lower = true;
        else if (byte >= 'A' && byte <= 'Z')
            upper = true;
        else if (byte >= '0' && byte <= '9')
            digit = true;
        else
            other = true;
    }
    return lower + upper + digit + other >= (check->minimum > 0 ? check->minimum : 2);
}

/* CRC-32 as in zlib; bitwise, since it runs on thirty bytes of a rare candidate. */
static uint32_t
crc32(struct bytes text)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < text.size; i++) {
        crc ^= text.data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
    }
    return ~crc;
}

bool
validator_crc32_base62(struct bytes text)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    if (text.size <= 6)
        return false;
    uint32_t crc = crc32((struct bytes){text.data, text.size - 6});
    for (size_t i = 1; i <= 6; i++, crc /= 62)
        if (text.data[text.size - i] != (uint8_t)digits[crc % 62])
            return false;
    return true;
}

/* "_" and the four bytes of the CRC-32 of all before, lowest first, in hex. */
bool
validator_crc32_hex(struct bytes text)
{
    if (text.size <= 9 || text.data[text.size - 9] != '_')
        return false;
    uint32_t crc = crc32((struct bytes){text.data, text.size - 9});
    uint8_t bytes[4] = {(uint8_t)crc, (uint8_t)(crc >> 8), (uint8_t)(crc >> 16), (uint8_t)(crc >> 24)};
    char wanted[9];
    hex_write(bytes, sizeof bytes, wanted);
    return strncasecmp((const char *)text.data + text.size - 8, wanted, 8) == 0;
}

static int
base64_value(uint8_t byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return byte - 'A';
    if (byte >= 'a' && byte <= 'z')
        return byte - 'a' + 26;
    if (byte >= '0' && byte <= '9')
        return byte - '0' + 52;
    if (byte == '+' || byte == '-')
        return 62;
    return byte == '/' || byte == '_' ? 63 : -1;
}

/* Decode at most capacity bytes of either base 64. @return bytes made */
static size_t
base64_decode(struct bytes text, uint8_t *out, size_t capacity)
{
    uint32_t bits = 0;
    int nbits = 0;
    size_t size = 0;
    for (size_t i = 0; i < text.size && size < capacity; i++) {
        int digit = base64_value(text.data[i]);
        if (digit < 0)
            break;
        bits = bits << 6 | (uint32_t)digit;
        nbits += 6;
        if (nbits >= 8) {
            nbits -= 8;
            out[size++] = (uint8_t)(bits >> nbits);
        }
    }
    return size;
}

/* A header that says "alg" or "typ", and a payload that is an object. */
bool
validator_jwt(struct bytes text)
{
    uint8_t head[128], payload[4];
    const uint8_t *dot = memchr(text.data, '.', text.size);
    if (!dot)
        return false;
    size_t before = (size_t)(dot - text.data);
    size_t size = base64_decode((struct bytes){text.data, before}, head, sizeof head);
    size_t inner = base64_decode((struct bytes){dot + 1, text.size - before - 1}, payload, sizeof payload);
    return size > 8 && inner > 1 && head[0] == '{' && payload[0] == '{' &&
           (memmem(head, size, "\"alg\"", 5) || memmem(head, size, "\"typ\"", 5));
}

/* "user:password" in printable ASCII. */
bool
validator_basic_auth(struct bytes text)
{
    uint8_t pair[256];
    size_t size = base64_decode(text, pair, sizeof pair);
    const uint8_t *colon = memchr(pair, ':', size);
    if (size < 5 || !colon || colon == pair || (size_t)(colon - pair) + 1 >= size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (pair[i] < 0x20 || pair[i] > 0x7e)
            return false;
    return true;
}

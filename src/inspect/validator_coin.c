/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checksums of wallets: Base58Check (Bitcoin: double SHA-256), bech32 and bech32m (BIP 173, BIP 350), and the
 * mixed case of Ethereum addresses (EIP-55: Keccak-256 of the lower-case address).
 */
#include <string.h>

#include "base/digest.h"
#include "base/status.h"
#include "inspect/validator.h"

enum { BASE58_BYTES_MAX = 82 };

/* The value of a base 58 digit, of Bitcoin's alphabet or the check's own; -1 */
static int
base58_value(const struct detector_check *check, uint8_t byte)
{
    static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    const char *found = byte ? strchr(digits, byte) : NULL;
    return check->values ? check->values[byte] : found ? (int)(found - digits) : -1;
}

/* Big-endian bytes of a base 58 number. @return size, 0 when a character is foreign or it does not fit */
static size_t
base58_decode(const struct detector_check *check, struct bytes text, uint8_t out[BASE58_BYTES_MAX])
{
    uint8_t number[BASE58_BYTES_MAX] = {0}; /* little-endian */
    size_t size = 0, zeros = 0;
    while (zeros < text.size && base58_value(check, text.data[zeros]) == 0)
        zeros++;
    for (size_t i = zeros; i < text.size; i++) {
        int digit = base58_value(check, text.data[i]);
        if (digit < 0)
            return 0;
        unsigned carry = (unsigned)digit;
        for (size_t j = 0; j < size || carry; j++) {
            if (j == BASE58_BYTES_MAX)
                return 0;
            carry += j < size ? number[j] * 58u : 0;
            number[j] = (uint8_t)carry;
            carry >>= 8;
            size = j >= size ? j + 1 : size;
        }
    }
    if (zeros + size > BASE58_BYTES_MAX)
        return 0;
    memset(out, 0, zeros);
    for (size_t i = 0; i < size; i++)
        out[zeros + i] = number[size - 1 - i];
    return zeros + size;
}

bool
validator_base58check(const struct detector_check *check, struct bytes text)
{
    uint8_t bytes[BASE58_BYTES_MAX], digest[SHA256_SIZE];
    char version[3];
    if (text.size > 112)
        return false;
    size_t size = base58_decode(check, text, bytes);
    if (size < 5 || sha256_block(bytes, size - 4, digest) != PROV_OK ||
        sha256_block(digest, sizeof digest, digest) != PROV_OK || memcmp(digest, bytes + size - 4, 4) != 0)
        return false;
    hex_write(bytes, 1, version);
    for (size_t i = 0; i < check->nstrings; i++)
        if (strcmp(check->strings[i], version) == 0)
            return true;
    return check->nstrings == 0;
}

static uint32_t
bech32_step(uint32_t sum, unsigned value)
{
    static const uint32_t generators[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint32_t top = sum >> 25;
    sum = (sum & 0x1ffffff) << 5 ^ value;
    for (int i = 0; i < 5; i++)
        sum ^= top >> i & 1 ? generators[i] : 0;
    return sum;
}

/* Human-readable part, '1', data. The beginnings allowed are those of the check. */
bool
validator_bech32(const struct detector_check *check, struct bytes text)
{
    static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    size_t part = 0;
    for (size_t i = 0; i < check->nstrings && part == 0; i++) {
        size_t size = strlen(check->strings[i]);
        if (text.size > size + 7 && memcmp(text.data, check->strings[i], size) == 0 && text.data[size] == '1')
            part = size;
    }
    if (part == 0 || text.size > 90)
        return false;
    uint32_t sum = 1;
    for (size_t i = 0; i < part; i++)
        sum = bech32_step(sum, text.data[i] >> 5);
    sum = bech32_step(sum, 0);
    for (size_t i = 0; i < part; i++)
        sum = bech32_step(sum, text.data[i] & 31);
    for (size_t i = part + 1; i < text.size; i++) {
        const char *found = text.data[i] ? strchr(digits, text.data[i]) : NULL;
        if (!found)
            return false;
        sum = bech32_step(sum, (unsigned)(found - digits));
    }
    return sum == 1 || sum == 0x2bc830a3;
}

static uint64_t
rotate(uint64_t word, unsigned by)
{
    return by ? word << by | word >> (64 - by) : word;
}

/* Keccak-f[1600], straight from FIPS 202 section 3; rotation offsets and round constants made as they are
 * defined. */
static void
keccak_f(uint64_t a[25])
{
    uint8_t lfsr = 1;
    for (int round = 0; round < 24; round++) {
        uint64_t column[5], b[25];
        for (int x = 0; x < 5; x++)
            column[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        for (int i = 0; i < 25; i++)
            a[i] ^= column[(i + 4) % 5] ^ rotate(column[(i + 1) % 5], 1);
        unsigned x = 1, y = 0, offset = 0;
        b[0] = a[0];
        for (unsigned t = 0; t < 24; t++) {
            offset = (offset + t + 1) % 64;
            unsigned next = (2 * x + 3 * y) % 5;
            b[y + 5 * next] = rotate(a[x + 5 * y], offset);
            x = y;
            y = next;
        }
        for (int i = 0; i < 25; i++)
            a[i] = b[i] ^ (~b[i / 5 * 5 + (i + 1) % 5] & b[i / 5 * 5 + (i + 2) % 5]);
        for (int j = 0; j < 7; j++) {
            if (lfsr & 1)
                a[0] ^= (uint64_t)1 << ((1 << j) - 1);
            lfsr = (uint8_t)(lfsr << 1 ^ (lfsr & 0x80 ? 0x71 : 0));
        }
    }
}

/* The first 20 bytes of Keccak-256 (the padding of before FIPS 202) of 40 characters. */
static void
keccak_40(const uint8_t text[40], uint8_t out[20])
{
    uint64_t state[25] = {0};
    for (int i = 0; i < 40; i++)
        state[i / 8] |= (uint64_t)text[i] << (i % 8 * 8);
    state[5] |= 1;
    state[16] |= (uint64_t)1 << 63;
    keccak_f(state);
    for (int i = 0; i < 20; i++)
        out[i] = (uint8_t)(state[i / 8] >> (i % 8 * 8));
}

bool
validator_eip55(struct bytes text)
{
    uint8_t lower[40], digest[20];
    bool has_lower = false, has_upper = false;
    if (text.size != 40)
        return false;
    for (int i = 0; i < 40; i++) {
        has_upper = has_upper || (text.data[i] >= 'A' && text.data[i] <= 'F');
        has_lower = has_lower || (text.data[i] >= 'a' && text.data[i] <= 'f');
        lower[i] = text.data[i] >= 'A' && text.data[i] <= 'F' ? text.data[i] + 32 : text.data[i];
    }
    if (!has_lower || !has_upper) /* written without the checksum */
        return true;
    keccak_40(lower, digest);
    for (int i = 0; i < 40; i++) {
        bool high = digest[i / 2] >> (i % 2 ? 3 : 7) & 1;
        if (lower[i] >= 'a' && (text.data[i] < 'a') != high)
            return false;
    }
    return true;
}

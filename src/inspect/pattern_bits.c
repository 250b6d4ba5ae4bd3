/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first pass: which bytes are digits, and the few places where an '@' or rows of ':' and '-' stand.
 *
 * 64 bytes become 64 bits, and shifting words against each other finds rows:
 *
 *     text    fe80:1:2::3
 *     C       ....1.1.11.        ':'
 *     K       ......1.11.        a ':' with another 1 to 5 before it
 *     third   ........1..        a K with another K 1 to 5 before it, first of its row of hits
 *
 * Bits shifted out of a word come from the word before, so nothing depends on where words begin. The plain
 * version makes the masks byte by byte and shares the rest; the suite compares the two on every alignment.
 */
#include "inspect/pattern_bits.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/status.h"

/* Masks of one word, and what the words before it leave behind. */
struct masks {
    uint64_t digits, ats, colons, dashes;
};

struct carry {
    uint64_t colons, near, dashes;
};

int
places_add(struct places *places, uint32_t at)
{
    if (places->count == places->capacity) {
        size_t capacity = places->capacity ? places->capacity * 2 : 256;
        uint32_t *grown = realloc(places->at, capacity * sizeof *grown);
        if (!grown)
            return PROV_E_MEMORY;
        places->at = grown;
        places->capacity = capacity;
    }
    places->at[places->count++] = at;
    return PROV_OK;
}

static int
add_all(struct places *places, uint64_t mask, size_t base)
{
    for (; mask; mask &= mask - 1)
        TRY(places_add(places, (uint32_t)(base + (size_t)__builtin_ctzll(mask))));
    return PROV_OK;
}

static uint64_t
shifted(uint64_t word, uint64_t before, unsigned by)
{
    return word << by | before >> (64 - by);
}

static uint64_t
within_five(uint64_t word, uint64_t before)
{
    return shifted(word, before, 1) | shifted(word, before, 2) | shifted(word, before, 3) |
           shifted(word, before, 4) | shifted(word, before, 5);
}

/* Everything that follows from the masks of one word. */
static inline int
take_word(struct bits *bits, size_t word, const struct masks *masks, struct carry *carry)
{
    bits->digits[word] = masks->digits;
    if (masks->ats)
        TRY(add_all(&bits->ats, masks->ats, word * 64));
    uint64_t either = masks->colons | masks->dashes, before = carry->colons | carry->dashes;
    if (either) {
        uint64_t near = masks->colons & within_five(masks->colons, carry->colons);
        uint64_t third = near & within_five(near, carry->near);
        uint64_t fourth = either & shifted(either, before, 3) & shifted(either, before, 6) &
                          shifted(either, before, 9);
        if (third)
            TRY(add_all(&bits->colons, third, word * 64));
        if (fourth)
            TRY(add_all(&bits->pairs, fourth, word * 64));
        carry->near = near;
    } else {
        carry->near = 0;
    }
    carry->colons = masks->colons;
    carry->dashes = masks->dashes;
    return PROV_OK;
}

static int
prepare(struct bytes text, struct bits *bits)
{
    size_t nwords = text.size / 64 + 2;
    if (nwords > bits->capacity) {
        uint64_t *grown = realloc(bits->digits, nwords * sizeof *grown);
        if (!grown)
            return PROV_E_MEMORY;
        bits->digits = grown;
        bits->capacity = nwords;
    }
    bits->nwords = nwords;
    bits->digits[nwords - 1] = bits->digits[nwords - 2] = 0;
    bits->ats.count = bits->colons.count = bits->pairs.count = 0;
    return PROV_OK;
}

static void
masks_plain(const uint8_t *text, size_t size, struct masks *masks)
{
    *masks = (struct masks){0};
    for (size_t i = 0; i < size; i++) {
        uint64_t bit = (uint64_t)1 << i;
        uint8_t byte = text[i];
        masks->digits |= (uint8_t)(byte - '0') <= 9 ? bit : 0;
        masks->ats |= byte == '@' ? bit : 0;
        masks->colons |= byte == ':' ? bit : 0;
        masks->dashes |= byte == '-' ? bit : 0;
    }
}

/* Words from the one given to the last, plainly. */
static int
finish_plain(struct bytes text, struct bits *bits, size_t word, struct carry *carry)
{
    struct masks masks;
    for (; word * 64 < text.size; word++) {
        size_t left = text.size - word * 64;
        masks_plain(text.data + word * 64, left < 64 ? left : 64, &masks);
        TRY(take_word(bits, word, &masks, carry));
    }
    return PROV_OK;
}

int
bits_find_plain(struct bytes text, struct bits *bits)
{
    struct carry carry = {0};
    TRY(prepare(text, bits));
    return finish_plain(text, bits, 0, &carry);
}

/* Does folding change the character that begins at text[i], with its neighbours as they are? */
static bool
folds_here(struct bytes text, size_t i)
{
    if (i + 1 >= text.size)
        return false;
    uint8_t first = text.data[i], second = text.data[i + 1], third = i + 2 < text.size ? text.data[i + 2] : 0;
    if (first == 0xEF && second == 0xBC) /* full-width - . 0-9 @ A-Z _ */
        return (third >= 0x90 && third <= 0x99) || (third >= 0xA0 && third <= 0xBA) || third == 0x8B ||
               third == 0x8D || third == 0x8E;
    if (first == 0xEF && second == 0xBD) /* a-z */
        return third >= 0x81 && third <= 0x9A;
    if (first == 0xEF && second == 0xBB)
        return third == 0xBF;
    if (first == 0xE2 && second == 0x80) /* spaces, zero width, hyphens, narrow space */
        return (third >= 0x80 && third <= 0x92) || third == 0xAF;
    if (first == 0xE2 && second == 0x81)
        return third == 0xA0;
    if (first == 0xE2 && second == 0x88)
        return third == 0x92;
    return first == 0xC2 && (second == 0xA0 || second == 0xAD);
}

static bool
folds_from(struct bytes text, size_t i)
{
    for (; i < text.size; i++)
        if (text.data[i] >= 0xC2 && folds_here(text, i))
            return true;
    return false;
}

bool
bits_folds_plain(struct bytes text)
{
    return folds_from(text, 0);
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) static inline uint64_t
join(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

__attribute__((target("avx2"))) static inline uint64_t
equal(__m256i low, __m256i high, char byte)
{
    __m256i wanted = _mm256_set1_epi8(byte);
    return join(_mm256_cmpeq_epi8(low, wanted), _mm256_cmpeq_epi8(high, wanted));
}

/* byte - '0' <= 9, unsigned: it is its own minimum with 9. */
__attribute__((target("avx2"))) static inline __m256i
is_digit(__m256i bytes)
{
    __m256i value = _mm256_sub_epi8(bytes, _mm256_set1_epi8('0'));
    return _mm256_cmpeq_epi8(_mm256_min_epu8(value, _mm256_set1_epi8(9)), value);
}

__attribute__((target("avx2"))) static int
find_avx2(struct bytes text, struct bits *bits)
{
    struct carry carry = {0};
    size_t word = 0;
    TRY(prepare(text, bits));
    for (; (word + 1) * 64 <= text.size; word++) {
        const __m256i *at = (const __m256i *)(const void *)(text.data + word * 64);
        __m256i low = _mm256_loadu_si256(at), high = _mm256_loadu_si256(at + 1);
        struct masks masks = {.digits = join(is_digit(low), is_digit(high)),
                              .ats = equal(low, high, '@'),
                              .colons = equal(low, high, ':'),
                              .dashes = equal(low, high, '-')};
        TRY(take_word(bits, word, &masks, &carry));
    }
    return finish_plain(text, bits, word, &carry);
}

/* Blocks of pure ASCII are passed over; in others only bytes that begin one of the characters are looked at. */
__attribute__((target("avx2"))) static bool
folds_avx2(struct bytes text)
{
    size_t i = 0;
    for (; i + 64 <= text.size; i += 64) {
        const __m256i *at = (const __m256i *)(const void *)(text.data + i);
        __m256i low = _mm256_loadu_si256(at), high = _mm256_loadu_si256(at + 1);
        if (_mm256_movemask_epi8(_mm256_or_si256(low, high)) == 0)
            continue;
        uint64_t seconds = 0;
        if (i + 65 <= text.size) {
            const __m256i *next = (const __m256i *)(const void *)(text.data + i + 1);
            __m256i l = _mm256_loadu_si256(next), h = i + 65 <= text.size ? _mm256_loadu_si256((const __m256i *)(const void *)(text.data + i + 33)) : l;
            seconds = equal(l, h, (char)0xBC) | equal(l, h, (char)0xBD) | equal(l, h, (char)0xBB) |
                      equal(l, h, (char)0x80) | equal(l, h, (char)0x81) | equal(l, h, (char)0x88) |
                      equal(l, h, (char)0xA0) | equal(l, h, (char)0xAD);
        } else {
            seconds = UINT64_MAX;
        }
        uint64_t hits = seconds & (equal(low, high, (char)0xEF) | equal(low, high, (char)0xE2) |
                                   equal(low, high, (char)0xC2));
        for (; hits; hits &= hits - 1)
            if (folds_here(text, i + (size_t)__builtin_ctzll(hits)))
                return true;
    }
    return folds_from(text, i);
}

bits_function *
bits_best(void)
{
    return __builtin_cpu_supports("avx2") ? find_avx2 : bits_find_plain;
}

bits_fold_function *
bits_folds_best(void)
{
    return __builtin_cpu_supports("avx2") ? folds_avx2 : bits_folds_plain;
}

#else

bits_function *
bits_best(void)
{
    return bits_find_plain;
}

bits_fold_function *
bits_folds_best(void)
{
    return bits_folds_plain;
}

#endif

void
bits_finish(struct bits *bits)
{
    free(bits->digits);
    free(bits->ats.at);
    free(bits->colons.at);
    free(bits->pairs.at);
    *bits = (struct bits){0};
}

unsigned
bits_count_runs(const struct bits *bits, size_t from, size_t to)
{
    unsigned count = 0;
    for (size_t word = from / 64; word * 64 < to && word < bits->nwords; word++) {
        uint64_t digits = bits->digits[word], before = word ? bits->digits[word - 1] : 0;
        uint64_t starts = digits & ~shifted(digits, before, 1);
        if (from > word * 64)
            starts &= UINT64_MAX << (from - word * 64);
        if (to < word * 64 + 64)
            starts &= ((uint64_t)1 << (to - word * 64)) - 1;
        count += (unsigned)__builtin_popcountll(starts);
    }
    return count;
}

bool
bits_any(const struct bits *bits, size_t from, size_t to)
{
    size_t word = from / 64, shift = from % 64;
    if (word + 1 >= bits->nwords)
        return false;
    uint64_t digits = bits->digits[word] >> shift | (shift ? bits->digits[word + 1] << (64 - shift) : 0);
    return to - from >= 64 ? digits != 0 : (digits & (((uint64_t)1 << (to - from)) - 1)) != 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where folding (pattern_fold.c) has something to do: most text has nothing to fold, and what has is mostly
 * copied, so both questions are asked of 64 bytes at a time: is there anything, and at which bytes to look.
 *
 * What is looked at need not change: every character that changes begins with 0xC2, 0xE2 or 0xEF (or a
 * backslash). The plain twins do byte by byte what the vectors do; the suite compares them.
 */
#include "inspect/pattern_stops.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

uint64_t
stops_find_plain(const uint8_t *block, bool json)
{
    uint64_t stops = 0;
    for (unsigned i = 0; i < STOPS_BLOCK; i++) {
        bool stop = block[i] == 0xC2 || block[i] == 0xE2 || block[i] == 0xEF || (json && block[i] == '\\');
        stops |= (uint64_t)stop << i;
    }
    return stops;
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
stops_any_plain(struct bytes text)
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

__attribute__((target("avx2"))) static uint64_t
find_avx2(const uint8_t *block, bool json)
{
    const __m256i *at = (const __m256i *)(const void *)block;
    __m256i low = _mm256_loadu_si256(at), high = _mm256_loadu_si256(at + 1);
    uint64_t stops = json ? equal(low, high, '\\') : 0;
    if (_mm256_movemask_epi8(_mm256_or_si256(low, high)) == 0)
        return stops;
    return stops | equal(low, high, (char)0xC2) | equal(low, high, (char)0xE2) | equal(low, high, (char)0xEF);
}

/* Blocks of pure ASCII are passed over; in others only bytes that begin one of the characters are looked at.
 */
__attribute__((target("avx2"))) static bool
any_avx2(struct bytes text)
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
            __m256i l = _mm256_loadu_si256(next),
                    h = i + 65 <= text.size
                            ? _mm256_loadu_si256((const __m256i *)(const void *)(text.data + i + 33))
                            : l;
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

stops_function *
stops_find_best(void)
{
    return __builtin_cpu_supports("avx2") ? find_avx2 : stops_find_plain;
}

stops_any_function *
stops_any_best(void)
{
    return __builtin_cpu_supports("avx2") ? any_avx2 : stops_any_plain;
}

#else

stops_function *
stops_find_best(void)
{
    return stops_find_plain;
}

stops_any_function *
stops_any_best(void)
{
    return stops_any_plain;
}

#endif

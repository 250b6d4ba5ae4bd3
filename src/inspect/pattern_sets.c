/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 64 bytes of text as 64 bits in each set.
 *
 * A set of ASCII bytes is two look-ups of four bits: byte b is in it when bit (b >> 4) of low[b & 15] is set
 * (as in simdjson; Langdale and Lemire, "Parsing gigabytes of JSON per second", 2019, 3.1.2). The vector
 * look-up of low gives zero for bytes of 0x80 and more, which are in no set. The plain version reads the same
 * tables.
 */
#include "inspect/pattern_sets.h"

#include <stdbool.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

void
sets_add(struct sets *sets, enum rows_set set, uint8_t byte)
{
    if (byte < 0x80)
        sets->low[set][byte & 15] |= (uint8_t)(1 << (byte >> 4));
    else
        sets->high[set] = UINT64_MAX;
}

static void
add_range(struct sets *sets, enum rows_set set, uint8_t first, uint8_t last)
{
    for (unsigned byte = first; byte <= last; byte++)
        sets_add(sets, set, (uint8_t)byte);
}

void
sets_init(struct sets *sets)
{
    static const enum rows_set both[] = {ROWS_ALNUMS, ROWS_WORDS};
    *sets = (struct sets){0};
    add_range(sets, ROWS_DIGITS, '0', '9');
    add_range(sets, ROWS_CAPITALS, 'A', 'Z');
    for (int i = 0; i < 2; i++) {
        add_range(sets, both[i], '0', '9');
        add_range(sets, both[i], 'A', 'Z');
        add_range(sets, both[i], 'a', 'z');
    }
    sets_add(sets, ROWS_WORDS, '_');
    sets_add(sets, ROWS_WORDS, '-');
    sets_add(sets, ROWS_ATS, '@');
    sets_add(sets, ROWS_COLONS, ':');
    sets_add(sets, ROWS_DASHES, '-');
}

static bool
has(const struct sets *sets, int set, uint8_t byte)
{
    return byte < 0x80 ? sets->low[set][byte & 15] >> (byte >> 4) & 1 : sets->high[set] != 0;
}

void
sets_find_plain(const struct sets *sets, const uint8_t *text, size_t nwords, struct rows_chunk *chunk)
{
    for (size_t word = ROWS_FIRST; word < ROWS_FIRST + nwords; word++, text += 64)
        for (int set = 0; set < ROWS_SETS; set++) {
            uint64_t bits = 0;
            for (unsigned i = 0; i < 64; i++)
                bits |= (uint64_t)has(sets, set, text[i]) << i;
            chunk->of[set][word] = bits;
        }
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) static inline __m256i
high_bits(__m256i bytes)
{
    const __m256i table =
        _mm256_broadcastsi128_si256(_mm_set_epi8(0, 0, 0, 0, 0, 0, 0, 0, -128, 64, 32, 16, 8, 4, 2, 1));
    return _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15)));
}

/* A bit for each byte that is not in the set. */
__attribute__((target("avx2"))) static inline uint32_t
others(__m256i table, __m256i bytes, __m256i high)
{
    __m256i in = _mm256_and_si256(_mm256_shuffle_epi8(table, bytes), high);
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(in, _mm256_setzero_si256()));
}

__attribute__((target("avx2"))) static void
find_avx2(const struct sets *sets, const uint8_t *text, size_t nwords, struct rows_chunk *chunk)
{
    for (size_t word = ROWS_FIRST; word < ROWS_FIRST + nwords; word++, text += 64) {
        const __m256i *at = (const __m256i *)(const void *)text;
        __m256i bytes0 = _mm256_loadu_si256(at), bytes1 = _mm256_loadu_si256(at + 1);
        __m256i high0 = high_bits(bytes0), high1 = high_bits(bytes1);
        uint64_t beyond =
            (uint32_t)_mm256_movemask_epi8(bytes0) | (uint64_t)(uint32_t)_mm256_movemask_epi8(bytes1) << 32;
        for (int set = 0; set < ROWS_SETS; set++) {
            const __m128i *low = (const __m128i *)(const void *)sets->low[set];
            __m256i table = _mm256_broadcastsi128_si256(_mm_loadu_si128(low));
            chunk->of[set][word] =
                ~(others(table, bytes0, high0) | (uint64_t)others(table, bytes1, high1) << 32) |
                (beyond & sets->high[set]);
        }
    }
}

__attribute__((target("avx512f,avx512bw"))) static void
find_avx512(const struct sets *sets, const uint8_t *text, size_t nwords, struct rows_chunk *chunk)
{
    const __m512i highs =
        _mm512_broadcast_i32x4(_mm_set_epi8(0, 0, 0, 0, 0, 0, 0, 0, -128, 64, 32, 16, 8, 4, 2, 1));
    __m512i tables[ROWS_SETS];
    for (int set = 0; set < ROWS_SETS; set++)
        tables[set] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)sets->low[set]));
    for (size_t word = ROWS_FIRST; word < ROWS_FIRST + nwords; word++, text += 64) {
        __m512i bytes = _mm512_loadu_si512(text);
        __m512i four = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), _mm512_set1_epi8(15));
        __m512i high = _mm512_shuffle_epi8(highs, four);
        uint64_t beyond = _mm512_movepi8_mask(bytes);
        for (int set = 0; set < ROWS_SETS; set++)
            chunk->of[set][word] = _mm512_test_epi8_mask(_mm512_shuffle_epi8(tables[set], bytes), high) |
                                   (beyond & sets->high[set]);
    }
}

sets_function *
sets_find_best(void)
{
    if (__builtin_cpu_supports("avx512bw"))
        return find_avx512;
    return __builtin_cpu_supports("avx2") ? find_avx2 : sets_find_plain;
}

#else

sets_function *
sets_find_best(void)
{
    return sets_find_plain;
}

#endif

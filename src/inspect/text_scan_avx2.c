/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting what is in UTF-8, 32 bytes at a time.
 *
 * Whether a block is well formed is decided by three table look-ups (the high and low halves of each
 * byte's predecessor and its own high half), whose common bits name every error that two neighbours can
 * make; what is left, the second and third continuation bytes, is checked by looking two and three bytes
 * back. A block with an error is counted by the scalar code, from the last character border on:
 *
 *     ... good blocks | E4 B8 | 96 .. FF .. 41 |           on an error in this block:
 *                       ^ border               ^ to        scan [border, to) byte by byte, go on at its end
 *
 * So nothing is looked at more than twice and hostile bytes cost no more than the scalar code. Source of
 * the look-up: John Keiser and Daniel Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte",
 * Software: Practice and Experience 51(5), 2021.
 */
#include "inspect/text_scan.h"

#include <stdint.h>

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,popcnt")))

enum { BLOCK = 32 };

static const unsigned LAST_THREE = 7u << (BLOCK - 3);

/* Errors of two neighbouring bytes, one bit each. */
enum {
    TOO_SHORT = 1 << 0,  /* a lead, and no continuation after it */
    TOO_LONG = 1 << 1,   /* ASCII, and a continuation after it */
    OVERLONG_3 = 1 << 2, /* E0 and 80..9F */
    TOO_LARGE = 1 << 3,  /* F4 and 90..BF, or F5..FF */
    SURROGATE = 1 << 4,  /* ED and A0..BF */
    OVERLONG_2 = 1 << 5, /* C0, C1 */
    OVERLONG_4 = 1 << 6, /* F0 and 80..8F */
    TOO_LARGE_8 = 1 << 6,/* F5..FF and 80..8F: shares its bit, their first halves differ */
    TWO_CONTS = 1 << 7,  /* two continuations: right only two or three bytes behind a long lead */
    CARRY = TOO_SHORT | TOO_LONG | TWO_CONTS,
};

static const uint8_t first_high[16] = {
    TOO_LONG,  TOO_LONG,  TOO_LONG,  TOO_LONG,  TOO_LONG,
    TOO_LONG,  TOO_LONG,  TOO_LONG,  TWO_CONTS, TWO_CONTS,
    TWO_CONTS, TWO_CONTS, TOO_SHORT | OVERLONG_2, TOO_SHORT,
    TOO_SHORT | OVERLONG_3 | SURROGATE, TOO_SHORT | TOO_LARGE | TOO_LARGE_8 | OVERLONG_4,
};

static const uint8_t first_low[16] = {
    CARRY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4,
    CARRY | OVERLONG_2,
    CARRY,
    CARRY,
    CARRY | TOO_LARGE,
    CARRY | TOO_LARGE | TOO_LARGE_8,
    CARRY | TOO_LARGE | TOO_LARGE_8,
    CARRY | TOO_LARGE | TOO_LARGE_8,
    CARRY | TOO_LARGE | TOO_LARGE_8,
    CARRY | TOO_LARGE | TOO_LARGE_8,
    CARRY | TOO_LARGE | TOO_LARGE_8,
    CARRY | TOO_LARGE | TOO_LARGE_8,
    CARRY | TOO_LARGE | TOO_LARGE_8,
    CARRY | TOO_LARGE | TOO_LARGE_8 | SURROGATE,
    CARRY | TOO_LARGE | TOO_LARGE_8,
    CARRY | TOO_LARGE | TOO_LARGE_8,
};

static const uint8_t second_high[16] = {
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_LONG | OVERLONG_2 | TWO_CONTS | OVERLONG_3 | TOO_LARGE_8 | OVERLONG_4,
    TOO_LONG | OVERLONG_2 | TWO_CONTS | OVERLONG_3 | TOO_LARGE,
    TOO_LONG | OVERLONG_2 | TWO_CONTS | SURROGATE | TOO_LARGE,
    TOO_LONG | OVERLONG_2 | TWO_CONTS | SURROGATE | TOO_LARGE,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
};

AVX2 static __m256i
look_up(const uint8_t table[16], __m256i index)
{
    __m256i both = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table));
    return _mm256_shuffle_epi8(both, index);
}

AVX2 static __m256i
high_half(__m256i bytes)
{
    return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0F));
}

/* Non-zero where this block, read after the one before it, is not well formed. */
AVX2 static __m256i
block_errors(__m256i block, __m256i before)
{
    __m256i joined = _mm256_permute2x128_si256(before, block, 0x21);
    __m256i back1 = _mm256_alignr_epi8(block, joined, 15);
    __m256i back2 = _mm256_alignr_epi8(block, joined, 14);
    __m256i back3 = _mm256_alignr_epi8(block, joined, 13);
    __m256i pairs = _mm256_and_si256(
        _mm256_and_si256(look_up(first_high, high_half(back1)),
                         look_up(first_low, _mm256_and_si256(back1, _mm256_set1_epi8(0x0F)))),
        look_up(second_high, high_half(block)));
    __m256i long_lead = _mm256_or_si256(_mm256_subs_epu8(back2, _mm256_set1_epi8(0xE0 - 0x80)),
                                        _mm256_subs_epu8(back3, _mm256_set1_epi8(0xF0 - 0x80)));
    return _mm256_xor_si256(_mm256_and_si256(long_lead, _mm256_set1_epi8((char)0x80)), pairs);
}

/* Bit 7 of each byte that is NUL or a control byte no text has. */
AVX2 static __m256i
block_controls(__m256i block)
{
    __m256i low = _mm256_cmpeq_epi8(_mm256_min_epu8(block, _mm256_set1_epi8(0x1F)), block);
    __m256i from8 = _mm256_sub_epi8(block, _mm256_set1_epi8(0x08));
    __m256i white = _mm256_cmpeq_epi8(_mm256_min_epu8(from8, _mm256_set1_epi8(0x05)), from8);
    __m256i escape = _mm256_cmpeq_epi8(block, _mm256_set1_epi8(0x1B));
    return _mm256_andnot_si256(_mm256_or_si256(white, escape), low);
}

AVX2 static void
count_controls(__m256i block, __m256i controls, size_t at, struct text_scan *scan)
{
    unsigned all = (unsigned)_mm256_movemask_epi8(controls);
    unsigned nuls = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(block, _mm256_setzero_si256()));
    if (nuls && scan->nnuls == 0)
        scan->first_nul = at + (size_t)__builtin_ctz(nuls);
    scan->nnuls += (size_t)__builtin_popcount(nuls);
    scan->ncontrols += (size_t)__builtin_popcount(all & ~nuls);
}

AVX2 static size_t
count_leads(__m256i block)
{
    /* As signed bytes the continuations 80..BF lie below the leads C0..FF. */
    __m256i leads = _mm256_and_si256(_mm256_cmpgt_epi8(block, _mm256_set1_epi8((char)0xBF)), block);
    return (size_t)__builtin_popcount((unsigned)_mm256_movemask_epi8(leads));
}

/* Bytes before `at` that begin a sequence and do not end it there; what precedes it is well formed. */
static size_t
unfinished_before(const uint8_t *data, size_t from, size_t at)
{
    for (size_t back = 1; back <= 3 && back <= at - from; back++) {
        uint8_t byte = data[at - back];
        if (byte >= 0xC0)
            return byte >= (back == 1 ? 0xC0 : back == 2 ? 0xE0 : 0xF0) ? back : 0;
        if (byte < 0x80)
            return 0;
    }
    return 0;
}

/*
 * Count whole blocks from a character border on, until one is not well formed or too little is left.
 * @return the last character border before that
 */
AVX2 static size_t
scan_blocks(struct bytes text, size_t from, struct text_scan *scan)
{
    size_t at = from;
    __m256i before = _mm256_setzero_si256();
    unsigned high_before = 0;
    for (; text.size - at >= BLOCK; at += BLOCK) {
        __m256i block = _mm256_loadu_si256((const __m256i *)(text.data + at));
        unsigned high = (unsigned)_mm256_movemask_epi8(block);
        /* ASCII is well formed unless a sequence may be open: one that began in the last three bytes. */
        if (high | (high_before & LAST_THREE)) {
            __m256i errors = block_errors(block, before);
            if (!_mm256_testz_si256(errors, errors))
                break;
            scan->nmultibyte += count_leads(block);
        }
        __m256i controls = block_controls(block);
        if (!_mm256_testz_si256(controls, controls))
            count_controls(block, controls, at, scan);
        before = block;
        high_before = high;
    }
    size_t unfinished = unfinished_before(text.data, from, at);
    scan->nmultibyte -= unfinished > 0;
    return at - unfinished;
}

bool
text_scan_avx2_usable(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
}

void
text_scan_avx2(struct bytes text, struct text_scan *scan)
{
    text_scan_begin(scan);
    size_t at = 0;
    while (text.size - at >= BLOCK) {
        at = scan_blocks(text, at, scan);
        size_t to = text.size - at > 2 * BLOCK ? at + BLOCK + 3 : text.size;
        at = text_scan_from(text, at, to, scan);
    }
    (void)text_scan_from(text, at, text.size, scan);
}

#else

bool
text_scan_avx2_usable(void)
{
    return false;
}

void
text_scan_avx2(struct bytes text, struct text_scan *scan)
{
    text_scan_scalar(text, scan);
}

#endif

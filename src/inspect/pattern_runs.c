/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs of digits, and what could begin with each: a number of some country, an IPv4 address, a phone number,
 * a word of capitals and digits.
 */
#include "inspect/pattern_scan.h"

enum { IPV4_FIRST_MAX = 3 };

static enum beside
beside_before(const struct pattern_scan *scan, size_t start)
{
    if (start == 0 || is_escape_letter(scan->text, start - 1))
        return BESIDE_OTHER;
    return scan->plan->beside[scan->text.data[start - 1]];
}

static bool
is_capital_or_digit(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

/* A word of capitals and digits. Long numbers and words in capitals are none. */
static int
take_token(struct pattern_scan *scan, size_t start)
{
    const struct pattern_plan *plan = scan->plan;
    struct bytes text = scan->text;
    size_t end = start;
    bool digit = false, capital = false;
    for (; end < text.size && end - start < TOKEN_LENGTHS && is_capital_or_digit(text.data[end]); end++) {
        digit = digit || text.data[end] <= '9';
        capital = capital || text.data[end] > '9';
    }
    if (end - start >= TOKEN_LENGTHS || !digit || !capital)
        return PROV_OK;
    for (uint32_t i = plan->token_first[end - start]; i < plan->token_first[end - start + 1]; i++)
        TRY(pattern_try_rule(scan, plan->token_rules[i], start));
    return PROV_OK;
}

/* Shapes with two fixed bytes shortly before the run. */
static int
take_leads(struct pattern_scan *scan, size_t start)
{
    const struct pattern_plan *plan = scan->plan;
    for (size_t back = 2; back <= GATE_LEAD_MAX && back <= start; back++) {
        const uint8_t *at = scan->text.data + start - back;
        unsigned bucket = word_bucket(at[0], at[1]);
        for (uint32_t i = plan->lead_first[bucket]; i < plan->lead_first[bucket + 1]; i++) {
            const struct word_rule *rule = &plan->lead_rules[i];
            if (back >= rule->back_min && back <= rule->back_max)
                TRY(pattern_try_rule(scan, rule->rule, start - back));
        }
    }
    return PROV_OK;
}

static int
take_run(struct pattern_scan *scan, size_t start, size_t length)
{
    const struct pattern_plan *plan = scan->plan;
    struct bytes text = scan->text;
    enum beside before = beside_before(scan, start);
    size_t end = start + length;
    uint8_t next = end < text.size ? text.data[end] : 0,
            farther = end + 1 < text.size ? text.data[end + 1] : 0;
    bool digit_follows = (uint8_t)(farther - '0') <= 9;
    if (before == BESIDE_PLUS && plan->phone >= 0)
        TRY(find_phone(scan, start));
    if (next == '.' && length <= IPV4_FIRST_MAX && plan->ipv4 >= 0 && before != BESIDE_DOT)
        TRY(find_ipv4(scan, start));
    size_t cell =
        ((length < RUN_LENGTHS ? length : RUN_LENGTHS - 1) * BESIDE_COUNT + plan->beside[next]) * 10 +
        (text.data[start] - '0');
    for (uint32_t i = plan->run_first[cell]; i < plan->run_first[cell + 1]; i++) {
        const struct run_rule *rule = &plan->run_rules[i];
        if (!(rule->before >> before & 1) || (rule->digit_follows && !digit_follows))
            continue;
        for (size_t back = rule->back_min; back <= rule->back_max && back <= start; back++)
            TRY(pattern_try_rule(scan, rule->rule, start - back));
    }
    return take_leads(scan, start);
}

/* Length of the run that begins at bit `start`. Runs of 64 and more are cut: nothing has so many digits. */
static size_t
run_length(const struct bits *bits, size_t start)
{
    size_t word = start / 64, shift = start % 64;
    uint64_t ones = bits->digits[word] >> shift;
    if (shift && word + 1 < bits->nwords)
        ones |= bits->digits[word + 1] << (64 - shift);
    return ones == UINT64_MAX ? 64 : (size_t)__builtin_ctzll(~ones);
}

/* Where the run begins that has its last digit at bit `last`. */
static size_t
run_start(const struct bits *bits, size_t last)
{
    size_t word = last / 64;
    uint64_t others = ~bits->digits[word] & (UINT64_MAX >> (63 - last % 64));
    while (!others && word > 0)
        others = ~bits->digits[--word];
    return others ? word * 64 + 64 - (size_t)__builtin_clzll(others) : 0;
}

static int
take_begun(struct pattern_scan *scan, size_t word, uint64_t starts)
{
    for (; starts; starts &= starts - 1) {
        size_t start = word * 64 + (size_t)__builtin_ctzll(starts);
        TRY(take_run(scan, start, run_length(&scan->scratch->bits, start)));
    }
    return PROV_OK;
}

/* @param marks  each two bytes behind the last digit of a run */
static int
take_ended(struct pattern_scan *scan, size_t word, uint64_t marks)
{
    const struct bits *bits = &scan->scratch->bits;
    for (; marks; marks &= marks - 1) {
        size_t start = run_start(bits, word * 64 + (size_t)__builtin_ctzll(marks) - 2);
        if (!(bits->begun[start / 64] >> start % 64 & 1))
            TRY(take_run(scan, start, run_length(bits, start)));
    }
    return PROV_OK;
}

int
runs_scan(struct pattern_scan *scan)
{
    const struct bits *bits = &scan->scratch->bits;
    uint64_t before = 0;
    for (size_t i = 0; i < bits->tokens.count; i++)
        TRY(take_token(scan, bits->tokens.at[i] - (ROWS_TOKEN - 1)));
    for (size_t word = 0; word < bits->nwords; word++) {
        uint64_t digits = bits->digits[word];
        if (scan->plan->all_runs) {
            TRY(take_begun(scan, word, digits & ~(digits << 1 | before >> 63)));
        } else {
            TRY(take_begun(scan, word, bits->begun[word]));
            TRY(take_ended(scan, word, bits->ended[word]));
        }
        before = digits;
    }
    return PROV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * International telephone numbers: '+', a calling code of the list, and a national number of a shape that its
 * plan has (ITU-T E.164). Numbers in national form are patterns of their countries' detectors.
 *
 * Groups are taken as long as single separators stand between digits; when the whole is too long for the
 * plan, the last group is given back, since another number may follow: "+44 20 7946 0958 2024".
 */
#include <string.h>

#include "inspect/pattern_scan.h"

enum { DIGITS_MAX = 15, DIGITS_MIN = 7, GROUPS_MAX = 12, SPAN_MAX = 40 };

/* Digits of the number with the places where groups end. */
struct dialled {
    uint8_t digits[DIGITS_MAX + 1];
    size_t ndigits;
    struct {
        size_t end, ndigits; /* place behind the group; digits up to there */
    } groups[GROUPS_MAX];
    size_t ngroups;
};

static bool
is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool
is_separator(uint8_t byte)
{
    return byte == ' ' || byte == '-' || byte == '.' || byte == '(' || byte == ')' || byte == '/';
}

static void
dial(struct bytes text, size_t start, struct dialled *dialled)
{
    size_t at = start;
    dialled->ndigits = dialled->ngroups = 0;
    while (at < text.size && at - start < SPAN_MAX && dialled->ngroups < GROUPS_MAX) {
        size_t first = at;
        while (at < text.size && is_digit(text.data[at]) && dialled->ndigits < DIGITS_MAX)
            dialled->digits[dialled->ndigits++] = text.data[at++];
        if (at == first)
            break;
        dialled->groups[dialled->ngroups].end = at;
        dialled->groups[dialled->ngroups++].ndigits = dialled->ndigits;
        size_t skipped = 0;
        while (at < text.size && skipped < 3 && is_separator(text.data[at])) {
            at++;
            skipped++;
        }
        if (skipped == 0)
            break;
    }
}

/* Is this calling code and national number in the plan? */
static bool
is_planned(const struct phone_index *phones, const uint8_t *digits, size_t ndigits)
{
    size_t code = 0;
    for (size_t size = 1; size <= 3 && size < ndigits; size++) {
        code = code * 10 + (size_t)(digits[size - 1] - '0');
        struct bytes national = {digits + size, ndigits - size};
        for (size_t i = 0; code > 0 && i < phones->nshapes[code]; i++)
            if (shape_match(&phones->shapes[code][i], national) == national.size)
                return true;
    }
    return false;
}

/* "+31.14174": one point behind few digits, and nothing else */
static bool
is_decimal(struct bytes text, const struct dialled *dialled)
{
    return dialled->ngroups == 2 && text.data[dialled->groups[0].end] == '.' &&
           dialled->groups[0].ndigits <= 3;
}

int
find_phone(struct pattern_scan *scan, size_t start)
{
    struct bytes text = scan->text;
    struct dialled dialled;
    size_t plus = start - 1;
    if (!pattern_in_reach(scan, plus) || !boundary_before(BOUNDARY_WORD, text, plus))
        return PROV_OK;
    uint8_t before = plus > 0 ? text.data[plus - 1] : 0;
    if (before == '+' || before == ')' || before == ']' || before == '.' || before == '%')
        return PROV_OK;
    dial(text, start, &dialled);
    if (is_decimal(text, &dialled))
        return PROV_OK;
    for (size_t i = dialled.ngroups; i > 0 && dialled.groups[i - 1].ndigits >= DIGITS_MIN; i--) {
        size_t end = dialled.groups[i - 1].end;
        if (!is_planned(scan->plan->phones, dialled.digits, dialled.groups[i - 1].ndigits) ||
            !boundary_after(BOUNDARY_WORD, text, end) ||
            (end + 1 < text.size && text.data[end] == '.' && is_digit(text.data[end + 1])))
            continue;
        struct candidate candidate = {
            .detector = (uint16_t)scan->plan->phone, .start = plus, .end = end, .checked = true};
        return pattern_consider(scan, &candidate);
    }
    return PROV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting what is in UTF-8: the scalar form, one character after the other, and the choice between it
 * and the vector form (text_scan_avx2.c), which comes back here for each block that is not all well.
 *
 * Lead bytes tell how many bytes must follow and in which range the first of them may lie (Unicode
 * Standard, table 3-7); that one range is all there is to overlong forms, surrogates and the end of
 * Unicode.
 */
#include "inspect/text_scan.h"

#include <stdint.h>

static const uint8_t ESCAPE = 0x1B;

/* How many bytes follow this lead byte, and the range of the first of them; 0 when it leads nothing. */
static size_t
lead_follow(uint8_t lead, uint8_t *low, uint8_t *high)
{
    *low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    *high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    return lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
}

size_t
text_utf8_size(struct bytes text, bool *well_formed)
{
    uint8_t low, high;
    *well_formed = text.data[0] < 0x80;
    if (*well_formed)
        return 1;
    size_t follow = lead_follow(text.data[0], &low, &high);
    for (size_t i = 1; i <= follow; i++) {
        if (i == text.size || text.data[i] < low || text.data[i] > high)
            return i;
        low = 0x80;
        high = 0xBF;
    }
    *well_formed = follow > 0;
    return follow + 1;
}

/* Whether a malformed sequence is only unfinished because the text ends. */
static bool
is_unfinished(struct bytes text, size_t size)
{
    uint8_t low, high;
    return size == text.size && lead_follow(text.data[0], &low, &high) >= size;
}

static void
count_low(uint8_t byte, size_t at, struct text_scan *scan)
{
    if (byte == 0) {
        if (scan->nnuls++ == 0)
            scan->first_nul = at;
    } else if (byte < 0x20 && (byte < 0x08 || byte > 0x0D) && byte != ESCAPE) {
        scan->ncontrols++;
    }
}

void
text_scan_begin(struct text_scan *scan)
{
    *scan = (struct text_scan){.first_nul = SIZE_MAX, .first_malformed = SIZE_MAX};
}

size_t
text_scan_from(struct bytes text, size_t from, size_t to, struct text_scan *scan)
{
    size_t at = from;
    while (at < to) {
        if (text.data[at] < 0x80) {
            count_low(text.data[at], at, scan);
            at++;
            continue;
        }
        bool well_formed;
        struct bytes rest = {.data = text.data + at, .size = text.size - at};
        size_t size = text_utf8_size(rest, &well_formed);
        if (well_formed)
            scan->nmultibyte++;
        else if (is_unfinished(rest, size))
            scan->ntail = size;
        else if (scan->nmalformed++ == 0)
            scan->first_malformed = at;
        at += size;
    }
    return at;
}

void
text_scan_scalar(struct bytes text, struct text_scan *scan)
{
    text_scan_begin(scan);
    (void)text_scan_from(text, 0, text.size, scan);
}

void
text_scan(struct bytes text, struct text_scan *scan)
{
    if (text_scan_avx2_usable())
        text_scan_avx2(text, scan);
    else
        text_scan_scalar(text, scan);
}

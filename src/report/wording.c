/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures for people, the same in every report.
 *
 * Widths follow Unicode's East Asian Width in ranges wide enough for what our own texts and escaped names
 * hold; a name of rarer characters may shift a column, nothing more.
 */
#include "report/wording.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/status.h"
#include "base/utf8.h"

int
wording_count(struct buf *out, uint64_t count)
{
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%" PRIu64, count);
    for (int i = 0; i < size; i++) {
        if (i && (size - i) % 3 == 0)
            TRY(buf_append_byte(out, ','));
        TRY(buf_append_byte(out, (uint8_t)digits[i]));
    }
    return PROV_OK;
}

int
wording_size(struct buf *out, uint64_t nbytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (nbytes < 1000)
        return buf_printf(out, "%" PRIu64 " B", nbytes);
    double value = (double)nbytes / 1000;
    size_t unit = 0;
    while (value >= 999.5 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1000;
        unit++;
    }
    int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return buf_printf(out, "%.*f %s", decimals, value, units[unit]);
}

static unsigned
width_of(uint32_t code)
{
    if ((code >= 0x300 && code <= 0x36f) || code == 0x200d || (code >= 0xfe00 && code <= 0xfe0f))
        return 0;
    if ((code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf && code != 0x303f) ||
        (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
        (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
        (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1faff) ||
        (code >= 0x20000 && code <= 0x3fffd))
        return 2;
    return 1;
}

unsigned
wording_width(struct bytes text)
{
    unsigned width = 0;
    for (size_t at = 0; at < text.size;) {
        uint32_t code = 0;
        size_t size = utf8_decode(text.data + at, text.size - at, &code);
        at += size ? size : 1;
        width += width_of(code);
    }
    return width;
}

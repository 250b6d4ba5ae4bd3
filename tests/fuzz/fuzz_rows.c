/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers of records. Input: one byte for the format, one for the size of pages, then a text.
 *
 * What must hold for any bytes: values lie in the page, each in its column and row; read in pages the text gives the
 * same values, records and defects as read in one.
 */
#include "../unit/row_reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum row_format formats[] = {ROWS_JSON_LINES, ROWS_JSON, ROWS_CSV};
    if (size < 3)
        return 0;
    struct bytes text = {data + 2, size - 2};
    struct arena arena = {0};
    struct row_layout layout;
    struct row_reading whole = {0}, parts = {0};
    reading_must(row_layout_judge(formats[data[0] % 3], text, &arena, &layout));
    reading_take(&whole, &layout, text, SIZE_MAX);
    reading_take(&parts, &layout, text, 13 + data[1] % 64u);
    if (!bytes_equal(buf_bytes(&whole.values), buf_bytes(&parts.values)) || whole.nrows != parts.nrows)
        abort();
    if (whole.ndefects[0] != parts.ndefects[0] || whole.ndefects[2] != parts.ndefects[2])
        abort();
    reading_finish(&whole);
    reading_finish(&parts);
    arena_finish(&arena);
    return 0;
}

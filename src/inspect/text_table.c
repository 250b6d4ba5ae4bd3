/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of code points, asked of iconv one character at a time and kept.
 *
 * Why not let iconv convert the text: it does not say which bytes a character came from, keeps some
 * characters back until it has seen the next, stops at each malformed byte, and is slow to restart. Asked
 * once for every character that an encoding has (2 to 5 ms), it gives a table, and the loop over the text
 * becomes ours: exact places, 400 MB/s, the same treatment of errors everywhere. So the system's converters
 * decide what a character means, and we decide where it is.
 *
 * Converters are opened when the tables are created, which is before the sandbox closes: opening loads
 * modules. Tables are made when they are first needed, since most scans need none. A table of pairs has
 * 128 x 256 entries (128 KiB).
 *
 * GB18030's four bytes are numbered in one sequence (b1-81, b2-30, b3-81, b4-30 as digits of base 126, 10,
 * 126, 10): 0 to 39,419 stand for what the BMP has beside the two-byte characters, 189,000 on for the
 * supplementary planes in order. Source: GB 18030-2005, and the WHATWG Encoding Standard, 10.2.
 */
#include "inspect/text_table.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAIRS = 128 * 256,
    GB18030_BMP = 39420,            /**< four-byte characters of the BMP */
    GB18030_SUPPLEMENTARY = 189000, /**< number of the first of the others */
};

static const iconv_t NO_CONVERTER = (iconv_t)-1;

struct text_tables {
    iconv_t converter[TEXT_ENCODING_COUNT]; /**< NO_CONVERTER: needs none, or its table is made */
    iconv_t fallback[TEXT_ENCODING_COUNT];
    struct text_table *table[TEXT_ENCODING_COUNT]; /**< owned; NULL: not made yet */
};

struct text_tables *
text_tables_create(void)
{
    struct text_tables *tables = calloc(1, sizeof *tables);
    if (!tables)
        return NULL;
    bool complete = true;
    for (int id = 0; id < TEXT_ENCODING_COUNT; id++) {
        const struct text_encoding *encoding = &TEXT_ENCODINGS[id];
        tables->converter[id] = encoding->iconv ? iconv_open("UCS-4LE", encoding->iconv) : NO_CONVERTER;
        tables->fallback[id] = encoding->fallback ? iconv_open("UCS-4LE", encoding->fallback) : NO_CONVERTER;
        complete &= !encoding->iconv || tables->converter[id] != NO_CONVERTER;
        complete &= !encoding->fallback || tables->fallback[id] != NO_CONVERTER;
    }
    if (complete)
        return tables;
    text_tables_destroy(tables);
    return NULL;
}

static void
table_destroy(struct text_table *table)
{
    if (!table)
        return;
    free(table->pairs);
    free(table->more);
    free(table);
}

void
text_tables_destroy(struct text_tables *tables)
{
    for (int id = 0; tables && id < TEXT_ENCODING_COUNT; id++) {
        if (tables->converter[id] != NO_CONVERTER)
            (void)iconv_close(tables->converter[id]);
        if (tables->fallback[id] != NO_CONVERTER)
            (void)iconv_close(tables->fallback[id]);
        table_destroy(tables->table[id]);
    }
    free(tables);
}

/* One character by one converter. @return a value of a table, 0 when the converter has none for it */
static uint32_t
convert(iconv_t converter, const uint8_t *data, size_t size)
{
    uint32_t points[4] = {0};
    char copy[4], *from = copy, *to = (char *)points;
    size_t from_left = size, to_left = sizeof points;
    memcpy(copy, data, size);
    size_t failed = iconv(converter, &from, &from_left, &to, &to_left);
    if (failed != 0 || from_left != 0) {
        (void)iconv(converter, NULL, NULL, NULL, NULL);
        return 0;
    }
    /* Some keep a character back, to join it with what may follow. */
    (void)iconv(converter, NULL, NULL, &to, &to_left);
    size_t npoints = (sizeof points - to_left) / sizeof points[0];
    if (npoints == 2 && points[0] < 1 << 14 && points[1] <= TEXT_TABLE_SECOND_MASK)
        return TEXT_TABLE_TWO | points[0] << TEXT_TABLE_FIRST_SHIFT | points[1];
    bool scalar = points[0] < 0xD800 || (points[0] > 0xDFFF && points[0] <= 0x10FFFF);
    return npoints == 1 && scalar ? points[0] : 0;
}

static uint32_t
ask(const struct text_tables *tables, enum text_encoding_id id, const uint8_t *data, size_t size)
{
    uint32_t value = convert(tables->converter[id], data, size);
    if (value == 0 && tables->fallback[id] != NO_CONVERTER)
        value = convert(tables->fallback[id], data, size);
    return value;
}

/* Fill a table with all pairs that may stand behind the prefix. */
static void
fill_pairs(const struct text_tables *tables, enum text_encoding_id id, struct bytes prefix, uint32_t *pairs)
{
    enum text_shape shape = TEXT_ENCODINGS[id].shape;
    uint8_t data[4];
    if (prefix.size)
        memcpy(data, prefix.data, prefix.size);
    for (unsigned lead = 0x81; lead <= 0xFE; lead++)
        for (unsigned trail = 0x30; trail <= 0xFE; trail++) {
            data[prefix.size] = (uint8_t)lead;
            data[prefix.size + 1] = (uint8_t)trail;
            if (text_character_size(shape, data, prefix.size + 2) == (int)prefix.size + 2)
                pairs[(size_t)(lead & 0x7F) << 8 | trail] = ask(tables, id, data, prefix.size + 2);
        }
}

static void
fill_gb18030(const struct text_tables *tables, uint32_t *points)
{
    for (unsigned number = 0; number < GB18030_BMP; number++) {
        uint8_t data[4] = {(uint8_t)(0x81 + number / 12600), (uint8_t)(0x30 + number / 1260 % 10),
                           (uint8_t)(0x81 + number / 10 % 126), (uint8_t)(0x30 + number % 10)};
        points[number] = ask(tables, TEXT_ENCODING_GB18030, data, sizeof data);
    }
}

static struct text_table *
table_create(const struct text_tables *tables, enum text_encoding_id id)
{
    enum text_shape shape = TEXT_ENCODINGS[id].shape;
    struct text_table *table = calloc(1, sizeof *table);
    bool has_pairs = shape != TEXT_SINGLE;
    bool has_more = shape == TEXT_EUC_JP || shape == TEXT_EUC_TW || shape == TEXT_GB18030;
    if (!table)
        return NULL;
    table->pairs = has_pairs ? calloc(PAIRS, sizeof *table->pairs) : NULL;
    table->more = has_more ? calloc(shape == TEXT_GB18030 ? GB18030_BMP : PAIRS, sizeof *table->more) : NULL;
    if ((has_pairs && !table->pairs) || (has_more && !table->more)) {
        table_destroy(table);
        return NULL;
    }
    for (unsigned byte = 0x80; byte <= 0xFF; byte++) {
        uint8_t data = (uint8_t)byte;
        if (shape == TEXT_SINGLE || text_character_size(shape, &data, 1) == 1)
            table->single[byte - 0x80] = ask(tables, id, &data, 1);
    }
    if (has_pairs)
        fill_pairs(tables, id, (struct bytes){0}, table->pairs);
    if (shape == TEXT_EUC_JP)
        fill_pairs(tables, id, bytes_of("\x8F"), table->more);
    if (shape == TEXT_EUC_TW)
        fill_pairs(tables, id, bytes_of("\x8E\xA2"), table->more);
    if (shape == TEXT_GB18030) {
        fill_gb18030(tables, table->more);
        table->single[0] = 0x20AC; /* code page 936 */
    }
    return table;
}

const struct text_table *
text_tables_get(struct text_tables *tables, enum text_encoding_id id)
{
    if (!tables->table[id])
        tables->table[id] = table_create(tables, id);
    return tables->table[id];
}

uint32_t
text_table_gb18030(const struct text_table *table, const uint8_t *data)
{
    uint32_t number = (data[0] - 0x81u) * 12600 + (data[1] - 0x30u) * 1260 + (data[2] - 0x81u) * 10 + (data[3] - 0x30u);
    if (number < GB18030_BMP)
        return table->more[number];
    if (number >= GB18030_SUPPLEMENTARY && number - GB18030_SUPPLEMENTARY < 0x100000)
        return 0x10000 + number - GB18030_SUPPLEMENTARY;
    return 0;
}

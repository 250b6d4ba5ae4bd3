/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_TEXT_TABLE_H
#define INSPECT_TEXT_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "inspect/text_encoding.h"

/** A value of a table: a code point, 0 for none, or two code points for the few characters that need both. */
enum { TEXT_TABLE_TWO = 1 << 30, TEXT_TABLE_FIRST_SHIFT = 16, TEXT_TABLE_SECOND_MASK = 0xFFFF };

/** Code points of one encoding, made by asking iconv for each character once. */
struct text_table {
    uint32_t single[128]; /**< of bytes 80..FF */
    uint32_t *pairs;      /**< [lead - 80][trail] of two bytes; NULL for TEXT_SINGLE; owned */
    uint32_t *more;       /**< the same behind a prefix (8F in EUC-JP, 8E A2 in EUC-TW), or GB18030's four bytes; owned */
};

/** Converters of all encodings that need tables, and the tables made so far. */
struct text_tables;

/** Opens every converter. @return NULL when one is missing or memory ran out */
struct text_tables *text_tables_create(void);
void text_tables_destroy(struct text_tables *tables);

/** The table of an encoding, made when first asked for. @return NULL when out of memory */
const struct text_table *text_tables_get(struct text_tables *tables, enum text_encoding_id id);

static inline uint32_t
text_table_pair(const uint32_t *pairs, uint8_t lead, uint8_t trail)
{
    return pairs[(size_t)(lead & 0x7F) << 8 | trail];
}

/** Four bytes of GB18030, well formed. @return 0 for none */
uint32_t text_table_gb18030(const struct text_table *table, const uint8_t *data);

#endif

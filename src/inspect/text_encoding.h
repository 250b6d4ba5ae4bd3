/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_TEXT_ENCODING_H
#define INSPECT_TEXT_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/** Which loop reads an encoding. */
enum text_shape {
    TEXT_UTF8, /**< also US-ASCII: the stored bytes are the text */
    TEXT_UTF16LE,
    TEXT_UTF16BE,
    TEXT_UTF32LE,
    TEXT_UTF32BE,
    TEXT_UTF7,
    TEXT_SINGLE,  /**< one byte a character, ASCII below 0x80 */
    TEXT_GB18030, /**< one, two or four bytes a character */
    TEXT_BIG5,    /**< one or two */
    TEXT_SHIFT_JIS,
    TEXT_EUC_JP, /**< one, two, or three after 0x8F */
    TEXT_EUC_KR,
    TEXT_JOHAB,
    TEXT_EUC_TW, /**< one, two, or four after 0x8E */
    TEXT_ISO_2022, /**< seven bits, character sets switched by escape sequences */
    TEXT_HZ,       /**< seven bits, GB 2312 between ~{ and ~} */
};

enum text_encoding_id {
#define TEXT_ENCODING(id, name, shape, iconv, fallback, detector) TEXT_ENCODING_##id,
#include "inspect/text_encodings.def"
#undef TEXT_ENCODING
    TEXT_ENCODING_COUNT
};

/** One row of text_encodings.def. */
struct text_encoding {
    const char *name;
    enum text_shape shape;
    const char *iconv, *fallback;
    const char *detector;
};

extern const struct text_encoding TEXT_ENCODINGS[TEXT_ENCODING_COUNT];

/** The encoding that text_detect named, or TEXT_ENCODING_UTF8 for a name it never gives. */
enum text_encoding_id text_encoding_find(const char *name);

/** The encoding that uchardet calls so, or TEXT_ENCODING_COUNT. */
enum text_encoding_id text_encoding_of_detector(const char *name);

/**
 * Bytes of the character that starts at data, by the structure of the encoding alone.
 *
 * @param shape  one of the multi-byte shapes, TEXT_GB18030 .. TEXT_EUC_TW
 * @param data   size >= 1 bytes
 * @return 1..4 for a well-formed character (assigned or not); 0 when the first byte starts none (one byte
 *         is malformed); -1 when size ends inside the character
 */
int text_character_size(enum text_shape shape, const uint8_t *data, size_t size);

/** What uchardet makes of a sample: an encoding, or TEXT_ENCODING_COUNT when it does not know. */
enum text_encoding_id text_guess(struct bytes sample);

#endif

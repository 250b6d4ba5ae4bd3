/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    UTF8_REPLACEMENT = 0xfffd, /**< stands where bytes were no character */
    UTF8_SIZE_MAX = 4,         /**< bytes of one character */
};

/**
 * The character at the beginning of data.
 *
 * Strict: no overlong forms, no surrogates, nothing above U+10FFFF.
 *
 * @param size  bytes there, at least 1
 * @param code  the code point; UTF8_REPLACEMENT when there is no character
 * @return its size, 1 to 4; when there is no character 0, and then utf8_malformed_size tells what to step
 * over
 *
 * Source: The Unicode Standard, table 3-7.
 */
size_t utf8_decode(const uint8_t *data, size_t size, uint32_t *code);

/**
 * How many bytes one U+FFFD stands for, where utf8_decode finds no character: the beginning of a character
 * that is not continued, else one byte. This is what the Unicode Standard (3.9) recommends and browsers do.
 */
size_t utf8_malformed_size(const uint8_t *data, size_t size);

/** Are these bytes the beginning of a character, cut off by their end? Then more bytes may make one. */
bool utf8_is_cut(const uint8_t *data, size_t size);

/** Write a code point (no surrogate, at most U+10FFFF). @return bytes written, 1 to 4 */
size_t utf8_encode(uint32_t code, uint8_t out[UTF8_SIZE_MAX]);

/** Bytes before the first that belongs to no character; text.size when all is valid. */
size_t utf8_valid_size(struct bytes text);

bool utf8_is_valid(struct bytes text);

/** Bytes before the first one that is not ASCII. Fast. */
size_t utf8_ascii_size(const uint8_t *data, size_t size);

#endif

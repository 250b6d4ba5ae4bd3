/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_LICENSE_TOKEN_H
#define INSPECT_LICENSE_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/** Bits of license_token.flags. */
enum license_token_flag {
    TOKEN_LINE_START = 1 << 0, /**< first token of its line, comment leaders aside */
    TOKEN_COPYRIGHT = 1 << 1, /**< stands on a line that is a copyright notice: says who, not on what terms */
    TOKEN_BULLET = 1 << 2,    /**< "1.", "(a)", "iv)" at the start of a line, "(a)" anywhere */
    TOKEN_CJK = 1 << 3,       /**< one ideograph, kana or hangul syllable */
    TOKEN_NEUTRAL = TOKEN_COPYRIGHT | TOKEN_BULLET, /**< no part of what a license says */
};

/** One word of a text as matching sees it. */
struct license_token {
    uint32_t hash;   /**< of the word in lower case, after equivalent words were made one */
    uint32_t offset; /**< of its first byte in the tokenised text */
    uint32_t line;   /**< 0-based, in the tokenised text */
    uint16_t length; /**< bytes; a longer run is cut into several tokens */
    uint8_t flags;   /**< enum license_token_flag */
};

/** Tokens of one text, in order. Zero-initialise; reused by the next license_tokenize. */
struct license_tokens {
    struct license_token *tokens; /**< owned */
    size_t ntokens;
    size_t capacity;
};

/** A stretch of a text. */
struct license_range {
    size_t start, end; /**< bytes */
};

/**
 * Cut text into tokens: runs of letters and digits in lower case, each CJK character one token.
 * Punctuation, comment leaders, markup tags and character escapes fall away.
 *
 * @param text  at most UINT32_MAX bytes; any bytes
 * @return PROV_OK, PROV_E_MEMORY
 */
int license_tokenize(struct bytes text, struct license_tokens *tokens);

/** The same for stretches of a text, ascending; what lies between counts as two line ends. */
int license_tokenize_ranges(struct bytes text, const struct license_range *ranges, size_t nranges,
                            struct license_tokens *tokens);
void license_tokens_finish(struct license_tokens *tokens);

/** The hash that license_tokenize gives to a single word, e.g. "license". */
uint32_t license_word(const char *word);

#endif

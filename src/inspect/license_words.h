/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_LICENSE_WORDS_H
#define INSPECT_LICENSE_WORDS_H

#include <stdint.h>

/** What a word does in a sentence about licenses; bits, a word may do several things. */
enum word_class {
    WORD_VERSION = 1 << 0,     /**< version, v, release */
    WORD_LATER = 1 << 1,       /**< later, newer, above */
    WORD_OR = 1 << 2,
    WORD_AND = 1 << 3,
    WORD_OF = 1 << 4,
    WORD_FILL = 1 << 5,        /**< the, terms, conditions: may stand between "under" and a name */
    WORD_APPLY = 1 << 6,       /**< released, distributed, available, subject */
    WORD_UNDER = 1 << 7,       /**< under: applies what follows */
    WORD_WITH = 1 << 8,        /**< by, with, to: does so after a word that applies */
    WORD_LICENSE = 1 << 9,     /**< license, licensed, licensing */
    WORD_NEGATE = 1 << 10,     /**< not, compatible, unlike, formerly: the name is talked about */
    WORD_CHOICE = 1 << 11,     /**< dual, either, choice: "and" between names means OR */
    WORD_INSTEAD = 1 << 12,    /**< alternatively: what follows may be chosen instead */
    WORD_RECEIVED = 1 << 13,   /**< copy, see, received: where the text is, not what applies */
    WORD_IS = 1 << 14,         /**< is, are, been */
    WORD_ATTRIBUTION = 1 << 15,/**< by, attribution */
    WORD_NONCOMMERCIAL = 1 << 16,
    WORD_NODERIVATIVES = 1 << 17,
    WORD_SHAREALIKE = 1 << 18,
    WORD_NON = 1 << 19,        /**< non, no: before commercial, derivatives */
    WORD_COMMERCIAL = 1 << 20,
    WORD_DERIVATIVES = 1 << 21,
    WORD_SHARE = 1 << 22,
    WORD_ALIKE = 1 << 23,
    WORD_CC = 1 << 24,
    WORD_CREATIVE = 1 << 25,
    WORD_COMMONS = 1 << 26,
    WORD_PORT = 1 << 27,       /**< international, unported, generic: after a version of CC */
    WORD_ONLY = 1 << 28,
    WORD_DEDICATE = 1 << 29,   /**< placed, dedicated: into the public domain */
};

enum { WORD_TABLE_SIZE = 1024 };

/** Classes by the hash of the word. */
struct license_words {
    struct {
        uint32_t hash, classes;
    } slots[WORD_TABLE_SIZE];
};

void license_words_init(struct license_words *words);

/** The classes of a word, 0 when it has none. */
static inline uint32_t
license_words_classes(const struct license_words *words, uint32_t hash)
{
    for (uint32_t at = hash & (WORD_TABLE_SIZE - 1);; at = (at + 1) & (WORD_TABLE_SIZE - 1)) {
        if (words->slots[at].hash == hash)
            return words->slots[at].classes;
        if (words->slots[at].classes == 0)
            return 0;
    }
}

#endif

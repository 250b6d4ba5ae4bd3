/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_LICENSE_WORDS_H
#define INSPECT_LICENSE_WORDS_H

#include <stdint.h>

/* What a word does in a sentence about licenses; bits, a word may do several things. */
#define WORD_VERSION ((uint64_t)1 << 0) /**< version, v, release */
#define WORD_LATER ((uint64_t)1 << 1)   /**< later, newer, above */
#define WORD_OR ((uint64_t)1 << 2)
#define WORD_AND ((uint64_t)1 << 3)
#define WORD_OF ((uint64_t)1 << 4)
#define WORD_FILL ((uint64_t)1 << 5)      /**< the, terms, conditions: may stand between "under" and a name */
#define WORD_APPLY ((uint64_t)1 << 6)     /**< released, distributed, available, subject */
#define WORD_UNDER ((uint64_t)1 << 7)     /**< under: applies what follows */
#define WORD_WITH ((uint64_t)1 << 8)      /**< by, with, to: does so after a word that applies */
#define WORD_LICENSE ((uint64_t)1 << 9)   /**< license, licensed, licensing */
#define WORD_NEGATE ((uint64_t)1 << 10)   /**< not, compatible, unlike, formerly: the name is talked about */
#define WORD_CHOICE ((uint64_t)1 << 11)   /**< dual, either, choice: "and" between names means OR */
#define WORD_INSTEAD ((uint64_t)1 << 12)  /**< alternatively: what follows may be chosen instead */
#define WORD_RECEIVED ((uint64_t)1 << 13) /**< copy, see, received: where the text is, not what applies */
#define WORD_IS ((uint64_t)1 << 14)       /**< is, are, been */
#define WORD_ATTRIBUTION ((uint64_t)1 << 15) /**< by, attribution */
#define WORD_NONCOMMERCIAL ((uint64_t)1 << 16)
#define WORD_NODERIVATIVES ((uint64_t)1 << 17)
#define WORD_SHAREALIKE ((uint64_t)1 << 18)
#define WORD_NON ((uint64_t)1 << 19) /**< non, no: before commercial, derivatives */
#define WORD_COMMERCIAL ((uint64_t)1 << 20)
#define WORD_DERIVATIVES ((uint64_t)1 << 21)
#define WORD_SHARE ((uint64_t)1 << 22)
#define WORD_ALIKE ((uint64_t)1 << 23)
#define WORD_CC ((uint64_t)1 << 24)
#define WORD_CREATIVE ((uint64_t)1 << 25)
#define WORD_COMMONS ((uint64_t)1 << 26)
#define WORD_PORT ((uint64_t)1 << 27) /**< international, unported, generic: after a version of CC */
#define WORD_ONLY ((uint64_t)1 << 28)
#define WORD_DEDICATE ((uint64_t)1 << 29) /**< placed, dedicated: into the public domain */
#define WORD_KEY                                                                                             \
    ((uint64_t)1 << 30) /**< license, licenses, licenseDeclared: the name of a field of metadata */
#define WORD_KEY_MORE ((uint64_t)1 << 31)  /**< expression, name: may follow such a name */
#define WORD_PLACE ((uint64_t)1 << 32)     /**< year, owner, name: stands where a notice is to be filled in */
#define WORD_COPYRIGHT ((uint64_t)1 << 33) /**< copyright, copr */
#define WORD_SIGN ((uint64_t)1 << 34)      /**< the (c) of a notice */
#define WORD_BY ((uint64_t)1 << 35)        /**< by */
#define WORD_FILE_TEXT ((uint64_t)1 << 36) /**< SPDX-FileCopyrightText */
#define WORD_SPDX ((uint64_t)1 << 37)
#define WORD_IDENTIFIER ((uint64_t)1 << 38)
#define WORD_RESERVES ((uint64_t)1 << 39) /**< the first word of a phrase that keeps rights */

#define WORD_COMPACT ((uint64_t)1 << 40)     /**< GPLv2, LGPL3: a name and a version in one */
#define WORD_BEGINS_NAME ((uint64_t)1 << 41) /**< may be the first word of a name: set by the lexicon */

#define WORD_CUE ((uint64_t)1 << 42)         /**< the first word of a phrase of license_cue.c */
#define WORD_APPLY_AFTER ((uint64_t)1 << 43) /**< applies the name that it stands behind */
#define WORD_PLURAL ((uint64_t)1 << 44)      /**< licenses: what follows may be examples */
#define WORD_SUBJECT                                                                                         \
    ((uint64_t)1 << 45) /**< requires, allows: behind a name, talks about the license itself */

#define WORD_TEXT ((uint64_t)1 << 46) /**< text, file: with "of" where a license is, not that it applies */
#define WORD_INVARIANT ((uint64_t)1 << 47) /**< invariant: of sections of the GFDL */
#define WORD_WITHOUT ((uint64_t)1 << 48)   /**< without */
/* Words of license texts, by what they are about. */
#define WORD_LEGAL ((uint64_t)1 << 49)           /**< hereby, thereof, proprietary */
#define WORD_LEGAL_GRANT ((uint64_t)1 << 50)     /**< grant, permission, permitted */
#define WORD_LEGAL_LICENSE ((uint64_t)1 << 51)   /**< license, agreement, terms, redistribution */
#define WORD_LEGAL_LIABILITY ((uint64_t)1 << 52) /**< warranty, liable, damages */
#define WORD_LEGAL_OBJECT                                                                                    \
    ((uint64_t)1 << 53) /**< software, data, model: what is licensed; common, so not counted */

enum { WORD_TABLE_SIZE = 1024, PHRASES_MAX = 40, PHRASE_WORDS_MAX = 6 };

/** Classes by the hash of the word, and phrases that keep rights. */
struct license_words {
    struct {
        uint64_t classes;
        uint32_t hash;
    } slots[WORD_TABLE_SIZE];
    struct {
        uint32_t words[PHRASE_WORDS_MAX];
        uint32_t nwords;
    } phrases[PHRASES_MAX];
    uint32_t nphrases;
};

/** Add classes to a word. */
void license_words_add(struct license_words *words, uint32_t hash, uint64_t classes);

/** @return PROV_OK, PROV_E_MEMORY */
int license_words_init(struct license_words *words);

/** The classes of a word, 0 when it has none. */
static inline uint64_t
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

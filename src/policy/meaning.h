/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_MEANING_H
#define POLICY_MEANING_H

#include "base/intern.h"
#include "model/detector.h"

/** What a finding counts as, beside enum detector_class. */
enum meaning {
    MEANING_MINOR = -1,      /**< an additional fact about a minor */
    MEANING_ADDITIONAL = -2, /**< any other additional fact */
    MEANING_IDENTITY =
        -3, /**< the number of an identity document: what tells a person exactly (severity high) */
};

/** What the type of an item tells. */
enum trait { TRAIT_RECORDS = 1, TRAIT_MODEL = 2, TRAIT_IMAGE = 4, TRAIT_AUDIO = 8, TRAIT_VIDEO = 16 };

/* Codes of findings come from detector files; what a strange store has beyond so many is looked up each time.
 */
enum { MEANINGS_MAX = 4096 };

/** Meanings that were looked up, remembered: words come a million times and are different a dozen times.
 * Zero-initialise. */
struct meanings {
    struct intern codes;           /**< of findings */
    int classes[MEANINGS_MAX];     /**< of each code */
    struct intern types;           /**< MIME types */
    unsigned traits[MEANINGS_MAX]; /**< of each type */
};

void meanings_finish(struct meanings *meanings);

/**
 * What a finding of this code counts as. A code that no detector has is taken for a person: the careful
 * reading.
 *
 * @param set    NULL: every finding counts as personal
 * @param class  enum detector_class or enum meaning
 * @return PROV_OK, PROV_E_MEMORY
 */
int meaning_of_code(struct meanings *meanings, const struct detector_set *set, const char *code, int *class);

/** What a MIME type tells. @param traits  of enum trait @return PROV_OK, PROV_E_MEMORY */
int meaning_of_type(struct meanings *meanings, struct bytes type, unsigned *traits);

#endif

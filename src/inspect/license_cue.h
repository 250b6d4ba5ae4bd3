/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_LICENSE_CUE_H
#define INSPECT_LICENSE_CUE_H

#include <stddef.h>
#include <stdint.h>

#include "inspect/license_token.h"
#include "inspect/license_words.h"

enum { CUES_MAX = 160, CUE_WORDS_MAX = 8 };

/** A phrase that does as a whole what single words do elsewhere. */
struct license_cue {
    uint64_t classes;
    uint32_t words[CUE_WORDS_MAX];
    uint32_t nwords;
};

/** All phrases, grouped by their first words, the longest first. */
struct license_cues {
    struct license_cue cues[CUES_MAX];
    size_t ncues;
};

/** Make the table and mark the first words of phrases in words. @return PROV_OK, PROV_E_MEMORY */
int license_cues_init(struct license_cues *cues, struct license_words *words);

/** The longest phrase that begins at tokens[0]; NULL when none does. */
const struct license_cue *license_cue_at(const struct license_cues *cues, const struct license_token *tokens,
                                         size_t ntokens);

#endif

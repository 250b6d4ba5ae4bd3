/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_LICENSE_ALIGN_H
#define INSPECT_LICENSE_ALIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/license.h"
#include "inspect/license_index.h"
#include "inspect/license_row.h"

/** A fingerprint of a unit met in the scanned text. */
struct license_anchor {
    uint32_t query;     /**< index of its first token in the scanned text */
    uint32_t reference; /**< place of its first token in the unit */
};

/** Words of a text, or of a stretch of it. */
struct license_words_view {
    const uint32_t *words; /**< borrowed */
    size_t nwords;
};

#define ALIGN_UNMATCHED UINT32_MAX
enum { ALIGN_COLUMNS = 64, ALIGN_ROWS = 512, ALIGN_CODES = 1024 };

/** What the longest common subsequence of a gap is found with. */
struct license_gap_table {
    uint64_t masks[ALIGN_CODES];   /**< by the ten bits of a word: the columns that have it; 0 between uses */
    uint64_t rows[ALIGN_ROWS + 1]; /**< where the length grows, a bit for each column */
};

/** Anchors of one chain, ascending in both places. */
struct license_anchors {
    const struct license_anchor *items; /**< borrowed */
    size_t count;                       /**< at least 1 */
};

/** Workspace of one thread. Zero-initialise. */
struct license_aligner {
    uint32_t *
        map; /**< for each token of the unit last aligned: its token in the text, or ALIGN_UNMATCHED; owned */
    size_t map_capacity;
    struct license_gap_table table;
};

/** How well a stretch of text agrees with a unit. */
struct license_alignment {
    uint32_t query_first, query_end; /**< words of the text from the first to behind the last matched one */
    uint32_t nmatched;               /**< tokens of the unit found, optional ones too */
    uint32_t nmatched_required;      /**< of those, the required ones */
    uint32_t nmissing;               /**< required tokens not found */
    uint32_t nmissing_critical;      /**< of those, the ones that change the license */
    uint32_t nmissing_tail;          /**< of the missing ones, those behind the last one found */
    uint32_t nforeign;               /**< tokens of the text in between that the template does not allow */
    int64_t gain;                    /**< in tenths of a token: matched - missing - 0.3 * foreign */
};

/**
 * Align a unit with the text around its anchors, token by token.
 *
 * @param result    filled in; query_first == query_end when nothing is worth keeping
 * @return PROV_OK, PROV_E_MEMORY
 *
 * The token map stays in the aligner until the next call.
 */
int license_align(struct license_aligner *aligner, const struct license_index *index, uint32_t unit,
                  struct license_words_view text, struct license_anchors anchors,
                  struct license_alignment *result);
void license_aligner_finish(struct license_aligner *aligner);

/**
 * Where the text last aligned differs: runs of missing required tokens, with what stands there instead.
 *
 * @param row, tokens  the whole text whose words were aligned
 */
void license_align_differences(const struct license_aligner *aligner, const struct license_unit *unit,
                               const uint16_t *references, const struct license_row *row,
                               const struct license_tokens *tokens, struct license_differences *differences);

/** Agreement in hundredths of a percent: matched / (required + foreign). */
uint32_t license_alignment_similarity(const struct license_alignment *alignment);

#endif

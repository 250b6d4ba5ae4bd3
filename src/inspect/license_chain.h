/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_LICENSE_CHAIN_H
#define INSPECT_LICENSE_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "inspect/license_align.h"
#include "inspect/license_index.h"
#include "inspect/license_token.h"

/** A license text recognised in a stretch of text. */
struct license_text {
    uint32_t unit;
    uint32_t similarity; /**< hundredths of a percent */
    struct license_alignment alignment;
};

/** Workspace of one thread, for one index. */
struct license_chainer;

/** @return NULL when out of memory */
struct license_chainer *license_chainer_create(const struct license_index *index);
void license_chainer_destroy(struct license_chainer *chainer);

/** A fingerprint of a unit met in a text. */
struct license_hit {
    uint32_t unit;
    struct license_anchor anchor;
};

/** A part of a text, with all hits in it. */
struct license_stretch {
    const uint32_t *words; /**< borrowed, as the hits */
    size_t nwords;
    const struct license_hit *hits; /**< by place in the words */
    size_t nhits;
    bool open_ended; /**< the text goes on behind the last word, so a missing end is no fault */
};

enum {
    LICENSE_CHAIN_GAP = 800,  /**< words between two hits that no chain goes over */
    LICENSE_CHAIN_REACH = 80, /**< words before the first hit and behind the last one that matter */
};

/**
 * Find the license texts in a stretch.
 *
 * @param texts  in order of place, not overlapping; valid until the next call
 * @return PROV_OK, PROV_E_MEMORY
 */
int license_chainer_run(struct license_chainer *chainer, const struct license_stretch *stretch,
                        const struct license_text **texts, size_t *ntexts);

/**
 * Align a unit with a row.
 *
 * @param text  holds the unit; the rest is filled in, in words of the row
 * @return PROV_OK, PROV_E_MEMORY
 */
int license_chainer_align(struct license_chainer *chainer, const struct license_row *row,
                          struct license_anchors anchors, struct license_text *text);

/** Where the row of the last license_chainer_align differs from its unit. @param tokens  the row was taken
 * from */
void license_chainer_differences(const struct license_chainer *chainer, uint32_t unit,
                                 const struct license_row *row, const struct license_tokens *tokens,
                                 struct license_differences *differences);

#endif

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

/**
 * Find the license texts in a text.
 *
 * @param open_ended  the text goes on beyond its last token, so a missing end is no fault
 * @param texts       in order of place, not overlapping; valid until the next call
 * @return PROV_OK, PROV_E_MEMORY
 */
int license_chainer_run(struct license_chainer *chainer, const struct license_tokens *text, bool open_ended,
                        const struct license_text **texts, size_t *ntexts);

/**
 * Align one of the texts found again, to show where it differs: the map of license_align stays in the
 * aligner.
 */
int license_chainer_explain(struct license_chainer *chainer, const struct license_tokens *text,
                            const struct license_text *found, const struct license_aligner **aligner);

#endif

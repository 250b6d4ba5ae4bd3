/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_LICENSE_TEXTS_H
#define INSPECT_LICENSE_TEXTS_H

#include <stddef.h>

#include "inspect/license_chain.h"
#include "inspect/license_row.h"

/** Workspace of one thread that finds license texts, for one index. */
struct license_finder;

/** @return NULL when out of memory */
struct license_finder *license_finder_create(const struct license_index *index);
void license_finder_destroy(struct license_finder *finder); /**< NULL is fine */

/**
 * Find the license texts in a text.
 *
 * @param open_ended  the text goes on beyond its last token, so a missing end is no fault
 * @param texts       in order of place, not overlapping, their alignments in tokens; valid until the next
 * call
 * @return PROV_OK, PROV_E_MEMORY
 *
 * What is found depends on the text alone, not on what the finder saw before.
 */
int license_finder_run(struct license_finder *finder, const struct license_tokens *tokens, bool open_ended,
                       const struct license_text **texts, size_t *ntexts);

/**
 * Where a text found by the last run differs from its license.
 *
 * @param differences  filled in, in order, as many as there is room for
 * @return PROV_OK, PROV_E_MEMORY, PROV_E_DATA (not a text of this run)
 */
int license_finder_explain(struct license_finder *finder, const struct license_tokens *tokens,
                           const struct license_text *found, struct license_differences *differences);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_PATTERN_INDEX_H
#define INSPECT_PATTERN_INDEX_H

#include <stdint.h>

#include "inspect/pattern_plan.h"

/**
 * Fill in the plan's lists of rules by gate.
 *
 * @param gated  enum gate of each rule, nrules
 * @return PROV_OK, PROV_E_MEMORY
 */
int pattern_index_make(struct pattern_plan *plan, const uint8_t *gated);

#endif

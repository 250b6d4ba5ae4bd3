/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_PATTERN_WORDS_H
#define INSPECT_PATTERN_WORDS_H

#include "inspect/pattern_plan.h"

/** Collect the context words of all detectors and compile them. @return PROV_OK, PROV_E_MEMORY, PROV_E_POLICY
 */
int pattern_words_context(struct pattern_plan *plan, const char *cache_dir, struct err *err);

/** Sort the top-level domains of the e-mail detector. @return PROV_OK, PROV_E_MEMORY */
int pattern_words_tlds(struct pattern_plan *plan, const struct detector *detector);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_PATTERN_ACCEPT_H
#define INSPECT_PATTERN_ACCEPT_H

#include <stdbool.h>

#include "inspect/pattern_plan.h"

/**
 * Is the whole text a value that this detector of patterns knows, and does it pass its checks? Boundaries and
 * context are not looked at. For `provscan policy try` and comparisons with other programs.
 */
bool pattern_accepts(const struct pattern_plan *plan, size_t detector, struct bytes text);

#endif

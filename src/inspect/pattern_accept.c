/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value against one detector, without the text around it.
 */
#include "inspect/pattern_accept.h"

#include "inspect/pattern_scan.h"
#include "inspect/validator.h"

bool
pattern_accepts(const struct pattern_plan *plan, size_t detector, struct bytes text)
{
    const struct detector *wanted = plan->set->detectors[detector];
    uint8_t chars[SHAPE_LENGTH_MAX + 1];
    bool shaped = false;
    for (size_t i = 0; i < plan->nrules && !shaped; i++)
        shaped = plan->rules[i].detector == detector && text.size > 0 &&
                 shape_match(plan->rules[i].shape, text) == text.size;
    struct value value = {.chars = chars,
                          .size = pattern_normalise(wanted, text, chars),
                          .today = plan->set->reference_date};
    size_t size = value.size;
    for (size_t i = 0; i < wanted->nchecks && shaped; i++)
        shaped = validator_pass(&wanted->checks[i], &value);
    return shaped && value.size == size;
}

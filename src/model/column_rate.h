/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_COLUMN_RATE_H
#define MODEL_COLUMN_RATE_H

#include "model/detector.h"
#include "model/fact.h"

/**
 * Judge the findings of an item by their columns, once all of it was seen: a format that random numbers pass
 * now and then is certain when a whole column passes, and chance when a small part does. Levels change;
 * tallies that came to nothing go.
 *
 * @param detectors  NULL: nothing is known of any, and only tallies go
 */
void column_rates_apply(struct fact_set *set, const struct detector_set *detectors);

#endif

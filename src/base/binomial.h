/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BINOMIAL_H
#define BASE_BINOMIAL_H

#include <stdint.h>

/**
 * Clopper-Pearson bounds of a share of which k of n were seen: exact, whatever the share is.
 *
 * The upper bound is the share at which k or fewer would be seen with a probability of 1 - confidence; the
 * lower one that at which k or more would. Each holds with the confidence by itself.
 *
 * @param confidence  above 0, below 1
 * @return 0 to 1; 1 and 0 when n is 0
 */
double binomial_upper(uint64_t n, uint64_t k, double confidence);
double binomial_lower(uint64_t n, uint64_t k, double confidence);

#endif

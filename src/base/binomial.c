/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clopper-Pearson bounds by bisection of the binomial distribution itself.
 *
 * Why not the inverse of the incomplete beta function, which gives the same in fewer steps: for samples of
 * some thousands the sum of the terms is exact to twelve digits and can be read. Terms are summed from the
 * largest down, each from its neighbour:  P(i-1) = P(i) * i (1-p) / ((n-i+1) p).
 *
 * Source: Clopper, Pearson (1934), Biometrika 26.
 */
#include "base/binomial.h"

#include <math.h>

enum { STEPS = 100 };

static double
log_factorial(uint64_t n)
{
    int sign = 0;
    return lgamma_r((double)n + 1, &sign);
}

/* P(X = k) */
static double
term(uint64_t n, uint64_t k, double p)
{
    if (p <= 0 || p >= 1)
        return (p <= 0 ? k == 0 : k == n) ? 1 : 0;
    return exp(log_factorial(n) - log_factorial(k) - log_factorial(n - k) + (double)k * log(p) +
               (double)(n - k) * log1p(-p));
}

/* P(X <= k), k below the mean or not: terms that no longer count end the sum. */
static double
at_most(uint64_t n, uint64_t k, double p)
{
    double sum = 0, one = term(n, k, p);
    for (uint64_t i = k;; i--) {
        sum += one;
        if (i == 0)
            return sum < 1 ? sum : 1;
        one *= (double)i * (1 - p) / ((double)(n - i + 1) * p);
    }
}

double
binomial_upper(uint64_t n, uint64_t k, double confidence)
{
    double low = 0, high = 1;
    if (k >= n)
        return 1;
    for (int i = 0; i < STEPS; i++) {
        double p = (low + high) / 2;
        if (at_most(n, k, p) > 1 - confidence)
            low = p;
        else
            high = p;
    }
    return high;
}

/* k or more of n are n - k or fewer of the others. */
double
binomial_lower(uint64_t n, uint64_t k, double confidence)
{
    return k == 0 || n == 0 ? 0 : 1 - binomial_upper(n, n - k, confidence);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clopper-Pearson bounds, against values computed in another way: exact sums of binomial terms in decimals of
 * sixty digits (Python's decimal and math.comb), bisected. tests/scripts/sample.py does that again for each
 * sample it draws.
 */
#include <criterion/criterion.h>

#include <math.h>

#include "base/binomial.h"

Test(binomial, agrees_with_exact_sums)
{
    static const struct {
        uint64_t n, k;
        double upper;
    } cases[] = {
        {4000, 0, 0.0007486526880177806},
        {4000, 139, 0.03989768119052613},
        {4000, 140, 0.040163977203982765},
        {4000, 160, 0.04547707530782719},
        {1, 0, 0.95},              /* 1 - 0.05 */
        {10, 0, 0.2588655508930523}, /* 1 - 0.05^(1/10) */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_assert_float_eq(binomial_upper(cases[i].n, cases[i].k, 0.95), cases[i].upper, 1e-11, "%d of %d",
                           (int)cases[i].k, (int)cases[i].n);
}

Test(binomial, holds_the_edge_of_the_96_percent)
{
    cr_assert_leq(binomial_upper(4000, 139, 0.95), 0.04, "139 of 4,000 may be bad to claim at most 4 %%");
    cr_assert_gt(binomial_upper(4000, 140, 0.95), 0.04);
}

Test(binomial, mirrors_itself)
{
    for (uint64_t k = 0; k <= 50; k++)
        cr_assert_float_eq(binomial_lower(50, k, 0.95), 1 - binomial_upper(50, 50 - k, 0.95), 1e-12);
    cr_assert_eq(binomial_lower(100, 0, 0.95), 0);
    cr_assert_eq(binomial_upper(100, 100, 0.95), 1);
    cr_assert_eq(binomial_lower(0, 0, 0.95), 0);
    cr_assert_eq(binomial_upper(0, 0, 0.95), 1);
}

Test(binomial, solves_its_own_definition)
{
    /* P(X <= k) at the upper bound is 0.05: summed here from the smallest term up. */
    for (uint64_t k = 0; k < 30; k += 7) {
        double p = binomial_upper(300, k, 0.95), term = pow(1 - p, 300), sum = term;
        for (uint64_t i = 1; i <= k; i++) {
            term *= (double)(301 - i) / (double)i * p / (1 - p);
            sum += term;
        }
        cr_assert_float_eq(sum, 0.05, 1e-9, "k = %d", (int)k);
    }
}

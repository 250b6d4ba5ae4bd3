/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of the judge, in one place for the rules, the store and every report.
 */
#include "model/verdict.h"

#include <assert.h>
#include <string.h>

static const char *const verdicts[VERDICT_COUNT] = {
    [VERDICT_ALLOW] = "allow", [VERDICT_REVIEW] = "review", [VERDICT_DENY] = "deny"};

static const char *const conformities[CONFORMITY_COUNT] = {
    [CONFORMITY_NOT_APPLICABLE] = "not_applicable",
    [CONFORMITY_CONFORM] = "conform",
    [CONFORMITY_UNDETERMINED] = "undetermined",
    [CONFORMITY_NOT_CONFORM] = "not_conform",
};

const char *
verdict_name(enum verdict verdict)
{
    assert(verdict < VERDICT_COUNT);
    return verdicts[verdict];
}

enum verdict
verdict_find(const char *name)
{
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (strcmp(verdicts[i], name) == 0)
            return (enum verdict)i;
    return VERDICT_COUNT;
}

const char *
conformity_name(enum conformity conformity)
{
    assert(conformity < CONFORMITY_COUNT);
    return conformities[conformity];
}

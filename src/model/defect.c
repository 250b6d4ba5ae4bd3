/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vocabulary of defects, from the one list in the header.
 */
#include "model/defect.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *code;
    enum defect_effect effect;
} defects[DEFECT_COUNT] = {
#define DEFECT_ROW(name, code, effect) [DEFECT_##name] = {code, DEFECT_##effect},
    DEFECT_MAP(DEFECT_ROW)
#undef DEFECT_ROW
};

const char *
defect_code(enum defect defect)
{
    assert(defect < DEFECT_COUNT);
    return defects[defect].code;
}

enum defect_effect
defect_effect(enum defect defect)
{
    assert(defect < DEFECT_COUNT);
    return defects[defect].effect;
}

enum defect
defect_find(const char *code)
{
    for (int i = 0; i < DEFECT_COUNT; i++)
        if (strcmp(defects[i].code, code) == 0)
            return (enum defect)i;
    return DEFECT_COUNT;
}

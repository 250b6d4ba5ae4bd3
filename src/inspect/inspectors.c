/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of inspectors, from the one list in inspectors.def.
 */
#include "inspect/inspector.h"

#define INSPECTOR(name) extern const struct inspector INSPECTOR_##name;
#include "inspect/inspectors.def"
#undef INSPECTOR

const struct inspector *const INSPECTORS[] = {
#define INSPECTOR(name) &INSPECTOR_##name,
#include "inspect/inspectors.def"
#undef INSPECTOR
    NULL,
};

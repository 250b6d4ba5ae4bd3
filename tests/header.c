/* SPDX-License-Identifier: Apache-2.0 */
/* The public header compiles alone, as C and as C++, and its initialisers fit. */
#include "provscan/provscan.h"

int
main(void)
{
    prov_scan_options scan = PROV_SCAN_OPTIONS_INIT;
    prov_judge_options judge = PROV_JUDGE_OPTIONS_INIT;
    return scan.version == PROV_OPTIONS_VERSION && judge.version == PROV_OPTIONS_VERSION ? 0 : 1;
}

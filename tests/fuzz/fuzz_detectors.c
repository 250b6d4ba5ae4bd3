/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A detector file from a stranger: it is refused or loaded, and what is loaded can be made ready and run.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "inspect/inspector.h"
#include "policy/detectors.h"

extern const struct inspector INSPECTOR_pattern;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct detector_set *set = NULL;
    struct err err = {0};
    if (detectors_load_text("fuzz.json", (struct bytes){data, size}, &set, &err) != PROV_OK)
        return 0;
    struct inspect_config config = {.detectors = set};
    void *plan = NULL, *scratch = NULL;
    if (INSPECTOR_pattern.plan_create(&config, &plan, &err) == PROV_OK &&
        INSPECTOR_pattern.scratch_create(plan, &scratch, &err) == PROV_OK) {
        struct fact_list facts = {0};
        struct segment segment = {
            .type = "application/json", .encoding = "UTF-8", .text = data, .page = size, .first = true, .last = true};
        (void)INSPECTOR_pattern.segment(plan, scratch, &segment, &facts);
        fact_list_finish(&facts);
    }
    INSPECTOR_pattern.scratch_destroy(scratch);
    INSPECTOR_pattern.plan_destroy(plan);
    detectors_destroy(set);
    return 0;
}

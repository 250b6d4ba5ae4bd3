/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text through all detectors of the project; and cut in two it must give the same facts.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "inspect/inspector.h"
#include "policy/detectors.h"

extern const struct inspector INSPECTOR_pattern;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Made once: compiling the detectors for every input would test nothing else. */
static void *plan, *scratch;

static void
inspect(const uint8_t *data, size_t size, size_t from, size_t to, struct fact_list *facts)
{
    size_t before = from < LIMIT_SEGMENT_CONTEXT ? from : LIMIT_SEGMENT_CONTEXT;
    size_t after = size - to < LIMIT_SEGMENT_MARGIN ? size - to : LIMIT_SEGMENT_MARGIN;
    size_t whole = before + (to - from) + after;
    uint8_t *copy = malloc(whole ? whole : 1);
    if (!copy)
        abort();
    memcpy(copy, data + from - before, whole);
    struct segment segment = {.type = "text/plain",
                              .encoding = "UTF-8",
                              .text = copy,
                              .before = before,
                              .page = to - from,
                              .after = after,
                              .offset = from - before,
                              .first = from == 0,
                              .last = to == size};
    if (INSPECTOR_pattern.segment(plan, scratch, &segment, facts) != PROV_OK)
        abort();
    free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct detector_set *set;
    struct err err = {0};
    if (!plan) {
        if (detectors_load(SOURCE_DIR "/policies", &set, &err) != PROV_OK)
            abort();
        struct inspect_config config = {.detectors = set};
        if (INSPECTOR_pattern.plan_create(&config, &plan, &err) != PROV_OK ||
            INSPECTOR_pattern.scratch_create(plan, &scratch, &err) != PROV_OK)
            abort();
    }
    struct fact_list whole = {0}, parts = {0};
    size_t cut = size / 2;
    while (cut > 0 && cut < size && (data[cut] & 0xC0) == 0x80)
        cut--;
    if (size == 0)
        return 0;
    inspect(data, size, 0, size, &whole);
    inspect(data, size, 0, cut, &parts);
    inspect(data, size, cut, size, &parts);
    if (whole.nfacts != parts.nfacts)
        abort();
    for (size_t i = 0; i < whole.nfacts; i++)
        if (strcmp(whole.facts[i].code, parts.facts[i].code) != 0 || whole.facts[i].offset != parts.facts[i].offset)
            abort();
    fact_list_finish(&whole);
    fact_list_finish(&parts);
    return 0;
}

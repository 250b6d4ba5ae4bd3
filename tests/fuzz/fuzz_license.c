/* SPDX-License-Identifier: Apache-2.0 */
/* Any text through the license inspector, whole and in two segments: codes and evidence must keep their bounds. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/status.h"
#include "base/utf8.h"
#include "inspect/inspector.h"

extern const struct inspector INSPECTOR_license;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct fact_list *facts, uint64_t size)
{
    for (size_t i = 0; i < facts->nfacts; i++) {
        const struct fact *fact = &facts->facts[i];
        if (fact->offset > size || fact->length > size - fact->offset || strlen(fact->code) > LIMIT_CODE_BYTES ||
            fact->evidence.size > LIMIT_EVIDENCE_BYTES || !utf8_is_valid(fact->evidence) ||
            !utf8_is_valid(bytes_of(fact->code)))
            abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void *plan, *scratch; /* made once: a fuzz target has no end */
    const struct inspect_config config = {.policy_dir = SOURCE_DIR "/policies"};
    struct fact_list facts = {0};
    if (!plan && (INSPECTOR_license.plan_create(&config, &plan, NULL) != PROV_OK ||
                  INSPECTOR_license.scratch_create(plan, &scratch, NULL) != PROV_OK))
        abort();
    size_t cut = size / 2, before = cut < LIMIT_SEGMENT_CONTEXT ? cut : LIMIT_SEGMENT_CONTEXT;
    const struct segment segments[] = {
        {.type = "text/plain", .text = data, .page = size, .first = true, .last = true},
        {.type = "application/json", .text = data, .page = cut, .after = size - cut, .first = true},
        {.type = "text/html", .text = data + cut - before, .before = before, .page = size - cut, .offset = cut - before, .last = true},
    };
    for (size_t i = 0; i < sizeof segments / sizeof segments[0]; i++) {
        if (INSPECTOR_license.segment(plan, scratch, &segments[i], &facts) != PROV_OK)
            abort();
        check(&facts, size);
        fact_list_clear(&facts);
    }
    fact_list_finish(&facts);
    return 0;
}

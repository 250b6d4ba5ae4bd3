/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNIT_PATTERN_FIXTURE_H
#define UNIT_PATTERN_FIXTURE_H

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "inspect/inspector.h"
#include "policy/detectors.h"

extern const struct inspector INSPECTOR_pattern;

/** The inspector with the project's own detectors, or with those of a text. */
struct pattern_fixture {
    struct detector_set *set;
    void *plan, *scratch;
};

static inline void
fixture_make(struct pattern_fixture *fixture, struct detector_set *set)
{
    struct err err = {0};
    struct inspect_config config = {.detectors = set};
    fixture->set = set;
    cr_assert_eq(INSPECTOR_pattern.plan_create(&config, &fixture->plan, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(INSPECTOR_pattern.scratch_create(fixture->plan, &fixture->scratch, &err), PROV_OK, "%s", err.text);
}

static inline void
fixture_init(struct pattern_fixture *fixture)
{
    struct err err = {0};
    struct detector_set *set = NULL;
    cr_assert_eq(detectors_load(SOURCE_DIR "/policies", &set, &err), PROV_OK, "%s", err.text);
    fixture_make(fixture, set);
}

static inline void
fixture_finish(struct pattern_fixture *fixture)
{
    INSPECTOR_pattern.scratch_destroy(fixture->scratch);
    INSPECTOR_pattern.plan_destroy(fixture->plan);
    detectors_destroy(fixture->set);
}

/** Inspect text[page_from, page_to) as a segment with the context and the margin that the engine gives. */
static inline void
fixture_segment(struct pattern_fixture *fixture, const char *type, struct bytes text, size_t page_from,
                size_t page_to, struct fact_list *facts)
{
    size_t before = page_from < LIMIT_SEGMENT_CONTEXT ? page_from : LIMIT_SEGMENT_CONTEXT;
    size_t after = text.size - page_to < LIMIT_SEGMENT_MARGIN ? text.size - page_to : LIMIT_SEGMENT_MARGIN;
    /* An exact heap block: AddressSanitizer sees the first byte read past the segment. */
    size_t size = before + (page_to - page_from) + after;
    uint8_t *copy = malloc(size ? size : 1);
    cr_assert_not_null(copy);
    memcpy(copy, text.data + page_from - before, size);
    struct segment segment = {.type = type,
                              .encoding = "UTF-8",
                              .text = copy,
                              .before = before,
                              .page = page_to - page_from,
                              .after = after,
                              .offset = page_from - before,
                              .first = page_from == 0,
                              .last = page_to == text.size};
    cr_assert_eq(INSPECTOR_pattern.segment(fixture->plan, fixture->scratch, &segment, facts), PROV_OK);
    free(copy);
}

/** Facts of a whole text as one segment. */
static inline struct fact_list
fixture_facts(struct pattern_fixture *fixture, const char *type, const char *text)
{
    struct fact_list facts = {0};
    fixture_segment(fixture, type, bytes_of(text), 0, strlen(text), &facts);
    return facts;
}

static inline const struct fact *
fixture_fact(const struct fact_list *facts, const char *code)
{
    for (size_t i = 0; i < facts->nfacts; i++)
        if (strcmp(facts->facts[i].code, code) == 0)
            return &facts->facts[i];
    return NULL;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `provscan policy` does with detectors: the examples of a detector run through the inspector that a
 * scan uses, with all other detectors beside it, so that a check says what a scan will say.
 */
#include "cmd/policy_detectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "inspect/inspector.h"
#include "inspect/pattern_accept.h"
#include "policy/detectors.h"

extern const struct inspector INSPECTOR_pattern;

/* Detectors made ready, with working memory for one thread. */
struct bench {
    struct detector_set *set;
    void *plan, *scratch;
};

static void
bench_finish(struct bench *bench)
{
    INSPECTOR_pattern.scratch_destroy(bench->scratch);
    INSPECTOR_pattern.plan_destroy(bench->plan);
    detectors_destroy(bench->set);
}

static int
bench_init(struct bench *bench, const char *dir, struct err *err)
{
    *bench = (struct bench){0};
    int status = detectors_load(dir, &bench->set, err);
    struct inspect_config config = {.detectors = bench->set, .policy_dir = dir};
    if (status == PROV_OK)
        status = INSPECTOR_pattern.plan_create(&config, &bench->plan, err);
    if (status == PROV_OK)
        status = INSPECTOR_pattern.scratch_create(bench->plan, &bench->scratch, err);
    if (status != PROV_OK)
        bench_finish(bench);
    return status;
}

static void
count_fault(const struct err *err, void *context)
{
    struct policy_tally *tally = context;
    policy_fault(err->text);
    tally->nfaults++;
}

/* Does the inspector report this code in the text? */
static int
reports(const struct bench *bench, const char *code, struct bytes text, bool *found)
{
    struct fact_list facts = {0};
    struct segment segment = {.type = "text/plain",
                              .encoding = "UTF-8",
                              .text = text.data,
                              .page = text.size,
                              .first = true,
                              .last = true};
    int status = INSPECTOR_pattern.segment(bench->plan, bench->scratch, &segment, &facts);
    *found = false;
    for (size_t i = 0; i < facts.nfacts; i++)
        *found = *found || strcmp(facts.facts[i].code, code) == 0;
    fact_list_finish(&facts);
    return status;
}

static int
run_examples(const struct bench *bench, const struct detector *detector, bool wanted,
             struct policy_tally *tally)
{
    const struct detector_example *examples = wanted ? detector->examples : detector->counter_examples;
    size_t count = wanted ? detector->nexamples : detector->ncounter_examples;
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        char text[1024];
        TRY(reports(bench, detector->id, examples[i].text, &found));
        tally->nexamples++;
        if (found == wanted)
            continue;
        (void)snprintf(text, sizeof text, "%s:%u: %s[%zu] of '%s': %s", detector->file, examples[i].line,
                       wanted ? "examples" : "counter_examples", i, detector->id,
                       wanted ? "the detector does not find anything in it"
                              : "the detector finds something in it");
        policy_fault(text);
        tally->nfaults++;
    }
    return PROV_OK;
}

int
policy_check_detectors(const char *dir, struct policy_tally *tally, struct err *err)
{
    struct bench bench;
    TRY(detectors_check_files(dir, count_fault, tally, &tally->nfiles, err));
    if (tally->nfaults > 0)
        return PROV_OK;
    struct err fault = {0};
    int status = bench_init(&bench, dir, &fault);
    if (status == PROV_E_POLICY) {
        count_fault(&fault, tally);
        return PROV_OK;
    }
    if (status != PROV_OK)
        return err_set(err, status, "%s", fault.text);
    tally->nentries = bench.set->ndetectors;
    for (size_t i = 0; i < bench.set->ndetectors && status == PROV_OK; i++) {
        status = run_examples(&bench, bench.set->detectors[i], true, tally);
        if (status == PROV_OK)
            status = run_examples(&bench, bench.set->detectors[i], false, tally);
    }
    bench_finish(&bench);
    return status == PROV_OK ? PROV_OK
                             : err_set(err, status, "examples cannot be run: %s", status_text(status));
}

int
policy_list_detectors(const char *dir, struct err *err)
{
    struct detector_set *set = NULL;
    TRY(detectors_load(dir, &set, err));
    for (size_t i = 0; i < set->ndetectors; i++) {
        const struct detector *detector = set->detectors[i];
        printf("%-32s %-12s %-8s %s\n", detector->id, detector_class_name(detector->class_),
               detector_severity_name(detector->severity), detector->title);
    }
    detectors_destroy(set);
    return PROV_OK;
}

static void
print_words(const char *name, const struct word_list *list)
{
    if (list->nwords == 0)
        return;
    printf("%-12s", name);
    for (size_t i = 0; i < list->nwords && i < 24; i++)
        printf("%s%s", i ? ", " : "", list->words[i]);
    printf("%s\n", list->nwords > 24 ? " ..." : "");
}

static void
print_detector(const struct detector *detector)
{
    printf("%s  %s%s%s\n", detector->id, detector->title, detector->title_zh ? "  " : "",
           detector->title_zh ? detector->title_zh : "");
    printf("%-12s%s:%u\n", "defined", detector->file, detector->line);
    printf("%-12s%s\n", "source", detector->source);
    printf("%-12s%s, %s\n", "class", detector_class_name(detector->class_),
           detector_severity_name(detector->severity));
    if (*detector->regions)
        printf("%-12s%s\n", "regions", detector->regions);
    printf("%-12s%s\n", "found as", detector_kind_name(detector->kind));
    for (size_t i = 0; i < detector->npatterns; i++)
        printf("%-12s%s\n", i ? "" : "patterns", detector->patterns[i]);
    for (size_t i = 0; i < detector->nchecks; i++)
        printf("%-12s%s\n", i ? "" : "checks", check_kind_name(detector->checks[i].kind));
    printf("%-12sbase %+.1f, context %+.1f%s, reported from level %u\n", "score", detector->base / 100.0,
           detector->context_bonus / 100.0, detector->context_required ? " (required)" : "",
           detector->min_report);
    print_words("context", &detector->context);
    print_words("negative", &detector->negative);
    print_words("columns", &detector->columns);
    printf("%-12s%zu, and %zu counter-examples\n", "examples", detector->nexamples,
           detector->ncounter_examples);
}

int
policy_show_detector(const char *dir, const char *id, struct err *err)
{
    struct detector_set *set = NULL;
    TRY(detectors_load(dir, &set, err));
    const struct detector *detector = detector_find(set, id);
    if (detector)
        print_detector(detector);
    detectors_destroy(set);
    return detector ? PROV_OK : err_set(err, PROV_E_USAGE, "no detector '%s'", id);
}

/* A set of one detector of another set, which must outlive it. */
static int
only(const struct detector_set *set, const char *id, const struct detector **detector,
     struct detector_set *one, struct err *err)
{
    *detector = detector_find(set, id);
    if (!*detector)
        return err_set(err, PROV_E_USAGE, "no detector '%s'", id);
    *one =
        (struct detector_set){.detectors = detector, .ndetectors = 1, .reference_date = set->reference_date};
    return PROV_OK;
}

/* The detector is made ready alone: compiling all of them takes longer than thousands of answers. */
int
policy_try_detector(const char *dir, const char *id, struct err *err)
{
    struct detector_set *all = NULL, one;
    const struct detector *detector = NULL;
    void *plan = NULL;
    TRY(detectors_load(dir, &all, err));
    int status = only(all, id, &detector, &one, err);
    if (status == PROV_OK) {
        struct inspect_config config = {.detectors = &one, .policy_dir = dir};
        status = INSPECTOR_pattern.plan_create(&config, &plan, err);
    }
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t size; status == PROV_OK && (size = getline(&line, &capacity, stdin)) > 0;) {
        size -= line[size - 1] == '\n';
        struct bytes text = {(const uint8_t *)line, (size_t)size};
        puts(pattern_accepts(plan, 0, text) ? "yes" : "no");
    }
    free(line);
    INSPECTOR_pattern.plan_destroy(plan);
    detectors_destroy(all);
    return status;
}

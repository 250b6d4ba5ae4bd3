/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each inspector costs, alone, on one text: bench_inspect POLICIES CACHE TYPE FILE [ROUNDS [ENGINE]]
 *
 * The file is held in memory and cut into segments as a scan would cut it, then shown to one engine after the
 * other, ROUNDS times; the fastest round counts, in bytes per second of this thread's processor time.
 *
 *     decode      UTF-8 check, the least that a text costs
 *     license     all licenses
 *     pattern     all detectors: candidates, checks, context, overlaps, facts
 *     personal    the same without secrets
 *     vectorscan  every pattern of every detector in one plain Vectorscan database, matches only counted:
 * what one would do first. It does less: no checks, no boundaries, no context.
 *
 * With ENGINE "patterns" nothing is measured: those patterns are printed, one a line, for `rg -f`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "inspect/inspector.h"
#include "inspect/multi_match.h"
#include "inspect/text.h"
#include "model/detector.h"
#include "policy/detectors.h"

extern const struct inspector INSPECTOR_license, INSPECTOR_pattern;

enum { CONTEXT = 508, PAGE = 1 << 20, MARGIN = 4096, PATTERNS_MAX = 8192, ROUNDS = 5 };

/* What the detectors with a parser of their own look for, as near as an expression comes. */
static const char *const parsed[DETECTOR_KIND_COUNT] = {
    [MATCH_EMAIL] = "[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253}\\.[A-Za-z]{2,24}",
    [MATCH_IPV4] = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\\.(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}",
    [MATCH_IPV6] = "(?:[0-9A-Fa-f]{1,4}:){2,7}[0-9A-Fa-f]{1,4}",
    [MATCH_PHONE] = "\\+[1-9][0-9 ()-]{6,16}[0-9]",
    [MATCH_KEY_BLOCK] = "-----BEGIN [A-Z ]*PRIVATE KEY-----",
    [MATCH_URL_LOGIN] = "://[^/@: ]{1,64}:[^/@ ]{1,64}@",
    [MATCH_ASSIGNMENT] = "(?:password|passwd|secret|token|api_?key)[\"' ]{0,2}[:=]",
};

struct sample {
    uint8_t *data;
    size_t size;
    const char *type;
    uint64_t count; /* facts or matches of the last round */
};

/* One engine ready to be shown a segment. */
struct engine {
    const char *name;
    const struct inspector *inspector; /* NULL: decode only, or Vectorscan */
    void *plan, *scratch;
    struct multi_match *match;
    struct multi_scratch *multi;
};

static void
die(const char *what, const struct err *err)
{
    (void)fprintf(stderr, "bench_inspect: %s: %s\n", what, err ? err->text : "");
    exit(1);
}

static double
cpu_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
load(const char *path, struct sample *sample)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        die(path, NULL);
    sample->size = (size_t)ftell(file);
    sample->data = malloc(sample->size + 1);
    rewind(file);
    if (!sample->data || fread(sample->data, 1, sample->size, file) != sample->size)
        die(path, NULL);
    (void)fclose(file);
}

/* Patterns of all detectors, one expression each. @return how many */
static size_t
all_patterns(const struct detector_set *set, struct multi_pattern *patterns)
{
    size_t npatterns = 0;
    for (size_t i = 0; i < set->ndetectors; i++) {
        const struct detector *detector = set->detectors[i];
        uint32_t flags = detector->caseless ? MULTI_CASELESS : 0;
        for (size_t j = 0; j < detector->npatterns && npatterns < PATTERNS_MAX; j++)
            patterns[npatterns++] =
                (struct multi_pattern){.text = bytes_of(detector->patterns[j]), .flags = flags};
        if (parsed[detector->kind] && npatterns < PATTERNS_MAX)
            patterns[npatterns++] = (struct multi_pattern){.text = bytes_of(parsed[detector->kind])};
    }
    return npatterns;
}

static int
count_match(uint32_t id, size_t end, void *context)
{
    (void)id;
    (void)end;
    ++*(uint64_t *)context;
    return 0;
}

static void
show(const struct engine *engine, struct text_decoder *decoder, const struct stored_segment *stored,
     struct sample *sample, struct fact_list *facts)
{
    struct segment segment = {.type = sample->type, .encoding = "UTF-8"};
    int status = text_decode(decoder, "UTF-8", stored, &segment, facts);
    if (status == PROV_OK && engine->inspector)
        status = engine->inspector->segment(engine->plan, engine->scratch, &segment, facts);
    if (status == PROV_OK && engine->match)
        status = multi_match_scan(engine->match, engine->multi,
                                  (struct bytes){segment.text, segment.before + segment.page}, count_match,
                                  &sample->count);
    if (status != PROV_OK)
        die(engine->name, NULL);
}

static double
one_round(const struct engine *engine, struct text_decoder *decoder, struct sample *sample)
{
    struct fact_list facts = {0};
    double begun = cpu_s();
    sample->count = 0;
    for (size_t at = 0; at < sample->size;) {
        size_t left = sample->size - at, before = at < CONTEXT ? at : CONTEXT;
        size_t page = left > PAGE ? text_cut("UTF-8", sample->data + at, left, PAGE) : left;
        struct stored_segment stored = {.data = sample->data + at - before,
                                        .before = before,
                                        .page = page,
                                        .after = left - page < MARGIN ? left - page : MARGIN,
                                        .offset = at - before,
                                        .first = at == 0,
                                        .last = page == left};
        fact_list_clear(&facts);
        show(engine, decoder, &stored, sample, &facts);
        sample->count += facts.nfacts;
        at += page;
    }
    double spent = cpu_s() - begun;
    fact_list_finish(&facts);
    return spent;
}

static void
measure(const struct engine *engine, struct sample *sample, int rounds)
{
    struct text_decoder *decoder = text_create();
    double best = 1e9;
    for (int i = 0; i < rounds; i++) {
        double spent = one_round(engine, decoder, sample);
        best = spent < best ? spent : best;
    }
    text_destroy(decoder);
    printf("%s\t%.0f\t%.3f\t%llu\n", engine->name, (double)sample->size / best / 1e6,
           best / (double)sample->size * 1e9, (unsigned long long)sample->count);
}

static void
run_inspector(const char *name, const struct inspector *inspector, const struct inspect_config *config,
              struct sample *sample, int rounds)
{
    struct err err = {0};
    struct engine engine = {.name = name, .inspector = inspector};
    if (inspector->plan_create(config, &engine.plan, &err) != PROV_OK ||
        inspector->scratch_create(engine.plan, &engine.scratch, &err) != PROV_OK)
        die(name, &err);
    measure(&engine, sample, rounds);
    inspector->scratch_destroy(engine.scratch);
    inspector->plan_destroy(engine.plan);
}

static void
run_plain(const char *cache, const struct multi_pattern *patterns, size_t npatterns, struct sample *sample,
          int rounds)
{
    struct err err = {0};
    struct engine engine = {.name = "vectorscan"};
    if (multi_match_create(patterns, npatterns, cache, &engine.match, &err) != PROV_OK ||
        multi_scratch_create(engine.match, &engine.multi) != PROV_OK)
        die("vectorscan", &err);
    measure(&engine, sample, rounds);
    multi_scratch_destroy(engine.multi);
    multi_match_destroy(engine.match);
}

/* As rg wants it without Unicode: bytes beyond ASCII spelt out; those over several lines are left out. */
static void
print_pattern(const struct multi_pattern *pattern)
{
    if (memmem(pattern->text.data, pattern->text.size, "\\n", 2))
        return;
    printf("%s", pattern->flags & MULTI_CASELESS ? "(?i)" : "");
    for (size_t i = 0; i < pattern->text.size; i++)
        printf(pattern->text.data[i] < 0x80 ? "%c" : "\\x%02X", pattern->text.data[i]);
    printf("\n");
}

/* The set without secrets. */
static struct detector_set
personal_of(const struct detector_set *set)
{
    struct detector_set personal = *set;
    const struct detector **detectors = calloc(set->ndetectors, sizeof *detectors);
    if (!detectors)
        die("out of memory", NULL);
    personal.ndetectors = 0;
    for (size_t i = 0; i < set->ndetectors; i++)
        if (set->detectors[i]->class_ != DETECTOR_SECRET)
            detectors[personal.ndetectors++] = set->detectors[i];
    personal.detectors = detectors;
    return personal;
}

int
main(int argc, char **argv)
{
    struct err err = {0};
    struct detector_set *set = NULL;
    struct sample sample = {0};
    static struct multi_pattern patterns[PATTERNS_MAX];
    if (argc < 5) {
        (void)fprintf(stderr, "usage: bench_inspect POLICIES CACHE TYPE FILE [ROUNDS [ENGINE]]\n");
        return 1;
    }
    int rounds = argc > 5 ? atoi(argv[5]) : ROUNDS;
    const char *only = argc > 6 ? argv[6] : "";
    if (detectors_load(argv[1], &set, &err) != PROV_OK)
        die(argv[1], &err);
    size_t npatterns = all_patterns(set, patterns);
    if (strcmp(only, "patterns") == 0) {
        for (size_t i = 0; i < npatterns; i++)
            print_pattern(&patterns[i]);
        detectors_destroy(set);
        return 0;
    }
    sample.type = argv[3];
    load(argv[4], &sample);
    struct detector_set personal = personal_of(set);
    struct inspect_config all = {.detectors = set, .policy_dir = argv[1], .cache_dir = argv[2]}, some = all;
    some.detectors = &personal;
    if (!*only || strcmp(only, "decode") == 0)
        measure(&(struct engine){.name = "decode"}, &sample, rounds);
    if (!*only || strcmp(only, "license") == 0)
        run_inspector("license", &INSPECTOR_license, &all, &sample, rounds);
    if (!*only || strcmp(only, "pattern") == 0)
        run_inspector("pattern", &INSPECTOR_pattern, &all, &sample, rounds);
    if (!*only || strcmp(only, "personal") == 0)
        run_inspector("personal", &INSPECTOR_pattern, &some, &sample, rounds);
    if (!*only || strcmp(only, "vectorscan") == 0)
        run_plain(argv[2], patterns, npatterns, &sample, rounds);
    free((void *)personal.detectors);
    free(sample.data);
    detectors_destroy(set);
    return 0;
}

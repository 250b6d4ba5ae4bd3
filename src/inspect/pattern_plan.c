/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detectors made ready: every shape becomes a rule behind the gate that fits it (pattern_gate.h), and
 *
 *     fixed bytes of shapes, labels, "-----BEGIN "     one database of anchors, searched for in all text
 *     shapes with a run of digits, tokens, pairs       lists by what finds them (pattern_index.c)
 *     what has no gate, but must stand near a word     its context words become labels among the anchors
 *
 * A shape with none of them is refused: it would have to be tried at every byte. Context words of the others
 * are not searched for everywhere but only around candidates that passed their checks, with a database of
 * their own (pattern_context.c).
 */
#include "inspect/pattern_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/pattern_index.h"
#include "inspect/pattern_words.h"

enum { ANCHORS_MAX = 1 << 20 };

/* While a plan is made. */
struct making {
    struct pattern_plan *plan;
    const char *cache_dir;
    struct err *err;
    struct multi_pattern *patterns; /* of the anchors; texts in the arena */
    bool *near;                     /* of each anchor: is it for near_match? */
    size_t npatterns, patterns_capacity;
    size_t rules_capacity;
    uint8_t *gated; /* of each rule: enum gate */
};

static int
no_memory(const struct making *making)
{
    return err_set(making->err, PROV_E_MEMORY, "out of memory for detectors");
}

/* ---- anchors ---- */

static int
add_anchor(struct making *making, struct multi_pattern pattern, struct anchor anchor)
{
    struct pattern_plan *plan = making->plan;
    if (making->npatterns == making->patterns_capacity) {
        size_t capacity = making->patterns_capacity ? making->patterns_capacity * 2 : 256;
        struct multi_pattern *patterns = arena_array(&plan->arena, capacity, sizeof *patterns);
        struct anchor *anchors = arena_array(&plan->arena, capacity, sizeof *anchors);
        bool *near = arena_array(&plan->arena, capacity, sizeof *near);
        if (!patterns || !anchors || !near || capacity > ANCHORS_MAX)
            return no_memory(making);
        if (making->npatterns) {
            memcpy(patterns, making->patterns, making->npatterns * sizeof *patterns);
            memcpy(anchors, plan->anchors, making->npatterns * sizeof *anchors);
            memcpy(near, making->near, making->npatterns * sizeof *near);
        }
        making->near = near;
        making->patterns = patterns;
        plan->anchors = anchors;
        making->patterns_capacity = capacity;
    }
    pattern.id = (uint32_t)making->npatterns;
    making->patterns[making->npatterns] = pattern;
    making->near[making->npatterns] = false;
    plan->anchors[making->npatterns++] = anchor;
    plan->nanchors = making->npatterns;
    return PROV_OK;
}

static int
add_literal_anchor(struct making *making, uint32_t rule)
{
    struct pattern_plan *plan = making->plan;
    struct buf expression = {0};
    size_t length = 0;
    int status = shape_prefix(plan->rules[rule].shape, GATE_PREFIX_MAX, &expression, &length);
    char *text = status == PROV_OK ? arena_text(&plan->arena, buf_bytes(&expression)) : NULL;
    buf_finish(&expression);
    if (!text)
        return no_memory(making);
    return add_anchor(making, (struct multi_pattern){.text = bytes_of(text)},
                      (struct anchor){.kind = ANCHOR_RULE,
                                      .rule = rule,
                                      .detector = plan->rules[rule].detector,
                                      .length = (uint16_t)length});
}

static int
add_word_anchors(struct making *making, uint16_t detector, const struct word_list *words,
                 struct anchor anchor)
{
    anchor.detector = detector;
    for (size_t i = 0; i < words->nwords; i++) {
        anchor.length = (uint16_t)strlen(words->words[i]);
        TRY(add_anchor(making,
                       (struct multi_pattern){.text = bytes_of(words->words[i]),
                                              .flags = MULTI_LITERAL | MULTI_CASELESS},
                       anchor));
    }
    return PROV_OK;
}

/* ---- rules ---- */

static int
add_rule(struct making *making, const struct rule *rule, enum gate gate)
{
    struct pattern_plan *plan = making->plan;
    if (plan->nrules == making->rules_capacity) {
        size_t capacity = making->rules_capacity ? making->rules_capacity * 2 : 512;
        struct rule *rules = arena_array(&plan->arena, capacity, sizeof *rules);
        uint8_t *gated = arena_array(&plan->arena, capacity, 1);
        if (!rules || !gated)
            return no_memory(making);
        if (plan->nrules) {
            memcpy(rules, plan->rules, plan->nrules * sizeof *rules);
            memcpy(gated, making->gated, plan->nrules);
        }
        plan->rules = rules;
        making->gated = gated;
        making->rules_capacity = capacity;
    }
    plan->rules[plan->nrules] = *rule;
    making->gated[plan->nrules++] = (uint8_t)gate;
    return PROV_OK;
}

static int
add_shape(struct making *making, const struct detector *detector, struct rule rule)
{
    struct run_gate run;
    struct pattern_plan *plan = making->plan;
    if (detector->kind == MATCH_LABELLED)
        return add_rule(making, &rule, GATE_LABEL);
    if (gate_is_pair(rule.shape))
        return add_rule(making, &rule, GATE_PAIR);
    if (gate_is_literal(rule.shape, detector->context_required)) {
        if (gate_is_word(rule.shape, detector->boundary))
            return add_rule(making, &rule, GATE_WORD);
        TRY(add_rule(making, &rule, GATE_LITERAL));
        return add_literal_anchor(making, (uint32_t)plan->nrules - 1);
    }
    if (!detector->context_required && gate_is_word(rule.shape, detector->boundary))
        return add_rule(making, &rule, GATE_WORD);
    bool has_run = gate_find_run(rule.shape, detector->boundary, &run);
    /* One or two digits in a row are everywhere: with a label to be found by, wait for that. */
    if (has_run && (!(run.lengths & 7) || !detector->context_required))
        return add_rule(making, &rule, run.lead ? GATE_LEAD : GATE_RUN);
    if (gate_token_length(rule.shape))
        return add_rule(making, &rule, GATE_TOKEN);
    if (detector->context_required)
        return add_rule(making, &rule, GATE_LABEL);
    return err_set(
        making->err, PROV_E_POLICY,
        "%s:%u: detector '%s': a pattern has neither fixed bytes nor a run of digits to be found by, and "
        "context is not required",
        detector->file, detector->line, detector->id);
}

static struct rule
rule_of(const struct shape *shape, uint16_t detector)
{
    struct rule rule = {.shape = shape,
                        .detector = detector,
                        .ndigits = (uint8_t)gate_count_digits(shape),
                        .wants_digit = gate_wants_digit(shape)};
    bool begun = false;
    for (size_t i = 0; i < shape->nelements; i++) {
        const struct shape_element *element = &shape->elements[i];
        for (int word = 0; word < 4 && !begun; word++)
            rule.start.bits[word] |= element->class_.bits[word];
        begun = begun || element->min > 0;
    }
    return rule;
}

static int
add_patterns(struct making *making, uint16_t index)
{
    const struct detector *detector = making->plan->set->detectors[index];
    for (size_t i = 0; i < detector->npatterns; i++) {
        struct shape *shapes = NULL;
        size_t nshapes = 0;
        const char *reason = NULL;
        int status = shape_parse(&making->plan->arena, detector->patterns[i], detector->caseless, &shapes,
                                 &nshapes, &reason);
        if (status == PROV_E_POLICY)
            return err_set(making->err, status, "%s:%u: match.patterns[%zu]: %s", detector->file,
                           detector->line, i, reason);
        if (status != PROV_OK)
            return no_memory(making);
        for (size_t j = 0; j < nshapes; j++)
            TRY(add_shape(making, detector, rule_of(&shapes[j], index)));
    }
    return PROV_OK;
}

/* ---- kinds with a parser of their own ---- */

static int
add_phones(struct making *making, const struct detector *detector)
{
    struct pattern_plan *plan = making->plan;
    plan->phones = arena_alloc(&plan->arena, sizeof *plan->phones);
    if (!plan->phones)
        return no_memory(making);
    for (size_t i = 0; i < detector->nplans; i++) {
        const struct phone_plan *phone = &detector->plans[i];
        size_t code = strtoul(phone->code, NULL, 10), total = 0;
        struct shape *all = arena_array(&plan->arena, phone->nshapes, sizeof *all);
        if (!all)
            return no_memory(making);
        for (size_t j = 0; j < phone->nshapes; j++) {
            struct shape *shapes = NULL;
            size_t nshapes = 0;
            const char *reason = "out of memory";
            int status = shape_parse(&plan->arena, phone->shapes[j], false, &shapes, &nshapes, &reason);
            if (status == PROV_OK && nshapes > 1) {
                status = PROV_E_POLICY;
                reason = "a plan takes no groups";
            }
            if (status != PROV_OK)
                return err_set(making->err, status, "%s:%u: match.plans.%s[%zu]: %s", detector->file,
                               detector->line, phone->code, j, reason);
            all[total++] = shapes[0];
        }
        plan->phones->shapes[code] = all;
        plan->phones->nshapes[code] = total;
    }
    return PROV_OK;
}

static int
set_once(struct making *making, int *place, uint16_t index)
{
    const struct detector *detector = making->plan->set->detectors[index];
    if (*place >= 0)
        return err_set(making->err, PROV_E_POLICY,
                       "%s:%u: detector '%s': there can be one detector of kind '%s' only", detector->file,
                       detector->line, detector->id, detector_kind_name(detector->kind));
    *place = index;
    return PROV_OK;
}

static int
add_detector(struct making *making, uint16_t index)
{
    struct pattern_plan *plan = making->plan;
    const struct detector *detector = plan->set->detectors[index];
    switch (detector->kind) {
    case MATCH_PATTERN:
    case MATCH_LABELLED:
        return add_patterns(making, index);
    case MATCH_EMAIL:
        TRY(set_once(making, &plan->email, index));
        return pattern_words_tlds(plan, detector);
    case MATCH_IPV4:
        return set_once(making, &plan->ipv4, index);
    case MATCH_IPV6:
        return set_once(making, &plan->ipv6, index);
    case MATCH_PHONE:
        TRY(set_once(making, &plan->phone, index));
        return add_phones(making, detector);
    case MATCH_URL_LOGIN:
        return set_once(making, &plan->url_login, index);
    case MATCH_KEY_BLOCK: {
        static const char begin[] = "-----BEGIN ";
        TRY(set_once(making, &plan->key_block, index));
        return add_anchor(
            making, (struct multi_pattern){.text = bytes_of(begin), .flags = MULTI_LITERAL},
            (struct anchor){.kind = ANCHOR_KEY_BLOCK, .detector = index, .length = sizeof begin - 1});
    }
    case MATCH_ASSIGNMENT:
        return add_word_anchors(making, index, &detector->match_words,
                                (struct anchor){.kind = ANCHOR_ASSIGNMENT});
    case DETECTOR_KIND_COUNT:
        break;
    }
    return PROV_E_INTERNAL;
}

/* ---- all together ---- */

/* Is whatever this detector's labels announce remarkable? */
static bool
is_seen_near(const struct pattern_plan *plan, size_t detector)
{
    for (uint32_t i = plan->label_first[detector]; i < plan->label_first[detector + 1]; i++)
        if (!gate_is_remarkable(plan->rules[plan->label_rules[i]].shape))
            return false;
    return true;
}

/* Labels of detectors whose shapes are found by nothing else. */
static int
add_labels(struct making *making)
{
    struct pattern_plan *plan = making->plan;
    for (size_t i = 0; i < plan->set->ndetectors; i++) {
        const struct detector *detector = plan->set->detectors[i];
        if (plan->label_first[i] == plan->label_first[i + 1])
            continue;
        bool labelled = detector->kind == MATCH_LABELLED;
        size_t begun = making->npatterns;
        TRY(add_word_anchors(making, (uint16_t)i, labelled ? &detector->match_words : &detector->context,
                             (struct anchor){.kind = ANCHOR_LABEL, .wide = !labelled}));
        bool near = is_seen_near(plan, i);
        for (; begun < making->npatterns; begun++)
            making->near[begun] = near;
    }
    return PROV_OK;
}

/* The anchors of one of the two databases. @param match  left as it is when there are none */
static int
compile_anchors(struct making *making, bool near, struct multi_match **match)
{
    struct pattern_plan *plan = making->plan;
    struct multi_pattern *some = arena_array(&plan->arena, making->npatterns + 1, sizeof *some);
    size_t nsome = 0;
    if (!some)
        return no_memory(making);
    for (size_t i = 0; i < making->npatterns; i++) {
        if (making->near[i] != near)
            continue;
        some[nsome++] = making->patterns[i];
        if (near && plan->anchors[i].length > plan->near_size)
            plan->near_size = plan->anchors[i].length;
    }
    return nsome == 0 ? PROV_OK : multi_match_create(some, nsome, making->cache_dir, match, making->err);
}

static int
make(struct making *making)
{
    struct pattern_plan *plan = making->plan;
    sets_init(&plan->sets);
    for (unsigned byte = 0; byte < 256; byte++)
        plan->beside[byte] = gate_beside((uint8_t)byte);
    for (size_t i = 0; i < plan->set->ndetectors; i++)
        TRY(add_detector(making, (uint16_t)i));
    TRY(pattern_index_make(plan, making->gated));
    TRY(add_labels(making));
    TRY(pattern_words_context(plan, making->cache_dir, making->err));
    TRY(compile_anchors(making, false, &plan->anchor_match));
    return compile_anchors(making, true, &plan->near_match);
}

int
pattern_plan_create(const struct detector_set *set, const char *cache_dir, struct pattern_plan **plan,
                    struct err *err)
{
    struct pattern_plan *made = calloc(1, sizeof *made);
    if (!made)
        return err_set(err, PROV_E_MEMORY, "out of memory for detectors");
    *made = (struct pattern_plan){.set = set,
                                  .email = -1,
                                  .ipv4 = -1,
                                  .ipv6 = -1,
                                  .phone = -1,
                                  .url_login = -1,
                                  .key_block = -1,
                                  .find_bits = bits_engine_best(),
                                  .folds = stops_any_best()};
    struct making making = {.plan = made, .cache_dir = cache_dir, .err = err};
    int status = make(&making);
    if (status != PROV_OK) {
        pattern_plan_destroy(made);
        return err_set(err, status, "detectors cannot be made ready");
    }
    *plan = made;
    return PROV_OK;
}

void
pattern_plan_destroy(struct pattern_plan *plan)
{
    if (!plan)
        return;
    multi_match_destroy(plan->anchor_match);
    multi_match_destroy(plan->near_match);
    multi_match_destroy(plan->context_match);
    arena_finish(&plan->arena);
    free(plan);
}

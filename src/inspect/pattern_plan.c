/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detectors made ready: for every shape a gate, the cheapest thing whose absence proves that the shape is
 * not there.
 *
 *     gate      who has it                                     found by
 *     literal   AKIA[A-Z2-7]{16}: three fixed bytes or more    one Vectorscan database over all text
 *     run       [A-Z]\d{6}\([0-9A]\): a run of digits of       bits.digits, by length, neighbours, first digit
 *               known length at a known place
 *     token     [A-HJ-NPR-Z0-9]{17}: capitals and digits,      a run with a capital beside it, by the length of
 *               a known number of them                         the whole word
 *     pair      [0-9A-F]{2}:[0-9A-F]{2}: ...                   bits.pairs
 *     label     what has none of these, but must stand near    the words of its context, in the same
 *               one of its context words                       database as the literals
 *
 * A shape with none of them is refused: it would have to be tried at every byte. Context words of the others
 * are not searched for everywhere but only around candidates that passed their checks, with a database of
 * their own (pattern_context.c).
 */
#include "inspect/pattern_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LITERAL_MIN = 3,        /* fixed bytes in a row that make a gate */
    LITERAL_SHORT = 2,      /* or so many, when much follows that Vectorscan can check */
    LITERAL_SHORT_TAIL = 16,
    PREFIX_MAX = 28,        /* bytes of a shape given to Vectorscan */
    BACK_SPREAD_MAX = 4,
    TOKEN_DIGITS_MIN = 10,  /* places that may hold a digit, one of which then will */
    ANCHORS_MAX = 1 << 20,
};

/* While a plan is made. */
struct making {
    struct pattern_plan *plan;
    const char *cache_dir;
    struct err *err;
    struct multi_pattern *patterns; /* of the anchors; texts in the arena */
    size_t npatterns, patterns_capacity;
    size_t rules_capacity;
    uint8_t *gated; /* of each rule: enum gate */
};

enum gate { GATE_LITERAL, GATE_RUN, GATE_TOKEN, GATE_PAIR, GATE_LABEL };

/* What a run gate needs to know of a shape. */
struct run_gate {
    uint64_t lengths;  /* bit n: the run may have n digits; bit 63: 63 or more */
    uint16_t before;   /* bits of enum beside */
    uint64_t open;     /* those of the lengths after which anything may come */
    uint16_t next;     /* bits of enum beside: what comes after the others */
    uint8_t back_min, back_max;
    uint16_t first;    /* bit d: the run may begin with digit d */
    bool digit_follows; /* after the others comes one sign and a digit */
};

static const struct byte_class digits = {{0x03FF000000000000u, 0, 0, 0}};

static int
no_memory(struct making *making)
{
    return err_set(making->err, PROV_E_MEMORY, "out of memory for detectors");
}

static enum beside
beside_of(unsigned byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return BESIDE_UPPER;
    if (byte >= 'a' && byte <= 'z')
        return BESIDE_LOWER;
    if (byte >= 0x80)
        return BESIDE_HIGH;
    switch (byte) {
    case ' ':
    case '\t':
        return BESIDE_SPACE;
    case '+':
        return BESIDE_PLUS;
    case '-':
        return BESIDE_DASH;
    case '.':
        return BESIDE_DOT;
    case '/':
        return BESIDE_SLASH;
    case '(':
    case ')':
        return BESIDE_PAREN;
    case ':':
        return BESIDE_COLON;
    default:
        return BESIDE_OTHER;
    }
}

static uint16_t
besides_of(const struct pattern_plan *plan, const struct byte_class *class_)
{
    uint16_t bits = 0;
    for (unsigned byte = 0; byte < 256; byte++)
        if (byte_class_has(class_, (uint8_t)byte))
            bits |= (uint16_t)(1u << plan->beside[byte]);
    return bits;
}

static bool
meets(const struct byte_class *a, const struct byte_class *b)
{
    return (a->bits[0] & b->bits[0]) | (a->bits[1] & b->bits[1]) | (a->bits[2] & b->bits[2]) |
           (a->bits[3] & b->bits[3]);
}

static bool
only_digits(const struct byte_class *class_)
{
    return !class_->bits[1] && !class_->bits[2] && !class_->bits[3] && class_->bits[0] &&
           !(class_->bits[0] & ~digits.bits[0]);
}

/* Lengths n + min .. n + max for each n. */
static uint64_t
lengthened(uint64_t lengths, size_t min, size_t max)
{
    uint64_t sum = 0;
    for (size_t n = 0; n < RUN_LENGTHS; n++)
        if (lengths >> n & 1)
            for (size_t m = n + min; m <= n + max; m++) {
                sum |= (uint64_t)1 << (m < RUN_LENGTHS ? m : RUN_LENGTHS - 1);
                if (m >= RUN_LENGTHS)
                    break;
            }
    return sum;
}

/* All lengths from the shortest on. */
static uint64_t
and_longer(uint64_t lengths)
{
    return lengths ? ~((lengths & -lengths) - 1) : 0;
}

/* Is every first sign behind the run one byte wide, and the next one a digit? */
static bool
digit_follows(const struct shape *shape, size_t i)
{
    for (; i < shape->nelements; i++) {
        const struct shape_element *element = &shape->elements[i];
        if (only_digits(&element->class_))
            continue;
        if (element->max != 1 || meets(&element->class_, &digits) || i + 1 == shape->nelements)
            return false;
        const struct shape_element *next = &shape->elements[i + 1];
        if (!only_digits(&next->class_) || next->min == 0)
            return false;
        if (element->min > 0)
            return true;
    }
    return true;
}

/* From element i on: how long may the run be that begins there, and what may follow it? */
static void
measure_run(const struct pattern_plan *plan, const struct shape *shape, size_t i, struct run_gate *gate)
{
    uint64_t running = 1; /* lengths of the run if it goes on */
    for (; i < shape->nelements; i++) {
        const struct shape_element *element = &shape->elements[i];
        if (only_digits(&element->class_)) {
            running = lengthened(running, element->min, element->max);
            continue;
        }
        if (meets(&element->class_, &digits)) {
            gate->open |= and_longer(running);
            gate->lengths |= gate->open;
            return;
        }
        gate->lengths |= running;
        gate->next |= besides_of(plan, &element->class_);
        if (element->min > 0)
            return;
    }
    gate->open |= running; /* the shape may end with the run */
    gate->lengths |= running;
}

/* @return false when the shape has no run of digits at a known place */
static bool
find_run_gate(const struct pattern_plan *plan, const struct shape *shape, enum detector_boundary boundary,
              struct run_gate *gate)
{
    size_t back_min = 0, back_max = 0, i = 0;
    *gate = (struct run_gate){0};
    for (; i < shape->nelements && !meets(&shape->elements[i].class_, &digits); i++) {
        const struct shape_element *element = &shape->elements[i];
        back_min += element->min;
        back_max += element->max;
        if (element->min > 0)
            gate->before = 0;
        gate->before |= besides_of(plan, &element->class_);
        if (back_max - back_min > BACK_SPREAD_MAX || back_max > 32)
            return false;
    }
    if (i == shape->nelements || !only_digits(&shape->elements[i].class_) || shape->elements[i].min == 0)
        return false;
    if (back_min == 0)
        gate->before |= boundary == BOUNDARY_NONE ? UINT16_MAX
                                                  : (uint16_t) ~(1u << BESIDE_UPPER | 1u << BESIDE_LOWER);
    gate->back_min = (uint8_t)back_min;
    gate->back_max = (uint8_t)back_max;
    gate->first = (uint16_t)(shape->elements[i].class_.bits[0] >> '0' & 0x3FF);
    gate->digit_follows = digit_follows(shape, i);
    measure_run(plan, shape, i, gate);
    return gate->lengths != 0;
}

static unsigned
class_size(const struct byte_class *class_)
{
    unsigned size = 0;
    for (int i = 0; i < 4; i++)
        size += (unsigned)__builtin_popcountll(class_->bits[i]);
    return size;
}

/* The longest row of fixed bytes (or letters of either case), not all digits, in the beginning of fixed length. */
static size_t
literal_row(const struct shape *shape, size_t *prefix)
{
    size_t best = 0, row = 0, signs = 0;
    *prefix = 0;
    for (size_t i = 0; i < shape->nelements && *prefix < PREFIX_MAX; i++) {
        const struct shape_element *element = &shape->elements[i];
        bool fixed = class_size(&element->class_) <= 2;
        row = fixed ? row + element->min : 0;
        signs = fixed ? signs + !meets(&element->class_, &digits) : 0;
        best = signs > 0 && row > best ? row : best;
        *prefix += element->min;
        if (element->min != element->max)
            break;
    }
    return best;
}

static bool
has_literal_gate(const struct shape *shape, bool can_wait)
{
    size_t prefix, row = literal_row(shape, &prefix);
    return row >= LITERAL_MIN || (row >= LITERAL_SHORT && prefix >= LITERAL_SHORT_TAIL && !can_wait);
}

/* Capitals and digits only, a known number of them, digits certain or as good as. @return the length, 0: no */
static size_t
token_length(const struct shape *shape)
{
    size_t ndigits = 0;
    bool certain = false;
    if (shape->length_min != shape->length_max || shape->length_min >= TOKEN_LENGTHS)
        return 0;
    for (size_t i = 0; i < shape->nelements; i++) {
        const struct byte_class *class_ = &shape->elements[i].class_;
        if (class_->bits[0] & ~digits.bits[0] || class_->bits[1] & ~(uint64_t)0x07FFFFFE || class_->bits[2] || class_->bits[3])
            return 0;
        certain = certain || (only_digits(class_) && shape->elements[i].min > 0);
        ndigits += meets(class_, &digits) ? shape->elements[i].min : 0;
    }
    return certain || ndigits >= TOKEN_DIGITS_MIN ? shape->length_min : 0;
}

/* Hex pairs with ':' or '-' between: xx:xx:xx:xx */
static bool
has_pair_gate(const struct shape *shape)
{
    size_t at = 0, seps = 0;
    for (size_t i = 0; i < shape->nelements && at < 12; i++) {
        const struct shape_element *element = &shape->elements[i];
        bool sep = class_size(&element->class_) == 1 &&
                   (byte_class_has(&element->class_, ':') || byte_class_has(&element->class_, '-'));
        if (element->min != element->max || (sep && (element->min != 1 || at % 3 != 2)))
            return false;
        seps += sep;
        at += element->min;
    }
    return seps >= 4;
}

static int
add_anchor(struct making *making, struct multi_pattern pattern, struct anchor anchor)
{
    struct pattern_plan *plan = making->plan;
    if (making->npatterns == making->patterns_capacity) {
        size_t capacity = making->patterns_capacity ? making->patterns_capacity * 2 : 256;
        struct multi_pattern *patterns = arena_array(&plan->arena, capacity, sizeof *patterns);
        struct anchor *anchors = arena_array(&plan->arena, capacity, sizeof *anchors);
        if (!patterns || !anchors || capacity > ANCHORS_MAX)
            return no_memory(making);
        if (making->npatterns) {
            memcpy(patterns, making->patterns, making->npatterns * sizeof *patterns);
            memcpy(anchors, plan->anchors, making->npatterns * sizeof *anchors);
        }
        making->patterns = patterns;
        plan->anchors = anchors;
        making->patterns_capacity = capacity;
    }
    pattern.id = (uint32_t)making->npatterns;
    making->patterns[making->npatterns] = pattern;
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
    int status = shape_prefix(plan->rules[rule].shape, PREFIX_MAX, &expression, &length);
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
add_word_anchors(struct making *making, uint16_t detector, const struct word_list *words, struct anchor anchor)
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
    if (has_pair_gate(rule.shape))
        return add_rule(making, &rule, GATE_PAIR);
    if (has_literal_gate(rule.shape, detector->context_required)) {
        TRY(add_rule(making, &rule, GATE_LITERAL));
        return add_literal_anchor(making, (uint32_t)plan->nrules - 1);
    }
    bool has_run = find_run_gate(plan, rule.shape, detector->boundary, &run);
    /* One or two digits in a row are everywhere: with a label to be found by, wait for that. */
    if (has_run && (!(run.lengths & 7) || !detector->context_required))
        return add_rule(making, &rule, GATE_RUN);
    if (token_length(rule.shape))
        return add_rule(making, &rule, GATE_TOKEN);
    if (detector->context_required)
        return add_rule(making, &rule, GATE_LABEL);
    return err_set(making->err, PROV_E_POLICY,
                   "%s:%u: detector '%s': a pattern has neither fixed bytes nor a run of digits to be found by, and "
                   "context is not required",
                   detector->file, detector->line, detector->id);
}

static struct rule
rule_of(const struct shape *shape, uint16_t detector)
{
    struct rule rule = {.shape = shape, .detector = detector};
    bool begun = false;
    size_t ndigits = 0;
    for (size_t i = 0; i < shape->nelements; i++) {
        const struct shape_element *element = &shape->elements[i];
        for (int word = 0; word < 4 && !begun; word++)
            rule.start.bits[word] |= element->class_.bits[word];
        begun = begun || element->min > 0;
        rule.wants_digit = rule.wants_digit || (only_digits(&element->class_) && element->min > 0);
        ndigits += meets(&element->class_, &digits) ? element->min : 0;
    }
    rule.wants_digit = rule.wants_digit || ndigits >= TOKEN_DIGITS_MIN;
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

static unsigned
cell_of(size_t length, unsigned next, unsigned first)
{
    return ((unsigned)length * BESIDE_COUNT + next) * 10 + first;
}

/* Do something with every cell that a gate belongs to: count it, or put the rule there. */
static void
index_gate(struct pattern_plan *plan, const struct run_gate *gate, uint32_t rule, uint32_t *at)
{
    for (size_t length = 1; length < RUN_LENGTHS; length++) {
        if (!(gate->lengths >> length & 1))
            continue;
        for (unsigned next = 0; next < BESIDE_COUNT; next++)
            for (unsigned first = 0; first < 10; first++) {
                bool open = gate->open >> length & 1;
                if (!(open || gate->next >> next & 1) || !(gate->first >> first & 1))
                    continue;
                unsigned cell = cell_of(length, next, first);
                if (at)
                    plan->run_rules[at[cell]++] = (struct run_rule){.rule = rule,
                                                                    .before = gate->before,
                                                                    .back_min = gate->back_min,
                                                                    .back_max = gate->back_max,
                                                                    .digit_follows = gate->digit_follows && !open};
                else
                    plan->run_first[cell + 1]++;
            }
    }
}

/* Sort rules of the gate into the index of runs: count, then place. */
static int
index_runs(struct making *making)
{
    struct pattern_plan *plan = making->plan;
    uint32_t *at = arena_array(&plan->arena, RUN_CELLS, sizeof *at);
    if (!at)
        return no_memory(making);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < plan->nrules; i++) {
            struct run_gate gate;
            const struct rule *rule = &plan->rules[i];
            if (making->gated[i] == GATE_RUN &&
                find_run_gate(plan, rule->shape, plan->set->detectors[rule->detector]->boundary, &gate))
                index_gate(plan, &gate, (uint32_t)i, round ? at : NULL);
        }
        if (round == 1)
            break;
        for (unsigned cell = 0; cell < RUN_CELLS; cell++)
            plan->run_first[cell + 1] += plan->run_first[cell];
        memcpy(at, plan->run_first, RUN_CELLS * sizeof *at);
        plan->run_rules = arena_array(&plan->arena, plan->run_first[RUN_CELLS] + 1, sizeof *plan->run_rules);
        if (!plan->run_rules)
            return no_memory(making);
    }
    return PROV_OK;
}

static int
index_tokens(struct making *making)
{
    struct pattern_plan *plan = making->plan;
    size_t at = 0;
    plan->token_rules = arena_array(&plan->arena, plan->nrules + 1, sizeof *plan->token_rules);
    if (!plan->token_rules)
        return no_memory(making);
    for (size_t length = 0; length < TOKEN_LENGTHS; length++) {
        plan->token_first[length] = (uint32_t)at;
        for (size_t i = 0; i < plan->nrules; i++)
            if (making->gated[i] == GATE_TOKEN && token_length(plan->rules[i].shape) == length)
                plan->token_rules[at++] = (uint32_t)i;
    }
    plan->token_first[TOKEN_LENGTHS] = (uint32_t)at;
    return PROV_OK;
}

/* Lists of the rules with the other gates that are tried one by one. */
static int
index_others(struct making *making)
{
    struct pattern_plan *plan = making->plan;
    size_t ndetectors = plan->set->ndetectors, at = 0;
    plan->pair_rules = arena_array(&plan->arena, plan->nrules + 1, sizeof *plan->pair_rules);
    plan->label_rules = arena_array(&plan->arena, plan->nrules + 1, sizeof *plan->label_rules);
    plan->label_first = arena_array(&plan->arena, ndetectors + 1, sizeof *plan->label_first);
    if (!plan->pair_rules || !plan->label_rules || !plan->label_first)
        return no_memory(making);
    size_t rule = 0;
    for (size_t i = 0; i < ndetectors; i++) {
        plan->label_first[i] = (uint32_t)at;
        for (; rule < plan->nrules && plan->rules[rule].detector == i; rule++) {
            if (making->gated[rule] == GATE_LABEL)
                plan->label_rules[at++] = (uint32_t)rule;
            else if (making->gated[rule] == GATE_PAIR)
                plan->pair_rules[plan->npair_rules++] = (uint32_t)rule;
        }
    }
    plan->label_first[ndetectors] = (uint32_t)at;
    return PROV_OK;
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
        TRY(add_word_anchors(making, (uint16_t)i, labelled ? &detector->match_words : &detector->context,
                             (struct anchor){.kind = ANCHOR_LABEL, .wide = !labelled}));
    }
    return PROV_OK;
}

/* ---- kinds with a parser of their own ---- */

static int
compare_texts(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

static int
add_tlds(struct making *making, const struct detector *detector)
{
    struct pattern_plan *plan = making->plan;
    plan->ntlds = detector->match_words.nwords;
    plan->tlds = arena_array(&plan->arena, plan->ntlds + 1, sizeof *plan->tlds);
    if (!plan->tlds)
        return no_memory(making);
    for (size_t i = 0; i < plan->ntlds; i++)
        plan->tlds[i] = detector->match_words.words[i];
    qsort(plan->tlds, plan->ntlds, sizeof *plan->tlds, compare_texts);
    return PROV_OK;
}

static int
add_phones(struct making *making, const struct detector *detector)
{
    struct pattern_plan *plan = making->plan;
    plan->phones = arena_alloc(&plan->arena, sizeof *plan->phones);
    if (!plan->phones)
        return no_memory(making);
    for (size_t i = 0; i < detector->nplans; i++) {
        const struct phone_plan *phone = &detector->plans[i];
        size_t code = (size_t)atoi(phone->code), total = 0;
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
        return err_set(making->err, PROV_E_POLICY, "%s:%u: detector '%s': there can be one detector of kind '%s' only",
                       detector->file, detector->line, detector->id, detector_kind_name(detector->kind));
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
        return add_tlds(making, detector);
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
        return add_anchor(making, (struct multi_pattern){.text = bytes_of(begin), .flags = MULTI_LITERAL},
                          (struct anchor){
                              .kind = ANCHOR_KEY_BLOCK, .detector = index, .length = sizeof begin - 1});
    }
    case MATCH_ASSIGNMENT:
        return add_word_anchors(making, index, &detector->match_words,
                                (struct anchor){.kind = ANCHOR_ASSIGNMENT});
    case DETECTOR_KIND_COUNT:
        break;
    }
    return PROV_E_INTERNAL;
}

/* ---- context words ---- */

/* Are there spaces between words in the script of this text? Not in Han, kana, Thai, Lao, Khmer, Myanmar. */
static bool
is_bounded(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        if ((*at >= 0xE3 && *at <= 0xE9) || (at[0] == 0xE0 && at[1] >= 0xB8 && at[1] <= 0xBB) ||
            (at[0] == 0xE1 && (at[1] <= 0x82 || at[1] == 0x9E)))
            return false;
    return true;
}

/* Ids by text: words of detectors are few thousands with many repeated, so the list is sorted once. */
static int
collect_words(struct making *making)
{
    struct pattern_plan *plan = making->plan;
    size_t total = 0;
    for (size_t i = 0; i < plan->set->ndetectors; i++)
        total += plan->set->detectors[i]->context.nwords + plan->set->detectors[i]->negative.nwords;
    const char **texts = arena_array(&plan->arena, total + 1, sizeof *texts);
    plan->words = arena_array(&plan->arena, total + 1, sizeof *plan->words);
    if (!texts || !plan->words)
        return no_memory(making);
    size_t at = 0;
    for (size_t i = 0; i < plan->set->ndetectors; i++) {
        const struct detector *detector = plan->set->detectors[i];
        for (size_t j = 0; j < detector->context.nwords; j++)
            texts[at++] = detector->context.words[j];
        for (size_t j = 0; j < detector->negative.nwords; j++)
            texts[at++] = detector->negative.words[j];
    }
    qsort(texts, total, sizeof *texts, compare_texts);
    for (size_t i = 0; i < total; i++)
        if (i == 0 || strcmp(texts[i], texts[i - 1]) != 0)
            plan->words[plan->nwords++] = (struct context_word){
                .text = texts[i], .size = (uint16_t)strlen(texts[i]), .bounded = is_bounded(texts[i])};
    plan->word_stride = plan->nwords / 64 + 1;
    return PROV_OK;
}

static void
mark_words(const struct pattern_plan *plan, const struct word_list *list, uint64_t *bits)
{
    for (size_t i = 0; i < list->nwords; i++) {
        size_t low = 0, high = plan->nwords;
        while (high - low > 1) {
            size_t middle = low + (high - low) / 2;
            if (strcmp(plan->words[middle].text, list->words[i]) <= 0)
                low = middle;
            else
                high = middle;
        }
        bits[low / 64] |= (uint64_t)1 << low % 64;
    }
}

static int
make_context(struct making *making)
{
    struct pattern_plan *plan = making->plan;
    TRY(collect_words(making));
    size_t size = plan->set->ndetectors * plan->word_stride;
    plan->context_bits = arena_array(&plan->arena, size + 1, sizeof *plan->context_bits);
    plan->negative_bits = arena_array(&plan->arena, size + 1, sizeof *plan->negative_bits);
    struct multi_pattern *patterns = arena_array(&plan->arena, plan->nwords + 1, sizeof *patterns);
    if (!plan->context_bits || !plan->negative_bits || !patterns)
        return no_memory(making);
    for (size_t i = 0; i < plan->set->ndetectors; i++) {
        mark_words(plan, &plan->set->detectors[i]->context, plan->context_bits + i * plan->word_stride);
        mark_words(plan, &plan->set->detectors[i]->negative, plan->negative_bits + i * plan->word_stride);
    }
    for (size_t i = 0; i < plan->nwords; i++)
        patterns[i] = (struct multi_pattern){.text = bytes_of(plan->words[i].text),
                                             .id = (uint32_t)i,
                                             .flags = MULTI_LITERAL | MULTI_CASELESS};
    return plan->nwords == 0 ? PROV_OK
                             : multi_match_create(patterns, plan->nwords, making->cache_dir,
                                                  &plan->context_match, making->err);
}

static int
make(struct making *making)
{
    struct pattern_plan *plan = making->plan;
    for (unsigned byte = 0; byte < 256; byte++)
        plan->beside[byte] = beside_of(byte);
    for (size_t i = 0; i < plan->set->ndetectors; i++)
        TRY(add_detector(making, (uint16_t)i));
    TRY(index_runs(making));
    TRY(index_tokens(making));
    TRY(index_others(making));
    TRY(add_labels(making));
    TRY(make_context(making));
    return making->npatterns == 0 ? PROV_OK
                                  : multi_match_create(making->patterns, making->npatterns, making->cache_dir,
                                                       &plan->anchor_match, making->err);
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
                                  .find_bits = bits_best(),
                                  .folds = bits_folds_best()};
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
    multi_match_destroy(plan->context_match);
    arena_finish(&plan->arena);
    free(plan);
}

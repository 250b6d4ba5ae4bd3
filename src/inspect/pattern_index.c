/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules sorted by what finds them, so that a run of digits meets only the shapes that it could begin.
 *
 * Runs: a cell for each length, kind of the byte behind, and first digit; the rules of a cell lie together in
 * run_rules. Tokens: by their length. Long words: by their first two bytes. Pairs and labels: lists.
 */
#include "inspect/pattern_index.h"

#include <string.h>

/* While the index is made. */
struct indexing {
    struct pattern_plan *plan;
    const uint8_t *gated; /* of each rule: enum gate */
};

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
                    plan->run_rules[at[cell]++] =
                        (struct run_rule){.rule = rule,
                                          .before = gate->before,
                                          .back_min = gate->back_min,
                                          .back_max = gate->back_max,
                                          .capitals = gate->capitals,
                                          .digit_follows = !open && !(gate->loose >> length & 1)};
                else
                    plan->run_first[cell + 1]++;
            }
    }
}

/* Sort rules of the gate into the index of runs: count, then place. */
static int
index_runs(struct indexing *indexing)
{
    struct pattern_plan *plan = indexing->plan;
    uint32_t *at = arena_array(&plan->arena, RUN_CELLS, sizeof *at);
    if (!at)
        return PROV_E_MEMORY;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < plan->nrules; i++) {
            struct run_gate gate;
            const struct rule *rule = &plan->rules[i];
            if (indexing->gated[i] == GATE_RUN &&
                gate_find_run(rule->shape, plan->set->detectors[rule->detector]->boundary, &gate))
                index_gate(plan, &gate, (uint32_t)i, round ? at : NULL);
        }
        if (round == 1)
            break;
        for (unsigned cell = 0; cell < RUN_CELLS; cell++)
            plan->run_first[cell + 1] += plan->run_first[cell];
        memcpy(at, plan->run_first, RUN_CELLS * sizeof *at);
        plan->run_rules = arena_array(&plan->arena, plan->run_first[RUN_CELLS] + 1, sizeof *plan->run_rules);
        if (!plan->run_rules)
            return PROV_E_MEMORY;
    }
    return PROV_OK;
}

static int
index_tokens(struct indexing *indexing)
{
    struct pattern_plan *plan = indexing->plan;
    size_t at = 0;
    plan->token_rules = arena_array(&plan->arena, plan->nrules + 1, sizeof *plan->token_rules);
    if (!plan->token_rules)
        return PROV_E_MEMORY;
    for (size_t length = 0; length < TOKEN_LENGTHS; length++) {
        plan->token_first[length] = (uint32_t)at;
        for (size_t i = 0; i < plan->nrules; i++)
            if (indexing->gated[i] == GATE_TOKEN && gate_token_length(plan->rules[i].shape) == length)
                plan->token_rules[at++] = (uint32_t)i;
    }
    plan->token_first[TOKEN_LENGTHS] = (uint32_t)at;
    return PROV_OK;
}

/* The bytes that the class is, as far as it is one byte, or one letter in either case. */
static void
fix_byte(struct word_rule *rule, const struct byte_class *class_, unsigned at)
{
    unsigned all = 0xFF, any = 0;
    for (unsigned byte = 0; byte < 0x100; byte++)
        if (byte_class_has(class_, (uint8_t)byte)) {
            all &= byte;
            any |= byte;
        }
    rule->mask |= (~(all ^ any) & 0xFF) << 8 * at;
    rule->value |= (all & ~(all ^ any) & 0xFF) << 8 * at;
}

static struct word_rule
word_rule_of(const struct shape *shape, uint32_t rule)
{
    struct word_rule made = {.rule = rule};
    unsigned at = 0;
    for (size_t i = 0; i < shape->nelements && at < 4; i++) {
        const struct shape_element *element = &shape->elements[i];
        for (unsigned n = 0; n < element->min && at < 4; n++)
            fix_byte(&made, &element->class_, at++);
        if (element->min != element->max)
            break;
    }
    return made;
}

/* Do something with every bucket that the first two bytes of a rule's shape lead to: count it, or put the rule there. */
static void
index_word(const struct shape *shape, const struct word_rule *rule, uint32_t *first, uint32_t *at, struct word_rule *rules)
{
    const struct shape_element *one = shape->elements, *two = one->min > 1 ? one : one + 1;
    for (unsigned a = 0; a < 0x100; a++)
        for (unsigned b = 0; b < 0x100 && byte_class_has(&one->class_, (uint8_t)a); b++) {
            if (!byte_class_has(&two->class_, (uint8_t)b))
                continue;
            unsigned bucket = word_bucket((uint8_t)a, (uint8_t)b);
            if (rules)
                rules[at[bucket]++] = *rule;
            else
                first[bucket + 1]++;
        }
}

/* Sort the rules of one gate into buckets: count, then place. @param first  WORD_BUCKETS + 1 */
static int
index_words(struct indexing *indexing, enum gate gate, uint32_t *first, struct word_rule **rules)
{
    struct pattern_plan *plan = indexing->plan;
    struct word_rule *made = NULL;
    uint32_t at[WORD_BUCKETS];
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < plan->nrules; i++) {
            if (indexing->gated[i] != gate)
                continue;
            const struct shape *shape = plan->rules[i].shape;
            struct word_rule rule = word_rule_of(shape, i);
            struct run_gate run;
            if (gate == GATE_LEAD && gate_find_run(shape, plan->set->detectors[plan->rules[i].detector]->boundary, &run)) {
                rule.back_min = run.back_min;
                rule.back_max = run.back_max;
            }
            index_word(shape, &rule, first, at, made);
        }
        if (round == 1)
            break;
        for (unsigned bucket = 0; bucket < WORD_BUCKETS; bucket++)
            first[bucket + 1] += first[bucket];
        memcpy(at, first, sizeof at);
        made = arena_array(&plan->arena, first[WORD_BUCKETS] + 1, sizeof *made);
        if (!made)
            return PROV_E_MEMORY;
    }
    *rules = made;
    return PROV_OK;
}

/* Lists of the rules with the other gates that are tried one by one. */
static int
index_others(struct indexing *indexing)
{
    struct pattern_plan *plan = indexing->plan;
    size_t ndetectors = plan->set->ndetectors, at = 0;
    plan->pair_rules = arena_array(&plan->arena, plan->nrules + 1, sizeof *plan->pair_rules);
    plan->label_rules = arena_array(&plan->arena, plan->nrules + 1, sizeof *plan->label_rules);
    plan->label_first = arena_array(&plan->arena, ndetectors + 1, sizeof *plan->label_first);
    if (!plan->pair_rules || !plan->label_rules || !plan->label_first)
        return PROV_E_MEMORY;
    size_t rule = 0;
    for (size_t i = 0; i < ndetectors; i++) {
        plan->label_first[i] = (uint32_t)at;
        for (; rule < plan->nrules && plan->rules[rule].detector == i; rule++) {
            if (indexing->gated[rule] == GATE_LABEL)
                plan->label_rules[at++] = (uint32_t)rule;
            else if (indexing->gated[rule] == GATE_PAIR)
                plan->pair_rules[plan->npair_rules++] = (uint32_t)rule;
        }
    }
    plan->label_first[ndetectors] = (uint32_t)at;
    return PROV_OK;
}

static void
add_kind(struct sets *sets, enum rows_set set, unsigned kind)
{
    for (unsigned byte = 0; byte < 0x100; byte++)
        if (gate_beside((uint8_t)byte) == kind)
            sets_add(sets, set, (uint8_t)byte);
}

/* See that short runs are looked at which could begin this rule's shape, by the rarer of what is before and
 * behind. */
static void
pick_for(struct pattern_plan *plan, const struct run_rule *rule, unsigned next)
{
    const unsigned rare = 1u << BESIDE_UPPER | 1u << BESIDE_PLUS;
    if (!(rule->before & ~rare)) {
        for (unsigned kind = 0; kind < BESIDE_COUNT; kind++)
            if (rule->before >> kind & 1 && !(kind == BESIDE_UPPER && rule->capitals))
                add_kind(&plan->sets, ROWS_BEFORE, kind);
    } else if (next == BESIDE_OTHER) {
        plan->all_runs = true; /* no set holds the end of the text */
    } else {
        add_kind(&plan->sets, rule->digit_follows ? ROWS_JOINTS : ROWS_AFTER, next);
    }
}

/* Which short runs of digits are worth a look (pattern_rows.c). */
static void
choose_picks(struct pattern_plan *plan)
{
    for (unsigned length = 1; length <= ROWS_SHORT_RUN; length++)
        for (unsigned next = 0; next < BESIDE_COUNT; next++) {
            unsigned first = cell_of(length, next, 0), last = cell_of(length, next, 9);
            for (uint32_t i = plan->run_first[first]; i < plan->run_first[last + 1]; i++)
                pick_for(plan, &plan->run_rules[i], next);
        }
    if (plan->ipv4 >= 0)
        add_kind(&plan->sets, ROWS_JOINTS, BESIDE_DOT);
    if (plan->phone >= 0)
        add_kind(&plan->sets, ROWS_BEFORE, BESIDE_PLUS);
}

/* Which short runs are worth a look for leads. */
static void
choose_leads(const struct indexing *indexing)
{
    struct pattern_plan *plan = indexing->plan;
    for (size_t i = 0; i < plan->nrules; i++) {
        struct run_gate gate;
        if (indexing->gated[i] != GATE_LEAD ||
            !gate_find_run(plan->rules[i].shape, plan->set->detectors[plan->rules[i].detector]->boundary, &gate))
            continue;
        for (unsigned length = 1; length <= ROWS_SHORT_RUN; length++)
            for (unsigned next = 0; next < BESIDE_COUNT; next++) {
                bool open = gate.open >> length & 1;
                struct run_rule rule = {.before = gate.before,
                                        .capitals = gate.capitals,
                                        .digit_follows = !open && !(gate.loose >> length & 1)};
                if (gate.lengths >> length & 1 && (open || gate.next >> next & 1))
                    pick_for(plan, &rule, next);
            }
    }
}

int
pattern_index_make(struct pattern_plan *plan, const uint8_t *gated)
{
    struct indexing indexing = {.plan = plan, .gated = gated};
    TRY(index_runs(&indexing));
    TRY(index_tokens(&indexing));
    TRY(index_words(&indexing, GATE_WORD, plan->word_first, &plan->word_rules));
    TRY(index_words(&indexing, GATE_LEAD, plan->lead_first, &plan->lead_rules));
    TRY(index_others(&indexing));
    choose_picks(plan);
    choose_leads(&indexing);
    return PROV_OK;
}

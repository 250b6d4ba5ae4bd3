/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules sorted by what finds them, so that a run of digits meets only the shapes that it could begin.
 *
 * Runs: a cell for each length, kind of the byte behind, and first digit; the rules of a cell lie together in
 * run_rules. Tokens: by their length. Pairs and labels: lists.
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
                                          .digit_follows = gate->digit_follows && !open};
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

int
pattern_index_make(struct pattern_plan *plan, const uint8_t *gated)
{
    struct indexing indexing = {.plan = plan, .gated = gated};
    TRY(index_runs(&indexing));
    TRY(index_tokens(&indexing));
    return index_others(&indexing);
}

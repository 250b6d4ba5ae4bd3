/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pass rate of a column.
 *
 *     rate = values that are all a finding / values that look like a number or a code
 *
 *     column `id`, 9 digits: 1,000 codes, 98 pass Luhn      rate .10: chance; the findings become very
 * unlikely column `c7`, 9 digits: 1,000 codes, 991 pass Luhn     rate .99: it is what it looks like, with or
 * without a name
 *
 * Only checks that chance seldom passes are judged (detector_chance), and only columns with enough different
 * values: one number a thousand times says as much as once.
 */
#include "model/column_rate.h"

#include <string.h>

enum {
    CODES_MIN = 20,
    DISTINCT_MIN = 12,   /* of 64 bits: about as many different values */
    CHANCE_MAX = 200,    /* thousandths: a check that more random strings pass decides nothing */
    CHANCE_CERTAIN = 20, /* one that fewer pass needs no column */
    RATE_SURE = 900,
    RATE_CHANCE = 350,
    WHOLE_SHARE = 900,
};

/* All findings of one code in one column. */
struct rate {
    uint64_t count, nwhole, distinct;
};

static struct rate
rate_of(const struct fact_set *set, const struct fact_entry *like)
{
    struct rate rate = {0};
    for (size_t i = 0; i < set->nentries; i++) {
        const struct fact_entry *entry = &set->entries[i];
        if (entry->kind != FACT_FINDING || entry->column != like->column ||
            strcmp(entry->code, like->code) != 0)
            continue;
        rate.count += entry->count;
        rate.nwhole += entry->nwhole;
        rate.distinct |= entry->distinct;
    }
    return rate;
}

/* The level that the column gives. */
static uint8_t
judge(const struct fact_set *set, const struct fact_entry *entry, const struct detector *detector)
{
    uint64_t ncodes = set->columns[entry->column].ncodes;
    unsigned chance = detector_chance(detector);
    struct rate rate = rate_of(set, entry);
    bool is_tally = entry->level == LEVEL_TALLY;
    if (ncodes < CODES_MIN || chance > CHANCE_MAX || rate.nwhole * 1000 < rate.count * WHOLE_SHARE)
        return entry->level;
    uint64_t share = rate.nwhole * 1000 / ncodes;
    if (share >= RATE_SURE && __builtin_popcountll(rate.distinct) >= DISTINCT_MIN)
        return is_tally ? LEVEL_LIKELY : LEVEL_VERY_LIKELY;
    bool weak = detector->context_required || chance > CHANCE_CERTAIN;
    return weak && !is_tally && share < RATE_CHANCE ? LEVEL_VERY_UNLIKELY : entry->level;
}

/* The score that goes with a level which the column gave: log-odds in hundredths, see detector_level. */
static int16_t
score_at(uint8_t level)
{
    switch (level) {
    case LEVEL_VERY_LIKELY:
        return 500;
    case LEVEL_LIKELY:
        return 300;
    default:
        return -300;
    }
}

/* Several formats may fit a column without a name as well as one another: it is told of the one that fits
 * best. */
static bool
fits_best(const struct fact_set *set, const struct fact_entry *entry)
{
    for (const struct fact_entry *other = set->entries; other < set->entries + set->nentries; other++)
        if (other != entry && other->kind == FACT_FINDING && other->column == entry->column &&
            (other->level > LEVEL_VERY_UNLIKELY || other->level == LEVEL_TALLY) &&
            (other->nwhole > entry->nwhole || (other->nwhole == entry->nwhole && other < entry)))
            return false;
    return true;
}

void
column_rates_apply(struct fact_set *set, const struct detector_set *detectors)
{
    size_t nkept = 0;
    for (size_t i = 0; i < set->nentries; i++) {
        struct fact_entry *entry = &set->entries[i];
        bool judged = entry->kind == FACT_FINDING && entry->column && detectors;
        const struct detector *detector = judged ? detector_find(detectors, entry->code) : NULL;
        uint8_t level = entry->level;
        if (detector && (level != LEVEL_TALLY || fits_best(set, entry)))
            level = judge(set, entry, detector);
        if (level != entry->level)
            entry->score = score_at(level);
        entry->level = level;
    }
    for (size_t i = 0; i < set->nentries; i++)
        if (set->entries[i].kind != FACT_FINDING || set->entries[i].level != LEVEL_TALLY)
            set->entries[nkept++] = set->entries[i];
    set->nentries = nkept;
    set->index_size = 0; /* places have changed, and nothing is added any more */
}

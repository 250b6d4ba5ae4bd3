/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_PATTERN_PLAN_H
#define INSPECT_PATTERN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "inspect/multi_match.h"
#include "inspect/pattern_bits.h"
#include "inspect/pattern_gate.h"
#include "inspect/pattern_stops.h"
#include "model/detector.h"

enum {
    RUN_CELLS = RUN_LENGTHS * BESIDE_COUNT * 10, /**< by length, what follows, first digit */
    WORD_BUCKETS = 1024,

    CONTEXT_BEFORE = 40, /**< characters before a finding in which its context words may end */
    CONTEXT_AFTER = 20,  /**< characters after it in which they may begin */
    CONTEXT_BYTES = 176, /**< the same in bytes, at most, words included */
    LABEL_REACH = 40,    /**< bytes behind a label in which its value may begin */
    LOOK_BACK = 256,     /**< nothing looks farther back from where a finding starts, context aside */
    LOOK_AHEAD = 320,    /**< what finds a candidate lies at most this far behind its start */
    WINDOW_LONG = 256,   /**< findings longer than this do not suppress others */
};

/** One shape of one detector. */
struct rule {
    const struct shape *shape;
    struct byte_class start; /**< what the shape may begin with */
    uint16_t detector;       /**< index in the set */
    uint8_t ndigits;         /**< that every match has within GATE_SPAN bytes */
    bool wants_digit;        /**< no match without a digit, or none worth having */
};

/** A rule in a cell of the index of runs. */
struct run_rule {
    uint32_t rule;
    uint16_t before;            /**< bits of enum beside: what may stand before the run */
    uint8_t back_min, back_max; /**< bytes of the shape before the run */
    bool capitals;              /**< two capitals come before the run */
    bool digit_follows;         /**< one byte behind the run comes a digit, when anything comes */
};

/** A rule in a bucket of the index of long words. */
struct word_rule {
    uint32_t rule;
    uint32_t mask, value;       /**< of the first four bytes, as far as they are fixed */
    uint8_t back_min, back_max; /**< of a lead: bytes before its run */
};

/** What an id of the anchors means. */
enum anchor_kind { ANCHOR_RULE, ANCHOR_LABEL, ANCHOR_ASSIGNMENT, ANCHOR_KEY_BLOCK };

struct anchor {
    enum anchor_kind kind;
    uint32_t rule; /**< ANCHOR_RULE: index of the rule */
    uint16_t detector;
    uint16_t length; /**< bytes that the anchor matches, so its start is known */
    bool wide;       /**< a label whose value may stand anywhere near, not only behind ':' */
};

/** A context word. */
struct context_word {
    const char *text;
    uint16_t size;
    bool bounded; /**< of a script that puts spaces between words */
};

/** Detectors made ready to run: const, shared by all threads. */
struct pattern_plan {
    const struct detector_set *set;
    const struct value_key *key; /**< NULL: values are not hashed */
    struct arena arena; /**< holds what follows */
    struct rule *rules;
    size_t nrules;
    uint32_t run_first[RUN_CELLS + 1]; /**< where in run_rules the list of each cell begins */
    struct run_rule *run_rules;
    uint32_t *token_rules; /**< shapes of capitals and digits, by length */
    uint32_t token_first[TOKEN_LENGTHS + 1];
    struct word_rule
        *word_rules; /**< shapes that begin with a long word, by the bucket of their first two bytes */
    uint32_t word_first[WORD_BUCKETS + 1];
    struct word_rule *lead_rules; /**< shapes that begin with two fixed bytes just before a run, likewise */
    uint32_t lead_first[WORD_BUCKETS + 1];
    uint32_t *pair_rules; /**< shapes of hex pairs: MAC addresses */
    size_t npair_rules;
    struct anchor *anchors;
    size_t nanchors;
    uint32_t *label_rules; /**< rules of each detector tried behind a label, from label_first[detector] on */
    uint32_t *label_first; /**< ndetectors + 1 */
    struct multi_match
        *anchor_match; /**< of all anchors but those of near_match; NULL: no detector needs it */
    struct multi_match
        *near_match;  /**< of labels that are searched for near what is remarkable; NULL likewise */
    size_t near_size; /**< bytes of the longest of them */
    struct multi_match *context_match; /**< NULL likewise */
    struct context_word *words;
    size_t nwords;
    uint64_t *context_bits, *negative_bits; /**< word_stride words of bits for each detector */
    size_t word_stride;
    int email, ipv4, ipv6, phone, url_login, key_block; /**< index of the detector of that kind, or -1 */
    const char **tlds;                                  /**< sorted; match.words of the e-mail detector */
    size_t ntlds;
    struct phone_index *phones;
    enum beside beside[256]; /**< of each byte; CR and LF count as OTHER */
    struct sets sets;
    bool all_runs; /**< some shape begins with a short run that has nothing remarkable beside it: look at all
                    */
    struct bits_engine find_bits;
    stops_any_function *folds; /**< would folding change the text? */
};

/** The bucket of two bytes that begin a long word. */
static inline unsigned
word_bucket(uint8_t first, uint8_t second)
{
    return ((unsigned)first << 3 ^ second) % WORD_BUCKETS;
}

/** Shapes of national numbers by calling code. */
struct phone_index {
    struct shape *shapes[1000]; /**< of code 1..999; NULL: no such code */
    size_t nshapes[1000];
};

/** @return PROV_OK, PROV_E_MEMORY, PROV_E_POLICY (err names file, line and pattern) */
int pattern_plan_create(const struct detector_set *set, const char *cache_dir, struct pattern_plan **plan,
                        struct err *err);
void pattern_plan_destroy(struct pattern_plan *plan); /**< NULL is fine */

#endif

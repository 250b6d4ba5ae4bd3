/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_PATTERN_SCAN_H
#define INSPECT_PATTERN_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/pattern_fold.h"
#include "inspect/pattern_plan.h"
#include "model/rows.h"
#include "model/segment.h"

/** A candidate that passed: what may become a fact. */
struct found {
    uint32_t start, end; /**< in the folded text */
    uint16_t detector;
    int16_t score;       /**< hundredths of log-odds */
    bool tally;          /**< without context: of worth only when the whole column is alike */
    int birth;           /**< YYYYMMDD, 0 when the value has no full date of birth */
};

/** A context word seen in the text. */
struct word_hit {
    uint32_t start, end;
    uint32_t word;
};

/** Context words found so far in this text, block by block (pattern_context.c). */
struct context_cache {
    struct word_hit *hits; /**< owned */
    size_t nhits, hits_capacity;
    struct {
        uint32_t first, count;
        bool scanned;
    } *blocks; /**< owned */
    size_t nblocks, blocks_capacity;
};

enum { COLUMN_MEMOS = 1024, COLUMN_WORDS = 14, COLUMN_ANSWERS = 1024 };

/** The context words in the name of a column. */
struct column_memo {
    bool known;
    uint32_t nwords;
    uint32_t words[COLUMN_WORDS];
    uint8_t answers[COLUMN_ANSWERS]; /**< for each detector, what its name says; 0: nobody has asked */
};

struct anchor_hit {
    uint32_t anchor;
    uint32_t end;
};

/** Working memory of one thread; contents never outlive a segment. */
struct pattern_scratch {
    struct multi_scratch *multi; /**< owned; NULL when no database is needed */
    struct bits bits;
    struct fold fold;
    struct context_cache context;
    struct column_memo *columns; /**< COLUMN_MEMOS, owned: of the segment's columns */
    struct anchor_hit *anchors; /**< owned */
    size_t nanchors, anchors_capacity;
    struct found *found; /**< owned */
    size_t nfound, found_capacity;
    uint8_t value[SHAPE_LENGTH_MAX + 1];
};

/** One text being searched. */
struct pattern_scan {
    const struct pattern_plan *plan;
    struct pattern_scratch *scratch;
    const struct segment *segment; /**< NULL: only a text */
    bool folded;
    struct bytes text;     /**< folded */
    size_t from, to;       /**< findings that start in here matter, for themselves or for those they suppress */
};

/** A candidate as its finder saw it. */
struct candidate {
    uint16_t detector;
    size_t start, end;
    int score;       /**< added to the detector's base */
    bool checked;    /**< the boundary behind was looked at by the finder; that before always is */
};

/** The candidate without separators, in upper case unless the detector keeps it. @param value  SHAPE_LENGTH_MAX bytes  @return its size */
size_t pattern_normalise(const struct detector *detector, struct bytes text, uint8_t *value);

/**
 * Put a candidate to the tests: boundaries, checks, context, score; keep it when the detector would report
 * it.
 *
 * @return PROV_OK, PROV_E_MEMORY
 */
int pattern_consider(struct pattern_scan *scan, const struct candidate *candidate);

/** Put the rule's shape to the test at a place, and what matches as a candidate. @return PROV_OK, PROV_E_MEMORY */
int pattern_try_rule(struct pattern_scan *scan, uint32_t rule, size_t start);

/** Is this place within what the scan reports or needs for suppression? */
static inline bool
pattern_in_reach(const struct pattern_scan *scan, size_t start)
{
    return start >= scan->from && start < scan->to;
}

/** Everything that runs of digits could begin. @return PROV_OK, PROV_E_MEMORY */
int runs_scan(struct pattern_scan *scan);

/** Everything that anchors announce. @return PROV_OK, PROV_E_MEMORY */
int anchors_scan(struct pattern_scan *scan);

/** Turn what was found into facts of the segment. @param folded  the text was folded @return PROV_OK, PROV_E_MEMORY */
int overlap_report(const struct pattern_scan *scan, const struct segment *segment, bool folded, struct fact_list *out);

/* ---- pattern_context.c ---- */

void context_begin(struct context_cache *cache);

/** What context words say about text[start, end). @return PROV_OK, PROV_E_MEMORY */
int context_look(struct pattern_scan *scan, uint16_t detector, size_t start, size_t end, bool *context,
                 bool *negative);

/** The context words in a name. @return PROV_OK, PROV_E_MEMORY */
int context_words(struct pattern_scan *scan, struct bytes name, uint32_t *words, size_t nwords_max, uint32_t *nwords);
void context_finish(struct context_cache *cache);

/* ---- pattern_column.c ---- */

/** Forget the columns of the last segment. */
void column_begin(struct pattern_scratch *scratch, size_t ncolumns);

/** Where text[start, end) lies among the segment's records. */
struct row_place column_place(const struct pattern_scan *scan, size_t start, size_t end);

/** Does a value begin, or end, exactly there? */
bool column_begins(const struct pattern_scan *scan, size_t start);
bool column_ends(const struct pattern_scan *scan, size_t end);

/** Add what the name of a column says. @return PROV_OK, PROV_E_MEMORY */
int column_look(struct pattern_scan *scan, uint16_t detector, uint32_t column, bool *context, bool *negative);

/** Is a value that passes without context worth counting: its check is seldom passed by chance? */
bool column_decides(const struct detector *detector, const struct row_place *place);

/* ---- pattern_boundary.c ---- */

bool boundary_before(enum detector_boundary boundary, struct bytes text, size_t start);
bool boundary_after(enum detector_boundary boundary, struct bytes text, size_t end);

/** The character that ends at `end`, or begins at `start`; 0 at an edge, U+FFFD for a stray byte. */
uint32_t code_before(struct bytes text, size_t end);
uint32_t code_after(struct bytes text, size_t start);

/** A letter or digit of a script that puts spaces between words, or '_'. */
bool is_word_code(uint32_t code);

/** Han, kana, Hangul. */
bool is_cjk_code(uint32_t code);

/** Is text[at] the letter of an escape such as "\n"? Then it is a boundary, not a letter. */
bool is_escape_letter(struct bytes text, size_t at);

/* ---- finders with a parser of their own ---- */

int find_email(struct pattern_scan *scan, size_t at);
int find_url_login(struct pattern_scan *scan, size_t at);
int find_ipv4(struct pattern_scan *scan, size_t start);

/** @param done  in and out: places before it were part of an address that was looked at */
int find_ipv6(struct pattern_scan *scan, size_t colon, size_t *done);
int find_phone(struct pattern_scan *scan, size_t start);
int find_key_block(struct pattern_scan *scan, size_t end);
int find_assignment(struct pattern_scan *scan, uint16_t detector, size_t start, size_t end);

/** Write what may be shown of a finding. @return bytes written, at most LIMIT_EVIDENCE_BYTES */
size_t evidence_write(const struct detector *detector, struct bytes text, uint8_t *evidence);

#endif

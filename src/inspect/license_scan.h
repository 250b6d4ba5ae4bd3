/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_LICENSE_SCAN_H
#define INSPECT_LICENSE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "inspect/license_cue.h"
#include "inspect/license_lexicon.h"
#include "inspect/license_texts.h"
#include "inspect/license_token.h"
#include "inspect/license_words.h"

/** Where a piece of evidence comes from. */
enum license_evidence_kind {
    EVIDENCE_TEXT,      /**< a license text */
    EVIDENCE_EXCEPTION, /**< the text of an exception: belongs to a license nearby */
    EVIDENCE_TAG,       /**< an SPDX tag or a metadata field */
    EVIDENCE_NAME,
    EVIDENCE_URL,
    EVIDENCE_RESERVATION,
    EVIDENCE_UNKNOWN,   /**< license language of no known text */
    EVIDENCE_COPYRIGHT, /**< a copyright notice; says nothing of licenses */
};

/** One sign of one license, before the signs of a text are weighed against one another. */
struct license_evidence {
    enum license_evidence_kind kind;
    uint8_t level;    /**< enum license_match */
    bool unversioned; /**< the version was not said */
    bool received; /**< says where the license is, not that it applies: "you should have received a copy" */
    bool dropped;  /**< explained by other evidence */
    uint16_t similarity; /**< hundredths of a percent, of texts */
    const char *code;    /**< SPDX expression; static, of the lexicon or in the scan's arena */
    const struct license_family *family; /**< NULL when it has none */
    uint32_t first, end;                 /**< tokens */
    uint32_t offset, length;             /**< bytes in the text */
    uint32_t nmissing, nforeign;         /**< tokens, of texts */
};

enum { EVIDENCE_MAX = 1 << 17 }; /* rows of twenty bytes in a segment of 1 MiB state 50,000 licenses */

/** One stretch of text being searched; reused from text to text. */
struct license_scan {
    const struct license_index *index;
    const struct license_lexicon *lexicon;
    const struct license_words *words;
    const struct license_cues *cues;
    struct license_finder *finder; /**< owned */
    struct bytes text;
    bool holds_rows;                    /**< records side by side, each with statements of its own */
    const struct license_range *ranges; /**< stretches of text that are looked at; borrowed for a run */
    size_t nranges;
    struct license_tokens tokens;
    struct license_evidence *evidence; /**< in order of place once resolved; owned */
    size_t nevidence, evidence_capacity;
    bool out_of_memory;    /**< evidence could not be kept: license_scan_run fails */
    uint32_t *cover;       /**< for each token: 1 + index of the text or tag it belongs to, 0: none; owned */
    uint64_t *classes;     /**< of each token: WORD_... bits; owned */
    size_t cover_capacity; /**< of cover and classes */
    struct arena arena;    /**< codes made for this text */
};

/** @return PROV_OK, PROV_E_MEMORY */
int license_scan_init(struct license_scan *scan, const struct license_index *index,
                      const struct license_lexicon *lexicon, const struct license_words *words,
                      const struct license_cues *cues);
void license_scan_finish(struct license_scan *scan);

/**
 * Find and weigh all evidence in a text: scan->evidence holds what is worth reporting.
 *
 * @param ranges      stretches of the text to look at, ascending, at least one
 * @param open_ended  the text goes on behind its end
 * @return PROV_OK, PROV_E_MEMORY
 */
int license_scan_run(struct license_scan *scan, struct bytes text, const struct license_range *ranges,
                     size_t nranges, bool open_ended);

/** Add evidence; beyond EVIDENCE_MAX it is dropped. */
void license_scan_add(struct license_scan *scan, struct license_evidence evidence);

/** The evidence of texts whose tokens hold this one, or NULL. */
const struct license_evidence *license_scan_text_over(const struct license_scan *scan, uint32_t token);

/** Words inside a URL are part of it: names are not looked for there. */
void license_scan_mark_url(struct license_scan *scan, uint32_t first, uint32_t end);
bool license_scan_in_url(const struct license_scan *scan, uint32_t token);

/** The first token that begins at or behind this byte; ntokens when there is none. */
uint32_t license_scan_token_at(const struct license_scan *scan, size_t offset);

/* The finders, each in its own file, each adding evidence of its kind. All @return PROV_OK, PROV_E_MEMORY. */
int license_tag_find(struct license_scan *scan);
int license_statement_find(struct license_scan *scan);
int license_url_find(struct license_scan *scan);
int license_notice_find(struct license_scan *scan);
int license_unknown_find(struct license_scan *scan); /**< after the others */

/** Weigh the evidence: combine, complete and drop. */
int license_resolve(struct license_scan *scan);

/** What a statement says a license is, at one place. */
struct license_named {
    const char *code;
    const struct license_family *family;
    uint32_t end; /**< behind the last token */
    bool unversioned;
    bool weak;
};

/** A name (with version, elements of CC, "or later") that begins at a token. @return false when none does */
bool license_name_at(struct license_scan *scan, uint32_t token, struct license_named *named);

/** Classes of a token of the scan. */
static inline uint64_t
license_scan_classes(const struct license_scan *scan, uint32_t token)
{
    return scan->classes[token];
}

/** Is there an end of a sentence or a blank line between a token and the next one? */
bool license_scan_breaks_after(const struct license_scan *scan, uint32_t token);

#endif

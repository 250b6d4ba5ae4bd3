/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_MULTI_MATCH_H
#define INSPECT_MULTI_MATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

/**
 * Many literals and regular expressions looked for in one pass over a block, in linear time whatever
 * the text. Only ends of matches are reported: where a match starts costs time, and whoever asks can
 * find it by looking back.
 */
struct multi_match;
struct multi_scratch;

enum multi_flag {
    MULTI_LITERAL = 1 << 0,  /**< text is bytes to be found as they are, not an expression */
    MULTI_CASELESS = 1 << 1, /**< ASCII letters match in both cases */
    MULTI_DOTALL = 1 << 2,   /**< '.' matches line ends as well */
};

/** One thing to look for. Expressions are PCRE without back-references or look-around; bytes, never UTF-8 mode. */
struct multi_pattern {
    struct bytes text; /**< borrowed during multi_match_create; literals may hold any byte */
    uint32_t id;       /**< reported with each match; several patterns may share one */
    uint32_t flags;    /**< enum multi_flag */
};

/**
 * Compile patterns, or load them from the cache when the same patterns were compiled before by the
 * same library for the same processor.
 *
 * @param patterns   at least one; order has no meaning
 * @param cache_dir  an existing folder of the user's own; NULL: no cache. A cache that cannot be read
 *                   or written is not a failure
 * @param match      owned by the caller; const and shared by all threads afterwards
 * @return PROV_OK, PROV_E_MEMORY, PROV_E_POLICY (err names the pattern and why it is refused)
 */
int multi_match_create(const struct multi_pattern *patterns, size_t npatterns, const char *cache_dir,
                       struct multi_match **match, struct err *err);
void multi_match_destroy(struct multi_match *match); /**< NULL is fine */

/** Working memory of one thread. @return PROV_OK, PROV_E_MEMORY */
int multi_scratch_create(const struct multi_match *match, struct multi_scratch **scratch);

/** Make a scratch fit for one more database, so that one serves them all. @return PROV_OK, PROV_E_MEMORY */
int multi_scratch_widen(struct multi_scratch *scratch, const struct multi_match *match);
void multi_scratch_destroy(struct multi_scratch *scratch); /**< NULL is fine */

/** Called for each end of a match, ends ascending. @param end  offset behind its last byte @return 0 to go on */
typedef int multi_found(uint32_t id, size_t end, void *context);

/**
 * Scan one block of less than 4 GiB.
 *
 * @return PROV_OK, also when found() stopped the scan; PROV_E_INTERNAL when the library refuses the call
 *
 * Thread: any, with its own scratch.
 */
int multi_match_scan(const struct multi_match *match, struct multi_scratch *scratch, struct bytes text,
                     multi_found *found, void *context);

/** Bytes of the compiled form. */
size_t multi_match_size(const struct multi_match *match);

/** "5.4.9 ..." of the library behind; static. */
const char *multi_match_version(void);

#endif

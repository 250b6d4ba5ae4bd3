/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_TEXT_SCAN_H
#define INSPECT_TEXT_SCAN_H

#include <stddef.h>

#include "base/bytes.h"

/** What one pass over bytes read as UTF-8 says about them. */
struct text_scan {
    size_t nnuls;           /**< bytes that are 0 */
    size_t ncontrols;       /**< other control bytes that no text has: below 0x20 without BS TAB LF VT FF CR ESC */
    size_t nmultibyte;      /**< well-formed sequences of two bytes and more */
    size_t nmalformed;      /**< malformed sequences, each the longest that could have begun a character */
    size_t ntail;           /**< bytes at the end that begin a sequence and do not end it; not in nmalformed */
    size_t first_nul;       /**< its place; SIZE_MAX when there is none */
    size_t first_malformed; /**< likewise */
};

/**
 * Read bytes as UTF-8 and count. Malformed sequences are counted as the Unicode Standard recommends
 * (3.9, "maximal subparts"), which is what Python and browsers replace with one U+FFFD each.
 *
 * Thread: any.
 */
void text_scan(struct bytes text, struct text_scan *scan);

/** The same without vector instructions: what runs on other machines, and the measure of the tests. */
void text_scan_scalar(struct bytes text, struct text_scan *scan);

/**
 * Bytes of the character at the start of text.
 *
 * @param text  at least one byte
 * @param well_formed  whether it is one
 * @return bytes of the character, or of the malformed sequence, 1..4; for an unfinished sequence at the
 *         end of text all that is there of it, not well formed
 */
size_t text_utf8_size(struct bytes text, bool *well_formed);

/** Parts of the scan that text_scan.c and text_scan_avx2.c share. */
void text_scan_begin(struct text_scan *scan);

/**
 * Scan from a character border to the first one at or behind `to`, adding to scan.
 *
 * @return that border: to <= border <= size
 */
size_t text_scan_from(struct bytes text, size_t from, size_t to, struct text_scan *scan);

bool text_scan_avx2_usable(void);
void text_scan_avx2(struct bytes text, struct text_scan *scan);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_MARKUP_H
#define REPORT_MARKUP_H

#include <stddef.h>
#include <stdint.h>

#include "report/account.h"

/** An HTML page being written. The first failure stays in status, and later calls do nothing. */
struct markup {
    const struct account *account;
    struct buf *out;
    struct buf locator;
    int status;
};

void markup_put(struct markup *markup, const char *text);    /**< our own markup, as it is */
void markup_bytes(struct markup *markup, struct bytes text); /**< anybody's text, escaped */
void markup_text(struct markup *markup, const char *text);   /**< the same; NULL is nothing */

/** The same thing in both languages; the style sheet shows one. */
void markup_both(struct markup *markup, const char *en, const char *zh);
void markup_count(struct markup *markup, uint64_t count);
void markup_size(struct markup *markup, uint64_t nbytes);
void markup_heading(struct markup *markup, const char *en, const char *zh);
void markup_verdict(struct markup *markup, enum verdict verdict); /**< its word */
void markup_term(struct markup *markup, const char *en,
                 const char *zh); /**< of a list of terms; opens what it says */
void markup_place(struct markup *markup, const struct account_place *place); /**< a locator */

/** Heads of a table in both languages; a leading '#' makes a column of numbers. */
void markup_begin_table(struct markup *markup, const char *const (*heads)[2], size_t nheads);
void markup_end_table(struct markup *markup);
void markup_cell_count(struct markup *markup, uint64_t count);
void markup_cell_size(struct markup *markup, uint64_t nbytes);
void markup_cell_bytes(struct markup *markup, struct bytes text,
                       const char *absent);                                 /**< absent: our own markup */
void markup_cell_bar(struct markup *markup, uint64_t part, uint64_t whole); /**< a share */

#endif

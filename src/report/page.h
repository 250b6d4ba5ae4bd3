/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "model/verdict.h"

struct account;

/** Columns before everything but headings. */
enum { PAGE_INDENT = 10 };

enum paint { PAINT_NONE, PAINT_BOLD, PAINT_DIM, PAINT_DENY, PAINT_REVIEW, PAINT_ALLOW };

/** A page of text being written for a terminal. The first failure stays in status, and later calls do
 * nothing. */
struct page {
    const struct account *account;
    struct buf *out;
    struct buf scratch;       /**< what is being composed */
    const char *const *words; /**< of the page, in its language */
    bool chinese, color, verbose;
    unsigned width; /**< columns */
    int status;
};

void page_put(struct page *page, const char *text); /**< our own text, as it is */
void page_paint(struct page *page, enum paint paint);
enum paint page_paint_of(enum verdict verdict);
void page_pad(struct page *page, unsigned from, unsigned to); /**< blanks for columns from to to */

/** A paragraph, indented, wrapped to the width of the page by columns. */
void page_put_wrapped(struct page *page, unsigned indent, struct bytes text);

/** Compose a paragraph; names of strangers are escaped, and their middle left out when they are long. */
void page_compose(struct page *page, const char *text);      /**< our own words, as they are */
void page_compose_text(struct page *page, const char *text); /**< words of a store or a policy, escaped */
void page_compose_count(struct page *page, uint64_t count);
void page_compose_size(struct page *page, uint64_t nbytes);
void page_compose_name(struct page *page, struct bytes name);

/** Print what was composed as a paragraph, or behind a heading. */
void page_flush(struct page *page, unsigned indent);
void page_put_entry(struct page *page, const char *heading);

#endif

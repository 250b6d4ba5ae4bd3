/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_PAGE_H
#define CMD_PAGE_H

#include "cmd/options.h"

struct db;

/** How a page for standard output is to look. Zero is a good default. */
struct page {
    const char *format;   /**< NULL: "summary" */
    const char *language; /**< "en" or "zh"; NULL: "en" */
    enum when color;      /**< WHEN_AUTO heeds NO_COLOR */
    bool verbose;
};

/**
 * Print one rendering of a judged store on standard output, as wide as the terminal is.
 *
 * @return PROV_OK; PROV_E_USAGE (no such format), PROV_E_IO (standard output is closed or full),
 * PROV_E_STORE, PROV_E_MEMORY
 */
int page_print(struct db *db, const struct page *page, struct err *err);

/** Flush standard output: nothing was said before it is out. @return PROV_OK, PROV_E_IO */
int page_end(struct err *err);

#endif

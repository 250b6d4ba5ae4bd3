/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_SAMPLE_SHEET_H
#define CMD_SAMPLE_SHEET_H

#include <stdbool.h>

#include "base/db.h"
#include "base/status.h"
#include "policy/sample_draw.h"

/** What stands above a worksheet. */
struct sample_sheet {
    struct db *db;
    const struct sample *sample;
    const char *plan, *root_digest;
    bool evidence; /**< with the masked evidence of findings */
};

/**
 * Write a worksheet as CSV, for the marks of reviewers, or as one page of HTML, to print.
 *
 * @return PROV_OK, PROV_E_IO, PROV_E_STORE, PROV_E_MEMORY
 */
int sample_sheet_write_csv(const struct sample_sheet *sheet, const char *path, struct err *err);
int sample_sheet_write_html(const struct sample_sheet *sheet, const char *path, struct err *err);

/** What reviewers said. */
struct sample_marks {
    uint64_t nmarked, nclean;
    char sha256[65]; /**< of the file */
};

/**
 * Read the marks out of a worksheet that was filled in, and check that it is of this sample: numbers, rows
 * and digests are compared, so a line that was exchanged is found. A spreadsheet may have changed the
 * separator to ';' or a tab.
 *
 * @return PROV_OK; PROV_E_USAGE (not of this sample, or a mark is none; err names the line), PROV_E_IO,
 * PROV_E_MEMORY
 */
int sample_sheet_read(const struct sample_sheet *sheet, const char *path, struct sample_marks *marks,
                      struct err *err);

#endif

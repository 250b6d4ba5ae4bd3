/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/status.h"

struct account;
struct db;

/** How a report is to look. Zero is a good default. Borrowed. */
struct report_options {
    const char *language; /**< "en" or "zh"; NULL: "en" */
    bool color;           /**< summary: may use ANSI colours */
    unsigned width;       /**< summary: columns of the terminal; 0: 80 */
    bool verbose;         /**< summary: name every rule, not only those that ask for something */
};

/** One way to render a judged store: one row of formats.def. */
struct report_format {
    const char *name;    /**< as `--format` takes it */
    const char *summary; /**< one line of help */
    const char *file;    /**< its name in the output folder */
    /** Append the whole report to out. Bounded by the limits on samples, not by the dataset. */
    int (*render)(const struct account *account, const struct report_options *options, struct buf *out,
                  struct err *err);
};

/** All formats in the order of formats.def; NULL-terminated. */
extern const struct report_format *const REPORT_FORMATS[];

/** The format with this name, or NULL. */
const struct report_format *report_find(const char *name);

/** Is there a format with each of these names? @return PROV_OK; PROV_E_USAGE, err lists what there is */
int report_check_formats(const char *const *names, size_t nnames, struct err *err);

/**
 * Write what belongs to every scan into out_dir: items.jsonl.zst, then manifest.json (which holds its
 * digest), then report.html, and the further formats that were asked for. Each file appears whole or not at
 * all. The digest of the items is noted in meta ("report.items"), so that a later `report` needs not write
 * them again.
 *
 * The store must be judged (judge_run). It reads these keys of meta, all written by the scan, all optional:
 *
 *   schema      version of the store's schema                  tool        "provscan 0.1.0"
 *   libraries   JSON object: name -> version                   plan        hex digest of the plan
 *   limits      JSON object: name -> value in force            detectors   hex digest of the detectors
 *   sandbox     "full", "no-landlock", "none" ...              excludes    JSON array: the --exclude globs
 *
 * @param out_dir  path of the output folder, which exists
 * @param formats  more formats to write, by name; manifest and html are always written
 * @return PROV_OK; PROV_E_USAGE (no such format, not judged), PROV_E_IO, PROV_E_STORE, PROV_E_MEMORY
 */
int report_write(struct db *db, const char *out_dir, const char *const *formats, size_t nformats,
                 const struct report_options *options, struct err *err);

/** Render one format into memory, for standard output. */
int report_render(struct db *db, const char *format, const struct report_options *options, struct buf *out,
                  struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_ITEM_LINE_H
#define REPORT_ITEM_LINE_H

#include "base/db.h"
#include "report/json_line.h"
#include "report/root_names.h"

/** The columns that a line is made from, for a walk over the items in the order of the crawl. */
#define ITEM_LINE_SQL                                                                                        \
    "SELECT unit.ordinal, item.ordinal, unit.root, unit.path, source_unit.source, item.path, item.kind,"     \
    " item.flags, item.link, item.size, item.sha256, item.type, item.encoding, item.format,"                 \
    " item.size_declared, item.mtime, unit.link_root"                                                        \
    " FROM unit LEFT JOIN source_unit ON source_unit.unit = unit.id"                                         \
    " CROSS JOIN item ON item.unit = unit.id WHERE unit.ordinal IS NOT NULL ORDER BY unit.ordinal"

/** What lines have in common with the line before, which is most of what is in them. Zero-initialise. */
struct item_line {
    const struct root_names *roots; /**< borrowed */
    struct json_line head, tail;    /**< what begins each line of the unit; what follows its locator */
    struct json_line type, flags;   /**< as the item before has them, in JSON */
    struct buf locator;             /**< of the unit */
    struct buf link;                /**< locator of what an alias is a further name of */
    struct buf types[3];            /**< what type was made from */
    int64_t unit, source;           /**< of head and tail */
    int64_t flags_made;             /**< what flags was made from; 0 at first, which is none */
    bool has_unit, unit_is_utf8;
};

/**
 * Put the item in the row, without the closing brace.
 *
 * @param row  a row of ITEM_LINE_SQL
 */
void item_line_put(struct item_line *item, struct db_statement *row, struct json_line *line);
void item_line_finish(struct item_line *item);

#endif

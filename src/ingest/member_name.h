/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_MEMBER_NAME_H
#define INGEST_MEMBER_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "model/defect.h"

/** What may be wrong with the name of a member: bits. Each has one defect, see member_name_defect. */
enum name_fault {
    NAME_ABSOLUTE = 1 << 0,  /**< "/x", "\x", "C:x", "\\host\x" */
    NAME_TRAVERSAL = 1 << 1, /**< a component "..", between slashes of either kind, also in overlong UTF-8 */
    NAME_CONTROL = 1 << 2,   /**< C0, DEL, C1, line separators, invisible characters without a use in names */
    NAME_BIDI = 1 << 3,      /**< characters that turn the direction of writing */
    NAME_NON_UTF8 = 1 << 4,
    NAME_NUL = 1 << 5,
    NAME_EMPTY = 1 << 6,
    NAME_LONG = 1 << 7, /**< no Linux file can have it: over 4095 bytes, or a component over 255 */
};
enum { NAME_FAULT_COUNT = 8 };

/** The defect of one fault, and the words for it; static. */
enum defect member_name_defect(enum name_fault fault, const char **words);

/** All faults of a name, as a set of enum name_fault. Linear in its size. */
unsigned member_name_faults(struct bytes name);

/** Does it begin at the root of a file system, a drive or a host? */
bool member_name_absolute(struct bytes name);

/**
 * Where a link leads, seen from the top of the archive, by the letters alone.
 *
 * @param base    name of the symlink, whose folder the target is relative to; empty for a hard link, whose
 *                target is relative to the top
 * @param path    appended: the target's components joined by '/', "." and ".." resolved, no slash at either
 * end
 * @param escapes true when it is absolute or climbs above the top; path is of no use then
 * @return PROV_OK, PROV_E_MEMORY
 */
int member_name_resolve(struct bytes base, struct bytes target, struct buf *path, bool *escapes);

/**
 * The path of the one file inside a compressed file: the last component of name without the suffix of
 * the codec ("a/text.jsonl.gz" -> "text.jsonl", "x.tgz" -> "x.tar"); "data" when nothing is left. Cut to
 * nbytes_max bytes.
 */
int member_name_unfiltered(struct bytes name, size_t nbytes_max, struct buf *inner);

#endif

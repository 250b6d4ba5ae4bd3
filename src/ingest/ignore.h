/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_IGNORE_H
#define INGEST_IGNORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

/** One line of a .provscanignore, or one --exclude. */
struct ignore_rule {
    uint32_t text, text_size;  /**< as written, in ignore.text */
    uint32_t parts, nparts;    /**< its components, in ignore.parts */
    uint32_t folder_path_size; /**< of the folder that it came from, below the root */
    bool excludes;             /**< an --exclude */
    bool negated;              /**< `!`: what it matches is not left out */
    bool folders_only;         /**< ends in `/` */
};

struct ignore_part;
struct ignore_level;

/**
 * The rules in force at one place of the tree: --exclude, and those of the .provscanignore files from the
 * root down. It is a stack that follows the walk: enter and leave go with each folder. Zero-initialise.
 */
struct ignore {
    struct ignore_rule *rules; /**< the --excludes first, then those of the root's file, and so on down */
    size_t nrules, rules_capacity, nexcludes;
    struct ignore_part *parts;
    size_t nparts, parts_capacity;
    struct buf text;
    struct ignore_level *levels; /**< one a folder on the path */
    size_t nlevels, levels_capacity;
    uint64_t *states; /**< of each level, one a rule: how far it has matched; see ignore.c */
    size_t nstates, states_capacity;
};

/** Add a glob of the command line; before any folder is entered. @return PROV_OK, PROV_E_MEMORY, PROV_E_USAGE
 */
int ignore_add_exclude(struct ignore *ignore, const char *glob, struct err *err);

/**
 * Go into a folder (the root first, with an empty name).
 *
 * @return PROV_OK; PROV_E_MEMORY; PROV_E_DATA when rules times depth passes LIMIT_IGNORE_STATES
 */
int ignore_enter(struct ignore *ignore, struct bytes name);

/**
 * Add the rules of the .provscanignore of the folder just entered.
 *
 * @param content           its bytes
 * @param folder_path_size  length of that folder's path
 * @return PROV_OK; PROV_E_MEMORY; PROV_E_DATA when the rules in force would pass LIMIT_IGNORE_BYTES or
 *         LIMIT_IGNORE_RULES: none of this file is added
 */
int ignore_add_file(struct ignore *ignore, struct bytes content, size_t folder_path_size);

/** Go back to the folder above; the rules of this one end. */
void ignore_leave(struct ignore *ignore);

/**
 * The rule that leaves out an entry of the folder just entered; NULL: none does. Valid until the next
 * enter or leave.
 */
const struct ignore_rule *ignore_decide(const struct ignore *ignore, struct bytes name, bool is_folder);

/** The text of a rule as written. */
struct bytes ignore_rule_text(const struct ignore *ignore, const struct ignore_rule *rule);
void ignore_finish(struct ignore *ignore);

#endif

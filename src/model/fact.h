/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_FACT_H
#define MODEL_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "model/rows.h"

/**
 * What was seen in an item, never what it means.
 *
 * An inspector adds facts to a list, one per sighting; the lists of an item's segments are merged in
 * the order of the segments into a fact set, where sightings with the same (kind, code, level, column) become
 * one entry with an exact count and the first samples by offset. Nothing here depends on which
 * thread saw what first.
 */
enum fact_kind {
    FACT_DEFECT,    /**< code: a defect code; evidence: what exactly, in words */
    FACT_FINDING,   /**< code: a detector id; level 1..5; evidence: masked */
    FACT_LICENSE,   /**< code: an SPDX expression or LicenseRef; level: enum license_match; evidence: how stated */
    FACT_COPYRIGHT, /**< code: "notice"; evidence: the line, holder and years (names in it are public by intent) */
    FACT_ATTRIBUTE, /**< code: a name such as "git_lfs.oid"; evidence: its value */
    FACT_KIND_COUNT
};

/** How sure a finding is; the values are stored. */
enum finding_level {
    LEVEL_TALLY = 0, /**< of worth only when its column is alike throughout; no item is sent with it */
    LEVEL_VERY_UNLIKELY = 1,
    LEVEL_UNLIKELY = 2,
    LEVEL_POSSIBLE = 3,
    LEVEL_LIKELY = 4,
    LEVEL_VERY_LIKELY = 5,
};

/** How a license was seen; the values are stored. */
enum license_match {
    LICENSE_MENTION = 1,     /**< named, but not applied */
    LICENSE_RESERVATION = 2, /**< rights reserved, no license */
    LICENSE_UNKNOWN = 3,     /**< license language of no known text */
    LICENSE_RESEMBLES = 4,   /**< 0.60 to 0.90 of a known text */
    LICENSE_MODIFIED = 5,    /**< 0.90 to 0.99 of a known text */
    LICENSE_REFERENCE = 6,   /**< applied by name, URL or notice */
    LICENSE_TEXT = 7,        /**< the text itself, identical modulo template */
    LICENSE_TAG = 8,         /**< an SPDX tag or a metadata field */
};

enum { FACT_NO_ROW = 0 };

/** One sighting. Borrowed by fact_list_add, which copies what it points to. */
struct fact {
    enum fact_kind kind;
    uint8_t level;         /**< 0 where the kind has none */
    int16_t score;         /**< log-odds in hundredths (natural logarithm), or similarity in hundredths */
    const char *code;      /**< valid UTF-8, at most LIMIT_CODE_BYTES */
    uint64_t offset;       /**< of the sighting, in the item's own bytes as stored */
    uint64_t length;       /**< bytes of it there */
    uint64_t row;          /**< 1-based record, FACT_NO_ROW when the item has none */
    uint32_t column;       /**< of a list: index in its columns; 0 when it lies in none */
    uint64_t hash;         /**< of the value of a finding: keyed, but of a tally; 0: none */
    bool whole;            /**< it is all there is of its column's value in that record */
    uint64_t count;        /**< sightings that this stands for; 0 counts as 1 */
    struct bytes evidence; /**< valid UTF-8, masked, at most LIMIT_EVIDENCE_BYTES (defects: LIMIT_DETAIL_BYTES) */
};

/** Sightings in order of appearance. Zero-initialise. */
struct fact_list {
    struct fact *facts; /**< in the arena */
    size_t nfacts;
    size_t capacity;
    const struct row_column *columns; /**< in the arena; [0] stands for none */
    size_t ncolumns;
    uint64_t nrows;                   /**< records that begin in the text */
    struct arena arena;               /**< holds facts, columns and their texts */
};

/**
 * Tell of records: the columns that facts of this list name by index. Once a list.
 *
 * @param columns  [0] stands for none; copied; their names stay where they are, best in the list's arena
 * @return PROV_OK, PROV_E_MEMORY
 */
int fact_list_add_columns(struct fact_list *list, const struct row_column *columns, size_t ncolumns, uint64_t nrows);

/** Copy one sighting in. @return PROV_OK, PROV_E_MEMORY */
int fact_list_add(struct fact_list *list, const struct fact *fact);
void fact_list_clear(struct fact_list *list);
void fact_list_finish(struct fact_list *list);

/** One place where a fact was seen. */
struct fact_sample {
    uint64_t offset, length, row;
    int16_t score;
    struct bytes evidence;
};

/** Sightings of one (kind, code, level, column) in one item. */
struct fact_entry {
    enum fact_kind kind;
    uint8_t level;
    int16_t score; /**< the highest seen */
    const char *code;
    uint64_t count;              /**< exact */
    uint64_t nwhole;             /**< of these, sightings that are all of their value */
    uint64_t distinct;           /**< a bit for the hash of each: how many values there are, roughly and up to 64 */
    uint32_t column;             /**< index in the set's columns, 0: in none */
    struct fact_sample *samples; /**< the first by order of merging, at most the set's bound */
    size_t nsamples;
    size_t capacity;
};

/** A finding that can be looked up by whoever knows its value: keyed, so that nobody can go the other way. */
struct fact_value {
    uint64_t hash;   /**< see model/value_key.h */
    uint64_t offset; /**< in the item's stored bytes */
    uint64_t row;    /**< FACT_NO_ROW when the item has none */
};

/** All facts of one item, entries in order of first sighting. Zero-initialise, then set nsamples_max. */
struct fact_set {
    struct fact_entry *entries; /**< in the arena */
    size_t nentries;
    size_t capacity;
    uint64_t nsamples_max; /**< samples kept in an entry */
    uint64_t nsamples;     /**< samples kept in all entries, at most LIMIT_SAMPLES_ITEM_ALL */
    struct row_column *columns; /**< in order of first sighting, [0] stands for none; in the arena */
    size_t ncolumns, columns_capacity;
    uint64_t nrows;        /**< records of the item */
    struct buf values;     /**< struct fact_value of each finding from LEVEL_POSSIBLE on that has a hash, in order */
    uint64_t nvalues_lost; /**< beyond LIMIT_VALUES_ITEM */
    uint64_t noverflow;    /**< sightings of findings, licenses and notices beyond LIMIT_FACT_KINDS_ITEM entries */
    uint32_t *index;       /**< open-addressed hash of the entries, once they are many; in the arena */
    size_t index_size;     /**< a power of two, or 0 */
    struct arena arena;
};

/** Merge one sighting. @return PROV_OK, PROV_E_MEMORY */
int fact_set_add(struct fact_set *set, const struct fact *fact);

/** Merge a list, in its order; its arena is used to work in. @return PROV_OK, PROV_E_MEMORY */
int fact_set_merge(struct fact_set *set, struct fact_list *list);

/** Forget the columns in which nothing was found when there are no records to tell of: of a document that is one record. */
void fact_set_trim_columns(struct fact_set *set);
void fact_set_finish(struct fact_set *set);

/** The stored name of a kind: "defect", "finding" ...; static. */
const char *fact_kind_name(enum fact_kind kind);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_LICENSE_BOOK_H
#define POLICY_LICENSE_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/db.h"
#include "base/intern.h"
#include "policy/terms.h"

/** How far a license statement can be relied on. */
enum license_clarity {
    LICENSE_CLEAR,    /**< an expression */
    LICENSE_UNCLEAR,  /**< license words that match no known text */
    LICENSE_RESERVED, /**< rights are reserved, and no license is given */
};

struct license_entry {
    struct license_terms terms;
    enum license_clarity clarity;
};

/** What is known of one code of a license fact. */
struct license_code {
    bool noncommercial; /**< its terms forbid commercial use */
    bool says_nothing;  /**< a field that says no more than that something else applies */
};

enum { LICENSE_CODES_MAX = 8 };

/** All license expressions of a judgement, numbered from 1 in the order in which they came. */
struct license_book {
    const struct terms *terms; /**< borrowed */
    struct intern names;       /**< a mark of the clarity, then the expression in canonical form */
    struct license_entry *entries;
    size_t capacity;
    struct intern codes; /**< of license facts */
    struct license_code *code_rows;
    size_t codes_capacity;
    struct intern statements; /**< clarity and codes of a statement */
    uint32_t *statement_rows; /**< number of the expression that each comes to */
    size_t statements_capacity;
    struct buf key, text;
};

/** The number of an expression. @return PROV_OK, PROV_E_MEMORY */
int license_book_add(struct license_book *book, const char *expression, enum license_clarity clarity,
                     uint32_t *number);
const struct license_entry *license_book_entry(const struct license_book *book, uint32_t number);
const char *license_book_expression(const struct license_book *book, uint32_t number);

/** Write all rows of the table license. */
int license_book_store(const struct license_book *book, struct db *db, struct err *err);
void license_book_finish(struct license_book *book);

/** What the license facts of one item come to, taken together. Zero is the beginning. */
struct license_statement {
    uint32_t codes[3][LICENSE_CODES_MAX]; /**< distinct codes by enum license_clarity, in order of sighting */
    unsigned ncodes[3];                   /**< LICENSE_CODES_MAX + 1: there are more */
    uint64_t nunclear;                    /**< statements that match no known license */
    uint64_t nnoncommercial;              /**< statements of licenses that forbid commercial use */
};

/**
 * Add one fact.
 *
 * @param level  enum license_match
 * @param tags_only  the item is a metadata file: only its fields speak, not its prose
 */
int license_statement_add(struct license_statement *statement, struct license_book *book, const char *code,
                          int level, uint64_t count, bool tags_only);

/** The number of the license stated; 0 when there is none. A mere reservation counts only with_reservation.
 */
int license_statement_end(const struct license_statement *statement, struct license_book *book,
                          bool with_reservation, uint32_t *number);

/** What a file's name says about its license facts. */
enum license_role {
    LICENSE_ROLE_NONE,     /**< they concern the file itself */
    LICENSE_ROLE_METADATA, /**< its fields speak for the folder: a dataset card, a package manifest */
    LICENSE_ROLE_FILE,     /**< all of it speaks for the folder: LICENSE, COPYING ... */
};

/** @param name  without folders, raw bytes */
enum license_role license_role_of(struct bytes name);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_SPDX_EXPRESSION_H
#define MODEL_SPDX_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"

enum {
    SPDX_NODES_MAX = 512,   /**< terms and operators of one expression */
    SPDX_DEPTH_MAX = 64,    /**< open parentheses and waiting operators */
    SPDX_BYTES_MAX = 16384, /**< of the text of one expression */
};

enum spdx_operator {
    SPDX_TERM, /**< a license, perhaps with an addition */
    SPDX_AND,
    SPDX_OR,
};

/** One step of an expression in postfix order: "A OR B AND C" is A, B, C, AND, OR. */
struct spdx_node {
    enum spdx_operator op;
    const char *license;  /**< of a term: the id as the list writes it, or a LicenseRef; in the arena or static */
    const char *addition; /**< of a term: exception id or AdditionRef behind WITH; NULL when there is none */
    bool or_later;        /**< of a term: "+" behind an id that has no "-or-later" form of its own */
    bool known;           /**< of a term: license (and addition) are in the list, or are references */
};

/** A parsed expression; what it points to lives in the arena it was parsed into. */
struct spdx_expression {
    const struct spdx_node *nodes; /**< postfix */
    size_t nnodes;
    bool known; /**< every term is */
};

/**
 * How ids are looked up. Both return the canonical replacement of an id compared without case (for a
 * deprecated id its successor, which may be "X WITH Y"), or NULL when the list does not have it.
 */
struct spdx_names {
    const char *(*license)(const void *list, struct bytes id);
    const char *(*exception)(const void *list, struct bytes id);
    const void *list;
};

/**
 * Parse a license expression of SPDX 3.0 (annex B): ids, "+", LicenseRef-, DocumentRef-...:, AdditionRef-,
 * WITH, AND, OR, parentheses; operators in upper or in lower case; ids in any case.
 *
 * @param text   any bytes
 * @param names  NULL: no id is known, and all are kept as they are written
 * @return PROV_OK; PROV_E_DATA when text is not an expression; PROV_E_MEMORY
 */
int spdx_expression_parse(struct bytes text, const struct spdx_names *names, struct arena *arena,
                          struct spdx_expression *expression);

/**
 * Write the canonical form: operands of AND and OR in the order of their bytes, each once, nested operators
 * of one kind made flat, parentheses only where OR stands inside AND.
 *
 * @param text  appended to
 * @return PROV_OK, PROV_E_MEMORY
 */
int spdx_expression_write(const struct spdx_expression *expression, struct arena *arena, struct buf *text);

/** Parse and write in one go. @return as spdx_expression_parse */
int spdx_expression_canonical(struct bytes text, const struct spdx_names *names, struct buf *canonical,
                              bool *known);

#endif

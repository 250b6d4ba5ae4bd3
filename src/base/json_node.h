/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_JSON_NODE_H
#define BASE_JSON_NODE_H

#include "base/arena.h"
#include "base/json.h"

/** One value of a parsed file; private to json.c and json_parse.c. All in one arena. */
struct json_node {
    enum json_type type;
    unsigned line;            /**< where it begins, from 1 */
    struct json_node *parent; /**< NULL for the root */
    struct json_node *next;   /**< the next one in the parent */
    struct json_node *first, *last;
    size_t count;     /**< of elements or members */
    size_t index;     /**< place in the parent, from 0 */
    const char *key;  /**< of a member of an object, else NULL */
    const char *text; /**< of a string, decoded; of a number, its characters */
    bool is_true;
};

/** Parse one JSON text (RFC 8259), strictly. @return PROV_OK, PROV_E_POLICY, PROV_E_MEMORY */
int json_parse(const char *name, struct bytes text, struct arena *arena, struct json_node **root,
               struct err *err);

/** "file:line: path: words" @return PROV_E_POLICY */
int json_node_fail(const char *name, const struct json_node *node, struct err *err, const char *words);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_JSON_TREE_H
#define BASE_JSON_TREE_H

#include "base/json.h"
#include "base/json_check.h"

/** An open file; private to json.c and json_tree.c. */
struct json_file {
    char *name;              /**< owned */
    struct buf source;       /**< as read */
    struct json_marks marks; /**< where each value stands */
    struct cJSON *root;      /**< owned */
};

/** Check the source, make the tree, refuse two equal keys in one object. @return PROV_OK, PROV_E_POLICY,
 * PROV_E_MEMORY */
int json_tree_make(struct json_file *file, struct err *err);
void json_tree_destroy(struct json_file *file);

/** The characters of a number, a string decoded, whether a boolean is true; of values of that type. */
struct bytes json_tree_number(struct json_view view);
const char *json_tree_string(struct json_view view);
bool json_tree_is_true(struct json_view view);

/** Its place among the elements of its array or the members of its object, from 0. */
size_t json_tree_index(struct json_view view);

/** The containers around a value. @param steps  the root first, the value itself last @return how many */
size_t json_tree_path(struct json_view view, struct json_view *steps, size_t nsteps_max);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

/**
 * Strict reading of our own small JSON files: policies, detectors, declarations, manifests. Not for rows of
 * datasets. json_check.c takes every byte to account, cJSON makes the tree of what passed (json_tree.c). A
 * loader reads member by member; whatever is wrong becomes one line that names file, line and place:
 *
 *     packs/cn.json:41: rules[3].when: unknown key 'licence'; known are: id, license, when
 *
 *     struct json_file *file = NULL;
 *     TRY(json_open_file(path, &file, err));
 *     struct json_view root = json_root(file), rules = {0};
 *     int status = json_only_keys(root, KEYS, err);
 *     if (status == PROV_OK)
 *         status = json_get_array(root, "rules", JSON_REQUIRED, &rules, err);
 *     for (struct json_view rule = json_first(rules); rule.node && status == PROV_OK; rule = json_next(rule))
 *         status = load_rule(rule, ..., err);
 *     json_close(file);
 *
 * All failures are PROV_E_POLICY, or PROV_E_MEMORY. Thread: any; a file is const once it is open.
 */
struct json_file;
struct cJSON;

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/** A value in an open file, passed by value; node is NULL when there is none. Valid until json_close. */
struct json_view {
    const struct json_file *file;
    const struct cJSON *node;
};

/** Read and check a file of at most LIMIT_POLICY_FILE_BYTES. @param file  owned by the caller: json_close */
int json_open_file(const char *path, struct json_file **file, struct err *err);

/** The same for text in memory, which is copied. @param name  stands for the file in messages */
int json_open_text(const char *name, struct bytes text, struct json_file **file, struct err *err);
void json_close(struct json_file *file); /**< NULL is fine */

struct json_view json_root(const struct json_file *file);
const char *json_name(const struct json_file *file);    /**< the path as given */
struct bytes json_source(const struct json_file *file); /**< the bytes of the file, for its digest */

enum json_type json_type(struct json_view view);
const char *json_key(struct json_view view); /**< of a member of an object, "" for others; no NUL inside */
unsigned json_line(struct json_view view);   /**< from 1 */
size_t json_count(struct json_view view);    /**< elements or members; 0 for scalars and for no value */

/** Elements of an array or members of an object in the order of the file; node is NULL behind the last. */
struct json_view json_first(struct json_view view); /**< of no value there is no first */
struct json_view json_next(struct json_view view);

/** The member of this name; node is NULL when there is none (or view is no object). */
struct json_view json_find(struct json_view object, const char *key);

/** Word a fault of the value itself: "file:line: path: " and then the format. @return PROV_E_POLICY */
int json_fail(struct json_view view, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Refuse other types. */
int json_expect(struct json_view view, enum json_type type, struct err *err);

/** Refuse what is no object, and members that are not named. @param keys  NULL-terminated */
int json_only_keys(struct json_view object, const char *const *keys, struct err *err);

/** The value itself. Text is valid UTF-8, NUL-terminated without NULs inside, valid until json_close. */
int json_text(struct json_view view, const char **text, struct err *err);
int json_bool(struct json_view view, bool *value, struct err *err);

/** An integer without fraction or exponent in min..max. */
int json_int(struct json_view view, int64_t min, int64_t max, int64_t *value, struct err *err);
int json_uint(struct json_view view, uint64_t max, uint64_t *value, struct err *err);
int json_double(struct json_view view, double min, double max, double *value, struct err *err);

/** Text that is one of names. @param names  NULL-terminated  @param index  which */
int json_choice(struct json_view view, const char *const *names, int *index, struct err *err);

/** Must a member be there? When an optional one is absent, the output keeps the value it had. */
enum json_need { JSON_OPTIONAL, JSON_REQUIRED };

/** The same for a member of an object. An absent optional array or object leaves the view as it was: {0}. */
int json_get_text(struct json_view object, const char *key, enum json_need need, const char **text,
                  struct err *err);
int json_get_bool(struct json_view object, const char *key, enum json_need need, bool *value,
                  struct err *err);

struct json_range {
    int64_t min, max;
};
int json_get_int(struct json_view object, const char *key, enum json_need need, struct json_range range,
                 int64_t *value, struct err *err);
int json_get_uint(struct json_view object, const char *key, enum json_need need, uint64_t *value,
                  struct err *err);
int json_get_double(struct json_view object, const char *key, enum json_need need, double *value,
                    struct err *err);
int json_get_choice(struct json_view object, const char *key, enum json_need need, const char *const *names,
                    int *index, struct err *err);
int json_get_array(struct json_view object, const char *key, enum json_need need, struct json_view *view,
                   struct err *err);
int json_get_object(struct json_view object, const char *key, enum json_need need, struct json_view *view,
                    struct err *err);

const char *json_cjson_version(void); /**< "1.7.15"; static */

#endif

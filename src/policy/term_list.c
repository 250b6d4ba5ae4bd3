/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How large a term list is: TC260-003 asks for 10,000 terms in all, 200 for each risk of A.1 and 100 for each
 * of A.2.
 *
 *     risks   {"risks": [{"id": "CN-A1a", "min_terms": 200}, ...]}          ours, policies/content/
 *     terms   {"updated": "2026-01-01", "terms": {"CN-A1a": ["...", ...]}}  the user's; none is shipped
 *
 * A list may hold what nobody wants to read in a message, so only ids and numbers leave this file. Terms that
 * are there twice count once.
 */
#include "policy/term_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "base/json.h"
#include "policy/pack.h"

static int
read_risk(struct json_view view, struct term_risk *risk, struct err *err)
{
    static const char *const keys[] = {"id", "min_terms", "title", NULL};
    const char *id = NULL;
    TRY(json_only_keys(view, keys, err));
    TRY(json_get_text(view, "id", JSON_REQUIRED, &id, err));
    TRY(json_get_uint(view, "min_terms", JSON_REQUIRED, &risk->nterms_min, err));
    if (strlen(id) >= sizeof risk->id)
        return json_fail(json_find(view, "id"), err, "is longer than %d bytes", TERM_RISK_BYTES_MAX - 1);
    memcpy(risk->id, id, strlen(id) + 1);
    return PROV_OK;
}

static int
read_risks(const struct json_file *file, struct term_count *count, struct err *err)
{
    static const char *const formats[] = {"provscan-risks-1", NULL};
    struct json_view list = {0};
    int format = 0;
    TRY(json_get_choice(json_root(file), "format", JSON_REQUIRED, formats, &format, err));
    TRY(json_get_array(json_root(file), "risks", JSON_REQUIRED, &list, err));
    if (json_count(list) > TERM_RISKS_MAX)
        return json_fail(list, err, "more than %d risks", TERM_RISKS_MAX);
    for (struct json_view view = json_first(list); view.node; view = json_next(view))
        TRY(read_risk(view, &count->risks[count->nrisks++], err));
    return PROV_OK;
}

static struct term_risk *
find_risk(struct term_count *count, const char *id)
{
    for (size_t i = 0; i < count->nrisks; i++)
        if (strcmp(count->risks[i].id, id) == 0)
            return &count->risks[i];
    return NULL;
}

/* The terms of one risk; those seen before, under any risk, do not count again. */
static int
count_terms(struct json_view list, struct intern *seen, struct term_risk *risk, struct err *err)
{
    TRY(json_expect(list, JSON_ARRAY, err));
    for (struct json_view view = json_first(list); view.node; view = json_next(view)) {
        const char *term = NULL;
        uint32_t number = 0;
        size_t before = seen->nnames;
        TRY(json_text(view, &term, err));
        if (!*term)
            return json_fail(view, err, "is empty");
        if (intern_add(seen, bytes_of(term), &number) != PROV_OK)
            return err_set(err, PROV_E_MEMORY, "out of memory");
        risk->nterms += seen->nnames > before;
    }
    return PROV_OK;
}

static int
read_terms(const struct json_file *file, struct intern *seen, struct term_count *count, struct err *err)
{
    static const char *const keys[] = {"$schema", "format", "risks", "updated", "terms", NULL};
    static const char *const formats[] = {"provscan-terms-1", NULL};
    struct json_view root = json_root(file), terms = {0};
    const char *updated = NULL;
    int format = 0;
    TRY(json_only_keys(root, keys, err));
    TRY(json_get_choice(root, "format", JSON_REQUIRED, formats, &format, err));
    TRY(json_get_text(root, "updated", JSON_REQUIRED, &updated, err));
    if (!pack_is_day(updated))
        return json_fail(json_find(root, "updated"), err, "'%s' is no day YYYY-MM-DD", updated);
    memcpy(count->updated, updated, sizeof count->updated);
    TRY(json_get_object(root, "terms", JSON_REQUIRED, &terms, err));
    for (struct json_view view = json_first(terms); view.node; view = json_next(view)) {
        struct term_risk *risk = find_risk(count, json_key(view));
        if (!risk)
            return json_fail(view, err, "no risk '%s' in the file of risks", json_key(view));
        TRY(count_terms(view, seen, risk, err));
    }
    return PROV_OK;
}

/* Totals, and the smallest of the two groups that have a floor. */
static void
sum_up(struct term_count *count)
{
    count->a1_min = count->a2_min = UINT64_MAX;
    for (size_t i = 0; i < count->nrisks; i++) {
        const struct term_risk *risk = &count->risks[i];
        count->nterms += risk->nterms;
        uint64_t *least = strncmp(risk->id, "CN-A1", 5) == 0   ? &count->a1_min
                          : strncmp(risk->id, "CN-A2", 5) == 0 ? &count->a2_min
                                                               : NULL;
        if (least && risk->nterms < *least)
            *least = risk->nterms;
    }
    count->a1_min = count->a1_min == UINT64_MAX ? 0 : count->a1_min;
    count->a2_min = count->a2_min == UINT64_MAX ? 0 : count->a2_min;
}

int
term_list_count(const char *risks_path, const char *path, struct term_count *count, struct err *err)
{
    struct json_file *risks = NULL, *terms = NULL;
    struct intern seen = {0};
    struct term_count made = {0};
    int status = json_open_file(risks_path, &risks, err);
    if (status == PROV_OK)
        status = read_risks(risks, &made, err);
    if (status == PROV_OK)
        status = json_open_file(path, &terms, err);
    if (status == PROV_OK)
        status = read_terms(terms, &seen, &made, err);
    if (status == PROV_OK) {
        sum_up(&made);
        *count = made;
    }
    intern_finish(&seen);
    json_close(risks);
    json_close(terms);
    return status;
}

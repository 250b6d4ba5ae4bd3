/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a license expression to what it permits.
 *
 * The table says it of single licenses; expressions come parsed in postfix order (model/spdx_expression.h)
 * and are evaluated on one stack with the logic of three values:
 *
 *     permitted:  AND  no > unknown > yes      OR  yes > unknown > no
 *     required:   AND  yes > unknown > no      OR  no > unknown > yes
 *
 * An exception behind WITH only adds permissions, so the license without it is a safe reading.
 */
#include "policy/terms.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/json.h"
#include "model/spdx_expression.h"
#include "base/intern.h"

enum { ID_BYTES_MAX = 128 };

const struct license_terms TERMS_UNKNOWN = {TERM_UNKNOWN, TERM_UNKNOWN, TERM_UNKNOWN, TERM_UNKNOWN,
                                            TERM_UNKNOWN};
const struct license_terms TERMS_RESERVED = {TERM_NO, TERM_NO, TERM_NO, TERM_UNKNOWN, TERM_UNKNOWN};

struct terms {
    struct intern ids;          /**< in lower case */
    struct license_terms *rows; /**< one for each id; in the arena of ids */
};

static size_t
lowered(const char *text, size_t size, char out[ID_BYTES_MAX])
{
    if (size >= ID_BYTES_MAX)
        return 0;
    for (size_t i = 0; i < size; i++)
        out[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]);
    return size;
}

static bool
find(const struct terms *terms, const char *text, size_t size, struct license_terms *found)
{
    char id[ID_BYTES_MAX];
    size_t length = lowered(text, size, id);
    uint32_t number = intern_find(&terms->ids, (struct bytes){(const uint8_t *)id, length});
    if (!length || number == INTERN_NONE)
        return false;
    *found = terms->rows[number];
    return true;
}

/* An id as the table has it, or without the ending that only tells which later versions may be chosen. */
static struct license_terms
terms_of_id(const struct terms *terms, const char *text, size_t size)
{
    static const char *const endings[] = {"", "+", "-only", "-or-later"};
    struct license_terms found = TERMS_UNKNOWN;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t ending = strlen(endings[i]);
        if (size > ending && strncasecmp(text + size - ending, endings[i], ending) == 0 &&
            find(terms, text, size - ending, &found))
            break;
    }
    return found;
}

/* The value that wins over unknown, or unknown when neither side has it and one is unknown. */
static enum term
stronger(enum term a, enum term b, enum term strongest)
{
    if (a == strongest || b == strongest)
        return strongest;
    return a == TERM_UNKNOWN || b == TERM_UNKNOWN ? TERM_UNKNOWN : a;
}

static struct license_terms
combine(enum spdx_operator operator, struct license_terms a, struct license_terms b)
{
    enum term permitted = operator== SPDX_AND ? TERM_NO : TERM_YES;
    enum term required = operator== SPDX_AND ? TERM_YES : TERM_NO;
    return (struct license_terms){
        .commercial = stronger(a.commercial, b.commercial, permitted),
        .derivatives = stronger(a.derivatives, b.derivatives, permitted),
        .training = stronger(a.training, b.training, permitted),
        .attribution = stronger(a.attribution, b.attribution, required),
        .share_alike = stronger(a.share_alike, b.share_alike, required),
    };
}

struct license_terms
terms_of(const struct terms *terms, const char *text)
{
    struct license_terms stack[SPDX_NODES_MAX] = {TERMS_UNKNOWN};
    struct spdx_expression expression;
    struct arena arena = {0};
    size_t depth = 0;
    if (spdx_expression_parse(bytes_of(text), NULL, &arena, &expression) != PROV_OK)
        expression.nnodes = 0;
    for (size_t i = 0; i < expression.nnodes; i++) {
        const struct spdx_node *node = &expression.nodes[i];
        if (node->op == SPDX_TERM) {
            stack[depth++] = terms_of_id(terms, node->license, strlen(node->license));
        } else {
            depth--;
            stack[depth - 1] = combine(node->op, stack[depth - 1], stack[depth]);
        }
    }
    arena_finish(&arena);
    return depth == 1 ? stack[0] : TERMS_UNKNOWN;
}

static bool
has_term(struct json_view list, const char *name)
{
    for (struct json_view view = json_first(list); view.node; view = json_next(view)) {
        const char *text = NULL;
        if (json_text(view, &text, NULL) == PROV_OK && strcmp(text, name) == 0)
            return true;
    }
    return false;
}

/* The words of the table as yes, no or not known. */
static struct license_terms
terms_of_words(const char *use, struct json_view words)
{
    bool specified = strcmp(use, "unspecified") != 0;
    bool conditional = has_term(words, "commercial-threshold") || has_term(words, "non-production");
    struct license_terms terms = TERMS_UNKNOWN;
    if (strcmp(use, "non-commercial") == 0 || strcmp(use, "academic") == 0)
        terms.commercial = TERM_NO;
    else if (specified && !conditional)
        terms.commercial = TERM_YES;
    if (specified) {
        terms.derivatives = TERM_YES;
        terms.training = has_term(words, "ai-restrictions") ? TERM_UNKNOWN : TERM_YES;
        terms.attribution = terms.share_alike = TERM_NO;
    }
    if (has_term(words, "no-derivatives"))
        terms.derivatives = TERM_NO;
    if (has_term(words, "ai-output-restrictions"))
        terms.training = TERM_NO;
    if (has_term(words, "attribution"))
        terms.attribution = TERM_YES;
    if (has_term(words, "share-alike"))
        terms.share_alike = TERM_YES;
    return terms;
}

static int
add_row(struct terms *terms, struct json_view view, struct err *err)
{
    static const char *const uses[] = {"all", "non-commercial", "academic", "unspecified", NULL};
    const char *id = NULL;
    int use = 0;
    struct json_view words = {0};
    char lower[ID_BYTES_MAX];
    uint32_t number = 0;
    TRY(json_get_text(view, "id", JSON_REQUIRED, &id, err));
    TRY(json_get_choice(view, "use", JSON_REQUIRED, uses, &use, err));
    TRY(json_get_array(view, "terms", JSON_REQUIRED, &words, err));
    size_t size = lowered(id, strlen(id), lower);
    if (!size)
        return json_fail(json_find(view, "id"), err, "is empty or longer than %d bytes", ID_BYTES_MAX - 1);
    size_t before = terms->ids.nnames;
    if (intern_add(&terms->ids, (struct bytes){(const uint8_t *)lower, size}, &number) != PROV_OK)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    if (number < before)
        return json_fail(json_find(view, "id"), err, "'%s' is there twice", id);
    terms->rows[number] = terms_of_words(uses[use], words);
    return PROV_OK;
}

static int
read_table(struct terms *terms, const struct json_file *file, struct err *err)
{
    struct json_view list = {0};
    TRY(json_get_array(json_root(file), "licenses", JSON_REQUIRED, &list, err));
    terms->rows = arena_array(&terms->ids.arena, json_count(list) + 1, sizeof *terms->rows);
    if (!terms->rows)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    for (struct json_view view = json_first(list); view.node; view = json_next(view))
        TRY(add_row(terms, view, err));
    return PROV_OK;
}

int
terms_load(const char *policy_dir, struct terms **out, struct err *err)
{
    char path[PATH_MAX];
    struct json_file *file = NULL;
    int size = snprintf(path, sizeof path, "%s/licenses/terms.json", policy_dir);
    if (size < 0 || (size_t)size >= sizeof path)
        return err_set(err, PROV_E_USAGE, "%s: path too long", policy_dir);
    struct terms *terms = calloc(1, sizeof *terms);
    if (!terms)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    int status = json_open_file(path, &file, err);
    if (status == PROV_OK)
        status = read_table(terms, file, err);
    json_close(file);
    if (status != PROV_OK) {
        terms_destroy(terms);
        return status;
    }
    *out = terms;
    return PROV_OK;
}

void
terms_destroy(struct terms *terms)
{
    if (!terms)
        return;
    intern_finish(&terms->ids);
    free(terms);
}

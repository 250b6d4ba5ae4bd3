/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The source declaration: what only a person can know about where data came from.
 *
 *     [ { "source":     { version*, title*, id*, issuer*, description*, location },
 *         "provenance": { origin-geography*, date*, generation-method*, ... },
 *         "use":        { intended-purpose*, license, classification, ... },      * required by the standard
 *         "provscan":   { match, kind, lawful_basis, evidence, contract, ... } } ]
 *
 * Declared facts are kept apart from found ones: nothing here is believed, it is only what rules compare
 * with. Source: Data Provenance Standards 1.0.0 (OASIS DPS TC), its JSON schema.
 */
#include "policy/sources.h"

#include <string.h>

#include "base/path_glob.h"
#include "policy/pack.h"

static const char *const kinds[] = {"open",        "self-collected", "commercial", "user",
                                    "public-data", "synthetic",      NULL};
static const char *const evidence_types[] = {
    "license", "contract", "collection-record", "consent", "authorisation", "robots", "pia", "ethics", NULL};

/* One source in the making. */
struct reading {
    struct arena *arena;
    struct source *source;
    struct err *err;
};

/* Texts of an array joined; NULL for no array or an empty one. */
static int
join_texts(struct reading *reading, struct json_view list, const char *between, const char **joined)
{
    struct buf out = {0};
    int status = PROV_OK;
    for (struct json_view view = json_first(list); view.node && status == PROV_OK; view = json_next(view)) {
        const char *text = NULL;
        status = json_text(view, &text, reading->err);
        if (status == PROV_OK && out.size)
            status = buf_append_text(&out, between);
        if (status == PROV_OK)
            status = buf_append_text(&out, text);
    }
    if (status == PROV_OK && out.size && !(*joined = arena_text(reading->arena, buf_bytes(&out))))
        status = PROV_E_MEMORY;
    buf_finish(&out);
    return status == PROV_E_MEMORY ? err_set(reading->err, status, "out of memory") : status;
}

/* Count the names that the object lacks. */
static unsigned
missing(struct json_view object, const char *const *names)
{
    unsigned count = 0;
    for (; *names; names++)
        count += json_find(object, *names).node == NULL;
    return count;
}

static int
read_source_group(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"version", "title", "id", "location", "issuer", "description", NULL};
    static const char *const required[] = {"version", "title", "id", "issuer", "description", NULL};
    if (view.node)
        TRY(json_only_keys(view, keys, reading->err));
    reading->source->missing_fields += missing(view, required);
    TRY(json_get_text(view, "id", JSON_OPTIONAL, &reading->source->id, reading->err));
    return json_get_text(view, "title", JSON_OPTIONAL, &reading->source->title, reading->err);
}

static int
read_provenance_group(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"source",
                                       "origin",
                                       "origin-geography",
                                       "date",
                                       "previous-date",
                                       "generation-period",
                                       "generation-method",
                                       "format",
                                       "sub-provenance",
                                       NULL};
    static const char *const required[] = {"origin-geography", "date", "generation-method", NULL};
    if (view.node)
        TRY(json_only_keys(view, keys, reading->err));
    reading->source->missing_fields += missing(view, required);
    return PROV_OK;
}

static int
read_purposes(struct reading *reading, struct json_view use)
{
    struct json_view list = {0};
    struct buf out = {0};
    TRY(json_get_array(use, "intended-purpose", JSON_OPTIONAL, &list, reading->err));
    int status = PROV_OK;
    for (struct json_view view = json_first(list); view.node && status == PROV_OK; view = json_next(view)) {
        const char *code = NULL;
        status = json_get_text(view, "code", JSON_REQUIRED, &code, reading->err);
        if (status == PROV_OK)
            status = buf_printf(&out, "%s%s", out.size ? "," : "", code);
    }
    if (status == PROV_OK && out.size &&
        !(reading->source->purposes = arena_text(reading->arena, buf_bytes(&out))))
        status = err_set(reading->err, PROV_E_MEMORY, "out of memory");
    buf_finish(&out);
    return status;
}

/* What the classification says of personal data: codes pi, pii and spi of the standard. */
static int
read_classification(struct reading *reading, struct json_view use)
{
    struct json_view list = {0};
    TRY(json_get_array(use, "classification", JSON_OPTIONAL, &list, reading->err));
    for (struct json_view view = json_first(list); view.node; view = json_next(view)) {
        struct json_view regulation = {0};
        const char *code = NULL;
        bool evaluated = false;
        TRY(json_get_object(view, "regulation", JSON_REQUIRED, &regulation, reading->err));
        TRY(json_get_text(regulation, "code", JSON_REQUIRED, &code, reading->err));
        TRY(json_get_bool(view, "evaluated", JSON_REQUIRED, &evaluated, reading->err));
        bool personal = strcmp(code, "pi") == 0 || strcmp(code, "pii") == 0 || strcmp(code, "spi") == 0;
        if (personal && reading->source->personal_declared < 1)
            reading->source->personal_declared = evaluated;
    }
    return PROV_OK;
}

static int
read_use_group(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"classification",
                                       "consents",
                                       "privacy-enhancing",
                                       "processing-included",
                                       "processing-excluded",
                                       "storage-allowed",
                                       "storage-forbidden",
                                       "license",
                                       "intended-purpose",
                                       "copyright",
                                       "patent",
                                       "trademark",
                                       NULL};
    static const char *const required[] = {"intended-purpose", NULL};
    if (view.node)
        TRY(json_only_keys(view, keys, reading->err));
    reading->source->missing_fields += missing(view, required);
    struct json_view licenses = {0};
    TRY(json_get_array(view, "license", JSON_OPTIONAL, &licenses, reading->err));
    TRY(join_texts(reading, licenses, " AND ", &reading->source->license));
    TRY(read_purposes(reading, view));
    return read_classification(reading, view);
}

static int
read_evidence(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"type",     "path",        "sha256",      "valid_from",
                                       "valid_to", "reviewed_by", "reviewed_at", NULL};
    struct source *source = reading->source;
    int type = 0;
    const char *path = NULL, *until = NULL;
    TRY(json_only_keys(view, keys, reading->err));
    TRY(json_get_choice(view, "type", JSON_REQUIRED, evidence_types, &type, reading->err));
    TRY(json_get_text(view, "path", JSON_REQUIRED, &path, reading->err));
    TRY(json_get_text(view, "valid_to", JSON_OPTIONAL, &until, reading->err));
    if (until && !pack_is_day(until))
        return json_fail(json_find(view, "valid_to"), reading->err, "'%s' is no day YYYY-MM-DD", until);
    source->nevidence[type]++;
    if (until && (!source->evidence_valid_to || strcmp(until, source->evidence_valid_to) < 0))
        source->evidence_valid_to = until;
    return PROV_OK;
}

static int
read_lawful_basis(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"pipl_art13", "gdpr_art6", "copyright", NULL};
    static const char *const bases[] = {"license", "contract", "public-domain", "exception", "own", NULL};
    struct source *source = reading->source;
    struct json_view grounds = {0};
    int basis = -1;
    if (!view.node)
        return PROV_OK;
    TRY(json_only_keys(view, keys, reading->err));
    TRY(json_get_array(view, "pipl_art13", JSON_OPTIONAL, &grounds, reading->err));
    TRY(join_texts(reading, grounds, ",", &source->pipl_art13));
    TRY(json_get_text(view, "gdpr_art6", JSON_OPTIONAL, &source->gdpr_art6, reading->err));
    TRY(json_get_choice(view, "copyright", JSON_OPTIONAL, bases, &basis, reading->err));
    source->copyright_basis = basis < 0 ? NULL : bases[basis];
    return PROV_OK;
}

static int
get_flag(struct json_view object, const char *key, int *flag, struct err *err)
{
    bool value = false;
    TRY(json_get_bool(object, key, JSON_OPTIONAL, &value, err));
    if (json_find(object, key).node)
        *flag = value;
    return PROV_OK;
}

static int
read_collection(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"method", "crawler", "urls",       "robots",
                                       "start",  "end",     "continuous", NULL};
    if (!view.node)
        return PROV_OK;
    TRY(json_only_keys(view, keys, reading->err));
    TRY(json_get_text(view, "method", JSON_OPTIONAL, &reading->source->collection_method, reading->err));
    return json_get_text(view, "robots", JSON_OPTIONAL, &reading->source->collection_robots, reading->err);
}

static int
read_contract(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"party", "uscc", "commitments_reviewed", "retain_until", NULL};
    if (!view.node)
        return PROV_OK;
    TRY(json_only_keys(view, keys, reading->err));
    TRY(json_get_text(view, "party", JSON_OPTIONAL, &reading->source->contract_party, reading->err));
    return get_flag(view, "commitments_reviewed", &reading->source->contract_reviewed, reading->err);
}

static int
read_user_data(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"service", "id_scheme", "terms_version", "opt_out_applied_at", NULL};
    struct source *source = reading->source;
    if (!view.node)
        return PROV_OK;
    TRY(json_only_keys(view, keys, reading->err));
    TRY(json_get_text(view, "service", JSON_OPTIONAL, &source->user_service, reading->err));
    TRY(json_get_text(view, "terms_version", JSON_OPTIONAL, &source->user_terms_version, reading->err));
    return json_get_text(view, "opt_out_applied_at", JSON_OPTIONAL, &source->user_opt_out_at, reading->err);
}

static int
read_synthetic(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"model", "version", "acquired", NULL};
    struct source *source = reading->source;
    if (!view.node)
        return PROV_OK;
    TRY(json_only_keys(view, keys, reading->err));
    TRY(json_get_text(view, "model", JSON_OPTIONAL, &source->synthetic_model, reading->err));
    TRY(json_get_text(view, "version", JSON_OPTIONAL, &source->synthetic_version, reading->err));
    return json_get_text(view, "acquired", JSON_OPTIONAL, &source->synthetic_acquired, reading->err);
}

static int
read_match(struct reading *reading, struct json_view group)
{
    struct json_view list = {0};
    struct source *source = reading->source;
    TRY(json_get_array(group, "match", JSON_REQUIRED, &list, reading->err));
    const char **match = arena_array(reading->arena, json_count(list) + 1, sizeof *match);
    if (!match)
        return err_set(reading->err, PROV_E_MEMORY, "out of memory");
    for (struct json_view view = json_first(list); view.node; view = json_next(view)) {
        TRY(json_text(view, &match[source->nmatch], reading->err));
        if (strlen(match[source->nmatch]) > PATH_GLOB_MAX)
            return json_fail(view, reading->err, "is longer than %d bytes", PATH_GLOB_MAX);
        source->nmatch++;
    }
    source->match = match;
    return PROV_OK;
}

/* A member that is an object, or no value. */
static int
part(struct reading *reading, struct json_view group, const char *key,
     int (*read)(struct reading *reading, struct json_view view))
{
    struct json_view view = {0};
    TRY(json_get_object(group, key, JSON_OPTIONAL, &view, reading->err));
    return read(reading, view);
}

static int
read_own_group(struct reading *reading, struct json_view group)
{
    static const char *const keys[] = {"match",
                                       "kind",
                                       "lawful_basis",
                                       "evidence",
                                       "collection",
                                       "contract",
                                       "user_data",
                                       "synthetic",
                                       "annotation",
                                       "likeness_consent",
                                       "guardian_consent",
                                       "grade",
                                       "audience_minors",
                                       "origin_is_foreign",
                                       "ip_lead",
                                       "complaints",
                                       NULL};
    struct source *source = reading->source;
    struct err *err = reading->err;
    int kind = -1;
    TRY(json_only_keys(group, keys, err));
    TRY(read_match(reading, group));
    TRY(json_get_choice(group, "kind", JSON_OPTIONAL, kinds, &kind, err));
    source->kind = kind < 0 ? NULL : kinds[kind];
    TRY(part(reading, group, "lawful_basis", read_lawful_basis));
    TRY(part(reading, group, "collection", read_collection));
    TRY(part(reading, group, "contract", read_contract));
    TRY(part(reading, group, "user_data", read_user_data));
    TRY(part(reading, group, "synthetic", read_synthetic));
    struct json_view evidence = {0};
    TRY(json_get_array(group, "evidence", JSON_OPTIONAL, &evidence, err));
    for (struct json_view view = json_first(evidence); view.node; view = json_next(view))
        TRY(read_evidence(reading, view));
    TRY(json_get_text(group, "likeness_consent", JSON_OPTIONAL, &source->likeness_consent, err));
    TRY(json_get_text(group, "guardian_consent", JSON_OPTIONAL, &source->guardian_consent, err));
    return get_flag(group, "origin_is_foreign", &source->is_foreign, err);
}

static int
read_source(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"source", "provenance", "use", "provscan", NULL};
    struct json_view own = {0};
    TRY(json_only_keys(view, keys, reading->err));
    reading->source->personal_declared = reading->source->contract_reviewed = reading->source->is_foreign =
        -1;
    TRY(part(reading, view, "source", read_source_group));
    TRY(part(reading, view, "provenance", read_provenance_group));
    TRY(part(reading, view, "use", read_use_group));
    TRY(json_get_object(view, "provscan", JSON_REQUIRED, &own, reading->err));
    return read_own_group(reading, own);
}

int
sources_open(struct json_file *file, struct sources *sources, struct err *err)
{
    *sources = (struct sources){.file = file};
    struct json_view root = json_root(file);
    TRY(json_expect(root, JSON_ARRAY, err));
    sources->sources = arena_array(&sources->arena, json_count(root) + 1, sizeof *sources->sources);
    if (!sources->sources)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    for (struct json_view view = json_first(root); view.node; view = json_next(view)) {
        struct reading reading = {
            .arena = &sources->arena, .source = &sources->sources[sources->nsources++], .err = err};
        TRY(read_source(&reading, view));
    }
    return PROV_OK;
}

void
sources_finish(struct sources *sources)
{
    json_close(sources->file);
    arena_finish(&sources->arena);
    *sources = (struct sources){0};
}

static bool
source_claims(const struct source *source, struct bytes path)
{
    for (size_t i = 0; i < source->nmatch; i++)
        if (path_glob_match(source->match[i], path))
            return true;
    return false;
}

uint32_t
sources_of(const struct sources *sources, struct bytes path, uint32_t *nmatches)
{
    uint32_t first = 0;
    *nmatches = 0;
    for (size_t i = 0; i < sources->nsources; i++)
        if (source_claims(&sources->sources[i], path) && ++*nmatches == 1)
            first = (uint32_t)(i + 1);
    return first;
}

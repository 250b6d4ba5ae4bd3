/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One source of a declaration.
 *
 *     { "source":     { version*, title*, id*, issuer*, description*, location },
 *       "provenance": { origin-geography*, date*, generation-method*, ... },
 *       "use":        { intended-purpose*, license, classification, ... },      * required by the standard
 *       "provscan":   { match, kind, lawful_basis, evidence, contract, ... } }
 *
 * Source: Data Provenance Standards 1.0.0 (OASIS DPS TC), its JSON schema.
 */
#include <string.h>

#include "base/path_glob.h"
#include "policy/pack.h"
#include "policy/sources.h"

static const char *const kinds[] = {"open",        "self-collected", "commercial", "user",
                                    "public-data", "synthetic",      NULL};
/* GB/T 43697: general data in four levels, important data, core data. */
static const char *const grades[] = {"general-1", "general-2", "general-3", "general-4",
                                     "important", "core",      NULL};
/* One source in the making. */
struct reading {
    struct buf missing; /**< names of required fields that are not there, each with ',' behind it */
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

/* The texts that one key has in the objects of a list, joined by ','. */
static int
join_members(struct reading *reading, struct json_view list, const char *key, const char **joined)
{
    struct buf out = {0};
    int status = PROV_OK;
    for (struct json_view view = json_first(list); view.node && status == PROV_OK; view = json_next(view)) {
        const char *text = NULL;
        status = json_get_text(view, key, JSON_REQUIRED, &text, reading->err);
        if (status == PROV_OK)
            status = buf_printf(&out, "%s%s", out.size ? "," : "", text);
    }
    if (status == PROV_OK && out.size && !(*joined = arena_text(reading->arena, buf_bytes(&out))))
        status = PROV_E_MEMORY;
    buf_finish(&out);
    return status == PROV_E_MEMORY ? err_set(reading->err, status, "out of memory") : status;
}

static int
join_list(struct reading *reading, struct json_view group, const char *list_key, const char *key,
          const char **joined)
{
    struct json_view list = {0};
    TRY(json_get_array(group, list_key, JSON_OPTIONAL, &list, reading->err));
    return join_members(reading, list, key, joined);
}

static int
get_day(struct reading *reading, struct json_view object, const char *key, const char **day)
{
    TRY(json_get_text(object, key, JSON_OPTIONAL, day, reading->err));
    if (*day && !pack_is_day(*day))
        return json_fail(json_find(object, key), reading->err, "'%s' is no day YYYY-MM-DD", *day);
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

/* Optional texts of one object: name of the key, where it goes. */
struct text_member {
    const char *key;
    const char **text;
};

static int
get_texts(struct reading *reading, struct json_view object, const struct text_member *members,
          size_t nmembers)
{
    for (size_t i = 0; i < nmembers; i++)
        TRY(json_get_text(object, members[i].key, JSON_OPTIONAL, members[i].text, reading->err));
    return PROV_OK;
}

#define GET_TEXTS(reading, object, members)                                                                  \
    get_texts(reading, object, members, sizeof(members) / sizeof(members)[0])

/* Count and note the names that the object lacks. */
static int
note_missing(struct reading *reading, const char *group, struct json_view object, const char *const *names)
{
    for (; *names; names++) {
        if (json_find(object, *names).node)
            continue;
        reading->source->missing_fields++;
        if (buf_printf(&reading->missing, "%s.%s,", group, *names) != PROV_OK)
            return err_set(reading->err, PROV_E_MEMORY, "out of memory");
    }
    return PROV_OK;
}

static int
read_source_group(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"version", "title", "id", "location", "issuer", "description", NULL};
    static const char *const required[] = {"version", "title", "id", "issuer", "description", NULL};
    if (view.node)
        TRY(json_only_keys(view, keys, reading->err));
    TRY(note_missing(reading, "source", view, required));
    struct source *source = reading->source;
    const struct text_member texts[] = {{"id", &source->id},
                                        {"title", &source->title},
                                        {"version", &source->version},
                                        {"location", &source->location}};
    TRY(GET_TEXTS(reading, view, texts));
    return join_list(reading, view, "issuer", "name", &source->issuer);
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
    TRY(note_missing(reading, "provenance", view, required));
    TRY(json_get_text(view, "date", JSON_OPTIONAL, &reading->source->provenance_date, reading->err));
    TRY(join_list(reading, view, "origin-geography", "country", &reading->source->countries));
    return join_list(reading, view, "generation-method", "code", &reading->source->methods);
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
    TRY(note_missing(reading, "use", view, required));
    struct json_view licenses = {0}, consents = {0}, measures = {0};
    TRY(json_get_array(view, "license", JSON_OPTIONAL, &licenses, reading->err));
    TRY(json_get_array(view, "consents", JSON_OPTIONAL, &consents, reading->err));
    TRY(json_get_array(view, "privacy-enhancing", JSON_OPTIONAL, &measures, reading->err));
    reading->source->consents = (unsigned)json_count(consents);
    reading->source->privacy_measures = (unsigned)json_count(measures);
    TRY(join_texts(reading, licenses, " AND ", &reading->source->license));
    TRY(join_list(reading, view, "intended-purpose", "code", &reading->source->purposes));
    return read_classification(reading, view);
}

static bool
is_sha256(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static int
read_evidence(struct reading *reading, struct json_view view, struct source_evidence *made)
{
    static const char *const keys[] = {"type",     "path",        "sha256",      "valid_from",
                                       "valid_to", "reviewed_by", "reviewed_at", NULL};
    struct source *source = reading->source;
    unsigned *const counts[EVIDENCE_TYPE_COUNT] = {
        &source->evidence_license, &source->evidence_contract,      &source->evidence_collection_record,
        &source->evidence_consent, &source->evidence_authorisation, &source->evidence_robots,
        &source->evidence_pia,     &source->evidence_ethics};
    const char *names[EVIDENCE_TYPE_COUNT + 1] = {NULL};
    int type = 0;
    for (int i = 0; i < EVIDENCE_TYPE_COUNT; i++)
        names[i] = evidence_type_name((enum evidence_type)i);
    TRY(json_only_keys(view, keys, reading->err));
    TRY(json_get_choice(view, "type", JSON_REQUIRED, names, &type, reading->err));
    TRY(json_get_text(view, "path", JSON_REQUIRED, &made->path, reading->err));
    TRY(json_get_text(view, "sha256", JSON_OPTIONAL, &made->sha256, reading->err));
    if (made->sha256 && !is_sha256(made->sha256))
        return json_fail(json_find(view, "sha256"), reading->err, "is no SHA-256 in lower-case hexadecimal");
    TRY(json_get_text(view, "reviewed_by", JSON_OPTIONAL, &made->reviewed_by, reading->err));
    TRY(get_day(reading, view, "reviewed_at", &made->reviewed_at));
    TRY(get_day(reading, view, "valid_from", &made->valid_from));
    TRY(get_day(reading, view, "valid_to", &made->valid_to));
    made->type = (enum evidence_type)type;
    ++*counts[type];
    source->evidence_unreviewed += !made->reviewed_by || !made->reviewed_at;
    source->evidence_unchecked++;
    const char *until = made->valid_to;
    if (until && (!source->evidence_valid_to || strcmp(until, source->evidence_valid_to) < 0))
        source->evidence_valid_to = until;
    return PROV_OK;
}

static int
read_evidence_list(struct reading *reading, struct json_view group)
{
    struct json_view list = {0};
    struct source *source = reading->source;
    TRY(json_get_array(group, "evidence", JSON_OPTIONAL, &list, reading->err));
    source->evidence = arena_array(reading->arena, json_count(list) + 1, sizeof *source->evidence);
    if (!source->evidence)
        return err_set(reading->err, PROV_E_MEMORY, "out of memory");
    for (struct json_view view = json_first(list); view.node; view = json_next(view))
        TRY(read_evidence(reading, view, &source->evidence[source->nevidence++]));
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
read_collection(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"method", "crawler", "urls",       "robots",
                                       "start",  "end",     "continuous", NULL};
    struct source *source = reading->source;
    if (!view.node)
        return PROV_OK;
    const struct text_member texts[] = {
        {"method", &source->collection_method},   {"robots", &source->collection_robots},
        {"crawler", &source->collection_crawler}, {"urls", &source->collection_urls},
        {"start", &source->collection_start},     {"end", &source->collection_end}};
    TRY(json_only_keys(view, keys, reading->err));
    return GET_TEXTS(reading, view, texts);
}

static int
read_contract(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"party", "uscc", "commitments_reviewed", "retain_until", NULL};
    if (!view.node)
        return PROV_OK;
    TRY(json_only_keys(view, keys, reading->err));
    TRY(json_get_text(view, "party", JSON_OPTIONAL, &reading->source->contract_party, reading->err));
    TRY(get_day(reading, view, "retain_until", &reading->source->contract_retain_until));
    return get_flag(view, "commitments_reviewed", &reading->source->contract_reviewed, reading->err);
}

static int
read_user_data(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"service", "id_scheme", "terms_version", "opt_out_applied_at", NULL};
    struct source *source = reading->source;
    if (!view.node)
        return PROV_OK;
    const struct text_member texts[] = {{"service", &source->user_service},
                                        {"id_scheme", &source->user_id_scheme},
                                        {"terms_version", &source->user_terms_version},
                                        {"opt_out_applied_at", &source->user_opt_out_at}};
    TRY(json_only_keys(view, keys, reading->err));
    return GET_TEXTS(reading, view, texts);
}

static int
read_synthetic(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"model", "version", "acquired", NULL};
    struct source *source = reading->source;
    if (!view.node)
        return PROV_OK;
    const struct text_member texts[] = {{"model", &source->synthetic_model},
                                        {"version", &source->synthetic_version},
                                        {"acquired", &source->synthetic_acquired}};
    TRY(json_only_keys(view, keys, reading->err));
    return GET_TEXTS(reading, view, texts);
}

static int
read_annotation(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"rules", "annotators_trained", "reviewers_separate", "sampled", NULL};
    struct source *source = reading->source;
    if (!view.node)
        return PROV_OK;
    TRY(json_only_keys(view, keys, reading->err));
    TRY(json_get_text(view, "rules", JSON_OPTIONAL, &source->annotation_rules, reading->err));
    TRY(get_flag(view, "annotators_trained", &source->annotators_trained, reading->err));
    TRY(get_flag(view, "reviewers_separate", &source->annotation_separate, reading->err));
    TRY(json_get_double(view, "sampled", JSON_OPTIONAL, &source->annotation_sampled, reading->err));
    if (json_find(view, "sampled").node && (source->annotation_sampled < 0 || source->annotation_sampled > 1))
        return json_fail(json_find(view, "sampled"), reading->err, "is a share, from 0 to 1");
    return PROV_OK;
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
                                       "ip_risk_record",
                                       "complaints",
                                       NULL};
    struct source *source = reading->source;
    struct err *err = reading->err;
    int kind = -1, grade = -1;
    TRY(json_only_keys(group, keys, err));
    TRY(read_match(reading, group));
    TRY(json_get_choice(group, "kind", JSON_OPTIONAL, kinds, &kind, err));
    source->kind = kind < 0 ? NULL : kinds[kind];
    TRY(part(reading, group, "lawful_basis", read_lawful_basis));
    TRY(part(reading, group, "collection", read_collection));
    TRY(part(reading, group, "contract", read_contract));
    TRY(part(reading, group, "user_data", read_user_data));
    TRY(part(reading, group, "synthetic", read_synthetic));
    TRY(part(reading, group, "annotation", read_annotation));
    TRY(read_evidence_list(reading, group));
    const struct text_member texts[] = {{"likeness_consent", &source->likeness_consent},
                                        {"guardian_consent", &source->guardian_consent},
                                        {"ip_lead", &source->ip_lead},
                                        {"ip_risk_record", &source->ip_risk_record},
                                        {"complaints", &source->complaints}};
    TRY(GET_TEXTS(reading, group, texts));
    TRY(json_get_choice(group, "grade", JSON_OPTIONAL, grades, &grade, err));
    source->grade = grade < 0 ? NULL : grades[grade];
    TRY(get_flag(group, "audience_minors", &source->audience_minors, err));
    return get_flag(group, "origin_is_foreign", &source->is_foreign, err);
}

void
source_init(struct source *source)
{
#define TEXT(name)
#define FLAG(name) .name = -1,
#define COUNT(name)
#define SHARE(name) .name = -1,
    *source = (struct source){
#include "policy/source.def"
    };
#undef TEXT
#undef FLAG
#undef COUNT
#undef SHARE
}

/* The groups of one element. */
static int
read_groups(struct reading *reading, struct json_view view)
{
    static const char *const keys[] = {"source", "provenance", "use", "provscan", NULL};
    struct json_view own = {0};
    TRY(json_only_keys(view, keys, reading->err));
    TRY(part(reading, view, "source", read_source_group));
    TRY(part(reading, view, "provenance", read_provenance_group));
    TRY(part(reading, view, "use", read_use_group));
    TRY(json_get_object(view, "provscan", JSON_REQUIRED, &own, reading->err));
    return read_own_group(reading, own);
}

int
source_read(struct json_view view, struct arena *arena, struct source *source, struct err *err)
{
    struct reading reading = {.arena = arena, .source = source, .err = err};
    int status = read_groups(&reading, view);
    if (status == PROV_OK && reading.missing.size) {
        struct bytes names = {reading.missing.data, reading.missing.size - 1};
        source->missing_names = arena_text(arena, names);
        if (!source->missing_names)
            status = err_set(err, PROV_E_MEMORY, "out of memory");
    }
    buf_finish(&reading.missing);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One detector out of its file. Whatever a detector may say is checked here, so that nothing is found wrong
 * when a scan is already running: keys, ranges, patterns, names of checks and lists.
 */
#include "policy/detector_read.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "base/shape.h"

enum {
    ID_BYTES_MAX = 96,
    WORD_BYTES_MAX = 64,
    WORDS_MAX = 2048,
    EXAMPLE_BYTES_MAX = 8192,
    SCORE_MAX = 30,
};

static int
no_memory(struct detector_reading *reading)
{
    return err_set(reading->err, PROV_E_MEMORY, "out of memory for detectors");
}

/* A copy of a member's text; *copy is left alone when an optional one is absent. */
static int
copy_text(struct detector_reading *reading, struct json_view object, const char *key, enum json_need need,
          const char **copy)
{
    const char *text = NULL;
    TRY(json_get_text(object, key, need, &text, reading->err));
    if (!text)
        return PROV_OK;
    *copy = arena_text(reading->arena, bytes_of(text));
    return *copy ? PROV_OK : no_memory(reading);
}

int
detector_read_strings(struct detector_reading *reading, struct json_view view, const char *const **strings,
                      size_t *nstrings)
{
    size_t count = json_count(view), at = 0;
    if (count == 0)
        return PROV_OK;
    const char **copies = arena_array(reading->arena, count, sizeof *copies);
    if (!copies)
        return no_memory(reading);
    for (struct json_view item = json_first(view); item.node; item = json_next(item)) {
        const char *text = NULL;
        TRY(json_text(item, &text, reading->err));
        if (*text == 0)
            return json_fail(item, reading->err, "an empty text");
        copies[at] = arena_text(reading->arena, bytes_of(text));
        if (!copies[at++])
            return no_memory(reading);
    }
    *strings = copies;
    *nstrings = count;
    return PROV_OK;
}

static int
read_choice(struct detector_reading *reading, struct json_view object, const char *key, enum json_need need,
            int (*find)(const char *name), int *value)
{
    const char *text = NULL;
    TRY(json_get_text(object, key, need, &text, reading->err));
    if (!text)
        return PROV_OK;
    *value = find(text);
    return *value >= 0 ? PROV_OK
                       : json_fail(json_find(object, key), reading->err, "unknown %s '%s'", key, text);
}

/* ---- words ---- */

struct words {
    const char *words[WORDS_MAX];
    size_t nwords;
};

static int
add_word(struct detector_reading *reading, struct json_view view, struct words *words)
{
    const char *text = NULL;
    TRY(json_text(view, &text, reading->err));
    size_t size = strlen(text);
    if (size == 0 || size > WORD_BYTES_MAX)
        return json_fail(view, reading->err, "a word of %zu bytes; 1 to %d are allowed", size,
                         WORD_BYTES_MAX);
    if (words->nwords == WORDS_MAX)
        return json_fail(view, reading->err, "more than %d words (policy.limit)", WORDS_MAX);
    for (size_t i = 0; i < words->nwords; i++)
        if (strcmp(words->words[i], text) == 0)
            return PROV_OK;
    words->words[words->nwords] = arena_text(reading->arena, bytes_of(text));
    return words->words[words->nwords++] ? PROV_OK : no_memory(reading);
}

/* {"en": ["tax id"], "zh": [...]} */
static int
add_words_by_language(struct detector_reading *reading, struct json_view object, struct words *words)
{
    for (struct json_view language = json_first(object); language.node; language = json_next(language)) {
        TRY(json_expect(language, JSON_ARRAY, reading->err));
        for (struct json_view word = json_first(language); word.node; word = json_next(word))
            TRY(add_word(reading, word, words));
    }
    return PROV_OK;
}

static int
add_named_lists(struct detector_reading *reading, struct json_view names, struct words *words)
{
    for (struct json_view name = json_first(names); name.node; name = json_next(name)) {
        const char *text = NULL;
        TRY(json_text(name, &text, reading->err));
        struct json_view list = json_find(reading->lists, text);
        if (!list.node)
            return json_fail(name, reading->err, "\"lists\" of this file has no '%s'", text);
        TRY(json_expect(list, JSON_OBJECT, reading->err));
        TRY(add_words_by_language(reading, list, words));
    }
    return PROV_OK;
}

/* Words given directly under key, and by name under lists_key. */
static int
read_words(struct detector_reading *reading, struct json_view object, const char *key, const char *lists_key,
           struct word_list *out)
{
    struct json_view direct = {0}, named = {0};
    struct words words = {.nwords = 0};
    TRY(json_get_object(object, key, JSON_OPTIONAL, &direct, reading->err));
    if (lists_key)
        TRY(json_get_array(object, lists_key, JSON_OPTIONAL, &named, reading->err));
    TRY(add_named_lists(reading, named, &words));
    TRY(add_words_by_language(reading, direct, &words));
    if (words.nwords == 0)
        return PROV_OK;
    const char **copies = arena_array(reading->arena, words.nwords, sizeof *copies);
    if (!copies)
        return no_memory(reading);
    memcpy(copies, words.words, words.nwords * sizeof *copies);
    *out = (struct word_list){.words = copies, .nwords = words.nwords};
    return PROV_OK;
}

static int
read_context(struct detector_reading *reading, struct json_view view, struct detector *detector)
{
    static const char *const keys[] = {"required",       "words",   "lists", "negative",
                                       "negative_lists", "columns", NULL};
    struct json_view context = {0}, columns = {0};
    TRY(json_get_object(view, "context", JSON_OPTIONAL, &context, reading->err));
    if (!context.node)
        return PROV_OK;
    TRY(json_only_keys(context, keys, reading->err));
    TRY(json_get_bool(context, "required", JSON_OPTIONAL, &detector->context_required, reading->err));
    TRY(read_words(reading, context, "words", "lists", &detector->context));
    TRY(read_words(reading, context, "negative", "negative_lists", &detector->negative));
    TRY(json_get_array(context, "columns", JSON_OPTIONAL, &columns, reading->err));
    TRY(detector_read_strings(reading, columns, &detector->columns.words, &detector->columns.nwords));
    if (detector->context_required && detector->context.nwords == 0)
        return json_fail(context, reading->err, "context is required, but there are no words");
    return PROV_OK;
}

/* ---- match ---- */

/* Patterns are parsed here only to be refused here; the scan parses them again. */
static int
check_patterns(struct detector_reading *reading, struct json_view view, bool caseless)
{
    for (struct json_view item = json_first(view); item.node; item = json_next(item)) {
        const char *text = NULL, *reason = NULL;
        struct shape *shapes = NULL;
        size_t nshapes = 0;
        struct arena arena = {0};
        TRY(json_text(item, &text, reading->err));
        int status = shape_parse(&arena, text, caseless, &shapes, &nshapes, &reason);
        if (status == PROV_E_POLICY)
            (void)json_fail(item, reading->err, "'%.200s': %s", text, reason);
        arena_finish(&arena);
        if (status != PROV_OK)
            return status == PROV_E_MEMORY ? no_memory(reading) : status;
    }
    return PROV_OK;
}

static int
read_plans(struct detector_reading *reading, struct json_view view, struct detector *detector)
{
    size_t count = json_count(view);
    struct phone_plan *plans = arena_array(reading->arena, count ? count : 1, sizeof *plans);
    if (!plans)
        return no_memory(reading);
    for (struct json_view plan = json_first(view); plan.node; plan = json_next(plan)) {
        const char *code = json_key(plan);
        size_t size = strlen(code);
        if (size == 0 || size > 3 || strspn(code, "0123456789") != size)
            return json_fail(plan, reading->err, "'%s' is no calling code", code);
        TRY(json_expect(plan, JSON_ARRAY, reading->err));
        TRY(check_patterns(reading, plan, false));
        struct phone_plan *made = &plans[detector->nplans++];
        made->code = arena_text(reading->arena, bytes_of(code));
        if (!made->code)
            return no_memory(reading);
        TRY(detector_read_strings(reading, plan, &made->shapes, &made->nshapes));
    }
    detector->plans = plans;
    return PROV_OK;
}

static bool
wants_patterns(enum detector_kind kind)
{
    return kind == MATCH_PATTERN || kind == MATCH_LABELLED;
}

static bool
wants_words(enum detector_kind kind)
{
    return kind == MATCH_LABELLED || kind == MATCH_ASSIGNMENT;
}

static int
read_match(struct detector_reading *reading, struct json_view view, struct detector *detector)
{
    static const char *const keys[] = {"kind", "patterns", "words", "plans", "caseless", NULL};
    struct json_view match = {0}, patterns = {0}, plans = {0};
    int kind = MATCH_PATTERN;
    TRY(json_get_object(view, "match", JSON_REQUIRED, &match, reading->err));
    TRY(json_only_keys(match, keys, reading->err));
    TRY(read_choice(reading, match, "kind", JSON_OPTIONAL, detector_kind_find, &kind));
    detector->kind = (enum detector_kind)kind;
    TRY(json_get_bool(match, "caseless", JSON_OPTIONAL, &detector->caseless, reading->err));
    TRY(json_get_array(match, "patterns", wants_patterns(detector->kind) ? JSON_REQUIRED : JSON_OPTIONAL,
                       &patterns, reading->err));
    if (wants_patterns(detector->kind) != (json_count(patterns) > 0))
        return json_fail(match, reading->err, "kind '%s' %s patterns", detector_kind_name(detector->kind),
                         wants_patterns(detector->kind) ? "wants" : "takes no");
    TRY(check_patterns(reading, patterns, detector->caseless));
    TRY(detector_read_strings(reading, patterns, &detector->patterns, &detector->npatterns));
    TRY(read_words(reading, match, "words", NULL, &detector->match_words));
    /* The words of an e-mail detector are the top-level domains there are; it can do without. */
    if (detector->kind != MATCH_EMAIL && wants_words(detector->kind) != (detector->match_words.nwords > 0))
        return json_fail(match, reading->err, "kind '%s' %s words", detector_kind_name(detector->kind),
                         wants_words(detector->kind) ? "wants" : "takes no");
    TRY(json_get_object(match, "plans", detector->kind == MATCH_PHONE ? JSON_REQUIRED : JSON_OPTIONAL, &plans,
                        reading->err));
    if (plans.node && detector->kind != MATCH_PHONE)
        return json_fail(plans, reading->err, "only kind 'phone' has plans");
    return plans.node ? read_plans(reading, plans, detector) : PROV_OK;
}

/* ---- the rest ---- */

static int
read_score(struct detector_reading *reading, struct json_view view, struct detector *detector)
{
    static const char *const keys[] = {"base", "context", "negative", "dense", "script", "format", NULL};
    const struct {
        const char *key;
        int16_t *place;
        double preset;
    } rows[] = {{"base", &detector->base, 1},
                {"context", &detector->context_bonus, 3},
                {"negative", &detector->negative_malus, 4},
                {"dense", &detector->dense_malus, 0},
                {"script", &detector->script_bonus, 0},
                {"format", &detector->format_bonus, 0}};
    struct json_view score = {0};
    TRY(json_get_object(view, "score", JSON_OPTIONAL, &score, reading->err));
    if (score.node)
        TRY(json_only_keys(score, keys, reading->err));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double value = rows[i].preset;
        if (score.node)
            TRY(json_get_double(score, rows[i].key, JSON_OPTIONAL, &value, reading->err));
        if (!(value >= -SCORE_MAX && value <= SCORE_MAX))
            return json_fail(json_find(score, rows[i].key), reading->err, "must lie between -%d and %d",
                             SCORE_MAX, SCORE_MAX);
        *rows[i].place = (int16_t)lround(value * 100);
    }
    return PROV_OK;
}

/* An example is a text, or a list of texts to be joined: so no file holds a whole secret. */
static int
read_example(struct detector_reading *reading, struct json_view view, struct detector_example *example)
{
    struct buf joined = {0};
    const char *text = NULL;
    int status = PROV_OK;
    bool list = json_type(view) == JSON_ARRAY;
    for (struct json_view part = list ? json_first(view) : view; part.node && status == PROV_OK;
         part = list ? json_next(part) : (struct json_view){0}) {
        status = json_text(part, &text, reading->err);
        if (status == PROV_OK)
            status = buf_append_text(&joined, text);
    }
    if (status == PROV_OK && (joined.size == 0 || joined.size > EXAMPLE_BYTES_MAX))
        status = json_fail(view, reading->err, "an example of %zu bytes; 1 to %d are allowed", joined.size,
                           EXAMPLE_BYTES_MAX);
    if (status == PROV_OK) {
        example->line = json_line(view);
        example->text = arena_bytes(reading->arena, buf_bytes(&joined));
        status = example->text.data ? PROV_OK : no_memory(reading);
    }
    buf_finish(&joined);
    return status;
}

static int
read_examples(struct detector_reading *reading, struct json_view view, const char *key,
              const struct detector_example **examples, size_t *nexamples)
{
    struct json_view list = {0};
    TRY(json_get_array(view, key, JSON_REQUIRED, &list, reading->err));
    if (json_count(list) == 0)
        return json_fail(list, reading->err, "at least one is wanted");
    struct detector_example *made = arena_array(reading->arena, json_count(list), sizeof *made);
    if (!made)
        return no_memory(reading);
    size_t count = 0;
    for (struct json_view item = json_first(list); item.node; item = json_next(item))
        TRY(read_example(reading, item, &made[count++]));
    *examples = made;
    *nexamples = count;
    return PROV_OK;
}

static int
read_derived(struct detector_reading *reading, struct json_view view, struct detector *detector)
{
    static const char *const keys[] = {"code", "age_below", NULL};
    struct json_view list = {0};
    TRY(json_get_array(view, "derive", JSON_OPTIONAL, &list, reading->err));
    struct detector_derived *made = arena_array(reading->arena, json_count(list) + 1, sizeof *made);
    if (!made)
        return no_memory(reading);
    for (struct json_view item = json_first(list); item.node; item = json_next(item)) {
        int64_t age = 0;
        TRY(json_only_keys(item, keys, reading->err));
        TRY(copy_text(reading, item, "code", JSON_REQUIRED, &made[detector->nderived].code));
        TRY(json_get_int(item, "age_below", JSON_REQUIRED, (struct json_range){1, 150}, &age, reading->err));
        made[detector->nderived++].age_below = (int)age;
    }
    detector->derived = made;
    return PROV_OK;
}

static int
read_measured(struct detector_reading *reading, struct json_view view, struct detector *detector)
{
    static const char *const keys[] = {"recall", "precision", "values", NULL};
    struct json_view measured = {0};
    double recall = -1, precision = -1;
    int64_t values = 0;
    TRY(json_get_object(view, "measured", JSON_OPTIONAL, &measured, reading->err));
    if (!measured.node)
        return PROV_OK;
    TRY(json_only_keys(measured, keys, reading->err));
    TRY(json_get_double(measured, "recall", JSON_REQUIRED, &recall, reading->err));
    TRY(json_get_double(measured, "precision", JSON_REQUIRED, &precision, reading->err));
    TRY(json_get_int(measured, "values", JSON_REQUIRED, (struct json_range){1, INT32_MAX}, &values,
                     reading->err));
    if (!(recall >= 0 && recall <= 1 && precision >= 0 && precision <= 1))
        return json_fail(measured, reading->err, "recall and precision lie between 0 and 1");
    detector->measured = (struct detector_measured){.values = (int)values,
                                                    .recall_permille = (int)lround(recall * 1000),
                                                    .precision_permille = (int)lround(precision * 1000)};
    return PROV_OK;
}

static int
read_titles(struct detector_reading *reading, struct json_view view, struct detector *detector)
{
    static const char *const keys[] = {"en", "zh", NULL};
    struct json_view title = {0};
    TRY(json_get_object(view, "title", JSON_REQUIRED, &title, reading->err));
    TRY(json_only_keys(title, keys, reading->err));
    TRY(copy_text(reading, title, "en", JSON_REQUIRED, &detector->title));
    return copy_text(reading, title, "zh", JSON_OPTIONAL, &detector->title_zh);
}

static int
read_id(struct detector_reading *reading, struct json_view view, struct detector *detector)
{
    TRY(copy_text(reading, view, "id", JSON_REQUIRED, &detector->id));
    size_t size = strlen(detector->id);
    if (size == 0 || size > ID_BYTES_MAX ||
        strspn(detector->id, "abcdefghijklmnopqrstuvwxyz0123456789_.") != size)
        return json_fail(json_find(view, "id"), reading->err,
                         "'%.100s': an id is 1 to %d of a-z, 0-9, '_' and '.'", detector->id, ID_BYTES_MAX);
    return PROV_OK;
}

/* "regions": ["CN", "HK"] as "CN HK". */
static int
read_regions(struct detector_reading *reading, struct json_view view, struct detector *detector)
{
    struct json_view list = {0};
    struct buf joined = {0};
    TRY(json_get_array(view, "regions", JSON_OPTIONAL, &list, reading->err));
    int status = PROV_OK;
    for (struct json_view item = json_first(list); item.node && status == PROV_OK; item = json_next(item)) {
        const char *text = NULL;
        status = json_text(item, &text, reading->err);
        if (status == PROV_OK && (strlen(text) != 2 || !isupper((unsigned char)text[0])))
            status = json_fail(item, reading->err, "'%s' is no ISO 3166 code of two letters", text);
        if (status == PROV_OK)
            status = buf_printf(&joined, "%s%s", joined.size ? " " : "", text);
    }
    detector->regions = status == PROV_OK ? arena_text(reading->arena, buf_bytes(&joined)) : NULL;
    buf_finish(&joined);
    return status != PROV_OK ? status : detector->regions ? PROV_OK : no_memory(reading);
}

static int
read_manner(struct detector_reading *reading, struct json_view view, struct detector *detector)
{
    int class_ = 0, severity = 0, evidence = EVIDENCE_SHAPE, boundary = BOUNDARY_NUMBER;
    int64_t min_report = LEVEL_POSSIBLE;
    struct json_view test_values = {0};
    TRY(read_choice(reading, view, "class", JSON_REQUIRED, detector_class_find, &class_));
    TRY(read_choice(reading, view, "severity", JSON_REQUIRED, detector_severity_find, &severity));
    TRY(read_choice(reading, view, "boundary", JSON_OPTIONAL, detector_boundary_find, &boundary));
    TRY(read_choice(reading, view, "evidence", JSON_OPTIONAL, detector_evidence_find, &evidence));
    TRY(json_get_int(view, "min_report", JSON_OPTIONAL,
                     (struct json_range){LEVEL_VERY_UNLIKELY, LEVEL_VERY_LIKELY}, &min_report, reading->err));
    TRY(copy_text(reading, view, "separators", JSON_OPTIONAL, &detector->separators));
    TRY(json_get_bool(view, "keep_case", JSON_OPTIONAL, &detector->keep_case, reading->err));
    TRY(json_get_array(view, "test_values", JSON_OPTIONAL, &test_values, reading->err));
    TRY(detector_read_strings(reading, test_values, &detector->test_values, &detector->ntest_values));
    detector->class_ = (enum detector_class)class_;
    detector->severity = (enum detector_severity)severity;
    detector->boundary = (enum detector_boundary)boundary;
    detector->evidence = (enum detector_evidence)evidence;
    detector->min_report = (uint8_t)min_report;
    return PROV_OK;
}

int
detector_read(struct detector_reading *reading, struct json_view view, struct detector *detector)
{
    static const char *const keys[] = {"id",         "title",       "class",    "severity",
                                       "regions",    "source",      "match",    "separators",
                                       "keep_case",  "boundary",    "checks",   "context",
                                       "score",      "evidence",    "examples", "counter_examples",
                                       "min_report", "test_values", "derive",   "note",
                                       "measured",   NULL};
    struct json_view checks = {0};
    const char *note = NULL;
    TRY(json_only_keys(view, keys, reading->err));
    *detector = (struct detector){.file = reading->file, .line = json_line(view), .separators = ""};
    TRY(read_id(reading, view, detector));
    TRY(read_titles(reading, view, detector));
    TRY(read_regions(reading, view, detector));
    TRY(copy_text(reading, view, "source", JSON_REQUIRED, &detector->source));
    TRY(json_get_text(view, "note", JSON_OPTIONAL, &note, reading->err));
    TRY(read_manner(reading, view, detector));
    TRY(read_match(reading, view, detector));
    TRY(json_get_array(view, "checks", JSON_OPTIONAL, &checks, reading->err));
    TRY(detector_read_checks(reading, checks, detector));
    TRY(read_context(reading, view, detector));
    TRY(read_score(reading, view, detector));
    TRY(read_derived(reading, view, detector));
    TRY(read_measured(reading, view, detector));
    TRY(read_examples(reading, view, "examples", &detector->examples, &detector->nexamples));
    return read_examples(reading, view, "counter_examples", &detector->counter_examples,
                         &detector->ncounter_examples);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the words of a store mean for the judge: codes of findings by the detectors of the policies, types by
 * what stands in their names.
 */
#include "policy/meaning.h"

#include <string.h>

#include "base/status.h"

static int
class_of(const struct detector_set *set, const char *code)
{
    const struct detector *detector = set ? detector_find(set, code) : NULL;
    if (detector && detector->class_ == DETECTOR_PERSON && detector->severity >= SEVERITY_HIGH)
        return MEANING_IDENTITY;
    if (detector)
        return (int)detector->class_;
    for (size_t i = 0; set && i < set->ndetectors; i++)
        for (size_t j = 0; j < set->detectors[i]->nderived; j++)
            if (strcmp(set->detectors[i]->derived[j].code, code) == 0)
                return set->detectors[i]->derived[j].age_below <= 14 ? MEANING_MINOR : MEANING_ADDITIONAL;
    return DETECTOR_PERSON;
}

int
meaning_of_code(struct meanings *meanings, const struct detector_set *set, const char *code, int *class)
{
    uint32_t number = intern_find(&meanings->codes, bytes_of(code));
    if (number == INTERN_NONE) {
        *class = class_of(set, code);
        if (meanings->codes.nnames == MEANINGS_MAX)
            return PROV_OK;
        TRY(intern_add(&meanings->codes, bytes_of(code), &number));
        meanings->classes[number] = *class;
    }
    *class = meanings->classes[number];
    return PROV_OK;
}

static bool
has_part(const char *type, const char *const *parts)
{
    for (; *parts; parts++)
        if (strstr(type, *parts))
            return true;
    return false;
}

/* What a MIME type tells. */
static unsigned
traits_of(const char *type)
{
    /* Files of records: a license found in one row says nothing about the next. */
    static const char *const records[] = {"jsonl", "ndjson",   "csv",    "tab-separated", "parquet", "arrow",
                                          "warc",  "tfrecord", "sqlite", "mbox",          NULL};
    static const char *const models[] = {"safetensors", "gguf",   "ggml",   "pytorch", "onnx",
                                         "keras",       "tflite", "pickle", NULL};
    return (has_part(type, records) ? TRAIT_RECORDS : 0) | (has_part(type, models) ? TRAIT_MODEL : 0) |
           (strncmp(type, "image/", 6) == 0 ? TRAIT_IMAGE : 0) |
           (strncmp(type, "audio/", 6) == 0 ? TRAIT_AUDIO : 0) |
           (strncmp(type, "video/", 6) == 0 ? TRAIT_VIDEO : 0);
}

int
meaning_of_type(struct meanings *meanings, struct bytes type, unsigned *traits)
{
    uint32_t number = intern_find(&meanings->types, type);
    if (number == INTERN_NONE) {
        if (meanings->types.nnames == MEANINGS_MAX)
            intern_finish(&meanings->types);
        TRY(intern_add(&meanings->types, type, &number));
        meanings->traits[number] = traits_of(intern_text(&meanings->types, number));
    }
    *traits = meanings->traits[number];
    return PROV_OK;
}

void
meanings_finish(struct meanings *meanings)
{
    intern_finish(&meanings->codes);
    intern_finish(&meanings->types);
}

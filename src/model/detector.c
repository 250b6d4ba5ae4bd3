/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vocabulary of detector files, from the lists in the header: names and enumerators cannot disagree.
 */
#include "model/detector.h"

#include <assert.h>
#include <string.h>

#define TEXT_ROW(name, text) text,
static const char *const class_names[] = {DETECTOR_CLASS_MAP(TEXT_ROW)};
static const char *const severity_names[] = {DETECTOR_SEVERITY_MAP(TEXT_ROW)};
static const char *const kind_names[] = {DETECTOR_KIND_MAP(TEXT_ROW)};
static const char *const boundary_names[] = {DETECTOR_BOUNDARY_MAP(TEXT_ROW)};
static const char *const evidence_names[] = {DETECTOR_EVIDENCE_MAP(TEXT_ROW)};
#undef TEXT_ROW

static const struct {
    const char *name;
    uint32_t allowed, required;
} checks[CHECK_KIND_COUNT] = {
#define CHECK_ROW(name, text, allowed, required) {text, allowed, required},
    CHECK_MAP(CHECK_ROW)
#undef CHECK_ROW
};

static int
find(const char *const *names, size_t nnames, const char *name)
{
    for (size_t i = 0; i < nnames; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

enum finding_level
detector_level(int score)
{
    static const int floors[] = {-100, 100, 300, 500};
    int level = LEVEL_VERY_UNLIKELY;
    for (size_t i = 0; i < sizeof floors / sizeof floors[0]; i++)
        level += score >= floors[i];
    return (enum finding_level)level;
}

const char *
detector_class_name(enum detector_class class_)
{
    assert(class_ < DETECTOR_CLASS_COUNT);
    return class_names[class_];
}

const char *
detector_severity_name(enum detector_severity severity)
{
    assert(severity < SEVERITY_COUNT);
    return severity_names[severity];
}

const char *
detector_kind_name(enum detector_kind kind)
{
    assert(kind < DETECTOR_KIND_COUNT);
    return kind_names[kind];
}

const char *
check_kind_name(enum check_kind kind)
{
    assert(kind < CHECK_KIND_COUNT);
    return checks[kind].name;
}

int
detector_class_find(const char *name)
{
    return find(class_names, DETECTOR_CLASS_COUNT, name);
}

int
detector_severity_find(const char *name)
{
    return find(severity_names, SEVERITY_COUNT, name);
}

int
detector_kind_find(const char *name)
{
    return find(kind_names, DETECTOR_KIND_COUNT, name);
}

int
detector_boundary_find(const char *name)
{
    return find(boundary_names, DETECTOR_BOUNDARY_COUNT, name);
}

int
detector_evidence_find(const char *name)
{
    return find(evidence_names, DETECTOR_EVIDENCE_COUNT, name);
}

int
check_kind_find(const char *name)
{
    for (int i = 0; i < CHECK_KIND_COUNT; i++)
        if (strcmp(checks[i].name, name) == 0)
            return i;
    return -1;
}

uint32_t
check_allowed(enum check_kind kind)
{
    assert(kind < CHECK_KIND_COUNT);
    return checks[kind].allowed;
}

uint32_t
check_required(enum check_kind kind)
{
    assert(kind < CHECK_KIND_COUNT);
    return checks[kind].required;
}

const struct detector *
detector_find(const struct detector_set *set, const char *id)
{
    for (size_t i = 0; i < set->ndetectors; i++)
        if (strcmp(set->detectors[i]->id, id) == 0)
            return set->detectors[i];
    return NULL;
}

/* Chance acceptance of one check in millionths; a million when it says nothing of randomness. */
static uint64_t
check_chance(const struct detector_check *check)
{
    enum { ALL = 1000000 };
    switch (check->kind) {
    case CHECK_KIND_LUHN:
    case CHECK_KIND_VERHOEFF:
    case CHECK_KIND_ISO7064:
    case CHECK_KIND_MRZ:
        return ALL / 10;
    case CHECK_KIND_WEIGHTED:
    case CHECK_KIND_NUMBER:
        return check->modulus > 1 ? ALL / (uint64_t)check->modulus : ALL;
    case CHECK_KIND_IBAN:
        return ALL / 97;
    case CHECK_KIND_CRC32_BASE62:
    case CHECK_KIND_CRC32_HEX:
    case CHECK_KIND_BASE58CHECK:
    case CHECK_KIND_BECH32:
    case CHECK_KIND_EIP55:
        return 1;
    default:
        return ALL;
    }
}

unsigned
detector_chance(const struct detector *detector)
{
    uint64_t chance = 1000000;
    for (size_t i = 0; i < detector->nchecks; i++)
        chance = chance * check_chance(&detector->checks[i]) / 1000000;
    return (unsigned)(chance / 1000);
}

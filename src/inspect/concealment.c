/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The concealment inspector: characters that no reader sees and that change what a text says to a program.
 * They split identifiers and keywords so that searches miss them, or carry hidden sentences to a model.
 *
 *     U+200B-200D, U+2060, U+FEFF    between two ASCII letters or digits ("pass<ZWSP>word")
 *     U+202D, U+202E                 writing direction overridden (CVE-2021-42574)
 *     U+E0000-E007F                  tags, unless they name the region of a flag (UTS #51, annex C)
 *     U+E0100-E01EF                  variation selectors, two or more in a row; one belongs to a Han
 * character
 *
 * All of them are also used as they are meant to be, joiners in Persian and in emoji, say; what is told is
 * only what has no such use. Detectors fold the first kind away before they look, so nothing hides from them.
 *
 * In UTF-8 they begin with E2, EF or F3: one look for each of these bytes, and ASCII passes at the speed of
 * memchr.
 */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "inspect/inspector.h"
#include "model/defect.h"

extern const struct inspector INSPECTOR_concealment;

enum kind { KIND_SPLIT, KIND_OVERRIDE, KIND_TAG, KIND_SELECTOR, KIND_COUNT };

struct sightings {
    uint64_t counts[KIND_COUNT];
    size_t first; /* position of the first; SIZE_MAX: none */
};

static bool
is_alnum(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

static void
note(struct sightings *sightings, enum kind kind, size_t position)
{
    sightings->counts[kind]++;
    if (position < sightings->first)
        sightings->first = position;
}

/* Three bytes: an invisible character; between letters or digits it splits a word. */
static bool
is_invisible(const uint8_t *at)
{
    return (at[0] == 0xE2 && at[1] == 0x80 && at[2] >= 0x8B && at[2] <= 0x8D) ||
           (at[0] == 0xE2 && at[1] == 0x81 && at[2] == 0xA0) ||
           (at[0] == 0xEF && at[1] == 0xBB && at[2] == 0xBF);
}

/* Look at three bytes that begin with E2 or EF. */
static void
look_at_three(const struct segment *segment, size_t position, struct sightings *sightings)
{
    size_t size = segment->before + segment->page + segment->after;
    const uint8_t *at = segment->text + position;
    if (size - position < 3)
        return;
    if (at[0] == 0xE2 && at[1] == 0x80 && (at[2] == 0xAD || at[2] == 0xAE))
        note(sightings, KIND_OVERRIDE, position);
    if (!is_invisible(at) || position == 0 || !is_alnum(at[-1]))
        return;
    /* Some more of them may follow; the run counts once. */
    size_t next = position + 3;
    while (size - next >= 3 && is_invisible(segment->text + next))
        next += 3;
    if (next < size && is_alnum(segment->text[next]))
        note(sightings, KIND_SPLIT, position);
}

/* Four bytes F3 A0 8x xx: a tag, a variation selector, or neither. */
static enum kind
kind_of_four(const uint8_t *at)
{
    if (at[0] != 0xF3 || at[1] != 0xA0)
        return KIND_COUNT;
    if (at[2] == 0x80 || at[2] == 0x81)
        return KIND_TAG;
    return at[2] >= 0x84 && (at[2] < 0x87 || (at[2] == 0x87 && at[3] <= 0xAF)) ? KIND_SELECTOR : KIND_COUNT;
}

/* Look at four bytes that begin with F3: at the first of a run, which counts once. */
static void
look_at_four(const struct segment *segment, size_t position, struct sightings *sightings)
{
    size_t size = segment->before + segment->page + segment->after;
    const uint8_t *at = segment->text + position;
    if (size - position < 4)
        return;
    enum kind kind = kind_of_four(at);
    bool is_first = position < 4 || kind_of_four(at - 4) != kind;
    if (kind == KIND_COUNT || !is_first)
        return;
    bool is_flag = position >= 4 && memcmp(at - 4, "\xF0\x9F\x8F\xB4", 4) == 0;
    bool is_run = size - position >= 8 && kind_of_four(at + 4) == KIND_SELECTOR;
    if (kind == KIND_TAG ? !is_flag : is_run)
        note(sightings, kind, position);
}

static void
look_for(const struct segment *segment, uint8_t lead, struct sightings *sightings)
{
    const uint8_t *begin = segment->text + segment->before, *end = begin + segment->page;
    for (const uint8_t *at = begin; at < end && (at = memchr(at, lead, (size_t)(end - at))) != NULL; at++) {
        size_t position = (size_t)(at - segment->text);
        if (lead == 0xF3)
            look_at_four(segment, position, sightings);
        else
            look_at_three(segment, position, sightings);
    }
}

static int
report(const struct segment *segment, const struct sightings *sightings, struct fact_list *out)
{
    static const char *const words[] = {"words split by invisible characters",
                                        "overrides of the writing direction", "runs of tag characters",
                                        "runs of variation selectors"};
    char text[LIMIT_DETAIL_BYTES];
    size_t size = 0;
    uint64_t count = 0;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        count += sightings->counts[kind];
        if (sightings->counts[kind])
            size += (size_t)snprintf(text + size, sizeof text - size, "%s%s", size ? ", " : "", words[kind]);
    }
    struct fact fact = {.kind = FACT_DEFECT,
                        .code = defect_code(DEFECT_TEXT_OBFUSCATED),
                        .offset = segment_offset(segment, sightings->first),
                        .count = count,
                        .evidence = {(const uint8_t *)text, size}};
    return count ? fact_list_add(out, &fact) : PROV_OK;
}

static int
inspect(const void *plan, void *scratch, const struct segment *segment, struct fact_list *out)
{
    (void)plan;
    (void)scratch;
    struct sightings sightings = {.first = SIZE_MAX};
    look_for(segment, 0xE2, &sightings);
    look_for(segment, 0xEF, &sightings);
    look_for(segment, 0xF3, &sightings);
    return sightings.first == SIZE_MAX ? PROV_OK : report(segment, &sightings, out);
}

const struct inspector INSPECTOR_concealment = {.name = "concealment", .segment = inspect};

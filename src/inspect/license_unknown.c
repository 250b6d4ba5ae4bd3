/* SPDX-License-Identifier: Apache-2.0 */
/*
 * License language of no known text: house licenses, end-user agreements, texts changed beyond recognition.
 *
 *     legal words         . l . . l l . l l . l . l . . l l l .
 *     window of 120       [-----------------]  enough of them, of enough kinds, and of all four sorts?
 *
 * A stretch is reported when in every window of it at least one word in eight is legal, of at least DISTINCT
 * kinds, and when the whole speaks of permission, of a license, of liability and of what is licensed; a
 * contract about pipes or a court decision lacks one of them. Stretches that a known license explains are not
 * reported.
 */
#include "base/status.h"
#include "inspect/license_scan.h"
#include "model/fact.h"

enum {
    WINDOW = 120,
    STEP = 20,
    LEGAL_MIN = 15,   /* of a window */
    DISTINCT_MIN = 9, /* kinds of legal words in a window */
    NEAR = 80,        /* tokens: a license named this near explains the language */
    TOKENS_MIN = 60,  /* shorter stretches are notices at best */
};

#define LEGAL (WORD_LEGAL | WORD_LEGAL_GRANT | WORD_LEGAL_LICENSE | WORD_LEGAL_LIABILITY)

/* Legal words in tokens that no text or tag covers. */
static uint32_t
count_legal(const struct license_scan *scan, uint32_t first, uint32_t end)
{
    uint32_t nlegal = 0;
    for (uint32_t i = first; i < end; i++)
        nlegal += (license_scan_classes(scan, i) & LEGAL) != 0 && scan->cover[i] == 0;
    return nlegal;
}

/* Are there enough kinds of legal words in the window? */
static bool
has_kinds(const struct license_scan *scan, uint32_t first, uint32_t end)
{
    uint64_t kinds = 0;
    for (uint32_t i = first; i < end; i++)
        if (license_scan_classes(scan, i) & LEGAL)
            kinds |= (uint64_t)1 << (scan->tokens.tokens[i].hash & 63);
    return __builtin_popcountll(kinds) >= DISTINCT_MIN;
}

/* Does the stretch speak of all that a license speaks of? */
static bool
is_license(const struct license_scan *scan, uint32_t first, uint32_t end)
{
    static const uint64_t wanted[] = {WORD_LEGAL_GRANT, WORD_LEGAL_LICENSE, WORD_LEGAL_LIABILITY,
                                      WORD_LEGAL_OBJECT};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        bool said = false;
        for (uint32_t j = first; j < end && !said; j++)
            said = license_scan_classes(scan, j) & wanted[i];
        if (!said)
            return false;
    }
    return end - first >= TOKENS_MIN;
}

/* Is there a license in or near the stretch? */
static bool
is_explained(const struct license_scan *scan, uint32_t first, uint32_t end)
{
    for (size_t i = 0; i < scan->nevidence; i++) {
        const struct license_evidence *evidence = &scan->evidence[i];
        bool license = evidence->kind != EVIDENCE_COPYRIGHT && evidence->kind != EVIDENCE_RESERVATION;
        if (license && evidence->first < end + NEAR && evidence->end + NEAR > first)
            return true;
    }
    return false;
}

static void
report(struct license_scan *scan, uint32_t first, uint32_t end)
{
    while (first < end && !(license_scan_classes(scan, first) & LEGAL))
        first++;
    while (end > first && !(license_scan_classes(scan, end - 1) & LEGAL))
        end--;
    if (!is_license(scan, first, end) || is_explained(scan, first, end))
        return;
    const struct license_token *tokens = scan->tokens.tokens, *last = &tokens[end - 1];
    license_scan_add(scan,
                     (struct license_evidence){.kind = EVIDENCE_UNKNOWN,
                                               .level = LICENSE_UNKNOWN,
                                               .code = "LicenseRef-unknown-license",
                                               .first = first,
                                               .end = end,
                                               .offset = tokens[first].offset,
                                               .length = last->offset + last->length - tokens[first].offset});
}

static uint32_t
bounded(uint32_t token, uint32_t ntokens)
{
    return token < ntokens ? token : ntokens;
}

int
license_unknown_find(struct license_scan *scan)
{
    uint32_t ntokens = (uint32_t)scan->tokens.ntokens, start = 0,
             end = 0;                                                 /* of the stretch; start == end: none */
    uint32_t nlegal = count_legal(scan, 0, bounded(WINDOW, ntokens)); /* in the window */
    for (uint32_t first = 0; first < ntokens; first += STEP) {
        uint32_t stop = bounded(first + WINDOW, ntokens);
        if (stop - first < TOKENS_MIN && start == end)
            break;
        if (nlegal * WINDOW >= LEGAL_MIN * (stop - first) && has_kinds(scan, first, stop)) {
            start = start == end ? first : start;
            end = stop;
        } else if (start < end && first >= end) {
            report(scan, start, end);
            start = end = 0;
        }
        nlegal -= count_legal(scan, first, bounded(first + STEP, ntokens));
        nlegal += count_legal(scan, stop, bounded(stop + STEP, ntokens));
    }
    if (start < end)
        report(scan, start, end);
    return PROV_OK;
}

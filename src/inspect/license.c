/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The license inspector: which licenses a text states, carries or talks about, and who claims copyright.
 *
 *     segment -> gate (one pass of literals) -> windows -> scan (license_scan.c) -> facts
 *
 * Facts and their levels:
 *     tag, metadata field    LICENSE_TAG         "SPDX-License-Identifier: MIT"
 *     text                   LICENSE_TEXT        0.99 and up of a known text, no decisive word missing
 *                            LICENSE_MODIFIED    0.90 and up;   LICENSE_RESEMBLES  0.60 and up
 *     notice, name, URL      LICENSE_REFERENCE   applied: "licensed under the MIT license"
 *                            LICENSE_MENTION     only talked about
 *     rights reserved        LICENSE_RESERVATION where nothing in the same text grants any
 *     copyright notice       FACT_COPYRIGHT      the line itself
 *
 * Segments: items of up to a page are searched whole, and then no border matters. In larger ones evidence
 * belongs to the segment in whose page it begins. A license text that begins in the page and runs out of the
 * margin is judged by what is there (4 KiB at least, about 600 words); the rest of it, seen at the start of
 * the next segment, is left out. What one piece of evidence does to another ("or later", lists, reservations)
 * is worked out within a segment only.
 */
#include "inspect/license.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "inspect/inspector.h"
#include "inspect/license_gate.h"
#include "inspect/license_scan.h"
#include "model/rows.h"

struct license_plan {
    struct license_index index;
    struct license_lexicon *lexicon;
    struct license_words words;
    struct license_cues cues;
    struct license_gate *gate;
};

struct license_scratch {
    struct license_scan scan;
    struct license_gate_scratch *gate;
};

extern const struct inspector INSPECTOR_license;

static void
plan_destroy(void *plan)
{
    struct license_plan *made = plan;
    if (!made)
        return;
    license_gate_close(made->gate);
    license_lexicon_close(made->lexicon);
    license_index_close(&made->index);
    free(made);
}

static int
open_parts(struct license_plan *plan, const struct inspect_config *config, struct err *err)
{
    char index[4096], terms[4096];
    int index_size = snprintf(index, sizeof index, "%s/licenses/spdx.pfi", config->policy_dir);
    int terms_size = snprintf(terms, sizeof terms, "%s/licenses/terms.json", config->policy_dir);
    if (index_size < 0 || (size_t)index_size >= sizeof index || terms_size < 0 ||
        (size_t)terms_size >= sizeof terms)
        return err_set(err, PROV_E_USAGE, "%s: the path is too long", config->policy_dir);
    TRY(license_words_init(&plan->words));
    TRY(license_cues_init(&plan->cues, &plan->words));
    TRY(license_index_open(index, &plan->index, err));
    TRY(license_lexicon_open(&plan->index, terms, &plan->lexicon, err));
    return license_gate_open(config->cache_dir, &plan->gate, err);
}

static int
plan_create(const struct inspect_config *config, void **plan, struct err *err)
{
    struct license_plan *made = calloc(1, sizeof *made);
    if (!made)
        return err_set(err, PROV_E_MEMORY, "licenses: out of memory");
    int status = open_parts(made, config, err);
    if (status != PROV_OK)
        plan_destroy(made);
    else
        *plan = made;
    return status;
}

static void
scratch_destroy(void *scratch)
{
    struct license_scratch *made = scratch;
    if (!made)
        return;
    license_gate_scratch_destroy(made->gate);
    license_scan_finish(&made->scan);
    free(made);
}

static int
scratch_create(const void *plan, void **scratch, struct err *err)
{
    const struct license_plan *license = plan;
    struct license_scratch *made = calloc(1, sizeof *made);
    int status = made ? license_scan_init(&made->scan, &license->index, license->lexicon, &license->words,
                                          &license->cues)
                      : PROV_E_MEMORY;
    if (status == PROV_OK)
        status = license_gate_scratch_create(license->gate, &made->gate);
    if (status != PROV_OK) {
        scratch_destroy(made);
        return err_set(err, status, "licenses: out of memory");
    }
    *scratch = made;
    return PROV_OK;
}

/* Append text with runs of white space and comment leaders as one space, valid UTF-8, within the bound. */
static size_t
collapse(struct bytes text, char out[LIMIT_EVIDENCE_BYTES])
{
    size_t size = 0, at = 0;
    while (at < text.size && size + UTF8_SIZE_MAX < LIMIT_EVIDENCE_BYTES) {
        uint32_t code = 0;
        size_t length = utf8_decode(text.data + at, text.size - at, &code);
        bool space = length == 1 && (text.data[at] <= ' ' || text.data[at] == 0x7f);
        if (length == 0) {
            length = utf8_malformed_size(text.data + at, text.size - at);
            size += utf8_encode(UTF8_REPLACEMENT, (uint8_t *)out + size);
        } else if (!space) {
            memcpy(out + size, text.data + at, length);
            size += length;
        } else if (size && out[size - 1] != ' ') {
            out[size++] = ' ';
        }
        at += length;
        /* A line of a comment begins with leaders that are no words of the statement. */
        if (space && text.data[at - 1] == '\n')
            while (at < text.size && strchr(" \t*#/;%-", text.data[at]) && text.data[at])
                at++;
    }
    while (size && out[size - 1] == ' ')
        size--;
    return size;
}

static size_t
describe(const struct license_scan *scan, const struct license_evidence *evidence,
         char out[LIMIT_EVIDENCE_BYTES])
{
    if (evidence->kind == EVIDENCE_TEXT) {
        int size = snprintf(
            out, LIMIT_EVIDENCE_BYTES, "text, %u.%02u %% alike, %u words missing, %u inserted",
            evidence->similarity / 100u, evidence->similarity % 100u, evidence->nmissing, evidence->nforeign);
        return size > 0 ? (size_t)size : 0;
    }
    return collapse((struct bytes){.data = scan->text.data + evidence->offset, .size = evidence->length},
                    out);
}

/* Does a text lie at the start of a segment that began in the segment before? */
static bool
is_continued(const struct license_evidence *evidence, const struct segment *segment)
{
    return !segment->first && evidence->kind == EVIDENCE_TEXT && evidence->first < 8 &&
           evidence->nmissing > 0;
}

static int
report(const struct license_scan *scan, const struct segment *segment, struct fact_list *out)
{
    for (size_t i = 0; i < scan->nevidence; i++) {
        const struct license_evidence *evidence = &scan->evidence[i];
        if (evidence->offset < segment->before || evidence->offset >= segment->before + segment->page ||
            is_continued(evidence, segment))
            continue;
        char words[LIMIT_EVIDENCE_BYTES];
        size_t size = describe(scan, evidence, words);
        uint64_t start = segment_offset(segment, evidence->offset);
        size_t end = (size_t)evidence->offset + evidence->length;
        struct row_place place = row_table_find(segment->rows, scan->text, evidence->offset, end);
        const struct fact fact = {
            .kind = evidence->kind == EVIDENCE_COPYRIGHT ? FACT_COPYRIGHT : FACT_LICENSE,
            .level = evidence->level,
            .score = (int16_t)(evidence->similarity / 100),
            .code = evidence->code,
            .offset = start,
            .length = segment_offset(segment, end) - start,
            .row = place.row,
            .evidence = {.data = (const uint8_t *)words, .size = size}};
        TRY(fact_list_add(out, &fact));
    }
    return PROV_OK;
}

static bool
holds_rows(const char *type)
{
    static const char *const words[] = {"json", "csv", "tab-separated", "tsv", "warc"};
    for (size_t i = 0; type && i < sizeof words / sizeof words[0]; i++)
        if (strstr(type, words[i]))
            return true;
    return false;
}

static int
inspect_segment(const void *plan, void *scratch, const struct segment *segment, struct fact_list *out)
{
    const struct license_plan *license = plan;
    struct license_scratch *mine = scratch;
    struct bytes text = {.data = segment->text, .size = segment->before + segment->page + segment->after};
    const struct license_range *ranges = NULL;
    size_t nranges = 0;
    if (text.size == 0)
        return PROV_OK;
    TRY(license_gate_find(license->gate, mine->gate, text, &ranges, &nranges));
    if (nranges == 0)
        return PROV_OK;
    mine->scan.holds_rows = holds_rows(segment->type);
    TRY(license_scan_run(&mine->scan, text, ranges, nranges, !segment->last));
    return report(&mine->scan, segment, out);
}

const struct inspector INSPECTOR_license = {
    .name = "license",
    .plan_create = plan_create,
    .plan_destroy = plan_destroy,
    .scratch_create = scratch_create,
    .scratch_destroy = scratch_destroy,
    .segment = inspect_segment,
};

const char *
license_release(const void *plan)
{
    return ((const struct license_plan *)plan)->index.release;
}

/* The text that begins at a byte, found again. */
static const struct license_text *
text_at(const struct license_scan *scan, const struct license_text *texts, size_t ntexts, uint64_t offset)
{
    for (size_t i = 0; i < ntexts; i++)
        if (scan->tokens.tokens[texts[i].alignment.query_first].offset == offset)
            return &texts[i];
    return NULL;
}

int
license_differences(const void *plan, void *scratch, struct bytes text, uint64_t offset,
                    struct license_differences *differences)
{
    struct license_scan *scan = &((struct license_scratch *)scratch)->scan;
    const struct license_text *texts = NULL;
    size_t ntexts = 0;
    (void)plan;
    TRY(license_tokenize(text, &scan->tokens));
    TRY(license_finder_run(scan->finder, &scan->tokens, false, &texts, &ntexts));
    const struct license_text *found = text_at(scan, texts, ntexts, offset);
    if (!found)
        return PROV_E_DATA;
    return license_finder_explain(scan->finder, &scan->tokens, found, differences);
}

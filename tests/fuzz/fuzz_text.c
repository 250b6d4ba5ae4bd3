/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detection, decoding and cutting of text. Input: one byte that picks an encoding (or, from 0x40 on, leaves it
 * to detection) and the size of pages, then the stored bytes.
 *
 * What must hold for any bytes: the pages that text_cut makes decode to what the whole decodes to, with the
 * same places and as many faults; decoded text is valid UTF-8 where it was decoded at all; places ascend.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "inspect/text.h"
#include "inspect/text_encoding.h"
#include "inspect/text_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct text_decoder *decoder;

static uint64_t
count_facts(const struct fact_list *facts)
{
    uint64_t count = 0;
    for (size_t i = 0; i < facts->nfacts; i++)
        count += facts->facts[i].count;
    return count;
}

static void
check_places(const struct segment *segment, struct bytes stored)
{
    uint64_t before = segment->offset;
    for (size_t i = 0; i <= segment->before + segment->page + segment->after; i++) {
        uint64_t place = segment_offset(segment, i);
        if (place < before || place > stored.size)
            abort();
        before = place;
    }
}

/* Decode page by page and compare with the whole. */
static void
check_pages(const char *encoding, struct bytes stored, const struct segment *whole, const uint64_t *places, size_t page)
{
    enum { CONTEXT = 16, MARGIN = 24 };
    struct fact_list facts = {0};
    size_t done = 0;
    for (size_t at = 0; at < stored.size;) {
        size_t cut = text_cut(encoding, stored.data + at, stored.size - at, page);
        size_t before = at < CONTEXT ? at : CONTEXT;
        if (cut == 0 || cut > page || cut > stored.size - at)
            abort();
        size_t after = stored.size - at - cut < MARGIN ? stored.size - at - cut : MARGIN;
        struct stored_segment part = {.data = stored.data + at - before, .before = before, .page = cut, .after = after,
                                      .offset = at - before, .first = at == 0, .last = at + cut == stored.size};
        struct segment segment = {0};
        if (text_decode(decoder, encoding, &part, &segment, &facts) != PROV_OK)
            abort();
        if (segment.page > whole->page - done || memcmp(segment.text + segment.before, whole->text + done, segment.page) != 0)
            abort();
        for (size_t i = 0; i < segment.page; i++)
            if (segment_offset(&segment, segment.before + i) != places[done + i])
                abort();
        done += segment.page;
        at += cut;
    }
    if (done != whole->page || count_facts(&facts) != places[whole->page + 1])
        abort();
    fact_list_finish(&facts);
}

/* The whole, copied: the decoder's buffers are used again for the pages. places: of all bytes, and the faults. */
static void
check_encoding(const char *encoding, struct bytes stored, size_t page)
{
    enum text_shape shape = TEXT_ENCODINGS[text_encoding_find(encoding)].shape;
    bool stateful = shape == TEXT_ISO_2022 || shape == TEXT_HZ || shape == TEXT_UTF7;
    struct stored_segment all = {.data = stored.data, .page = stored.size, .first = true, .last = true};
    struct segment segment = {0};
    struct fact_list facts = {0};
    if (text_decode(decoder, encoding, &all, &segment, &facts) != PROV_OK)
        abort();
    struct text_scan scan;
    text_scan((struct bytes){.data = segment.text, .size = segment.page}, &scan);
    if (shape != TEXT_UTF8 && (scan.nmalformed || scan.ntail || segment.page > 3 * stored.size))
        abort();
    check_places(&segment, stored);
    uint64_t *places = calloc(segment.page + 2, sizeof *places);
    uint8_t *copy = malloc(segment.page + 1);
    if (!places || !copy)
        abort();
    memcpy(copy, segment.text, segment.page);
    for (size_t i = 0; i <= segment.page; i++)
        places[i] = segment_offset(&segment, i);
    places[segment.page + 1] = count_facts(&facts);
    fact_list_finish(&facts);
    segment.text = copy;
    /* Without a line end a stateful encoding may have to be cut where nothing is certain. */
    if (!stateful)
        check_pages(encoding, stored, &segment, places, page);
    free(places);
    free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!decoder)
        decoder = text_create();
    if (!decoder)
        abort();
    if (size == 0)
        return 0;
    struct bytes stored = {.data = data + 1, .size = size - 1};
    struct text_scan vector, scalar;
    text_scan(stored, &vector);
    text_scan_scalar(stored, &scalar);
    if (memcmp(&vector, &scalar, sizeof vector) != 0)
        abort();
    const char *encoding = data[0] < TEXT_ENCODING_COUNT ? TEXT_ENCODINGS[data[0]].name : text_detect(stored, true);
    if (encoding)
        check_encoding(encoding, stored, 8 + data[0] % 32u);
    return 0;
}

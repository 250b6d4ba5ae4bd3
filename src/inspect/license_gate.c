/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass of literals that lets text without license words go by at the speed of memory, and cuts the
 * rest down to windows.
 *
 *     ......licen.............copyright......................(end)
 *        [--before | after ----------------]                        one range
 *
 * A window reaches BEFORE bytes back and AFTER bytes on from a hit, to line ends where there are some near;
 * what touches is one. Texts of licenses hit every few lines, so that they are always inside one range. Texts
 * up to WHOLE bytes are looked at as a whole once anything hits: cheap, and file-level reasoning sees all.
 *
 * Which literals: every text and notice of the SPDX list holds one (a test says so), as do the names and
 * hosts that are used without the word "license" beside them.
 */
#include "inspect/license_gate.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/multi_match.h"

enum { BEFORE = 2048, AFTER = 4096, WHOLE = 16384, LINE_SLACK = 256 };

static const char *const literals[] = {
    /* words */
    "licen",
    "lizen",
    "copyright",
    "copyleft",
    "spdx-",
    "public domain",
    "public-domain",
    "permission",
    "redistribut",
    "rights reserved",
    "rightsinfo",
    "rightsuri",
    ".rights",
    ":rights",
    "rechte vorbehalten",
    "droits r\xc3\xa9serv",
    "derechos reservados",
    "direitos reservados",
    "diritti riservati",
    "warrant",
    "unauthorized copying",
    "unauthorised copying",
    "proprietary and confidential",
    "confidential and proprietary",
    "may not be reproduced",
    "attribution",
    "terms of use",
    "terms of service",
    "terms and conditions",
    "same terms as",
    "research purposes",
    "research use",
    "academic use",
    "commercial use",
    "commercial purpose",
    "kommerziell",
    "\xc2\xa9",
    "(c) 19",
    "(c) 20",
    "copr.",
    /* names */
    "gpl",
    "gnu fdl",
    "gfdl",
    "mozilla public",
    "apache-2",
    "apache 2",
    "creative commons",
    "creativecommons",
    "cc-by",
    "cc by",
    "cc0",
    "cc 0",
    "mit style",
    "mit/x11",
    "bsd-",
    "bsd style",
    "wtfpl",
    "beerware",
    "beer-ware",
    "openrail",
    "rail-m",
    "odc-by",
    "odbl",
    "pddl",
    "cdla",
    "c-uda",
    "o-uda",
    "odc attribution",
    "epl-",
    "mpl-",
    "mpl 2",
    "artistic-",
    "artistic 2",
    "classpath",
    "linking exception",
    "runtime library exception",
    "datenlizenz",
    "licence ouverte",
    "unlicense",
    "expat",
    "zlib/libpng",
    "ofl",
    "dataset agreement",
    /* hosts */
    "opensource.org",
    "opendatacommons.org",
    "choosealicense.com",
    "gnu.org/",
    "/licenses/",
    "llama.com",
    "ai.google.dev/gemma",
    "mit-license.org",
    /* Chinese, Japanese */
    "许可",
    "許可",
    "授权",
    "授權",
    "版权",
    "版權",
    "著作权",
    "著作權",
    "著作権",
    "ライセンス",
    "转载",
    "轉載",
    "転載",
    "保留所有",
    "保留一切",
    "禁止商",
    "商业用途",
    "商業用途",
    "商用利用",
    "知识共享",
    "创用",
    "創用",
    "无断",
    "無断",
    "研究使用",
    "学术研究",
    "研究用途",
    "研究目的",
    "署名",
    "mit协议",
    "mit 协议",
    "mit協議",
    "bsd协议",
    "开源协议",
    "非商业",
    "非商業",
    "非営利",
    "非商用",
    "\\u8bb8\\u53ef",
    "\\u8a31\\u53ef",
    "\\u6388\\u6743",
    "\\u6388\\u6b0a",
    "\\u7248\\u6743",
    "\\u7248\\u6b0a",
    "\\u8457\\u4f5c",
    "\\u30e9\\u30a4\\u30bb\\u30f3",
    "\\u77e5\\u8bc6\\u5171\\u4eab",
    "\\u8f6c\\u8f7d",
    "\\u8f49\\u8f09",
    "\\u7981\\u6b62\\u5546",
    "\\u00a9",
    /* other languages */
    "cecill",
    "fins de recherche",
    "la recherche uniquement",
    "\xc3\xa0 la recherche",
    "uso no comercial",
    "fines de investigaci",
    "uso n\xc3\xa3o comercial",
    "forschungszweck",
    "usage non commercial",
    /* English */
    "non-commercial",
    "noncommercial",
    "academic research",
    "academic purpose",
    "clarin",
    "ldc user",
};

struct license_gate {
    struct multi_match *match;
};

struct license_gate_scratch {
    struct multi_scratch *scratch;
    struct license_range *ranges;
    size_t nranges;
    struct bytes text;
};

int
license_gate_open(const char *cache_dir, struct license_gate **gate, struct err *err)
{
    enum { NLITERALS = sizeof literals / sizeof literals[0] };
    struct multi_pattern patterns[NLITERALS];
    struct license_gate *made = calloc(1, sizeof *made);
    if (!made)
        return err_set(err, PROV_E_MEMORY, "license gate: out of memory");
    for (size_t i = 0; i < NLITERALS; i++)
        patterns[i] = (struct multi_pattern){
            .text = bytes_of(literals[i]), .id = (uint32_t)i, .flags = MULTI_LITERAL | MULTI_CASELESS};
    int status = multi_match_create(patterns, NLITERALS, cache_dir, &made->match, err);
    if (status != PROV_OK)
        free(made);
    else
        *gate = made;
    return status;
}

void
license_gate_close(struct license_gate *gate)
{
    if (gate)
        multi_match_destroy(gate->match);
    free(gate);
}

int
license_gate_scratch_create(const struct license_gate *gate, struct license_gate_scratch **scratch)
{
    struct license_gate_scratch *made = calloc(1, sizeof *made);
    if (!made)
        return PROV_E_MEMORY;
    made->ranges = calloc(GATE_RANGES_MAX, sizeof *made->ranges);
    int status = made->ranges ? multi_scratch_create(gate->match, &made->scratch) : PROV_E_MEMORY;
    if (status != PROV_OK)
        license_gate_scratch_destroy(made);
    else
        *scratch = made;
    return status;
}

void
license_gate_scratch_destroy(struct license_gate_scratch *scratch)
{
    if (!scratch)
        return;
    multi_scratch_destroy(scratch->scratch);
    free(scratch->ranges);
    free(scratch);
}

/* Hits come in order, so that a new window joins the last one or opens the next. */
static int
take_hit(uint32_t id, size_t end, void *context)
{
    (void)id;
    struct license_gate_scratch *scratch = context;
    size_t start = end > BEFORE ? end - BEFORE : 0;
    size_t stop = scratch->text.size - end > AFTER ? end + AFTER : scratch->text.size;
    if (scratch->nranges && start <= scratch->ranges[scratch->nranges - 1].end) {
        scratch->ranges[scratch->nranges - 1].end = stop;
        return 0;
    }
    scratch->ranges[scratch->nranges++] = (struct license_range){.start = start, .end = stop};
    /* The last range there is room for takes the rest of the text. */
    if (scratch->nranges == GATE_RANGES_MAX) {
        scratch->ranges[scratch->nranges - 1].end = scratch->text.size;
        return 1;
    }
    return 0;
}

/* Move the borders of ranges to line ends if there are some near; words are not cut where it can be helped.
 */
static void
widen_to_lines(struct license_gate_scratch *scratch)
{
    struct bytes text = scratch->text;
    size_t floor = 0;
    for (size_t i = 0; i < scratch->nranges; i++) {
        struct license_range *range = &scratch->ranges[i];
        size_t ceiling = i + 1 < scratch->nranges ? scratch->ranges[i + 1].start : text.size;
        for (int n = 0; n < LINE_SLACK && range->start > floor && text.data[range->start - 1] != '\n'; n++)
            range->start--;
        for (int n = 0; n < LINE_SLACK && range->end < ceiling && text.data[range->end - 1] != '\n'; n++)
            range->end++;
        floor = range->end;
    }
}

int
license_gate_find(const struct license_gate *gate, struct license_gate_scratch *scratch, struct bytes text,
                  const struct license_range **ranges, size_t *nranges)
{
    scratch->nranges = 0;
    scratch->text = text;
    TRY(multi_match_scan(gate->match, scratch->scratch, text, take_hit, scratch));
    if (scratch->nranges && text.size <= WHOLE) {
        scratch->ranges[0] = (struct license_range){.start = 0, .end = text.size};
        scratch->nranges = 1;
    }
    widen_to_lines(scratch);
    *ranges = scratch->ranges;
    *nranges = scratch->nranges;
    return PROV_OK;
}

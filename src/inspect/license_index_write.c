/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a fingerprint index of license templates.
 *
 *     templates -> units (tokens with marks) -> every 5-gram counted -> the rarest of every 8 kept -> file
 *
 * The text of every license and exception becomes a unit, except
 *   - texts of deprecated ids that name a successor: the successor has the text;
 *   - texts of "-or-later", "-invariants-" and "-no-invariants-" ids: the same text as the "-only" id; which
 *     one is meant is said by a notice, not by the text.
 * Notices ("standard headers") do not: they are the same words round a name, so that as units they find one
 * another's names in every Apache header (measured: 27 of 1,425 notices named wrongly); license_name.c reads
 * them.
 *
 * Why the rarest 5-gram of every 8: a copy that shares 12 tokens in a row with a unit is certain to meet a
 * fingerprint (winnowing: Schleimer, Wilkerson, Aiken, SIGMOD 2003), and where winnowing takes the
 * smallest hash we take the gram that the fewest texts share, so that "the software is provided as is", which
 * 200 licenses have, seldom leads anywhere. What lies between two fingerprints is aligned token by token
 * (license_align.c), so nothing is lost by leaving grams out: 0.7 million postings become 0.15 million.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "inspect/license_index.h"
#include "inspect/license_row.h"
#include "inspect/license_template.h"

enum { SEED_WINDOW = 8 };

/* A 5-gram at its place. */
struct seed {
    uint64_t gram;
    uint32_t posting;  /**< unit << 20 | place */
    uint32_t nsharing; /**< occurrences of the gram in all units */
};

struct index_writer {
    const struct license_template **ordered; /**< by id */
    size_t ntemplates;
    struct license_entry *entries;
    struct license_unit units[LICENSE_UNITS_MAX];
    size_t nunits;
    struct buf strings, urls, tokens, grams, posting_first, postings;
    uint32_t buckets[LICENSE_BUCKETS + 1];
    struct seed *seeds;
    size_t nseeds, seeds_capacity;
    struct license_tokens scratch;
    struct license_row row;
    uint64_t salt;
    struct err *err;
};

/* Words that make another license when they are missing. */
static const char *const critical_words[] = {
    "not",    "non",     "no",     "never", "only",   "noncommercial", "commercial", "noderivatives", "later",
    "lesser", "library", "affero", "evil",  "unless", "except",        "prohibited", "forbidden",
};

static int
compare_templates(const void *a, const void *b)
{
    const struct license_template *const *left = a, *const *right = b;
    return strcasecmp((*left)->id, (*right)->id);
}

static int
compare_seeds_by_gram(const void *a, const void *b)
{
    const struct seed *left = a, *right = b;
    if (left->gram != right->gram)
        return left->gram < right->gram ? -1 : 1;
    return (left->posting > right->posting) - (left->posting < right->posting);
}

static int
compare_seeds_by_place(const void *a, const void *b)
{
    const struct seed *left = a, *right = b;
    return (left->posting > right->posting) - (left->posting < right->posting);
}

static int
add_string(struct index_writer *writer, const char *text, uint32_t *offset)
{
    if (!*text) {
        *offset = 0;
        return PROV_OK;
    }
    if (writer->strings.size > UINT32_MAX / 2)
        return err_set(writer->err, PROV_E_POLICY, "license index: too many strings");
    *offset = (uint32_t)writer->strings.size;
    return buf_append(&writer->strings, text, strlen(text) + 1);
}

static int
add_entry(struct index_writer *writer, size_t i)
{
    const struct license_template *template = writer->ordered[i];
    struct license_entry *entry = &writer->entries[i];
    if (i > 0 && strcasecmp(writer->ordered[i - 1]->id, template->id) == 0)
        return err_set(writer->err, PROV_E_POLICY, "license index: two entries are called '%s'",
                       template->id);
    entry->flags = (uint16_t)((template->exception ? LICENSE_EXCEPTION : 0) |
                              (template->deprecated ? LICENSE_DEPRECATED : 0) |
                              (template->osi_approved ? LICENSE_OSI_APPROVED : 0));
    entry->url_first = (uint32_t)(writer->urls.size / sizeof(uint32_t));
    TRY(add_string(writer, template->id, &entry->id));
    TRY(add_string(writer, template->name ? template->name : "", &entry->name));
    TRY(add_string(writer, template->successor ? template->successor : "", &entry->successor));
    for (size_t j = 0; j < template->nurls && j < UINT16_MAX; j++) {
        uint32_t url = 0;
        TRY(add_string(writer, template->urls[j], &url));
        TRY(buf_append(&writer->urls, &url, sizeof url));
        entry->nurls++;
    }
    return PROV_OK;
}

static bool
is_critical(uint32_t hash)
{
    for (size_t i = 0; i < sizeof critical_words / sizeof critical_words[0]; i++)
        if (license_word(critical_words[i]) == hash)
            return true;
    return false;
}

static uint16_t
reference_of(const struct license_token *token, const uint8_t *marks)
{
    unsigned mark = MARK_OPTIONAL | MARK_ALT | MARK_GAP;
    uint16_t reference = (uint16_t)(token->hash & REFERENCE_CHECK);
    /* A word that is only partly optional ("express<optional>ed") counts as required. */
    for (size_t i = 0; i < token->length; i++)
        mark &= marks[token->offset + i];
    if (mark & MARK_OPTIONAL || token->flags & TOKEN_NEUTRAL)
        reference |= REFERENCE_OPTIONAL;
    else if (is_critical(token->hash))
        reference |= REFERENCE_CRITICAL;
    if (mark & MARK_ALT || token->flags & TOKEN_COPYRIGHT)
        reference |= REFERENCE_ALT;
    if (marks[token->offset] & MARK_GAP)
        reference |= REFERENCE_GAP;
    return reference;
}

static int
add_seed(struct index_writer *writer, struct seed seed)
{
    if (writer->nseeds == writer->seeds_capacity) {
        size_t capacity = writer->seeds_capacity ? writer->seeds_capacity * 2 : 1 << 16;
        struct seed *larger = realloc(writer->seeds, capacity * sizeof *larger);
        if (!larger)
            return PROV_E_MEMORY;
        writer->seeds = larger;
        writer->seeds_capacity = capacity;
    }
    writer->seeds[writer->nseeds++] = seed;
    return PROV_OK;
}

/*
 * A unit keeps all tokens of its text; those that are no part of a row are optional. Fingerprints are of
 * words that stand together in text and row.
 */
static int
add_unit(struct index_writer *writer, uint16_t license, struct bytes text, const uint8_t *marks)
{
    const struct license_tokens *tokens = &writer->scratch;
    const struct license_row *row = &writer->row;
    TRY(license_tokenize(text, &writer->scratch));
    TRY(license_row_take(tokens, TOKEN_NEUTRAL, &writer->row));
    if (row->nwords < LICENSE_GRAM_WORDS)
        return PROV_OK;
    if (writer->nunits == LICENSE_UNITS_MAX || tokens->ntokens >= LICENSE_UNIT_TOKENS_MAX)
        return err_set(writer->err, PROV_E_POLICY, "license index: too many texts, or one is too long");
    struct license_unit *unit = &writer->units[writer->nunits];
    *unit = (struct license_unit){.exact = license_row_hash(row->words, row->nwords),
                                  .token_first = (uint32_t)(writer->tokens.size / sizeof(uint16_t)),
                                  .ntokens = (uint32_t)tokens->ntokens,
                                  .license = license};
    for (size_t i = 0; i < tokens->ntokens; i++) {
        uint16_t reference = reference_of(&tokens->tokens[i], marks);
        unit->nrequired += !(reference & REFERENCE_OPTIONAL);
        TRY(buf_append(&writer->tokens, &reference, sizeof reference));
    }
    for (size_t i = 0; i + LICENSE_GRAM_WORDS <= row->nwords; i++) {
        if (row->places[i + LICENSE_GRAM_WORDS - 1] - row->places[i] >= LICENSE_GRAM_WORDS)
            continue;
        TRY(add_seed(writer, (struct seed){.gram = license_gram(row->words + i, writer->salt),
                                           .posting = (uint32_t)(writer->nunits << 20 | row->places[i])}));
    }
    writer->nunits++;
    return PROV_OK;
}

static bool
has_template(const struct index_writer *writer, const char *id)
{
    struct license_template wanted = {.id = id};
    const struct license_template *key = &wanted;
    return bsearch(&key, writer->ordered, writer->ntemplates, sizeof key, compare_templates) !=
           NULL; // NOLINT(bugprone-sizeof-expression): pointers are sorted
}

/* Is this the text of another id too, which gets it? */
static bool
shares_text(const struct index_writer *writer, const struct license_template *template)
{
    if (template->deprecated && template->successor &&
        (strchr(template->successor, ' ') || has_template(writer, template->successor)))
        return true; /* a successor with a space is an expression "X WITH Y" of texts that are here */
    if (strstr(template->id, "-invariants-"))
        return true;
    const char *later = strstr(template->id, "-or-later");
    if (!later)
        return false;
    char only[128];
    int size = snprintf(only, sizeof only, "%.*s-only", (int)(later - template->id), template->id);
    return size > 0 && (size_t)size < sizeof only && has_template(writer, only);
}

static int
add_units(struct index_writer *writer)
{
    for (size_t i = 0; i < writer->ntemplates; i++) {
        const struct license_template *template = writer->ordered[i];
        if (!shares_text(writer, template))
            TRY(add_unit(writer, (uint16_t)i, template->text, template->text_marks));
    }
    return PROV_OK;
}

static void
count_sharing(struct index_writer *writer)
{
    qsort(writer->seeds, writer->nseeds, sizeof *writer->seeds, compare_seeds_by_gram);
    for (size_t i = 0, end; i < writer->nseeds; i = end) {
        end = i + 1;
        while (end < writer->nseeds && writer->seeds[end].gram == writer->seeds[i].gram)
            end++;
        for (size_t j = i; j < end; j++)
            writer->seeds[j].nsharing = (uint32_t)(end - i);
    }
    qsort(writer->seeds, writer->nseeds, sizeof *writer->seeds, compare_seeds_by_place);
}

static bool
rarer(const struct seed *a, const struct seed *b)
{
    return a->nsharing != b->nsharing ? a->nsharing < b->nsharing : a->gram < b->gram;
}

/* Keep the rarest seed of every window of SEED_WINDOW within a unit; the rest is dropped. */
static void
choose_seeds(struct index_writer *writer)
{
    size_t nkept = 0;
    struct seed *seeds = writer->seeds;
    for (size_t first = 0, end; first < writer->nseeds; first = end) {
        uint32_t unit = seeds[first].posting >> 20;
        end = first;
        while (end < writer->nseeds && seeds[end].posting >> 20 == unit)
            end++;
        size_t chosen = SIZE_MAX;
        for (size_t from = first; from < end && (from == first || from + SEED_WINDOW <= end); from++) {
            size_t until = end - from < SEED_WINDOW ? end : from + SEED_WINDOW;
            size_t best = from;
            for (size_t i = from + 1; i < until; i++)
                if (!rarer(&seeds[best], &seeds[i]))
                    best = i;
            if (best == chosen)
                continue;
            chosen = best;
            writer->units[unit].nseeds++;
            seeds[nkept++] = seeds[best]; /* nkept <= from <= best: never overwrites what is still to come */
        }
    }
    writer->nseeds = nkept;
}

static int
pack_postings(struct index_writer *writer)
{
    size_t bucket = 0;
    uint32_t ngrams = 0;
    qsort(writer->seeds, writer->nseeds, sizeof *writer->seeds, compare_seeds_by_gram);
    for (size_t i = 0; i < writer->nseeds; i++) {
        const struct seed *seed = &writer->seeds[i];
        /* The lowest 16 bits are not kept: grams that differ only there are one. */
        if (i == 0 || seed->gram >> 16 != writer->seeds[i - 1].gram >> 16) {
            uint32_t gram = (uint32_t)(seed->gram >> 16), first = (uint32_t)i;
            while (bucket <= seed->gram >> 48)
                writer->buckets[bucket++] = ngrams;
            TRY(buf_append(&writer->grams, &gram, sizeof gram));
            TRY(buf_append(&writer->posting_first, &first, sizeof first));
            ngrams++;
        }
        TRY(buf_append(&writer->postings, &seed->posting, sizeof seed->posting));
    }
    while (bucket <= LICENSE_BUCKETS)
        writer->buckets[bucket++] = ngrams;
    uint32_t end = (uint32_t)writer->nseeds;
    return buf_append(&writer->posting_first, &end, sizeof end);
}

static int
append_section(struct buf *body, struct license_index_header *header, enum license_section which,
               struct bytes content)
{
    while (body->size % 8 != 0)
        TRY(buf_append_byte(body, 0));
    header->sections[which].offset = sizeof *header + body->size;
    header->sections[which].size = content.size;
    return buf_append(body, content.data, content.size);
}

static int
assemble(struct index_writer *writer, const struct license_index_source *source, struct buf *body,
         struct buf *out)
{
    struct license_index_header header = {.magic = LICENSE_INDEX_MAGIC,
                                          .version = LICENSE_INDEX_VERSION,
                                          .header_size = sizeof header,
                                          .salt = writer->salt,
                                          .gram_tokens = LICENSE_GRAM_WORDS,
                                          .nsections = SECTION_COUNT};
    strncpy(header.corpus, source->corpus, sizeof header.corpus - 1);
    strncpy(header.release, source->release, sizeof header.release - 1);
    memcpy(header.source_sha256, source->sha256, sizeof header.source_sha256);
    const struct bytes sections[SECTION_COUNT] = {
        [SECTION_STRINGS] = buf_bytes(&writer->strings),
        [SECTION_ENTRIES] = {.data = (void *)writer->entries,
                             .size = writer->ntemplates * sizeof *writer->entries},
        [SECTION_URLS] = buf_bytes(&writer->urls),
        [SECTION_UNITS] = {.data = (void *)writer->units, .size = writer->nunits * sizeof *writer->units},
        [SECTION_TOKENS] = buf_bytes(&writer->tokens),
        [SECTION_BUCKETS] = {.data = (void *)writer->buckets, .size = sizeof writer->buckets},
        [SECTION_GRAMS] = buf_bytes(&writer->grams),
        [SECTION_POSTING_FIRST] = buf_bytes(&writer->posting_first),
        [SECTION_POSTINGS] = buf_bytes(&writer->postings),
    };
    for (enum license_section which = 0; which < SECTION_COUNT; which++)
        TRY(append_section(body, &header, which, sections[which]));
    header.body_size = body->size;
    header.hash = license_index_hash(&header, buf_bytes(body));
    TRY(buf_append(out, &header, sizeof header));
    return buf_append(out, body->data, body->size);
}

static int
write_index(struct index_writer *writer, const struct license_index_source *source, struct buf *out)
{
    struct buf body = {0};
    if (source->ntemplates >= LICENSE_NONE || strlen(source->corpus) > 31 || strlen(source->release) > 31)
        return err_set(writer->err, PROV_E_POLICY, "license index: too many licenses, or too long a name");
    for (size_t i = 0; i < source->ntemplates; i++)
        writer->ordered[i] = &source->templates[i];
    writer->ntemplates = source->ntemplates;
    qsort(writer->ordered, writer->ntemplates, sizeof *writer->ordered,
          compare_templates); // NOLINT(bugprone-sizeof-expression): pointers are sorted
    TRY(buf_append_byte(&writer->strings, 0));
    for (size_t i = 0; i < writer->ntemplates; i++)
        TRY(add_entry(writer, i));
    TRY(add_units(writer));
    count_sharing(writer);
    choose_seeds(writer);
    TRY(pack_postings(writer));
    int status = assemble(writer, source, &body, out);
    buf_finish(&body);
    return status;
}

int
license_index_write(const struct license_index_source *source, struct buf *out, struct err *err)
{
    int status = PROV_E_MEMORY;
    size_t start = out->size;
    struct index_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return err_set(err, PROV_E_MEMORY, "license index: out of memory");
    writer->err = err;
    /* One salt a release: two releases share no fingerprints, and a table made for one serves no other. */
    writer->salt = hash64(source->sha256, SHA256_SIZE, LICENSE_INDEX_VERSION);
    writer->ordered =
        calloc(source->ntemplates + 1,
               sizeof *writer->ordered); // NOLINT(bugprone-sizeof-expression): pointers are sorted
    writer->entries = calloc(source->ntemplates + 1, sizeof *writer->entries);
    if (writer->ordered && writer->entries)
        status = write_index(writer, source, out);
    if (status == PROV_E_MEMORY)
        (void)err_set(err, status, "license index: out of memory");
    if (status != PROV_OK)
        out->size = start;
    free(writer->ordered);
    free(writer->entries);
    free(writer->seeds);
    buf_finish(&writer->strings);
    buf_finish(&writer->urls);
    buf_finish(&writer->tokens);
    buf_finish(&writer->grams);
    buf_finish(&writer->posting_first);
    buf_finish(&writer->postings);
    license_tokens_finish(&writer->scratch);
    license_row_finish(&writer->row);
    free(writer);
    return status;
}

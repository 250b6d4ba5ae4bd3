/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening a fingerprint index (.pfi) and looking things up in it.
 *
 *     header | strings | entries | urls | units | tokens | buckets | grams | posting_first | postings
 *
 *     fingerprint of 5 tokens, 64 bits:   [ bucket 16 | gram 32 | filter, lower 20 of all .. ]
 *
 *     buckets[b] .. buckets[b+1]  ->  grams[g]  ->  posting_first[g] .. [g+1]  ->  unit, place
 *
 * The file is used where it is mapped; opening reads it once, to check the hash of its body and the bound
 * of every number, about a millisecond for the SPDX list. After that no index can lead out of its
 * array, which keeps the matching loops free of checks. The only thing built is the filter, 128 KiB
 * that stay in the second-level cache and answer "no" for nearly every fingerprint of unrelated text.
 */
#include "inspect/license_index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "inspect/license_row.h"

_Static_assert(sizeof(struct license_index_header) == 144 + 16 * SECTION_COUNT, "stored layout");
_Static_assert(sizeof(struct license_entry) == 20 && sizeof(struct license_unit) == 32, "stored layout");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "an index is used in place");

static int
bad(struct err *err, const char *words)
{
    return err_set(err, PROV_E_POLICY, "license index: %s", words);
}

uint64_t
license_index_hash(const struct license_index_header *header, struct bytes body)
{
    struct license_index_header copy = *header;
    copy.hash = 0;
    return hash64(body.data, body.size, hash64(&copy, sizeof copy, 0));
}

static int
check_header(struct bytes file, const struct license_index_header *header, struct err *err)
{
    if (file.size < sizeof *header || memcmp(header->magic, LICENSE_INDEX_MAGIC, sizeof header->magic) != 0)
        return bad(err, "not an index");
    if (header->version != LICENSE_INDEX_VERSION || header->header_size != sizeof *header ||
        header->nsections != SECTION_COUNT || header->gram_tokens != LICENSE_GRAM_WORDS)
        return bad(err, "made by another version of provscan");
    if (header->body_size != file.size - sizeof *header)
        return bad(err, "truncated");
    struct bytes body = {.data = file.data + sizeof *header, .size = file.size - sizeof *header};
    if (license_index_hash(header, body) != header->hash)
        return bad(err, "damaged");
    if (!memchr(header->corpus, 0, sizeof header->corpus) ||
        !memchr(header->release, 0, sizeof header->release))
        return bad(err, "names without an end");
    return PROV_OK;
}

/* The elements of a section. */
static int
take_section(struct bytes file, enum license_section which, size_t element_size, const void **elements,
             size_t *nelements, struct err *err)
{
    const struct license_index_header *header = (const void *)file.data;
    uint64_t offset = header->sections[which].offset, size = header->sections[which].size;
    if (offset % 8 != 0 || offset < sizeof *header || offset > file.size || size > file.size - offset ||
        size % element_size != 0)
        return bad(err, "a section out of bounds");
    *elements = file.data + offset;
    *nelements = size / element_size;
    return PROV_OK;
}

static int
check_strings(const struct license_index *index, struct err *err)
{
    if (index->strings_size == 0 || index->strings[0] != 0 || index->strings[index->strings_size - 1] != 0)
        return bad(err, "strings without an end");
    for (size_t i = 0; i < index->nurls; i++)
        if (index->urls[i] >= index->strings_size)
            return bad(err, "a URL out of bounds");
    const char *previous = NULL;
    for (size_t i = 0; i < index->nentries; i++) {
        const struct license_entry *entry = &index->entries[i];
        if (entry->id >= index->strings_size || entry->name >= index->strings_size ||
            entry->successor >= index->strings_size || entry->url_first > index->nurls ||
            entry->nurls > index->nurls - entry->url_first)
            return bad(err, "an entry out of bounds");
        const char *id = index->strings + entry->id;
        if (previous && strcasecmp(previous, id) >= 0)
            return bad(err, "entries out of order");
        previous = id;
    }
    return PROV_OK;
}

static int
check_units(const struct license_index *index, struct err *err)
{
    if (index->nunits > LICENSE_UNITS_MAX || index->nentries >= LICENSE_NONE)
        return bad(err, "too many texts");
    for (size_t i = 0; i < index->nunits; i++) {
        const struct license_unit *unit = &index->units[i];
        if (unit->token_first > index->ntokens || unit->ntokens > index->ntokens - unit->token_first ||
            unit->ntokens > LICENSE_UNIT_TOKENS_MAX || unit->nrequired > unit->ntokens ||
            unit->license >= index->nentries)
            return bad(err, "a text out of bounds");
    }
    return PROV_OK;
}

static int
check_postings(const struct license_index *index, size_t nbuckets, size_t nfirst, struct err *err)
{
    if (nbuckets != LICENSE_BUCKETS + 1 || nfirst != index->ngrams + 1 || index->buckets[0] != 0 ||
        index->buckets[LICENSE_BUCKETS] != index->ngrams || index->posting_first[0] != 0 ||
        index->posting_first[index->ngrams] != index->npostings)
        return bad(err, "a directory that does not fit");
    for (size_t i = 0; i < LICENSE_BUCKETS; i++)
        if (index->buckets[i] > index->buckets[i + 1])
            return bad(err, "buckets out of order");
    for (size_t i = 0; i < index->ngrams; i++)
        if (index->posting_first[i] > index->posting_first[i + 1])
            return bad(err, "postings out of order");
    for (size_t i = 0; i < index->npostings; i++) {
        uint32_t unit = index->postings[i] >> 20, place = index->postings[i] & (LICENSE_UNIT_TOKENS_MAX - 1);
        if (unit >= index->nunits || index->units[unit].ntokens < LICENSE_GRAM_WORDS ||
            place > index->units[unit].ntokens - LICENSE_GRAM_WORDS)
            return bad(err, "a posting out of bounds");
    }
    return PROV_OK;
}

static int
build_filter(struct license_index *index, struct err *err)
{
    /* The stored 48 bits are the upper ones; bits 16..35 of the fingerprint serve as the filter's. */
    index->filter = calloc(1, (size_t)1 << (LICENSE_FILTER_BITS - 3));
    if (!index->filter)
        return err_set(err, PROV_E_MEMORY, "license index: out of memory");
    for (size_t i = 0; i < index->ngrams; i++) {
        uint32_t bit = index->grams[i] & ((1u << LICENSE_FILTER_BITS) - 1);
        index->filter[bit >> 6] |= (uint64_t)1 << (bit & 63);
    }
    return PROV_OK;
}

static int
build_exact(struct license_index *index, struct err *err)
{
    index->exact = calloc(LICENSE_EXACT_SLOTS, sizeof *index->exact);
    if (!index->exact)
        return err_set(err, PROV_E_MEMORY, "license index: out of memory");
    for (size_t i = 0; i < index->nunits; i++) {
        size_t at = index->units[i].exact & (LICENSE_EXACT_SLOTS - 1);
        while (index->exact[at])
            at = (at + 1) & (LICENSE_EXACT_SLOTS - 1);
        index->exact[at] = (uint16_t)(i + 1);
    }
    return PROV_OK;
}

uint32_t
license_index_exact(const struct license_index *index, uint64_t hash)
{
    for (size_t at = hash & (LICENSE_EXACT_SLOTS - 1); index->exact[at];
         at = (at + 1) & (LICENSE_EXACT_SLOTS - 1))
        if (index->units[index->exact[at] - 1].exact == hash)
            return index->exact[at] - 1u;
    return LICENSE_NO_UNIT;
}

int
license_index_view(struct bytes file, struct license_index *index, struct err *err)
{
    struct license_index view = {0};
    const struct license_index_header *header = (const void *)file.data;
    TRY(check_header(file, header, err));
    view.corpus = header->corpus;
    view.release = header->release;
    view.source_sha256 = header->source_sha256;
    view.salt = header->salt;
    size_t nbuckets = 0, nfirst = 0;
    const void *strings = NULL, *entries = NULL, *urls = NULL, *units = NULL, *tokens = NULL, *buckets = NULL,
               *grams = NULL, *first = NULL, *postings = NULL;
    TRY(take_section(file, SECTION_STRINGS, 1, &strings, &view.strings_size, err));
    TRY(take_section(file, SECTION_ENTRIES, sizeof *view.entries, &entries, &view.nentries, err));
    TRY(take_section(file, SECTION_URLS, sizeof *view.urls, &urls, &view.nurls, err));
    TRY(take_section(file, SECTION_UNITS, sizeof *view.units, &units, &view.nunits, err));
    TRY(take_section(file, SECTION_TOKENS, sizeof *view.tokens, &tokens, &view.ntokens, err));
    TRY(take_section(file, SECTION_BUCKETS, sizeof *view.buckets, &buckets, &nbuckets, err));
    TRY(take_section(file, SECTION_GRAMS, sizeof *view.grams, &grams, &view.ngrams, err));
    TRY(take_section(file, SECTION_POSTING_FIRST, sizeof *view.posting_first, &first, &nfirst, err));
    TRY(take_section(file, SECTION_POSTINGS, sizeof *view.postings, &postings, &view.npostings, err));
    view.strings = strings;
    view.entries = entries;
    view.urls = urls;
    view.units = units;
    view.tokens = tokens;
    view.buckets = buckets;
    view.grams = grams;
    view.posting_first = first;
    view.postings = postings;
    TRY(check_strings(&view, err));
    TRY(check_units(&view, err));
    TRY(check_postings(&view, nbuckets, nfirst, err));
    int status = build_filter(&view, err);
    if (status == PROV_OK)
        status = build_exact(&view, err);
    if (status != PROV_OK) {
        license_index_close(&view);
        return status;
    }
    *index = view;
    return PROV_OK;
}

int
license_index_open(const char *path, struct license_index *index, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0) /* to its user a policy that cannot be read is a wrong policy */
        return err_set(err, PROV_E_POLICY, "%s: %s", path, strerror(errno));
    if (fstat(fd, &status) != 0 || status.st_size <= 0) {
        (void)close(fd);
        return err_set(err, PROV_E_POLICY, "%s: empty", path);
    }
    size_t size = (size_t)status.st_size;
    void *memory = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    (void)close(fd);
    if (memory == MAP_FAILED)
        return err_set(err, PROV_E_IO, "%s: cannot be mapped", path);
    int failed = license_index_view((struct bytes){.data = memory, .size = size}, index, err);
    if (failed) {
        (void)munmap(memory, size);
        return failed;
    }
    index->mapping = memory;
    index->mapping_size = size;
    return PROV_OK;
}

void
license_index_close(struct license_index *index)
{
    free(index->filter);
    free(index->exact);
    if (index->mapping)
        (void)munmap(index->mapping, index->mapping_size);
    *index = (struct license_index){0};
}

size_t
license_index_find(const struct license_index *index, uint64_t gram, const uint32_t **postings)
{
    size_t bucket = (size_t)(gram >> 48);
    uint32_t wanted = (uint32_t)(gram >> 16);
    for (size_t i = index->buckets[bucket]; i < index->buckets[bucket + 1]; i++)
        if (index->grams[i] == wanted) {
            *postings = index->postings + index->posting_first[i];
            return index->posting_first[i + 1] - index->posting_first[i];
        }
    return 0;
}

/* Compare an id, which is terminated, with bytes, without case, as strcasecmp orders. */
static int
compare_id(const char *id, struct bytes wanted)
{
    int order = strncasecmp(id, (const char *)wanted.data, wanted.size);
    return order ? order : id[wanted.size] != 0;
}

uint16_t
license_index_entry(const struct license_index *index, struct bytes id)
{
    if (id.size == 0 || memchr(id.data, 0, id.size))
        return LICENSE_NONE;
    size_t low = 0, high = index->nentries;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_id(index->strings + index->entries[middle].id, id);
        if (order == 0)
            return (uint16_t)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return LICENSE_NONE;
}

const char *
license_index_id(const struct license_index *index, uint16_t entry)
{
    const struct license_entry *found = &index->entries[entry];
    return index->strings + (found->successor ? found->successor : found->id);
}

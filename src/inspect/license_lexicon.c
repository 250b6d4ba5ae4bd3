/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names, keys and URLs of licenses, made once a scan from the index and from terms.json.
 *
 *     words:  hash of the first word -> names that begin with it, the longest first
 *     keys:   lower-case text -> id          (hub keys, Debian's short names, what package.json holds)
 *     urls:   host and path, normalised -> id; NULL where licenses share a page
 *
 * Which strings mean which license is data. This file only knows how to look them up, and two rules: an id
 * counts in running text only when it is spelled as such ("Python-2.0" is a license, "Python 2.0" is not),
 * and a name without a word like "license" in it is weak.
 */
#include "inspect/license_lexicon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/json.h"

enum { NAMES_MAX = 16384, NAME_WORDS_MAX = 24, TABLE_SIZE = 1 << 14, TEXT_MAX = 512, BEGIN_BITS = 1 << 16 };

struct pair {
    struct bytes key;
    const char *id; /**< NULL: ambiguous */
};

struct license_lexicon {
    const struct license_index *index;
    struct arena arena;
    struct license_name *names; /**< grouped by first word once finished */
    size_t nnames;
    uint32_t *heads; /**< TABLE_SIZE + 1 positions in names, by hash of the first word */
    uint64_t
        begins[BEGIN_BITS / 64]; /**< a bit for each first word of a name, by the upper bits of its hash */
    struct pair *keys, *urls;    /**< open-addressed, TABLE_SIZE slots each */
    size_t nkeys, nurls;
    struct license_tokens scratch;
    struct err *err; /**< during loading only */
};

static int
out_of_memory(struct license_lexicon *lexicon)
{
    return err_set(lexicon->err, PROV_E_MEMORY, "license lexicon: out of memory");
}

/* The slot of a key: its own, or the free one where it belongs. */
static struct pair *
find_slot(struct pair *table, struct bytes key)
{
    size_t at = (size_t)hash64(key.data, key.size, 0) & (TABLE_SIZE - 1);
    while (table[at].key.data && !bytes_equal(table[at].key, key))
        at = (at + 1) & (TABLE_SIZE - 1);
    return &table[at];
}

static size_t
lower_case(struct bytes text, char *lower, size_t capacity)
{
    if (text.size >= capacity)
        return 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        lower[i] = (char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
    }
    return text.size;
}

/* A key is the part of metadata that a person types: case, spaces around it and inner spaces do not count. */
static int
add_key(struct license_lexicon *lexicon, const char *key, const char *id)
{
    char lower[TEXT_MAX];
    size_t size = lower_case(bytes_of(key), lower, sizeof lower);
    struct pair *slot =
        find_slot(lexicon->keys, (struct bytes){.data = (const uint8_t *)lower, .size = size});
    if (size == 0 || slot->key.data)
        return PROV_OK; /* the first one that named it has it: ids come before aliases */
    if (lexicon->nkeys++ > TABLE_SIZE / 2)
        return err_set(lexicon->err, PROV_E_POLICY, "license lexicon: too many keys");
    slot->key = arena_bytes(&lexicon->arena, (struct bytes){.data = (const uint8_t *)lower, .size = size});
    slot->id = id;
    return slot->key.data ? PROV_OK : out_of_memory(lexicon);
}

/*
 * "https://www.Example.org/Licenses/X.html#a" -> "example.org/licenses/x". The size may be 0.
 */
static size_t
normalise_url(struct bytes url, char *out, size_t capacity)
{
    char lower[TEXT_MAX];
    size_t size = lower_case(url, lower, sizeof lower), start = 0;
    const char *scheme = size ? memmem(lower, size, "://", 3) : NULL;
    if (scheme)
        start = (size_t)(scheme - lower) + 3;
    if (size - start > 4 && memcmp(lower + start, "www.", 4) == 0)
        start += 4;
    for (size_t i = start; i < size; i++)
        if (lower[i] == '#' || lower[i] == '?')
            size = i;
    static const char *const endings[] = {"/", ".html",      ".htm",     ".txt", ".php",
                                          "/", "/legalcode", "/deed.en", "/deed"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t length = strlen(endings[i]);
        if (size - start > length && memcmp(lower + size - length, endings[i], length) == 0)
            size -= length;
    }
    if (size <= start || size - start >= capacity)
        return 0;
    memcpy(out, lower + start, size - start);
    return size - start;
}

/* @param strong  from terms.json, which knows: no other license may claim the page */
static int
add_url(struct license_lexicon *lexicon, const char *url, const char *id, bool strong)
{
    char normal[TEXT_MAX];
    size_t size = normalise_url(bytes_of(url), normal, sizeof normal);
    if (size == 0 || !memchr(normal, '/', size))
        return PROV_OK;
    struct pair *slot =
        find_slot(lexicon->urls, (struct bytes){.data = (const uint8_t *)normal, .size = size});
    if (slot->key.data) {
        if (!strong && slot->id && strcmp(slot->id, id) != 0)
            slot->id = NULL;
        return PROV_OK;
    }
    if (lexicon->nurls++ > TABLE_SIZE / 2)
        return err_set(lexicon->err, PROV_E_POLICY, "license lexicon: too many URLs");
    slot->key = arena_bytes(&lexicon->arena, (struct bytes){.data = (const uint8_t *)normal, .size = size});
    slot->id = id;
    return slot->key.data ? PROV_OK : out_of_memory(lexicon);
}

static int
add_name(struct license_lexicon *lexicon, const char *text, struct license_name name)
{
    TRY(license_tokenize(bytes_of(text), &lexicon->scratch));
    size_t nwords = lexicon->scratch.ntokens;
    if (nwords == 0 || nwords > NAME_WORDS_MAX)
        return PROV_OK;
    if (lexicon->nnames == NAMES_MAX)
        return err_set(lexicon->err, PROV_E_POLICY, "license lexicon: too many names");
    uint32_t *words = arena_array(&lexicon->arena, nwords, sizeof *words);
    if (!words)
        return out_of_memory(lexicon);
    for (size_t i = 0; i < nwords; i++)
        words[i] = lexicon->scratch.tokens[i].hash;
    name.words = words;
    name.nwords = (uint16_t)nwords;
    lexicon->names[lexicon->nnames++] = name;
    return PROV_OK;
}

/* Names without such a word are weak unless they are long. */
static bool
says_license(const char *name)
{
    static const char *const words[] = {"license",   "licence",   "dedication",
                                        "agreement", "exception", "lizenz"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasestr(name, words[i]))
            return true;
    return false;
}

static int
add_index(struct license_lexicon *lexicon)
{
    const struct license_index *index = lexicon->index;
    for (size_t i = 0; i < index->nentries; i++) {
        const struct license_entry *entry = &index->entries[i];
        const char *written = index->strings + entry->id, *name = index->strings + entry->name;
        if (entry->flags & LICENSE_EXCEPTION)
            continue;
        const char *id = license_index_id(index, (uint16_t)i);
        TRY(add_key(lexicon, written, id));
        bool one_word = !strpbrk(written, "-.");
        TRY(add_name(lexicon, written,
                     (struct license_name){.id = id, .spelled = true, .text = written, .weak = one_word}));
        if (entry->flags & LICENSE_DEPRECATED)
            continue;
        TRY(add_name(lexicon, name, (struct license_name){.id = id, .weak = !says_license(name)}));
        TRY(add_key(lexicon, name, id));
        for (size_t j = 0; j < entry->nurls; j++)
            TRY(add_url(lexicon, index->strings + index->urls[entry->url_first + j], id, false));
    }
    return PROV_OK;
}

/* Keep a text of the terms file for as long as the lexicon lives. */
static const char *
kept(struct license_lexicon *lexicon, const char *text)
{
    const char *known = license_lexicon_id(lexicon, text);
    return known ? known : arena_text(&lexicon->arena, bytes_of(text));
}

static int
load_texts(struct license_lexicon *lexicon, struct json_view object, const char *member,
           int (*add)(struct license_lexicon *lexicon, const char *text, const void *context),
           const void *context)
{
    struct json_view list = {0};
    TRY(json_get_array(object, member, JSON_OPTIONAL, &list, lexicon->err));
    for (struct json_view view = json_first(list); view.node; view = json_next(view)) {
        const char *text = NULL;
        TRY(json_text(view, &text, lexicon->err));
        TRY(add(lexicon, text, context));
    }
    return PROV_OK;
}

static int
load_name(struct license_lexicon *lexicon, const char *text, const void *context)
{
    return add_name(lexicon, text, *(const struct license_name *)context);
}

static int
load_key(struct license_lexicon *lexicon, const char *text, const void *context)
{
    return add_key(lexicon, text, context);
}

static int
load_url(struct license_lexicon *lexicon, const char *text, const void *context)
{
    return add_url(lexicon, text, context, true);
}

/* "names", "weak_names", "keys" and "urls" of one license of the terms file. */
static int
load_license(struct license_lexicon *lexicon, struct json_view license)
{
    static const char *const keys[] = {"id",   "title", "use",    "terms", "names", "weak_names",
                                       "keys", "urls",  "source", "note",  NULL};
    const char *id = NULL;
    TRY(json_only_keys(license, keys, lexicon->err));
    TRY(json_get_text(license, "id", JSON_REQUIRED, &id, lexicon->err));
    id = kept(lexicon, id);
    if (!id)
        return out_of_memory(lexicon);
    TRY(add_key(lexicon, id, id));
    struct license_name name = {.id = id};
    TRY(load_texts(lexicon, license, "names", load_name, &name));
    name.weak = true;
    TRY(load_texts(lexicon, license, "weak_names", load_name, &name));
    TRY(load_texts(lexicon, license, "keys", load_key, id));
    return load_texts(lexicon, license, "urls", load_url, id);
}

static int
load_family(struct license_lexicon *lexicon, struct json_view object)
{
    static const char *const keys[] = {"family",   "kind",        "names", "weak_names",
                                       "versions", "unversioned", NULL};
    static const char *const kinds[] = {"table", "gnu", NULL};
    struct license_family *family = arena_alloc(&lexicon->arena, sizeof *family);
    const char *name = NULL, *unversioned = NULL;
    int kind = FAMILY_TABLE;
    struct json_view versions = {0};
    TRY(json_only_keys(object, keys, lexicon->err));
    TRY(json_get_text(object, "family", JSON_REQUIRED, &name, lexicon->err));
    TRY(json_get_text(object, "unversioned", JSON_REQUIRED, &unversioned, lexicon->err));
    TRY(json_get_choice(object, "kind", JSON_OPTIONAL, kinds, &kind, lexicon->err));
    TRY(json_get_object(object, "versions", JSON_OPTIONAL, &versions, lexicon->err));
    struct license_version *table = arena_array(&lexicon->arena, json_count(versions) + 1, sizeof *table);
    if (!family || !table)
        return out_of_memory(lexicon);
    *family = (struct license_family){.name = arena_text(&lexicon->arena, bytes_of(name)),
                                      .kind = (enum license_family_kind)kind,
                                      .versions = table,
                                      .unversioned = kept(lexicon, unversioned)};
    for (struct json_view view = json_first(versions); view.node; view = json_next(view)) {
        const char *id = NULL;
        TRY(json_text(view, &id, lexicon->err));
        table[family->nversions].version = arena_text(&lexicon->arena, bytes_of(json_key(view)));
        table[family->nversions++].id = kept(lexicon, id);
    }
    struct license_name entry = {.family = family};
    TRY(load_texts(lexicon, object, "names", load_name, &entry));
    entry.weak = true;
    return load_texts(lexicon, object, "weak_names", load_name, &entry);
}

static int
load_terms(struct license_lexicon *lexicon, const char *path)
{
    static const char *const keys[] = {"format", "about", "licenses", "families", NULL};
    struct json_file *file = NULL;
    TRY(json_open_file(path, &file, lexicon->err));
    struct json_view root = json_root(file), licenses = {0}, families = {0};
    int status = json_only_keys(root, keys, lexicon->err);
    if (status == PROV_OK)
        status = json_get_array(root, "licenses", JSON_REQUIRED, &licenses, lexicon->err);
    if (status == PROV_OK)
        status = json_get_array(root, "families", JSON_OPTIONAL, &families, lexicon->err);
    for (struct json_view view = json_first(licenses); view.node && status == PROV_OK; view = json_next(view))
        status = load_license(lexicon, view);
    for (struct json_view view = json_first(families); view.node && status == PROV_OK; view = json_next(view))
        status = load_family(lexicon, view);
    json_close(file);
    return status;
}

static size_t
head_of(uint32_t word)
{
    return word & (TABLE_SIZE - 1);
}

/* By the slot of the first word, the longest first; of equals the one that needs the least. */
static int
compare_names(const void *a, const void *b)
{
    const struct license_name *left = a, *right = b;
    size_t left_head = head_of(left->words[0]), right_head = head_of(right->words[0]);
    if (left_head != right_head)
        return left_head < right_head ? -1 : 1;
    if (left->nwords != right->nwords)
        return left->nwords > right->nwords ? -1 : 1;
    if (left->spelled != right->spelled)
        return left->spelled ? -1 : 1;
    if (left->weak != right->weak)
        return left->weak ? 1 : -1;
    const char *left_id = left->id ? left->id : left->family->name;
    const char *right_id = right->id ? right->id : right->family->name;
    return strcmp(left_id, right_id);
}

static int
finish_names(struct license_lexicon *lexicon)
{
    if (lexicon->names && lexicon->nnames)
        qsort(lexicon->names, lexicon->nnames, sizeof *lexicon->names, compare_names);
    lexicon->heads = arena_array(&lexicon->arena, TABLE_SIZE + 1, sizeof *lexicon->heads);
    if (!lexicon->heads)
        return out_of_memory(lexicon);
    for (size_t i = 0; i < lexicon->nnames; i++)
        lexicon->begins[lexicon->names[i].words[0] >> 22] |= (uint64_t)1
                                                             << (lexicon->names[i].words[0] >> 16 & 63);
    size_t at = 0;
    for (size_t head = 0; head <= TABLE_SIZE; head++) {
        while (at < lexicon->nnames && head_of(lexicon->names[at].words[0]) < head)
            at++;
        lexicon->heads[head] = (uint32_t)at;
    }
    return PROV_OK;
}

int
license_lexicon_open(const struct license_index *index, const char *terms_path,
                     struct license_lexicon **lexicon, struct err *err)
{
    struct license_lexicon *made = calloc(1, sizeof *made);
    if (!made)
        return err_set(err, PROV_E_MEMORY, "license lexicon: out of memory");
    made->index = index;
    made->err = err;
    made->names = arena_array(&made->arena, NAMES_MAX, sizeof *made->names);
    made->keys = arena_array(&made->arena, TABLE_SIZE, sizeof *made->keys);
    made->urls = arena_array(&made->arena, TABLE_SIZE, sizeof *made->urls);
    int status = made->names && made->keys && made->urls ? PROV_OK : out_of_memory(made);
    /* The terms file comes first: where it and the list disagree on a page or a key, it is the one that
     * chose. */
    if (status == PROV_OK && terms_path)
        status = load_terms(made, terms_path);
    if (status == PROV_OK)
        status = add_index(made);
    if (status == PROV_OK)
        status = finish_names(made);
    made->err = NULL;
    license_tokens_finish(&made->scratch);
    if (status != PROV_OK)
        license_lexicon_close(made);
    else
        *lexicon = made;
    return status;
}

void
license_lexicon_close(struct license_lexicon *lexicon)
{
    if (!lexicon)
        return;
    license_tokens_finish(&lexicon->scratch);
    arena_finish(&lexicon->arena);
    free(lexicon);
}

bool
license_lexicon_begins(const struct license_lexicon *lexicon, uint32_t word)
{
    return lexicon->begins[word >> 22] >> (word >> 16 & 63) & 1;
}

static bool
is_spelled(const struct license_name *name, struct bytes text, const struct license_token *tokens)
{
    size_t start = tokens[0].offset, size = strlen(name->text);
    return text.size - start >= size && strncasecmp((const char *)text.data + start, name->text, size) == 0;
}

const struct license_name *
license_lexicon_name(const struct license_lexicon *lexicon, struct bytes text,
                     const struct license_token *tokens, size_t ntokens)
{
    if (ntokens == 0)
        return NULL;
    size_t head = head_of(tokens[0].hash);
    for (size_t i = lexicon->heads[head]; i < lexicon->heads[head + 1]; i++) {
        const struct license_name *name = &lexicon->names[i];
        if (name->nwords > ntokens)
            continue;
        size_t same = 0;
        while (same < name->nwords && name->words[same] == tokens[same].hash)
            same++;
        if (same == name->nwords && (!name->spelled || is_spelled(name, text, tokens)))
            return name;
    }
    return NULL;
}

const char *
license_lexicon_key(const struct license_lexicon *lexicon, struct bytes key)
{
    char lower[TEXT_MAX];
    size_t size = lower_case(key, lower, sizeof lower);
    if (size == 0)
        return NULL;
    return find_slot(lexicon->keys, (struct bytes){.data = (const uint8_t *)lower, .size = size})->id;
}

const char *
license_lexicon_url(const struct license_lexicon *lexicon, struct bytes url)
{
    char normal[TEXT_MAX];
    size_t size = normalise_url(url, normal, sizeof normal);
    if (size == 0)
        return NULL;
    return find_slot(lexicon->urls, (struct bytes){.data = (const uint8_t *)normal, .size = size})->id;
}

static const char *
look_up_license(const void *list, struct bytes id)
{
    const struct license_lexicon *lexicon = list;
    uint16_t entry = license_index_entry(lexicon->index, id);
    if (entry != LICENSE_NONE && !(lexicon->index->entries[entry].flags & LICENSE_EXCEPTION))
        return license_index_id(lexicon->index, entry);
    return license_lexicon_key(lexicon, id);
}

static const char *
look_up_exception(const void *list, struct bytes id)
{
    const struct license_lexicon *lexicon = list;
    uint16_t entry = license_index_entry(lexicon->index, id);
    if (entry == LICENSE_NONE || !(lexicon->index->entries[entry].flags & LICENSE_EXCEPTION))
        return NULL;
    return license_index_id(lexicon->index, entry);
}

struct spdx_names
license_lexicon_names(const struct license_lexicon *lexicon)
{
    return (struct spdx_names){.license = look_up_license, .exception = look_up_exception, .list = lexicon};
}

const char *
license_lexicon_id(const struct license_lexicon *lexicon, const char *id)
{
    uint16_t entry = license_index_entry(lexicon->index, bytes_of(id));
    return entry == LICENSE_NONE ? NULL : license_index_id(lexicon->index, entry);
}

const char *
license_lexicon_version(const struct license_lexicon *lexicon, const struct license_family *family,
                        const char *version, bool or_later)
{
    char id[64];
    if (family->kind == FAMILY_GNU) {
        (void)snprintf(id, sizeof id, "%s-%s%s%s", family->name, version, strchr(version, '.') ? "" : ".0",
                       or_later ? "-or-later" : "-only");
        return license_lexicon_id(lexicon, id);
    }
    (void)snprintf(id, sizeof id, "%s.0", version);
    for (size_t i = 0; i < family->nversions; i++)
        if (strcmp(family->versions[i].version, version) == 0 || strcmp(family->versions[i].version, id) == 0)
            return family->versions[i].id;
    return NULL;
}

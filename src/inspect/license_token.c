/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text as license matching sees it: a row of word hashes.
 *
 *     " * Copyright (c) 2020 Ann.\n * Permission is HEREBY granted"
 *          copyright  c  2020 ann     permission is hereby granted
 *          `----- TOKEN_COPYRIGHT --'  `- TOKEN_LINE_START
 *
 * What two copies of one license differ in without saying anything different is gone here: case,
 * punctuation, line breaks, comment leaders (the words dnl and rem too), HTML and roff marks, character
 * entities, the escapes of strings ("\n" in JSON or C), British spelling. Templates and scanned texts go
 * through the same function, so that whatever it does, it does to both. Nothing here knows a license.
 *
 * A word is hashed eight bytes at a time; OR with 0x20 in every byte is lower case for ASCII letters, leaves
 * digits alone, and also folds the accented letters of Latin-1 in UTF-8 (C3 80..9E against C3 A0..BE).
 *
 * Source of the equivalent words: the SPDX license list, equivalentwords.txt (pairs of single words).
 */
#include "inspect/license_token.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "inspect/license_markup.h"

enum {
    TOKEN_BYTES_MAX = 64,   /* longer runs are no words: cut, so that hashing stays linear and local */
    SENTENCE_TOKENS = 5,    /* a line with fewer words is a title or a name */
    NOTICE_TOKENS_MAX = 40, /* a longer line holds more than a notice: the text of a license, run together */
};

static inline uint64_t
word_hash_mix(uint64_t hash, uint64_t chunk)
{
    hash = (hash ^ (chunk | 0x2020202020202020u)) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static inline uint32_t
word_hash_finish(uint64_t hash)
{
    return (uint32_t)(hash * 0xbf58476d1ce4e5b9u >> 32);
}

static uint32_t
word_hash(const uint8_t *word, size_t size)
{
    uint64_t hash = size;
    for (; size > 0; size -= size < 8 ? size : 8, word += 8) {
        uint64_t chunk = 0;
        memcpy(&chunk, word, size < 8 ? size : 8);
        hash = word_hash_mix(hash, chunk);
    }
    return word_hash_finish(hash);
}

/* Hashes of words that are treated on their own; checked against license_word by a test. */
#define WORD_ALL 0x9e872f8cu
#define WORD_BY 0x18e2dd3eu
#define WORD_C 0x0b1aee94u
#define WORD_COPYRIGHT 0x8e4cd7bfu
#define WORD_DNL 0xd071b92du
#define WORD_HOLDER 0xf330efcdu
#define WORD_HOLDERS 0xb7893906u
#define WORD_NON 0x7a64cbd9u
#define WORD_OWNER 0x6eb3ccabu
#define WORD_OWNERS 0x98fb142fu
#define WORD_PART 0x119f98fdu
#define WORD_PORTIONS 0x429de007u
#define WORD_REM 0x6c879a96u
#define WORD_RESERVED 0x565857cfu
#define WORD_RIGHTS 0xe7a4d468u
#define WORD_SUB 0x15e4b603u
#define WORD_YEAR 0xe69d5ae5u
#define WORD_YYYY 0x6809d5b8u

/* from: a word as it may be written, ascending; to: the word that stands for both. */
static const struct {
    uint32_t from, to;
} equivalents[] = {
    {0x12907701, 0x9736024d}, /* authorised, authorized */
    {0x18014538, 0x1a252284}, /* merchantibility, merchantability */
    {0x19690ec6, 0xc5d64954}, /* licence, license */
    {0x1e2d52be, 0xf5eeef89}, /* realise, realize */
    {0x2202edce, 0xff662ddd}, /* artefact, artifact */
    {0x22c6ed7d, 0x57d5fc53}, /* fulfilment, fulfillment */
    {0x2766e221, 0xa8b237d3}, /* practise, practice */
    {0x2c583cb8, 0x0f0b2712}, /* acknowledgment, acknowledgement */
    {0x2d739e05, 0x14d34a8e}, /* emphasised, emphasized */
    {0x301f1696, 0x1bb897b1}, /* modelling, modeling */
    {0x32aede4c, 0xd05c328d}, /* signalling, signaling */
    {0x3b36fac7, 0x6ea59c73}, /* judgment, judgement */
    {0x3d4dc7e8, 0x3a0905cc}, /* analogue, analog */
    {0x4d480dce, 0xf4c670a5}, /* utilisation, utilization */
    {0x4f617d96, 0x333b6446}, /* offence, offense */
    {0x53d9e824, 0x78de691f}, /* organise, organize */
    {0x559b7eb3, 0xcc6ccb87}, /* favourite, favorite */
    {0x5dc6e7e3, 0xd730cfab}, /* organisation, organization */
    {0x669a3563, 0x14566e4b}, /* modelled, modeled */
    {0x6c1993aa, 0x1ccecc98}, /* calibre, caliber */
    {0x6e8dc0d1, 0x788f7ac1}, /* authorisation, authorization */
    {0x6fa6ad4a, 0x021db22f}, /* whilst, while */
    {0x7150a009, 0x74b558f3}, /* https, http */
    {0x7bfa8d12, 0x8b54bb79}, /* labour, labor */
    {0x7c69e45e, 0x25afa1a4}, /* optimise, optimize */
    {0x83023e95, 0xdb679950}, /* capitalisations, capitalizations */
    {0x94cb19d4, 0xc464499b}, /* centre, center */
    {0x9c6cc6bd, 0x96efc9e3}, /* favour, favor */
    {0xaf2ee63b, 0xac10067d}, /* initialise, initialize */
    {0xb2e20d88, 0x8849e00c}, /* cancelled, canceled */
    {0xc4ce677e, 0x9440dd14}, /* categorise, categorize */
    {0xcc74d91a, 0x13121f50}, /* wilful, wilfull */
    {0xcde8b74d, 0x911f25ab}, /* maximise, maximize */
    {0xe09c5613, 0x0367371b}, /* analyse, analyze */
    {0xe5eb3dcb, 0x49b393b5}, /* catalogue, catalog */
    {0xec9ab3cd, 0xcf59cb51}, /* labelling, labeling */
    {0xed3d170f, 0xb0098ef5}, /* programme, program */
    {0xf11db939, 0xfb363436}, /* recognise, recognize */
    {0xf60937ce, 0x7ebc87fc}, /* fulfil, fulfill */
};

/* A bit for the upper eight bits of each `from`: most words need no search. */
static const uint64_t equivalent_filter[4] = {0x2805308443040000, 0x1802d0402028a000, 0x0004800010100008,
                                              0x0042302100003010};

static uint32_t
equivalent_word(uint32_t hash)
{
    size_t low = 0, high = sizeof equivalents / sizeof equivalents[0];
    if (!(equivalent_filter[hash >> 30] >> (hash >> 24 & 63) & 1))
        return hash;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (equivalents[middle].from < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < sizeof equivalents / sizeof equivalents[0] && equivalents[low].from == hash
               ? equivalents[low].to
               : hash;
}

/* What a byte means where no word has begun. */
enum byte_class {
    BYTE_OTHER = 0, /* separates */
    BYTE_WORD = 1,
    BYTE_NEWLINE = 2,
    BYTE_TAG = 3,    /* '<' */
    BYTE_ENTITY = 4, /* '&' */
    BYTE_ESCAPE = 5, /* '\\' */
    BYTE_HIGH = 6,   /* first byte of a character beyond ASCII */
};

/* enum byte_class of every byte, sixteen in a row. */
static const uint8_t byte_classes[256] = {
    // clang-format off
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, /* 00 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 10 */
    0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 20 */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 3, 0, 0, 0, /* 30 */
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 40 */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 5, 0, 0, 0, /* 50 */
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 60 */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, /* 70 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 80 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 90 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* a0 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* b0 */
    0, 0, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, /* c0 */
    6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, /* d0 */
    6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, /* e0 */
    6, 6, 6, 6, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* f0 */
    // clang-format on
};

/* A character beyond ASCII. */
struct character {
    uint32_t size;  /**< bytes, 1 when malformed */
    bool letter;    /**< belongs to a word */
    bool ideograph; /**< is a word */
    bool copyright_sign;
};

static bool
is_trail(const uint8_t *text, size_t size, size_t at)
{
    return at < size && (text[at] & 0xc0) == 0x80;
}

static struct character
character_at(const uint8_t *text, size_t size, size_t at)
{
    uint8_t lead = text[at];
    if (lead < 0xe0) {
        if (!is_trail(text, size, at + 1))
            return (struct character){.size = 1};
        return (struct character){
            .size = 2, .letter = lead >= 0xc3, .copyright_sign = lead == 0xc2 && text[at + 1] == 0xa9};
    }
    if (!is_trail(text, size, at + 1) || !is_trail(text, size, at + 2))
        return (struct character){.size = 1};
    if (lead < 0xf0) {
        uint32_t code =
            (uint32_t)(lead & 15) << 12 | (uint32_t)(text[at + 1] & 63) << 6 | (text[at + 2] & 63);
        bool ideograph = (code >= 0x3041 && code < 0xd7b0) || (code >= 0xf900 && code < 0xfb00);
        return (struct character){
            .size = 3, .letter = code >= 0x800 && code < 0x2000, .ideograph = ideograph};
    }
    if (!is_trail(text, size, at + 3))
        return (struct character){.size = 1};
    return (struct character){.size = 4, .ideograph = lead == 0xf0 && (text[at + 1] & 0x3f) >= 0x20};
}

static int
tokens_grow(struct license_tokens *tokens)
{
    size_t capacity = tokens->capacity ? tokens->capacity * 2 : 1024;
    struct license_token *larger = realloc(tokens->tokens, capacity * sizeof *larger);
    if (!larger)
        return PROV_E_MEMORY;
    tokens->tokens = larger;
    tokens->capacity = capacity;
    return PROV_OK;
}

static inline int
tokens_push(struct license_tokens *tokens, struct license_token token)
{
    if (tokens->ntokens == tokens->capacity)
        TRY(tokens_grow(tokens));
    tokens->tokens[tokens->ntokens++] = token;
    return PROV_OK;
}

#define EACH_BYTE(byte) ((uint64_t)(byte)*0x0101010101010101u)

/* Bytes at the start of eight, as a number in memory order, that are ASCII letters or digits: 0 to 8. */
static inline unsigned
leading_word_bytes(uint64_t eight)
{
    uint64_t high = EACH_BYTE(0x80), ascii = eight & ~high, lower = ascii | EACH_BYTE(0x20);
    /* No sum of two numbers below 0x80 carries into the next byte; its upper bit says "at least" or "above".
     */
    uint64_t letter = (lower + EACH_BYTE(0x80 - 'a')) & ~(lower + EACH_BYTE(0x7f - 'z'));
    uint64_t digit = (ascii + EACH_BYTE(0x80 - '0')) & ~(ascii + EACH_BYTE(0x7f - '9'));
    uint64_t other = (~(letter | digit) | eight) & high;
    return other ? (unsigned)__builtin_ctzll(other) / 8 : 8;
}

/* Where the word that begins at text[at] ends. */
static size_t
word_end(const uint8_t *text, size_t size, size_t at)
{
    size_t limit = size - at < TOKEN_BYTES_MAX ? size : at + TOKEN_BYTES_MAX;
    size_t end = at;
    while (end < limit) {
        if (byte_classes[text[end]] == BYTE_WORD) {
            end++;
        } else if (byte_classes[text[end]] == BYTE_HIGH) {
            struct character character = character_at(text, size, end);
            if (!character.letter)
                break;
            end += character.size;
        } else {
            break;
        }
    }
    return end;
}

/* Does the row of tokens begin like a copyright notice? It says (c), a year, "by" or a place for them next.
 */
static bool
begins_notice(const struct license_token *tokens, size_t ntokens, const uint8_t *text)
{
    size_t i = 0;
    if (ntokens > 1 && (tokens[0].hash == WORD_PORTIONS || tokens[0].hash == WORD_PART))
        i = 1;
    if (ntokens - i >= 3 && tokens[i].hash == WORD_ALL && tokens[i + 1].hash == WORD_RIGHTS &&
        tokens[i + 2].hash == WORD_RESERVED)
        return true;
    if (i >= ntokens || (tokens[i].hash != WORD_COPYRIGHT && tokens[i].hash != WORD_C))
        return false;
    if (i + 1 >= ntokens)
        return tokens[i].hash == WORD_COPYRIGHT;
    const struct license_token *next = &tokens[i + 1];
    const uint8_t *word = text + next->offset;
    bool year = next->length >= 4 && (memcmp(word, "19", 2) == 0 || memcmp(word, "20", 2) == 0);
    if (tokens[i].hash == WORD_C)
        return year || next->hash == WORD_COPYRIGHT;
    return year || next->hash == WORD_C || next->hash == WORD_BY || next->hash == WORD_YEAR ||
           next->hash == WORD_YYYY;
}

/* "1.", "a)", "iv]" at the start of a line, "(a)" and "[1]" anywhere. A number that ends a sentence is one
 * too. */
static bool
is_bullet(const struct license_token *token, const uint8_t *text, size_t size, bool starts_line)
{
    const uint8_t *word = text + token->offset;
    size_t after = (size_t)token->offset + token->length;
    uint8_t before = token->offset ? text[token->offset - 1] : ' ';
    if (token->length > 4 || after >= size ||
        (text[after] != '.' && text[after] != ')' && text[after] != ']'))
        return false;
    if (after + 1 < size && byte_classes[text[after + 1]] == BYTE_WORD)
        return false;
    /* Inside a line "(a)" is one, and "2. The", which stood at the start of a line before the text was
     * wrapped anew. */
    bool sentence = before <= ' ' && after + 2 < size && text[after] == '.' && text[after + 1] <= ' ' &&
                    text[after + 2] >= 'A' && text[after + 2] <= 'Z' && word[0] >= '0' && word[0] <= '9';
    if (!starts_line && !sentence && (text[after] == '.' || (before != '(' && before != '[')))
        return false;
    bool digits = true, roman = true;
    for (size_t i = 0; i < token->length; i++) {
        digits = digits && word[i] >= '0' && word[i] <= '9';
        roman = roman && strchr("ivxIVX", word[i]);
    }
    return (digits && token->length <= 2) || roman || token->length == 1;
}

/*
 * Is the line that ends before this token in the middle of a sentence? Then "copyright by" goes on with it:
 *
 *     ... provided that you keep all notices of
 *     copyright by the authors and this list ...
 */
static bool
goes_on(const struct license_token *tokens, size_t line_first, size_t first, const uint8_t *text)
{
    if (first - line_first < SENTENCE_TOKENS || tokens[line_first].flags & TOKEN_COPYRIGHT ||
        tokens[first].line != tokens[first - 1].line + 1)
        return false;
    size_t end = (size_t)tokens[first - 1].offset + tokens[first - 1].length;
    return !strchr(".:;!?>)*", text[end]) || text[end] == 0;
}

/* Mark copyright notices, which have their lines to themselves, and bullets. */
static void
mark_lines(struct license_tokens *tokens, const uint8_t *text, size_t size)
{
    size_t first = 0, line_first = 0; /* of this line and of the one before */
    while (first < tokens->ntokens) {
        struct license_token *line = &tokens->tokens[first];
        size_t end = first + 1;
        while (end < tokens->ntokens && tokens->tokens[end].line == line->line)
            end++;
        line->flags |= TOKEN_LINE_START;
        bool notice = end - first <= NOTICE_TOKENS_MAX && begins_notice(line, end - first, text) &&
                      !goes_on(tokens->tokens, line_first, first, text);
        for (size_t i = first; i < end; i++) {
            struct license_token *token = &tokens->tokens[i];
            if (notice)
                token->flags |= TOKEN_COPYRIGHT;
            else if (token->length <= 4 && is_bullet(token, text, size, i == first))
                token->flags |= TOKEN_BULLET;
        }
        line_first = first;
        first = end;
    }
}

/*
 * "sub-license", "non commercial" and "copyright owner" are other spellings of "sublicense", "noncommercial"
 * and "copyright holder": the word joins the one before it. @return false when it stands alone
 */
static bool
join_word(const uint8_t *text, const struct license_token *word, struct license_tokens *tokens)
{
    if (tokens->ntokens == 0)
        return false;
    struct license_token *last = &tokens->tokens[tokens->ntokens - 1];
    size_t gap = (size_t)word->offset - last->offset - last->length;
    if (last->hash == WORD_COPYRIGHT && (word->hash == WORD_OWNER || word->hash == WORD_OWNERS)) {
        struct license_token holder = *word;
        holder.hash = word->hash == WORD_OWNER ? WORD_HOLDER : WORD_HOLDERS;
        tokens->tokens[tokens->ntokens++] = holder; /* room was made by the caller */
        return true;
    }
    if ((last->hash != WORD_NON && last->hash != WORD_SUB) || gap != 1 || last->length != 3)
        return false;
    uint8_t joined[3 + TOKEN_BYTES_MAX];
    memcpy(joined, text + last->offset, 3);
    memcpy(joined + 3, text + word->offset, word->length);
    last->hash = equivalent_word(word_hash(joined, 3u + word->length));
    last->length = (uint16_t)(word->offset + word->length - last->offset);
    return true;
}

/*
 * The hash of the word at text[at], and where it ends. Most words are ASCII and shorter than eight bytes:
 * those are cut and hashed in one go.
 */
static inline uint32_t
take_hash(struct bytes text, size_t at, size_t *end)
{
    if (text.size - at >= 8) {
        uint64_t eight = 0;
        memcpy(&eight, text.data + at, 8);
        unsigned size = leading_word_bytes(eight);
        if (size > 0 && size < 8 && text.data[at + size] < 0x80) {
            *end = at + size;
            return word_hash_finish(word_hash_mix(size, eight & (((uint64_t)1 << 8 * size) - 1)));
        }
    }
    *end = word_end(text.data, text.size, at);
    return word_hash(text.data + at, *end - at);
}

/* Take the word at *at. Words that only lead comments are dropped. */
static inline int
take_word(struct bytes text, size_t *at, uint32_t line, struct license_tokens *tokens)
{
    size_t end = *at;
    uint32_t hash = equivalent_word(take_hash(text, *at, &end));
    const struct license_token token = {
        .hash = hash, .offset = (uint32_t)*at, .line = line, .length = (uint16_t)(end - *at)};
    *at = end;
    if (hash == WORD_DNL || hash == WORD_REM)
        return PROV_OK;
    TRY(tokens_push(tokens, token));
    tokens->ntokens--;
    if (!join_word(text.data, &token, tokens))
        tokens->ntokens++;
    return PROV_OK;
}

/* An ideograph or a copyright sign that is written as an escape, as JSON often has them. */
static int
take_escape(struct bytes text, size_t at, uint32_t line, struct license_tokens *tokens)
{
    uint32_t code = license_markup_character(text, at);
    struct license_token token = {.offset = (uint32_t)at, .line = line, .length = 6};
    if (code == 0xa9) {
        token.hash = WORD_C;
    } else if (code >= 0x800) {
        const uint8_t character[3] = {(uint8_t)(0xe0 | code >> 12), (uint8_t)(0x80 | (code >> 6 & 63)),
                                      (uint8_t)(0x80 | (code & 63))};
        if (!character_at(character, sizeof character, 0).ideograph)
            return PROV_OK;
        token.hash = word_hash(character, sizeof character);
        token.flags = TOKEN_CJK;
    } else {
        return PROV_OK;
    }
    return tokens_push(tokens, token);
}

static int
take_high(struct bytes text, size_t *at, uint32_t line, struct license_tokens *tokens)
{
    struct character character = character_at(text.data, text.size, *at);
    if (character.letter)
        return take_word(text, at, line, tokens);
    struct license_token token = {.offset = (uint32_t)*at, .line = line, .length = (uint16_t)character.size};
    *at += character.size;
    if (character.copyright_sign)
        token.hash = WORD_C;
    else if (character.ideograph)
        token.hash = word_hash(text.data + token.offset, character.size), token.flags = TOKEN_CJK;
    else
        return PROV_OK;
    return tokens_push(tokens, token);
}

/* Tokenise text[range.start .. range.end]; words and marks do not reach beyond its end. */
static int
tokenize_range(struct bytes whole, struct license_range range, uint32_t *line, struct license_tokens *tokens)
{
    struct bytes text = {.data = whole.data, .size = range.end};
    size_t at = range.start;
    while (at < text.size) {
        size_t skipped = 1;
        switch ((enum byte_class)byte_classes[text.data[at]]) {
        case BYTE_WORD:
            TRY(take_word(text, &at, *line, tokens));
            continue;
        case BYTE_HIGH:
            TRY(take_high(text, &at, *line, tokens));
            continue;
        case BYTE_NEWLINE:
            (*line)++;
            break;
        case BYTE_TAG:
            skipped = license_markup_tag(text, at);
            break;
        case BYTE_ENTITY:
            skipped = license_markup_entity(text, at);
            break;
        case BYTE_ESCAPE:
            /* An escaped line end ends the line, so that code in JSON strings has lines too. */
            *line += at + 1 < text.size && text.data[at + 1] == 'n';
            skipped = license_markup_escape(text, at);
            if (skipped == 6)
                TRY(take_escape(text, at, *line, tokens));
            break;
        case BYTE_OTHER:
            break;
        }
        at += skipped ? skipped : 1;
    }
    return PROV_OK;
}

int
license_tokenize_ranges(struct bytes text, const struct license_range *ranges, size_t nranges,
                        struct license_tokens *tokens)
{
    uint32_t line = 0;
    tokens->ntokens = 0;
    for (size_t i = 0; i < nranges; i++) {
        TRY(tokenize_range(text, ranges[i], &line, tokens));
        line += 2;
    }
    mark_lines(tokens, text.data, text.size);
    return PROV_OK;
}

int
license_tokenize(struct bytes text, struct license_tokens *tokens)
{
    const struct license_range whole = {.start = 0, .end = text.size};
    return license_tokenize_ranges(text, &whole, 1, tokens);
}

void
license_tokens_finish(struct license_tokens *tokens)
{
    free(tokens->tokens);
    *tokens = (struct license_tokens){0};
}

uint32_t
license_word(const char *word)
{
    return equivalent_word(word_hash((const uint8_t *)word, strlen(word)));
}

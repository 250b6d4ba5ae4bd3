/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pattern language of detectors.
 *
 * Groups are spelt out as text first, one at a time and bounded in number; what is left is a flat row of
 * elements. Matching a row: let S(i) be the set of places that elements 1..i can end at, S(0) = {0}. A place q
 * belongs to S(i) when some p in S(i-1) lies min to max before it and all bytes between are in the class,
 * that is, p is not before the beginning of the run of class bytes that ends at q. The best candidate for p
 * is the last one at least min before q, so one sweep an element finds S(i):
 *
 *     S(i-1):  . 1 . . 1 . . . . .
 *     class:   y y y n y y y y y n
 *     S(i):    . . . 1 . . 1 1 1 .      {2,4}
 *
 * Most rows need no sets: where a run cannot continue into what follows, taking all of it is right. A set has
 * SHAPE_LENGTH_MAX + 1 bits and lives on the stack.
 *
 * Why not a regex library: Vectorscan reports no beginnings (or pays for them), backtracking engines are not
 * linear, and an expression that our files cannot contain cannot hurt a user who was sent one.
 */
#include "base/shape.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

struct parser {
    struct arena *arena;
    const char *at;
    bool caseless;
    const char **reason;
};

static int
refuse(struct parser *parser, const char *why)
{
    *parser->reason = why;
    return PROV_E_POLICY;
}

static void
class_add(struct byte_class *class_, unsigned byte)
{
    class_->bits[byte >> 6] |= (uint64_t)1 << (byte & 63);
}

static void
class_add_range(struct byte_class *class_, unsigned first, unsigned last)
{
    for (unsigned byte = first; byte <= last; byte++)
        class_add(class_, byte);
}

static bool
classes_meet(const struct byte_class *a, const struct byte_class *b)
{
    return (a->bits[0] & b->bits[0]) | (a->bits[1] & b->bits[1]) | (a->bits[2] & b->bits[2]) |
           (a->bits[3] & b->bits[3]);
}

static void
class_fold(struct byte_class *class_)
{
    for (unsigned byte = 'a'; byte <= 'z'; byte++)
        if (byte_class_has(class_, (uint8_t)byte) || byte_class_has(class_, (uint8_t)(byte - 32))) {
            class_add(class_, byte);
            class_add(class_, byte - 32);
        }
}

static int
hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* What stands behind a backslash. @param single  the byte, or -1 for a class such as \d */
static int
parse_escape(struct parser *parser, struct byte_class *class_, int *single)
{
    char letter = *parser->at++;
    *single = -1;
    switch (letter) {
    case 'd':
        class_add_range(class_, '0', '9');
        return PROV_OK;
    case 's':
        class_add(class_, ' ');
        class_add_range(class_, '\t', '\r');
        return PROV_OK;
    case 'w':
        class_add_range(class_, '0', '9');
        class_add_range(class_, 'A', 'Z');
        class_add_range(class_, 'a', 'z');
        class_add(class_, '_');
        return PROV_OK;
    case 't':
        *single = '\t';
        break;
    case 'n':
        *single = '\n';
        break;
    case 'x': {
        int high = hex_value(parser->at[0]), low = high < 0 ? -1 : hex_value(parser->at[1]);
        if (low < 0)
            return refuse(parser, "'\\x' wants two hex digits");
        parser->at += 2;
        *single = high * 16 + low;
        break;
    }
    default:
        if (letter == 0 || isalnum((unsigned char)letter))
            return refuse(parser, "an escape that shapes do not have; they have \\d \\s \\w \\t \\n \\xHH and "
                                  "escaped punctuation");
        *single = (unsigned char)letter;
    }
    class_add(class_, (unsigned)*single);
    return PROV_OK;
}

/* One byte of a class, or \d and the like. */
static int
parse_class_item(struct parser *parser, struct byte_class *class_, int *single)
{
    unsigned char byte = (unsigned char)*parser->at++;
    if (byte == 0)
        return refuse(parser, "'[' without ']'");
    if (byte >= 0x80)
        return refuse(parser, "a class holds a character outside ASCII; use a group: (\xe4\xba\xac|\xe6\xb4\xa5)");
    if (byte == '\\')
        return parse_escape(parser, class_, single);
    *single = byte;
    class_add(class_, byte);
    return PROV_OK;
}

static int
parse_class(struct parser *parser, struct byte_class *class_)
{
    bool negated = *parser->at == '^';
    parser->at += negated;
    if (*parser->at == ']')
        return refuse(parser, "an empty class");
    while (*parser->at != ']') {
        int first = -1, last = -1;
        TRY(parse_class_item(parser, class_, &first));
        if (parser->at[0] != '-' || parser->at[1] == ']' || parser->at[1] == 0)
            continue;
        parser->at++;
        TRY(parse_class_item(parser, class_, &last));
        if (first < 0 || last < first)
            return refuse(parser, "a range in a class that is empty or has no ends");
        class_add_range(class_, (unsigned)first, (unsigned)last);
    }
    parser->at++;
    if (parser->caseless)
        class_fold(class_);
    for (int i = 0; negated && i < 4; i++)
        class_->bits[i] = ~class_->bits[i];
    return PROV_OK;
}

static int
parse_atom(struct parser *parser, struct byte_class *class_)
{
    int single = -1;
    char byte = *parser->at++;
    switch (byte) {
    case '[':
        return parse_class(parser, class_);
    case '.':
        class_add_range(class_, 0, 255);
        class_->bits[0] &= ~((uint64_t)1 << '\n' | (uint64_t)1 << '\r');
        return PROV_OK;
    case '\\':
        TRY(parse_escape(parser, class_, &single));
        break;
    case '^':
    case '$':
        return refuse(parser, "'^' and '$' are not known; boundaries are the detector's \"boundary\"");
    case '*':
    case '+':
    case '?':
    case '{':
        return refuse(parser, "a count with nothing before it, or two counts in a row (policy.unsafe_regex)");
    case ')':
    case ']':
    case '}':
    case '|':
        return refuse(parser, "a bracket or '|' that belongs to nothing");
    default:
        class_add(class_, (unsigned char)byte);
    }
    if (parser->caseless)
        class_fold(class_);
    return PROV_OK;
}

static int
parse_number(struct parser *parser, unsigned *number)
{
    if (!isdigit((unsigned char)*parser->at))
        return refuse(parser, "'{' wants numbers: {3}, {2,5} or {2,}");
    *number = 0;
    while (isdigit((unsigned char)*parser->at) && *number <= SHAPE_LENGTH_MAX)
        *number = *number * 10 + (unsigned)(*parser->at++ - '0');
    if (*number > SHAPE_LENGTH_MAX)
        return refuse(parser, "a count of more than 2048 (policy.limit)");
    return PROV_OK;
}

static int
parse_count(struct parser *parser, struct shape_element *element)
{
    unsigned min = 1, max = 1;
    switch (*parser->at) {
    case '?':
        min = 0;
        break;
    case '*':
        min = 0;
        max = SHAPE_LENGTH_MAX;
        break;
    case '+':
        max = SHAPE_LENGTH_MAX;
        break;
    case '{':
        parser->at++;
        TRY(parse_number(parser, &min));
        max = min;
        if (*parser->at == ',' && *++parser->at == '}')
            max = SHAPE_LENGTH_MAX;
        else if (parser->at[-1] == ',')
            TRY(parse_number(parser, &max));
        if (*parser->at != '}' || max < min || max == 0)
            return refuse(parser, "a count that makes no sense");
        break;
    default:
        parser->at--;
    }
    parser->at++;
    element->min = (uint16_t)min;
    element->max = (uint16_t)max;
    return PROV_OK;
}

/* Is taking as many as possible right at element i? What may follow it must not be able to take its bytes. */
static bool
greedy_at(const struct shape *shape, size_t i)
{
    if (shape->elements[i].min == shape->elements[i].max)
        return true;
    for (size_t j = i + 1; j < shape->nelements; j++) {
        if (classes_meet(&shape->elements[i].class_, &shape->elements[j].class_))
            return false;
        if (shape->elements[j].min > 0)
            break;
    }
    return true;
}

static int
parse_flat(struct parser *parser, const char *text, struct shape *shape)
{
    size_t capacity = strlen(text);
    shape->elements = arena_array(parser->arena, capacity ? capacity : 1, sizeof *shape->elements);
    if (!shape->elements)
        return PROV_E_MEMORY;
    size_t min = 0, max = 0;
    for (parser->at = text; *parser->at;) {
        struct shape_element *element = &shape->elements[shape->nelements++];
        TRY(parse_atom(parser, &element->class_));
        TRY(parse_count(parser, element));
        min += element->min;
        max += element->max;
    }
    if (min == 0)
        return refuse(parser, "a pattern that matches nothing at all");
    if (min > SHAPE_LENGTH_MAX)
        return refuse(parser, "a pattern that is longer than 2048 bytes (policy.limit)");
    shape->length_min = min;
    shape->length_max = max < SHAPE_LENGTH_MAX ? max : SHAPE_LENGTH_MAX;
    shape->greedy = true;
    for (size_t i = 0; i < shape->nelements; i++)
        shape->greedy = shape->greedy && greedy_at(shape, i);
    return PROV_OK;
}

/* Skip an escape or a class at text, which are the only places where a parenthesis is an ordinary byte. */
static const char *
skip_quoted(const char *text)
{
    if (*text == '\\' && text[1])
        return text + 2;
    if (*text != '[')
        return text + 1;
    text += 1 + (text[1] == '^');
    while (*text && *text != ']')
        text += *text == '\\' && text[1] ? 2 : 1;
    return *text ? text + 1 : text;
}

/* A group of a pattern: the text before, the alternatives, the text behind. */
struct group {
    const char *open, *close; /* the parentheses; open is NULL when the text has no group */
    const char *rest;         /* behind the group and its '?' */
    bool optional;
};

static int
find_group(struct parser *parser, const char *text, struct group *group)
{
    *group = (struct group){0};
    while (*text && *text != '(')
        text = skip_quoted(text);
    if (!*text)
        return PROV_OK;
    group->open = text++;
    if (*text == '?')
        return refuse(parser, "'(?' is not known to shapes");
    while (*text && *text != ')' && *text != '(')
        text = skip_quoted(text);
    if (*text == '(')
        return refuse(parser, "a group inside a group (policy.unsafe_regex)");
    if (!*text)
        return refuse(parser, "'(' without ')'");
    group->close = text++;
    group->optional = *text == '?';
    if (*text == '*' || *text == '+' || *text == '{')
        return refuse(parser, "a repeated group (policy.unsafe_regex)");
    group->rest = text + group->optional;
    return PROV_OK;
}

struct texts {
    char **texts; /* SHAPE_ALTERNATIVES_MAX of them at most */
    size_t ntexts;
};

static int
add_alternative(struct parser *parser, struct texts *texts, const char *whole, const struct group *group,
                struct bytes middle)
{
    if (texts->ntexts == SHAPE_ALTERNATIVES_MAX)
        return refuse(parser, "more than 256 alternatives (policy.limit)");
    size_t before = (size_t)(group->open - whole), after = strlen(group->rest);
    char *text = arena_alloc(parser->arena, before + middle.size + after + 1);
    if (!text)
        return PROV_E_MEMORY;
    memcpy(text, whole, before);
    if (middle.size)
        memcpy(text + before, middle.data, middle.size);
    memcpy(text + before + middle.size, group->rest, after);
    texts->texts[texts->ntexts++] = text;
    return PROV_OK;
}

/* Replace one text by the texts that its first group spells out. @param spelt  false when it has none */
static int
spell_group(struct parser *parser, const char *text, struct texts *out, bool *spelt)
{
    struct group group;
    TRY(find_group(parser, text, &group));
    *spelt = group.open != NULL;
    if (!*spelt)
        return PROV_OK;
    const char *start = group.open + 1;
    for (const char *at = start; at <= group.close; at = at == group.close ? at + 1 : skip_quoted(at)) {
        if (at != group.close && *at != '|')
            continue;
        TRY(add_alternative(parser, out, text, &group,
                            (struct bytes){(const uint8_t *)start, (size_t)(at - start)}));
        start = at + 1;
    }
    return group.optional ? add_alternative(parser, out, text, &group, (struct bytes){0}) : PROV_OK;
}

/*
 * Spell out all groups, round by round: each round removes the first group of every text.
 *
 * @param texts  with room for all; the result
 * @param next   likewise, to work with
 */
static int
spell_out(struct parser *parser, const char *pattern, struct texts *texts, struct texts next)
{
    texts->texts[0] = arena_text(parser->arena, bytes_of(pattern));
    texts->ntexts = 1;
    if (!texts->texts[0])
        return PROV_E_MEMORY;
    for (bool any = true; any;) {
        any = false;
        next.ntexts = 0;
        for (size_t i = 0; i < texts->ntexts; i++) {
            bool spelt = false;
            TRY(spell_group(parser, texts->texts[i], &next, &spelt));
            if (!spelt && next.ntexts == SHAPE_ALTERNATIVES_MAX)
                return refuse(parser, "more than 256 alternatives (policy.limit)");
            if (!spelt)
                next.texts[next.ntexts++] = texts->texts[i];
            any = any || spelt;
        }
        struct texts swap = *texts;
        *texts = next;
        next = swap;
    }
    return PROV_OK;
}

int
shape_parse(struct arena *arena, const char *pattern, bool caseless, struct shape **shapes, size_t *nshapes,
            const char **reason)
{
    struct parser parser = {.arena = arena, .caseless = caseless, .reason = reason};
    if (strlen(pattern) > SHAPE_TEXT_MAX)
        return refuse(&parser, "a pattern of more than 512 bytes (policy.limit)");
    char *rooms[2][SHAPE_ALTERNATIVES_MAX];
    struct texts texts = {.texts = rooms[0]};
    TRY(spell_out(&parser, pattern, &texts, (struct texts){.texts = rooms[1]}));
    struct shape *made = arena_array(arena, texts.ntexts, sizeof *made);
    if (!made)
        return PROV_E_MEMORY;
    for (size_t i = 0; i < texts.ntexts; i++)
        TRY(parse_flat(&parser, texts.texts[i], &made[i]));
    *shapes = made;
    *nshapes = texts.ntexts;
    return PROV_OK;
}

static size_t
match_greedy(const struct shape *shape, struct bytes text)
{
    size_t at = 0;
    for (size_t i = 0; i < shape->nelements; i++) {
        const struct shape_element *element = &shape->elements[i];
        size_t end = text.size - at < element->max ? text.size : at + element->max, start = at;
        while (at < end && byte_class_has(&element->class_, text.data[at]))
            at++;
        if (at - start < element->min)
            return 0;
    }
    return at;
}

enum { SET_WORDS = SHAPE_LENGTH_MAX / 64 + 1 };

static bool
set_has(const uint64_t *set, size_t place)
{
    return set[place >> 6] >> (place & 63) & 1;
}

/* The first and the last member of a set. */
struct extent {
    size_t first, last;
};

/* S(i) of S(i-1). @param extent  in: of from; out: of to  @return false when to is empty */
static bool
sweep(const struct shape_element *element, struct bytes text, const uint64_t *from, uint64_t *to,
      struct extent *extent)
{
    struct extent found = {SIZE_MAX, SIZE_MAX};
    size_t run = extent->first, best = SIZE_MAX;
    memset(to, 0, SET_WORDS * sizeof *to);
    for (size_t q = extent->first; q <= text.size; q++) {
        if (q > extent->first && !byte_class_has(&element->class_, text.data[q - 1]))
            run = q;
        if (q >= element->min && set_has(from, q - element->min))
            best = q - element->min;
        if (best != SIZE_MAX && best >= run && q - best <= element->max) {
            to[q >> 6] |= (uint64_t)1 << (q & 63);
            found.first = found.first == SIZE_MAX ? q : found.first;
            found.last = q;
        } else if (run > extent->last) {
            break;
        }
    }
    *extent = found;
    return found.last != SIZE_MAX;
}

size_t
shape_match(const struct shape *shape, struct bytes text)
{
    if (text.size < shape->length_min)
        return 0;
    if (text.size > SHAPE_LENGTH_MAX)
        text.size = SHAPE_LENGTH_MAX;
    if (shape->greedy)
        return match_greedy(shape, text);
    uint64_t sets[2][SET_WORDS] = {{1}};
    struct extent extent = {0, 0};
    for (size_t i = 0; i < shape->nelements; i++)
        if (!sweep(&shape->elements[i], text, sets[i & 1], sets[(i & 1) ^ 1], &extent))
            return 0;
    return extent.last;
}

/* A class as an expression: [\x30-\x39\x41]. */
static int
append_class(struct buf *expression, const struct byte_class *class_)
{
    TRY(buf_append_byte(expression, '['));
    for (unsigned byte = 0; byte < 256; byte++) {
        if (!byte_class_has(class_, (uint8_t)byte))
            continue;
        unsigned last = byte;
        while (last < 255 && byte_class_has(class_, (uint8_t)(last + 1)))
            last++;
        TRY(buf_printf(expression, "\\x%02x", byte));
        if (last > byte)
            TRY(buf_printf(expression, "-\\x%02x", last));
        byte = last;
    }
    return buf_append_byte(expression, ']');
}

int
shape_prefix(const struct shape *shape, size_t length_max, struct buf *expression, size_t *length)
{
    size_t total = 0;
    for (size_t i = 0; i < shape->nelements && total < length_max; i++) {
        const struct shape_element *element = &shape->elements[i];
        size_t take = element->min < length_max - total ? element->min : length_max - total;
        if (take > 0) {
            TRY(append_class(expression, &element->class_));
            if (take > 1)
                TRY(buf_printf(expression, "{%zu}", take));
        }
        total += take;
        if (element->min != element->max)
            break;
    }
    *length = total;
    return PROV_OK;
}

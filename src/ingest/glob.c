/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matching a name against a glob without recursion.
 *
 * Of several `*` only the last one met needs to be tried again: if the rest of the glob cannot match behind
 * a longer last star, it cannot match behind a longer earlier one either, since the last star could have
 * taken those bytes itself. So one place to go back to is enough, and the time is a product, not a power:
 *
 *     glob  a * b * c d          name  a x b y c c d
 *               ^ star                     ^ retry: the star takes one byte more each time
 *
 * Source: the argument is folklore; cf. Russ Cox, "Glob Matching Can Be Simple And Fast Too", 2017.
 */
#include "ingest/glob.h"

#include <stddef.h>

/** Where a bracket expression that starts at glob[at] ends (its `]`), or 0 when it is not closed. */
static size_t
bracket_end(struct bytes glob, size_t at)
{
    size_t i = at + 1;
    if (i < glob.size && (glob.data[i] == '!' || glob.data[i] == '^'))
        i++;
    if (i < glob.size && glob.data[i] == ']')
        i++;
    while (i < glob.size && glob.data[i] != ']')
        i += glob.data[i] == '\\' ? 2 : 1;
    return i < glob.size ? i : 0;
}

/** One byte of a bracket expression, unescaped; *at moves behind it. */
static uint8_t
bracket_byte(struct bytes glob, size_t *at)
{
    if (glob.data[*at] == '\\')
        ++*at;
    return glob.data[(*at)++];
}

/** Is byte one of glob[at..end], a closed bracket expression? */
static bool
bracket_has(struct bytes glob, size_t at, size_t end, uint8_t byte)
{
    size_t i = at + 1;
    bool negated = glob.data[i] == '!' || glob.data[i] == '^';
    if (negated)
        i++;
    bool found = false;
    while (i < end) {
        uint8_t low = bracket_byte(glob, &i), high = low;
        if (i + 1 < end && glob.data[i] == '-') {
            i++;
            high = bracket_byte(glob, &i);
        }
        found |= low <= byte && byte <= high;
    }
    return found != negated;
}

/** A match under way. */
struct match {
    struct bytes glob;
    size_t at;      /**< the next piece of the glob */
    size_t literal; /**< from here on no `[` is closed: so each is looked for once, not once a byte */
};

/** Match one byte by the next piece of the glob, which is not a star, and move behind the piece. */
static bool
match_byte(struct match *match, uint8_t byte)
{
    struct bytes glob = match->glob;
    size_t at = match->at;
    uint8_t piece = glob.data[at];
    if (piece == '[' && at < match->literal) {
        size_t end = bracket_end(glob, at);
        if (end) {
            match->at = end + 1;
            return bracket_has(glob, at, end, byte);
        }
        match->literal = at;
    }
    if (piece == '\\' && at + 1 < glob.size)
        piece = glob.data[++at];
    else if (piece == '?')
        piece = byte;
    match->at = at + 1;
    return piece == byte;
}

bool
glob_match(struct bytes glob, struct bytes name)
{
    struct match match = {.glob = glob, .literal = glob.size};
    size_t place = 0;
    size_t star = SIZE_MAX, star_place = 0; /* behind the last star, and how far it reached */
    while (place < name.size || match.at < glob.size) {
        if (match.at < glob.size && glob.data[match.at] == '*') {
            star = ++match.at;
            star_place = place;
            continue;
        }
        if (match.at < glob.size && place < name.size && match_byte(&match, name.data[place])) {
            place++;
            continue;
        }
        if (star == SIZE_MAX || star_place >= name.size)
            return false;
        place = ++star_place;
        match.at = star;
    }
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns over paths, run as a set of states instead of by trying: a hostile path costs no more than its
 * length times that of the pattern (R. Cox, "Regular Expression Matching Can Be Simple And Fast", 2007).
 *
 *     pattern   a / **\/ * . x          one state before each token, one behind the last
 *     states    0 1  2   3 4 5 6
 *
 * State i is in the set when the path read so far matches the tokens before it. A star token keeps its own
 * state while it reads, and lets the set pass on to the next state at once, because it may match nothing.
 * Most patterns begin with plain text, which is compared first.
 */
#include "base/path_glob.h"

#include <string.h>

enum token_kind { TOKEN_BYTE, TOKEN_ANY, TOKEN_STAR, TOKEN_DEEP, TOKEN_FOLDERS };

struct token {
    uint8_t kind;
    uint8_t byte;
};

/* One token, and how far it reaches in the pattern. */
static const char *
next_token(const char *at, bool at_start, struct token *token)
{
    *token = (struct token){.kind = TOKEN_BYTE, .byte = (uint8_t)*at};
    if (at[0] == '*' && at[1] == '*') {
        bool folders = at_start && at[2] == '/';
        token->kind = folders ? TOKEN_FOLDERS : TOKEN_DEEP;
        at += 2 + folders;
        while (token->kind == TOKEN_DEEP && *at == '*')
            at++;
        return at;
    }
    if (*at == '*')
        token->kind = TOKEN_STAR;
    else if (*at == '?')
        token->kind = TOKEN_ANY;
    else if (*at == '\\' && at[1])
        token->byte = (uint8_t) * ++at;
    return at + 1;
}

static size_t
tokens_of(const char *pattern, struct token *tokens)
{
    size_t ntokens = 0;
    for (const char *at = pattern; *at; ntokens++) {
        bool at_start = ntokens == 0 || tokens[ntokens - 1].kind == TOKEN_FOLDERS ||
                        (tokens[ntokens - 1].kind == TOKEN_BYTE && tokens[ntokens - 1].byte == '/');
        at = next_token(at, at_start, &tokens[ntokens]);
    }
    return ntokens;
}

static bool
may_be_empty(struct token token)
{
    return token.kind >= TOKEN_STAR;
}

/* Put state i into the set, and those that can be reached from it for nothing. */
static void
enter(bool *states, size_t i, const struct token *tokens, size_t ntokens)
{
    while (!states[i]) {
        states[i] = true;
        if (i == ntokens || !may_be_empty(tokens[i]))
            return;
        i++;
    }
}

/* The states after one byte, from those before it. */
static void
advance(const bool *states, bool *next, const struct token *tokens, size_t ntokens, uint8_t byte)
{
    for (size_t i = 0; i < ntokens; i++) {
        if (!states[i])
            continue;
        switch (tokens[i].kind) {
        case TOKEN_BYTE:
            if (tokens[i].byte == byte)
                enter(next, i + 1, tokens, ntokens);
            break;
        case TOKEN_ANY:
            if (byte != '/')
                enter(next, i + 1, tokens, ntokens);
            break;
        case TOKEN_STAR:
            if (byte != '/')
                enter(next, i, tokens, ntokens);
            break;
        case TOKEN_DEEP:
            enter(next, i, tokens, ntokens);
            break;
        default: /* folders: stay within a name, pass on behind a '/' */
            next[i] = true;
            if (byte == '/')
                enter(next, i + 1, tokens, ntokens);
            break;
        }
    }
}

bool
path_glob_match(const char *pattern, struct bytes path)
{
    struct token tokens[PATH_GLOB_MAX];
    bool sets[2][PATH_GLOB_MAX + 1];
    size_t plain = strcspn(pattern, "*?\\");
    if (path.size < plain || (plain && memcmp(pattern, path.data, plain) != 0))
        return false;
    if (strlen(pattern) > PATH_GLOB_MAX)
        return false;
    size_t ntokens = tokens_of(pattern, tokens);
    bool *states = sets[0], *next = sets[1];
    memset(states, 0, ntokens + 1);
    enter(states, plain, tokens, ntokens);
    for (size_t i = plain; i < path.size; i++) {
        memset(next, 0, ntokens + 1);
        advance(states, next, tokens, ntokens, path.data[i]);
        bool *swap = states;
        states = next;
        next = swap;
    }
    return states[ntokens];
}

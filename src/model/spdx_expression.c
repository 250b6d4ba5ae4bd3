/* SPDX-License-Identifier: Apache-2.0 */
/*
 * License expressions: text -> postfix -> canonical text.
 *
 *     "MIT or (gpl-2.0+ AND X11)"  ->  MIT GPL-2.0-or-later X11 AND OR  ->  "GPL-2.0-or-later AND X11 OR MIT"
 *
 * Parsing is the shunting-yard algorithm with a stack of fixed depth: no recursion, whatever the input
 * nests. AND binds tighter than OR, WITH and "+" belong to their license. The canonical form is made
 * bottom-up with a list of operand texts for each node, so that expressions that say the same by
 * commutation, association or repetition are one code in the store.
 *
 * Deprecated ids are replaced by the list's successors: "GPL-2.0" by "GPL-2.0-only", "GPL-2.0+" by
 * "GPL-2.0-or-later", "GPL-2.0-with-font-exception" by "GPL-2.0-only WITH Font-exception-2.0".
 *
 * Source of the grammar: SPDX specification 3.0, annex "SPDX license expressions". Source of the
 * algorithm: E. W. Dijkstra, MR 35 (1961).
 */
#include "model/spdx_expression.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/status.h"

/* What may wait on the stack. */
enum waiting { WAITING_PARENTHESIS, WAITING_AND, WAITING_OR };

struct parser {
    struct bytes text;
    size_t at;
    const struct spdx_names *names;
    struct arena *arena;
    struct spdx_node *nodes;
    size_t nnodes;
    enum waiting stack[SPDX_DEPTH_MAX];
    size_t depth;
};

static bool
is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool
is_id_byte(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '-' || byte == '.' || byte == ':';
}

static void
skip_space(struct parser *parser)
{
    while (parser->at < parser->text.size && is_space(parser->text.data[parser->at]))
        parser->at++;
}

/* The word at the present place, without moving. */
static struct bytes
peek_word(const struct parser *parser)
{
    size_t end = parser->at;
    while (end < parser->text.size && is_id_byte(parser->text.data[end]))
        end++;
    return (struct bytes){.data = parser->text.data + parser->at, .size = end - parser->at};
}

/* Operators are all upper or all lower case. */
static bool
is_operator(struct bytes word, const char *upper, const char *lower)
{
    return bytes_equal(word, bytes_of(upper)) || bytes_equal(word, bytes_of(lower));
}

static bool
starts_with_any_case(struct bytes word, const char *prefix)
{
    size_t size = strlen(prefix);
    return word.size > size && strncasecmp((const char *)word.data, prefix, size) == 0;
}

/* "DocumentRef-x:LicenseRef-y" or "LicenseRef-y": with its prefixes as the standard spells them, or NULL. */
static const char *
reference_text(struct parser *parser, struct bytes word, const char *prefix)
{
    static const char document[] = "DocumentRef-";
    struct bytes rest = word;
    size_t document_size = 0;
    if (starts_with_any_case(word, document)) {
        const uint8_t *colon = memchr(word.data, ':', word.size);
        document_size = colon ? (size_t)(colon - word.data) + 1 : 0;
        if (document_size <= sizeof document)
            return NULL;
        rest = (struct bytes){.data = word.data + document_size, .size = word.size - document_size};
    }
    if (!starts_with_any_case(rest, prefix) || memchr(rest.data, ':', rest.size))
        return NULL;
    char *text = arena_text(parser->arena, word);
    if (text && document_size)
        memmove(text, document, sizeof document - 1); // NOLINT: the beginning of a text that has its end
    if (text)
        memcpy(text + document_size, prefix, strlen(prefix));
    return text;
}

/* A word that begins like a reference and is none is not an id either. */
static bool
is_broken_reference(struct bytes word)
{
    static const char *const prefixes[] = {"LicenseRef-", "DocumentRef-", "AdditionRef-"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (word.size >= strlen(prefixes[i]) &&
            strncasecmp((const char *)word.data, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

/* Put a node behind the others. */
static int
emit(struct parser *parser, struct spdx_node node)
{
    if (parser->nnodes == SPDX_NODES_MAX)
        return PROV_E_DATA;
    parser->nodes[parser->nnodes++] = node;
    return PROV_OK;
}

/* What the list calls an id, following one successor to the next; NULL when it is not in the list. */
static const char *
look_up(const struct parser *parser, struct bytes id)
{
    return parser->names ? parser->names->license(parser->names->list, id) : NULL;
}

/* A license that the list calls "X WITH Y". */
static int
split_successor(struct parser *parser, const char *found, struct spdx_node *node)
{
    const char *with = strstr(found, " WITH ");
    if (!with) {
        node->license = found;
        return PROV_OK;
    }
    struct bytes license = {.data = (const uint8_t *)found, .size = (size_t)(with - found)};
    const char *successor = look_up(parser, license);
    node->license = successor ? successor : arena_text(parser->arena, license);
    node->addition = with + strlen(" WITH ");
    return node->license ? PROV_OK : PROV_E_MEMORY;
}

/* The license id with its "+", which some ids of the list have in their names. */
static int
take_license_id(struct parser *parser, struct bytes word, bool plus, struct spdx_node *node)
{
    struct bytes with_plus = {.data = word.data, .size = word.size + 1};
    const char *found = plus ? look_up(parser, with_plus) : NULL;
    if (found)
        plus = false;
    else
        found = look_up(parser, word);
    node->or_later = plus;
    node->known = found != NULL;
    if (!found) {
        node->license = arena_text(parser->arena, word);
        return node->license ? PROV_OK : PROV_E_MEMORY;
    }
    TRY(split_successor(parser, found, node));
    size_t size = strlen(node->license);
    static const char only[] = "-only", later[] = "-or-later";
    if (size > strlen(later) && strcmp(node->license + size - strlen(later), later) == 0)
        node->or_later = false;
    /* "GPL-2.0-only+" contradicts itself; "GPL-2.0+" with a list that lacks it does not. */
    if (node->or_later && size > strlen(only) && strcmp(node->license + size - strlen(only), only) == 0) {
        char *name = arena_alloc(parser->arena, size + sizeof later);
        if (!name)
            return PROV_E_MEMORY;
        memcpy(name, node->license, size - strlen(only));
        memcpy(name + size - strlen(only), later, sizeof later);
        node->license = name;
        node->or_later = false;
    }
    return PROV_OK;
}

static int
take_addition(struct parser *parser, struct spdx_node *node)
{
    skip_space(parser);
    struct bytes word = peek_word(parser);
    if (word.size == 0 || node->addition)
        return PROV_E_DATA;
    parser->at += word.size;
    node->addition = reference_text(parser, word, "AdditionRef-");
    if (!node->addition)
        /* Version 2.3 of the standard let a LicenseRef stand here; files that do so exist. */
        node->addition = reference_text(parser, word, "LicenseRef-");
    if (node->addition)
        return PROV_OK;
    if (memchr(word.data, ':', word.size))
        return PROV_E_DATA;
    node->addition = parser->names ? parser->names->exception(parser->names->list, word) : NULL;
    if (!node->addition) {
        node->known = false;
        node->addition = arena_text(parser->arena, word);
    }
    return node->addition ? PROV_OK : PROV_E_MEMORY;
}

static int
take_term(struct parser *parser)
{
    struct spdx_node node = {.op = SPDX_TERM, .known = true};
    struct bytes word = peek_word(parser);
    if (word.size == 0 || is_operator(word, "AND", "and") || is_operator(word, "OR", "or") ||
        is_operator(word, "WITH", "with"))
        return PROV_E_DATA;
    parser->at += word.size;
    bool plus = parser->at < parser->text.size && parser->text.data[parser->at] == '+';
    node.license = reference_text(parser, word, "LicenseRef-");
    if (!node.license) {
        if (memchr(word.data, ':', word.size) || is_broken_reference(word))
            return PROV_E_DATA;
        TRY(take_license_id(parser, word, plus, &node));
        parser->at += plus;
    }
    skip_space(parser);
    struct bytes next = peek_word(parser);
    if (is_operator(next, "WITH", "with")) {
        parser->at += next.size;
        TRY(take_addition(parser, &node));
    }
    return emit(parser, node);
}

/* Emit what waits and binds at least as tightly as op. */
static int
emit_waiting(struct parser *parser, enum waiting op)
{
    while (parser->depth > 0) {
        enum waiting top = parser->stack[parser->depth - 1];
        if (top == WAITING_PARENTHESIS || (top == WAITING_OR && op == WAITING_AND))
            return PROV_OK;
        parser->depth--;
        TRY(emit(parser, (struct spdx_node){.op = top == WAITING_AND ? SPDX_AND : SPDX_OR}));
    }
    return PROV_OK;
}

static int
push_waiting(struct parser *parser, enum waiting waiting)
{
    if (parser->depth == SPDX_DEPTH_MAX)
        return PROV_E_DATA;
    parser->stack[parser->depth++] = waiting;
    return PROV_OK;
}

/* What follows a term: closing parentheses, then an operator or the end. @param more  a term must follow */
static int
take_operator(struct parser *parser, bool *more)
{
    skip_space(parser);
    while (parser->at < parser->text.size && parser->text.data[parser->at] == ')') {
        TRY(emit_waiting(parser, WAITING_OR));
        if (parser->depth == 0)
            return PROV_E_DATA;
        parser->depth--;
        parser->at++;
        skip_space(parser);
    }
    *more = parser->at < parser->text.size;
    if (!*more)
        return PROV_OK;
    struct bytes word = peek_word(parser);
    enum waiting op = is_operator(word, "AND", "and") ? WAITING_AND : WAITING_OR;
    if (op == WAITING_OR && !is_operator(word, "OR", "or"))
        return PROV_E_DATA;
    parser->at += word.size;
    TRY(emit_waiting(parser, op));
    return push_waiting(parser, op);
}

static int
parse(struct parser *parser)
{
    for (bool more = true; more;) {
        skip_space(parser);
        while (parser->at < parser->text.size && parser->text.data[parser->at] == '(') {
            TRY(push_waiting(parser, WAITING_PARENTHESIS));
            parser->at++;
            skip_space(parser);
        }
        TRY(take_term(parser));
        TRY(take_operator(parser, &more));
    }
    TRY(emit_waiting(parser, WAITING_OR));
    return parser->depth == 0 ? PROV_OK : PROV_E_DATA;
}

int
spdx_expression_parse(struct bytes text, const struct spdx_names *names, struct arena *arena,
                      struct spdx_expression *expression)
{
    if (text.size > SPDX_BYTES_MAX)
        return PROV_E_DATA;
    struct parser parser = {.text = text, .names = names, .arena = arena};
    parser.nodes = arena_array(arena, SPDX_NODES_MAX, sizeof *parser.nodes);
    if (!parser.nodes)
        return PROV_E_MEMORY;
    TRY(parse(&parser));
    *expression = (struct spdx_expression){.nodes = parser.nodes, .nnodes = parser.nnodes, .known = true};
    for (size_t i = 0; i < parser.nnodes; i++)
        if (parser.nodes[i].op == SPDX_TERM)
            expression->known = expression->known && parser.nodes[i].known;
    return PROV_OK;
}

/* What a node of the tree has been written to so far: its operands, in order, each once. */
struct operands {
    enum spdx_operator op;
    const char **texts;
    size_t ntexts;
};

static int
write_term(const struct spdx_node *node, struct arena *arena, struct operands *operands)
{
    struct buf text = {0};
    int status = buf_printf(&text, "%s%s%s%s", node->license, node->or_later ? "+" : "",
                            node->addition ? " WITH " : "", node->addition ? node->addition : "");
    *operands = (struct operands){.op = SPDX_TERM, .ntexts = 1};
    operands->texts = arena_array(arena, 1, sizeof *operands->texts);
    if (status == PROV_OK && operands->texts)
        operands->texts[0] = arena_text(arena, buf_bytes(&text));
    buf_finish(&text);
    return status == PROV_OK && operands->texts && operands->texts[0] ? PROV_OK : PROV_E_MEMORY;
}

static int
join(const struct operands *operands, struct buf *text)
{
    for (size_t i = 0; i < operands->ntexts; i++) {
        if (i > 0)
            TRY(buf_append_text(text, operands->op == SPDX_AND ? " AND " : " OR "));
        TRY(buf_append_text(text, operands->texts[i]));
    }
    return PROV_OK;
}

/* The operands of a child as operands of op: its own when it is of the same kind, else itself as one. */
static int
adopt(const struct operands *child, enum spdx_operator op, struct arena *arena, struct operands *parent)
{
    if (child->op == op || child->op == SPDX_TERM || child->ntexts == 1) {
        memcpy(parent->texts + parent->ntexts, child->texts, child->ntexts * sizeof *child->texts);
        parent->ntexts += child->ntexts;
        return PROV_OK;
    }
    struct buf text = {0};
    int status = op == SPDX_AND ? buf_append_byte(&text, '(') : PROV_OK;
    if (status == PROV_OK)
        status = join(child, &text);
    if (status == PROV_OK && op == SPDX_AND)
        status = buf_append_byte(&text, ')');
    const char *kept = status == PROV_OK ? arena_text(arena, buf_bytes(&text)) : NULL;
    buf_finish(&text);
    if (!kept)
        return PROV_E_MEMORY;
    parent->texts[parent->ntexts++] = kept;
    return PROV_OK;
}

static int
compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
combine(const struct operands *left, const struct operands *right, enum spdx_operator op, struct arena *arena,
        struct operands *result)
{
    struct operands combined = {.op = op};
    combined.texts = arena_array(arena, left->ntexts + right->ntexts + 2, sizeof *combined.texts);
    if (!combined.texts)
        return PROV_E_MEMORY;
    TRY(adopt(left, op, arena, &combined));
    TRY(adopt(right, op, arena, &combined));
    qsort(combined.texts, combined.ntexts, sizeof *combined.texts, compare_texts);
    size_t kept = 0;
    for (size_t i = 0; i < combined.ntexts; i++)
        if (kept == 0 || strcmp(combined.texts[kept - 1], combined.texts[i]) != 0)
            combined.texts[kept++] = combined.texts[i];
    combined.ntexts = kept;
    if (kept == 1 && left->ntexts == 1)
        combined.op = left->op; /* "A AND A" is A */
    *result = combined;
    return PROV_OK;
}

int
spdx_expression_write(const struct spdx_expression *expression, struct arena *arena, struct buf *text)
{
    struct operands *stack = arena_array(arena, expression->nnodes + 1, sizeof *stack);
    size_t depth = 0;
    if (!stack)
        return PROV_E_MEMORY;
    for (size_t i = 0; i < expression->nnodes; i++) {
        const struct spdx_node *node = &expression->nodes[i];
        if (node->op == SPDX_TERM) {
            TRY(write_term(node, arena, &stack[depth++]));
            continue;
        }
        TRY(combine(&stack[depth - 2], &stack[depth - 1], node->op, arena, &stack[depth - 2]));
        depth--;
    }
    return depth == 1 ? join(&stack[0], text) : PROV_E_INTERNAL;
}

int
spdx_expression_canonical(struct bytes text, const struct spdx_names *names, struct buf *canonical,
                          bool *known)
{
    struct arena arena = {0};
    struct spdx_expression expression;
    int status = spdx_expression_parse(text, names, &arena, &expression);
    if (status == PROV_OK)
        status = spdx_expression_write(&expression, &arena, canonical);
    if (status == PROV_OK && known)
        *known = expression.known;
    arena_finish(&arena);
    return status;
}

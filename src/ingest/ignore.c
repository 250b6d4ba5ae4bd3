/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What not to read: the lines of .provscanignore files and the globs of --exclude.
 *
 * The syntax is that of gitignore, read line by line:
 *
 *     # words        a comment; `\#` for a name that starts so
 *     *.bak          at any depth below the folder of the file, a file or a folder
 *     /raw           only in that folder: a slash at the start or in the middle ties to it
 *     raw/old        likewise
 *     cache/         a slash at the end: folders only
 *     a/@/b          with two stars for the @: any number of folders, also none; at the end: all that is
 * below !keep.bak      what an earlier line left out is read after all
 *
 * Components are globs (ingest/glob.h). Spaces at the end of a line go, unless the last is escaped; so does
 * a CR. Of several rules that match, the last one counts: --exclude before any file, a file deeper
 * in the tree before those above it, a later line before an earlier one. What lies in a folder that was left
 * out cannot be taken back in. For --exclude, "that folder" is each root.
 *
 * How it matches: a rule is a list of components, and the walk hands in one name at a time, so each rule is
 * a small automaton whose states are "so many components matched". One 64-bit word a rule and folder
 * holds the set of its states; a name moves it on:
 *
 *     rule  a/@/b       states: 0 before a, 1 before the stars, 2 before b
 *     root  {0}         enter "a" -> {1,2}     enter "x" -> {1,2}     name "b": matched
 *
 * So a name is compared with single components only, never the whole path with the whole rule again, and a
 * hostile file of rules costs at most LIMIT_IGNORE_BYTES times 255 steps an entry. A rule without a slash
 * is two stars and one component. The rules and the states are stacks, cut back when the walk leaves a
 * folder.
 *
 * Source: gitignore(5) for the language; the set of states is Thompson's simulation (1968).
 */
#include "ingest/ignore.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "ingest/glob.h"

enum { PARTS_MAX = 63 };

/** One component of a rule. */
struct ignore_part {
    uint32_t offset, size; /**< in ignore.text */
    bool any_depth;        /**< `**` */
};

/** What to go back to when the walk leaves a folder. */
struct ignore_level {
    size_t nrules, nparts, text_size; /**< before the rules of this folder */
    size_t states;                    /**< where its states start; they end with the next level or nstates */
};

/** Room for wanted elements. @return the list, perhaps elsewhere; NULL when out of memory, list as it was */
static void *
grow(void *list, size_t *capacity, size_t wanted, size_t size)
{
    if (wanted <= *capacity)
        return list;
    size_t grown = *capacity < 16 ? 16 : *capacity;
    while (grown < wanted)
        grown *= 2;
    list = realloc(list, grown * size);
    if (list)
        *capacity = grown;
    return list;
}

/** The line without what is not part of the rule: end of line, spaces; empty for comments. */
static struct bytes
trim(struct bytes line)
{
    if (line.size && line.data[line.size - 1] == '\r')
        line.size--;
    while (line.size && line.data[line.size - 1] == ' ') {
        size_t nbackslashes = 0;
        while (nbackslashes + 1 < line.size && line.data[line.size - 2 - nbackslashes] == '\\')
            nbackslashes++;
        if (nbackslashes % 2)
            break;
        line.size--;
    }
    if (line.size && line.data[0] == '#')
        line.size = 0;
    return line;
}

static int
add_part(struct ignore *ignore, struct ignore_rule *rule, size_t offset, size_t size)
{
    const uint8_t *glob = ignore->text.data + offset;
    size_t nstars = 0;
    while (nstars < size && glob[nstars] == '*')
        nstars++;
    bool any_depth = size >= 2 && nstars == size;
    if (any_depth && rule->nparts && ignore->parts[ignore->nparts - 1].any_depth)
        return PROV_OK; /* twice any depth is any depth */
    if (rule->nparts == PARTS_MAX)
        return PROV_E_DATA;
    struct ignore_part *parts =
        grow(ignore->parts, &ignore->parts_capacity, ignore->nparts + 1, sizeof *parts);
    if (!parts)
        return PROV_E_MEMORY;
    ignore->parts = parts;
    ignore->parts[ignore->nparts++] =
        (struct ignore_part){.offset = (uint32_t)offset, .size = (uint32_t)size, .any_depth = any_depth};
    rule->nparts++;
    return PROV_OK;
}

/** Split the rule's text [start, end) at its slashes; one may stand in front. */
static int
add_parts(struct ignore *ignore, struct ignore_rule *rule, size_t start, size_t end)
{
    while (start < end) {
        const uint8_t *slash = memchr(ignore->text.data + start, '/', end - start);
        size_t stop = slash ? (size_t)(slash - ignore->text.data) : end;
        if (stop > start)
            TRY(add_part(ignore, rule, start, stop - start));
        start = stop + 1;
    }
    return PROV_OK;
}

/** Make a rule of a trimmed line, and add it unless nothing is left of it. */
static int
add_rule(struct ignore *ignore, struct bytes line, size_t folder_path_size, bool excludes)
{
    if (ignore->nrules == LIMIT_IGNORE_RULES || ignore->text.size + line.size > LIMIT_IGNORE_BYTES)
        return PROV_E_DATA;
    /* A rule without a slash matches at any depth: the stars in front of its text say so. */
    TRY(buf_append_text(&ignore->text, "**"));
    size_t start = ignore->text.size, end = start + line.size;
    TRY(buf_append(&ignore->text, line.data, line.size));
    struct ignore_rule rule = {.text = (uint32_t)start,
                               .text_size = (uint32_t)line.size,
                               .parts = (uint32_t)ignore->nparts,
                               .folder_path_size = (uint32_t)folder_path_size,
                               .excludes = excludes};
    const uint8_t *text = ignore->text.data;
    rule.negated = start < end && text[start] == '!';
    start += rule.negated;
    rule.folders_only = start < end && text[end - 1] == '/';
    end -= rule.folders_only;
    if (start == end || memmem(text + start, end + rule.folders_only - start, "//", 2))
        return PROV_OK; /* no name is empty: it could never match */
    if (!memchr(text + start, '/', end - start))
        TRY(add_part(ignore, &rule, rule.text - 2, 2));
    TRY(add_parts(ignore, &rule, start, end));
    if (rule.nparts == 0)
        return PROV_OK;
    struct ignore_rule *rules =
        grow(ignore->rules, &ignore->rules_capacity, ignore->nrules + 1, sizeof *rules);
    if (!rules)
        return PROV_E_MEMORY;
    ignore->rules = rules;
    ignore->rules[ignore->nrules++] = rule;
    return PROV_OK;
}

/** With a state before `**`, the state behind it is reached as well; at the end the stars need a name to
 * take. */
static uint64_t
spread(const struct ignore *ignore, const struct ignore_rule *rule, uint64_t states)
{
    for (uint32_t i = 0; i + 1 < rule->nparts; i++)
        if (states >> i & 1 && ignore->parts[rule->parts + i].any_depth)
            states |= (uint64_t)1 << (i + 1);
    return states;
}

/** Where a rule is after one more name. @param matched  set when the rule matches up to this name */
static uint64_t
step(const struct ignore *ignore, const struct ignore_rule *rule, uint64_t states, struct bytes name,
     bool *matched)
{
    uint64_t next = 0;
    for (uint32_t i = 0; i < rule->nparts && states >> i; i++) {
        const struct ignore_part *part = &ignore->parts[rule->parts + i];
        struct bytes glob = {ignore->text.data + part->offset, part->size};
        if (!(states >> i & 1) || !(part->any_depth || glob_match(glob, name)))
            continue;
        if (i + 1 == rule->nparts)
            *matched = true;
        next |= (uint64_t)1 << (part->any_depth ? i : i + 1);
    }
    return spread(ignore, rule, next & (((uint64_t)1 << rule->nparts) - 1));
}

static int
push_state(struct ignore *ignore, uint64_t states)
{
    if (ignore->nstates == LIMIT_IGNORE_STATES)
        return PROV_E_DATA;
    uint64_t *list = grow(ignore->states, &ignore->states_capacity, ignore->nstates + 1, sizeof *list);
    if (!list)
        return PROV_E_MEMORY;
    ignore->states = list;
    ignore->states[ignore->nstates++] = states;
    return PROV_OK;
}

int
ignore_add_exclude(struct ignore *ignore, const char *glob, struct err *err)
{
    assert(ignore->nlevels == 0);
    size_t nrules = ignore->nrules;
    int status = add_rule(ignore, bytes_of(glob), 0, true);
    if (status == PROV_E_DATA)
        return err_set(err, PROV_E_USAGE, "--exclude '%s': too long, or too many of them", glob);
    if (status != PROV_OK)
        return err_set(err, status, "--exclude: out of memory");
    if (ignore->nrules == nrules)
        return err_set(err, PROV_E_USAGE, "--exclude '%s': matches nothing", glob);
    ignore->nexcludes = ignore->nrules;
    return PROV_OK;
}

int
ignore_enter(struct ignore *ignore, struct bytes name)
{
    struct ignore_level *levels =
        grow(ignore->levels, &ignore->levels_capacity, ignore->nlevels + 1, sizeof *levels);
    if (!levels)
        return PROV_E_MEMORY;
    ignore->levels = levels;
    size_t above = ignore->nlevels ? ignore->levels[ignore->nlevels - 1].states : 0;
    struct ignore_level level = {.nrules = ignore->nrules,
                                 .nparts = ignore->nparts,
                                 .text_size = ignore->text.size,
                                 .states = ignore->nstates};
    int status = PROV_OK;
    for (size_t i = 0; i < ignore->nrules && status == PROV_OK; i++) {
        bool matched = false;
        status = push_state(ignore, ignore->nlevels ? step(ignore, &ignore->rules[i],
                                                           ignore->states[above + i], name, &matched)
                                                    : spread(ignore, &ignore->rules[i], 1));
    }
    if (status != PROV_OK) {
        ignore->nstates = level.states;
        return status;
    }
    ignore->levels[ignore->nlevels++] = level;
    return PROV_OK;
}

/** Add a rule for each line of content. */
static int
add_lines(struct ignore *ignore, struct bytes content, size_t folder_path_size)
{
    if (bytes_start_with(content, "\xef\xbb\xbf"))
        content = (struct bytes){content.data + 3, content.size - 3};
    while (content.size) {
        const uint8_t *end = memchr(content.data, '\n', content.size);
        size_t size = end ? (size_t)(end - content.data) : content.size;
        struct bytes line = trim((struct bytes){content.data, size});
        if (line.size)
            TRY(add_rule(ignore, line, folder_path_size, false));
        size += end != NULL;
        content = (struct bytes){content.data + size, content.size - size};
    }
    return PROV_OK;
}

int
ignore_add_file(struct ignore *ignore, struct bytes content, size_t folder_path_size)
{
    assert(ignore->nlevels > 0);
    size_t nrules = ignore->nrules, nstates = ignore->nstates;
    int status = add_lines(ignore, content, folder_path_size);
    for (size_t i = nrules; i < ignore->nrules && status == PROV_OK; i++)
        status = push_state(ignore, spread(ignore, &ignore->rules[i], 1));
    if (status != PROV_OK) {
        const struct ignore_level *level = &ignore->levels[ignore->nlevels - 1];
        ignore->nrules = nrules;
        ignore->nstates = nstates;
        ignore->nparts = level->nparts;
        ignore->text.size = level->text_size;
    }
    return status;
}

void
ignore_leave(struct ignore *ignore)
{
    assert(ignore->nlevels > 0);
    const struct ignore_level *level = &ignore->levels[--ignore->nlevels];
    ignore->nrules = level->nrules;
    ignore->nparts = level->nparts;
    ignore->text.size = level->text_size;
    ignore->nstates = level->states;
}

/** The last of rules [first, end) that matches, or NULL. */
static const struct ignore_rule *
last_match(const struct ignore *ignore, size_t first, size_t end, struct bytes name, bool is_folder)
{
    const uint64_t *states = ignore->states + ignore->levels[ignore->nlevels - 1].states;
    for (size_t i = end; i-- > first;) {
        const struct ignore_rule *rule = &ignore->rules[i];
        bool matched = false;
        if (rule->folders_only && !is_folder)
            continue;
        (void)step(ignore, rule, states[i], name, &matched);
        if (matched)
            return rule;
    }
    return NULL;
}

const struct ignore_rule *
ignore_decide(const struct ignore *ignore, struct bytes name, bool is_folder)
{
    if (ignore->nrules == 0)
        return NULL;
    const struct ignore_rule *rule = last_match(ignore, 0, ignore->nexcludes, name, is_folder);
    if (!rule)
        rule = last_match(ignore, ignore->nexcludes, ignore->nrules, name, is_folder);
    return rule && !rule->negated ? rule : NULL;
}

struct bytes
ignore_rule_text(const struct ignore *ignore, const struct ignore_rule *rule)
{
    return (struct bytes){ignore->text.data + rule->text, rule->text_size};
}

void
ignore_finish(struct ignore *ignore)
{
    free(ignore->rules);
    free(ignore->parts);
    free(ignore->levels);
    free(ignore->states);
    buf_finish(&ignore->text);
    *ignore = (struct ignore){0};
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of licenses in running text, and whether they apply or are only talked about.
 *
 *     This file is licensed under the MIT license.          applied: under -> name
 *     License: BSD-3-Clause                                  applied: the word right before
 *     MIT License                                            applied: the name is the whole line
 *     It is compatible with the GPL, unlike Apache-2.0.      mentioned: negated
 *     We scan for MIT, BSD and GPL.                          mentioned: nothing applies them
 *
 * The words before a name decide, back to the start of its sentence and not further than LOOK_BACK; a name
 * inside a recognised license text says nothing on its own and is left out. "You should have received a
 * copy of the GNU General Public License" tells where the text is: it counts only when nothing else does.
 */
#include <string.h>
#include <strings.h>

#include "base/status.h"
#include "inspect/license_scan.h"
#include "model/fact.h"

enum {
    LOOK_BACK = 16,
    LOOK_AHEAD = 6,
    LOOK_AHEAD_CJK = 16,
    NEGATE_TOKENS = 10,
    PATH_BYTES = 100,
    JOIN_TOKENS = 24,
    HEADING_LINES = 4,
    HEADING_TOKENS = 6
};

bool
license_scan_breaks_after(const struct license_scan *scan, uint32_t token)
{
    if (token + 1 >= scan->tokens.ntokens)
        return true;
    const struct license_token *here = &scan->tokens.tokens[token], *next = here + 1;
    size_t from = (size_t)here->offset + here->length;
    const uint8_t *text = scan->text.data;
    /* A blank line ends a paragraph, but not "under the terms of either:" or an "or" on a line of its own. */
    if (next->line > here->line + 1 && !memchr(text + from, ':', next->offset - from) &&
        !(license_scan_classes(scan, token) & (WORD_OR | WORD_CHOICE)) &&
        !(license_scan_classes(scan, token + 1) & WORD_OR))
        return true;
    for (size_t i = from; i < next->offset; i++) {
        bool ends = text[i] == '.' || text[i] == '!' || text[i] == '?';
        bool spaced =
            i + 1 < next->offset && (text[i + 1] == ' ' || text[i + 1] == '\n' || text[i + 1] == '\r' ||
                                     text[i + 1] == ')' || text[i + 1] == '"');
        /* An abbreviation ("v. 2", "Inc. or") goes on in lower case or with a digit. */
        uint8_t first = text[next->offset];
        if (ends && spaced && first >= 'A' && first <= 'Z' && here->length > 1)
            return true;
        if (i + 2 < next->offset && memcmp(text + i, "\xe3\x80\x82", 3) == 0)
            return true; /* 。 */
    }
    return false;
}

/* Is there one of these bytes between a token and the next one? */
static bool
between(const struct license_scan *scan, uint32_t token, const char *bytes)
{
    const struct license_token *here = &scan->tokens.tokens[token], *next = here + 1;
    for (size_t i = (size_t)here->offset + here->length; i < next->offset; i++)
        if (strchr(bytes, scan->text.data[i]) && scan->text.data[i])
            return true;
    return false;
}

/* The word is part of an identifier: EXPORT_SYMBOL_GPL, LICENSE_MIT. */
static bool
in_identifier(const struct license_scan *scan, uint32_t first, uint32_t end)
{
    const struct license_token *word = &scan->tokens.tokens[first], *last = &scan->tokens.tokens[end - 1];
    size_t behind = (size_t)last->offset + last->length;
    return (word->offset > 0 && scan->text.data[word->offset - 1] == '_') ||
           (behind < scan->text.size && scan->text.data[behind] == '_');
}

/* The word is part of a path: /usr/share/common-licenses/GPL-2, but not "MIT/GPL". */
static bool
in_path(const struct license_scan *scan, uint32_t first)
{
    size_t at = scan->tokens.tokens[first].offset, nslashes = 0;
    const uint8_t *text = scan->text.data;
    for (size_t i = at; i > 0 && at - i < PATH_BYTES && text[i - 1] > ' ' && !strchr("\"'`(<[", text[i - 1]);
         i--)
        nslashes += text[i - 1] == '/';
    return nslashes >= 2;
}

/* A string in a program begins with this token. */
static bool
is_quoted(const struct license_scan *scan, uint32_t token)
{
    size_t offset = scan->tokens.tokens[token].offset;
    return offset > 0 && (scan->text.data[offset - 1] == '"' || scan->text.data[offset - 1] == '\'');
}

/* A number that is no year: "| MIT | 120 |" counts licenses. */
static bool
is_count(const struct license_scan *scan, uint32_t token)
{
    const struct license_token *word = &scan->tokens.tokens[token];
    const uint8_t *text = scan->text.data + word->offset;
    for (size_t i = 0; i < word->length; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return word->length != 4 || (memcmp(text, "19", 2) != 0 && memcmp(text, "20", 2) != 0);
}

/* The name stands in a row of a table: a '|' before it on its line. */
static bool
in_table(const struct license_scan *scan, uint32_t token)
{
    size_t offset = scan->tokens.tokens[token].offset;
    for (size_t i = offset; i > 0 && offset - i < 200 && scan->text.data[i - 1] != '\n'; i--)
        if (scan->text.data[i - 1] == '|')
            return true;
    return false;
}

/* The name has a line to itself, but for fill words: a heading, or the title of a license. */
static bool
is_heading(const struct license_scan *scan, uint32_t first, uint32_t end)
{
    const struct license_token *tokens = scan->tokens.tokens;
    uint32_t start = first, stop = end;
    while (start > 0 && tokens[start - 1].line == tokens[first].line)
        start--;
    while (stop < scan->tokens.ntokens && tokens[stop].line == tokens[first].line)
        stop++;
    if (stop - start > end - first + 4 || is_quoted(scan, start))
        return false;
    for (uint32_t i = start; i < stop; i++)
        if ((i < first || i >= end) &&
            !(license_scan_classes(scan, i) & (WORD_FILL | WORD_LICENSE | WORD_VERSION)) &&
            !(tokens[i].flags & TOKEN_BULLET) &&
            !(i >= end && tokens[i].length <= 6 && stop - end <= 2 && !is_count(scan, i)))
            return false;
    return true;
}

/* "## License", then the name at the start of the next line that is not empty. */
static bool
is_under_heading(const struct license_scan *scan, uint32_t first)
{
    const struct license_token *tokens = scan->tokens.tokens;
    uint32_t start = first, heading;
    while (start > 0 && tokens[start - 1].line == tokens[first].line)
        start--;
    for (uint32_t i = start; i < first; i++)
        if (first - start > 4 ||
            !(license_scan_classes(scan, i) & (WORD_FILL | WORD_UNDER | WORD_LICENSE | WORD_APPLY | WORD_IS)))
            return false;
    if (start == 0 || tokens[first].line - tokens[start - 1].line > HEADING_LINES || in_table(scan, first))
        return false;
    heading = start - 1;
    while (heading > 0 && tokens[heading - 1].line == tokens[start - 1].line)
        heading--;
    bool says = false;
    for (uint32_t i = heading; i < start && start - heading <= HEADING_TOKENS; i++) {
        if (scan->cover[i])
            return false; /* a tag or a URL, no heading */
        says = says || license_scan_classes(scan, i) & WORD_LICENSE;
    }
    return says;
}

/* What the words before a name say. */
struct before {
    bool named_so;   /**< "under" or "license" do: enough for a name that may be another thing */
    bool applied;    /**< "under", "license:", "licensed" lead straight to the name */
    bool apply_verb; /**< a word that applies stands somewhere before */
    bool negated;
    bool received;
    bool is; /**< "is", "are" right before */
    bool dedicated;
    bool subject; /**< the license itself does something */
    bool refused; /**< negated by what stands behind the name */
};

/* "permissive licenses (MIT, BSD)", "licenses such as": names in the plural are examples, but for "dual
 * licenses". */
static bool
gives_examples(const struct license_scan *scan, uint32_t plural, uint32_t first)
{
    if (!(license_scan_classes(scan, plural) & WORD_PLURAL) || !between(scan, plural, "(") ||
        first - plural > 4)
        return false;
    for (uint32_t i = plural > 5 ? plural - 5 : 0; i < plural; i++)
        if (license_scan_classes(scan, i) & WORD_CHOICE)
            return false;
    return true;
}

/* "the full text of the GPL", "file: the license". */
static bool
is_text_of(const struct license_scan *scan, uint32_t token, uint32_t first)
{
    return first - token <= 6 && license_scan_classes(scan, token) & WORD_TEXT &&
           license_scan_classes(scan, token + 1) & WORD_OF;
}

/* "license: X", "license = X", but not "license == X". */
static bool
is_assigned(const struct license_scan *scan, uint32_t token)
{
    const struct license_token *here = &scan->tokens.tokens[token], *next = here + 1;
    size_t from = (size_t)here->offset + here->length;
    const uint8_t *text = scan->text.data + from;
    size_t size = next->offset - from;
    return between(scan, token, ":=") && !memmem(text, size, "==", 2) && !memmem(text, size, "!=", 2);
}

static struct before
look_back(const struct license_scan *scan, uint32_t first)
{
    struct before before = {0};
    bool straight = true, with = false; /* only fill words so far; "by", "with", "to" among them */
    for (uint32_t i = first; i-- > 0 && first - i <= LOOK_BACK;) {
        if (license_scan_breaks_after(scan, i))
            break;
        uint64_t classes = license_scan_classes(scan, i);
        if (straight && classes & WORD_UNDER)
            before.applied = before.named_so = true;
        if (straight && classes & WORD_LICENSE &&
            (i + 1 == first || is_assigned(scan, i) ||
             (i + 2 == first && license_scan_classes(scan, i + 1) & WORD_IS)))
            before.applied = before.named_so = true;
        if (classes & WORD_APPLY) {
            before.apply_verb = true;
            if (with && first - i <= 8)
                before.applied = true;
        }
        before.is = before.is || (classes & WORD_IS && first - i <= 3);
        before.dedicated = before.dedicated || classes & (WORD_DEDICATE | WORD_IS);
        before.negated = before.negated || (classes & WORD_NEGATE && first - i <= NEGATE_TOKENS) ||
                         (straight && gives_examples(scan, i, first));
        before.received =
            before.received || (classes & WORD_RECEIVED && first - i <= 6) || is_text_of(scan, i, first);
        if (straight && classes & WORD_WITH)
            with = true;
        else if (!(classes & (WORD_FILL | WORD_OR | WORD_CHOICE | WORD_VERSION | WORD_IS | WORD_OF)) &&
                 scan->tokens.tokens[i].length > 1)
            straight = false;
    }
    return before;
}

/* Words behind a name in Chinese or Japanese, where what applies it stands: "MITライセンスで公開". */
static bool
is_applied_behind(const struct license_scan *scan, uint32_t end)
{
    bool license = false;
    for (uint32_t i = end; i < scan->tokens.ntokens && i < end + LOOK_AHEAD_CJK; i++) {
        uint64_t classes = license_scan_classes(scan, i);
        if (classes & WORD_APPLY_AFTER && license)
            return true;
        license = license || classes & WORD_LICENSE;
        if (!(scan->tokens.tokens[i].flags & TOKEN_CJK) || license_scan_breaks_after(scan, i))
            return false;
    }
    return false;
}

/* Words right behind a name: "X licensed", "X compatible", "X requires". */
static void
look_ahead(const struct license_scan *scan, uint32_t end, struct before *before)
{
    bool named = true; /* only the name and words like "license" so far */
    before->applied = before->applied || is_applied_behind(scan, end);
    for (uint32_t i = end; i < scan->tokens.ntokens && i < end + LOOK_AHEAD; i++) {
        if (i > 0 && license_scan_breaks_after(scan, i - 1))
            return;
        uint64_t classes = license_scan_classes(scan, i);
        if (i == end && classes & WORD_APPLY && classes & WORD_LICENSE)
            before->applied = true;
        /* "The MIT license requires": it is talked about. "The MIT license is included": it is not. */
        before->subject = before->subject || (named && classes & WORD_SUBJECT);
        named = named && classes & (WORD_LICENSE | WORD_VERSION);
        bool later =
            i + 1 < scan->tokens.ntokens && license_scan_classes(scan, i + 1) & WORD_LATER; /* "not later" */
        if (i < end + 3 && classes & WORD_NEGATE && !(classes & WORD_APPLY) && !later)
            before->negated = before->refused = true;
    }
}

/* Does a weak name ("MIT", "Apache") have a word beside it that makes it a license? */
static bool
is_supported(const struct license_scan *scan, uint32_t first, uint32_t end, const struct before *before)
{
    if (end < scan->tokens.ntokens && license_scan_classes(scan, end) & WORD_LICENSE &&
        !license_scan_breaks_after(scan, end - 1))
        return true;
    if (first > 0 && license_scan_classes(scan, first - 1) & WORD_LICENSE &&
        !license_scan_breaks_after(scan, first - 1))
        return true;
    return before->named_so ||
           (before->applied && first > 0 && license_scan_classes(scan, first - 1) & WORD_LICENSE);
}

/* Is there an end of a sentence between two tokens? */
static bool
is_apart(const struct license_scan *scan, uint32_t from, uint32_t until)
{
    for (uint32_t i = from; i < until; i++)
        if (license_scan_breaks_after(scan, i))
            return true;
    return false;
}

/*
 * The name before this one that it is joined to: by "or", "and", "/" or "," alone, or with a remark between
 * ("the BSD license (see LICENSE) and the GPL").
 */
static const struct license_evidence *
joined_name(const struct license_scan *scan, uint32_t first)
{
    if (scan->nevidence == 0)
        return NULL;
    const struct license_evidence *last = &scan->evidence[scan->nevidence - 1];
    if (last->kind != EVIDENCE_NAME || last->end > first || first - last->end > JOIN_TOKENS ||
        is_apart(scan, last->end - 1, first - 1))
        return NULL;
    bool straight = true, joint = last->end == first;
    for (uint32_t i = first; i-- > last->end;) {
        uint64_t classes = license_scan_classes(scan, i);
        bool fill = classes & (WORD_OR | WORD_AND | WORD_FILL | WORD_VERSION | WORD_LATER | WORD_LICENSE);
        if (straight && classes & (WORD_OR | WORD_AND))
            joint = true;
        straight = straight && fill;
    }
    return joint || (straight && first - last->end <= 6) ? last : NULL;
}

/* Statements that are names: they say what is allowed, not which license. */
static bool
is_statement(const char *code)
{
    return strcmp(code, "LicenseRef-research-only") == 0 || strcmp(code, "LicenseRef-non-commercial") == 0;
}

static void
judge_name(struct license_scan *scan, uint32_t first, const struct license_named *named)
{
    struct before before = look_back(scan, first);
    look_ahead(scan, named->end, &before);
    const struct license_evidence *joined = joined_name(scan, first);
    bool under = is_under_heading(scan, first);
    bool heading = under || is_heading(scan, first, named->end);
    if (named->weak && !under && !is_supported(scan, first, named->end, &before) &&
        !(joined && joined->level == LICENSE_REFERENCE))
        return;
    bool applied = before.applied || heading || (joined && joined->level == LICENSE_REFERENCE);
    if (strcmp(named->code, "LicenseRef-public-domain") == 0)
        applied = before.dedicated || under || license_scan_classes(scan, first) & (WORD_DEDICATE | WORD_IS);
    if (is_statement(named->code))
        applied = true, before.negated = false;
    if (before.subject && !before.apply_verb && !under)
        before.negated = true;
    if (before.refused && joined && joined->level == LICENSE_REFERENCE)
        scan->evidence[scan->nevidence - 1].level = LICENSE_MENTION;
    bool path = in_path(scan, first);
    bool received = (before.received && !before.applied) || path;
    const struct license_token *tokens = scan->tokens.tokens;
    license_scan_add(
        scan,
        (struct license_evidence){
            .kind = EVIDENCE_NAME,
            .level = (applied || received) && !before.negated ? LICENSE_REFERENCE : LICENSE_MENTION,
            .unversioned = named->unversioned,
            .received = received,
            .code = named->code,
            .family = named->family,
            .first = first,
            .end = named->end,
            .offset = tokens[first].offset,
            .length = tokens[named->end - 1].offset + tokens[named->end - 1].length - tokens[first].offset});
}

int
license_statement_find(struct license_scan *scan)
{
    const uint64_t begins = WORD_BEGINS_NAME | WORD_COMPACT | WORD_CC | WORD_CREATIVE | WORD_ATTRIBUTION;
    for (uint32_t i = 0; i < scan->tokens.ntokens;) {
        struct license_named named;
        if (!(license_scan_classes(scan, i) & begins)) {
            i++;
            continue;
        }
        const struct license_evidence *over = license_scan_text_over(scan, i);
        if (over) {
            i = over->end;
        } else if (!license_scan_in_url(scan, i) && license_name_at(scan, i, &named)) {
            if (!in_identifier(scan, i, named.end))
                judge_name(scan, i, &named);
            i = named.end;
        } else {
            i++;
        }
    }
    return PROV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * E-mail addresses, from each '@' outwards, and logins in URLs, which look like them.
 *
 * The local part is the dot-atom of RFC 5322 without the characters that are punctuation in most texts
 * (`'<>{}|=/&`); letters of scripts with spaces between words belong to it (RFC 6531), Han does not, since
 * Chinese text leaves no space before an address. The domain must end in a top-level domain of the
 * detector's list: "logo@2x.png" and "a@b.transpose" do not.
 */
#include <stdlib.h>
#include <string.h>

#include "inspect/pattern_scan.h"

enum { LOCAL_MAX = 64, DOMAIN_MAX = 253, LABEL_MAX = 63, TLD_MAX = 63, LOGIN_BACK = 160, LOGIN_PART_MAX = 128 };

static bool
is_alnum(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

static bool
is_local(uint8_t byte)
{
    return is_alnum(byte) || byte == '.' || byte == '_' || byte == '-' || byte == '+' || byte == '%' ||
           byte == '\'' || byte == '!' || byte == '#';
}

/* Where the local part before text[at] == '@' begins; at when there is none. */
static size_t
local_start(struct bytes text, size_t at)
{
    size_t start = at;
    while (start > 0 && at - start < LOCAL_MAX) {
        uint8_t byte = text.data[start - 1];
        if (byte < 0x80 && !is_local(byte))
            break;
        size_t width = 1;
        if (byte >= 0x80) {
            uint32_t code = code_before(text, start);
            if (code == 0xFFFD || !is_word_code(code))
                break;
            width = code < 0x800 ? 2 : 3;
        }
        if (width > start)
            break;
        start -= width;
    }
    /* "mailto%3Ax@y", "\nx@y", "'x@y'", "-x@y" */
    for (size_t i = at; i > start; i--)
        if (text.data[i - 1] == '%' && i + 1 < at)
            return local_start((struct bytes){text.data + i + 2, text.size - i - 2}, at - i - 2) + i + 2;
    if (start < at && is_escape_letter(text, start))
        start++;
    while (start < at && !is_alnum(text.data[start]) && text.data[start] != '_' && text.data[start] < 0x80)
        start++;
    return start;
}

static bool
local_is_sound(struct bytes local)
{
    if (local.size == 0 || local.size > LOCAL_MAX || local.data[local.size - 1] == '.')
        return false;
    return memmem(local.data, local.size, "..", 2) == NULL;
}

/* Is text[from, to) a top-level domain? Without a list, two letters or more are one. */
static bool
is_tld(const struct pattern_plan *plan, const uint8_t *label, size_t size)
{
    char lower[TLD_MAX + 1];
    if (size < 2 || size > TLD_MAX)
        return false;
    for (size_t i = 0; i < size; i++) {
        lower[i] = (char)(label[i] >= 'A' && label[i] <= 'Z' ? label[i] | 0x20 : label[i]);
        if (plan->ntlds == 0 && !(lower[i] >= 'a' && lower[i] <= 'z'))
            return false;
    }
    lower[size] = 0;
    size_t low = 0, high = plan->ntlds;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(plan->tlds[middle], lower);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return plan->ntlds == 0;
}

/* End of the label that begins at `start`; Han ends a label that began otherwise. */
static size_t
label_end(struct bytes text, size_t start)
{
    bool cjk = start < text.size && text.data[start] >= 0x80 && is_cjk_code(code_after(text, start));
    size_t end = start;
    while (end < text.size && end - start < LABEL_MAX) {
        uint8_t byte = text.data[end];
        if (byte < 0x80) {
            if (!(is_alnum(byte) || byte == '-') || (cjk && byte != '-'))
                break;
            end++;
            continue;
        }
        uint32_t code = code_after(text, end);
        if (code == 0xFFFD || (is_cjk_code(code) ? !cjk : !is_word_code(code)))
            break;
        end += code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    }
    return end;
}

/* The longest beginning of a Han label that is a top-level domain: no space tells where it ends. */
static size_t
han_tld(const struct pattern_plan *plan, struct bytes text, size_t start, size_t end)
{
    for (size_t stop = end; stop > start; stop--)
        if ((stop == end || (text.data[stop] & 0xC0) != 0x80) && is_tld(plan, text.data + start, stop - start))
            return stop;
    return start;
}

/* End of the domain that begins at `start`: behind its last label that can be the top one. 0: none. */
static size_t
domain_end(const struct pattern_plan *plan, struct bytes text, size_t start)
{
    size_t best = 0, nlabels = 0;
    for (size_t at = start; at - start < DOMAIN_MAX;) {
        size_t end = label_end(text, at);
        if (end == at || text.data[at] == '-' || text.data[end - 1] == '-')
            break;
        nlabels++;
        size_t top = text.data[at] >= 0x80 ? han_tld(plan, text, at, end)
                                           : (is_tld(plan, text.data + at, end - at) ? end : at);
        if (nlabels >= 2 && top > at)
            best = top;
        if (end + 1 >= text.size || text.data[end] != '.')
            break;
        at = end + 1;
    }
    return best;
}

static bool
ends_with_domain(struct bytes text, const char *domain)
{
    size_t size = strlen(domain);
    if (text.size <= size || strncasecmp((const char *)text.data + text.size - size, domain, size) != 0)
        return false;
    uint8_t before = text.data[text.size - size - 1];
    return before == '@' || before == '.';
}

/* Message ids and other made-up names: many digits, or long and hexadecimal. */
static bool
is_machine_made(struct bytes local)
{
    size_t digits = 0, hex = 0;
    for (size_t i = 0; i < local.size; i++) {
        uint8_t byte = local.data[i], lower = byte | 0x20;
        digits += byte >= '0' && byte <= '9';
        hex += (byte >= '0' && byte <= '9') || (lower >= 'a' && lower <= 'f') || byte == '-' || byte == '.';
    }
    return (local.size >= 16 && digits * 2 >= local.size) || (local.size >= 20 && hex == local.size);
}

int
find_email(struct pattern_scan *scan, size_t at)
{
    struct bytes text = scan->text;
    const struct detector *detector = scan->plan->set->detectors[scan->plan->email];
    size_t start = local_start(text, at);
    if (!pattern_in_reach(scan, start) || !local_is_sound((struct bytes){text.data + start, at - start}))
        return PROV_OK;
    size_t end = domain_end(scan->plan, text, at + 1);
    if (end == 0)
        return PROV_OK;
    /* git@host:path, ssh://user@host/, user@host( */
    uint8_t after = end < text.size ? text.data[end] : 0, next = end + 1 < text.size ? text.data[end + 1] : 0;
    if (after == '(' || after == '_' || after == '@' || (after == '-' && is_alnum(next)))
        return PROV_OK;
    if (after == ':' && (is_alnum(next) || next == '/' || next == '~') && !(next >= '0' && next <= '9'))
        return PROV_OK;
    if (start >= 2 && text.data[start - 1] == '/' && text.data[start - 2] == '/')
        return PROV_OK;
    struct bytes whole = {text.data + start, end - start};
    int score = 0;
    for (size_t i = 0; i < detector->ntest_values; i++)
        if (ends_with_domain(whole, detector->test_values[i]))
            score = -150;
    if (is_machine_made((struct bytes){text.data + start, at - start}))
        score -= 300;
    struct candidate candidate = {
        .detector = (uint16_t)scan->plan->email, .start = start, .end = end, .score = score, .checked = true};
    return pattern_consider(scan, &candidate);
}

static bool
is_login(uint8_t byte)
{
    return byte > 0x20 && byte < 0x7f && byte != '/' && byte != '"' && byte != '\'' && byte != '<' && byte != '>' &&
           byte != '@' && byte != '`' && byte != '\\' && byte != '(' && byte != ')';
}

/* A password that a manual would print: <password>, ${PASSWORD}, xxxx, the word itself. */
static bool
is_placeholder(struct bytes password)
{
    static const char *const words[] = {"password", "passwd", "pass",  "pwd",     "secret",   "token", "xxx",
                                        "user",     "your",   "****",  "example", "changeme", "[",     "{",
                                        "$",        "%s",     "%(",    "...",     "key",      NULL};
    char lower[LOGIN_PART_MAX + 1];
    for (size_t i = 0; i < password.size; i++)
        lower[i] = (char)(password.data[i] >= 'A' && password.data[i] <= 'Z' ? password.data[i] | 0x20
                                                                           : password.data[i]);
    lower[password.size] = 0;
    for (size_t i = 0; words[i]; i++)
        if (strncmp(lower, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

int
find_url_login(struct pattern_scan *scan, size_t at)
{
    struct bytes text = scan->text;
    size_t floor = at > LOGIN_BACK ? at - LOGIN_BACK : 0, start = at;
    while (start > floor && is_login(text.data[start - 1]))
        start--;
    if (start < 4 || text.data[start - 1] != '/' || text.data[start - 2] != '/' || text.data[start - 3] != ':')
        return PROV_OK;
    const uint8_t *colon = memchr(text.data + start, ':', at - start);
    size_t user = colon ? (size_t)(colon - text.data) - start : 0;
    size_t scheme = start - 3;
    while (scheme > floor && start - scheme < 24 &&
           (is_alnum(text.data[scheme - 1]) || text.data[scheme - 1] == '+'))
        scheme--;
    if (!colon || scheme == start - 3 || !pattern_in_reach(scan, scheme))
        return PROV_OK;
    struct bytes password = {colon + 1, at - start - user - 1};
    if (password.size < 3 || password.size > LOGIN_PART_MAX || at + 1 >= text.size ||
        !(is_alnum(text.data[at + 1]) || text.data[at + 1] == '['))
        return PROV_OK;
    size_t end = at + 1;
    while (end < text.size && end - at < DOMAIN_MAX &&
           (is_alnum(text.data[end]) || text.data[end] == '.' || text.data[end] == '-'))
        end++;
    struct candidate candidate = {.detector = (uint16_t)scan->plan->url_login,
                                  .start = scheme,
                                  .end = end,
                                  .score = is_placeholder(password) ? -400 : 0,
                                  .checked = true};
    return pattern_consider(scan, &candidate);
}

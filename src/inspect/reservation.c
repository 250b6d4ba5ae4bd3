/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reservation inspector: what pages and robots.txt files say of being trained on.
 *
 *     HTML          <meta name=... content=...> for each of RESERVATION_CARRIERS, in the head of the page
 *                   <link rel=license type=application/rsl+xml href=...>      reservation.rsl
 *     robots.txt    Content-Usage, Content-Signal, License lines
 *                   groups that keep everybody, or a crawler that collects for training, out
 * reservation.robots
 *
 * Levels are enum reservation. A robots.txt speaks for its site, not for itself: its facts are evidence for
 * whoever looks at the site's pages. Only the beginning of an item is looked at: meta elements stand in the
 * head, and a robots.txt ends for its readers after 500 KiB (RFC 9309, section 2.5).
 *
 * The names of crawlers are those that their makers publish as collecting for models.
 */
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "inspect/inspector.h"
#include "model/reservation.h"

enum { HEAD_BYTES = 128 << 10, ROBOTS_BYTES = 500 << 10, AGENTS_MAX = 16, TAG_BYTES_MAX = 4096 };

extern const struct inspector INSPECTOR_reservation;

static const char *const crawlers[] = {
    "AI2Bot",          "Amazonbot", "anthropic-ai",  "Applebot-Extended", "Bytespider",
    "CCBot",           "ClaudeBot", "cohere-ai",     "Diffbot",           "FacebookBot",
    "Google-Extended", "GPTBot",    "ImagesiftBot",  "img2dataset",       "meta-externalagent",
    "omgili",          "PanguBot",  "PerplexityBot", "TikTokSpider",      "Timpibot",
    "YouBot",
};

/* Finds of one item. */
struct finding_out {
    const struct segment *segment;
    struct fact_list *out;
};

static int
report(const struct finding_out *finding, const char *code, enum reservation said, struct bytes evidence)
{
    if (said == RESERVATION_NONE)
        return PROV_OK;
    size_t position = (size_t)(evidence.data - finding->segment->text);
    uint64_t begin = segment_offset(finding->segment, position);
    uint64_t end = segment_offset(finding->segment, position + evidence.size);
    if (evidence.size > LIMIT_EVIDENCE_BYTES)
        evidence.size = LIMIT_EVIDENCE_BYTES;
    evidence.size = utf8_valid_size(evidence);
    struct fact fact = {.kind = FACT_ATTRIBUTE,
                        .level = (uint8_t)said,
                        .code = code,
                        .offset = begin,
                        .length = end - begin,
                        .evidence = evidence};
    return fact_list_add(finding->out, &fact);
}

static bool
is_blank(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool
is_word(struct bytes text, const char *word)
{
    return text.data && text.size == strlen(word) &&
           strncasecmp((const char *)text.data, word, text.size) == 0;
}

static bool
begins(struct bytes text, const char *word)
{
    size_t size = strlen(word);
    return text.data && text.size >= size && strncasecmp((const char *)text.data, word, size) == 0;
}

/* ---- HTML ---- */

/* Take one attribute of a tag. @return false at its end */
static bool
next_attribute(struct bytes *tag, struct bytes *name, struct bytes *value)
{
    const uint8_t *at = tag->data, *end = tag->data + tag->size;
    while (at < end && (is_blank(*at) || *at == '/'))
        at++;
    const uint8_t *begin = at;
    while (at < end && !is_blank(*at) && *at != '=' && *at != '/')
        at++;
    *name = (struct bytes){.data = begin, .size = (size_t)(at - begin)};
    *value = (struct bytes){.data = at, .size = 0};
    while (at < end && is_blank(*at))
        at++;
    if (at < end && *at == '=') {
        at++;
        while (at < end && is_blank(*at))
            at++;
        uint8_t quote = at < end && (*at == '"' || *at == '\'') ? *at : 0;
        begin = at + (quote != 0);
        at = begin;
        while (at < end && (quote ? *at != quote : !is_blank(*at)))
            at++;
        *value = (struct bytes){.data = begin, .size = (size_t)(at - begin)};
        at += quote && at < end;
    }
    *tag = (struct bytes){.data = at, .size = (size_t)(end - at)};
    return name->size > 0;
}

static int
read_meta(const struct finding_out *finding, struct bytes tag, struct bytes whole)
{
    struct bytes name, value, key = {NULL, 0}, content = {NULL, 0};
    while (next_attribute(&tag, &name, &value))
        if (is_word(name, "name") || is_word(name, "http-equiv"))
            key = value;
        else if (is_word(name, "content"))
            content = value;
    const struct reservation_carrier *carrier = reservation_carrier(key);
    return carrier && content.data ? report(finding, carrier->code, carrier->read(content), whole) : PROV_OK;
}

/* Terms in the language RSL: what they allow is written there. */
static int
read_link(const struct finding_out *finding, struct bytes tag, struct bytes whole)
{
    struct bytes name, value;
    bool is_rsl = false;
    while (next_attribute(&tag, &name, &value))
        is_rsl |= is_word(name, "type") && is_word(value, "application/rsl+xml");
    return is_rsl ? report(finding, "reservation.rsl", RESERVATION_CONSTRAINED, whole) : PROV_OK;
}

/* The end of a tag: the first '>' outside of quotes; NULL when there is none near. */
static const uint8_t *
tag_end(const uint8_t *at, const uint8_t *end)
{
    uint8_t quote = 0;
    if (end - at > TAG_BYTES_MAX)
        end = at + TAG_BYTES_MAX;
    for (; at < end; at++) {
        if (quote ? *at == quote : *at == '"' || *at == '\'')
            quote = quote ? 0 : *at;
        else if (*at == '>' && !quote)
            return at;
    }
    return NULL;
}

static int
read_page(const struct finding_out *finding, struct bytes text)
{
    const uint8_t *at = text.data, *end = text.data + text.size;
    while (at < end && (at = memchr(at, '<', (size_t)(end - at))) != NULL) {
        struct bytes rest = {.data = at, .size = (size_t)(end - at)};
        at++;
        if (begins(rest, "<!--")) {
            const uint8_t *close = memmem(rest.data, rest.size, "-->", 3);
            at = close ? close + 3 : end;
        } else if (begins(rest, "<body")) {
            return PROV_OK;
        } else if (begins(rest, "<meta") || begins(rest, "<link")) {
            const uint8_t *close = tag_end(rest.data, end);
            if (!close)
                continue;
            struct bytes tag = {.data = rest.data + 5, .size = (size_t)(close - rest.data) - 5};
            struct bytes whole = {.data = rest.data, .size = (size_t)(close - rest.data) + 1};
            TRY(begins(rest, "<meta") ? read_meta(finding, tag, whole) : read_link(finding, tag, whole));
            at = close + 1;
        }
    }
    return PROV_OK;
}

/* ---- robots.txt ---- */

/* The group of lines that is being read. */
struct group {
    struct bytes agents[AGENTS_MAX];
    size_t nagents;
    bool has_rules; /* the next User-agent begins another group */
};

static bool
is_collector(struct bytes agent)
{
    for (size_t i = 0; i < sizeof crawlers / sizeof crawlers[0]; i++)
        if (is_word(agent, crawlers[i]))
            return true;
    return is_word(agent, "*");
}

/* A line "Disallow: PATH" for the agents of the group. */
static int
read_disallow(const struct finding_out *finding, const struct group *group, struct bytes path)
{
    bool everything = is_word(path, "/") || is_word(path, "/*") || is_word(path, "*");
    if (path.size == 0)
        return PROV_OK;
    for (size_t i = 0; i < group->nagents; i++) {
        if (!is_collector(group->agents[i]))
            continue;
        struct bytes whole = {.data = group->agents[i].data,
                              .size = (size_t)(path.data + path.size - group->agents[i].data)};
        TRY(report(finding, "reservation.robots", everything ? RESERVATION_RESERVED : RESERVATION_CONSTRAINED,
                   whole));
    }
    return PROV_OK;
}

static int
read_robots_line(const struct finding_out *finding, struct group *group, struct bytes name,
                 struct bytes value)
{
    if (is_word(name, "user-agent")) {
        if (group->has_rules)
            *group = (struct group){0};
        if (group->nagents < AGENTS_MAX)
            group->agents[group->nagents++] = value;
        return PROV_OK;
    }
    group->has_rules |= is_word(name, "disallow") || is_word(name, "allow");
    if (is_word(name, "disallow"))
        return read_disallow(finding, group, value);
    if (is_word(name, "license"))
        return report(finding, "reservation.rsl", RESERVATION_CONSTRAINED, value);
    const struct reservation_carrier *carrier = reservation_carrier(name);
    return carrier ? report(finding, carrier->code, carrier->read(value), value) : PROV_OK;
}

/* Take the next line of a robots.txt that has a name and a value. @return false at the end */
static bool
next_line(struct bytes *rest, struct bytes *name, struct bytes *value)
{
    while (rest->size) {
        size_t size = 0;
        while (size < rest->size && rest->data[size] != '\n' && rest->data[size] != '\r')
            size++;
        struct bytes line = {.data = rest->data, .size = size};
        size += size < rest->size;
        *rest = (struct bytes){.data = rest->data + size, .size = rest->size - size};
        const uint8_t *comment = line.size ? memchr(line.data, '#', line.size) : NULL;
        if (comment)
            line.size = (size_t)(comment - line.data);
        const uint8_t *colon = line.size ? memchr(line.data, ':', line.size) : NULL;
        if (!colon)
            continue;
        size_t before = (size_t)(colon - line.data);
        *name = bytes_trimmed((struct bytes){.data = line.data, .size = before});
        *value = bytes_trimmed((struct bytes){.data = colon + 1, .size = line.size - before - 1});
        return true;
    }
    return false;
}

static int
read_robots_file(const struct finding_out *finding, struct bytes text)
{
    struct group group = {0};
    struct bytes name, value;
    while (next_line(&text, &name, &value))
        TRY(read_robots_line(finding, &group, name, value));
    return PROV_OK;
}

/* A robots.txt is known by how it begins: names get lost in archives. */
static bool
is_robots_file(struct bytes text)
{
    struct bytes name, value;
    text.size = text.size > HEAD_BYTES ? HEAD_BYTES : text.size;
    return next_line(&text, &name, &value) && is_word(name, "user-agent");
}

static int
inspect(const void *plan, void *scratch, const struct segment *segment, struct fact_list *out)
{
    (void)plan;
    (void)scratch;
    if (!segment->first)
        return PROV_OK;
    struct finding_out finding = {.segment = segment, .out = out};
    struct bytes text = {.data = segment->text, .size = segment->before + segment->page};
    bool is_page =
        strcmp(segment->type, "text/html") == 0 || strcmp(segment->type, "application/xhtml+xml") == 0;
    size_t limit = is_page ? HEAD_BYTES : ROBOTS_BYTES;
    if (text.size > limit)
        text.size = limit;
    if (is_page)
        return read_page(&finding, text);
    return is_robots_file(text) ? read_robots_file(&finding, text) : PROV_OK;
}

const struct inspector INSPECTOR_reservation = {.name = "reservation", .segment = inspect};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading reservations of rights where they are one short value. Whoever finds the value (a reader of web
 * archives, an inspector of pages) asks here what it says.
 */
#include "model/reservation.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* The part before the next separator; rest is what follows it. @return false when there is nothing left */
static bool
next_part(struct bytes *rest, char separator, struct bytes *part)
{
    if (!rest->data)
        return false;
    const uint8_t *end = rest->size ? memchr(rest->data, separator, rest->size) : NULL;
    size_t size = end ? (size_t)(end - rest->data) : rest->size;
    *part = bytes_trimmed((struct bytes){.data = rest->data, .size = size});
    *rest = end ? (struct bytes){.data = end + 1, .size = rest->size - size - 1} : (struct bytes){NULL, 0};
    return true;
}

static bool
is_word(struct bytes text, const char *word)
{
    return text.data && text.size == strlen(word) &&
           strncasecmp((const char *)text.data, word, text.size) == 0;
}

static enum reservation
read_tdm(struct bytes value)
{
    value = bytes_trimmed(value);
    if (is_word(value, "1"))
        return RESERVATION_RESERVED;
    return is_word(value, "0") ? RESERVATION_ALLOWED : RESERVATION_UNKNOWN;
}

/*
 * A dictionary of structured fields (RFC 9651, section 3.2): keys and tokens are compared as they are,
 * parameters behind ';' are passed over, of a key that comes twice the last one holds. Behind a path, in
 * robots.txt, comes the same dictionary.
 */
static enum reservation
read_content_usage(struct bytes value)
{
    enum reservation found = RESERVATION_NONE;
    struct bytes member, key;
    value = bytes_trimmed(value);
    bool partial = value.size && value.data[0] == '/';
    if (partial) {
        const uint8_t *blank = memchr(value.data, ' ', value.size);
        value.size = blank ? (size_t)(value.data + value.size - blank) : 0;
        value.data = blank ? blank : value.data;
    }
    while (next_part(&value, ',', &member)) {
        if (!next_part(&member, '=', &key) || key.size != 8 || memcmp(key.data, "train-ai", 8) != 0)
            continue;
        struct bytes token = {NULL, 0};
        (void)next_part(&member, ';', &token);
        found = token.size == 1 && *token.data == 'n'   ? RESERVATION_RESERVED
                : token.size == 1 && *token.data == 'y' ? RESERVATION_ALLOWED
                                                        : RESERVATION_UNKNOWN;
    }
    return found == RESERVATION_RESERVED && partial ? RESERVATION_CONSTRAINED : found;
}

/* Directives between commas; those behind "NAME:" are for one crawler alone. */
static enum reservation
read_robots(struct bytes value)
{
    enum reservation found = RESERVATION_NONE;
    bool for_one = false;
    struct bytes part, name;
    while (next_part(&value, ',', &part)) {
        const uint8_t *colon = part.size ? memchr(part.data, ':', part.size) : NULL;
        /* "unavailable_after: DATE" is a directive. */
        if (colon && next_part(&part, ':', &name)) {
            for_one = !is_word(name, "unavailable_after") && !is_word(name, "max-snippet") &&
                      !is_word(name, "max-image-preview") && !is_word(name, "max-video-preview");
            part = bytes_trimmed(part);
        }
        if (!is_word(part, "noai") && !is_word(part, "noimageai"))
            continue;
        enum reservation said = for_one ? RESERVATION_CONSTRAINED : RESERVATION_RESERVED;
        found = said > found ? said : found;
    }
    return found;
}

static enum reservation
read_content_signal(struct bytes value)
{
    enum reservation found = RESERVATION_NONE;
    struct bytes part, key;
    while (next_part(&value, ',', &part)) {
        if (!next_part(&part, '=', &key) || !is_word(key, "ai-train"))
            continue;
        part = bytes_trimmed(part);
        found = is_word(part, "no")    ? RESERVATION_RESERVED
                : is_word(part, "yes") ? RESERVATION_ALLOWED
                                       : RESERVATION_UNKNOWN;
    }
    return found;
}

const struct reservation_carrier RESERVATION_CARRIERS[] = {
    {"tdm-reservation", "reservation.tdm", read_tdm},
    {"content-usage", "reservation.content_usage", read_content_usage},
    {"x-robots-tag", "reservation.noai", read_robots},
    {"robots", "reservation.noai", read_robots},
    {"content-signal", "reservation.content_signal", read_content_signal},
    {NULL, NULL, NULL},
};

const struct reservation_carrier *
reservation_carrier(struct bytes name)
{
    for (const struct reservation_carrier *carrier = RESERVATION_CARRIERS; carrier->name; carrier++)
        if (is_word(name, carrier->name))
            return carrier;
    return NULL;
}

const char *
reservation_name(enum reservation reservation)
{
    static const char *const names[] = {"none", "allowed", "unknown", "constrained", "reserved"};
    return names[reservation];
}

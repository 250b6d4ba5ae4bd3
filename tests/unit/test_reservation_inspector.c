/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/inspector.h"
#include "model/reservation.h"

extern const struct inspector INSPECTOR_reservation;

/* "code said: evidence; ..." of a text, from a block of exactly its size. */
static const char *
facts_of(const char *type, const char *text, struct buf *made)
{
    struct fact_list facts = {0};
    size_t size = strlen(text);
    uint8_t *exact = malloc(size ? size : 1);
    cr_assert_not_null(exact);
    memcpy(exact, text, size);
    const struct segment segment = {
        .type = type, .encoding = "UTF-8", .text = exact, .page = size, .first = true, .last = true};
    cr_assert_eq(INSPECTOR_reservation.segment(NULL, NULL, &segment, &facts), PROV_OK);
    buf_clear(made);
    for (size_t i = 0; i < facts.nfacts; i++) {
        const struct fact *fact = &facts.facts[i];
        cr_assert_eq(fact->kind, FACT_ATTRIBUTE);
        cr_assert(fact->offset + fact->length <= size);
        cr_assert_eq(memcmp(exact + fact->offset, fact->evidence.data, fact->evidence.size), 0);
        cr_assert_eq(buf_printf(made, "%s%s %s: %.*s", i ? "; " : "", fact->code + strlen("reservation."),
                                reservation_name((enum reservation)fact->level), (int)fact->evidence.size,
                                (const char *)fact->evidence.data),
                     PROV_OK);
    }
    fact_list_finish(&facts);
    free(exact);
    return buf_text(made);
}

static void
expect(const char *type, const char *text, const char *expected)
{
    struct buf made = {0};
    cr_expect_str_eq(facts_of(type, text, &made), expected, "%s\n-> %s", text, buf_text(&made));
    buf_finish(&made);
}

Test(reservation_inspector, reads_the_head_of_a_page)
{
    expect("text/html", "<html><head><META NAME='robots' CONTENT=\"noindex, noai\"></head><body>",
           "noai reserved: <META NAME='robots' CONTENT=\"noindex, noai\">");
    expect("text/html", "<meta content=1 name=tdm-reservation>",
           "tdm reserved: <meta content=1 name=tdm-reservation>");
    expect("application/xhtml+xml", "<meta\nname=\"tdm-reservation\" content=\"0\" />",
           "tdm allowed: <meta\nname=\"tdm-reservation\" content=\"0\" />");
    expect("text/html", "<link rel=license type=\"application/rsl+xml\" href=/l.xml>",
           "rsl constrained: <link rel=license type=\"application/rsl+xml\" href=/l.xml>");
    expect("text/html", "<meta name=description content='robots: noai > x'><meta name=robots content=index>",
           "");
    expect("text/html", "<!-- <meta name=robots content=noai> --><body><meta name=robots content=noai>", "");
    expect("text/html", "<meta name=robots content=noai", "");
    expect("text/html", "<meta name=robots><meta =x><meta name= content=>", "");
    expect("text/plain", "<meta name=robots content=noai>", "");
}

Test(reservation_inspector, reads_a_robots_file)
{
    expect("text/plain", "# no\nUser-agent: *\nDisallow: /private\nContent-Signal: search=yes, ai-train=no\n",
           "robots constrained: *\nDisallow: /private; content_signal reserved: search=yes, ai-train=no");
    expect(
        "text/plain",
        "user-agent: SomeBot\nuser-agent: GPTBot\nAllow: /a\ndisallow: / # all\n\nUser-agent: x\nDisallow: /",
        "robots reserved: GPTBot\nAllow: /a\ndisallow: /");
    expect("text/plain", "User-agent: *\nDisallow:\n", "");
    expect("text/plain", "User-agent: googlebot\r\nDisallow: /\r\nLicense: https://example.org/rsl.xml\r\n",
           "rsl constrained: https://example.org/rsl.xml");
    expect("text/plain", "User-agent: *\nContent-Usage: /img train-ai=n\n",
           "content_usage constrained: /img train-ai=n");
    expect("text/plain", "Sitemap: x\nUser-agent: *\nDisallow: /\n", "");
    expect("text/plain", "", "");
}

Test(reservation_inspector, survives_what_a_stranger_writes)
{
    static const char *const parts[] = {
        "<meta",           " name=", "robots", "'",        "\"", ">", "<!--",  "-->",
        " content=",       "noai",   "\n",     "Disallow", ":",  "/", "<link", "\xff",
        "User-agent: *\n", "=",      "<body",  " "};
    unsigned seed = 3;
    for (int round = 0; round < 3000; round++) {
        char text[512] = "";
        struct buf made = {0};
        for (int i = 0; i < 24; i++)
            strcat(text,
                   parts[((seed = seed * 1103515245 + 12345) >> 16) % (sizeof parts / sizeof parts[0])]);
        (void)facts_of(round % 2 ? "text/html" : "text/plain", text + round % 3, &made);
        buf_finish(&made);
    }
}

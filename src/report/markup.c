/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces that the report for readers is made of. All text goes through escape_html but what is written
 * here as markup.
 */
#include "report/markup.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/escape.h"
#include "base/status.h"
#include "report/wording.h"

void
markup_put(struct markup *markup, const char *text)
{
    if (markup->status == PROV_OK)
        markup->status = buf_append_text(markup->out, text);
}

void
markup_bytes(struct markup *markup, struct bytes text)
{
    if (markup->status == PROV_OK)
        markup->status = escape_html(markup->out, text);
}

void
markup_text(struct markup *markup, const char *text)
{
    markup_bytes(markup, bytes_of(text ? text : ""));
}

/* The same thing in both languages; the style sheet shows one. */
void
markup_both(struct markup *markup, const char *en, const char *zh)
{
    markup_put(markup, "<span class=en lang=en>");
    markup_text(markup, en);
    markup_put(markup, "</span><span class=zh lang=zh-CN>");
    markup_text(markup, zh);
    markup_put(markup, "</span>");
}

void
markup_count(struct markup *markup, uint64_t count)
{
    if (markup->status == PROV_OK)
        markup->status = wording_count(markup->out, count);
}

void
markup_size(struct markup *markup, uint64_t nbytes)
{
    if (markup->status == PROV_OK)
        markup->status = wording_size(markup->out, nbytes);
}

void
markup_heading(struct markup *markup, const char *en, const char *zh)
{
    markup_put(markup, "<h2>");
    markup_both(markup, en, zh);
    markup_put(markup, "</h2>\n");
}

void
markup_verdict(struct markup *markup, enum verdict verdict)
{
    static const char *const zh[] = {
        [VERDICT_ALLOW] = "允许", [VERDICT_REVIEW] = "需复核", [VERDICT_DENY] = "拒绝"};
    markup_both(markup, verdict_name(verdict), zh[verdict]);
}

void
markup_term(struct markup *markup, const char *en, const char *zh)
{
    markup_put(markup, "<dt>");
    markup_both(markup, en, zh);
    markup_put(markup, "</dt><dd>");
}

void
markup_place(struct markup *markup, const struct account_place *place)
{
    buf_clear(&markup->locator);
    if (markup->status == PROV_OK)
        markup->status = account_locator(markup->account, place, &markup->locator);
    markup_put(markup, "<code>");
    markup_bytes(markup, buf_bytes(&markup->locator));
    markup_put(markup, "</code>");
}

/* Heads of a table; a leading '#' makes a column of numbers. */
void
markup_begin_table(struct markup *markup, const char *const (*heads)[2], size_t nheads)
{
    markup_put(markup, "<div class=wide><table><thead><tr>");
    for (size_t i = 0; i < nheads; i++) {
        bool number = heads[i][0][0] == '#';
        markup_put(markup, number ? "<th class=n>" : "<th>");
        markup_both(markup, heads[i][0] + number, heads[i][1]);
        markup_put(markup, "</th>");
    }
    markup_put(markup, "</tr></thead><tbody>\n");
}

void
markup_end_table(struct markup *markup)
{
    markup_put(markup, "</tbody></table></div>\n");
}

void
markup_cell_count(struct markup *markup, uint64_t count)
{
    markup_put(markup, "<td class=n>");
    markup_count(markup, count);
    markup_put(markup, "</td>");
}

void
markup_cell_size(struct markup *markup, uint64_t nbytes)
{
    markup_put(markup, "<td class=n>");
    markup_size(markup, nbytes);
    markup_put(markup, "</td>");
}

void
markup_cell_bytes(struct markup *markup, struct bytes text, const char *absent)
{
    markup_put(markup, "<td>");
    if (text.size)
        markup_bytes(markup, text);
    else
        markup_put(markup, absent);
    markup_put(markup, "</td>");
}

/* A share as a bar; SVG attributes, because the policy of the page forbids inline styles. */
void
markup_cell_bar(struct markup *markup, uint64_t part, uint64_t whole)
{
    char text[96];
    double share = whole ? 100.0 * (double)part / (double)whole : 0;
    (void)snprintf(text, sizeof text,
                   "<td><svg class=bar role=img aria-label=\"%.1f %%\"><rect width=\"%.2f%%\" "
                   "height=\"100%%\"/></svg></td>",
                   share, share);
    markup_put(markup, text);
}

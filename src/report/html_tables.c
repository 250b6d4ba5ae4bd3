/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found, as tables of the page: sources, licenses, findings and defects with their first samples,
 * repeated content.
 */
#include "report/html_parts.h"

#include "model/fact.h"

enum { SHOWN_SAMPLES = 10, SHOWN_ROWS = 50 };

void
html_sources(struct markup *page)
{
    static const char *const heads[][2] = {
        {"Source", "来源"},  {"Kind", "类型"},     {"License", "许可"}, {"PIPL 13", "个保法第十三条"},
        {"Verdict", "判断"}, {"#items", "内容项"}, {"#bytes", "大小"},  {"#personal", "个人信息"},
        {"#secrets", "凭据"}};
    const struct account *a = page->account;
    markup_heading(page, "Sources", "来源");
    markup_begin_table(page, heads, 9);
    for (size_t i = 0; i < a->nsources; i++) {
        const struct account_source *s = &a->sources[i];
        markup_put(page, "<tr><td>");
        if (s->ordinal == 0)
            markup_both(page, "not declared", "未声明");
        else
            markup_bytes(page, s->title.size ? s->title : s->id);
        markup_put(page, "</td>");
        markup_cell_bytes(page, s->kind, "–");
        markup_cell_bytes(page, s->license, "–");
        markup_cell_bytes(page, s->pipl_art13, "–");
        markup_put(page, "<td class=");
        markup_put(page, verdict_name(s->verdict));
        markup_put(page, ">");
        markup_verdict(page, s->verdict);
        markup_put(page, "</td>");
        markup_cell_count(page, s->ncontent);
        markup_cell_size(page, s->nbytes);
        markup_cell_count(page, s->npersonal);
        markup_cell_count(page, s->nsecrets);
        markup_put(page, "</tr>\n");
    }
    markup_end_table(page);
}

static void
put_answer(struct markup *page, int term)
{
    markup_put(page, "<td>");
    if (term < 0)
        markup_both(page, "not known", "未知");
    else
        markup_both(page, term ? "yes" : "no", term ? "是" : "否");
    markup_put(page, "</td>");
}

void
html_licenses(struct markup *page)
{
    static const char *const heads[][2] = {
        {"License", "许可"}, {"#items", "内容项"},           {"#bytes", "大小"},
        {"share", "占比"},   {"commercial use", "商业使用"}, {"derivatives", "演绎"},
        {"training", "训练"}};
    const struct account *a = page->account;
    markup_heading(page, "Licenses", "许可");
    markup_begin_table(page, heads, 7);
    for (size_t i = 0; i < a->nlicenses && i < SHOWN_ROWS; i++) {
        const struct account_license *license = &a->licenses[i];
        uint64_t nitems = 0, nbytes = 0;
        for (size_t j = 0; j < 4; j++) {
            nitems += license->nitems[j];
            nbytes += license->nbytes[j];
        }
        markup_put(page, "<tr><td>");
        if (!license->expression.size)
            markup_both(page, "none known", "未知");
        else
            markup_bytes(page, license->expression);
        if (!license->clear)
            markup_both(page, " (unclear)", "（不明确）");
        markup_put(page, "</td>");
        markup_cell_count(page, nitems);
        markup_cell_size(page, nbytes);
        markup_cell_bar(page, nbytes, a->content_bytes);
        put_answer(page, license->commercial);
        put_answer(page, license->derivatives);
        put_answer(page, license->training);
        markup_put(page, "</tr>\n");
    }
    markup_end_table(page);
}

static void
put_samples(struct markup *page, const struct account_group *group)
{
    static const char *const heads[][2] = {{"Item", "内容"}, {"#offset", "偏移"}, {"Evidence", "证据"}};
    markup_begin_table(page, heads, 3);
    for (size_t i = 0; i < group->nsamples && i < SHOWN_SAMPLES; i++) {
        const struct account_sample *sample = &group->samples[i];
        markup_put(page, "<tr><td>");
        markup_place(page, &sample->place);
        markup_put(page, "</td>");
        markup_cell_count(page, sample->offset);
        markup_put(page, "<td><code>");
        markup_bytes(page, sample->evidence);
        markup_put(page, "</code></td></tr>\n");
    }
    markup_end_table(page);
}

/* Findings or defects, each with its first samples. */
void
html_groups(struct markup *page, int kind)
{
    static const char *const level_names[] = {"",         "very unlikely", "unlikely",
                                              "possible", "likely",        "very likely"};
    static const char *const level_names_zh[] = {"", "极不可能", "不太可能", "可能", "很可能", "极可能"};
    const struct account *a = page->account;
    size_t shown = 0;
    for (size_t i = 0; i < a->ngroups; i++) {
        const struct account_group *group = &a->groups[i];
        if (group->kind != kind)
            continue;
        shown++;
        markup_put(page, "<details><summary><code>");
        markup_bytes(page, group->code);
        markup_put(page, "</code> × ");
        markup_count(page, group->count);
        markup_both(page, " in ", "，涉及 ");
        markup_count(page, group->nitems);
        markup_both(page, " items", " 项");
        if (kind == FACT_FINDING && group->level >= LEVEL_VERY_UNLIKELY &&
            group->level <= LEVEL_VERY_LIKELY) {
            markup_put(page, ", ");
            markup_both(page, level_names[group->level], level_names_zh[group->level]);
        }
        markup_put(page, " <span class=dim>");
        markup_text(page, group->class);
        markup_put(page, "</span></summary><div class=body>");
        put_samples(page, group);
        markup_put(page, "</div></details>\n");
    }
    if (!shown) {
        markup_put(page, "<p>");
        markup_both(page, "None found. Of what could not be searched nothing is known.",
                    "未发现。无法检索的内容情况未知。");
        markup_put(page, "</p>\n");
    }
}

void
html_duplicates(struct markup *page)
{
    static const char *const heads[][2] = {
        {"#copies", "份数"}, {"#size", "大小"}, {"First", "首个"}, {"Last", "末个"}};
    const struct account *a = page->account;
    if (!a->nduplicates)
        return;
    markup_heading(page, "Repeated content", "重复内容");
    markup_put(page, "<p>");
    markup_count(page, a->nduplicate_items);
    markup_both(page, " items repeat others byte for byte: ", " 项与其他内容逐字节相同：");
    markup_size(page, a->duplicate_bytes);
    markup_put(page, "</p>\n");
    markup_begin_table(page, heads, 4);
    for (size_t i = 0; i < a->nduplicates && i < SHOWN_SAMPLES; i++) {
        markup_put(page, "<tr>");
        markup_cell_count(page, a->duplicates[i].count);
        markup_cell_size(page, a->duplicates[i].size);
        markup_put(page, "<td>");
        markup_place(page, &a->duplicates[i].first);
        markup_put(page, "</td><td>");
        markup_place(page, &a->duplicates[i].last);
        markup_put(page, "</td></tr>\n");
    }
    markup_end_table(page);
}

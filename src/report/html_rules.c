/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules on the page: those that speak against the dataset with their reasons, remedies, articles and the
 * items that show it, and a table of all.
 */
#include "report/html_parts.h"

#include <string.h>

#include "base/json.h"

enum { SHOWN_EVIDENCE = 20 };

static void
put_conformity(struct markup *page, const struct account_rule *rule)
{
    static const char *const en[] = {"not applicable", "conform", "undetermined", "not conform"};
    static const char *const zh[] = {"不适用", "符合", "无法判断", "不符合"};
    markup_put(page, "<span class=");
    markup_put(page, rule->conformity == CONFORMITY_NOT_APPLICABLE ? "na" : verdict_name(rule->verdict));
    markup_put(page, ">");
    markup_both(page, en[rule->conformity], zh[rule->conformity]);
    markup_put(page, "</span>");
}

static void
put_cites(struct markup *page, const char *cite)
{
    struct json_file *file = NULL;
    if (!cite || json_open_text("cite", bytes_of(cite), &file, NULL) != PROV_OK)
        return;
    for (struct json_view view = json_first(json_root(file)); view.node; view = json_next(view)) {
        const char *law = "", *article = "", *from = "", *until = NULL, *en = "", *zh = "";
        (void)json_get_text(view, "law", JSON_OPTIONAL, &law, NULL);
        (void)json_get_text(view, "article", JSON_OPTIONAL, &article, NULL);
        (void)json_get_text(view, "in_force", JSON_OPTIONAL, &from, NULL);
        (void)json_get_text(view, "until", JSON_OPTIONAL, &until, NULL);
        (void)json_get_text(view, "title_en", JSON_OPTIONAL, &en, NULL);
        (void)json_get_text(view, "title_zh", JSON_OPTIONAL, &zh, NULL);
        markup_put(page, "<div>");
        markup_text(page, law);
        markup_put(page, " ");
        markup_text(page, article);
        markup_put(page, " <span class=\"dim small\">");
        markup_both(page, en, zh);
        markup_put(page, ", ");
        markup_text(page, from);
        markup_put(page, until ? " – " : "");
        markup_text(page, until);
        markup_put(page, "</span></div>");
    }
    json_close(file);
}

static void
put_evidence(struct markup *page, const struct account_rule *rule)
{
    static const char *const heads[][2] = {{"Item", "内容"}, {"What was found in it", "其中发现"}};
    if (!rule->nevidence)
        return;
    markup_begin_table(page, heads, 2);
    for (size_t i = 0; i < rule->nevidence && i < SHOWN_EVIDENCE; i++) {
        const struct account_evidence *evidence = &rule->evidence[i];
        markup_put(page, "<tr><td>");
        markup_place(page, &evidence->place);
        markup_put(page, "</td><td>");
        for (size_t j = 0; j < evidence->nfacts; j++) {
            markup_put(page, j ? ", <code>" : "<code>");
            markup_bytes(page, evidence->facts[j].code);
            markup_put(page, "</code> × ");
            markup_count(page, evidence->facts[j].count);
        }
        markup_put(page, "</td></tr>\n");
    }
    markup_end_table(page);
    if (rule->nevidence > SHOWN_EVIDENCE) {
        markup_put(page, "<p class=\"dim small\">");
        markup_both(page, "More in manifest.json and items.jsonl.zst.",
                    "更多内容见 manifest.json 和 items.jsonl.zst。");
        markup_put(page, "</p>");
    }
}

static void
put_failed_rule(struct markup *page, const struct account_rule *rule)
{
    static const char *const basis[][3] = {{"primary", "the text of the law was read", "已查阅法律原文"},
                                           {"secondary", "known from secondary sources", "依据二手资料"},
                                           {"memory", "from memory, not verified", "凭记忆，未核实"}};
    markup_put(page, "<details open id=\"rule-");
    markup_text(page, rule->id);
    markup_put(page, "\"><summary><span class=\"tag ");
    markup_put(page, verdict_name(rule->verdict));
    markup_put(page, "\">");
    markup_verdict(page, rule->verdict);
    markup_put(page, "</span> ");
    markup_both(page, rule->title_en, rule->title_zh);
    markup_put(page, " <code class=dim>");
    markup_text(page, rule->id);
    markup_put(page, "</code></summary><div class=body><dl>");
    markup_term(page, "Result", "结果");
    put_conformity(page, rule);
    markup_put(page, "</dd>");
    markup_term(page, "Why", "理由");
    if (rule->conformity == CONFORMITY_UNDETERMINED)
        markup_both(
            page,
            "Cannot be decided: something was not declared, or part of the content could not be searched.",
            "无法判断：有事项未声明，或部分内容无法检索。");
    else
        markup_both(page, rule->reason_en, rule->reason_zh);
    markup_put(page, "</dd>");
    markup_term(page, "What to do", "如何处理");
    markup_both(page, rule->remedy_en, rule->remedy_zh);
    markup_put(page, "</dd>");
    markup_term(page, "Law", "依据");
    put_cites(page, rule->cite);
    markup_put(page, "</dd>");
    markup_term(page, "How sure", "可靠程度");
    for (size_t i = 0; i < 3; i++)
        if (strcmp(rule->basis, basis[i][0]) == 0)
            markup_both(page, basis[i][1], basis[i][2]);
    markup_put(page, "</dd>");
    markup_term(page, "Test", "判断条件");
    markup_put(page, "<code>");
    markup_text(page, rule->fails_when);
    markup_put(page, "</code></dd></dl>\n");
    put_evidence(page, rule);
    markup_put(page, "</div></details>\n");
}

void
html_failed_rules(struct markup *page)
{
    const struct account *a = page->account;
    size_t shown = 0;
    markup_heading(page, "Why", "理由");
    for (int verdict = VERDICT_DENY; verdict > VERDICT_ALLOW; verdict--)
        for (int conformity = CONFORMITY_NOT_CONFORM; conformity >= CONFORMITY_UNDETERMINED; conformity--)
            for (size_t i = 0; i < a->nrules; i++)
                if ((int)a->rules[i].verdict == verdict && (int)a->rules[i].conformity == conformity) {
                    put_failed_rule(page, &a->rules[i]);
                    shown++;
                }
    if (!shown) {
        markup_put(page, "<p>");
        markup_both(page, "No rule speaks against this dataset.", "没有规则对该数据集提出异议。");
        markup_put(page, "</p>\n");
    }
}

void
html_all_rules(struct markup *page)
{
    static const char *const heads[][2] = {{"Rule", "规则"},           {"Result", "结果"},
                                           {"#not conform", "不符合"}, {"#undetermined", "无法判断"},
                                           {"#conform", "符合"},       {"#not applicable", "不适用"}};
    const struct account *a = page->account;
    markup_heading(page, "All rules", "全部规则");
    markup_begin_table(page, heads, 6);
    for (size_t i = 0; i < a->nrules; i++) {
        const struct account_rule *rule = &a->rules[i];
        markup_put(page, "<tr><td>");
        markup_both(page, rule->title_en, rule->title_zh);
        markup_put(page, "<br><code class=dim>");
        markup_text(page, rule->id);
        markup_put(page, "</code></td><td>");
        put_conformity(page, rule);
        markup_put(page, "</td>");
        markup_cell_count(page, rule->nnot_conform);
        markup_cell_count(page, rule->nundetermined);
        markup_cell_count(page, rule->nconform);
        markup_cell_count(page, rule->nnot_applicable);
        markup_put(page, "</tr>\n");
    }
    markup_end_table(page);
}

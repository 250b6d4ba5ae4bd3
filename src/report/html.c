/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report for readers: one HTML file that needs nothing but itself.
 *
 * It must be safe to open although it shows the names that a stranger gave to files, and it must last: so
 * there is no script at all, its policy forbids every connection, and the one style sheet is allowed by its
 * digest. The language is switched by two radio buttons and CSS; both texts are in the page, and a reader
 * without style sheets sees both.
 *
 *     verdict, coverage        what a reader wants to know first
 *     rules that failed        reason, remedy, articles, the items that show it
 *     all rules, sources, licenses, findings, defects, duplicates
 *     how it was made          digests and versions: enough to make it again
 *
 * Lists are short here; the manifest has them whole.
 */
#include "report/html.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "model/fact.h"
#include "model/unit.h"
#include "report/markup.h"
#include "report_html_css.h"

enum { SHOWN_EVIDENCE = 20, SHOWN_SAMPLES = 10, SHOWN_ROWS = 50, SHOWN_ROOTS = 3 };

static const char *
verdict_class(enum verdict verdict)
{
    return verdict_name(verdict);
}

static void
put_verdict_word(struct markup *page, enum verdict verdict)
{
    static const char *const zh[] = {
        [VERDICT_ALLOW] = "允许", [VERDICT_REVIEW] = "需复核", [VERDICT_DENY] = "拒绝"};
    markup_both(page, verdict_name(verdict), zh[verdict]);
}

static void
put_conformity(struct markup *page, const struct account_rule *rule)
{
    static const char *const en[] = {"not applicable", "conform", "undetermined", "not conform"};
    static const char *const zh[] = {"不适用", "符合", "无法判断", "不符合"};
    markup_put(page, "<span class=");
    markup_put(page, rule->conformity == CONFORMITY_NOT_APPLICABLE ? "na" : verdict_class(rule->verdict));
    markup_put(page, ">");
    markup_both(page, en[rule->conformity], zh[rule->conformity]);
    markup_put(page, "</span>");
}

/* The policy of the page: nothing but its own style sheet, known by its digest. */
static void
put_policy(struct markup *page)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t digest[SHA256_SIZE + 1] = {0};
    char text[48];
    size_t at = 0;
    if (sha256_block(report_html_css, sizeof report_html_css - 1, digest) != PROV_OK)
        page->status = PROV_E_MEMORY;
    for (size_t i = 0; i < SHA256_SIZE; i += 3) {
        uint32_t bits = (uint32_t)digest[i] << 16 | (uint32_t)(i + 1 < SHA256_SIZE ? digest[i + 1] : 0) << 8 |
                        (uint32_t)(i + 2 < SHA256_SIZE ? digest[i + 2] : 0);
        text[at++] = alphabet[bits >> 18];
        text[at++] = alphabet[bits >> 12 & 63];
        text[at++] = alphabet[bits >> 6 & 63];
        text[at++] = i + 2 < SHA256_SIZE ? alphabet[bits & 63] : '=';
    }
    text[at] = 0;
    markup_put(page,
               "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'sha256-");
    markup_put(page, text);
    markup_put(page, "'; base-uri 'none'; form-action 'none'\">\n");
}

static void
put_roots(struct markup *page)
{
    const struct root_names *roots = &page->account->roots;
    for (size_t i = 0; i < roots->count && i < SHOWN_ROOTS; i++) {
        markup_put(page, i ? ", " : "");
        markup_bytes(page, roots->names[i].name);
    }
    if (roots->count > SHOWN_ROOTS) {
        markup_put(page, " + ");
        markup_count(page, roots->count - SHOWN_ROOTS);
    }
}

static void
put_head(struct markup *page, bool chinese)
{
    markup_put(page, chinese ? "<!DOCTYPE html>\n<html lang=zh-CN><head><meta charset=utf-8>\n"
                             : "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>\n");
    put_policy(page);
    markup_put(page, "<meta name=viewport content=\"width=device-width,initial-scale=1\">\n"
                     "<meta name=referrer content=no-referrer>\n<title>provscan: ");
    put_roots(page);
    markup_put(page, "</title>\n<style>");
    markup_put(page, report_html_css);
    markup_put(page, "</style></head><body>\n");
    markup_put(page, chinese
                         ? "<input class=lang type=radio name=l id=l-en><input class=lang type=radio name=l "
                           "id=l-zh checked>"
                         : "<input class=lang type=radio name=l id=l-en checked><input class=lang type=radio "
                           "name=l id=l-zh>");
    markup_put(
        page,
        "\n<header><p class=switch><label for=l-en>English</label> <label for=l-zh>中文</label></p>\n<h1>");
    put_roots(page);
    markup_put(page, "</h1>\n<p class=\"dim small\">");
    markup_both(page, "Provenance report of a training dataset", "训练数据集来源报告");
    for (size_t i = 0; i < page->account->npacks; i++) {
        markup_put(page, i ? ", " : ": ");
        markup_both(page, page->account->packs[i].title_en, page->account->packs[i].title_zh);
    }
    markup_put(page, "</p></header>\n<main>\n");
}

static void
put_verdict(struct markup *page)
{
    const struct account *a = page->account;
    markup_put(page, "<div class=\"verdict ");
    markup_put(page, verdict_class(a->verdict));
    markup_put(page, "\"><b>");
    put_verdict_word(page, a->verdict);
    markup_put(page, "</b><div><p>");
    markup_count(page, a->nrules_failed);
    markup_both(page, " rules not conform, ", " 条规则不符合，");
    markup_count(page, a->nrules_undetermined);
    markup_both(page, " undetermined; ", " 条无法判断；");
    markup_count(page, a->nitems_denied);
    markup_both(page, " items denied, ", " 项被拒绝，");
    markup_count(page, a->nitems_reviewed);
    markup_both(page, " to review.", " 项需复核。");
    markup_put(page, "</p><p>");
    if (a->complete)
        markup_both(page, "Every byte was read, or left out by a rule that is named below.",
                    "所有字节均已读取，或由下文列明的规则排除。");
    else
        markup_both(page, "Not everything was read. What was not read was not checked.",
                    "并非全部内容都已读取。未读取的内容未经检查。");
    markup_put(page, "</p></div></div>\n");
}

/* One row of the ledger. */
static void
put_ledger_row(struct markup *page, const char *en, const char *zh, struct bytes detail, uint64_t nbytes,
               uint64_t whole)
{
    markup_put(page, "<tr><td>");
    markup_both(page, en, zh);
    if (detail.size) {
        markup_put(page, ": <code>");
        markup_bytes(page, detail);
        markup_put(page, "</code>");
    }
    markup_put(page, "</td>");
    markup_cell_size(page, nbytes);
    markup_cell_count(page, nbytes);
    markup_cell_bar(page, nbytes, whole);
    markup_put(page, "</tr>\n");
}

static void
put_coverage(struct markup *page)
{
    static const char *const heads[][2] = {
        {"Bytes on disk", "磁盘字节"}, {"#", ""}, {"#bytes", "字节"}, {"share", "占比"}};
    const struct account *a = page->account;
    uint64_t nitems = 0;
    for (size_t i = 0; i < 5; i++)
        nitems += a->items[i];
    markup_heading(page, "What was read", "读取范围");
    markup_begin_table(page, heads, 4);
    put_ledger_row(page, "read", "已读取", (struct bytes){0}, a->bytes_read, a->bytes);
    put_ledger_row(page, "other names of files already read", "已读文件的其他名称", (struct bytes){0},
                   a->bytes_alias, a->bytes);
    for (size_t i = 0; i < a->nskipped && i < SHOWN_ROWS; i++)
        put_ledger_row(page, "skipped by rule", "按规则跳过", a->skipped[i].name, a->skipped[i].nbytes,
                       a->bytes);
    for (size_t i = 0; i < a->nunreadable && i < SHOWN_ROWS; i++)
        put_ledger_row(page, "not read", "未读取", a->unreadable[i].name, a->unreadable[i].nbytes, a->bytes);
    put_ledger_row(page, "sum", "合计", (struct bytes){0}, a->bytes, a->bytes);
    markup_end_table(page);
    markup_put(page, "<p>");
    markup_count(page, a->units[UNIT_FILE]);
    markup_both(page, " files on disk hold ", " 个磁盘文件，含 ");
    markup_count(page, nitems);
    markup_both(page, " items at up to ", " 项内容，最大嵌套深度 ");
    markup_count(page, a->depth_max);
    markup_both(page, " levels; ", "；展开后 ");
    markup_size(page, a->expanded_bytes);
    markup_both(page, " came out of containers; ", "；");
    markup_count(page, a->nunsearched);
    markup_both(page, " items could not be searched for text: of them it is not known what they hold.",
                " 项无法检索文本：其内容未知。");
    markup_put(page, "</p>\n");
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
put_term(struct markup *page, const char *en, const char *zh)
{
    markup_put(page, "<dt>");
    markup_both(page, en, zh);
    markup_put(page, "</dt><dd>");
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
    markup_put(page, verdict_class(rule->verdict));
    markup_put(page, "\">");
    put_verdict_word(page, rule->verdict);
    markup_put(page, "</span> ");
    markup_both(page, rule->title_en, rule->title_zh);
    markup_put(page, " <code class=dim>");
    markup_text(page, rule->id);
    markup_put(page, "</code></summary><div class=body><dl>");
    put_term(page, "Result", "结果");
    put_conformity(page, rule);
    markup_put(page, "</dd>");
    put_term(page, "Why", "理由");
    if (rule->conformity == CONFORMITY_UNDETERMINED)
        markup_both(
            page,
            "Cannot be decided: something was not declared, or part of the content could not be searched.",
            "无法判断：有事项未声明，或部分内容无法检索。");
    else
        markup_both(page, rule->reason_en, rule->reason_zh);
    markup_put(page, "</dd>");
    put_term(page, "What to do", "如何处理");
    markup_both(page, rule->remedy_en, rule->remedy_zh);
    markup_put(page, "</dd>");
    put_term(page, "Law", "依据");
    put_cites(page, rule->cite);
    markup_put(page, "</dd>");
    put_term(page, "How sure", "可靠程度");
    for (size_t i = 0; i < 3; i++)
        if (strcmp(rule->basis, basis[i][0]) == 0)
            markup_both(page, basis[i][1], basis[i][2]);
    markup_put(page, "</dd>");
    put_term(page, "Test", "判断条件");
    markup_put(page, "<code>");
    markup_text(page, rule->fails_when);
    markup_put(page, "</code></dd></dl>\n");
    put_evidence(page, rule);
    markup_put(page, "</div></details>\n");
}

static void
put_failed_rules(struct markup *page)
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

static void
put_all_rules(struct markup *page)
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

static void
put_sources(struct markup *page)
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
        markup_put(page, verdict_class(s->verdict));
        markup_put(page, ">");
        put_verdict_word(page, s->verdict);
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

static void
put_licenses(struct markup *page)
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
static void
put_groups(struct markup *page, int kind)
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

static void
put_duplicates(struct markup *page)
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

static void
put_fact(struct markup *page, const char *en, const char *zh, const char *value)
{
    if (!value)
        return;
    put_term(page, en, zh);
    markup_put(page, "<code>");
    markup_text(page, value);
    markup_put(page, "</code></dd>");
}

static void
put_making(struct markup *page)
{
    const struct account *a = page->account;
    markup_heading(page, "How this was made", "生成信息");
    markup_put(page, "<dl>");
    put_fact(page, "Root digest (SHA-256)", "数据集根摘要 (SHA-256)", a->root_digest);
    put_fact(page, "Tool", "工具", a->tool);
    put_fact(page, "Plan", "扫描方案摘要", a->plan);
    put_fact(page, "Detectors", "检测器摘要", a->judge_detectors ? a->judge_detectors : a->scan_detectors);
    put_fact(page, "Sandbox", "沙箱", a->sandbox);
    put_fact(page, "Limits", "限制", a->limits);
    put_fact(page, "Purpose", "用途", a->purpose);
    put_fact(page, "Day of judgement", "判断日", a->as_of);
    put_fact(page, "Source declaration (SHA-256)", "来源声明 (SHA-256)", a->sources_sha256);
    put_fact(page, "items.jsonl.zst (SHA-256)", "items.jsonl.zst (SHA-256)", a->items_sha256);
    for (size_t i = 0; i < a->npacks; i++) {
        markup_put(page, "<dt>");
        markup_text(page, a->packs[i].id);
        markup_put(page, " ");
        markup_text(page, a->packs[i].version);
        markup_put(page, "</dt><dd><code>");
        markup_text(page, a->packs[i].sha256);
        markup_put(page, "</code></dd>");
    }
    markup_put(page, "</dl>\n");
}

int
html_render(const struct account *account, const struct report_options *options, struct buf *out,
            struct err *err)
{
    struct markup page = {.account = account, .out = out};
    put_head(&page, options->language && strcmp(options->language, "zh") == 0);
    put_verdict(&page);
    put_coverage(&page);
    put_failed_rules(&page);
    put_all_rules(&page);
    put_sources(&page);
    put_licenses(&page);
    markup_heading(&page, "Personal data and secrets", "个人信息与凭据");
    put_groups(&page, FACT_FINDING);
    markup_heading(&page, "Faults of the data", "数据缺陷");
    put_groups(&page, FACT_DEFECT);
    put_duplicates(&page);
    put_making(&page);
    markup_put(&page, "</main>\n<footer>");
    markup_both(&page,
                "Evidence is masked; this file holds no raw personal data or secret. It is a rendering of "
                "manifest.json.",
                "证据已作掩码处理；本文件不含原始个人信息或凭据。本文件由 manifest.json 的内容生成。");
    markup_put(&page, "</footer></body></html>\n");
    buf_finish(&page.locator);
    return page.status == PROV_OK ? PROV_OK : err_set(err, page.status, "out of memory");
}

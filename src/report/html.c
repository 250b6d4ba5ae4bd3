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
#include "base/escape.h"
#include "base/json.h"
#include "model/fact.h"
#include "model/unit.h"
#include "report/account.h"
#include "report/wording.h"
#include "report_html_css.h"

enum { SHOWN_EVIDENCE = 20, SHOWN_SAMPLES = 10, SHOWN_ROWS = 50 };

/* The page being written. The first failure stays in status, and later calls do nothing. */
struct page {
    const struct account *account;
    struct buf *out;
    struct buf locator;
    int status;
};

static void
put(struct page *page, const char *markup)
{
    if (page->status == PROV_OK)
        page->status = buf_append_text(page->out, markup);
}

static void
put_bytes(struct page *page, struct bytes text)
{
    if (page->status == PROV_OK)
        page->status = escape_html(page->out, text);
}

static void
put_text(struct page *page, const char *text)
{
    put_bytes(page, bytes_of(text ? text : ""));
}

/* The same thing in both languages; the style sheet shows one. */
static void
put_both(struct page *page, const char *en, const char *zh)
{
    put(page, "<span class=en lang=en>");
    put_text(page, en);
    put(page, "</span><span class=zh lang=zh-CN>");
    put_text(page, zh);
    put(page, "</span>");
}

static void
put_count(struct page *page, uint64_t count)
{
    if (page->status == PROV_OK)
        page->status = wording_count(page->out, count);
}

static void
put_size(struct page *page, uint64_t nbytes)
{
    if (page->status == PROV_OK)
        page->status = wording_size(page->out, nbytes);
}

static void
put_heading(struct page *page, const char *en, const char *zh)
{
    put(page, "<h2>");
    put_both(page, en, zh);
    put(page, "</h2>\n");
}

static void
put_place(struct page *page, const struct account_place *place)
{
    buf_clear(&page->locator);
    if (page->status == PROV_OK)
        page->status = account_locator(place, &page->locator);
    put(page, "<code>");
    put_bytes(page, buf_bytes(&page->locator));
    put(page, "</code>");
}

/* Heads of a table; a leading '#' makes a column of numbers. */
static void
begin_table(struct page *page, const char *const (*heads)[2], size_t nheads)
{
    put(page, "<div class=wide><table><thead><tr>");
    for (size_t i = 0; i < nheads; i++) {
        bool number = heads[i][0][0] == '#';
        put(page, number ? "<th class=n>" : "<th>");
        put_both(page, heads[i][0] + number, heads[i][1]);
        put(page, "</th>");
    }
    put(page, "</tr></thead><tbody>\n");
}

static void
end_table(struct page *page)
{
    put(page, "</tbody></table></div>\n");
}

static void
cell_count(struct page *page, uint64_t count)
{
    put(page, "<td class=n>");
    put_count(page, count);
    put(page, "</td>");
}

static void
cell_size(struct page *page, uint64_t nbytes)
{
    put(page, "<td class=n>");
    put_size(page, nbytes);
    put(page, "</td>");
}

static void
cell_bytes(struct page *page, struct bytes text, const char *absent)
{
    put(page, "<td>");
    if (text.size)
        put_bytes(page, text);
    else
        put(page, absent);
    put(page, "</td>");
}

/* A share as a bar; SVG attributes, because the policy of the page forbids inline styles. */
static void
cell_bar(struct page *page, uint64_t part, uint64_t whole)
{
    char text[96];
    double share = whole ? 100.0 * (double)part / (double)whole : 0;
    (void)snprintf(text, sizeof text,
                   "<td><svg class=bar role=img aria-label=\"%.1f %%\"><rect width=\"%.2f%%\" "
                   "height=\"100%%\"/></svg></td>",
                   share, share);
    put(page, text);
}

static const char *
verdict_class(enum verdict verdict)
{
    return verdict_name(verdict);
}

static void
put_verdict_word(struct page *page, enum verdict verdict)
{
    static const char *const zh[] = {
        [VERDICT_ALLOW] = "允许", [VERDICT_REVIEW] = "需复核", [VERDICT_DENY] = "拒绝"};
    put_both(page, verdict_name(verdict), zh[verdict]);
}

static void
put_conformity(struct page *page, const struct account_rule *rule)
{
    static const char *const en[] = {"not applicable", "conform", "undetermined", "not conform"};
    static const char *const zh[] = {"不适用", "符合", "无法判断", "不符合"};
    put(page, "<span class=");
    put(page, rule->conformity == CONFORMITY_NOT_APPLICABLE ? "na" : verdict_class(rule->verdict));
    put(page, ">");
    put_both(page, en[rule->conformity], zh[rule->conformity]);
    put(page, "</span>");
}

/* The policy of the page: nothing but its own style sheet, known by its digest. */
static void
put_policy(struct page *page)
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
    put(page, "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'sha256-");
    put(page, text);
    put(page, "'; base-uri 'none'; form-action 'none'\">\n");
}

static void
put_head(struct page *page, bool chinese)
{
    put(page, chinese ? "<!DOCTYPE html>\n<html lang=zh-CN><head><meta charset=utf-8>\n"
                      : "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>\n");
    put_policy(page);
    put(page, "<meta name=viewport content=\"width=device-width,initial-scale=1\">\n"
              "<meta name=referrer content=no-referrer>\n<title>provscan: ");
    for (size_t i = 0; i < page->account->nroots; i++) {
        put(page, i ? ", " : "");
        put_bytes(page, page->account->roots[i]);
    }
    put(page, "</title>\n<style>");
    put(page, report_html_css);
    put(page, "</style></head><body>\n");
    put(page, chinese ? "<input class=lang type=radio name=l id=l-en><input class=lang type=radio name=l "
                        "id=l-zh checked>"
                      : "<input class=lang type=radio name=l id=l-en checked><input class=lang type=radio "
                        "name=l id=l-zh>");
    put(page,
        "\n<header><p class=switch><label for=l-en>English</label> <label for=l-zh>中文</label></p>\n<h1>");
    for (size_t i = 0; i < page->account->nroots; i++) {
        put(page, i ? ", " : "");
        put_bytes(page, page->account->roots[i]);
    }
    put(page, "</h1>\n<p class=\"dim small\">");
    put_both(page, "Provenance report of a training dataset", "训练数据集来源报告");
    for (size_t i = 0; i < page->account->npacks; i++) {
        put(page, i ? ", " : ": ");
        put_both(page, page->account->packs[i].title_en, page->account->packs[i].title_zh);
    }
    put(page, "</p></header>\n<main>\n");
}

static void
put_verdict(struct page *page)
{
    const struct account *a = page->account;
    put(page, "<div class=\"verdict ");
    put(page, verdict_class(a->verdict));
    put(page, "\"><b>");
    put_verdict_word(page, a->verdict);
    put(page, "</b><div><p>");
    put_count(page, a->nrules_failed);
    put_both(page, " rules not conform, ", " 条规则不符合，");
    put_count(page, a->nrules_undetermined);
    put_both(page, " undetermined; ", " 条无法判断；");
    put_count(page, a->nitems_denied);
    put_both(page, " items denied, ", " 项被拒绝，");
    put_count(page, a->nitems_reviewed);
    put_both(page, " to review.", " 项需复核。");
    put(page, "</p><p>");
    if (a->complete)
        put_both(page, "Every byte was read, or left out by a rule that is named below.",
                 "所有字节均已读取，或由下文列明的规则排除。");
    else
        put_both(page, "Not everything was read. What was not read was not checked.",
                 "并非全部内容都已读取。未读取的内容未经检查。");
    put(page, "</p></div></div>\n");
}

/* One row of the ledger. */
static void
put_ledger_row(struct page *page, const char *en, const char *zh, struct bytes detail, uint64_t nbytes,
               uint64_t whole)
{
    put(page, "<tr><td>");
    put_both(page, en, zh);
    if (detail.size) {
        put(page, ": <code>");
        put_bytes(page, detail);
        put(page, "</code>");
    }
    put(page, "</td>");
    cell_size(page, nbytes);
    cell_count(page, nbytes);
    cell_bar(page, nbytes, whole);
    put(page, "</tr>\n");
}

static void
put_coverage(struct page *page)
{
    static const char *const heads[][2] = {
        {"Bytes on disk", "磁盘字节"}, {"#", ""}, {"#bytes", "字节"}, {"share", "占比"}};
    const struct account *a = page->account;
    uint64_t nitems = 0;
    for (size_t i = 0; i < 5; i++)
        nitems += a->items[i];
    put_heading(page, "What was read", "读取范围");
    begin_table(page, heads, 4);
    put_ledger_row(page, "read", "已读取", (struct bytes){0}, a->bytes_read, a->bytes);
    put_ledger_row(page, "other names of files already read", "已读文件的其他名称", (struct bytes){0},
                   a->bytes_alias, a->bytes);
    for (size_t i = 0; i < a->nskipped && i < SHOWN_ROWS; i++)
        put_ledger_row(page, "skipped by rule", "按规则跳过", a->skipped[i].name, a->skipped[i].nbytes,
                       a->bytes);
    for (size_t i = 0; i < a->nunreadable && i < SHOWN_ROWS; i++)
        put_ledger_row(page, "not read", "未读取", a->unreadable[i].name, a->unreadable[i].nbytes, a->bytes);
    put_ledger_row(page, "sum", "合计", (struct bytes){0}, a->bytes, a->bytes);
    end_table(page);
    put(page, "<p>");
    put_count(page, a->units[UNIT_FILE]);
    put_both(page, " files on disk hold ", " 个磁盘文件，含 ");
    put_count(page, nitems);
    put_both(page, " items at up to ", " 项内容，最大嵌套深度 ");
    put_count(page, a->depth_max);
    put_both(page, " levels; ", "；展开后 ");
    put_size(page, a->expanded_bytes);
    put_both(page, " came out of containers; ", "；");
    put_count(page, a->nunsearched);
    put_both(page, " items could not be searched for text: of them it is not known what they hold.",
             " 项无法检索文本：其内容未知。");
    put(page, "</p>\n");
}

static void
put_cites(struct page *page, const char *cite)
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
        put(page, "<div>");
        put_text(page, law);
        put(page, " ");
        put_text(page, article);
        put(page, " <span class=\"dim small\">");
        put_both(page, en, zh);
        put(page, ", ");
        put_text(page, from);
        put(page, until ? " – " : "");
        put_text(page, until);
        put(page, "</span></div>");
    }
    json_close(file);
}

static void
put_evidence(struct page *page, const struct account_rule *rule)
{
    static const char *const heads[][2] = {{"Item", "内容"}, {"What was found in it", "其中发现"}};
    if (!rule->nevidence)
        return;
    begin_table(page, heads, 2);
    for (size_t i = 0; i < rule->nevidence && i < SHOWN_EVIDENCE; i++) {
        const struct account_evidence *evidence = &rule->evidence[i];
        put(page, "<tr><td>");
        put_place(page, &evidence->place);
        put(page, "</td><td>");
        for (size_t j = 0; j < evidence->nfacts; j++) {
            put(page, j ? ", <code>" : "<code>");
            put_bytes(page, evidence->facts[j].code);
            put(page, "</code> × ");
            put_count(page, evidence->facts[j].count);
        }
        put(page, "</td></tr>\n");
    }
    end_table(page);
    if (rule->nevidence > SHOWN_EVIDENCE) {
        put(page, "<p class=\"dim small\">");
        put_both(page, "More in manifest.json and items.jsonl.zst.",
                 "更多内容见 manifest.json 和 items.jsonl.zst。");
        put(page, "</p>");
    }
}

static void
put_term(struct page *page, const char *en, const char *zh)
{
    put(page, "<dt>");
    put_both(page, en, zh);
    put(page, "</dt><dd>");
}

static void
put_failed_rule(struct page *page, const struct account_rule *rule)
{
    static const char *const basis[][3] = {{"primary", "the text of the law was read", "已查阅法律原文"},
                                           {"secondary", "known from secondary sources", "依据二手资料"},
                                           {"memory", "from memory, not verified", "凭记忆，未核实"}};
    put(page, "<details open id=\"rule-");
    put_text(page, rule->id);
    put(page, "\"><summary><span class=\"tag ");
    put(page, verdict_class(rule->verdict));
    put(page, "\">");
    put_verdict_word(page, rule->verdict);
    put(page, "</span> ");
    put_both(page, rule->title_en, rule->title_zh);
    put(page, " <code class=dim>");
    put_text(page, rule->id);
    put(page, "</code></summary><div class=body><dl>");
    put_term(page, "Result", "结果");
    put_conformity(page, rule);
    put(page, "</dd>");
    put_term(page, "Why", "理由");
    if (rule->conformity == CONFORMITY_UNDETERMINED)
        put_both(
            page,
            "Cannot be decided: something was not declared, or part of the content could not be searched.",
            "无法判断：有事项未声明，或部分内容无法检索。");
    else
        put_both(page, rule->reason_en, rule->reason_zh);
    put(page, "</dd>");
    put_term(page, "What to do", "如何处理");
    put_both(page, rule->remedy_en, rule->remedy_zh);
    put(page, "</dd>");
    put_term(page, "Law", "依据");
    put_cites(page, rule->cite);
    put(page, "</dd>");
    put_term(page, "How sure", "可靠程度");
    for (size_t i = 0; i < 3; i++)
        if (strcmp(rule->basis, basis[i][0]) == 0)
            put_both(page, basis[i][1], basis[i][2]);
    put(page, "</dd>");
    put_term(page, "Test", "判断条件");
    put(page, "<code>");
    put_text(page, rule->fails_when);
    put(page, "</code></dd></dl>\n");
    put_evidence(page, rule);
    put(page, "</div></details>\n");
}

static void
put_failed_rules(struct page *page)
{
    const struct account *a = page->account;
    size_t shown = 0;
    put_heading(page, "Why", "理由");
    for (int verdict = VERDICT_DENY; verdict > VERDICT_ALLOW; verdict--)
        for (int conformity = CONFORMITY_NOT_CONFORM; conformity >= CONFORMITY_UNDETERMINED; conformity--)
            for (size_t i = 0; i < a->nrules; i++)
                if ((int)a->rules[i].verdict == verdict && (int)a->rules[i].conformity == conformity) {
                    put_failed_rule(page, &a->rules[i]);
                    shown++;
                }
    if (!shown) {
        put(page, "<p>");
        put_both(page, "No rule speaks against this dataset.", "没有规则对该数据集提出异议。");
        put(page, "</p>\n");
    }
}

static void
put_all_rules(struct page *page)
{
    static const char *const heads[][2] = {{"Rule", "规则"},           {"Result", "结果"},
                                           {"#not conform", "不符合"}, {"#undetermined", "无法判断"},
                                           {"#conform", "符合"},       {"#not applicable", "不适用"}};
    const struct account *a = page->account;
    put_heading(page, "All rules", "全部规则");
    begin_table(page, heads, 6);
    for (size_t i = 0; i < a->nrules; i++) {
        const struct account_rule *rule = &a->rules[i];
        put(page, "<tr><td>");
        put_both(page, rule->title_en, rule->title_zh);
        put(page, "<br><code class=dim>");
        put_text(page, rule->id);
        put(page, "</code></td><td>");
        put_conformity(page, rule);
        put(page, "</td>");
        cell_count(page, rule->nnot_conform);
        cell_count(page, rule->nundetermined);
        cell_count(page, rule->nconform);
        cell_count(page, rule->nnot_applicable);
        put(page, "</tr>\n");
    }
    end_table(page);
}

static void
put_sources(struct page *page)
{
    static const char *const heads[][2] = {
        {"Source", "来源"},  {"Kind", "类型"},     {"License", "许可"}, {"PIPL 13", "个保法第十三条"},
        {"Verdict", "判断"}, {"#items", "内容项"}, {"#bytes", "大小"},  {"#personal", "个人信息"},
        {"#secrets", "凭据"}};
    const struct account *a = page->account;
    put_heading(page, "Sources", "来源");
    begin_table(page, heads, 9);
    for (size_t i = 0; i < a->nsources; i++) {
        const struct account_source *s = &a->sources[i];
        put(page, "<tr><td>");
        if (s->ordinal == 0)
            put_both(page, "not declared", "未声明");
        else
            put_bytes(page, s->title.size ? s->title : s->id);
        put(page, "</td>");
        cell_bytes(page, s->kind, "–");
        cell_bytes(page, s->license, "–");
        cell_bytes(page, s->pipl_art13, "–");
        put(page, "<td class=");
        put(page, verdict_class(s->verdict));
        put(page, ">");
        put_verdict_word(page, s->verdict);
        put(page, "</td>");
        cell_count(page, s->ncontent);
        cell_size(page, s->nbytes);
        cell_count(page, s->npersonal);
        cell_count(page, s->nsecrets);
        put(page, "</tr>\n");
    }
    end_table(page);
}

static void
put_answer(struct page *page, int term)
{
    put(page, "<td>");
    if (term < 0)
        put_both(page, "not known", "未知");
    else
        put_both(page, term ? "yes" : "no", term ? "是" : "否");
    put(page, "</td>");
}

static void
put_licenses(struct page *page)
{
    static const char *const heads[][2] = {
        {"License", "许可"}, {"#items", "内容项"},           {"#bytes", "大小"},
        {"share", "占比"},   {"commercial use", "商业使用"}, {"derivatives", "演绎"},
        {"training", "训练"}};
    const struct account *a = page->account;
    put_heading(page, "Licenses", "许可");
    begin_table(page, heads, 7);
    for (size_t i = 0; i < a->nlicenses && i < SHOWN_ROWS; i++) {
        const struct account_license *license = &a->licenses[i];
        uint64_t nitems = 0, nbytes = 0;
        for (size_t j = 0; j < 4; j++) {
            nitems += license->nitems[j];
            nbytes += license->nbytes[j];
        }
        put(page, "<tr><td>");
        if (!license->expression.size)
            put_both(page, "none known", "未知");
        else
            put_bytes(page, license->expression);
        if (!license->clear)
            put_both(page, " (unclear)", "（不明确）");
        put(page, "</td>");
        cell_count(page, nitems);
        cell_size(page, nbytes);
        cell_bar(page, nbytes, a->content_bytes);
        put_answer(page, license->commercial);
        put_answer(page, license->derivatives);
        put_answer(page, license->training);
        put(page, "</tr>\n");
    }
    end_table(page);
}

static void
put_samples(struct page *page, const struct account_group *group)
{
    static const char *const heads[][2] = {{"Item", "内容"}, {"#offset", "偏移"}, {"Evidence", "证据"}};
    begin_table(page, heads, 3);
    for (size_t i = 0; i < group->nsamples && i < SHOWN_SAMPLES; i++) {
        const struct account_sample *sample = &group->samples[i];
        put(page, "<tr><td>");
        put_place(page, &sample->place);
        put(page, "</td>");
        cell_count(page, sample->offset);
        put(page, "<td><code>");
        put_bytes(page, sample->evidence);
        put(page, "</code></td></tr>\n");
    }
    end_table(page);
}

/* Findings or defects, each with its first samples. */
static void
put_groups(struct page *page, int kind)
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
        put(page, "<details><summary><code>");
        put_bytes(page, group->code);
        put(page, "</code> × ");
        put_count(page, group->count);
        put_both(page, " in ", "，涉及 ");
        put_count(page, group->nitems);
        put_both(page, " items", " 项");
        if (kind == FACT_FINDING && group->level >= LEVEL_VERY_UNLIKELY &&
            group->level <= LEVEL_VERY_LIKELY) {
            put(page, ", ");
            put_both(page, level_names[group->level], level_names_zh[group->level]);
        }
        put(page, " <span class=dim>");
        put_text(page, group->class);
        put(page, "</span></summary><div class=body>");
        put_samples(page, group);
        put(page, "</div></details>\n");
    }
    if (!shown) {
        put(page, "<p>");
        put_both(page, "None found. Of what could not be searched nothing is known.",
                 "未发现。无法检索的内容情况未知。");
        put(page, "</p>\n");
    }
}

static void
put_duplicates(struct page *page)
{
    static const char *const heads[][2] = {
        {"#copies", "份数"}, {"#size", "大小"}, {"First", "首个"}, {"Last", "末个"}};
    const struct account *a = page->account;
    if (!a->nduplicates)
        return;
    put_heading(page, "Repeated content", "重复内容");
    put(page, "<p>");
    put_count(page, a->nduplicate_items);
    put_both(page, " items repeat others byte for byte: ", " 项与其他内容逐字节相同：");
    put_size(page, a->duplicate_bytes);
    put(page, "</p>\n");
    begin_table(page, heads, 4);
    for (size_t i = 0; i < a->nduplicates && i < SHOWN_SAMPLES; i++) {
        put(page, "<tr>");
        cell_count(page, a->duplicates[i].count);
        cell_size(page, a->duplicates[i].size);
        put(page, "<td>");
        put_place(page, &a->duplicates[i].first);
        put(page, "</td><td>");
        put_place(page, &a->duplicates[i].last);
        put(page, "</td></tr>\n");
    }
    end_table(page);
}

static void
put_fact(struct page *page, const char *en, const char *zh, const char *value)
{
    if (!value)
        return;
    put_term(page, en, zh);
    put(page, "<code>");
    put_text(page, value);
    put(page, "</code></dd>");
}

static void
put_making(struct page *page)
{
    const struct account *a = page->account;
    put_heading(page, "How this was made", "生成信息");
    put(page, "<dl>");
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
        put(page, "<dt>");
        put_text(page, a->packs[i].id);
        put(page, " ");
        put_text(page, a->packs[i].version);
        put(page, "</dt><dd><code>");
        put_text(page, a->packs[i].sha256);
        put(page, "</code></dd>");
    }
    put(page, "</dl>\n");
}

int
html_render(const struct account *account, const struct report_options *options, struct buf *out,
            struct err *err)
{
    struct page page = {.account = account, .out = out};
    put_head(&page, options->language && strcmp(options->language, "zh") == 0);
    put_verdict(&page);
    put_coverage(&page);
    put_failed_rules(&page);
    put_all_rules(&page);
    put_sources(&page);
    put_licenses(&page);
    put_heading(&page, "Personal data and secrets", "个人信息与凭据");
    put_groups(&page, FACT_FINDING);
    put_heading(&page, "Faults of the data", "数据缺陷");
    put_groups(&page, FACT_DEFECT);
    put_duplicates(&page);
    put_making(&page);
    put(&page, "</main>\n<footer>");
    put_both(&page,
             "Evidence is masked; this file holds no raw personal data or secret. It is a rendering of "
             "manifest.json.",
             "证据已作掩码处理；本文件不含原始个人信息或凭据。本文件由 manifest.json 的内容生成。");
    put(&page, "</footer></body></html>\n");
    buf_finish(&page.locator);
    return page.status == PROV_OK ? PROV_OK : err_set(err, page.status, "out of memory");
}

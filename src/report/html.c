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
#include "model/fact.h"
#include "model/unit.h"
#include "report/html_parts.h"
#include "report/markup.h"
#include "report_html_css.h"

enum { SHOWN_ROWS = 50, SHOWN_ROOTS = 3 };

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
    markup_put(page, verdict_name(a->verdict));
    markup_put(page, "\"><b>");
    markup_verdict(page, a->verdict);
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
put_fact(struct markup *page, const char *en, const char *zh, const char *value)
{
    if (!value)
        return;
    markup_term(page, en, zh);
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
    html_failed_rules(&page);
    html_all_rules(&page);
    html_sources(&page);
    html_licenses(&page);
    markup_heading(&page, "Personal data and secrets", "个人信息与凭据");
    html_groups(&page, FACT_FINDING);
    markup_heading(&page, "Faults of the data", "数据缺陷");
    html_groups(&page, FACT_DEFECT);
    markup_heading(&page, "Reservations of rights", "权利保留声明");
    html_groups(&page, FACT_ATTRIBUTE);
    html_duplicates(&page);
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

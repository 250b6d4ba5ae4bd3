/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page that a person sees when a scan ends: the verdict, why, and what to do; then what was read and
 * found.
 *
 *     DENY    2 rules say no, 1 asks for a person
 *
 *     deny    core.source.bound   Every file is bound to a declared source
 *             No source declaration covers the file, so nothing shows ...
 *             12 of 14 items: a/b.txt, c.tar!/d.txt and 10 more         IM 7(1)
 *             -> Declare its source in provscan.sources.json ...
 *
 * Only ASCII and the texts of the policies are ours; every name and code of the dataset goes through
 * escape_terminal, so nothing in a dataset can move the cursor or colour a line. Lines are wrapped to the
 * width of the terminal by columns, not by bytes.
 */
#include "report/summary.h"

#include <string.h>

#include "base/json.h"
#include "model/fact.h"
#include "model/unit.h"
#include "report/account.h"
#include "report/page.h"

enum {
    WIDTH_DEFAULT = 80,
    WIDTH_MIN = 40,
    WIDTH_MAX = 120,
    SHOWN_ROOTS = 3,
    SHOWN_ITEMS = 2,
    SHOWN_NAMES = 6,
    SHOWN_GROUPS = 8
};

/* The words of the page in both languages. */
enum word {
    W_FAILED_ONE,
    W_FAILED,
    W_OPEN_ONE,
    W_OPEN,
    W_CLEAN,
    W_UNREAD,
    W_COVERAGE,
    W_FOUND,
    W_LICENSES,
    W_PERSONAL,
    W_SECRETS,
    W_DEFECTS,
    W_DUPLICATES,
    W_NONE_FOUND,
    W_NEXT,
    W_OF,
    W_MORE,
    W_ITEM,
    W_ITEMS,
    W_FILE_ON_DISK,
    W_FILES_ON_DISK,
    W_ITEM_INSIDE,
    W_ITEMS_INSIDE,
    W_EXPANDED,
    W_SKIPPED,
    W_NOT_READ,
    W_UNSEARCHED,
    W_UNKNOWN,
    W_NEXT_REPORT,
    W_NEXT_JUDGE,
    W_NEXT_COMPLETE,
    W_ALIAS,
    W_NOT_KNOWN,
    W_WAIVERS,
    W_IN_FORCE,
    W_NOT_IN_FORCE,
    W_COUNT
};

static const char *const words[2][W_COUNT] = {
    {"rule says no",
     "rules say no",
     "asks for a person",
     "ask for a person",
     "no rule speaks against it",
     "not everything was read",
     "Read",
     "Found",
     "licenses",
     "personal",
     "secrets",
     "defects",
     "repeated",
     "none found",
     "Next",
     "of",
     "more",
     "item",
     "items",
     "file on disk",
     "files on disk",
     "item",
     "items",
     "unpacked",
     "skipped by rule",
     "not read",
     "could not be searched",
     "unknown",
     "report.html shows all of this with its evidence; manifest.json is the same for programs",
     "after a change of declaration or policy: provscan judge DIR (reads no data)",
     "what was not read was not checked: the exit code is 3 unless something is denied",
     "names of the same file",
     "cannot be decided: something was not declared, or part of the content could not be searched",
     "waivers",
     "in force, each answered for by a person",
     "not in force"},

    {"条规则不符合",
     "条规则不符合",
     "条需要人工判断",
     "条需要人工判断",
     "没有规则提出异议",
     "并非全部内容都已读取",
     "读取",
     "发现",
     "许可",
     "个人信息",
     "凭据",
     "缺陷",
     "重复",
     "未发现",
     "下一步",
     "/",
     "更多",
     "项",
     "项",
     "个磁盘文件",
     "个磁盘文件",
     "项内容",
     "项内容",
     "展开后",
     "按规则跳过",
     "未读取",
     "无法检索",
     "未知",
     "report.html 含全部内容及证据；manifest.json 供程序使用",
     "声明或规则变更后：provscan judge DIR（不再读取数据）",
     "未读取的内容未经检查：除非被拒绝，退出码为 3",
     "个同一文件的其他名称",
     "无法判断：有事项未声明，或部分内容无法检索",
     "豁免",
     "项有效（均有责任人）",
     "项无效"},

};

static void
put_verdict(struct page *page)
{
    static const char *const names[] = {
        [VERDICT_ALLOW] = "ALLOW", [VERDICT_REVIEW] = "REVIEW", [VERDICT_DENY] = "DENY"};
    const struct account *a = page->account;
    page_paint(page, page_paint_of(a->verdict));
    page_put(page, names[a->verdict]);
    page_paint(page, PAINT_NONE);
    page_pad(page, (unsigned)strlen(names[a->verdict]), PAGE_INDENT);
    if (a->nrules_failed) {
        page_compose_count(page, a->nrules_failed);
        page_compose(page, " ");
        page_compose(page, page->words[a->nrules_failed == 1 ? W_FAILED_ONE : W_FAILED]);
    }
    if (a->nrules_undetermined) {
        page_compose(page, a->nrules_failed ? ", " : "");
        page_compose_count(page, a->nrules_undetermined);
        page_compose(page, " ");
        page_compose(page, page->words[a->nrules_undetermined == 1 ? W_OPEN_ONE : W_OPEN]);
    }
    if (!page->scratch.size)
        page_compose(page, page->words[W_CLEAN]);
    if (!a->complete) {
        page_compose(page, "; ");
        page_compose(page, page->words[W_UNREAD]);
    }
    page_put(page, buf_text(&page->scratch));
    page_put(page, "\n");
    buf_clear(&page->scratch);
    for (size_t i = 0; i < a->roots.count && i < SHOWN_ROOTS; i++) {
        page_compose(page, i ? ", " : "");
        page_compose_name(page, a->roots.names[i].name);
    }
    if (a->roots.count > SHOWN_ROOTS) {
        page_compose(page, " + ");
        page_compose_count(page, a->roots.count - SHOWN_ROOTS);
        page_compose(page, " ");
        page_compose(page, page->words[W_MORE]);
    }
    page_compose(page, a->roots.count ? ": " : "");
    for (size_t i = 0; i < a->npacks; i++) {
        page_compose(page, i ? ", " : "");
        page_compose_text(page, a->packs[i].id);
        page_compose(page, " ");
        page_compose_text(page, a->packs[i].version);
    }
    if (a->purpose) {
        page_compose(page, ", ");
        page_compose_text(page, a->purpose);
    }
    page_paint(page, PAINT_DIM);
    page_flush(page, PAGE_INDENT);
    page_paint(page, PAINT_NONE);
}

/* "IM 7(1), PIPL 13" out of the JSON that the judge stored. */
static void
compose_cites(struct page *page, const char *cite)
{
    struct json_file *file = NULL;
    const char *between = "";
    if (!cite || json_open_text("cite", bytes_of(cite), &file, NULL) != PROV_OK)
        return;
    for (struct json_view view = json_first(json_root(file)); view.node; view = json_next(view)) {
        const char *law = "", *article = "";
        (void)json_get_text(view, "law", JSON_OPTIONAL, &law, NULL);
        (void)json_get_text(view, "article", JSON_OPTIONAL, &article, NULL);
        page_compose(page, between);
        page_compose_text(page, law);
        page_compose(page, " ");
        page_compose_text(page, article);
        between = ", ";
    }
    json_close(file);
}

/* Where it was seen: counts, the first places, and what it rests on. */
static void
put_why(struct page *page, const struct account_rule *rule)
{
    bool is_item = strcmp(rule->level, "item") == 0;
    uint64_t ntrouble = rule->nnot_conform + rule->nundetermined;
    struct buf locator = {0};
    if (is_item) {
        page_compose_count(page, ntrouble);
        page_compose(page, " ");
        page_compose(page, page->words[ntrouble == 1 ? W_ITEM : W_ITEMS]);
    }
    for (size_t i = 0; i < rule->nevidence && i < SHOWN_ITEMS; i++) {
        buf_clear(&locator);
        if (page->status == PROV_OK)
            page->status = account_locator(page->account, &rule->evidence[i].place, &locator);
        page_compose(page, i ? ", " : page->scratch.size ? ": " : "");
        page_compose_name(page, buf_bytes(&locator));
    }
    if (is_item && ntrouble > SHOWN_ITEMS && rule->nevidence) {
        page_compose(page, " + ");
        page_compose_count(page, ntrouble - SHOWN_ITEMS);
        page_compose(page, " ");
        page_compose(page, page->words[W_MORE]);
    }
    page_compose(page, page->scratch.size ? "  [" : "[");
    compose_cites(page, rule->cite);
    page_compose(page, "]");
    page_paint(page, PAINT_DIM);
    page_flush(page, PAGE_INDENT);
    page_paint(page, PAINT_NONE);
    buf_finish(&locator);
}

static void
put_rule(struct page *page, const struct account_rule *rule)
{
    const char *name = rule->conformity < CONFORMITY_UNDETERMINED ? "ok" : verdict_name(rule->verdict);
    page_paint(page, page_paint_of(rule->verdict));
    page_put(page, name);
    page_paint(page, PAINT_NONE);
    page_pad(page, (unsigned)strlen(name), PAGE_INDENT);
    page_paint(page, PAINT_BOLD);
    page_compose_text(page, page->chinese ? rule->title_zh : rule->title_en);
    page_put(page, buf_text(&page->scratch));
    buf_clear(&page->scratch);
    page_paint(page, PAINT_NONE);
    page_put(page, "\n");
    if (rule->conformity < CONFORMITY_UNDETERMINED)
        return;
    page_compose_text(page, rule->id);
    page_compose(page, page->chinese ? "：" : ": ");
    if (rule->conformity == CONFORMITY_UNDETERMINED)
        page_compose(page, page->words[W_NOT_KNOWN]);
    else
        page_compose_text(page, page->chinese ? rule->reason_zh : rule->reason_en);
    page_flush(page, PAGE_INDENT);
    put_why(page, rule);
    page_compose(page, "-> ");
    page_compose_text(page, page->chinese ? rule->remedy_zh : rule->remedy_en);
    page_flush(page, PAGE_INDENT);
    page_put(page, "\n");
}

/* What denies first, then what fails or is open; the others only when asked for. */
static void
put_rules(struct page *page)
{
    const struct account *a = page->account;
    bool has_short = false;
    for (int verdict = VERDICT_DENY; verdict >= VERDICT_ALLOW; verdict--)
        for (int conformity = CONFORMITY_NOT_CONFORM; conformity >= 0; conformity--)
            for (size_t i = 0; i < a->nrules; i++) {
                const struct account_rule *rule = &a->rules[i];
                bool is_short = conformity < CONFORMITY_UNDETERMINED;
                if ((int)rule->verdict != verdict || (int)rule->conformity != conformity ||
                    (is_short && !page->verbose))
                    continue;
                put_rule(page, rule);
                has_short = has_short || is_short;
            }
    if (has_short)
        page_put(page, "\n");
}

static void
compose_amount(struct page *page, uint64_t count, uint64_t nbytes, const char *word)
{
    if (!count)
        return;
    page_compose(page, page->scratch.size ? "; " : "");
    page_compose_count(page, count);
    page_compose(page, " ");
    page_compose(page, word);
    page_compose(page, ", ");
    page_compose_size(page, nbytes);
}

static void
put_coverage(struct page *page)
{
    const struct account *a = page->account;
    uint64_t nitems = 0, nunread = 0;
    for (size_t i = 0; i < 5; i++)
        nitems += a->items[i];
    for (size_t i = 0; i < a->nunreadable; i++)
        nunread += a->unreadable[i].nfiles;
    page_compose_count(page, a->units[UNIT_FILE]);
    page_compose(page, " ");
    page_compose(page, page->words[a->units[UNIT_FILE] == 1 ? W_FILE_ON_DISK : W_FILES_ON_DISK]);
    page_compose(page, ", ");
    page_compose_size(page, a->bytes);
    page_compose(page, "; ");
    page_compose_count(page, nitems);
    page_compose(page, " ");
    page_compose(page, page->words[nitems == 1 ? W_ITEM_INSIDE : W_ITEMS_INSIDE]);
    if (a->expanded_bytes) {
        page_compose(page, ", ");
        page_compose_size(page, a->expanded_bytes);
        page_compose(page, " ");
        page_compose(page, page->words[W_EXPANDED]);
    }
    compose_amount(page, a->units[UNIT_ALIAS], a->bytes_alias, page->words[W_ALIAS]);
    compose_amount(page, a->units[UNIT_SKIPPED], a->bytes_skipped, page->words[W_SKIPPED]);
    compose_amount(page, nunread, a->bytes_unreadable, page->words[W_NOT_READ]);
    compose_amount(page, a->nunsearched, a->unsearched_bytes, page->words[W_UNSEARCHED]);
    page_put_entry(page, page->words[W_COVERAGE]);
}

static void
put_licenses(struct page *page)
{
    const struct account *a = page->account;
    size_t shown = 0;
    for (size_t i = 0; i < a->nlicenses && shown < SHOWN_NAMES; i++, shown++) {
        const struct account_license *license = &a->licenses[i];
        uint64_t nitems = 0;
        for (size_t j = 0; j < 4; j++)
            nitems += license->nitems[j];
        page_compose(page, shown ? ", " : "");
        if (!license->expression.size)
            page_compose(page, page->words[W_UNKNOWN]);
        else
            page_compose_name(page, license->expression);
        page_compose(page, license->clear ? " " : " (?) ");
        page_compose_count(page, nitems);
    }
    if (a->nlicenses > shown) {
        page_compose(page, " + ");
        page_compose_count(page, a->nlicenses - shown);
        page_compose(page, " ");
        page_compose(page, page->words[W_MORE]);
    }
    if (a->nlicenses)
        page_put_entry(page, page->words[W_LICENSES]);
}

static bool
is_of(const struct account_group *group, enum word word)
{
    bool secret = strcmp(group->class, "secret") == 0;
    if (word == W_DEFECTS)
        return group->kind == FACT_DEFECT;
    if (group->kind != FACT_FINDING || group->level < LEVEL_POSSIBLE)
        return false;
    return word == W_SECRETS ? secret : !secret;
}

/* The groups of a kind with the most sightings. @return how many; those beyond are counted in nmore */
static size_t
find_largest(const struct account *a, enum word word, const struct account_group **largest, size_t *nmore)
{
    size_t count = 0;
    for (size_t i = 0; i < a->ngroups; i++) {
        const struct account_group *group = &a->groups[i];
        if (!is_of(group, word))
            continue;
        size_t at = count;
        while (at && largest[at - 1]->count < group->count)
            at--;
        *nmore += count == SHOWN_GROUPS;
        count += count < SHOWN_GROUPS;
        for (size_t j = count - 1; j > at; j--)
            largest[j] = largest[j - 1];
        if (at < SHOWN_GROUPS)
            largest[at] = group;
    }
    return count;
}

static void
put_groups(struct page *page, enum word word)
{
    static const char *const levels[] = {"", "", "", " possible", " likely", ""};
    const struct account *a = page->account;
    const struct account_group *largest[SHOWN_GROUPS];
    size_t nmore = 0, nshown = find_largest(a, word, largest, &nmore);
    for (size_t i = 0; i < nshown; i++) {
        const struct account_group *group = largest[i];
        page_compose(page, i ? ", " : "");
        page_compose_name(page, group->code);
        page_compose(page, " ");
        page_compose_count(page, group->count);
        page_compose(page,
                     word == W_DEFECTS ? "" : levels[group->level <= LEVEL_VERY_LIKELY ? group->level : 0]);
    }
    if (nmore) {
        page_compose(page, " + ");
        page_compose_count(page, nmore);
        page_compose(page, " ");
        page_compose(page, page->words[W_MORE]);
    }
    if (!nshown)
        page_compose(page, page->words[W_NONE_FOUND]);
    if (!nshown && word != W_DEFECTS && a->nunsearched) {
        page_compose(page, "; ");
        page_compose_count(page, a->nunsearched);
        page_compose(page, " ");
        page_compose(page, page->words[a->nunsearched == 1 ? W_ITEM : W_ITEMS]);
        page_compose(page, " ");
        page_compose(page, page->words[W_UNSEARCHED]);
    }
    page_put_entry(page, page->words[word]);
}

/* What people took upon themselves: a verdict that rests on it says so. */
static void
put_waivers(struct page *page)
{
    const struct account *a = page->account;
    if (!a->nwaivers)
        return;
    page_compose_count(page, a->nwaivers_in_force);
    page_compose(page, " ");
    page_compose(page, page->words[W_IN_FORCE]);
    if (a->nwaivers > a->nwaivers_in_force) {
        page_compose(page, ", ");
        page_compose_count(page, a->nwaivers - a->nwaivers_in_force);
        page_compose(page, " ");
        page_compose(page, page->words[W_NOT_IN_FORCE]);
    }
    page_put_entry(page, page->words[W_WAIVERS]);
}

static void
put_next(struct page *page)
{
    const struct account *a = page->account;
    page_put(page, "\n");
    page_compose(page, page->words[W_NEXT_REPORT]);
    page_put_entry(page, page->words[W_NEXT]);
    page_compose(page, page->words[W_NEXT_JUDGE]);
    page_flush(page, PAGE_INDENT);
    if (!a->complete) {
        page_compose(page, page->words[W_NEXT_COMPLETE]);
        page_flush(page, PAGE_INDENT);
    }
}

int
summary_render(const struct account *account, const struct report_options *options, struct buf *out,
               struct err *err)
{
    bool chinese = options->language && strcmp(options->language, "zh") == 0;
    unsigned width = options->width ? options->width : WIDTH_DEFAULT;
    struct page page = {.account = account,
                        .out = out,
                        .words = words[chinese],
                        .chinese = chinese,
                        .color = options->color,
                        .verbose = options->verbose,
                        .width = width < WIDTH_MIN   ? WIDTH_MIN
                                 : width > WIDTH_MAX ? WIDTH_MAX
                                                     : width};
    put_verdict(&page);
    page_put(&page, "\n");
    put_rules(&page);
    put_coverage(&page);
    put_licenses(&page);
    put_groups(&page, W_PERSONAL);
    put_groups(&page, W_SECRETS);
    put_groups(&page, W_DEFECTS);
    if (account->nduplicate_items) {
        compose_amount(&page, account->nduplicate_items, account->duplicate_bytes,
                       page.words[account->nduplicate_items == 1 ? W_ITEM : W_ITEMS]);
        page_put_entry(&page, page.words[W_DUPLICATES]);
    }
    put_waivers(&page);
    put_next(&page);
    buf_finish(&page.scratch);
    return page.status == PROV_OK ? PROV_OK : err_set(err, page.status, "out of memory");
}

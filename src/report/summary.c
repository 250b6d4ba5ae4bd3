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

#include "base/escape.h"
#include "base/json.h"
#include "base/utf8.h"
#include "model/fact.h"
#include "model/unit.h"
#include "report/account.h"
#include "report/wording.h"

enum { WIDTH_DEFAULT = 80, WIDTH_MIN = 40, WIDTH_MAX = 120, INDENT = 10, SHOWN_ITEMS = 2, SHOWN_NAMES = 6 };

/* The words of the page in both languages. */
enum word {
    W_FAILED,
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
    W_ITEMS,
    W_FILES_ON_DISK,
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
    W_COUNT
};

static const char *const words[2][W_COUNT] = {
    {"rules say no",
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
     "items",
     "files on disk",
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
     "cannot be decided: something was not declared, or part of the content could not be searched"},

    {"条规则不符合",
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
     "个磁盘文件",
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
     "无法判断：有事项未声明，或部分内容无法检索"},

};

enum paint { PAINT_NONE, PAINT_BOLD, PAINT_DIM, PAINT_DENY, PAINT_REVIEW, PAINT_ALLOW };

/* The page being written. The first failure stays in status, and later calls do nothing. */
struct page {
    const struct account *account;
    struct buf *out;
    struct buf scratch;
    const char *const *words;
    bool chinese, color, verbose;
    unsigned width;
    int status;
};

static void
put(struct page *page, const char *text)
{
    if (page->status == PROV_OK)
        page->status = buf_append_text(page->out, text);
}

static void
paint(struct page *page, enum paint paint)
{
    static const char *const codes[] = {"\x1b[0m",    "\x1b[1m",    "\x1b[2m",
                                        "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;32m"};
    if (page->color)
        put(page, codes[paint]);
}

static enum paint
paint_of(enum verdict verdict)
{
    return verdict == VERDICT_DENY ? PAINT_DENY : verdict == VERDICT_REVIEW ? PAINT_REVIEW : PAINT_ALLOW;
}

static void
pad(struct page *page, unsigned from, unsigned to)
{
    for (; from < to; from++)
        put(page, " ");
}

/* A length of text that fits into so many columns, cut where a line may be cut. */
static size_t
fitting(struct bytes text, unsigned columns)
{
    size_t best = 0, at = 0;
    unsigned width = 0;
    while (at < text.size) {
        uint32_t code = 0;
        size_t size = utf8_decode(text.data + at, text.size - at, &code);
        size = size ? size : 1;
        unsigned wide = wording_width((struct bytes){text.data + at, size});
        if (code == ' ')
            best = at;
        if (width + wide > columns)
            return best ? best : at ? at : size;
        width += wide;
        at += size;
        if (wide == 2)
            best = at;
    }
    return text.size;
}

/* A paragraph, indented, wrapped to the width of the page. */
static void
put_wrapped(struct page *page, unsigned indent, struct bytes text)
{
    while (text.size && page->status == PROV_OK) {
        size_t size = fitting(text, page->width - indent), shown = size;
        while (shown && text.data[shown - 1] == ' ')
            shown--;
        pad(page, 0, indent);
        if (page->status == PROV_OK)
            page->status = buf_append(page->out, text.data, shown);
        put(page, "\n");
        while (size < text.size && text.data[size] == ' ')
            size++;
        text.data += size;
        text.size -= size;
    }
}

/* Into the scratch buffer, which is what put_wrapped prints next. */
static void
compose(struct page *page, const char *text)
{
    if (page->status == PROV_OK)
        page->status = buf_append_text(&page->scratch, text);
}

static void
compose_count(struct page *page, uint64_t count)
{
    if (page->status == PROV_OK)
        page->status = wording_count(&page->scratch, count);
}

static void
compose_size(struct page *page, uint64_t nbytes)
{
    if (page->status == PROV_OK)
        page->status = wording_size(&page->scratch, nbytes);
}

/* A strange name, escaped, its middle left out when it is long. */
static void
compose_name(struct page *page, struct bytes name)
{
    enum { NAME_BYTES_MAX = 72, TAIL = 40 };
    struct bytes head = name, tail = {0};
    if (name.size > NAME_BYTES_MAX) {
        head.size = NAME_BYTES_MAX - TAIL;
        while (head.size && (name.data[head.size] & 0xc0) == 0x80)
            head.size--;
        size_t at = name.size - TAIL;
        while (at < name.size && (name.data[at] & 0xc0) == 0x80)
            at++;
        tail = (struct bytes){name.data + at, name.size - at};
    }
    if (page->status == PROV_OK)
        page->status = escape_terminal(&page->scratch, head);
    if (tail.size) {
        compose(page, "...");
        if (page->status == PROV_OK)
            page->status = escape_terminal(&page->scratch, tail);
    }
}

static void
flush_composed(struct page *page, unsigned indent)
{
    put_wrapped(page, indent, buf_bytes(&page->scratch));
    buf_clear(&page->scratch);
}

static void
put_verdict(struct page *page)
{
    static const char *const names[] = {
        [VERDICT_ALLOW] = "ALLOW", [VERDICT_REVIEW] = "REVIEW", [VERDICT_DENY] = "DENY"};
    const struct account *a = page->account;
    paint(page, paint_of(a->verdict));
    put(page, names[a->verdict]);
    paint(page, PAINT_NONE);
    pad(page, (unsigned)strlen(names[a->verdict]), INDENT);
    if (a->nrules_failed) {
        compose_count(page, a->nrules_failed);
        compose(page, " ");
        compose(page, page->words[W_FAILED]);
    }
    if (a->nrules_undetermined) {
        compose(page, a->nrules_failed ? ", " : "");
        compose_count(page, a->nrules_undetermined);
        compose(page, " ");
        compose(page, page->words[W_OPEN]);
    }
    if (!page->scratch.size)
        compose(page, page->words[W_CLEAN]);
    if (!a->complete) {
        compose(page, "; ");
        compose(page, page->words[W_UNREAD]);
    }
    put(page, buf_text(&page->scratch));
    put(page, "\n");
    buf_clear(&page->scratch);
    for (size_t i = 0; i < a->nroots; i++) {
        compose(page, i ? ", " : "");
        compose_name(page, a->roots[i]);
    }
    compose(page, a->nroots ? ": " : "");
    for (size_t i = 0; i < a->npacks; i++) {
        compose(page, i ? ", " : "");
        compose(page, a->packs[i].id);
        compose(page, " ");
        compose(page, a->packs[i].version);
    }
    if (a->purpose) {
        compose(page, ", ");
        compose(page, a->purpose);
    }
    paint(page, PAINT_DIM);
    flush_composed(page, INDENT);
    paint(page, PAINT_NONE);
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
        compose(page, between);
        compose(page, law);
        compose(page, " ");
        compose(page, article);
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
        compose_count(page, ntrouble);
        compose(page, " ");
        compose(page, page->words[W_ITEMS]);
    }
    for (size_t i = 0; i < rule->nevidence && i < SHOWN_ITEMS; i++) {
        buf_clear(&locator);
        if (page->status == PROV_OK)
            page->status = account_locator(&rule->evidence[i].place, &locator);
        compose(page, i ? ", " : page->scratch.size ? ": " : "");
        compose_name(page, buf_bytes(&locator));
    }
    if (is_item && ntrouble > SHOWN_ITEMS && rule->nevidence) {
        compose(page, " + ");
        compose_count(page, ntrouble - SHOWN_ITEMS);
        compose(page, " ");
        compose(page, page->words[W_MORE]);
    }
    compose(page, page->scratch.size ? "  [" : "[");
    compose_cites(page, rule->cite);
    compose(page, "]");
    paint(page, PAINT_DIM);
    flush_composed(page, INDENT);
    paint(page, PAINT_NONE);
    buf_finish(&locator);
}

static void
put_rule(struct page *page, const struct account_rule *rule)
{
    const char *name = rule->conformity < CONFORMITY_UNDETERMINED ? "ok" : verdict_name(rule->verdict);
    paint(page, paint_of(rule->verdict));
    put(page, name);
    paint(page, PAINT_NONE);
    pad(page, (unsigned)strlen(name), INDENT);
    paint(page, PAINT_BOLD);
    put(page, page->chinese ? rule->title_zh : rule->title_en);
    paint(page, PAINT_NONE);
    put(page, "\n");
    if (rule->conformity < CONFORMITY_UNDETERMINED)
        return;
    compose(page, rule->id);
    compose(page, page->chinese ? "：" : ": ");
    if (rule->conformity == CONFORMITY_UNDETERMINED)
        compose(page, page->words[W_NOT_KNOWN]);
    else
        compose(page, page->chinese ? rule->reason_zh : rule->reason_en);
    flush_composed(page, INDENT);
    put_why(page, rule);
    compose(page, "-> ");
    compose(page, page->chinese ? rule->remedy_zh : rule->remedy_en);
    flush_composed(page, INDENT);
    put(page, "\n");
}

/* What denies first, then what fails or is open; the others only when asked for. */
static void
put_rules(struct page *page)
{
    const struct account *a = page->account;
    for (int verdict = VERDICT_DENY; verdict >= VERDICT_ALLOW; verdict--)
        for (int conformity = CONFORMITY_NOT_CONFORM; conformity >= 0; conformity--)
            for (size_t i = 0; i < a->nrules; i++) {
                const struct account_rule *rule = &a->rules[i];
                if ((int)rule->verdict == verdict && (int)rule->conformity == conformity &&
                    (conformity >= CONFORMITY_UNDETERMINED || page->verbose))
                    put_rule(page, rule);
            }
}

static void
put_heading(struct page *page, const char *heading)
{
    paint(page, PAINT_BOLD);
    put(page, heading);
    paint(page, PAINT_NONE);
    pad(page, wording_width(bytes_of(heading)), INDENT);
}

/* A heading with what was composed behind it; further lines are indented. */
static void
put_entry(struct page *page, const char *heading)
{
    size_t first = fitting(buf_bytes(&page->scratch), page->width - INDENT);
    put_heading(page, heading);
    if (page->status == PROV_OK)
        page->status = buf_append(page->out, page->scratch.data, first);
    put(page, "\n");
    struct bytes rest = {page->scratch.data + first, page->scratch.size - first};
    while (rest.size && *rest.data == ' ') {
        rest.data++;
        rest.size--;
    }
    put_wrapped(page, INDENT, rest);
    buf_clear(&page->scratch);
}

static void
compose_amount(struct page *page, uint64_t count, uint64_t nbytes, const char *word)
{
    if (!count)
        return;
    compose(page, page->scratch.size ? "; " : "");
    compose_count(page, count);
    compose(page, " ");
    compose(page, word);
    compose(page, ", ");
    compose_size(page, nbytes);
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
    compose_count(page, a->units[UNIT_FILE]);
    compose(page, " ");
    compose(page, page->words[W_FILES_ON_DISK]);
    compose(page, ", ");
    compose_size(page, a->bytes);
    compose(page, "; ");
    compose_count(page, nitems);
    compose(page, " ");
    compose(page, page->words[W_ITEMS_INSIDE]);
    if (a->expanded_bytes) {
        compose(page, ", ");
        compose_size(page, a->expanded_bytes);
        compose(page, " ");
        compose(page, page->words[W_EXPANDED]);
    }
    compose_amount(page, a->units[UNIT_ALIAS], a->bytes_alias, page->words[W_ALIAS]);
    compose_amount(page, a->units[UNIT_SKIPPED], a->bytes_skipped, page->words[W_SKIPPED]);
    compose_amount(page, nunread, a->bytes_unreadable, page->words[W_NOT_READ]);
    compose_amount(page, a->nunsearched, a->unsearched_bytes, page->words[W_UNSEARCHED]);
    put_entry(page, page->words[W_COVERAGE]);
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
        compose(page, shown ? ", " : "");
        if (!license->expression.size)
            compose(page, page->words[W_UNKNOWN]);
        else
            compose_name(page, license->expression);
        compose(page, license->clear ? " " : " (?) ");
        compose_count(page, nitems);
    }
    if (a->nlicenses > shown) {
        compose(page, " + ");
        compose_count(page, a->nlicenses - shown);
        compose(page, " ");
        compose(page, page->words[W_MORE]);
    }
    if (a->nlicenses)
        put_entry(page, page->words[W_LICENSES]);
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

static void
put_groups(struct page *page, enum word word)
{
    static const char *const levels[] = {"", "", "", " possible", "", ""};
    const struct account *a = page->account;
    size_t shown = 0, nmore = 0;
    for (size_t i = 0; i < a->ngroups; i++) {
        const struct account_group *group = &a->groups[i];
        if (!is_of(group, word))
            continue;
        if (shown == SHOWN_NAMES + 2) {
            nmore++;
            continue;
        }
        compose(page, shown++ ? ", " : "");
        compose_name(page, group->code);
        compose(page, " ");
        compose_count(page, group->count);
        compose(page, word == W_DEFECTS ? "" : levels[group->level <= LEVEL_VERY_LIKELY ? group->level : 0]);
    }
    if (nmore) {
        compose(page, " + ");
        compose_count(page, nmore);
        compose(page, " ");
        compose(page, page->words[W_MORE]);
    }
    if (!shown)
        compose(page, page->words[W_NONE_FOUND]);
    if (!shown && word != W_DEFECTS && a->nunsearched) {
        compose(page, "; ");
        compose_count(page, a->nunsearched);
        compose(page, " ");
        compose(page, page->words[W_ITEMS]);
        compose(page, " ");
        compose(page, page->words[W_UNSEARCHED]);
    }
    put_entry(page, page->words[word]);
}

static void
put_next(struct page *page)
{
    const struct account *a = page->account;
    put(page, "\n");
    compose(page, page->words[W_NEXT_REPORT]);
    put_entry(page, page->words[W_NEXT]);
    compose(page, page->words[W_NEXT_JUDGE]);
    flush_composed(page, INDENT);
    if (!a->complete) {
        compose(page, page->words[W_NEXT_COMPLETE]);
        flush_composed(page, INDENT);
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
    put(&page, "\n");
    put_rules(&page);
    put_coverage(&page);
    put_licenses(&page);
    put_groups(&page, W_PERSONAL);
    put_groups(&page, W_SECRETS);
    put_groups(&page, W_DEFECTS);
    if (account->nduplicate_items) {
        compose_amount(&page, account->nduplicate_items, account->duplicate_bytes, page.words[W_ITEMS]);
        put_entry(&page, page.words[W_DUPLICATES]);
    }
    put_next(&page);
    buf_finish(&page.scratch);
    return page.status == PROV_OK ? PROV_OK : err_set(err, page.status, "out of memory");
}

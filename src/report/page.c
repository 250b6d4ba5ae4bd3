/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page of text for a terminal: colours when asked for, lines wrapped by columns, names of strangers
 * escaped.
 *
 * Wrapping goes by the width that characters take, and may break a line between wide characters, which need
 * no blanks between them.
 */
#include "report/page.h"

#include "base/escape.h"
#include "base/status.h"
#include "base/utf8.h"
#include "report/wording.h"

void
page_put(struct page *page, const char *text)
{
    if (page->status == PROV_OK)
        page->status = buf_append_text(page->out, text);
}

void
page_paint(struct page *page, enum paint paint)
{
    static const char *const codes[] = {"\x1b[0m",    "\x1b[1m",    "\x1b[2m",
                                        "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;32m"};
    if (page->color)
        page_put(page, codes[paint]);
}

enum paint
page_paint_of(enum verdict verdict)
{
    return verdict == VERDICT_DENY ? PAINT_DENY : verdict == VERDICT_REVIEW ? PAINT_REVIEW : PAINT_ALLOW;
}

void
page_pad(struct page *page, unsigned from, unsigned to)
{
    for (; from < to; from++)
        page_put(page, " ");
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
void
page_put_wrapped(struct page *page, unsigned indent, struct bytes text)
{
    while (text.size && page->status == PROV_OK) {
        size_t size = fitting(text, page->width - indent), shown = size;
        while (shown && text.data[shown - 1] == ' ')
            shown--;
        page_pad(page, 0, indent);
        if (page->status == PROV_OK)
            page->status = buf_append(page->out, text.data, shown);
        page_put(page, "\n");
        while (size < text.size && text.data[size] == ' ')
            size++;
        text.data += size;
        text.size -= size;
    }
}

/* Into the scratch buffer, which is what put_wrapped prints next. */
void
page_compose(struct page *page, const char *text)
{
    if (page->status == PROV_OK)
        page->status = buf_append_text(&page->scratch, text);
}

void
page_compose_text(struct page *page, const char *text)
{
    if (page->status == PROV_OK)
        page->status = escape_terminal(&page->scratch, bytes_of(text));
}

void
page_compose_count(struct page *page, uint64_t count)
{
    if (page->status == PROV_OK)
        page->status = wording_count(&page->scratch, count);
}

void
page_compose_size(struct page *page, uint64_t nbytes)
{
    if (page->status == PROV_OK)
        page->status = wording_size(&page->scratch, nbytes);
}

/* A strange name, escaped, its middle left out when it is long. */
void
page_compose_name(struct page *page, struct bytes name)
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
        page_compose(page, "...");
        if (page->status == PROV_OK)
            page->status = escape_terminal(&page->scratch, tail);
    }
}

void
page_flush(struct page *page, unsigned indent)
{
    page_put_wrapped(page, indent, buf_bytes(&page->scratch));
    buf_clear(&page->scratch);
}

static void
put_heading(struct page *page, const char *heading)
{
    page_paint(page, PAINT_BOLD);
    page_put(page, heading);
    page_paint(page, PAINT_NONE);
    page_pad(page, wording_width(bytes_of(heading)), PAGE_INDENT);
}

/* A heading with what was composed behind it; further lines are indented. */
void
page_put_entry(struct page *page, const char *heading)
{
    size_t first = fitting(buf_bytes(&page->scratch), page->width - PAGE_INDENT);
    put_heading(page, heading);
    if (page->status == PROV_OK)
        page->status = buf_append(page->out, page->scratch.data, first);
    page_put(page, "\n");
    struct bytes rest = {page->scratch.data + first, page->scratch.size - first};
    while (rest.size && *rest.data == ' ') {
        rest.data++;
        rest.size--;
    }
    page_put_wrapped(page, PAGE_INDENT, rest);
    buf_clear(&page->scratch);
}

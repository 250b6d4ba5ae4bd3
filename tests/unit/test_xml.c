/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "base/xml.h"

/* The events of a document as a string: "<a" "=text" ">a", and its end as "." or "!" for a fault. */
static void
trace(const char *document, size_t size, struct buf *out)
{
    struct xml xml;
    enum xml_event event = XML_START;
    buf_clear(out);
    xml_init(&xml, (struct bytes){.data = (const uint8_t *)document, .size = size});
    while (event != XML_DONE && xml_next(&xml, &event) == PROV_OK)
        if (event == XML_START || event == XML_END)
            cr_assert_eq(buf_printf(out, "%c%.*s", event == XML_START ? '<' : '>', (int)xml.name.size,
                                    (const char *)xml.name.data),
                         PROV_OK);
        else if (event == XML_TEXT)
            cr_assert_eq(buf_printf(out, "=%s", buf_text(&xml.text)), PROV_OK);
    cr_assert_eq(buf_append_text(out, xml.fault ? "!" : "."), PROV_OK);
    xml_finish(&xml);
}

static void
expect(const char *document, const char *events)
{
    struct buf out = {0};
    trace(document, strlen(document), &out);
    cr_assert_str_eq(buf_text(&out), events, "%s", document);
    buf_finish(&out);
}

Test(xml, gives_elements_text_and_references)
{
    expect("<?xml version=\"1.0\"?><!-- c --><a x='1'>t&amp;&#65;&#x20ac;<b/> u</a>\n",
           "<a=t&A\xe2\x82\xac<b>b= u>a.");
    expect("<a><![CDATA[<&]]></a>", "<a=<&>a.");
    expect("\xef\xbb\xbf<a></a>", "<a>a.");
    expect("<a><!-- <b> --></a>", "<a>a.");
}

Test(xml, refuses_what_is_not_well_formed)
{
    static const char *const bad[] = {"",           "a",       "<a>",       "<a></b>",        "<a/><b/>",
                                      "<a>&x;</a>", "</a>",    "<a b></a>", "<a b=c></a>",    "<a b='c></a>",
                                      "<a>&#0;</a>", "<!DOCTYPE a><a/>", "<a>&#xd800;</a>", "<a>&amp</a>", "< a/>"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buf out = {0};
        trace(bad[i], strlen(bad[i]), &out);
        cr_assert_eq(buf_text(&out)[out.size - 1], '!', "%s", bad[i]);
        buf_finish(&out);
    }
}

Test(xml, reads_attributes_with_references)
{
    struct xml xml;
    enum xml_event event;
    struct buf value = {0};
    xml_init(&xml, bytes_of("<a one=\"1\" two='a &lt; b'/>"));
    cr_assert_eq(xml_next(&xml, &event), PROV_OK);
    cr_assert_eq(xml_attribute_text(&xml, "two", &value), PROV_OK);
    cr_assert_str_eq(buf_text(&value), "a < b");
    cr_assert_eq(xml_attribute_text(&xml, "three", &value), PROV_OK);
    cr_assert_str_eq(buf_text(&value), "a < b");
    buf_finish(&value);
    xml_finish(&xml);
}

Test(xml, bounds_depth_and_attributes)
{
    struct buf deep = {0}, out = {0};
    for (int i = 0; i < XML_DEPTH_MAX + 1; i++)
        cr_assert_eq(buf_append_text(&deep, "<a>"), PROV_OK);
    trace(buf_text(&deep), deep.size, &out);
    cr_assert_eq(buf_text(&out)[out.size - 1], '!');
    buf_clear(&deep);
    cr_assert_eq(buf_append_text(&deep, "<a"), PROV_OK);
    for (int i = 0; i < XML_ATTRIBUTES_MAX + 1; i++)
        cr_assert_eq(buf_append_text(&deep, " x='1'"), PROV_OK);
    cr_assert_eq(buf_append_text(&deep, "/>"), PROV_OK);
    trace(buf_text(&deep), deep.size, &out);
    cr_assert_str_eq(buf_text(&out), "!");
    buf_finish(&deep);
    buf_finish(&out);
}

Test(xml, ends_with_a_fault_wherever_a_document_is_cut)
{
    static const char document[] = "<?xml version='1.0'?><a x='1'><b>t &amp; u</b><!-- c --><![CDATA[d]]></a>";
    for (size_t size = 0; size < sizeof document - 1; size++) {
        struct buf out = {0};
        char *copy = malloc(size + 1); /* exact block: a sanitizer sees reads past the cut */
        memcpy(copy, document, size);
        trace(copy, size, &out);
        cr_assert_eq(buf_text(&out)[out.size - 1], '!', "cut at %zu", size);
        free(copy);
        buf_finish(&out);
    }
}

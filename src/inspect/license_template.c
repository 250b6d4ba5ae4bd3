/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A license of the SPDX list, from XML to text with a mark on every byte:
 *
 *     <p>Redistributions <optional>of works</optional> must retain the <alt match="..">above</alt> notice</p>
 *        Redistributions            of works            must retain the                above     notice
 *        0000000000000000           11111111            0000000000000000              33333     0000000
 *
 * The regular expressions of <alt> are not kept: run as they stand they are known to explode (nested
 * repetitions in two templates), and word alignment needs only to know that other words may stand there.
 * A <standardLicenseHeader> inside <text> is part of it; one beside it is not read.
 *
 * Source: the SPDX license list's own schema (license-list-XML, ListedLicense.xsd) and the matching
 * guidelines, annex B of the SPDX specification.
 */
#include "inspect/license_template.h"

#include <string.h>

#include "base/xml.h"

/* A text that grows with its marks. */
struct marked {
    struct buf text;
    struct buf marks;
};

struct template_reader {
    struct xml xml;
    struct marked text;
    struct buf word;         /**< text of the element being read: a crossRef, obsoletedBy */
    struct arena *arena;
    struct license_template *template;
    size_t text_depth;       /**< depth at which <text> was opened, 0 when outside */
    size_t skip_depth;       /**< the same for <notes> */
    uint8_t marks[XML_DEPTH_MAX + 1]; /**< by depth: what the open elements say together */
    bool gap;                /**< an empty <alt> was just read */
    size_t alt_start;        /**< bytes of text when the innermost <alt> began */
    size_t urls_capacity;
};

static int
marked_append(struct marked *marked, const void *text, size_t size, uint8_t mark)
{
    TRY(buf_append(&marked->text, text, size));
    TRY(buf_reserve(&marked->marks, size));
    for (size_t i = 0; i < size; i++)
        TRY(buf_append_byte(&marked->marks, mark));
    return PROV_OK;
}

static int
reader_append(struct template_reader *reader, struct bytes text)
{
    uint8_t mark = reader->marks[reader->xml.depth];
    if (reader->gap && text.size)
        mark |= MARK_GAP;
    if (reader->text_depth)
        TRY(marked_append(&reader->text, text.data, text.size, mark));
    for (size_t i = 0; i < text.size && reader->gap; i++)
        if (text.data[i] > ' ')
            reader->gap = false;
    return PROV_OK;
}

static int
take_identity(struct template_reader *reader)
{
    static const struct {
        const char *attribute;
        size_t offset;
    } texts[] = {{"licenseId", offsetof(struct license_template, id)},
                 {"name", offsetof(struct license_template, name)}};
    struct license_template *template = reader->template;
    template->exception = xml_is(&reader->xml, "exception");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        buf_clear(&reader->word);
        TRY(xml_attribute_text(&reader->xml, texts[i].attribute, &reader->word));
        const char *text = arena_text(reader->arena, buf_bytes(&reader->word));
        if (!text)
            return PROV_E_MEMORY;
        memcpy((char *)template + texts[i].offset, &text, sizeof text);
    }
    buf_clear(&reader->word);
    TRY(xml_attribute_text(&reader->xml, "deprecatedVersion", &reader->word));
    template->deprecated = reader->word.size > 0;
    buf_clear(&reader->word);
    TRY(xml_attribute_text(&reader->xml, "isOsiApproved", &reader->word));
    template->osi_approved = strcmp(buf_text(&reader->word), "true") == 0;
    return PROV_OK;
}

static uint8_t
element_marks(const struct xml *xml)
{
    if (xml_is(xml, "optional") || xml_is(xml, "titleText") || xml_is(xml, "bullet"))
        return MARK_OPTIONAL;
    if (xml_is(xml, "alt") || xml_is(xml, "copyrightText"))
        return MARK_OPTIONAL | MARK_ALT;
    return MARK_REQUIRED;
}

/* Elements that end a line on the page end one in the text. */
static bool
breaks_line(const struct xml *xml)
{
    return xml_is(xml, "p") || xml_is(xml, "br") || xml_is(xml, "item") || xml_is(xml, "list") ||
           xml_is(xml, "titleText") || xml_is(xml, "copyrightText") || xml_is(xml, "standardLicenseHeader");
}

static int
take_start(struct template_reader *reader)
{
    struct xml *xml = &reader->xml;
    reader->marks[xml->depth] = reader->marks[xml->depth - 1] | element_marks(xml);
    buf_clear(&reader->word);
    if (xml_is(xml, "license") || xml_is(xml, "exception"))
        return take_identity(reader);
    if (xml_is(xml, "notes") && !reader->skip_depth)
        reader->skip_depth = xml->depth;
    if (xml_is(xml, "text") && !reader->text_depth)
        reader->text_depth = xml->depth;
    if (xml_is(xml, "alt")) {
        /* What may be replaced is a word of its own: "Developed at<alt>SunPro</alt>". */
        TRY(reader_append(reader, bytes_of(" ")));
        reader->alt_start = reader->text.text.size;
    }
    if (breaks_line(xml))
        return reader_append(reader, bytes_of("\n"));
    return PROV_OK;
}

static int
add_url(struct template_reader *reader, const char *url)
{
    struct license_template *template = reader->template;
    if (template->nurls == reader->urls_capacity) {
        size_t capacity = reader->urls_capacity ? reader->urls_capacity * 2 : 4;
        const char **urls = arena_array(reader->arena, capacity, sizeof *urls);
        if (!urls)
            return PROV_E_MEMORY;
        if (template->nurls)
            memcpy(urls, template->urls, template->nurls * sizeof *urls);
        template->urls = urls;
        reader->urls_capacity = capacity;
    }
    template->urls[template->nurls++] = url;
    return PROV_OK;
}

/* The word that an element of metadata held, without the space around it. */
static const char *
taken_word(struct template_reader *reader)
{
    struct bytes word = buf_bytes(&reader->word);
    while (word.size && word.data[0] <= ' ')
        word = (struct bytes){.data = word.data + 1, .size = word.size - 1};
    while (word.size && word.data[word.size - 1] <= ' ')
        word.size--;
    return arena_text(reader->arena, word);
}

static int
take_end(struct template_reader *reader)
{
    struct xml *xml = &reader->xml;
    size_t depth = xml->depth + 1; /* of the element that ended */
    if (xml_is(xml, "crossRef") || xml_is(xml, "obsoletedBy")) {
        const char *word = taken_word(reader);
        if (!word)
            return PROV_E_MEMORY;
        if (xml_is(xml, "crossRef"))
            return add_url(reader, word);
        if (!reader->template->successor)
            reader->template->successor = word;
        return PROV_OK;
    }
    if (xml_is(xml, "alt") && reader->alt_start == reader->text.text.size)
        reader->gap = true;
    else if (xml_is(xml, "alt"))
        TRY(reader_append(reader, bytes_of(" ")));
    if (depth == reader->skip_depth)
        reader->skip_depth = 0;
    if (breaks_line(xml))
        TRY(reader_append(reader, bytes_of("\n")));
    if (depth == reader->text_depth)
        reader->text_depth = 0;
    return PROV_OK;
}

static int
read_events(struct template_reader *reader)
{
    for (;;) {
        enum xml_event event;
        TRY(xml_next(&reader->xml, &event));
        if (event == XML_DONE)
            return PROV_OK;
        if (event == XML_START) {
            TRY(take_start(reader));
        } else if (event == XML_END) {
            TRY(take_end(reader));
        } else if (!reader->skip_depth) {
            struct bytes text = buf_bytes(&reader->xml.text);
            TRY(buf_append(&reader->word, text.data, text.size));
            TRY(reader_append(reader, text));
        }
    }
}

/* Move what was read into the arena. */
static int
keep(struct arena *arena, const struct marked *marked, struct bytes *text, const uint8_t **marks)
{
    *text = arena_bytes(arena, buf_bytes(&marked->text));
    *marks = arena_bytes(arena, buf_bytes(&marked->marks)).data;
    return text->data && *marks ? PROV_OK : PROV_E_MEMORY;
}

int
license_template_read(struct bytes document, struct arena *arena, struct license_template *template,
                      struct err *err)
{
    struct license_template result = {0};
    struct template_reader reader = {.arena = arena, .template = &result};
    xml_init(&reader.xml, document);
    int status = read_events(&reader);
    if (status == PROV_OK)
        status = keep(arena, &reader.text, &result.text, &result.text_marks);
    if (status == PROV_E_DATA)
        status = err_set(err, PROV_E_POLICY, "byte %zu: %s", reader.xml.at, reader.xml.fault);
    else if (status == PROV_E_MEMORY)
        (void)err_set(err, status, "out of memory");
    else if (status == PROV_OK && (!result.id || !*result.id))
        status = err_set(err, PROV_E_POLICY, "neither a license nor an exception of the SPDX list");
    if (status == PROV_OK)
        *template = result;
    buf_finish(&reader.text.text);
    buf_finish(&reader.text.marks);
    buf_finish(&reader.word);
    xml_finish(&reader.xml);
    return status;
}

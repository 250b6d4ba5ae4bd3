/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small strict pull parser for XML 1.0 documents of trusted make: license lists that a person fetched
 * and hands to the index generator. Elements, attributes, character data, CDATA, comments, processing
 * instructions, the five named entities and character references; no DTD, no namespaces beyond the
 * prefix as part of the name, UTF-8 only.
 *
 * Why not libxml2: the generator needs a tenth of it, and a parser that refuses DTDs by not knowing
 * them needs no options to be safe. HTML and documents of unknown origin are another matter and not
 * this file's.
 *
 * Source of the grammar: Extensible Markup Language 1.0, fifth edition, sections 2 and 4.
 */
#include "base/xml.h"

#include <string.h>

void
xml_init(struct xml *xml, struct bytes document)
{
    *xml = (struct xml){.document = document};
    if (document.size >= 3 && memcmp(document.data, "\xef\xbb\xbf", 3) == 0)
        xml->at = 3;
}

void
xml_finish(struct xml *xml)
{
    buf_finish(&xml->text);
}

static int
fault(struct xml *xml, const char *words)
{
    if (!xml->fault)
        xml->fault = words;
    return PROV_E_DATA;
}

static bool
is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Names are not validated by the tables of the standard: what ends a name is enough to find it. */
static bool
ends_name(uint8_t byte)
{
    return is_space(byte) || byte == '/' || byte == '>' || byte == '=' || byte == '<' || byte == '"' ||
           byte == '\'' || byte == '&' || byte == '?';
}

static bool
looking_at(const struct xml *xml, const char *literal)
{
    size_t size = strlen(literal);
    return xml->document.size - xml->at >= size && memcmp(xml->document.data + xml->at, literal, size) == 0;
}

/* Move behind the next occurrence of literal. */
static int
skip_past(struct xml *xml, const char *literal, const char *words)
{
    size_t size = strlen(literal);
    const uint8_t *from = xml->document.data + xml->at;
    const uint8_t *found = memmem(from, xml->document.size - xml->at, literal, size);
    if (!found)
        return fault(xml, words);
    xml->at = (size_t)(found - xml->document.data) + size;
    return PROV_OK;
}

static void
skip_space(struct xml *xml)
{
    while (xml->at < xml->document.size && is_space(xml->document.data[xml->at]))
        xml->at++;
}

static struct bytes
take_name(struct xml *xml)
{
    size_t start = xml->at;
    while (xml->at < xml->document.size && !ends_name(xml->document.data[xml->at]))
        xml->at++;
    return (struct bytes){.data = xml->document.data + start, .size = xml->at - start};
}

static int
append_character(struct buf *out, uint32_t character)
{
    if (character < 0x80)
        return buf_append_byte(out, (uint8_t)character);
    if (character < 0x800) {
        TRY(buf_append_byte(out, (uint8_t)(0xc0 | character >> 6)));
        return buf_append_byte(out, (uint8_t)(0x80 | (character & 0x3f)));
    }
    if (character < 0x10000) {
        TRY(buf_append_byte(out, (uint8_t)(0xe0 | character >> 12)));
    } else {
        TRY(buf_append_byte(out, (uint8_t)(0xf0 | character >> 18)));
        TRY(buf_append_byte(out, (uint8_t)(0x80 | (character >> 12 & 0x3f))));
    }
    TRY(buf_append_byte(out, (uint8_t)(0x80 | (character >> 6 & 0x3f))));
    return buf_append_byte(out, (uint8_t)(0x80 | (character & 0x3f)));
}

/* "#38", "#x26": the number, or UINT32_MAX when it is none or names no character. */
static uint32_t
character_number(struct bytes reference)
{
    bool hexadecimal = reference.size > 1 && reference.data[1] == 'x';
    uint32_t number = 0;
    size_t i = hexadecimal ? 2 : 1;
    if (i >= reference.size)
        return UINT32_MAX;
    for (; i < reference.size; i++) {
        uint8_t byte = reference.data[i];
        uint32_t digit = byte >= '0' && byte <= '9'   ? byte - (uint32_t)'0'
                         : byte >= 'a' && byte <= 'f' ? byte - (uint32_t)'a' + 10
                         : byte >= 'A' && byte <= 'F' ? byte - (uint32_t)'A' + 10
                                                      : 99;
        if (digit >= (hexadecimal ? 16u : 10u))
            return UINT32_MAX;
        number = number * (hexadecimal ? 16 : 10) + digit;
        if (number > 0x10ffff)
            return UINT32_MAX;
    }
    return number == 0 || (number >= 0xd800 && number < 0xe000) ? UINT32_MAX : number;
}

/* Append text with its references resolved. @return PROV_OK, PROV_E_DATA for a reference that is unknown */
static int
append_resolved(struct bytes text, struct buf *out)
{
    static const struct {
        const char *name;
        char character;
    } named[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    size_t from = 0;
    while (from < text.size) {
        const uint8_t *ampersand = memchr(text.data + from, '&', text.size - from);
        size_t stop = ampersand ? (size_t)(ampersand - text.data) : text.size;
        TRY(buf_append(out, text.data + from, stop - from));
        if (stop == text.size)
            return PROV_OK;
        const uint8_t *semicolon = memchr(text.data + stop, ';', text.size - stop);
        if (!semicolon)
            return PROV_E_DATA;
        struct bytes reference = {.data = text.data + stop + 1, .size = (size_t)(semicolon - ampersand) - 1};
        uint32_t character = UINT32_MAX;
        if (reference.size && reference.data[0] == '#')
            character = character_number(reference);
        for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
            if (bytes_equal(reference, bytes_of(named[i].name)))
                character = (uint8_t)named[i].character;
        if (character == UINT32_MAX)
            return PROV_E_DATA;
        TRY(append_character(out, character));
        from = (size_t)(semicolon - text.data) + 1;
    }
    return PROV_OK;
}

static int
take_attribute(struct xml *xml)
{
    struct xml_attribute attribute = {.name = take_name(xml)};
    skip_space(xml);
    if (attribute.name.size == 0 || xml->at >= xml->document.size || xml->document.data[xml->at] != '=')
        return fault(xml, "malformed attribute");
    xml->at++;
    skip_space(xml);
    if (xml->at >= xml->document.size)
        return fault(xml, "attribute without a value");
    uint8_t quote = xml->document.data[xml->at];
    if (quote != '"' && quote != '\'')
        return fault(xml, "attribute value without quotes");
    const uint8_t *value = xml->document.data + xml->at + 1;
    const uint8_t *end = memchr(value, quote, xml->document.size - xml->at - 1);
    if (!end)
        return fault(xml, "unterminated attribute value");
    attribute.value = (struct bytes){.data = value, .size = (size_t)(end - value)};
    xml->at = (size_t)(end - xml->document.data) + 1;
    if (xml->nattributes == XML_ATTRIBUTES_MAX)
        return fault(xml, "too many attributes");
    xml->attributes[xml->nattributes++] = attribute;
    return PROV_OK;
}

static int
take_start(struct xml *xml)
{
    xml->at++;
    xml->nattributes = 0;
    xml->name = take_name(xml);
    if (xml->name.size == 0)
        return fault(xml, "'<' that begins no element");
    for (;;) {
        skip_space(xml);
        if (xml->at >= xml->document.size)
            return fault(xml, "unterminated element");
        if (xml->document.data[xml->at] == '>') {
            xml->at++;
            break;
        }
        if (looking_at(xml, "/>")) {
            xml->at += 2;
            xml->empty = true;
            break;
        }
        TRY(take_attribute(xml));
    }
    if (xml->depth == XML_DEPTH_MAX)
        return fault(xml, "nested too deep");
    if (xml->depth == 0 && xml->root_seen)
        return fault(xml, "more than one root element");
    xml->root_seen = true;
    xml->open[xml->depth++] = xml->name;
    return PROV_OK;
}

static int
take_end(struct xml *xml)
{
    xml->at += 2;
    xml->name = take_name(xml);
    skip_space(xml);
    if (xml->at >= xml->document.size || xml->document.data[xml->at] != '>')
        return fault(xml, "malformed end of an element");
    xml->at++;
    if (xml->depth == 0 || !bytes_equal(xml->name, xml->open[xml->depth - 1]))
        return fault(xml, "an element ends that is not the innermost one");
    xml->depth--;
    return PROV_OK;
}

static int
take_text(struct xml *xml)
{
    const uint8_t *from = xml->document.data + xml->at;
    const uint8_t *end = memchr(from, '<', xml->document.size - xml->at);
    struct bytes text = {.data = from, .size = end ? (size_t)(end - from) : xml->document.size - xml->at};
    buf_clear(&xml->text);
    int status = append_resolved(text, &xml->text);
    if (status == PROV_E_DATA)
        return fault(xml, "unknown reference");
    xml->at += text.size;
    return status;
}

static int
take_cdata(struct xml *xml)
{
    xml->at += strlen("<![CDATA[");
    size_t start = xml->at;
    TRY(skip_past(xml, "]]>", "unterminated CDATA section"));
    buf_clear(&xml->text);
    return buf_append(&xml->text, xml->document.data + start, xml->at - start - strlen("]]>"));
}

/* Comments, processing instructions and space around the root are passed over. */
static int
skip_silent(struct xml *xml)
{
    for (;;) {
        if (xml->depth == 0)
            skip_space(xml);
        if (looking_at(xml, "<!--"))
            TRY(skip_past(xml, "-->", "unterminated comment"));
        else if (looking_at(xml, "<?"))
            TRY(skip_past(xml, "?>", "unterminated processing instruction"));
        else
            return PROV_OK;
    }
}

int
xml_next(struct xml *xml, enum xml_event *event)
{
    if (xml->fault)
        return PROV_E_DATA;
    if (xml->empty) {
        xml->empty = false;
        xml->name = xml->open[--xml->depth];
        *event = XML_END;
        return PROV_OK;
    }
    TRY(skip_silent(xml));
    if (xml->at == xml->document.size) {
        if (xml->depth != 0 || !xml->root_seen)
            return fault(xml, "the document ends too early");
        *event = XML_DONE;
        return PROV_OK;
    }
    if (looking_at(xml, "</")) {
        TRY(take_end(xml));
        *event = XML_END;
    } else if (looking_at(xml, "<![CDATA[") && xml->depth > 0) {
        TRY(take_cdata(xml));
        *event = XML_TEXT;
    } else if (looking_at(xml, "<!")) {
        return fault(xml, "a document type declaration is refused");
    } else if (looking_at(xml, "<")) {
        TRY(take_start(xml));
        *event = XML_START;
    } else if (xml->depth == 0) {
        return fault(xml, "text outside of the root element");
    } else {
        TRY(take_text(xml));
        *event = XML_TEXT;
    }
    return PROV_OK;
}

int
xml_attribute_text(const struct xml *xml, const char *name, struct buf *value)
{
    for (size_t i = 0; i < xml->nattributes; i++)
        if (bytes_equal(xml->attributes[i].name, bytes_of(name)))
            return append_resolved(xml->attributes[i].value, value);
    return PROV_OK;
}

bool
xml_is(const struct xml *xml, const char *name)
{
    return bytes_equal(xml->name, bytes_of(name));
}

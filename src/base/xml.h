/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_XML_H
#define BASE_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/status.h"

/** What xml_next found. */
enum xml_event {
    XML_START, /**< an element begins: name and attributes are set */
    XML_END,   /**< it ends: name is set; an empty element gives both events */
    XML_TEXT,  /**< character data, references resolved */
    XML_DONE,  /**< the document ended as it should */
};

enum { XML_DEPTH_MAX = 64, XML_ATTRIBUTES_MAX = 32 };

struct xml_attribute {
    struct bytes name;
    struct bytes value; /**< as written: xml_attribute_text resolves its references */
};

/**
 * A pull parser over one document in memory. Everything is borrowed from the document but text, which
 * lies in `text` until the next call.
 */
struct xml {
    struct bytes document;
    size_t at; /**< next unread byte */
    struct bytes name;
    struct xml_attribute attributes[XML_ATTRIBUTES_MAX];
    size_t nattributes;
    struct buf text;
    struct bytes open[XML_DEPTH_MAX]; /**< names of the elements that are open */
    size_t depth;
    bool empty;        /**< the element just begun ends at once */
    bool root_seen;
    const char *fault; /**< what is wrong, static; NULL while nothing is */
};

void xml_init(struct xml *xml, struct bytes document);
void xml_finish(struct xml *xml);

/**
 * The next event. Strict: names must match, references must be known, DTDs are refused.
 *
 * @return PROV_OK; PROV_E_DATA with xml->fault and xml->at saying what and where; PROV_E_MEMORY
 */
int xml_next(struct xml *xml, enum xml_event *event);

/** Append the value of an attribute, references resolved; nothing when there is none. */
int xml_attribute_text(const struct xml *xml, const char *name, struct buf *value);

/** Does the element just begun or ended have this name (a namespace prefix counts)? */
bool xml_is(const struct xml *xml, const char *name);

#endif

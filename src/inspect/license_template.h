/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_LICENSE_TEMPLATE_H
#define INSPECT_LICENSE_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

/** What the template says about a byte of the text. */
enum template_mark {
    MARK_REQUIRED = 0,
    MARK_OPTIONAL = 1 << 0, /**< may be missing: <optional>, <titleText>, <copyrightText>, <bullet>, <alt> */
    MARK_ALT = 1 << 1,      /**< may be other words: <alt>, <copyrightText> */
    MARK_GAP = 1 << 2,      /**< an empty <alt> stands before this byte: words may be inserted here */
};

/** A license or an exception as the SPDX list describes it. All in the arena it was read into. */
struct license_template {
    const char *id;
    const char *name;
    bool exception;
    bool deprecated;
    bool osi_approved;
    const char *successor; /**< the id that replaces a deprecated one; NULL when there is none */
    const char **urls;
    size_t nurls;
    struct bytes text;         /**< the license text, a line an XML line, paragraphs apart */
    const uint8_t *text_marks; /**< enum template_mark, one a byte of text */
};

/**
 * Read one XML document of the SPDX license list, which holds one license or exception.
 *
 * @return PROV_OK; PROV_E_POLICY with words when it is not one; PROV_E_MEMORY
 */
int license_template_read(struct bytes document, struct arena *arena, struct license_template *template,
                          struct err *err);

#endif

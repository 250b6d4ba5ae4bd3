/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_LICENSE_MARKUP_H
#define INSPECT_LICENSE_MARKUP_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/** Size of the HTML tag at text[at] == '<' when its words are none of the text, or 0. */
size_t license_markup_tag(struct bytes text, size_t at);

/** Size of the entity at text[at] == '&' ("&quot;", "&#39;"), or 0. */
size_t license_markup_entity(struct bytes text, size_t at);

/** Size of the escape at text[at] == '\\' that stands for white space or a character, or 1. */
size_t license_markup_escape(struct bytes text, size_t at);

/** The character of an escape such as \\u8bb8 at text[at]; 0 when there is none. */
uint32_t license_markup_character(struct bytes text, size_t at);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_TEXT_DETECT_H
#define INSPECT_TEXT_DETECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "inspect/text_encoding.h"

/** The steps of text_detect (inspect/text.h), one file each. All are pure; heads are at most LIMIT_HEAD_BYTES. */

/** Seven-bit bytes: US-ASCII, or ISO-2022, HZ or UTF-7 when every escape sequence in them is right. */
enum text_encoding_id text_detect_7bit(struct bytes head);

/** UTF-16 or UTF-32 without a mark, or TEXT_ENCODING_COUNT. */
enum text_encoding_id text_detect_wide(struct bytes head);

/** Whether bytes are plausible text in this form of UTF-16 or UTF-32. @param marked  a byte order mark says so */
bool text_is_wide(enum text_encoding_id id, struct bytes head, bool marked);

/**
 * An encoding of one to four bytes a character that is not UTF-8, or TEXT_ENCODING_COUNT.
 *
 * @param nflaws  runs of NULs, and control bytes, in head
 */
enum text_encoding_id text_detect_legacy(struct bytes head, size_t nflaws);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include "base/bytes.h"

/**
 * Untrusted bytes made fit for one channel of output: one function a channel, and no other way out. What
 * is no valid UTF-8 becomes U+FFFD where the channel is text; a name's raw bytes are kept as hexadecimal beside
 * it by whoever needs them exact.
 *
 * Each appends to out. @return PROV_OK, PROV_E_MEMORY
 */

/** The inside of a JSON string, without the quotes. Also safe inside a script element: '<' is \u003c. */
int escape_json(struct buf *out, struct bytes text);

/**
 * A line for a terminal: control characters (C0, C1, DEL), line and paragraph separators, bidirectional controls,
 * zero-width and other invisible characters come out as \xHH or \u{HHHH}; the backslash itself is doubled. Nothing
 * moves the cursor, changes a colour, or makes a name look like another.
 */
int escape_terminal(struct buf *out, struct bytes text);

/** Text or a quoted attribute of HTML; invisible characters come out as in escape_terminal. */
int escape_html(struct buf *out, struct bytes text);

/** One quoted field of CSV (RFC 4180); what a spreadsheet would take for a formula gets an apostrophe in front. */
int escape_csv(struct buf *out, struct bytes text);

/** Is this code point invisible or able to reorder text: controls, separators, bidi, zero-width, tags? */
bool escape_is_deceptive(uint32_t code);

#endif

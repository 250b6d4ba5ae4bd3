/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_FIELD_LINES_H
#define INGEST_FIELD_LINES_H

#include "base/bytes.h"

/** One "Name: value" of a head: as stored, but for blanks around both. */
struct field {
    struct bytes name; /**< empty: the line is none of this form */
    struct bytes
        value; /**< a value that goes on in lines that begin with a blank holds them, line ends and all */
};

/**
 * The heads of WARC records and HTTP messages: a first line, then fields, then an empty line. Lines end with
 * CR LF or, as some tools write them, with LF.
 *
 * @return bytes up to and with the empty line; 0 when there is none in head
 */
size_t field_lines_end(struct bytes head);

/** Take one line. @return false when there is no more, or when it is the empty one */
bool field_lines_line(struct bytes *rest, struct bytes *line);

/** Take one field. @param rest  what follows it afterwards @return false at the empty line or the end */
bool field_lines_next(struct bytes *rest, struct field *field);

/** The value of the first field of this name, in letters of any case; NULL data when there is none. */
struct bytes field_lines_find(struct bytes fields, const char *name);

/** Does a value begin with this word, in letters of any case? */
bool field_value_is(struct bytes value, const char *word);

#endif

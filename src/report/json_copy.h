/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_JSON_COPY_H
#define REPORT_JSON_COPY_H

#include "base/json_write.h"

/**
 * Write a JSON text that the store holds as the next value. It is read and written anew, so the result is
 * valid whatever the store holds: what is no JSON, or is nested deeper than 16, becomes null.
 */
void json_copy(struct json_write *writer, const char *text);

#endif

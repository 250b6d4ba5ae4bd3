/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one convenience that every reader wants of a sink: a worded defect.
 */
#include "model/sink.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"

int
sink_defect(struct sink *sink, struct item *item, enum defect defect, uint64_t offset, const char *format, ...)
{
    char text[LIMIT_DETAIL_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return sink->defect(sink, item, defect, offset, text);
}

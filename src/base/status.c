/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statuses and their words. The text of a failure is written where it happened, because only that
 * place knows the file and the reason; the callers above only pass it on.
 */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

int
err_set(struct err *err, int status, const char *format, ...)
{
    if (err && err->status == PROV_OK) {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(err->text, sizeof err->text, format, arguments);
        va_end(arguments);
        err->status = status;
    }
    return status;
}

const char *
status_text(int status)
{
    switch (status) {
    case PROV_OK:
        return "no error";
    case PROV_E_MEMORY:
        return "out of memory";
    case PROV_E_IO:
        return "input or output error";
    case PROV_E_USAGE:
        return "usage error";
    case PROV_E_POLICY:
        return "policy error";
    case PROV_E_STORE:
        return "database error";
    case PROV_E_INTERRUPTED:
        return "interrupted";
    case PROV_E_PROTOCOL:
        return "worker protocol error";
    case PROV_E_DATA:
        return "defective data";
    default:
        return "internal error";
    }
}

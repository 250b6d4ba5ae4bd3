/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command says on standard output. A reader that went away or a full disk behind it is a failure: a
 * pipeline must not take half of an answer for the whole.
 */
#include "cmd/page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "report/report.h"

static bool
wants_color(enum when when)
{
    const char *no_color = getenv("NO_COLOR");
    if (when == WHEN_AUTO && no_color && *no_color)
        return false;
    return when_holds(when, STDOUT_FILENO);
}

int
page_end(struct err *err)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        return err_set(err, PROV_E_IO, "standard output: %s", strerror(errno));
    return PROV_OK;
}

int
page_print(struct db *db, const struct page *page, struct err *err)
{
    struct winsize window = {0};
    struct buf text = {0};
    (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &window);
    struct report_options options = {.language = page->language,
                                     .color = wants_color(page->color),
                                     .width = window.ws_col,
                                     .verbose = page->verbose};
    int status = report_render(db, page->format ? page->format : "summary", &options, &text, err);
    if (status == PROV_OK) {
        (void)fwrite(text.data, 1, text.size, stdout); /* page_end sees a failure */
        status = page_end(err);
    }
    buf_finish(&text);
    return status;
}

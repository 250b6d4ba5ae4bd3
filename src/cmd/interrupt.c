/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a handler and not a signalfd: while a signalfd is in use the signals are blocked, so a second one could
 * not end a program that hangs in a slow disk while it stops for the first. The handler writes into an
 * eventfd and is gone after its first call (SA_RESETHAND): the second signal meets the default.
 */
#include "cmd/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const int watched[] = {SIGINT, SIGTERM};
static volatile sig_atomic_t event_fd = -1; /* a handler has no other way to know it */

static void
on_signal(int number)
{
    static const uint64_t one = 1;
    int saved = errno;
    if (event_fd >= 0 && write(event_fd, &one, sizeof one) < 0)
        (void)raise(number); /* cannot be: the counter is not full */
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++)
        (void)signal(watched[i], SIG_DFL);
    errno = saved;
}

int
interrupt_watch(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | (int)SA_RESETHAND};
    event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event_fd < 0)
        return -1;
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++)
        (void)sigaction(watched[i], &action, NULL);
    return event_fd;
}

void
interrupt_unwatch(int fd)
{
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++)
        (void)signal(watched[i], SIG_DFL);
    event_fd = -1;
    if (fd >= 0)
        (void)close(fd);
}

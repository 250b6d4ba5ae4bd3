/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_INTERRUPT_H
#define CMD_INTERRUPT_H

/**
 * SIGINT and SIGTERM as a descriptor that becomes readable: the first one asks the scan to stop in good
 * order, the second ends the program at once, whatever it is doing. Once in a program.
 *
 * @return the descriptor; -1 when there is none to be had: then the first signal ends the program, as usual
 */
int interrupt_watch(void);

/** The first signal ends the program again. @param fd  of interrupt_watch; closed */
void interrupt_unwatch(int fd);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/** The options of one command. Long options may be cut short as long as they stay unambiguous. */
struct option_set {
    const char *command;        /**< its name, for messages */
    const char *letters;        /**< the short options, as getopt wants them, with ':' in front */
    const struct option *table; /**< the long options; an option with a letter has it as its value */
    /** Take one option. value is NULL for those without; it lies in argv and may be cut in place. */
    int (*take)(void *context, int option, char *value, struct err *err);
    void *context;
};

/**
 * Read all options; they may stand before, between and behind the operands, "--" ends them.
 *
 * @param noperands  argv[1] to argv[*noperands] are the operands afterwards
 * @return PROV_OK; PROV_E_USAGE (err names the option), or what take returned
 */
int options_read(const struct option_set *set, int argc, char **argv, int *noperands, struct err *err);

/** Words collected from options. Zero-initialise; the texts are borrowed. */
struct option_words {
    const char **words; /**< nwords; owned */
    size_t nwords;
};

int option_words_add(struct option_words *list, const char *word, struct err *err);

/** Add the words between commas; the text is cut in place. */
int option_words_split(struct option_words *list, char *text, struct err *err);
void option_words_finish(struct option_words *list);

/** When to show something: on a terminal, never, always. */
enum when { WHEN_AUTO, WHEN_NEVER, WHEN_ALWAYS };

/** @param option  its name, for the message */
int option_when(const char *option, const char *text, enum when *when, struct err *err);

/** "en" or "zh". */
int option_language(const char *text, const char **language, struct err *err);

/** Does it hold for this descriptor? */
bool when_holds(enum when when, int fd);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines: getopt_long, with the same words for the same mistake in every command.
 */
#include "cmd/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How many long options begin like this word? */
static size_t
count_like(const struct option *table, const char *name, size_t size)
{
    size_t count = 0;
    for (; table->name; table++)
        count += strncmp(table->name, name, size) == 0;
    return count;
}

static const char *
long_name(const struct option *table, int option)
{
    while (table->name && table->val != option)
        table++;
    return table->name;
}

/*
 * Word what getopt_long did not like. It leaves optopt at 0 for an unknown or ambiguous long option, at the
 * option itself for a long one that was given a value it does not take, and at the letter for an unknown
 * letter.
 */
static int
refuse(const struct option_set *set, int answer, const char *word, struct err *err)
{
    const char *name = optopt ? long_name(set->table, optopt) : NULL;
    size_t size = strcspn(word, "=");
    if (answer == ':' && strncmp(word, "--", 2) == 0 && name)
        return err_set(err, PROV_E_USAGE, "%s: option '--%s' needs a value", set->command, name);
    if (answer == ':')
        return err_set(err, PROV_E_USAGE, "%s: option '-%c' needs a value", set->command, optopt);
    if (name)
        return err_set(err, PROV_E_USAGE, "%s: option '--%s' takes no value", set->command, name);
    if (optopt)
        return err_set(err, PROV_E_USAGE, "%s: unknown option '-%c'; `provscan %s --help` lists them",
                       set->command, optopt, set->command);
    return err_set(err, PROV_E_USAGE, "%s: %s option '%.*s'; `provscan %s --help` lists them", set->command,
                   count_like(set->table, word + 2, size - 2) ? "ambiguous" : "unknown", (int)size, word,
                   set->command);
}

int
options_read(const struct option_set *set, int argc, char **argv, int *noperands, struct err *err)
{
    int option;
    opterr = 0;
    optind = 0; /* glibc: begin anew */
    while ((option = getopt_long(argc, argv, set->letters, set->table, NULL)) != -1) {
        if (option == '?' || option == ':')
            return refuse(set, option, argv[optind - 1], err);
        TRY(set->take(set->context, option, optarg, err));
    }
    *noperands = argc - optind;
    memmove((void *)(argv + 1), (void *)(argv + optind), (size_t)*noperands * sizeof *argv);
    return PROV_OK;
}

int
option_words_add(struct option_words *list, const char *word, struct err *err)
{
    const char **larger = realloc((void *)list->words, (list->nwords + 1) * sizeof *larger);
    if (!larger)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    larger[list->nwords++] = word;
    list->words = larger;
    return PROV_OK;
}

int
option_words_split(struct option_words *list, char *text, struct err *err)
{
    char *rest = NULL;
    for (char *word = strtok_r(text, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
        TRY(option_words_add(list, word, err));
    return PROV_OK;
}

void
option_words_finish(struct option_words *list)
{
    free((void *)list->words);
    *list = (struct option_words){0};
}

int
option_when(const char *option, const char *text, enum when *when, struct err *err)
{
    static const char *const words[] = {
        [WHEN_AUTO] = "auto", [WHEN_NEVER] = "never", [WHEN_ALWAYS] = "always"};
    for (int i = 0; i < 3; i++)
        if (strcmp(words[i], text) == 0) {
            *when = (enum when)i;
            return PROV_OK;
        }
    return err_set(err, PROV_E_USAGE, "%s '%s': expected auto, never or always", option, text);
}

int
option_language(const char *text, const char **language, struct err *err)
{
    if (strcmp(text, "en") != 0 && strcmp(text, "zh") != 0)
        return err_set(err, PROV_E_USAGE, "--lang '%s': expected en or zh", text);
    *language = text;
    return PROV_OK;
}

bool
when_holds(enum when when, int fd)
{
    if (when != WHEN_AUTO)
        return when == WHEN_ALWAYS;
    return isatty(fd) == 1;
}

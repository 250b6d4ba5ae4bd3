/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provscan: what is in a training dataset, whose it is, and whether a model may be trained on it.
 *
 * The map of the house (src/README.md tells who may include whom):
 *
 *   base/     knows nothing of scanning: statuses, memory, bytes, digests, JSON, SQLite behind a door
 *   model/    plain data that the stages share: unit, item, segment, fact, defect, sink
 *   ingest/   bytes -> items: the crawl, files, decoders, archives
 *   inspect/  bytes -> facts: type, text, patterns, licenses
 *   store/    facts <-> SQLite
 *   policy/   policy files -> detectors and rules; the judge
 *   report/   verdicts -> bytes: manifest, items, summary
 *   engine/   threads, worker processes, sandbox, supervision
 *   cmd/      one file a command
 *
 * main itself only finds the command.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "cmd/command.h"
#include "cmd/page.h"

static void
print_help(FILE *out)
{
    fputs("usage: provscan COMMAND [OPTION...] [ARGUMENT...]\n\n"
          "Reads a training dataset, finds out what is in it and on what terms, and says under\n"
          "a named law whether a model may be trained on it.\n\ncommands:\n",
          out);
    for (size_t i = 0; COMMANDS[i]; i++)
        fprintf(out, "  %-10s %s\n", COMMANDS[i]->name, COMMANDS[i]->summary);
    fputs("\n`provscan COMMAND --help` tells more of one command.\n"
          "exit codes: 0 allow, 1 deny, 2 review, 3 incomplete, 4 usage or policy error, 5 internal error\n",
          out);
}

static const struct command *
find_command(const char *word)
{
    for (size_t i = 0; COMMANDS[i]; i++)
        if (strcmp(COMMANDS[i]->name, word) == 0)
            return COMMANDS[i];
    return NULL;
}

static int
unknown_command(const char *word)
{
    struct err err = {0};
    (void)err_set(&err, PROV_E_USAGE, "unknown command '%.80s'; `provscan --help` lists them", word);
    return command_fail(&err);
}

/* `provscan help`, `provscan help COMMAND`, `provscan COMMAND --help`. */
static int
help(const char *word)
{
    struct err err = {0};
    const struct command *command = word ? find_command(word) : NULL;
    if (word && !command)
        return unknown_command(word);
    if (command)
        fputs(command->usage, stdout);
    else
        print_help(stdout);
    return page_end(&err) == PROV_OK ? EXIT_ALLOW : command_fail(&err);
}

static bool
asks_for_help(int argc, char **argv)
{
    for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

int
main(int argc, char **argv)
{
    /* A file that may not grow is an error of a write, like a full disk, and not the end of the program. */
    (void)signal(SIGXFSZ, SIG_IGN);
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0)
        return help(argv[2]);
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        word = "version";
    const struct command *command = find_command(word);
    if (!command)
        return unknown_command(word);
    return asks_for_help(argc, argv) ? help(word) : command->run(argc - 1, argv + 1);
}

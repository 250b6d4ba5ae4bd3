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
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"

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

int
main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        print_help(stdout);
        return EXIT_ALLOW;
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        word = "version";
    for (size_t i = 0; COMMANDS[i]; i++) {
        if (strcmp(COMMANDS[i]->name, word) != 0)
            continue;
        for (int j = 2; j < argc; j++)
            if (strcmp(argv[j], "--help") == 0) {
                fputs(COMMANDS[i]->usage, stdout);
                return EXIT_ALLOW;
            }
        return COMMANDS[i]->run(argc - 1, argv + 1);
    }
    fprintf(stderr, "provscan: unknown command '%s'; `provscan --help` lists them\n", word);
    return EXIT_USAGE;
}

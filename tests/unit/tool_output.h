/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNIT_TOOL_OUTPUT_H
#define UNIT_TOOL_OUTPUT_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/status.h"

/*
 * What an independent tool makes of some bytes: the oracles of the tests. The input goes through an
 * unlinked file, so that neither side can block the other.
 */

/**
 * Run a shell command with input as its standard input.
 *
 * @param output  what it wrote to standard output is appended; NULL: thrown away
 * @return its exit code; 127 when the tool is not installed; aborts where the test cannot go on
 */
static inline int
tool_run(const char *command, struct bytes input, struct buf *output)
{
    FILE *file = tmpfile();
    if (!file || fwrite(input.data ? (const void *)input.data : "", 1, input.size, file) != input.size ||
        fflush(file) != 0 || lseek(fileno(file), 0, SEEK_SET) != 0)
        abort();
    char line[4096];
    int size = snprintf(line, sizeof line, "{ %s\n} 2>/dev/null <&%d", command, fileno(file));
    if (size < 0 || (size_t)size >= sizeof line)
        abort();
    FILE *pipe = popen(line, "r");
    if (!pipe)
        abort();
    char block[65536];
    size_t given;
    while ((given = fread(block, 1, sizeof block, pipe)) > 0)
        if (output && buf_append(output, block, given) != PROV_OK)
            abort();
    int status = pclose(pipe);
    (void)fclose(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/** What the command makes of input; aborts when it fails, with a word. The caller finishes the buffer. */
static inline struct buf
tool_output(const char *command, struct bytes input)
{
    struct buf output = {0};
    int code = tool_run(command, input, &output);
    if (code != 0) {
        (void)fprintf(stderr, "`%s` ended with %d: is the tool installed (.ci/packages)?\n", command, code);
        abort();
    }
    return output;
}

/** What a shell command writes to standard output, run in an empty folder of its own that is removed behind
 * it. */
static inline struct buf
made_by(const char *command)
{
    char line[4096];
    int size =
        snprintf(line, sizeof line, "d=$(mktemp -d) && cd $d && { %s\n}; e=$?; rm -rf $d; exit $e", command);
    if (size < 0 || (size_t)size >= sizeof line)
        abort();
    return tool_output(line, bytes_of(""));
}

#endif

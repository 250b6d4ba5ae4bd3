/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of commands, and the two things that all of them do alike: to fail with one line, and to find the
 * policies.
 */
#include "cmd/command.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/status.h"
#include "base/utf8.h"
#include "policy/judge.h"

#define COMMAND(name) extern const struct command COMMAND_##name;
#include "cmd/commands.def"
#undef COMMAND

const struct command *const COMMANDS[] = {
#define COMMAND(name) &COMMAND_##name,
#include "cmd/commands.def"
#undef COMMAND
    NULL,
};

/* Words may quote names of files and of policies: nothing in them may move the cursor or reorder the line. */
static void
print_safely(FILE *out, struct bytes text)
{
    for (size_t at = 0; at < text.size;) {
        uint32_t code;
        size_t size = utf8_decode(text.data + at, text.size - at, &code);
        size_t step = size ? size : 1;
        if (size && !escape_is_deceptive(code))
            (void)fwrite(text.data + at, 1, size, out);
        else
            for (size_t i = 0; i < step; i++)
                fprintf(out, "\\x%02x", text.data[at + i]);
        at += step;
    }
}

int
command_fail(const struct err *err)
{
    fputs("provscan: ", stderr);
    print_safely(stderr, bytes_of(err->text));
    fputc('\n', stderr);
    switch (err->status) {
    case PROV_E_USAGE:
    case PROV_E_POLICY:
        return EXIT_USAGE;
    case PROV_E_INTERRUPTED:
        return EXIT_INCOMPLETE;
    default:
        return EXIT_INTERNAL;
    }
}

int
command_exit(const struct judge_result *result)
{
    if (result->verdict == VERDICT_DENY)
        return EXIT_DENY;
    if (!result->complete)
        return EXIT_INCOMPLETE;
    return result->verdict == VERDICT_ALLOW ? EXIT_ALLOW : EXIT_REVIEW;
}

int
command_store_path(const char *out_dir, char *path, struct err *err)
{
    int size = snprintf(path, PATH_MAX, "%s/scan.db", out_dir);
    if (size < 0 || size >= PATH_MAX)
        return err_set(err, PROV_E_USAGE, "%s: path too long", out_dir);
    if (access(path, F_OK) == 0)
        return PROV_OK;
    if (errno == ENOENT && access(out_dir, F_OK) == 0)
        return err_set(err, PROV_E_USAGE, "%s: nothing was scanned into this folder: it has no scan.db",
                       out_dir);
    return err_set(err, PROV_E_USAGE, "'%s': %s", out_dir, strerror(errno));
}

const char *
command_waivers_path(const char *option, const char *out_dir, char *path)
{
    if (option)
        return option;
    int size = snprintf(path, PATH_MAX, "%s/provscan.waivers.json", out_dir);
    return size > 0 && size < PATH_MAX && access(path, F_OK) == 0 ? path : NULL;
}

static bool
holds_policies(const char *folder)
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/detectors", folder);
    return size > 0 && (size_t)size < sizeof path && access(path, R_OK | X_OK) == 0;
}

/* Folders tried beside the program, from the build tree to an installed one. */
static const char *const beside[] = {"policies", "../policies", "../../policies",
                                     "../share/provscan/policies"};

const char *
command_policy_dir(const char *option)
{
    static char found[PATH_MAX]; /* written once, by the only thread there is */
    if (option)
        return option;
    const char *named = getenv("PROVSCAN_POLICIES");
    if (named && *named)
        return named;
    char program[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    if (size <= 0)
        return "policies";
    program[size] = 0;
    char *slash = strrchr(program, '/');
    if (slash)
        *slash = 0;
    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
        int length = snprintf(found, sizeof found, "%s/%s", program, beside[i]);
        if (length > 0 && (size_t)length < sizeof found && holds_policies(found))
            return found;
    }
    return "policies";
}

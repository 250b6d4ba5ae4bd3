/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

/** The answer of the program as a whole; documented in README. */
enum exit_code {
    EXIT_ALLOW = 0, /**< everything was read, and may be used */
    EXIT_DENY = 1,
    EXIT_REVIEW = 2,     /**< a person has to look */
    EXIT_INCOMPLETE = 3, /**< something was not read */
    EXIT_USAGE = 4,      /**< the command line or a policy is wrong */
    EXIT_INTERNAL = 5,   /**< provscan itself failed */
};

/** One word of the command line: one file in src/cmd/, one row in commands.def. */
struct command {
    const char *name;
    const char *summary;               /**< one line for `provscan --help` */
    const char *usage;                 /**< the whole help text of the command */
    int (*run)(int argc, char **argv); /**< argv[0] is the command's name; @return enum exit_code */
};

/** All commands in the order of commands.def; NULL-terminated. */
extern const struct command *const COMMANDS[];

/** Print "provscan: <words>" on stderr, control characters escaped. @return the exit code for status */
struct err;
int command_fail(const struct err *err);

/** The exit code for a judged dataset: deny before incomplete before review; never 0 when something was not
 * read. */
struct judge_result;
int command_exit(const struct judge_result *result);

/**
 * The path of the store in the folder of a scan, which must be there.
 *
 * @param path  PATH_MAX bytes
 * @return PROV_OK, PROV_E_USAGE (nothing was scanned into this folder)
 */
int command_store_path(const char *out_dir, char *path, struct err *err);

/**
 * The waivers of a judgement: those named, else OUT/provscan.waivers.json when it is there.
 *
 * @param path  PATH_MAX bytes, may be what is given back
 * @return NULL: none
 */
const char *command_waivers_path(const char *option, const char *out_dir, char *path);

/** The folder of policies: --policies, else PROVSCAN_POLICIES, else beside the program, else as installed. */
const char *command_policy_dir(const char *option);

#endif

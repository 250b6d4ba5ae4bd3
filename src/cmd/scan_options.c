/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of `provscan scan`: getopt_long over one table, values checked where they are read.
 */
#include "cmd/scan_options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OPTION_POLICIES = 256,
    OPTION_PURPOSE,
    OPTION_AS_OF,
    OPTION_SOURCES,
    OPTION_WAIVERS,
    OPTION_EXCLUDE,
    OPTION_FILES_FROM0,
    OPTION_LIMIT,
    OPTION_NO_SANDBOX,
    OPTION_REQUIRE_SANDBOX,
    OPTION_FORMAT,
    OPTION_PROGRESS,
    OPTION_COLOR,
    OPTION_LANG,
    OPTION_CACHE,
    OPTION_FRESH,
    JOBS_MAX = 256,
    LIST_BYTES_MAX = 1 << 30,
};

const char scan_usage[] =
    "usage: provscan scan [OPTION...] PATH...\n"
    "\n"
    "Read datasets (folders, files, archives in archives) and judge them. Writes manifest.json, "
    "report.html,\n"
    "items.jsonl.zst and scan.db into the output folder. The same command after a stop goes on where it "
    "stopped,\n"
    "and after a change reads only what changed.\n"
    "\n"
    "  -o, --output DIR        output folder (default: provscan-out)\n"
    "  -p, --policy NAME,...   packs to judge by (default: cn-genai; core is always judged)\n"
    "      --purpose WORD      what the data is for: commercial or research\n"
    "      --sources FILE      source declaration (default: provscan.sources.json in the folder, when it is\n"
    "                          the only path)\n"
    "      --waivers FILE      what people took upon themselves (default: provscan.waivers.json in the output\n"
    "                          folder)\n"
    "      --as-of YYYY-MM-DD  the day of judgement (default: today)\n"
    "  -j, --jobs N            threads that read and inspect (default: one a processor)\n"
    "      --exclude GLOB      leave files out; they are counted as skipped by this rule (repeatable)\n"
    "      --files-from0 FILE  more paths, each ended by a NUL byte; - is standard input\n"
    "      --limit NAME=VALUE  move a bound; K, M, G, T are powers of 1024 (repeatable; a wrong NAME lists "
    "them)\n"
    "      --format NAME,...   further reports to write (`provscan report --help` lists them)\n"
    "      --fresh             forget an earlier scan in the output folder\n"
    "      --policies DIR      folder of policies\n"
    "      --cache DIR         folder for compiled pattern databases (default: in the user's cache; '' for "
    "none)\n"
    "      --require-sandbox   refuse to run when workers cannot be closed in\n"
    "      --no-sandbox        do not close workers in (for debugging; recorded in the manifest)\n"
    "      --progress WHEN     auto, never or always\n"
    "      --color WHEN        auto, never or always\n"
    "      --lang LANGUAGE     of the summary: en or zh\n"
    "  -q, --quiet             print nothing but failures\n"
    "  -v, --verbose           name every rule in the summary\n"
    "\n"
    "exit codes: 0 allow, 1 deny, 2 review, 3 incomplete (something was not read or the\n"
    "scan was stopped), 4 usage or policy error, 5 internal error\n";

static const struct option option_table[] = {
    {"output", required_argument, NULL, 'o'},
    {"policy", required_argument, NULL, 'p'},
    {"jobs", required_argument, NULL, 'j'},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"policies", required_argument, NULL, OPTION_POLICIES},
    {"purpose", required_argument, NULL, OPTION_PURPOSE},
    {"as-of", required_argument, NULL, OPTION_AS_OF},
    {"sources", required_argument, NULL, OPTION_SOURCES},
    {"waivers", required_argument, NULL, OPTION_WAIVERS},
    {"exclude", required_argument, NULL, OPTION_EXCLUDE},
    {"files-from0", required_argument, NULL, OPTION_FILES_FROM0},
    {"limit", required_argument, NULL, OPTION_LIMIT},
    {"no-sandbox", no_argument, NULL, OPTION_NO_SANDBOX},
    {"require-sandbox", no_argument, NULL, OPTION_REQUIRE_SANDBOX},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"progress", required_argument, NULL, OPTION_PROGRESS},
    {"color", required_argument, NULL, OPTION_COLOR},
    {"lang", required_argument, NULL, OPTION_LANG},
    {"cache", required_argument, NULL, OPTION_CACHE},
    {"fresh", no_argument, NULL, OPTION_FRESH},
    {NULL, 0, NULL, 0},
};

static int
read_number(const char *text, uint64_t *number)
{
    static const char units[] = "KMGT";
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (end == text || errno || text[0] == '-')
        return PROV_E_USAGE;
    const char *unit = *end ? strchr(units, *end) : NULL;
    unsigned shift = unit ? (unsigned)(unit - units + 1) * 10 : 0;
    if ((*end && (!unit || end[1])) || value > UINT64_MAX >> shift)
        return PROV_E_USAGE;
    *number = (uint64_t)value << shift;
    return PROV_OK;
}

static int
read_limit(struct limits *limits, char *text, struct err *err)
{
    char *equals = strchr(text, '=');
    uint64_t value;
    if (!equals || read_number(equals + 1, &value) != PROV_OK)
        return err_set(err, PROV_E_USAGE, "--limit '%s': expected NAME=NUMBER, with K, M, G or T behind it",
                       text);
    *equals = 0;
    if (limits_set(limits, text, value) == PROV_OK && limits->depth <= LIMIT_DEPTH_HARD)
        return PROV_OK;
    if (limits->depth > LIMIT_DEPTH_HARD)
        return err_set(err, PROV_E_USAGE, "--limit depth: at most %d", LIMIT_DEPTH_HARD);
    struct buf names = {0};
    const char *name;
    for (unsigned i = 0; (name = limits_get(limits, i, &value)); i++)
        (void)buf_printf(&names, "%s%s", i ? ", " : "", name);
    int status =
        err_set(err, PROV_E_USAGE, "--limit: unknown limit '%s'; there are %s", text, buf_text(&names));
    buf_finish(&names);
    return status;
}

static int
read_list(struct scan_command *command, const char *path, struct err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rbe");
    if (!file)
        return err_set(err, PROV_E_USAGE, "--files-from0 %s: %s", path, strerror(errno));
    char block[1 << 14];
    size_t size;
    int status = PROV_OK;
    while (status == PROV_OK && (size = fread(block, 1, sizeof block, file)) > 0)
        status =
            command->listed.size > LIST_BYTES_MAX ? PROV_E_MEMORY : buf_append(&command->listed, block, size);
    if (ferror(file) && status == PROV_OK)
        status = err_set(err, PROV_E_USAGE, "--files-from0 %s: %s", path, strerror(errno));
    if (!is_stdin)
        (void)fclose(file);
    if (status == PROV_OK && command->listed.size && command->listed.data[command->listed.size - 1] != 0)
        status = buf_append_byte(&command->listed, 0);
    return status == PROV_OK ? PROV_OK
                             : err_set(err, status, "--files-from0 %s: %s", path, status_text(status));
}

static int
add_roots(struct scan_command *command, char **paths, size_t npaths, struct err *err)
{
    size_t count = npaths;
    for (size_t i = 0; i < command->listed.size; i++)
        count += command->listed.data[i] == 0;
    if (count == 0)
        return err_set(err, PROV_E_USAGE, "scan: no path given; `provscan scan --help` tells how");
    command->roots = calloc(count, sizeof *command->roots);
    if (!command->roots)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    for (size_t i = 0; i < npaths; i++)
        command->roots[command->nroots++] = bytes_of(paths[i]);
    for (size_t at = 0; at < command->listed.size;) {
        struct bytes path = bytes_of((const char *)command->listed.data + at);
        if (path.size)
            command->roots[command->nroots++] = path;
        at += path.size + 1;
    }
    if (command->nroots == 0)
        return err_set(err, PROV_E_USAGE, "scan: the list of paths is empty");
    return PROV_OK;
}

static int
read_jobs(struct scan_command *command, const char *text, struct err *err)
{
    uint64_t number;
    if (read_number(text, &number) != PROV_OK || number < 1 || number > JOBS_MAX)
        return err_set(err, PROV_E_USAGE, "--jobs '%s': expected a number from 1 to %d", text, JOBS_MAX);
    command->njobs = (unsigned)number;
    return PROV_OK;
}

static int
take_option(void *context, int option, char *value, struct err *err)
{
    struct scan_command *command = context;
    switch (option) {
    case 'o':
        command->out_dir = value;
        return PROV_OK;
    case 'p':
        return option_words_split(&command->policies, value, err);
    case 'j':
        return read_jobs(command, value, err);
    case 'q':
        command->quiet = true;
        return PROV_OK;
    case 'v':
        command->verbose = true;
        return PROV_OK;
    case OPTION_POLICIES:
        command->policy_dir = value;
        return PROV_OK;
    case OPTION_PURPOSE:
        command->purpose = value;
        return PROV_OK;
    case OPTION_AS_OF:
        command->as_of = value;
        return PROV_OK;
    case OPTION_SOURCES:
        command->sources = value;
        return PROV_OK;
    case OPTION_WAIVERS:
        command->waivers = value;
        return PROV_OK;
    case OPTION_EXCLUDE:
        return option_words_add(&command->excludes, value, err);
    case OPTION_FILES_FROM0:
        return read_list(command, value, err);
    case OPTION_LIMIT:
        return read_limit(&command->limits, value, err);
    case OPTION_NO_SANDBOX:
        command->no_sandbox = true;
        return PROV_OK;
    case OPTION_REQUIRE_SANDBOX:
        command->require_sandbox = true;
        return PROV_OK;
    case OPTION_FORMAT:
        return option_words_split(&command->formats, value, err);
    case OPTION_PROGRESS:
        return option_when("--progress", value, &command->progress, err);
    case OPTION_COLOR:
        return option_when("--color", value, &command->color, err);
    case OPTION_LANG:
        return option_language(value, &command->language, err);
    case OPTION_CACHE:
        command->cache_dir = value;
        return PROV_OK;
    default:
        command->fresh = true;
        return PROV_OK; /* OPTION_FRESH */
    }
}

int
scan_options_read(int argc, char **argv, struct scan_command *command, struct err *err)
{
    command->limits = LIMITS_DEFAULT;
    command->out_dir = "provscan-out";
    long nprocessors = sysconf(_SC_NPROCESSORS_ONLN);
    command->njobs = nprocessors < 1 ? 1 : nprocessors > JOBS_MAX ? JOBS_MAX : (unsigned)nprocessors;
    const struct option_set set = {.command = "scan",
                                   .letters = ":o:p:j:qv",
                                   .table = option_table,
                                   .take = take_option,
                                   .context = command};
    int npaths = 0;
    TRY(options_read(&set, argc, argv, &npaths, err));
    if (command->no_sandbox && command->require_sandbox)
        return err_set(err, PROV_E_USAGE, "scan: --no-sandbox and --require-sandbox contradict each other");
    return add_roots(command, argv + 1, (size_t)npaths, err);
}

void
scan_options_finish(struct scan_command *command)
{
    free(command->roots);
    option_words_finish(&command->excludes);
    option_words_finish(&command->policies);
    option_words_finish(&command->formats);
    buf_finish(&command->listed);
}

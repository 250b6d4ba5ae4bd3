/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan explain OUT FINDING`: why something was found. What the detector asks for, where it was answered,
 * and how the score came about.
 *
 * The store keeps the score of each sample, not how it was added up. The parts are few and known from the
 * detector, so they are found again: the sum is told where exactly one choice of parts gives it. Scores that
 * a column gave are told as such. Nothing here knows the value; what is shown of it is what the manifest
 * shows.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/escape.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/page.h"
#include "model/fact.h"
#include "policy/detectors.h"
#include "report/root_names.h"

enum { OPTION_POLICIES = 256, PLACES_SHOWN = 50, WORDS_SHOWN = 12, NPARTS = 5, SCORE_OF_TALLY = -3000 };

static const char usage[] = "usage: provscan explain [OPTION...] OUT FINDING\n\n"
                            "Tells why a finding was made: what the detector asks for, in which items and "
                            "columns it was answered, and how the\n"
                            "score of each place came about. OUT is the folder of a scan, FINDING the id of "
                            "a detector as reports name it.\n\n"
                            "      --policies DIR    where the detectors are (default: beside the program)\n"
                            "\nexit codes: 0 explained, 4 usage error, 5 internal error\n";

static const struct option option_table[] = {
    {"policies", required_argument, NULL, OPTION_POLICIES},
    {NULL, 0, NULL, 0},
};

struct explanation {
    const char *policies;
    const struct detector *detector;
    struct db *db;
    struct root_names roots;
    struct db_statement *places, *samples;
    struct buf text;
    struct err *err;
};

static int
take_option(void *context, int option, char *value, struct err *err)
{
    (void)option;
    (void)err;
    ((struct explanation *)context)->policies = value;
    return PROV_OK;
}

static const char *
level_name(int64_t level)
{
    static const char *const names[] = {"tally",    "very unlikely", "unlikely",
                                        "possible", "likely",        "very likely"};
    return level >= 0 && level < (int64_t)(sizeof names / sizeof *names) ? names[level] : "unknown";
}

/* ---- what is asked for ---- */

static int
write_words(struct buf *text, const char *title, const struct word_list *list)
{
    if (list->nwords == 0)
        return PROV_OK;
    TRY(buf_printf(text, "  %-10s", title));
    for (size_t i = 0; i < list->nwords && i < WORDS_SHOWN; i++)
        TRY(buf_printf(text, "%s%s", i ? ", " : "", list->words[i]));
    if (list->nwords > WORDS_SHOWN)
        TRY(buf_printf(text, " and %zu more", list->nwords - WORDS_SHOWN));
    return buf_append_text(text, "\n");
}

static int
write_detector(struct buf *text, const struct detector *detector)
{
    TRY(buf_printf(text, "%s: %s\n", detector->id, detector->title));
    TRY(buf_printf(text, "  %-10s%s, %s\n", "class", detector_class_name(detector->class_),
                   detector_severity_name(detector->severity)));
    TRY(buf_printf(text, "  %-10s%s\n", "source", detector->source));
    TRY(buf_printf(text, "  %-10s%s", "found by", detector_kind_name(detector->kind)));
    for (size_t i = 0; i < detector->npatterns; i++)
        TRY(buf_printf(text, "%s %s", i ? "," : "", detector->patterns[i]));
    TRY(buf_printf(text, "\n  %-10s", "checks"));
    for (size_t i = 0; i < detector->nchecks; i++)
        TRY(buf_printf(text, "%s%s", i ? ", " : "", check_kind_name(detector->checks[i].kind)));
    unsigned chance = detector_chance(detector);
    if (chance < 1000)
        TRY(buf_printf(text, "%srandom digits pass %u.%u %% of the time", detector->nchecks ? "; " : "",
                       chance / 10, chance % 10));
    else
        TRY(buf_append_text(text, detector->nchecks ? "; no check character" : "none"));
    TRY(buf_printf(text, "\n  %-10s%s\n", "context",
                   detector->context_required ? "required" : "adds to the score"));
    TRY(write_words(text, "words", &detector->context));
    TRY(write_words(text, "not near", &detector->negative));
    return write_words(text, "columns", &detector->columns);
}

/* ---- how a score came about ---- */

struct part {
    const char *words;
    int score;
};

/* Tell which parts add up to a score, if exactly one choice does. */
static int
write_score(struct buf *text, const struct detector *detector, int score)
{
    const struct part parts[NPARTS] = {{"context", detector->context_bonus},
                                       {"separators", detector->format_bonus},
                                       {"Han letters nearby", detector->script_bonus},
                                       {"negative words", -detector->negative_malus},
                                       {"among many numbers", -detector->dense_malus}};
    unsigned found = 0, nfound = 0;
    if (score <= SCORE_OF_TALLY)
        return buf_append_text(text, "no context; its column decided");
    for (unsigned choice = 0; choice < 1u << NPARTS; choice++) {
        int sum = detector->base;
        bool empty = false;
        for (unsigned i = 0; i < NPARTS; i++) {
            bool chosen = choice >> i & 1;
            sum += chosen ? parts[i].score : 0;
            empty = empty || (chosen && parts[i].score == 0);
        }
        if (sum == score && !empty) {
            found = choice;
            nfound++;
        }
    }
    TRY(buf_printf(text, "score %.1f", score / 100.0));
    if (nfound != 1)
        return PROV_OK;
    TRY(buf_printf(text, " = %.1f", detector->base / 100.0));
    for (unsigned i = 0; i < NPARTS; i++)
        if (found >> i & 1)
            TRY(buf_printf(text, " %c %.1f %s", parts[i].score < 0 ? '-' : '+', abs(parts[i].score) / 100.0,
                           parts[i].words));
    return PROV_OK;
}

/* ---- where ---- */

static int
write_samples(struct explanation *to, int64_t unit, int64_t item, int64_t fact)
{
    struct db_statement *samples = to->samples;
    bool more = false;
    db_reset(samples);
    db_bind_int(samples, 1, unit);
    db_bind_int(samples, 2, item);
    db_bind_int(samples, 3, fact);
    TRY(db_step(samples, &more, to->err));
    while (more) {
        TRY(buf_append_text(&to->text, "    "));
        if (db_int(samples, 2))
            TRY(buf_printf(&to->text, "row %" PRId64 ", ", db_int(samples, 2)));
        TRY(buf_printf(&to->text, "byte %" PRId64 ", %" PRId64 " long: ", db_int(samples, 0),
                       db_int(samples, 1)));
        TRY(escape_terminal(&to->text, db_bytes(samples, 4)));
        TRY(buf_append_text(&to->text, "   "));
        TRY(write_score(&to->text, to->detector, (int)db_int(samples, 3)));
        TRY(buf_append_text(&to->text, "\n"));
        TRY(db_step(samples, &more, to->err));
    }
    return PROV_OK;
}

/* What a column says: columns name, codes and values of the statement, and how many of them are the finding.
 */
static int
write_column(struct explanation *to, int64_t nwhole, int64_t level)
{
    struct db_statement *places = to->places;
    int64_t ncodes = db_int(places, 10);
    unsigned chance = detector_chance(to->detector);
    if (db_is_null(places, 8))
        return PROV_OK;
    TRY(buf_append_text(&to->text, "    column `"));
    TRY(escape_terminal(&to->text, db_bytes(places, 8)));
    TRY(buf_printf(&to->text, "` of %" PRId64 " values", db_int(places, 9)));
    if (ncodes && nwhole) {
        double share = 100.0 * (double)nwhole / (double)ncodes;
        TRY(buf_printf(&to->text, ", %" PRId64 " of them numbers or codes: %.1f %% are the finding", ncodes,
                       share < 100.0 ? share : 100.0));
        if (level == LEVEL_VERY_UNLIKELY && chance < 1000)
            TRY(buf_printf(&to->text, ", as chance would have it (%u.%u %%)", chance / 10, chance % 10));
    }
    return buf_append_text(&to->text, "\n");
}

static int
write_place(struct explanation *to)
{
    struct db_statement *places = to->places;
    struct buf locator = {0};
    int64_t level = db_int(places, 3);
    int status =
        root_names_locator(&to->roots, db_int(places, 0), db_bytes(places, 1), db_bytes(places, 2), &locator);
    if (status == PROV_OK)
        status = buf_append_text(&to->text, "\n  ");
    if (status == PROV_OK)
        status = escape_terminal(&to->text, buf_bytes(&locator));
    buf_finish(&locator);
    TRY(status);
    TRY(buf_printf(&to->text, ": %" PRId64 " times, %s\n", db_int(places, 4), level_name(level)));
    TRY(write_column(to, db_int(places, 5), level));
    return write_samples(to, db_int(places, 6), db_int(places, 7), db_int(places, 11));
}

static int
write_places(struct explanation *to)
{
    bool more = false;
    int64_t nplaces = 0;
    db_bind_text(to->places, 1, to->detector->id);
    TRY(db_step(to->places, &more, to->err));
    while (more) {
        if (nplaces++ < PLACES_SHOWN)
            TRY(write_place(to));
        TRY(db_step(to->places, &more, to->err));
    }
    if (nplaces == 0)
        return buf_append_text(&to->text, "\n  not found in this scan\n");
    return nplaces <= PLACES_SHOWN
               ? PROV_OK
               : buf_printf(&to->text, "\n  and %" PRId64 " more places\n", nplaces - PLACES_SHOWN);
}

static int
explain_store(struct explanation *to)
{
    static const char places[] =
        "SELECT unit.root, unit.path, item.path, fact.level, fact.count, fact.nwhole, fact.unit, fact.item, "
        "c.name,"
        " c.nvalues, c.ncodes, fact.ordinal FROM fact JOIN unit ON unit.id = fact.unit"
        " JOIN item ON item.unit = fact.unit AND item.ordinal = fact.item"
        " LEFT JOIN row_column AS c ON c.unit = fact.unit AND c.item = fact.item AND c.ordinal = "
        "nullif(fact.column, 0)"
        " WHERE fact.kind = 1 AND fact.code = ?1 AND unit.ordinal IS NOT NULL"
        " ORDER BY unit.ordinal, fact.item, fact.ordinal";
    static const char samples[] = "SELECT offset, length, row, score, evidence FROM sample"
                                  " WHERE unit = ?1 AND item = ?2 AND fact = ?3 ORDER BY ordinal LIMIT 3";
    TRY(root_names_read(to->db, &to->roots, to->err));
    TRY(db_prepare(to->db, places, &to->places, to->err));
    TRY(db_prepare(to->db, samples, &to->samples, to->err));
    int status = write_detector(&to->text, to->detector);
    if (status == PROV_OK)
        status = write_places(to);
    return status == PROV_E_MEMORY ? err_set(to->err, status, "out of memory") : status;
}

static int
explain(struct explanation *to, const char *out_dir, const char *code)
{
    char path[PATH_MAX];
    struct detector_set *set = NULL;
    TRY(command_store_path(out_dir, path, to->err));
    TRY(detectors_load(command_policy_dir(to->policies), &set, to->err));
    int status = PROV_OK;
    to->detector = detector_find(set, code);
    if (!to->detector)
        status = err_set(to->err, PROV_E_USAGE, "explain: no detector is called '%s'", code);
    if (status == PROV_OK)
        status = db_open(path, DB_READ_ONLY, &to->db, to->err);
    if (status == PROV_OK)
        status = explain_store(to);
    if (status == PROV_OK) {
        (void)fwrite(to->text.data, 1, to->text.size, stdout); /* page_end sees a failure */
        status = page_end(to->err);
    }
    db_finish(to->places);
    db_finish(to->samples);
    db_close(to->db);
    root_names_finish(&to->roots);
    buf_finish(&to->text);
    detectors_destroy(set);
    return status;
}

static int
explain_main(int argc, char **argv)
{
    struct err err = {0};
    struct explanation to = {.err = &err};
    const struct option_set set = {
        .command = "explain", .letters = ":", .table = option_table, .take = take_option, .context = &to};
    int noperands = 0, status = options_read(&set, argc, argv, &noperands, &err);
    if (status == PROV_OK && noperands != 2)
        status =
            err_set(&err, PROV_E_USAGE,
                    "explain: name the folder of a scan and a finding; `provscan explain --help` tells more");
    if (status == PROV_OK)
        status = explain(&to, argv[1], argv[2]);
    return status == PROV_OK ? EXIT_ALLOW : command_fail(&err);
}

const struct command COMMAND_explain = {
    .name = "explain",
    .summary = "tell why a finding was made",
    .usage = usage,
    .run = explain_main,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scan from end to end: crawl ─► store ─► supervisor ─► store.
 *
 *     crawl_next ─► store_add_unit ──KNOWN──► nothing to do
 *                                  ──NOTED──► no file: the crawl knew all there is
 *                                  ──READ───► supervise_add ═══ worker ═══► item ─► store_add_item
 *
 * One thread, one loop: find units while the workers have room, then wait for what they send. So the crawl
 * never runs far ahead, memory does not grow with the dataset, and all that is written is written here.
 */
#include "engine/scan.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/plan.h"
#include "engine/scan_key.h"
#include "engine/supervise.h"
#include "ingest/crawl.h"
#include "store/store.h"
#include "version.h"

enum { CRAWL_BURST = 256, WAIT_MS = 100, PROGRESS_MS = 100, COMMIT_MS = 1000 };

struct scan {
    const struct scan_options *options;
    struct plan *plan;
    struct store *store;
    struct crawl *crawl;
    struct supervisor *supervisor;
    struct scan_progress progress;
    uint64_t told_ms;      /**< when progress was told last */
    uint64_t committed_ms; /**< when the store was committed last: a crash costs no more than since then */
};

/* ---- what the supervisor tells ---- */

static int
on_begin_unit(void *context, uint64_t unit_id, struct err *err)
{
    struct scan *scan = context;
    return store_begin_unit(scan->store, unit_id, err);
}

static int
on_item(void *context, uint64_t unit_id, const struct item *item, struct err *err)
{
    struct scan *scan = context;
    scan->progress.nitems++;
    return store_add_item(scan->store, unit_id, item, err);
}

static int
on_end_unit(void *context, uint64_t unit_id, const struct unit_stamp *stamp, struct err *err)
{
    struct scan *scan = context;
    scan->progress.nunits_done++;
    scan->progress.bytes_done += stamp->size;
    return store_end_unit(scan->store, unit_id, stamp, err);
}

static int
on_give_up(void *context, uint64_t unit_id, const struct unit *unit, enum defect defect, struct err *err)
{
    struct item item = {
        .head = {.kind = ITEM_FILE,
                 .parent = ITEM_NO_PARENT,
                 .flags = ITEM_PARTIAL | ITEM_NO_CONTENT,
                 .size_declared = unit->stamp.size,
                 .mtime = INT64_MIN},
        .facts = {.nsamples_max = 1},
    };
    static const char words[] = "the file could not be read: see the code";
    struct fact fact = {.kind = FACT_DEFECT, .code = defect_code(defect), .evidence = bytes_of(words)};
    int status = fact_set_add(&item.facts, &fact);
    if (status == PROV_OK)
        status = on_item(context, unit_id, &item, err);
    fact_set_finish(&item.facts);
    if (status == PROV_OK)
        status = on_end_unit(context, unit_id, &unit->stamp, err);
    return status;
}

static int
on_reopen(void *context, const struct unit *unit, int *fd, enum defect *defect)
{
    struct scan *scan = context;
    struct unit_stamp stamp;
    int status = crawl_reopen(scan->crawl, unit, fd, &stamp, defect);
    if (status == PROV_OK && (stamp.inode != unit->stamp.inode || stamp.device != unit->stamp.device ||
                              stamp.size != unit->stamp.size)) {
        (void)close(*fd);
        *fd = -1;
        *defect = DEFECT_FS_CHANGED_DURING_SCAN;
        return PROV_E_DATA;
    }
    return status;
}

/* ---- the loop ---- */

static uint64_t
now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void
tell_progress(struct scan *scan, bool always)
{
    uint64_t now = now_ms();
    scan->progress.bytes_worked = supervise_progress(scan->supervisor);
    scan->progress.ndeaths = supervise_deaths(scan->supervisor);
    if (!scan->options->progress || (!always && now - scan->told_ms < PROGRESS_MS))
        return;
    scan->told_ms = now;
    scan->options->progress(scan->options->progress_context, &scan->progress);
}

static bool
interrupted(const struct scan *scan)
{
    struct pollfd fd = {.fd = scan->options->interrupt_fd, .events = POLLIN};
    return fd.fd >= 0 && poll(&fd, 1, 0) > 0;
}

/* Take one unit from the crawl. *more is false when there was none left. */
static int
crawl_one(struct scan *scan, bool *more, struct err *err)
{
    struct unit unit;
    int fd = -1;
    int status = crawl_next(scan->crawl, &unit, &fd, err);
    *more = status == PROV_OK;
    if (status == PROV_E_DATA)
        return PROV_OK;
    TRY(status);
    uint64_t id;
    enum store_need need;
    status = store_add_unit(scan->store, &unit, scan->progress.nunits, &id, &need, err);
    if (status != PROV_OK) {
        if (fd >= 0)
            (void)close(fd);
        return status;
    }
    scan->progress.nunits++;
    if (unit.kind == UNIT_FILE)
        scan->progress.bytes += unit.stamp.size;
    if (need == STORE_READ && fd >= 0)
        return supervise_add(scan->supervisor, id, &unit, fd, err);
    if (fd >= 0)
        (void)close(fd);
    if (need == STORE_READ) {
        TRY(store_begin_unit(scan->store, id, err));
        return on_give_up(scan, id, &unit, DEFECT_FS_IO_ERROR, err);
    }
    scan->progress.nunits_done++;
    if (unit.kind == UNIT_FILE)
        scan->progress.bytes_done += unit.stamp.size;
    return PROV_OK;
}

static int
scan_loop(struct scan *scan, struct err *err)
{
    bool more = true;
    while (more || supervise_pending(scan->supervisor)) {
        for (int i = 0; i < CRAWL_BURST && more && supervise_has_room(scan->supervisor); i++)
            TRY(crawl_one(scan, &more, err));
        scan->progress.crawled = !more;
        bool can_crawl = more && supervise_has_room(scan->supervisor);
        TRY(supervise_step(scan->supervisor, scan->options->interrupt_fd, can_crawl ? 0 : WAIT_MS, err));
        if (interrupted(scan))
            return err_set(err, PROV_E_INTERRUPTED, "interrupted: the same command goes on where this one stopped");
        tell_progress(scan, false);
        uint64_t now = now_ms();
        if (now - scan->committed_ms >= COMMIT_MS) {
            scan->committed_ms = now;
            TRY(store_commit(scan->store, err));
        }
    }
    tell_progress(scan, true);
    return PROV_OK;
}

/* ---- what is known of the scan as a whole ---- */

static int
limits_json(const struct limits *limits, struct buf *json)
{
    uint64_t value;
    const char *name;
    for (unsigned i = 0; (name = limits_get(limits, i, &value)); i++)
        TRY(buf_printf(json, "%s\"%s\":%llu", i ? "," : "{", name, (unsigned long long)value));
    return buf_append_text(json, "}");
}

static int
set_meta_hex(struct store *store, const char *key, const uint8_t *digest, struct err *err)
{
    char hex[2 * SHA256_SIZE + 1];
    hex_write(digest, SHA256_SIZE, hex);
    return store_set_meta(store, key, hex, err);
}

static int
write_meta(struct scan *scan, struct err *err)
{
    struct buf limits = {0}, libraries = {0};
    int status = limits_json(&scan->plan->limits, &limits);
    if (status == PROV_OK)
        status = scan_library_versions(&libraries);
    if (status != PROV_OK)
        (void)err_set(err, status, "out of memory");
    if (status == PROV_OK)
        status = store_set_meta(scan->store, "tool", "provscan " PROVSCAN_VERSION, err);
    if (status == PROV_OK)
        status = store_set_meta(scan->store, "limits", buf_text(&limits), err);
    if (status == PROV_OK)
        status = store_set_meta(scan->store, "libraries", buf_text(&libraries), err);
    if (status == PROV_OK)
        status = set_meta_hex(scan->store, "plan", scan->plan->digest, err);
    if (status == PROV_OK)
        status = set_meta_hex(scan->store, "detectors", scan->plan->detectors_digest, err);
    if (status == PROV_OK)
        status = store_set_meta(scan->store, "sandbox", supervise_sandbox(scan->supervisor), err);
    buf_finish(&limits);
    buf_finish(&libraries);
    return status;
}

/* A folder that the user cannot have is a mistake in the command; a disk that fails is not. */
static int
refuse_folder(const char *path, int error, struct err *err)
{
    bool is_disk = error == ENOSPC || error == EIO || error == EDQUOT || error == EMFILE || error == ENFILE || error == ENOMEM;
    return err_set(err, is_disk ? PROV_E_IO : PROV_E_USAGE, "output folder %s: %s", path, strerror(error));
}

static int
make_folder(const char *path, struct err *err)
{
    char partial[PATH_MAX];
    struct stat info;
    size_t size = strlen(path);
    if (size == 0 || size >= sizeof partial)
        return err_set(err, PROV_E_USAGE, "output folder: the path is empty or too long");
    memcpy(partial, path, size + 1);
    for (size_t i = 1; i <= size; i++) {
        if (partial[i] != '/' && partial[i] != 0)
            continue;
        partial[i] = 0;
        if (mkdir(partial, 0777) != 0 && errno != EEXIST)
            return refuse_folder(partial, errno, err);
        partial[i] = path[i];
    }
    if (stat(path, &info) != 0)
        return refuse_folder(path, errno, err);
    if (!S_ISDIR(info.st_mode))
        return refuse_folder(path, ENOTDIR, err);
    return access(path, W_OK | X_OK) == 0 ? PROV_OK : refuse_folder(path, errno, err);
}

static int
scan_open(struct scan *scan, struct err *err)
{
    const struct scan_options *options = scan->options;
    char out_path[PATH_MAX], store_path[PATH_MAX];
    struct plan_options plan = {
        .policy_dir = options->policy_dir, .cache_dir = options->cache_dir, .limits = options->limits};
    TRY(plan_create(&plan, &scan->plan, err));
    TRY(make_folder(options->out_dir, err));
    if (!realpath(options->out_dir, out_path))
        return err_set(err, PROV_E_IO, "output folder %s: %s", options->out_dir, strerror(errno));
    struct crawl_options crawl = {.roots = options->roots,
                                  .nroots = options->nroots,
                                  .excludes = options->excludes,
                                  .nexcludes = options->nexcludes,
                                  .avoid = bytes_of(out_path)};
    TRY(crawl_open(&crawl, &scan->crawl, err));
    int size = snprintf(store_path, sizeof store_path, "%s/scan.db", options->out_dir);
    if (size < 0 || (size_t)size >= sizeof store_path)
        return err_set(err, PROV_E_USAGE, "output folder: the path is too long");
    uint8_t plan_and_key[SHA256_SIZE];
    TRY(scan_key_open(options->out_dir, &scan->plan->key, err));
    TRY(scan_key_mix(&scan->plan->key, scan->plan->digest, plan_and_key, err));
    TRY(store_open(store_path, plan_and_key, &scan->store, err));
    TRY(store_begin_crawl(scan->store, options->roots, options->nroots, err));
    struct supervise_options supervise = {
        .plan = scan->plan,
        .nlanes = options->nlanes,
        .sandbox = options->sandbox,
        .require_sandbox = options->require_sandbox,
        .events = {.begin_unit = on_begin_unit,
                   .item = on_item,
                   .end_unit = on_end_unit,
                   .give_up = on_give_up,
                   .reopen = on_reopen,
                   .context = scan},
    };
    return supervise_create(&supervise, &scan->supervisor, err);
}

int
scan_run(const struct scan_options *options, struct scan_progress *last, struct err *err)
{
    struct scan scan = {.options = options};
    int status = scan_open(&scan, err);
    if (status == PROV_OK)
        status = scan_loop(&scan, err);
    if (status == PROV_OK)
        status = write_meta(&scan, err);
    if (status == PROV_OK)
        status = store_end_crawl(scan.store, err);
    supervise_destroy(scan.supervisor);
    crawl_close(scan.crawl);
    struct err close_err = {0};
    int closed = store_close(scan.store, &close_err);
    if (status == PROV_OK && closed != PROV_OK)
        status = err_set(err, closed, "%s", close_err.text);
    plan_destroy(scan.plan);
    if (last)
        *last = scan.progress;
    return status;
}

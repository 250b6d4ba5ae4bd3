/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of a scan: detectors and limits made ready once, before any worker is forked, and const from
 * then on. Its digest names everything that can change a fact; a unit read under another plan is read
 * again.
 *
 *     digest = SHA-256( tool version, name and value of every limit, digest of the policy data )
 *     policy data = every file of detectors/ and licenses/, by name, with its size and bytes
 *
 * Packs are not in it: rules say what facts mean, and are judged without reading data again.
 */
#include "engine/plan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/detectors.h"
#include "version.h"

static const char *const data_folders[] = {"detectors", "licenses"};

static int
digest_file(struct sha256 *sha256, const char *path, struct err *err)
{
    uint8_t block[1 << 14];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        int reason = errno;
        if (fd >= 0)
            (void)close(fd);
        return err_set(err, PROV_E_POLICY, "%s: %s", path, strerror(reason));
    }
    uint64_t size = (uint64_t)status.st_size;
    sha256_update(sha256, &size, sizeof size);
    ssize_t taken;
    while ((taken = read(fd, block, sizeof block)) > 0)
        sha256_update(sha256, block, (size_t)taken);
    (void)close(fd);
    return taken < 0 ? err_set(err, PROV_E_POLICY, "%s: cannot be read", path) : PROV_OK;
}

static int
digest_folder(struct sha256 *sha256, const char *policy_dir, const char *folder, struct err *err)
{
    char path[PATH_MAX];
    struct dirent **entries = NULL;
    int size = snprintf(path, sizeof path, "%s/%s", policy_dir, folder);
    if (size < 0 || (size_t)size >= sizeof path)
        return err_set(err, PROV_E_POLICY, "%s: path is too long", policy_dir);
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0 && errno == ENOENT)
        return PROV_OK;
    if (count < 0)
        return err_set(err, PROV_E_POLICY, "%s: %s", path, strerror(errno));
    int status = PROV_OK;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (name[0] != '.' && status == PROV_OK) {
            int length = snprintf(path, sizeof path, "%s/%s/%s", policy_dir, folder, name);
            sha256_update(sha256, name, strlen(name) + 1);
            status = length > 0 && (size_t)length < sizeof path
                         ? digest_file(sha256, path, err)
                         : err_set(err, PROV_E_POLICY, "%s: path is too long", policy_dir);
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}

static int
digest_policy_data(struct plan *plan, const char *policy_dir, struct err *err)
{
    struct sha256 *sha256 = sha256_create();
    if (!sha256)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    int status = PROV_OK;
    for (size_t i = 0; i < sizeof data_folders / sizeof data_folders[0] && status == PROV_OK; i++)
        status = digest_folder(sha256, policy_dir, data_folders[i], err);
    sha256_end(sha256, plan->detectors_digest);
    sha256_destroy(sha256);
    return status;
}

static int
digest_plan(struct plan *plan, struct err *err)
{
    struct sha256 *sha256 = sha256_create();
    if (!sha256)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    sha256_update(sha256, PROVSCAN_VERSION, sizeof PROVSCAN_VERSION);
    uint64_t value;
    const char *name;
    for (unsigned i = 0; (name = limits_get(&plan->limits, i, &value)); i++) {
        sha256_update(sha256, name, strlen(name) + 1);
        sha256_update(sha256, &value, sizeof value);
    }
    sha256_update(sha256, plan->detectors_digest, sizeof plan->detectors_digest);
    sha256_end(sha256, plan->digest);
    sha256_destroy(sha256);
    return PROV_OK;
}

int
plan_create(const struct plan_options *options, struct plan **out, struct err *err)
{
    struct plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    plan->limits = options->limits;
    plan->table = INSPECTORS;
    size_t ninspectors = 0;
    while (plan->table[ninspectors])
        ninspectors++;
    plan->inspectors = calloc(ninspectors ? ninspectors : 1, sizeof *plan->inspectors);
    int status = plan->inspectors ? detectors_load(options->policy_dir, &plan->detectors, err)
                                  : err_set(err, PROV_E_MEMORY, "out of memory");
    struct inspect_config config = {
        .detectors = plan->detectors, .policy_dir = options->policy_dir, .cache_dir = options->cache_dir, .key = &plan->key};
    for (; status == PROV_OK && plan->ninspectors < ninspectors; plan->ninspectors++) {
        const struct inspector *inspector = plan->table[plan->ninspectors];
        if (inspector->plan_create)
            status = inspector->plan_create(&config, &plan->inspectors[plan->ninspectors], err);
    }
    if (status == PROV_OK)
        status = digest_policy_data(plan, options->policy_dir, err);
    if (status == PROV_OK)
        status = digest_plan(plan, err);
    if (status != PROV_OK) {
        plan_destroy(plan);
        return status;
    }
    *out = plan;
    return PROV_OK;
}

void
plan_destroy(struct plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < plan->ninspectors; i++)
        if (plan->table[i]->plan_destroy)
            plan->table[i]->plan_destroy(plan->inspectors[i]);
    free(plan->inspectors);
    detectors_destroy(plan->detectors);
    free(plan);
}

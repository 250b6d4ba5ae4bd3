/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine from files to items, with an inspector of its own that crashes, hangs or eats memory on demand: what a
 * worker does wrong must cost one item, and nothing else may depend on it or on the number of lanes.
 * A plain program, so that it runs under ThreadSanitizer.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/supervise.h"
#include "ingest/crawl.h"

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                  \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

enum { NUNITS_MAX = 400, BIG_BYTES = 3 * 1024 * 1024 + 12345 };

static const uint8_t *
find(const struct segment *segment, const char *word)
{
    return memmem(segment->text + segment->before, segment->page, word, strlen(word));
}

/* Counts the word "needle", with its place; does harm where it is told to. */
static int
test_segment(const void *plan, void *scratch, const struct segment *segment, struct fact_list *out)
{
    (void)plan;
    (void)scratch;
    if (find(segment, "poison:crash"))
        abort();
    if (find(segment, "poison:exit"))
        exit(1);
    while (find(segment, "poison:hang"))
        usleep(1000);
    if (find(segment, "poison:memory"))
        return PROV_E_MEMORY;
    const uint8_t *page = segment->text + segment->before, *end = page + segment->page;
    for (const uint8_t *at = page; at < end; at++) {
        if (end + segment->after - at < 6 || memcmp(at, "needle", 6) != 0)
            continue;
        struct fact fact = {.kind = FACT_FINDING,
                            .level = LEVEL_LIKELY,
                            .code = "needle",
                            .offset = segment_offset(segment, (size_t)(at - segment->text)),
                            .length = 6};
        int status = fact_list_add(out, &fact);
        if (status != PROV_OK)
            return status;
    }
    return PROV_OK;
}

static const struct inspector test_inspector = {.name = "test", .segment = test_segment};
static const struct inspector *const test_table[] = {&test_inspector, NULL};

/* What came of each unit: one line an item. */
struct outcome {
    struct buf items[NUNITS_MAX];
    unsigned nended[NUNITS_MAX];
    unsigned ngiven_up;
    char folder[64];
};

static int
on_begin(void *context, uint64_t id, struct err *err)
{
    struct outcome *outcome = context;
    (void)err;
    buf_clear(&outcome->items[id]);
    return PROV_OK;
}

static int
on_item(void *context, uint64_t id, const struct item *item, struct err *err)
{
    struct outcome *outcome = context;
    struct buf *out = &outcome->items[id];
    char hex[2 * SHA256_SIZE + 1];
    (void)err;
    hex_write(item->fingerprint.sha256, SHA256_SIZE, hex);
    CHECK(buf_printf(out, "%u %s %llu", item->ordinal, hex, (unsigned long long)item->size) == PROV_OK);
    for (size_t i = 0; i < item->facts.nentries; i++) {
        const struct fact_entry *entry = &item->facts.entries[i];
        CHECK(buf_printf(out, " %s*%llu", entry->code, (unsigned long long)entry->count) == PROV_OK);
        for (size_t j = 0; j < entry->nsamples; j++)
            CHECK(buf_printf(out, "@%llu", (unsigned long long)entry->samples[j].offset) == PROV_OK);
    }
    return buf_append_text(out, "\n");
}

static int
on_end(void *context, uint64_t id, const struct unit_stamp *stamp, struct err *err)
{
    struct outcome *outcome = context;
    (void)stamp;
    (void)err;
    outcome->nended[id]++;
    return PROV_OK;
}

static int
on_give_up(void *context, uint64_t id, const struct unit *unit, enum defect defect, struct err *err)
{
    struct outcome *outcome = context;
    (void)unit;
    (void)err;
    outcome->ngiven_up++;
    outcome->nended[id]++;
    return buf_printf(&outcome->items[id], "given up: %s\n", defect_code(defect));
}

static int
open_file(const struct outcome *outcome, const struct unit *unit)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%.*s", outcome->folder, (int)unit->path.size,
                   (const char *)unit->path.data);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static int
on_reopen(void *context, const struct unit *unit, int *fd, enum defect *defect)
{
    *fd = open_file(context, unit);
    *defect = DEFECT_FS_VANISHED;
    return *fd >= 0 ? PROV_OK : PROV_E_DATA;
}

static void
write_file(const char *folder, const char *name, const char *content, size_t size)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(content, 1, size, file) == size && fclose(file) == 0);
}

static struct outcome *
scan(const char *folder, unsigned nunits, unsigned nlanes, uint64_t stall_ms, unsigned *ndeaths)
{
    struct outcome *outcome = calloc(1, sizeof *outcome);
    void *inspectors[1] = {NULL};
    struct plan plan = {.limits = LIMITS_DEFAULT, .table = test_table, .inspectors = inspectors, .ninspectors = 1};
    struct supervisor *supervisor = NULL;
    struct err err = {0};
    CHECK(outcome);
    (void)snprintf(outcome->folder, sizeof outcome->folder, "%s", folder);
    plan.limits.stall_ms = stall_ms;
    struct supervise_options options = {.plan = &plan,
                                        .nlanes = nlanes,
                                        .sandbox = true,
                                        .events = {.begin_unit = on_begin,
                                                   .item = on_item,
                                                   .end_unit = on_end,
                                                   .give_up = on_give_up,
                                                   .reopen = on_reopen,
                                                   .context = outcome}};
    int status = supervise_create(&options, &supervisor, &err);
    if (status != PROV_OK)
        fprintf(stderr, "%s\n", err.text);
    CHECK(status == PROV_OK);
    for (unsigned next = 0; next < nunits || supervise_pending(supervisor);) {
        for (; next < nunits && supervise_has_room(supervisor); next++) {
            char name[32];
            (void)snprintf(name, sizeof name, "%03u.txt", next);
            struct unit unit = {.kind = UNIT_FILE, .path = bytes_of(name)};
            int fd = open_file(outcome, &unit);
            CHECK(fd >= 0 && crawl_stamp(fd, &unit.stamp) == PROV_OK);
            CHECK(supervise_add(supervisor, next, &unit, fd, &err) == PROV_OK);
        }
        status = supervise_step(supervisor, -1, 50, &err);
        if (status != PROV_OK)
            fprintf(stderr, "%s\n", err.text);
        CHECK(status == PROV_OK);
    }
    for (unsigned i = 0; i < nunits; i++)
        CHECK(outcome->nended[i] == 1);
    *ndeaths = supervise_deaths(supervisor);
    supervise_destroy(supervisor);
    return outcome;
}

static void
outcome_destroy(struct outcome *outcome)
{
    for (unsigned i = 0; i < NUNITS_MAX; i++)
        buf_finish(&outcome->items[i]);
    free(outcome);
}

/* Small files, an empty one, and one of several segments with a needle at every possible place of a border. */
static unsigned
make_honest(const char *folder)
{
    char *big = malloc(BIG_BYTES);
    CHECK(big);
    for (unsigned i = 0; i < 300; i++) {
        char name[32], content[64];
        (void)snprintf(name, sizeof name, "%03u.txt", i);
        int size = snprintf(content, sizeof content, "file %u has a needle\n", i);
        write_file(folder, name, content, (size_t)size);
    }
    /* One line without an end: segments are cut anywhere. */
    for (size_t i = 0; i < BIG_BYTES; i++)
        big[i] = "needle "[i % 7];
    write_file(folder, "300.txt", big, BIG_BYTES);
    write_file(folder, "301.txt", "", 0);
    free(big);
    return 302;
}

static void
same_for_any_number_of_lanes(const char *folder, unsigned nunits)
{
    unsigned ndeaths;
    struct outcome *first = scan(folder, nunits, 1, 30000, &ndeaths);
    CHECK(ndeaths == 0);
    for (unsigned i = 0; i < 300; i++)
        CHECK(strstr(buf_text(&first->items[i]), "needle*1@"));
    char expected[64];
    (void)snprintf(expected, sizeof expected, "needle*%d@0@7@14", (BIG_BYTES + 1) / 7);
    CHECK(strstr(buf_text(&first->items[300]), expected));
    CHECK(strstr(buf_text(&first->items[301]),
                 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0"));
    for (unsigned nlanes = 2; nlanes <= 8; nlanes *= 2) {
        struct outcome *other = scan(folder, nunits, nlanes, 30000, &ndeaths);
        CHECK(ndeaths == 0);
        for (unsigned i = 0; i < nunits; i++)
            CHECK(bytes_equal(buf_bytes(&first->items[i]), buf_bytes(&other->items[i])));
        outcome_destroy(other);
    }
    outcome_destroy(first);
}

static void
harm_costs_one_item(const char *folder, unsigned nunits, const char *harm, const char *code, uint64_t stall_ms)
{
    unsigned ndeaths;
    static const char honest[] = "file 150 has a needle\n";
    struct outcome *before = scan(folder, nunits, 2, 30000, &ndeaths);
    write_file(folder, "150.txt", harm, strlen(harm));
    struct outcome *after = scan(folder, nunits, 2, stall_ms, &ndeaths);
    CHECK(ndeaths == 2); /* once among others, once alone */
    CHECK(after->ngiven_up == 0);
    CHECK(strstr(buf_text(&after->items[150]), code));
    for (unsigned i = 0; i < nunits; i++)
        CHECK(i == 150 || bytes_equal(buf_bytes(&before->items[i]), buf_bytes(&after->items[i])));
    write_file(folder, "150.txt", honest, sizeof honest - 1);
    outcome_destroy(before);
    outcome_destroy(after);
}

int
main(void)
{
    char folder[] = "/tmp/provscan-supervise-XXXXXX", command[128];
    CHECK(mkdtemp(folder));
    unsigned nunits = make_honest(folder);
    same_for_any_number_of_lanes(folder, nunits);
    harm_costs_one_item(folder, nunits, "poison:crash", "parser.crash*1", 30000);
    harm_costs_one_item(folder, nunits, "poison:exit", "parser.oom*1", 30000);
    harm_costs_one_item(folder, nunits, "poison:memory", "parser.oom*1", 30000);
    harm_costs_one_item(folder, nunits, "poison:hang", "parser.timeout*1", 1500);
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    CHECK(system(command) == 0);
    puts("5 passed, 0 failed");
    return 0;
}

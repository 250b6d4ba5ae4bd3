/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk through one unit: the file, what is in it, and what is in that, down to the leaves.
 *
 * Every content is looked at in the same way, be it the file or a member at any depth:
 *
 *     head of the content ─► a codec?     container: decoded, and looked at again (level.c)
 *             ├───────────► an archive?  container: its members, each looked at in the same way
 *             └───────────► neither      leaf: its bytes go to the sink
 *
 * An open container is a level on a stack of our own, not on that of the machine; the streams of a
 * level pull from those of the level above it:
 *
 *     level 0   file ── tee ── gzip ── tar reader
 *                                          └ member "lib.zip" ── tee ── spool ── zip reader     level 1
 *                                                                                   └ member "x.c" ── sink
 *
 * After the last member a level is drained, so that digest, checksums and lengths of the container
 * cover every byte, also when its reader gave up. Depth counts layers, filters and archives alike.
 */
#include "ingest/read_unit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "ingest/faults.h"
#include "ingest/level.h"
#include "ingest/member_name.h"
#include "ingest/read_at.h"

/* The streams of all open levels pull one another, each with some frames on the machine's stack. */
enum { LEVELS_MAX = 256 };

/*
 * Members behind a bomb are still read. When the whole unit is one, each of its million members would have
 * its first block decoded only to be refused as well: so many refusals are enough.
 */
enum { REFUSALS_MAX = 64 };

/** What the first bytes of a content say. */
struct sight {
    enum codec codec;
    const struct format *format; /**< NULL: no archive */
    uint64_t start;              /**< where it begins */
    bool too_deep;               /**< a container that the limits keep closed */
};

struct walk {
    const struct read_unit_options *options;
    struct reading reading;
    struct level_base base;
    struct stream *file;
    struct level *levels; /**< owned */
    size_t nlevels, capacity;
    struct buf path; /**< of the present member, below the unit */
};

static struct sink *
sink_of(struct walk *walk)
{
    return walk->reading.sink;
}

static unsigned
nlayers_max(const struct walk *walk)
{
    return walk->reading.limits->depth < LEVELS_MAX ? (unsigned)walk->reading.limits->depth : LEVELS_MAX;
}

static struct sight
look(const struct walk *walk, struct bytes head, unsigned nlayers)
{
    struct sight sight = {.codec = codec_detect(head)};
    /* The first bytes of an lzma file are a weak sign: any archive's signature is a better one. */
    if (sight.codec == CODEC_NONE || sight.codec == CODEC_LZMA)
        sight.format = format_detect(head);
    if (sight.format)
        sight.codec = CODEC_NONE;
    bool closed = sight.codec != CODEC_NONE || sight.format;
    sight.too_deep = closed && nlayers >= nlayers_max(walk);
    return sight;
}

static int64_t
nanoseconds(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static bool
is_same_state(const struct stat *now, const struct unit_stamp *before)
{
    return (uint64_t)now->st_size == before->size && nanoseconds(now->st_mtim) == before->mtime_ns &&
           nanoseconds(now->st_ctim) == before->ctime_ns && now->st_ino == before->inode &&
           now->st_dev == before->device;
}

/* When the unit is another file by now than the one that was crawled, what was read proves nothing. */
static int
check_unchanged(struct walk *walk, struct item *item)
{
    const struct unit_stamp *before = &walk->options->stamp;
    struct stat now;
    if (fstat(walk->options->fd, &now) != 0)
        return sink_defect(sink_of(walk), item, DEFECT_FS_IO_ERROR, 0, "its state cannot be read");
    if (!is_same_state(&now, before))
        return sink_defect(sink_of(walk), item, DEFECT_FS_CHANGED_DURING_SCAN, 0,
                           "the file changed between the crawl and the end of reading");
    uint64_t nread = walk->file->offset;
    if (nread != before->size && !(item->head.flags & ITEM_PARTIAL))
        return sink_defect(sink_of(walk), item, DEFECT_FS_CHANGED_DURING_SCAN, nread,
                           "%" PRIu64 " bytes read of a file of %" PRIu64, nread, before->size);
    return PROV_OK;
}

static int
end_item(struct walk *walk, struct item *item)
{
    if (item->head.parent == ITEM_NO_PARENT)
        TRY(check_unchanged(walk, item));
    return sink_of(walk)->end(sink_of(walk), item);
}

static int
pass_leaf(struct walk *walk, struct item *item, struct stream *content)
{
    struct bytes block = {NULL, 1};
    int status = PROV_OK;
    while (status == PROV_OK && block.size) {
        status = stream_next(content, &block);
        if (status == PROV_OK && block.size)
            status = sink_of(walk)->data(sink_of(walk), item, block.data, block.size);
    }
    TRY(level_note_partial(status, item));
    return end_item(walk, item);
}

static int
push_level(struct walk *walk, struct item *item)
{
    if (walk->nlevels == walk->capacity) {
        size_t capacity = walk->capacity ? walk->capacity * 2 : 4;
        struct level *levels = reallocarray(walk->levels, capacity, sizeof *levels);
        if (!levels)
            return PROV_E_MEMORY;
        walk->levels = levels;
        walk->capacity = capacity;
    }
    walk->levels[walk->nlevels++] = (struct level){.base = &walk->base, .item = item, .spool = -1};
    return PROV_OK;
}

/* The item has begun: open it if it is a container, else let its bytes through. */
static int
descend(struct walk *walk, struct item *item, struct stream *content, const struct sight *sight)
{
    if (!(item->head.flags & ITEM_CONTAINER) || (item->head.flags & ITEM_OPAQUE))
        return pass_leaf(walk, item, content);
    bool is_unit = walk->nlevels == 0;
    struct level_plan plan = {.codec = sight->codec,
                              .format = sight->format,
                              .start = sight->start,
                              .is_unit = is_unit,
                              .nlayers = is_unit ? 0 : walk->levels[walk->nlevels - 1].nlayers,
                              .nlayers_max = nlayers_max(walk)};
    plan.name = is_unit ? walk->options->name
                        : (struct bytes){walk->path.data + item->head.name_offset,
                                         walk->path.size - item->head.name_offset};
    TRY(push_level(walk, item));
    struct level *level = &walk->levels[walk->nlevels - 1];
    TRY(level_open(level, &plan, content));
    if (!is_unit)
        TRY(buf_append_text(&walk->path, "!/"));
    level->path_size = walk->path.size;
    return PROV_OK;
}

static uint32_t
flags_of(const struct sight *sight)
{
    if (sight->too_deep)
        return ITEM_OPAQUE;
    return sight->codec != CODEC_NONE || sight->format ? ITEM_CONTAINER : 0;
}

static const char *
format_of(const struct sight *sight)
{
    if (sight->too_deep)
        return NULL;
    if (sight->codec != CODEC_NONE)
        return codec_name(sight->codec);
    return sight->format ? sight->format->names[CODEC_NONE] : NULL;
}

static int
report_name(struct walk *walk, struct item *item, struct bytes name)
{
    unsigned faults = member_name_faults(name);
    uint64_t nbytes_max = walk->reading.limits->name_bytes;
    for (unsigned bit = 0; faults && bit < NAME_FAULT_COUNT; bit++) {
        const char *words;
        enum defect defect = member_name_defect((enum name_fault)(1u << bit), &words);
        if (faults & (1u << bit))
            TRY(sink_defect(sink_of(walk), item, defect, 0, "%s", words));
    }
    if (name.size > nbytes_max)
        return sink_defect(sink_of(walk), item, DEFECT_PATH_LONG, 0, "name of %zu bytes, cut at %" PRIu64,
                           name.size, nbytes_max);
    return PROV_OK;
}

static int
begin_unit(struct walk *walk, struct sight *sight, struct item **item)
{
    struct item_head head = {.kind = ITEM_FILE,
                             .parent = ITEM_NO_PARENT,
                             .flags = flags_of(sight),
                             .size_declared = UINT64_MAX,
                             .mtime = INT64_MIN,
                             .format = format_of(sight)};
    TRY(sink_of(walk)->begin(sink_of(walk), &head, item));
    walk->reading.nmembers++;
    if (sight->too_deep)
        TRY(sink_defect(sink_of(walk), *item, DEFECT_LIMIT_DEPTH, 0, "not opened: no layers are allowed"));
    /* The file's own name was chosen by whoever made the dataset, just as those of members were. */
    return walk->options->name.size ? report_name(walk, *item, walk->options->name) : PROV_OK;
}

static int
report_relations(struct walk *walk, struct item *item, const struct member *member)
{
    static const struct {
        enum name_relation relation;
        enum defect defect;
        const char *words;
    } table[] = {
        {NAME_DUPLICATE, DEFECT_ARCHIVE_DUPLICATE_NAME, "an earlier member has the same path"},
        {NAME_SYMLINK_ESCAPES, DEFECT_PATH_SYMLINK_ESCAPE, "symlink leads out of the archive"},
        {NAME_HARDLINK_ESCAPES, DEFECT_PATH_HARDLINK_ESCAPE, "hard link leads out of the archive"},
        {NAME_HARDLINK_DANGLES, DEFECT_ARCHIVE_DANGLING_LINK,
         "no earlier member is the target of this hard link"},
        {NAME_BEHIND_ESCAPE, DEFECT_PATH_SYMLINK_ESCAPE, "path leads through a symlink out of the archive"},
    };
    unsigned relations;
    TRY(name_set_add(&walk->levels[walk->nlevels - 1].names, member, &relations));
    for (size_t i = 0; relations && i < sizeof table / sizeof table[0]; i++)
        if (relations & table[i].relation)
            TRY(sink_defect(sink_of(walk), item, table[i].defect, 0, "%s", table[i].words));
    if (member->kind == ITEM_SPECIAL)
        TRY(sink_defect(sink_of(walk), item, DEFECT_ARCHIVE_SPECIAL_MEMBER, 0, "device, FIFO or socket"));
    if (member->content && (member->kind == ITEM_HARDLINK || member->kind == ITEM_SYMLINK))
        TRY(sink_defect(sink_of(walk), item, DEFECT_ARCHIVE_LINK, 0, "link with data of its own"));
    return PROV_OK;
}

static int
begin_member(struct walk *walk, const struct member *member, struct sight *sight, struct item **item)
{
    struct level *level = &walk->levels[walk->nlevels - 1];
    struct bytes name = member->name;
    if (name.size > walk->reading.limits->name_bytes)
        name.size = (size_t)walk->reading.limits->name_bytes;
    TRY(buf_append(&walk->path, name.data, name.size));
    struct item_head head = {.kind = member->kind,
                             .parent = level->item->ordinal,
                             .flags =
                                 member->flags | flags_of(sight) | (member->content ? 0 : ITEM_NO_CONTENT),
                             .path = buf_bytes(&walk->path),
                             .name_offset = (uint32_t)level->path_size,
                             .link = member->link,
                             .size_declared = member->size_declared,
                             .mtime = member->mtime,
                             .format = format_of(sight)};
    TRY(sink_of(walk)->begin(sink_of(walk), &head, item));
    walk->reading.nmembers++;
    if (sight->too_deep)
        TRY(sink_defect(sink_of(walk), *item, DEFECT_LIMIT_DEPTH, 0, "not opened: %u layers lie above it",
                        level->nlayers));
    TRY(level->reader->begun(level->reader, *item));
    if (!level->is_archive)
        return PROV_OK;
    TRY(report_name(walk, *item, member->name));
    return report_relations(walk, *item, member);
}

static int
enter_member(struct walk *walk, const struct member *member)
{
    struct sight sight = {0};
    bool looks = member->content && member->kind == ITEM_FILE && !(member->flags & ITEM_ENCRYPTED);
    if (looks) {
        struct bytes head = {NULL, 0};
        int status = stream_peek(member->content, FORMAT_HEAD_BYTES, &head);
        if (status != PROV_OK && status != PROV_E_DATA)
            return status;
        sight = look(walk, head, walk->levels[walk->nlevels - 1].nlayers);
    }
    struct item *item = NULL;
    TRY(begin_member(walk, member, &sight, &item));
    return member->content ? descend(walk, item, member->content, &sight) : end_item(walk, item);
}

static int
report_dangling(struct walk *walk, struct level *level)
{
    struct bytes example = {NULL, 0};
    uint64_t ndangling = name_set_dangling(&level->names, &example);
    if (ndangling == 0)
        return PROV_OK;
    char name[FAULT_TEXT_BYTES];
    faults_clean(example, name, sizeof name);
    return sink_defect(sink_of(walk), level->item, DEFECT_ARCHIVE_DANGLING_LINK, 0,
                       "%" PRIu64 " symlinks lead to no member, the first is '%s'", ndangling, name);
}

static void
cut_path(struct walk *walk, size_t size)
{
    walk->path.size = size;
    if (walk->path.data)
        walk->path.data[size] = 0;
}

/* A read beside the stream failed: what was seen of the container may not be all. */
static int
tell_fault(struct walk *walk, struct item *item)
{
    if (!walk->reading.read_fault)
        return PROV_OK;
    walk->reading.read_fault = false;
    return sink_defect(sink_of(walk), item, DEFECT_FS_IO_ERROR, 0, "a part that tells what it is or holds could not be read");
}

/* No more members: read what is left of the container, end it, and go back to the one around it. */
static int
leave(struct walk *walk)
{
    struct level *level = &walk->levels[walk->nlevels - 1];
    struct item *item = level->item;
    TRY(report_dangling(walk, level));
    TRY(level_drain(level));
    TRY(tell_fault(walk, item));
    level_close(level);
    walk->nlevels--;
    return end_item(walk, item);
}

static int
step(struct walk *walk)
{
    struct level *level = &walk->levels[walk->nlevels - 1];
    if (!level->reader || walk->reading.nrefusals > REFUSALS_MAX)
        return leave(walk);
    cut_path(walk, level->path_size);
    struct member member = {.size_declared = UINT64_MAX, .mtime = INT64_MIN};
    int status = level->reader->next(level->reader, &member);
    if (status == PROV_E_DATA)
        return leave(walk);
    TRY(status);
    if (walk->reading.nmembers > walk->reading.limits->members) {
        TRY(sink_defect(sink_of(walk), level->item, DEFECT_LIMIT_MEMBERS, 0,
                        "more than %" PRIu64 " members: the rest was not read",
                        walk->reading.limits->members));
        return leave(walk);
    }
    return enter_member(walk, &member);
}

/* The first bytes of the file, before an item exists that a fault could be reported on. */
static struct bytes
file_head(struct walk *walk, uint8_t *buffer, size_t size)
{
    return (struct bytes){buffer, read_at(walk->options->fd, buffer, size, 0, &walk->reading.read_fault)};
}

static int
walk_unit(struct walk *walk)
{
    uint8_t head[FORMAT_HEAD_BYTES];
    struct bytes start = file_head(walk, head, sizeof head);
    struct sight sight = look(walk, start, 0);
    if (sight.codec == CODEC_NONE && !sight.format) {
        TRY(format_detect_inside(walk->options->fd, walk->base.file_bytes, start, &sight.start, &sight.format,
                                 &walk->reading.read_fault));
        sight.too_deep = sight.format && nlayers_max(walk) == 0;
    }
    struct item *item = NULL;
    TRY(begin_unit(walk, &sight, &item));
    TRY(tell_fault(walk, item));
    TRY(stream_open_file(walk->options->fd, &walk->reading, item, &walk->file));
    TRY(descend(walk, item, walk->file, &sight));
    while (walk->nlevels)
        TRY(step(walk));
    return PROV_OK;
}

int
read_unit(const struct read_unit_options *options, struct sink *sink, struct err *err)
{
    struct walk walk = {
        .options = options,
        .reading = {.sink = sink, .limits = options->limits, .progress = options->progress, .err = err}};
    struct stat state;
    walk.base = (struct level_base){.reading = &walk.reading, .fd = options->fd};
    if (fstat(options->fd, &state) == 0 && state.st_size > 0)
        walk.base.file_bytes = (uint64_t)state.st_size;
    int status = walk_unit(&walk);
    while (walk.nlevels)
        level_close(&walk.levels[--walk.nlevels]);
    stream_close(walk.file);
    buf_finish(&walk.path);
    free(walk.levels);
    return status == PROV_E_MEMORY ? err_set(err, status, "no memory to read on") : status;
}

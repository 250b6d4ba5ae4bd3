/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory at the end of a zip file:
 *
 *     prefix? │ local headers and data ... │ entry │ entry ... │ ZIP64 records? │ end 22, comment │ ...
 *             ▲ base                       ▲ directory                          ▲ end
 *
 * The end record is searched from the back, as far as a comment can reach. The directory lies right
 * before it, whatever offset it states: the difference is what somebody put in front of the archive (a
 * self-extractor, another file), and is added to all offsets. Only when no entry is found there is the
 * stated offset tried.
 *
 * Of each member only two offsets are kept (16 bytes), and entries are read again when their turn comes:
 * so ten million members take 160 MB, and their names none.
 */
#include "ingest/zip_directory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/le.h"
#include "ingest/read_at.h"

enum { WINDOW_BYTES = 256 << 10, TAIL_BYTES = ZIP_END_BYTES + UINT16_MAX };

/** The end record, its ZIP64 twin applied. */
struct end_record {
    uint64_t offset; /**< of the end record in the file */
    uint64_t start;  /**< of the first record that belongs to the end: ZIP64 ones come before */
    uint64_t nentries, size, stated; /**< of the directory: entries, bytes, offset */
    uint32_t disk, directory_disk;
    bool wide; /**< a ZIP64 end record was found */
    uint32_t comment_size;
};

struct bytes
zip_directory_view(struct zip_directory *directory, uint64_t offset, size_t wanted)
{
    uint64_t end = directory->window_offset + directory->window_size;
    if (offset < directory->window_offset || offset >= end || end - offset < wanted) {
        directory->window_offset = offset;
        directory->window_size = read_at(directory->fd, directory->window, WINDOW_BYTES, offset, directory->fault);
    }
    size_t skip = (size_t)(offset - directory->window_offset);
    return (struct bytes){directory->window + skip, directory->window_size - skip};
}

bool
zip_directory_entry(struct zip_directory *directory, const struct zip_place *place, struct zip_header *header)
{
    struct bytes entry = zip_directory_view(directory, place->central, ZIP_CENTRAL_BYTES);
    size_t size = zip_central_size(entry);
    if (size == 0)
        return false;
    entry = zip_directory_view(directory, place->central, size);
    if (entry.size < size)
        return false;
    zip_central_parse(entry, header);
    return true;
}

static bool
is_entry(struct zip_directory *directory, uint64_t offset)
{
    struct bytes view = zip_directory_view(directory, offset, 4);
    return view.size >= 4 && le32(view.data) == ZIP_CENTRAL;
}

/* Apply the ZIP64 end record, when the locator before the end record leads to one. */
static void
widen(struct zip_directory *directory, struct end_record *end)
{
    if (end->offset < ZIP_LOCATOR64_BYTES)
        return;
    uint64_t locator = end->offset - ZIP_LOCATOR64_BYTES;
    struct bytes view = zip_directory_view(directory, locator, ZIP_LOCATOR64_BYTES);
    if (view.size < ZIP_LOCATOR64_BYTES || le32(view.data) != ZIP_LOCATOR64)
        return;
    uint64_t stated = le64(view.data + 8);
    /* Behind a prefix the stated offset is wrong; the record itself is nearly always right before. */
    uint64_t candidates[] = {stated, locator >= ZIP_END64_BYTES ? locator - ZIP_END64_BYTES : stated};
    for (size_t i = 0; i < 2; i++) {
        view = zip_directory_view(directory, candidates[i], ZIP_END64_BYTES);
        if (candidates[i] > locator || view.size < ZIP_END64_BYTES || le32(view.data) != ZIP_END64)
            continue;
        end->start = candidates[i];
        end->wide = true;
        end->disk = le32(view.data + 16);
        end->directory_disk = le32(view.data + 20);
        end->nentries = le64(view.data + 32);
        end->size = le64(view.data + 40);
        end->stated = le64(view.data + 48);
        return;
    }
}

static void
parse_end(struct zip_directory *directory, const uint8_t *at, uint64_t offset, struct end_record *end)
{
    *end = (struct end_record){
        .offset = offset,
        .start = offset,
        .disk = le16(at + 4),
        .directory_disk = le16(at + 6),
        .nentries = le16(at + 10),
        .size = le32(at + 12),
        .stated = le32(at + 16),
        .comment_size = le16(at + 20),
    };
    widen(directory, end);
}

/* Where the directory begins, if it is where this end record says. */
static bool
locate(struct zip_directory *directory, const struct end_record *end, uint64_t *start, uint64_t *base)
{
    *base = 0;
    *start = end->stated;
    if (end->size == 0 && end->nentries == 0) {
        *start = end->start;
        *base = end->start >= end->stated ? end->start - end->stated : 0;
        return true;
    }
    if (end->size <= end->start && is_entry(directory, end->start - end->size)) {
        *start = end->start - end->size;
        *base = *start >= end->stated ? *start - end->stated : 0;
        return true;
    }
    return end->stated < end->start && is_entry(directory, end->stated);
}

/*
 * The last end record that leads to a directory. One whose comment ends where the file does is preferred
 * to a later one: the comment may itself look like an end record.
 */
static bool
find_end(struct zip_directory *directory, uint64_t file_size, struct end_record *best)
{
    static const uint8_t signature[] = {'P', 'K', 5, 6};
    uint64_t offset = file_size > TAIL_BYTES ? file_size - TAIL_BYTES : 0;
    size_t size = (size_t)(file_size - offset);
    uint8_t *tail = directory->window + WINDOW_BYTES;
    struct bytes view = zip_directory_view(directory, offset, size);
    size = view.size < size ? view.size : size;
    memcpy(tail, view.data, size);
    bool found = false, exact = false;
    for (size_t i = size < ZIP_END_BYTES ? 0 : size - ZIP_END_BYTES + 1; i-- > 0 && !exact;) {
        if (memcmp(tail + i, signature, sizeof signature) != 0)
            continue;
        struct end_record end;
        uint64_t start, base;
        parse_end(directory, tail + i, offset + i, &end);
        bool fits = i + ZIP_END_BYTES + end.comment_size == size;
        if (!locate(directory, &end, &start, &base) || (found && !fits))
            continue;
        *best = end;
        found = true;
        exact = fits;
    }
    return found;
}

static int
report(const struct reader_input *input, enum defect defect, uint64_t offset, const char *words)
{
    return input->reading->sink->defect(input->reading->sink, input->item, defect, offset, words);
}

static int
add_place(struct zip_directory *directory, struct zip_place place, size_t *capacity)
{
    if (directory->nplaces == *capacity) {
        size_t wanted = *capacity ? *capacity * 2 : 64;
        struct zip_place *places = reallocarray(directory->places, wanted, sizeof *places);
        if (!places)
            return PROV_E_MEMORY;
        directory->places = places;
        *capacity = wanted;
    }
    directory->places[directory->nplaces++] = place;
    return PROV_OK;
}

/* List the entries from start on. @param end  where they really end */
static int
list_entries(struct zip_directory *directory, const struct reader_input *input, uint64_t start, uint64_t *end)
{
    size_t capacity = 0;
    uint64_t limit = *end;
    uint64_t nplaces_max = input->reading->limits->members;
    while (start < limit && directory->nplaces <= nplaces_max) {
        struct zip_place place = {.central = start};
        struct zip_header header;
        if (!zip_directory_entry(directory, &place, &header))
            break;
        size_t size = ZIP_CENTRAL_BYTES + header.name.size + header.extra.size + header.comment.size;
        if (size > limit - start)
            break;
        if (__builtin_add_overflow(directory->base, header.offset, &place.local))
            place.local = UINT64_MAX;
        TRY(add_place(directory, place, &capacity));
        start += size;
        reading_advance(input->reading, size);
    }
    *end = start;
    return PROV_OK;
}

static int
compare_places(const void *a, const void *b)
{
    const struct zip_place *left = a, *right = b;
    if (left->local != right->local)
        return left->local < right->local ? -1 : 1;
    return (left->central > right->central) - (left->central < right->central);
}

static void
sort_places(struct zip_directory *directory)
{
    for (size_t i = 1; i < directory->nplaces; i++)
        if (compare_places(&directory->places[i - 1], &directory->places[i]) > 0) {
            qsort(directory->places, directory->nplaces, sizeof directory->places[0], compare_places);
            return;
        }
}

static int
check_end(struct zip_directory *directory, const struct reader_input *input, const struct end_record *end)
{
    uint64_t listed = end->wide ? directory->nplaces : directory->nplaces & UINT16_MAX;
    if (end->disk || end->directory_disk)
        TRY(report(input, DEFECT_ARCHIVE_MULTIVOLUME, end->offset, "the last of several volumes"));
    else if (listed != end->nentries && directory->nplaces <= input->reading->limits->members)
        TRY(sink_defect(input->reading->sink, input->item, DEFECT_ARCHIVE_HEADER_DISAGREE, end->offset,
                        "the directory lists %zu members, its end record counts %" PRIu64, directory->nplaces,
                        end->nentries));
    return PROV_OK;
}

static bool
is_local(struct zip_directory *directory, uint64_t offset)
{
    struct bytes view = zip_directory_view(directory, offset, 4);
    return view.size >= 4 && le32(view.data) == ZIP_LOCAL;
}

/*
 * When the directory is not where the end record says, all offsets are taken to be shifted alike. If only the
 * end record lies, the first member shows it: it is where its entry says, and not where the shift would put
 * it.
 */
static int
check_base(struct zip_directory *directory, const struct reader_input *input, uint64_t start,
           const struct end_record *end)
{
    struct zip_header first;
    if (directory->base == 0 ||
        !zip_directory_entry(directory, &(struct zip_place){.central = start}, &first))
        return PROV_OK;
    uint64_t offset = first.offset; /* the header's bytes go when another part of the file is viewed */
    if (is_local(directory, directory->base + offset) || !is_local(directory, offset))
        return PROV_OK;
    directory->base = 0;
    return report(input, DEFECT_ARCHIVE_HEADER_DISAGREE, end->offset,
                  "the end record states a place of the directory where it is not");
}

int
zip_directory_read(struct zip_directory *directory, const struct reader_input *input)
{
    struct end_record end;
    uint64_t start;
    directory->fd = input->fd;
    directory->fault = &input->reading->read_fault;
    directory->window = malloc(WINDOW_BYTES + TAIL_BYTES);
    if (!directory->window)
        return PROV_E_MEMORY;
    if (!find_end(directory, input->size, &end)) {
        directory->base = 0;
        return report(input, DEFECT_ARCHIVE_TRUNCATED, input->size,
                      "no central directory: members are found by their local headers");
    }
    (void)locate(directory, &end, &start, &directory->base);
    TRY(check_base(directory, input, start, &end));
    directory->found = true;
    uint64_t entries_end = end.start;
    TRY(list_entries(directory, input, start, &entries_end));
    sort_places(directory);
    directory->comment_offset = end.offset + ZIP_END_BYTES;
    directory->comment_size = end.comment_size;
    uint64_t left = input->size - directory->comment_offset;
    if (directory->comment_size > left)
        directory->comment_size = (uint32_t)left;
    directory->regions[0] = (struct zip_region){start, entries_end};
    directory->regions[1] = (struct zip_region){end.start, end.offset};
    directory->regions[2] =
        (struct zip_region){end.offset, directory->comment_offset + directory->comment_size};
    return check_end(directory, input, &end);
}

/* Most files have no end record at all: that is settled without more than one read. */
static bool
tail_has_end(int fd, uint64_t size, uint8_t *tail, bool *fault)
{
    static const uint8_t signature[] = {'P', 'K', 5, 6};
    uint64_t offset = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
    size_t nread = read_at(fd, tail, TAIL_BYTES, offset, fault);
    return memmem(tail, nread, signature, sizeof signature) != NULL;
}

int
zip_directory_detect(int fd, uint64_t size, bool *found, bool *fault)
{
    *found = false;
    if (size < ZIP_END_BYTES || size > INT64_MAX)
        return PROV_OK;
    uint8_t *tail = malloc(TAIL_BYTES);
    if (!tail)
        return PROV_E_MEMORY;
    bool worthwhile = tail_has_end(fd, size, tail, fault);
    free(tail);
    if (!worthwhile)
        return PROV_OK;
    struct zip_directory directory = {.fd = fd, .fault = fault, .window = malloc(WINDOW_BYTES + TAIL_BYTES)};
    if (!directory.window)
        return PROV_E_MEMORY;
    struct end_record end = {0};
    *found = find_end(&directory, size, &end) && end.nentries > 0;
    free(directory.window);
    return PROV_OK;
}

void
zip_directory_finish(struct zip_directory *directory)
{
    free(directory->places);
    free(directory->window);
    *directory = (struct zip_directory){0};
}

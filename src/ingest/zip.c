/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zip, by a reader of our own: one pass from the first byte to the last.
 *
 * A zip file describes each member twice, in a local header before its data and in the directory at the
 * end, and nothing makes the two agree. Programs read one or the other, so a file can show a scanner one
 * thing and its victim another. Here the file is read in the order of its bytes, and the directory is
 * used as a map that must account for all of them:
 *
 *     0 ─ prefix ─ [local header, data, descriptor] ─ gap ─ [local header, data] ─ directory, end ─ trailing
 * ─ size ▲ no member begins here                      ▲ searched for local headers that the directory hides
 *
 * Members come in the order of their place. One that begins before the place already reached shares bytes
 * with another: it is listed, not decoded (archive.overlap). So every byte is decoded at most once, which
 * is why a bomb of overlapping members costs no more than its first. What lies between members is searched
 * for local headers, whose members are read as well (archive.hidden_member); without a directory all
 * members are found that way.
 *
 * Not libarchive: in 3.6.2 it shows one of n members on one local header, none of the hidden ones, nothing
 * behind the end, and takes the local name for the member's.
 *
 * Source: PKWARE's APPNOTE.TXT 6.3.10; D. Fifield, "A better zip bomb" (WOOT 2019), on overlaps.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ingest/gzip.h"
#include "ingest/le.h"
#include "ingest/member_name.h"
#include "ingest/stored.h"
#include "ingest/zip_content.h"
#include "ingest/zip_directory.h"

enum { SEARCH_BYTES = 64 << 10, EXTRA_UNICODE_PATH = 0x7075, EXTRA_AES = 0x9901 };

/** What was found between members. */
struct zip_gaps {
    uint64_t prefix, gap, trailing; /**< bytes that are neither member nor directory, but for zeros */
    uint64_t prefix_at, gap_at, trailing_at; /**< where the first of each kind is */
    uint64_t ends, end_at;                   /**< other end records, and where the first is */
};

struct zip {
    struct reader reader;
    struct reader_input input;
    struct zip_directory directory;
    struct zip_content content;
    struct faults faults; /**< of the present member */
    size_t next;          /**< index of the next place */
    uint64_t nmembers;
    uint64_t data_offset;      /**< where the present member's data begins */
    bool describes;            /**< the present member's data is followed by a descriptor */
    bool zip64;                /**< with sizes of 64 bits */
    struct zip_header present; /**< of the present member: numbers only */
    struct buf name, link;
    struct zip_gaps gaps;
    bool ended;
};

static struct stream *
stream_of(struct zip *zip)
{
    return zip->input.stream;
}

static uint64_t
position(const struct zip *zip)
{
    return zip->input.stream->offset;
}

static int
report(struct zip *zip, enum defect defect, uint64_t offset, const char *words)
{
    return zip->input.reading->sink->defect(zip->input.reading->sink, zip->input.item, defect, offset, words);
}

static int
fault(struct zip *zip, enum defect defect, const char *words)
{
    return faults_add(&zip->faults, zip->input.reading, defect, position(zip), "%s", words);
}

static uint64_t
smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- the end of a member ---- */

/* Does a descriptor with sizes of this width stand here? */
static bool
is_descriptor(struct bytes head, size_t at, bool wide, const struct zip_header *expected)
{
    size_t width = wide ? 8 : 4;
    if (head.size < at + 4 + 2 * width)
        return false;
    const uint8_t *field = head.data + at;
    uint64_t packed = wide ? le64(field + 4) : le32(field + 4);
    uint64_t size = wide ? le64(field + 12) : le32(field + 8);
    uint64_t mask = wide ? UINT64_MAX : UINT32_MAX;
    return le32(field) == expected->crc && packed == (expected->packed & mask) &&
           size == (expected->size & mask);
}

/*
 * Take the descriptor behind the data: a checksum and two sizes, of 4 or 8 bytes each, with or without a
 * signature before them.
 */
static int
take_descriptor(struct zip *zip, const struct zip_header *expected)
{
    struct bytes head = {NULL, 0};
    TRY(stream_peek(stream_of(zip), 24, &head));
    size_t at = head.size >= 4 && le32(head.data) == ZIP_DESCRIPTOR ? 4 : 0;
    size_t first = zip->zip64 ? 1 : 0;
    for (size_t i = 0; i < 2; i++) {
        bool wide = (first + i) % 2 == 1;
        if (is_descriptor(head, at, wide, expected)) {
            stream_take(stream_of(zip), at + 4 + (wide ? 16 : 8));
            return PROV_OK;
        }
    }
    if (at == 0 && is_descriptor(head, 0, false, expected))
        return PROV_OK;
    uint64_t offset = position(zip);
    if (at)
        stream_take(stream_of(zip), smaller(head.size, at + 4 + (zip->zip64 ? 16 : 8)));
    return sink_defect(zip->input.reading->sink, zip->input.item, DEFECT_ARCHIVE_HEADER_DISAGREE, offset,
                       "the descriptor behind a member %s", at ? "does not agree with it" : "is missing");
}

/* Leave the present member behind. */
static int
finish_member(struct zip *zip)
{
    TRY(zip_content_finish(&zip->content));
    if (!zip->describes)
        return PROV_OK;
    zip->describes = false;
    if (!zip->content.sized) {
        zip->present.crc = zip->content.crc;
        zip->present.size = zip->content.size;
        zip->present.packed = position(zip) - zip->data_offset;
    }
    return take_descriptor(zip, &zip->present);
}

/* ---- one member ---- */

static int
add_name_faults(struct zip *zip, struct bytes name)
{
    unsigned faults = member_name_faults(name);
    for (unsigned bit = 0; faults && bit < NAME_FAULT_COUNT; bit++) {
        const char *words;
        enum defect defect = member_name_defect((enum name_fault)(1u << bit), &words);
        if (faults & (1u << bit))
            TRY(faults_add(&zip->faults, zip->input.reading, defect, position(zip), "its other %s", words));
    }
    return PROV_OK;
}

static bool
is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] >= 0x80)
            return false;
    return true;
}

/* Info-ZIP's Unicode path: version 1, CRC32 of the plain name, the name in UTF-8. */
static int
check_unicode_path(struct zip *zip, const struct zip_header *header)
{
    struct bytes field = zip_extra_find(header->extra, EXTRA_UNICODE_PATH);
    if (field.size < 5)
        return PROV_OK;
    struct bytes name = {field.data + 5, field.size - 5};
    if (le32(field.data + 1) != gzip_crc32(0, header->name.data, header->name.size))
        TRY(fault(zip, DEFECT_ARCHIVE_HEADER_DISAGREE, "its Unicode path belongs to another name"));
    else if (is_ascii(header->name) && !bytes_equal(name, header->name))
        TRY(fault(zip, DEFECT_ARCHIVE_HEADER_DISAGREE, "its Unicode path is another name"));
    return add_name_faults(zip, name);
}

/* Both headers of one member. What follows the data may be left out of the local one. */
static int
compare(struct zip *zip, const struct zip_header *central, const struct zip_header *local)
{
    enum { FLAGS = ZIP_ENCRYPTED | ZIP_STRONG | ZIP_UTF8 };
    bool masked = (central->flags & ZIP_MASKED) || (local->flags & ZIP_MASKED);
    bool later = (local->flags & ZIP_DESCRIBED) && local->crc == 0;
    bool wide = local->packed == UINT32_MAX || local->size == UINT32_MAX;
    bool sizes = local->packed == central->packed && local->size == central->size;
    const char *what = NULL;
    if (!bytes_equal(local->name, central->name) && !masked)
        what = "names";
    else if (local->method != central->method)
        what = "methods";
    else if ((local->flags & FLAGS) != (central->flags & FLAGS))
        what = "flags";
    else if (local->crc != central->crc && !later && !masked)
        what = "checksums";
    else if (!sizes && !later && !wide && !masked)
        what = "sizes";
    if (!what)
        return PROV_OK;
    TRY(faults_add(&zip->faults, zip->input.reading, DEFECT_ARCHIVE_HEADER_DISAGREE, position(zip),
                   "local header and directory state different %s", what));
    return bytes_equal(local->name, central->name) ? PROV_OK : add_name_faults(zip, local->name);
}

static enum item_kind
kind_of(const struct zip_header *header)
{
    enum { SYSTEM_UNIX = 3, SYSTEM_DARWIN = 19, DOS_FOLDER = 0x10 };
    unsigned system = header->version_made >> 8;
    unsigned mode = system == SYSTEM_UNIX || system == SYSTEM_DARWIN ? header->attributes >> 16 : 0;
    if (S_ISLNK(mode))
        return ITEM_SYMLINK;
    if (S_ISCHR(mode) || S_ISBLK(mode) || S_ISFIFO(mode) || S_ISSOCK(mode))
        return ITEM_SPECIAL;
    bool slash = header->name.size && header->name.data[header->name.size - 1] == '/';
    if (S_ISDIR(mode) || slash || (mode == 0 && (header->attributes & DOS_FOLDER)))
        return ITEM_DIRECTORY;
    return ITEM_FILE;
}

/* A symlink's target is its data. */
static int
read_link(struct zip *zip, struct member *member)
{
    struct bytes head = {NULL, 0};
    size_t size_max = (size_t)smaller(zip->input.reading->limits->name_bytes, 1 << 20);
    int status = stream_peek(member->content, size_max + 1, &head);
    if (status != PROV_OK && status != PROV_E_DATA)
        return status;
    if (head.size > size_max) {
        member->kind = ITEM_FILE;
        return fault(zip, DEFECT_ARCHIVE_LINK, "a symlink whose target is too long to be one");
    }
    buf_clear(&zip->link);
    TRY(buf_append(&zip->link, head.data, head.size));
    member->link = buf_bytes(&zip->link);
    member->content = NULL;
    return PROV_OK;
}

static void
skip_data(struct zip *zip, uint64_t packed)
{
    zip->content.stored.left = packed;
    zip->content.sized = true;
}

/* The data begins here: give it out, or say why not. */
static int
begin_data(struct zip *zip, const struct zip_header *header, bool sized, struct member *member)
{
    zip->present = *header;
    zip->data_offset = position(zip);
    zip->zip64 = header->zip64;
    zip->describes = (header->flags & ZIP_DESCRIBED) != 0;
    member->size_declared = sized ? header->size : UINT64_MAX;
    if (header->flags & (ZIP_ENCRYPTED | ZIP_STRONG | ZIP_MASKED) || header->method == ZIP_AES) {
        member->flags |= ITEM_ENCRYPTED;
        skip_data(zip, sized ? header->packed : 0);
        zip->describes = zip->describes && sized;
        return fault(zip, DEFECT_ARCHIVE_ENCRYPTED,
                     header->method == ZIP_AES ? "encrypted with AES" : "encrypted with PKWARE's cipher");
    }
    if (!sized && header->method != ZIP_DEFLATE) {
        skip_data(zip, 0);
        zip->describes = false;
        return fault(zip, DEFECT_ARCHIVE_TRUNCATED, "its size is not known without the directory");
    }
    int status = zip_content_begin(&zip->content, header, sized);
    if (status == PROV_E_DATA) {
        skip_data(zip, header->packed);
        return PROV_OK;
    }
    TRY(status);
    /* An empty folder may be deflated: two bytes that decode to none. */
    bool empty = member->kind == ITEM_DIRECTORY && header->packed <= 2;
    if (member->kind == ITEM_FILE || header->size || (header->packed && !empty))
        member->content = &zip->content.stream;
    if (member->kind == ITEM_DIRECTORY && member->content)
        TRY(fault(zip, DEFECT_ARCHIVE_HEADER_DISAGREE, "a folder with data"));
    return member->kind == ITEM_SYMLINK && member->content ? read_link(zip, member) : PROV_OK;
}

/* The whole local header at the present place, valid until something is taken; size 0 when there is none. */
static int
peek_local(struct zip *zip, struct bytes *data)
{
    struct bytes head = {NULL, 0};
    *data = (struct bytes){NULL, 0};
    TRY(stream_peek(stream_of(zip), ZIP_LOCAL_BYTES, &head));
    size_t size = zip_local_size(head);
    if (size == 0)
        return PROV_OK;
    TRY(stream_peek(stream_of(zip), size, &head));
    if (head.size >= size)
        *data = (struct bytes){head.data, size};
    return PROV_OK;
}

static int
set_head(struct zip *zip, const struct zip_header *header, struct member *member)
{
    buf_clear(&zip->name);
    TRY(buf_append(&zip->name, header->name.data, header->name.size));
    member->name = buf_bytes(&zip->name);
    member->kind = kind_of(header);
    member->size_declared = header->size;
    member->mtime = header->mtime;
    if (header->comment.size)
        TRY(faults_add(&zip->faults, zip->input.reading, DEFECT_ARCHIVE_COMMENT, position(zip),
                       "a comment of %zu bytes", header->comment.size));
    return check_unicode_path(zip, header);
}

/* The next member of the directory, whose local header should be here. */
static int
describe_listed(struct zip *zip, struct member *member)
{
    const struct zip_place *place = &zip->directory.places[zip->next++];
    struct zip_header central, local;
    if (!zip_directory_entry(&zip->directory, place, &central))
        return fault(zip, DEFECT_FS_CHANGED_DURING_SCAN, "its entry in the directory is gone");
    TRY(set_head(zip, &central, member));
    if (place->local < position(zip))
        return fault(zip, DEFECT_ARCHIVE_OVERLAP, "its place lies within another member: not read");
    struct bytes data = {NULL, 0};
    int status = place->local == position(zip) ? peek_local(zip, &data) : PROV_OK;
    if (status != PROV_OK && status != PROV_E_DATA)
        return status;
    if (data.size == 0 && place->local >= zip->input.size)
        return fault(zip, DEFECT_ARCHIVE_TRUNCATED, "its place lies behind the end of the file");
    if (data.size == 0)
        return fault(zip, DEFECT_ARCHIVE_CORRUPT, "no local header at its place");
    zip_local_parse(data, &local);
    TRY(compare(zip, &central, &local));
    stream_take(stream_of(zip), data.size);
    uint64_t end;
    const struct zip_region *entries = &zip->directory.regions[0];
    bool wraps = __builtin_add_overflow(position(zip), central.packed, &end);
    if (position(zip) < entries->end && (wraps || end > entries->start))
        TRY(fault(zip, DEFECT_ARCHIVE_OVERLAP, "its data runs into the directory"));
    central.flags |= local.flags & ZIP_DESCRIBED;
    central.zip64 |= local.zip64;
    return begin_data(zip, &central, true, member);
}

/* A member that only its local header speaks of; it ends before bound. */
static int
describe_hidden(struct zip *zip, uint64_t bound, struct bytes data, struct member *member)
{
    struct zip_header local;
    zip_local_parse(data, &local);
    TRY(set_head(zip, &local, member));
    if (zip->directory.found)
        TRY(fault(zip, DEFECT_ARCHIVE_HIDDEN_MEMBER, "the directory does not list it"));
    stream_take(stream_of(zip), data.size);
    bool sized = !(local.flags & ZIP_DESCRIBED) || local.packed || local.method == ZIP_STORED;
    uint64_t room = bound - position(zip);
    if (sized && local.packed > room && bound < zip->input.size) {
        TRY(fault(zip, DEFECT_ARCHIVE_HEADER_DISAGREE, "its data runs into what follows"));
        local.packed = room;
    }
    if (!sized)
        local.packed = room;
    return begin_data(zip, &local, sized, member);
}

/* ---- what lies between members ---- */

static bool
is_zero(struct bytes bytes)
{
    return bytes.size == 0 || (bytes.data[0] == 0 && memcmp(bytes.data, bytes.data + 1, bytes.size - 1) == 0);
}

/* Take bytes that belong to nothing. */
static void
pass_bytes(struct zip *zip, struct bytes bytes)
{
    struct zip_gaps *gaps = &zip->gaps;
    bool last = zip->next == zip->directory.nplaces && position(zip) >= zip->directory.regions[2].end;
    uint64_t *count = last ? &gaps->trailing : zip->nmembers == 0 ? &gaps->prefix : &gaps->gap;
    uint64_t *at = last ? &gaps->trailing_at : zip->nmembers == 0 ? &gaps->prefix_at : &gaps->gap_at;
    if (!is_zero(bytes)) {
        *at = *count ? *at : position(zip);
        *count += bytes.size;
    }
    stream_take(stream_of(zip), bytes.size);
}

/* The first record in bytes that ends a search: a local header or an end record; bytes.size when there is
 * none. */
static size_t
find_record(struct bytes bytes)
{
    size_t at = 0;
    while (at < bytes.size) {
        const uint8_t *letter = memchr(bytes.data + at, 'P', bytes.size - at);
        if (!letter)
            return bytes.size;
        at = (size_t)(letter - bytes.data);
        size_t left = bytes.size - at;
        static const uint8_t signatures[][4] = {{'P', 'K', 3, 4}, {'P', 'K', 5, 6}};
        for (size_t i = 0; i < 2; i++)
            if (memcmp(letter, signatures[i], left < 4 ? left : 4) == 0)
                return at;
        at++;
    }
    return bytes.size;
}

/*
 * Search from here to bound, or as far as one look goes.
 * @param found  true when a member was described
 */
static int
search(struct zip *zip, uint64_t bound, struct member *member, bool *found)
{
    struct bytes head = {NULL, 0}, local = {NULL, 0};
    TRY(stream_peek(stream_of(zip), (size_t)smaller(SEARCH_BYTES, bound - position(zip)), &head));
    if (head.size == 0)
        return PROV_E_DATA;
    head.size = (size_t)smaller(head.size, bound - position(zip));
    size_t at = find_record(head);
    if (at > 0) {
        pass_bytes(zip, (struct bytes){head.data, at});
        return PROV_OK;
    }
    TRY(peek_local(zip, &local));
    if (local.size && local.size <= bound - position(zip) && zip_local_plausible(local)) {
        *found = true;
        return describe_hidden(zip, bound, local, member);
    }
    TRY(stream_peek(stream_of(zip), 4, &head));
    if (head.size >= 4 && bound - position(zip) >= 4 && le32(head.data) == ZIP_END && zip->gaps.ends++ == 0)
        zip->gaps.end_at = position(zip);
    pass_bytes(zip, (struct bytes){head.data, 1});
    return PROV_OK;
}

/* Go from here to target. @return PROV_E_DATA when the file ends before it */
static int
pass_gap(struct zip *zip, uint64_t target, struct member *member, bool *found)
{
    while (position(zip) < target && !*found) {
        uint64_t bound = target, inside = 0;
        for (int i = 0; i < ZIP_REGIONS; i++) {
            const struct zip_region *region = &zip->directory.regions[i];
            if (position(zip) >= region->start && position(zip) < region->end)
                inside = region->end;
            else if (region->start > position(zip) && region->start < region->end)
                bound = smaller(bound, region->start);
        }
        TRY(inside ? stored_skip(stream_of(zip), smaller(inside, target) - position(zip))
                   : search(zip, bound, member, found));
    }
    return PROV_OK;
}

/* ---- the archive ---- */

static int
report_bytes(struct zip *zip, enum defect defect, uint64_t offset, uint64_t nbytes, const char *words)
{
    if (nbytes == 0)
        return PROV_OK;
    return sink_defect(zip->input.reading->sink, zip->input.item, defect, offset, "%" PRIu64 " bytes %s",
                       nbytes, words);
}

/* The last word about the archive. @return PROV_E_DATA, or a status of the sink */
static int
end(struct zip *zip)
{
    const struct zip_gaps *gaps = &zip->gaps;
    zip->ended = true;
    TRY(report_bytes(zip, DEFECT_ARCHIVE_PREFIX_DATA, gaps->prefix_at, gaps->prefix,
                     "before the first member"));
    TRY(report_bytes(zip, DEFECT_ARCHIVE_GAP_DATA, gaps->gap_at, gaps->gap,
                     "between members that belong to none"));
    TRY(report_bytes(zip, DEFECT_ARCHIVE_TRAILING_DATA, gaps->trailing_at, gaps->trailing,
                     "behind the end of the archive"));
    if (gaps->ends)
        TRY(report(zip, DEFECT_ARCHIVE_MULTIPLE, gaps->end_at,
                   "another end record: several archives in one file"));
    return PROV_E_DATA;
}

static int
zip_next(struct reader *reader, struct member *member)
{
    struct zip *zip = (struct zip *)reader;
    if (zip->ended)
        return PROV_E_DATA;
    bool found = false;
    int status = finish_member(zip);
    faults_clear(&zip->faults);
    if (status == PROV_OK) {
        bool listed = zip->next < zip->directory.nplaces;
        uint64_t target = listed ? zip->directory.places[zip->next].local : zip->input.size;
        status = pass_gap(zip, smaller(target, zip->input.size), member, &found);
    }
    if (status != PROV_OK && status != PROV_E_DATA)
        return status;
    if (!found && zip->next == zip->directory.nplaces)
        return end(zip);
    zip->nmembers++;
    return found ? PROV_OK : describe_listed(zip, member);
}

static int
zip_begun(struct reader *reader, struct item *item)
{
    struct zip *zip = (struct zip *)reader;
    return faults_report(&zip->faults, zip->input.reading, item);
}

static void
zip_close(struct reader *reader)
{
    struct zip *zip = (struct zip *)reader;
    zip_content_release(&zip->content);
    zip_directory_finish(&zip->directory);
    buf_finish(&zip->name);
    buf_finish(&zip->link);
    free(zip);
}

/* `git archive` writes the commit into the comment; any other text may hold anything, and is not repeated. */
static int
report_comment(struct zip *zip)
{
    struct zip_directory *directory = &zip->directory;
    if (directory->comment_size == 0)
        return PROV_OK;
    struct bytes text = zip_directory_view(directory, directory->comment_offset, directory->comment_size);
    bool is_commit = directory->comment_size == 40 && text.size >= 40;
    for (size_t i = 0; is_commit && i < 40; i++)
        is_commit = memchr("0123456789abcdef", text.data[i], 16) != NULL;
    struct fact fact = {.kind = FACT_ATTRIBUTE, .code = "git.commit", .evidence = {text.data, 40}};
    struct sink *sink = zip->input.reading->sink;
    if (is_commit)
        return sink->fact(sink, zip->input.item, &fact);
    return sink_defect(sink, zip->input.item, DEFECT_ARCHIVE_COMMENT, directory->comment_offset,
                       "a comment of %" PRIu32 " bytes", directory->comment_size);
}

/* A volume of a split archive begins with a mark. */
static int
take_split_mark(struct zip *zip)
{
    struct bytes head = {NULL, 0};
    int status = stream_peek(stream_of(zip), 8, &head);
    if (status != PROV_OK || head.size < 8 || le32(head.data + 4) != ZIP_LOCAL)
        return status == PROV_E_DATA ? PROV_OK : status;
    bool spanned = le32(head.data) == ZIP_DESCRIPTOR;
    if (!spanned && memcmp(head.data, "PK00", 4) != 0)
        return PROV_OK;
    stream_take(stream_of(zip), 4);
    if (spanned && !zip->directory.found)
        return report(zip, DEFECT_ARCHIVE_MULTIVOLUME, 0, "the first of several volumes");
    return PROV_OK;
}

bool zip_detect(struct bytes head);
reader_open_function zip_open;

bool
zip_detect(struct bytes head)
{
    if (head.size < 4)
        return false;
    uint32_t signature = le32(head.data);
    if (signature == ZIP_END)
        return head.size >= ZIP_END_BYTES;
    if (signature == ZIP_DESCRIPTOR || memcmp(head.data, "PK00", 4) == 0)
        return head.size >= 8 && le32(head.data + 4) == ZIP_LOCAL;
    return signature == ZIP_LOCAL;
}

int
zip_open(const struct reader_input *input, struct reader **reader)
{
    struct zip *zip = calloc(1, sizeof *zip);
    if (!zip)
        return PROV_E_MEMORY;
    zip->reader = (struct reader){zip_next, zip_begun, zip_close};
    zip->input = *input;
    zip_content_init(&zip->content, input->stream, input->reading, &zip->faults);
    int status = zip_directory_read(&zip->directory, input);
    if (status == PROV_OK)
        status = report_comment(zip);
    if (status == PROV_OK)
        status = take_split_mark(zip);
    if (status != PROV_OK) {
        zip_close(&zip->reader);
        return status;
    }
    *reader = &zip->reader;
    return PROV_OK;
}

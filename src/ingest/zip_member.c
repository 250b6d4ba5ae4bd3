/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One member of a zip file: what its two headers say of it and whether they agree, where its data begins, and
 * the descriptor that may follow the data.
 *
 *     local header │ name │ extra fields │ data │ descriptor: signature?, checksum, packed size, size
 *
 * The directory's word counts, since it is what programs go by; each difference is told. The name in the
 * other header, and a Unicode path in an extra field, are looked at as names too: some program will use them.
 */
#include "ingest/zip_member.h"

#include <sys/stat.h>

#include "ingest/gzip.h"
#include "ingest/le.h"
#include "ingest/member_name.h"
#include "ingest/stored.h"

enum { EXTRA_UNICODE_PATH = 0x7075 };

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
    TRY(stream_peek(zip_stream(zip), 24, &head));
    size_t at = head.size >= 4 && le32(head.data) == ZIP_DESCRIPTOR ? 4 : 0;
    size_t first = zip->zip64 ? 1 : 0;
    for (size_t i = 0; i < 2; i++) {
        bool wide = (first + i) % 2 == 1;
        if (is_descriptor(head, at, wide, expected)) {
            stream_take(zip_stream(zip), at + 4 + (wide ? 16 : 8));
            return PROV_OK;
        }
    }
    if (at == 0 && is_descriptor(head, 0, false, expected))
        return PROV_OK;
    uint64_t offset = zip_position(zip);
    if (at)
        stream_take(zip_stream(zip), zip_smaller(head.size, at + 4 + (zip->zip64 ? 16 : 8)));
    return sink_defect(zip->input.reading->sink, zip->input.item, DEFECT_ARCHIVE_HEADER_DISAGREE, offset,
                       "the descriptor behind a member %s", at ? "does not agree with it" : "is missing");
}

int
zip_member_finish(struct zip *zip)
{
    TRY(zip_content_finish(&zip->content));
    if (!zip->describes)
        return PROV_OK;
    zip->describes = false;
    if (!zip->content.sized) {
        zip->present.crc = zip->content.crc;
        zip->present.size = zip->content.size;
        zip->present.packed = zip_position(zip) - zip->data_offset;
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
            TRY(faults_add(&zip->faults, zip->input.reading, defect, zip_position(zip), "its other %s",
                           words));
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
        TRY(zip_fault(zip, DEFECT_ARCHIVE_HEADER_DISAGREE, "its Unicode path belongs to another name"));
    else if (is_ascii(header->name) && !bytes_equal(name, header->name))
        TRY(zip_fault(zip, DEFECT_ARCHIVE_HEADER_DISAGREE, "its Unicode path is another name"));
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
    TRY(faults_add(&zip->faults, zip->input.reading, DEFECT_ARCHIVE_HEADER_DISAGREE, zip_position(zip),
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
    size_t size_max = (size_t)zip_smaller(zip->input.reading->limits->name_bytes, 1 << 20);
    int status = stream_peek(member->content, size_max + 1, &head);
    if (status != PROV_OK && status != PROV_E_DATA)
        return status;
    if (head.size > size_max) {
        member->kind = ITEM_FILE;
        return zip_fault(zip, DEFECT_ARCHIVE_LINK, "a symlink whose target is too long to be one");
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
    zip->data_offset = zip_position(zip);
    zip->zip64 = header->zip64;
    zip->describes = (header->flags & ZIP_DESCRIBED) != 0;
    member->size_declared = sized ? header->size : UINT64_MAX;
    if (header->flags & (ZIP_ENCRYPTED | ZIP_STRONG | ZIP_MASKED) || header->method == ZIP_AES) {
        member->flags |= ITEM_ENCRYPTED;
        skip_data(zip, sized ? header->packed : 0);
        zip->describes = zip->describes && sized;
        return zip_fault(zip, DEFECT_ARCHIVE_ENCRYPTED,
                         header->method == ZIP_AES ? "encrypted with AES" : "encrypted with PKWARE's cipher");
    }
    if (!sized && header->method != ZIP_DEFLATE) {
        skip_data(zip, 0);
        zip->describes = false;
        return zip_fault(zip, DEFECT_ARCHIVE_TRUNCATED, "its size is not known without the directory");
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
        TRY(zip_fault(zip, DEFECT_ARCHIVE_HEADER_DISAGREE, "a folder with data"));
    return member->kind == ITEM_SYMLINK && member->content ? read_link(zip, member) : PROV_OK;
}

int
zip_member_peek_local(struct zip *zip, struct bytes *data)
{
    struct bytes head = {NULL, 0};
    *data = (struct bytes){NULL, 0};
    TRY(stream_peek(zip_stream(zip), ZIP_LOCAL_BYTES, &head));
    size_t size = zip_local_size(head);
    if (size == 0)
        return PROV_OK;
    TRY(stream_peek(zip_stream(zip), size, &head));
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
        TRY(faults_add(&zip->faults, zip->input.reading, DEFECT_ARCHIVE_COMMENT, zip_position(zip),
                       "a comment of %zu bytes", header->comment.size));
    return check_unicode_path(zip, header);
}

static bool
runs_into(uint64_t start, uint64_t size, const struct zip_region *region)
{
    uint64_t end;
    bool wraps = __builtin_add_overflow(start, size, &end);
    return start < region->end && (wraps || end > region->start);
}

/*
 * Data that runs into the directory cannot be all there is to it: the local header's size is taken when that
 * stays before the directory, else what room there is, so that the members behind are not lost with this one.
 */
static int
check_reach(struct zip *zip, const struct zip_header *local, struct zip_header *central)
{
    const struct zip_region *entries = &zip->directory.regions[0];
    uint64_t start = zip_position(zip);
    if (!runs_into(start, central->packed, entries))
        return PROV_OK;
    if (!runs_into(start, local->packed, entries) && !(local->flags & ZIP_DESCRIBED))
        central->packed = local->packed;
    else if (start < entries->start)
        central->packed = entries->start - start;
    return zip_fault(zip, DEFECT_ARCHIVE_OVERLAP, "its data runs into the directory");
}

int
zip_member_describe_listed(struct zip *zip, struct member *member)
{
    const struct zip_place *place = &zip->directory.places[zip->next++];
    struct zip_header central, local;
    if (!zip_directory_entry(&zip->directory, place, &central))
        return zip_fault(zip, DEFECT_FS_CHANGED_DURING_SCAN, "its entry in the directory is gone");
    TRY(set_head(zip, &central, member));
    if (place->local < zip_position(zip))
        return zip_fault(zip, DEFECT_ARCHIVE_OVERLAP, "its place lies within another member: not read");
    struct bytes data = {NULL, 0};
    int status = place->local == zip_position(zip) ? zip_member_peek_local(zip, &data) : PROV_OK;
    if (status != PROV_OK && status != PROV_E_DATA)
        return status;
    if (data.size == 0 && place->local >= zip->input.size)
        return zip_fault(zip, DEFECT_ARCHIVE_TRUNCATED, "its place lies behind the end of the file");
    if (data.size == 0)
        return zip_fault(zip, DEFECT_ARCHIVE_CORRUPT, "no local header at its place");
    zip_local_parse(data, &local);
    TRY(compare(zip, &central, &local));
    stream_take(zip_stream(zip), data.size);
    TRY(check_reach(zip, &local, &central));
    central.flags |= local.flags & ZIP_DESCRIBED;
    central.zip64 |= local.zip64;
    return begin_data(zip, &central, true, member);
}

int
zip_member_describe_hidden(struct zip *zip, uint64_t bound, struct bytes data, struct member *member)
{
    struct zip_header local;
    zip_local_parse(data, &local);
    TRY(set_head(zip, &local, member));
    if (zip->directory.found)
        TRY(zip_fault(zip, DEFECT_ARCHIVE_HIDDEN_MEMBER, "the directory does not list it"));
    stream_take(zip_stream(zip), data.size);
    bool sized = !(local.flags & ZIP_DESCRIBED) || local.packed || local.method == ZIP_STORED;
    uint64_t room = bound - zip_position(zip);
    if (sized && local.packed > room && bound < zip->input.size) {
        TRY(zip_fault(zip, DEFECT_ARCHIVE_HEADER_DISAGREE, "its data runs into what follows"));
        local.packed = room;
    }
    if (!sized)
        local.packed = room;
    return begin_data(zip, &local, sized, member);
}

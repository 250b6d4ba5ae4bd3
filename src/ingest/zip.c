/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zip, by a reader of our own: one pass from the first byte to the last.
 *
 * A zip file describes each member twice, in a local header before its data and in the directory at the
 * end, and nothing makes the two agree. Programs read one or the other, so a file can show a scanner one
 * thing and its victim another. Here the file is read in the order of its bytes, and the directory is
 * used as a map that must account for all of them:
 *
 *     prefix ─ [local header, data, descriptor] ─ gap ─ [local header, data] ─ directory, end ─ trailing
 *     ▲ no member begins here                     ▲ searched for local headers that the directory hides
 *
 * Members come in the order of their place. One that begins before the place already reached shares bytes
 * with another: it is listed, not decoded (archive.overlap). So every byte is decoded at most once, which
 * is why a bomb of overlapping members costs no more than its first. What lies between members is searched
 * for local headers, whose members are read as well (archive.hidden_member); without a directory all
 * members are found that way.
 *
 *     zip.c          the archive: open, next, the last word
 *     zip_member.c   one member: its two headers, its data, its descriptor
 *     zip_gaps.c     what lies between members
 *     zip_content.c  the bytes of a member, decoded and checked
 *
 * Not libarchive: in 3.6.2 it shows one of n members on one local header, none of the hidden ones, nothing
 * behind the end, and takes the local name for the member's.
 *
 * Source: PKWARE's APPNOTE.TXT 6.3.10; D. Fifield, "A better zip bomb" (WOOT 2019), on overlaps.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/git_commit.h"
#include "ingest/le.h"
#include "ingest/zip_gaps.h"
#include "ingest/zip_member.h"

/* The last word about the archive. @return PROV_E_DATA, or a status of the sink */
static int
end(struct zip *zip)
{
    zip->ended = true;
    TRY(zip_gaps_report(zip));
    return PROV_E_DATA;
}

static int
zip_next(struct reader *reader, struct member *member)
{
    struct zip *zip = (struct zip *)reader;
    if (zip->ended)
        return PROV_E_DATA;
    bool found = false;
    int status = zip_member_finish(zip);
    faults_clear(&zip->faults);
    if (status == PROV_OK) {
        bool listed = zip->next < zip->directory.nplaces;
        uint64_t target = listed ? zip->directory.places[zip->next].local : zip->input.size;
        status = zip_gaps_pass(zip, zip_smaller(target, zip->input.size), member, &found);
    }
    if (status != PROV_OK && status != PROV_E_DATA)
        return status;
    if (!found && zip->next == zip->directory.nplaces)
        return end(zip);
    zip->nmembers++;
    return found ? PROV_OK : zip_member_describe_listed(zip, member);
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

/* `git archive` writes the commit into the comment. */
static int
report_comment(struct zip *zip)
{
    struct zip_directory *directory = &zip->directory;
    if (directory->comment_size == 0)
        return PROV_OK;
    struct bytes text = zip_directory_view(directory, directory->comment_offset, directory->comment_size);
    text.size = (size_t)zip_smaller(text.size, directory->comment_size);
    struct fact fact = {.kind = FACT_ATTRIBUTE, .code = "git.commit", .evidence = text};
    struct sink *sink = zip->input.reading->sink;
    if (git_commit_is(text))
        return sink->fact(sink, zip->input.item, &fact);
    return sink_defect(sink, zip->input.item, DEFECT_ARCHIVE_COMMENT, directory->comment_offset,
                       "a comment of %" PRIu32 " bytes", directory->comment_size);
}

/* A volume of a split archive begins with a mark. */
static int
take_split_mark(struct zip *zip)
{
    struct bytes head = {NULL, 0};
    int status = stream_peek(zip_stream(zip), 8, &head);
    if (status != PROV_OK || head.size < 8 || le32(head.data + 4) != ZIP_LOCAL)
        return status == PROV_E_DATA ? PROV_OK : status;
    bool spanned = le32(head.data) == ZIP_DESCRIPTOR;
    if (!spanned && memcmp(head.data, "PK00", 4) != 0)
        return PROV_OK;
    stream_take(zip_stream(zip), 4);
    if (spanned && !zip->directory.found)
        return sink_defect(zip->input.reading->sink, zip->input.item, DEFECT_ARCHIVE_MULTIVOLUME, 0,
                           "the first of several volumes");
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

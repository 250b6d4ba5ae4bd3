/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies between the members of a zip file, before the first and behind the last. The directory's own
 * records are passed over; all else is searched for local headers, whose members nobody lists, and for other
 * end records, and counted. Zeros are padding and count for nothing.
 */
#include "ingest/zip_gaps.h"

#include <inttypes.h>
#include <string.h>

#include "ingest/le.h"
#include "ingest/stored.h"
#include "ingest/zip_member.h"

enum { SEARCH_BYTES = 64 << 10 };

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
    bool last = zip->next == zip->directory.nplaces && zip_position(zip) >= zip->directory.regions[2].end;
    uint64_t *count = last ? &gaps->trailing : zip->nmembers == 0 ? &gaps->prefix : &gaps->gap;
    uint64_t *at = last ? &gaps->trailing_at : zip->nmembers == 0 ? &gaps->prefix_at : &gaps->gap_at;
    if (!is_zero(bytes)) {
        *at = *count ? *at : zip_position(zip);
        *count += bytes.size;
    }
    stream_take(zip_stream(zip), bytes.size);
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
    TRY(stream_peek(zip_stream(zip), (size_t)zip_smaller(SEARCH_BYTES, bound - zip_position(zip)), &head));
    if (head.size == 0)
        return PROV_E_DATA;
    head.size = (size_t)zip_smaller(head.size, bound - zip_position(zip));
    size_t at = find_record(head);
    if (at > 0) {
        pass_bytes(zip, (struct bytes){head.data, at});
        return PROV_OK;
    }
    TRY(zip_member_peek_local(zip, &local));
    if (local.size && local.size <= bound - zip_position(zip) && zip_local_plausible(local)) {
        *found = true;
        return zip_member_describe_hidden(zip, bound, local, member);
    }
    TRY(stream_peek(zip_stream(zip), 4, &head));
    if (head.size >= 4 && bound - zip_position(zip) >= 4 && le32(head.data) == ZIP_END &&
        zip->gaps.ends++ == 0)
        zip->gaps.end_at = zip_position(zip);
    pass_bytes(zip, (struct bytes){head.data, 1});
    return PROV_OK;
}

int
zip_gaps_pass(struct zip *zip, uint64_t target, struct member *member, bool *found)
{
    while (zip_position(zip) < target && !*found) {
        uint64_t bound = target, inside = 0;
        for (int i = 0; i < ZIP_REGIONS; i++) {
            const struct zip_region *region = &zip->directory.regions[i];
            if (zip_position(zip) >= region->start && zip_position(zip) < region->end)
                inside = region->end;
            else if (region->start > zip_position(zip) && region->start < region->end)
                bound = zip_smaller(bound, region->start);
        }
        TRY(inside ? stored_skip(zip_stream(zip), zip_smaller(inside, target) - zip_position(zip))
                   : search(zip, bound, member, found));
    }
    return PROV_OK;
}

static int
report_bytes(struct zip *zip, enum defect defect, uint64_t offset, uint64_t nbytes, const char *words)
{
    if (nbytes == 0)
        return PROV_OK;
    return sink_defect(zip->input.reading->sink, zip->input.item, defect, offset, "%" PRIu64 " bytes %s",
                       nbytes, words);
}

int
zip_gaps_report(struct zip *zip)
{
    const struct zip_gaps *gaps = &zip->gaps;
    TRY(report_bytes(zip, DEFECT_ARCHIVE_PREFIX_DATA, gaps->prefix_at, gaps->prefix,
                     "before the first member"));
    TRY(report_bytes(zip, DEFECT_ARCHIVE_GAP_DATA, gaps->gap_at, gaps->gap,
                     "between members that belong to none"));
    TRY(report_bytes(zip, DEFECT_ARCHIVE_TRAILING_DATA, gaps->trailing_at, gaps->trailing,
                     "behind the end of the archive"));
    struct sink *sink = zip->input.reading->sink;
    return gaps->ends == 0 ? PROV_OK
                           : sink->defect(sink, zip->input.item, DEFECT_ARCHIVE_MULTIPLE, gaps->end_at,
                                          "another end record: several archives in one file");
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the tower of streams of one open container, and takes it down again.
 *
 *     stored bytes ── tee ──► reader                               tar, cpio, ar, rar, cab
 *                     tee ── decoder ──► reader                    tar.gz: one container, "tar+gzip"
 *                     tee ── decoder ──► one member                text.jsonl.gz, and zip.gz
 *                     tee ── spool ── replay ──► reader            zip and 7z inside another archive
 *                     tee ──► reader, which looks ahead in fd      zip that is the unit itself
 *
 * Archives that are read by seeking are not opened behind a codec in the same container, because the
 * decoded archive, which has to be held in memory as a whole, may not fit, and must be a member of its
 * own then to be digested at all.
 */
#include "ingest/level.h"

#include <inttypes.h>
#include <unistd.h>

#include "ingest/filter.h"
#include "ingest/member_name.h"
#include "ingest/spool.h"
#include "ingest/stored.h"
#include "ingest/tee.h"

int
level_note_partial(int status, struct item *item)
{
    if (status != PROV_E_DATA)
        return status;
    item->head.flags |= ITEM_PARTIAL;
    return PROV_OK;
}

/* Copy the container into memory, so that its reader can seek. Without room for it, fd is left at -1. */
static int
spool(struct level *level, struct reader_input *input)
{
    struct level_base *base = level->base;
    uint64_t room = base->reading->limits->spool_bytes;
    room = room > base->spooled_bytes ? room - base->spooled_bytes : 0;
    uint64_t size = 0;
    TRY(level_note_partial(spool_fill(level->tee, room, &level->spool, &size), level->item));
    input->fd = level->spool;
    if (level->spool < 0) {
        level->item->head.flags |= ITEM_OPAQUE;
        return sink_defect(base->reading->sink, level->item, DEFECT_LIMIT_MEMORY, 0,
                           "read by seeking, so it must be held in memory, and larger than the %" PRIu64
                           " bytes left for that",
                           room);
    }
    input->size = level->spool_bytes = size;
    base->spooled_bytes += size;
    return PROV_OK;
}

/* Give a seeking reader its bytes: the file itself, or a copy of what lies inside another archive. */
static int
make_seekable(struct level *level, const struct level_plan *plan, struct reader_input *input)
{
    enum reader_access access = plan->format->access;
    if (plan->is_unit) {
        input->fd = level->base->fd;
        input->start = plan->start;
        input->size = level->base->file_bytes > plan->start ? level->base->file_bytes - plan->start : 0;
        if (access == READER_SEEKS)
            TRY(level_note_partial(stream_drain(level->tee), level->item));
    } else {
        TRY(spool(level, input));
        if (input->fd >= 0 && access == READER_BOTH)
            TRY(stream_open_file(input->fd, input->reading, level->item, &level->replay));
        input->stream = level->replay;
    }
    if (access == READER_SEEKS)
        input->stream = NULL;
    return PROV_OK;
}

static bool
needs_seeking(const struct format *format)
{
    return format->access == READER_SEEKS || format->access == READER_BOTH;
}

/* What lies before the archive: a self-extractor, most often. */
static int
pass_prefix(struct level *level, const struct level_plan *plan, struct reader_input *input)
{
    TRY(sink_defect(input->reading->sink, level->item, DEFECT_ARCHIVE_PREFIX_DATA, 0,
                    "%" PRIu64 " bytes before the archive", plan->start));
    return input->stream ? level_note_partial(stored_skip(input->stream, plan->start), level->item) : PROV_OK;
}

static int
open_archive(struct level *level, const struct level_plan *plan)
{
    struct reader_input input = {.reading = level->base->reading,
                                 .item = level->item,
                                 .stream = level->decoder ? level->decoder : level->tee,
                                 .fd = -1};
    level->item->head.format = plan->format->names[level->codec];
    bool looks = plan->format->access == READER_LOOKS && plan->is_unit && !level->decoder;
    if (needs_seeking(plan->format) || looks) {
        TRY(make_seekable(level, plan, &input));
        if (input.fd < 0)
            return PROV_OK;
    }
    level->is_archive = true;
    level->nlayers++;
    if (plan->start)
        TRY(pass_prefix(level, plan, &input));
    return level_note_partial(plan->format->open(&input, &level->reader), level->item);
}

/* Behind a codec: an archive that streams, or one member. */
static int
open_decoded(struct level *level, const struct level_plan *plan)
{
    TRY(decoder_open(plan->codec, level->tee, level->base->reading, level->item, &level->decoder));
    level->nlayers++;
    struct bytes head = {NULL, 0};
    TRY(level_note_partial(stream_peek(level->decoder, FORMAT_HEAD_BYTES, &head), level->item));
    struct level_plan inner = *plan;
    inner.format = NULL;
    enum codec codec = codec_detect(head);
    if (level->nlayers < plan->nlayers_max && (codec == CODEC_NONE || codec == CODEC_LZMA))
        inner.format = format_detect(head);
    if (inner.format && !needs_seeking(inner.format))
        return open_archive(level, &inner);
    struct buf name = {0};
    int status = member_name_unfiltered(plan->name, LIMIT_DETAIL_BYTES, &name);
    if (status == PROV_OK)
        status = filter_open(level->decoder, buf_bytes(&name), &level->reader);
    buf_finish(&name);
    return status;
}

int
level_open(struct level *level, const struct level_plan *plan, struct stream *content)
{
    level->codec = plan->codec;
    level->nlayers = plan->nlayers;
    TRY(tee_open(content, level->base->reading, level->item, &level->tee));
    return plan->codec != CODEC_NONE ? open_decoded(level, plan) : open_archive(level, plan);
}

int
level_drain(struct level *level)
{
    if (level->decoder)
        TRY(level_note_partial(stream_drain(level->decoder), level->item));
    return level_note_partial(stream_drain(level->tee), level->item);
}

void
level_close(struct level *level)
{
    if (level->reader)
        level->reader->close(level->reader);
    stream_close(level->replay);
    stream_close(level->decoder);
    stream_close(level->tee);
    if (level->spool >= 0)
        (void)close(level->spool);
    level->base->spooled_bytes -= level->spool_bytes;
    name_set_finish(&level->names);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records across the segments of a big item.
 *
 *     reader's lane    | segment 0 | segment 1 | segment 2 |
 *                      ^ cursor    ^ cursor    ^ cursor         moved over each page as it is cut
 *     any lane           reads the page again, from its cursor, and inspects it
 *
 * The second look is cheap where it matters: pages of JSON lines end at line ends, and only those are
 * counted. Whole documents, lines longer than a page, and CSV are read twice; so that segments still are
 * inspected in parallel, and a row has the same number and a value the same column for any number of lanes.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/parcel.h"

/* Are the stored bytes the text? */
static bool
is_stored_text(const struct parcel *parcel)
{
    return strcmp(parcel->encoding, "UTF-8") == 0 || strcmp(parcel->encoding, "US-ASCII") == 0;
}

/* Stored bytes as UTF-8; valid until the decoder is used again. */
static int
decode(const struct parcel *parcel, struct bench *bench, struct bytes stored, struct bytes *text)
{
    struct fact_list ignored = {0};
    struct segment segment = {0};
    const struct stored_segment part = {
        .data = stored.data, .page = stored.size, .first = parcel->nsegments == 0, .offset = 0};
    int status = text_decode(bench->decoder, parcel->encoding, &part, &segment, &ignored);
    fact_list_finish(&ignored); /* the defects are told by those who inspect */
    *text = (struct bytes){.data = segment.text, .size = segment.page};
    return status;
}

int
parcel_judge_rows(struct parcel *parcel, struct bench *bench, struct bytes head)
{
    enum row_format format = parcel->is_text ? row_format_of(parcel->type) : ROWS_NONE;
    struct bytes text;
    if (format == ROWS_NONE)
        return PROV_OK;
    parcel->cursor = calloc(1, sizeof *parcel->cursor);
    if (!parcel->cursor)
        return PROV_E_MEMORY;
    TRY(decode(parcel, bench, head, &text));
    return row_layout_judge(format, text, &parcel->item.facts.arena, &parcel->rows);
}

size_t
parcel_cut_back(const struct parcel *parcel, struct bytes page)
{
    bool json = parcel->rows.format == ROWS_JSON || parcel->rows.format == ROWS_JSON_LINES;
    return json && is_stored_text(parcel) ? row_cut_escape(page) : 0;
}

int
parcel_mark_rows(struct parcel *parcel, struct bench *bench, struct bytes page, struct row_cursor **cursor)
{
    struct bytes text = page;
    *cursor = NULL;
    if (!parcel->cursor)
        return PROV_OK;
    struct row_cursor *copy = malloc(sizeof *copy);
    if (!copy)
        return PROV_E_MEMORY;
    *copy = *parcel->cursor;
    int status = PROV_OK;
    if (!is_stored_text(parcel) || parcel->nsegments == 0)
        status = decode(parcel, bench, page, &text); /* the first page may begin with a byte order mark */
    if (status == PROV_OK)
        status = row_cursor_advance(bench->rows, &parcel->rows, parcel->cursor, text);
    if (status != PROV_OK) {
        free(copy);
        return status;
    }
    *cursor = copy;
    return PROV_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the column says of a finding in it.
 *
 * The name of a column is context for all of its values, however far above them it stands: context words
 * count in it as they count in the text nearby, and a detector's `columns` match elements of the path, split
 * at '_', '-', '.', blanks, digits and camelCase:
 *
 *     customer.idCard  ->  customer|id|card      matches "id_card", "idcard", "card"; not "ard", not "id"
 *
 * A word of one or two letters must be the whole last element: "id" is in too many names. Where a value
 * begins and ends is a border whatever stands beside it: the comma of CSV is no thousands separator.
 */
#include <string.h>

#include "inspect/pattern_scan.h"
#include "model/rows.h"

enum { NAME_BYTES = 256, SHORT_WORD = 2, STRONG_CHANCE = 200 };

/* A name without what parts its words. */
struct joined {
    uint8_t text[NAME_BYTES];
    bool starts[NAME_BYTES + 1]; /* a word begins here, or the name ends */
    size_t size;
    size_t last; /* where the last element of the path begins */
};

static bool
is_lower(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z';
}

static bool
is_upper(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z';
}

/* Lower case, words marked. Each character outside ASCII is a word: scripts without spaces have no other
 * borders. */
static void
join(struct bytes name, struct joined *joined)
{
    bool border = true;
    joined->size = joined->last = 0;
    for (size_t i = 0; i < name.size && joined->size < NAME_BYTES; i++) {
        uint8_t byte = name.data[i];
        bool letter = is_lower(byte) || is_upper(byte) || byte >= 0x80;
        if (byte == '.')
            joined->last = joined->size;
        if (!letter) {
            border = true;
            continue;
        }
        bool camel = is_upper(byte) && i > 0 && is_lower(name.data[i - 1]);
        bool character = byte >= 0xC0 || (byte < 0x80 && i > 0 && name.data[i - 1] >= 0x80);
        joined->starts[joined->size] = border || camel || character;
        joined->text[joined->size++] = is_upper(byte) ? byte | 0x20 : byte;
        border = false;
    }
    joined->starts[joined->size] = true;
}

static bool
has_word(const struct joined *name, const char *word)
{
    struct joined wanted;
    join(bytes_of(word), &wanted);
    if (wanted.size == 0 || wanted.size > name->size)
        return false;
    size_t first = wanted.size <= SHORT_WORD && wanted.text[0] < 0x80 ? name->last : 0;
    for (size_t at = first; at + wanted.size <= name->size; at++) {
        bool whole = name->starts[at] && name->starts[at + wanted.size];
        if (whole && memcmp(name->text + at, wanted.text, wanted.size) == 0)
            return wanted.size > SHORT_WORD || wanted.text[0] >= 0x80 ||
                   wanted.size == name->size - name->last;
    }
    return false;
}

void
column_begin(struct pattern_scratch *scratch, size_t ncolumns)
{
    memset(scratch->columns, 0,
           (ncolumns < COLUMN_MEMOS ? ncolumns : COLUMN_MEMOS) * sizeof *scratch->columns);
}

/* Where folded text[start, end) stands in the segment's text. */
static struct bytes
origin(const struct pattern_scan *scan, size_t *start, size_t *end)
{
    const struct segment *segment = scan->segment;
    if (scan->folded) {
        *start = fold_origin(&scan->scratch->fold, *start);
        *end = fold_origin_end(&scan->scratch->fold, *end);
    }
    return (struct bytes){segment->text, segment->before + segment->page + segment->after};
}

struct row_place
column_place(const struct pattern_scan *scan, size_t start, size_t end)
{
    if (!scan->segment || !scan->segment->rows)
        return (struct row_place){0};
    struct bytes text = origin(scan, &start, &end);
    return row_table_find(scan->segment->rows, text, start, end);
}

bool
column_begins(const struct pattern_scan *scan, size_t start)
{
    size_t end = start;
    if (!scan->segment || !scan->segment->rows)
        return false;
    (void)origin(scan, &start, &end);
    const struct row_value *value = row_table_value(scan->segment->rows, start);
    return value && value->start == start && !value->continued;
}

bool
column_ends(const struct pattern_scan *scan, size_t end)
{
    size_t start = end;
    if (!scan->segment || !scan->segment->rows || end == 0)
        return false;
    (void)origin(scan, &start, &end);
    const struct row_value *value = row_table_value(scan->segment->rows, end - 1);
    return value && value->end == end;
}

/* The words that the name of a column holds, looked up once a segment. */
static int
memo_words(struct pattern_scan *scan, uint32_t column, const struct column_memo **memo)
{
    struct column_memo *mine = &scan->scratch->columns[column];
    *memo = mine;
    if (mine->known)
        return PROV_OK;
    mine->known = true;
    return context_words(scan, scan->segment->rows->columns[column].name, mine->words, COLUMN_WORDS,
                         &mine->nwords);
}

/* What the name of a column says to a detector. */
static int
ask_name(struct pattern_scan *scan, uint16_t detector, uint32_t column, bool *context, bool *negative)
{
    const struct pattern_plan *plan = scan->plan;
    const struct column_memo *memo = NULL;
    TRY(memo_words(scan, column, &memo));
    for (size_t i = 0; i < memo->nwords && plan->word_stride; i++) {
        uint32_t word = memo->words[i];
        *context = *context || plan->context_bits[detector * plan->word_stride + word / 64] >> word % 64 & 1;
        *negative =
            *negative || plan->negative_bits[detector * plan->word_stride + word / 64] >> word % 64 & 1;
    }
    const struct word_list *columns = &plan->set->detectors[detector]->columns;
    if (*context || columns->nwords == 0)
        return PROV_OK;
    struct joined name;
    join(scan->segment->rows->columns[column].name, &name);
    for (size_t i = 0; i < columns->nwords && !*context; i++)
        *context = has_word(&name, columns->words[i]);
    return PROV_OK;
}

int
column_look(struct pattern_scan *scan, uint16_t detector, uint32_t column, bool *context, bool *negative)
{
    enum { ASKED = 1, CONTEXT = 2, NEGATIVE = 4 };
    bool wanted = false, unwanted = false;
    if (column == 0 || column >= COLUMN_MEMOS)
        return PROV_OK;
    uint8_t unkept = 0;
    uint8_t *answer = detector < COLUMN_ANSWERS ? &scan->scratch->columns[column].answers[detector] : &unkept;
    if (!*answer)
        TRY(ask_name(scan, detector, column, &wanted, &unwanted));
    if (!*answer)
        *answer = (uint8_t)(ASKED | (wanted ? CONTEXT : 0) | (unwanted ? NEGATIVE : 0));
    *context = *context || (*answer & CONTEXT) != 0;
    *negative = *negative || (*answer & NEGATIVE) != 0;
    return PROV_OK;
}

bool
column_decides(const struct detector *detector, const struct row_place *place)
{
    return place->column && place->whole && detector_chance(detector) <= STRONG_CHANCE;
}

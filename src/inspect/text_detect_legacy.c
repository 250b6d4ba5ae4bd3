/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encodings of one to four bytes a character that are not UTF-8.
 *
 *   head -> lines with high bytes, 4 KiB of them -> structure: each multi-byte encoding read strictly
 *                                                -> statistics: uchardet, on the first 1 KiB
 *
 * Structure says what is impossible; how many of the characters lie in the rows that everyday text uses
 * (the first level of each national standard) says what is likely. uchardet knows languages but needs a
 * few dozen characters and answers even when there is no text at all. So a multi-byte guess of uchardet
 * must be confirmed by structure, a single-byte guess by the look of words, and text goes to the one
 * multi-byte encoding in which every character is an everyday one: at once when it is long enough, else
 * when uchardet has nothing better.
 *
 * Why samples of lines: in HTML or source code most bytes are ASCII, and both tests want the others.
 */
#include "inspect/text_detect.h"

#include <stdint.h>
#include <string.h>

enum {
    SAMPLE_MAX = 4096, /**< bytes whose structure is looked at */
    PIECE_MAX = 1024,  /**< of one line, so that one long line does not stand for all */
    GUESS_MAX = 1024,  /**< bytes shown to uchardet, which runs a hundred models: 0.5 us a byte */
    JOHAB_MIN = 16,    /**< so many syllables are asked for: few files are Johab, many pairs of bytes are */
    CHARS_SURE = 24,   /**< so many characters of a multi-byte encoding need no second opinion */
};

struct sample {
    uint8_t data[SAMPLE_MAX];
    size_t size;
};

/* Where the character sequence that starts at data may be cut: behind the last byte that is never a trail. */
static size_t
piece_end(const uint8_t *data, size_t size)
{
    for (size_t end = size; end > 0; end--)
        if (data[end - 1] < 0x30)
            return end;
    return 0;
}

static size_t
find_high(struct bytes text)
{
    size_t at = 0;
    while (at < text.size && text.data[at] < 0x80)
        at++;
    return at;
}

/* Collect what follows the first high byte of each line. */
static void
sample_take(struct bytes head, struct sample *sample)
{
    sample->size = 0;
    while (head.size && sample->size < SAMPLE_MAX) {
        const uint8_t *newline = memchr(head.data, '\n', head.size);
        struct bytes line = {.data = head.data, .size = newline ? (size_t)(newline - head.data) + 1 : head.size};
        head.data += line.size;
        head.size -= line.size;
        size_t skipped = find_high(line);
        /* A few bytes before the first high one: statistics look at neighbours. */
        skipped -= skipped < 16 ? skipped : 16;
        size_t room = SAMPLE_MAX - sample->size < PIECE_MAX ? SAMPLE_MAX - sample->size : PIECE_MAX;
        size_t size = line.size - skipped;
        if (find_high(line) == line.size)
            continue;
        bool last = false;
        if (size > room) {
            size_t end = piece_end(line.data + skipped, room);
            last = end == 0; /* no place to cut: take it as it is, and nothing behind it */
            size = last ? room : end;
        }
        memcpy(sample->data + sample->size, line.data + skipped, size);
        sample->size += size;
        if (last)
            break;
    }
}

/* What a strict reading in one multi-byte encoding found. */
struct reading {
    size_t nchars;   /**< characters of two bytes and more */
    size_t ncommon;  /**< of them, those of the rows that everyday text uses */
    size_t nkana;    /**< of them, hiragana and katakana */
    size_t nhangul;  /**< of them, what is hangul in EUC-KR */
    size_t nsingles; /**< high bytes that are a character alone (half-width kana) */
    size_t nbad;     /**< malformed bytes */
};

/* Five bits each of initial, vowel and final: of random pairs a third are syllables. */
static bool
is_johab_syllable(uint8_t lead, uint8_t trail)
{
    unsigned code = (unsigned)lead << 8 | trail, initial = code >> 10 & 31, vowel = code >> 5 & 31, final = code & 31;
    return initial >= 2 && initial <= 20 && vowel >= 3 && vowel <= 29 && vowel % 8 >= 2 && final >= 1 && final <= 29 &&
           final != 18;
}

static bool
is_common(enum text_shape shape, uint8_t lead, uint8_t trail)
{
    switch (shape) {
    case TEXT_GB18030: /* punctuation, full-width forms, hanzi of level 1 */
        return trail >= 0xA1 && (lead == 0xA1 || lead == 0xA3 || (lead >= 0xB0 && lead <= 0xD7));
    case TEXT_BIG5: /* symbols up to A3, then hanzi of level 1 */
        return lead >= 0xA1 && lead <= 0xC6;
    case TEXT_SHIFT_JIS: /* punctuation, hiragana, katakana, kanji of level 1 */
        return (lead >= 0x81 && lead <= 0x83) || (lead >= 0x88 && lead <= 0x98);
    case TEXT_EUC_JP:
        return lead == 0xA1 || (lead >= 0xA3 && lead <= 0xA5) || (lead >= 0xB0 && lead <= 0xCF);
    case TEXT_JOHAB:
        return is_johab_syllable(lead, trail);
    case TEXT_EUC_KR: /* punctuation, hangul of KS X 1001 */
        return trail >= 0xA1 && (lead == 0xA1 || lead == 0xA3 || (lead >= 0xB0 && lead <= 0xC8));
    default: /* EUC-TW, plane 1 */
        return lead >= 0xC4;
    }
}

static bool
is_kana(enum text_shape shape, uint8_t lead)
{
    return shape == TEXT_SHIFT_JIS ? lead == 0x82 || lead == 0x83 : lead == 0xA4 || lead == 0xA5;
}

static void
read_strictly(const struct sample *sample, enum text_shape shape, struct reading *reading)
{
    *reading = (struct reading){0};
    for (size_t at = 0; at < sample->size;) {
        const uint8_t *data = sample->data + at;
        int size = text_character_size(shape, data, sample->size - at);
        if (size < 0)
            break; /* the sample ends in a character */
        if (size == 0) {
            reading->nbad++;
            size = 1;
        } else if (size == 1) {
            reading->nsingles += data[0] >= 0x80;
        } else {
            reading->nchars++;
            reading->ncommon += is_common(shape, data[0], data[1]);
            reading->nkana += is_kana(shape, data[0]);
            reading->nhangul += data[0] >= 0xB0 && data[0] <= 0xC8 && data[1] >= 0xA1;
        }
        at += (size_t)size;
    }
}

/* The words of single-byte text. */
struct words {
    size_t nletters, nspaces, nother; /**< ASCII */
    size_t nmarks;                    /**< high bytes that are quotes, dashes or the like in all code pages of Windows */
    size_t nhigh;                     /**< bytes 80..FF */
    size_t nc1;                       /**< of them 80..9F */
    size_t nruns;                     /**< runs of high bytes */
    size_t nattached; /**< high bytes with an ASCII letter or another high byte beside, and signs */
};

static bool
is_ascii_letter(uint8_t byte)
{
    return (uint8_t)((byte | 0x20) - 'a') < 26;
}

/* Quotes, dashes, spaces and signs of the Latin encodings, which stand alone. */
static bool
is_sign(uint8_t byte)
{
    return (byte >= 0xA0 && byte <= 0xBF) || byte == 0x80 || byte == 0x82 || (byte >= 0x84 && byte <= 0x87) ||
           byte == 0x8B || (byte >= 0x91 && byte <= 0x97) || byte == 0x99 || byte == 0x9B;
}

static bool
is_mark(uint8_t byte)
{
    return memchr("\x80\x82\x84\x85\x86\x87\x8B\x91\x92\x93\x94\x95\x96\x97\x99\x9B\xA0\xA7\xA9\xAB\xAE\xB0\xBB", byte, 23);
}

/* Memory that was filled with one or two values is no text, though it may be well formed in many encodings. */
static bool
is_fill(struct bytes text, size_t nhigh)
{
    enum { MANY = 12, VALUES_MIN = 4 };
    bool seen[128] = {false};
    size_t nvalues = 0;
    for (size_t i = 0; i < text.size && nvalues < VALUES_MIN; i++)
        if (text.data[i] >= 0x80 && !seen[text.data[i] - 0x80]) {
            seen[text.data[i] - 0x80] = true;
            nvalues++;
        }
    return nhigh >= MANY && nvalues < VALUES_MIN;
}

static void
count_words(struct bytes text, struct words *words)
{
    *words = (struct words){0};
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i], before = i ? text.data[i - 1] : ' ',
                after = i + 1 < text.size ? text.data[i + 1] : ' ';
        if (byte < 0x80) {
            words->nletters += is_ascii_letter(byte);
            words->nspaces += byte == ' ' || (byte >= '\t' && byte <= '\r');
            words->nother += !is_ascii_letter(byte) && byte > ' ';
            continue;
        }
        words->nhigh++;
        words->nc1 += byte < 0xA0;
        words->nruns += before < 0x80;
        words->nmarks += is_mark(byte);
        words->nattached += before >= 0x80 || after >= 0x80 || is_ascii_letter(before) ||
                            is_ascii_letter(after) || is_sign(byte) || (before == ' ' && after == ' ');
    }
}

/* ASCII words with accented letters in them, or one such letter as a word. */
static bool
is_latin_like(const struct words *words, size_t size)
{
    if (size >= 512 && words->nspaces * 128 < size)
        return false; /* no line of prose goes on for so long */
    return words->nhigh * 2 <= words->nletters && words->nattached * 4 >= words->nhigh * 3 &&
           words->nhigh <= words->nruns * 3;
}

/* Words of high bytes, with spaces between them. */
static bool
is_alphabet_like(const struct words *words, size_t size)
{
    return words->nhigh >= words->nruns * 3 && words->nattached * 8 >= words->nhigh * 7 &&
           (words->nspaces * 32 >= size || size < 32);
}

/* Thai is written without spaces between words, and its vowels and tone marks follow consonants. */
static bool
is_thai_like(struct bytes text)
{
    size_t nconsonants = 0, nmarks = 0, nother = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        nconsonants += byte >= 0xA1 && byte <= 0xCE;
        nmarks += byte >= 0xD0 && byte <= 0xED && (byte <= 0xDA || byte >= 0xDF);
        nother += byte >= 0xEE || (byte >= 0xDB && byte <= 0xDE);
    }
    return nother * 32 <= nconsonants && nmarks * 4 >= nconsonants && nmarks <= nconsonants;
}

static bool
is_multibyte(enum text_encoding_id id)
{
    return id != TEXT_ENCODING_COUNT && TEXT_ENCODINGS[id].shape >= TEXT_GB18030 &&
           TEXT_ENCODINGS[id].shape <= TEXT_EUC_TW;
}

/* A guess that the bytes do not contradict. */
static bool
is_confirmed(const struct reading *reading)
{
    return reading->nchars > 0 && reading->nbad * 64 <= reading->nchars + 32 &&
           reading->ncommon * 2 >= reading->nchars;
}

/* Whether everything that is read so is everyday text of the language that the encoding is for. */
static bool
is_everyday(enum text_shape shape, const struct reading *reading)
{
    if (reading->nbad * CHARS_SURE > reading->nchars || reading->nsingles || reading->nchars < 2 || reading->ncommon * 10 < reading->nchars * 9)
        return false;
    if (shape == TEXT_SHIFT_JIS || shape == TEXT_EUC_JP)
        return reading->nkana * 8 >= reading->nchars;
    if (shape == TEXT_JOHAB)
        return reading->nchars >= JOHAB_MIN;
    /* Hanzi of the first half of level 1 are hangul in EUC-KR; by four of them in a row chance is 1:10. */
    return shape != TEXT_EUC_KR || (reading->nhangul >= 4 && reading->nhangul * 10 >= reading->nchars * 9);
}

/*
 * The multi-byte encoding that reads everything as everyday text; else, for lack of anything better, the
 * one in which nothing is malformed and most is everyday.
 */
static enum text_encoding_id
detect_everyday(const struct sample *sample, bool strict)
{
    static const enum text_encoding_id ids[] = {TEXT_ENCODING_SHIFT_JIS, TEXT_ENCODING_EUC_JP,
                                                TEXT_ENCODING_EUC_KR, TEXT_ENCODING_GB18030, TEXT_ENCODING_BIG5,
                                                TEXT_ENCODING_JOHAB};
    enum text_encoding_id best = TEXT_ENCODING_COUNT;
    size_t best_share = strict ? 100 : 40;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        enum text_shape shape = TEXT_ENCODINGS[ids[i]].shape;
        struct reading reading;
        read_strictly(sample, shape, &reading);
        if (is_everyday(shape, &reading))
            return ids[i];
        if (shape == TEXT_JOHAB)
            continue;
        size_t share = reading.nchars ? reading.ncommon * 100 / reading.nchars : 0;
        if (reading.nbad == 0 && reading.nchars >= 2 && reading.nsingles == 0 && share > best_share) {
            best = ids[i];
            best_share = share;
        }
    }
    return best;
}

/* Capital and small letters of the Cyrillic and Greek encodings. */
static const struct letters {
    enum text_encoding_id id;
    uint8_t capital_first, capital_last, small_first, small_last;
} alphabets[] = {
    {TEXT_ENCODING_WINDOWS_1251, 0xC0, 0xDF, 0xE0, 0xFF}, {TEXT_ENCODING_KOI8_R, 0xE0, 0xFF, 0xC0, 0xDF},
    {TEXT_ENCODING_ISO_8859_5, 0xB0, 0xCF, 0xD0, 0xEF},   {TEXT_ENCODING_MAC_CYRILLIC, 0x80, 0x9F, 0xE0, 0xFE},
    {TEXT_ENCODING_IBM866, 0x80, 0x9F, 0xA0, 0xEF},       {TEXT_ENCODING_WINDOWS_1253, 0xC1, 0xD9, 0xDC, 0xFE},
    {TEXT_ENCODING_ISO_8859_7, 0xC1, 0xD9, 0xDC, 0xFE},
};

/* Whether words in this encoding would be written as words are: no capital behind a small letter. */
static bool
has_proper_case(enum text_encoding_id id, struct bytes text)
{
    const struct letters *letters = NULL;
    for (size_t i = 0; i < sizeof alphabets / sizeof *alphabets; i++)
        if (alphabets[i].id == id)
            letters = &alphabets[i];
    size_t nletters = 0, nodd = 0;
    bool small_before = false;
    for (size_t i = 0; letters && i < text.size; i++) {
        uint8_t byte = text.data[i];
        bool capital = byte >= letters->capital_first && byte <= letters->capital_last;
        bool small = byte >= letters->small_first && byte <= letters->small_last;
        nletters += capital || small;
        nodd += (capital && small_before) || (byte >= 0x80 && !capital && !small);
        small_before = small;
    }
    return nletters > 0 && nodd * 8 <= nletters;
}

/* uchardet's single-byte guess, mended where the bytes say more than it has looked at. */
static enum text_encoding_id
mend_guess(enum text_encoding_id guess, struct bytes text, const struct words *words)
{
    static const struct {
        enum text_encoding_id guessed, windows;
    } supersets[] = {
        {TEXT_ENCODING_ISO_8859_1, TEXT_ENCODING_WINDOWS_1252}, {TEXT_ENCODING_ISO_8859_7, TEXT_ENCODING_WINDOWS_1253},
        {TEXT_ENCODING_ISO_8859_8, TEXT_ENCODING_WINDOWS_1255}, {TEXT_ENCODING_ISO_8859_9, TEXT_ENCODING_WINDOWS_1254},
        {TEXT_ENCODING_ISO_8859_13, TEXT_ENCODING_WINDOWS_1257}, {TEXT_ENCODING_ISO_8859_2, TEXT_ENCODING_WINDOWS_1250},
    };
    for (size_t i = 0; i < sizeof supersets / sizeof *supersets; i++)
        if (words->nc1 && guess == supersets[i].guessed)
            return supersets[i].windows;
    if (guess == TEXT_ENCODING_MAC_CYRILLIC && words->nc1 == 0)
        return TEXT_ENCODING_WINDOWS_1251;
    /* Where KOI8-R has lines for drawing boxes, KOI8-U has the letters that Ukrainian adds. */
    for (size_t i = 0; guess == TEXT_ENCODING_KOI8_R && i < text.size; i++)
        if (memchr("\xA4\xA6\xA7\xAD\xB4\xB6\xB7\xBD", text.data[i], 8))
            return TEXT_ENCODING_KOI8_U;
    return guess;
}

/* Guesses that are rarely right when only a few accented letters were there to judge by. */
static bool
is_far_fetched(enum text_encoding_id guess, const struct words *words)
{
    static const enum text_encoding_id rare[] = {
        TEXT_ENCODING_IBM852,     TEXT_ENCODING_MAC_CE,      TEXT_ENCODING_VISCII,    TEXT_ENCODING_ISO_8859_3,
        TEXT_ENCODING_ISO_8859_4, TEXT_ENCODING_ISO_8859_10, TEXT_ENCODING_ISO_8859_16,
    };
    for (size_t i = 0; i < sizeof rare / sizeof *rare; i++)
        if (rare[i] == guess)
            return words->nhigh < 24;
    return false;
}

/* Single-byte text: the guess when words look like words, else what bytes alone suggest. */
static enum text_encoding_id
detect_single(enum text_encoding_id guess, struct bytes text, const struct words *words)
{
    bool guessed = guess != TEXT_ENCODING_COUNT && TEXT_ENCODINGS[guess].shape == TEXT_SINGLE;
    if (is_latin_like(words, text.size))
        return guessed && !is_far_fetched(guess, words) ? mend_guess(guess, text, words) : TEXT_ENCODING_WINDOWS_1252;
    bool thai = guess == TEXT_ENCODING_TIS_620 || guess == TEXT_ENCODING_ISO_8859_11;
    if (!guessed && words->nc1 == 0 && words->nhigh >= 16 && is_thai_like(text))
        return TEXT_ENCODING_TIS_620;
    if (!is_alphabet_like(words, text.size) && !(thai && words->nc1 == 0))
        return TEXT_ENCODING_COUNT;
    if (guessed)
        return mend_guess(guess, text, words);
    if (has_proper_case(TEXT_ENCODING_WINDOWS_1251, text))
        return TEXT_ENCODING_WINDOWS_1251;
    return has_proper_case(TEXT_ENCODING_KOI8_R, text) ? TEXT_ENCODING_KOI8_R : TEXT_ENCODING_COUNT;
}

/* The multi-byte encoding that the bytes themselves prove, without a guess. */
static enum text_encoding_id
detect_sure(const struct sample *sample, const struct words *words)
{
    struct bytes text = {.data = sample->data, .size = sample->size};
    if (words->nhigh < CHARS_SURE || is_latin_like(words, text.size))
        return TEXT_ENCODING_COUNT;
    enum text_encoding_id id = detect_everyday(sample, true);
    if (id == TEXT_ENCODING_COUNT || has_proper_case(TEXT_ENCODING_WINDOWS_1251, text) ||
        has_proper_case(TEXT_ENCODING_KOI8_R, text) || has_proper_case(TEXT_ENCODING_ISO_8859_5, text) ||
        has_proper_case(TEXT_ENCODING_ISO_8859_7, text) || is_thai_like(text))
        return TEXT_ENCODING_COUNT;
    struct reading reading;
    read_strictly(sample, TEXT_ENCODINGS[id].shape, &reading);
    return reading.nchars >= CHARS_SURE ? id : TEXT_ENCODING_COUNT;
}

/* Nothing says which encoding it is, but nothing is wrong, and there are words: the ASCII in it is worth reading. */
static bool
is_some_text(const struct words *words, struct bytes head, size_t nflaws)
{
    return nflaws == 0 && head.size >= 128 && words->nspaces * 64 >= words->nhigh &&
           (words->nletters + words->nspaces) * 16 >= words->nhigh;
}

enum text_encoding_id
text_detect_legacy(struct bytes head, size_t nflaws)
{
    struct sample sample;
    struct words words;
    sample_take(head, &sample);
    struct bytes text = {.data = sample.data, .size = sample.size};
    if (sample.size == 0 || nflaws * 16 > head.size)
        return TEXT_ENCODING_COUNT;
    count_words(text, &words);
    if (is_fill(text, words.nhigh) && !is_latin_like(&words, text.size))
        return TEXT_ENCODING_COUNT;
    enum text_encoding_id sure = detect_sure(&sample, &words);
    if (sure != TEXT_ENCODING_COUNT)
        return sure;
    if (words.nmarks == words.nhigh && is_latin_like(&words, text.size))
        return nflaws * 128 <= head.size ? TEXT_ENCODING_WINDOWS_1252 : TEXT_ENCODING_COUNT;
    enum text_encoding_id guess =
        text_guess((struct bytes){.data = text.data, .size = text.size < GUESS_MAX ? text.size : GUESS_MAX});
    if (is_multibyte(guess)) {
        struct reading reading;
        read_strictly(&sample, TEXT_ENCODINGS[guess].shape, &reading);
        if (is_confirmed(&reading))
            return guess;
    }
    /* Accents stand apart; where high bytes come in pairs, what looks like Latin may be mixed Chinese. */
    bool paired = words.nhigh * 5 >= words.nruns * 8;
    if ((paired || !is_latin_like(&words, text.size)) && !has_proper_case(guess, text)) {
        enum text_encoding_id everyday = detect_everyday(&sample, true);
        if (everyday != TEXT_ENCODING_COUNT)
            return everyday;
    }
    enum text_encoding_id id = nflaws * 128 <= head.size ? detect_single(guess, text, &words) : TEXT_ENCODING_COUNT;
    if (id == TEXT_ENCODING_COUNT)
        id = detect_everyday(&sample, false);
    return id == TEXT_ENCODING_COUNT && is_some_text(&words, head, nflaws) ? TEXT_ENCODING_WINDOWS_1252 : id;
}

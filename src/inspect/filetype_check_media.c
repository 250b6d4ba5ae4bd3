/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structure of images, sound, film and fonts whose magic numbers are too short to be believed, or whose
 * containers hold more than one kind.
 *
 * MPEG audio has twelve set bits for a magic, which random data shows once in 4,096 bytes. Its frames say
 * how long they are, so two frames in a row are asked for: a chance of one in millions. MPEG transport
 * streams are a 'G' each 188 bytes, five times.
 *
 * Sources: ISO/IEC 11172-3 and 13818-3 (frame headers), 13818-7 (ADTS), 14496-12 and the MP4 Registration
 * Authority (brands), RFC 3533 and the Ogg mappings, the Netpbm manual, Microsoft's BMP and ICO formats.
 */
#include "inspect/filetype_kind.h"

#include <string.h>

enum filetype_id
check_bmp(const struct filetype_probe *probe, enum filetype_id id)
{
    static const uint8_t sizes[] = {12, 16, 40, 52, 56, 64, 108, 124};
    struct bytes head = probe->head;
    if (head.size < 30)
        return FILETYPE_COUNT;
    uint32_t size = head_u32le(head, 14);
    uint16_t planes = head_u16le(head, size == 12 ? 22 : 26);
    bool known = size <= 124 && memchr(sizes, (int)size, sizeof sizes);
    return known && planes == 1 ? id : FILETYPE_COUNT;
}

/* A bare codestream starts with two bytes that say little: the name has to say it too. */
enum filetype_id
check_jxl(const struct filetype_probe *probe, enum filetype_id id)
{
    return strcmp(probe->extension, "jxl") == 0 ? id : FILETYPE_COUNT;
}

enum filetype_id
check_ico(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 22)
        return FILETYPE_COUNT;
    uint32_t nimages = head_u16le(head, 4), size = head_u32le(head, 14), offset = head_u32le(head, 18);
    bool sane = nimages >= 1 && nimages <= 256 && head.data[9] == 0 && size >= 16 && size < 1u << 24 &&
                offset >= 6 + 16 * nimages && offset < 1u << 24;
    return sane ? id : FILETYPE_COUNT;
}

/* Skip white space and comments of a Netpbm header. */
static size_t
pnm_skip(struct bytes head, size_t at)
{
    bool comment = false;
    for (; at < head.size; at++) {
        uint8_t byte = head.data[at];
        if (byte == '#')
            comment = true;
        else if (byte == '\n')
            comment = false;
        else if (!comment && byte != ' ' && byte != '\t' && byte != '\r')
            break;
    }
    return at;
}

static size_t
pnm_number(struct bytes head, size_t at)
{
    size_t end = at;
    while (end < head.size && end - at < 7 && head.data[end] >= '0' && head.data[end] <= '9')
        end++;
    return end;
}

enum filetype_id
check_pnm(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 7 || head.data[1] < '1' || head.data[1] > '7' || head.data[2] > ' ')
        return FILETYPE_COUNT;
    if (head.data[1] == '7')
        return head_has(head, 256, "\nWIDTH ") && head_has(head, 256, "ENDHDR") ? id : FILETYPE_COUNT;
    size_t at = pnm_skip(head, 2), end = pnm_number(head, at);
    if (end == at || end == head.size || head.data[end] > ' ')
        return FILETYPE_COUNT;
    at = pnm_skip(head, end);
    end = pnm_number(head, at);
    return end > at && end < head.size && head.data[end] <= ' ' ? id : FILETYPE_COUNT;
}

enum filetype_id
check_id3(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 10 || head.data[3] > 4 || head.data[4] == 0xFF)
        return FILETYPE_COUNT;
    return ((head.data[6] | head.data[7] | head.data[8] | head.data[9]) & 0x80) == 0 ? id : FILETYPE_COUNT;
}

/* Bytes of the MPEG audio frame whose header is at data (four bytes), 0 when it is none. */
static size_t
mpeg_frame_size(const uint8_t *data)
{
    static const uint16_t rates[2][3][14] = {
        /* MPEG 1: layers III, II, I; kbit/s */
        {{32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
         {32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
         {32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448}},
        /* MPEG 2 and 2.5 */
        {{8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
         {8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
         {32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256}},
    };
    static const uint32_t samplings[3] = {44100, 48000, 32000};
    unsigned version = data[1] >> 3 & 3, layer = data[1] >> 1 & 3, rate = data[2] >> 4, sampling = data[2] >> 2 & 3;
    if (data[0] != 0xFF || (data[1] & 0xE0) != 0xE0 || version == 1 || layer == 0 || rate == 0 || rate == 15 ||
        sampling == 3)
        return 0;
    bool first = version == 3;
    uint32_t bits = rates[!first][layer - 1][rate - 1] * 1000u;
    uint32_t hertz = samplings[sampling] >> (version == 2 ? 1 : version == 0 ? 2 : 0);
    size_t padding = data[2] >> 1 & 1;
    if (layer == 3)
        return (12 * bits / hertz + padding) * 4;
    return (layer == 1 && !first ? 72 : 144) * bits / hertz + padding;
}

static size_t
adts_frame_size(const uint8_t *data)
{
    if (data[0] != 0xFF || (data[1] & 0xF6) != 0xF0 || (data[2] >> 2 & 15) > 12)
        return 0;
    size_t size = (size_t)(data[3] & 3) << 11 | (size_t)data[4] << 3 | data[5] >> 5;
    return size >= 8 ? size : 0;
}

/* Follow frames. @return whether three in a row are there, or as many as a whole short file has, two at least */
static bool
has_frames(const struct filetype_probe *probe, size_t (*frame_size)(const uint8_t *data))
{
    struct bytes head = probe->head;
    size_t nframes = 0, at = 0;
    for (; head.size - at >= 8 && nframes < 3; nframes++) {
        size_t size = frame_size(head.data + at);
        if (size == 0)
            return false;
        if (size > head.size - at)
            break;
        at += size;
    }
    return nframes == 3 || (nframes == 2 && probe->whole && at == head.size);
}

enum filetype_id
check_mpeg_audio(const struct filetype_probe *probe, enum filetype_id id)
{
    if (has_frames(probe, mpeg_frame_size))
        return id;
    return has_frames(probe, adts_frame_size) ? FILETYPE_AAC : FILETYPE_COUNT;
}

enum filetype_id
check_ogg(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head_is_at(head, 28, "OpusHead"))
        return FILETYPE_OPUS;
    if (head_is_at(head, 28, "\x01vorbis") || head_is_at(head, 28, "Speex   ") || head_is_at(head, 28, "\x7F" "FLAC"))
        return FILETYPE_OGG_AUDIO;
    if (head_is_at(head, 28, "\x80theora") || head_is_at(head, 28, "fishead"))
        return FILETYPE_OGG_VIDEO;
    return id;
}

enum filetype_id
check_ac3(const struct filetype_probe *probe, enum filetype_id id)
{
    return strcmp(probe->extension, "ac3") == 0 ? id : FILETYPE_COUNT;
}

enum filetype_id
check_ftyp(const struct filetype_probe *probe, enum filetype_id id)
{
    static const struct {
        const char *brand;
        enum filetype_id id;
    } brands[] = {
        {"avif", FILETYPE_AVIF},      {"avis", FILETYPE_AVIF}, {"heic", FILETYPE_HEIC},      {"heix", FILETYPE_HEIC},
        {"hevc", FILETYPE_HEIC},      {"hevx", FILETYPE_HEIC}, {"heim", FILETYPE_HEIC},      {"heis", FILETYPE_HEIC},
        {"mif1", FILETYPE_HEIF},      {"msf1", FILETYPE_HEIF}, {"qt  ", FILETYPE_QUICKTIME}, {"M4A ", FILETYPE_M4A},
        {"M4B ", FILETYPE_M4A},       {"M4P ", FILETYPE_M4A},  {"3gp", FILETYPE_THREE_GPP},  {"3g2", FILETYPE_THREE_GPP},
        {"crx ", FILETYPE_CR3},
    };
    struct bytes head = probe->head;
    if (head.size < 16 || head_u32be(head, 0) < 16 || head_u32be(head, 0) > 4096)
        return FILETYPE_COUNT;
    for (size_t i = 0; i < sizeof brands / sizeof *brands; i++)
        if (head_is_at(head, 8, brands[i].brand))
            return brands[i].id;
    return id;
}

/* QuickTime files from before ftyp: an atom, and another one behind it when that is in reach. */
enum filetype_id
check_atom(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    uint32_t size = head_u32be(head, 0);
    if (size < 8)
        return size == 1 && head.size >= 16 ? id : FILETYPE_COUNT;
    if (size > head.size || head.size - size < 8)
        return size >= 1u << 24 && head.data[0] >= ' ' ? FILETYPE_COUNT : id;
    for (size_t i = 4; i < 8; i++)
        if (head.data[size + i] < ' ' || head.data[size + i] > '~')
            return FILETYPE_COUNT;
    return id;
}

enum filetype_id
check_matroska(const struct filetype_probe *probe, enum filetype_id id)
{
    return head_has(probe->head, 128, "webm") ? FILETYPE_WEBM : id;
}

enum filetype_id
check_swf(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 12 || head.data[3] == 0 || head.data[3] > 60)
        return FILETYPE_COUNT;
    return check_binary(probe, id);
}

enum filetype_id
check_mpeg_ts(const struct filetype_probe *probe, enum filetype_id id)
{
    enum { PACKET = 188, STAMPED_PACKET = 192, PACKETS = 5 };
    struct bytes head = probe->head;
    size_t start = head.data[0] == 0x47 ? 0 : 4, step = start ? STAMPED_PACKET : PACKET;
    for (size_t i = 0; i < PACKETS; i++)
        if (start + i * step >= head.size || head.data[start + i * step] != 0x47)
            return FILETYPE_COUNT;
    return check_binary(probe, id);
}

enum filetype_id
check_sfnt(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 16 || head_u16be(head, 4) == 0 || head_u16be(head, 4) > 128)
        return FILETYPE_COUNT;
    for (size_t i = 12; i < 16; i++)
        if (head.data[i] < ' ' || head.data[i] > '~')
            return FILETYPE_COUNT;
    return id;
}

enum filetype_id
check_pfb(const struct filetype_probe *probe, enum filetype_id id)
{
    return probe->head.data[0] == 0x80 && probe->head.data[1] == 1 ? id : FILETYPE_COUNT;
}

enum filetype_id
check_eot(const struct filetype_probe *probe, enum filetype_id id)
{
    uint32_t version = head_u32le(probe->head, 8);
    return version == 0x10000 || version == 0x20001 || version == 0x20002 ? id : FILETYPE_COUNT;
}

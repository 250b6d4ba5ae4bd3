/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structure of models, tables and record files: what their magic numbers alone do not prove. Most of
 * these magics are plain letters that a text may begin with, some formats have none at all:
 *
 *   safetensors   u64 length of header | header: JSON, names to {"dtype", "shape", "data_offsets"} | tensors
 *   TFRecord      u64 length | u32 masked CRC-32C of the length | data | u32 masked CRC-32C of the data
 *   Arrow stream  FFFFFFFF | u32 length | flatbuffer Message | body
 *   MDS shard     u32 samples | u32 offset[samples + 1] | JSON | samples
 *   ONNX          protobuf ModelProto: 08 ir_version, 12 producer name
 *
 * Sources: the formats' specifications (safetensors README, TensorFlow record_writer, Arrow IPC,
 * MosaicML streaming, onnx.proto3, WARC 1.1, Internet Archive ARC 1).
 */
#include "inspect/filetype_kind.h"

#include <string.h>

/* safetensors refuses longer headers itself. */
static const uint64_t SAFETENSORS_HEADER_MAX = 100000000;

enum filetype_id
check_parquet(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (probe->whole && head.size >= 12 && memcmp(head.data + head.size - 4, head.data, 4) == 0)
        return id;
    return check_binary(probe, id);
}

enum filetype_id
check_arrow_stream(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 24)
        return FILETYPE_COUNT;
    uint32_t size = head_u32le(head, 4), root = head_u32le(head, 8);
    if (size < 16 || size % 8 || size > 1u << 28 || root < 4 || root > size - 4 || root > head.size - 12)
        return FILETYPE_COUNT;
    /* A table starts with the distance back to its vtable, which starts with its own size. */
    size_t table = 8 + root;
    int64_t vtable = (int64_t)table - (int32_t)head_u32le(head, table);
    if (vtable < 8 || vtable + 4 > (int64_t)head.size)
        return FILETYPE_COUNT;
    uint16_t vtable_size = head_u16le(head, (size_t)vtable);
    return vtable_size >= 4 && vtable_size <= 64 && vtable_size % 2 == 0 ? id : FILETYPE_COUNT;
}

enum filetype_id
check_npy(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    return head.size >= 8 && head.data[6] >= 1 && head.data[6] <= 3 && head.data[7] == 0 ? id : FILETYPE_COUNT;
}

/* MATLAB 7.3 keeps a text in front of an HDF5 file. */
enum filetype_id
check_hdf5_block(const struct filetype_probe *probe, enum filetype_id id)
{
    return head_is_at(probe->head, 0, "MATLAB 7.3 MAT-file") ? FILETYPE_MATLAB : id;
}

enum filetype_id
check_gguf(const struct filetype_probe *probe, enum filetype_id id)
{
    if (probe->head.size < 8)
        return FILETYPE_COUNT;
    uint32_t version = head_u32le(probe->head, 4);
    return (version >= 1 && version <= 255) || (version & 0xFFFFFF) == 0 ? id : FILETYPE_COUNT;
}

enum filetype_id
check_tflite(const struct filetype_probe *probe, enum filetype_id id)
{
    uint32_t root = head_u32le(probe->head, 0);
    return root >= 8 && root < 1u << 16 ? id : FILETYPE_COUNT;
}

enum filetype_id
check_safetensors(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    uint64_t size = head_u64le(head, 0);
    if (size < 2 || size > SAFETENSORS_HEADER_MAX || (probe->whole && size > head.size - 8))
        return FILETYPE_COUNT;
    struct bytes json = {.data = head.data + 8, .size = head.size - 8 < size ? head.size - 8 : (size_t)size};
    size_t at = 1;
    while (at < json.size && (json.data[at] == ' ' || json.data[at] == '\n'))
        at++;
    if (at == json.size || (json.data[at] != '"' && json.data[at] != '}'))
        return FILETYPE_COUNT;
    bool ended = json.size == size;
    if (ended && size <= 64 && json.data[at] == '}')
        return id; /* no tensors */
    return head_has(json, 4096, "\"dtype\"") || head_has(json, 4096, "\"__metadata__\"") ? id : FILETYPE_COUNT;
}

/* CRC-32C (Castagnoli) of eight bytes, bit by bit, masked as TensorFlow does. */
static uint32_t
masked_crc32c(const uint8_t *data, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xA282EAD8u;
}

enum filetype_id
check_tfrecord(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 16 || (probe->whole && head_u64le(head, 0) > head.size - 16))
        return FILETYPE_COUNT;
    return masked_crc32c(head.data, 8) == head_u32le(head, 8) ? id : FILETYPE_COUNT;
}

enum filetype_id
check_mds(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 16 || strcmp(probe->extension, "mds") != 0)
        return FILETYPE_COUNT;
    uint32_t nsamples = head_u32le(head, 0), first = head_u32le(head, 4), second = head_u32le(head, 8);
    uint64_t table_end = 8 + (uint64_t)nsamples * 4;
    return nsamples > 0 && first >= table_end && second >= first ? id : FILETYPE_COUNT;
}

enum filetype_id
check_onnx(const struct filetype_probe *probe, enum filetype_id id)
{
    static const char *const producers[] = {"pytorch", "tf2onnx", "skl2onnx", "onnx.", "keras2onnx", "CNTK",
                                            "onnxmltools", "OnnxMLTools", "quantize", "backend-test"};
    struct bytes head = probe->head;
    if (head.size < 16 || head.data[1] == 0 || head.data[1] > 32)
        return FILETYPE_COUNT;
    if (strcmp(probe->extension, "onnx") == 0)
        return id;
    for (size_t i = 0; i < sizeof producers / sizeof *producers && head.data[2] == 0x12; i++)
        if (head_is_at(head, 4, producers[i]))
            return id;
    return FILETYPE_COUNT;
}

enum filetype_id
check_matlab(const struct filetype_probe *probe, enum filetype_id id)
{
    return head_is_at(probe->head, 126, "IM") || head_is_at(probe->head, 126, "MI") ? id : FILETYPE_COUNT;
}

enum filetype_id
check_grib(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    return head.size >= 16 && (head.data[7] == 1 || head.data[7] == 2) ? id : FILETYPE_COUNT;
}

static bool
is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

enum filetype_id
check_warc(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    return head.size >= 10 && is_digit(head.data[5]) && head.data[6] == '.' && is_digit(head.data[7]) ? id
                                                                                                     : FILETYPE_COUNT;
}

/* "filedesc://NAME ADDRESS DATE TYPE LENGTH": five fields or ten. */
enum filetype_id
check_arc(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    size_t nspaces = 0, at = 0;
    while (at < head.size && at < 1024 && head.data[at] != '\n')
        nspaces += head.data[at++] == ' ';
    return nspaces >= 4 && at < head.size && head.data[at] == '\n' ? id : FILETYPE_COUNT;
}

enum filetype_id
check_berkeley(const struct filetype_probe *probe, enum filetype_id id)
{
    return probe->head.size >= 20 && head_u32le(probe->head, 16) <= 64 ? id : FILETYPE_COUNT;
}

/* Sizes of names, flags, numbers and strings, all small, then the names: printable, with a NUL. */
enum filetype_id
check_terminfo(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 16)
        return FILETYPE_COUNT;
    size_t names = head_u16le(head, 2), flags = head_u16le(head, 4), numbers = head_u16le(head, 6);
    bool sane = names >= 2 && names <= 512 && flags <= 512 && numbers <= 512 && 12 + names <= head.size;
    return sane && head.data[12] > ' ' && head.data[12] < 0x7F && head.data[12 + names - 1] == 0 ? id : FILETYPE_COUNT;
}

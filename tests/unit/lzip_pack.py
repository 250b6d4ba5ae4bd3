# SPDX-License-Identifier: Apache-2.0
"""Pack standard input as one lzip member (Debian 12 has no lzip that every builder would have installed).

The LZMA data comes from Python's lzma module; header and trailer are written by the lzip manual, "File format".
"""
import lzma
import struct
import sys
import zlib

data = sys.stdin.buffer.read()
filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}]
packed = lzma.compress(data, format=lzma.FORMAT_RAW, filters=filters)
trailer = struct.pack("<IQQ", zlib.crc32(data), len(data), 6 + len(packed) + 20)
sys.stdout.buffer.write(b"LZIP\x01\x10" + packed + trailer)

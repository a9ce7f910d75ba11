"""The files that customers send with the hand-written tickets: small, real, made when they are needed."""

from __future__ import annotations

import struct
import zlib

from agentconsole.demo.records import AttachmentRecord

_WIDTH, _HEIGHT = 160, 100


def attachment(kind: str, name: str, text: str) -> AttachmentRecord:
    """Return a file: `csv` or `text` with the given text, or a picture (`crack`, `label`, `screen`)."""
    if kind == "csv":
        return AttachmentRecord(name, "text/csv", text.encode("utf-8"))
    if kind == "text":
        return AttachmentRecord(name, "text/plain", text.encode("utf-8"))
    return AttachmentRecord(name, "image/png", png(kind))


def png(kind: str) -> bytes:
    """Return a PNG image of 160 by 100 pixels."""
    rows = bytearray()
    for y in range(_HEIGHT):
        rows.append(0)
        for x in range(_WIDTH):
            rows += bytes(_pixel(kind, x, y))
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _pixel(kind: str, x: int, y: int) -> tuple[int, int, int]:
    if kind == "crack":
        # A dark band on a table, its glass broken from corner to corner.
        if 50 <= x < 110 and 15 <= y < 85:
            crack = abs((x - 50) - (y - 15) * 6 // 7 + (y * 7 % 5)) < 2 or (y > 45 and abs(x + y - 150) < 1)
            return (225, 230, 235) if crack else (34, 38, 46)
        return (176 + y // 6, 150 + y // 8, 120)
    if kind == "label":
        # A parcel's label: a white field with bars on cardboard.
        if 30 <= x < 130 and 20 <= y < 80:
            return (20, 20, 20) if y > 45 and x * 7 % 11 < 4 else (245, 245, 240)
        return (183, 142, 95)
    # A phone's screen with a red line of error.
    if 55 <= x < 105 and 5 <= y < 95:
        return (200, 40, 40) if 40 <= y < 50 and 62 <= x < 98 else (240, 244, 248)
    return (60, 70, 80)

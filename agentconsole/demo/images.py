"""Width and height of an uploaded picture, for the attachment's record."""

from __future__ import annotations

import struct


def dimensions(content: bytes) -> tuple[int | None, int | None]:
    """(width, height) in pixels of a PNG or GIF; (None, None) for anything else."""
    if content[:8] == b"\x89PNG\r\n\x1a\n" and content[12:16] == b"IHDR" and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return int(width), int(height)
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return int(width), int(height)
    return None, None

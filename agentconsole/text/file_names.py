"""Names of files that come from outside, made safe to save under; and what a file truly is."""

from __future__ import annotations

import re
from typing import Final

from agentconsole.text.cleaning import clean_line

LONGEST_NAME: Final = 180
"""Bytes of a name in UTF-8; file systems take 255, and a number may have to be added."""

_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f\u200c\u200d\u2028\u2029\ufe0f]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)

_PAGE = "a web page"
_DRAWING = "a drawing that can hold scripts"
SCRIPTS_AND_PROGRAMS: Final = frozenset({"a program", "a script", _PAGE, _DRAWING})
"""Kinds of content that can do something when they are opened."""

_OPENED: Final = frozenset(
    "pdf png jpg jpeg gif webp bmp tif tiff heic txt log csv tsv md json yaml yml doc docx xls xlsx ppt"
    " pptx odt ods odp rtf eml ics vcf mp3 m4a ogg opus flac wav mp4 mov avi mkv webm zip gz tgz bz2 xz tar"
    " 7z rar".split()
)
"""Endings of files that only show something; all others are saved only."""

_MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"%PDF-", "a PDF"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF picture"),
    (8, b"WEBP", "a WebP picture"),
    (0, b"BM", "a BMP picture"),
    (0, b"II*\x00", "a TIFF picture"),
    (0, b"MM\x00*", "a TIFF picture"),
    (4, b"ftyp", "a film or sound"),
    (0, b"\x1aE\xdf\xa3", "a film or sound"),
    (0, b"OggS", "a film or sound"),
    (0, b"ID3", "a film or sound"),
    (0, b"fLaC", "a film or sound"),
    (8, b"WAVE", "a film or sound"),
    (8, b"AVI ", "a film or sound"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"PK\x05\x06", "a ZIP archive"),
    (0, b"\x1f\x8b", "a packed file"),
    (0, b"BZh", "a packed file"),
    (0, b"\xfd7zXZ\x00", "a packed file"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file"),
    (0, b"{\\rtf", "an RTF text"),
    (0, b"MZ", "a program"),
    (0, b"\x7fELF", "a program"),
    (0, b"\xfe\xed\xfa\xce", "a program"),
    (0, b"\xfe\xed\xfa\xcf", "a program"),
    (0, b"\xce\xfa\xed\xfe", "a program"),
    (0, b"\xcf\xfa\xed\xfe", "a program"),
    (0, b"\xca\xfe\xba\xbe", "a program"),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "a program"),
    (0, b"#!", "a script"),
)
_COMMENT = rb"(?:<!--.{0,300}?-->\s*)?"
_MARKUP: Final[tuple[tuple[re.Pattern[bytes], str], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), kind)
    for pattern, kind in (
        (rb"\A\s*" + _COMMENT + rb"<(?:!doctype\s+html|html|head|body|script)\b", _PAGE),
        (rb"\A\s*(?:<\?xml.{0,300}?\?>\s*)?" + _COMMENT + rb"<svg\b", _DRAWING),
        (rb"\A\s*\[Desktop Entry\]", "a program"),
    )
)

_EXPECTED: Final[dict[str, frozenset[str]]] = {
    ending: frozenset(kinds.split(","))
    for endings, kinds in (
        ("pdf", "a PDF"),
        ("png", "a PNG picture"),
        ("jpg jpeg", "a JPEG picture"),
        ("gif", "a GIF picture"),
        ("webp", "a WebP picture"),
        ("bmp", "a BMP picture"),
        ("tif tiff", "a TIFF picture"),
        ("heic mp4 mov m4a webm mkv ogg opus flac wav avi", "a film or sound"),
        ("zip docx xlsx pptx odt ods odp", "a ZIP archive"),
        ("gz tgz bz2 xz", "a packed file"),
        ("7z", "a 7z archive"),
        ("rar", "a RAR archive"),
        ("doc xls ppt", "an old Office file,an RTF text,a ZIP archive"),
        ("rtf", "an RTF text"),
    )
    for ending in endings.split()
}


def safe_name(name: str) -> str:
    r"""Make a file's name one that may be saved under: no part of a path, nothing hidden, not too long.

    What stands before the last `/` or `\` is dropped, so is what a terminal or a file manager would not show;
    dots at the beginning go, so that no file is hidden. Never empty; never raises.
    """
    name = clean_line(re.split(r"[/\\]", clean_line(name))[-1])
    name = _FORBIDDEN.sub("", name).strip(" .")
    if name.startswith("-"):
        name = f"_{name}"
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    stem, ending = split_name(name)
    room = LONGEST_NAME - len(ending.encode())
    stem = stem.encode()[: max(1, room)].decode("utf-8", "ignore").rstrip(" .")
    return f"{stem}{ending}" if stem else f"file{ending}"


def split_name(name: str) -> tuple[str, str]:
    """Split a name into its stem and its ending with the dot; a long ending is none."""
    stem, dot, ending = name.rpartition(".")
    return (stem, f".{ending}") if dot and stem and 0 < len(ending) <= 12 else (name, "")


def numbered_name(name: str, number: int) -> str:
    """Give the name for the n-th file of one name: `letter (2).pdf`."""
    if number < 2:
        return name
    stem, ending = split_name(name)
    return f"{stem} ({number}){ending}"


def kind_of(head: bytes) -> str | None:
    """Tell by its first bytes (some hundreds) what a file is; None where they do not say."""
    for offset, magic, kind in _MAGIC:
        if head.startswith(magic, offset):
            return kind
    return next((kind for pattern, kind in _MARKUP if pattern.match(head)), None)


def doubt_about(name: str, head: bytes) -> str:
    """Say what is wrong where a file is not what its name says; empty where nothing speaks against it."""
    ending = split_name(name)[1].removeprefix(".").lower()
    kind, expected = kind_of(head), _EXPECTED.get(ending)
    if expected is not None and kind not in expected:
        if ending in ("mp4", "mov", "mkv", "avi", "heic", "bmp") and kind is None:
            return ""
        found = f"it is {kind}" if kind is not None else f"it is not {sorted(expected)[0]}"
        return f"The file is not what its name says: {found}."
    if expected is None and ending in _OPENED and kind in SCRIPTS_AND_PROGRAMS:
        return f"The file is not what its name says: it is {kind}."
    return ""


def only_shows(name: str) -> bool:
    """Whether a file's name promises that opening it does no more than show it."""
    return split_name(name)[1].removeprefix(".").lower() in _OPENED


def why_not_opened(name: str, head: bytes) -> str:
    """Say why a file is saved only and not opened from here; empty where it may be opened."""
    ending = split_name(name)[1].removeprefix(".").lower()
    if kind_of(head) in SCRIPTS_AND_PROGRAMS:
        return f"It is {kind_of(head)}, which could do harm"
    if ending not in _OPENED:
        return (
            f"“.{ending}” files can do more than be shown" if ending else "Its name does not say what it is"
        )
    if doubt_about(name, head):
        return "It is not what its name says"
    return ""

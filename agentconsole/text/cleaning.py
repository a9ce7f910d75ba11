"""Makes text from outside harmless to a terminal, without losing what a person would read in it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

CLEANER_VERSION: Final = 1
"""Stored beside every cleaned text; a higher number means that stored texts are due to be cleaned again."""

MAX_COMBINING_MARKS: Final = 8
"""Marks kept on one base character. No living script stacks more; "zalgo" text stacks hundreds."""

_TAB_WIDTH: Final = 4

# Whole escape sequences go, so that no debris such as "[31m" stays; the lengths are bounded and no class
# may run over the next introducer, so the search is linear whatever is thrown at it.
_ESCAPE_SEQUENCE = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]"
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f\r\n]{0,4096}(?:\x07|\x1b\\\\|\x9c)"
    "|\x1b[ -/]{1,4}[0-~]"
)

_LINE_BREAK = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")

_ASCII_SUSPECT = re.compile("[\x00-\x09\x0b-\x1f\x7f]")

# C0 without tab and newline, DEL, C1; then what is invisible or reorders: soft hyphen, grapheme joiner,
# bidi marks, overrides and isolates, fillers that pass for blanks, zero width space, word joiner,
# invisible operators, byte order mark, interlinear annotation, variation selectors other than the emoji
# one, tag characters. The direction marks LRM, RLM and ALM go too: a terminal lays out in one direction,
# where they serve nobody but who forges a file name.
_INVISIBLE = (
    "\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_DROPPED = re.compile(f"[{_INVISIBLE}]+")
_CONTROL = re.compile(f"[\x09\x0b-\x0d\u2028\u2029{_INVISIBLE}]")

_SURROGATE = re.compile("[\ud800-\udfff]")

_PLANE_ENDS = "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_NONCHARACTER = re.compile(f"[\ufdd0-\ufdef{_PLANE_ENDS}]")

_BLANK = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f]")

_JOINER = re.compile("[\u200c\u200d\ufe0f]")
# Bases that Unicode's emoji data lists, taken as ranges; a base too many costs at most an invisible
# character.
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u2328\u23cf-\u23fa\u24c2\u25aa-\u25fe\u2600-\u27bf"
    "\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
# Arabic and its kin (with Persian and Urdu), the Indic blocks, Tibetan, Myanmar, Khmer, Mongolian, and
# their later extensions: scripts where a joiner changes the shape of a letter, or the word.
_JOINING_SCRIPT = (
    "\u0620-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u17b3\u17b6-\u17ff\u1800-\u180a\u1820-\u18aa\u1a20-\u1aad"
    "\u1b00-\u1cff\ua8e0-\ua8ff\ua980-\ua9df\uaa60-\uaa7f\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc"
    "\U00011000-\U00011fff"
)
# One selector after an emoji or a keycap's base; a joiner only between emoji, or after a letter that joins.
_JOINER_OUT_OF_PLACE = re.compile(
    f"(?<![{_EMOJI}#*0-9])\ufe0f"
    f"|\u200d(?<![{_EMOJI}\ufe0f{_JOINING_SCRIPT}]\u200d)"
    f"|(?<=[{_EMOJI}\ufe0f])\u200d(?![{_EMOJI}])"
    f"|(?<![{_JOINING_SCRIPT}])\u200c"
)

# Combining marks are no word characters to `re`: a run of nine of those is looked at closely, the rest
# never is.
_MAYBE_STACKED = re.compile(f"[^\\w\\s\x00-\x7f]{{{MAX_COMBINING_MARKS + 1},}}")


def clean_text(s: str, *, keep_newlines: bool = True) -> str:
    r"""Return `s` without anything that could steer a terminal or hide in plain sight.

    Only `\n` is left of the control characters; every other line break becomes one, tabs become spaces.
    The result is NFC and cleaning it again changes nothing. Never raises, whatever the string.

    Args:
        s: any string, lone surrogates and NULs included.
        keep_newlines: False turns each newline into one space.
    """
    if s.isascii():
        if _ASCII_SUSPECT.search(s) is not None:
            s = _clean_controls(s)
    else:
        s = _clean_unicode(s)
    return s if keep_newlines else s.replace("\n", " ")


def clean_line(s: str) -> str:
    """Return `s` cleaned and on one line, each run of white space folded into one space, ends stripped."""
    return " ".join(clean_text(s).split())


def escape_hidden(s: str) -> str:
    r"""Return `s` with what steers a terminal, reorders or is not seen written as `\uXXXX` or `\UXXXXXXXX`.

    For files that are read back: nothing is lost. Joiners, which make emoji and letters, stay as they are.
    """
    return _CONTROL.sub(_escaped, s)


def _escaped(match: re.Match[str]) -> str:
    number = ord(match.group())
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def _clean_controls(s: str) -> str:
    """Take out control characters and invisible ones, in any string."""
    s = _ESCAPE_SEQUENCE.sub("", s)
    s = _LINE_BREAK.sub("\n", s)
    if "\t" in s:
        s = s.expandtabs(_TAB_WIDTH)
    return _DROPPED.sub("", s)


def _clean_unicode(s: str) -> str:
    # Each step below costs a walk over the whole text; a look at the few distinct characters tells which
    # are needed.
    alphabet = "".join(set(s))
    if _SURROGATE.search(alphabet) is not None:
        # A pair that came as two halves is joined, a half alone is replaced.
        s = s.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        alphabet = "".join(set(s))
    if _CONTROL.search(alphabet) is not None:
        s = _clean_controls(s)
    if not unicodedata.is_normalized("NFC", s):
        s = unicodedata.normalize("NFC", s)
        alphabet = "".join(set(s))
    if _NONCHARACTER.search(alphabet) is not None:
        s = _NONCHARACTER.sub("\ufffd", s)
    if _BLANK.search(alphabet) is not None:
        s = _BLANK.sub(" ", s)
    joiners = _JOINER.search(alphabet) is not None
    marks = any(unicodedata.category(char)[0] == "M" for char in alphabet)
    if joiners:
        s = _drop_stray_joiners(s)
    if marks:
        s = _MAYBE_STACKED.sub(_cap_marks, s)
    # Characters that something stood between may compose now.
    return unicodedata.normalize("NFC", s) if joiners or marks else s


def _drop_stray_joiners(s: str) -> str:
    # Taking one out can leave the next without its neighbour; runs of them are cut first, so that few
    # rounds do.
    s = re.sub("([\u200c\u200d\ufe0f])[\u200c\u200d\ufe0f]+", _first_of_joiners, s)
    while True:
        shorter = _JOINER_OUT_OF_PLACE.sub("", s)
        if len(shorter) == len(s):
            return s
        s = shorter


def _first_of_joiners(match: re.Match[str]) -> str:
    run = match.group()
    return "\ufe0f\u200d" if run.startswith("\ufe0f\u200d") else run[0]


def _cap_marks(match: re.Match[str]) -> str:
    kept: list[str] = []
    marks = 0
    for char in match.group():
        if unicodedata.category(char)[0] == "M":
            marks += 1
            if marks > MAX_COMBINING_MARKS:
                continue
        elif char not in "\u200c\u200d":
            marks = 0
        kept.append(char)
    return "".join(kept)

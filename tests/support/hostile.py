"""Texts that have steered terminals, widgets and markup readers, and what tells whether one still does.

Everything that shows foreign text is fed with `SAMPLES`; `forbidden` looks at characters, `stray` at the raw
bytes that a whole program has written to its terminal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

ESC: Final = "\x1b"
BEL: Final = "\x07"
ST: Final = "\x1b\\"

MARKER: Final = "pwned"
"""Stands in every payload that no cleaned text may keep."""

SAMPLES: Final[Mapping[str, str]] = {
    "colour": f"{ESC}[31mred{ESC}[0m {ESC}[5mblink",
    "csi": f"a{ESC}[2J{ESC}[H{ESC}[999;1Hb{ESC}[6n{ESC}[c{ESC}[?1049l",
    "csi cut": f"a{ESC}[",
    "csi endless": f"a{ESC}[{'1;' * 90}m b",
    "osc 0": f"a{ESC}]0;{MARKER}{BEL}b{ESC}]0;{MARKER}{ST}c",
    "osc 2": f"a{ESC}]2;{MARKER}{BEL}b{ESC}]2;{MARKER}{ST}c",
    "osc 8": f"{ESC}]8;;http://{MARKER}.example{ST}press{ESC}]8;;{ST} {ESC}]8;;http://{MARKER}{BEL}it{ESC}]8;;{BEL}",
    "osc 9": f"a{ESC}]9;{MARKER}{BEL}b{ESC}]777;notify;{MARKER};x{ST}c",
    "osc 52": f"a{ESC}]52;c;cHduZWQ={BEL}b{ESC}]52;p;cHduZWQ={ST}c{ESC}]52;c;?{BEL}",
    "osc cut": f"a{ESC}]52;c;cHduZWQ=",
    "osc 1337": f"a{ESC}]1337;File=inline=1:cHduZWQ={BEL}b",
    "dcs": f"a{ESC}P1;1|17/{MARKER}{ST}b{ESC}P$q\"p{ST}{ESC}Ptmux;{ESC}{ESC}]52;c;cHduZWQ={BEL}{ST}c",
    "apc": f"a{ESC}_G{MARKER}{ST}b{ESC}^{MARKER}{ST}c{ESC}X{MARKER}{ST}d",
    "escapes": f"a{ESC}cb{ESC}7c{ESC}(0d{ESC}#8e{ESC}Nf{ESC}{ESC}{ESC}g{ESC}=h",
    "c1": "a" + "".join(map(chr, range(0x80, 0xA0))) + "b\x9b2Jc\x9d52;c;cHduZWQ=\x9cd\x90q\x9ce\x85f",
    "c0": "a" + "".join(chr(code) for code in range(0x20) if chr(code) not in "\n\r\t") + "b\x7fc",
    "overwrite": "Invoice 10 EUR\rInvoice 99 EUR\b\b\b\b1 000",
    "lines": "one\rtwo\r\nthree\x0bfour\x0cfive\u2028six\u2029seven\x85eight\ttab",
    "bidi": "invoice\u202efdp.exe\u202c \u202dltr \u2066lri\u2067rli\u2068fsi\u2069 \u200eL\u200fR \u061c",
    "zero width": "pay\u200bpal \u200cx\u200dy \u2060z\ufeff \u00ads\u00adh\u00ady \u180e \u3164 \uffa0",
    "selectors": "a\ufe00b\ufe0fc\U000e0100d \u2764\ufe0f 1\ufe0f\u20e3",
    "tags": "flag\U000e0001\U000e0041\U000e0070\U000e007f \U0001f3f4\U000e0067\U000e0062\U000e007f",
    "surrogates": "half\ud83d other\ude00 pair\ud83d\ude00 \udcff",
    "emoji": "\U0001f600\U0001f469\u200d\U0001f4bb\U0001f468\u200d\U0001f469\u200d"
    "\U0001f467\U0001f1e9\U0001f1ea",
    "skin tones": "\U0001f44d\U0001f3fd \U0001f3fd\U0001f3fe\U0001f3ff\U0001f3fb" * 4,
    "marks": "z\u0301a\u0323l\u0336g\u0489o " + "o" + "\u0301\u0323\u0336" * 100,
    "leading marks": "\u0336\u20dd\u0301first",
    "cjk": "你好，世界 안녕하세요 ｶﾞ \u1112\u1161\u11ab שלום مرحبا",
    "markup close": "[/] [/b] [/var/log] [/link]",
    "markup click": f"[@click=app.bell]{MARKER}[/] [@click=app.quit]press[/] [@click=\"app.exit('x')\"]y",
    "markup link": f"[link=http://{MARKER}.example]here[/link] [link=\"javascript:x\"]x[/]",
    "markup style": "[bold]b[/bold] [red on blue]c[/] [$error]d[/] [not a tag] [[escaped]] \\[e]",
    "variables": "$primary $error {{ ticket.id }} {% raw %} %s %(x)s {0} {__class__} ${HOME} `id`",
    "markdown": f"**b** [x](javascript:{MARKER}) ![i](http://{MARKER}/p.png) <b>h</b> # h `c` ~~~",
    "html": f"<script>{MARKER}()</script><b>bold</b> &#27;[31m &#x9b;2J &#8238;evil "
    f"<a href='x:{MARKER}'>l</a>",
    "plane ends": "a\ufffeb\uffffc\ufdd0d\U0001ffffe\U0010ffff",
    "private": "a\ue000b\U000f0000c",
}  # fmt: skip
"""By what each is for; all short enough for a line."""

HUGE: Final[Mapping[str, str]] = {
    "word": "W" * 100_000,
    "wide word": "漢" * 20_000,
    "line": "long words of a line " * 1_000,
    "marks": "e" + "\u0301" * 10_000 + "nd",
    "spread marks": "e\u0301\u0323\u0336" * 3_000,
    "escapes": f"{ESC}]52;c;" * 3_000,
    "emoji": "\U0001f469\u200d" * 5_000,
    "lines": "l\r" * 10_000,
    "markup": "[/][@click=app.quit]" * 1_500,
}
"""By what each is for; none may take long."""

ALL: Final = " ".join(SAMPLES.values())
"""One text with every sample in it."""

JOINERS: Final = "\u200c\u200d\ufe0f"
"""Kept where the script or the emoji needs them."""

# Vowels and finals of Korean syllables: they are drawn into the letter before them.
_JAMO = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff]")
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff"
    "\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def forbidden(text: str) -> set[str]:
    """Code points that could steer a terminal, reorder a line or hide; a line feed is none."""
    return {
        f"U+{ord(char):04X}"
        for char in set(text)
        if (char != "\n" and unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")) or _HIDDEN.match(char)
    }


def cells(text: str) -> int:
    """Cells of a cleaned line in a terminal that knows nothing of joined emoji, by Unicode's own tables."""
    return sum(_cells_of(char) for char in text)


def _cells_of(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Mc", "Cf") or _JAMO.match(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


# What Textual writes, and nothing else. Its own queries at the start ask for keys and pixels; `]22` is the
# pointer's shape.
_TOKEN = re.compile(
    r"(?P<move>\x1b\[\d+;\d+H|\x1b\[H)"
    r"|(?P<style>\x1b\[[0-9;]*m)"
    r"|(?P<mode>\x1b\[\?\d+(?:;\d+)*(?:[hl]|\$p)"
    r"|\x1b\[[<>=]\d*(?:;\d+)*u|\x1b\[>\d*(?:;\d+)*[mq]|\x1b\[\d* q|\x1b\[\d*t)"
    r"|(?P<pointer>\x1b\]22;[a-z-]*\x07)"
    r"|(?P<copy>\x1b\]52;c;[A-Za-z0-9+/=]*\x07)"
    r"|(?P<end>\r?\n)"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)",
)


class Written:
    """What a program wrote to its terminal, taken apart."""

    def __init__(self, output: bytes, columns: int) -> None:
        """Take the output apart.

        Args:
            output: Raw bytes.
            columns: Of the terminal; 0 to leave the cells uncounted.
        """
        self.stray: list[str] = []
        """What Textual does not write of itself, each with what stands around it."""
        self.copied: list[str] = []
        """What was put into the clipboard, in base64."""
        self.overflows: list[str] = []
        """Runs of text that went beyond the last column."""
        self.texts: list[str] = []
        """Runs of text."""
        text = output.decode("utf-8", "surrogateescape")
        column, place = 1, 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                self.stray.append(ascii(text[max(0, place - 30) : place + 30]))
                place += 1
                continue
            kind, word = found.lastgroup, found.group()
            place = found.end()
            if kind == "move":
                column = int(word[2:-1].partition(";")[2] or 1)
            elif kind == "end":
                column = 1
            elif kind == "copy":
                self.copied.append(word[7:-1])
            elif kind == "text":
                self.texts.append(word)
                if bad := forbidden(word):
                    self.stray.append(f"{bad} in {word[:60]!a}")
                column += cells(word)
                if columns and column > columns + 1:
                    self.overflows.append(f"{column - 1} of {columns}: {word[-60:]!a}")

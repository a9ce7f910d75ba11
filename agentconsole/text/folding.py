"""Tells what a person wrote from the history they quoted and the signature below it; loses no character.

The words that sign-offs and quote headers begin with come from mail-parser-reply, in sixteen languages. Its
own way of cutting does not keep the text whole and can take minutes on hostile input, so its patterns are
only asked about one short line at a time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from mailparser_reply.constants import MAIL_LANGUAGES

Kind = Literal["body", "quote", "signature"]
"""body: what was written; quote: earlier messages; signature: name, firm, "Sent from my phone"."""

_LONGEST_HEADER_LINE: Final = 160
_HEADER_LINES: Final = 3
_MAX_HEADER_TRIES: Final = 80
_LONGEST_SIGN_OFF: Final = 60
_LONGEST_SIGNATURE_LINE: Final = 120
_SIGNATURE_LINES: Final = 12
_DASHED_SIGNATURE_LINES: Final = 40

# In the library's own patterns for these languages the look-ahead forbids what the rest then wants, or
# none is there.
_WROTE_LINES = (
    r"El\s.{4,300}\sescribió:",
    r"Em\s.{4,300}\sescreveu:",
    r"Op\s.{4,200}\sschreef\s.{1,100}:",
    r".{4,200}\sнаписал(?:\(а\)|а)?:",
    r".{0,60}\d{4}年\d{1,2}月\d{1,2}日.{0,200}(?:写道|寫道)[：:]",
    r".{0,60}\d{4}年\d{1,2}月\d{1,2}日.{0,200}(?:のメール|さんは書きました|wrote)[：:]?",
    r".{0,60}\d{4}년 ?\d{1,2}월 ?\d{1,2}일.{0,200}작성(?:하였습니다)?[：:]",
    r"\d{4}/\d{1,2}/\d{1,2} .{1,200}<[^<>\s]+@[^<>\s]+>:?",
)
_WROTE_LANGUAGES = ("en", "de", "fr", "it", "nl", "pl", "cs", "da", "sv", "ja")

_SEPARATOR = re.compile(
    r"(?:-{3,}|_{3,}|Begin |Anfang )?\s*(?:Original Message|Forwarded message|Ursprüngliche Nachricht"
    r"|Weitergeleitete Nachricht|der weitergeleiteten (?:E-Mail|Nachricht)|Message d'origine"
    r"|Message transféré|Mensaje original|Mensaje reenviado|Messaggio originale"
    r"|Oorspronkelijk bericht|Mensagem original|原始邮件|转发邮件|转发的邮件"
    r"|元のメッセージ|転送メッセージ|원본 메시지)\s*(?:-{3,}|_{3,}|:)?",
    re.IGNORECASE,
)
_HEADER_FIELD = re.compile(
    r"\*?(?P<name>From|Sent|To|Subject|Date|Cc|Von|Gesendet|An|Betreff|Datum|De|Envoyé|À|Objet|Enviado|Para|Asunto"
    r"|Fecha|Da|Inviato|A|Oggetto|Data|Van|Verzonden|Aan|Onderwerp|Assunto|Från|Skickat|Till|Ämne|Fra|Sendt|Til|Emne"
    r"|发件人|发送时间|收件人|主题|抄送|寄件者|收件者|差出人|送信日時|宛先|件名|보낸\s?사람|받는\s?사람|제목|날짜"
    r"|От|Кому|Тема|Дата)\*?\s?[:：]\*?\s*\S",
    re.IGNORECASE,
)
_SENDER_FIELDS = frozenset("from von de da van från fra 发件人 寄件者 差出人 보낸사람 от".split())
_MIN_HEADER_FIELDS: Final = 3

_QUOTED = re.compile(r"\s{0,3}>")
_DASHES = re.compile(r"(?:--|__|—|–)\s*\Z")
_SENTENCE = re.compile(r"[a-z0-9]{2}[.!?。！？](?:\s|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a message that belongs together."""

    kind: Kind
    text: str
    """Exactly as in the message, line breaks included."""


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A message cut into parts."""

    parts: tuple[Part, ...]
    """In the order of the text; their texts joined give it back. Empty only for an empty text."""

    @property
    def body(self) -> str:
        """What the author wrote: the body parts joined, blank ends stripped."""
        return "".join(part.text for part in self.parts if part.kind == "body").strip()


def fold(text: str) -> FoldedText:
    r"""Cut `text` (cleaned, lines separated by `\n`) into body, quoted history and signature.

    Answers between quoted lines stay body. A message that is nothing but a quote or a signature is body,
    since that is what was said. Takes time linear in the length of the text; never raises.
    """
    lines = text.splitlines(keepends=True)
    kinds = _mark_quotes([line.strip() for line in lines])
    _mark_signatures(lines, kinds)
    parts = _joined(lines, kinds)
    if parts and not any(part.kind == "body" and part.text.strip() for part in parts):
        parts = (Part("body", text),)
    return FoldedText(parts)


def _mark_quotes(lines: list[str]) -> list[Kind]:
    kinds: list[Kind] = ["body"] * len(lines)
    tries = 0
    position = 0
    while position < len(lines):
        line = lines[position]
        if not line:
            position += 1
        elif _QUOTED.match(line) is not None:
            kinds[position] = "quote"
            position += 1
        elif _SEPARATOR.fullmatch(line) is not None or _starts_header_block(lines, position):
            _mark_rest(kinds, position)
            break
        elif tries < _MAX_HEADER_TRIES and (length := _wrote_header_length(lines, position)):
            # Below such a line comes either text marked with ">", after which the author may go on, or
            # all history.
            after = _next_line_with_text(lines, position + length)
            kinds[position : position + length] = ["quote"] * length
            if after == len(lines) or _QUOTED.match(lines[after]) is not None:
                kinds[position:after] = ["quote"] * (after - position)
                position = after
            else:
                _mark_rest(kinds, position)
                break
        else:
            tries += line.endswith((":", "："))
            position += 1
    _join_over_blanks(lines, kinds)
    return kinds


def _mark_rest(kinds: list[Kind], start: int) -> None:
    kinds[start:] = ["quote"] * (len(kinds) - start)


def _next_line_with_text(lines: list[str], start: int) -> int:
    while start < len(lines) and not lines[start]:
        start += 1
    return start


def _join_over_blanks(lines: list[str], kinds: list[Kind]) -> None:
    """Count blank lines between two quoted ones as quoted."""
    last_quoted: int | None = None
    for position, line in enumerate(lines):
        if kinds[position] == "quote":
            if last_quoted is not None:
                kinds[last_quoted:position] = ["quote"] * (position - last_quoted)
            last_quoted = position
        elif line:
            last_quoted = None


def _wrote_header_length(lines: list[str], position: int) -> int:
    """Return how many lines a header such as "On Monday, Ann wrote:" takes here; 0 if there is none."""
    header = ""
    for length, line in enumerate(lines[position : position + _HEADER_LINES], start=1):
        if not line or len(line) > _LONGEST_HEADER_LINE or _QUOTED.match(line) is not None:
            return 0
        header = f"{header} {line}" if header else line
        if line.endswith((":", "：", ">", "メール")) and _wrote_pattern().fullmatch(header) is not None:
            return length
    return 0


def _starts_header_block(lines: list[str], position: int) -> bool:
    """Tell whether the fields that mail programs put above a forwarded message begin at `position`."""
    first = _HEADER_FIELD.match(lines[position])
    if first is None or re.sub(r"\s", "", first["name"]).lower() not in _SENDER_FIELDS:
        return False
    names = {
        match["name"].lower()
        for line in lines[position : position + 8]
        if (match := _HEADER_FIELD.match(line)) is not None
    }
    return len(names) >= _MIN_HEADER_FIELDS


def _mark_signatures(lines: list[str], kinds: list[Kind]) -> None:
    """Mark the last lines of each stretch of body as signature where they begin like one."""
    end = len(lines)
    while end > 0:
        start = end
        while start > 0 and kinds[start - 1] == kinds[end - 1]:
            start -= 1
        if kinds[end - 1] == "body":
            _mark_signature(lines, kinds, start, end)
        end = start


def _mark_signature(lines: list[str], kinds: list[Kind], start: int, end: int) -> None:
    sent_from_only = False
    found: int | None = None
    used = 0
    for position in range(end - 1, max(start, end - _DASHED_SIGNATURE_LINES * 2) - 1, -1):
        line = lines[position].strip()
        if not line:
            continue
        if len(line) > _LONGEST_SIGNATURE_LINE or used >= _DASHED_SIGNATURE_LINES:
            break
        used += 1
        if _DASHES.match(line) is not None:
            found = position
            break
        if _is_sent_from(line) and used <= 2:
            found, sent_from_only = position, True
        elif used <= _SIGNATURE_LINES and _is_sign_off(line):
            found, sent_from_only = position, False
        elif used <= _SIGNATURE_LINES and not sent_from_only and found is not None:
            break
        elif _SENTENCE.search(line) is not None and len(line.split()) > 5:
            # A sentence below a sign-off means that the sign-off was none; only dashes may stand further
            # up.
            used = max(used, _SIGNATURE_LINES)
    if found is not None:
        kinds[found:end] = ["signature"] * (end - found)


def _is_sign_off(line: str) -> bool:
    """Tell whether a line is "Best regards," and no more than a name with it."""
    if len(line) > _LONGEST_SIGN_OFF:
        return False
    match = _sign_off_pattern().match(line)
    if match is None:
        return False
    rest = line[match.end() :].strip(" ,.!;:，。！")
    return len(rest.split()) <= 3 and _SENTENCE.search(f"{rest} ") is None


def _is_sent_from(line: str) -> bool:
    return len(line) <= _LONGEST_SIGN_OFF * 2 and _sent_from_pattern().match(line) is not None


@lru_cache(maxsize=1)
def _wrote_pattern() -> re.Pattern[str]:
    patterns = [MAIL_LANGUAGES[language]["wrote_header"] for language in _WROTE_LANGUAGES]
    patterns += [f"(?:{pattern})" for pattern in _WROTE_LINES]
    return re.compile("|".join(patterns), re.IGNORECASE)


@lru_cache(maxsize=1)
def _sign_off_pattern() -> re.Pattern[str]:
    phrases: set[str] = {
        "Regards",
        "Cheers",
        "Sincerely",
        "Yours",
        "Warm regards",
        "Many thanks",
        "Thanks again",
    }
    for words in MAIL_LANGUAGES.values():
        # One entry of the library is a pattern for "/Anna", which is a path in a helpdesk as often as a
        # name.
        phrases.update(
            phrase.rstrip(",") for phrase in words.get("signatures", ()) if not phrase.startswith("/")
        )
    ordered = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(ordered)})(?![\w'’])", re.IGNORECASE)


@lru_cache(maxsize=1)
def _sent_from_pattern() -> re.Pattern[str]:
    phrases = {str(words["sent_from"]) for words in MAIL_LANGUAGES.values() if words.get("sent_from")}
    return re.compile(rf"(?:{'|'.join(sorted(phrases, key=len, reverse=True))})", re.IGNORECASE)


def _joined(lines: list[str], kinds: list[Kind]) -> tuple[Part, ...]:
    parts: list[Part] = []
    start = 0
    for position in range(1, len(lines) + 1):
        if position == len(lines) or kinds[position] != kinds[start]:
            parts.append(Part(kinds[start], "".join(lines[start:position])))
            start = position
    return tuple(parts)

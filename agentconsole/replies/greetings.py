"""Whom a text greets, and whether two names may be the same person's. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

_LINES_LOOKED_AT: Final = 3
_LONGEST_LINE: Final = 120
_MOST_NAME_WORDS: Final = 4
_ALIKE: Final = 0.75
"""From here on two spellings may be the same name."""

_HELLO = re.compile(
    r"\s{0,8}(?:(?:hi|hello|hey|hiya|dear|hallo|hej|moin|servus|grüezi|liebe[rs]?|sehr geehrte[rs]?"
    r"|geehrte[rs]?"
    r"|bonjour|bonsoir|salut|coucou|chère?|cher|hola|estimad[oa]|querid[oa]|apreciad[oa]|ciao|buongiorno"
    r"|gentile|olá"
    r"|good (?:morning|afternoon|evening|day)|guten (?:tag|morgen|abend)|buen(?:os|as) (?:días|tardes"
    r"|noches))"
    r"(?:,? (?=\S)|\s{0,2}$))(?P<rest>.{0,100})",
    re.IGNORECASE,
)
_HELLO_CJK = re.compile(
    r"\s{0,8}(?:(?:尊敬的|亲爱的|敬爱的)(?P<dear>[\u4e00-\u9fff·]{1,8})"
    r"|(?:你好|您好|嗨|哈喽)[，, ]\s?(?P<after>[\u4e00-\u9fff·]{1,6})(?=[，,！!：:。]|\s*$)"
    r"|(?P<before>[\u4e00-\u9fff·]{1,8}?)[，, ]?(?:你好|您好))"
)
_CJK_TITLE = re.compile("先生|女士|小姐|太太|老师|同学|经理|[您你]?好$")
_CJK_NOBODY = re.compile("客户|顾客|用户|朋友|大家|各位|贵公司|团队|您|你|会员|买家|亲")
_ENDS = re.compile(r"[,!:;.?\n，！：。–—(]| - ")

_TITLES: Final = frozenset(
    "mr mrs ms miss mx dr prof professor sir madam herr frau fräulein hr fr m mme mlle monsieur madame"
    " mademoiselle sr sra srta señor señora señorita don doña signor signora dott ing dipl".split()
)
_NOBODY: Final = frozenset(
    "there all everyone everybody team folks again both customer customers guys friend friends sir madam"
    " to whom"
    " it may concern colleague colleagues support you ladies gentlemen and or zusammen alle ihr kunde"
    " kundin kunden"
    " liebe damen und herren team kollegen kollegin kollege tous toutes à cher client cliente clients"
    " equipo équipe"
    " l'équipe todos todas cliente clientes from the user users valued member members reader partner"
    " thanks thank vielen danke dank merci gracias and und et y just here this we i your our please bitte"
    " sorry"
    " good morning afternoon evening day noch nochmal".split()
)
"""Words behind a greeting that name nobody in particular."""

_SHORT_FORMS: Final = (
    "alexander alexandra alex sasha sascha sandra",
    "anthony antonio tony toni",
    "benjamin ben",
    "catherine katherine katharina kathrin cathy kathy kate katie cat",
    "charles charlie chuck",
    "christopher christian christina christine chris tina",
    "daniel daniela dan danny dani",
    "edward eduard ed eddie ted",
    "elizabeth elisabeth liz lizzy beth betty lisa elsa",
    "francisco paco pancho",
    "frederick friedrich fred fritz",
    "gabriel gabriela gabi gabe",
    "henry heinrich harry heinz",
    "james jim jimmy jamie",
    "johann johannes john jack hans jonathan jon",
    "jose pepe",
    "joseph josef joe sepp",
    "margaret margarete maggie meg peggy greta",
    "matthew matthias matt",
    "michael michaela mike micky michel",
    "nicholas nikolaus nick nico klaus claus",
    "patricia patrick pat patty",
    "peter pete",
    "rebecca becky",
    "richard rick dick rich",
    "robert roberta rob bob bobby bert",
    "samuel samantha sam sammy",
    "stephen steven stefan stephan steve",
    "susan susanne sue susi",
    "theodore theodor theo ted",
    "thomas tom tommy",
    "victoria vicky",
    "william wilhelm will bill billy willi",
)
_FORMS: Final = {form: number for number, group in enumerate(_SHORT_FORMS) for form in group.split()}
_BOTH_FORMS: Final = frozenset({"ted", "sam", "pat"})
"""Short for more than one name."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """A name that a text greets, and where it stands."""

    name: str
    start: int
    end: int


def greeted(text: str) -> Greeting | None:
    """Find whom a text greets by name; None where it greets nobody, or nobody in particular."""
    place = 0
    seen = 0
    for line in text[:4000].split("\n"):
        if line.strip():
            seen += 1
            found = _in_line(line[:_LONGEST_LINE])
            if found is not None:
                name, start, end = found
                return Greeting(name, place + start, place + end) if name else None
        if seen >= _LINES_LOOKED_AT:
            return None
        place += len(line) + 1
    return None


def _in_line(line: str) -> tuple[str, int, int] | None:
    """Find the name in a line: empty for a greeting without one; None for no greeting."""
    cjk = _HELLO_CJK.match(line)
    if cjk is not None:
        kind = next(name for name in ("dear", "after", "before") if cjk.group(name) is not None)
        name = _CJK_TITLE.sub("", cjk.group(kind))
        return ("" if _CJK_NOBODY.search(name) or len(name) > 4 else name), cjk.start(kind), cjk.end(kind)
    match = _HELLO.match(line)
    if match is None:
        return None
    rest, start = match.group("rest"), match.start("rest")
    end = _ENDS.search(rest)
    while (
        end is not None
        and rest[: end.start()].rpartition(" ")[2].casefold() in _TITLES
        and end.group() == "."
    ):
        end = _ENDS.search(rest, end.end())
    said = rest[: end.start()] if end is not None else rest
    words = [word for word in said.split() if word.casefold().strip(".") not in _TITLES]
    if not words or len(words) > _MOST_NAME_WORDS or any(word.casefold() in _NOBODY for word in words):
        return "", start, start
    if not all(
        word[0].isupper() or word.casefold() in ("von", "van", "de", "da", "del", "la") for word in words
    ):
        return "", start, start
    if not all(re.fullmatch(r"[^\W\d_][\w'’.-]*", word) for word in words):
        return "", start, start
    offset = said.find(words[0])
    return " ".join(words), start + offset, start + len(said.rstrip())


def may_greet(greeting: str, known: Iterable[str]) -> bool:
    """Whether a greeted name may be one of the known ones; names in its own script count before others."""
    names = [name for name in known if _parts(name)]
    latin = _latin(_parts(greeting))
    alike = [name for name in names if _latin(_parts(name)) == latin]
    return not names or any(same_person(greeting, name) for name in alike or names)


def same_person(greeting: str, known: str) -> bool:
    """Whether a greeted name may be a known one: any word alike, a short form, or another script.

    Args:
        greeting: As greeted.
        known: A name, or a mail address.
    """
    asked, have = _parts(greeting), _parts(known)
    if not asked or not have:
        return True
    if not _latin(asked) == _latin(have):
        # 陈女士 may well be Li Chen.
        return True
    return any(_alike(one, other) for one in asked for other in have)


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    if not one.isascii() or not other.isascii():
        if one in other or other in one:
            return True
    if _FORMS.get(one) is not None and _FORMS.get(one) == _FORMS.get(other):
        return True
    if one in _BOTH_FORMS or other in _BOTH_FORMS:
        return any({one, other} <= set(group.split()) for group in _SHORT_FORMS)
    short, long = sorted((one, other), key=len)
    if (len(short) >= 3 or len(short) == 1) and long.startswith(short):
        return True
    # Written together in a mail address: `marak`, `annasmith12`.
    if len(short) >= 4 and short in long:
        return True
    return len(short) >= 4 and SequenceMatcher(None, one, other).ratio() >= _ALIKE


def _parts(name: str) -> list[str]:
    name = name.partition("@")[0] if "@" in name else name
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char)).replace("ß", "ss")
    return [part for part in re.findall(r"[^\W\d_]+", plain[:200]) if part not in _TITLES]


def _latin(parts: list[str]) -> bool:
    return all("a" <= char <= "\u024f" for part in parts for char in part)


_TO_SOMEBODY = re.compile(
    r"(?<![\w.@])@(?P<at>[^\W\d_][\w.-]{1,40})"
    r"|^\s{0,4}(?P<opens>[A-Z\u00c0-\u00de][^\W\d_]{1,20}(?: [A-Z\u00c0-\u00de][^\W\d_]{1,20})?)"
    r"(?=[,:] |,$|:$| ?[–—-] )",
    re.MULTILINE,
)
_NO_NAME: Final = frozenset(
    "note notes status update customer done open promised fyi info reminder handover todo please question"
    " answer"
    " summary result order subject from to cc date hinweis kunde erledigt offen bitte sorry thanks hello"
    " hi hey"
    " today yesterday tomorrow still however also now payments card refund phone call yes no ok okay".split()
)
_ALL_OF_THEM = re.compile(
    r"\s{0,4}(?:hi |hello |hey |hallo |dear |liebe )?(?:team|all|folks|colleagues|everyone|kollegen"
    r"|zusammen|alle)\b[ ,:!]",
    re.IGNORECASE,
)


def addressed_in(note: str) -> str | None:
    """Find whom an internal note is addressed to; None for one that is for the record."""
    note = note[:2000]
    if _ALL_OF_THEM.match(note):
        return "the team"
    hello = greeted(note)
    if hello is not None:
        return hello.name
    for match in _TO_SOMEBODY.finditer(note):
        if match.group("at") is not None:
            return match.group("at").rstrip(".")
        opening = match.group("opens")
        if not note[: match.start()].strip() and opening.split()[0].casefold() not in _NO_NAME:
            return opening
    return None

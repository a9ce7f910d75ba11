"""What customers write about: one topic a kind of question, with the article that answers it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any

from agentconsole.demo.content.files import read_csv, read_json, read_yaml
from agentconsole.demo.content.library import Reference, references
from agentconsole.demo.content.structure import CARDS, ORDERS


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to put a question, with the subjects and answers that fit it."""

    question: str
    subjects: tuple[str, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of question. Texts may hold `{order}` and the like, but for the questions of banking77."""

    name: str
    """Also the ticket's tag."""
    article: Reference
    cause: str
    product: str
    language: str
    kind: str
    """`info` asks something, `fix` has something that doesn't work, `wait` needs somebody to do something."""
    variants: tuple[Variant, ...]
    weight: float
    needs: str = "none"
    """Which order it is about: `none`, `any`, `device` or a kind of device."""
    window: tuple[float, float] = (0, 0)
    """Days between the order and the question, least and most."""
    ask: tuple[str, ...] = ()
    """What an agent may ask first; empty where nothing is missing."""
    detail: tuple[str, ...] = ()
    priority: str | None = None
    verbatim: bool = False
    """Questions are real ones and stand as they are."""
    refund: bool = False
    procedure: str | None = None
    """The note of an agent who followed the written procedure."""

    @property
    def needs_card(self) -> bool:
        """Whether only somebody with a card can ask this."""
        return self.product == "product_card" or any("{ending}" in each.question for each in self.variants)


@cache
def phrases() -> dict[str, Any]:
    """Return the sentences that threads are put together from."""
    found: dict[str, Any] = read_yaml("company/topics/phrases.yaml")
    return found


@cache
def topics() -> tuple[Topic, ...]:
    """Return all topics: 77 about money from banking77, the others from the company's own lists."""
    return (*_banking(), *_own("company/topics/flows.yaml", "en"), *_own("company/topics/chinese.yaml", "zh"))


def _banking() -> list[Topic]:
    questions: dict[str, list[str]] = defaultdict(list)
    for row in read_csv("banking77/questions.csv"):
        questions[row["category"]].append(row["text"])
    known = references()
    said = phrases()
    found: list[Topic] = []
    for intent, row in read_yaml("company/topics/banking.yaml").items():
        article = known[row["article"]]
        kind = "info" if row["cause"] in _INFORMATION else "fix" if intent in _APP_TROUBLE else "wait"
        asked = _asked_first(intent, article, kind)
        answers = (row["answer"],)
        subjects = (row["subject"],)
        found.append(
            Topic(
                name=intent.rstrip("?").lower(),
                article=article,
                cause=row["cause"],
                product="product_card" if article.group_id == CARDS else "product_app",
                language="en",
                kind=kind,
                variants=tuple(Variant(question, subjects, answers) for question in questions[intent]),
                weight=1.5,
                ask=tuple(said[f"ask_{asked}"]) if asked else (),
                detail=tuple(said[f"detail_{asked}"]) if asked else (),
                priority=row.get("priority"),
                verbatim=True,
            )
        )
    return found


_INFORMATION = {"how_to", "policy"}
_APP_TROUBLE = {"passcode_forgotten", "unable_to_verify_identity", "lost_or_stolen_phone"}
_NOTHING_TO_ASK = {
    "card_arrival",
    "lost_or_stolen_card",
    "card_swallowed",
    "compromised_card",
    "edit_personal_details",
}
_ABOUT_CARDS = ("card-", "atm-", "unknown-", "pending-", "exchange-")


def _asked_first(intent: str, article: Reference, kind: str) -> str | None:
    """Return which details an agent asks for first: of a `card` payment, of `money`, or of the `app`."""
    if intent in _APP_TROUBLE:
        return "app"
    if kind == "info" or intent in _NOTHING_TO_ASK:
        return None
    return "card" if article.slug.startswith(_ABOUT_CARDS) else "money"


def _own(name: str, language: str) -> list[Topic]:
    known = references()
    found: list[Topic] = []
    for row in read_yaml(name):
        window = row.get("window", (0, 0))
        article = known[row["article"]]
        found.append(
            Topic(
                name=row.get("tag", row["name"]),
                article=article,
                cause=row["cause"],
                product=row["product"],
                language=language,
                kind="wait" if article.group_id == ORDERS else "fix",
                variants=tuple(_variant(row, entry) for entry in row["questions"]),
                weight=float(row.get("weight", 1)),
                needs=row["needs"],
                window=(float(window[0]), float(window[1])),
                ask=(row["ask"],) if "ask" in row else (),
                detail=(row["detail"],) if "detail" in row else (),
                priority=row.get("priority"),
                refund=bool(row.get("refund", False)),
                procedure=_procedure(row["flow"]) if "flow" in row else None,
            )
        )
    return found


def _variant(row: dict[str, Any], entry: str | dict[str, Any]) -> Variant:
    answers = tuple(row["answers"])
    if isinstance(entry, str):
        return Variant(entry, tuple(row["subjects"]), answers)
    fitting = tuple(answers[at] for at in entry["a"]) if "a" in entry else answers
    return Variant(entry["q"], tuple(entry.get("s", row["subjects"])), fitting)


# Steps of ABCD's own game, not of a support desk.
_LEFT_OUT = {
    "Ask the Oracle",
    "Membership Privileges",
    "Make Purchase",
    "Try Again",
    "Log Out/In",
    "Instructions",
}


def _procedure(flow: str) -> str:
    entry = read_json("abcd/flows.json")[flow]
    steps = [step["step"] for step in entry["steps"] if step["step"] not in _LEFT_OUT]
    return f'Procedure "{entry["name"]}": ' + ", ".join(steps) + ". Done."

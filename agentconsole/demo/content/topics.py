"""What customers write about: one topic a kind of question, with the article that answers it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any

from agentconsole.demo.content.files import read_csv, read_json, read_yaml
from agentconsole.demo.content.library import Reference, references


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of question. Texts may hold `{order}` and the like, but for the questions of banking77."""

    name: str
    """Also the ticket's tag."""
    article: Reference
    cause: str
    product: str
    language: str
    subjects: tuple[str, ...]
    questions: tuple[str, ...]
    answers: tuple[str, ...]
    weight: float
    needs: str = "none"
    """Which order it is about: `none`, `any`, `device` or a kind of device."""
    window: tuple[float, float] = (0, 0)
    """Days between the order and the question, least and most."""
    ask: tuple[str, ...] = ()
    detail: tuple[str, ...] = ()
    priority: str | None = None
    verbatim: bool = False
    """Questions are real ones and stand as they are."""
    refund: bool = False
    procedure: str | None = None
    """The note of an agent who followed the written procedure."""


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
        about_card = article.slug.startswith(("card-", "atm-", "unknown-", "pending-", "exchange-"))
        kind = "card" if about_card else "app"
        found.append(
            Topic(
                name=intent.rstrip("?").lower(),
                article=article,
                cause=row["cause"],
                product="product_card" if article.group_id == 301 else "product_app",
                language="en",
                subjects=(row["subject"],),
                questions=tuple(questions[intent]),
                answers=(row["answer"],),
                weight=1.5,
                ask=tuple(said[f"ask_{kind}"]),
                detail=tuple(said[f"detail_{kind}"]),
                priority=row.get("priority"),
                verbatim=True,
            )
        )
    return found


def _own(name: str, language: str) -> list[Topic]:
    known = references()
    said = phrases()
    found: list[Topic] = []
    for row in read_yaml(name):
        window = row.get("window", (0, 0))
        found.append(
            Topic(
                name=row.get("tag", row["name"]),
                article=known[row["article"]],
                cause=row["cause"],
                product=row["product"],
                language=language,
                subjects=tuple(row["subjects"]),
                questions=tuple(row["questions"]),
                answers=tuple(row["answers"]),
                weight=float(row.get("weight", 1)),
                needs=row["needs"],
                window=(float(window[0]), float(window[1])),
                ask=(row["ask"],) if "ask" in row else tuple(said["zh_ask"]),
                detail=(row["detail"],) if "detail" in row else tuple(said["zh_detail"]),
                priority=row.get("priority"),
                refund=bool(row.get("refund", False)),
                procedure=_procedure(row["flow"]) if "flow" in row else None,
            )
        )
    return found


# Steps of ABCD's own game, not of a support desk.
_LEFT_OUT = {"Ask the Oracle", "Membership Privileges", "Make Purchase", "Try Again", "Log Out/In", "Instructions"}


def _procedure(flow: str) -> str:
    entry = read_json("abcd/flows.json")[flow]
    steps = [step["step"] for step in entry["steps"] if step["step"] not in _LEFT_OUT]
    return f'Procedure "{entry["name"]}": ' + ", ".join(steps) + ". Done."

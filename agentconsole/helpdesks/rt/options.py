"""What an RT account has to be told in the config, and what has been learned of the server. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final

from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import Rejected
from agentconsole.domain.tickets import STATUSES, Status

TAGS_FIELD: Final = "tags_field"
ARTICLE_CLASSES: Final = "article_classes"
STATUS_WORDS: Final = "statuses"
SPAM_STATUS: Final = "spam_status"

USUAL_STATUSES: Final[dict[str, Status]] = {
    "new": "new",
    "open": "open",
    "stalled": "pending",
    "resolved": "solved",
    "rejected": "closed",
}
"""RT's default lifecycle; `deleted` is no choice but an end."""
DELETED: Final = "deleted"


@dataclass(frozen=True, slots=True)
class RtOptions:
    """The account's `options`."""

    tags_field: str = ""
    """Name of the ticket custom field that holds tags, since RT has none of its own; empty: no tags."""
    article_classes: tuple[str, ...] = ()
    """Names of the article classes that are knowledge; empty: all that the login may see."""
    statuses: Mapping[str, Status] = field(default_factory=dict)
    """Words of own lifecycles and what they are; others are looked up as active or inactive."""
    spam_status: str = "rejected"
    """The status that spam gets; empty: nothing is marked as spam from here."""


def options_of(account: AccountSettings) -> RtOptions:
    """Read an account's options.

    Raises:
        Rejected: There is no such option, or it is of another kind.
    """
    tags = ""
    classes: tuple[str, ...] = ()
    words: dict[str, Status] = {}
    spam = "rejected"
    for name, value in account.options.items():
        if name == TAGS_FIELD and isinstance(value, str):
            tags = value
        elif name == ARTICLE_CLASSES and isinstance(value, str | tuple):
            classes = (value,) if isinstance(value, str) else value
        elif name == STATUS_WORDS and isinstance(value, Mapping):
            words = {word: _status(account.name, word, meant) for word, meant in value.items()}
        elif name == SPAM_STATUS and isinstance(value, str):
            spam = value
        else:
            raise Rejected(
                f"{account.name}: option “{name}” of config.toml cannot be used; Request Tracker knows "
                f"{TAGS_FIELD} and {SPAM_STATUS} (texts), {ARTICLE_CLASSES} (several) and {STATUS_WORDS} "
                "(a table)."
            )
    return RtOptions(tags, classes, words, spam)


def _status(account: str, word: str, meant: str) -> Status:
    for known in STATUSES:
        if meant == known:
            return known
    raise Rejected(f"{account}: status “{word}” is said to be “{meant}”; it can be {', '.join(STATUSES)}.")


@dataclass(frozen=True, slots=True)
class CustomField:
    """A ticket custom field as RT defines it."""

    remote_id: str
    name: str
    kind: str
    """RT's type: `Freeform Text Wikitext HTML Select Combobox Autocomplete Date DateTime IPAddress ...`."""
    many: bool
    """Whether it holds several values."""
    values: tuple[str, ...] = ()
    """What can be chosen."""
    position: int = 0


@dataclass(slots=True)
class Known:
    """What parsing a row needs to know of the account; learned as it goes."""

    options: RtOptions
    me: str | None = None
    """The login's own name."""
    zone: tzinfo = UTC
    """The login's time zone, in which RT reads and writes date-time custom fields."""
    fields: Mapping[str, CustomField] = field(default_factory=dict)
    """Ticket custom fields by id."""
    tags: str | None = None
    """Id of the custom field that holds tags."""
    statuses: dict[str, Status] = field(default_factory=lambda: dict(USUAL_STATUSES))
    """RT's words and what they are."""
    agents: set[str] = field(default_factory=set)
    """Names of people who have acted as agents: RT tells nobody's role."""

"""A profile with some tickets in it, filled as the worker would: for tests of the desk and of commands.

with filled_profile(tmp_path / "p") as profile:
    desk = profile.open_desk()
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from agentconsole.bootstrap import open_desk
from agentconsole.clock import FixedClock
from agentconsole.config import Paths, profile_paths
from agentconsole.config_writing import put_account
from agentconsole.desk import kept
from agentconsole.desk.context import Desk
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.fields import FieldOption, RemoteArticle, RemoteMacro, TicketField
from agentconsole.domain.messages import RemoteAttachment, RemoteMessage
from agentconsole.domain.people import Identity, RemoteGroup, RemotePerson
from agentconsole.domain.tickets import RemoteTicket, SlaClock, TicketPage
from agentconsole.domain.times import DAY, HOUR, MINUTE, parse_instant
from agentconsole.helpdesks.base import ListPage, Thread
from agentconsole.search.knowledge import ArticleDoc, KnowledgeIndex
from agentconsole.secrets import Secrets
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from tests.support.helpdesk import RunningHelpdesk

NOW = parse_instant("2026-11-22T12:00:00Z")

ME = "900"

TOUR_SEEN = "console.tour"
"""What the screen keeps once it has offered its tour; named here because the screen is slow to import."""

HOSTILE = (
    "\x1b]52;c;cm0gLXJm\x07 \x1b[31mred\x1b[0m [/] [@click=app.quit]x[/] \x9b2J "
    "\u202eevil\u202c \u2066x\u2069"
    " a\u0000b \x7f \u200b \U000e0041 {{ ticket.id }} {% raw %} %s \r\nX-Injected: 1"
)
"""What a terminal, a markup parser or a template must not see as it stands."""

STATUS = TicketField(
    "status",
    "Status",
    "choice",
    tuple(
        FieldOption(word, word.capitalize(), word) for word in ("new", "open", "pending", "hold", "solved")
    ),
)
PRIORITY = TicketField(
    "priority",
    "Priority",
    "choice",
    tuple(FieldOption(word, word.capitalize(), word) for word in ("low", "normal", "high", "urgent")),
)
CAUSE = TicketField(
    "custom:70",
    "Cause",
    "choice",
    (FieldOption("cause_delivery", "Delivery"), FieldOption("cause_billing", "Billing")),
    required_to_solve=True,
    position=5,
)
ORDER = TicketField("custom:71", "Order number", "text", position=6)

FIELDS = (STATUS, PRIORITY, CAUSE, ORDER)

PEOPLE = (
    RemotePerson(ME, "Maren Holt", "maren@shop.example", "agent"),
    RemotePerson("901", "Bo Lind", "bo@shop.example", "agent"),
    RemotePerson("1", "Anna Smith", "anna@customer.example", "customer", phone="+1 555 0100"),
    RemotePerson("2", f"Eve {HOSTILE}", "eve@evil.example", "customer", notes=HOSTILE),
    RemotePerson("3", "Carl Copy", "carl@customer.example", "customer"),
)


def ticket(number: int, subject: str, *, requester: str = "1", **changes: object) -> RemoteTicket:
    """Make a ticket; `fields` of the changes are laid over an open one's."""
    fields = {
        "subject": subject,
        "status": "open",
        "priority": "normal",
        "type": None,
        "assignee": ME,
        "group": "50",
        "tags": ("web",),
        "custom:70": None,
        "custom:71": "N-10482",
        **changes.pop("fields", {}),  # type: ignore[dict-item]
    }
    values: dict[str, object] = {
        "channel": "email",
        "organisation": None,
        "created_at": NOW - 2 * DAY,
        "updated_at": NOW - HOUR - number * MINUTE,
        "version": f"v{number}",
        "stamp": NOW - HOUR - number * MINUTE,
        "slas": (SlaClock("next_reply_time", "active", NOW + number * HOUR),),
        "slas_known": True,
        **changes,
    }
    return RemoteTicket(
        remote_id=str(number),
        fields=fields,
        status=str(fields["status"]),  # type: ignore[arg-type]
        priority=fields["priority"],  # type: ignore[arg-type]
        requester=requester,
        **values,  # type: ignore[arg-type]
    )


def message(number: str, of: int, text: str, *, author: str = "1", **changes: object) -> RemoteMessage:
    """Make a message of a ticket."""
    values: dict[str, object] = {
        "kind": "reply",
        "created_at": NOW - DAY,
        "channel": "email",
        "raw_text": text,
        "raw_html": None,
        **changes,
    }
    return RemoteMessage(remote_id=number, ticket=str(of), author=author, **values)  # type: ignore[arg-type]


THREADS = (
    Thread(
        ticket(41, "Where is my parcel?", ccs=("3",)),
        (
            message("4101", 41, "Hello,\nwhere is order N-10482?\n\n-- \nAnna Smith\n"),
            message("4102", 41, "She called twice.", author="901", kind="note", created_at=NOW - 20 * HOUR),
        ),
    ),
    Thread(
        ticket(42, f"Hostile {HOSTILE}", requester="2", fields={"tags": ("evil", "web")}),
        (
            message(
                "4201",
                42,
                HOSTILE,
                author="2",
                attachments=(
                    RemoteAttachment("1", f"a{HOSTILE}.exe", f"x/{HOSTILE}", 3, "https://x.example"),
                ),
            ),
        ),
    ),
    Thread(
        ticket(43, "包裹在哪里", fields={"assignee": "901", "priority": "high"}),
        (message("4301", 43, "我的包裹还没到。"),),
    ),
    Thread(
        ticket(44, "Already done", fields={"status": "solved", "custom:70": "cause_delivery"}, slas=()),
        (message("4401", 44, "Thanks!"),),
    ),
)

ARTICLES = (
    RemoteArticle(
        "a1",
        "en-us",
        "Track a parcel",
        "<p>Open Orders and choose Track.</p><p>A parcel takes three days.</p>",
        "https://help.shop.example/hc/articles/a1",
        "Orders",
        ("parcel",),
        False,
        NOW - DAY,
    ),
    RemoteArticle(
        "a2",
        "en-us",
        f"Refunds {HOSTILE}",
        "<p>A refund takes five days. \x1b]0;title\x07</p>",
        "https://help.shop.example/hc/articles/a2",
        f"Money {HOSTILE}",
        (),
        False,
        NOW - DAY,
    ),
)

MACROS = (
    RemoteMacro(
        "m1",
        "Orders::Parcel on its way",
        "Says when it comes",
        (
            ("comment_value", "Hi {{ticket.requester.first_name}}, it is on its way."),
            ("status", "pending"),
            ("current_tags", "parcel_sent"),
            ("custom_fields_70", "cause_delivery"),
        ),
    ),
    RemoteMacro("m2", f"Bad {HOSTILE}", HOSTILE, (("comment_value", HOSTILE),)),
)


@dataclass
class FilledProfile:
    """A profile on disk with the account `shop`."""

    home: Path
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    _opened: list[Desk] = field(default_factory=list)

    @property
    def paths(self) -> Paths:
        """Where its files are."""
        return profile_paths(self.home)

    def open_desk(self) -> Desk:
        """Open it as a command would, on a clock that stands at NOW."""
        desk = open_desk(self.home, role="cli", clock=self.clock)
        self._opened.append(desk)
        return desk

    def close(self) -> None:
        """Close every desk that was opened."""
        while self._opened:
            self._opened.pop().close()


def account_settings(url: str = "https://shop.example.com", **changes: str) -> AccountSettings:
    """The account `shop`, unless uuid, name or login are given."""
    return AccountSettings(
        uuid=changes.get("uuid", "11111111-2222-3333-4444-555555555555"),
        name=changes.get("name", "shop"),
        kind="zendesk",
        url=url,
        login=changes.get("login", "maren@shop.example"),
        secret="file",
    )


def profile_of(helpdesk: RunningHelpdesk, home: Path) -> AccountSettings:
    """Make a profile with the account `desk` on a running helpdesk; nothing is read yet."""
    paths = profile_paths(home)
    account = account_settings(helpdesk.url, name="desk", login=helpdesk.login)
    put_account(paths.config_file, account)
    Secrets(paths.secrets_dir).put(account, helpdesk.token)
    return account


@contextmanager
def filled_profile(home: Path) -> Iterator[FilledProfile]:
    """Make a profile with tickets, people, fields, macros and an index of articles."""
    shutil.copytree(_template(), home)
    profile = FilledProfile(home)
    try:
        yield profile
    finally:
        profile.close()


@lru_cache(maxsize=1)
def _template() -> Path:
    """Fill a profile once for this process; every other one is a copy of it."""
    folder = Path(tempfile.mkdtemp(prefix="agentconsole-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    profile = FilledProfile(folder / "profile")
    put_account(profile.paths.config_file, account_settings())
    desk = profile.open_desk()
    [state] = desk.reader.account_states()
    # As after a first reply.
    desk.writer.confirm_recipients(state.uuid, NOW)
    # As after a first start.
    kept.keep(desk, TOUR_SEEN, True)
    with closing(open_store(profile.paths.database, role="worker", create=False)) as connection:
        _fill(Ingest(connection, state.id, sleep=lambda _: None), THREADS)
    docs = [
        ArticleDoc(one.id, one.title, one.text, one.labels, one.locale, one.section, one.updated_at)
        for one in desk.reader.article_docs()
    ]
    KnowledgeIndex(profile.paths.index_dir).rebuild(docs)
    profile.close()
    return profile.home


def _fill(ingest: Ingest, threads: Sequence[Thread]) -> None:
    ingest.set_identity(Identity(ME, "Maren Holt", "maren@shop.example", "agent", ("shop.example",), "Maren"))
    ingest.put_fields(FIELDS, at=NOW)
    ingest.put_people(ListPage(PEOPLE, "p", False, complete=True), at=NOW)
    ingest.put_groups(
        ListPage(
            (RemoteGroup("50", "Orders", (ME, "901")), RemoteGroup("51", "Cards")), "g", False, complete=True
        ),
        first=True,
        at=NOW,
    )
    ingest.put_tickets(TicketPage(tuple(thread.ticket for thread in threads), "t", False), at=NOW)
    for thread in threads:
        ingest.put_thread(thread, NOW)
    ingest.put_macros(ListPage(MACROS, "m", False, complete=True), first=True, at=NOW)
    ingest.put_articles(ListPage(ARTICLES, "a", False, complete=True), first=True, at=NOW)
    ingest.set_account_state("ok", last_sync_at=NOW)

"""A real profile in a temporary folder: config, database, and tickets that make sense."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from agentconsole.clock import FixedClock
from agentconsole.config import Config, KeySettings, Paths, UiSettings, keys_in_text
from agentconsole.config_writing import put_account
from agentconsole.desk.context import Desk
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.changes import FieldConflict
from agentconsole.domain.fields import FieldOption, RemoteArticle, RemoteMacro, TicketField
from agentconsole.domain.messages import MessageKind, RemoteAttachment, RemoteMessage
from agentconsole.domain.people import Identity, RemoteGroup, RemoteOrganisation, RemotePerson
from agentconsole.domain.tickets import Priority, RemoteTicket, SlaClock, Status, TicketPage
from agentconsole.domain.times import DAY, HOUR, MINUTE, parse_instant
from agentconsole.helpdesks.base import ListPage, Thread
from agentconsole.store.database import open_store
from agentconsole.store.ingest import Ingest
from agentconsole.store.opened import OpenedStore
from agentconsole.store.outbox import Outbox
from agentconsole.store.reader import Reader
from agentconsole.store.writer import Writer
from tests.support.stores import put_empty_store

NOW = parse_instant("2026-11-22T15:00:00Z")

ME = "9001"
JO = "9002"

ACCOUNT = AccountSettings(
    uuid="6f2a8a52-7a43-4a5e-9d5c-6a8d5b1c0001",
    name="demo",
    kind="zendesk",
    url="http://127.0.0.1:9",
    login="sam@brightcart.example",
    secret="file",
)

PEOPLE = (
    RemotePerson(ME, "Sam Okoye", "sam@brightcart.example", "admin", signature="Sam\nBrightcart"),
    RemotePerson(JO, "Jo Park", "jo@brightcart.example", "agent"),
    RemotePerson(
        "501",
        "Mara Klein",
        "mara.klein@example.net",
        "customer",
        organisation="701",
        locale="en-us",
        time_zone="Berlin",
        phone="+49 30 5550 1234",
        notes="Prefers mail. Has two cards.",
    ),
    RemotePerson("502", "Tom Becker", "tom.becker@example.org", "customer", locale="en-us"),
    RemotePerson("503", "陈丽", "chen.li@example.cn", "customer", locale="zh-cn"),
    RemotePerson("504", "Aoife Byrne", "aoife@example.ie", "customer", locale="en-us"),
    RemotePerson("505", "Rasmus Holm", None, "customer"),
)

FIELDS = (
    TicketField(
        "status",
        "Status",
        "choice",
        tuple(FieldOption(word, word.title(), word) for word in ("new", "open", "pending", "hold", "solved")),
        position=1,
    ),
    TicketField(
        "priority",
        "Priority",
        "choice",
        tuple(FieldOption(word, word.title(), word) for word in ("low", "normal", "high", "urgent")),
        position=2,
    ),
    TicketField(
        "custom:3601",
        "Topic",
        "choice",
        (
            FieldOption("topic_card", "Card payment"),
            FieldOption("topic_order", "Order"),
            FieldOption("topic_app", "App"),
        ),
        required_to_solve=True,
        position=3,
    ),
)

MACROS = (
    RemoteMacro(
        "8101",
        "Refund::Card refund is on its way",
        "For refunds that have been approved.",
        (
            ("comment_value", "Hello {{ticket.requester.first_name}},\n\nyour refund is on its way."),
            ("comment_mode_is_public", True),
            ("current_tags", "refund_sent"),
        ),
    ),
)

ARTICLES = (
    RemoteArticle(
        "7101",
        "en-us",
        "How long a card refund takes",
        "<p>A refund to a card takes five to ten working days.</p><p>The bank decides the day.</p>",
        "https://help.brightcart.example/en-us/7101",
        "Cards",
        ("refund", "card"),
        False,
        NOW - 30 * DAY,
    ),
    RemoteArticle(
        "7102",
        "en-us",
        "Reset a forgotten password",
        "<p>Open the sign-in page and choose <b>Forgot password</b>.</p>",
        "https://help.brightcart.example/en-us/7102",
        "Sign-in",
        ("password",),
        False,
        NOW - 60 * DAY,
    ),
    RemoteArticle(
        "7103",
        "zh-cn",
        "银行卡退款需要多长时间",
        "<p>退款到银行卡需要五到十个工作日。</p>",
        "https://help.brightcart.example/zh-cn/7101",
        "银行卡",
        ("refund",),
        False,
        NOW - 30 * DAY,
    ),
)

_SUBJECTS = (
    ("501", "Refund for order 10482 has not arrived", "open", "high", ("refund", "card")),
    ("502", "Parcel shows delivered, but nothing came", "open", "urgent", ("order", "carrier")),
    ("503", "我的退款什么时候到账？", "new", "normal", ("refund",)),
    ("504", "Cannot sign in after changing my phone", "open", "normal", ("sign_in",)),
    ("505", "The reader does not pair any more", "pending", "low", ("device",)),
    ("501", "Second card: limit too low", "hold", "normal", ("card",)),
    ("502", "Invoice for October", "solved", "normal", ("invoice",)),
    ("504", "Change of delivery address", "open", None, ("order",)),
)

_BODY = """Hello,

I returned the blue kettle from order 10482 on 3 November, and the tracking page says that you have had it \
since the 6th. The refund to my card ending in 4471 has still not arrived.

Could you tell me when I can expect it?

Kind regards
Mara Klein

On Fri, 6 Nov 2026 at 09:12, Brightcart <help@brightcart.example> wrote:
> We have received your parcel and will look at it within two days.
> You do not need to do anything."""


def ticket(
    number: int,
    *,
    requester: str = "501",
    subject: str = "Refund for order 10482 has not arrived",
    status: Status = "open",
    priority: Priority | None = "normal",
    assignee: str | None = ME,
    tags: Sequence[str] = (),
    due_at: int | None = None,
    updated_at: int | None = None,
    ccs: Sequence[str] = (),
) -> RemoteTicket:
    """A ticket with what a test cares about."""
    changed = updated_at if updated_at is not None else NOW - number * 7 * MINUTE
    return RemoteTicket(
        remote_id=str(number),
        fields={
            "subject": subject,
            "status": status,
            "priority": priority,
            "assignee": assignee,
            "group": "601",
            "tags": tuple(sorted(tags)),
            "custom:3601": None,
        },
        status=status,
        priority=priority,
        channel="email" if number % 3 else "web",
        requester=requester,
        organisation=None,
        created_at=changed - 2 * DAY,
        updated_at=changed,
        version=str(changed),
        stamp=changed,
        ccs=tuple(ccs),
        slas=(SlaClock("next_reply_time", "active", due_at),) if due_at is not None else (),
        slas_known=True,
    )


def message(
    number: int,
    of: int,
    *,
    author: str = "501",
    kind: MessageKind = "reply",
    text: str = _BODY,
    at: int | None = None,
    attachments: Sequence[RemoteAttachment] = (),
) -> RemoteMessage:
    """A message of a ticket's thread."""
    return RemoteMessage(
        remote_id=str(number),
        ticket=str(of),
        author=author,
        kind=kind,
        created_at=at if at is not None else NOW - 20 * HOUR + number * MINUTE,
        channel="email",
        raw_text=text,
        raw_html=None,
        attachments=tuple(attachments),
    )


THREAD_41 = (
    message(1, 41),
    message(
        2,
        41,
        author=ME,
        text="Hello Mara,\n\nthank you for the details; I am asking our payments team.\n\nSam\nBrightcart",
    ),
    message(3, 41, author=JO, kind="note", text="Payments say the refund was booked on Friday, batch 7731."),
    message(
        4,
        41,
        text="Hello Sam,\n\nmy bank sees nothing yet. I attach what they wrote.\n\nMara",
        attachments=(
            RemoteAttachment("a1", "bank-letter.pdf", "application/pdf", 84_210, "http://127.0.0.1:9/a1"),
        ),
    ),
)


def standard_tickets() -> list[RemoteTicket]:
    """#41 to #48, all of them mine."""
    found = []
    for place, (requester, subject, status, priority, tags) in enumerate(_SUBJECTS):
        due = {0: NOW + 25 * MINUTE, 1: NOW - 40 * MINUTE, 3: NOW + 5 * HOUR}.get(place)
        found.append(
            ticket(
                41 + place,
                requester=requester,
                subject=subject,
                status=status,  # type: ignore[arg-type]
                priority=priority,  # type: ignore[arg-type]
                tags=tags,
                due_at=due,
                ccs=("504",) if place == 0 else (),
            )
        )
    return found


def account_id(paths: Paths) -> int:
    """Put the account into config and database; return its local id."""
    if not paths.config_file.exists():
        put_account(paths.config_file, ACCOUNT)
        with paths.config_file.open("a", encoding="utf-8") as file:
            file.write('\n[ui]\ntimezone = "UTC"\n')
    put_empty_store(paths.database)
    with closing(open_store(paths.database, role="console", now=NOW)) as conn:
        writer = Writer(conn)
        # As after a first reply.
        writer.confirm_recipients(ACCOUNT.uuid, NOW)
        return writer.put_accounts([ACCOUNT], NOW)[ACCOUNT.uuid]


def fill(
    paths: Paths,
    tickets: Sequence[RemoteTicket],
    threads: Sequence[Thread] = (),
    *,
    macros: Sequence[RemoteMacro] = MACROS,
    articles: Sequence[RemoteArticle] = ARTICLES,
    people: Sequence[RemotePerson] = PEOPLE,
) -> None:
    """Put tickets and what belongs to them into a profile, as the worker would."""
    account = account_id(paths)
    with closing(open_store(paths.database, role="worker", now=NOW)) as conn:
        ingest = Ingest(conn, account, sleep=lambda _: None)
        ingest.set_identity(
            Identity(ME, "Sam Okoye", "sam@brightcart.example", "admin", ("brightcart.example",))
        )
        ingest.put_people(ListPage(tuple(people), "", more=False), at=NOW)
        groups = (RemoteGroup("601", "Cards", (ME, JO)),)
        ingest.put_groups(ListPage(groups, "", more=False, complete=True), first=True, at=NOW)
        organisations = (RemoteOrganisation("701", "Klein & Söhne"),)
        ingest.put_organisations(ListPage(organisations, "", more=False), at=NOW)
        ingest.put_fields(FIELDS, at=NOW)
        ingest.put_macros(ListPage(tuple(macros), "", more=False, complete=True), first=True, at=NOW)
        ingest.put_articles(ListPage(tuple(articles), "", more=False, complete=True), first=True, at=NOW)
        for start in range(0, len(tickets), 500):
            page = TicketPage(tuple(tickets[start : start + 500]), cursor="", more=False)
            ingest.put_tickets(page, stream="tickets", at=NOW)
        for thread in threads:
            ingest.put_thread(thread, at=NOW)
        ingest.set_account_state("ok", "", last_sync_at=NOW - 12_000_000)


def standard(paths: Paths) -> None:
    """Fill a profile with #41 to #48 and the thread of #41."""
    tickets = standard_tickets()
    fill(paths, tickets, [Thread(tickets[0], THREAD_41, PEOPLE)])


def with_knowledge(paths: Paths) -> None:
    """Fill a profile as `standard`, with its articles indexed."""
    standard(paths)
    index_articles(paths)


def index_articles(paths: Paths) -> None:
    """Index the articles of a profile, as the worker would."""
    from agentconsole.search.knowledge import ArticleDoc, KnowledgeIndex

    with closing(open_store(paths.database, role="worker", now=NOW)) as conn:
        index = KnowledgeIndex(paths.index_dir)
        index.rebuild(
            ArticleDoc(one.id, one.title, one.text, one.labels, one.locale, one.section, one.updated_at)
            for one in Reader(conn).article_docs()
        )
        index.close()


def settle(paths: Paths, uuid: str, how: str, sentence: str) -> None:
    """Let a held Change end as the sender would have it: `rejected`, `moved` or `conflict`."""
    with closing(open_store(paths.database, role="outbox", now=NOW)) as conn:
        outbox = Outbox(conn)
        outbox.release_held(NOW + HOUR)
        change = outbox.change(uuid)
        assert change is not None
        if how == "rejected":
            outbox.settle_rejected(change, sentence, NOW)
        elif how == "moved":
            outbox.settle_conflict(change, (), ("4",), NOW)
        else:
            conflicts = (FieldConflict("priority", "high", "urgent", "low"),)
            outbox.settle_conflict(change, conflicts, (), NOW)


@contextmanager
def open_profile(
    home: Path,
    *,
    clock: FixedClock | None = None,
    bindings: dict[str, str] | None = None,
    accounts: Sequence[AccountSettings] = (ACCOUNT,),
    theme: str = "agentconsole-dark",
) -> Iterator[Desk]:
    """Open a desk on a profile, as bootstrap does."""
    paths = Paths(home)
    clock = clock if clock is not None else FixedClock(NOW)
    config = Config(
        accounts=tuple(accounts),
        keys=KeySettings(bindings={name: keys_in_text(keys) for name, keys in (bindings or {}).items()}),
        ui=UiSettings(theme=theme, timezone="UTC"),
    )

    def open_once() -> sqlite3.Connection:
        return open_store(paths.database, role="console", now=NOW)

    with closing(OpenedStore(open_once(), open_once)) as store:
        yield Desk(paths, config, clock, store)


def hostile() -> str:
    """A text with everything that has ever steered a terminal or a console's own markup."""
    return (
        "Re: [/] [b]x[/b] [@click=app.quit]press[/] \x1b[31mred\x1b[0m \x1b]52;c;cHduZWQ=\x07"
        " \x1b]0;title\x1b\\"
        " \x9b2J \x00nul \x07bell \x08back \u202eevil\u202c \u2066iso\u2069 \x7fdel"
        " \x1bP1;1|x\x1b\\ [link=http://e]"
    )


def with_text(one: RemoteTicket, **fields: object) -> RemoteTicket:
    """A ticket with other field values."""
    return replace(one, fields={**one.fields, **fields})  # type: ignore[dict-item]

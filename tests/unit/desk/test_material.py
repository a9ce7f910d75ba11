"""Macros and knowledge: found, rendered, quoted."""

from __future__ import annotations

import shutil

import pytest

from agentconsole.desk import knowledge, macros, tickets
from agentconsole.desk.context import Desk
from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.errors import ConsoleError, UsageError
from agentconsole.search.knowledge import IndexDamaged
from tests.support.profile import FilledProfile


def test_local_macros_and_the_helpdesks_stand_together(desk: Desk) -> None:
    items, errors = macros.all_macros(desk)
    names = [item.name for item in items]
    assert errors == ()
    assert "First reply" in names
    assert "Orders::Parcel on its way" in names
    assert names == sorted(names, key=str.casefold)


def test_a_users_own_macro_replaces_a_shipped_one_and_a_broken_one_is_told(
    profile: FilledProfile, desk: Desk
) -> None:
    folder = profile.paths.macros_dir
    folder.mkdir(parents=True)
    (folder / "mine.md").write_text(
        "---\nname: First reply\ndescription: mine\n---\nHello {{ customer.name }}"
    )
    (folder / "broken.md").write_text("---\nname: [\n---\nx")
    items, errors = macros.all_macros(desk)
    [mine] = [item for item in items if item.name == "First reply"]
    assert mine.description == "mine"
    assert [error.file.rpartition("/")[2] for error in errors] == ["broken.md"]
    assert errors[0].line is not None


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("first", "First reply"),
        ("frst reply", "First reply"),
        ("parcel way", "Orders::Parcel on its way"),
        ("refund", "Refund is on its way"),
        ("blocked", "Card lost or stolen"),
    ],
)
def test_a_macro_is_picked_by_what_is_typed(desk: Desk, typed: str, first: str) -> None:
    items, _ = macros.all_macros(desk)
    found = macros.pick(items, typed)
    assert first in [item.name for item in found[:2]]


def test_picking_with_nothing_typed_lists_all_and_nonsense_none(desk: Desk) -> None:
    items, _ = macros.all_macros(desk)
    assert macros.pick(items, "") == items
    assert macros.pick(items, "qqqqxxxxzzzz") == ()


def test_a_macro_is_found_by_name_or_id_and_a_slip_is_told(desk: Desk) -> None:
    items, _ = macros.all_macros(desk)
    assert macros.find(items, "FIRST REPLY").name == "First reply"
    assert macros.find(items, "shop:m1").name == "Orders::Parcel on its way"
    with pytest.raises(ConsoleError, match="Did you mean “First reply”"):
        macros.find(items, "frst reply")
    with pytest.raises(UsageError, match="Several"):
        macros.find([*items, *items], "First reply")


def test_the_helpdesks_macro_is_rendered_with_its_fields(desk: Desk) -> None:
    items, _ = macros.all_macros(desk)
    detail = tickets.open_ticket(desk, tickets.resolve(desk, "41"))
    preview = macros.preview(desk, macros.find(items, "shop:m1"), detail)
    assert preview.text == "Hi Anna, it is on its way."
    assert set(preview.changes) == {
        FieldChange("status", "pending"),
        FieldChange("tags", TagsEdit(add=("parcel_sent",))),
        FieldChange("custom:70", "cause_delivery"),
    }
    assert (preview.macro, preview.missing, preview.left_out) == ("m1", (), ())


def test_a_macro_for_another_helpdesk_gives_its_text_and_says_what_it_cannot_do(
    profile: FilledProfile, desk: Desk
) -> None:
    folder = profile.paths.macros_dir
    folder.mkdir(parents=True)
    (folder / "m.md").write_text(
        "---\nname: M\nset:\n  group: Elsewhere\n  priority: high\n---\nHi {{ customer.name }}"
    )
    items, _ = macros.all_macros(desk)
    detail = tickets.open_ticket(desk, tickets.resolve(desk, "41"))
    preview = macros.preview(desk, macros.find(items, "M"), detail)
    assert preview.text.strip() == "Hi Anna Smith"
    assert preview.changes == (FieldChange("priority", "high"),)
    assert "Elsewhere" in preview.left_out[0]


def test_a_customers_braces_are_no_template(desk: Desk) -> None:
    items, _ = macros.all_macros(desk)
    detail = tickets.open_ticket(desk, tickets.resolve(desk, "42"))
    text = macros.preview(desk, macros.find(items, "First reply"), detail).text
    assert "{{ ticket.id }}" in text
    assert "\x1b" not in text


def test_an_article_is_found_read_and_quoted(desk: Desk) -> None:
    [hit] = knowledge.search(desk, "track parcel", limit=5)
    assert hit.title == "Track a parcel"
    assert hit.title_highlights == ((0, 5), (8, 14))
    article = knowledge.article(desk, hit.article_id)
    quote = knowledge.quote(article)
    assert quote.startswith("Track a parcel\n\nOpen Orders and choose Track.")
    assert quote.endswith("https://help.shop.example/hc/articles/a1")
    assert knowledge.quote(article, "three days") == (
        "Track a parcel\n\nthree days\n\nhttps://help.shop.example/hc/articles/a1"
    )
    assert knowledge.link(article) == "Track a parcel: https://help.shop.example/hc/articles/a1"


def test_a_quote_does_not_look_like_history(desk: Desk) -> None:
    from agentconsole.text.folding import fold

    article = knowledge.article(desk, knowledge.search(desk, "track parcel")[0].article_id)
    assert [part.kind for part in fold(f"Hi Anna,\n\n{knowledge.quote(article)}").parts] == ["body"]


def test_searching_for_nothing_finds_nothing(desk: Desk) -> None:
    assert knowledge.search(desk, "   ") == ()
    assert knowledge.search(desk, "zzzzqqq") == ()
    assert knowledge.suggest(desk, "trck") in ("track", None)
    with pytest.raises(ConsoleError):
        knowledge.article(desk, 999)


def test_without_an_index_it_is_said(profile: FilledProfile, desk: Desk) -> None:
    shutil.rmtree(profile.paths.index_dir)
    with pytest.raises(IndexDamaged):
        knowledge.search(desk, "parcel")

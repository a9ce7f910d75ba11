from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from agentconsole.search.knowledge import ArticleDoc, IndexBusy, IndexDamaged, KnowledgeIndex
from tests.unit.text.strategies import foreign_text

ARTICLES = [
    ArticleDoc(
        1,
        "How to reset your passcode",
        "Forgot it? Can't log in? A code takes 2 minutes.",
        ("sign-in",),
        "en-us",
        "Sign-in",
        0,
        "a",
    ),
    ArticleDoc(2, "如何重置口令", "打开应用程序，选择忘记口令。", (), "zh-cn", "登录", 0, "a"),
    ArticleDoc(
        3,
        "Lost or stolen card",
        "Freeze the card in the app at once. Error: 42 means frozen.",
        ("card",),
        "en-us",
    ),
    ArticleDoc(
        4, "Delivery times", "Your card is delivered within five days. Login is not needed.", (), "en-us"
    ),
    ArticleDoc(5, "Programming the Wren", "Write C++ or C# against the app's interface.", (), "en-us"),
    ArticleDoc(6, "退款需要多久", "退款申请三天内处理，退款原路返回。", (), "zh-cn"),
    ArticleDoc(7, "Return an item", "Send it back; the money follows.", ("refund",), "en-us", "", 0, "r"),
    ArticleDoc(8, "Artikel zurückgeben", "Refund: senden Sie den Artikel zurück.", (), "de", "", 0, "r"),
]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeIndex]:
    index = KnowledgeIndex(tmp_path_factory.mktemp("knowledge") / "index")
    assert index.rebuild(ARTICLES) == len(ARTICLES)
    yield index
    index.close()


def found(index: KnowledgeIndex, query: str, **options: object) -> list[int]:
    return [hit.article_id for hit in index.search(query, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("passcode", 1),
        ("I have forgotten my passcodes, please help me reset them", 1),
        ("stolen", 3),
        ("delivering", 4),
        ("c++", 5),
        ("C#", 5),
        ("can't", 1),
        ("can’t", 1),
        ("log-in", 1),
        ("error: 42", 3),
        ("退款", 6),
        ("口令", 2),
        ("忘记口令怎么办", 2),
        ("refund", 7),
        ("sign-in", 1),
        ("zuruckgeben", 8),
    ],
)
def test_finds(shelf: KnowledgeIndex, query: str, first: int) -> None:
    assert found(shelf, query)[0] == first


@pytest.mark.parametrize(
    "query", ["", " ", "*", ":*", "(", '"open', "[xq TO", "\x00\ud800", "🙂", "xyzzy", "^~?", "title:"]
)
def test_what_has_no_answer_gives_none(shelf: KnowledgeIndex, query: str) -> None:
    assert found(shelf, query) == []


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(foreign_text)
def test_any_text_is_a_query(shelf: KnowledgeIndex, query: str) -> None:
    for hit in shelf.search(query, as_typed=True):
        for text, spans in ((hit.title, hit.title_highlights), (hit.snippet, hit.snippet_highlights)):
            assert all(0 <= start < end <= len(text) for start, end in spans)
    shelf.suggest(query)


def test_words_of_syntax_are_words(shelf: KnowledgeIndex) -> None:
    assert found(shelf, "AND OR NOT") == found(shelf, "or not and")
    assert found(shelf, "card AND NOT card") == found(shelf, "card")
    assert found(shelf, "a" * 100_000) == []
    assert found(shelf, "lost card " * 5_000)[0] == 3


def test_highlights(shelf: KnowledgeIndex) -> None:
    hit = shelf.search("reset passcodes code")[0]
    assert [hit.title[a:b] for a, b in hit.title_highlights] == ["reset", "passcode"]
    assert [hit.snippet[a:b] for a, b in hit.snippet_highlights] == ["code"]
    assert (hit.locale, hit.section) == ("en-us", "Sign-in")
    hit = shelf.search("退款")[0]
    assert [hit.title[a:b] for a, b in hit.title_highlights] == ["退款"]


def test_an_unfinished_word_finds_only_while_typing(shelf: KnowledgeIndex) -> None:
    assert found(shelf, "deliv", as_typed=True) == [4]
    assert found(shelf, "passc", as_typed=True) == [1]
    assert found(shelf, "passc") == []
    assert found(shelf, "passc ", as_typed=True) == []
    assert found(shelf, "pa", as_typed=True) == []


def test_one_language_of_an_article_is_shown(shelf: KnowledgeIndex) -> None:
    assert found(shelf, "refund") == [7]
    assert found(shelf, "refund", locale="de") == [8]
    assert found(shelf, "refund", locale="de-at") == [8]
    assert found(shelf, "refund 口令 passcode", locale="en-us")[0] == 2
    assert found(shelf, "card", limit=1) == [3]
    assert found(shelf, "card", limit=0) == []


def test_the_readers_language_comes_first(tmp_path: Path) -> None:
    index = KnowledgeIndex(tmp_path / "i")
    index.rebuild(
        ArticleDoc(n, "Wren", "Wren app", locale=locale) for n, locale in enumerate(("en-us", "fr", "de"))
    )
    assert found(index, "wren") == [0, 1, 2]
    assert found(index, "wren", locale="de")[0] == 2
    assert found(index, "wren", locale="fr-CA")[0] == 1
    index.close()


def test_suggestions(shelf: KnowledgeIndex) -> None:
    assert shelf.suggest("pascode") == "passcode"
    assert shelf.suggest("Stollen card") == "stolen card"
    assert shelf.suggest("passcode") is None
    assert shelf.suggest("zzzzqqqq") is None
    assert shelf.suggest("") is None


def test_updates_are_seen_by_a_reader_that_is_open(tmp_path: Path) -> None:
    writer, reader = KnowledgeIndex(tmp_path / "i"), KnowledgeIndex(tmp_path / "i")
    writer.rebuild(ARTICLES)
    assert found(reader, "stolen") == [3]
    writer.update([ArticleDoc(3, "Frozen card", "no more"), ArticleDoc(9, "Zebra", "stripes")], [4])
    assert found(reader, "stolen") == []
    assert found(reader, "zebra") == [9]
    assert found(reader, "delivery") == []
    writer.rebuild(ARTICLES[:2])
    assert found(reader, "zebra") == []
    assert found(reader, "passcode") == [1]
    writer.close()
    reader.close()


def test_absent_outdated_and_damaged_are_told_and_made_good(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "index"
    index = KnowledgeIndex(folder)
    assert index.needs_rebuild()
    with pytest.raises(IndexDamaged, match="rebuilt"):
        index.search("card")
    with pytest.raises(IndexDamaged):
        index.update(ARTICLES)
    index.rebuild(ARTICLES)
    assert not index.needs_rebuild()
    assert found(index, "stolen") == [3]

    index.close()
    (folder / "VERSION").write_text("0")
    assert index.needs_rebuild()
    index.rebuild(ARTICLES)

    for name in ("*.seg", "*.toc"):
        index.close()
        for path in folder.glob(name):
            path.write_bytes(b"\x00garbage" * 10)
        fresh = KnowledgeIndex(folder)
        assert fresh.needs_rebuild(), name
        with pytest.raises(IndexDamaged):
            fresh.suggest("pascode")
        fresh.rebuild(ARTICLES)
        assert found(fresh, "stolen") == [3]
        fresh.close()

    shutil.rmtree(folder)
    assert KnowledgeIndex(folder).needs_rebuild()


def test_a_failed_rebuild_leaves_the_old_index(tmp_path: Path) -> None:
    index = KnowledgeIndex(tmp_path / "i")
    index.rebuild(ARTICLES)

    def breaks() -> Iterator[ArticleDoc]:
        yield ArticleDoc(90, "Zebra", "")
        raise RuntimeError("the feed broke")

    with pytest.raises(RuntimeError):
        index.rebuild(breaks())
    with pytest.raises(RuntimeError):
        index.update(breaks())
    assert found(index, "stolen") == [3]
    assert found(index, "zebra") == []
    index.update([ArticleDoc(91, "Zebra", "")])
    assert found(index, "zebra") == [91]
    index.close()


def test_a_second_writer_waits_and_then_says_so(tmp_path: Path) -> None:
    index = KnowledgeIndex(tmp_path / "i")
    index.rebuild(ARTICLES)
    other = KnowledgeIndex(tmp_path / "i", lock_timeout=0.1)
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> Iterator[ArticleDoc]:
        inside.set()
        assert go_on.wait(30)
        yield ArticleDoc(92, "Zebra", "")

    thread = threading.Thread(target=lambda: index.update(slow()))
    thread.start()
    assert inside.wait(30)
    try:
        with pytest.raises(IndexBusy, match="another process"):
            other.update([ArticleDoc(93, "Okapi", "")])
        assert found(other, "stolen") == [3]
    finally:
        go_on.set()
        thread.join()
    other.update([ArticleDoc(93, "Okapi", "")])
    assert found(other, "zebra okapi") == [93, 92] or found(other, "zebra okapi") == [92, 93]
    index.close()
    other.close()


def test_threads_may_share_an_index(shelf: KnowledgeIndex) -> None:
    answers: list[list[int]] = []
    threads = [threading.Thread(target=lambda: answers.append(found(shelf, "stolen card"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[3, 4]] * 8

"""The knowledge index on Whoosh; the only module that opens it.

Whoosh gets terms that are cut already, separated by spaces, so that nothing of this project is pickled
into the index and its own analysis never disagrees with the highlights.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from rapidfuzz import fuzz, process
from whoosh import fields, index, query, scoring
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile
from whoosh.searching import Searcher
from whoosh.writing import CLEAR, LockError, SegmentWriter

from agentconsole.search.highlights import highlight_spans, snippet
from agentconsole.search.knowledge import ArticleDoc, Hit, IndexBusy, IndexDamaged
from agentconsole.search.terms import plain, query_terms, tokens, words
from agentconsole.text.cjk import has_cjk
from agentconsole.text.cleaning import clean_line, clean_text

INDEX_VERSION: Final = "2"
"""Raised with every change of the schema or of the terms; an index of another version is built anew."""

_VERSION_FILE: Final = "VERSION"
_MAX_QUERY_LENGTH: Final = 8_000
_MAX_QUERY_TERMS: Final = 40
# A prefix stands for many terms and costs accordingly: only the common ones, and only where articles are
# few.
_MIN_PREFIX_LENGTH: Final = 3
_MAX_PREFIX_TERMS: Final = 25
_MAX_PREFIX_DOCS: Final = 3_000
_PREFIX_WEIGHT: Final = 0.5
_WEIGHTS: Final = {"title_terms": 1.5, "label_terms": 2.0, "body_terms": 1.0}
_OWN_LANGUAGE_BONUS: Final = 1.5
_CANDIDATES_PER_HIT: Final = 4
_CJK_LANGUAGES: Final = ("zh", "ja", "ko")
_SUGGEST_CUTOFF: Final = 75.0


class WhooshIndex:
    """One index folder. Not safe for threads by itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._storage: _Storage | None = None
        self._opened: index.FileIndex | None = None
        self._searcher: Searcher | None = None

    def is_sound(self) -> bool:
        """Tell whether the index is there, of this version, and readable."""
        try:
            with self._reading() as searcher:
                searcher.doc_count()
        except IndexDamaged:
            return False
        return True

    def rebuild(self, articles: Iterable[ArticleDoc], lock_timeout: float) -> int:
        """Write all `articles` into a fresh index and return their number."""
        sound = self.is_sound()
        if not sound:
            self.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            index.create_in(str(self._folder), _schema())
        count = 0
        writer = self._writer(lock_timeout)
        try:
            for article in articles:
                writer.add_document(**_document(article))
                count += 1
        except BaseException:
            writer.cancel()
            raise
        writer.commit(mergetype=CLEAR)
        (self._folder / _VERSION_FILE).write_text(INDEX_VERSION, encoding="ascii")
        return count

    def update(self, upserts: Iterable[ArticleDoc], deletes: Iterable[int], lock_timeout: float) -> None:
        """Apply changes in one commit."""
        if not self.is_sound():
            raise _damaged(self._folder)
        writer = self._writer(lock_timeout)
        try:
            for article_id in deletes:
                writer.delete_by_term("id", str(article_id))
            for article in upserts:
                writer.update_document(**_document(article))
        except BaseException:
            writer.cancel()
            raise
        writer.commit()

    def search(self, text: str, limit: int, locale: str | None, as_typed: bool) -> list[Hit]:
        """Return the best articles for `text`, one a group."""
        unfinished = as_typed and not text[-1:].isspace()
        text = clean_line(text[:_MAX_QUERY_LENGTH])
        with self._reading() as searcher:
            weights = _weighted_terms(searcher, text, unfinished)
            if not weights or limit < 1:
                return []
            wanted = query.Or(
                [
                    query.Term(field, term, boost=field_weight * weight)
                    for term, weight in weights.items()
                    for field, field_weight in _WEIGHTS.items()
                ]
            )
            found = searcher.search(wanted, limit=limit * _CANDIDATES_PER_HIT, scored=True)
            rows = [(float(hit.score), dict(hit.fields())) for hit in found]
        chosen = _one_per_group(rows, "cjk" if has_cjk(text) else "", (locale or "").lower())
        return [_hit(score, row, weights.keys()) for score, row in chosen[:limit]]

    def suggest(self, text: str) -> str | None:
        """Return `text` with its unknown words replaced by known ones, None if none could be."""
        text = clean_line(text[:_MAX_QUERY_LENGTH])
        asked = dict.fromkeys(word for word in words(text) if len(word) > 2)
        with self._reading() as searcher:
            reader = searcher.reader()
            unknown = [word for word in asked if ("words", word) not in reader]
            known = [term.decode("utf-8") for term in reader.lexicon("words")] if unknown else []
        better: dict[str, str] = {}
        for word in unknown[:_MAX_QUERY_TERMS]:
            likely = [term for term in known if abs(len(term) - len(word)) <= 2 and not term.isdigit()]
            match = process.extractOne(word, likely, scorer=fuzz.ratio, score_cutoff=_SUGGEST_CUTOFF)
            if match is not None:
                better[word] = match[0]
        if not better:
            return None
        return " ".join(better.get(plain(piece), piece) for piece in text.split())

    def close(self) -> None:
        """Close what is open."""
        self._searcher = self._opened = None
        if self._storage is not None:
            self._storage.close_files()
            self._storage = None

    @contextmanager
    def _reading(self) -> Iterator[Searcher]:
        """Lend a searcher on the newest state of the index."""
        try:
            yield self._newest()
        except IndexDamaged:
            self.close()
            raise
        except Exception as error:
            # Whoosh reads a damaged file as far as it goes: any exception at all can come of it.
            self.close()
            raise _damaged(self._folder) from error

    def _newest(self) -> Searcher:
        # Whoosh's own refresh keeps the segments that were deleted meanwhile, so what is outdated is
        # opened anew.
        if self._searcher is not None and self._opened is not None:
            if self._opened.latest_generation() == self._searcher.reader().generation():
                return self._searcher
            self.close()
        if (self._folder / _VERSION_FILE).read_text(encoding="ascii") != INDEX_VERSION:
            raise _damaged(self._folder)
        self._storage = _Storage(str(self._folder))
        self._opened = self._storage.open_index()
        self._searcher = self._opened.searcher(weighting=_weighting())
        return self._searcher

    def _writer(self, lock_timeout: float) -> SegmentWriter:
        try:
            return index.open_dir(str(self._folder)).writer(timeout=lock_timeout, delay=0.05)
        except LockError:
            raise IndexBusy(
                "The knowledge index is being written by another process; it will be tried again."
            ) from None


class _Storage(FileStorage):  # type: ignore[misc]
    """Whoosh's folder of files, which knows what is open: Whoosh forgets files that it fails to read."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._files: list[StructFile] = []

    def open_file(self, name: str, **options: Any) -> StructFile:
        """Open a file for reading and remember it."""
        file = super().open_file(name, **options)
        self._files.append(file)
        return file

    def close_files(self) -> None:
        """Close every file that is still open."""
        for file in self._files:
            if not file.is_closed:
                file.close()
        self._files.clear()


def _damaged(folder: Path) -> IndexDamaged:
    return IndexDamaged(
        f"The knowledge index in {folder} can't be read; it is rebuilt with the next sync, nothing is lost."
    )


def _schema() -> Any:
    terms = fields.KEYWORD(scorable=True)
    return fields.Schema(
        id=fields.ID(unique=True, stored=True),
        title_terms=terms,
        label_terms=terms,
        body_terms=terms,
        # Never scored; but without lengths Whoosh looks for their file at each single posting.
        words=fields.KEYWORD(scorable=True),
        title=fields.STORED,
        body=fields.STORED,
        locale=fields.STORED,
        section=fields.STORED,
        group=fields.STORED,
    )


def _weighting() -> Any:
    # Titles are all short: their length says little.
    return scoring.BM25F(B=0.75, K1=1.2, title_terms_B=0.3, label_terms_B=0.3)


def _document(article: ArticleDoc) -> dict[str, str]:
    title, body = clean_line(article.title), clean_text(article.body_text)
    labels = clean_line(" ".join((*article.labels, article.section)))
    return {
        "id": str(article.id),
        "title_terms": _spelled(title),
        "label_terms": _spelled(labels),
        "body_terms": _spelled(body),
        "words": " ".join(sorted({*words(title), *words(labels), *words(body)})),
        "title": title,
        "body": body,
        "locale": article.locale.lower(),
        "section": article.section,
        "group": article.group or str(article.id),
    }


def _spelled(text: str) -> str:
    return " ".join(token.term for token in tokens(text))


def _weighted_terms(searcher: Searcher, text: str, unfinished: bool) -> dict[str, float]:
    """Return the terms to look for: the rarest of the query, and what an unfinished word may become."""
    reader = searcher.reader()

    def frequency(term: str) -> int:
        return max(int(reader.doc_frequency(field, term)) for field in _WEIGHTS)

    asked = [(frequency(term), term) for term in query_terms(text)]
    rarest = sorted(entry for entry in asked if entry[0])[:_MAX_QUERY_TERMS]
    weights = dict.fromkeys((term for _, term in rarest), 1.0)
    last = plain(text.rpartition(" ")[2]) if unfinished else ""
    if len(last) >= _MIN_PREFIX_LENGTH and not has_cjk(last) and searcher.doc_count() <= _MAX_PREFIX_DOCS:
        terms = {
            term.decode("utf-8")
            for field in ("title_terms", "body_terms")
            for term in reader.expand_prefix(field, last)
        }
        for term in sorted(terms, key=frequency, reverse=True)[:_MAX_PREFIX_TERMS]:
            weights.setdefault(term, _PREFIX_WEIGHT)
    return weights


def _one_per_group(
    rows: list[tuple[float, dict[str, str]]], script: str, locale: str
) -> list[tuple[float, dict[str, str]]]:
    """Keep one language of each article and put the best first."""

    def own(row: dict[str, str]) -> tuple[bool, bool, bool]:
        language = row["locale"].partition("-")[0]
        return (
            bool(script) == (language in _CJK_LANGUAGES),
            bool(locale) and row["locale"] == locale,
            bool(locale) and language == locale.partition("-")[0],
        )

    best: dict[str, tuple[tuple[bool, bool, bool], float, dict[str, str]]] = {}
    for score, row in rows:
        rank = own(row)
        if rank[1] or rank[2]:
            score *= _OWN_LANGUAGE_BONUS
        known = best.get(row["group"])
        if known is None or (rank, score) > known[:2]:
            best[row["group"]] = (rank, max(score, known[1] if known else score), row)
        elif score > known[1]:
            best[row["group"]] = (known[0], score, known[2])
    chosen = [(score, row) for _, score, row in best.values() if math.isfinite(score)]
    return sorted(chosen, key=lambda entry: (-entry[0], int(entry[1]["id"])))


def _hit(score: float, row: dict[str, str], terms: Iterable[str]) -> Hit:
    asked = frozenset(terms)
    text, spans = snippet(row["body"], asked)
    return Hit(
        article_id=int(row["id"]),
        score=score,
        title=row["title"],
        title_highlights=highlight_spans(row["title"], asked),
        snippet=text,
        snippet_highlights=spans,
        locale=row["locale"],
        section=row["section"],
    )

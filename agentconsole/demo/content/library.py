"""The Help Center: the company's own articles, and two public libraries beside them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from agentconsole.demo.content.clock_face import DAY
from agentconsole.demo.content.files import read_json_lines, read_pages, read_yaml
from agentconsole.demo.content.markdown import to_html
from agentconsole.demo.content.structure import GROUP_KEYS, HELP_CENTER
from agentconsole.demo.records import ArticleRecord, CategoryRecord, SectionRecord

FIRST_COMPANY_ARTICLE = 90_001
_FIRST_LOGINGOV, _FIRST_GNOME = 91_001, 92_001
_COMPANY = "company/articles/"


@dataclass(frozen=True, slots=True)
class Reference:
    """What a ticket needs to know of one of the company's articles."""

    id: int
    slug: str
    group_id: int
    titles: dict[str, str]
    """By locale: `en-us`, `zh-cn`."""

    def address(self, locale: str) -> str:
        """Return where customers read it, in `locale` if it is there, else in the other language."""
        known = locale if locale in self.titles else next(iter(self.titles))
        return f"{HELP_CENTER}/{known}/articles/{self.id}"

    def title(self, locale: str) -> str:
        """Return its title in `locale` if it is there, else in the other language."""
        return self.titles.get(locale) or next(iter(self.titles.values()))


@cache
def references() -> dict[str, Reference]:
    """Return the company's articles by slug."""
    groups = {section["key"]: GROUP_KEYS[section["group"]] for section in read_yaml("company/sections.yaml")}
    pages = [(slug, front, "en-us") for slug, front, _ in read_pages(_COMPANY + "en")]
    pages += [(slug, front, "zh-cn") for slug, front, _ in read_pages(_COMPANY + "zh-only")]
    translated = {slug: front["title"] for slug, front, _ in read_pages(_COMPANY + "zh")}
    found: dict[str, Reference] = {}
    for number, (slug, front, locale) in enumerate(pages, FIRST_COMPANY_ARTICLE):
        titles = {locale: front["title"]}
        if slug in translated:
            titles["zh-cn"] = translated[slug]
        found[slug] = Reference(number, slug, groups[front["section"]], titles)
    return found


def help_center(
    now: int,
) -> tuple[tuple[CategoryRecord, ...], tuple[SectionRecord, ...], tuple[ArticleRecord, ...]]:
    """Return categories, sections and articles; `now` (seconds) dates them."""
    categories, sections, section_ids = _shelves()
    articles = [*_own_articles(now, section_ids), *_logingov(now, section_ids), *_gnome(now, section_ids)]
    return tuple(categories), tuple(sections), tuple(articles)


def _shelves() -> tuple[list[CategoryRecord], list[SectionRecord], dict[str, int]]:
    categories: list[CategoryRecord] = []
    category_ids: dict[str, int] = {}
    for number, shelf in enumerate(read_yaml("company/categories.yaml"), 8101):
        category_ids[shelf["key"]] = number
        categories += [CategoryRecord(number, name, locale) for locale, name in shelf["names"].items()]
    sections: list[SectionRecord] = []
    section_ids: dict[str, int] = {}
    shelves = [*read_yaml("company/sections.yaml"), *read_yaml("company/library_sections.yaml")]
    for number, shelf in enumerate(shelves, 8201):
        section_ids[shelf["key"]] = number
        own = category_ids[shelf["category"]]
        sections += [SectionRecord(number, own, name, locale) for locale, name in shelf["names"].items()]
    return categories, sections, section_ids


def _own_articles(now: int, section_ids: dict[str, int]) -> list[ArticleRecord]:
    known = references()
    english = list(read_pages(_COMPANY + "en"))
    fronts: dict[str, dict[str, Any]] = {slug: front for slug, front, _ in english}
    pages = [(slug, front, body, "en-us", "en-us") for slug, front, body in english]
    pages += [
        (slug, {**fronts[slug], **front}, body, "zh-cn", "en-us")
        for slug, front, body in read_pages(_COMPANY + "zh")
    ]
    pages += [(slug, front, body, "zh-cn", "zh-cn") for slug, front, body in read_pages(_COMPANY + "zh-only")]
    found: list[ArticleRecord] = []
    for slug, front, body, locale, source_locale in pages:

        def link(target: str, locale: str = locale) -> str:
            kind, _, name = target.partition(":")
            return known[name].address(locale) if kind == "article" else target

        updated = now - int(front["age"]) * DAY
        found.append(
            ArticleRecord(
                id=known[slug].id,
                section_id=section_ids[front["section"]],
                locale=locale,
                source_locale=source_locale,
                title=front["title"],
                body_html=to_html(body, link),
                labels=tuple(front["labels"]),
                created_at=updated - 200 * DAY,
                updated_at=updated,
                slug=slug,
                source="company",
            )
        )
    return found


def _logingov(now: int, section_ids: dict[str, int]) -> list[ArticleRecord]:
    rows = read_json_lines("logingov/articles.jsonl")
    numbers = _numbers([row["id"] for row in rows], _FIRST_LOGINGOV)
    return [
        ArticleRecord(
            id=numbers[row["id"]],
            section_id=section_ids["logingov-" + row["section"]],
            locale=row["locale"],
            source_locale="en-us",
            title=row["title"],
            body_html=row["body_html"],
            labels=("login.gov", row["section"]),
            created_at=now - 600 * DAY,
            updated_at=now - 300 * DAY,
            slug="logingov/" + row["id"],
            source="logingov",
        )
        for row in rows
    ]


def _gnome(now: int, section_ids: dict[str, int]) -> list[ArticleRecord]:
    rows = read_json_lines("gnome/articles.jsonl")
    numbers = _numbers([row["id"] for row in rows], _FIRST_GNOME)
    shelves = {
        prefix: section_ids[section["key"]]
        for section in read_yaml("company/library_sections.yaml")
        for prefix in section.get("prefixes", ())
    }
    other = section_ids["gnome-desktop"]
    return [
        ArticleRecord(
            id=numbers[row["id"]],
            section_id=shelves.get(row["id"].split("-")[0], other),
            locale=row["locale"],
            source_locale="en-us",
            title=row["title"],
            body_html=row["body_html"],
            labels=("gnome",),
            created_at=now - 800 * DAY,
            updated_at=now - 400 * DAY,
            slug="gnome/" + row["id"],
            source="gnome",
        )
        for row in rows
    ]


def _numbers(names: list[str], first: int) -> dict[str, int]:
    return {name: number for number, name in enumerate(sorted(set(names)), first)}

from __future__ import annotations

import httpx
import pytest

from tests.support.helpdesk import RunningHelpdesk
from tests.support.tiny_company import ARTICLE


@pytest.fixture
def visitor(shared: RunningHelpdesk) -> httpx.Client:
    client = httpx.Client(base_url=f"{shared.api}/help_center", trust_env=False)
    shared._clients.append(client)
    return client


def test_articles_by_language(visitor: httpx.Client) -> None:
    assert [a["id"] for a in visitor.get("/articles").json()["articles"]] == [91, 92, 93]
    chinese = visitor.get("/zh-cn/articles.json").json()["articles"]
    assert [(a["id"], a["title"]) for a in chinese] == [(91, "如何退回水壶"), (93, "更改送货地址")]
    assert visitor.get(f"/zh-cn/articles/{ARTICLE}").json()["article"]["locale"] == "zh-cn"
    assert visitor.get("/es/articles/92").status_code == 404
    page = visitor.get("/articles", params={"page[size]": 2}).json()
    assert (len(page["articles"]), page["meta"]["has_more"]) == (2, True)
    assert len(visitor.get(page["links"]["next"]).json()["articles"]) == 1


def test_an_articles_link_opens(shared: RunningHelpdesk, visitor: httpx.Client) -> None:
    article = visitor.get(f"/zh-cn/articles/{ARTICLE}").json()["article"]
    page = httpx.get(article["html_url"], trust_env=False)
    assert page.status_code == 200
    assert "<h1>如何退回水壶</h1>" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert httpx.get(f"{shared.url}/hc/en-us/articles/5-none", trust_env=False).status_code == 404


def test_sections_and_categories(visitor: httpx.Client) -> None:
    assert [s["name"] for s in visitor.get("/sections").json()["sections"]] == ["Orders"]
    assert [s["name"] for s in visitor.get("/zh-cn/sections").json()["sections"]] == ["订单"]
    assert visitor.get("/zh-cn/categories/81").json()["category"]["name"] == "帮助"
    assert visitor.get("/categories/81/sections").json()["count"] == 1
    assert visitor.get("/sections/85/articles").json()["count"] == 3
    assert visitor.get("/categories/81/articles").json()["count"] == 3
    body = visitor.get("/articles", params={"include": "sections,categories"}).json()
    assert (len(body["sections"]), len(body["categories"])) == (1, 1)


def test_search(visitor: httpx.Client) -> None:
    hit = visitor.get("/articles/search", params={"query": "kettle return"}).json()["results"][0]
    assert (hit["id"], hit["result_type"]) == (ARTICLE, "article")
    assert "<em>kettle</em>" in hit["snippet"]
    assert "<b>" not in hit["snippet"]
    chinese = visitor.get("/articles/search", params={"query": "退回水壶", "locale": "zh-cn"}).json()
    assert chinese["results"][0]["locale"] == "zh-cn"
    assert visitor.get("/articles/search", params={"query": "kettle", "locale": "zh-cn"}).json()["count"] == 0
    labelled = visitor.get("/articles/search", params={"label_names": "cards"}).json()["results"]
    assert [a["id"] for a in labelled] == [92]
    assert visitor.get("/articles/search").status_code == 400


def test_translations_and_the_incremental_export(shared: RunningHelpdesk, visitor: httpx.Client) -> None:
    assert visitor.get(f"/articles/{ARTICLE}/translations").status_code == 401
    admin = shared.client(admin=True)
    found = admin.get(f"/help_center/articles/{ARTICLE}/translations").json()["translations"]
    assert [row["locale"] for row in found] == ["en-us", "zh-cn"]
    params: dict[str, str | int] = {"start_time": 1, "include": "translations"}
    page = admin.get("/help_center/incremental/articles", params=params).json()
    assert {a["id"]: len(a["translations"]) for a in page["articles"]} == {91: 2, 92: 1, 93: 1}
    assert page["end_of_stream"] is True
    changed = shared.query("SELECT updated_at FROM articles WHERE id = 91 AND locale = 'zh-cn'")[0][
        "updated_at"
    ]
    later = admin.get("/help_center/incremental/articles", params={"start_time": changed}).json()
    assert 91 in [a["id"] for a in later["articles"]], "a newer translation brings its article again"
    only = admin.get("/help_center/zh-cn/incremental/articles", params={"start_time": 1}).json()
    assert {a["locale"] for a in only["articles"]} == {"zh-cn"}

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings

from agentconsole.text.links import safe_link
from tests.unit.text.strategies import foreign_text


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://x.example/a b", "https://x.example/a%20b"),
        ("HTTPS://X.Example/", "https://x.example/"),
        (" http://x.example:8080/p?q=ä#f ", "http://x.example:8080/p?q=%C3%A4#f"),
        ("https://bank.example@evil.example/", "https://evil.example/"),
        ("https://evil.example\\@bank.example/", "https://evil.example/@bank.example/"),
        ("https://\u0430pple.example/", "https://xn--pple-43d.example/"),
        ("https://[::1]:80/x", "https://[::1]:80/x"),
        ("java\nscript:alert(1)", None),
        ("javascript:alert(1)", None),
        ("file:/etc/passwd", None),
        ("//x.example/", None),
        ("https:///nohost", None),
        ("http://[::1", None),
        ("http://x.example:99999/", None),
        ("http://a b.example/", None),
        ("mailto:a@b.example?subject=hi", "mailto:a@b.example"),
        ("mailto:nobody", None),
        ("https://x.example/" + "a" * 5000, None),
        ("", None),
    ],
)
def test_only_harmless_addresses(address: str, expected: str | None) -> None:
    assert safe_link(address) == expected


@settings(max_examples=200, deadline=None)
@given(foreign_text)
def test_never_raises_and_gives_plain_ascii(text: str) -> None:
    for address in (text, f"https://{text}", f"https://x.example/{text}", f"mailto:{text}@x.example"):
        safe = safe_link(address)
        if safe is not None:
            assert safe.isascii()
            assert safe.isprintable()
            assert " " not in safe
            assert urlsplit(safe).scheme in {"http", "https", "mailto"}
            assert safe_link(safe) == safe

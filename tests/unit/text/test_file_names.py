"""Names of files from outside, and what files truly are."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentconsole.text.file_names import (
    LONGEST_NAME,
    doubt_about,
    kind_of,
    numbered_name,
    safe_name,
    why_not_opened,
)


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("letter.pdf", "letter.pdf"),
        ("../../../.ssh/authorized_keys", "authorized_keys"),
        ("C:\\Windows\\system32\\evil.dll", "evil.dll"),
        (".bashrc", "bashrc"),
        ("..", "file"),
        ("", "file"),
        ("/", "file"),
        ("-rf", "_-rf"),
        ("inv\u202efdp.exe", "invfdp.exe"),
        ("a\x00b\x1b[31mc\n.txt", "abc.txt"),
        ("CON.txt", "_CON.txt"),
        ("a:b*c?.txt", "abc.txt"),
        ("信 函.pdf", "信 函.pdf"),
        ("x" * 400 + ".pdf", "x" * (LONGEST_NAME - 4) + ".pdf"),
        ("letter.pdf . ", "letter.pdf"),
        ("~", "~"),
        ("$(rm -rf x);`id`.txt", "$(rm -rf x);`id`.txt"),
    ],
)
def test_a_name_is_made_safe(given_name: str, safe: str) -> None:
    assert safe_name(given_name) == safe


@given(st.text(max_size=400))
def test_any_name_becomes_one_part_of_a_path_that_hides_nothing(name: str) -> None:
    safe = safe_name(name)
    assert safe and Path(safe).name == safe and safe not in (".", "..") and not safe.startswith((".", "-"))
    assert len(safe.encode()) <= LONGEST_NAME + 8
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in safe if char != "\u0600")
    assert safe_name(safe) == safe


def test_a_number_goes_before_the_ending() -> None:
    assert numbered_name("letter.pdf", 1) == "letter.pdf"
    assert numbered_name("letter.pdf", 2) == "letter (2).pdf"
    assert numbered_name("letter", 3) == "letter (3)"


@pytest.mark.parametrize(
    ("name", "head", "doubt", "opened"),
    [
        ("a.pdf", b"%PDF-1.7", "", True),
        ("a.pdf", b"MZ\x90", "it is a program", False),
        ("a.pdf", b"hello", "it is not a PDF", False),
        ("a.png", b"\xff\xd8\xff\xe0", "it is a JPEG picture", False),
        ("a.txt", b"#!/bin/sh\n", "it is a script", False),
        ("a.txt", b"hello", "", True),
        ("a.csv", b"<html><script>", "it is a web page", False),
        ("a.docx", b"PK\x03\x04", "", True),
        ("a.exe", b"MZ", "", False),
        ("a.desktop", b"[Desktop Entry]", "", False),
        ("a.txt", b"[Desktop Entry]\nExec=x", "it is a program", False),
        ("a.html", b"<!DOCTYPE html>", "", False),
        ("a.svg", b"<svg xmlns=", "", False),
        ("a.sh", b"echo", "", False),
        ("a", b"%PDF-1.7", "", False),
        ("a.docm", b"PK\x03\x04", "", False),
    ],
)
def test_a_file_is_held_against_its_name(name: str, head: bytes, doubt: str, opened: bool) -> None:
    assert doubt in doubt_about(name, head) and bool(doubt_about(name, head)) == bool(doubt)
    assert (why_not_opened(name, head) == "") == opened


@given(st.binary(max_size=600))
def test_no_content_makes_the_check_fail(head: bytes) -> None:
    assert kind_of(head) is None or kind_of(head)

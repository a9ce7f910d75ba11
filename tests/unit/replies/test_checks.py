"""Reply checks: what they warn of, and above all what they leave alone."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentconsole.replies.checks import CHECKS, MOST_LOOKED_AT, Finding, Reading, check
from agentconsole.replies.greetings import addressed_in, greeted, same_person

BOB = ("Bob Miller", "bob.miller@example.net")


def looked(
    text: str,
    *,
    public: bool = True,
    files: int = 0,
    requester: Sequence[str] = BOB,
    others: Sequence[str] = (),
    last_note: str | None = None,
) -> tuple[Finding, ...]:
    return check(Reading(text, public, files, tuple(requester), tuple(others), last_note))


def kinds(text: str, **more: object) -> set[str]:
    return {one.check for one in looked(text, **more)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "Hi {{ticket.requester.first_name}}, thanks",
        "Hi [NAME],\n\nyour order is on its way.",
        "Hello Bob, your order <order number> has left.",
        "Your order XXX has left.",
        "We refunded [amount] today.",
        "Dear Bob, [insert link here]",
        "Ihre Bestellung [Bestellnummer] ist unterwegs.",
        "您好，您的订单 [订单号] 已发出。",
        "{% if x %}",
        "Your code is %CODE_NAME%",
        "TODO: ask Jo first",
        "Hello <Name>,",
    ],
)
def test_a_gap_that_was_not_filled_in(text: str) -> None:
    assert "placeholder" in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "Your card XXXX-XXXX-XXXX-4471 is active.",
        "the card ending in xxxx 4471",
        "Re: [EXT] your message",
        "See [order status](https://shop.example/status).",
        "[1] https://shop.example/a",
        "Press [Esc] and then [OK].",
        "Mail <help@shop.example> or see <https://shop.example>.",
        "use <b>bold</b>",
        "if a < b and c > d",
        "> Hi [NAME], your order <order number>",
        "size XXXL or XXL",
        "Open Cards › your card › Freeze, and then {this}.",
        "arr[i] = x[0]",
    ],
)
def test_no_gap(text: str) -> None:
    assert "placeholder" not in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "Hi Anna,\n\nthanks",
        "Hello Anna Smith,\nthanks",
        "Dear Ms. Weber,\n",
        "Dear Dr. Weber:\n",
        "Hallo Frau Weber,\n",
        "Sehr geehrte Frau Dr. Weber,\n",
        "Liebe Anna,\n",
        "Bonjour Amélie,\n",
        "Chère Amélie,",
        "Hola María,\n",
        "Estimada Sra. García:\n",
        "Good morning Anna!\n",
        "\n\nHi Anna,",
        "Hi Anna\nthanks",
        "Hi, Anna\nthanks",
    ],
)
def test_a_greeting_with_another_name(text: str) -> None:
    assert "greeting" in kinds(text)
    [one] = [one for one in looked(text) if one.check == "greeting"]
    assert text[one.start : one.end] in text and "Bob Miller" in one.sentence
    assert text[one.start : one.end].split()[-1].strip(".") in one.sentence


@pytest.mark.parametrize(
    "text",
    [
        "Hi Bob,",
        "Hello Robert,",
        "Dear Mr. Miller,",
        "Dear Bobby,",
        "Hallo Herr Miller,",
        "Hi Mr Miler,",
        "Hi there,",
        "Hello,\n\nAnna from our team will call you.",
        "Hi team,",
        "Dear customer,",
        "Sehr geehrte Damen und Herren,",
        "Hallo zusammen,",
        "Hi again,",
        "Hi Thanks for your message",
        "Hello and thank you,",
        "Bonjour à tous,",
        "Hola, gracias",
        "您好，感谢您的来信",
        "尊敬的客户：",
        "Thanks for writing, Anna will help you.",
        "Your refund is on its way.\n\nAnna",
        "> Hi Anna,",
        "Hello B,",
        "Hi iPhone users",
        "Guten Tag",
        "陈女士您好，",
    ],
)
def test_a_greeting_that_is_right_or_names_nobody(text: str) -> None:
    assert "greeting" not in kinds(text)


def test_a_greeting_in_chinese() -> None:
    chen = ("陈丽", "chen.li@example.cn")
    assert "greeting" in kinds("王先生您好，\n", requester=chen)
    assert "greeting" in kinds("尊敬的王小明：\n", requester=chen)
    for text in (
        "陈丽你好，",
        "陈女士您好，",
        "您好，陈丽，",
        "尊敬的陈丽女士：",
        "您好！",
        "亲爱的顾客，",
        "大家好，",
    ):
        assert "greeting" not in kinds(text, requester=chen), text


def test_names_of_those_in_copy_and_unknown_names_are_no_slip() -> None:
    assert "greeting" not in kinds("Hi Anna,", others=("Anna Smith",))
    assert "greeting" not in kinds("Hi Anna,", requester=())
    assert "greeting" not in kinds("Hi Anna,", requester=("", "anna.smith@example.net"))
    assert "greeting" not in kinds("Hi Jo,", public=False)
    assert "greeting" not in kinds("Hi Mara,", requester=("marak@example.net",))
    assert "greeting" not in kinds("Hi Jürgen,", requester=("Juergen Klein",))
    assert "greeting" not in kinds("Hi Renee,", requester=("Renée Dubois",))


@pytest.mark.parametrize(
    "text",
    [
        "I have attached the invoice.",
        "Please find attached our form.",
        "I've attached it.",
        "The form is attached.",
        "See the attached label.",
        "Im Anhang finden Sie die Rechnung.",
        "Anbei die Rechnung.",
        "Ich habe die Rechnung angehängt. Anbei noch etwas.",
        "Vous trouverez ci-joint la facture.",
        "Je vous joins la facture.",
        "Le adjunto la factura.",
        "附件是您的发票，请查收附件。",
    ],
)
def test_a_file_that_is_spoken_of_and_not_there(text: str) -> None:
    assert "attachment" in kinds(text)
    assert "attachment" in kinds(text, public=False)
    assert "attachment" not in kinds(text, files=1)


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for the screenshot you attached.",
        "In the attachment you sent I can see the error.",
        "Could you attach a screenshot?",
        "Please attach the letter.",
        "Your attachment could not be opened.",
        "The file is not attached.",
        "If the label is attached, we can scan it.",
        "> I have attached the letter.",
        "On Fri, 6 Nov 2026 at 09:12, Shop <help@shop.example> wrote:\nI have attached the letter.",
        "Im Anhang Ihrer Nachricht sehe ich die Rechnung.",
        "Sie haben die Rechnung angehängt.",
        "Veuillez joindre la facture.",
        "您的附件打不开。",
        "请您附上截图。",
        "The strap is attached to the reader with two screws... see your manual.",
        "I am attached to this town.",
    ],
)
def test_a_file_of_theirs(text: str) -> None:
    found = kinds(text)
    # Two of these read like one's own file to anyone who knows no more than the sentence.
    assert "attachment" not in found or text.startswith(("The strap", "I am attached"))


@pytest.mark.parametrize(
    "text",
    [
        "Your card 4111 1111 1111 1111 is blocked.",
        "Your card 4111111111111111.",
        "4111-1111-1111-1111",
        "Amex 3782 822463 10005",
        "> my card is 5500 0000 0000 0004",
    ],
)
def test_a_card_number_in_public(text: str) -> None:
    assert "card" in kinds(text)
    assert "card" not in kinds(text, public=False)
    [one] = [one for one in looked(text) if one.check == "card"]
    assert "1111 1111 1111" not in one.excerpt and "0000 0000" not in one.excerpt


@pytest.mark.parametrize(
    "text",
    [
        "Your card ending in 1111",
        "4111 1111 1111 1112",
        "IBAN DE89 3704 0044 0532 0130 00",
        "IBAN GB29 NWBK 6016 1331 9268 19",
        "IMEI 490154203237518",
        "https://shop.example/o/4111111111111111",
        "call +49 30 5550 1234 or 0800 123 4567 8901",
        "0000 0000 0000 0000",
        "order 20261122150000",
        "1763823600000000",
        "N-4111111111111111x",
    ],
)
def test_no_card_number(text: str) -> None:
    assert "card" not in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "Your password: hunter2",
        "password = Tr0ub4dor&3",
        "Das Passwort lautet: geheim99",
        "Passwort: Sommer2026",
        "密码：abc12345",
        "The password is hunter2x.",
        "password: correcthorse\n",
        "API key: 9f8e7d6c5b4a",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
        "-----BEGIN PRIVATE KEY-----",
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a1" * 18,
        "Authorization: Bearer abcdef0123456789abcdef",
        "postgres://shop:s3cret@db.example/main",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP",
    ],
)
def test_a_secret_in_public(text: str) -> None:
    assert "secret" in kinds(text)
    assert "secret" not in kinds(text, public=False)
    for word in ("hunter2", "Tr0ub4dor&3", "geheim99", "correcthorse", "s3cret"):
        assert all(word not in one.excerpt + one.sentence for one in looked(text))


@pytest.mark.parametrize(
    "text",
    [
        "Never tell anyone your password.",
        "Password: reset it under Profile.",
        "To change the password: open Settings.",
        "Your password is safe with us.",
        "Password: ********",
        "Passwort: [Ihr Passwort]",
        "token: https://shop.example/x1",
        "Your token has 6 digits.",
        "Please never send the whole card number, your PIN or a code.",
        "The secret is patience.",
    ],
)
def test_no_secret(text: str) -> None:
    assert "secret" not in kinds(text)


def test_empty_and_quoted_only() -> None:
    assert kinds("") == {"empty"}
    assert kinds("  \n ") == {"empty"}
    assert "empty" in kinds("> all of it\n> quoted\n")
    assert "empty" in kinds("On Fri, 6 Nov 2026 at 09:12, Shop <a@b.example> wrote:\n> Hello\nand more")
    assert "empty" in kinds("...")
    assert not kinds("", files=1)
    assert not kinds("👍")
    assert not kinds("Yes.\n> Shall we?")
    assert not kinds("好的")


@pytest.mark.parametrize(
    "text",
    [
        "ftp://files.example/a",
        "file:" + "///letters/a.pdf",
        "javascript:alert(1)",
        "\\\\server\\share\\a.pdf",
        "https:/shop.example/x",
        "http//shop.example",
        "[here](docs/a.md)",
        "[here](javascript:x)",
    ],
)
def test_a_link_that_is_none_of_the_webs(text: str) -> None:
    assert "link" in kinds(f"Look at {text} please")


@pytest.mark.parametrize(
    "text",
    [
        "https://shop.example/a?b=c://d",
        "http://shop.example",
        "mailto:help@shop.example",
        "[mail](mailto:help@shop.example)",
        "[a](https://shop.example)",
        "Note: see below. Data: none. File: a.pdf",
        "at 10:30, ratio 3:4",
        "www.shop.example",
        "HTTP is a protocol",
    ],
)
def test_a_link_of_the_web(text: str) -> None:
    assert "link" not in kinds(f"Look at {text} please")


@pytest.mark.parametrize(
    ("note", "to"),
    [
        ("Jo, can you look at this?", "Jo"),
        ("Hi Sam, is this yours?", "Sam"),
        ("see above, @jo please check", "jo"),
        ("Team: who knows this customer?", "the team"),
        ("Hallo zusammen,\nwer kennt das?", "the team"),
        ("Payments say the refund was booked on Friday, batch 7731.", None),
        ("Customer called, wants a refund", None),
        ("Done: refund booked.", None),
        ("mail from a@b.example", None),
    ],
)
def test_a_public_reply_behind_a_note_to_colleagues(note: str, to: str | None) -> None:
    assert addressed_in(note) == to
    found = looked("Sure, I'll do it.", last_note=note)
    assert ("internal" in {one.check for one in found}) == (to is not None)
    assert all(to in one.sentence for one in found if to is not None)
    assert not looked("Sure, I'll do it.", last_note=note, public=False)
    assert not looked("Sure, I'll do it.")


def test_each_check_can_be_switched_off() -> None:
    text = "Hi Anna, [NAME] I have attached 4111 1111 1111 1111 password: hunter2 ftp://a.example"
    every = Reading(text, True, 0, BOB, (), "Jo, look")
    found = {one.check for one in check(every)}
    assert found == set(CHECKS) - {"empty"}
    for name in CHECKS:
        assert {one.check for one in check(every, off={name})} == found - {name}
    assert check(Reading("", True), off={"empty"}) == ()


def test_names_are_compared_kindly() -> None:
    assert same_person("Liz", "Elizabeth Jones") and same_person("Mr Jones", "Elizabeth Jones")
    assert same_person("Jose", "José") and same_person("Klaus", "Nikolaus Berg")
    assert not same_person("Anna", "Bob") and not same_person("Tom", "Tim")
    assert greeted("Hi Anna,") is not None and greeted("Thanks") is None


anything = st.one_of(
    st.text(),
    st.text(alphabet="<>[]{}%XxHi Anna,4111 -@:/\n.密码附件您好password", max_size=300),
    st.characters().map(lambda char: char * 50),
)


@given(anything, anything, anything, st.booleans())
def test_no_text_breaks_a_check(text: str, name: str, note: str, public: bool) -> None:
    for one in check(Reading(text, public, 0, (name,), (name,), note)):
        assert one.check in CHECKS
        assert 0 <= one.start <= one.end <= len(text)
        assert "\n" not in one.excerpt and len(one.excerpt) <= 140
    same_person(text, name)


@pytest.mark.parametrize(
    "piece",
    ["<a ", "[a", "{{", "eyJ", "1 ", "password: ", "ab://c:", "@a", "-----BEGIN A ", "habe ich a ", "> "],
)
def test_a_megabyte_is_looked_over_at_once(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    check(Reading(text, True, 0, BOB, (), text))
    assert time.process_time() - began < 1.5
    assert MOST_LOOKED_AT < len(text)

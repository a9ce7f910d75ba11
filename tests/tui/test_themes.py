"""Themes: readable everywhere, chosen while looking at them, kept, and harmless when broken."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.color import ColorType
from rich.segment import Segment
from rich.terminal_theme import TerminalTheme
from textual.color import Color
from textual.theme import Theme

from agentconsole.config import Paths
from agentconsole.config_writing import put_setting
from agentconsole.domain.errors import ConfigError
from agentconsole.resources import shipped_themes_dir
from agentconsole.tui import themes
from agentconsole.tui.app import ConsoleApp
from agentconsole.tui.screens.picker import Picker
from tests.tui import profile
from tests.tui.conftest import Running, Start
from tests.tui.terminal import RUN_CONSOLE, terminal
from tests.tui.test_composing import able
from tests.tui.theme_pairs import all_pairs, component_pairs, contrast, plain_pairs, shown_in, values_of

SHIPPED = sorted(shipped_themes_dir().glob("*.toml"))

_DULL = [(0, 0, 0), (170, 0, 0), (0, 170, 0), (170, 85, 0), (0, 0, 170), (170, 0, 170), (0, 170, 170)]
_BRIGHT = [(85, 85, 85), (255, 85, 85), (85, 255, 85), (255, 255, 85), (85, 85, 255), (255, 85, 255)]
VGA = TerminalTheme(
    (0, 0, 0), (170, 170, 170), [*_DULL, (170, 170, 170)], [*_BRIGHT, (85, 255, 255), (255, 255, 255)]
)
_XTERM = [(0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205)]
_XTERM_BRIGHT = [(127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255)]
XTERM = TerminalTheme(
    (0, 0, 0), (229, 229, 229), [*_XTERM, (229, 229, 229)], [*_XTERM_BRIGHT, (0, 255, 255), (255, 255, 255)]
)


def test_the_five_are_there() -> None:
    names = {file.stem for file in SHIPPED}
    assert {"agentconsole-dark", "agentconsole-light", "high-contrast", "colour-blind", "16-colour"} <= names


def test_the_pairs_are_those_of_the_console() -> None:
    assert ("status-open", "cursor") in component_pairs()
    assert ("dim", "internal-ground") in component_pairs()
    assert ("public-text", "public") in plain_pairs() and ("internal-text", "internal") in all_pairs()
    assert ("accent", "surface") in plain_pairs()
    assert len(all_pairs()) > 70


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_text_can_be_read_on_every_ground(file: Path) -> None:
    theme = themes.read_theme(file)
    values = values_of(theme)
    least = 7.0 if file.stem == "high-contrast" else 4.5
    weak = []
    for text, ground in sorted(all_pairs()):
        if theme.ansi:
            found = min(
                contrast(
                    shown_in(values[text], palette, text=True), shown_in(values[ground], palette, text=False)
                )
                for palette in (VGA, XTERM)
            )
        else:
            found = contrast(Color.parse(values[text]), Color.parse(values[ground]))
        if found < least:
            weak.append(f"{text} on {ground}: {found:.2f}")
    assert not weak, f"{file.name}: {'; '.join(weak)}"


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_theme_names_every_colour(file: Path) -> None:
    import tomllib

    found = tomllib.loads(file.read_text())
    assert set(found["console"]) == set(themes.CONSOLE_COLORS)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_the_console_is_drawn_in_every_theme(tmp_path: Path, file: Path, size: tuple[int, int]) -> None:
    profile.standard(Paths(tmp_path))
    with profile.open_profile(tmp_path, theme=file.stem) as desk:
        app = ConsoleApp(desk)
        async with app.run_test(size=size, notifications=True) as pilot:
            running = Running(app, pilot, desk, desk.clock)  # type: ignore[arg-type]
            await running.until(lambda: running.main.complete)
            assert app.theme == file.stem
            await running.until(lambda: "Parcel shows delivered" in running.screen_text())
            for key in ("j", "enter", "n", "f1", "escape", "escape", "ctrl+p", "escape", "f", "escape"):
                await running.press(key)
            assert app.unforeseen is None and app.is_running
        app.finish()


def test_sixteen_colours_are_named_colours_alone() -> None:
    theme = themes.read_theme(shipped_themes_dir() / "16-colour.toml")
    assert theme.ansi
    assert all(
        value.startswith("ansi_") for name, value in theme.variables.items() if name in themes.CONSOLE_COLORS
    )


async def test_in_sixteen_colours_the_highlighted_line_is_one_bar(tmp_path: Path) -> None:
    profile.standard(Paths(tmp_path))
    with profile.open_profile(tmp_path, theme="16-colour") as desk:
        app = ConsoleApp(desk)
        async with app.run_test(size=(120, 30), notifications=True) as pilot:
            running = Running(app, pilot, desk, desk.clock)  # type: ignore[arg-type]
            await running.until(lambda: running.main.complete)
            styles = [one.style for one in running.main.queue.render_line(0) if one.style is not None]
            assert all(style.reverse for style in styles) and any(style.bold for style in styles)
            assert len({style.color for style in styles}) == 1
        app.finish()


def test_public_and_internal_and_the_highlighted_line_differ_for_the_colour_blind() -> None:
    values = values_of(themes.read_theme(shipped_themes_dir() / "colour-blind.toml"))
    for one, other in (("public", "internal"), ("status-open", "status-pending"), ("error", "success")):
        # Blue is what eyes that tell red from green badly see well.
        difference = Color.parse(values[one]).b - Color.parse(values[other]).b
        assert abs(difference) > 80, (one, other)


def test_a_terminal_of_sixteen_colours_gets_its_own_theme() -> None:
    assert themes.fitting({"TERM": "linux"}) == "16-colour"
    assert themes.fitting({"TERM": "screen-16color"}) == "16-colour"
    assert themes.fitting({"TERM": "xterm-256color"}) == "agentconsole-dark"
    assert themes.fitting({}) == "agentconsole-dark"


def segments(running: Running) -> list[Segment]:
    return [segment for strip in running.app.screen._compositor.render_strips() for segment in strip]


def grounds(running: Running) -> set[str]:
    return {
        segment.style.bgcolor.name
        for segment in segments(running)
        if segment.style is not None and segment.style.bgcolor is not None
    }


async def test_a_theme_is_seen_while_choosing_and_esc_restores(console: Start) -> None:
    async with console() as running:
        before = running.app.theme
        await running.press("T")
        assert isinstance(running.app.screen, Picker)
        await running.press("down")
        assert running.app.theme == "agentconsole-light"
        light = themes.read_theme(shipped_themes_dir() / "agentconsole-light.toml")
        await running.until(lambda: str(light.surface).lower() in grounds(running))
        # What the theme makes of the panes is in sight beside the list, also where nothing can be mixed.
        await running.press("down", "down", "down")
        assert running.app.theme == "16-colour"
        await running.until(lambda: "Mine  7 · by SLA" in running.screen_text())
        await running.pilot.resize_terminal(80, 24)
        await running.until(lambda: "Parcel shows delivered" in running.screen_text())
        await running.press("escape")
        assert running.app.theme == before
        await running.until(lambda: "#131619" in grounds(running))
        assert "theme" not in running.desk.paths.config_file.read_text()


async def test_a_chosen_theme_is_kept_and_comments_stay(console: Start) -> None:
    async with console() as running:
        file = running.desk.paths.config_file
        file.write_text("# mine\n" + file.read_text().replace("[ui]", "[ui]  # look"))
        await running.press("T")
        await running.burst("high\r")
        await running.until(lambda: 'theme = "high-contrast"' in file.read_text())
        assert running.app.theme == "high-contrast"
        text = file.read_text()
        assert text.startswith("# mine\n") and "[ui]  # look" in text and 'timezone = "UTC"' in text
        await running.until(lambda: "#000000" in grounds(running))


async def test_a_broken_config_keeps_the_theme_for_now_and_says_so(console: Start) -> None:
    async with console() as running:
        file = running.desk.paths.config_file
        broken = file.read_text() + "what = [\n"
        file.write_text(broken)
        await running.press("T")
        await running.burst("light\r")
        await running.until(lambda: any("until you quit" in one for one in running.notices()))
        assert running.app.theme == "agentconsole-light" and file.read_text() == broken


async def test_the_users_own_theme_can_be_picked_and_a_broken_one_is_told(console: Start) -> None:
    async with console() as running:
        folder = running.desk.paths.themes_dir
        folder.mkdir()
        (folder / "mine.toml").write_text('[colors]\nprimary = "#123456"\n')
        (folder / "bad.toml").write_text('[colors]\nprimary = "#123456"\n[console]\nstatus-opne = "red"\n')
        await running.press("T")
        await running.until(lambda: any("bad.toml:4" in one for one in running.notices()))
        await running.burst("mine\r")
        await running.until(lambda: running.app.theme == "mine")


def test_only_the_wanted_theme_is_read_before_the_first_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    whole = themes.read_theme

    def noting(file: Path) -> Theme:
        read.append(file.stem)
        return whole(file)

    monkeypatch.setattr(themes, "read_theme", noting)
    profile.standard(Paths(tmp_path))
    with profile.open_profile(tmp_path, theme="high-contrast") as desk:
        app = ConsoleApp(desk)
        assert app.theme == "high-contrast" and read == ["high-contrast"]
        app.finish()


async def test_without_colours_nothing_has_one_and_all_is_still_said(
    console: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(fill=able) as running:
        await running.press("j", "enter")
        await running.burst("nJo")
        await running.until(lambda: "only your team reads this" in running.screen_text())
        filters = running.app.get_line_filters()
        black = Color.parse("black")
        for strip in running.app.screen._compositor.render_strips():
            for one in filters:
                strip = strip.apply_filter(one, black)
            for segment in strip:
                style = segment.style
                if style is None:
                    continue
                for color in (style.color, style.bgcolor):
                    assert color is None or color.type is ColorType.DEFAULT, (segment.text, style)
        assert "INTERNAL" in running.screen_text()
        await running.press("escape", "escape")

        def turned_round(text: str) -> bool:
            return any(
                one.style is not None and one.style.reverse and text in one.text for one in segments(running)
            )

        await running.until(lambda: turned_round("Refund"))
        await running.press("N", "tab", "tab")
        await running.until(lambda: turned_round("Group") and not turned_round("Assignee"))
        await running.press("escape", "f", "up")
        await running.until(lambda: (running.main.customer.card.chosen or 0) > 0)
        [other] = running.desk.reader.queue_rows([running.main.customer.card.chosen or 0]).values()
        await running.until(lambda: turned_round(other.name))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", '[ui]\ntheme = "x"\n'),
        ("# a\n[sync]\npoll_seconds = 9\n", '# a\n[sync]\npoll_seconds = 9\n\n[ui]\ntheme = "x"\n'),
        ('[ui]\ntheme = "old"  # why\n', '[ui]\ntheme = "x"  # why\n'),
        ("[ui]", '[ui]\ntheme = "x"\n'),
        ('[ui]\n# theme = "no"\n[sync]\n', '[ui]\ntheme = "x"\n# theme = "no"\n[sync]\n'),
        ("[ui]\ntheme = 'old'\r\n", '[ui]\ntheme = "x"\n'),
    ],
)
def test_a_setting_is_written_in_place(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    put_setting(file, "ui", "theme", "x")
    assert file.read_text() == expected


@pytest.mark.parametrize("text", ["ui = {theme = 'a'}\n", "ui.theme = 'a'\n", "[ui]\ntheme = '''a'''\n"])
def test_what_is_written_otherwise_is_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match="by hand"):
        put_setting(file, "ui", "theme", "x")
    assert file.read_text() == text


@pytest.mark.parametrize(
    ("env", "allowed"),
    [
        ({"NO_COLOR": "1"}, r"0|[1-9]|39|49"),
        ({"TERM": "linux", "COLORTERM": ""}, r"0|[1-9]|3[0-79]|4[0-79]|9[0-7]|10[0-7]"),
    ],
)
def test_what_leaves_has_no_more_colours_than_there_are(
    tmp_path: Path, filled: Callable[[Callable[[Paths], None]], Path], env: dict[str, str], allowed: str
) -> None:
    home = Path(shutil.copytree(filled(profile.standard), tmp_path / "console"))
    command = [sys.executable, "-c", RUN_CONSOLE, str(home), str(profile.NOW)]
    with terminal(command, columns=120, rows=35, env=env) as one:
        one.until(b"Parcel shows delivered")
        one.quiet()
        for keys in (b"j\r", b"n", b"hi", b"\x1b", b"T", b"\x1b", b"\x10", b"\x1b"):
            one.send(keys)
            one.quiet(0.1)
        codes = {
            code
            for attributes in re.findall(rb"\x1b\[([0-9;]*)m", one.output)
            for code in attributes.decode().split(";")
        }
    assert {code for code in codes if not re.fullmatch(allowed, code)} <= {""}
    assert "7" in codes

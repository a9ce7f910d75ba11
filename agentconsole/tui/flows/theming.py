"""Choosing a theme while looking at it."""

from __future__ import annotations

from functools import partial
from typing import Final

from textual.theme import Theme

from agentconsole.config_writing import put_setting
from agentconsole.domain.errors import ConfigError
from agentconsole.resources import shipped_themes_dir
from agentconsole.tui import foreign, themes
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.screens.picker import Picker, plain_search
from agentconsole.tui.widgets.pick_list import PickItem

_SAID: Final = {
    "agentconsole-dark": "dark",
    "agentconsole-light": "light",
    "high-contrast": "black and white",
    "colour-blind": "no red or green",
    "16-colour": "the terminal's own",
}


class ThemingFlow(Flow):
    """The theme."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"theme": self._pick}

    def read(self) -> list[Theme]:
        """Read all themes, the shipped ones and the user's; a file that cannot be used is told."""
        found: list[Theme] = []
        for file in themes.theme_files([shipped_themes_dir(), self.desk.paths.themes_dir]).values():
            try:
                found.append(themes.read_theme(file))
            except ConfigError as problem:
                self.tell(problem.sentence, severity="warning")
        return found

    def _pick(self) -> None:
        app = self.screen.the_app
        before = app.theme
        found = self.read()
        shipped = list(_SAID)
        found.sort(key=lambda theme: shipped.index(theme.name) if theme.name in _SAID else len(shipped))
        options = [(PickItem(theme.name, _SAID.get(theme.name, "yours")), theme) for theme in found]
        names = [theme.name for _, theme in options]

        def chosen(theme: Theme | None) -> None:
            if theme is None:
                app.theme = before
            else:
                self.keep(theme)

        app.push_screen(
            Picker(
                "Theme",
                plain_search(options),
                moved=app.use_theme,
                start=names.index(before) if before in names else 0,
                notice="NO_COLOR is set, so none has colours" if app.no_color else "",
            ),
            chosen,
        )

    def keep(self, theme: Theme) -> None:
        """Draw everything in a theme from now on, and say so in config.toml."""
        self.screen.the_app.use_theme(theme)
        self.screen.begin(self._save(theme.name), "theme")

    async def _save(self, name: str) -> None:
        path = self.desk.paths.config_file
        try:
            await self.screen.backstage.write(lambda _: put_setting(path, "ui", "theme", name))
        except ConfigError as problem:
            self.tell(
                f"The theme holds until you quit, as it cannot be kept: {problem.sentence}",
                severity="warning",
            )
        else:
            self.tell(f"Theme {foreign.line(name)}, kept in config.toml.")

    def commands(self) -> list[tuple[str, partial[None]]]:
        """List each theme with what takes it."""
        return [(f"Theme: {foreign.line(theme.name)}", partial(self.keep, theme)) for theme in self.read()]

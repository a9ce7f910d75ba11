"""Sets an account up: fill in, try the login, see what it may do and what a first sync takes, then keep it.

Nothing is kept before the helpdesk has been asked, and nothing typed is lost by a fault, by cancelling, or by
leaving the screen: it stays as it is until an account is added.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.style import Style
from textual.widgets import Button, Input, Static
from textual.worker import Worker

from agentconsole import logs
from agentconsole.desk import rights, setting_up
from agentconsole.desk.browser import has_browser
from agentconsole.desk.setting_up import Form, Trial
from agentconsole.desk.sign_in import show_in_browser, sign_in
from agentconsole.domain.accounts import AccountSettings
from agentconsole.domain.errors import ConsoleError
from agentconsole.tui import foreign
from agentconsole.tui.screens.account_form import AccountForm
from agentconsole.tui.widgets.form import FormField, OptionList

if TYPE_CHECKING:
    from agentconsole.desk.context import Desk
    from agentconsole.desk.rights import Examined
    from agentconsole.tui.app import ConsoleApp

NAME: Final = "account-setup"
"""Under which the screen is installed, so that it stays as it was left."""

_HINT: Final = "{form_next} {form_previous} fields · ↑↓ choose · Enter next · Esc back, all typed stays"
_BUSY_HINT: Final = "Esc cancel; all typed stays"


@dataclass
class _Tried:
    """What a helpdesk has said about a filled form."""

    form: Form
    account: AccountSettings
    trial: Trial | None
    found: Examined
    months: int


class AccountSetupScreen(Screen[None]):
    """The form, what the helpdesk says, and two buttons."""

    CSS_PATH = "../styles/account_setup.tcss"
    AUTO_FOCUS = "#kind"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", show=False),
    ]

    @dataclass
    class KeyringLookedAt(Message):
        """It is known whether this machine's keyring works."""

        trouble: str

    def __init__(self, desk: Desk) -> None:
        """Prepare the screen.

        Args:
            desk: The profile.
        """
        super().__init__()
        self._desk = desk
        self._job: Worker[None] | None = None
        self._tried: _Tried | None = None
        self._trial: Trial | None = None
        """The login that the browser brought, or that was typed; kept while the form says the same."""
        self._trial_of: tuple[object, ...] = ()
        self._pasted: asyncio.Queue[str] | None = None
        self._address = ""

    @property
    def form(self) -> AccountForm:
        """The form."""
        return self.query_one(AccountForm)

    def compose(self) -> ComposeResult:
        """Lay out title, form, what is said, and the buttons."""
        config = self._desk.config
        with Vertical(id="setup"):
            yield Static(
                Content.assemble(
                    ("Add a helpdesk account", "bold"),
                    ("  nothing is kept before the login is tried", "$dim"),
                ),
                id="setup-title",
                markup=False,
            )
            yield AccountForm(
                taken={account.name for account in config.accounts},
                months=config.sync.history_months,
                passphrase=setting_up.passphrase_need(self._desk.paths),
            )
            yield Static("", id="setup-said", markup=False)
            yield FormField(id="pasted", placeholder="or paste here the address where the browser ended")
            with Horizontal(id="setup-buttons"):
                yield Button("Try the login", id="try", compact=True)
                yield Button("Add it and open the console", id="add", compact=True, variant="success")
                yield Button("Copy the address", id="copy", compact=True)
            yield Static("", id="setup-hint", markup=False)

    def on_mount(self) -> None:
        """Look whether the keyring works, in the background."""
        self._say()
        self._arrange()
        paths = self._desk.paths
        self.form.row("store").explain("looking whether this machine's keyring works ...")

        def look() -> None:
            self.post_message(self.KeyringLookedAt(setting_up.keyring_trouble(paths)))

        # A daemon: a keyring that hangs keeps nobody from leaving.
        threading.Thread(target=look, name="keyring-probe", daemon=True).start()

    @on(KeyringLookedAt)
    def _keyring_known(self, event: KeyringLookedAt) -> None:
        if not self.query(AccountForm):
            return
        store = self.form.row("store")
        if not event.trouble:
            store.explain("this machine's keyring works")
            return
        store.explain(f"{event.trouble} A file under a passphrase does as well.", "$warning")
        if isinstance(store.field, OptionList) and store.field.value == "keyring":
            store.field.choose("encrypted")

    @on(OptionList.Chosen)
    @on(Input.Changed)
    def _changed(self) -> None:
        if self.query(AccountForm):
            self.form.settle()
            self._arrange()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        if event.input.id == "pasted" and self._pasted is not None and event.value.strip():
            self._pasted.put_nowait(event.value)

    def take_key(self, event: events.Key) -> bool:
        """Move between fields, each key after those before it: a token must never land in another field."""
        here = self.focused
        within = isinstance(here, OptionList) or (isinstance(here, Input) and here.id != "pasted")
        action = cast("ConsoleApp", self.app).keymap.action("form", event.key, event.character)
        forward = action == "form_next" or (within and event.key == "enter")
        forward = forward or (isinstance(here, Input) and event.key == "down")
        back = action == "form_previous" or (isinstance(here, Input) and event.key == "up")
        if here is None or not (forward or back):
            return False

        def move() -> None:
            # What was chosen decides which field comes next.
            self.form.settle()
            buttons = [button for button in self.query(Button) if button.display]
            places = [*self.form.fields(), *self.query("#pasted"), *buttons]
            places = [place for place in places if place.display and place.is_attached]
            if here in places:
                self.set_focus(places[(places.index(here) + (1 if forward else -1)) % len(places)])

        cast("ConsoleApp", self.app).do_after(here, move)
        return True

    @on(Button.Pressed, "#try")
    def _try(self) -> None:
        form = self.form.filled()
        try:
            account = setting_up.account_of(form, self._desk.config)
            setting_up.check_passphrase(self._desk.paths, form)
            months = setting_up.months_of(form, self._desk.config)
        except ConsoleError as error:
            self._say(foreign.content(error.sentence, "$error"))
            return
        self._begin(self._try_out(form, account, months))

    @on(Button.Pressed, "#add")
    def _add(self) -> None:
        tried = self._tried
        if tried is not None and tried.form == self.form.filled():
            self._begin(self._keep(tried))

    @on(Button.Pressed, "#copy")
    def _copy(self) -> None:
        self.app.copy_to_clipboard(self._address)
        foreign.tell(self, "The address is in the clipboard, if the terminal allows it.")

    def action_leave(self) -> None:
        """Cancel what is under way, else go back."""
        if self._job is not None:
            self._job.cancel()
            return
        self.app.pop_screen()

    def _begin(self, job: Coroutine[Any, Any, None]) -> None:
        if self._job is not None:
            job.close()
            return
        self._tried = None
        self._job = self.run_worker(self._guarded(job), group="setup", exit_on_error=False)
        self._arrange()

    async def _guarded(self, job: Coroutine[Any, Any, None]) -> None:
        try:
            await job
        except ConsoleError as error:
            self._say(foreign.content(error.sentence, "$error"))
        except asyncio.CancelledError:
            self._say(foreign.content("Cancelled; nothing was kept.", "$warning"))
        except Exception as fault:
            logging.getLogger(__name__).exception("setting an account up failed")
            self._say(foreign.content(logs.surprise_sentence(fault, None), "$error"))
        finally:
            self._job = None
            self._pasted = None
            self._address = ""
            if self.is_attached and self.query("#setup-hint"):
                # Not where the program is ending and has taken the screen away.
                self.query_one("#pasted", FormField).value = ""
                self._arrange()

    async def _try_out(self, form: Form, account: AccountSettings, months: int) -> None:
        told = (form.way, form.secret, form.refresh, form.client)
        same = (account.kind, account.url, account.login, account.read_only, *told)
        if self._trial_of != same:
            self._trial, self._trial_of = None, same
        if self._trial is None and form.way == "browser":
            self._trial = await self._sign_in(form, account)
        elif self._trial is None:
            secret = setting_up.secret_of(form)
            self._trial = Trial(self._desk.paths.secrets_dir, secret) if secret is not None else None
        self._say(foreign.content(f"Asking {account.url} who you are and what you may do ...", "$dim"))
        found = await setting_up.try_out(self._desk.paths, account, self._trial, self._desk.clock, months)
        account = setting_up.known_login(account, found)
        self._tried = _Tried(form, account, self._trial, found, months)
        self._say_found(self._tried)
        self._arrange()
        self.set_focus(self.query_one("#add", Button))

    async def _sign_in(self, form: Form, account: AccountSettings) -> Trial:
        self._pasted = asyncio.Queue()
        client = form.client.strip() or Form().client

        def announce(url: str, redirect: str) -> None:
            self._address = url
            opened = has_browser(os.environ)
            begin = "Your browser opens" if opened else "Open the address below in a browser"
            self._say(
                foreign.content(f"{begin}: {account.url} asks whether “{client}” may act for you."),
                # In full, as not every terminal follows links.
                Content(foreign.line(url)).stylize(Style(link=url, underline=True)),
                foreign.content(
                    f"If it does not know that client: an admin registers it, redirect {redirect}", "$dim"
                ),
            )
            self._arrange()
            if opened:
                show_in_browser(url, lambda: None)

        pair = await sign_in(
            account,
            client,
            self._desk.clock,
            announce=announce,
            pasted=self._pasted.get,
            complain=lambda sentence: foreign.tell(self, sentence, severity="warning"),
        )
        logs.hide(pair.access)
        logs.hide(pair.refresh)
        return Trial(self._desk.paths.secrets_dir, pair.spelled())

    async def _keep(self, tried: _Tried) -> None:
        self._say(foreign.content("Keeping the account ...", "$dim"))
        secret = tried.trial.secret if tried.trial is not None else None
        await asyncio.to_thread(
            setting_up.keep,
            self._desk.paths,
            tried.account,
            secret,
            passphrase=tried.form.passphrase,
            months=tried.months,
        )
        # It is opened anew, so that all of it knows the account; its worker begins the first sync.
        cast("ConsoleApp", self.app).leave(linger=False, answer="added")

    def _say_found(self, tried: _Tried) -> None:
        me = tried.found.me
        lines = [
            foreign.content(
                f"{tried.account.url} knows you as {foreign.cut(me.name, 60)} ({me.role}).", "bold $success"
            )
        ]
        may = tried.found.rights
        style = "" if may.reads else "$warning"
        lines += [foreign.content(sentence, style) for sentence in rights.words(tried.account, may)]
        if tried.found.estimate is not None:
            lines.append(foreign.content(tried.found.estimate.sentence))
        self._say(*lines)

    def _say(self, *lines: Content) -> None:
        """Say sentences below the form; none to say nothing."""
        if not self.query("#setup-said"):
            return
        said = self.query_one("#setup-said", Static)
        said.display = bool(lines)
        said.update(Content("\n").join(lines))

    def _arrange(self) -> None:
        """Show the buttons and the hint that fit what is going on."""
        busy = self._job is not None
        tried = self._tried
        ready = tried is not None and tried.form == self.form.filled() and not busy
        waiting = busy and self._pasted is not None and bool(self._address)
        self.query_one("#try").display = not ready and not busy
        self.query_one("#add").display = ready
        self.query_one("#copy").display = waiting
        self.query_one("#pasted").display = waiting
        self.form.disabled = busy
        hint = cast("ConsoleApp", self.app).keymap.told(_BUSY_HINT if busy else _HINT, "form")
        self.query_one("#setup-hint", Static).update(Content(hint))
        if busy:
            self.set_focus(self.query_one("#pasted") if waiting else None)
        elif self.focused is None or not self.focused.display:
            self.set_focus(self.query_one("#add" if ready else "#try"))


def open_account_setup(app: ConsoleApp) -> None:
    """Show the screen; as it was left, if it was."""
    if not app.is_screen_installed(NAME):
        app.install_screen(AccountSetupScreen(app.desk), NAME)
    app.push_screen(NAME)

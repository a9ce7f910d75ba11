"""The form for a new account: its rows, which of them matter, and what they hold."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, cast

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widget import Widget

from agentconsole.desk import setting_up
from agentconsole.desk.setting_up import Form, PassphraseNeed
from agentconsole.domain.accounts import SecretSource
from agentconsole.domain.errors import ConsoleError
from agentconsole.helpdesks.kinds import LoginWay
from agentconsole.tui.widgets.form import FormField, FormRow, OptionList, text_of

_NO_YES: Final = (("", "no: it may send"), ("yes", "yes: look and draft, send nothing"))


class AccountForm(VerticalScroll, can_focus=False):
    """All that is asked about a new account; a row that does not matter now is hidden, and keeps its text."""

    def __init__(self, *, taken: Collection[str], months: int, passphrase: PassphraseNeed) -> None:
        """Prepare the form.

        Args:
            taken: Names of the accounts there are.
            months: How far back history is read so far.
            passphrase: Whether one must be given for the encrypted file.
        """
        super().__init__(id="setup-form")
        self._taken = taken
        self._months = months
        self._need = passphrase
        self._rows: dict[str, FormRow] = {}

    def compose(self) -> ComposeResult:
        """Lay out all rows."""
        for row in self._made():
            self._rows[str(row.field.id)] = row
            yield row

    def _made(self) -> list[FormRow]:
        usable, faults = setting_up.systems()
        kind = usable[0][0]
        new = self._need == "a new one"
        others = "the accounts there are keep what they have read" if self._taken else ""
        return [
            FormRow("Helpdesk", OptionList(usable, id="kind"), " ".join(faults)),
            FormRow(
                "Address", FormField(id="address", placeholder="any page of it, as your browser shows it")
            ),
            FormRow("Short name", FormField(id="name")),
            FormRow("You sign in", OptionList(setting_up.ways(kind), id="way")),
            FormRow("OAuth client", FormField(Form().client, id="client"), "as your admin registered it"),
            FormRow("Your login", FormField(id="login")),
            FormRow("Token", FormField(id="secret", masked=True)),
            FormRow("Refresh token", FormField(id="refresh", masked=True)),
            FormRow("Secret is kept", OptionList(setting_up.stores("browser"), id="store")),
            FormRow("Name of it", FormField(id="outside")),
            FormRow(
                "Passphrase",
                FormField(id="passphrase", masked=True),
                "" if new else "of the file that this profile has already",
            ),
            FormRow("Once more", FormField(id="again", masked=True)),
            FormRow("Read-only", OptionList(_NO_YES, id="read_only")),
            FormRow(
                "History",
                FormField(str(self._months), id="months"),
                "; ".join(part for part in ("months back; 0: only what is unsolved", others) if part),
            ),
        ]

    def on_mount(self) -> None:
        """Show what matters."""
        self.settle()

    def row(self, name: str) -> FormRow:
        """The row of a field."""
        return self._rows[name]

    def fields(self) -> list[Widget]:
        """The fields that matter now, from the top."""
        return [row.field for row in self._rows.values() if row.display]

    def filled(self) -> Form:
        """What the form holds."""
        held = {name: text_of(row.field) for name, row in self._rows.items()}
        return Form(
            kind=held["kind"],
            address=held["address"],
            name=held["name"],
            way=cast("LoginWay", held["way"]),
            login=held["login"],
            secret=held["secret"],
            refresh=held["refresh"],
            client=held["client"],
            store=cast("SecretSource", held["store"]),
            outside=held["outside"],
            passphrase=held["passphrase"],
            again=held["again"],
            read_only=bool(held["read_only"]),
            months=held["months"],
        )

    def settle(self) -> None:
        """Show the rows that matter for what is chosen, and what an address or a name becomes."""
        way, store = self._rows["way"].field, self._rows["store"].field
        if isinstance(way, OptionList) and isinstance(store, OptionList):
            way.offer(setting_up.ways(text_of(self._rows["kind"].field)))
            store.offer(setting_up.stores(cast("LoginWay", way.value)))
        form = self.filled()
        sealed = form.store == "encrypted"
        shown = {
            "client": form.way in ("browser", "pair"),
            "login": form.needs_login,
            "secret": bool(form.secret_word),
            "refresh": form.way == "pair",
            "outside": form.store in ("command", "env"),
            "passphrase": sealed and self._need != "known",
            "again": sealed and self._need == "a new one",
        }
        for name, wanted in shown.items():
            self._rows[name].display = wanted
        self._rows["secret"].label(form.secret_word or "Token")
        self._rows["outside"].label("Command" if form.store == "command" else "Variable")
        self._explain_address(form)

    def _explain_address(self, form: Form) -> None:
        address, name = self._rows["address"], self._rows["name"]
        if not form.address.strip():
            address.explain("")
            name.explain("as in company#41")
            return
        try:
            url = setting_up.helpdesk_address(form.kind, form.address)
        except ConsoleError as error:
            address.explain(error.sentence, "$warning")
            return
        address.explain(f"the helpdesk is {url}")
        offered = form.name.strip() or setting_up.offered_name(url, self._taken)
        name.explain(
            f"as in {offered}#41" if form.name.strip() else f"{offered}, as in {offered}#41, if empty"
        )

"""What the first frame loads: counted in modules, as a benchmark would notice a newcomer too late."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from agentconsole.config import Paths
from tests.tui import profile
from tests.tui.terminal import terminal

Filled = Callable[[Callable[[Paths], None]], Path]

BEFORE_THE_FIRST_FRAME = frozenset(
    """
    __main__ bootstrap cli cli_arguments cli_commands cli_commands.console clock config config_reading logs
    private_files resources sync sync.lock
    desk desk.context desk.kept desk.mirror desk.queue desk.views
    domain domain.account_states domain.accounts domain.errors domain.queries domain.queue_rows
    domain.ticket_words domain.times
    store store.conditions store.database store.failures store.folders store.json_columns store.opened
    store.query_sql store.ranks store.read_accounts store.read_tickets store.reads store.schema
    text text.cleaning
    tui tui.actions tui.app tui.backstage tui.flows tui.flows.flow tui.flows.lists tui.foreign tui.key_names
    tui.keymap tui.layout tui.queue_line tui.screens tui.screens.main tui.styled_lines tui.terminal_output
    tui.themes tui.typed_keys tui.when tui.widgets tui.widgets.queue tui.widgets.status tui.widgets.views
    """.split()
)
"""Modules of the console that may be imported before the queue is on the screen, without `agentconsole.`.

Each costs the first frame a millisecond or more, a module of dataclasses up to ten. Before one is added here:
can it wait for `tui/screens/panes.py`, which is imported right after the first frame, or be imported in the
function that needs it? Types alone belong under TYPE_CHECKING.
"""

OTHER_PACKAGES = frozenset({"agentconsole", "textual", "rich", "typing_extensions", "platformdirs"})
"""Packages, beside the standard library, that may be."""

NOT_BEFORE_THEY_ARE_ASKED_FOR = frozenset(
    """
    agentconsole.replies.checks agentconsole.replies.check_words agentconsole.replies.greetings
    agentconsole.text.markdown agentconsole.helpdesks.base agentconsole.tui.screens.decision
    agentconsole.tui.screens.preview agentconsole.search.knowledge email.utils textual.widgets._markdown
    """.split()
)
"""Modules that take long to import, which the keys that wait for the panes must not wait for too."""

_RUN = """
import sys
from pathlib import Path
from agentconsole import cli
from agentconsole.tui.screens.main import MainScreen
def drawn(screen):
    Path(sys.argv[2]).write_text("\\n".join(sorted(sys.modules)))
    screen.app.exit("")
MainScreen._complete = drawn
cli.main(["--home", sys.argv[1]])
"""

_RUN_COMPLETE = """
import sys
from pathlib import Path
from agentconsole import cli
from agentconsole.tui.screens.main import MainScreen
complete = MainScreen._complete
async def completed(screen):
    await complete(screen)
    Path(sys.argv[2]).write_text("\\n".join(sorted(sys.modules)))
    screen.app.leave(linger=False)
MainScreen._complete = completed
cli.main(["--home", sys.argv[1]])
"""


def test_nothing_is_imported_before_the_first_frame_that_can_wait(tmp_path: Path, filled: Filled) -> None:
    home = Path(shutil.copytree(filled(profile.standard), tmp_path / "console"))
    seen = tmp_path / "modules"
    with terminal([sys.executable, "-c", _RUN, str(home), str(seen)]) as one:
        one.until(b"Parcel shows delivered")
        one.wait()
    loaded = seen.read_text().split()
    own = {name.removeprefix("agentconsole.") for name in loaded if name.startswith("agentconsole.")}
    assert own - BEFORE_THE_FIRST_FRAME == set()
    others = {name.split(".")[0] for name in loaded} - set(sys.stdlib_module_names) - OTHER_PACKAGES
    assert {name for name in others if not name.startswith("_")} == set()


def test_what_only_some_keys_need_is_not_imported_with_the_panes(tmp_path: Path, filled: Filled) -> None:
    home = Path(shutil.copytree(filled(profile.standard), tmp_path / "console"))
    seen = tmp_path / "modules"
    with terminal([sys.executable, "-c", _RUN_COMPLETE, str(home), str(seen)]) as one:
        one.until(b"Parcel shows delivered")
        one.wait()
    loaded = set(seen.read_text().split())
    assert "agentconsole.tui.flows.writing" in loaded
    assert loaded & NOT_BEFORE_THEY_ARE_ASKED_FOR == set()

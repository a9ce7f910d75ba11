"""Files to send: looked at while writing, copied once, at send, and kept by their hash."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agentconsole.desk.context import Desk
from agentconsole.domain.changes import OutgoingAttachment
from agentconsole.domain.errors import ConsoleError
from agentconsole.store.blobs import Blobs

MAX_ATTACHMENT_BYTES: Final = 50_000_000
"""Where the account tells no limit of its own. Zendesk: 50 MB a file."""

_MOST_NAMES_READ: Final = 20_000
_MOST_SUGGESTED: Final = 200
_LONGEST_NAME: Final = 48
"""Characters of a path in a sentence; of a longer one its end."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file that is to be sent, as it is now."""

    path: str
    """Absolute."""
    name: str
    size: int
    content_type: str
    copy: bool = False
    """The file itself is gone: what is sent is the copy of a text that was taken back."""


Copies = Mapping[str, OutgoingAttachment]
"""Absolute path to the copy that was made of its file."""


@dataclass(frozen=True, slots=True)
class PathChoice:
    """A file or folder that what was typed may mean."""

    typed: str
    """What the field would hold: as the agent began it, a folder with a slash at its end."""
    name: str
    folder: bool
    size: int | None = None


def most_bytes(desk: Desk, account: str) -> int:
    """Tell how large a file may be that an account sends."""
    told = desk.account(account).capabilities.get("attachment_bytes")
    return told if isinstance(told, int) and told > 0 else MAX_ATTACHMENT_BYTES


def look_at(path: str, most: int = MAX_ATTACHMENT_BYTES) -> FileFacts:
    """See whether a file can be sent; touches the disk.

    Args:
        path: As typed; `~` is the agent's home, a relative one begins where the console was started.
        most: The largest size, in bytes.

    Raises:
        ConsoleError: It is not there, cannot be read, is no file, is empty, or is too large.
    """
    file = Path(path).expanduser().absolute()
    try:
        size = file.stat().st_size
        if not file.is_file():
            raise ConsoleError(f"{_called(file)} cannot be attached: it is no file.")
        with file.open("rb"):
            pass
    except OSError as fault:
        raise ConsoleError(f"{_called(file)} cannot be attached: {fault.strerror}.") from fault
    except ValueError as fault:
        raise ConsoleError("This path cannot be attached: it is none.") from fault
    if size == 0:
        raise ConsoleError(f"{_called(file)} cannot be attached: it is empty.")
    if size > most:
        too_large = f"it has {size_words(size)}, and {size_words(most)} is the most"
        raise ConsoleError(f"{_called(file)} cannot be attached: {too_large}.")
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return FileFacts(str(file), file.name, size, kind)


def _called(file: Path) -> str:
    """Name a file so briefly that what is wrong with it is in sight too."""
    text = str(file)
    return text if len(text) <= _LONGEST_NAME else f"…{text[1 - _LONGEST_NAME :]}"


def copies_of(desk: Desk, ticket_id: int | None, draft_id: int | None = None) -> Copies:
    """Find the copies of files that a draft was sent with before it was taken back.

    Args:
        desk: The profile.
        ticket_id: The draft's ticket; None: it has none yet.
        draft_id: The draft; None: the ticket's newest one.
    """
    if ticket_id is None:
        return {}
    if draft_id is None:
        draft = desk.reader.draft(ticket_id, None)
        draft_id = None if draft is None else draft.id
    blobs = Blobs(desk.paths.blobs_dir)
    # Oldest first: of two copies of a file the later one counts.
    return {
        file.source: file
        for change in desk.reader.changes({"undone", "dropped", "rejected"}, ticket_id)
        if change.message is not None and draft_id is not None and change.draft_id == draft_id
        for file in change.message.attachments
        if file.source and blobs.path(file.sha256).exists()
    }


def looked_at(
    desk: Desk, paths: Sequence[str], most: int, ticket_id: int | None = None, draft_id: int | None = None
) -> dict[str, FileFacts | None]:
    """See which of some files can be sent; None for one that cannot. Reads the disk.

    Args:
        desk: The profile.
        paths: Absolute.
        most: The largest size, in bytes.
        ticket_id: The ticket of the draft that they go with; None: it has none yet.
        draft_id: That draft; None: the ticket's newest one.
    """
    found: dict[str, FileFacts | None] = {}
    copies: Copies | None = None
    for path in paths:
        try:
            found[path] = look_at(path, most)
        except ConsoleError:
            copies = copies_of(desk, ticket_id, draft_id) if copies is None else copies
            copy = _copy_of(path, copies)
            found[path] = None
            if copy is not None:
                found[path] = FileFacts(path, copy.file_name, copy.size, copy.content_type, copy=True)
    return found


def _copy_of(path: str, copies: Copies) -> OutgoingAttachment | None:
    """The copy of a file that is gone; what is there but cannot be sent is not replaced by what it was."""
    file = Path(path).expanduser().absolute()
    return None if os.path.lexists(file) else copies.get(str(file))


def complete(typed: str) -> tuple[PathChoice, ...]:
    """List what a path may go on with; reads the disk.

    Names that begin so come before those that have it within, folders before files. Hidden names come only
    when their dot is typed. A folder that cannot be read has nothing in it.
    """
    head, slash, part = typed.rpartition("/")
    shown = head + slash
    try:
        folder = Path(shown or ".").expanduser()
        found: list[tuple[bool, bool, str, int | None]] = []
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number >= _MOST_NAMES_READ:
                    break
                name = entry.name
                if name.startswith(".") and not part.startswith("."):
                    continue
                place = name.casefold().find(part.casefold())
                if place >= 0:
                    is_folder, size = _facts(entry)
                    found.append((place > 0, not is_folder, name, size))
    except (OSError, ValueError, RuntimeError):
        return ()
    found.sort(key=lambda one: (one[0], one[1], one[2].casefold()))
    return tuple(
        PathChoice(shown + name + ("" if is_file else "/"), name, not is_file, size)
        for _, is_file, name, size in found[:_MOST_SUGGESTED]
    )


def _facts(entry: os.DirEntry[str]) -> tuple[bool, int | None]:
    try:
        if entry.is_dir():
            return True, None
        return False, entry.stat().st_size
    except OSError:
        return False, None


def size_words(size: int) -> str:
    """Say a size in bytes as people do."""
    if size < 1000:
        return f"{size} bytes"
    for unit in ("kB", "MB", "GB"):
        if size < 1_000_000 or unit == "GB":
            value = size / 1000
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
        size //= 1000
    return ""


def keep(desk: Desk, path: Path, copies: Copies, most: int = MAX_ATTACHMENT_BYTES) -> OutgoingAttachment:
    """Copy a file so that it can be sent whatever becomes of the original.

    Args:
        desk: The profile.
        path: The file.
        copies: Copies that were made before, for files that are gone.
        most: The largest size, in bytes.

    Raises:
        ConsoleError: It cannot be read, is empty, or is too large.
    """
    try:
        return Blobs(desk.paths.blobs_dir).put(Path(look_at(str(path), most).path))
    except ConsoleError:
        copy = _copy_of(str(path), copies)
        if copy is None:
            raise
        return copy

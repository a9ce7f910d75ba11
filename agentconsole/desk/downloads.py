"""Files of a thread: asked for, saved into a folder, or opened with the system's own program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from agentconsole.desk.context import Desk
from agentconsole.domain.errors import ConsoleError
from agentconsole.private_files import make_private_folder
from agentconsole.secrets_encrypted import for_other_programs
from agentconsole.store.downloads import FileCache
from agentconsole.text import file_names

_MOST_OF_A_NAME: Final = 1000
"""So many files of one name are numbered in a folder."""
_HEAD_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class FileHere:
    """A file that has been read and lies in the cache."""

    path: Path
    name: str
    """Safe to save under."""
    doubt: str
    """What is wrong with it: that it is not what its name says; empty where nothing is."""
    why_not_opened: str
    """Why it is saved only; empty where it may be opened."""


def ask_for(desk: Desk, attachment_id: int) -> None:
    """Have the worker read a file, unless it is here already; writes."""
    if here(desk, attachment_id) is None:
        desk.writer.request_download(attachment_id, desk.clock.now())
        desk.wake()


def here(desk: Desk, attachment_id: int) -> FileHere | None:
    """Find a file that was read and is still kept; None when it has to be read."""
    standing = desk.reader.download(attachment_id)
    attachment = desk.reader.attachment(attachment_id)
    if standing is None or standing.state != "done" or attachment is None:
        return None
    path = _cache(desk).path(standing.sha256)
    try:
        os.utime(path)
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return None
    name = file_names.safe_name(attachment.file_name)
    why = file_names.why_not_opened(name, head)
    if attachment.malware:
        why = "The helpdesk found malware in it"
    return FileHere(path, name, file_names.doubt_about(name, head), why)


def may_be_opened(name: str) -> bool:
    """Whether a file's name alone allows that it is opened, once its content does too."""
    return file_names.only_shows(file_names.safe_name(name))


def folder_for(desk: Desk, typed: str = "") -> Path:
    """Give the folder that files are saved into.

    Args:
        desk: The profile.
        typed: What the agent typed; empty: as the config says, else `~/Downloads`.
    """
    text = typed.strip() or desk.config.ui.downloads or "~/Downloads"
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as fault:
        raise ConsoleError(f"There is no folder {text}: it has no home.") from fault


def save(desk: Desk, attachment_id: int, folder: Path) -> Path:
    """Copy a file that is here into a folder; nothing is ever replaced: the name gets a number.

    Raises:
        ConsoleError: It is not here any more, or the folder cannot be written to.
    """
    file = _here_or_gone(desk, attachment_id)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _copied(file.path, folder, file.name)
    except (OSError, ValueError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else "this is no path"
        raise ConsoleError(f"The file cannot be saved in {folder}: {why}.") from fault


def open_outside(desk: Desk, attachment_id: int, environment: Mapping[str, str]) -> str:
    """Open a file that is here with the system's program for it; returns the program's name.

    Raises:
        ConsoleError: It is not to be opened, or there is nothing here that could.
    """
    file = _here_or_gone(desk, attachment_id)
    if file.why_not_opened:
        raise ConsoleError(f"{file.name} is not opened from here: {file.why_not_opened}. It can be saved.")
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    program = shutil.which(opener, path=environment.get("PATH"))
    if program is None:
        raise ConsoleError(f"There is no {opener} here to open files with; {file.name} can be saved.")
    base = _cache(desk).opened
    try:
        make_private_folder(base)
        copy = _copied(file.path, Path(tempfile.mkdtemp(dir=base)), file.name)
        copy.chmod(0o400)
        # A program of the system's, by its full path, and the file's by its own: no shell reads either.
        process = subprocess.Popen(  # noqa: S603
            [program, str(copy)],
            env=for_other_programs(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        # Whenever it ends somebody has to take note, or it would stay in the table of processes.
        threading.Thread(target=process.wait, name="opener", daemon=True).start()
    except OSError as fault:
        raise ConsoleError(f"{file.name} cannot be opened: {fault.strerror}.") from fault
    return opener


def _here_or_gone(desk: Desk, attachment_id: int) -> FileHere:
    file = here(desk, attachment_id)
    if file is None:
        raise ConsoleError("The file is not kept here any more; ask for it again.")
    return file


def _cache(desk: Desk) -> FileCache:
    return FileCache(desk.paths.downloads_dir)


def _copied(source: Path, folder: Path, name: str) -> Path:
    """Copy a file under a name that nothing in the folder has.

    Raises:
        OSError: It cannot be.
    """
    for number in range(1, _MOST_OF_A_NAME + 1):
        target = folder / file_names.numbered_name(name, number)
        try:
            # Exclusive: what is there, a link to elsewhere too, is never written through.
            with source.open("rb") as reading, _opened_anew(target) as writing:
                try:
                    shutil.copyfileobj(reading, writing, 1 << 20)
                except BaseException:
                    target.unlink(missing_ok=True)
                    raise
        except FileExistsError:
            continue
        return target
    raise FileExistsError(17, "there are too many files of this name")


def _opened_anew(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

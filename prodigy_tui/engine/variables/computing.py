"""Computed values (language 8.2): files, commands, the date and ids that a text asks for while it is filled in.

Filling in a text is pure and may be done again. A text that needs the output of a command stops at it, the command
runs, and the text is filled in anew with what it said; so only commands whose value is needed are run, once a context.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Final, TypeVar

from prodigy_tui.engine.worktrees.worktree_paths import PathEscapes, inside
from prodigy_tui.workflow.interpolate import InterpolationError

FILE_BYTES: Final = 1024 * 1024
COMMAND_TIMEOUT_S: Final = 30.0

_Result = TypeVar("_Result")


class CommandWanted(Exception):
    """A text cannot be filled in before this command has run."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class ContextComputer:
    """Makes the computed values of one context.

    Args:
        worktree: Where files are.
        said: What commands have said in this context; grows.
        now: Returns the present time; dates are shown in the local zone.
        random: Where ids come from.
    """

    def __init__(self, worktree: Path, said: Mapping[str, str], now: Callable[[], datetime], random: Random) -> None:
        self._worktree = worktree
        self._said = said
        self._now = now
        self._random = random

    def file(self, path: str) -> str | None:
        """Returns a text file of the worktree, None when there is none."""
        try:
            target = inside(self._worktree, path)
        except PathEscapes as error:
            raise InterpolationError("PT801", str(error)) from error
        try:
            if not target.is_file():
                return None
            with target.open("rb") as file:
                data = file.read(FILE_BYTES + 1)
        except OSError as error:
            raise InterpolationError("PT301", f"'file:{path}' cannot be read: {error.strerror}") from error
        if len(data) > FILE_BYTES:
            raise InterpolationError("PT301", f"'file:{path}' is larger than 1 MiB")
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InterpolationError("PT301", f"'file:{path}' is not UTF-8: byte {error.start}") from error

    def command(self, text: str) -> str:
        """Returns what a command said.

        Raises:
            CommandWanted: it has not run in this context yet.
        """
        if text not in self._said:
            raise CommandWanted(text)
        return self._said[text]

    def date(self, form: str) -> str:
        """Returns the local time."""
        try:
            return self._now().astimezone().strftime(form)
        except ValueError as error:
            raise InterpolationError("PT301", f"'date:{form}' is no form of a date: {error}") from error

    def uuid(self) -> str:
        """Returns a new id."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


class NoCommands(ContextComputer):
    """The same for texts that belong to no step: no command is run for them."""

    def command(self, text: str) -> str:
        """Refuses: there is no step that the command would belong to."""
        raise InterpolationError("PT301", f"'cmd:{text}' has a value in steps and in 'env' only")


async def computed(
    make: Callable[[], Awaitable[_Result]], said: MutableMapping[str, str], run: Callable[[str], Awaitable[str]]
) -> _Result:
    """Returns what `make` makes, after all commands have run that it turned out to need.

    Args:
        make: Fills in texts; called once more after each command.
        said: What the commands of the context have said.
        run: Runs a command in the worktree and returns its output, or raises what the step fails with.
    """
    while True:
        try:
            return await make()
        except CommandWanted as wanted:
            said[wanted.text] = await run(wanted.text)

"""Reading the input of a map before a run, without touching anything (language 18)."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.usual_places import repository_top

if TYPE_CHECKING:
    from prodigy_tui.engine.planning.plan_environment import PlannedEnvironment
    from prodigy_tui.engine.planning.plan_texts import Known
    from prodigy_tui.workflow.interpolate import Mode
    from prodigy_tui.workflow.items import InputData, ItemsError
    from prodigy_tui.workflow.model import ItemInput


class NotKnownYet(Exception):
    """Why the items cannot be told before the run."""


class InputReader(Struct, frozen=True, kw_only=True):
    """Reads work items from the person's checkout, where the run will read them from its own."""

    invocation: Invocation
    known: "Known"
    environment: "PlannedEnvironment"
    outside: Sequence[Path] = ()
    run_input: bool = False
    """Whether a command may be run for them."""

    @property
    def top(self) -> Path:
        """The repository, found without asking git; outside of any the folder that was named."""
        return repository_top(self.invocation.repo)

    def read(self, source: "ItemInput") -> "InputData":
        """Returns the data of a map's input.

        Raises:
            NotKnownYet: it comes to be only in the run.
            ItemsError, InterpolationError: the map would fail.
        """
        from prodigy_tui.workflow.items import InputData, classify_input

        if source.kind == "list":
            return InputData(data=list(source.items))
        if source.kind == "glob":
            return self._globbed(source.globs, source.exclude)
        text = self._text(source.text, "shell" if source.kind == "shell" else "plain")
        if source.kind == "file":
            return self._from_file(text, source.format)
        if source.kind == "auto":
            meaning = classify_input(text, is_file=self._is_file, is_executable=self._is_executable, missing=_not_there)
            if meaning.kind == "glob":
                return self._globbed((meaning.text,), ())
            if meaning.kind == "file":
                return self._from_file(meaning.text, source.format)
            text = self._text(source.text, "shell")
        return self._from_command(text, source)

    def _text(self, text: str, mode: "Mode") -> str:
        from prodigy_tui.engine.planning.plan_texts import fill_in, open_names

        waiting = open_names(text, mode, self.known)
        if waiting:
            raise NotKnownYet(f"its input needs '{waiting[0]}', which only the run can say")
        return fill_in(text, mode, self.known)

    def _globbed(self, globs: Sequence[str], exclude: Sequence[str]) -> "InputData":
        from prodigy_tui.git.inspect import listed_files
        from prodigy_tui.workflow.globs import compile_globs
        from prodigy_tui.workflow.items import InputData

        top = self.invocation.repository().top
        wanted, unwanted = compile_globs(tuple(globs)), compile_globs(tuple(exclude))
        found = (path for path in listed_files(top) if wanted(path) and not unwanted(path))
        return InputData(data=[path for path in found if (top / path).is_symlink() or not (top / path).is_dir()])

    def _from_file(self, path: str, given: str) -> "InputData":
        from prodigy_tui.workflow.items import ItemsError, format_for, read_items

        target = self._where(path)
        if not target.is_file():
            _not_there(path)
        try:
            text = target.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ItemsError("PT503", f"{path} cannot be read as text: {error}") from error
        return read_items(text, format_for(path, given), name=path)

    def _where(self, path: str) -> Path:
        from prodigy_tui.engine.worktrees.worktree_paths import PathRefused, input_file
        from prodigy_tui.workflow.items import ItemsError

        try:
            return input_file(self.top, path, (self.top, *self.outside))
        except PathRefused as error:
            raise ItemsError(error.code, str(error)) from error

    def _is_file(self, path: str) -> bool:
        from prodigy_tui.workflow.items import ItemsError

        try:
            return self._where(path).is_file()
        except (ItemsError, OSError):
            if len(path.split()) == 1:
                raise
            return False  # a command that begins like a path

    def _is_executable(self, path: str) -> bool:
        return os.access(self.top / path, os.X_OK)

    def _from_command(self, text: str, source: "ItemInput") -> "InputData":
        from prodigy_tui.clock import SystemClock
        from prodigy_tui.engine.kinds.execution import Place
        from prodigy_tui.engine.kinds.shell import run_shell
        from prodigy_tui.process import Masker
        from prodigy_tui.workflow.item_reading import MAX_INPUT_BYTES
        from prodigy_tui.workflow.items import ItemsError, format_for, read_items

        if not self.run_input:
            raise NotKnownYet("its input is a command, which --run-input runs")
        known = self.environment
        exported = self.known.scope.exported()
        place = Place(
            cwd=self.top,
            env={**known.base, **known.values, **known.handed_on, **exported, "PRODIGY_AUTOMATION": "true"},
            marker=f"dry-run:{os.getpid()}",
            timeout_s=source.timeout,
            idle_timeout_s=None,
            attempt=1,
            log=lambda said: self.invocation.output.detail(said if isinstance(said, str) else str(said, "utf-8")),
        )
        execution = asyncio.run(
            run_shell(
                text,
                place,
                interpreter="sh",
                stdin=b"",
                clock=SystemClock(),
                masker=Masker(known.handed_on.values()),
                stdout_limit=MAX_INPUT_BYTES + 1,
            )
        )
        if execution.failure is not None:
            raise ItemsError("PT507", f"the input command failed: {execution.failure.message}")
        return read_items(execution.stdout, format_for("", source.format))


def _not_there(path: str) -> "ItemsError":
    raise NotKnownYet(f"its input '{path}' is not there yet")

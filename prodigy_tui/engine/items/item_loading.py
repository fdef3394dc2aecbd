"""Where work items come from (language 13.3): reads the map's input in the run worktree and records the items."""

import asyncio
import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace as revised

from prodigy_tui.engine.artifacts import phase_stream
from prodigy_tui.engine.context import Context
from prodigy_tui.engine.decisions.canary import canary_size
from prodigy_tui.engine.decisions.narrowing import chosen, narrowed
from prodigy_tui.engine.decisions.settled import LATER, values_of_map, values_of_merges
from prodigy_tui.engine.items.large_input import selected_from
from prodigy_tui.engine.kinds.shell import run_shell
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.command_runner import CommandRunner
from prodigy_tui.engine.steps.step_outcome import REFUSED
from prodigy_tui.engine.variables.scope import StepView
from prodigy_tui.engine.worktrees.worktree_paths import PathEscapes, input_file
from prodigy_tui.events.schema import ItemsLoaded, PhaseFinished, WarningRaised
from prodigy_tui.events.values import Failure, Item
from prodigy_tui.git.inspect import changes, listed_files
from prodigy_tui.git.run import GitFailed
from prodigy_tui.ids import Oid
from prodigy_tui.storage.output import OutputWriter
from prodigy_tui.workflow.globs import compile_globs
from prodigy_tui.workflow.interpolate import parse_text, render
from prodigy_tui.workflow.item_reading import (
    MAX_INPUT_BYTES,
    InputData,
    InputMeaning,
    classify_input,
    format_for,
    no_such_file,
    read_items,
    too_large,
)
from prodigy_tui.workflow.items import ItemsError, ItemsWarning, select
from prodigy_tui.workflow.json_data import gc_paused
from prodigy_tui.workflow.late import settle_model
from prodigy_tui.workflow.model import ItemInput, MapPhase, ShellCommand, Step
from prodigy_tui.workflow.variables import Scope

_MANY = 10_000


class _Loaded(Struct, frozen=True, kw_only=True):
    """What goes into the log about the items of a run."""

    items: tuple[Item, ...]
    stages: dict[str, int]
    warnings: tuple[ItemsWarning, ...]


class _Settled(Struct, frozen=True, kw_only=True):
    """The map with the values that are known only when it starts."""

    phase: MapPhase
    values: dict[str, Any]
    """Those that were not known before, by path."""


class _Input(Struct, frozen=True, kw_only=True):
    """What was found where the items are said to be."""

    read: Callable[[], InputData]
    """Reads all of it."""
    json_file: Path | None = None
    """A file of JSON, which may be read bit by bit."""


class ItemLoader:
    """Reads and selects the work items of a run."""

    def __init__(self, run: RunContext, commands: CommandRunner) -> None:
        self._run = run
        self._commands = commands

    async def load(self) -> None:
        """Records `items_loaded`, or the failure of the map phase."""
        written = self._run.workflow.map
        assert written is not None, "items are loaded only where there is a map"
        wanted = narrowed(written, self._run.state.settings)
        with OutputWriter(self._run.folder.stream(phase_stream("map"))) as writer:
            context = self._context(writer)
            try:
                view = self._view(wanted.input)
                await self._commands.prepare(view, context)
                scope = self._commands.scope(view, context)
                settled = await self._commands.filled(lambda: self._settled(wanted, scope), view, context)
                phase = settled.phase
                read = await self._source(phase.input, scope, self._view(phase.input), context)
                loaded = await asyncio.to_thread(self._select, phase, read, scope)
            except (ItemsError, *REFUSED) as error:
                self._fail(error.code, str(error))
                return
            except GitFailed as error:
                self._fail("PT501", f"the run's worktree cannot be read: {error}")
                return
            except OSError as error:
                self._fail("PT501", f"cannot read '{wanted.input.text}': {error.strerror}")
                return
        for code, message in loaded.warnings:
            self._run.journal.record(WarningRaised(code=code, message=message))
        if not loaded.items:
            self._run.journal.record(WarningRaised(code="PT504", message="no work items: map and reduce are skipped"))
        self._run.journal.record(
            ItemsLoaded(
                items=loaded.items,
                stages=loaded.stages,
                max_parallel=_at_once(settled.phase, wanted, len(loaded.items)),
                settled=settled.values,
                canary=canary_size(settled.phase.canary, len(loaded.items)),
            )
        )

    def _settled(self, phase: MapPhase, scope: Scope) -> "_Settled":
        written = self._run.workflow.error_policy
        found = settle_model(phase, scope, without=LATER)
        policy = settle_model(written, scope, without=LATER)
        merges = self._run.workflow.merge.agents
        return _Settled(
            phase=found,
            values={
                **values_of_map(phase, found, written, policy),
                **values_of_merges(merges, settle_model(merges, scope, without=LATER)),
            },
        )

    def _select(self, phase: MapPhase, found: "_Input", scope: Scope) -> "_Loaded":
        """Does all the work on the data of an input; runs in a thread."""
        with gc_paused():
            selection = None
            if found.json_file is not None:
                selection = selected_from(found.json_file, phase, scope, self._run.masker)
            if selection is None:
                data = self._without_secrets(found.read())
                selection = select(phase, data.data, scope)
                selection = revised(selection, warnings=data.warnings + selection.warnings)
            items = chosen(selection.items, self._run.state.settings.items)
            if len(items) >= _MANY:
                # They live as long as the run. Looked at again and again, 100,000 items stop the loop for a second.
                gc.freeze()
        return _Loaded(items=items, stages=dict(selection.stages), warnings=selection.warnings)

    def _without_secrets(self, read: InputData) -> InputData:
        """Masks items before they get names, which branches and files are called by."""
        masker = self._run.masker
        return revised(read, data=masker.data(read.data)) if masker.knows_secrets else read

    # ------------------------------------------------------------------------------------------------------ reading

    async def _source(self, source: ItemInput, scope: Scope, view: StepView, context: Context) -> "_Input":
        """Settles where the items are and runs what has to run; reading them is left to the caller's thread."""
        if source.kind == "list":
            return _Input(read=lambda: InputData(data=list(source.items)))
        if source.kind == "glob":
            return _Input(read=lambda: self._globbed(source.globs, source.exclude))
        template = parse_text(source.text, "shell" if source.kind == "shell" else "plain")
        text = await self._commands.filled(lambda: render(template, scope), view, context)
        if source.kind == "auto":
            meaning = await asyncio.to_thread(self._meaning, text)
            if meaning.kind == "glob":
                return _Input(read=lambda: self._globbed((meaning.text,), ()))
            if meaning.kind == "file":
                return await asyncio.to_thread(self._file, meaning.text, source.format)
            command = parse_text(source.text, "shell")
            text = await self._commands.filled(lambda: render(command, scope), view, context)
        if source.kind == "file":
            return await asyncio.to_thread(self._file, text, source.format)
        return await self._from_command(text, source, view, context)

    def _meaning(self, text: str) -> InputMeaning:
        worktree = self._run.run_worktree
        return classify_input(
            text,
            is_file=self._is_file,
            is_executable=lambda path: os.access(worktree / path, os.X_OK),
            missing=self._missing,
        )

    def _file(self, path: str, given: str) -> "_Input":
        target = self._where(path)
        if not target.is_file():
            raise self._missing(path)
        format_ = format_for(path, given)
        return _Input(
            read=lambda: read_items(_text_of(target, path), format_, name=path),
            json_file=target if format_ == "json" else None,
        )

    def _missing(self, path: str) -> ItemsError:
        worktree = self._run.run_worktree
        made = changes(worktree, Oid(self._run.state.base)).paths("added")
        return no_such_file(path, listed_files(worktree), made)

    def _where(self, path: str) -> Path:
        return input_file(self._run.run_worktree, path, (self._run.repository.top, *self._run.allowed_outside))

    def _is_file(self, path: str) -> bool:
        try:
            return self._where(path).is_file()
        except PathEscapes:
            if len(path.split()) == 1:
                raise
            return False  # a command that begins like a path
        except OSError:
            return False  # a command can be longer than any name of a file

    def _globbed(self, globs: tuple[str, ...], exclude: tuple[str, ...]) -> InputData:
        wanted, unwanted = compile_globs(globs), compile_globs(exclude)
        worktree = self._run.run_worktree
        found = (path for path in listed_files(worktree) if wanted(path) and not unwanted(path))
        return InputData(data=[path for path in found if not _is_folder(worktree / path)])

    async def _from_command(self, text: str, source: ItemInput, view: StepView, context: Context) -> "_Input":
        place = self._commands.place(view, context, 1)
        self._commands.say(context, f"$ {text}")
        execution = await run_shell(
            text,
            place,
            interpreter="sh",
            stdin=b"",
            clock=self._run.clock,
            masker=self._run.masker,
            stdout_limit=MAX_INPUT_BYTES + 1,
        )
        if execution.failure is not None:
            raise ItemsError("PT507", f"the input command failed: {execution.failure.message}")
        return _Input(read=lambda: read_items(execution.stdout, format_for("", source.format)))

    # ---------------------------------------------------------------------------------------------------- surroundings

    def _context(self, writer: OutputWriter) -> Context:
        return Context(
            phase="map",
            worktree=self._run.run_worktree,
            writer=writer,
            stream=phase_stream("map"),
            enclosing=self._run.enclosing("map"),
            frames=self._run.frames,
        )

    def _view(self, source: ItemInput) -> StepView:
        step = Step(command=ShellCommand(text=source.text or "true"), label="input", timeout=source.timeout)
        return StepView(step=step, path="input", index=0)

    def _fail(self, code: str, message: str) -> None:
        text = message if message.startswith(code) else f"{code}: {message}"
        self._run.journal.record(
            PhaseFinished(
                phase="map",
                status="failed",
                message=text,
                tip=self._run.state.tip,
                failure=Failure(kind="input", code=code, message=text),
            )
        )


def _at_once(phase: MapPhase, written: MapPhase, items: int) -> int | None:
    """Returns how many agents work at once where that was not known before the items were: late, or `auto`."""
    if phase.auto_parallel is not None:
        return max(1, min(phase.auto_parallel.start, items))
    return phase.max_parallel if "max_parallel" in written.late else None


def _text_of(target: Path, path: str) -> str:
    """Returns the text of an input file, its line ends and all."""
    with target.open("rb") as file:
        if os.fstat(file.fileno()).st_size > MAX_INPUT_BYTES:
            raise too_large(path)
        content = file.read()
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ItemsError("PT503", f"{path}, line {line}: byte {error.start + 1} of the file is not UTF-8") from error


def _is_folder(path: Path) -> bool:
    """Tells whether git lists what is a folder in the worktree: a submodule."""
    return path.is_dir() and not path.is_symlink()

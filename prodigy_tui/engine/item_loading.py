"""Where work items come from (language 13.3): reads the map's input in the run worktree and records the items."""

import asyncio
import os
from pathlib import Path

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.artifacts import phase_stream
from prodigy_tui.engine.command_runner import CommandRunner
from prodigy_tui.engine.context import Context
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.scope import StepView
from prodigy_tui.engine.step_outcome import REFUSED
from prodigy_tui.engine.steps.shell import run_shell
from prodigy_tui.engine.worktree_paths import PathEscapes, input_file
from prodigy_tui.events.schema import Failure, Item, ItemsLoaded, PhaseFinished, WarningRaised
from prodigy_tui.git.inspect import listed_files
from prodigy_tui.git.run import GitFailed
from prodigy_tui.storage.output import OutputWriter
from prodigy_tui.workflow.globs import compile_globs
from prodigy_tui.workflow.interpolate import parse_text, render
from prodigy_tui.workflow.item_reading import InputData, classify_input, format_for, read_items
from prodigy_tui.workflow.items import ItemsError, WorkItem, safe_ids, select
from prodigy_tui.workflow.model import ItemInput, MapPhase, ShellCommand, Step
from prodigy_tui.workflow.variables import Scope

LABEL_FIELDS = ("id", "name", "path", "file", "title")
LABEL_LENGTH = 120


class ItemLoader:
    """Reads and selects the work items of a run."""

    def __init__(self, run: RunContext, commands: CommandRunner) -> None:
        self._run = run
        self._commands = commands

    async def load(self) -> None:
        """Records `items_loaded`, or the failure of the map phase."""
        phase = self._narrowed()
        with OutputWriter(self._run.folder.stream(phase_stream("map"))) as writer:
            context = self._context(writer)
            view = self._view(phase.input)
            try:
                scope = self._commands.scope(view, context)
                data = await self._read(phase.input, scope, view, context)
                selection = await asyncio.to_thread(select, phase, data.data, scope)
                items = self._chosen(selection.items)
            except (ItemsError, *REFUSED) as error:
                self._fail(error.code, str(error))
                return
            except GitFailed as error:
                self._fail("PT501", f"the run's worktree cannot be read: {error}")
                return
            except OSError as error:
                self._fail("PT501", f"cannot read '{phase.input.text}': {error.strerror}")
                return
        for code, message in (*data.warnings, *selection.warnings):
            self._run.journal.record(WarningRaised(code=code, message=message))
        if not items:
            self._run.journal.record(WarningRaised(code="PT504", message="no work items: map and reduce are skipped"))
        self._run.journal.record(ItemsLoaded(items=items, stages=dict(selection.stages)))

    def _narrowed(self) -> MapPhase:
        """Returns the map phase with what the command line replaces or narrows."""
        phase, settings = self._run.workflow.map, self._run.state.settings
        assert phase is not None, "items are loaded only where there is a map"
        changes: dict[str, object] = {}
        if settings.max_items is not None:
            changes["max_items"] = settings.max_items
        if settings.filter is not None and phase.filter is not False:
            both = f"({phase.filter}) && ({settings.filter})" if isinstance(phase.filter, str) else settings.filter
            changes["filter"] = both
        return phase.model_copy(update=changes) if changes else phase

    def _chosen(self, selected: tuple[WorkItem, ...]) -> tuple[Item, ...]:
        """Returns the items that `--item` leaves, by id or label, with the names that branches and folders get."""
        wanted = set(self._run.state.settings.items)
        chosen = [item for item in selected if not wanted or wanted & {item.id, _label(item)}]
        missing = wanted - {name for item in chosen for name in (item.id, _label(item))}
        if missing:
            raise ItemsError("PT505", f"no item is called '{min(missing)}'")
        names = safe_ids([item.id for item in selected])
        return tuple(
            Item(id=item.id, safe_id=names[item.id], data=item.data, label=_label(item) or names[item.id])
            for item in chosen
        )

    # ------------------------------------------------------------------------------------------------------ reading

    async def _read(self, source: ItemInput, scope: Scope, view: StepView, context: Context) -> InputData:
        worktree = self._run.run_worktree
        if source.kind == "list":
            return InputData(data=list(source.items))
        if source.kind == "glob":
            return InputData(data=await asyncio.to_thread(self._globbed, source.globs, source.exclude))
        if source.kind == "shell":
            text = render(parse_text(source.text, "shell"), scope)
            return await self._from_command(text, source, view, context)
        text = render(parse_text(source.text, "plain"), scope)
        if source.kind == "auto":
            meaning = classify_input(
                text,
                is_file=self._is_file,
                is_executable=lambda path: os.access(worktree / path, os.X_OK),
                files=lambda: listed_files(worktree),
            )
            if meaning.kind == "glob":
                return InputData(data=await asyncio.to_thread(self._globbed, (meaning.text,), ()))
            if meaning.kind == "shell":
                return await self._from_command(render(parse_text(source.text, "shell"), scope), source, view, context)
            text = meaning.text
        return await asyncio.to_thread(self._from_file, text, source.format)

    def _from_file(self, path: str, given: str) -> InputData:
        target = self._where(path)
        if not target.is_file():
            raise ItemsError("PT501", f"no such file '{path}'; a setup step should have made it")
        try:
            text = target.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise ItemsError("PT503", f"{path} is not UTF-8: byte {error.start}") from error
        return read_items(text, format_for(path, given), name=path)

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

    def _globbed(self, globs: tuple[str, ...], exclude: tuple[str, ...]) -> list[str]:
        wanted, unwanted = compile_globs(globs), compile_globs(exclude)
        return [path for path in listed_files(self._run.run_worktree) if wanted(path) and not unwanted(path)]

    async def _from_command(self, text: str, source: ItemInput, view: StepView, context: Context) -> InputData:
        place = self._commands.place(view, context, 1)
        self._commands.say(context, f"$ {text}")
        execution = await run_shell(
            text, place, interpreter="sh", stdin=b"", clock=self._run.clock, masker=self._run.masker
        )
        if execution.failure is not None:
            raise ItemsError("PT507", f"the input command failed: {execution.failure.message}")
        return await asyncio.to_thread(read_items, execution.stdout, format_for("", source.format))

    # ---------------------------------------------------------------------------------------------------- surroundings

    def _context(self, writer: OutputWriter) -> Context:
        return Context(
            phase="map",
            worktree=self._run.run_worktree,
            writer=writer,
            stream=phase_stream("map"),
            enclosing=self._run.enclosing("map"),
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


def _label(item: WorkItem) -> str:
    """Returns what people call an item, if it has a name: hashes serve programs."""
    data = item.data
    named: object = data
    if isinstance(data, dict):
        named = next((data[key] for key in LABEL_FIELDS if isinstance(data.get(key), str | int)), item.id)
    elif isinstance(data, list):
        named = item.id
    return one_line(str(named), LABEL_LENGTH)

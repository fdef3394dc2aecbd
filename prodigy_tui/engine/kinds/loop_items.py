"""Where the items of a loop come from (language 5.6, 13.3), read in the worktree of the step."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from prodigy_tui.engine.kinds.inner import Inner
from prodigy_tui.engine.kinds.shell import run_shell
from prodigy_tui.engine.worktrees.worktree_paths import input_file
from prodigy_tui.events.schema import WarningRaised
from prodigy_tui.git.inspect import listed_files
from prodigy_tui.git.run import GitFailed
from prodigy_tui.workflow.globs import compile_globs
from prodigy_tui.workflow.interpolate import parse_text, render, resolve
from prodigy_tui.workflow.item_errors import ItemsError
from prodigy_tui.workflow.item_reading import MAX_INPUT_BYTES, InputData, format_for, read_items, too_large
from prodigy_tui.workflow.model import LoopSource
from prodigy_tui.workflow.rendering import render_data
from prodigy_tui.workflow.values import plain


async def read_loop_items(source: LoopSource, inner: Inner) -> list[Any]:
    """Returns the items.

    Raises:
        ItemsError: they cannot be read.
        InterpolationError, PathEscapes: the source cannot be used as written.
    """
    if source.kind == "list":
        return list(source.items)
    if source.kind == "reference":
        return await _of_reference(source.text, inner)
    try:
        read = await _reader(source, inner)
        found = await asyncio.to_thread(read)
    except OSError as error:
        raise ItemsError("PT501", f"'{source.text}' cannot be read: {error.strerror}") from error
    except GitFailed as error:
        raise ItemsError("PT501", f"the worktree cannot be read: {error}") from error
    for warning in found.warnings:
        message = f"step '{inner.view.step.label}': {warning.message}"
        inner.run.journal.record(WarningRaised(code=warning.code, message=message, item_id=inner.context.item_id))
    masker, data = inner.run.masker, found.data
    if masker.knows_secrets:
        data = masker.data(data)
    return data if isinstance(data, list) else [data]


async def _of_reference(text: str, inner: Inner) -> list[Any]:
    """Returns the elements of a list, or the lines of a text that are not blank."""
    template, scope = parse_text(text, "plain"), inner.commands.scope(inner.view, inner.context)
    value = await inner.commands.filled(lambda: resolve(template, scope), inner.view, inner.context)
    data = plain(value)
    if isinstance(data, list):
        return data
    if isinstance(data, dict):
        raise ItemsError("PT105", f"'{text}' is an object, not a list or text with one item a line")
    return [line for line in render_data(data).splitlines() if line.strip()]


async def _reader(source: LoopSource, inner: Inner) -> Callable[[], InputData]:
    """Runs what has to run; reading is left to the caller's thread."""
    view, context, commands, run = inner.view, inner.context, inner.commands, inner.run
    worktree = context.worktree
    if source.kind == "glob":
        return lambda: _globbed(source, worktree)
    template = parse_text(source.text, "shell" if source.kind == "shell" else "plain")
    scope = commands.scope(view, context)
    text = await commands.filled(lambda: render(template, scope), view, context)
    if source.kind == "file":
        return lambda: _from_file(text, source, worktree, (run.repository.top, *run.allowed_outside))
    commands.say(context, f"$ {text}")
    execution = await run_shell(
        text,
        replace(inner.place, timeout_s=source.timeout, idle_timeout_s=None),
        interpreter="sh",
        stdin=b"",
        clock=run.clock,
        masker=run.masker,
        stdout_limit=MAX_INPUT_BYTES + 1,
    )
    if execution.failure is not None:
        raise ItemsError("PT507", f"the command failed: {execution.failure.message}")
    return lambda: read_items(execution.stdout, format_for("", source.format))


def _globbed(source: LoopSource, worktree: Path) -> InputData:
    wanted, unwanted = compile_globs(source.globs), compile_globs(source.exclude)
    return InputData(data=[path for path in listed_files(worktree) if wanted(path) and not unwanted(path)])


def _from_file(path: str, source: LoopSource, worktree: Path, allowed: tuple[Path, ...]) -> InputData:
    target = input_file(worktree, path, allowed)
    if not target.is_file():
        raise ItemsError("PT501", f"there is no file '{path}'")
    with target.open("rb") as file:
        content = file.read(MAX_INPUT_BYTES + 1)
    if len(content) > MAX_INPUT_BYTES:
        raise too_large(path)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise ItemsError("PT503", f"{path}: byte {error.start + 1} of the file is not UTF-8") from error
    return read_items(text, format_for(path, source.format), name=path)

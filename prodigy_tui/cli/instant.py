"""Workflows that are written on the command line: one step, or a map over files. Each is a document like any other.

It is built as data and written as JSON, so nothing that was typed can become another key of it; a file's name comes
into it only when the run has it, as the value of `item`.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

import click

from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.options import DriveOptions

KINDS: Final = ("shell", "claude")
_FORM = re.compile(rf"\s*({'|'.join(KINDS)}):\s*(\S.*)", re.DOTALL)
_PLACE = re.compile(r"\{\}")
_ITEM = re.compile(r"\$\{\s*item\b|\bPRODIGY_ITEM")


def step_of(word: str, *, retry: int, timeout_s: float | None, option: str) -> dict[str, Any]:
    """Returns a step written as `shell: …` or `claude: …`.

    Raises:
        UsageError: it is not.
    """
    match = _FORM.fullmatch(word)
    if match is None:
        forms = " or ".join(f"'{kind}: …'" for kind in KINDS)
        raise click.UsageError(f"{option} takes {forms} (got {word!r})")
    step: dict[str, Any] = {match[1]: match[2]}
    if timeout_s is not None:
        step["timeout"] = f"{timeout_s:g}s"
    if retry:
        step["retry"] = {"attempts": retry + 1}
    return step


def one_step(word: str, *, retry: int, timeout_s: float | None) -> dict[str, Any]:
    """Returns the workflow of `exec`."""
    return {"name": "exec", "steps": [step_of(word, retry=retry, timeout_s=timeout_s, option="exec")]}


def over_files(glob: str, command: str, *, parallel: int, retry: int, timeout_s: float | None) -> dict[str, Any]:
    """Returns the workflow of `batch`.

    Raises:
        UsageError: the command is none, or has no place for the file.
    """
    step = step_of(command, retry=0, timeout_s=timeout_s, option="--command")
    ((kind, text),) = ((kind, step[kind]) for kind in KINDS if kind in step)
    step[kind] = _PLACE.sub("${item}", text)
    if not _ITEM.search(step[kind]):
        raise click.UsageError(f"the command has no {{}}, where the name of the file goes (got {command!r})")
    phase: dict[str, Any] = {"input": {"glob": glob}, "max_parallel": parallel, "agent_template": [step]}
    if retry:
        phase["retry"] = {"attempts": retry + 1}
    return {"name": "batch", "map": phase}


def start_document(
    invocation: Invocation, document: dict[str, Any], drive: DriveOptions, *, label: str, dry_run: bool
) -> int:
    """Starts a run of a workflow that has no file, with the person's settings."""
    from prodigy_tui.cli.settings import settings_of
    from prodigy_tui.cli.start import Start, start
    from prodigy_tui.events.values import RunSettings

    chosen = settings_of(invocation).settings
    interface = invocation.has_terminal if dry_run else drive.uses_interface(has_terminal=invocation.has_terminal)
    settings = RunSettings(
        max_parallel=drive.max_parallel,
        provider=chosen.provider,
        merge=drive.merge_mode(interface=interface),
        yes=drive.yes,
        keep_worktrees=chosen.keep_worktrees,
        keep_failed=chosen.keep_failed,
    )
    asked = Start(
        file=Path(f"{document['name']}.json"),
        text=json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8", "replace"),
        settings=settings,
        label=label,
        strict=chosen.strict,
    )
    if dry_run:
        from prodigy_tui.cli.dry_run import dry_run as show

        return show(invocation, asked, run_input=False, as_json=drive.as_json)
    return start(invocation, asked, drive)

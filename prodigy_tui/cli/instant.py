"""Workflows that are written on the command line: one step, or a map over files. Each is a document like any other.

It is built as data and written as JSON, so nothing that was typed can become another key of it; a file's name comes
into it only when the run has it, as the value of `item`.
"""

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

import click
from msgspec import Struct

from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.limits import length_of_time
from prodigy_tui.cli.options import DriveOptions
from prodigy_tui.errors import ProdigyError

if TYPE_CHECKING:
    from prodigy_tui.ids import Oid
    from prodigy_tui.workflow.model import Workflow

P = ParamSpec("P")
R = TypeVar("R")

KINDS: Final = ("shell", "claude")
_FORM = re.compile(rf"\s*({'|'.join(KINDS)}):\s*(\S.*)", re.DOTALL)
_PLACE = re.compile(r"\{\}")
_ITEM = re.compile(r"\$\{\s*item\b|\bPRODIGY_ITEM")


class Instant(Struct, frozen=True, kw_only=True):
    """What both verbs take besides the work itself."""

    retry: int = 0
    timeout_s: float | None = None
    label: str = ""
    dry_run: bool = False


def instant_options(tried: str) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Returns what gives a command these options, as `instant`; `tried` is what is tried again, say `a file`."""
    options = (
        click.option(
            "--retry", type=click.IntRange(0, 100), default=0, metavar="N", help=f"Try {tried}again up to N times."
        ),
        click.option(
            "--timeout", "timeout_s", callback=length_of_time, metavar="D", help="How long one try may take, say 10m."
        ),
        click.option("--name", "label", default="", help="A label, shown by `runs list`."),
        click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing."),
    )

    def give(command: Callable[..., R]) -> Callable[..., R]:
        @functools.wraps(command)
        def with_instant(*args: Any, **kwargs: Any) -> R:
            names = ("retry", "timeout_s", "label", "dry_run")
            return command(*args, instant=Instant(**{name: kwargs.pop(name) for name in names}), **kwargs)

        return functools.reduce(lambda done, option: option(done), reversed(options), with_instant)

    return give


class NothingMatches(ProdigyError):
    """There is no file to work on."""

    def __init__(self, workflow: "Workflow", uncommitted: str = "") -> None:
        assert workflow.map is not None, "a workflow over files has a map"
        globs = ", ".join(map(repr, workflow.map.input.globs))
        if uncommitted:
            message, hint = f"no committed file matches {globs}", f"{uncommitted!r} does: commit it first"
        else:
            message = f"no file matches {globs}"
            hint = "paths begin at the top of the repository, and '**/' reaches into folders"
        super().__init__(f"{message}; nothing was started", hint=hint)


def require_files(top: Path, commit: "Oid", workflow: "Workflow") -> None:
    """Checks that a workflow over files has one to work on.

    Raises:
        NothingMatches: no file of the commit matches.
    """
    from prodigy_tui.git.inspect import committed_files, listed_files
    from prodigy_tui.workflow.globs import compile_globs

    assert workflow.map is not None, "a workflow over files has a map"
    wanted = compile_globs(workflow.map.input.globs)
    if not any(map(wanted, committed_files(top, commit))):
        raise NothingMatches(workflow, next(filter(wanted, listed_files(top)), ""))


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


def one_step(word: str, instant: Instant) -> dict[str, Any]:
    """Returns the workflow of `exec`."""
    return {"name": "exec", "steps": [step_of(word, retry=instant.retry, timeout_s=instant.timeout_s, option="exec")]}


def over_files(glob: str, command: str, parallel: int, instant: Instant) -> dict[str, Any]:
    """Returns the workflow of `batch`.

    Raises:
        UsageError: the command is none, or has no place for the file.
    """
    step = step_of(command, retry=0, timeout_s=instant.timeout_s, option="--command")
    ((kind, text),) = ((kind, step[kind]) for kind in KINDS if kind in step)
    step[kind] = _PLACE.sub("${item}", text)
    if not _ITEM.search(step[kind]):
        raise click.UsageError(f"the command has no {{}}, where the name of the file goes (got {command!r})")
    phase: dict[str, Any] = {"input": {"glob": glob}, "max_parallel": parallel, "agent_template": [step]}
    if instant.retry:
        phase["retry"] = {"attempts": instant.retry + 1}
    return {"name": "batch", "map": phase}


def start_document(invocation: Invocation, document: dict[str, Any], drive: DriveOptions, instant: Instant) -> int:
    """Starts a run of a workflow that has no file, with the person's settings."""
    from prodigy_tui.cli.settings import settings_of
    from prodigy_tui.cli.start import Start, start
    from prodigy_tui.events.values import RunSettings

    chosen = settings_of(invocation).settings
    interface = invocation.has_screen if instant.dry_run else drive.uses_interface(has_terminal=invocation.has_screen)
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
        label=instant.label,
        strict=chosen.strict,
        needs_files="map" in document,
    )
    if instant.dry_run:
        from prodigy_tui.cli.dry_run import dry_run as show

        return show(invocation, asked, run_input=False, as_json=drive.as_json)
    return start(invocation, asked, drive)

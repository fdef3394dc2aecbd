"""`prodigy-tui doctor`: what this machine has, what is missing, and how to get it."""

import os
import platform
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import click
from msgspec import Struct
from msgspec.structs import asdict

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.output import Painted, Part
from prodigy_tui.errors import ExitCode, ProdigyError

if TYPE_CHECKING:
    from prodigy_tui.agents import Provider

Verdict: TypeAlias = Literal["ok", "note", "missing"]

_COLOURS = {"ok": "green", "note": "yellow", "missing": "red"}
_LITTLE_SPACE = 1_000_000_000
_PATIENCE_S = 10.0
_LONGEST_VERSION = 80


class Check(Struct, frozen=True):
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    """`note`: works without, `missing`: nothing can run before it is put right."""
    value: str
    hint: str = ""


@click.command(epilog="Example: prodigy-tui doctor --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def doctor(invocation: Invocation, as_json: bool) -> int:
    """Say what this machine lacks, and how to get it

    Looks at git, agent programs, settings, the state folder and the terminal.
    """
    checks = [
        _python(),
        _git(),
        _repository(invocation),
        *_agents(invocation),
        _state_folder(invocation),
        _terminal(invocation),
        _strays(),
    ]
    if as_json:
        invocation.output.document("doctor", {"checks": [asdict(check) for check in checks]})
    else:
        rows: list[tuple[Part, ...]] = [
            (check.name, Painted(check.verdict, _COLOURS[check.verdict]), check.value) for check in checks
        ]
        invocation.output.table(("WHAT", "", "FOUND"), rows)
        for check in checks:
            if check.hint:
                invocation.output.say(f"{check.name}: {check.hint}")
    return ExitCode.ENVIRONMENT if any(check.verdict == "missing" for check in checks) else ExitCode.OK


def _python() -> Check:
    return Check("python", "ok", f"{platform.python_version()} at {sys.executable}")


def _git() -> Check:
    from prodigy_tui.git.repo import installed_version

    try:
        return Check("git", "ok", str(installed_version(Path("/"))))
    except ProdigyError as error:
        return Check("git", "missing", error.message, error.hint)


def _repository(invocation: Invocation) -> Check:
    try:
        repository = invocation.repository()
        start = repository.start_point()
        dirty = len(repository.dirty_paths())
    except ProdigyError as error:
        return Check("repository", "note", error.message, error.hint)
    changes = f", {dirty} uncommitted paths, which no agent will see" if dirty else ""
    return Check("repository", "ok", f"{repository.top}, branch {start.branch}{changes}")


def _agents(invocation: Invocation) -> list[Check]:
    """Says of every provider whether its program is there, where and which; nobody needs all of them."""
    from concurrent.futures import ThreadPoolExecutor

    from prodigy_tui.cli.settings import settings_of

    try:
        providers = settings_of(invocation).providers()
    except ProdigyError as error:
        return [Check("settings", "missing", error.message, error.hint)]
    with ThreadPoolExecutor(max_workers=len(providers)) as threads:
        return list(threads.map(lambda provider: _agent(provider, invocation.environ), providers.values()))


def _agent(provider: "Provider", environ: Mapping[str, str]) -> Check:
    from prodigy_tui.agents import BUILT_IN

    missing = provider.missing(environ)
    if missing is not None:
        return Check(f"agent {provider.name}", "note", "cannot run here", missing)
    program = provider.find(environ)
    if program is None:
        return Check(f"agent {provider.name}", "ok", "needs no program")
    # A program that settings describe, perhaps those of the repository, is not started just to look at it.
    known = f", {_version(program, environ)}" if provider.name in BUILT_IN else ""
    return Check(f"agent {provider.name}", "ok", f"{program}{known}")


def _version(program: str, environ: Mapping[str, str]) -> str:
    import subprocess

    try:
        asked = subprocess.run(
            [program, "--version"],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "version unknown"
    first = next((line.strip() for line in asked.stdout.splitlines() if line.strip()), "")
    return first[:_LONGEST_VERSION] or "version unknown"


def _state_folder(invocation: Invocation) -> Check:
    root = invocation.state_root
    nearest = _nearest_folder(root)
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Check("state folder", "missing", f"{root} cannot be written to", "choose another with --home DIR")
    free = shutil.disk_usage(nearest).free
    space = f"{root}, {free / 1e9:.1f} GB free"
    if free < _LITTLE_SPACE:
        return Check("state folder", "note", space, "worktrees need space: choose another place with --home DIR")
    return Check("state folder", "ok", space)


def _nearest_folder(path: Path) -> Path:
    """The first folder on the way up that exists."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


def _terminal(invocation: Invocation) -> Check:
    if not invocation.has_terminal:
        return Check("terminal", "note", "none, so runs are headless")
    if not invocation.has_screen:
        return Check("terminal", "note", "TERM is 'dumb', so runs are headless")
    columns, rows = shutil.get_terminal_size()
    term, colours = invocation.environ.get("TERM", "unknown"), invocation.environ.get("COLORTERM", "no COLORTERM")
    return Check("terminal", "ok", f"{term}, {columns}x{rows}, {colours}, {sys.stdout.encoding}")


def _strays() -> Check:
    if Path("/proc/self/environ").exists():
        return Check("process sweep", "ok", "processes that leave their group are found by their mark")
    return Check("process sweep", "note", f"not available on {platform.system()}: only process groups are stopped")

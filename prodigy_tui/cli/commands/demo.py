"""`prodigy-tui demo`: a whole run to watch, in a scratch repository, without any key."""

import re
from pathlib import Path
from typing import Final

import click
from msgspec.structs import replace

from prodigy_tui.cli.invocation import Invocation, options_without_repository
from prodigy_tui.cli.options import DriveOptions, drive_options

MODULES = [
    *("accounts", "billing", "contacts", "delivery", "exports", "filters", "geodata", "history"),
    *("invoices", "journal", "kiosk", "ledger", "mailer", "notices", "orders", "payments"),
    *("quotas", "reports", "search", "tariffs", "uploads", "vouchers", "webhooks", "zones"),
]

WATCHED: Final = 5.0
"""How slow agents are where somebody looks on: the whole run takes a minute."""
_WAIT = re.compile(rb"(?<=- wait: )(\d+)(ms|s)\b")


@click.command(epilog="Example: prodigy-tui demo")
@click.option(
    "--pace",
    type=click.FloatRange(0.01, 100),
    metavar="N",
    help="How slow the agents are; by default 5, about a minute, in the interface, and 1 without.",
)
@drive_options
@options_without_repository
def demo(invocation: Invocation, drive: DriveOptions, pace: float | None) -> int:
    """Watch scripted agents at work in a scratch repository

    24 items, six at a time; some fail, some conflict, as it happens. Nothing of yours is touched and no key is needed.
    Ends with exit code 1, because items stay in the dead letter queue.
    """
    import tempfile

    from prodigy_tui.cli.shipped import shipped
    from prodigy_tui.cli.start import Start, start
    from prodigy_tui.events.values import RunSettings

    repository = Path(tempfile.mkdtemp(prefix="prodigy-demo-")) / "shop"
    make_repository(repository)
    invocation.output.say(f"scratch repository: {repository}")
    watched = drive.uses_interface(has_terminal=invocation.has_screen)
    settings = RunSettings(max_parallel=drive.max_parallel, merge=drive.merge_mode(interface=watched), yes=drive.yes)
    file = shipped("workflows") / "demo.yml"
    text = paced(file.read_bytes(), pace if pace is not None else WATCHED if watched else 1.0)
    asked = Start(file=file, text=text, settings=settings)
    code = start(replace(invocation, repo=repository), asked, drive)
    invocation.output.say(f"watch it again: prodigy-tui replay last --repo {repository}")
    return code


def paced(workflow: bytes, pace: float) -> bytes:
    """Returns the workflow with all waits of its agents so many times as long."""

    def longer(found: re.Match[bytes]) -> bytes:
        ms = int(found[1]) * (1 if found[2] == b"ms" else 1000)
        return b"%dms" % max(1, round(ms * pace))

    return workflow if pace == 1 else _WAIT.sub(longer, workflow)


def make_repository(path: Path) -> None:
    """Makes a repository of small modules with one commit."""
    from prodigy_tui.git.repo import identity_environment
    from prodigy_tui.git.run import run_git

    (path / "src").mkdir(parents=True)
    for name in MODULES:
        function = f'def describe() -> str:\n    return "{name}"\n'
        (path / "src" / f"{name}.py").write_text(f'"""The {name} of a small shop."""\n\n\n{function}', "utf-8")
    (path / "GLOSSARY.md").write_text("shop: where it all begins\n", "utf-8")
    run_git("init", "--quiet", "--initial-branch", "main", cwd=path)
    run_git("add", "--all", cwd=path)
    run_git("commit", "--quiet", "--message", "A small shop", cwd=path, env=identity_environment(path))

"""`prodigy-tui run`: start a run of a workflow."""

from pathlib import Path
from typing import Any

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.options import DriveOptions, drive_options


@click.command(epilog="Example: prodigy-tui run fix-lint.yml -j 4 --max-items 10")
@click.argument("workflow", type=click.Path(path_type=Path))
@drive_options
@click.option("--strict", is_flag=True, help="Warnings of the workflow count as errors.")
@click.option("--max-items", type=click.IntRange(min=1), metavar="N", help="Only the first N items.")
@click.option("--filter", "filter_", metavar="EXPR", help="Only items for which this holds.")
@click.option("--item", "items", multiple=True, metavar="ID", help="Only this item (repeatable).")
@click.option("--name", "label", default="", help="A label, shown by `runs list`.")
@click.option("--keep-worktrees", is_flag=True, help="Keep every agent worktree for a look at it.")
@click.option(
    "--allow-outside",
    multiple=True,
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Steps may work below DIR too (repeatable).",
)
@click.option("--provider", metavar="NAME", help="Replace the provider of every agent step, say by `scripted`.")
@click.option(
    "--script",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Rules for the provider `scripted` (YAML or JSON).",
)
@shared_options
def run(  # noqa: PLR0913 - one parameter an option
    invocation: Invocation,
    *,
    workflow: Path,
    drive: DriveOptions,
    strict: bool,
    max_items: int | None,
    filter_: str | None,
    items: tuple[str, ...],
    label: str,
    keep_worktrees: bool,
    allow_outside: tuple[Path, ...],
    provider: str | None,
    script: Path | None,
) -> int:
    """Start a run of WORKFLOW

    In the interface when this is a terminal, else headless. Work happens in git worktrees beside your checkout; it
    lands on your branch only after a yes.
    """
    from prodigy_tui.cli.start import read_script, start
    from prodigy_tui.events.schema import RunSettings

    interface = drive.uses_interface(has_terminal=invocation.has_terminal)
    rules: Any = read_script(script) if script is not None else None
    settings: RunSettings = RunSettings(
        max_parallel=drive.max_parallel,
        max_items=max_items,
        filter=filter_,
        items=items,
        provider=provider,
        script=rules,
        merge=drive.merge_mode(interface=interface),
        keep_worktrees=keep_worktrees,
        allow_outside=tuple(str(folder.resolve()) for folder in allow_outside),
    )
    return start(invocation, workflow, settings, drive, label=label, strict=strict)

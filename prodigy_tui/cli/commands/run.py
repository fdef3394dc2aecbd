"""`prodigy-tui run`: start a run of a workflow."""

from pathlib import Path
from typing import Any, Literal

import click
from click.core import ParameterSource
from msgspec.structs import replace

from prodigy_tui.cli.inputs import Inputs, input_options, pair_of
from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.limits import Limits, limit_options
from prodigy_tui.cli.options import DriveOptions, drive_options


@click.command(epilog="Example: prodigy-tui run migrate.yml --param pattern='os\\.path' --dry-run")
@click.argument("workflow", type=click.Path(path_type=Path))
@drive_options
@input_options
@click.option(
    "--args",
    "arguments",
    multiple=True,
    metavar="V",
    help="A positional value, ${ARG_1} in the workflow (repeatable; a plain workflow runs once for each).",
)
@click.option("--env", "variables", multiple=True, metavar="K=V", help="A variable of the run (repeatable).")
@click.option(
    "-n",
    "--max-iterations",
    "iterations",
    type=click.IntRange(min=1),
    metavar="N",
    help="Repeat the steps of a plain workflow up to N times, until a pass commits nothing.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
@click.option("--run-input", is_flag=True, help="With --dry-run: run the map's input command, to show the items.")
@click.option("--strict", is_flag=True, help="Warnings of the workflow count as errors.")
@click.option(
    "--canary", type=click.IntRange(min=1), metavar="K", help="Run K items first, then ask whether the rest may start."
)
@click.option("--max-items", type=click.IntRange(min=1), metavar="N", help="Only the first N items.")
@click.option("--filter", "filter_", metavar="EXPR", help="Only items for which this holds.")
@click.option("--item", "items", multiple=True, metavar="ID", help="Only this item (repeatable).")
@click.option("--name", "label", default="", help="A label, shown by `runs list`.")
@click.option("--keep-worktrees", is_flag=True, help="Keep the worktree of every agent, not only of failed items.")
@click.option(
    "--allow-outside",
    multiple=True,
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Steps may work below DIR too (repeatable).",
)
@limit_options
@click.option(
    "--guard",
    type=click.Choice(["warn", "stop"]),
    default="warn",
    help="What a change of your checkout means while steps are at work.",
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
    inputs: Inputs,
    limits: Limits,
    arguments: tuple[str, ...],
    variables: tuple[str, ...],
    iterations: int | None,
    dry_run: bool,
    run_input: bool,
    strict: bool,
    canary: int | None,
    max_items: int | None,
    filter_: str | None,
    items: tuple[str, ...],
    label: str,
    keep_worktrees: bool,
    allow_outside: tuple[Path, ...],
    guard: Literal["warn", "stop"],
    provider: str | None,
    script: Path | None,
) -> int:
    """Start a run of WORKFLOW

    In the interface when this is a terminal, else headless. Work happens in git worktrees beside your checkout; it
    lands on your branch only after a yes.
    """
    from prodigy_tui.cli.settings import settings_of
    from prodigy_tui.cli.start import Start, read_script, start
    from prodigy_tui.events.values import RunSettings

    if run_input and not dry_run:
        raise click.UsageError("--run-input belongs to --dry-run; a run reads its input anyway")
    chosen = settings_of(invocation).settings
    if click.get_current_context().get_parameter_source("merge") is ParameterSource.DEFAULT:
        drive = replace(drive, merge=chosen.merge)
    interface = invocation.has_screen if dry_run else drive.uses_interface(has_terminal=invocation.has_screen)
    rules: Any = read_script(script) if script is not None else None
    settings: RunSettings = RunSettings(
        max_parallel=drive.max_parallel or chosen.max_parallel,
        canary=canary,
        max_items=max_items,
        filter=filter_,
        items=items,
        provider=provider or chosen.provider,
        script=rules,
        merge=drive.merge_mode(interface=interface),
        yes=drive.yes,
        keep_worktrees=keep_worktrees or chosen.keep_worktrees,
        keep_failed=chosen.keep_failed,
        budget_usd=limits.usd,
        budget_tokens=limits.tokens,
        time_limit_s=limits.time_s,
        guard=guard,
        allow_outside=tuple(str(folder.resolve()) for folder in allow_outside),
        arguments=arguments,
        max_iterations=iterations,
        profile=inputs.profile or chosen.profile,
        env=dict(pair_of("--env", text) for text in variables),
    )
    asked = Start(file=workflow, settings=settings, inputs=inputs, label=label, strict=strict or chosen.strict)
    if dry_run:
        from prodigy_tui.cli.dry_run import dry_run as show

        return show(invocation, asked, run_input=run_input, as_json=drive.as_json)
    return start(invocation, asked, drive)

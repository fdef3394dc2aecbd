"""`prodigy-tui validate`: every problem of a workflow at once, nothing run."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.output import Output, Painted
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.workflow.problems import Problem


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def validate(invocation: Invocation, files: tuple[Path, ...], strict: bool, as_json: bool) -> int:
    """Check workflows and show all problems at once

    Nothing is run and no repository is needed. What the language has and this version cannot do yet is a warning here;
    `run` refuses it.
    """
    from prodigy_tui.cli.surroundings import known_surroundings
    from prodigy_tui.workflow.load import load_workflow
    from prodigy_tui.workflow.problems import as_validated, has_errors

    known = known_surroundings()
    found = {file: as_validated(load_workflow(file, Path.read_bytes, known).problems) for file in files}
    passed = {file: not has_errors(problems, strict=strict) for file, problems in found.items()}
    everything = [problem for problems in found.values() for problem in problems]
    if as_json:
        invocation.output.document(
            "validate",
            {
                "files": [{"file": str(file), "ok": ok} for file, ok in passed.items()],
                "problems": [problem.as_json() for problem in everything],
            },
        )
    else:
        print_problems(invocation.output, everything)
        for file, ok in passed.items():
            word = Painted("ok", "green") if ok else Painted("not ok", "red")
            invocation.output.say(f"{file}: ", word)
    return ExitCode.OK if all(passed.values()) else ExitCode.USAGE


def print_problems(output: Output, problems: "list[Problem]") -> None:
    """Prints problems as data, one a line, the first 200."""
    from prodigy_tui.workflow.problems import to_lines

    for line in to_lines(problems):
        output.line(line)

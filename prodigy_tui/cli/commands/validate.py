"""`prodigy-tui validate`: every problem of a workflow at once, nothing run."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prodigy_tui.cli.inputs import Inputs, input_options
from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.output import Output, Painted
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.workflow.problems import Problem


@click.command(epilog="Example: prodigy-tui validate workflows/*.yml --strict")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@input_options
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option(
    "--allow-outside",
    multiple=True,
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Files of the workflow may lie below DIR too (repeatable).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def validate(
    invocation: Invocation,
    *,
    files: tuple[Path, ...],
    inputs: Inputs,
    strict: bool,
    allow_outside: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Check workflows and show all problems at once

    Nothing is run and no repository is needed. What the language has and this version cannot do yet is a warning here;
    `run` refuses it. Without any value of a parameter, one that is missing is a warning too.
    """
    from prodigy_tui.cli.surroundings import known_surroundings, places_of
    from prodigy_tui.workflow.environment.stack import file_problems
    from prodigy_tui.workflow.load import load_workflow
    from prodigy_tui.workflow.problems import as_validated, has_errors

    known = known_surroundings(places_of(invocation.repo, invocation.environ, allow_outside))
    given = inputs.given(complete=inputs.has_values)
    found = {}
    for file in files:
        loaded = load_workflow(file, Path.read_bytes, known, given)
        about_files = file_problems(loaded.environment, invocation.cwd, Path.read_bytes)
        found[file] = as_validated((*loaded.problems, *about_files))
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
            because = " (--strict: warnings count as errors)" if not ok and not has_errors(found[file]) else ""
            invocation.output.say(f"{file}: ", word, because)
    return ExitCode.OK if all(passed.values()) else ExitCode.USAGE


def print_problems(output: Output, problems: "list[Problem]") -> None:
    """Prints problems as data, one a line, the first 200."""
    from prodigy_tui.workflow.problems import to_lines

    for line in to_lines(problems):
        output.line(line)

"""Writes the reference page of the command line from the commands themselves.

`python -m tests.docs.cli_reference` writes `docs/reference/cli.md`; a test says when that is due.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from prodigy_tui.cli.main import program
from tests.support.commands import commands_of

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"

SHARED = {"--repo", "--home", "--verbose", "--quiet", "--color", "--version", "--help"}

INTRODUCTION = """\
# Command line

`prodigy-tui WORKFLOW.yml` is short for `prodigy-tui run WORKFLOW.yml`. Data goes to stdout, what is said to a person to
stderr; there are no colours when neither is a terminal, or under `NO_COLOR`. Exit codes have
[a page of their own](exit-codes.md). This page is made from the commands themselves.

A run is named by its id, a unique beginning of one, `last` or `last:failed`.
"""


def reference() -> str:
    """The whole page."""
    verbs = commands_of(program)
    parts = [INTRODUCTION, "## Options of every command\n", *_options(verbs["doctor"], shared=True)]
    for name, verb in verbs.items():
        parts += _command(verb, f"prodigy-tui {name}")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).rstrip("\n") + "\n"


def _command(command: click.Command, path: str, level: int = 2) -> Iterator[str]:
    with click.Context(command, info_name=path) as context:
        usage = " ".join([path, *command.collect_usage_pieces(context)])
    yield f"\n{'#' * level} `{path}`\n"
    summary, _, rest = (command.help or "").partition("\n\n")
    yield f"{' '.join(summary.split())}.\n"
    if isinstance(command, click.Group):
        yield from ([" ".join(rest.split()) + "\n"] if rest else [])
        yield from _example(command)
        for name, inner in commands_of(command).items():
            yield from _command(inner, f"{path} {name}", level + 1)
        return
    yield f"```text\n{usage}\n```\n"
    for paragraph in filter(None, rest.split("\n\n")):
        yield " ".join(paragraph.split()) + "\n"
    yield from _options(command, shared=False)
    yield from _example(command)


def _example(command: click.Command) -> Iterator[str]:
    if command.epilog is not None:
        yield f"Example: `{command.epilog.removeprefix('Example: ')}`\n"


def _options(command: click.Command, *, shared: bool) -> Iterator[str]:
    lines = []
    with click.Context(command) as context:
        for parameter in command.get_params(context):
            record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
            if record is not None and bool(SHARED & set(parameter.opts)) is shared:
                names, text = (" ".join(part.split()) for part in record)
                lines.append(f"- `{names}`: {text}" if text else f"- `{names}`")
    if lines:
        yield "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(reference(), "utf-8")

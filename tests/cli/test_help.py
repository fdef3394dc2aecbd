"""`--help` of every verb has an example; a group may have one for all of its verbs."""

from collections.abc import Iterator

import click
import pytest

from prodigy_tui.cli.main import VERBS, program
from tests.support.commands import commands_of


def verbs(group: click.Group, path: str = "", around: str = "") -> Iterator[tuple[str, str]]:
    """Yields every verb with its example."""
    for name, command in commands_of(group).items():
        example = command.epilog or around
        if isinstance(command, click.Group):
            yield from verbs(command, f"{path}{name} ", example)
        else:
            yield f"{path}{name}", example


@pytest.mark.parametrize(("path", "example"), list(verbs(program)))
def test_help_has_an_example(path: str, example: str) -> None:
    assert example.startswith(f"Example: prodigy-tui {path.partition(' ')[0]}")


def test_help_says_of_each_verb_what_its_own_help_begins_with() -> None:
    said = {name: (command.help or "").partition("\n\n")[0] for name, command in commands_of(program).items()}

    assert said == VERBS

"""Tables of problems: a name, a text, and the lines that loading says of it."""

import pytest

from prodigy_tui.workflow.build.context import Surroundings
from prodigy_tui.workflow.load import load_text

PROVIDERS = {"claude": lambda options: tuple(f"no option '{key}'" for key in options), "scripted": lambda _: ()}


def rows(cases):
    """Runs a test of `text` and `lines` for every row, under its name."""
    return pytest.mark.parametrize(
        ("text", "lines"), [(text, lines) for _, text, lines in cases], ids=[name for name, *_ in cases]
    )


def lines_of(text):
    """Returns the problems of the text as lines, without the name of its file."""
    loaded = load_text(text, "w.yml", surroundings=Surroundings(providers=PROVIDERS))
    return [str(problem).removeprefix("w.yml:") for problem in loaded.problems]

"""A terminal that cannot move its cursor gets lines."""

import pytest

from prodigy_tui.cli.invocation import Invocation
from tests.support.project import Project


@pytest.fixture(autouse=True)
def dumb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Invocation, "has_terminal", True)
    monkeypatch.setenv("TERM", "dumb")


def test_a_run_goes_on_headless_and_says_why(project: Project) -> None:
    done = project.call("run", project.workflow("- shell: git commit --quiet --allow-empty -m x"))

    assert done.code == 0
    assert "no interface: TERM is 'dumb'" in done.err


@pytest.mark.parametrize("arguments", [("--tui",), ()])
def test_what_needs_the_interface_is_one_line(project: Project, arguments: tuple[str, ...]) -> None:
    if arguments:
        done = project.call("run", project.workflow("- shell: 'true'"), *arguments)
    else:
        done = project.call("replay", "last")

    assert done.code != 0
    assert "terminal" in done.err
    assert len(done.err.strip().splitlines()) <= 2

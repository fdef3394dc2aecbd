"""What the interface's filters are handed: expressions of the language, saved filters, how often an item is tried."""

import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from prodigy_tui.cli.item_attempts import ItemAttempts
from prodigy_tui.cli.item_filters import FilterFile, LanguageExpressions, NoExpression
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.state import RunState
from tests.support.make import make_run

WORKFLOW = """
name: w
mode: mapreduce
map:
  input: [a]
  retry: {attempts: 4}
  agent_template: ["true"]
"""


def test_an_expression_looks_at_the_fields_of_an_item_and_at_its_run() -> None:
    test = LanguageExpressions().compile("priority > 3 && agent.state == 'dead'")

    assert test({"priority": 5, "agent": {"state": "dead"}})
    assert not test({"priority": 5, "agent": {"state": "running"}})
    assert not test({})


@pytest.mark.parametrize("text", ["priority >", "(", "nope(1)"])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(NoExpression):
        LanguageExpressions().compile(text)


def test_filters_are_kept_and_forgotten(tmp_path: Path) -> None:
    file = FilterFile(tmp_path / "filters.json")

    assert file.all() == {}
    assert file.save("lost", "state:dead") == ""
    assert file.save("mine", "~[x]~") == ""
    assert FilterFile(tmp_path / "filters.json").all() == {"lost": "state:dead", "mine": "~[x]~"}
    assert file.forget("lost") == ""
    assert file.all() == {"mine": "~[x]~"}


@pytest.mark.parametrize("content", ["[1]", "{", '{"a": 1}', "\0"])
def test_a_file_that_cannot_be_read_is_not_written_over(tmp_path: Path, content: str) -> None:
    path = tmp_path / "filters.json"
    path.write_text(content)
    file = FilterFile(path)

    assert file.all() == {}
    assert "cannot be read" in file.save("a", "b")
    assert path.read_text() == content


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    assert "not saved" in FilterFile(tmp_path / "none" / "filters.json").save("a", "b")


def attempts_of(state: RunState) -> int | None:
    attempts = ItemAttempts()
    for _ in range(500):
        if (known := attempts(state)) is not None:
            return known
        time.sleep(0.01)
    return None


def test_the_attempts_are_those_of_the_recorded_workflow_or_settled_late() -> None:
    state = replace(fold(make_run(items=1)), text=WORKFLOW, file="w.yml")

    assert attempts_of(state) == 4
    assert ItemAttempts()(replace(state, settled=state.settled.insert("map.retry.attempts", 2))) == 2
    assert ItemAttempts()(RunState()) is None

"""Events without secrets: texts are masked, names by which things are found again are not."""

from prodigy_tui.events.masking import masked
from prodigy_tui.events.schema import AgentFinished, ItemsLoaded, RunStarted, StepFinished, WarningRaised
from prodigy_tui.events.values import Failure, Item, RunSettings, Sources, StepResult
from prodigy_tui.process import Masker

MASK = Masker(["main", "hunter2"]).text


def test_an_event_without_secrets_is_the_same_object():
    event = WarningRaised(message="nothing to see")

    assert masked(event, MASK) is event


def test_texts_are_masked_at_any_depth_and_names_stay():
    event = RunStarted(
        run_id="main-1",
        workflow="w",
        kind="plain",
        file="main.yml",
        text="- hunter2",
        digest="d",
        repository="/main",
        target="main",
        base="b",
        run_branch="prodigy/main-1/run",
        version="1",
        outline=(),
        settings=RunSettings(script=[{"say": "hunter2"}], env={"X": "hunter2"}),
        sources=Sources(files={"main.yml": "hunter2"}),
    )

    found = masked(event, MASK)

    assert (found.target, found.run_branch, found.file, found.run_id) == (
        "main",
        event.run_branch,
        "main.yml",
        "main-1",
    )
    assert (found.text, found.settings.script, found.settings.env) == ("- ***", [{"say": "***"}], {"X": "***"})
    assert found.sources.files == {"main.yml": "***"}


def test_failures_files_captures_and_items_are_masked():
    failure = Failure(kind="exit", message="hunter2", tail="a\nhunter2", step="echo hunter2")
    finished = AgentFinished(
        item_id="i", attempt=1, outcome="failed", files=("hunter2.txt",), failure=failure, captures={"x": ["hunter2"]}
    )
    items = ItemsLoaded(items=(Item(id="i", safe_id="i", data={"hunter2": 1}, label="hunter2"),))

    assert b"hunter2" not in repr(masked(finished, MASK)).encode()
    assert b"hunter2" not in repr(masked(items, MASK)).encode()


def test_results_are_masked():
    event = StepFinished(phase="steps", path="0", status="ok", result=StepResult(output="hunter2"))

    assert masked(event, MASK).result == StepResult(output="***")
